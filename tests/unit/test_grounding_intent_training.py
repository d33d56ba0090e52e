"""Generated prompts and the training of the intent classifier."""

import json
import re
from itertools import combinations
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
import torch

from physperception.grounding.intent_model import IntentNetwork, amodal_probability
from physperception.grounding.intent_pieces import MOST_PIECES, WordPieces
from physperception.grounding.intent_storage import GROUP, pack, rounded, unpack
from physperception.grounding.words import word_vectors
from physperception.training.intent import KINDS, Trainer, calibrate, intent_loss, nouns_of
from physperception.training.intent_encoder import PIECES as PIECES_KEPT
from physperception.training.intent_encoder import kept_pieces
from physperception.training.intent_prompts.generate import (
    SPLITS,
    Prompt,
    Wanted,
    expand,
    generate,
    restyled,
    slots_of,
    templates,
    written,
)

DATA = Path(__file__).parents[1] / "data/intent"
WRITTEN = ("written_train", "written_val")


def test_no_template_is_in_two_splits() -> None:
    patterns = {split: {item.pattern for item in templates(split)} for split in SPLITS}
    for first, second in combinations(SPLITS, 2):
        assert not patterns[first] & patterns[second]
    assert all(len({item.wanted for item in templates(split)}) == len(Wanted) for split in SPLITS)


def test_no_prompt_written_to_learn_from_is_measured_on() -> None:
    measured = {
        plain_letters(json.loads(line)["text"])
        for path in (DATA / "held_out.jsonl", DATA / "hand_written.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    learned, kept = ({plain_letters(prompt.text) for prompt in written(name)} for name in WRITTEN)
    assert len(learned) > 3000
    assert not learned & measured
    assert not kept & measured
    assert not learned & kept


def plain_letters(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", text.lower()))


def test_restyled_prompts_keep_what_they_want() -> None:
    prompts = written(WRITTEN[1])[:60]
    styled = restyled(prompts, seed=3)
    assert [prompt.wanted for prompt in styled] == [prompt.wanted for prompt in prompts]
    assert styled == restyled(prompts, seed=3)
    assert styled != restyled(prompts, seed=4)
    assert any(new.text != old.text for new, old in zip(styled, prompts))


def test_either_of_two_right_classes_costs_nothing() -> None:
    scores = torch.tensor([[20.0, 0, 0, 0], [0, 20.0, 0, 0], [0, 0, 20.0, 0]])
    prompt = Prompt("the cup", Wanted.UNSAID, Wanted.VISIBLE)
    assert float(intent_loss(scores[:2], [prompt] * 2, smoothing=0)) == pytest.approx(0, abs=1e-6)
    assert float(intent_loss(scores[2:], [prompt], smoothing=0)) > 10


@pytest.mark.parametrize("split", SPLITS)
def test_every_template_expands_wholly(split: str) -> None:
    import random

    chance = random.Random(0)
    for item in templates(split):
        text = expand(item.pattern, slots_of(split), chance)
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


WORDS = "the whole cup dog car hat shoe entire only just visible exposed hidden don th ##en ##tire"
PIECES = WordPieces(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "'", *ascii_lowercase, *(f"##{c}" for c in ascii_lowercase), *WORDS.split()]
)


def spelt(*words: str) -> list[str]:
    return [PIECES.pieces[number] for number in PIECES.spell(words)[0]]


def test_words_are_spelt_with_the_longest_pieces_and_typing_errors_seen_through() -> None:
    assert spelt("the", "entire", "cup") == ["[CLS]", "the", "entire", "cup", "[SEP]"]
    assert spelt("then", "don't") == ["[CLS]", "the", "##n", "don", "'", "t", "[SEP]"]
    assert spelt("hiden", "entier", "teh") == ["[CLS]", "hidden", "entire", "the", "[SEP]"]
    assert spelt("cpu", "7") == ["[CLS]", "c", "##p", "##u", "[UNK]", "[SEP]"]
    assert PIECES.spell(["then", "cup"])[1] == [-1, 0, 0, 1, -1]
    numbers, places = PIECES.spell(["cup"] * 500)
    assert len(numbers) == MOST_PIECES
    assert (places[1], places[127], places[128], places[-2]) == (0, 126, 373, 499)
    with pytest.raises(ValueError, match=r"\[UNK\]"):
        WordPieces(["[PAD]", "a"])


def test_the_vocabulary_keeps_single_characters_and_the_most_frequent_words() -> None:
    frequent = [f"{first}{second}o" for first in ascii_lowercase for second in ascii_lowercase]
    rare = [first + second for first in frequent for second in frequent[:20]]
    kept = kept_pieces(
        ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "\u00e9", "Upper", *frequent, "##q", "!", *rare]
    )
    assert kept[:6] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##q", "!"]
    assert kept[6:] == [*frequent, *rare][: PIECES_KEPT - 6]


def test_four_bits_hold_weights_to_a_fourteenth_of_their_group() -> None:
    value = torch.randn(192, 128, generator=torch.Generator().manual_seed(0))
    value[3] = 0
    tensors = {"large": value, "small": torch.tensor([0.5, -2.0]), "table": torch.ones(2, 3)}
    packed = pack(tensors)
    assert sum(item.numel() * item.element_size() for item in packed.values()) < 0.15 * value.numel() * 4
    found = unpack(packed)
    assert set(found) == set(tensors)
    for name in ("small", "table"):
        torch.testing.assert_close(found[name], tensors[name])
    furthest = value.unflatten(1, (-1, GROUP)).abs().amax(2)
    wrong = (found["large"] - value).unflatten(1, (-1, GROUP)).abs().amax(2)
    assert (wrong <= furthest / 7.9).all()
    assert (wrong.mean() <= furthest.mean() / 14).all()
    torch.testing.assert_close(unpack(pack(found))["large"], found["large"])
    leaf = value.clone().requires_grad_()
    torch.testing.assert_close(rounded(leaf), found["large"])
    (rounded(leaf) * 3).sum().backward()
    assert leaf.grad is not None
    assert (leaf.grad == 3).all()
    with pytest.raises(KeyError):
        unpack({"large.packed": packed["large.packed"]})


def test_training_learns_to_tell_the_whole_from_the_visible() -> None:
    prompts = [Prompt(f"the whole {noun}", Wanted.AMODAL) for noun in ("cup", "dog", "car", "hat")]
    prompts += [Prompt(f"only the visible {noun}", Wanted.VISIBLE) for noun in ("cup", "dog", "car", "hat")]
    torch.manual_seed(0)
    trainer = Trainer(PIECES, IntentNetwork(len(PIECES.pieces)), seed=0, steps=40, rate=3e-4)
    before = trainer.network.pieces.weight.clone()
    first = trainer.learn(prompts)
    losses = [trainer.learn(prompts) for _ in range(39)]
    assert losses[-1] < 0.5 * first
    torch.testing.assert_close(trainer.network.pieces.weight, rounded(before))
    scores = trainer.scores([Prompt("the whole shoe", Wanted.AMODAL), Prompt("only the visible shoe", Wanted.VISIBLE)])
    assert scores.argmax(1).tolist() == [2, 1]


def test_calibration_finds_the_temperature() -> None:
    """Scores that are right nine times of ten, three times too sharp for that."""
    rng = np.random.default_rng(0)
    wanted = [Wanted.UNSAID, Wanted.AMODAL, Wanted.EITHER] * 200
    prompts = [Prompt("x", item) for item in wanted]
    places = {Wanted.UNSAID: 0, Wanted.AMODAL: 2, Wanted.EITHER: 3}
    scores = np.zeros((len(prompts), 4), np.float32)
    for row, item in zip(scores, wanted):
        row[places[item] if rng.random() < 0.9 else rng.integers(4)] = 9.0
    assert 1.5 < calibrate(scores, prompts) < 4.5


def test_probability_of_amodal() -> None:
    rows = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0.5, 0, 0.5, 0]], np.float32)
    np.testing.assert_allclose(amodal_probability(rows), [0, 1, 0.45, 0.5], atol=1e-6)
    assert set(KINDS.values()) == {"VISIBLE", "AMODAL", "AMBIGUOUS"}


def test_stand_ins_for_nouns_are_in_no_template() -> None:
    nouns = nouns_of(word_vectors())
    assert len(nouns) > 1000
    assert not {"whole", "hidden", "behind", "unabridged"} & set(nouns)
