"""Store weights in 8 bits a number instead of 16; `read_weights` reads both.

python -m physperception.training.compress physperception/weights/readout_friction.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.torch import save_file

from physperception.weights import compressed, read_metadata, read_weights


def compress(path: Path) -> None:
    """Replace a file by one in 8 bits. Raises ModelUnavailable: missing or no safetensors file."""
    tensors, metadata = read_weights(path), read_metadata(path)
    partial = path.with_suffix(".partial")
    save_file(compressed(tensors), partial, metadata)
    partial.chmod(0o644)
    partial.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    for path in parser.parse_args().files:
        before = path.stat().st_size
        compress(path)
        print(f"{path}: {before} to {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
