"""Generated prompts and the training of the intent classifier."""

from itertools import combinations

import numpy as np
import pytest

from physperception.grounding.intent_model import Band, amodal_probability
from physperception.grounding.intent_words import sense, sense_names
from physperception.grounding.words import word_vectors
from physperception.training.intent import KINDS, Trainer, calibrate, kinds_of, nouns_of
from physperception.training.intent_prompts.generate import SPLITS, Prompt, Wanted, expand, generate, templates
from physperception.training.intent_prompts.vocabulary import SLOTS, UNSEEN_SLOTS


def test_no_template_is_in_two_splits() -> None:
    patterns = {split: {item.pattern for item in templates(split)} for split in SPLITS}
    for first, second in combinations(SPLITS, 2):
        assert not patterns[first] & patterns[second]
    assert all(len({item.wanted for item in templates(split)}) == len(Wanted) for split in SPLITS)


@pytest.mark.parametrize("split", SPLITS)
def test_every_template_expands_wholly(split: str) -> None:
    import random

    chance = random.Random(0)
    slots = UNSEEN_SLOTS if split == "test2" else SLOTS
    for item in templates(split):
        text = expand(item.pattern, slots, chance)
        assert text
        assert not set("[]{}|") & set(text), f"{item.pattern} leaves {text}"


def test_the_same_seed_gives_the_same_prompts() -> None:
    assert generate("val", 50, seed=3) == generate("val", 50, seed=3)
    assert generate("val", 50, seed=3) != generate("val", 50, seed=4)
    assert {prompt.wanted for prompt in generate("test2", 200, seed=0)} == set(Wanted)


def test_expand_chooses_and_fills() -> None:
    import random

    found = {expand("[see|mark] the {noun} [|now] .", {"noun": ("cup",)}, random.Random(seed)) for seed in range(40)}
    assert found == {"see the cup.", "mark the cup.", "see the cup now.", "mark the cup now."}
    with pytest.raises(KeyError):
        expand("{nothing}", {}, random.Random(0))


def test_words_of_one_meaning_share_a_sense_and_typing_errors_are_seen_through() -> None:
    names = sense_names()
    assert names[sense("concealed", True)] == names[sense("occluded", True)] == "HIDDEN"
    for wrong, meant in (("ocluded", "HIDDEN"), ("entier", "WHOLE"), ("teh", "the"), ("visable", "VISIBLE")):
        assert names[sense(wrong, False)] == meant
    assert names[sense("banana", True)] == names[sense("zzyzx", False)] == "OTHER"
    assert names[sense("42", False)] == "NUMBER"
    assert len(names) == len(set(names))


def test_training_learns_to_tell_the_whole_from_the_visible() -> None:
    prompts = [Prompt(f"the whole {noun}", Wanted.AMODAL) for noun in ("cup", "dog", "car", "hat")]
    prompts += [Prompt(f"only the visible {noun}", Wanted.VISIBLE) for noun in ("cup", "dog", "car", "hat")]
    trainer = Trainer(word_vectors(), seed=0, steps=60, rate=1e-2)
    first = trainer.learn(prompts)
    losses = [trainer.learn(prompts) for _ in range(59)]
    assert losses[-1] < 0.5 * first
    scores = trainer.scores([Prompt("the entire shoe", Wanted.AMODAL), Prompt("just the exposed shoe", Wanted.VISIBLE)])
    assert scores.argmax(1).tolist() == [2, 1]


def test_calibration_finds_temperature_and_band() -> None:
    """Scores three times too sharp; EITHER prompts have probability 0.45 of AMODAL by its weight."""
    rng = np.random.default_rng(0)
    wanted = [Wanted.UNSAID, Wanted.AMODAL, Wanted.EITHER] * 200
    prompts = [Prompt("x", item) for item in wanted]
    places = {Wanted.UNSAID: 0, Wanted.AMODAL: 2, Wanted.EITHER: 3}
    scores = np.zeros((len(prompts), 4), np.float32)
    for row, item in zip(scores, wanted):
        row[places[item] if rng.random() < 0.9 else rng.integers(4)] = 9.0
    temperature, band = calibrate(scores, prompts)
    assert 1.5 < temperature < 4.5
    chosen = kinds_of(np.array([0.02, 0.45, 0.98], np.float32), band)
    assert chosen.tolist() == ["VISIBLE", "AMBIGUOUS", "AMODAL"]


def test_probability_of_amodal_and_its_bands() -> None:
    rows = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0.5, 0, 0.5, 0]], np.float32)
    np.testing.assert_allclose(amodal_probability(rows), [0, 1, 0.45, 0.5], atol=1e-6)
    assert kinds_of(np.array([0.3], np.float32), Band(0.3, 0.6)).tolist() == ["AMBIGUOUS"]
    assert set(KINDS.values()) == {"VISIBLE", "AMODAL", "AMBIGUOUS"}


def test_stand_ins_for_nouns_are_in_no_template() -> None:
    nouns = nouns_of(word_vectors())
    assert len(nouns) > 1000
    assert not {"whole", "hidden", "behind", "unabridged"} & set(nouns)
