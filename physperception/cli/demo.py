"""`physperception demo`: real photographs as a recorded camera through the composed stack, and a page of the result."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from physperception.cli.tables import format_table
from physperception.datasets import photographs
from physperception.datasets.photographs import SHOTS, Shot
from physperception.errors import ConfigError, PhysperceptionError
from physperception.evaluation.report import Link, Table
from physperception.evaluation.runs import SeenFrame, object_table, speed_table, write_run_page
from physperception.scene import Scene

if TYPE_CHECKING:
    from physperception.ros.recorded import RecordedRun
    from physperception.ros.replay import ReplaySummary

NODES = ("detector", "amodal", "overlay")
TOPIC, OBJECTS = "/image", "/objects_amodal"
PAUSE_S = 2.5
"""Between photographs the camera is covered for longer than the tracker remembers (tracker.max_hidden_s)."""
MOMENTS = 2
SUMMARY = (
    "Photographs nobody here generated, panned and zoomed by a camera, went through the composed ROS 2 stack in real "
    "time. In some of them a plate cut from another photograph passes in front. This is what came back, frame by frame "
    "with the stamps of the input, for the best moments of each photograph."
)


class DemoError(PhysperceptionError):
    """The demo could not be shown; the message says why."""


@dataclass(frozen=True)
class ShotTime:
    """When a photograph was shown: first and last stamp in nanoseconds."""

    photograph: str
    first_ns: int
    last_ns: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("out/demo"), help="folder of the result (default out/demo)")
    parser.add_argument("--fps", type=float, default=10.0, help="frames a second of the camera (default 10)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace, shots: Sequence[Shot] = SHOTS) -> int:
    """Returns 0 when the stack found objects; raises PhysperceptionError with the reason otherwise."""
    if not 0.5 <= args.fps <= 120:
        raise ConfigError(f"--fps must be between 0.5 and 120, got {args.fps}")
    bag, outputs = _fresh(args.out / "camera"), _fresh(args.out / "outputs")
    times = _record(bag, shots, args.fps)
    with ros_domain_of_its_own():
        summary, device = _play(bag, outputs, args.quiet)
    from physperception.ros.recorded import read_run

    result = read_run(outputs, NODES, OBJECTS)
    if not any(scene.instances for scene in result.scenes.values()):
        raise DemoError(f"no objects came back from the stack; {outputs} holds what the nodes reported")
    tables = _tables(result, times)
    page = args.out / "index.html"
    facts = _facts(result, summary, device)
    write_run_page(page, "physperception demo", SUMMARY, facts, _moments(bag, result, times), [*tables, _files()])
    for table in tables:
        print(f"\n{table.heading}\n\n{format_table(table.columns, table.rows)}")
    print("\n" + "\n".join(f"{name}: {value}" for name, value in facts.items()))
    print(f"\npage     {page}\ncamera   {bag}\noutputs  {outputs}")
    return 0


@contextlib.contextmanager
def ros_domain_of_its_own() -> Iterator[None]:
    """Keep the demo apart from other ROS nodes: this host only, and a free domain unless ROS_DOMAIN_ID is set."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    try:
        import domain_coordinator
    except ImportError:
        domain_coordinator = None
    if "ROS_DOMAIN_ID" in os.environ or domain_coordinator is None:
        yield
        return
    with domain_coordinator.domain_id() as number:
        os.environ["ROS_DOMAIN_ID"] = str(number)
        try:
            yield
        finally:
            del os.environ["ROS_DOMAIN_ID"]


def _fresh(bag: Path) -> Path:
    """The path for a new bag, without the one an earlier demo left there. Raises DemoError for anything else there."""
    if (bag / "metadata.yaml").is_file():
        shutil.rmtree(bag)
    if bag.exists():
        raise DemoError(f"{bag} is in the way and no bag; choose another --out")
    bag.parent.mkdir(parents=True, exist_ok=True)
    return bag


def _record(bag: Path, shots: Sequence[Shot], fps: float) -> list[ShotTime]:
    """A bag of the photographs, each followed by one grey frame and a pause."""
    from physperception.ros.recording import FrameRecorder

    times = []
    now_ns = round(PAUSE_S * 1e9)
    with FrameRecorder(bag, TOPIC) as recorder:
        for shot in shots:
            first_ns = last_ns = now_ns
            for frame in photographs.frames(fps, (shot,)):
                last_ns = first_ns + frame.time_ns
                recorder.write(frame.image, last_ns)
            times.append(ShotTime(shot.photograph, first_ns, last_ns))
            cover_ns = last_ns + round(1e9 / fps)
            recorder.write(np.full_like(frame.image, 114), cover_ns)
            now_ns = cover_ns + round(PAUSE_S * 1e9)
    return times


def _play(bag: Path, outputs: Path, quiet: bool) -> tuple[ReplaySummary, str]:
    """Replay in real time through all nodes in one process; returns counts, and where the model ran."""
    from physperception.ros.bags import BagReader
    from physperception.ros.container import Container
    from physperception.ros.replay import ReplayOptions, replay

    with BagReader(bag) as reader:
        total = reader.message_count
    options = ReplayOptions(nodes=NODES, output=outputs)
    with (
        Container(
            list(NODES),
            use_sim_time=True,
            parameters={"overlay": {"source": "objects_amodal"}},
            args=["--ros-args", "--log-level", "warn"],
            autostart=True,
        ) as stack,
        tqdm(total=total, unit="frame", desc="real time", disable=True if quiet else None) as bar,
    ):
        summary = replay(bag, options, lambda count: bar.update(count - bar.n) and None)
        device = stack.nodes["detector"].facts().get("device", "")
    return summary, device


def _tables(result: RecordedRun, times: Sequence[ShotTime]) -> list[Table]:
    shown = [(shot.photograph, scene) for shot in times for scene in _scenes(result, shot.first_ns, shot.last_ns)]
    seconds = sum(shot.last_ns - shot.first_ns for shot in times) / 1e9
    return [
        object_table([scene for _, scene in shown], [name for name, _ in shown]),
        speed_table(result.nodes, seconds),
    ]


def _moments(bag: Path, result: RecordedRun, times: Sequence[ShotTime]) -> list[SeenFrame]:
    """The best frame of each part of each shot: most occluders known, then most objects and scores."""
    from physperception.ros.recorded import read_images

    best: list[tuple[str, Scene]] = []
    for shot in times:
        edges = np.linspace(shot.first_ns, shot.last_ns + 1, MOMENTS + 1).astype(np.int64).tolist()
        for start, end in itertools.pairwise(edges):
            scenes = [scene for scene in _scenes(result, start, end - 1) if scene.stamp_ns in result.overlays]
            if scenes:
                best.append((shot.photograph, max(scenes, key=_worth)))
    images = read_images(bag, TOPIC, {scene.stamp_ns for _, scene in best})
    starts = {shot.photograph: shot.first_ns for shot in times}
    return [
        SeenFrame(
            f"{name}, {(scene.stamp_ns - starts[name]) / 1e9:.1f} s",
            images[scene.stamp_ns],
            result.overlay(scene.stamp_ns),
            scene,
        )
        for name, scene in best
    ]


def _worth(scene: Scene) -> tuple[int, float]:
    relations = sum(len(instance.occluder_ids) for instance in scene.instances)
    return relations, sum(instance.score for instance in scene.instances)


def _scenes(result: RecordedRun, first_ns: int, last_ns: int) -> list[Scene]:
    return [scene for stamp, scene in sorted(result.scenes.items()) if first_ns <= stamp <= last_ns]


def _facts(result: RecordedRun, summary: ReplaySummary, device: str) -> dict[str, str]:
    scenes = list(result.scenes.values())
    detector = summary.frames["detector"]
    hidden = {item.id for scene in scenes for item in scene.instances if item.occluder_ids}
    return {
        "Model": ", ".join(sorted({scene.model for scene in scenes})),
        "Device": device,
        "Camera": f"{summary.published[TOPIC]} frames of {scenes[0].width} x {scenes[0].height} in real time",
        "Frames": f"{detector['processed']} processed, {detector['dropped']} dropped, {detector['rejected']} rejected",
        "Found": f"{len({item.id for scene in scenes for item in scene.instances})} objects, {len(hidden)} of them "
        "hidden in part by a known occluder",
    }


def _files() -> Table:
    rows = [
        (Link("camera", "camera/"), "bag (MCAP): what the camera gave, /image"),
        (Link("outputs", "outputs/"), "bag (MCAP): /objects, /objects_amodal, /occlusions, /overlay/compressed, ..."),
    ]
    return Table("Files", ("folder", "what"), rows)
