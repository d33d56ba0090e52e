"""Templates of the second test split: wording, synonyms and sentence forms that no other split has."""

TEST2 = """
D any idea where {np} went?
D {np} looks like the [right|proper] choice, [target|box] it
D lemme have {np}
D [direct|turn] your [attention|gaze] to {np}
D suppose you had to {need}: which item [helps|suits]?
D {plural}, {adj} ones
D [ring|circle] {np}
D the {noun} that my [uncle|boss] [dropped|forgot] {where}
D [beneath|underneath] {occ} there's a {noun}, [box|circle] it
D whatever's lurking behind {occ}
D the culprit that keeps me from seeing {occ}
D {noun} [stashed|tucked] [behind|under] {occ}
D the camouflaged {noun}
D the {noun} having a clear line of sight
D wholefood [snack|bar] {where}
D the [brimming|filled-up] {noun}
D the full range of {plural}
D from the entire assortment, choose {np}
D [throughout|during] the complete [game|concert] he held {np}, [circle|box] it
D my entire [savings|life] went into {np}, [circle|box] it
D the {noun}'s [lower|upper|left] half
D the utterly [ruined|filthy] {noun}
V {np}, limiting yourself to [evident|apparent] pixels
V nothing but the [discernible|observable|perceptible] [part|surface] of {np}
V whichever [piece|bit] of {np} remains [observable|discernible|in sight]
V {np}, but spare me [the speculation|your guesses] about its concealed [side|remainder]
V clip {np} against {occ}
V {np} with {occ} [punched|carved|subtracted] out of its mask
V refrain from [hallucinating|inventing] the {hid} remainder of {np}
V {np}: what isn't [seen|visible] isn't wanted
V [abstain from|avoid] completing {np}
V just the [observable|apparent] region of {np}
V no inpainting, simply {np}
V the {noun} [fragment|slice] that pokes out past {occ}
V {np}, literally what the [lens|sensor|photo] captured
V it suffices to have the unhidden [part|region] of {np}
V drop the shrouded [part|bit] of {np}
A {np}, [warts and all|lock, stock and barrel], hidden stretches included
A {np}, taking in the stretches which {occ} [masks|screens|shields] from view
A mentally [erase|delete|peel away] {occ}, then [ring|trace] {np}
A undo the occlusion of {np}
A {np} restored to its [unbroken|undivided|unimpaired] [outline|shape]
A the [total|overall|undivided] [footprint|volume|silhouette] of {np}
A {np} with its [buried|submerged|shrouded|veiled|screened] [part|section] thrown in
A trace {np} [clean|straight] through {occ}
A the mask of {np} may [overlap|run across|enter] {occ} where {np} [passes|lies] behind it
A {np}, and mind the [stretch|piece] that's out of view
A [deduce|surmise|work out] the [unseen|buried] [remainder|remaining part] of {np}
A {np} from one [extremity|edge] to the other, [obstacles|obstructions] notwithstanding
A [assume|given] unobstructed sight, what would {np} cover?
A what {np} is like [underneath|behind] {occ} should be [masked|marked] as well
A {np} in the round, so to speak, [covered bits|invisible bits] too
A [everything|all] there is of {np}, in or out of sight
A {np} uncut
A its [unabridged|integral] form please: {np}
A {plural}, [whole ones|entire], though [several|some] are [screened|overlapped] by others
A to {need}: which item? Its full contours, concealed stretches included
A {np} isn't fully in view; [supply|provide|sketch] what's lacking
A give {np} back the [corner|piece|half] that {occ} [robs it of|takes]
A show {np} whole
A {np}'s [full|complete] [footprint|bounds]
Q {np}, [in part|partially] eclipsed by {occ}
Q a {noun} we merely glimpse behind {occ}
Q the {noun} with {occ} [partway|halfway] across it
Q the [semi-hidden|half-buried|half-covered] {noun}
Q {np} is only [partway|incompletely] in view
"""
