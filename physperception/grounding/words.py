"""Vectors of English words and phrases, so that "mug" is near "cup" without a list of synonyms.

The vectors are WordLlama's (MIT), trained by their author on sentence pairs. They are shipped as a conversion, not
taken as a dependency: the pip package has no wheel for the ARM processors of robots, brings five more packages of
which none is needed to look up a row, and its own loader asks a model hub. Kept are the 18 thousand lower-case ASCII
pieces of its 32 thousand, as int8 with one scale a row: 4.9 MB, not 33 MB (`training/convert_words.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from physperception.errors import ModelUnavailable
from physperception.weights import weights_path

FloatArray = NDArray[np.float32]

_SPACE = "\u2581"  # how the vocabulary writes the start of a word
_LONGEST_WORD = 32
_MOST_WORDS = 2000


class WordVectors:
    """Looks up words and phrases.

    Case and accents don't matter. Unknown words are spelled from pieces, so every text of ASCII letters has a vector; a
    text without any known character has the zero vector. Of a text, the first 2,000 words count.

    Args:
        pieces: the vocabulary in merge order: of two joins that are possible, the earlier in the list is made first.
        table: float32 [len(pieces), D].
    """

    def __init__(self, pieces: Sequence[str], table: FloatArray) -> None:
        if len(pieces) != len(table):
            raise ValueError(f"{len(pieces)} pieces need as many rows, got {len(table)}")
        self._pieces = tuple(pieces)
        self._rank = {piece: index for index, piece in enumerate(pieces)}
        self._table = table
        self._spell = lru_cache(maxsize=20_000)(self._spell_word)

    @property
    def dimensions(self) -> int:
        return int(self._table.shape[1])

    @property
    def whole_words(self) -> tuple[str, ...]:
        """The words of letters that are one piece of the vocabulary, most common spelling first."""
        return tuple(piece[1:] for piece in self._pieces if piece[0] == _SPACE and piece[1:].isalpha())

    def vector(self, text: str) -> FloatArray:
        """float32 [D]: mean of the pieces' vectors, of length 1, or zeros for a text with nothing known in it."""
        rows = self._table[self.piece_ids(text)]
        total = rows.sum(axis=0, dtype=np.float32)
        length = float(np.linalg.norm(total))
        return total / np.float32(length) if length > 0 else total

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """float32 [N, D], a row as `vector` for each text."""
        return np.stack([self.vector(text) for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def similarity(self, first: str, second: str) -> float:
        """Cosine of the two vectors, -1..1; 0 where either text has nothing known in it."""
        return float(np.clip(self.vector(first) @ self.vector(second), -1.0, 1.0))

    def similarities(self, text: str, others: Sequence[str]) -> FloatArray:
        """float32 [N]: `similarity` of the text with each of the others."""
        return np.clip(self.vectors(others) @ self.vector(text), -1.0, 1.0)

    def word_vectors(self, text: str) -> tuple[list[str], FloatArray]:
        """The words of the text in order, lower-case, and float32 [N, D]: each one's vector, of length 1."""
        words = split_words(text)
        return words, self.vectors(words)

    def piece_ids(self, text: str) -> list[int]:
        """Indices of the vocabulary's pieces that spell the text (byte-pair encoding, word by word)."""
        return [index for word in split_words(text) for index in self._spell(word)]

    def _spell_word(self, word: str) -> tuple[int, ...]:
        parts = [_SPACE, *word]
        while len(parts) > 1:
            ranks = [self._rank.get(left + right, len(self._rank)) for left, right in pairwise(parts)]
            best = min(range(len(ranks)), key=ranks.__getitem__)
            if ranks[best] == len(self._rank):
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return tuple(self._rank[part] for part in parts if part in self._rank and part != _SPACE)


@lru_cache(maxsize=1)
def word_vectors() -> WordVectors:
    """The shipped vectors, read once. Raises ModelUnavailable where their file is missing or unreadable."""
    return read_word_vectors(weights_path("words.safetensors"))


def read_word_vectors(path: Path) -> WordVectors:
    """Vectors from a file that `training/convert_words.py` wrote.

    Raises:
        ModelUnavailable: the file is missing, not a safetensors file, or lacks a tensor.
    """
    try:
        tensors = load_file(path)
        pieces = tensors["pieces"].tobytes().decode("utf-8").split("\n")
        table = tensors["rows"].astype(np.float32) * tensors["scales"].astype(np.float32)[:, None]
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelUnavailable(f"cannot read word vectors from {path}: {error}") from error
    return WordVectors(pieces, table)


def split_words(text: str) -> list[str]:
    """Words and punctuation in order, lower-case ASCII; a word is at most 32 characters, the first 2,000 count."""
    plain = unicodedata.normalize("NFKD", text).replace("\u2019", "'").lower()
    found = re.findall(rf"[!-~]{{1,{_LONGEST_WORD}}}", plain.encode("ascii", "ignore").decode())
    return [piece for word in found[:_MOST_WORDS] for piece in re.findall(r"[a-z0-9']+|[^a-z0-9']", word)]
