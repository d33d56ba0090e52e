"""`physperception detect`: objects in pictures and videos, as overlays and JSON, without ROS."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from tqdm import tqdm

from physperception import __version__
from physperception.cli.overlay_files import SUFFIX, OverlayFolder
from physperception.cli.tables import format_table
from physperception.config import Option, load, options
from physperception.datasets.coco_results import CocoResults, ImageResult
from physperception.datasets.media import IMAGE_SUFFIXES, frames_of_video, read_picture
from physperception.errors import ConfigError, InvalidImage
from physperception.scene import Scene
from physperception.vision.drawing import draw_scene
from physperception.vision.tracking import Tracker, TrackerConfig

if TYPE_CHECKING:
    from physperception.detection import Detector, DetectorConfig

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ogv")
LEAST_COMPLETE = 0.95
DONE, SOME_FAILED, ALL_FAILED, INTERRUPTED = 0, 1, 2, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IMAGE|VIDEO|DIR", help="pictures, videos, folders")
    parser.add_argument("--out", type=Path, default=Path("out/detect"), help="folder of overlays (default out/detect)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="objects as COCO JSON (default OUT/objects.json)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change an option of config/detector.yaml"
    )
    parser.add_argument("--score-threshold", metavar="SCORE", help="short for --set score_threshold=SCORE")
    parser.add_argument("--no-track", action="store_true", help="new ids in every frame of a video")
    parser.add_argument("--max-frames", type=int, metavar="N", help="stop each video after N frames")
    parser.add_argument("--quiet", action="store_true", help="no progress and no table, errors only")


def run(args: argparse.Namespace, make_detector: Callable[[DetectorConfig], Detector] | None = None) -> int:
    """Returns 0, 1 when some inputs could not be read, 2 when none could, 130 after Ctrl-C (what is done is kept).

    Args:
        args: of `add_arguments`.
        make_detector: makes the detector; the package's own unless given.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if args.max_frames is not None and args.max_frames < 1:
        raise ConfigError(f"--max-frames must be at least 1, got {args.max_frames}")
    paths, failures = _expand(args.inputs)
    for failure in failures:
        _complain(failure)
    if not paths:
        return ALL_FAILED
    from physperception.detection import DetectorConfig, create

    changes = [*args.set, *([f"score_threshold={args.score_threshold}"] if args.score_threshold is not None else [])]
    settings = parse_settings(changes, (DetectorConfig, TrackerConfig))
    detector = (make_detector or create)(load(DetectorConfig, "detector", **settings[DetectorConfig]))
    tracker = None if args.no_track else Tracker(load(TrackerConfig, "detector", **settings[TrackerConfig]))
    job = _Job(detector, tracker, OverlayFolder(args.out, paths), args.max_frames, changes)
    try:
        code = job.process(paths, args.quiet)
    finally:
        detector.close()
    if not job.rows:
        return code if code == INTERRUPTED else ALL_FAILED
    target = args.json or args.out / "objects.json"
    job.results.write(target)
    if not args.quiet:
        print(f"{job.table()}\n\n{job.summary()}\noverlays in {args.out}, objects in {target}")
    return code or (SOME_FAILED if failures else DONE)


def parse_settings(changes: Sequence[str], classes: Sequence[type]) -> dict[type, dict[str, Any]]:
    """Texts such as "score_threshold=0.5" as checked values by the class that declares the option.

    Raises:
        ConfigError: not KEY=VALUE, no such option, or a value that is not of its type or out of bounds.
    """
    declared = {item.name: (kind, item) for kind in classes for item in options(kind)}
    found: dict[type, dict[str, Any]] = {kind: {} for kind in classes}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise ConfigError(f"--set needs KEY=VALUE, got {change!r}")
        if key not in declared:
            raise ConfigError(f"unknown option {key}; choose from {', '.join(sorted(declared))}")
        kind, item = declared[key]
        found[kind][key] = item.check(_value(item, text))
    return found


@dataclass
class _Row:
    """What was found in one input."""

    name: str
    frames: int = 0
    best: dict[str, float] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def count(self, scene: Scene) -> None:
        self.frames += 1
        for instance in scene.instances:
            self.best[instance.id] = max(self.best.get(instance.id, 0.0), instance.score)
            if instance.occluder_ids:
                self.hidden.add(instance.id)

    def cells(self) -> tuple[object, ...]:
        found = sorted(self.best.items(), key=lambda item: -item[1])
        words = ", ".join(f"{name} {score:.2f}" for name, score in found)
        return self.name, self.frames, len(self.best), len(self.hidden), words


class _Job:
    """Goes through the inputs with one detector; keeps what was found."""

    def __init__(
        self,
        detector: Detector,
        tracker: Tracker | None,
        overlays: OverlayFolder,
        max_frames: int | None,
        changes: Sequence[str],
    ) -> None:
        self._detector, self._tracker, self._overlays, self._max_frames = detector, tracker, overlays, max_frames
        self.rows: list[_Row] = []
        self.times_ms: list[float] = []
        self.results = CocoResults(
            {"model": detector.model_id, "device": detector.device, "version": __version__, "set": list(changes)}
        )

    def process(self, paths: Sequence[Path], quiet: bool) -> int:
        """Returns the exit code as far as these inputs go."""
        code = DONE
        total = sum(self._expected_frames(path) for path in paths)
        with tqdm(total=total, unit="frame", disable=True if quiet else None) as bar:
            for path in paths:
                bar.set_postfix_str(path.name, refresh=False)
                try:
                    self._input(path, bar)
                except InvalidImage as error:
                    _complain(str(error) if str(path) in str(error) else f"{path}: {error}", bar)
                    code = SOME_FAILED
                except KeyboardInterrupt:
                    _complain("stopped; what was done until here is kept", bar)
                    return INTERRUPTED
        return code

    def table(self) -> str:
        """One line an input."""
        columns = ("input", "frames", "objects", "hidden", "found (best score)")
        return format_table(columns, [row.cells() for row in self.rows])

    def summary(self) -> str:
        frames, objects = len(self.times_ms), sum(len(row.best) for row in self.rows)
        return (
            f"{objects} objects in {frames} frames, {np.median(self.times_ms):.0f} ms a frame (median, model alone) "
            f"with {self._detector.model_id} on {self._detector.device}"
        )

    def _input(self, path: Path, bar: tqdm[Any]) -> None:
        if not is_video(path):
            try:
                self._picture(path, bar)
                return
            except InvalidImage:
                if path.suffix.lower() in IMAGE_SUFFIXES or not _opens_as_video(path):
                    raise
        self._video(path, bar)

    def _picture(self, path: Path, bar: tqdm[Any]) -> None:
        self._restart()
        image = read_picture(path)
        row = _Row(path.name)
        scene, took_ms = self._find(image, 0)
        self._overlays.write_picture(path, draw_scene(image, scene))
        self._keep(row, ImageResult(path.as_posix(), scene, took_ms))
        bar.update()

    def _video(self, path: Path, bar: tqdm[Any]) -> None:
        self._restart()
        rate_hz, expected = _video_facts(path)
        row = _Row(path.name)
        with self._overlays.video(path, rate_hz) as overlay:
            for number, frame in enumerate(frames_of_video(path)):
                if number == self._max_frames:
                    return
                scene, took_ms = self._find(frame.image, frame.time_ns)
                overlay.write(draw_scene(frame.image, scene))
                self._keep(row, ImageResult(path.as_posix(), scene, took_ms, number))
                bar.update()
        if row.frames < LEAST_COMPLETE * expected:
            raise InvalidImage(f"{path} ends after {row.frames} of {expected} frames; it is cut off or damaged")

    def _find(self, image: Any, time_ns: int) -> tuple[Scene, float]:
        """Objects in a frame, and how long the model took in milliseconds."""
        start = time.perf_counter()
        scene = self._detector.detect(image)
        took_ms = (time.perf_counter() - start) * 1e3
        scene = replace(scene, stamp_ns=time_ns)
        return (scene if self._tracker is None else self._tracker.update(scene)), took_ms

    def _keep(self, row: _Row, result: ImageResult) -> None:
        if not row.frames:
            self.rows.append(row)
        row.count(result.scene)
        self.times_ms.append(result.processing_ms)
        self.results.add(result)

    def _restart(self) -> None:
        if self._tracker is not None:
            self._tracker.reset()

    def _expected_frames(self, path: Path) -> int:
        if not is_video(path):
            return 1
        frames = _video_facts(path)[1]
        return frames if self._max_frames is None else min(frames, self._max_frames)


def is_video(path: Path) -> bool:
    """Whether a file's name says that it is a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _expand(inputs: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Files among inputs, those of a folder by name, and a sentence for every input that gives none.

    Overlays of an earlier run in the same folder are left out.
    """
    paths: list[Path] = []
    failures = []
    for source in inputs:
        if source.is_dir():
            files = sorted(path for path in source.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES + VIDEO_SUFFIXES)
            files = [path for path in files if path.is_file() and not path.stem.endswith(SUFFIX)]
            if not files:
                failures.append(f"{source} holds no pictures or videos")
            paths += files
        elif source.exists():
            paths.append(source)
        else:
            failures.append(f"{source} does not exist")
    return paths, failures


def _value(item: Option, text: str) -> Any:
    """Text from the command line as an option's type; what does not fit is left for `Option.check` to refuse."""
    if item.type is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if item.type in (int, float):
        try:
            return item.type(text)
        except ValueError:
            return text
    return text if item.type is str else [part for part in text.split(",") if part]


def _video_facts(path: Path) -> tuple[float, int]:
    """Frames a second and number of frames as the file claims, 0 where it does not."""
    video = cv2.VideoCapture(str(path))
    try:
        return video.get(cv2.CAP_PROP_FPS), max(int(video.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
    finally:
        video.release()


def _opens_as_video(path: Path) -> bool:
    return _video_facts(path)[1] > 0


def _complain(sentence: str, bar: tqdm[Any] | None = None) -> None:
    write = tqdm.write if bar is not None else print
    write(f"physperception detect: {sentence}", file=sys.stderr)
