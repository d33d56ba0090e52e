"""Words that build a sentence (requests, fillers, pronouns, "not", "with"), counts and ordinals."""

from __future__ import annotations

PLAIN = """
DETERMINER: the | teh | th | hte | a | an | this | those | these | my | your | our | its | their | some | any
DETERMINER: which of
FILLER: please | kindly | pls | plz | thanks | thank you | hey | hi | hello | ok | okay | robot | now | then | just
FILLER: whereabouts | whereabouts is | in part | hand over | hand me over | pass over | bring over | give over
FILLER: way over | way | the way | occlusion | all alone | alone | on its own | by itself | all on its own
FILLER: or something | or something like that | or whatever | or such | or similar | or what | ish | go
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
COUNT: couple of 2 | the pair of 2 | three 3 | four 4 | five 5 | six 6 | seven 7 | eight 8 | nine 9 | ten 10
COUNT: eleven 11 | twelve 12 | thirteen 13 | fourteen 14 | fifteen 15 | sixteen 16 | seventeen 17 | eighteen 18
COUNT: nineteen 19 | twenty 20 | thirty 30 | forty 40 | fifty 50 | sixty 60 | seventy 70 | eighty 80 | ninety 90
COUNT: hundred 100 | thousand 1000 | dozen 12 | dozen of 12 | half a dozen 6 | half a dozen of 6 | zero 0
COUNT: all -2 | every -1 | each -1 | all of -2 | all the -2 | all of the -2 | every one of the -1 | each of the -1
COUNT: any and all -1 | both of the 2 | both the 2
ORDINAL: first 1 | second 2 | third 3 | fourth 4 | fifth 5 | sixth 6 | seventh 7 | eighth 8 | ninth 9 | tenth 10
ORDINAL: eleventh 11 | twelfth 12 | thirteenth 13 | fourteenth 14 | fifteenth 15 | sixteenth 16 | seventeenth 17
ORDINAL: eighteenth 18 | nineteenth 19 | twentieth 20 | thirtieth 30 | zeroth 0
ORDINAL: last -1 | second to last -2 | second last -2 | last but one -2 | next to last -2 | penultimate -2
"""
