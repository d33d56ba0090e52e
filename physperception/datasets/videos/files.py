"""The folder of a set of videos: continued where it stopped, and never left with a broken clip."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from physperception.datasets.videos.bags import write_bag
from physperception.datasets.videos.clips import Clip, make_clips
from physperception.datasets.videos.rendering import ImageArray, frames
from physperception.datasets.videos.request import LIMIT, VERSION, VideoRequest
from physperception.datasets.videos.truth import run_length
from physperception.errors import ConfigError
from physperception.physics.observations import Refusal
from physperception.scene import UNITS

TRAJECTORY_STEP_S = 0.01
INFO = "dataset.json"


def generate(out: Path, count: int, request: VideoRequest, jobs: int = 1, progress: bool = True) -> Path:
    """Write a set of `count` clips, or what is missing of it, into the folder `out`; returns `out`.

    A clip is NNNNNN.mp4 and, written last, NNNNNN.json. A clip depends on the request and its number only.

    Raises:
        ConfigError: `count` is out of bounds, or `out` holds a set made by another request.
        PhysperceptionError: a clip cannot be made.
    """
    if not 1 <= count <= LIMIT:
        raise ConfigError(f"count must be in 1..{LIMIT}, got {count}")
    out.mkdir(parents=True, exist_ok=True)
    _claim(out / INFO, request.info())
    size = request.clips_a_group
    missing = [
        group
        for group in range(-(-count // size))
        if not all((out / f"{number:06d}.json").is_file() for number in _numbers(group, size))
    ]
    done = count - len(missing) * size
    with tqdm(total=count, initial=max(done, 0), unit="clip", disable=not progress, desc=str(out)) as bar:
        for _ in _run(partial(write_group, out, request), jobs, missing):
            bar.update(size)
    return out


def write_group(out: Path, request: VideoRequest, group: int) -> list[Path]:
    """Make the clips of a group and write them; returns the paths of their JSON files."""
    cv2.setNumThreads(1)
    clips, paths = make_clips(request, group), []
    for place, (number, clip) in enumerate(zip(_numbers(group, request.clips_a_group), clips)):
        name = f"{number:06d}"
        known = [None if seen is None else seen.exposed for seen in clip.seen]
        images = list(frames(clip.stage, clip.stamps_s, known, request.generator(group, 2, place)))
        write_video(out / f"{name}.mp4", images, clip.nuisances["rate_hz"])
        if request.depth:
            np.savez_compressed(out / f"{name}_depth.npz", depth_m=clip.stage.plate.depth_m)
        if request.bags:
            write_bag(out / f"{name}_bag", images, clip.stamps_s, clip.stage.camera.intrinsics)
        path = out / f"{name}.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps(record(clip, request, group, number), separators=(",", ":")), encoding="utf-8")
        paths.append(part.replace(path))
    return paths


def write_video(path: Path, images: list[ImageArray], rate_hz: float) -> None:
    """MPEG-4 part 2 at the bit rate of OpenCV's default: about 33 dB beside noisy images.

    Raises:
        OSError: this OpenCV cannot write it.
    """
    part = path.with_suffix(".part.mp4")
    height, width = images[0].shape[:2]
    rate = max(round(rate_hz, 2), 1.0)
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    if not writer.isOpened():
        raise OSError(f"cannot write {path}: this OpenCV has no MPEG-4 encoder")
    for image in images:
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    part.replace(path)


def record(clip: Clip, request: VideoRequest, group: int, number: int) -> dict[str, Any]:
    """A clip's JSON file, as docs/videos.md describes it."""
    act, camera = clip.act, clip.stage.camera
    intrinsics, plane = camera.intrinsics, camera.plane()
    facts = {
        "camera": vars(intrinsics),
        "plane": {"normal": list(plane.normal), "offset": plane.offset},
        "gravity": list(camera.direction(act.gravity)),
        "surface_size_m": None if act.surface_size_m is None else list(act.surface_size_m),
        "volume_m3": act.volume_m3,
        "counterpart": "surface",
    }
    view = facts if clip.refusal is not Refusal.NO_SCALE else dict.fromkeys(facts) | {"counterpart": "surface"}
    width, height = intrinsics.width, intrinsics.height
    known = [None if seen is None else seen.record() for seen in clip.seen]
    for item, seen in zip(known, clip.seen):
        if item is not None and seen is not None:
            item["position_m"] = _rounded(camera.optical(act.body.center(seen.stamp_s)[None])[0])
    return {
        "version": VERSION,
        "id": f"{number:06d}",
        "property": request.kind.value,
        "unit": UNITS[request.kind],
        "value": None if clip.refusal else act.value,
        "refusal": clip.refusal.value if clip.refusal else None,
        "simulated_value": act.value,
        "asked_value": act.asked,
        "pair": f"{group:06d}" if request.pairs else None,
        "split": request.split,
        "seed": request.seed,
        "video": f"{number:06d}.mp4",
        "stamps_s": clip.stamps_s,
        "row_time_s": clip.stage.sensor.row_time_s,
        "exposure_s": clip.stage.sensor.exposure_s,
        "view": view,
        "facts": facts,
        "events": act.events,
        "start": act.start,
        "simulation": act.facts,
        "trajectory": _trajectory(clip),
        "frames": known,
        "masks": {
            "size": [height, width],
            "visible": [None if seen is None else run_length(seen.visible, width, height) for seen in clip.seen],
            "amodal": [None if seen is None else run_length(seen.amodal, width, height) for seen in clip.seen],
        },
        "nuisances": clip.nuisances | vars(clip.stage.sensor) | _light(clip),
    }


def _light(clip: Clip) -> dict[str, Any]:
    light = clip.stage.light
    return {"lamp": list(clip.stage.camera.direction(light.direction)), "ambient": light.ambient}


def _trajectory(clip: Clip) -> dict[str, Any] | None:
    """Where the centre was, every 10 ms, in the optical frame."""
    if clip.act.path is None:
        return None
    times = np.arange(clip.stamps_s[0], clip.stamps_s[-1] + TRAJECTORY_STEP_S, TRAJECTORY_STEP_S)
    centers = np.stack([clip.act.body.center(float(time)) for time in times])
    optical = clip.stage.camera.optical(centers)
    return {"times_s": _rounded(times), "position_m": [_rounded(point) for point in optical]}


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 5) for value in values]


def _numbers(group: int, size: int) -> range:
    return range(group * size + 1, group * size + size + 1)


def _claim(path: Path, info: dict[str, Any]) -> None:
    if not path.exists():
        path.write_text(json.dumps(info, indent=1) + "\n", encoding="utf-8")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is broken: delete the folder or choose another") from error
    if found != info:
        raise ConfigError(f"{path} was made by another request ({found}): choose another folder")


def _run(work: partial, jobs: int, groups: list[int]) -> Iterator[list[Path]]:
    if jobs <= 1:
        yield from map(work, groups)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(work, groups)
