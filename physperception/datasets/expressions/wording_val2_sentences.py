"""Sentences and questions of val2."""

from __future__ import annotations

from physperception.datasets.expressions.wording import Forms, Names

VISIBLE: Forms = (
    # terse: robots, searches
    "{np} - nothing else", "{np} and none of the others", "next object: {np}", "{np} ASAP", "track {np}",
    "approach {np}", "pick-and-place {np}", "segmentation of {np}", "coordinates of {np}", "{np}.", "target: {np}",
    "please locate {np}", "fetch {np}", "grasp {np}", "select {np}", "detect {np}", "goto {np}", "query = {np}",
    "pick {np}", "highlight {np}", "click on {np}", "mask of {np}", "retrieve {np} now", "object: {np}",
    "search: {np}", "bounding box for {np}",
    # polite and long-winded
    "could you please hand me {np}?", "would you be so kind as to pass me {np}?", "can you get me {np}?",
    "I was wondering if you could fetch me {np}.", "if it is not too much trouble, may I have {np}, please?",
    "excuse me, I'd like to have {np}, if you don't mind", "would you mind passing {np} over here?",
    "hello robot, could you kindly reach for {np}, thank you very much", "may I ask you to lift {np} for me?",
    "please be careful and bring me {np}",
    # colloquial, children
    "gimme {np}", "I want {np}!", "I wanna have {np}", "look at {np}!", "can I have {np}?",
    "hey, get {np} for me, will you", "yo grab {np}", "mommy I want {np}", "hand over {np}, would you?", "ooh, {np}!",
    "ok now go for {np}", "can you spot {np}?", "so, where's that, I mean {np}?",
    # kitchens, warehouses, workshops
    "pass {np}, chef", "next pick: {np}", "take {np} to station four", "put {np} away", "move {np} to the bin",
    "scan {np}", "clear {np} off the table", "I'll take {np}", "{np} goes in the dishwasher next, take it there",
    "please sort out {np}", "load {np} onto the cart", "align the gripper with {np}", "close the gripper around {np}",
    # coordinate sentences and left dislocation
    "see {np}? pick it up for me", "there's {np}, get it for me", "{np}, do you see it? bring it here",
    "look for {np} and then grasp it firmly", "take {np} and hand it over", "there you have {np}, lift it up please",
    "go to {np} and stop there", "find me {np} and mark it with a box", "{np}, please", "{np}, thanks",
    "{np}, pick it up now",
    # questions
    "which one is {np}?", "which object is {np}?", "whereabouts is {np}?", "in which spot is {np}?",
    "do you see {np}?", "can you tell me where to find {np}?", "show me where {np} can be found",
    "what are the pixels of {np}?",
    # reasons, conditions, passives
    "since you are closest, could you give me {np}?", "I dropped {np}, pick it up again", "{np} must be moved",
    "if there's room in your gripper, take {np}", "my hands are full, so please carry {np}",
    "I believe {np} would do the job; get it over here", "let's begin with {np}", "how about you pass {np}?",
    "the customer ordered {np}", "wrap {np} in paper", "someone asked for {np}", "I'd love {np}",
    "next in the box goes {np}",
    # non-native
    "please to give me {np}", "I am needing {np}", "you bring {np} for me, yes?", "I search for {np}",
    "please you take {np}", "can you to find {np} for me", "it is needed {np}", "make the robot take {np}",
    # what is wanted and what it is for
    "what I want is {np}", "the one I mean is {np}", "the thing to take is {np}", "I'm after {np}",
    "we need {np} for the next step", "I'm looking for {np}", "you have to draw a contour around {np}",
    "{np} should be grasped", "let {np} be picked by the robot", "I'd prefer {np}",
    "bring {np} over here before you do anything else", "put a bounding box on {np}",
)  # fmt: skip

AMODAL: Forms = (
    "{np} in full, hidden bits too", "the entirety of {np}, with what other things cover", "amodal mask of {np}",
    "amodal box of {np}", "give me {np} including whatever part I can't see",
    "the total outline of {np}, seen or unseen", "imagine the clutter away and outline {np}",
    "draw {np} as though nothing was blocking the view", "complete {np}: fill in what other things cover",
    "see through whatever is in the way and outline all of {np}",
    "I need the true full outline of {np}, not just what shows", "mark {np}, covered areas included",
    "mark {np} along with the bits you can't see", "the full silhouette of {np}, also where other stuff covers",
    "where would {np} reach to if nothing else were there?",
    "please outline {np} together with any parts that are out of sight",
    "could you show me the whole of {np}, also the part behind other things?",
    "{np} - visible and invisible parts both", "{np} (whole, with occluded region)",
    "{np}, complete extent incl. occluded area", "{np} + hidden region",
    "extend the mask of {np} behind whatever blocks the view", "I want {np} in its entirety, with what you can't see",
    "guess where {np} continues behind other things and box all of it there",
    "segment {np} completely, occlusion or not", "segment {np} as if it were unoccluded",
    "how far does {np} extend, counting what is covered?", "reconstruct the hidden portion of {np}",
    "what does {np} look like in full, behind the things that cover it?",
    "pretend the other objects are gone: where is {np} then, in full?",
    "the parts of {np} that we see and those that we don't", "not only the seen part of {np}, but also the unseen",
    "I'd like the entire shape of {np}, even what's tucked away",
    "would you kindly draw the complete contour of {np}, including everything that is obscured?",
    "the real outline of {np} with all that's blocked from view",
    "infer the occluded part of {np} and add it to the mask", "please complete {np} where it is covered",
    "show all of {np}, the concealed part as well",
    "take {np} away from behind everything: what whole outline has it then?",
    "{np}, top to bottom, even where covered", "outline {np}. Don't leave out what is hidden.",
    "{np}; and don't forget the covered part!", "all of {np}, not merely what is showing",
    "full shape plz of {np}, hidden stuff counts too",
    "I have to know the whole extent of {np}, visible or not, for a collision check",
    "plan around {np}: I need its full volume, with the unseen parts",
    "and the invisible remainder of {np}, where is it?",
    "trace the boundary of {np} even where it disappears behind something",
    "the whole body of {np}, occluded side too", "please to show me complete {np}, also what not visible",
    "{np}, but the entire thing and not just the bit that sticks out",
)  # fmt: skip

SEEN_ONLY: Forms = (
    "only what you see of {np}", "just the part of {np} that shows", "the visible bit of {np}",
    "the exposed area of {np}", "{np}, leaving out anything that is covered", "modal mask of {np}",
    "the unoccluded region of {np} only", "{np}, visible pixels only", "as much of {np} as is in view and no more",
    "the bit of {np} that sticks out", "mark {np} but don't guess the covered part", "{np}: ignore what is hidden",
    "outline what shows of {np}, nothing else", "don't complete {np}, only the seen part please",
    "whatever is in sight of {np}", "only show me {np} where I can see it directly",
    "could you mark just the portion of {np} which is not covered?", "the part of {np} that nothing covers",
    "segment {np} without its occluded portion", "strictly the observed surface of {np}",
)  # fmt: skip

PURPOSES: Names = {
    "drink": (
        "what's good for drinking tea out of", "which of these do people sip coffee from",
        "what would I take a sip of tea from", "what should I pour my espresso into",
        "what do you serve hot cocoa in", "where would my tea go", "what do I hold while drinking coffee",
    ),
    "read": (
        "what is there to read here", "which item has chapters", "what would you find in a library",
        "what could I leaf through", "what belongs on a bookshelf", "what would keep a reader busy",
        "what did an author write", "what can I turn the pages of",
    ),
    "eat": (
        "what would make a healthy snack", "which of these grows on a tree", "what could go into a fruit salad",
        "what can I bite into", "what has vitamins in it", "what is sweet and juicy",
        "what would a fruit fly land on",
    ),
    "play": (
        "what could we play catch with", "what could I kick around", "which toy rolls and bounces",
        "what would a dog fetch for fun", "what could a juggler throw", "which thing is for a game of catch",
        "what would I throw at a hoop",
    ),
    "repair": (
        "what would a mechanic use", "what would a handyman reach for", "what do I need to fix a broken chair",
        "which of these is for repairs", "what helps with DIY work", "what would a plumber hold in his hand",
    ),
    "fry": (
        "what would I cook pancakes in", "what goes on the stove to fry bacon", "what can I make an omelette in",
        "what would a chef fry a steak in", "in which object do you heat oil", "what do I need for frying fish",
    ),
    "pour": (
        "from what could I serve water at the table", "what could I fill all the glasses from",
        "what is made for pouring", "which vessel has a spout and a handle", "what would a waiter top up drinks with",
        "what do you pour lemonade out of",
    ),
    "train": (
        "what would I use in a gym", "what builds up my arm muscles", "what could I do bicep curls with",
        "what is for a workout", "what would a bodybuilder pick up", "what is for weightlifting",
    ),
    "fill": (
        "what keeps me from spilling when I fill a bottle", "what do I put in the neck of a bottle before pouring",
        "what guides a liquid into a narrow opening", "through what could I pour oil into a can",
        "what makes decanting easier", "what is wide on top and has a spout below",
    ),
    "sit": (
        "what could a teddy bear sit on", "what is made for sitting on", "which thing is a seat",
        "what could I rest on if I was tiny", "what is furniture", "what would a little gnome take a seat on",
    ),
}  # fmt: skip

PURPOSE_VISIBLE: Forms = (
    "tell me, {question}?", "I wonder, {question}?", "hey, {question}?", "{question}? Point at it.",
    "{question}? Hand it to me.", "look around: {question}?", "{question}, please?", "{question}? Pick that up.",
    "could you show me {question}?", "quick question: {question}?", "I'd like to know {question}.",
    "{question}? Get me that one.", "{question}? Draw a box round it.", "my boss asks: {question}?",
    "find out {question}", "{question}? Only what is in sight of it.", "{question}? The visible bit will do.",
)  # fmt: skip

PURPOSE_AMODAL: Forms = (
    "{question}? Outline it completely, also where other things cover it.",
    "{question}? I need the full shape, seen or unseen.",
    "{question}? Mark all of it, even what is behind something.", "{question}? Give the amodal mask.",
    "tell me {question}, and draw it as if nothing was in the way.", "{question}? Fill in what you can't see of it.",
    "{question}? The entire thing please, covered part and all.", "{question}? Don't leave out its hidden part.",
    "{question}? Its full outline, visible or not.", "{question}? Box it with the parts that are out of sight.",
    "show me {question}, in full, with whatever is occluded.", "{question}? Amodal box please.",
    "{question}? I'd need its complete contour, including the bit that is covered.",
    "{question}? Pretend nothing covers it.", "{question}? Also show where it goes on behind other things.",
)  # fmt: skip

FRONTED: Forms = (
    "{place} there's the {n}; get that for me", "{place} you see the {n}, right? Take that",
    "{place} stands the {n}. Bring that", "{place}, the {n}, please", "what's the {n} doing {place}? Hand me that",
    "look {place}: I want the {n} there", "{place} is the {n} that I need",
    "go for what you find {place}, I mean the {n}", "{place}: {n}", "if you look {place} you find the {n}",
    "{place} somebody left the {n}, pick that up", "{place} should be the {n}; mark that",
)  # fmt: skip

FRONT_PLACES: Names = {
    "left": ("on the left", "at the left of the picture", "over there on the left-hand side", "to the left"),
    "right": ("on the right", "at the right of the picture", "over there on the right-hand side", "to the right"),
    "left_of": ("to the left of {a}", "left of {a}", "on the left side of {a}", "left from {a}"),
    "right_of": ("to the right of {a}", "right of {a}", "on the right side of {a}", "right from {a}"),
    "behind": ("behind {a}", "in back of {a}", "on the back side of {a}"),
    "in_front_of": ("in front of {a}", "right in front of {a}", "before {a}"),
    "on": ("on {a}", "on top of {a}", "atop {a}", "up on {a}"),
    "in": ("in {a}", "inside {a}", "within {a}"),
    "under": ("under {a}", "directly underneath {a}", "just beneath {a}"),
    "next_to": ("next to {a}", "right beside {a}", "close by {a}", "by the side of {a}"),
    "between": ("between {a} and {b}", "right in between {a} and {b}", "in the gap between {a} and {b}"),
}
