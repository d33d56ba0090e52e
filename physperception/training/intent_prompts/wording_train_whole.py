"""Training templates in many voices that ask for the complete object, and longer stories of all kinds."""

# ruff: noqa: E501

WHOLE = """
A [whole|entire|complete] {solid}
A [whole|entire|complete] {adj} {solid} pls
A [the|that|this|my] [whole|entire|complete] {solid}, [please|pls|thanks|thank you|now]
A the [hole|whle|entir|entier|compleet|complet|whoel] {solid}, [all of it|not just a bit|even what's hidden]
A [all|everything] of {np}
A {np}, all of it
A {np}, [the lot|lock, stock and barrel|top to toe|one hundred percent|100%], [hidden|covered] [bits|parts] [and all|too]
A {noun} [whole|entire|complete], not [cropped|cut|partial]
A {noun} + hidden [part|parts|bits]
A {noun} (whole) [|please]
A {noun} (incl. occluded [part|parts|area])
A {noun}, [amodal|amodally|full extent|true extent|entire outline|complete silhouette|total area]
A amodal {noun}
A [amodal|complete|full|whole-object] [mask|segmentation|contour|bbox|polygon]: {noun}
A {noun}'s [full|whole|entire|complete|total|true] [body|outline|shape|silhouette|extent|footprint|area|form|contour]
A the {noun}'s [hidden|occluded|unseen|covered|concealed|invisible] [part|half|side|portion|region] [too|as well|also|is wanted as well]
A [show|mark|draw|give me] {np} [whole|complete|entire|unbroken|in one piece|all in one]
A [show|mark|draw|give me] it [whole|complete|in its entirety|in full]: {np}
A {np} [unoccluded|unobstructed|uncovered|laid bare|fully revealed], as [it|that] would be [without {occ}|if nothing hid it]
A the [unoccluded|unobstructed|undisturbed|uncut|uncropped|unclipped|untruncated|de-occluded] {shape} of {np}
A [un-occlude|deocclude|de-occlude|uncrop|unhide|unmask] {np}
A [finish|complete|round off|close] the [outline|shape|contour|silhouette|mask] of {np}
A [complete|finish|reconstruct|inpaint|extrapolate|outpaint] {np} [|where it is hidden|where {occ} hides it|, please|for me]
A [x-ray|X-ray] [view|vision|version] of {occ} [so that|and] I [can see|get] {np} [behind|under] it
A use your x-ray eyes [on|and look through] {occ}: where is {np}, [all of it|end to end|completely]?
A see-through {occ}, [and then|then] {np}
A let {occ} be [see-through|transparent|invisible|a ghost|made of air] and [outline|mark|segment] {np}
A [wish|think|blend|dream] {occ} away, then [outline|mark|segment] {np}
A [peel|lift|move|wipe] {occ} away [in your mind|mentally|in your imagination], and [outline|mark|segment] {np}
A [fancy|visualise|picture|envision] {np} [without anything in front|with nothing on it|standing alone], and [draw|mask] [that|it so]
A how [big|long|wide|large|far|tall] is {np} [really|in reality|in truth|actually]? [Mark|Show|Outline] [all of it|its whole length|its real size|that]
A how far does {np} [reach|go|extend|continue] [behind|under|beneath] {occ}?
A where does {np} [really|actually] [end|stop|begin]? [It goes on behind {occ}|Mark it up to there|Outline it to that point]
A where would the [edge|edges|border|outline|corners|end] of {np} be [behind|under|without] {occ}?
A what [shape|outline|form] has {np} [behind|under|without] {occ}?
A what's {np} like [under|behind|beneath] {occ}? [Include that|Mark that too|Outline it all]
A [which|what] [part|bit|area] of {np} [does {occ} hide|is {occ} hiding|is hidden|can't I see|is covered by {occ}]? [Mark that|Show me|Show it|]
A [mark|show|give me|find] [what|the part|the bit|the area] of {np} that {occ} [hides|covers|takes from view|keeps from us|obscures]
A [mark|show|give me|find] [just|only] the [hidden|covered|occluded|invisible|unseen] [part|bit|half|area|side] of {np}
A the [back|far|lower|other] half of {np}, the one we [can't|cannot|don't] see, [too|as well|also]
A {np} and [don't|do not] [skimp on|skip|forget about|leave off|spare] the [hidden|covered|occluded|obscured] [part|bits|half|stuff]
A {np}, please be [complete|generous] and [include|add|count in] [what is covered|the hidden side|everything behind {occ}]
A {np}, with no [bit|part|piece|corner|edge] [missing|left out|cut away], [even behind {occ}|covered or not|though {occ} hides some]
A {np}, [hidden|covered] [side|end|part] [inclusive|incl.|counted in|counted|added|not omitted]
A {np}; what [{occ} hides|is covered|lies behind {occ}|we can't see] [counts too|is to be included|should be in there as well|is also part of it]
A {np}; [don't|do not] [trust|go by|rely on|judge by] [what you see|the visible pixels|appearances], [it is bigger than that|mark all of it|it goes on behind {occ}]
A [do not|don't|never] [truncate|crop|clip|cut|shorten|split] {np} [at|where|because of] [{occ}|the occlusion|the overlap|the frame]
A [be careful|make sure|take care|see to it] that {np} is [complete|whole|not cut|marked entirely], [also|even] [behind {occ}|where it is covered|where you can't see it]
A [make sure|see to it] [no part|nothing] of {np} [gets lost|is missing|is forgotten|is left out] [behind {occ}|because of {occ}|just since it is hidden|]
A not [just|only|merely|simply] the [visible|exposed|seen|front|upper] [part|half|portion|bit|side] [of {np}|: {np}]
A the [visible|exposed|seen] [part|half|portion] of {np} [isn't|is not|won't be] [enough|sufficient|all I need|what I'm after]
A [more|further] than [meets the eye|what is visible|one can see]: {np}, [all of it|the entire thing|complete]
A I [don't|do not] want [just|only|merely] [what shows|the visible part|the bit I can see|a piece] of {np}
A [beyond|in addition to|besides|apart from] what [we see|is visible|shows], [mark|add|include] the [rest|remainder|hidden part] of {np}
A {np} [needs|has|ought] to be [masked|marked|outlined|segmented] [completely|entirely|as a whole|in full|from end to end]
A {np} should be [one|a single] [piece|blob|mask|shape|region], [although|even though|not two, though] {occ} [cuts|splits|divides|crosses] it
A [join|connect|merge|bridge] the [pieces|halves|parts|visible pieces] of {np} [on both sides of|left and right of|around] {occ} [into one|]
A [bridge|close|fill|cover] the [gap|hole|break|space] that {occ} [makes|leaves|tears|cuts] in {np}
A the [box|bounding box|frame|rectangle] [should|must] [hold|contain|enclose|go around] [all of|the entire|the whole of] {np}, [not just what shows|hidden part included|even the covered end]
A [tight|loose|bounding] box around the [entire|whole|complete] {noun}[, hidden part included|, as if {occ} was not there|]
A {many}, [whole|entire|complete|uncut], [even where they overlap|not what is left over of them|though they hide each other]
A {many}, each [of them|one|] [whole|entire|complete|in full|to its full extent|with its hidden bits|as if it were alone]
A {many}, and [complete|whole|full] [outlines|shapes|masks|silhouettes], [please|not fragments|not leftovers]
A {many}, [also|even|including] [the|those|any] [ones|that are|] [partly|half|partially] [covered|hidden|occluded|concealed|blocked|out of view]
A [all|find all|mark every] {plural}, [also|even|including] [the|those] [half-hidden|partly covered|occluded|obscured] [ones|]
A {many} [even|also] [when|if|where|though] [something|{occ}|another object] [is in front of|covers|hides|blocks] [them|some of them|part of them]
A the {partly} {hid} {noun}, [whole|entire|complete|including what's hidden|and all of it|hidden part included]
A the {partly} {hid} {noun}[: | - |, ][restore|reconstruct|complete|infer|recover|extrapolate] [it|its shape|its outline|the rest]
A the [true|real|actual|full|complete] [shape|outline|size|extent|form] of the {partly} {hid} {noun}
A [get|give] me the [geometry|extent|footprint|volume|dimensions|envelope] of {np} [for|before] [grasping|path planning|packing|collision checking], [hidden|occluded] [part|side] included
A [collision|footprint|volume|swept-volume] [estimate|check]: {np}, [whole|entire|full] [extent|body|outline]
A the [gripper|planner|arm|robot] must [know about|avoid|clear|get around] [all of|the whole of|every part of] {np}, [seen or unseen|hidden or not|also behind {occ}]
A the [gripper|planner|arm|robot] [must not|shouldn't|may not] [hit|touch|bump into] the [hidden|covered|unseen|far] [part|end|side] of {np} [either|], [so mark it too|so include it]
A {np}: the [planner|gripper|robot] [needs|wants] the [entire|whole|complete|full] [thing|object|body|extent|shape]
A [estimate|predict|infer|hypothesize|hypothesise|deduce|surmise] the [invisible|unseen|occluded|hidden] [boundary|contour|outline|remainder|extent] of {np}
A [your|the] best guess [of|at|for] the [full|complete|whole|entire|hidden] [shape|outline|extent|part] of {np}
A [as|since] {occ} is [only|just] [in the way|an obstacle|in front], [look past it|think it away|ignore it] and [give|show] me {np} [in full|entirely|whole]
A {np}, [wherever|also wherever|even wherever] it [goes|runs|reaches|continues] [behind other things|out of sight|under something]
A {np} past the [frame|border|picture edge|image border|edge of the photo]
A [extend|continue|complete] {np} [outside|beyond|past] the [frame|picture|image|photo|border]
A {np}; [it is cut by the frame|the photo cuts it off|part of it is outside the picture], [complete it|extend it|add what is missing]
A what could I {need}? [Show|Give|Mark] [it|the thing|that object] [whole|in full|completely|in its entirety|to its true extent]
A something to {need}, [whole|complete|entire], [hidden part and all|not just the part in sight|covered or not]
A which [object|thing|tool] would you {need}? I [need|want] its [full|entire|complete|whole] [shape|extent|outline|silhouette]
A [the thing|something|whatever] [I could|one could|to] {need}, [occluded|hidden|covered] [parts|areas|bits] [too|included|as well]
"""

STORIES = """
D we [moved|move] house [last week|tomorrow] and [everything|the whole kitchen|the complete inventory] is in [boxes|crates]; [find|mark] {np}, [I need it now|it should be near {occ}]
D [yesterday|this morning] [it was|they were] completely [hidden|buried] [under|behind] {occ}, but [now|today] [I can|you can] see {np} [well|]; [mark|show] it
D my [wife|flatmate|boss] says that {occ} [hides|covers|blocks] the {noun}, but I [only want|am only after|just want] {np}
D [to complete|to finish] the [order|set|job] I still [need|miss|lack] [one thing|one item], {np}
D [the visible|a visible|every visible] {noun} has [a label|a price tag|a number]; which [one|of them] has the [highest|lowest] [number|price]?
D the [show|film|match] is over and [everybody|the entire crowd|the full team] went home, [but|] {np} was left behind {where}
D [please|] don't [move|touch|break] {occ}, it is [in front of|hiding|on top of] the {noun} I am not allowed to [see|touch]; just [mark|find] {np}
D as you can see, [part of the table|half of the shelf|the whole left side] is empty; [put|place] {np} there
D the [manual|label|recipe] says to [fill|cover|close|hide|complete] [it|everything] [completely|entirely|fully], so which {noun} [would do|is right|do I take]?
D [if|when] you have [looked through|gone over|seen] [all of|the whole of|everything in] the picture, [tell me|point at] the {noun} which is [the most {adj}|closest to {occ}]
D [take|follow] the [cable|rope|pipe] [going|running|that goes] [behind|under|through] {occ} and [tell me|show me] [the device|the thing|the {noun}] it [ends at|is connected to|comes from]
D there is [something|a {noun}] [behind|under|inside] {occ}, [I think|maybe|probably|I'm sure]; [mark|point at|show me] {occ}
D I [hid|put|forgot|left] my {noun} [behind|under|in] {occ} and now I want [it|it back], [where is it|can you find it|get it]
D two {plural} [overlap|cover each other|stand one behind the other]; I [want|mean|need] the one [in front|on top|behind|below|at the back]
D the {noun} [in front|at the front] [hides|covers|blocks] [part of|half of|most of] {occ}; [take|move|mark|grab] the {noun}
D [since|because|as] {np} [hides|blocks|covers] [part of|half of|the whole of] {occ}, [move|remove|take|put] it [away|aside|somewhere else]
D [I don't care|never mind|forget] what is [hidden|lying|going on] [behind|under] {occ}, [mark|show me|take] {occ} itself
D [all|everything] [I|we] know is that it is {adj} and [made of wood|made of metal|used to {need}]
D [ignore|leave out|disregard] everything that is [not|] {adj}, [then|and] [choose|mark] the {noun} [nearest|closest] to {occ}
D [of|among] the {plural} that are [fully|completely|entirely] [visible|in view|closed|empty], [mark|take|choose] the [biggest|{adj}] one
D the [robot|arm|gripper] [is going to|will|has to] [grasp|push|lift|wipe] {np} [next|in a minute|after this], [find|locate|show] it
D [we|you] have to [avoid|go around|get past] {occ} [on the way|] to {np}; [find|mark] {np}
D [mark|find] {np}, [I|we] will [cover|wrap|hide|complete|fill|cut|extend] it [later|tomorrow|afterwards|ourselves]
D this [may|might] be a [stupid|silly|strange] question, but what is the thing [behind|under|next to] {occ} [called|for]? [Mark it|Show it|]
D [let me tell you the whole story|to make a long story short|in short|long story short]: I [lost|miss|need] {np}
D [for the sake of|in the interest of] [completeness|order|clarity], [mark|show|list] {np} [too|as well|and {occ}]
D [unless|if] I [overlooked|missed] [something|a part of the picture|it], there is [one|only one] {noun} {where}; [mark|take] it
D what [people|children|cooks] [completely|entirely|totally] [forget|need|love|overlook] when they want to {need}
D [the sun|the light|someone's head] [hides|covers|blocks] [half of the picture|the corner|the left side], but {np} is [clear|easy to see|well visible]; [mark|take] it
D [the person|somebody] [whose|with] [face|hand|hair] is [covered|hidden] [by|with] [a mask|a glove|a scarf|a hood]
V {np} is [behind|under|beneath] {occ}, as you [see|know]; [since|as] I [want to|will] [clean|wipe|paint|photograph] [it|what I can reach], [give me|mark] what [sticks out|is exposed|is free]
V I know {np} [goes on|continues|is longer] [behind|under] {occ}, but [leave|keep] that [out|away], [mark|show] [what is seen|the visible stretch]
V [people|others|some] would [draw|mark|guess] the [whole|entire|complete] {noun}, I [want|need|prefer] [just|only] [what the picture shows|the part that isn't covered|the exposed bits]
V [last time|yesterday|before] you [guessed|drew|marked|invented] the [hidden|covered] part of {np} [as well|too], [don't do that|this time leave it out|now only the visible one]
V [my|our] [annotation|labelling] [rules|guidelines] [say|want|ask for]: [visible pixels|modal masks|no hidden parts|nothing behind occluders]. [Mark|Segment] {np} [accordingly|]
V for the [training|ground truth|annotation|data set], [mark|segment] {np} as [a modal mask|it is visible|seen], so [exclude|leave out|without] what {occ} [hides|covers]
V {occ} [hides|covers|blocks] [a lot|half|most|some] of {np}; [that's fine|never mind|no matter], [I only need|just mark|it's enough to have] [what remains visible|the exposed part|the rest]
V [if|where|whenever] you are not [sure|certain] whether [{np} is there|it is visible|something covers it], leave it out; [mark|segment] [only|just] what you [see|really see] of {np}
V could you [maybe|perhaps|please] [mark|segment|outline] {np}, though [just|only] [the bit|the part] [in front of the camera|that catches the light|not shaded by {occ}|which isn't covered]
V [never mind|don't worry about|don't bother with|don't waste time on] the [hidden|covered|occluded] [end|part|side|half] of {np}, I [need|want|look at] [the other one|what shows|the visible one]
V I [wonder|want to know|need to know] [how much|what fraction|which percentage|what share] of {np} is [visible|uncovered|not hidden], so [mark|segment] [that|the visible area]
V when {occ} [crosses|covers|overlaps|passes before] {np}, those pixels belong to {occ} and not to {np}; [segment|mark] {np}
V [many|all|most] of {many} are [partly|half] [hidden|covered]; [mark|give me] [just|only] [their visible parts|what shows of them|the pixels we see]
A {np} is [behind|under|beneath] {occ}, as you [see|know]; [since|as] the robot will [lift|grasp|carry] it, [give me|mark] [all of it|the whole {noun}|what is hidden too]
A I know {np} [seems|looks] [short|small|cut off|broken] because {occ} [hides|covers] its [end|half|side], [mark|show|draw] it as [long|large|big] as it [is|really is]
A [people|others|some] would [draw|mark] [just|only] what they see of {np}, I [want|need|prefer] the [whole|entire|complete] [thing|{noun}|outline]
A [last time|yesterday|before] you [stopped|cut the mask|ended] at {occ}, [don't do that|this time go on behind it|now continue to the end of {np}]
A [my|our] [annotation|labelling] [rules|guidelines] [say|want|ask for]: [amodal masks|complete objects|hidden parts included|full extents]. [Mark|Segment] {np} [accordingly|]
A for the [training|ground truth|annotation|data set], [mark|segment] {np} [amodally|as if unoccluded|with its occluded part|to its full extent], so [add|include] what {occ} [hides|covers]
A {occ} [hides|covers|blocks] [a lot|half|most|some] of {np}; [that's no problem|never mind|no matter], [draw|mark|segment] [all of it|it completely|the entire thing] [anyway|all the same|nonetheless]
A [even though|although|while|though] {occ} [hides|covers|blocks] [a lot|half|most|some|part] of {np}, [I|we] [want|need|would like] [the whole|all of it|it complete|the entire {noun}|it in full]
A [we|I] [cannot|can't] see [the back|the bottom|one end|half|the legs] of {np} [from here|in this picture], [still|but] [it is|they are] [there|part of it], so [mark|include|add] [it|them|that] [too|as well]
A [please|] [think|work out|figure out|consider] where {np} [ends|continues|goes] [behind|under] {occ} and [make|let] the mask [go|run|reach] [there|that far|up to there]
A I'm going to [move|lift|take away|remove] {occ} [in a second|soon|later], so [tell me|show me|mark] [now|already|] what {np} will look like [then|after that]
A [once|when|as soon as] {occ} is [gone|moved|taken away], what will [we|I|you] see of {np}? [Mark|Outline|Draw] [that|it like that] [now|already|]
A [once|if|when] you [remove|take away|lift|subtract] {occ}, [how|what] [does|would] {np} look? [Mark|Outline|Draw] [that|it so]
A [there is|I see] [half|a piece|a bit|a corner|the end] of a {noun} [sticking out|poking out|peeking out|visible] [behind|from behind|from under|beside] {occ}; [I want|mark|outline] the [whole|entire|complete] [thing|{noun}|object] it belongs to
A someone [put|placed|laid|left] {occ} [on|in front of|over] {np}; [outline|mark|segment] {np} [as it was before|as if that had not happened|as though nobody had|the way it was without it]
A [before|until] {occ} [was put there|came|got in the way], {np} could be seen [in full|completely]; [mark|outline|show] it [like that|as it was then|the way it looked then]
A as a [carpenter|packer|mechanic|designer|planner] I [work with|need|measure] [whole|entire|complete] objects, so [outline|segment|mark] {np} [through|past|regardless of|ignoring] [whatever|everything that] [covers it|stands in front]
A {np} [fits|must fit|goes] [into|in] [a box|the car|the oven], so I [have to|must] know [its full size|how large all of it is|the entire outline], [also|even] [under|behind] {occ}
A which of {many} is [behind|under|next to] {occ}? [Mark|Outline|Segment] [that one|it], [with|including|plus] [its|the] [hidden|covered|occluded] [part|portion|side]
A [the person|somebody] [standing|sitting] behind {occ}: [complete|full|whole|entire] [body|figure|outline], [legs|feet|lower half] [and all|included|as well]
A [two|three] {plural} [overlap|cover each other|hide one another]; [give|get] me [both|each|all] [in full|whole|complete|as if alone], [even|also] the [covered|lower|rear] one
Q [I think|maybe|perhaps] {np} is the one [that|which] {occ} [partly|half|partially] [hides|covers|blocks]; [find|mark|take] it
Q there's a [partly|half|partially|mostly] [hidden|covered|visible|concealed] {noun} [{where}|here], and [that|it] is the one I [want|need|am looking for]
Q my [son|friend|boss] [wants|needs|lost] {np}, [some|a bit|part|half] of [it|which] [can be seen|is visible|shows|sticks out] [behind|under|next to] {occ}
Q [no|not] all of {np} is [visible|in view|in the picture], [as|since] {occ} is in front; [find|mark|take] it
Q [which|what] [object|thing], [though|although|while] [partly|half|mostly] [hidden|covered|out of view], [could|would] [I|you|one] use to {need}?
"""
