"""Training templates in whole sentences as people say them, each with an object and a reason of its own."""

# ruff: noqa: E501

MORE = """
D I've been [tidying|sorting|cleaning] the [pantry|garage|attic|shed] [all day|the whole morning] and [behind|under] {occ} I finally spotted {np}; [could you point it out|can you mark it]?
D the delivery came complete with {np}, which I'd now like to [find|have marked|see]
D there's a full [dishwasher|basket|tray] in the kitchen, but what I'm after is {np}
D my [daughter|uncle|neighbour] swears that {np} was [hidden|covered|blocked] when she looked, I think it's in plain sight
D because the lid hides what's inside, [just|simply] [point at|mark] {np}
D as part of the [inventory|game|exam|audit], [point at|mark|count] {np}
D in the [entire|whole|complete] [building|row|catalogue|video] there is no better {noun} than the {adj} one
D our [entire|whole] [budget|team|plan] depends on {np}, so [don't lose|find|fetch] it
D someone covered the [mirror|sofa|birdcage] with a sheet; next to it you'll see {np}
D the {noun} next to the [half-eaten|half-open|partly unpacked] {noun}
D the {noun} beside the [partially|partly|half] [hidden|covered|visible] {noun}
D {np}, which stands beside a [partly|half] [hidden|covered] {noun}
D the {noun} in front of the [partly|half|mostly] [hidden|covered|obscured] one
D [nothing|none] of this is about the [hidden|covered] {plural}, I only want {np}
D a [whole|complete|full] [hour|day|year|week] later {np} is still {where}, [get|mark|show] it
D who left {np} [in full view|in plain sight|out in the open]?
D [every|each] [visible|single] {noun} gets a sticker, starting with {np}
D [when|once] the {plural} are all [visible|shown|in view], [take|choose|mark] the {adj} one
D could the object that [completely|totally|fully|mostly] [hides|covers|blocks] {occ} be [moved|marked|identified]?
D before you [cover|wrap|pack|hide] anything, [bring|show] me {np}
D you will have to look [hard|twice|carefully], {np} is [well hidden|easy to miss|camouflaged]
D grab whichever {noun} you can [see|reach] [best|first|without moving anything]
D to [see|find out] whether the set is complete, [count|mark|list] the {plural}
D the camera [is|was] [covered|blocked] for a [second|moment], but now {np} should be [there|visible|in the frame]
D [drive|roll|move] until {np} is [fully|completely|entirely] [visible|in view]
D [turn|rotate] {np} so that its hidden side [shows|faces us|is visible]
D swap {np} [for|with] the one behind {occ}
D stack {np} on top of {occ}, covering [it|it completely|its label]
D does the {adj} {noun} have all its [parts|wheels|legs|buttons]?
D [it's|that's] not the whole [picture|story|truth], but {np} [was|is] involved
V I'm [checking|testing|debugging] [a detector|our camera|the segmentation] and need the {noun} as [observed|sensed|imaged], not [as imagined|as inferred|a completed version]
V our [loss|metric|benchmark] [punishes|counts] pixels [outside|beyond] what is visible, so [keep|hold] the mask of {np} [inside that|within what shows]
V to [measure|estimate] how [dirty|dusty|wet|worn] {np} is, I need the [surface|part] the camera [gets|has|sees]
V [spray|paint|scan|photograph|tape|clean] {np} where it is [bare|open|uncovered|free], so [show me|mark] that [part|surface]
V where could a [sticker|fingerprint|label] go on {np} [right now|without lifting {occ}]? [Only|Just] the [open|free|exposed] area
V {np} [peeks|pokes|sticks] out [behind|under|from behind] {occ}; [mark|segment] [just|only] the bit that [does|peeks out|sticks out|pokes out]
V half of {np} is [missing|not there|out of sight] in this view and [that's fine|so be it|it may stay so], [mark|segment] the other half
V I can live without the [hidden|covered|lower|back] part of {np}
V [honestly|frankly], the [hidden|covered] part of {np} is [of no interest|irrelevant|none of my business]
V do me a favour and [leave|keep] your [imagination|guesses|predictions] out of the mask of {np}
V you [tend|like] to [complete|extend|fill in] objects; with {np} [don't|do not|please refrain]
V treat the [edge|border|outline] of {occ} as the end of {np}
V the outline of {np} [follows|goes along|stops at] {occ} where [it|that] is in front
V what part of {np} [meets|reaches|catches] the eye? [Mark|Show] that [alone|and no more|only]
V no more of {np} than the [photo|picture|image|frame] [has|shows|contains]
V [pixels|image points] of {np}, not its [geometry|real extent|physical shape]
V you don't need x-ray vision: [mark|segment] {np} [as it shows|as you see it|where it's visible]
V imagine neither a complete {noun} nor a hidden half; [mark|segment] what is [there|in the image|to be seen]
V from {np} subtract [everything|all that] [under|behind|below] {occ}
V {np} [as a modal|in modal|for modal] [mask|segmentation|annotation]
V I only see [a part|half|the top] of {np}, and only that [part|half|piece] [should be|is to be|must be] [marked|segmented]
A I only see [a part|half|the top] of {np}, but not only that [part|half|piece] [should be|is to be|must be] [marked|segmented]
A if I [lifted|moved|took] {occ} [off|away], how much [more|] of {np} would [appear|show|come to light]? [Mark|Outline|Segment] [all that|it all|the total area]
A [give|show|draw] me what the {noun} would look like [from above|from the front|in a catalogue] with {occ} [gone|out of the way]
A our [loss|metric|benchmark] [wants|counts|expects] [whole|complete|full|amodal] [objects|extents|masks], so [extend|continue] {np} [where it's hidden|behind {occ}]
A the [box|case|crate|bag] I'm building must [hold|fit] {np}, so its [covered|hidden|occluded] [end|part|side] [matters|counts|is needed] too
A to [lift|grasp|carry|turn] {np} safely I have to know where [all|every bit] of it is, [seen or not|also under {occ}|even behind {occ}]
A to not [hit|scratch|knock over] {np}, the planner needs [its hidden side|the part behind {occ}|its entire body|all of its volume]
A you [tend|like] to stop at occluders; with {np} [don't|do not|please go on]
A with x-ray vision, where [is|would be] [all of|every part of] {np}? [Mark|Segment] that
A I'd like to [know|see] what {occ} is [hiding|covering|keeping] of {np}
A {occ} hides the [end|edge|corner|half] of {np}: where [is|would] [that|it] [be|]? [Mark|Add|Show] it
A the [silhouette|outline|shadow] {np} would [cast|have] if [alone|nothing stood before it|it stood by itself]
A a mask of {np} that [doesn't care about|is blind to|ignores|takes no notice of] [occlusion|occluders|{occ}|what's in front]
A {occ} is not part of {np}, but the area it [covers|hides|occupies] is, [so mark that too|include it]
A what you can't see of {np} you [can|may|should|will have to] [guess|infer|work out|add]
A don't leave out [anything|any part] of {np} [just|only|merely] because it [is hidden|can't be seen|lies behind {occ}]
A [though|while|although] [some|part|half|most] of {np} is [out of sight|not visible|behind {occ}], treat it as [one object|a complete object|a whole]
A you see [half|a bit|part] of {np}: [mark|segment] the other [half|part] [too|as well|also]
A the [rest|other half|remainder|continuation|far end|back] of {np} [behind|under|beneath] {occ} [too|please|as well]
A I know most of {np} is [hidden|covered|concealed], [which is why|that's why] I ask for its [full|complete|whole|entire] [outline|shape|extent]
A [geometry|real extent|physical shape] of {np}, not [its pixels|the image points|just the visible pixels]
A [reveal|expose|uncover|show] the [hidden|covered|concealed|unseen] [part|side|half|portion] of {np}
A {np}, and [think|look|go|see] beyond [what is visible|the visible|{occ}]
A {np}. Not the [visible|exposed] [bit|fragment|sliver], the [thing|object] [itself|as such], [whole|entire|complete]
A all [two|three|four] [legs|wheels|sides|corners] of {np}, [visible or not|even the hidden ones|also those we don't see]
A the [bottom|back|lower half|far side] of {np} that [sits|stands|is] [inside|behind|under] {occ} [too|as well|included]
A [nobody|I don't] [cares|mind] that {occ} is in [front|the way]: {np}, [complete|whole|entire|all of it]
A {np} - [yes, all of it|yes, the hidden part as well|yes, even the part you can't see|and yes, I mean the whole]
A [both|all] {plural}, [the one in front and the one behind|front and back ones], [each|] with [complete|full|whole] [outlines|extents|shapes]
A mark {np} so that {occ}'s [pixels|area] in front of it [count|counts|belong] to [it|the mask] [too|as well]
A it would [help|be good] to have {np} [whole|complete|in full|unclipped], [since|as] [half|part] of it [is hidden|is behind {occ}]
Q [find|spot] me a {noun} that [you|one] can [only partly|hardly|barely|just about] see
Q {np}, [glimpsed|seen in part|half seen] [behind|under|through] {occ}
Q which {noun} [peeks|sticks] out only [a little|by half|in part] [behind|from behind|under] {occ}?
Q [someone|somebody] [partly|half] [covered|hid|blocked] {np}, [get|mark|find] it
Q {np} [gets|is] [half|partly] lost behind {occ}
Q the {noun} [interrupted|crossed|cut in two] by {occ}
Q {np} which {occ} [hides|covers|blocks] [in part|to a degree|for the most part|up to the middle]
Q {np}, [sadly|unfortunately|annoyingly] [partly|half|mostly] [out of view|hidden|covered|blocked]
Q can you [find|mark|get] the [obscured|occluded|obstructed|half-hidden] {noun}?
Q I need [an occluded|an obscured|a half-covered|a partially visible] {noun}
Q the [occluded|obscured|obstructed] [one|{noun}] [of|among] {many}
Q the {plural} [occluded|obscured|obstructed] by {occ}
Q the {noun} [cropped|truncated|clipped|cut] [at|by] the [edge|side|bottom|top|left] of the [image|photo|picture|frame]
Q the {noun} that [runs|sticks|hangs] [partly|half] out of the [image|photo|picture|frame]
"""
