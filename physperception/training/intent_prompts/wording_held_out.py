"""Templates of the validation and test splits: other sentences than those of training, from the same author's hand."""

# ruff: noqa: E501

VAL = """
D {np}, that's [all|it]
D I'm [after|interested in] {np}
D [someone|somebody] left {np} {where}, could you [spot|find] it
D which {noun} did they put {where}?
D what [would|might] help me if I had to {need}?
D the {noun} sitting between {occ} and {occ}
D {many} that are [being used|in use]
D the {noun} whose [handle|lid|label] is {adj}
D [look for|search for] {np}
D what {adj} [thing|object] stands {where}?
D the [thing|object] lying [hidden|buried] under {occ}, what is it?
D name the thing {occ} [keeps from view|screens off]
D the {noun} [someone|a child] has hidden [behind|in] {occ}
D {np} at the [back|rear], behind everything else
D the {noun} [nobody|nothing] stands in front of
D the [wholemeal|whole rye] [toast|roll|cracker]
D a full [cup|bucket|basket] of [tea|water|laundry], the one {where}
D [examine|inspect] the [entire|complete] [workbench|counter], then [mark|find] {np}
D the complete [tool kit|dinner service|chess set] {where}
D the entire [herd|squad|audience|choir]
D the {noun} which is [entirely|completely] [made of steel|covered in dust|green|new]
D the {part} of {np} that is [painted red|closest to me|made of wood]
D she spent the [whole|entire] [evening|holiday] with {np}, [find|mark] it
D full marks if you [find|spot] {np}
V the parts of {np} that [meet the eye|I am able to see|are open to view]
V {np}, but [merely|solely] the {vis} {part}
V {np} exactly as [photographed|shown|depicted]
V [solely|strictly] the {vis} {part} of {np}
V {np}; [leave|keep] the {hid} {part} [out|away]
V [no need|there's no need] to [reconstruct|work out|estimate] [the rest of {np}|what {occ} hides], [just mark it|mark what shows]
V I [just|only] care for the {vis} {part} of {np}
V {np}, [nothing that {occ} covers|nothing behind {occ}]
V the mask of {np} should [end|stop] where {occ} [covers it|begins]
V {np}, [please do not|never] [extend|continue] it [behind|under] {occ}
V how much of {np} can [be seen|you see]? [mark|show] [that|just that]
V {many}: [visible|exposed] [surfaces|pixels] only
V anything of {np} that is {hid} [should not be marked|does not belong in the mask|must be left out]
V of the {whole} {noun}, [mark|give me] [just|only] what [shows|is visible]
V instead of its {whole} {shape}, give me what [shows|is visible] of {np}
V {np} as it [is|stands], occluded parts excluded
A {np} with [everything|all that] {occ} [hides|covers]
A {np}, [whether|regardless of whether] it is [visible|hidden] or not
A {np} as a [complete|whole|full] [object|thing]
A the {noun} [complete|entire] with its {hid} {part}
A the {shape} of {np} as it would be without {occ}
A [also|even] [mark|include] the {part} of {np} [you do not see|that stays hidden|out of sight]
A {np} - [both|] what shows and what [doesn't|does not]
A if {occ} [could be|was] [wiped away|erased|moved], what would [be seen|show] of {np}? [Mark|Give me] that
A {lead}mark {np} [past|beyond] the point where {occ} [covers|hides] it
A [let|make] the mask [run|go] on [behind|under] {occ} to the end of {np}
A nothing of {np} should be [missing|left out], [hidden or not|even if {occ} hides it]
A {many}, complete ones, [no matter what is in front|even when hidden by others]
A {np}, also its {hid} {part}
A don't [let|allow] {occ} [cut|interrupt|shorten] {np}
A I need [to know|the] [where all of {np} is, even behind {occ}|full size of {np}, hidden part included]
A what I could {need}, [including its unseen parts|with full contours]
A {np}, of which {occ} hides a {part}: mark [the entire thing|it completely]
A the entirety of {np}
A the {thing}, [please|thanks], [occluded or not|no gaps]
A the real [size|extent] of {np}, [ignoring|disregarding] occlusions
A {many} that are [visible|there], even those [others|other things] partly [cover|hide]
Q {np}, which we see [only in part|half of]
Q the {noun} [with|that has] a part of it hidden
Q {np} [sits|stands] [partly|half|mostly] behind {occ}, find it
Q the not quite visible {noun}
Q the {partly} [screened|overlapped] {noun}
Q a full [jug|tin|bin|carton], [{where}|please]
Q an entire [pie|loaf|cake]
Q each part of {np}
D a customer has complained about {np}; which one is it?
D [I'd swear|I'm positive] I saw {np} {where} a minute ago
D my keys slid beneath {np}, so please point at {np}
D the label on {np} reads "whole foods only"
D {np}, the one wearing a cover
D {occ} and the {plural} can wait, first comes {np}
D [whose|what] job is it to stand guard in front of {occ}?
D could a child reach {np}? show it to me
D the entire office voted, and {np} won; where is it?
D if you lift {occ}, you will find {np}
D {np} stands alone, nothing obstructs it, get it
D between us, what would you {need} if all else was broken?
D the {adj} {noun}, half of my customers want it
D I took a picture of the complete shelf since one {noun} on it is for sale, the {adj} one
D skip {occ} that is partly out of sight, {np} is my choice
D the spare lid, the one that covers {np}
D I could only find [one|a single] {noun}, is it {np}?
D {np} came in two parts, and both are glued now; fetch it
V I won't pay for invented pixels, so of {np} just deliver the real ones
V our camera is the judge: whatever of {np} it didn't catch stays unmarked
V {np}, ending at the line where {occ} overlaps it
V since nobody can verify the covered end of {np}, omit that
V of {np} paint the uncovered surface, not one pixel more
V {np} sits under {occ}; you may mark it but do not trespass on the covered area
V the mask I'm looking for has {np} with the occluder cut out of it
V how the rest of {np} looks is anyone's guess, and I don't want guesses
V let {np} lose whatever {occ} takes from it
V [someone|a colleague] asked for complete shapes, but for {np} I'd take the exposed portion
V the bits of {np} I could point a laser at from where the camera is
A somewhere behind {occ} the other half of {np} must be; that half belongs in the mask
A could {np} be drawn like in a catalogue, free of anything in front of it?
A I'm buying {np}, not two thirds of it, so show me everything, covered or not
A to wrap {np} as a gift I must know how large it is in total, also where {occ} lies on it
A {occ} has to be thought away; what remains is {np} in all its glory, and that I want outlined
A even an occluded {noun} has a back end: add it
A what you don't see of {np} is still {np}, so mark that as well
A an artist would continue the lines of {np} behind {occ}: do likewise
A [the arm|our gripper] keeps hitting the covered end of {np}, please have that in the mask from now on
A forget about visibility: {np}, end of story, from one side to the other
A make {np} look like a finished jigsaw, no piece absent because of {occ}
A neither {occ} nor anything else should take a bite out of the {noun}'s mask
A {np} has four corners, though you see fewer; outline it with all of them
A of {many}, I want the full bodies, occluded or otherwise
Q {np} is there all right, but {occ} has swallowed half of it
Q somebody's {noun}, of which little more than the edge can be seen
Q get the one that's a bit covered by {occ}
Q a partly blocked {noun} [{where}|here], that's our target
"""

TEST = """
D may I have {np}?
D {np}. [Nothing else|Only that one].
D someone asked for {np}, which one is it
D we'll be using {np} next, so point at it
D if you wanted to {need}, what would you [choose|reach for]?
D my eyes are bad, where have I put {np}?
D [guide|take] me to {np}
D {np} rather than {occ}
D the {noun} that got [pushed|kicked|thrown] [behind|under] {occ}
D what has been placed [behind|beneath] {occ}?
D which object keeps {occ} from being seen?
D what are they hiding [behind|under] {occ}?
D the well hidden {noun} {where}
D {np} on the far side of {occ}
D the {noun} of which nothing is hidden
D the {noun} that can be seen [completely|entirely]
D the [whole spelt|whole oat] [bread|biscuits]
D the bottle full of [oil|sand|shells], not the [empty|other] one
D the complete collector's edition {where}
D the whole stack of {plural}
D a complete beginner left {np} here, [find|mark] it
D in the whole [house|town|shop] there's only one {noun}, show it
D the totally [blue|wet|ruined] {noun}
D the end of {np} that touches {occ}
V the {noun} pixels that are [in sight|not covered by anything]
V {np}, [purely|exclusively] the {vis} {part}
V that portion of {np} which {occ} does not [cover|hide|block]
V {np} in so far as [it shows|one sees it|it is visible]
V show {np} the way it [looks|appears] from here, [with no|without] additions
V {np}, [please|] no [guesswork|speculation] about [hidden parts|what's behind {occ}]
V forget [about |]the {hid} {part} of {np}, [the rest|what shows] is enough
V the {hid} {part} of {np} is [not needed|of no interest|not wanted]
V trim [from {np}|] everything [that |]{occ} covers
V it is enough to mark [what shows of {np}|the {vis} {part} of {np}]
V {many}, [where|as far as] they are [visible|not covered]
V {np} minus [whatever|what] {occ} [hides|covers]
V we don't want the {whole} {noun}, what's visible of it will do
V keep to the {vis} {part} of {np}
V a mask of {np} that [contains|has] visible pixels [only|and no others]
A {np}, [each|every] [inch|centimetre] of it, hidden or visible
A {np} including [that|the] {part} one cannot see
A in addition to what's visible, [mark|give me] the rest of {np}
A [completely|fully] outline {np}, [occlusion or no occlusion|even under {occ}]
A {np} plus [its|the] continuation [behind|under] {occ}
A the way {np} would look [unobstructed|with nothing in front]
A [add|append] to {np} what {occ} [takes away|hides] from it
A {np} cannot be seen completely, so [guess|complete] the rest
A I want more than the {vis} {part} of {np}
A were {occ} invisible, what would {np} look like?
A {np} right to its [end|edges], even though {occ} covers [them|some of it]
A not a part but the {whole} {shape} of {np}
A {np} is longer than what shows, mark its full length
A draw {np} in its true size, [also|even] the {hid} {part}
A count what's hidden as [part|a part] of {np} too
A {many}, [all|each] with whatever [of them |]is {hid}
A {many}, including [such|some] as are partly out of view
A what I could {need}, hidden [parts|regions] and all
A the {noun} - {whole} {shape} - thanks
A its {whole} {shape}: {np}
A {np} and its {hid} {part}
A the {thing} {where}, occlusions ignored
Q {np} that isn't [entirely|fully] visible
Q the {noun} whose {part} {occ} hides
Q {np} [mostly|partly] disappearing behind {occ}
Q an [occluded|obscured] {noun} {where}
Q the {noun} that one sees only [half|part] of
Q that full [crate|barrel|glass|jar]
Q a whole [chicken|pineapple|cake]
Q all pieces of {np}
"""
