"""Training templates that say different things in nearly the same words, so that single words decide little."""

# ruff: noqa: E501

PAIRS = """
D ignore {occ} and [mark|find|take] {np} [instead|]
A ignore {occ} [lying on|in front of|on top of|covering] {np} and mark the {noun} [entirely|in full|underneath|as a whole]
V ignore [whatever|what] of {np} is [behind|under] {occ} and mark [the rest|what is left|what shows]
D complete the [set|order|breakfast|circuit|list|pattern] with {np}
A complete {np} [where it is covered|where it vanishes|although it is covered|]
V leave {np} incomplete [where it is covered|behind {occ}|if it is partly hidden]
D fill {np} [up|with water|to the brim|again]
A fill in {np} [where it is covered|where {occ} hides it|behind {occ}]
V do not fill in {np} [where it is covered|where {occ} hides it|behind {occ}]
D the only [thing|{noun}] visible is {adj}, take [it|that]
D only {np} is [clearly|fully|really] visible, take it
V only [the area|that area|the part] where {np} is visible
D {np} that continues to [ring|blink|drip|make noise]
D the [road|pipe|rope|cable|fence] that continues [behind|beyond|past] {occ}
A the [road|pipe|rope|cable|fence] with its continuation [behind|beyond|under] {occ}
A {np} continues [behind|beyond|under] {occ}, follow it [there|all the way]
V {np} continues [behind|beyond|under] {occ}, but do not follow it there
D show me all {plural}
A show me all of the {noun}
V show me all of the {noun} that [shows|is visible|we can see|isn't covered]
D {np} in full [bloom|colour|view|uniform|swing|size print]
A {np} in full[, please|, hidden side included| although {occ} covers it| extent]
D completely ignore {occ}, [I mean|mark|take] {np}
A {verb} {np} completely, ignoring {occ} on it
D [look|walk|go|search] through [{many}|the drawer|the pile|the door] and [find|take|mark] {np}
A look [straight|right|] through {occ} [at|and see] {np}, [all of it|whole|complete]
D {np} looks as if it [was|were] [broken|new|wet|going to fall|made of gold]
A {np} as if it [was|were] [not covered|unobstructed|the only thing here|in front of {occ}]
D {np}, even if it's [heavy|old|broken|hot|expensive]
D {np}, even though it's [heavy|old|broken|hot|far away]
A {np}, even the [bits|parts] that are behind {occ}
D even behind {occ} I [can recognise|recognise|spot|see] {np}, [mark|take] it
D {np}, including [delivery|the lid|its charger|its contents|the {adj} one]
A {np}, including its [hidden|covered|unseen|far] [end|side|edge|corner]
V {np}, not including its [hidden|covered|unseen|far] [end|side|edge|corner]
D the hidden {noun} too
A the {noun}'s hidden [end|part|side] too
V not the {noun}'s hidden [end|part|side]
D what you see [on the left|in the corner|next to {occ}] is {np}
D the {noun} you see [there|on the left|next to {occ}|behind {occ}]
V what you see of the {noun} [there|on the left|next to {occ}|behind {occ}]
A more than what you see of the {noun} [there|on the left|next to {occ}|behind {occ}]
D guess which {noun} [is mine|I mean|is the heaviest|was first]
D guess what is [in|behind|under] {occ}
D can you [work out|figure out|guess|infer] which {noun} [belongs to|goes with|fits] {occ}?
A can you [work out|figure out|guess|infer] where the {noun} [ends|continues|goes on] [behind|under] {occ}?
V you can not [work out|figure out|guess|infer] where the {noun} ends [behind|under] {occ}, so stop there
D [the|a] spare part [behind|under|next to] {occ}
D the drill bit [behind|under|next to] {occ}
D the side table [behind|next to] {occ}
D the [piece|slice] of [cake|bread|cheese|paper|wood] [behind|under|next to] {occ}
D the half of the [sandwich|orange|melon] [on the left|on the plate|next to {occ}]
D the [handle|lid|wheel|leg|tip|spout] of the {noun} behind {occ}
A the half of the {noun} [behind|under] {occ} [as well|too|also]
V the half of the {noun} [not behind|not under|outside|in front of] {occ}
D {np}, full stop
D tell me the whole truth, where is {np}?
D in total there are [three|four|five] {plural}, [take|mark] the {adj} one
D entirely up to you: {np} or {occ}
D {np} in its [box|case|usual place|packaging]
A {np} in its [full size|complete length|entire width|undivided form]
D remove {np} from [behind|under] {occ}
A remove {occ} from [in front of|above] {np} [virtually|in your mind|digitally], and mark the {noun} then
D remove {occ}, then [mark|take] {np}
D uncover {np}
D cover {np}
D extend {np} [to|towards] {occ}
A extend {np}'s [mask|outline] to [its real end|where it really ends|its far end]
V do not extend {np}'s [mask|outline] [to its real end|beyond what shows|into {occ}]
D cut {np} [in half|into pieces|off {occ}]
A do not cut {np} [in half|into pieces|short|off] where {occ} [crosses it|is in front]
V cut the mask of {np} where {occ} [crosses it|is in front]
D the mask on the [man|woman|wall|doll]
D {np} is missing a [handle|wheel|piece], [find it|take it anyway]
A {np} is missing a piece [because {occ} is in front|where {occ} covers it|in the picture only], put it back [in|]
D what part of {np} is [broken|dirty|red|the handle]?
D where is the rest of the {plural}?
D where is the rest of the [team|cake|cutlery|family]?
A where is the rest of the {noun}? [Add|Mark|Include] it
D {np} should not be [covered|hidden|blocked], so [take|move|remove] {occ} [away|]
A {np} should not be [truncated|shortened|clipped] [by|because of] {occ}
D who [sees|saw|can see] {np}?
D {np} was seen [yesterday|on the left|near {occ}]
V {np} as seen [yesterday|on the left|by the camera], [no more|nothing invented|no completion]
D the {noun} is whole again, [take|find|mark] it
D the one {noun} that's still whole[, not the broken ones|]
D which {noun} is [still in one piece|still whole|unbroken|undamaged|complete|intact]?
D an undamaged {noun}, whole and clean
D the complete {noun}, not the one [with a wheel missing|without a lid|that is broken|in pieces]
A the complete {noun}, not [just what I can see|only the visible piece|a fragment of its mask]
V the {noun} [in pieces|as fragments], just as {occ} leaves it [visible|in view]
A please don't [limit|confine|restrict|reduce|crop] [the mask|yourself|the outline|your answer] to [what is visible|the visible pixels|the exposed part] of {np}
V please [limit|confine|restrict|reduce|crop] [the mask|yourself|the outline|your answer] to [what is visible|the visible pixels|the exposed part] of {np}
A it is not [just|only|merely] the [exposed|visible] [area|part] of {np} that I'm after
V it is just the [exposed|visible] [area|part] of {np} that I'm after
A nothing of {np} should be excluded [on account of|because of|due to] [occlusion|{occ}|being hidden]
V everything of {np} should be excluded that is [occluded|hidden|invisible]
A there's no reason to [stop|end] the mask of {np} at {occ}
V there's every reason to [stop|end] the mask of {np} at {occ}
A the mask of {np} [without|with no] [holes|gaps|cuts] [from|where there is|because of] {occ}
V the mask of {np} with [holes|gaps|cuts] [from|where there is|because of] {occ}
V don't include more of {np} than [is visible|shows|you see]
A include more of {np} than [is visible|shows|you see]
V never go beyond the visible [edge|boundary|outline] of {np}
A go beyond the visible [edge|boundary|outline] of {np}[ to its real one|, up to where it ends|]
V I'm not [asking for|interested in|after] the [whole|entire|complete|full] {noun}, {vis} [part|area] please
A I'm [asking for|interested in|after] the [whole|entire|complete|full] {solid}, not the {vis} [part|area]
A I'm not [asking for|interested in|after] the {vis} [part|area] alone, but the [whole|entire|complete|full] {noun}
V if [a part|half|some] of {np} is [hidden|covered], leave [that|it] out
A if [a part|half|some] of {np} is [hidden|covered], [add|include|mark] [that|it] [too|as well|nonetheless]
Q [a part|half|some] of {np} is [hidden|covered], [take|find|get] the {noun}
D if {occ} is hidden, [take|mark] {np} [instead|]
D if you [can't see|don't find] {occ}, [take|mark|show me] {np}
D {np} which [no longer|hardly] [covers|hides] {occ}
D in the picture where everything is [hidden|blurred|dark], [find|look for] {np}
D [two|three] [parts|pieces|halves] of [the puzzle|the kit|a coconut] are [on the {surface}|here], [mark|take] the {adj} one
Q the partially {hid} {noun}, [please|if you can find it|thanks|the left one]
Q mark whichever {noun} is [partially|partly|half] {hid}
D mark whichever {noun} is [not|never] {hid}
D mark whichever {noun} is fully [visible|exposed|in view|shown]
Q mark whichever {noun} is not fully [visible|exposed|in view|shown]
Q the {adj} {noun} that only [half|partly|barely] shows
D the {noun} [completely|fully|entirely|totally] [hidden|covered|concealed] by {occ}
D something [is|lies] [completely|fully|entirely] [hidden|covered] [by|under] {occ}, what?
Q the {noun} almost [completely|fully|entirely|totally] [hidden|covered|concealed] by {occ}
D the full drawer of [socks|spoons|tools|letters]
D the full drawer, not the empty one
D the full [glass|bottle|bag|bin|box|jug], not the [half-full|empty|half-empty] one
D which [glass|bottle|bag|bin|box|jug] is [full|fullest|still full|half full]?
A the full [outline|body|form] of the [drawer|box|glass|jar|basket]
D the whole [watermelon|loaf|chicken|cucumber|coconut], not the [sliced|cut|halved|half] one
D the whole, uncut [watermelon|loaf|chicken|cucumber|coconut]
"""
