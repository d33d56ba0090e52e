from pathlib import Path

import numpy as np
import pytest

from physperception.errors import ModelUnavailable
from physperception.grounding.words import WordVectors, read_word_vectors, word_vectors


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("mug", "cup", "motorcycle"),
        ("sofa", "couch", "spoon"),
        ("can", "tin", "shirt"),
        ("television", "tv", "apple"),
        ("bath towel", "cloth", "engine"),
        ("sphere", "ball", "book"),
    ],
)
def test_a_synonym_is_nearer_than_a_stranger(word: str, near: str, far: str) -> None:
    words = word_vectors()
    assert words.similarity(word, near) > words.similarity(word, far) + 0.05


def test_vectors_have_length_one_and_ignore_case_accents_and_space() -> None:
    words = word_vectors()
    vector = words.vector("the red Café cup")
    assert vector.shape == (256,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(vector, words.vector("  THE red\ncafe\tcup "), atol=1e-6)


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "日本語", "😀" * 500])
def test_text_without_known_characters_is_the_zero_vector(text: str) -> None:
    words = word_vectors()
    assert not words.vector(text).any()
    assert words.similarity(text, "cup") == 0.0


def test_batches_agree_with_single_calls() -> None:
    words = word_vectors()
    names = ["cup", "cereal box", "zzyzx"]
    np.testing.assert_allclose(words.vectors(names)[1], words.vector("cereal box"), atol=1e-6)
    expected = [words.similarity("mug", name) for name in names]
    np.testing.assert_allclose(words.similarities("mug", names), expected, atol=1e-6)
    assert words.vectors([]).shape == (0, 256)
    found, rows = words.word_vectors("Don't drop it!")
    assert found == ["don't", "drop", "it", "!"]
    assert rows.shape == (4, 256)


def test_the_earliest_piece_that_can_be_joined_is_joined_first() -> None:
    space = "\u2581"
    pieces = [space, "a", "b", "c", "bc", space + "a", "ab"]
    words = WordVectors(pieces, np.eye(len(pieces), dtype=np.float32))
    assert [pieces[index] for index in words.piece_ids("abc")] == [space + "a", "bc"]
    assert [pieces[index] for index in words.piece_ids("ab")] == [space + "a", "b"]


def test_long_words_and_texts_are_bounded() -> None:
    words = word_vectors()
    assert np.linalg.norm(words.vector("x" * 10_000)) == pytest.approx(1.0, abs=1e-5)
    assert len(words.piece_ids("cup " * 10_000)) == 2000


def test_a_missing_or_broken_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"nothing\.safetensors"):
        read_word_vectors(tmp_path / "nothing.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not a file of tensors")
    with pytest.raises(ModelUnavailable, match="broken"):
        read_word_vectors(broken)
