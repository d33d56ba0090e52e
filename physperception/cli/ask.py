"""`physperception ask`: commands in words about a picture, one after the other, in the terminal or a browser."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from physperception.cli.ground import Asker, Perceive, add_grounder_arguments, in_words, open_asker
from physperception.cli.overlay_files import write_png
from physperception.datasets.media import read_picture
from physperception.errors import ConfigError

if TYPE_CHECKING:
    from physperception.grounding import Grounder

PROMPT = "> "
ENDS = ("quit", "exit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="a picture")
    add_grounder_arguments(parser)
    parser.add_argument("--out", type=Path, metavar="PNG", help="drawn anew after each command (default out/ask.png)")
    parser.add_argument("--browser", action="store_true", help="ask on a page at http://127.0.0.1:PORT instead")
    parser.add_argument("--port", type=int, default=8765, help="of the page; 0 for a free one (default 8765)")


def run(args: argparse.Namespace, perceive: Perceive | None = None, grounder: Grounder | None = None) -> int:
    """Returns 0 at the end of the commands; what can't be done is told by an exception.

    Args:
        args: of `add_arguments`.
        perceive, grounder: what finds the objects and what answers; detector, completer and backend unless given.
    """
    if not 0 <= args.port <= 65535:
        raise ConfigError(f"--port must be in 0..65535, got {args.port}")
    image = read_picture(args.image)
    path = args.out or Path("out/ask.png")
    if path.resolve() == args.image.resolve():
        raise ConfigError(f"--out {path} is the picture itself")
    with ExitStack() as models:
        asker = open_asker(args, image, models, perceive, grounder)
        if args.browser:
            from physperception.cli.ask_page import serve

            return serve(asker, args.port)
        found = ", ".join(instance.id for instance in asker.scene.instances) or "none"
        print(f"objects: {found}\nevery line is a command; {', '.join(ENDS)} or Ctrl-D ends", file=sys.stderr)
        try:
            _converse(asker, path)
        except BrokenPipeError:  # nobody reads on; Python would complain once more when it flushes at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _converse(asker: Asker, path: Path) -> None:
    for command in _commands():
        grounding = asker.ask(command)
        _replace_png(path, asker.draw(grounding))
        print(f"{in_words(grounding, asker.scene)}\npicture in {path}", flush=True)


def _commands() -> Iterator[str]:
    """Lines of the input that are not empty, until its end or a word that ends."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    while True:
        try:
            line = input(PROMPT) if sys.stdin.isatty() else sys.stdin.readline()
        except EOFError:
            print()
            return
        if (not line and not sys.stdin.isatty()) or line.strip().lower() in ENDS:
            return
        if line.strip():
            yield line.rstrip("\n")


def _replace_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture so that a viewer which follows the file never sees half of it."""
    partial = path.with_name(f".{path.name}.partial")
    write_png(partial, picture)
    partial.replace(path)
