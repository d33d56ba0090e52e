"""Phrases and sentences that training templates put together: {whole_tail}, {seen_wish} ... One a line; [a|b] chooses.

A tail follows the words for an object, a wish is a sentence about "it", a fact is a sentence that wishes nothing.
"""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping

_ASK = """
{verb} {np}
{lead}{verb} {np}
I [want|need|would like] {np}
[can|could|would] you [please |]{verb} {np}
the next [step|task|job] is to {verb} {np}
[we|I] would like [the robot|you] to {verb} {np}
[please |]{verb} {np} [for me|for us|in this picture|in the image]
your [target|job|task]: {np}
{np}
{np}, please
[let's|let us] {verb} {np}
I'd be [glad|happy|grateful] if you could {verb} {np}
[robot|arm|assistant|hey], {verb} {np}
"""

_WHOLE_TAIL = """
, [whole|entire|complete|in full|uncut|unabridged|undivided|intact]
[in|to] its full extent
[completely|entirely|wholly|fully], [not just|not only|rather than just] the [part|bit] [in sight|that shows]
, [hidden|covered|occluded|unseen|out-of-sight] [bits|stretches|areas|pieces|corners|sections] [and all|included|too|as well|thrown in]
, [even|also] [the|those] [bits|parts|areas|sections|corners] that [are tucked away|lie underneath|can't be made out|nobody can see|the camera misses|stay in the dark|sit below {occ}]
[as though|as if|like] {occ} [weren't|wasn't|was not|had never been] [there|in the way|in front]
[as though|as if|like] [nothing|no object|no other thing] [were|was|stood|lay|sat] [in front of it|on top of it|in the way|between us and it]
[as though|as if|like] [you|one|we|the camera] could [look|see] [right |straight |]through {occ}
[as though|as if] {occ} [were|was] made of [glass|air|clear plastic|nothing]
[as though|as if] it [stood|lay|were standing|was lying] [alone|all by itself|free|in the open|on its own]
[with|having] {occ} [taken away|removed|lifted off|deleted|erased|edited out|out of the picture]
, {occ} [notwithstanding|aside|disregarded|not counted|be damned]
[despite|in spite of|regardless of|irrespective of|no matter] [{occ}|what stands in front|what is lying on it|the clutter|the occlusion|the overlap|the obstruction]
, [no matter|never mind|whatever] [who|what] [is in front|covers it|hides it|gets in the way|overlaps it]
, and [don't|do not|never] [let|allow] [{occ}|anything in front|the clutter|what covers it] [to |][cut|shorten|clip|crop|split|interrupt|eat into] it
, and [don't|do not] [stop|halt|end|quit] [at|where] [the edge of {occ}|{occ} starts|the occluder begins|the visible boundary ends]
, [going|running|carrying] on [behind|under|beneath] {occ}
, [straight|right|clean] [through|across|past] {occ}
[from|between] [end|tip|edge|corner|side] to [end|tip|edge|corner|side], [covered|hidden|seen] or [not|uncovered|unseen]
[from top to bottom|from head to foot|from one end to the other|from rim to base], [also|even] [where|if] [it is covered|{occ} hides it|it can't be seen]
and [whatever|everything|anything|all] of it that [is|lies|sits] [behind|under|beneath|below] {occ}
plus [the|its] [bit|part|half|piece|end|corner] [behind|under|beneath|below|inside] {occ}
[along|together] with [what|whatever|the part|the bits|the area] {occ} [hides|covers|blocks|conceals|obscures|takes away|keeps from us]
, including [what|whatever|the part|the bits|the area] [you|we|I|one] [can't|cannot|can not] [see|make out|spot]
, [with|including] an [educated guess|estimate|idea] of the [part|bit|rest] [you can't see|behind {occ}|that is covered]
, and [guess|infer|work out|estimate|fill in|make up|reconstruct|predict] [the|its] [rest|remainder|missing part|missing piece|hidden side|covered area]
, [its|in its] [true|real|actual|proper|physical] [size|shape|extent|dimensions|outline]
as [one|a] [whole|closed|single|complete|full|continuous|unbroken] [shape|object|thing|disc|rectangle|circle|body|figure|outline|piece]
as a whole [circle|disc|rectangle|square|object|thing|unit]
as it [really|physically|actually] is, not as [it looks|the picture shows it|the camera sees it|it appears from here]
, [amodally|amodal please|amodal mask|amodal segmentation|amodal completion|amodal version]
, [uncropped|de-occluded|deoccluded|un-occluded|occlusion-free|unobstructed|with occlusions undone|without any occlusion|without occlusion|w/o occlusion]
, [the whole lot|the whole thing|the entire thing|the entire object|all of it|every last bit of it|every inch of it, seen or not|the lot, covered or not]
, [and I mean|meaning|by which I mean|that is] [all of it|the whole thing|the entire object|the complete object], [not what is left over|also what is covered|even under {occ}|hidden or not]
, [visible or not|seen or unseen|visible and hidden alike|shown or hidden|in view or out of view|covered or uncovered|whether visible or occluded|be it visible or not]
[together|] with its [full|entire|complete|whole] [outline|shape|silhouette|contour|form|boundary], [occluded|hidden|covered] [parts|sides|edges] included
, not [stopping|ending|cut off|cut|clipped|truncated] [at|where|by] [{occ}|the occluder|the overlap]
up to its [real|true|own|physical|actual] [edges|ends|borders|limits|boundary], not [just|only] [up to {occ}|to where {occ} begins]
[even|also|including] where [{occ} is in the way|{occ} blocks our view|it is hidden|something covers it|it goes behind {occ}|you have to guess]
[even|also] [if|though|when] [{occ} hides|{occ} covers|something hides|other things cover|people block] [some|part|most|half|a bit] of it
, [looking|seeing] past [{occ}|what is in front]
, [extrapolated|completed|extended|continued|filled in|reconstructed] [behind|under|beneath|where] {occ} [|hides it]
, [ignoring|disregarding|discounting|overlooking|never minding] [{occ}|the occluder|whatever hides it|anything covering it|the thing on top of it|the stuff in front]
, [ignore|disregard|forget|overlook|skip] [{occ} in front of it|the occluder|whatever hides it|what covers it|anything lying on it|the stuff in front]
"""

_SEEN_TAIL = """
, [only|just|solely|merely|purely|simply|strictly] [the visible part|what shows|what is in sight|what I can see|the exposed area|what is uncovered|the part facing us|the bit sticking out|what meets the eye]
, [visible|exposed|unoccluded|uncovered|seen] [part|area|portion|pixels|bits|surface|region] [only|alone|and nothing else|and no more]
, but [only|just] [as far as|to the extent|insofar as|in so far as] [it is visible|it can be seen|we can see it|it shows|it is not covered]
, [without|minus|excluding|except|except for|leaving out|omitting|less|barring] [the|its|any] [hidden|covered|occluded|obscured|concealed|unseen|invisible|blocked] [part|bits|area|portion|section|half|stuff|side]
, [without|minus|excluding|except for|leaving out|omitting] [what|whatever|anything|the part|the area] [is|lies] [behind|under|beneath|hidden by|covered by] {occ}
, [not|but not|and not|never] [the|its] [hidden|covered|occluded|obscured|concealed|unseen|invisible|blocked] [part|bits|area|portion|section|half|stuff|side]
, [not|but not|and not] [what|whatever|the part|the bit that] [is|lies] [behind|under|beneath|hidden by|covered by] {occ}
, [not|but not|never] [the|a] [whole|entire|complete|full] [thing|object|shape|outline|silhouette|form]
, [cut off|clipped|cropped|trimmed|ended|stopped] [where|at the point where] {occ} [begins|starts|covers it|gets in the way]
, and [stop|end|halt] [at the edge of {occ}|where {occ} begins|where {occ} covers it|when you reach {occ}|as soon as it goes behind {occ}]
, and [don't|do not|never] [continue|go on|extend it|carry on|go|reach] [behind|under|beneath|past the edge of] {occ}
, and [don't|do not|please don't|never] [guess|imagine|invent|extrapolate|infer|complete|reconstruct|make up|fill in|add|hallucinate] [anything|the rest|what is behind {occ}|what is hidden|the hidden part|parts we can't see]
, [no|without|without any] [guessing|guesswork|completion|extrapolation|inpainting|imagination|amodal stuff|amodal completion|invention|hidden parts|filling in|reconstruction|speculation]
[just|exactly|only|precisely] as [the camera sees it|it appears|it looks in the photo|it is seen|it shows here|it looks from here|photographed|captured|the sensor sees it]
, [modal mask|modal|modal only|plain modal mask|visible mask|ordinary visible mask|a normal visible-surface mask]
, the [part|bit|area|portion|side|stretch|section] [I|you|we] can [actually|really|] see
, the [part|bit|area|portion|side|stretch|section] that [isn't|is not] [hidden|covered|blocked|occluded|behind anything|obscured|under anything]
, the [part|bit|area|portion|side|stretch|section] that [nothing covers|nothing hides|shows|sticks out|pokes out|peeks out|remains visible|is left in view|is in the open|is out in the open]
, [whatever|what|as much as] [is|remains|stays] [visible|in view|in sight|uncovered|exposed|on show] of it
, [visible pixels|pixels that show it|pixels it really occupies|the pixels it has] only
, with [a hole|a gap|a notch|a cutout] where {occ} [is|covers it|sits in front]
, [carving|cutting|taking|leaving|subtracting] out [{occ}|whatever covers it|the bits behind {occ}|what {occ} hides]
, ignoring [the part|the bit|what|whatever] [that is hidden|{occ} hides|is covered|{occ} covers|we can't see|is out of sight]
, [skip|ignore|forget|drop|leave out|exclude|omit|never mind] [the part|the bit|what|whatever] [that is hidden|{occ} hides|is covered|{occ} covers|we can't see|is out of sight]
; [I don't|we don't|no one|nobody] [need|needs|want|wants|care about|cares about] the [hidden|covered|occluded|rest, hidden|unseen] [part|bit|area|portion]
; the [hidden|covered|occluded|unseen] [part|bit|area|portion|rest] [can stay out|is not needed|isn't needed|is of no use|doesn't matter|does not count|should be left out|may be ignored]
, nothing [beyond|more than|except|but|besides] [what is visible|what shows|the visible part|what we can see|the seen pixels]
, [limited|restricted|confined|clipped] to [what shows|what is visible|its visible pixels|the exposed surface|what can be seen|the area in view]
, [on|of] the [surface|side|area] [exposed|open|visible] [to us|to the camera|here]
"""

_WHOLE_WISH = """
I need [the whole|the entire|the complete|all of the] [thing|object|item].
I need [all of it|the whole of it|it whole|it complete|it in full|it in its entirety].
[Include|Add|Count|Keep|Capture|Cover] [whatever|what|the part that|everything that] {occ} [hides|covers|blocks|is hiding|is covering|conceals] [|too|as well].
[Include|Add|Count|Cover] the [bit|part|area|portion|half|piece] [behind|under|beneath|below] {occ} [|too|as well].
The [bit|part|area|portion|half|piece] [behind|under|beneath|below] {occ} [belongs to it too|counts as well|should be in the mask|must not be missing|has to be included|is wanted too].
[Pretend|Imagine|Act as if|Assume|Suppose] {occ} [isn't|is not|wasn't|was not|weren't] [there|in the way|in the picture].
[Pretend|Imagine|Act as if|Assume] [nothing|no one|nobody] [is|was|stands|lies] [in front of it|on it|in the way|between it and the camera].
[Don't|Do not|Never|Please don't] [stop|end|cut it|cut the mask] [at|where] {occ} [|begins|starts].
[Don't|Do not|Please don't] [leave out|omit|lose|forget|drop|miss|skip] the [hidden|covered|occluded|unseen|far|concealed] [part|side|bits|half|portion].
[Don't|Do not|Please don't] [settle for|be content with|limit yourself to|just give me|restrict it to|stick to] [the visible part|what shows|what you can see|the part in view].
The [visible part|bit that shows|part in view|piece we see] [alone |][is not enough|won't do|isn't enough|is too little|doesn't help me].
[It|The thing] [goes|continues|carries|runs] on [behind|under|beneath] {occ}, so [go on|continue|follow it|extend the mask|keep going] [there|to its end|as well].
[Give|Show|Get] me its [full|complete|entire|whole|true|real|unbroken] [outline|shape|silhouette|contour|extent|form|footprint|boundary].
[Its|The] [full|complete|entire|whole|true|real] [outline|shape|silhouette|contour|extent|form|footprint|geometry] [is needed|matters|is what I'm after|please|is what counts].
[Hidden|Covered|Occluded|Unseen|Invisible] [parts|areas|bits|sections|portions] [count too|as well please|included|must be included|should be masked too|are part of it|also matter].
[Guess|Estimate|Infer|Work out|Fill in|Reconstruct|Extrapolate|Complete|Predict] [the rest|what you can't see|the missing part|the hidden part|whatever is hidden|the covered area].
[Try|You'll have] to [guess|estimate|infer|work out|imagine] [the rest of it|where it ends|how it continues|what is under {occ}|the part we can't see].
I want [the shape it really has|it as it is in reality|the real thing, not what the photo left of it|its physical extent].
What [would|does] it look like [without {occ}|if {occ} were gone|with {occ} removed|when nothing covers it]? [Mark|Outline|Show me] that.
[Never mind|Ignore|Disregard|Look past|Forget|See past] [{occ} in front|what is on top of it|the thing in the way|the clutter in front of it].
[Draw|Run|Take|Continue] the [outline|mask|contour|line] [behind|under|right through|beneath] {occ}.
The mask [should|must|ought to|has to] [cover|contain|include|take in] [all of it|the entire thing|the hidden part|everything, seen or not|what {occ} hides].
The [mask|outline] [should not|must not|shouldn't|mustn't] [stop|end|break|be cut|be interrupted] [at|by|where there is] {occ}.
[Whether|If] [you can see it or not|it shows or not|some of it is covered or not] [makes no difference|doesn't matter|is unimportant], [I want all of it|mark it all|take all of it].
[Mark|Show|Outline|Segment|Trace] [it all|all of it|the whole|the entire object|it completely|it entirely|it from end to end], [hidden or not|even what is covered|also under {occ}|no matter what is in front].
[Recover|Restore|Rebuild|Bring back] [the part|what|the piece] {occ} [takes away|hides|covers|cuts off].
A [mask|contour|box] with a [hole|gap|bite] where {occ} is [is no good|is useless to me|won't work|would be wrong], [close it|fill it|complete it].
[For collisions|For planning|For the grasp|To avoid bumping into it] [we|I|it] must know [all of it|its whole extent|where it ends behind {occ}|the hidden side too].
"""

_SEEN_WISH = """
[Only|Just] [what is visible|the visible part|what shows|the exposed part|what I can see|the seen pixels] [counts|matters|is needed|please|is wanted|interests me].
[Don't|Do not|Please don't|There is no need to|You needn't|No need to] [guess|infer|imagine|complete|extrapolate|reconstruct|work out|fill in|invent] [the rest|anything|what is hidden|what you can't see|the hidden part|what {occ} hides|its full shape].
[Leave|Keep] [out|away] [whatever|what|anything|the parts that] [{occ} hides|is hidden|is covered|you can't see|{occ} covers].
[Leave out|Exclude|Skip|Drop|Omit|Ignore|Forget|Subtract|Cut away] [whatever|what|anything|the parts] [{occ} hides|is hidden|is covered|you can't see|{occ} covers|behind {occ}|under {occ}].
The mask [should|must|has to] [stop|end] [at|where] [the edge of {occ}|{occ} begins|it disappears behind {occ}|we can't see it any more].
The [mask|outline] [should not|must not|shouldn't|may not] [go|reach|extend|run|continue|leak] [behind|under|beneath|into|over] {occ}.
I [don't|do not] [need|want|care for|care about] [the rest|the hidden part|what is behind {occ}|its full shape|the whole shape|the complete object|what is covered].
The [hidden|covered|occluded|unseen] [part|bits|portion|side] [is|are] [not needed|not wanted|of no use to me|irrelevant|none of our business|not my concern].
[Stick|Keep] to [what is visible|what shows|what the camera sees|the pixels in view|the exposed surface|what can be seen].
[Only|Just] [the pixels|the area|the region|the surface] where [it shows|it is visible|nothing covers it|we can see it|it is in plain view].
No [guessing|guesswork|completion|amodal completion|extrapolation|hidden parts|imagination], [please|thanks|ok].
[Cut|Clip|Trim|Crop] [it|the mask] [where|at the place where] {occ} [overlaps|covers it|is in front|begins].
I [only|just] [trust|care about|need|want|can use] [what the camera sees|what is visible|the visible pixels|the part we see|what is in view].
It's [fine|okay|alright|no problem] if [there is a hole|there are gaps|half of it is missing|the shape is incomplete|it looks cut], [I only want what shows|I want it as seen|just take what is visible].
We [can|could] only [wipe|paint|touch|read|scan|press] what [is exposed|shows|nothing covers], so [mark that|that is the area|take that part].
[Rather|Better] [too little than too much|a mask with a hole than an invented one]: [visible pixels only|what shows and no more|leave out the covered part].
[A plain|An ordinary|A normal|The usual] [modal|visible-surface|visible] mask [will do|is enough|is fine|please].
"""

_PARTLY_FACT = """
{occ} is [in front of|in the way of|covering|overlapping|blocking] [part|half|some|most|a bit] of it.
[Part|Half|Some|Most|A bit|A corner] of it [is|lies|sits|stays|disappears] [behind|under|beneath] {occ}.
[You|I|We] can only [see|make out] [a bit|half|some|a corner|one end|a piece] of it.
[Only|Just] [a bit|half|some|a corner|one end|the top] of it [shows|is visible|sticks out|can be seen].
It is [partly|half|partially|mostly] [covered|hidden|blocked|concealed|obscured] [by {occ}|].
It [disappears|vanishes] [partly|halfway|in part] [behind|under] {occ}.
{occ} [covers|hides|blocks|overlaps|conceals] [some|part|half|most|a bit] of it.
"""

_OTHER_FACT = """
[There is|I see|We have] {np} and {occ} on the {surface}.
{occ} [stands|lies|is] [behind|under|in front of|on top of] the {noun}.
The {noun} is [hidden|half hidden|partly covered|covered|blocked] by {occ}, but [that one can stay|that's another story|I don't need it|leave it alone|never mind that].
[Never mind|Forget] the {noun} that is [half|partly|almost completely] [hidden|covered] [by|behind] {occ}.
Some [things|objects|items] here are [partly|half] [hidden|covered|out of view].
[Someone|The children|My flatmate|A customer] [hid|covered|moved|blocked|took apart|emptied|filled] the {noun} [this morning|again|yesterday].
The [whole|entire|complete|full] [table|room|shelf|place|kitchen|bench|box|order|delivery|shift|set] [is a mess|was cleaned|is full of {plural}|has been packed|is ready|needs tidying].
[I|We] have [spent|wasted] the [whole|entire|full] [day|morning|week|afternoon] [here|looking|on this].
I can [see|spot] everything [but|except] one thing.
[We want|I want|The plan is] to [complete|finish] the [task|order|set|puzzle|job] [today|soon|before lunch].
The [box|bag|cup|jar|tray] is [full|completely empty|entirely closed|half full|totally dry] [already|now|again].
[You|One] can see [everything|all of the table|the whole room] [well|clearly] from [here|this camera].
It is [hard|easy] to see [anything|much] [in this light|from here|with all that clutter].
The camera [sees|shows|covers] the [whole|entire] [table|scene|cell|workspace].
[All of|All] the {plural} are [clean|new|for sale|in the right place|labelled].
[Our|The] robot [is ready|has a free hand|will take it|can lift it|moves slowly|is parked|needs a target].
[He|She|They] said [nothing|everything] about [it|the rest|the others].
A part of the [order|delivery|furniture|team] is [still missing|late|on its way].
Nothing [else|more] is [needed|wanted|missing|left].
The rest [can|may] [stay|wait|go back] [|where it is].
That's [all|the whole story|everything I know|it].
[Behind|Under|Beneath] {occ} there is [nothing|only dust|another {noun}|a cable].
The lights are [fully|partly] on and [the door|the window] is [half|wide] open.
[Imagine|Suppose|Say|Pretend] [I am|you are|we are] [a guest|a cook|a child|tired|thirsty] [here|].
[Ignore|Disregard|Forget|Leave out] [the people|the {plural}|the background|the labels|the text|what I said before].
The {noun} [extends|continues|goes] [past|beyond] the [table|shelf|fence].
The cover of {occ} is [missing|torn|lost|off].
[We|I] [took|removed] {occ} [away|from the table] [earlier|already].
"""

_BEHIND_FACT = """
It [is|stands|lies|should be|must be|was left|sits] [behind|under|underneath|next to|inside|in front of|beneath] {occ}.
It's the one [behind|under|next to|in front of|closest to|far from] {occ}.
It is [hidden|hiding|tucked away|lost|buried] [somewhere|] [behind|under|beneath] {occ}.
[Someone|My son|They] [hid|put|left|dropped|stashed] it [behind|under|inside] {occ}.
It [fell|rolled|slid|slipped] [behind|under] {occ}.
It's the [{adj}|{adj}] one, not the {adj} one.
Nothing [covers|hides|blocks|is in front of] it.
You can see it [well|clearly|in full|completely] [from here|in this picture|].
It [covers|hides|blocks|overlaps|conceals] {occ}.
"""

_SURFACES = "table, shelf, desk, counter, floor, bench, tray, rack, pallet, carpet"


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip("\n").splitlines())


PHRASES: Mapping[str, tuple[str, ...]] = {
    "ask": _lines(_ASK),
    "whole_tail": _lines(_WHOLE_TAIL),
    "seen_tail": _lines(_SEEN_TAIL),
    "whole_wish": _lines(_WHOLE_WISH),
    "seen_wish": _lines(_SEEN_WISH),
    "partly_fact": _lines(_PARTLY_FACT),
    "other_fact": _lines(_OTHER_FACT),
    "behind_fact": _lines(_BEHIND_FACT),
    "surface": tuple(_SURFACES.split(", ")),
}

COMBINED = """
D {ask}
D {other_fact} {ask}.
D {ask}. {behind_fact}
D {ask}. {other_fact}
D {other_fact} {other_fact} {ask}.
D {other_fact} {ask}. {behind_fact}
D {ask}. {behind_fact} {other_fact}
D {other_fact} What could I {need}?
D {other_fact} Which of the {plural} would you {need}? {other_fact}
D what could I {need}? {behind_fact}
A {ask} {whole_tail}
A {ask} {whole_tail}
A {many} {whole_tail}
A {ask}. {whole_wish}
A {ask}. {whole_wish}
A {verb} {many}. {whole_wish}
A {whole_wish} {ask}.
A {other_fact} {ask} {whole_tail}.
A {other_fact} {ask}. {whole_wish}
A {ask}. {behind_fact} {whole_wish}
A {ask}. {partly_fact} {whole_wish}
A {ask}. {partly_fact} {whole_wish}
A {ask}. {partly_fact} [But|Still,|Anyway,|Even so,] {whole_wish}
A {other_fact} {ask} {whole_tail}. {other_fact}
A {ask}. {whole_wish} {other_fact}
A what could I {need}? {whole_wish}
A what could I {need}? [Mark|Show|Outline|Segment] it {whole_tail}
A which [one|thing|object] would you {need}? {behind_fact} {whole_wish}
V {ask} {seen_tail}
V {ask} {seen_tail}
V {many} {seen_tail}
V {ask}. {seen_wish}
V {ask}. {seen_wish}
V {verb} {many}. {seen_wish}
V {seen_wish} {ask}.
V {other_fact} {ask} {seen_tail}.
V {other_fact} {ask}. {seen_wish}
V {ask}. {behind_fact} {seen_wish}
V {ask}. {partly_fact} {seen_wish}
V {ask}. {partly_fact} [But|Still,|Anyway,|So] {seen_wish}
V {other_fact} {ask} {seen_tail}. {other_fact}
V {ask}. {seen_wish} {other_fact}
V what could I {need}? {seen_wish}
V what could I {need}? [Mark|Show|Outline|Segment] it {seen_tail}
Q {ask}. {partly_fact}
Q {other_fact} {ask}. {partly_fact}
Q {ask}. {partly_fact} {other_fact}
Q what could I {need}? {partly_fact}
"""
