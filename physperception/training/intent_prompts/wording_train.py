"""Templates that the classifier is trained on. A line is a kind and a template; [a|b] chooses, {slot} fills.

Kinds: D names an object and says nothing about hidden parts (VISIBLE by default), V asks for the visible part,
A asks for hidden parts or the complete object, Q is read either way.
"""

# ruff: noqa: E501

PLAIN = """
D {bare}
D {adj} {noun}
D {np}
D {verb} {np}
D {lead}{verb} {np}
D {lead}{verb} {bare} {where}
D {verb} {many}
D {lead}{verb} {many} [|{where}]
D {want} {np}
D {np} [please|pls|plz|thanks|]
D where is {np}?
D where[ is|'s| are] {many}?
D is there a {adj} {noun} [here|{where}|in this picture]?
D which [one|of these|object|thing|item] [is|would be] [{adj}|{adj} and {adj}]?
D what could [I|you|one|someone] [use to |] {need}?
D something [I can|one could|to] {need}
D which [object|thing|tool|item] here would [you|a person|I] {need}?
D I [want|need] to {need}, what [should I take|can I use]?
D find [something|anything|the thing] [to|I could] {need}
D what [is|are] {where}?
D [who|what] is standing {where}?
D [get|fetch|bring|hand|pass|grab] me {np}
D pick up {np} and put it [{where}|down]
D {np} that [is|stands|lies|was left] {where}
D {np}, not {occ}
D {np}, the one {where}
D {np} without {occ}
D the {noun} [made of|with] [wood|glass|a handle|a lid|stripes|a label|two wheels|wheels]
D [second|third|first|last] {noun} from the [left|right|top|back|front]
D the [biggest|smallest|tallest|nearest|leftmost] of {many}
D everything [{adj}|made of wood|on the table|that can be eaten|on the shelf]
D all [of |]{many}
D {np} and {occ}
D {many} and {many}
D [how many|count the] {plural} [are there|]
D the person [wearing|holding|carrying|using|next to] {occ}
D the {noun} {occ} is [on|in|lying on|leaning against]
D the object [{occ} rests on|that supports {occ}|on top of {occ}]
D which {noun} is [closest|nearest] to {occ}?
D [can you see|do you see|is that] {np}?
D {np} [looks|seems] {adj}, [mark|show|take] it
D the {noun} [closest to|farthest from|facing] the [camera|door|wall|window|viewer]
D tell me [where|which one] {np} is
D [move|push|put|lift|open|close|clean|touch] {np}
D what would a [child|cook|painter|carpenter|guest|musician|student] [take|use|need|pick] [first|here|]?
D what is the [most|least] [expensive|fragile|dangerous|useful|colourful] [thing|object|item] here?
"""

HIDING_BUT_PLAIN = """
D what[ is|'s] [hidden|hiding|concealed|lying] [behind|under|beneath|inside] {occ}?
D [what|who] [hides|is hiding|hid] [there|in the corner|behind {occ}|under {occ}]?
D what does {occ} hide?
D [the thing|whatever|what|the object|anything] {occ} [hides|covers|conceals|blocks|is hiding|is blocking]
D the [object|thing|one|{noun}] that {blocks} {occ}
D which [object|thing|{noun}] {blocks} {occ}?
D what is [in front of|covering|blocking|hiding|obscuring|in the way of] {occ}?
D the hidden {noun}
D {verb} the [hidden|concealed|covered|hiding] {noun}
D {lead}{verb} the [hidden|invisible|secret] {noun} [in this picture|here|{where}]
D where is {np} [hiding|hidden]?
D {np} [hidden|hiding|is hiding|lies hidden] [behind|under|in|inside] {occ}
D {np} behind {occ}
D {lead}{verb} {np} [behind|under|beneath|underneath|below] {occ}
D the {noun} [that is|which is|standing|lying|sitting] [behind|under|underneath] {occ}
D {np} [peeking|sticking|poking|looking] out [from behind|from under|of|behind] {occ}
D somebody [hid|has hidden|concealed] [a|the|my] {noun}, find it
D the [covered|hooded|lidded|wrapped|veiled] {noun}
D the {noun} [with the cover|under the cover|with a lid|in the box|behind the curtain]
D the {noun} [with the|labelled] [hidden camera|invisible ink|secret drawer|hidden handle|concealed zip]
D the one [nothing|no other object] [hides|covers|is in front of]
D the [fully|completely|entirely|totally] visible {noun}
D the {noun} that is [not hidden|not occluded|not covered|completely visible|in full view|unoccluded|unobstructed]
D [two|three] {plural} overlap, mark the [front|top|upper|nearer] one
D the [front|rear|back] one of the [two|three|] overlapping {plural}
D {np} is [behind|under] {occ}, [pick it up|get it|mark it|where is it]
D the {noun} in the back that {occ} [stands|lies] in front of
D {np} hidden [least|most]
"""

WHOLE_BUT_PLAIN = """
D the whole [wheat|grain|meal] [bread|crackers|pasta|loaf|bun|flour|cereal]
D {verb} the [whole milk|wholegrain bread|whole food bar|wholesale carton|whole spice jar|whole coffee beans|whole nuts]
D the full [glass|cup|bottle|mug|jug|bowl|can|jar|bucket|box|bag] of [water|milk|juice|tea|beer|apples|rice|sugar|coffee|tools|toys]
D the [bottle|glass|jar|cup|can|box|bag] [which|that] is [still |]full of [water|milk|sand|toys|coins|flour]
D the [half full|half empty|nearly full|almost empty|half-eaten] [glass|bottle|jar|bowl|plate|cup]
D the complete [set|collection|series|kit|pack|range|works] of [books|tools|spoons|cards|films|cups|pens]
D the entire [set|collection|row|stack|pile|group|team|family|shelf|bunch] of {plural}
D the whole [family|team|class|group|set|lot|bunch|row|stack|pile|collection]
D [mark|find|show] the [entire|whole|complete] [crowd|orchestra|gang|flock|herd|fleet] [|{where}]
D the [completed|finished|assembled] [puzzle|model|painting|tower|form]
D the {noun} with [the full|a complete|its entire] [set of|collection of|list of] [buttons|names|pages|keys|labels]
D the [man|woman|person|player] in [full|complete] [armour|uniform|costume|dress|gear]
D the full [moon|stop|screen|english breakfast|length mirror|time job poster|colour print|house sign]
D a [complete|total|perfect] [stranger|mess|beginner|surprise|wreck]
D of all the [things|objects|items] in the [whole|entire|complete] [picture|scene|image|room|world], [mark|find|show] {np}
D [search|look through|scan|check|go over] the [whole|entire|complete|full] [image|scene|room|table|picture|shelf] [and|then] [find|mark|show me] {np}
D I've been [waiting|looking for it|searching] the [whole|entire|full] [day|morning|week|time], where is {np}?
D my [whole|entire] [family|class|team] [is coming|wants tea|needs seats], [find|show] {many}
D the [full|complete|whole] [name|address|price|list|story] is on {np}, [show|find] it
D the {noun} that is [completely|entirely|fully|totally|wholly] [red|black|empty|full|open|closed|wrapped|made of wood|broken|wet]
D the {noun} [without any|that has no] [missing parts|holes|cracks|scratches]
D the {noun} that [still has|has|comes with] all [of |]its [parts|pieces|wheels|legs|buttons|pages]
D the [part|piece|end|half|side] of {np} [with the handle|with the label|on the left|that is red|near {occ}|that touches {occ}]
D the [top|bottom|upper|lower|left|right|front] [part|half|side|end] of {np}
D the [handle|lid|leg|wheel|door|label|tip|rim|neck|cap] of {np}
D the broken [part|half|piece] of {np}
D the spare [parts|part|wheel|tyre] [{where}|of the {noun}]
D the shape sorter {where}
D the [round|square|heart-shaped|odd] shape [{where}|drawn on {occ}]
D the [transparent|see-through|clear] {noun}
D the [shadow|reflection|picture|drawing|outline drawing] of {np}
"""

VISIBLE = """
V [only |just |]the {vis} {part} of {np}
V {lead}{verb} [only |just |]the {vis} {part} of {np}
V {lead}{verb} [only |just |]the {vis} {part} of {many}
V {verb} the {vis} [pixels|surface|outline|mask|contour] of {np}
V [only|just|merely] what [is visible|you can see|we see|can be seen|the camera sees|is showing|shows] of {np}
V what[ is|'s] [visible|showing|exposed|left|seen] of {np}
V what you can [actually |really |]see of {np}
V [only|just] what you can see of the {whole} {noun}
V [only|just] the {vis} part of the {whole} {noun}
V the part of {np} [that|which] [is visible|can be seen|we can see|you see|is not hidden|isn't covered|is not occluded|isn't blocked|nothing covers|sticks out|shows|peeks out]
V the {part} of {np} not [{hid}|covered|hidden|occluded] by {occ}
V {verb} {np} but [only|just] [where it is visible|the visible part|what can be seen|as far as it is visible|the exposed part]
V {np}, [only|just] [the visible part|the part that shows|what is visible|where you can see it|the bit in view|what I can see|the seen part]
V {np} as [seen|it appears|it is seen|it looks|visible|it shows] [in the image|in the picture|here|in the photo|from the camera|]
V {np}, [not|but not|without|excluding|except|leaving out|minus|ignoring|omit|skip] the {hid} {part}
V {lead}{verb} {np} [without|excluding|but not|and leave out|minus|and ignore|apart from] [the|its|any] {hid} {part}
V {np}, not the {whole} [{noun}|thing|object|shape|one]
V {np}, [don't|do not] [include|add|show|mark|draw|segment] [the|any|its] {hid} {part}
V {np}. [don't|do not|never] [guess|imagine|infer|extrapolate|invent|complete|fill in|add|predict|hallucinate] [the rest|what is behind {occ}|the {hid} {part}|anything|what you can't see|what is hidden]
V [don't|do not|no need to|you need not] [guess|imagine|infer|extrapolate|complete|fill in|predict|include] [the rest of {np}|what is behind {occ}|the {hid} {part} of {np}|what is hidden]
V no [amodal|guessing|completion|extrapolation|hidden parts], [just|only|] {np}
V {np}, [no|without] [guessing|completion|extrapolation|hidden parts|hallucination|amodal completion|imagination]
V {np}, [modal mask|modal|visible mask|visible only|visible pixels only|visible region only]
V [modal|visible] [mask|segmentation|region|pixels] [of|for] {np}
V not the {hid} {part} of {np}[, only the visible one|]
V not the {whole} {noun}, [only|just] [the part you see|the visible part|what shows|the exposed {part}]
V not [behind {occ}|what {occ} hides], [only|just] the {vis} {part} of {np}
V I [don't|do not] [need|want|care about] [the|its] [{hid} {part}|rest|part behind {occ}|complete shape|full extent|whole shape|hidden part], [just|only] {np}
V {np} up to where {occ} [begins|starts|covers it|hides it]
V stop [the mask|] where {occ} [begins|starts|covers|hides] {np}
V cut [away|out|off] [what|everything|whatever] {occ} {blocks} from the mask of {np}
V [ignore|exclude|leave out|skip|drop|omit] [the|any|all] {hid} {part} of {np}
V [ignore|exclude|leave out|omit] whatever is [hidden|covered|behind {occ}|not visible|out of view], [mark|show|segment] {np}
V the {part} of {np} in [view|sight|plain view|plain sight]
V the [pixels|image region|image area] [that|which] [really |actually |]show {np}
V [pixels|the pixels] [of {np}|] that belong to {np} in [the|this] [image|photo|picture|frame]
V whatever [part|portion|] of {np} is [visible|not hidden|not blocked|exposed|in sight|not covered]
V {np}, as much [of it |]as [can be seen|is visible|you see|the camera sees]
V the area of {np} [that faces|facing] the camera [without|with no] [obstruction|anything in front]
V although {np} is {partly} {hid}, [mark|show|segment|I want] only [the visible part|what can be seen|what shows]
V {np} is {partly} [hidden by|behind|covered by] {occ}, [but |]I [only|just] [want|need|care about] [the visible part|what I can see|the rest that shows|the exposed {part}]
V the {vis} {part} of the {partly} {hid} {noun}
V the {part} of the {partly} {hid} {noun} that [shows|is visible|can be seen|you can see]
V {many}, [only|just] [their|the] {vis} [parts|regions|areas|portions|pixels]
V {many}, [each|] [without|excluding] [its|their|the] {hid} [parts|portions|areas]
V which {noun} is {where}? [mark|show|segment] [only |]the {vis} {part}
V what could I {need}? [only the visible part|show just what is visible|no hidden parts|mark only what can be seen|visible pixels only]
V the {part} of {np} [sticking out|peeking out|poking out|showing|visible] [from behind|from under|beside|next to] {occ}
V [instead of|rather than] the {whole} {noun}, [show|give me|mark] [only |]the {vis} {part}
V [restrict|limit|confine|keep] the mask [to|strictly to] [what is visible|the visible part|the visible pixels|what can be seen|the exposed part] of {np}
V {np}, and [nothing|no pixel|no part] [behind {occ}|that is hidden|that can't be seen|under {occ}]
V {np} with [a gap|a hole|gaps] where {occ} [covers it|is in front|hides it]
V the unoccluded {noun} pixels
"""

CONTRAST = """
D {np} as well as {occ}
D {lead}{verb} {np} as well as {occ}
D {many} as well as {occ}
D {np} together with {occ}
D {lead}{verb} {np} and also {occ}
D {np}, and {occ} too
D {np} along with {many}
D {lead}{verb} {many}, including {occ}
D {many}, including the {adj} ones
D {many}, even the {adj} ones
D {np}, even if it is {adj}
D {np} plus {occ}
D everything [except|but|other than] {occ}
D {np} [except|but not|without] {occ}
D {np} [nearest|closest|next] to [us|me|you|the robot]
D {np}, the [nearest|farthest|largest|smallest|lowest|highest] [of all|one|thing here]
D the [largest|smallest|highest|lowest] [one|thing|object] of all
D what would [help|be good|be useful|work] [me|us|] to {need}?
D if [I|you|we] had to {need}, what would [I|you|we] [use|take|choose|need]?
D what [might|could|can] [be used|serve|help] to {need}?
D imagine [you|we] had to {need}, which [of these|one] would you [take|pick|use]?
D suppose [I am|we are|you are] {adj}, which {noun} [suits|fits|helps]?
D which {noun} could be [removed|taken away|lifted|moved] [easily|first|without touching {occ}]?
D [remove|take away|lift|move|erase] {np}
D {np} that can be [removed|continued|extended|completed|filled|reached]
D {np} at the [end|edge|border|corner] of [the table|{occ}]
D {np} past {occ}
D {np} beyond {occ}
D {np} on the other side of {occ}
D {np} at the [back|rear], behind [everything|all others|the rest]
D the rest of {many}
D the missing {noun}
D the remaining {plural}
D all the other {plural}
D the [first|second|third|last] {noun} [that|which] {occ} does not [touch|hide|block]
D the {noun} [that|which] [nothing|nobody|no one] [hides|blocks|covers|uses]
D the {noun} [that|which] is [not|never] [behind|under] {occ}
D the {noun} that [hides|covers|blocks] [the least|the most|more than one thing|nothing]
D the one [hiding|covering|blocking|occluding] {occ}
D the {noun} [hiding|covering|blocking|occluding|hidden by|covered by|behind] {occ}
D I need [the thing|the one|something] [hiding|hidden by|hidden behind|behind|covering] {occ}
D [complete|finish] the [puzzle|form|task|job] with {np}
D does {np} [cover|hide|block|reach|touch] {occ}?
D I can see [{np}|many things|everything], [but |]where is {occ}?
D [I can't|I cannot|I don't] see {np}, where is it?
D the {noun} [you|I|we] can see [on the left|next to {occ}|from here|{where}]
D the {noun} [visible|seen|shown] {where}
D find me all {plural} [visible|shown|that you see|that can be seen] in the [picture|image|scene]
D [mark|label|list] [all|the] visible {plural}
D the visible {noun}
D the [shape|outline|form|size|body|figure|structure|area] of {np} [is {adj}, find it|reminds me of {occ}]
D the area around {np}
D the region [next to|between|around] {np}
D the [transparent|glass|see-through] {noun} [in front of|behind] {occ}
D look [at|for] {np} [behind|under|beneath] {occ}
D go behind {occ} and get {np}
D [reach|look] [behind|under] {occ} [for|and take] {np}
V show what you see of {np}
V [show|mark|outline] what [I|you|we|one] [see|can see] of it: {np}
V what could [I|one] {need}? [show|mark] what you see of it
V {np}: only what is [seen|visible|in view]
V {np} [without|but without|minus] [its|the] {hid} [part|parts|portion|bits]
V [do not|don't|never] [extend|continue|complete|stretch|grow] [{np}|the mask of {np}] [behind|under|beneath] {occ}
V {np}, [do not|don't|never|please don't] [extend|continue|complete|stretch] it [behind|under|beneath] {occ}
V [stop|end] [at|before] the edge of {occ} [when you|and] [mark|segment] {np}
V the mask of {np} [must|should|may] [not|never] [go|extend|reach|continue|include what is] [behind|under] {occ}
V {hid} [parts|portions] of {np} [must not be|should not be|are not] [included|marked|wanted|needed]
V [what is|anything|whatever is] {hid} [must|should] [not be marked|be left out|be excluded|be ignored], [the rest of |]{np} [is fine|is enough|is what I want]
V [rather than|instead of] [its|the] [complete|whole|full|entire] {shape}, [what is visible of|the visible part of] {np}
V {np} exactly as [seen|it is seen|it appears|the camera sees it|in the photo]
V I [can|could] do without the {hid} {part} of {np}
V {np}, [nothing|and nothing] [more than|beyond] [what|the part that] [is visible|shows|can be seen]
"""
