"""What a run of the stack found and how fast it was, as tables and as a page with pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from physperception.evaluation.report import Cell, Facts, Gallery, Section, Shown, Table, machine_facts, write_report
from physperception.scene import Instance, Scene
from physperception.vision.drawing import display_name

Picture = NDArray[np.uint8]

MARKS = (
    ("coloured area with an outline", "the visible part of an object; the colour belongs to its id"),
    ("hatching with a dashed outline", "the hidden part, where a completer has estimated it"),
    ("thin red outline", "pixels of other objects that hide this one"),
    ("thin blue outline", "pixels of other objects that this one hides"),
    ("label", "id and score, and what hides the object"),
)


@dataclass(frozen=True)
class NodeRun:
    """What one node did with the frames it received.

    Attributes:
        outcomes: how many were "processed", "dropped" (a newer frame came first) and "rejected".
        processing_ms: decoding, model and publishing of each processed frame.
        latency_ms: from reception to publication of each processed frame.
    """

    name: str
    outcomes: Mapping[str, int]
    processing_ms: Sequence[float] = ()
    latency_ms: Sequence[float] = ()


@dataclass(frozen=True)
class SeenFrame:
    """One frame of a run for the page: input and overlay as uint8 RGB [H, W, 3]."""

    title: str
    image: Picture
    overlay: Picture
    scene: Scene


@dataclass
class _Seen:
    """One object over the frames of a run."""

    class_id: str = ""
    best: float = 0.0
    frames: int = 0
    occluders: Counter[str] = field(default_factory=Counter)

    def add(self, instance: Instance) -> None:
        self.class_id = instance.class_id
        self.best = max(self.best, instance.score)
        self.frames += 1
        self.occluders.update(instance.occluder_ids)


def object_table(scenes: Sequence[Scene], places: Sequence[str]) -> Table:
    """One row an object and place, in order of appearance.

    Args:
        scenes: of the processed frames.
        places: where each scene was seen, such as the name of a photograph.

    Raises:
        ValueError: not one place a scene.
    """
    seen: dict[tuple[str, str], _Seen] = {}
    for place, scene in zip(places, scenes, strict=True):
        for instance in scene.instances:
            seen.setdefault((place, instance.id), _Seen()).add(instance)
    rows: list[tuple[Cell, ...]] = [
        (name, item.class_id, place, item.best, item.frames, _counts(item.occluders))
        for (place, name), item in seen.items()
    ]
    return Table(
        "Objects",
        ("object", "class", "seen in", "best score", "frames", "hidden by"),
        rows,
        note="Frames counts the processed frames in which the object was found; x counts those with that occluder.",
    )


def speed_table(nodes: Sequence[NodeRun], seconds: float) -> Table:
    """One row a node: frames by outcome, rate, and percentiles of its times in milliseconds.

    Args:
        seconds: for how long frames came, for the rate.
    """
    rows: list[tuple[Cell, ...]] = []
    for node in nodes:
        counts = [node.outcomes.get(name, 0) for name in ("processed", "dropped", "rejected")]
        rate = counts[0] / seconds if seconds > 0 else float("nan")
        rows.append((node.name, *counts, rate, _percentiles(node.processing_ms), _percentiles(node.latency_ms)))
    return Table(
        "Speed",
        ("node", "processed", "dropped", "rejected", "per second", "work ms", "latency ms"),
        rows,
        note=(
            "Times are p50 / p95 / p99. Work is decoding, model and publishing; latency is from reception to "
            "publication. A frame is dropped when a newer one arrives before the node is free: answers are never old."
        ),
    )


def write_run_page(
    path: Path,
    title: str,
    summary: str,
    facts: Mapping[str, str],
    frames: Sequence[SeenFrame],
    tables: Sequence[Table],
) -> None:
    """Write the page of a run: facts, input and overlay of each frame side by side, how to read them, tables.

    Raises:
        ReportError: a file can't be written.
    """
    groups = [
        (
            f"{frame.title}: {_words(frame.scene)}",
            (
                Shown("input", frame.image, f"{frame.title}, as the camera gave it"),
                Shown("overlay", frame.overlay, f"{frame.title} with {_words(frame.scene)} marked"),
            ),
        )
        for frame in frames
    ]
    sections: tuple[Section, ...] = (
        Facts("Run", {**facts, **machine_facts()}),
        Gallery("Pictures", groups),
        Table("How to read the overlays", ("mark", "meaning"), MARKS),
        *tables,
    )
    write_report(path, title, summary, sections)


def _words(scene: Scene) -> str:
    """The objects of a scene in a sentence."""
    parts = []
    for instance in scene.instances:
        hidden = f" hidden by {' and '.join(instance.occluder_ids)}" if instance.occluder_ids else ""
        parts.append(f"{display_name(instance)}{hidden}")
    return ", ".join(parts) or "nothing found"


def _counts(names: Counter[str]) -> str:
    return ", ".join(f"{name} x{count}" for name, count in names.most_common())


def _percentiles(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.0f}" for value in np.percentile(values, (50, 95, 99))) if values else "-"
