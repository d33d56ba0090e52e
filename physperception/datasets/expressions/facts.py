"""What is known of the objects of one image, in the numbers that statements about them are judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import SceneDataset
from physperception.datasets.expressions.colours import colour_verdicts
from physperception.datasets.expressions.verdicts import Verdict
from physperception.evaluation.truth import ImageTruth, read_truth
from physperception.scene import Box

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LEAST_CONTRAST = 12.0
"""Standard deviation of an object's grey levels, 0..255, from which its pattern can be seen."""


@dataclass(frozen=True)
class ObjectFacts:
    """One object.

    Attributes:
        id: its annotation.
        category: its name in the data set.
        visible_box, amodal_box: in pixels, inside the image.
        area, whole_area: visible and amodal pixels inside the image.
        occlusion: hidden part inside the image, 0..1.
        cut: whether it goes on past the image's border.
        depth_m: median distance of what is seen; NaN without a depth image.
        colours: for each name whether the object has that colour.
        surface: the look of its main surface, by the generator's name; "" when it is not known.
        contrast: standard deviation of the grey levels of its visible pixels, 0..255.
    """

    id: int
    category: str
    visible_box: Box
    amodal_box: Box
    area: int
    whole_area: int
    occlusion: float
    cut: bool
    depth_m: float
    colours: Mapping[str, Verdict]
    surface: str
    contrast: float


@dataclass(frozen=True, eq=False)
class SceneFacts:
    """One image with N objects.

    Attributes:
        image_id, file_name, width, height: of the image; sizes in pixels.
        objects: N.
        gaps_px: [N, N], distance between the visible parts.
        hides: [N, N], which part of b's amodal mask a is seen in, 0..1, at [a, b].
        carries, touches: bool [N, N], whether a carries b at [a, b], whether they touch.
        on_table: bool [N].
    """

    image_id: int
    file_name: str
    width: int
    height: int
    objects: tuple[ObjectFacts, ...]
    gaps_px: FloatArray
    hides: FloatArray
    carries: BoolArray
    touches: BoolArray
    on_table: BoolArray


def scene_facts(data: SceneDataset, index: int) -> SceneFacts:
    """The facts of an image. Raises DatasetError when the image or its annotations can't be read."""
    truth, annotations, record = read_truth(data, index), data.annotations(index), data.images[index]
    width, height = truth.size
    visible = [mask.full(width, height) for mask in truth.visible]
    amodal = [mask.full(width, height) for mask in truth.amodal]
    place = {annotation["id"]: position for position, annotation in enumerate(annotations)}
    grey = cv2.cvtColor(truth.image, cv2.COLOR_RGB2GRAY)
    colours = colour_verdicts(truth.image, visible)
    objects = tuple(
        ObjectFacts(
            id=annotation["id"],
            category=data.category_names[annotation["category_id"]],
            visible_box=truth.visible[position].extent,
            amodal_box=truth.amodal[position].extent,
            area=truth.visible[position].area,
            whole_area=truth.amodal[position].area,
            occlusion=truth.occlusion(position),
            cut="amodal_extended" in annotation,
            depth_m=_depth(truth, visible[position]),
            colours=colours[position],
            surface=str(annotation.get("material", {}).get("surface", "")),
            contrast=float(grey[visible[position]].std()),
        )
        for position, annotation in enumerate(annotations)
    )
    return SceneFacts(
        image_id=int(record["id"]),
        file_name=str(record["file_name"]),
        width=width,
        height=height,
        objects=objects,
        gaps_px=_gaps(visible),
        hides=_hides(visible, amodal),
        carries=_pairs([annotation.get("supported_by_ids", ()) for annotation in annotations], place).T,
        touches=_pairs([annotation.get("contact_ids", ()) for annotation in annotations], place),
        on_table=np.array([bool(annotation.get("on_table")) for annotation in annotations], dtype=np.bool_),
    )


def _depth(truth: ImageTruth, mask: BoolArray) -> float:
    if truth.depth_m is None:
        return math.nan
    values = truth.depth_m[mask]
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else math.nan


def _gaps(visible: list[BoolArray]) -> FloatArray:
    gaps = np.zeros((len(visible), len(visible)))
    for row, mask in enumerate(visible):
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        gaps[row] = [float(distance[other].min()) for other in visible]
    return np.minimum(gaps, gaps.T)


def _hides(visible: list[BoolArray], amodal: list[BoolArray]) -> FloatArray:
    shares = np.zeros((len(visible), len(visible)))
    for front, seen in enumerate(visible):
        for back, whole in enumerate(amodal):
            if front != back:
                shares[front, back] = int(np.count_nonzero(seen & whole)) / max(int(np.count_nonzero(whole)), 1)
    return shares


def _pairs(lists: list[list[int]], place: Mapping[int, int]) -> BoolArray:
    """[N, N], True at [a, b] where list a names b."""
    found = np.zeros((len(lists), len(lists)), dtype=np.bool_)
    for row, ids in enumerate(lists):
        for number in ids:
            if number in place:
                found[row, place[number]] = True
    return found
