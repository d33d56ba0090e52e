"""Expressions for a folder of generated scenes: so many of each kind, each surely true of its targets alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.random import Generator
from tqdm import tqdm

from physperception.datasets.coco import SceneDataset
from physperception.datasets.expressions.facts import SceneFacts, scene_facts
from physperception.datasets.expressions.judging import look_alikes
from physperception.datasets.expressions.plans import draw_plan
from physperception.datasets.expressions.proposals import Proposal, Proposer
from physperception.datasets.expressions.records import Expression, ExpressionKind, Target
from physperception.datasets.expressions.wording import (
    Wording,
    fronted_sentence,
    noun_phrase,
    question,
    sentence,
    several,
)
from physperception.datasets.expressions.wording_test2 import TEST2_WORDING
from physperception.datasets.expressions.wording_usual import USUAL_WORDING
from physperception.datasets.expressions.wording_val2 import VAL2_WORDING
from physperception.errors import ConfigError
from physperception.scene import MaskKind

WORDINGS: Mapping[str, Wording] = {
    "train": USUAL_WORDING, "val": USUAL_WORDING, "test1": USUAL_WORDING, "test2": TEST2_WORDING, "val2": VAL2_WORDING,
}  # fmt: skip
SHARES: Mapping[ExpressionKind, float] = {
    ExpressionKind.VANILLA: 0.2,
    ExpressionKind.AMODAL: 0.2,
    ExpressionKind.COMPLEX_PROMPT: 0.2,
    ExpressionKind.R2SM: 0.1,
    ExpressionKind.NOT_THERE: 0.1,
    ExpressionKind.MULTIPLE: 0.07,
    ExpressionKind.SUPERLATIVE: 0.07,
    ExpressionKind.ORDINAL: 0.06,
}
AMODAL_SHARES: Mapping[ExpressionKind, float] = {
    ExpressionKind.AMODAL: 1.0,
    ExpressionKind.R2SM: 0.5,
    ExpressionKind.COMPLEX_PROMPT: 0.3,
    ExpressionKind.MULTIPLE: 0.2,
    ExpressionKind.SUPERLATIVE: 0.2,
    ExpressionKind.ORDINAL: 0.2,
}
"""How many of a kind ask for the whole object; none of a kind that is not listed."""
FRONTED_SHARE = 0.2
"""How often the place is named first, where the wording has forms for it."""
ATTEMPTS, IMAGES_PER_PLAN, MOST_GIVEN_UP = 12, 40, 40


def generate(scenes: Path, count: int, seed: int, split: str, progress: bool = True) -> list[Expression]:
    """About `count` expressions in the order of images; fewer where the scenes give no more of a kind.

    The same scenes, count, seed and split give the same expressions.

    Raises:
        DatasetError: the scenes can't be read.
        ConfigError: an unknown split, or a count below 1.
    """
    if split not in WORDINGS:
        raise ConfigError(f"split must be one of {', '.join(WORDINGS)}, got {split!r}")
    if count < 1:
        raise ConfigError(f"count must be at least 1, got {count}")
    data = SceneDataset(scenes)
    facts = [
        scene_facts(data, index) for index in tqdm(range(len(data)), unit="image", disable=None if progress else True)
    ]
    facts = [scene for scene in facts if scene.objects]
    categories = tuple(sorted({item.category for scene in facts for item in scene.objects}))
    made: list[Expression] = []
    for number, (kind, share) in enumerate(SHARES.items()):
        rng = np.random.default_rng([seed, list(WORDINGS).index(split), number])
        made += _of_kind(kind, round(count * share), facts, categories, split, rng)
    made.sort(key=lambda item: item.image_id)
    return [_numbered(item, split, number) for number, item in enumerate(made, start=1)]


def _of_kind(
    kind: ExpressionKind,
    wanted: int,
    facts: Sequence[SceneFacts],
    categories: tuple[str, ...],
    split: str,
    rng: Generator,
) -> list[Expression]:
    """Goes through the images in random order, again and again, with one plan until an image has what it wants.

    A plan that a number of images in a row do not have is given up; many given up in a row are the end.
    """
    wording = WORDINGS[split]
    found: dict[tuple[int, str], Expression] = {}
    images = _endless(len(facts), rng)
    given_up = 0
    while len(found) < wanted and given_up < MOST_GIVEN_UP:
        plan = draw_plan(kind, wording.category_share, rng)
        given_up += 1
        for scene in (facts[index] for index in islice(images, min(IMAGES_PER_PLAN, 2 * len(facts)))):
            proposer = Proposer(scene, categories, wording.category_share, rng)
            proposal = next(filter(None, (proposer.propose(plan) for _ in range(ATTEMPTS))), None)
            if proposal is None:
                continue
            item = _expressed(kind, proposal, scene, wording, rng)
            if (item.image_id, item.text) not in found:
                found[item.image_id, item.text] = item
                given_up = 0
                break
    return list(found.values())


def _endless(count: int, rng: Generator) -> Iterator[int]:
    """0 to count - 1 in random order, over and over."""
    while count:
        yield from map(int, rng.permutation(count))


def _expressed(
    kind: ExpressionKind, proposal: Proposal, scene: SceneFacts, wording: Wording, rng: Generator
) -> Expression:
    amodal = rng.random() < AMODAL_SHARES.get(kind, 0.0)
    return Expression(
        id="new",
        split="",
        image_id=scene.image_id,
        file_name=scene.file_name,
        width=scene.width,
        height=scene.height,
        text=_with_capital(_text(kind, proposal, amodal, wording, rng), wording, rng),
        kind=kind,
        mask_kind=MaskKind.AMODAL if amodal else MaskKind.VISIBLE,
        targets=tuple(
            Target(scene.objects[place].id, scene.objects[place].visible_box, scene.objects[place].amodal_box)
            for place in proposal.targets
        ),
        uses=tuple(sorted({name for query in proposal.queries for name in query.uses()})),
        look_alikes=max(look_alikes(query, scene) for query in proposal.queries),
    )


def _text(kind: ExpressionKind, proposal: Proposal, amodal: bool, wording: Wording, rng: Generator) -> str:
    first = proposal.queries[0]
    if first.noun is not None and first.noun.startswith("@"):
        text = question(first.noun[1:], wording.purpose_amodal if amodal else wording.purpose_visible, wording, rng)
        return text if text[0] == "I" else text[0].upper() + text[1:] if rng.random() < 0.5 else text
    visible = wording.visible
    if kind is ExpressionKind.R2SM:
        visible = wording.seen_only if rng.random() < 0.6 else wording.visible
    forms = wording.amodal if amodal else visible
    if kind is not ExpressionKind.MULTIPLE:
        if wording.fronted and forms is wording.visible and rng.random() < FRONTED_SHARE:
            fronted = fronted_sentence(first, wording, rng)
            if fronted is not None:
                return fronted
        return sentence(noun_phrase(first, wording, rng), forms, rng)
    if len(proposal.queries) == 1:
        phrase = several(first, len(proposal.targets), wording, rng)
    else:
        a, b = (noun_phrase(query, wording, rng) for query in proposal.queries)
        phrase = wording.pairs[int(rng.integers(len(wording.pairs)))].format(a=a, b=b)
    return sentence(phrase, forms, rng, one=False)


def _with_capital(text: str, wording: Wording, rng: Generator) -> str:
    capital = wording.capital_share > 0 and rng.random() < wording.capital_share
    return text[0].upper() + text[1:] if capital else text


def _numbered(item: Expression, split: str, number: int) -> Expression:
    return replace(item, id=f"{split}-{number:06d}", split=split)
