"""Generate prompts with their kind from templates, slots, chatter and typing errors; the same seed gives the same.

Templates of the splits are disjoint, and so is the wording of test2 (`wording_unseen.py`).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from physperception.training.intent_prompts import (
    wording_held_out,
    wording_train,
    wording_train_amodal,
    wording_train_long,
    wording_train_more,
    wording_train_pairs,
    wording_train_phrases,
    wording_train_voices,
    wording_train_whole,
    wording_unseen,
)
from physperception.training.intent_prompts.vocabulary import SLOTS, UNSEEN_SLOTS


class Wanted(Enum):
    """What a prompt says about the mask."""

    UNSAID = "D"
    VISIBLE = "V"
    AMODAL = "A"
    EITHER = "Q"


@dataclass(frozen=True)
class Prompt:
    """A text and what it says; `also` is as right where its writer did not tell the two apart."""

    text: str
    wanted: Wanted
    also: Wanted | None = None


@dataclass(frozen=True)
class Template:
    wanted: Wanted
    pattern: str


_TRAIN = (
    wording_train.PLAIN,
    wording_train.HIDING_BUT_PLAIN,
    wording_train.WHOLE_BUT_PLAIN,
    wording_train.VISIBLE,
    wording_train.CONTRAST,
    wording_train_amodal.AMODAL,
    wording_train_amodal.EITHER,
    wording_train_amodal.MORE_AMODAL,
    wording_train_amodal.MORE_EITHER,
    wording_train_long.LONG,
    *[wording_train_phrases.COMBINED] * 5,  # of each line there are many more prompts than of the others
    wording_train_more.MORE,
    *[wording_train_pairs.PAIRS] * 2,
    wording_train_voices.NAMES_ONE,
    wording_train_voices.FIXED_PHRASES,
    wording_train_voices.QUESTIONS_AND_JOBS,
    wording_train_voices.SEEN,
    wording_train_voices.EITHER,
    wording_train_whole.WHOLE,
    wording_train_whole.STORIES,
)
_SOURCES: Mapping[str, Sequence[str]] = {
    "train": _TRAIN,
    "val": (wording_held_out.VAL,),
    "test": (wording_held_out.TEST,),
    "test2": (wording_unseen.TEST2,),
}
SPLITS = tuple(_SOURCES)
TRAIN_SLOTS: Mapping[str, Sequence[str]] = {**SLOTS, **wording_train_phrases.PHRASES}
SHARES = {Wanted.UNSAID: 0.34, Wanted.VISIBLE: 0.2, Wanted.AMODAL: 0.32, Wanted.EITHER: 0.14}
_WRITTEN: Mapping[str, tuple[Wanted, Wanted | None]] = {
    "VISIBLE": (Wanted.UNSAID, Wanted.VISIBLE),
    "AMODAL": (Wanted.AMODAL, None),
    "AMBIGUOUS": (Wanted.EITHER, None),
}
_CHATTER = tuple(line for line in wording_train_amodal.CHATTER.strip().splitlines() if line)
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def templates(split: str) -> tuple[Template, ...]:
    """All templates of a split. Raises KeyError for an unknown split."""
    lines = [line for source in _SOURCES[split] for line in source.strip().splitlines()]
    return tuple(Template(Wanted(line[0]), line[2:]) for line in lines)


def generate(
    split: str, count: int, seed: int, typos: float = 0.1, chatter: float = 0.3, more_nouns: Sequence[str] = ()
) -> list[Prompt]:
    """Prompts of a split in random order.

    Args:
        split: one of `SPLITS`.
        count: how many.
        seed: of the random choices.
        typos: share of prompts with one or two letters wrong.
        chatter: share of prompts with sentences around the request that say nothing about it.
        more_nouns: words of any kind that stand in for every fifth noun, so that nouns mean nothing.
    """
    chance = random.Random(f"{split}-{seed}")
    slots = slots_of(split)
    if more_nouns:
        nouns = tuple(slots["noun"])
        slots = {**slots, "noun": (*(nouns * 4), *chance.sample(list(more_nouns), len(nouns)))}
    by_kind = {wanted: [item for item in templates(split) if item.wanted is wanted] for wanted in Wanted}
    kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    prompts = []
    for wanted in kinds:
        text = expand(chance.choice(by_kind[wanted]).pattern, slots, chance)
        if chance.random() < chatter:
            text = _with_chatter(text, slots, chance)
        text = _styled(text, chance)
        prompts.append(Prompt(_misspelt(text, chance) if chance.random() < typos else text, wanted))
    return prompts


def written(name: str = "written_train") -> list[Prompt]:
    """Prompts written by hand, in the order of their file; those for the visible part may just name an object."""
    lines = (Path(__file__).parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [Prompt(record["text"], *_WRITTEN[record["kind"]]) for record in records]


def restyled(prompts: Sequence[Prompt], seed: int) -> list[Prompt]:
    """The same prompts, some with other capitals and punctuation, or letters wrong, or chatter around them."""
    chance = random.Random(seed)
    found = []
    for prompt in prompts:
        text = prompt.text
        if chance.random() < 0.15:
            text = _with_chatter(text, TRAIN_SLOTS, chance)
        if chance.random() < 0.5:
            text = _styled(text, chance)
        if chance.random() < 0.15:
            text = _misspelt(text, chance)
        found.append(replace(prompt, text=text))
    return found


def slots_of(split: str) -> Mapping[str, Sequence[str]]:
    """What may stand in the slots of a split's templates. Raises KeyError for an unknown split."""
    return {"train": TRAIN_SLOTS, "val": SLOTS, "test": SLOTS, "test2": UNSEEN_SLOTS}[split]


def expand(pattern: str, slots: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """A text of a pattern: every [a|b] and {slot} chosen at random, spaces tidied. Raises KeyError: unknown slot."""
    text = pattern
    while True:
        chosen = _CHOICE.sub(lambda found: chance.choice(found[1].split("|")), text)
        chosen = _SLOT.sub(lambda found: chance.choice(slots[found[1]]), chosen)
        if chosen == text:
            return re.sub(r"\s+([,.?!;:])", r"\1", " ".join(text.split()))
        text = chosen


def _with_chatter(text: str, slots: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    before = [expand(chance.choice(_CHATTER), slots, chance) for _ in range(chance.choice((0, 1, 1, 2)))]
    after = [expand(chance.choice(_CHATTER), slots, chance) for _ in range(chance.choice((0, 0, 1)))]
    request = text if text[-1] in ".?!" else text + "."
    return " ".join((*before, request, *after))


def _styled(text: str, chance: random.Random) -> str:
    style = chance.random()
    if style < 0.25:
        return re.sub(r"[^\w\s'-]", "", text).lower()
    if style < 0.6:
        text = text[0].upper() + text[1:]
        return text if text[-1] in ".?!" else text + chance.choice((".", "", "!", " please."))
    return text


def _misspelt(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(chance.choice((1, 1, 2))):
        places = [place for place in range(1, len(letters) - 1) if letters[place].isalpha()]
        if not places:
            break
        place = chance.choice(places)
        edit = chance.randrange(3)
        if edit == 0:
            letters[place - 1 : place + 1] = letters[place], letters[place - 1]
        elif edit == 1:
            del letters[place]
        else:
            letters.insert(place, letters[place])
    return "".join(letters)
