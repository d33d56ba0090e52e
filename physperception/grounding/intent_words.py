"""What the words of a prompt mean for the choice of a mask: a small thesaurus in which every word has one sense.

Words about hiding, seeing, wholes, parts and so on share a sense, so that the classifier learns from "the occluded
portion" what "the concealed bit" means. Words of grammar keep a sense of their own. Typing errors of one letter are
seen through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

OTHER, PADDING = "OTHER", "PADDING"

SENSES: Mapping[str, str] = {
    "HIDDEN": (
        "hidden hid hide hides hiding occlude occludes occluded occluding occlusion occlusions obscure obscures "
        "obscured obscuring conceal conceals concealed concealing obstruct obstructs obstructed obstructing "
        "obstruction cover covers covered covering block blocks blocked blocking overlap overlaps overlapped "
        "overlapping veiled shrouded screened shielded eclipsed buried submerged camouflaged shadowed interrupted "
        "interrupts"
    ),
    "TUCKED": ("tucked stashed stuck lost placed put lying lies stands standing sits sitting left located fell fallen"),
    "UNSEEN": "invisible unseen undetectable imperceptible unobservable",
    "CLEAR": (
        "unobstructed unoccluded uncovered unhidden unblocked unobscured unconcealed deoccluded occlusion-free free"
    ),
    "VISIBLE": (
        "visible exposed observable discernible perceptible apparent evident displayed peeking poking sticking "
        "revealed recognisable recognizable detectable unmasked"
    ),
    "SEE": (
        "see sees seen saw seeing shows showing shown appear appears appearing appeared depicted photographed "
        "captured captures glimpse glimpsed perceive perceived observe observed notice spotted"
    ),
    "SIGHT": "view sight eye eyes viewpoint vision visibility",
    "CAMERA": "camera lens sensor photo photograph pixel pixels frame snapshot",
    "SCENE": ("scene image picture room house world town shop kitchen shelf workshop counter workbench place"),
    "WHOLE": "whole entire complete total integral undivided unabridged entirety totality wholeness",
    "FULL": "full",
    "WHOLLY": "completely entirely fully wholly totally altogether utterly thoroughly",
    "UNCUT": "unbroken uninterrupted uncut uncropped intact gapless seamless continuous untruncated",
    "DONE": "completed finished assembled",
    "PART": (
        "part parts portion portions section sections region regions area areas bit bits half halves side sides "
        "piece pieces fragment fragments slice stretch stretches chunk fraction patch patches segments components "
        "quarter third inch percentage"
    ),
    "REST": "rest remainder remaining missing lacking absent continuation",
    "SHAPE": (
        "shape shapes outlines form forms extent silhouette silhouettes contour contours body bodies figure "
        "geometry boundary boundaries structure profile footprint bounds volume size dimensions length surface "
        "surfaces hull"
    ),
    "EDGE": "edge edges border borders tip corner corners rim margin end ends",
    "THING": "thing things object objects item items one ones something anything",
    "RECONSTRUCT": (
        "reconstruct reconstructs reconstructed reconstructing reconstruction recover recovered restore restored "
        "infer inferred inferring predict predicted predicting extrapolate extrapolated extrapolating "
        "extrapolation estimate estimated deduce deduced surmise inpaint inpainting hallucinate hallucinating "
        "hallucination invent inventing fill fills filling guess guesses guessing guesswork speculate speculation "
        "completion completing predictions assume conjecture add adds adding supply supplement interpolate"
    ),
    "CONTINUE": (
        "continue continues continued continuing extend extends extended extending reach reaches proceed carry "
        "goes go run runs running keep keeps beyond past"
    ),
    "IMAGINE": (
        "imagine imagining pretend pretending suppose supposing envisage visualise visualize hypothetically "
        "mentally consider treat"
    ),
    "GONE": (
        "remove removed removing erase erased lifted gone vanished disappeared deleted delete peel peeled "
        "disappear taken moved away undo"
    ),
    "THROUGH": "transparent xray through translucent",
    "IGNORE": (
        "ignore ignoring ignored disregard disregarding regardless despite notwithstanding irrespective whatever "
        "whichever independently"
    ),
    "EXCLUDE": (
        "exclude excludes excluding excluded omit omitted omitting skip leave leaving drop except minus subtract "
        "subtracted trim clip clipped cut cuts cropped crop truncated carve carved discard forget ignorant"
    ),
    "INCLUDE": (
        "include includes included including incl inclusive plus count counts append contain contains comprise "
        "capture capturing"
    ),
    "ALSO": "also too even additionally besides likewise moreover",
    "ONLY": (
        "only just merely solely purely exclusively strictly simply literally limited restrict limit confine "
        "limiting restricted alone"
    ),
    "STOP": "stop stops stopping begins begin starts start",
    "NOT": (
        "not never dont don't doesn't doesnt isn't isnt aren't arent can't cant cannot won't wont wasn't weren't "
        "couldn't shouldn't didn't didnt wouldn't neither nor unable"
    ),
    "AVOID": "avoid refrain abstain spare",
    "NEED": ("need needed want wanted wants needs required interest interested care matters enough suffices"),
    "PARTLY": (
        "partially partly mostly somewhat largely slightly heavily barely hardly scarcely incompletely partial "
        "semi half-hidden mainly halfway partway"
    ),
    "BEHIND": "behind under beneath underneath below inside",
    "FRONT": "front before atop",
    "AMODAL": "amodal amodally",
    "MODAL": "modal",
    "GROUP": (
        "set sets collection series kit pack range row stack pile group team family class lot bunch herd flock "
        "crowd orchestra choir audience squad gang fleet assortment crew"
    ),
    "MEAL": (
        "wheat grain wholegrain wholemeal wholewheat meal milk oat oats rye spelt bean beans food sale nuts flour"
    ),
    "FOOD": (
        "pizza cake melon loaf pie cheese chicken apple orange sandwich bread watermelon pineapple fruit turkey ham"
    ),
    "CONTAINER": (
        "bottle glass mug cup jar can bag bucket bowl jug carton crate container bin tin barrel basket pot kettle "
        "flask tank pitcher"
    ),
    "TIME": "day morning evening afternoon night week month year hour minute time life holiday weekend",
    "ASK": (
        "segment mark show find locate highlight outline trace select identify give get pick point return label "
        "draw detect box circle display bring fetch grab hand take choose indicate tell spot ring"
    ),
    "MASK": "mask masks segmentation annotation polygon",
    "GRASP": "grasp grasping gripper planner planning collision measuring measure packing",
}
GRAMMAR = (
    "the a an my your his her its their our this that these those each every both all any some no of in on at by to "
    "from for with without and or but as if so than then when while where what which who how why whether though "
    "although because is are was were be been being am do does did has have had can could would should may might "
    "must will i you we they he she it me us them itself there here up down out off over into near next between "
    "among more most less least rather instead other others another same such like really actually please thanks "
    "it's that's what's i'm i'd very true real anyway nothing none everything nobody well together own first last "
    "left right top bottom upper lower"
).split()
NUMBERS = "NUMBER"
_LONG = 7
MARKS = tuple(".,;:?!-'\"()")


@lru_cache(maxsize=1)
def sense_names() -> tuple[str, ...]:
    """All senses in the order of their numbers; PADDING is 0, OTHER 1."""
    return (PADDING, OTHER, NUMBERS, *SENSES, *GRAMMAR, *MARKS)


@lru_cache(maxsize=1)
def _thesaurus() -> dict[str, int]:
    numbers = {name: number for number, name in enumerate(sense_names())}
    table = {word: numbers[word] for word in (*GRAMMAR, *MARKS)}
    for sense, words in SENSES.items():
        table |= dict.fromkeys(words.split(), numbers[sense])
    return table


@lru_cache(maxsize=20_000)
def sense(word: str, known: bool) -> int:
    """The number of a lower-case word's sense.

    Args:
        word: one of `split_words`.
        known: whether it may be an English word as it stands; then it must be long to be taken for a typing error.
    """
    table = _thesaurus()
    if word in table:
        return table[word]
    if word.isdigit():
        return 2
    if len(word) >= (_LONG if known else 3):
        close = next((other for other in _one_off(word) if other in table and len(other) >= 3), None)
        if close is not None and (len(word) >= 5 or sorted(close) == sorted(word)):
            return table[close]
    return 1


def _one_off(word: str) -> Iterable[str]:
    """Words with two neighbouring letters exchanged, or one letter less, more, or another."""
    letters = "aeioutnrsldhcmpfgbvwykxjqz"
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
    for place in range(len(word) + 1):
        for letter in letters:
            yield word[:place] + letter + word[place:]
    for place in range(len(word)):
        for letter in letters:
            yield word[:place] + letter + word[place + 1 :]
