"""Which mask words ask for: the shipped classifier, the decision around it, its evaluation."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from physperception.cli.main import main
from physperception.datasets.coco import DatasetError
from physperception.errors import ConfigError, ModelUnavailable
from physperception.evaluation.intent import LabelledPrompt, answer, figures_of, read_prompts
from physperception.grounding.intent import ACTIONS, Intent, Target, decide
from physperception.grounding.intent_model import intent_model, read_intent_model
from physperception.grounding.intent_phrases import plain, without_open_words
from physperception.scene import MaskKind

HAND_WRITTEN = Path(__file__).parents[1] / "data" / "intent" / "hand_written.jsonl"


class WordsDecide:
    """Stands in for the classifier: the first of the given words that a prompt has decides its class."""

    def __init__(self, **classes: int) -> None:
        self._classes = classes

    def judge(self, prompts: Sequence[Sequence[str]]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        rows = np.full((len(prompts), 4), 0.02, np.float32)
        shares = [np.zeros((len(words), 4), np.float32) for words in prompts]
        for row, share, words in zip(rows, shares, prompts):
            word = next((word for word in self._classes if word in words), None)
            row[self._classes.get(word, 0) if word else 0] = 0.94
            if word:
                share[words.index(word), self._classes[word]] = 3.0
        return rows, shares


@pytest.mark.parametrize(
    "text",
    ["the red mug", "what could I drink from?", "the hidden cat", "the whole wheat bread", "the mug behind the box",
     "the complete set of spoons", "Only the visible part of the mug.", "the plate, not the hidden part"],
)  # fmt: skip
def test_asks_for_the_visible_part(text: str) -> None:
    intent = decide(text)
    assert (intent.kind, intent.ambiguous) == (MaskKind.VISIBLE, False)
    assert intent.probability < 0.5


@pytest.mark.parametrize(
    "text",
    ["the whole mug", "the mug, even the part behind the box", "the complete shape of the tricoloured cat",
     "What could I drink from? Show the complete shape.", "the bottle including its hidden part",
     "not only the visible part of the plate but all of it", "imagine the box is gone and outline the mug"],
)  # fmt: skip
def test_asks_for_hidden_or_complete_parts(text: str) -> None:
    intent = decide(text)
    assert (intent.kind, intent.ambiguous) == (MaskKind.AMODAL, False)
    assert intent.probability > 0.5


@pytest.mark.parametrize("text", ["the partially hidden mug", "the cup that is partly covered by the napkin"])
def test_readers_differ(text: str) -> None:
    intent = decide(text)
    assert intent.ambiguous
    assert 0.1 < intent.probability < 0.9


def test_the_words_that_decided_are_quoted() -> None:
    model = WordsDecide(hidden=2, visible=1, partly=3)
    assert decide("please find the mug, hidden part too", model=model).reason == (  # type: ignore[arg-type]
        '"hidden" asks for more than is visible'
    )
    long = " ".join(["the mug stands there"] * 60) + " hidden bits too " + " ".join(["it is cold"] * 20)
    assert '"hidden"' in decide(long, model=model).reason  # type: ignore[arg-type]
    assert '"visible" asks for the visible part only' in decide("the visible mug", model=model).reason  # type: ignore[arg-type]
    assert '"partly" does not say' in decide("the partly hid mug", model=model).reason  # type: ignore[arg-type]
    assert "nothing in the words" in decide("the mug", model=model).reason  # type: ignore[arg-type]


def test_the_action_decides_where_the_words_leave_it_open() -> None:
    model = WordsDecide(hidden=2, visible=1, partly=3)
    for text in ("the mug", "the partly mug", ""):
        intent = decide(text, action="grasp", model=model)  # type: ignore[arg-type]
        assert (intent.kind, intent.ambiguous) == (MaskKind.AMODAL, False)
        assert 'the action "grasp" needs the amodal mask' in intent.reason
    assert decide("the visible mug", action="grasp", model=model).kind is MaskKind.VISIBLE  # type: ignore[arg-type]
    assert decide("the hidden mug", action="wipe", model=model).kind is MaskKind.AMODAL  # type: ignore[arg-type]
    assert set(ACTIONS.values()) == set(MaskKind)
    with pytest.raises(ConfigError, match=r"juggle.*grasp"):
        decide("the mug", action="juggle")


def test_clauses_may_want_different_masks() -> None:
    model = WordsDecide(whole=2, visible=1)
    intent = decide("the whole mug and only the visible part of the box", model=model)  # type: ignore[arg-type]
    assert intent.kind is None
    assert not intent.ambiguous
    assert intent.targets == (
        Target(text="the whole mug", kind=MaskKind.AMODAL, start=0, end=13),
        Target(text="only the visible part of the box", kind=MaskKind.VISIBLE, start=18, end=50),
    )
    same = decide("not the visible part of the mug but the whole mug", model=model)  # type: ignore[arg-type]
    assert same.kind is not None
    assert len(same.targets) == 1


def test_a_target_tells_where_its_words_are() -> None:
    model = WordsDecide(whole=2, visible=1)
    command = "  Give me the whole mug;  then the  visible part of the box. "
    intent = decide(command, model=model)  # type: ignore[arg-type]
    assert [command[target.start : target.end] for target in intent.targets] == [item.text for item in intent.targets]
    assert [item.text for item in intent.targets] == ["Give me the whole mug", "then the  visible part of the box"]
    (alone,) = decide("  the whole mug ", model=model).targets  # type: ignore[arg-type]
    assert (alone.text, alone.start, alone.end) == ("the whole mug", 2, 15)


def test_a_subordinate_clause_is_no_target() -> None:
    model = WordsDecide(whole=2, visible=1)
    text = "although I see the whole mug, give me the visible part of the box"
    assert len(decide(text, model=model).targets) == 1  # type: ignore[arg-type]


def test_evidence_of_words_sums_up_to_the_scores() -> None:
    """Two prompts of different length, together and alone, and one far longer than the network reads."""
    model = intent_model()
    prompts = [["the", "mug"], ["the", "mug", ",", "don't", "leave", "out", "hidden", "parts"]]
    together, shares = model.judge(prompts)
    for prompt, row, share in zip(prompts, together, shares):
        alone, _ = model.judge([prompt])
        np.testing.assert_allclose(alone[0], row, atol=1e-4)
        assert share.shape == (len(prompt), 4)
        powers = np.exp(share.sum(0) / model.temperature)
        np.testing.assert_allclose(powers / powers.sum(), row, atol=1e-4)
    (row,), (share,) = model.judge([["mug"] * 1000])
    assert row.sum() == pytest.approx(1, abs=1e-5)
    assert share[:127].any()
    assert not share[127:873].any()


@pytest.mark.parametrize(
    "text", ["", "  ", "😀🤖", "\x00\x07\n", "123 ?!", "日本語", "the " * 5000, "x" * 10_000, ", . and" * 900]
)
@pytest.mark.timeout(30)
def test_any_text_is_answered(text: str) -> None:
    intent = decide(text)
    assert isinstance(intent, Intent)
    assert intent.reason
    assert 0 <= intent.probability <= 1


def test_missing_or_foreign_weights_are_told(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    with pytest.raises(ModelUnavailable, match=r"none\.safetensors"):
        read_intent_model(tmp_path / "none.safetensors")
    save_file({"a": np.zeros(2, np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelUnavailable, match="intent classifier"):
        read_intent_model(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("row", "kind", "ambiguous"),
    [
        ((0.3, 0.3, 0.2, 0.2), MaskKind.VISIBLE, False),
        ((0.2, 0.2, 0.5, 0.1), MaskKind.AMODAL, False),
        ((0.06, 0.03, 0.01, 0.9), MaskKind.VISIBLE, True),
        ((0.01, 0.0, 0.09, 0.9), MaskKind.AMODAL, True),
        ((0.3, 0.0, 0.3, 0.4), MaskKind.VISIBLE, False),
        ((0.1, 0.0, 0.4, 0.5), MaskKind.AMODAL, False),
        ((0.4, 0.1, 0.1, 0.4), MaskKind.VISIBLE, False),
    ],
)
def test_two_readings_must_be_far_likelier_than_each_answer(
    row: tuple[float, ...], kind: MaskKind, ambiguous: bool
) -> None:
    class Says:
        def judge(self, prompts: Sequence[Sequence[str]]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
            return np.array([row] * len(prompts), np.float32), [
                np.ones((len(words), 4), np.float32) for words in prompts
            ]

    intent = decide("the mug", model=Says())  # type: ignore[arg-type]
    assert (intent.kind, intent.ambiguous) == (kind, ambiguous)
    assert intent.probability == pytest.approx(row[2] + 0.45 * row[3])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Whole  wheat bread", "the wheat bread"),
        ("the complete set of spoons", "the set of spoons"),
        ("the whole pack of cards", "the pack of cards"),
        ("the whole pack", "the whole pack"),
        ("I looked all over the entire room", "i looked all over the room"),
        ("a full-length mirror", "a length mirror"),
        ("the full length of the pipe", "the full length of the pipe"),
        ("the man in full ski gear", "the man in ski gear"),
        ("the entire dress", "the entire dress"),
        ("the full glass of milk", "the glass of milk"),
        ("the bag full of sand", "the bag with sand"),
        ("the completely sealed box", "the sealed box"),
        ("the completely uncovered box", "the completely uncovered box"),
        ('the box labelled "hidden parts"', "the box labelled so"),
        ("the half-empty jar", "the used jar"),
    ],
)
def test_words_of_another_sense_are_taken_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "rest", "open_words"),
    [
        ("take the full box", "take the box", "full box"),
        ("the full red mug", "the red mug", "full red"),
        ("a whole pizza.", "a pizza.", "whole pizza"),
        ("the full outline of the mug", "the full outline of the mug", ""),
        ("the full bounding box", "the full bounding box", ""),
        ("the whole mug", "the whole mug", ""),
    ],
)
def test_full_and_whole_are_open_before_what_can_be_filled_or_cut(text: str, rest: str, open_words: str) -> None:
    assert without_open_words(text) == (rest, open_words)


def test_open_words_yield_to_others() -> None:
    model = WordsDecide(hidden=2, visible=1)
    assert decide("the full mug", model=model).ambiguous  # type: ignore[arg-type]
    assert '"full mug" may speak' in decide("the full mug", model=model).reason  # type: ignore[arg-type]
    hidden = decide("the full mug, hidden part too", model=model)  # type: ignore[arg-type]
    assert (hidden.kind, hidden.ambiguous) == (MaskKind.AMODAL, False)
    assert not decide("the visible part of the whole pizza", model=model).ambiguous  # type: ignore[arg-type]
    assert decide("the whole pizza", action="grasp", model=model).kind is MaskKind.AMODAL  # type: ignore[arg-type]


def chosen(kind: MaskKind | None, probability: float, ambiguous: bool = False) -> Callable[[str], Intent]:
    return lambda text: Intent(kind=kind, ambiguous=ambiguous, probability=probability, reason="r", targets=())


def test_figures_worked_by_hand() -> None:
    """Four prompts: two right, one ambiguous of the right kind, one mixed."""
    prompts = [
        LabelledPrompt("cup", "VISIBLE"),
        LabelledPrompt("the whole cup that stands on the table over there", "AMODAL"),
        LabelledPrompt("a cup", "VISIBLE"),
        LabelledPrompt("partly hidden cup", "AMBIGUOUS"),
    ]
    answers = [
        *answer(prompts[:1], chosen(MaskKind.VISIBLE, 0.0)),
        *answer(prompts[1:2], chosen(MaskKind.AMODAL, 1.0)),
        *answer(prompts[2:3], chosen(MaskKind.VISIBLE, 0.4, ambiguous=True)),
        *answer(prompts[3:], chosen(None, 0.5)),
    ]
    figures = figures_of(answers)
    assert figures["accuracy"] == pytest.approx(2 / 4)
    assert figures["accuracy_clear"] == pytest.approx(2 / 3)
    assert figures["accuracy_two_way"] == 1.0
    assert figures["accuracy_by_kind"] == {"VISIBLE": 0.5, "AMODAL": 1.0, "AMBIGUOUS": 0.0}
    by_length = figures["accuracy_by_length"]
    assert isinstance(by_length, dict)
    assert (by_length["short"], by_length["medium"]) == pytest.approx((1 / 3, 1.0))
    assert math.isnan(by_length["long"])
    assert figures["ambiguous_share"] == pytest.approx(1 / 4)
    assert figures["ece"] == pytest.approx(0.4 / 3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 .* not valid JSON"),
        ("[1]", 'line 2 .* string "text"'),
        ('{"text": 3, "kind": "AMODAL"}', 'line 2 .* string "text"'),
        ('{"text": "cup", "kind": "amodal"}', "line 2 .* VISIBLE, AMODAL, AMBIGUOUS, got 'amodal'"),
        ('{"text": "cup"}', "line 2 .* got None"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"text": "cup", "kind": "VISIBLE"}\n' + line + "\n")
    with pytest.raises(DatasetError, match=message):
        read_prompts(path)
    path.write_text("\n\n")
    with pytest.raises(DatasetError, match="holds no prompts"):
        read_prompts(path)
    with pytest.raises(DatasetError, match="cannot read"):
        read_prompts(tmp_path / "none.jsonl")


def test_the_command_ends_with_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"text": "the whole mug", "kind": "AMODAL"}\n\n{"text": "the mug", "kind": "AMODAL"}\n')
    assert main(["evaluate", "intent", "--data", str(path), "--errors", "--json"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    figures = json.loads(lines[-1])
    assert figures["accuracy"] == 0.5
    assert figures["accuracy_by_kind"] == {"VISIBLE": None, "AMODAL": 0.5, "AMBIGUOUS": None}
    assert figures["n"] == 2
    assert any("the mug" in line and "VISIBLE" in line for line in lines[:-1])
    assert main(["evaluate", "intent", "--data", str(path), "--limit", "0"]) != 0
