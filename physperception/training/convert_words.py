"""Convert the word vectors of the pip package wordllama to one small safetensors file, once.

    pip download --no-deps wordllama==0.4.0.post1 && unzip wordllama-*.whl -d package
    python -m physperception.training.convert_words --package package/wordllama

Pieces that cannot be in a lower-cased ASCII text are left out; the others stay in their order, which is the order in
which byte-pair encoding joins them.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from physperception.weights import weights_path

_PIECE = re.compile("\u2581?[!-~]*")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True, help="the unpacked folder wordllama of the pip package")
    parser.add_argument("--out", type=Path, default=weights_path("words.safetensors"))
    chosen = parser.parse_args()
    tokenizer = chosen.package / "tokenizers" / "l2_supercat_tokenizer_config.json"
    vocabulary: dict[str, int] = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    table = load_file(chosen.package / "weights" / "l2_supercat_256.safetensors")["embedding.weight"].astype(np.float32)
    kept = [piece for piece in sorted(vocabulary, key=vocabulary.__getitem__) if _usable(piece)]
    rows = table[[vocabulary[piece] for piece in kept]]
    scales = (np.abs(rows).max(axis=1) / 127).astype(np.float16)
    scales[scales == 0] = 1
    packed = np.clip(np.rint(rows / scales.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    names = np.frombuffer("\n".join(kept).encode("utf-8"), np.uint8)
    save_file({"rows": packed, "scales": scales, "pieces": names}, chosen.out)
    print(f"{chosen.out}: {len(kept)} pieces of {len(vocabulary)}, {rows.shape[1]} dimensions")


def _usable(piece: str) -> bool:
    return bool(piece) and bool(_PIECE.fullmatch(piece)) and piece == piece.lower() and not piece.startswith("<")


if __name__ == "__main__":
    main()
