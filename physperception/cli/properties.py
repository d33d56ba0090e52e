"""`physperception properties`: how bouncy, slippery or viscous the things in a video are, without ROS."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physperception.cli.tables import format_table
from physperception.datasets.media import frames_of_video
from physperception.errors import ConfigError
from physperception.physics.observations import Plane, View
from physperception.scene import EstimateStatus, Property, PropertyEstimate
from physperception.vision.geometry import Intrinsics

NAMES = {
    "restitution": Property.RESTITUTION,
    "friction": Property.KINETIC_FRICTION,
    "viscosity": Property.VISCOSITY,
}
LITRE_M3 = 1e-3
MOST_FRAMES = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", type=Path, metavar="VIDEO", help="a video of a camera at rest")
    parser.add_argument("--property", choices=tuple(NAMES), required=True, help="what to tell")
    parser.add_argument("--camera", metavar="FX,FY,CX,CY", help="intrinsics in pixels")
    parser.add_argument("--plane", metavar="NX,NY,NZ,D", help="the surface: normal towards the camera, distance in m")
    parser.add_argument("--gravity", metavar="X,Y,Z", help="direction of the fall in the camera's optical frame")
    parser.add_argument("--surface-size", metavar="LxW", help="top surface of the sliding object in metres: 0.1x0.06")
    parser.add_argument("--volume", type=float, metavar="L", help="of the liquid, in litres")
    parser.add_argument("--row-time", type=float, default=0.0, metavar="S", help="from row to row of a rolling shutter")
    parser.add_argument("--slow-motion", type=float, default=1.0, metavar="N", help="the video runs N times too slowly")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Returns 0, also for refusals; what can't be done is told by an exception."""
    from physperception.physics.clips import estimate_clip

    if not (math.isfinite(args.slow_motion) and args.slow_motion > 0):
        raise ConfigError(f"--slow-motion must be positive, got {args.slow_motion}")
    images: list[NDArray[np.uint8]] = []
    stamps_s: list[float] = []
    for frame in frames_of_video(args.video):
        if len(images) == MOST_FRAMES:
            raise ConfigError(f"{args.video} has more than {MOST_FRAMES} frames: cut out the part with the motion")
        images.append(frame.image)
        stamps_s.append(frame.time_ns / 1e9 / args.slow_motion)
    height, width = images[0].shape[:2]
    view = read_view(args, width, height)
    found = [item.estimate for item in estimate_clip(images, stamps_s, NAMES[args.property], view)]
    print(format_table(("object", "value", "90 % interval", "unit", "scale", "events", "frames"), _rows(found)))
    for estimate in found:
        if estimate.status is EstimateStatus.REFUSED:
            print(f"{estimate.object_id}: refused, {estimate.reason}")
    if args.json:
        print(json.dumps({"estimates": [as_json(estimate) for estimate in found]}))
    return 0


def read_view(args: argparse.Namespace, width: int, height: int) -> View:
    """What the options say of camera, surface and sizes. Raises ConfigError or InvalidImage for what can't be."""
    camera, plane, gravity, size = None, None, None, None
    if args.camera is not None:
        fx, fy, cx, cy = _numbers("--camera", args.camera, ",", 4)
        camera = Intrinsics(fx, fy, cx, cy, width, height)
    if args.plane is not None:
        x, y, z, distance = _numbers("--plane", args.plane, ",", 4)
        if not (camera and distance > 0):
            raise ConfigError("--plane needs a distance above 0, and --camera")
        plane = Plane(_unit("--plane", x, y, z), -distance)
    if args.gravity is not None:
        gravity = _unit("--gravity", *_numbers("--gravity", args.gravity, ",", 3))
    if args.surface_size is not None:
        length, breadth = _numbers("--surface-size", args.surface_size, "x", 2)
        size = (length, breadth)
    volume = None if args.volume is None else args.volume * LITRE_M3
    return View(
        camera=camera,
        plane=plane,
        gravity=gravity,
        surface_size_m=size,
        volume_m3=volume,
        row_time_s=args.row_time,
    )


def as_json(estimate: PropertyEstimate) -> dict[str, Any]:
    """An estimate as JSON has it: names for constants, null for NaN."""
    values = asdict(estimate)
    for key, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            values[key] = None
    return values | {name: values[name].value for name in ("property", "status", "scale")}


def _rows(estimates: list[PropertyEstimate]) -> list[tuple[object, ...]]:
    return [
        (
            item.object_id,
            f"{item.value:.4g}",
            f"{item.lower:.4g} to {item.upper:.4g}",
            item.unit,
            item.scale.value,
            item.events,
            item.frames,
        )
        for item in estimates
        if item.status is not EstimateStatus.REFUSED
    ]


def _numbers(option: str, text: str, separator: str, count: int) -> list[float]:
    try:
        values = [float(part) for part in text.split(separator)]
    except ValueError:
        values = []
    if len(values) != count or not all(math.isfinite(value) for value in values):
        raise ConfigError(f"{option} needs {count} numbers separated by {separator!r}, got {text!r}")
    return values


def _unit(option: str, x: float, y: float, z: float) -> tuple[float, float, float]:
    length = math.sqrt(x * x + y * y + z * z)
    if not length:
        raise ConfigError(f"{option} needs a direction, got zeros")
    return x / length, y / length, z / length
