"""Templates of training prompts that ask for more than is visible, and of those that are read either way."""

# ruff: noqa: E501

AMODAL = """
A the {thing}
A {lead}{verb} the {thing}
A {lead}{verb} the {entire} {adj} {noun} [|{where}]
A {want} the {thing} [|{where}]
A [{whole}|all of the] {noun}[ please| pls|]
A the {whole} {shape} of {np}
A {lead}{verb} the {whole} {shape} of {np}
A {lead}{verb} the {whole} {shape} of {many}
A {want} the {whole} {shape} of {np}
A {noun} [|- |, |: ]{whole} {shape}
A {np} in [its entirety|full|its full extent|its complete form|one piece|its full shape|its totality|whole]
A {many} in [their entirety|full|their complete form|their full shape]
A {np}, [all of it|every bit of it|the whole thing|the lot of it, hidden or not|seen or unseen|hidden parts included|visible or not|complete|completely|with hidden parts|entirely|as a whole]
A {lead}{verb} {np} [completely|entirely|in full|as a whole|wholly|fully]
A {np}, [including|incl.|with|plus|and|and also|together with|as well as|along with] [the|its|any|all] {hid} {part}
A {lead}{verb} {np} [including|with|plus|and also|together with|as well as|along with] [the|its|any|all] {hid} {part}
A {many}, [including|with|together with] [the|their|any|all] {hid} [parts|portions|regions|areas|sections]
A {np}, [including|with|plus|also|and|even] [what|whatever|the part|the bit|the portion] [is|that is|lies] [behind|under|beneath|hidden by|covered by|blocked by] {occ}
A {np}, [including|with|plus|also|and|even] the [part|portion|area|bit|half|section] {blocked_by} {occ}
A {np}, even [the {hid} {part}|what is hidden|behind {occ}|the part behind {occ}|where {occ} is in front|where it is hidden|where you can't see it|if it is hidden|under {occ}]
A {lead}{verb} {np} even [where {occ} {blocks} it|if {occ} {blocks} it|though {occ} {blocks} it|the part {occ} {blocks}|when it is {hid}]
A {np} even if [partly|partially|half] {hid}
A {many}, even [if|when|though] [they're|they are] [partially|partly|mostly|] {hid} [by {occ}|by other objects|]
A {many}, including [those|ones|any|the ones] that are [partially|partly|mostly|half|] {hid} [by {occ}|behind {occ}|behind others|from view|]
A {lead}{verb} {many}, including [those|ones|any] [partially|partly] {hid} [by {occ}|from view|]
A the {hid} {part} of {np}
A {verb} the {hid} {part} of {np} [too|as well|also|]
A the {part} of {np} {blocked_by} {occ}
A the {part} of {np} [that|which] [is not visible|can't be seen|you can't see|we cannot see|is hidden|isn't showing|{occ} {blocks}]
A what {occ} {blocks} of {np}
A [not only|not just|not merely|more than] [the visible part|what is visible|what you can see|the {vis} {part}|what shows] of {np}
A {np}, [not only|not just|not merely|and not only|rather than just] [the visible part|what is visible|what you see|the {vis} {part}|what shows|the part that shows]
A {np}, not just the {vis} {part} [but|but also] [the rest|the {hid} {part}|all of it|the {whole} thing]
A [don't|do not] [just|only|merely] [mark|show|give me|segment] the {vis} {part} of {np}[, I want all of it| but all of it|, the whole thing please|]
A [don't|do not] [stop|cut|end] [the mask|it|{np}|] [where|at] {occ} [|begins|starts], [continue|go on|carry on|extend it]
A [do not|don't] [leave out|omit|forget|skip|cut off|drop|exclude] [the|its|any] {hid} {part} of {np}
A {np}, [don't|do not] [leave out|omit|forget|skip|cut off|drop] [the|its|any] {hid} {part}
A {np}, [ignoring|ignore|disregarding|regardless of|no matter|despite|without] [{occ} in front of it|what covers it|the occlusion|what is in front|whatever hides it|any occlusion|the objects in front]
A [ignore|disregard|remove|forget] {occ} [in front|in the way|on top|], [and |]{verb} {np} [as if it were not there|completely|in full|behind it entirely]
A {np} as if [nothing were in front of it|{occ} were not there|it were not hidden|nothing covered it|{occ} was gone|it were unoccluded|nothing blocked it]
A {np} [without|with no] [any |]occlusion
A [imagine|pretend|suppose|assume] [{occ} is not there|nothing is in front of {np}|{occ} were removed|{occ} is gone|{occ} was transparent], [{verb} {np}|what would {np} look like|where would {np} be|draw all of {np}]
A [what|how] would {np} look [like |]if [nothing hid it|{occ} were gone|you removed {occ}|{occ} wasn't there|it were not covered]
A [if|when] {occ} [was removed|were taken away|was lifted|disappeared|moved away], where would [the outline of |]{np} be
A [complete|reconstruct|recover|restore|infer|predict|extrapolate|estimate|imagine|guess|fill in|work out] [the {hid} {part} of |the rest of |the {shape} of |the {whole} {shape} of |the missing {part} of |the unseen {part} of ]{np}
A {lead}[complete|reconstruct|recover|extrapolate|inpaint|finish] {np} [behind|under|beneath] {occ}
A [guess|infer|estimate|predict] [how|where] {np} [continues|goes on|extends|ends|runs] [behind|under|beneath] {occ}
A {np}, [and |]continue [it|the mask|the outline] [behind|under|beneath|below] {occ}
A [where|how far] does {np} [reach|extend|go|continue|end] [behind|under|beneath] {occ}? [mark it|]
A amodal [mask|segmentation|box|outline|shape|completion] [of|for] {np}
A {np}, amodal[| mask| please]
A {verb} {np} amodally
A {np} from [end to end|top to bottom|tip to tail|side to side|head to toe], [hidden or not|also where it is hidden|whatever is in front|even behind {occ}]
A the true [shape|outline|extent|size|boundary|contour] of {np}
A the {noun} itself, [with everything|with all] that [belongs to it|is part of it], [visible|seen] or [not|hidden]
A both the visible and the {hid} {part} of {np}
A {np}, [visible and hidden|seen and unseen|visible and invisible] parts [alike|together|]
A {np}, the {hid} {part} [too|also|as well|included|counts too|matters as well]
A {np} and [the rest of it|its rest|the remainder of it] [behind|under|beneath] {occ}
A {np} is {partly} {hid}, [but |]{want} [the whole thing|all of it|its full shape|the complete {shape}|it in full|the hidden part as well]
A {np} is [behind|partly behind|under|half under] {occ}, [but |]{verb} [all of it|the whole {shape}|its full shape|the complete {noun}|the part you can't see too]
A {np}, which is {partly} {hid} by {occ}, [in full|completely|in its complete form|with its full outline|showing its whole shape|including the hidden part]
A the {partly} {hid} {noun}, [in full|completely|showing its complete form|with the hidden part|and its complete shape|its whole outline|all of it]
A the {partly} {hid} {noun} [{where}|] [showing|revealing|with|and] its [complete|full|whole|entire] {shape}
A {verb} the {thing}, not [just|only] [the part you see|the visible part|what is visible|what shows]
A the {thing}, [even|also|including] [behind {occ}|the part under {occ}|what is hidden|the hidden part|where it is hidden]
A {lead}{verb} {np} [with|showing|giving] [its|the] {whole} {shape}
A {lead}{verb} {many} [with|showing|giving|capturing|ensuring] [their|the] [complete|full|entire|whole] [shapes|outlines|forms|bodies|contours]
A {many}, each [complete|in full|with its full shape|with its hidden part|as a whole|entire]
A what could I {need}? [show the {whole} {shape}|in full please|including hidden parts|with its full outline|even the hidden part|mark all of it, hidden or not|complete shape]
A [which|what] {noun} is {where}? [show|give me|mark|outline] [its|the] {whole} {shape}
A something to {need}, [its {whole} {shape}|with its hidden parts|complete with hidden parts|in its entirety|the whole object]
A something to {need}, even [the part behind {occ}|if part of it is hidden|what {occ} hides]
A which of these would you {need}? [outline|segment|show] [it|each] [completely|in full|including what is hidden|even where it is covered]
A the {shape} {np} [really has|has in reality|actually has|would have without {occ}]
A [treat|consider] {occ} as [transparent|absent|invisible|glass|not there] and {verb} {np}
A see through {occ} [and {verb}|to] {np}
A look [through|behind|under] {occ} and [draw|mark|complete] the rest of {np}
A uncover {np} and [show|mark] [all of it|the whole shape]
A remove {occ} and [show|mark|segment] [what {np} looks like|the whole {noun}|all of {np}]
A {np}, [beyond|past|outside] the [border|edge|frame] of the [image|picture|photo] [too|as well|also]
A {np} is cut off by the [frame|border|edge], [complete it|show all of it|include the rest|extend it past the edge]
A the robot [will grasp|must pick up|has to avoid] {np}, so [it needs|give it] the {whole} {shape}
A for [grasping|planning|packing|measuring] [we|I] need the [full|complete|true|whole] {shape} of {np}
A I [can't|cannot] see [all|the rest|the back|the other half] of {np}, [mark|show|add|guess] [that|it] too
A only [a part|half|the top|a bit] of {np} [is visible|can be seen|shows], [mark|show|segment] the [rest too|whole of it|entire {noun}|{whole} {shape}]
A [part|half|most] of {np} is [hidden|covered|behind {occ}|under {occ}], [include|add|segment] [that too|it as well|that part too|the hidden part]
A make [sure|certain] [to include|that you include|to capture] the {hid} {part} of {np}
A {np}. [Include|Add|Count|Keep] [the|all|any] {hid} {part}[ too| as well|]
A the mask [should|must|has to] [include|cover|contain] [the|any] {hid} {part} of {np}
A [extend|continue|stretch|grow] the mask of {np} [behind|under|beneath|over the area of] {occ}
A {np}, not [cut|cropped|clipped|truncated|interrupted] by {occ}
A an [uninterrupted|unbroken|uncut|unoccluded|gapless] [mask|outline|shape] of {np}
A fill the [gap|hole] [that {occ} leaves|where {occ} is] in the mask of {np}
"""

EITHER = """
Q the {partly} {hid} {noun}
Q {lead}{verb} the {partly} {hid} {noun} [|{where}]
Q {partly} {hid} {noun}
Q {np} that [is|seems|appears|looks] {partly} {hid} [by {occ}|behind {occ}|]
Q {lead}{verb} {np} [that is|which is] {partly} {hid} [by {occ}|from view|behind {occ}|]
Q {want} {np}, which is {partly} {hid} by {occ}
Q {np} is {partly} {hid} [by {occ}|], [mark it|find it|show it to me|where is it]
Q {np}, {partly} [hidden|obscured|covered|concealed] [by|behind] {occ}
Q which {noun} is {partly} {hid} [by {occ}|]?
Q the [occluded|obscured|obstructed|blocked] {noun}
Q {lead}{verb} the [occluded|obscured|obstructed] {noun} [|{where}]
Q {np} that {occ} {partly} [hides|covers|blocks|obscures]
Q the {noun} of which only [a part|the top|half|the handle|one side|a bit] [is visible|can be seen|shows]
Q the {noun} [cut off|cropped|truncated|clipped] by the [frame|border|edge of the image|picture]
Q {np} that [appears|seems|is] {partly} [cropped|cut off|out of frame|outside the picture]
Q the [barely|hardly|partially|partly|scarcely] visible {noun} [{where}|]
Q what is {partly} {hid} [here|by {occ}|{where}]?
Q [every|all|any] [part|parts|bits|piece] of {np}
Q {noun}, [all|every] [parts|part|pieces|bits]
Q {np}, [some|parts|part] of which [is|may be|are|might be] [hidden|blocked|covered|behind {occ}]
Q {np}, though [not all of it can be seen|part of it is hidden|we don't see all of it]
"""

CHATTER = """
There is a [table|shelf|room|street|kitchen] with [many|some|several] [things|objects] on it.
I have looked at the [whole|entire|complete] [picture|scene|room] already.
The robot has been waiting for [an entire minute|a while|the whole morning].
It is [late|raining|cold] and [everyone is tired|we are hungry|the lights are on].
Some of the [objects|things] [overlap|touch|are stacked|stand close together].
My [grandmother|colleague|brother|neighbour] [asked for this|needs it|wants it] [today|now|for the party].
This [photo|picture|image] was taken [in a kitchen|in our workshop|outside|last week].
Be [careful|quick|precise], [thanks|please|it is important].
I hope that you can [help|do this|understand me].
The {adj} {noun} belongs to [me|my sister|the guests|the school].
We bought {np} [yesterday|last year|for the garden].
Yesterday somebody [hid|lost|covered|moved] the {noun}.
There [is|was] also a {adj} {noun} {where}.
{np} is {where}.
[You|We] will need it [for dinner|later|for the next step|tomorrow].
I'm not [sure|certain] [what it's called|which one it is|if you know it].
"""

MORE_AMODAL = """
A the whole of {np}
A the whole of {many}
A [find|mark|show|get] the whole of {np}
A all of {np}, [not only what shows|also what is hidden|hidden or not|visible or not]
A the full extent of {np}, [visible or not|seen or not|hidden or not]
A [find|locate|take] {np} and [complete|fill in|add|include|infer] what is [hidden|covered|missing|not visible]
A where is {np}, [hidden part included|including the hidden part|with its hidden part]?
A {np}, [hidden|occluded|covered|unseen|invisible] [part|parts|bits|area] [too|included|as well|also]
A [box|mark|outline] the [entire|whole|complete] [object|thing|shape]: {np}
A {np} with [everything|all|whatever|what] [is|lies] [hidden|covered|behind {occ}|under {occ}]
A {np} with [everything|all that|all|whatever] {occ} {blocks}
A both what [shows|is visible] [of {np}|] and what [does not|is hidden|doesn't][ of {np}|]
A {np}, what [shows|is visible] and what [doesn't|does not|is hidden]
A {np} [past|beyond] the [edge|point|border] where {occ} {blocks} it
A [mark|draw|follow|trace|continue] {np} [past|beyond|behind|under] the [edge|point|line] where {occ} [begins|starts|covers it]
A [let|make|have] the [mask|outline|shape] [go|run|continue|reach|extend] [on |]behind {occ} [to|until|up to] the [end|edge|other side] of {np}
A the {shape} of {np} as [it is|it would be|if it were] without {occ}
A the {shape} that {np} would have [without|if not for|but for] {occ}
A [don't|do not|never] let {occ} [cut|hide|shorten|interrupt|limit] {np}
A [nothing|no part] of {np} [should|may|must] be [left out|missing|omitted|forgotten|cut], [hidden or not|visible or not|even behind {occ}]
A {np}, no [gaps|part missing|piece left out|cuts], [please|even behind {occ}|occluded or not]
A I want more than [what is visible|the visible part|what you see] of {np}
A the [visible|exposed] part of {np} is not enough, [I need the rest|show all of it|add the hidden part]
A {np} is only [partly|half|partially] visible, [show|mark|draw] [the whole|all of it|it completely]
A {np} is [longer|larger|bigger|wider] than [what shows|it looks|what you see], [mark|show] all of it
A [part|some] of {np} is [missing|hidden|not visible] [because of {occ}|behind {occ}], [add|complete|include] it
A {np}, [with|showing] [everything|what] [the camera|we|I] [can't|cannot|does not|do not] see
A the [part|side|area] of {np} the camera [can't|cannot|does not] see
A [also|even] [mark|include|show|add] the {part} of {np} [that is|which is] [hidden|not visible|covered|behind {occ}]
A [also|even] [mark|include|show|add] the {part} of {np} [you don't see|we can't see|nobody can see|out of sight|out of view]
A if [nothing|no object] [was|were] in [front|the way], [what|how] would {np} look
A {np} [seen|shown] [through|as if through] {occ}
A {np}, [whatever|no matter what|whichever object] [stands|lies|is] in front of it
A [occlusion|occlusions|occluders|what is in front] [aside|ignored|disregarded|removed], {np}
A {np} with [occlusion|occlusions|occluders|{occ}] [ignored|disregarded|removed]
A what could I {need}? [hidden parts too|show all of it, hidden or not|its whole shape, with the hidden part|the complete object please]
"""

MORE_EITHER = """
Q the incompletely visible {noun}
Q {np} that is not [completely|entirely|fully|wholly] [visible|seen|in view]
Q {np} with [a|one|some] [part|half|side|piece] [hidden|covered|out of view|obscured]
Q {np}, which [we|I|you] [see|can see] only [partly|partially|half of|a part of]
Q [each|every|all] [part|parts|piece|pieces|bit|section] of {np}
Q {np} [sits|stands|lies] [partly|half|mostly|partially] [behind|under] {occ}[, find it|]
Q {np} [occluded|obscured|obstructed] by {occ}
Q {np} that is [occluded|obscured|obstructed] by {occ}
Q {np}, [half|part|most] of which is [behind|under] {occ}
Q {np} [partly|partially|half|mostly] [behind|under|beneath] {occ}
Q [whatever|what] is [partly|half|partially] [visible|in view] [{where}|behind {occ}]
"""
