"""What grounding a command costs: the embedded grounder by number of objects, and the client of a server.

`python -m benchmarks.grounding` prints tables and, as its last line, one JSON object. Scenes are 640 x 480 with
coloured figures on a grid. Measured for each number of objects, in milliseconds of the wall clock and of own processor
time, which a busy machine does not stretch:

* `next`: a command on an image of which another command was answered before, over commands of all kinds in turn;
* `first`: the first command on an image, with all that has to be measured of its objects;
* `surfaces`: a first command about patterns on objects without a name, for which a network looks at every object.

The client is measured by `benchmarks.grounding_client`, whose figures are in the same object under `client`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.grounding_client import client_overhead
from physperception.cli.tables import format_table
from physperception.grounding.embedded import EmbeddedGrounder
from physperception.scene import Instance, Mask, Scene

SIZE = (640, 480)
COUNTS = (5, 20, 100)
CATEGORIES = ("cup", "box", "ball", "bottle", "book", "can", "mug")
COLORS = ((200, 30, 30), (30, 150, 50), (30, 70, 200), (230, 210, 40), (240, 240, 240), (20, 20, 20))
COMMANDS = (
    "the red cup",
    "the second box from the left, even its hidden part",
    "please hand me the largest ball that is not blue",
    "the bottle between the red can and the white box",
    "the book behind the leftmost green mug",
    "the can next to the box that is to the right of the yellow ball",
    "all cups except the black one",
    "the thing on top of the blue book",
)
ABOUT_SURFACES = "the striped mug next to the wooden box"

Frame = tuple[NDArray[np.uint8], Scene]


def embedded_latency(rounds: int) -> dict[str, dict[str, float]]:
    """Medians and 95th percentiles of milliseconds a command, by "next 20", "first 20", ..."""
    rows: dict[str, dict[str, float]] = {}
    grounder = EmbeddedGrounder()
    for command in (*COMMANDS, ABOUT_SURFACES):
        grounder.ground(*_frame(5, unnamed=True), command)
    for count in COUNTS:
        commands = itertools.cycle(COMMANDS)
        frame = _frame(count)
        for command in COMMANDS:
            grounder.ground(*frame, command)
        rows[f"next {count}"] = _times(grounder, lambda frame=frame: frame, commands, rounds)
        unseen = _frame(count)
        rows[f"first {count}"] = _times(grounder, lambda frame=unseen: _again(frame), commands, rounds)
        unseen = _frame(count, unnamed=True)
        surfaces = itertools.repeat(ABOUT_SURFACES)
        rows[f"surfaces {count}"] = _times(grounder, lambda frame=unseen: _again(frame), surfaces, rounds // 4 + 1)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=80, help="commands a row")
    parser.add_argument("--url", default="", help="server for the client's figures; a stand-in without")
    parser.add_argument("--no-client", action="store_true", help="leave the client's figures out")
    args = parser.parse_args()
    rows = embedded_latency(args.rounds)
    names = ("p50_ms", "p95_ms", "cpu_p50_ms", "cpu_p95_ms")
    head = ("command, objects", *(name.replace("_", " ") for name in names))
    print(format_table(head, [(name, *row.values()) for name, row in rows.items()]))
    found: dict[str, Any] = {"processors": os.cpu_count(), "rounds": args.rounds, "embedded": rows}
    if not args.no_client:
        found["client"] = client_overhead(args.url)
    print(json.dumps(found))


def _times(
    grounder: EmbeddedGrounder, frames: Callable[[], Frame], commands: Iterator[str], rounds: int
) -> dict[str, float]:
    """Wall and processor time of a command."""
    wall, own = [], []
    for _ in range(rounds):
        frame, command = frames(), next(commands)
        started, started_own = time.perf_counter(), time.process_time()
        grounder.ground(*frame, command)
        wall.append((time.perf_counter() - started) * 1e3)
        own.append((time.process_time() - started_own) * 1e3)
    found = {"p50_ms": (wall, 50), "p95_ms": (wall, 95), "cpu_p50_ms": (own, 50), "cpu_p95_ms": (own, 95)}
    return {name: round(float(np.percentile(values, share)), 3) for name, (values, share) in found.items()}


def _again(frame: Frame) -> Frame:
    """The same objects as a scene of its own, of which nothing has been measured."""
    return frame[0], replace(frame[1])


def _frame(count: int, unnamed: bool = False) -> Frame:
    """Figures on a grid that overlap their neighbours, with true masks and order."""
    width, height = SIZE
    columns = int(np.ceil(np.sqrt(count * 4 / 3)))
    rows = -(-count // columns)
    step_x, step_y = width / columns, height / rows
    image = np.full((height, width, 3), 140, dtype=np.uint8)
    owner = np.zeros((height, width), dtype=np.int16)
    whole = []
    for index in range(count):
        row, column = divmod(index, columns)
        center = (int((column + 0.5) * step_x), int((row + 0.5) * step_y))
        axes = (int(step_x * 0.55), int(step_y * (0.3 + 0.05 * (index % 4))))
        shape = cv2.ellipse(np.zeros((height, width), np.uint8), center, axes, 0, 0, 360, 1, -1) > 0
        image[shape] = COLORS[index % len(COLORS)]
        owner[shape] = index + 1
        whole.append(Mask.from_full(shape))
    seen = [Mask.from_full(owner == index + 1) for index in range(count)]
    hides = [(a, b) for a in range(count) for b in range(a) if seen[a].intersection_area(whole[b])]
    instances = tuple(
        Instance(
            id=str(index),
            class_id="object" if unnamed else CATEGORIES[index % len(CATEGORIES)],
            score=0.9,
            visible_box=seen[index].extent,
            visible_mask=seen[index],
            amodal_box=whole[index].extent,
            amodal_mask=whole[index],
            occluder_ids=tuple(str(a) for a, b in hides if b == index),
            occludee_ids=tuple(str(b) for a, b in hides if a == index),
        )
        for index in range(count)
    )
    return image, Scene(width=width, height=height, instances=instances)


if __name__ == "__main__":
    main()
