"""Phrases of referring expressions as text, one meaning a line; `lexicon.py` reads them.

A line is what a phrase does or says, a colon, and phrases between bars. Longer phrases win over shorter ones, and of
equal ones the last.
"""

from __future__ import annotations

PLAIN = """
DETERMINER: the | teh | th | hte | a | an | this | those | these | my | your | our | its | their | some | any
DETERMINER: which of
FILLER: please | kindly | pls | plz | thanks | thank you | hey | hi | hello | ok | okay | robot | now | then | just
FILLER: whereabouts | whereabouts is | in part | hand over | hand me over | pass over | bring over | give over
FILLER: way over | way | the way | occlusion
FILLER: occlusions | clutter
FILLER: extent | visibility | be careful | careful | be so kind and | be so kind | in the way | out of the way
FILLER: group of | set of | collection of | cluster of | bunch of | row of | selection of
FILLER: excuse me | sorry | pardon me | the robot | whole of | mask for | bounding | goes | could | ordered
FILLER: also | so | if | because | since | as | while | when | whenever | how | why | may | might | can't | cannot
FILLER: couldn't
FILLER: won't | will | somebody | someone | anybody | nobody | everyone | he | she | him | her | his | hers | mine
FILLER: yours | ours
FILLER: gonna | wanna | gotta | i'd | i'll | i'm | i've | we'd | we'll | we're | we've | you'd | you'll | you're
FILLER: you've | they're
FILLER: it'd | it'll | there's | here's | let's | yes | yeah | yep | ooh | oh | ah | hmm | incl | etc | e.g | i.e
FILLER: sir | madam
FILLER: folks | else | away | too | either | instead | ever | enough | once | per | via | till | until | already
FILLER: soon | together
FILLER: apart | they | them all | next | gimme | lemme | off | back to me | chef | mommy | mummy | daddy | dude | pal
FILLER: boss | man
FILLER: anyway | that way | this way | such | both of you | thru | through | during | after | wherever | whoever
FILLER: whomever | am
FILLER: had | don't you | won't you | should be | could be | may be | might be | would be | will be | cos | cause
FILLER: due to
FILLER: right away | right now | right here | at once | of course | if not | as well | or so | in addition
FILLER: as follows | ought
FILLER: can you | could you | would you | will you | may you | can i | could i | i want | i want you to | i need
FILLER: i would like | i'd like
FILLER: id like | want | need | would | like | could | you | i | we | me | us | to | for me | for us | there | here
FILLER: is there | are there
FILLER: pick | pick up | picking up | pick out | grab | grasp | take | lift | lift up | get | fetch | bring | hand
FILLER: hand me | give | give me | pass | move | push
FILLER: put | place your gripper on | find | locate | detect | point at | point to | point out | show | show me
FILLER: segment | select | choose | mark | highlight | outline
FILLER: identify | label | search for | look for | look at | looking for | go for | reach for | touch | where is
FILLER: where are | where's | what is
FILLER: what's | which is | which one is | wheres | do you see | see | up | out | down to | over to | for | at | as
FILLER: mask | mask of | the mask of | mask out
FILLER: box around | a box around | bounding box of | draw | draw a box around | outline of | segmentation of | ground
FILLER: kind of | sort of | coloured
FILLER: colored | colour | color | in colour | in color | shaped | looking | patterned | pattern | sized | placed
FILLER: located | positioned | lying | sitting | standing | situated
FILLER: found | seen | resting | laying | being | object called | thing called | called | named | in the image
FILLER: in the picture | in the scene | in the photo
FILLER: in this image | in this picture | in this photo | in this scene | in view | on the table | from the table
FILLER: on this table | of the scene | of the image
FILLER: of the picture | in the shot | in the frame | off the table | please and thank you | carefully | gently
FILLER: quickly | slowly | surface
FILLER: made | made out | in terms of | it | if you can | if possible | all by itself
FILLER: does | do | did | looks | look | appears | seems
FILLER: stands | lies | rests | sits | leans | stays | stand | lie | rest | sit | hangs | leaning | hanging
FILLER: which stands
FILLER: trace | delineate | sketch | cut out | isolate | extract | all the way | spot | choose | click | click on
FILLER: tap | indicate | name | frame | localize | localise | track | follow | steer to | approach
FILLER: you can see | i can see | we can see | one can see | can be seen | that can be seen | actually | maybe
FILLER: perhaps | probably | um | uh | er | well | let | lets | let us | try | must
FILLER: should | shall | dear | buddy | mate | again | still | only | exactly | precisely | namely | i mean | i think
FILLER: you know | simply | from | looks like | look like | my friend | today
FILLER: image | picture | scene | photo | go ahead and | would you mind | do me a favour and | right there
FILLER: over there | over here | next please | of it | to it | entirely | completely | partly
HEDGE: directly | immediately | straight | very | quite | rather | really | fairly | somewhat | slightly | a bit
HEDGE: a little bit | more or less | pretty | so very | mainly | mostly | predominantly | overall | kinda
PRONOUN: whatever | whichever | one | ones | thing | things | object | objects | item | items | something | anything
PRONOUN: doodad | doodads | doohickey | gizmo | gizmos | gubbins | thingamabob | thingamajig | thingamajigs | thingummy
PRONOUN: whatchamacallit | whatsit | widget | thingies | doodah | thingie | somethings | appliance | contraption
PRONOUN: bit | bits | chunk | lump | kind | sort | type | length of | slab | unit | units | gadgets | things there
PRONOUN: everything else | someone's thing | instance | instances | example | individual | neighbour
PRONOUN: entity | entities | article | articles | artefact | artefacts | artifact | artifacts | thingy | gadget
PRONOUN: specimen | specimens | element | elements | body | bodies | exemplar | fellow | candidate | candidates
PRONOUN: stuff | piece | pieces | it all | everything | them | others | other one | other
THAT: that | thats | thats | tht | whichs | which | who | what | whose | where
BE: is | are | was | were | be | that's | isnt it | it's | its being
AND: and then | and in addition | in addition to | combined with | and next | followed by | and after that | as also | n
AND: and | but | yet | then the | as well as | plus | & | and also | together with | along with
OR: or
NOT: not | no | isn't | isnt | is not | are not | aren't | arent | doesn't | doesnt | does not | do not | don't | dont
NOT: never | non | nor | neither
EXCEPT: other than | except | except for | but not | apart from | besides the | excluding | rather than | instead of
EXCEPT: different from | and not | everything but | all but | anything but
WITH: has | have | having | got | that has | which has | with | bearing | showing | featuring | carrying a pattern of
WITH: covered in | covered with | painted
WITH: printed with | decorated with | marked with | wearing
WITHOUT: without | with no | lacking | free of | that has no | which has no | having no
IN: in
OF: of | out of | from | among | amongst | from among
THAN: than
CAMERA: the camera | camera | viewer | the viewer | the robot | the lens | the observer | observer
COMMA: , | ; | : | . | ? | ! | -- | ( | )
"""

NUMBERS = """
COUNT: one of 1 | any one of 1 | just one 1 | a single 1 | only one 1 | both 2 | the two 2 | two 2 | pair of 2
COUNT: couple of 2 | the pair of 2 | three 3 | four 4 | five 5 | six 6 | seven 7 | eight 8 | 2 2 | 3 3 | 4 4 | 5 5
COUNT: 6 6
COUNT: all -2 | every -1 | each -1 | all of -2 | all the -2 | all of the -2 | every one of the -1 | each of the -1
COUNT: any and all -1 | both of the 2 | both the 2
ORDINAL: first 1 | 1st 1 | second 2 | 2nd 2 | third 3 | 3rd 3 | fourth 4 | 4th 4 | fifth 5 | 5th 5 | sixth 6 | 6th 6
ORDINAL: seventh 7 | 7th 7 | eighth 8 | 8th 8
ORDINAL: ninth 9 | 9th 9 | tenth 10 | 10th 10 | eleventh 11 | 11th 11 | twelfth 12 | 12th 12
ORDINAL: last -1 | second to last -2 | second last -2 | last but one -2 | next to last -2 | penultimate -2
ORDINAL: number one 1 | number two 2 | number three 3 | number four 4
"""

ATTRIBUTES = """
COLOR red: vermilion | vermillion | cherry coloured | brick red | blood red | tomato red | rosy red | carmine | red
COLOR red: reddish | scarlet | crimson | ruby | cherry red | rosso
COLOR orange: tangerine | apricot coloured | carrot coloured | pumpkin coloured | peach coloured | orange coloured
COLOR orange: orange colored | orangey | orangish | tangerine coloured
COLOR yellow: lemon yellow | canary | canary yellow | saffron | ochre | sunny | blond | straw coloured | amber
COLOR yellow: yellow | yellowish | golden | gold | lemon coloured | mustard
COLOR green: jade | forest green | leaf green | grass green | moss green | mossy | pea green | sea green
COLOR green: bottle green | verdant
COLOR green: green | greenish | emerald | olive | lime green | lime | mint | mint green
COLOR blue: sapphire | sky blue | ultramarine | cerulean | royal blue | denim | ink blue | blue | blu | bluish
COLOR blue: blueish | azure | cobalt
COLOR cyan: cyan | turquoise | teal | aqua
COLOR purple: aubergine | eggplant coloured | plum | plum purple | amethyst | grape coloured | violet coloured
COLOR purple: purple | purplish | violet | lilac | lavender | mauve | plum coloured | indigo
COLOR pink: rose | rosy | coral | blush | bubblegum | rose pink | hot pink | pink | pinkish | rose coloured | salmon
COLOR pink: fuchsia | magenta
COLOR brown: chocolate | chocolate brown | coffee brown | hazel | mahogany | umber | sienna | sepia | bronze | copper
COLOR brown: caramel
COLOR brown: tawny | russet | nut brown | earth brown | earthy | auburn | cocoa brown | brown | brownish | tan
COLOR brown: chocolate coloured | chestnut | rust coloured
COLOR beige: beige | cream | cream coloured | sand coloured | khaki
COLOR black: pitch | ebony | inky | sooty | pitch black | ink black | coal black | raven | onyx | coal | black
COLOR black: blackish | jet black
COLOR white: snowy | milky | chalky | chalk white | alabaster | pearl | pearly | milk white | white | whitish | ivory
COLOR white: off white | snow white
COLOR grey: slate | slate grey | ash grey | ashen | ashy | leaden | smoky | steel grey | gunmetal | stone grey | grey
COLOR grey: gray | greyish | grayish | silver | silvery | charcoal
COLOR many: multicoloured | multicolored | multi coloured | multi colored | colourful | colorful | many coloured
COLOR many: many colors | many colours | motley
COLOR navy: navy | navy blue
COLOR maroon: maroon | burgundy | wine red
LIGHTNESS light: light | pale | bright | lighter coloured | light coloured | light colored | pastel | whitened
LIGHTNESS dark: dark | deep | darkish | dark coloured | dark colored | dim
SIZE big: sizeable | hefty | enormous | gigantic | colossal | immense | vast | hulking | jumbo | big | large | huge
SIZE big: sizeable | sizable | massive | giant | bulky | great | oversized
SIZE small: teeny | teensy | minute | diminutive | titchy | minuscule | compact | weeny | small | little | tiny | mini
SIZE small: miniature | petite | wee | smallish
SIZE medium: medium | medium sized | mid sized | middle sized | average sized | average
SHAPE tall: lofty | towering | tall | high | upright | elongated upright
SHAPE short: short | low | squat | stubby
SHAPE wide: wide | broad
SHAPE thin: thin | narrow | slim | slender | skinny
SHAPE long: long | elongated | lengthy | oblong | stick like | stretched
SHAPE flat: flat
SHAPE thick: thick | chunky | fat
SHAPE round: round | circular | spherical | ball shaped | rounded | disc shaped | roundish
SHAPE square: square | boxy | cubic | cube shaped | box shaped | rectangular | angular
TEXTURE plain: plain | solid coloured | solid colored | unpatterned | single coloured | uniform | one coloured
TEXTURE plain: uniformly coloured
TEXTURE striped: stripe patterned | pinstriped | pinstripe | barred | stripes pattern | zebra striped | striped
TEXTURE striped: stripy | stripey | stripes | banded | bands | lined | lines | streaked
TEXTURE dotted: dot patterned | polka dotted pattern | flecked | dappled | polka | freckled | speckly | spotty looking
TEXTURE dotted: dotted | spotted | dots | spots | polka dotted | polka dots | polka dot | spotty | dotty
TEXTURE checked: checkerboard patterned | chess board | chessboard | chessboard patterned | chequerboard patterned
TEXTURE checked: checkers | check patterned | tartan | gingham | grid patterned | checked | checkered | chequered
TEXTURE checked: checkerboard | chequerboard | checks | squares | tiled
TEXTURE checked: checkered pattern | gridded | plaid | tiles
TEXTURE mottled: mottled | marbled | speckled | cloudy | blotchy | stained | marble | marbling
TEXTURE patched: patchy | patches | camouflage | camouflaged | camo | patched | blotches
TEXTURE printed: printed | labelled | labeled | lettered | text | label | print | writing | a label | letters
TEXTURE printed: lettering
TEXTURE zigzag: zigzag | zig zag | zigzags | chevrons | chevron | zigzagged
TEXTURE ringed: ringed | concentric rings | rings on it | concentric circles | concentric
TEXTURE cells: mosaic | cellular | cells | stained glass | honeycomb
TEXTURE picture: photo | photographed | photographic | picture on it | a picture on it | a photo on it
TEXTURE patterned: pattern on it | a pattern | decorated | ornate | textured
MATERIAL wood: wooden | wood | timber | wood grain | wood grained
MATERIAL metal: metal | metallic | steel | iron | tin made | aluminium | aluminum | chrome
MATERIAL plastic: plastic
MATERIAL glass: glass made | transparent | see through
MATERIAL paper: paper | cardboard
MATERIAL ceramic: ceramic | porcelain | china made
MATERIAL glossy: glossy | shiny | shining | polished | gleaming | reflective | lacquered
MATERIAL matte: matte | matt | dull | unpolished
OCCLUSION hidden: partially hidden | partly hidden | hidden | half hidden | partially occluded | partly occluded
OCCLUSION hidden: occluded | partially covered | partly covered | covered
OCCLUSION hidden: obscured | partly obscured | partially obscured | partially blocked | partly blocked | blocked
OCCLUSION hidden: concealed | partly concealed | partially concealed
OCCLUSION hidden: partially visible | partly visible | only partly visible | only partially visible
OCCLUSION hidden: not fully visible | not completely visible | overlapped | tucked away | obstructed
OCCLUSION hidden: partially obstructed
OCCLUSION hidden: half visible | half covered | half concealed | peeking out | peeking | sticking out | buried
OCCLUSION hidden: half buried | half obscured | not entirely visible | incompletely visible | in part hidden
OCCLUSION mostly: mostly hidden | mostly occluded | barely visible | hardly visible | almost hidden | nearly hidden
OCCLUSION mostly: almost completely hidden | mainly hidden | heavily occluded | largely hidden | scarcely visible
OCCLUSION visible: fully visible | completely visible | entirely visible | wholly visible | totally visible
OCCLUSION visible: in full view | in plain view | in plain sight | unobstructed | unoccluded | unhidden | uncovered
OCCLUSION visible: visible in full | completely unobstructed | not occluded | not hidden | clearly visible
OCCLUSION visible: visible completely | seen in full | in clear view | fully exposed | exposed | unblocked
OCCLUSION visible: not blocked | not covered
OCCLUSION visible: nothing in front of it | with nothing in front of it | nothing hides | nothing covers
OCCLUSION visible: nothing blocks | nothing in front
"""

ORDERS = """
SUPERLATIVE RIGHT -: with nothing on its left | with nothing to its left | leftmost | left most | furthest left
SUPERLATIVE RIGHT -: farthest left | far left | furthest to the left
SUPERLATIVE RIGHT -: farthest to the left | most left | leftest | left-most | left | left hand | left side
SUPERLATIVE RIGHT +: with nothing on its right | with nothing to its right | rightmost | right most | furthest right
SUPERLATIVE RIGHT +: farthest right | far right | furthest to the right
SUPERLATIVE RIGHT +: farthest to the right | most right | right-most | right | right hand | right side
SUPERLATIVE DOWN -: topmost | top most | uppermost | highest up | highest | top | upper | furthest up | farthest up
SUPERLATIVE DOWN +: bottommost | bottom most | lowest | lowermost | bottom | lower | lowest down | furthest down
SUPERLATIVE NEAR +: nearest | closest | frontmost | front most | front | foremost | most forward | nearer | closer
SUPERLATIVE NEAR +: least far away | least remote | least distant | least far | nearmost
SUPERLATIVE NEAR -: farthest | furthest | farthest away | furthest away | most distant | rearmost | rear most
SUPERLATIVE NEAR -: back most | backmost | back | rear | farthest back | furthest back | far | farther | further
SUPERLATIVE NEAR -: most remote | most far | most faraway | least near | least close | hindmost | remotest
SUPERLATIVE SIZE +: largest | biggest | hugest | bigger | larger | greatest | most massive
SUPERLATIVE SIZE -: smallest | tiniest | smaller | littlest | tinier | least big
SUPERLATIVE HEIGHT +: tallest | taller | most upright
SUPERLATIVE HEIGHT -: shortest | shorter | flattest | flatter
SUPERLATIVE WIDTH +: widest | wider | broadest | longest | longer | broader
SUPERLATIVE WIDTH -: narrowest | narrower | thinnest | slimmest | thinner
SUPERLATIVE LIGHTNESS +: lightest | brightest | palest | lighter | paler | brighter
SUPERLATIVE LIGHTNESS -: darkest | darker
SUPERLATIVE HIDDEN +: most hidden | most occluded | most covered | least visible | most obscured | hidden the most
SUPERLATIVE HIDDEN +: occluded the most | covered the most | obscured the most | most heavily occluded
SUPERLATIVE HIDDEN +: most concealed | more hidden | more occluded
SUPERLATIVE HIDDEN -: least hidden | least occluded | most visible | least covered | least obscured | more visible
SUPERLATIVE CENTRAL +: most central | middle | center | centre | central | centermost | middlemost | midmost
SUPERLATIVE CENTRAL +: innermost
DIRECTION RIGHT -: from the left | from left | from left to right | counting from the left | counted from the left
DIRECTION RIGHT -: starting from the left | from the left side | from the left hand side | left to right
DIRECTION RIGHT -: going left to right | from the far left | from the left edge
DIRECTION RIGHT +: from the right | from right | from right to left | counting from the right | counted from the right
DIRECTION RIGHT +: starting from the right | from the right side | from the right hand side | right to left
DIRECTION RIGHT +: going right to left | from the far right
DIRECTION DOWN -: from the top | from top | from top to bottom | from above | top to bottom | counting from the top
DIRECTION DOWN -: counted from the top
DIRECTION DOWN +: from the bottom | from bottom | from bottom to top | from below | bottom to top
DIRECTION DOWN +: counting from the bottom | counted from the bottom
DIRECTION NEAR +: from the front | from front | from the camera | from front to back | front to back
DIRECTION NEAR +: counting from the front
DIRECTION NEAR -: from the back | from back | from the rear | back to front | from back to front
DIRECTION SIZE +: in order of size | for size | ordered by size | sorted by size | by area | by volume
DIRECTION SIZE +: in terms of size | from big to small | by bulk | size wise
DIRECTION HEIGHT +: in order of height | by height | for height | ordered by height | sorted by height | in height
DIRECTION HEIGHT +: in terms of height | from tall to short | height wise
DIRECTION NEAR +: in order of distance | by distance | by nearness | by closeness | in order of nearness
DIRECTION NEAR +: from near to far | in depth
DIRECTION SIZE +: from largest to smallest | by size | from the largest | in size
DIRECTION SIZE -: from smallest to largest | from the smallest
"""

PLACES = """
left: on the left | at the left | to the left | left hand side | on the left side | on the left hand side
left: in the left half | on the far left | at the far left | at left | on left | to the far left | toward the left
left: towards the left
right: on the right | at the right | to the right | right hand side | on the right side | on the right hand side
right: in the right half | on the far right | at the far right | at right | on right | to the far right
right: toward the right | towards the right
top: at the top | on top | in the upper half | at the upper edge | up top | in the upper part | on the top
top: in the top half | near the top | towards the top
bottom: at the bottom | in the lower half | in the lower part | at the lower edge | on the bottom | in the bottom half
bottom: near the bottom | towards the bottom
center: in the middle | in the center | in the centre | at the center | at the centre | in the very middle
center: near the center | near the centre | near the middle
front: in front | in the foreground | at the front | up front | near the camera | close to the camera | close to us
front: near us | in the front | close to the viewer | nearby
back: in the background | at the back | in the back | in the rear | at the rear | far from the camera | far away
back: in the distance | away from the camera
top left: in the top left corner | in the upper left corner | at the top left | in the top left | in the upper left
top left: top left | upper left
top right: in the top right corner | in the upper right corner | at the top right | in the top right
top right: in the upper right | top right | upper right
bottom left: in the bottom left corner | in the lower left corner | at the bottom left | in the bottom left
bottom left: in the lower left | bottom left | lower left
bottom right: in the bottom right corner | in the lower right corner | at the bottom right | in the bottom right
bottom right: in the lower right | bottom right | lower right
"""

RELATIONS = """
LEFT_OF: left of | to the left of | on the left of | on the left side of | on the left hand side of | left from
LEFT_OF: at the left of | leftwards of | left side of | further left than | farther left than | more to the left than
LEFT_OF: at the left side of
RIGHT_OF: right of | to the right of | on the right of | on the right side of | on the right hand side of | right from
RIGHT_OF: at the right of | rightwards of | right side of | further right than | farther right than
RIGHT_OF: more to the right than | at the right side of
ABOVE: above | higher than | further up than | over | higher up than
BELOW: below | lower than | further down than | lower down than
NEAR: side by side with | nearby the | nearby a | nearby our | nearby my | nearby this | near | near to | next to
NEAR: beside | besides | close to | by | by the side of | adjacent to | alongside
NEAR: at the side of | neighbouring | neighboring | around | close by | nearby to | to the side of | not far from
NEAR: right next to | directly next to
FAR_FROM: far from | far away from | away from | not near | nowhere near
BETWEEN: between | in between | in the middle of | sandwiched between | flanked by | amid | midway between
IN_FRONT_OF: on the front of | at the front of | to the front of | on the near of | in front of | before | ahead of
IN_FRONT_OF: nearer to the camera than | in the front of | this side of
IN_FRONT_OF: standing in front of
BEHIND: hiding behind | hides behind | hidden in back of | on the back of | on the far of | at the far of | back of
BEHIND: at the rear of | to the back of | beyond | behind
BEHIND: in back of | at the back of | to the rear of | at the rear of | beyond | in behind | hidden behind
BEHIND: tucked behind | partly hidden behind | partially hidden behind | peeking out from behind | peeking out behind
BEHIND: past | on the other side of | standing behind
BEHIND: peeking from behind | sticking out from behind | sticking out behind | peeking out from | obscured behind
BEHIND: concealed behind | occluded behind
ON: on | on top of | atop | upon | onto | resting on | lying on | sitting on | standing on | placed on | stacked on
ON: supported by | carried by | held up by | stacked on top of | lying on top of | resting on top of
ON: sitting on top of | leaning on | perched on | resting upon | sits on | rests on | lies on | stands on
ON: sits on top of | lies on top of | sits atop | held by | propped up by | leans on
UNDER: under | underneath | beneath | supporting | carrying | holding | holding up | directly under | lying under
UNDER: stacked under | supports | carries | holds up | holds | props up | bears
IN: inside | inside of | within | into | contained in | lying in | sitting in | resting in | placed in | standing in
CONTAINS: containing | contains | full of | filled with
HIDES: hiding | hides | covering | covers | occluding | occludes | blocking | blocks | obscuring | obscures
HIDES: concealing | conceals | in the way of | blocks the view of | blocking the view of | overlapping | overlaps
HIDES: obstructing | obstructs | partly covering | partially covering | partly hiding | partially hiding
HIDES: partially hides | partly hides | partially covers | partly covers | partially occluding | partially occludes
HIDES: hide | occlude | obscure | conceal
HIDDEN_BY: hidden by | covered by | occluded by | blocked by | obscured by | concealed by | overlapped by
HIDDEN_BY: obstructed by | partly hidden by | partially hidden by | partly covered by | partially covered by
HIDDEN_BY: partially occluded by | partly occluded by | covered up by | partly obscured by | partially obscured by
HIDDEN_BY: partially blocked by | partly blocked by | hidden from view by | partly behind | partially behind
HIDDEN_BY: half behind | hidden under | hidden beneath | hidden underneath | buried under | covered partly by
TOUCHING: touching | leaning against | against | in contact with | contacting | touches | leans against | up against
LARGER_THAN: larger than | bigger than
SMALLER_THAN: smaller than | tinier than
TALLER_THAN: taller than
SHORTER_THAN: shorter than
NEARER_THAN: closer to the camera than | closer than | nearer than | closer to us than
FARTHER_THAN: farther than | further than | farther away than | further away than | farther from the camera than
FARTHER_THAN: further from the camera than | further back than | farther back than
SAME_COLOR_AS: the same color as | the same colour as | same color as | same colour as | of the same color as
SAME_COLOR_AS: of the same colour as | with the same color as | with the same colour as | matching the color of
SAME_COLOR_AS: matching the colour of
SAME_KIND_AS: of the same kind as | the same kind as | same kind as | same type as
"""

NEAREST = """
NEAREST +: nearest | nearest to | closest | closest to | nearest the | that is closest to | least far from
NEAREST -: farthest from | furthest from | farthest away from | furthest away from | most distant from
NEAREST -: most remote from
"""
