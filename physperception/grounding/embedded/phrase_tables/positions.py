"""Ranks and directions of counting, places in the image, and relations between things."""

from __future__ import annotations

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
top: in the top half | near the top | towards the top | along the top | in the top row | up high
bottom: at the bottom | in the lower half | in the lower part | at the lower edge | on the bottom | in the bottom half
bottom: near the bottom | towards the bottom | along the bottom | in the bottom row | down low
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
