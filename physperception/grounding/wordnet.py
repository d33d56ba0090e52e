"""WordNet's nouns of tangible things: which names mean the same, what is a kind of what, and what things are for.

The data are a part of WordNet 3.1 (Princeton University, its own free licence), shipped as
`weights/wordnet.safetensors` (`training/convert_wordnet.py`, card beside it).
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file

from physperception.errors import ModelUnavailable
from physperception.weights import weights_path

MOST_SENSES = 6
_RARER = 0.96
_SAME, _KIND_OF, _INCLUDED = 0.92, 0.86, 0.95
_STEP_UP, _STEP_DOWN = 0.96, 0.97
_ALIKE_FROM, _ALIKE_MOST = 0.72, 0.6
_LARGEST_KIND = 0.25
"""A kind with more than this share of all synsets below it, such as "artifact", says nothing."""


@dataclass(frozen=True)
class Synset:
    """One meaning.

    Attributes:
        file: WordNet's field, such as "artifact".
        above: indices of more general synsets.
        words: names, the usual one first.
        definition: in words, or empty.
    """

    file: str
    above: tuple[int, ...]
    words: tuple[str, ...]
    definition: str


class WordNet:
    """Looks up nouns. Words are lower case and singular; several words are joined by spaces.

    Args:
        synsets: `above` are places in this sequence.
        ranks: for each word its synsets with their rank among all senses of the word, 0 the most frequent.
        speech: for each single word the letters n, v, a, r of its parts of speech, most frequent first.
    """

    def __init__(
        self,
        synsets: Sequence[Synset],
        ranks: Mapping[str, Sequence[tuple[int, int]]],
        speech: Mapping[str, str],
    ) -> None:
        self.synsets = tuple(synsets)
        self._speech = speech
        self._senses = {
            word: tuple(
                (at, order) for order, (at, _) in enumerate(sorted(found, key=lambda pair: pair[1])[:MOST_SENSES])
            )
            for word, found in ranks.items()
        }
        self._above = lru_cache(maxsize=None)(self._find_above)
        below = [0] * len(synsets)
        for at in range(len(synsets)):
            for other in self._above(at):
                below[other] += 1
        self._share = [count / max(len(synsets), 1) for count in below]

    def senses(self, noun: str) -> tuple[tuple[int, int], ...]:
        """Places of the synsets of a tangible thing with such a name, each with its rank, usual ones first."""
        return self._senses.get(noun, ())

    def is_thing(self, noun: str) -> bool:
        """Whether it names something tangible."""
        return noun in self._senses

    def parts_of_speech(self, word: str) -> str:
        """Letters n, v, a, r, most frequent first; empty for a word that is not known."""
        return self._speech.get(word, "n" if word in self._senses else "")

    def files(self, noun: str) -> tuple[str, ...]:
        """WordNet's fields of the senses of a noun, usual ones first."""
        return tuple(self.synsets[at].file for at, _ in self.senses(noun))

    def definitions(self, noun: str) -> tuple[str, ...]:
        """What the noun is, by sense, each followed by what the kinds above it are; artifacts and food first."""
        ordered = sorted(self.senses(noun), key=lambda pair: self.synsets[pair[0]].file not in ("artifact", "food"))
        out = []
        for at, _ in ordered[:4]:
            near = [other for other, steps in self._above(at).items() if steps <= 2 and self._share[other] < 0.05]
            out.append("; ".join(self.synsets[other].definition for other in near if self.synsets[other].definition))
        return tuple(text for text in out if text)

    def similarity(self, noun: str, category: str) -> float:
        """0..1: how well a noun that was said names something of a category.

        Synonyms 0.92; a noun that includes the category ("container", box) or is a kind of it ("spanner", tool) little
        less by step; others by how specific what they share is (Lin 1998 with the information content of Seco, Veale
        and Hayes 2004), at most 0.6.
        """
        best = 0.0
        for said, said_rank in self.senses(noun):
            for known, known_rank in self.senses(category):
                rarity = _RARER ** (said_rank + known_rank)
                if rarity > best:
                    best = max(best, rarity * self._pair(said, known))
        return best

    def _pair(self, said: int, known: int) -> float:
        if said == known:
            return _SAME
        above_said, above_known = self._above(said), self._above(known)
        if said in above_known and self._share[said] < _LARGEST_KIND:
            return _INCLUDED * _STEP_DOWN ** above_known[said]
        if known in above_said and self._share[known] < _LARGEST_KIND:
            return _KIND_OF * _STEP_UP ** above_said[known]
        shared = max((self._content(at) for at in above_said if at in above_known), default=0.0)
        total = self._content(said) + self._content(known)
        lin = 2 * shared / total if total > 0 else 0.0
        return _ALIKE_MOST * max(lin - _ALIKE_FROM, 0.0) / (1 - _ALIKE_FROM)

    def _content(self, at: int) -> float:
        count = self._share[at] * len(self.synsets)
        return 1 - math.log(max(count, 1)) / math.log(max(len(self.synsets), 2))

    def _find_above(self, at: int) -> dict[int, int]:
        """The synset itself and all above it with the fewest steps to each."""
        found = {at: 0}
        waiting = [at]
        while waiting:
            current = waiting.pop(0)
            for other in self.synsets[current].above:
                if other not in found:
                    found[other] = found[current] + 1
                    waiting.append(other)
        return found


@lru_cache(maxsize=1)
def wordnet() -> WordNet:
    """The shipped part of WordNet, read once. Raises ModelUnavailable where its file is missing or unreadable."""
    return read_wordnet(weights_path("wordnet.safetensors"))


def read_wordnet(path: Path) -> WordNet:
    """What `training/convert_wordnet.py` wrote.

    Raises:
        ModelUnavailable: the file is missing, not a safetensors file, or lacks a part.
    """
    try:
        tensors = load_file(path)
        lines = zlib.decompress(tensors["synsets"].tobytes()).decode("utf-8").split("\n")
        speech = zlib.decompress(tensors["speech"].tobytes()).decode("utf-8").split("\n")
    except (OSError, SafetensorError, KeyError, zlib.error) as error:
        raise ModelUnavailable(f"cannot read WordNet from {path}: {error}") from error
    synsets = []
    ranks: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, line in enumerate(lines):
        file, above, entries, definition = line.split("|")
        named = [entry.rpartition(":") for entry in entries.split(",") if entry]
        for word, _, rank in named:
            ranks[word].append((at, int(rank)))
        words = tuple(word for word, _, _ in named)
        synsets.append(Synset(file, tuple(int(part) for part in above.split(",") if part), words, definition))
    return WordNet(synsets, ranks, dict(line.split(" ") for line in speech))
