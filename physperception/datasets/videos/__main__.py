"""`python -m physperception.datasets.videos`: generate videos with known physics."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from physperception.datasets.scenes import image_size
from physperception.datasets.videos.files import generate
from physperception.datasets.videos.request import PROGRAM, PROPERTIES, SPLITS, VideoRequest
from physperception.errors import PhysperceptionError


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        width, height = options.size
        request = VideoRequest(
            property_name=options.property,
            split=options.split,
            seed=options.seed,
            width=width,
            height=height,
            unknowable=options.unknowable,
            pairs=options.pairs,
            depth=options.depth,
            bags=options.bags,
        )
        generate(options.out, options.count, request, options.jobs)
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Generate videos of bodies with known physics.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, continued when it exists")
    parser.add_argument("--property", choices=tuple(PROPERTIES), required=True)
    parser.add_argument("--split", choices=SPLITS, default="train", help="splits never share a clip (default train)")
    parser.add_argument("--count", type=int, required=True, help="number of clips; even with --pairs")
    parser.add_argument("--seed", type=int, default=0, help="0 to 999999 (default 0)")
    parser.add_argument("--size", type=image_size, default=(320, 240), help="WIDTHxHEIGHT in pixels (default 320x240)")
    parser.add_argument("--unknowable", action="store_true", help="clips whose property can't be known, with why")
    parser.add_argument("--pairs", action="store_true", help="clips two by two, alike but for the property's value")
    parser.add_argument("--depth", action="store_true", help="write the static scene's depth too")
    parser.add_argument("--bags", action="store_true", help="write every clip as rosbag2 too")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
