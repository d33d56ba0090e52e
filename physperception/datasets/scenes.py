"""Generated tabletop scenes with exact visible and amodal masks, written as a COCO data set.

    python -m physperception.datasets.scenes --out data/scenes/train --count 5000 --seed 1 --split train

Objects are dropped or placed on a table and settle under MuJoCo's physics; then several cameras look at them. Each object
is rendered alone, which gives its amodal mask and depth; the nearest object at a pixel is the visible one. The same
split, seed and index give the same annotations and pixels on the same machine. See docs/datasets.md for the format.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask
from tqdm import tqdm

from physperception.datasets.camera_effects import apply_camera
from physperception.datasets.offscreen import Offscreen
from physperception.datasets.shapes import CATEGORIES
from physperception.datasets.tabletop import Tabletop, make_tabletop
from physperception.errors import ConfigError, PhysperceptionError

VERSION = 1
SPLITS = ("train", "val", "test1")
LIMIT = 1_000_000
MIN_VISIBLE_PX = 60
MIN_VISIBLE_FRACTION = 0.04
MIN_RELATION_PX = 8
SAVE_EVERY = 200
MAX_OBJECTS = 100

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class SceneRequest:
    """What makes a data set what it is; stored in its `info`.

    Attributes:
        split: "train", "val" or "test1"; different splits never share a scene.
        seed: 0 to 999 999.
        width, height: image size in pixels.
        views: cameras a scene.

    Raises:
        ConfigError: a value is out of bounds.
    """

    split: str
    seed: int
    width: int = 416
    height: int = 320
    views: int = 4

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise ConfigError(f"split must be one of {', '.join(SPLITS)}, got {self.split!r}")
        for name, low, high in (("seed", 0, LIMIT - 1), ("width", 64, 2048), ("height", 64, 2048), ("views", 1, 64)):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} must be in {low}..{high}, got {getattr(self, name)}")


@dataclass(frozen=True)
class View:
    """One rendered and annotated image.

    Attributes:
        image: uint8 RGB [H, W, 3].
        jpeg_quality: what it is to be stored with.
        categories: category of each annotated object.
        visible, amodal: bool [N, H, W]; amodal is cut at the image border and contains visible.
        occluders: for each object, indices of the objects directly in front of it, ascending.
    """

    image: NDArray[np.uint8]
    jpeg_quality: int
    categories: tuple[str, ...]
    visible: BoolArray
    amodal: BoolArray
    occluders: tuple[tuple[int, ...], ...]


def generate(out: Path, count: int, request: SceneRequest, jobs: int = 1, progress: bool = True) -> Path:
    """Write a data set of `count` images, or what is missing of it, into the folder `out`.

    Stopping and starting again continues; annotations.json is replaced whole every 200 images (later, every twentieth part), and lists only images
    that are on the disk.

    Returns:
        The path of annotations.json.

    Raises:
        ConfigError: `count` is out of bounds, or `out` holds a data set made by another request.
        ModelUnavailable: MuJoCo or headless OpenGL is missing.
    """
    if not 1 <= count <= LIMIT * request.views:
        raise ConfigError(f"count must be in 1..{LIMIT * request.views}, got {count}")
    path = out / "annotations.json"
    (out / "images").mkdir(parents=True, exist_ok=True)
    records = _read_records(path, request)
    finished = {number for number in records if (out / records[number]["file_name"]).is_file()}
    missing = [n for n in range(-(-count // request.views)) if not finished.issuperset(_images_of(n, count, request))]
    done = len([number for number in finished if number <= count])
    with tqdm(total=count, initial=done, unit="image", disable=not progress, desc=str(out)) as bar:
        unsaved = 0
        for scene_records in _run(partial(write_scene, out, count, request), missing, jobs):
            records.update({record["id"]: record for record in scene_records})
            unsaved += len(scene_records)
            bar.update(len([record for record in scene_records if record["id"] not in finished]))
            if unsaved >= max(SAVE_EVERY, len(records) // 20):
                _save(path, request, records)
                unsaved = 0
    _save(path, request, records)
    return path


def scene_seed(request: SceneRequest, scene: int) -> int:
    """The seed of a scene: ranges of 10^12 a split and 10^6 a seed, so that no two requests share one."""
    return (SPLITS.index(request.split) * LIMIT + request.seed) * LIMIT + scene


def render_scene(request: SceneRequest, scene: int, screen: Offscreen) -> list[View]:
    """Make scene number `scene` and look at it with every camera."""
    rng = np.random.default_rng(scene_seed(request, scene))
    tabletop = make_tabletop(rng, (request.width, request.height), request.views)
    screen.load(tabletop.model)
    return [_view(rng, tabletop, camera, screen) for camera in tabletop.cameras]


def annotate(
    depths: FloatArray, background: FloatArray, categories: Iterable[str]
) -> tuple[tuple[str, ...], BoolArray, BoolArray, tuple[tuple[int, ...], ...]]:
    """Masks and occlusion order from depths of objects rendered alone.

    An object is kept when at least 60 pixels and 4 % of its amodal mask are visible; one that is not still hides what is
    behind it. A hides B directly when A is what is seen at 8 pixels or more of B's amodal mask.

    Args:
        depths: float32 [N, H, W], larger is farther, 1 where the object is not.
        background: float32 [H, W], depth of everything that is not an object.
        categories: category of each of the N.

    Returns:
        Categories, visible masks, amodal masks bool [M, H, W] and occluder indices of the M objects kept.
    """
    amodal = depths < 1
    nearest = np.concatenate([background[None], depths]).argmin(axis=0)
    visible = (nearest[None] == np.arange(1, len(depths) + 1)[:, None, None]) & amodal
    areas, wholes = visible.sum(axis=(1, 2)), amodal.sum(axis=(1, 2))
    kept = np.flatnonzero((areas >= MIN_VISIBLE_PX) & (areas >= MIN_VISIBLE_FRACTION * wholes))
    names = list(categories)
    visible, amodal = visible[kept], amodal[kept]
    flat_visible, flat_amodal = (m.reshape(len(kept), background.size).astype(np.float32) for m in (visible, amodal))
    overlap = flat_amodal @ flat_visible.T
    np.fill_diagonal(overlap, 0)
    occluders = tuple(tuple(int(j) for j in np.flatnonzero(row >= MIN_RELATION_PX)) for row in overlap)
    return tuple(names[k] for k in kept), visible, amodal, occluders


def write_scene(out: Path, count: int, request: SceneRequest, scene: int) -> list[dict[str, Any]]:
    """Render a scene, write its images, and return their COCO records (annotations under the key "annotations")."""
    cv2.setNumThreads(1)
    with Offscreen(request.width, request.height) as screen:
        views = render_scene(request, scene, screen)
    records = []
    for number, view in zip(_images_of(scene, count, request), views):
        name = f"images/{number:06d}.jpg"
        _write_image(out / name, view)
        record = {"id": number, "file_name": name, "width": request.width, "height": request.height, "scene": scene}
        records.append(record | {"annotations": _annotations(number, view)})
    return records


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m physperception.datasets.scenes", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write, continued when it exists")
    parser.add_argument("--count", type=int, required=True, help="number of images")
    parser.add_argument("--seed", type=int, default=0, help="0 to 999999 (default 0)")
    parser.add_argument("--split", choices=SPLITS, default="train", help="splits never share a scene (default train)")
    parser.add_argument("--size", type=_size, default=(416, 320), help="WIDTHxHEIGHT in pixels (default 416x320)")
    parser.add_argument("--views", type=int, default=4, help="cameras a scene (default 4)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    options = parser.parse_args(arguments)
    try:
        request = SceneRequest(options.split, options.seed, *options.size, options.views)
        generate(options.out, options.count, request, options.jobs)
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        return 130
    return 0


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"a size is WIDTHxHEIGHT, such as 416x320, got {text!r}")
    return int(width), int(height)


def _images_of(scene: int, count: int, request: SceneRequest) -> range:
    """Image ids, from 1, of a scene, without those past `count`."""
    first = scene * request.views + 1
    return range(first, min(first + request.views, count + 1))


def _view(rng: np.random.Generator, tabletop: Tabletop, camera: str, screen: Offscreen) -> View:
    bodies = np.arange(tabletop.model.nbody)
    depths = [screen.depth(tabletop.data, camera, bodies == body) for body, _ in tabletop.objects]
    shape = (screen.height, screen.width)
    stacked = np.stack(depths) if depths else np.ones((0, *shape), dtype=np.float32)
    background = screen.depth(tabletop.data, camera, bodies == 0)
    categories, visible, amodal, occluders = annotate(stacked, background, [name for _, name in tabletop.objects])
    image, quality = apply_camera(rng, screen.color(tabletop.data, camera))
    return View(image, quality, categories, visible, amodal, occluders)


def _write_image(path: Path, view: View) -> None:
    """Write whole or not at all, so that a stopped run leaves no broken image."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, view.jpeg_quality]
    done, code = cv2.imencode(".jpg", cv2.cvtColor(view.image, cv2.COLOR_RGB2BGR), flags)
    if not done:
        raise OSError(f"cannot encode {path}")
    part = path.with_suffix(".part")
    part.write_bytes(code.tobytes())
    part.replace(path)


def _annotations(image: int, view: View) -> list[dict[str, Any]]:
    """COCO annotations of one image; ids are image * 100 + index, so they do not depend on the order of work."""
    ids = [image * MAX_OBJECTS + index for index in range(len(view.categories))]
    records: list[dict[str, Any]] = []
    for index, name in enumerate(view.categories):
        visible, amodal = view.visible[index], view.amodal[index]
        area, whole = int(visible.sum()), int(amodal.sum())
        records.append(
            {
                "id": ids[index],
                "image_id": image,
                "category_id": CATEGORIES.index(name) + 1,
                "iscrowd": 0,
                "bbox": _bounds(visible),
                "area": area,
                "segmentation": _encode(visible),
                "amodal_bbox": _bounds(amodal),
                "amodal_segmentation": _encode(amodal),
                "occlusion": 1 - area / whole,
                "occluder_ids": [ids[other] for other in view.occluders[index]],
                "occludee_ids": [ids[other] for other, row in enumerate(view.occluders) if index in row],
            }
        )
    return records


def _bounds(mask: BoolArray) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]


def _encode(mask: BoolArray) -> dict[str, Any]:
    code = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": [int(side) for side in code["size"]], "counts": code["counts"].decode("ascii")}


def _run(work: partial, scenes: list[int], jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs <= 1:
        yield from map(work, scenes)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(work, scenes)


def _info(request: SceneRequest) -> dict[str, Any]:
    command = f"python -m physperception.datasets.scenes --seed {request.seed} --split {request.split}"
    command += f" --size {request.width}x{request.height} --views {request.views}"
    return {"generator": "physperception.datasets.scenes", "version": VERSION, **asdict(request), "command": command}


def _read_records(path: Path, request: SceneRequest) -> dict[int, dict[str, Any]]:
    """What an earlier run has written, by image id."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        info, images, annotations = content["info"], content["images"], content["annotations"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{path} is not a data set of this generator: delete it or choose another folder") from error
    if info != _info(request):
        raise ConfigError(f"{path} was made by another request ({info}): choose another folder")
    records = {image["id"]: image | {"annotations": []} for image in images}
    for annotation in annotations:
        records[annotation["image_id"]]["annotations"].append(annotation)
    return records


def _save(path: Path, request: SceneRequest, records: dict[int, dict[str, Any]]) -> None:
    ordered = [records[number] for number in sorted(records)]
    content = {
        "info": _info(request),
        "images": [{key: value for key, value in record.items() if key != "annotations"} for record in ordered],
        "categories": [{"id": index + 1, "name": name} for index, name in enumerate(CATEGORIES)],
        "annotations": [annotation for record in ordered for annotation in record["annotations"]],
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
    os.replace(part, path)


if __name__ == "__main__":
    sys.exit(main())
