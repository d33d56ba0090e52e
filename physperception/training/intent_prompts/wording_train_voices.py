"""Training templates in many voices: short and long, polite and rude, with words about wholes and hiding in other senses."""

# ruff: noqa: E501

NAMES_ONE = """
D only {np}
D just {np}
D {noun} only
D {np} only, please
D {np} and nothing else
D nothing but {np}
D the only {adj} {noun} [here|in the picture|we have]
D not {occ}, {np}
D don't [take|mark|touch] {occ}, [take|mark|touch] {np}
D {np}, but not {occ}
D [leave|skip] {occ} and [mark|take] {np} [instead|]
D [leave|keep] {np} as it is
D the {noun} without [a|any] [handle|label|lid|scratch|wheels]
D the {noun} with no [handle|label|lid|scratch|name on it]
D [both|all] {plural} including the [broken|dirty|small|new] one
D the [tea|tool|picnic|train] set including the {noun}
D also {np}
D {np} as well
D {np} too, please
D even the [small|dirty|old] {plural}
D each and every {noun}
D all of them
D all of the {plural}
D all of these {plural} [please|]
D all {plural} [in the picture|in sight|that are there|you can find|I own]
D every [single |]{noun} [in the picture|on the {surface}|you can see|there is]
D everything on the {surface}
D everything [apart from|except] {np}
D {many} from left to right
D from top to bottom, the {adj} {noun} in the stack
D the real {noun}, not the [toy|plastic one|picture of one]
D a true [masterpiece|friend of mine|copy]: {np}
D the actual {noun}, [please|not its box]
D the {noun} that [shows|displays|depicts] [a beach|the time|12 o'clock|a film|a map]
D the [screen|poster|picture] showing {np}
D {np} that came with {occ}
D the {noun} as [seen|shown] [on TV|in the advert|in the shop]
D the {noun} that can be [folded|extended|taken apart|filled|completed with stickers]
D the {adj} {noun} of the two [on the {surface}|over there]
D the one that isn't [{adj}|wet|broken|mine]
D the {noun} [whose|of which the] [lid|handle|cover] is [missing|off|open|on]
D what's left of the {noun}
D the rest of the [pizza|cake|team|cutlery|bread]
D the remaining {noun}
D the [other|far|near|left|right] end of {np}
D the [tip|front|back|side|edge] of {np}
D a part of {np}
D the part of {np} [you hold|where you pour|which is dirty|with writing on it|that is broken]
D the [part|piece|section] [that broke off|marked with an X|labelled A|which is missing a screw]
D which [piece|part] of the [puzzle|kit|model] [goes here|is missing|is next|fits]?
D {np} [at|near] the edge of [the image|the picture|the frame|the table]
"""

FIXED_PHRASES = """
D the [full-size|full-length|full-face|full-fat|full-colour|full-time|full-screen|full-grain] {noun}
D the [whole-bean|whole-egg|whole-fruit|wholemeal|wholesale|whole-leaf|whole-house] {noun}
D the [all-purpose|all-in-one|all-weather|all-terrain|allround|all-black] {noun}
D the everything bagel
D the bag of [whole|entire] [almonds|walnuts|cloves|chestnuts|oats|leaves]
D the [jar|tin|can|pack|bag] of whole [tomatoes|olives|cashews|corn|cumin|milk powder]
D a box of [complete|full|whole] [decks|boards|sets|puzzles|kits|servings]
D the [complete|full|entire|whole] [deck of cards|tea service|toolbox set|cutlery set|chess set|train set|dinner set|trilogy|series of novels|encyclopedia|menu|alphabet]
D the [complete|full|entire|whole] [row|rack|shelf|column|queue|bunch|flock|gang|crew|squad|batch|assortment|lineup|range] of {plural}
D [the|my|our] [complete|full|entire|whole] [family|team|department|neighbourhood|audience|staff|choir|kit]
D the [complete|full|entire|whole|total] [price|cost|sum|amount|name|address|title|version|recipe|text] [is|stands|is written] on {np}
D {np} with the [complete|full|entire|total] [price|sum|amount|address|recipe|instructions|name] on it
D the [complete|total|absolute|utter|entire] [wreck|mess|chaos|beginner's guide|waste of money|fake]
D the [total|full|complete] [eclipse|stop|length|circle|house] [poster|sticker|sign|book]
D the invisible [tape|thread|ink pen|fence|glue|man costume|zip]
D the [hidden|secret|concealed] [drawer|door|compartment|camera|pocket|staircase|treasure map|object game|message card]
D the [cover|covered|covering] [sheet|plate|letter|wagon|jar|bridge model|pan|cloth]
D the [see-through|transparent|clear] [bag|box|cup|curtain|umbrella|case] [next to {occ}|with {occ} in it|]
D the [exposed|uncovered|visible|bare] [wire|brick|screw|pipe|wood|bulb]
D the [open|uncovered|unlidded] {noun}
D the [half|quarter|third] [pint|litre|loaf|melon|shell]
D the half-[eaten|finished|open|full|empty|read|built|peeled] {noun}
D the [unfinished|incomplete|uncompleted|finished|completed] [puzzle|painting|model|set|sculpture|form|sweater]
D the {noun} [hidden|buried|shown|seen|pictured|printed] [in|on] [the poster|the label|the photo on the wall|the painting]
D the [shadow|reflection|silhouette|outline|drawing] of {np} on the [wall|floor|window|mirror]
D the [cookie|cake] cutter in the shape of {np}
D the [star|heart|egg|ring|moon]-shaped {noun}
D the {noun} with the [{adj}|strange|funny] [shape|outline|contour|silhouette]
D a fully [charged|loaded|packed|grown|automatic|dressed|inflated|stocked] {noun}
D the [completely|entirely|totally|wholly|fully] [dry|flat|new|different|wooden|plain|unpacked|worn out|useless|transparent|round] {noun}
D the {noun} which has been [completely|entirely|totally|fully|wholly] [cleaned|painted|eaten|filled|emptied|ruined|unpacked|repaired|forgotten|wrapped in paper]
D the {noun} covered [in|with] [dust|stickers|paint|mud|flowers|stains|foil|snow|chocolate]
D the [snow|dust|ice|mud]-covered {noun}
D the {noun} [blocking|in] the [doorway|way|aisle|drain|exit|corridor]
D the {noun} [overlapping|touching|leaning over] {occ}
D the [camouflage|camouflaged|masked|veiled|hooded] [jacket|man|woman|tent|rider]
D the {noun} with [a mask|a veil|blinkers|covers|a lid|a hood|shades] on
D the {noun} that is out [of order|of date|of paper|of place|of reach|in the rain]
D the "[complete|hidden|whole|entire|invisible|full]" [box|sticker|sign|label]
D the book [called|titled|named] [The Whole Truth|The Hidden Life of Trees|Full Circle|Complete Chess|The Invisible City|Behind the Scenes|Beyond the Visible|Everything Explained]
D the {noun} [labelled|marked|that says] [full|complete|hidden|amodal|entire|whole|do not cover|invisible|visible]
"""

QUESTIONS_AND_JOBS = """
D how many {plural} are [visible|hidden|there|in the picture|complete]?
D is {np} [completely|fully|entirely|partly] [visible|hidden|covered|closed|dry]?
D can {np} be seen from [here|the door|the camera]?
D which {noun} is [the most|the least] [occluded|visible|hidden|covered|exposed|obscured]?
D which of {many} is [not|least] [covered|hidden|blocked] by [anything|anybody|{occ}]?
D is there anything [behind|under|inside] {occ}? [Mark it|Find it|Show me what]
D [what|which object] is [the closest|the first|the next] [thing|one|] [behind|in front of|under] {occ}?
D who is [partly |]blocking the view [of|on|to] {occ}?
D what stops me from [seeing|reaching|getting to] {occ}?
D what [object|thing|item] would I have to [move|remove|lift|take away] to [see|reach|get at|uncover] {occ}?
D which {noun} do I need to [move|remove|lift|push aside] [first|before I can take {occ}]?
D [move|remove|lift|take away|push] {np} [so that|because|since] [we|I] [can|can't] see {occ} [then|any more|]
D [take|pull|get] {np} out from [behind|under|between|beneath] {occ}
D [take|lift|pull] the [cover|lid|cloth|sheet|lid] off {np}
D [cover|hide|wrap|conceal] {np} with [a cloth|{occ}|paper|something]
D [uncover|unwrap|open|reveal] {np}
D fill {np} with [water|sand|tea]
D [complete|finish] the [row|set|tower|pattern|order] with {np}
D help me [complete|finish] my [breakfast|homework|collection|picture]: [find|where is] {np}?
D [look|search|feel|reach] [behind|under|beneath] {occ}, [there should be|you will find|there is] {np}
D [scan|check|inspect] the [whole|entire|complete|full] [scene|area|room|table|frame] for {np}
D after you have seen the [whole|entire|complete] [scene|picture], choose {np}
D the robot should [grasp|lift|push|avoid|pick up|go around] {np}
D [grasp|lift|push|pick up|poke|rotate|wipe|fold|hand over] {np} [carefully|now|and wait|with the left arm|]
D put {occ} [on|in|behind|under|next to] {np}
D [drive|move|go|turn] [to|towards] {np} and stop [there|in front of it|at its edge]
D stop [at|in front of|when you reach] {np}
D target: {np}
D object: {np}; [action|task]: [grasp|push|wipe|find]
D goto {np}
D {np} = target
D query: {np}
D {np}??
D umm {np} i guess
D {adj} {noun} {where} asap
D yo where's {np}
D gimme {np}
D {np} my dear, if it isn't too much trouble
D would it be possible to have {np} [marked|segmented|pointed out|fetched]?
D I was wondering whether you could [find|locate|bring] {np}
D it would be [great|lovely|nice] if {np} could be [marked|found|selected]
D [someone|a guest|my boss] [would|might] [like|want] {np}; which one is it?
D what do people [use|need|take] to {need}?
D if it [rains|gets dark|gets cold], what [should I take|will I need]?
D I'm [hungry|thirsty|cold|tired|bored|wet]; what [here|in this room] would help?
D what [shows|tells] [the time|me the temperature|that somebody lives here]?
D what looks [out of place|dangerous|expensive|like it was hidden in a hurry]?
D what could [fall|break|roll away|be hidden in a pocket|cover a table|block a door] [here|]?
D which [thing|object] [completes|belongs to] the set?
D which thing would [entirely|completely|just] [fit|fill|cover] {occ}?
D what is big enough to [cover|hide|block|contain] {np} [completely|entirely|]?
D if you were [to hide|hiding] [from|behind] something, what would you [choose|use]?
D I [can't|cannot] see [well|anything|much], so [tell me|show me] where {np} is
D I can see {np}, but where is {occ}?
D from here I only see {np}; is {occ} [there|behind it]?
D do you see {np} [behind|under] {occ}? [that's the one|yes, that|take it]
D {np} is [behind|under|beneath] {occ}, [take|get|mark|pick] it
D {np} should be [right|just|directly|somewhere] [behind|under|beneath] {occ}
D [behind|under|beneath|inside] {occ} [is|lies|stands|sits] {np}, [mark|get] it
D [behind|under|beneath|inside] {occ}: the {noun}
D the {noun} [hidden|kept|stored|stowed|tucked away|stashed] [in|under|behind] {occ}
D the one my [cat|brother|neighbour] [hid|buried|stashed|covered with leaves]
D as you [see|can see], there are [two|three] {plural}; the {adj} one
D {np}, which [hides|covers|blocks|stands in front of|overlaps] {occ}
D [the thing|that|what|the object] [partly|] [hiding|covering|blocking|occluding|obscuring] {occ}
D the {noun} in front, the one that [hides|covers|blocks] the {adj} one
D the occluder of {np}
D whoever is [hiding|standing|sitting|crouching] behind {occ}
D not the {noun} [behind|under] {occ} but the [other|free] one
D the {noun} with [nothing|no object] [in front|on top of it|covering it]
D the {noun} I can see [best|most of|clearly|without moving]
D find {np} in this [partial|full|complete|cropped] view of the [room|kitchen|scene]
"""

SEEN = """
V show me [how much|what] of {np} [is|remains] [visible|unhidden|in view]
V which [part|area|bit] of {np} [is|can we see] [not hidden|visible|uncovered|in view]? [Mark that|Show it|That please]
V [mark|select|give me] the [pixels|area] of {np}, [strictly|and strictly] what [is in the photo|the image has|one can see]
V {np} [sans|less] [its|the] {hid} [part|bits|half]
V {np}, [visible only|visible portion|visible area|seen part|exposed half]
V {np} (visible [part|area|bits|pixels] [only|])
V {np} [vis. part|visible pt|vis part] only
V modal {noun}
V {np}, don't be clever
V {np}, and don't [get creative|be creative|make things up|dream up the rest|get fancy with the hidden bit]
V mask [just|only] [the portion|the part|what part] of {np} [peeking|sticking|poking|showing] [out|] [above|beside|behind|around|from under] {occ}
V [as|since] {occ} [covers|hides|blocks] [part|some|half] of {np}, [mark|take|segment] [just|only] [the rest|the remainder|what is left|the part that's left over|what remains visible]
V mark {np} where it is not [covered|hidden|blocked|occluded] [by {occ}|by anything|]
V [wherever|where] {np} [is|remains] [exposed|visible|in view|uncovered], mark it; [nowhere else|elsewhere don't|leave the rest]
V the {noun}'s [visible|exposed|uncovered|unoccluded|observable] [part|surface|area|region|pixels|portion]
V the [unhidden|unblocked|unobscured|non-occluded|not occluded|non-hidden] [part|portion|bit|area] of {np}
V [forget|ignore|skip] [everything|anything] of {np} that [is|lies|stays] [hidden|out of sight|behind {occ}|under something]
V I only [want|need|care about|get paid for] [what's visible of {np}|the {vis} {part} of {np}]
V for the [paint|wiping|cleaning|cleaning|printing|scanning] job, [mark|select] [just|only|] the [exposed|open|visible|uncovered|accessible] [area|surface|part] of {np}
V the [surface|area] of {np} a [cloth|brush|finger|sponge] could [touch|reach] [without moving {occ}|right now|as things stand]
V the part of {np} [not tucked under|not beneath|outside of|free of|clear of|not behind] {occ}
V the part of {np} [on this side of|in front of|to the left of|above|before] {occ} that we [can see|see]
V outline {np}, [going around|following the edge of|excluding|leaving out] {occ} where [they overlap|it covers it|it is in front]
V {np} and {occ} overlap: give {np} [just|only] the pixels where it [is on top|shows|is in front]
V [leave|let] {occ} [out of|its own pixels, they are not part of] the mask of {np}; [no extrapolation|just visible stuff]
V treat what {occ} [hides|covers] of {np} as [not there|not part of the mask|background|someone else's problem]
V pixels belonging to {occ} must not be [in the mask of|counted to|assigned to] {np}, even where {np} [lies behind|continues underneath]
V [without|no] {hid} [areas|parts]: {np}
V {np}; [hidden|covered|occluded] [parts|areas] [excluded|out|aside|off limits|not wanted]
V I'd rather have an incomplete mask of {np} than an invented one
V {np}, [honest|literal] version: [just what the image shows|no invented parts|nothing extrapolated]
V what does the [image|photo|camera] [actually|really] show of {np}? [just that|that much|mark it]
V segment {np}, [accounting for|respecting|minding] [occlusion|the occlusion by {occ}] so that [hidden pixels are left out|only visible pixels remain]
V {many}: [stop|end|cut] each mask where [another|the next|something] [covers|overlaps|hides] it
V {many}, [their|just their] [seen|visible|exposed|uncovered] [sides|halves|pixels] [only|]
V for [each|every one] of {many}, [nothing but|only|just] the [bits|pixels|portion] we see
V not the [entire|whole|complete|full] {noun}, [only|just] [what sticks out|the bit on show|what is in frame|the part above {occ}]
V the [whole|complete|entire|full] {noun} [is not|isn't] [needed|wanted|necessary], [the visible part|what shows|the bit in view] [will do|suffices|is plenty|is enough]
V [please|] don't give me the [whole|complete|entire|full] {noun}, [I only need|just] [what is visible|the exposed part|the front part we see]
V no need for the [whole|complete|entire|full|hidden] [shape|outline|extent|part] of {np}
V you [needn't|need not|don't have to|shouldn't] [complete|reconstruct|finish|extend|guess] {np}
V {np} - [don't|do not|never] [complete|reconstruct|finish|extend|extrapolate|inpaint|amodally complete] it
V it's [wrong|a mistake|not allowed] to [mark|include] what is [behind|under] {occ}; [mark|segment] {np} [accordingly|that way]
V imagine you could [only |]paint on the photo: colour in {np} [where you see it|as it shows|and nothing it hides behind]
V {np} in its [current|present] [occluded|partly hidden|cut-off] [form|state], [as is|without completing it]
V [keep|leave] the gap [where|that] {occ} [is|makes] in {np}
V if {occ} [cuts|splits] {np} in two, mark [both|the two] visible pieces [and not what is between|separately|but not the middle]
V [stripes|pieces|fragments] of {np} [between|left and right of|around] {occ} as they [show|appear], [not joined up|no filling in between]
"""

EITHER = """
Q {np}, the one [you|we|I] can [hardly|barely|scarcely|only just] see
Q {np} [of|from] which [we|you|I] see [only|just|no more than] [a corner|a bit|half|the tip|one end]
Q the [semi|half|partially|partly|part|mostly|nearly] [visible|occluded|hidden|obscured|concealed|covered|obstructed|eclipsed] {noun} [{where}|]
Q the {noun} [semi-|half-|partly-|part-][occluded|hidden|covered|concealed|obscured] [by|behind] {occ}
Q the {noun} that [gets|is being|has been|was] [partially|partly|half] [cut off|hidden|covered|obscured|blocked] [by {occ}|by the frame|]
Q [any|some|one of the] [occluded|obscured|obstructed|truncated|cropped] {plural} [please|]
Q all [occluded|obscured|partially visible|partly hidden|half-covered] {plural}
Q {verb} the {plural} that are [partly|partially|half|mostly] [covered|hidden|out of the frame|out of view]
Q who is [partly|half|partially] [hidden|covered|out of the picture|cut off] [by|behind] {occ}?
Q [is there|do you see] a {noun} [partly|half|partially] [hidden|covered] [by|behind] {occ}? [find it|mark it|take it]
Q {np}; [a part|some|half] of it is [hidden|covered|blocked|not visible|cut off by the frame]
Q {np} [half|partly|mostly] [buried|sunk|submerged|swallowed|eclipsed] [in|by|under] [sand|snow|the blanket|{occ}|leaves]
Q {np} [disappearing|vanishing|sliding] [halfway|partly|in part] [behind|under|into] {occ}
Q {np}, [somewhat|slightly|a little|heavily|badly|largely|in part] [occluded|obscured|overlapped|obstructed|covered] [by {occ}|]
Q something to {need}, [it may be|perhaps|possibly] [partly|half] [hidden|covered]
Q [all|every one of the|the various] [parts|pieces|components|sections] of {np}
Q {np} with all [its|of its] [parts|pieces|sections|sides]
Q {np}, part by part
Q as much of {np} as [possible|you can|you manage]
"""
