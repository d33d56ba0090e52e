from pathlib import Path

import pytest

from physperception.errors import ModelUnavailable
from physperception.grounding.wordnet import Synset, WordNet, read_wordnet, wordnet


@pytest.mark.parametrize(
    ("noun", "category"),
    [
        ("sofa", "couch"),
        ("spanner", "tool"),
        ("ewer", "pitcher"),
        ("hoop", "ring"),
        ("vessel", "jug"),
        ("apple", "fruit"),
    ],
)
def test_synonyms_and_kinds_are_near(noun: str, category: str) -> None:
    assert wordnet().similarity(noun, category) > 0.7


@pytest.mark.parametrize(
    ("noun", "category"), [("elephant", "cup"), ("banana", "bottle"), ("ball", "box"), ("cup", "")]
)
def test_other_things_are_far(noun: str, category: str) -> None:
    assert wordnet().similarity(noun, category) < 0.2


def test_a_kind_that_includes_nearly_everything_says_nothing() -> None:
    assert wordnet().similarity("artifact", "cup") < 0.5


def test_parts_of_speech_and_tangible_things() -> None:
    words = wordnet()
    assert words.parts_of_speech("quickly") == "r"
    assert words.parts_of_speech("retrieve").startswith("v")
    assert words.parts_of_speech("xyzzyx") == ""
    assert words.is_thing("kettle")
    assert not words.is_thing("happiness")
    assert any("drink" in text for text in words.definitions("cup"))


def test_similarity_falls_with_steps_and_rarer_senses() -> None:
    chain = [Synset("artifact", (at - 1,) if at else (), (name,), "") for at, name in enumerate("abcde")]
    ranks = {name: [(at, 0)] for at, name in enumerate("abcde")}
    ranks["rare"] = [(0, 0), (3, 1)]
    words = WordNet(chain, ranks, {})
    assert words.similarity("d", "d") > words.similarity("e", "d") > words.similarity("e", "c")
    assert words.similarity("rare", "d") < words.similarity("d", "d")


def test_a_missing_or_broken_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"nothing\.safetensors"):
        read_wordnet(tmp_path / "nothing.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not a file of tensors")
    with pytest.raises(ModelUnavailable, match="broken"):
        read_wordnet(broken)
