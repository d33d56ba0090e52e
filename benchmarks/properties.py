"""What telling properties costs: the core of the `properties` node per frame, still and moving, beside the detector.

`python -m benchmarks.properties` prints a table and, as its last line, one JSON object. Frames are 640x480 at 30 Hz:
balls before a photograph, at rest or bouncing, with noise. Measured in one run, with a few detections before each
stream, so that a busy machine slows both:

* `detector`: `Detector.detect` on a frame;
* `still N`: `PropertyEstimator.update` with the masks of N objects as a detector gives them, none of which moves;
* `one of N`: the same where one of them moves;
* `moving N`: the same where all do, as when the whole table is shaken;
* `still, found` and `moving, found`: the same without masks, one ball, where the node finds what moves itself.

The mean over all frames of a stream counts, but not its first second: a fit is due when a motion is over, and costs
more than a frame.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image as PillowImage

from physperception.cli.tables import format_table
from physperception.config import load
from physperception.detection import Detector, DetectorConfig
from physperception.detection import create as create_detector
from physperception.physics.config import PropertiesConfig
from physperception.physics.estimator import PropertyEstimator
from physperception.physics.observations import View
from physperception.scene import Instance, Mask, Scene

SIZE = (640, 480)
RATE_HZ = 30.0
COUNTS = (1, 4, 16, 64)
RADIUS = 12
FALL_PX_S2 = 800.0
HEIGHT_PX = 28.0
START_NS = 1_700_000_000_000_000_000
WARM_UP = 30
NOISES = 8

Frame = tuple[NDArray[np.uint8], Scene | None]


def run(frames: int) -> dict[str, Any]:
    """Measure, print a table, and return the numbers.

    Args:
        frames: of each stream.
    """
    times: dict[str, list[float]] = {"detector": []}
    detector = create_detector(load(DetectorConfig, "detector"))
    for word, movers in (("still", 0), ("one of", 1), ("moving", max(COUNTS))):
        for count in COUNTS:
            times["detector"] += _detecting(detector)
            times[f"{word} {count}"] = _estimating(_stream(count, movers, frames))
    for word, movers in (("still", 0), ("moving", 1)):
        times[f"{word}, found"] = _estimating((image, None) for image, _ in _stream(1, movers, frames))
    detector.close()
    rows = {name: _summary(values) for name, values in times.items()}
    beside = rows["detector"]["mean_ms"]
    print(
        format_table(
            ("640x480", "mean ms", "p50 ms", "p95 ms", "max ms", "over detector"),
            [(name, *row.values(), row["mean_ms"] / beside) for name, row in rows.items()],
        )
    )
    slopes = {
        word: float(np.polyfit(COUNTS, [rows[f"{word} {count}"]["mean_ms"] for count in COUNTS], 1)[0])
        for word in ("still", "one of", "moving")
    }
    print(f"each further object adds {slopes['one of']:.2f} ms a frame at rest, {slopes['moving']:.2f} ms moving")
    return {
        "frames": frames,
        "processors": os.cpu_count(),
        "per_object_ms": {word: round(slope, 3) for word, slope in slopes.items()},
        **{name: {key: round(value, 3) for key, value in row.items()} for name, row in rows.items()},
    }


def _detecting(detector: Detector) -> list[float]:
    """Milliseconds of each of a few detections, after one that does not count."""
    return [_timed(lambda image=image: detector.detect(image)) for image, _ in _stream(4, 4, NOISES)][1:]


def _estimating(stream: Iterator[Frame]) -> list[float]:
    """Milliseconds of each update, after a second that does not count."""
    estimator, view, times = PropertyEstimator(load(PropertiesConfig, "properties")), View(), []
    for index, (image, scene) in enumerate(stream):
        stamp_ns = START_NS + round(index / RATE_HZ * 1e9)
        times.append(_timed(lambda: estimator.update(image, stamp_ns, scene, view)))  # noqa: B023
    return times[WARM_UP:]


def _timed(action: Any) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1e3


def _summary(values: list[float]) -> dict[str, float]:
    return {
        "mean_ms": float(np.mean(values)),
        "p50_ms": float(np.percentile(values, 50)),
        "p95_ms": float(np.percentile(values, 95)),
        "max_ms": float(np.max(values)),
    }


def _stream(count: int, movers: int, frames: int) -> Iterator[Frame]:
    """Frames with balls on a grid; the first ones fall, bounce and come to rest, every four seconds."""
    random = np.random.default_rng(0)
    photograph = np.asarray(PillowImage.fromarray(skimage.data.coffee()).resize(SIZE), dtype=np.int16)
    noises = [np.rint(random.normal(0, 2, photograph.shape)).astype(np.int16) for _ in range(NOISES)]
    columns = int(np.ceil(np.sqrt(count * SIZE[0] / SIZE[1])))
    cell = min(SIZE[0] / columns, SIZE[1] / np.ceil(count / columns))
    disc = np.hypot(*np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]) <= RADIUS
    for index in range(frames):
        image, instances = photograph.copy(), []
        hop = _height(index / RATE_HZ % 4.0)
        for number in range(count):
            height = hop if number < movers else 0.0
            x = round((number % columns + 0.5) * cell) - RADIUS
            y = max(round((number // columns + 0.9) * cell - height), 2 * RADIUS + 1) - 2 * RADIUS
            image[y : y + len(disc), x : x + len(disc)][disc] = (200, 40 + 3 * number, 60)
            mask = Mask(x, y, disc)
            instances.append(
                Instance(id=f"ball-{number}", class_id="ball", score=0.9, visible_box=mask.extent, visible_mask=mask)
            )
        picture = np.clip(image + noises[index % NOISES], 0, 255).astype(np.uint8)
        yield picture, Scene(width=SIZE[0], height=SIZE[1], instances=tuple(instances))


def _height(time_s: float) -> float:
    """Above the ground, pixels: a fall at once and bounces of restitution 0.8; then at rest."""
    speed = (2 * FALL_PX_S2 * HEIGHT_PX) ** 0.5
    time_s += speed / FALL_PX_S2
    while speed > 20:
        if time_s < 2 * speed / FALL_PX_S2:
            return speed * time_s - FALL_PX_S2 * time_s**2 / 2
        time_s -= 2 * speed / FALL_PX_S2
        speed *= 0.8
    return 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=120, help="of each stream (default 120: four seconds)")
    print(json.dumps(run(parser.parse_args().frames)))
