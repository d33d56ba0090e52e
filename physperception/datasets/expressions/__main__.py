"""Writes referring expressions over generated scenes.

    python -m physperception.datasets.expressions --scenes data/scenes/val --out data/expressions/val.jsonl \
        --count 1000 --seed 1 --split val
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from physperception.datasets.expressions.generating import WORDINGS, generate
from physperception.datasets.expressions.records import write_expressions
from physperception.errors import PhysperceptionError


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m physperception.datasets.expressions",
        description="Generate referring expressions over generated scenes.",
    )
    parser.add_argument("--scenes", type=Path, required=True, help="folder made by physperception.datasets.scenes")
    parser.add_argument("--out", type=Path, required=True, help="file to write, JSON lines")
    parser.add_argument("--count", type=int, default=1000, help="number of expressions (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--split", choices=tuple(WORDINGS), required=True, help="chooses the wording")
    options = parser.parse_args(arguments)
    try:
        if options.seed < 0:
            parser.error(f"--seed must not be negative, got {options.seed}")
        made = generate(options.scenes, options.count, options.seed, options.split)
        write_expressions(options.out, made)
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    kinds = Counter(item.kind.value for item in made)
    print(f"{len(made)} expressions in {options.out}: {', '.join(f'{n} {kind}' for kind, n in kinds.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
