"""`physperception complete`: whole objects behind what hides them, from a picture and masks, without ROS."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.cli.detect import parse_settings
from physperception.cli.overlay_files import OverlayFolder, write_png
from physperception.cli.tables import format_table
from physperception.config import load
from physperception.datasets.coco_results import CocoResults, ImageResult
from physperception.datasets.media import read_picture
from physperception.errors import ConfigError, InvalidImage
from physperception.scene import Instance, Mask, Scene
from physperception.vision.drawing import draw_scene

if TYPE_CHECKING:
    from physperception.amodal.graph import OcclusionGraph

MOST_SAMPLES = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path, metavar="IMAGE", help="a picture")
    parser.add_argument(
        "--mask",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="visible mask of an object, a picture of the image's size, not black where it is; may be repeated; "
        "without any, the detector finds the objects",
    )
    parser.add_argument("--depth", type=Path, metavar="FILE", help="depth image, 16-bit PNG in millimetres")
    parser.add_argument("--samples", type=int, default=0, metavar="K", help="write K other likely shapes an object")
    parser.add_argument("--out", type=Path, default=Path("out/complete"), help="folder (default out/complete)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change an option of config/amodal.yaml"
    )
    parser.add_argument("--quiet", action="store_true", help="no table, errors only")


def run(args: argparse.Namespace) -> int:
    """Returns 0; what can't be done is told by an exception."""
    from physperception.amodal import AmodalConfig, create
    from physperception.amodal.graph import hints_from_order, occlusion_graph

    if not 0 <= args.samples <= MOST_SAMPLES:
        raise ConfigError(f"--samples must be in 0..{MOST_SAMPLES}, got {args.samples}")
    image = read_picture(args.image)
    height, width = image.shape[:2]
    config = load(AmodalConfig, "amodal", **parse_settings(args.set, (AmodalConfig,))[AmodalConfig])
    scene = _given(args.mask, width, height) if args.mask else _detected(image)
    depth_m = None if args.depth is None else read_depth(args.depth, width, height)
    visible = [instance.visible_mask for instance in scene.instances]
    completer = create(config)
    order = completer.order(image, visible)
    found = completer.complete(image, visible, hints_from_order(visible, order, depth_m), args.samples)
    ids = [instance.id for instance in scene.instances]
    graph = occlusion_graph(ids, visible, found, depth_m, config.order_margin, order)
    instances = tuple(
        replace(
            instance,
            amodal_mask=completion.amodal,
            amodal_box=completion.amodal.extent,
            amodal_score=completion.score,
            occlusion_std=completion.occlusion_std,
            occluder_ids=graph.occluders(instance.id),
            occludee_ids=graph.occludees(instance.id),
            occluder_mask=None,
            occludee_mask=None,
        )
        for instance, completion in zip(scene.instances, found)
    )
    whole = replace(scene, instances=instances, model=completer.model_id)
    _write(args, image, whole, [completion.samples for completion in found])
    completer.close()
    if not args.quiet:
        print(_table(whole, graph))
    return 0


def read_mask(path: Path, width: int, height: int) -> Mask:
    """A mask from a picture file: pixels that are not black.

    Raises:
        InvalidImage: no picture, of another size than the image, or all black.
    """
    picture = read_picture(path)
    if picture.shape[:2] != (height, width):
        raise InvalidImage(
            f"the mask {path} is {picture.shape[1]} x {picture.shape[0]} pixels but the image is {width} x {height}"
        )
    mask = Mask.from_full(np.logical_or.reduce(picture > 0, axis=2))
    if not mask.area:
        raise InvalidImage(f"the mask {path} is all black")
    return mask


def read_depth(path: Path, width: int, height: int) -> NDArray[np.float32]:
    """Metres from a 16-bit PNG in millimetres, float32 [H, W], NaN where it is 0.

    Raises:
        InvalidImage: no such file, not 16 bits of one channel, or of another size than the image.
    """
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if values is None or values.dtype != np.uint16 or values.ndim != 2:
        raise InvalidImage(f"{path} is no depth image: give a PNG of 16 bits and one channel, in millimetres")
    if values.shape != (height, width):
        raise InvalidImage(f"depth is {values.shape[1]} x {values.shape[0]} but the image is {width} x {height}")
    return np.where(values > 0, values / np.float32(1000), np.float32(np.nan)).astype(np.float32)


def _given(paths: list[Path], width: int, height: int) -> Scene:
    instances = []
    for index, path in enumerate(paths):
        mask = read_mask(path, width, height)
        instances.append(
            Instance(id=str(index), class_id="object", score=1.0, visible_box=mask.extent, visible_mask=mask)
        )
    return Scene(width=width, height=height, instances=tuple(instances))


def _detected(image: NDArray[np.uint8]) -> Scene:
    from physperception.detection import DetectorConfig
    from physperception.detection import create as create_detector

    detector = create_detector(load(DetectorConfig, "detector"))
    try:
        return detector.detect(image)
    finally:
        detector.close()


def _write(args: argparse.Namespace, image: NDArray[np.uint8], scene: Scene, samples: list[tuple[Mask, ...]]) -> None:
    folder = OverlayFolder(args.out, [args.image, *args.mask])
    folder.write_picture(args.image, draw_scene(image, scene))
    results = CocoResults({"model": scene.model, "set": list(args.set)})
    results.add(ImageResult(str(args.image), scene))
    results.write(args.out / "objects.json")
    for instance, shapes in zip(scene.instances, samples):
        if instance.amodal_mask is not None:
            _write_mask(args.out / f"{args.image.stem}-{instance.id}-amodal.png", instance.amodal_mask, scene)
        for number, shape in enumerate(shapes):
            _write_mask(args.out / f"{args.image.stem}-{instance.id}-sample{number}.png", shape, scene)


def _write_mask(path: Path, mask: Mask, scene: Scene) -> None:
    """The part of a mask inside the image, as a picture of the image's size; objects.json has the whole."""
    inside = mask.full(scene.width, scene.height)
    write_png(path, np.repeat(np.where(inside, np.uint8(255), np.uint8(0))[..., None], 3, axis=2))


def _table(scene: Scene, graph: OcclusionGraph) -> str:
    rows = [
        (
            f"{instance.class_id} {instance.id}",
            f"{instance.occlusion:.0%} ± {instance.occlusion_std:.0%}",
            ", ".join(instance.occluder_ids) or "-",
            ", ".join(graph.to_free(instance.id)) or "-",
            f"{instance.amodal_score:.2f}",
        )
        for instance in scene.instances
    ]
    lines = format_table(("object", "hidden", "by", "move first", "mask score"), rows)
    for cycle in graph.cycles():
        lines += f"\n{', '.join(cycle)} hide each other in a ring"
    return lines
