"""`physperception VERB ...`: one module of this package a verb."""

from __future__ import annotations

import argparse
import importlib
import sys

from physperception import __version__
from physperception.errors import PhysperceptionError

VERBS = {
    "detect": "find objects in images or a video, without ROS",
    "complete": "complete objects behind what hides them, without ROS",
    "properties": "tell how bouncy, slippery or viscous things in a video are, without ROS",
    "ground": "find what a command in words refers to in a picture, without ROS",
    "ask": "the same, command by command, in the terminal or a browser",
    "evaluate": "measure detection, completion, order or physical properties where the truth is known",
    "up": "start the nodes, in one process or several",
    "record": "make a bag from images, a video or a webcam",
    "replay": "play a bag through the nodes and record what they say",
    "demo": "play real photographs through the stack and show the result",
}
"""Every verb by the name of its module, with its help."""

EXPECTED_ERROR = 2
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run a verb; returns the exit code: 0 done, 2 for an error told in one sentence, 130 for Ctrl-C."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="physperception", description="ROS 2 perception for manipulation.")
    parser.add_argument("--version", action="version", version=f"physperception {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, words in VERBS.items():
        verb = verbs.add_parser(name, help=words, description=words)
        if name == asked:
            _module(name).add_arguments(verb)
    chosen = parser.parse_args(arguments)
    try:
        return _module(chosen.verb).run(chosen)
    except PhysperceptionError as error:
        print(f"physperception {chosen.verb}: {error}", file=sys.stderr)
        return EXPECTED_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED


def _module(verb: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"physperception.cli.{verb}")
