"""What a thing looks like, is made of, and how much of it is hidden."""

from __future__ import annotations

ATTRIBUTES = """
COLOR red: vermilion | vermillion | cherry coloured | brick red | blood red | tomato red | rosy red | carmine | red
COLOR red: reddish | scarlet | crimson | ruby | cherry red | rosso
COLOR orange: tangerine | apricot coloured | carrot coloured | pumpkin coloured | orange coloured
COLOR orange: orange colored | orangey | orangish | tangerine coloured
COLOR yellow: lemon yellow | canary | canary yellow | saffron | sunny | blond | straw coloured
COLOR yellow/orange: amber
COLOR yellow/brown: ochre
COLOR yellow: yellow | yellowish | golden | gold | lemon coloured | mustard
COLOR green: jade | forest green | leaf green | grass green | moss green | mossy | pea green | sea green
COLOR green: bottle green | verdant
COLOR green: green | greenish | emerald | olive | lime green | lime
COLOR green/cyan: mint | mint green | minty | mint coloured | seafoam
COLOR blue: sapphire | sky blue | ultramarine | cerulean | royal blue | denim | ink blue | blue | blu | bluish
COLOR blue: blueish | azure | cobalt
COLOR cyan: cyan | turquoise | teal | aqua
COLOR purple: aubergine | eggplant coloured | plum | plum purple | amethyst | grape coloured | violet coloured
COLOR purple: purple | purplish | violet | plum coloured | indigo
COLOR purple/pink: lilac | lavender | mauve | lilac coloured
COLOR pink: rose | rosy | blush | bubblegum | rose pink | hot pink | pink | pinkish | rose coloured
COLOR pink/orange: coral | salmon | salmon pink | salmon coloured | peach | peach coloured | peachy
COLOR pink/purple: fuchsia | magenta | cerise | raspberry
COLOR brown: chocolate | chocolate brown | coffee brown | hazel | mahogany | umber | sienna | sepia | bronze | copper
COLOR brown: caramel
COLOR brown: tawny | russet | nut brown | earth brown | earthy | auburn | cocoa brown | brown | brownish | tan
COLOR brown: chocolate coloured | chestnut
COLOR brown/orange/red: rust coloured | rust | rusty | terracotta | brick coloured
COLOR beige: beige | sand coloured | khaki | sandy
COLOR beige/white: cream | cream coloured | creamy | ivory | eggshell
COLOR black: pitch | ebony | inky | sooty | pitch black | ink black | coal black | raven | onyx | coal | black
COLOR black: blackish | jet black
COLOR white: snowy | milky | chalky | chalk white | alabaster | pearl | pearly | milk white | white | whitish
COLOR white: off white | snow white
COLOR grey: slate | slate grey | ash grey | ashen | ashy | leaden | smoky | steel grey | gunmetal | stone grey | grey
COLOR grey: gray | greyish | grayish | silver | silvery
COLOR grey/black: charcoal | charcoal grey | anthracite
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
