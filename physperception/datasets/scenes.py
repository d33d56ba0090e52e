"""Generated tabletop scenes with exact visible and amodal masks, written as a COCO data set.

    python -m physperception.datasets.scenes --out data/scenes/train --count 5000 --seed 1 --split train

Objects are dropped or placed on a table and settle under MuJoCo's physics; then several cameras look at them. Each
object is rendered alone, which gives its amodal mask and depth; the nearest object at a pixel is the visible one. The
same split, seed and index give the same annotations and pixels on the same machine. docs/datasets.md has the format.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from physperception.datasets.camera_effects import apply_camera
from physperception.datasets.domains import DOMAINS
from physperception.datasets.offscreen import Offscreen
from physperception.datasets.scene_annotations import Truth, View, annotate, coco_annotations, encode, shadow_of
from physperception.datasets.scene_files import LIMIT, fill, images_of, write_whole
from physperception.datasets.shapes import CATEGORIES
from physperception.datasets.tabletop import Tabletop, make_tabletop
from physperception.errors import ConfigError, PhysperceptionError

PROGRAM = "python -m physperception.datasets.scenes"
VERSION = 2
SPLITS = tuple(DOMAINS)
MARGIN = 0.25
"""How far amodal masks are known beyond the image, as a part of its longer side."""


@dataclass(frozen=True)
class SceneRequest:
    """What makes a data set what it is; stored in its `info`.

    Attributes:
        split: "train", "val", "test1", or "test2", which is drawn from another domain; splits never share a scene.
        seed: 0 to 999 999.
        width, height: image size in pixels.
        views: cameras a scene.
        depth: whether depth images are written too.
        shadows: whether the shadow of every object is annotated (a third of the speed).

    Raises:
        ConfigError: a value is out of bounds.
    """

    split: str
    seed: int
    width: int = 416
    height: int = 320
    views: int = 4
    depth: bool = False
    shadows: bool = False

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise ConfigError(f"split must be one of {', '.join(SPLITS)}, got {self.split!r}")
        for name, low, high in (("seed", 0, LIMIT - 1), ("width", 64, 2048), ("height", 64, 2048), ("views", 1, 64)):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} must be in {low}..{high}, got {getattr(self, name)}")


def generate(out: Path, count: int, request: SceneRequest, jobs: int = 1, progress: bool = True) -> Path:
    """Write a data set of `count` images, or what is missing of it, into the folder `out`.

    Stopping and starting again continues, as `scene_files.fill` says.

    Returns:
        The path of annotations.json.

    Raises:
        ConfigError: `count` is out of bounds, or `out` holds a data set made by another request.
        ModelUnavailable: MuJoCo or headless OpenGL is missing.
    """
    work = partial(_run, partial(write_scene, out, count, request), jobs)
    return fill(out, count, request.views, info_of(request), work, progress)


def scene_seed(request: SceneRequest, scene: int) -> int:
    """The seed of a scene: ranges of 10^12 a split and 10^6 a seed, so that no two requests share one."""
    return (SPLITS.index(request.split) * LIMIT + request.seed) * LIMIT + scene


def render_scene(request: SceneRequest, scene: int, screen: Offscreen) -> list[View]:
    """Make scene number `scene` and look at it with every camera."""
    rng, tabletop = settled_scene(request, scene, screen)
    return [photograph(rng, look(tabletop, camera, screen, request)) for camera in tabletop.cameras]


def settled_scene(request: SceneRequest, scene: int, screen: Offscreen) -> tuple[np.random.Generator, Tabletop]:
    """Scene number `scene`, loaded into `screen`, and the generator that its camera effects are drawn from next."""
    rng = np.random.default_rng(scene_seed(request, scene))
    size = (screen.width + 2 * screen.margin, screen.height + 2 * screen.margin)
    tabletop = make_tabletop(rng, size, request.views, DOMAINS[request.split])
    screen.load(tabletop.model)
    return rng, tabletop


def photograph(rng: np.random.Generator, view: View) -> View:
    """The view with the effects of a camera."""
    image, quality = apply_camera(rng, view.image)
    return replace(view, image=image, jpeg_quality=quality)


def open_screen(request: SceneRequest) -> Offscreen:
    """A renderer for the images of a request."""
    return Offscreen(request.width, request.height, round(MARGIN * max(request.width, request.height)))


def write_scene(out: Path, count: int, request: SceneRequest, scene: int) -> list[dict[str, Any]]:
    """Render a scene, write its images, and return their COCO records (annotations under the key "annotations")."""
    cv2.setNumThreads(1)
    with open_screen(request) as screen:
        views = render_scene(request, scene, screen)
    return write_views(out, count, request, scene, views)


def write_views(out: Path, count: int, request: SceneRequest, scene: int, views: list[View]) -> list[dict[str, Any]]:
    """Write the images of a scene, and return their records as `write_scene`."""
    records = []
    for number, view in zip(images_of(scene, count, request.views), views):
        name = f"images/{number:06d}.jpg"
        _write_image(out / name, view)
        record = {"id": number, "file_name": name, "width": request.width, "height": request.height, "scene": scene}
        record["focal_px"] = round(view.focal_px, 3)
        if view.depth_mm is not None:
            record["depth_file_name"] = depth_name = f"depth/{number:06d}.png"
            write_whole(out / depth_name, cv2.imencode(".png", view.depth_mm)[1])
        records.append(record | {"annotations": coco_annotations(number, view)})
    return records


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Generate tabletop scenes with exact masks.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, continued when it exists")
    parser.add_argument("--count", type=int, required=True, help="number of images")
    parser.add_argument("--seed", type=int, default=0, help="0 to 999999 (default 0)")
    parser.add_argument("--split", choices=SPLITS, default="train", help="splits never share a scene (default train)")
    parser.add_argument("--size", type=image_size, default=(416, 320), help="WIDTHxHEIGHT in pixels (default 416x320)")
    parser.add_argument("--views", type=int, default=4, help="cameras a scene (default 4)")
    parser.add_argument("--depth", action="store_true", help="write depth images too, 16 bits, millimetres")
    parser.add_argument("--shadows", action="store_true", help="annotate every object's shadow; much slower")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    options = parser.parse_args(arguments)
    try:
        width, height = options.size
        request = SceneRequest(
            options.split, options.seed, width, height, options.views, options.depth, options.shadows
        )
        generate(options.out, options.count, request, options.jobs)
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        return 130
    return 0


def image_size(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT of a command line as two numbers."""
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"a size is WIDTHxHEIGHT, such as 416x320, got {text!r}")
    return int(width), int(height)


def look(tabletop: Tabletop, camera: str, screen: Offscreen, request: SceneRequest) -> View:
    """What a camera sees, annotated, without the effects of a camera (and JPEG quality 100)."""
    bodies = np.arange(tabletop.model.nbody)
    background = screen.depth(tabletop.data, camera, bodies == 0)
    depths = [screen.depth(tabletop.data, camera, bodies == body) for body, _ in tabletop.objects]
    stacked = np.stack(depths) if depths else np.ones((0, *background.shape), dtype=np.float32)
    truth = annotate(stacked, background, screen.margin)
    clean = screen.color(tabletop.data, camera)
    facts = [_facts(tabletop, truth, index) for index in range(len(truth.kept))]
    if request.shadows:
        for index, fact in enumerate(facts):
            lit = screen.color(tabletop.data, camera, without=tabletop.objects[truth.kept[index]][0])
            fact["shadow_segmentation"] = encode(shadow_of(lit, clean, truth.visible[index]))
    depth_mm = None
    if request.depth:
        inner = slice(screen.margin, screen.margin + screen.height), slice(screen.margin, screen.margin + screen.width)
        nearest = np.minimum(stacked.min(axis=0, initial=1.0), background)[inner]
        depth_mm = np.where(nearest < 1, np.clip(screen.metres(nearest) * 1000, 0, 65535).round(), 0).astype(np.uint16)
    fov = float(tabletop.model.cam_fovy[tabletop.cameras.index(camera)])
    focal_px = screen.height / 2 / math.tan(math.radians(fov) / 2)
    return View(clean, 100, focal_px, truth, tuple(facts), depth_mm)


def _facts(tabletop: Tabletop, truth: Truth, index: int) -> dict[str, Any]:
    """What is known of an annotated object besides its masks; relations as indices of annotated objects."""
    body, category = tabletop.objects[truth.kept[index]]
    others = [tabletop.objects[kept][0] for kept in truth.kept]
    touching = [o for o, other in enumerate(others) if (min(body, other), max(body, other)) in tabletop.contacts]
    return {
        "category_id": CATEGORIES.index(category) + 1,
        "material": asdict(tabletop.materials[body]),
        "contact_ids": touching,
        "supported_by_ids": [o for o, other in enumerate(others) if (other, body) in tabletop.supports],
        "on_table": (0, body) in tabletop.supports,
    }


def _write_image(path: Path, view: View) -> None:
    flags = [cv2.IMWRITE_JPEG_QUALITY, view.jpeg_quality]
    done, code = cv2.imencode(".jpg", cv2.cvtColor(view.image, cv2.COLOR_RGB2BGR), flags)
    if not done:
        raise OSError(f"cannot encode {path}")
    write_whole(path, code)


def _run(work: partial, jobs: int, scenes: list[int]) -> Iterator[list[dict[str, Any]]]:
    if jobs <= 1:
        yield from map(work, scenes)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(work, scenes)


def info_of(request: SceneRequest) -> dict[str, Any]:
    """What is stored as `info` of a data set."""
    command = f"{PROGRAM} --seed {request.seed} --split {request.split}"
    command += f" --size {request.width}x{request.height} --views {request.views}"
    command += " --depth" * request.depth + " --shadows" * request.shadows
    return {"generator": "physperception.datasets.scenes", "version": VERSION, **asdict(request), "command": command}


if __name__ == "__main__":
    sys.exit(main())
