"""Cases of an evaluation as a page of pictures: the worst first, and some drawn at random."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import AnnotatedImages
from physperception.detection import Detector
from physperception.evaluation.amodal import ObjectScore
from physperception.evaluation.detection import ImageRecall
from physperception.evaluation.methods import Method
from physperception.evaluation.order import PairScore
from physperception.evaluation.report import Facts, Gallery, Shown, machine_facts, write_report
from physperception.evaluation.truth import ImageTruth, read_truth
from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.drawing import draw_scene

MARGIN_PX = 16
SHOWN_PX = 420
OUTSIDE = 40
SEED = 0

Picture = NDArray[np.uint8]
Group = tuple[str, Sequence[Shown]]
Case = TypeVar("Case", ObjectScore, PairScore, ImageRecall)


@dataclass(frozen=True)
class Sizes:
    """How many cases of each kind are shown."""

    worst: int = 24
    random: int = 12


def write_amodal_page(
    folder: Path,
    facts: dict[str, str],
    data: AnnotatedImages,
    method: Method,
    objects: Sequence[ObjectScore],
    sizes: Sizes | None = None,
) -> None:
    """Write `index.html`: objects with the lowest IoU, and random ones, among those hidden by 5 % or more.

    Raises:
        ReportError: a file can't be written.
        DatasetError: an image can't be read.
    """

    def group(case: ObjectScore) -> Group:
        truth = read_truth(data, case.image)
        found = method(truth)[case.place]
        seen = truth.visible[case.place]
        whole = truth.whole[case.place] or truth.amodal[case.place]
        window = _window([whole, found.amodal])
        caption = (
            f"image {case.image}, object {case.place}: IoU {case.iou:.2f}, invisible part {case.iou_inv:.2f}; "
            f"{case.occlusion:.0%} hidden, {found.occlusion:.0%} said; expected IoU {_number(case.stated_score)}"
        )
        return caption, (
            Shown("image", _cut(truth.image, window), f"image {case.image} around object {case.place}"),
            Shown("truth", _drawn(truth, window, {"object": (seen, whole)}), "the true whole object"),
            Shown("completion", _drawn(truth, window, {"object": (seen, found.amodal)}), "the completed object"),
        )

    hidden = [item for item in objects if item.is_hidden]
    _write(folder, "Amodal completion", facts, hidden, lambda item: item.iou, group, sizes or Sizes())


def write_order_page(
    folder: Path,
    facts: dict[str, str],
    data: AnnotatedImages,
    method: Method,
    pairs: Sequence[PairScore],
    sizes: Sizes | None = None,
) -> None:
    """Write `index.html`: the surest wrong pairs, then missing ones, and random ones, among those that count.

    Raises: as `write_amodal_page`.
    """

    def group(case: PairScore) -> Group:
        truth = read_truth(data, case.image)
        completions = method(truth)
        names = {"front": case.front, "back": case.back}
        true = {name: (truth.visible[place], truth.amodal[place]) for name, place in names.items()}
        found = {name: (truth.visible[place], completions[place].amodal) for name, place in names.items()}
        window = _window([mask for side in (true, found) for pair in side.values() for mask in pair])
        said = {1: "right", 0: "not named", -1: "the wrong way round"}[case.named]
        caption = (
            f"image {case.image}, object {case.front} hides object {case.back}: {said}, confidence "
            f"{_number(case.confidence)}; overlap {case.overlap:.0%} of the smaller"
        )
        edges = {1: ("front", "back"), -1: ("back", "front")}
        return caption, (
            Shown("image", _cut(truth.image, window), f"image {case.image} around the pair"),
            Shown("truth", _drawn(truth, window, true, ("front", "back")), "the true whole objects"),
            Shown("completion", _drawn(truth, window, found, edges.get(case.named)), f"completed, {said}"),
        )

    main = [pair for pair in pairs if pair.counts]
    _write(folder, "Who hides whom", facts, main, _order_merit, group, sizes or Sizes())


def write_detection_page(
    folder: Path,
    facts: dict[str, str],
    data: AnnotatedImages,
    detector: Detector,
    images: Sequence[ImageRecall],
    least_score: float,
    sizes: Sizes | None = None,
) -> None:
    """Write `index.html`: images in which the most partly hidden objects are missed, and random ones.

    Raises: as `write_amodal_page`.
    """

    def group(case: ImageRecall) -> Group:
        truth = read_truth(data, case.index)
        scene = detector.detect(truth.image)
        kept = [item for item in scene.instances if item.score > least_score]
        instances = tuple(replace(item, occluder_ids=(), occludee_ids=()) for item in kept)
        objects = {str(place): (seen, whole) for place, (seen, whole) in enumerate(zip(truth.visible, truth.amodal))}
        window = Box(0, 0, *truth.size)
        return f"image {case.index}: {case.found} of {case.objects} found", (
            Shown("image", truth.image, f"image {case.index}"),
            Shown("truth", _drawn(truth, window, objects), "the true objects"),
            Shown("detections", draw_scene(truth.image, replace(scene, instances=instances)), "what was detected"),
        )

    with_objects = [item for item in images if item.objects]
    _write(folder, "Detection", facts, with_objects, lambda item: item.found - item.objects, group, sizes or Sizes())


def _write(
    folder: Path,
    title: str,
    facts: dict[str, str],
    cases: Sequence[Case],
    merit: Callable[[Case], float],
    group: Callable[[Case], Group],
    sizes: Sizes,
) -> None:
    worst = sorted(cases, key=merit)[: sizes.worst]
    order = np.random.default_rng(SEED).permutation(len(cases))[: sizes.random]
    write_report(
        folder / "index.html",
        title,
        f"The {len(worst)} worst of {len(cases)} cases, and {len(order)} drawn at random.",
        (
            Facts("Evaluation", facts | machine_facts()),
            Gallery("Worst", [group(case) for case in worst]),
            Gallery("Random", [group(cases[index]) for index in order]),
        ),
    )


def _order_merit(pair: PairScore) -> float:
    return pair.named * (0 if math.isnan(pair.confidence) else pair.confidence)


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "unknown"


def _window(masks: Sequence[Mask]) -> Box:
    """The box around all masks, with a margin; it may reach past the image."""
    boxes = [mask.tight().extent for mask in masks if mask.area]
    return Box(
        min(box.x1 for box in boxes) - MARGIN_PX,
        min(box.y1 for box in boxes) - MARGIN_PX,
        max(box.x2 for box in boxes) + MARGIN_PX,
        max(box.y2 for box in boxes) + MARGIN_PX,
    )


def _drawn(
    truth: ImageTruth, window: Box, objects: dict[str, tuple[Mask, Mask]], edge: tuple[str, str] | None = None
) -> Picture:
    """Objects, each a visible and an amodal mask, on the window of the image; `edge` is (front, back)."""
    picture, factor = _cut(truth.image, window), _factor(window)
    instances = []
    for name, (seen, whole) in objects.items():
        visible, amodal = (_enlarged(mask, window, factor) for mask in (seen, whole.union(seen)))
        front = (edge[0],) if edge and name == edge[1] else ()
        instances.append(
            Instance(
                id=name,
                class_id="object" if name.isdigit() else name,
                score=1.0,
                visible_box=visible.extent,
                visible_mask=visible,
                amodal_box=amodal.extent,
                amodal_mask=amodal,
                occluder_ids=front,
            )
        )
    height, width = picture.shape[:2]
    return draw_scene(picture, Scene(width=width, height=height, instances=tuple(instances)))


def _cut(image: Picture, window: Box) -> Picture:
    """The window of the image, enlarged; grey outside the image."""
    left, top, width, height = round(window.x1), round(window.y1), round(window.width), round(window.height)
    before, above = max(-left, 0), max(-top, 0)
    after, below = max(left + width - image.shape[1], 0), max(top + height - image.shape[0], 0)
    padded = np.pad(image, ((above, below), (before, after), (0, 0)), constant_values=OUTSIDE)
    part = padded[top + above : top + above + height, left + before : left + before + width]
    factor = _factor(window)
    size = (width * factor, height * factor)
    return np.asarray(cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _enlarged(mask: Mask, window: Box, factor: int) -> Mask:
    data = mask.data.repeat(factor, 0).repeat(factor, 1)
    return Mask(round(mask.x - window.x1) * factor, round(mask.y - window.y1) * factor, data).tight()


def _factor(window: Box) -> int:
    return max(1, round(SHOWN_PX / max(window.width, window.height)))
