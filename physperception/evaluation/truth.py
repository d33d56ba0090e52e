"""What is true of one image, as the evaluations of completion and order need it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneDataset, SceneSample
from physperception.scene import BoolArray, Mask


@dataclass(frozen=True, eq=False)
class ImageTruth:
    """One image with its N objects of which something is seen.

    Attributes:
        index: of the image in its data set.
        image: uint8 RGB [H, W, 3].
        visible: N masks.
        amodal: N masks that end at the image border.
        whole: N masks that may reach past the border; None where that much is not known.
        cut: N, whether the object reaches past the border and is known whole.
        occludes: bool [N, N]; [a, b] says that a occludes b.
        depth_m: float32 [H, W] along the optical axis, NaN unknown; None where the set has no depth image.
    """

    index: int
    image: NDArray[np.uint8]
    visible: tuple[Mask, ...]
    amodal: tuple[Mask, ...]
    whole: tuple[Mask | None, ...]
    cut: tuple[bool, ...]
    occludes: BoolArray
    depth_m: NDArray[np.float32] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def occlusion(self, place: int) -> float:
        """Which part of an object inside the image is hidden, 0..1."""
        return 1 - self.visible[place].area / self.amodal[place].area


def read_truth(data: AnnotatedImages, index: int) -> ImageTruth:
    """One image of a data set. Objects without a visible pixel are left out.

    Raises:
        DatasetError: the image, its depth image or its annotations can't be read.
    """
    sample = data[index]
    incomplete: set[int] = set()
    depth = None
    if isinstance(data, SceneDataset):
        annotations = data.annotations(index)
        incomplete = {
            place for place in sample.extended if not annotations[place]["amodal_extended"].get("complete", False)
        }
        depth = _depth(data, index)
    kept = [place for place in range(len(sample.visible)) if sample.visible[place].any()]
    whole = [None if place in incomplete else _whole(sample, place) for place in kept]
    return ImageTruth(
        index=index,
        image=sample.image,
        visible=tuple(Mask.from_full(sample.visible[place]) for place in kept),
        amodal=tuple(Mask.from_full(sample.amodal[place]) for place in kept),
        whole=tuple(whole),
        cut=tuple(place in sample.extended and place not in incomplete for place in kept),
        occludes=sample.occludes[np.ix_(kept, kept)],
        depth_m=depth,
    )


def _whole(sample: SceneSample, place: int) -> Mask | None:
    """The whole object; without knowledge of what is outside, only objects that end before the border are whole."""
    if place in sample.extended:
        return sample.extended[place]
    inside = sample.amodal[place]
    border = inside[0].any() or inside[-1].any() or inside[:, 0].any() or inside[:, -1].any()
    return None if border and not sample.knows_outside else Mask.from_full(inside)


def _depth(data: SceneDataset, index: int) -> NDArray[np.float32] | None:
    """The depth image in metres: 16-bit, in millimetres, 0 unknown."""
    record = data.images[index]
    if "depth_file_name" not in record:
        return None
    folder = data.image_path(index).parents[len(Path(record["file_name"]).parts) - 1]
    path = folder / record["depth_file_name"]
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if depth is None or depth.dtype != np.uint16 or depth.ndim != 2:
        raise DatasetError(f"cannot read {path} as a 16-bit depth image")
    return np.where(depth > 0, depth.astype(np.float32) / 1000, np.float32(np.nan))
