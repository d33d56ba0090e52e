"""Training templates of longer, more talkative prompts."""

# ruff: noqa: E501

LONG = """
D I'm looking for {np}, I [think|believe|guess] it is somewhere {where}, can you help me find it?
D there are [two|three|several] {plural} here, and what I [need|want] is the {adj} one, the one {where}
D in this [picture|photo|scene] there is {np} and next to it {occ}; [mark|show me] the {noun} {where}
D my [son|friend|colleague] has [hidden|lost|left] [his|her] {noun} [again|somewhere here], can you [spot|find|see] it?
D we are going to {need} later, so which of these [things|objects] should we [take|bring|keep]?
D when [somebody|my mother|a guest] [comes|visits|asks], {np} is always [used|needed], please [find|show|point at] it
D if I wanted to {need} and had nothing but the things in this picture, what would I [take|use|choose]?
D somebody put {np} down {where} and then {occ} was put there as well; [find|mark] the {noun}
D the robot has to [go to|clean|look at|read the label of] {np} that is [behind|next to|under] {occ}, so find [it|that {noun}]
D after [looking at|thinking about|considering] [everything|the whole scene|all objects], [tell me|mark|show] which [one|thing] is the most {adj}
D take the [entire|whole|complete] [scene|background|context] into account and [mark|find] the {noun} [for|to] {need}
D which of these [things|objects|items] could one use to [hide|cover|block|wrap] {np} [completely|entirely|in full]?
D the person [standing|sitting] [behind|in front of] {occ} and [next to|behind] {np}
D someone who is {adj} and [tired|hungry|cold] would [first|probably] [take|want|need] what?
D one of the {plural} has been [opened|moved|broken], the others are [still|] [completely|entirely|fully] [closed|sealed|intact]; show me the [open|broken|moved] one
D I [don't|do not] know [what|which] it is, but something is [hidden|hiding] [behind|under] {occ}; what is it?
D a few {plural} are {partly} hidden [here|on the table], but I want the one that [lies|stands|is] [free|on top|in the open|in front]
D ignore [the|all] {partly} {hid} {plural} and [mark|find|show] the one that is [fully|completely] visible
D if something [covers|blocks|hides] {np}, [tell me|show me|mark] what that [something|thing] is
D please move {np} which [hides|covers|blocks] {occ}
D put {np} [away|aside], it [hides|covers|blocks] {occ}
D the {noun} [has|with] [a hole|an end|two ends|an edge|a border|three parts|many pieces] {where}
V although [a large part|most|half] of {np} is [behind|hidden by|covered by] {occ}, I am only interested in [the area|the part|what] [we can see|that shows|that is visible]
V even if {occ} hides [most|a lot] of {np}, [mark|segment|show] [just|only] [what we can make out|the piece that shows|the area you can see]
V please [mark|segment] {np}, but [restrict|limit|confine] [the mask|it|yourself] to [the pixels|the area|the places] where [it|the {noun}] is [really|actually] [visible|seen|in the photo]
V where {occ} [is in front of|covers|hides] {np}, [cut|leave|take] that part [out|away|off] [of|from] the mask
V I [don't|do not] [want|need] you to [think about|guess|work out|make up] what [is|may be|might be] behind {occ}, just [return|give me|mark] the {part} of {np} that is [there|in the picture|visible]
V it is [fine|okay|alright] if the mask of {np} has [a hole|a gap|a cut] where {occ} is, [I want|show|mark] it [the way|as] [it is seen|we see it|it looks here]
V how much of {np} [can we see|can be seen|is visible]? [mark|show|outline] [that|just that|exactly that]
V {np}; [leave|keep] [the|its|any] {hid} {part} [out|away|aside]
V the [mask|outline] should [not|never] [go over|enter|cross] {occ}, so [only|just] the {vis} {part} of {np}
V we are going to [wipe|paint|clean|read] {np}, so [only|just] the {part} [that is|] [visible|exposed|not covered] [matters|is needed|please]
V [nobody|no one|I don't] [cares|care] [about|for] the {part} of {np} [behind|under] {occ}; [mark|show] the rest
V the {noun} and by that I mean the {part} of it [that is|which is] not [under|behind|covered by] {occ}
V do not [show|give] me the [complete|whole|entire] {noun}, I [only|just] want to know [what|which part] of it [is visible|is facing us|can be seen|faces the camera]
V {np} [occluded|hidden|covered|invisible] [parts|areas|portions] [excluded|left out|omitted|not included]
V the [real|actual|plain|normal|ordinary|usual] mask of {np}, [without|no] [amodal|completed|guessed|extrapolated] [parts|stuff|regions]
A [a large part|most|half] of {np} is [behind|hidden by|covered by] {occ}, but please [work out|guess|figure out] where the rest [is|must be] and [include|add|mark] it
A I know that {occ} [covers|hides|blocks] [most|a lot|a part] of {np}, [still|but] I [need|want|would like] [the whole thing|all of it|its full outline|the complete {shape}]
A we can't see the [back|lower part|other half|legs|end] of {np} since {occ} is in [front|the way], but [it is|they are] part of it too, so [include|add|mark] [it|them] [as well|too|in the mask]
A the {noun} [seems to|appears to] end where {occ} begins but [of course|really|actually] it [continues|goes on], so [mark|segment|outline] it [up to|until] where it really ends
A a [normal|usual|plain] mask of {np} would miss the {part} behind {occ}, so [please|] [add|include] [that|it] [too|as well]
A when I [say|ask for] {np} I mean [all of the object|the object itself|the entire object], [also|including|and also] the {part} [under|behind|beneath] {occ}
A suppose [someone|somebody|one] [took|lifted|moved|pulled] {occ} away: [draw|mark|outline] {np} [the way|as] it would [then look|look then|be seen]
A {occ} [stands|lies|is] in front of {np}; I [don't|do not] [care|mind], give me [the complete {noun}|all of it|the whole {noun}|the {noun} from end to end]
A the mask of {np} should not [stop|end|be cut] at {occ} but [continue|go on|run on] [behind|under|beneath] it [to the end|until the {noun} ends|]
A [instead of|rather than] [going around|stopping at|cutting at] {occ}, the outline of {np} should [pass|run|continue] [behind|beneath|under|through] it
A I [don't|do not] want [pieces|stripes|fragments|parts] of {np} [left and right of|around|beside] {occ}, I want [one|a single] {noun} in one piece
A only the [handle|top|left half|head|tip|back] of {np} [shows|sticks out|is visible|can be seen], where is the rest of it? [Mark|Show|Segment] it [from end to end|all|as a whole|completely]
A [find|take] {np} that is half [under|behind] {occ} and [give|show] me all of it, [also|even] the half [I can't see|you don't see|that is hidden]
A which of these could I use to {need}? [It may be|It is] [partly|half] [under|behind] {occ}; if so [also|] mark the {part} [under|behind] it
A for [each|every one] of {many} give me the shape it [really|actually] has, not what is left [over|] after [others|other things] [cover|hide|block] it
A the robot has to [pick up|grasp|take|lift|go around] {np}, so I need to know [its|the] {whole} {shape}, also where {occ} [blocks|hides|covers] [it|our view]
A for the [planner|gripper|robot|calculation] we need the {whole} {shape} of {np}, that is with the {part} that {occ} [occludes|hides|covers] [now|here]
A [outline|draw|mark] {np} from [top|one end|left|head] to [bottom|the other|right|toe], whether or not [it shows|all of it shows|you can see it|{occ} is in the way]
A the [legs|wheels|feet|ends|corners] of {np} that [are|stay] [hidden|out of sight|covered] [belong to it|are part of it|count] [too|as well]
A if {occ} was made of glass [so that|and] we could [look|see] through it, [what outline would {np} have|where would {np} be|mark {np} as it would look]
A [be sure|make sure|take care] that the mask of {np} [takes in|includes|contains|covers] the {part} that is [behind|under|hidden by] {occ}
A the {noun} should be [masked|marked|outlined] up to its [real|true|physical|actual] [boundaries|edges|borders|ends], [independently of|no matter|regardless of] what is in front
A {many} [overlap|hide each other]; each should [have|get|keep] its own {whole} {shape} and not be cut where [another|a neighbour] [overlaps|covers|hides] it
A fill [the gap|the gaps|what is missing] where [other things|{occ}|others] [hide|hides|cover|covers] {np}, [segment|show|mark] it entirely
A {np} [is|seems] cut off by {occ}, reconstruct it [to|as] what it would be without {occ} and [mark|segment] that
A it is important to [include|have|mark] not [only|just|merely] what we can see of {np} but also [what|the {part} that] is [out of sight|hidden|behind {occ}]
A {np} in one [uninterrupted|unbroken|single] piece, as if {occ} did not [exist|stand there|hide it]
A everything that [belongs to|is part of|makes up] {np}, [visible|seen] or [not|hidden], [regardless of|no matter] what [blocks|hides|covers] it
Q there is {np} that {occ} {partly} [hides|blocks|covers] [from view|], and I'd like to have [it|the {noun}]
Q I am looking for {np} that is [obstructed|obscured|occluded|hidden] [to some degree|a bit|in part|somewhat] by {occ}, can you [mark|find] it?
Q which {noun}, though not all of it can be seen, would [you|I|one] use to {need}?
Q [whichever|the one] of {many} [that is|is] [somewhat|partly|half] {hid} by {occ}, [find|mark] it
Q [which|what] [objects|things|items] are {partly} [hidden|out of frame|out of view|covered|cut off]?
"""
