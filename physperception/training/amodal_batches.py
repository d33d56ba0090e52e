"""Square crops of annotated scenes for training the full amodal models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from physperception.amodal.models import CropTruth
from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneSample
from physperception.scene import BoolArray, Mask

FloatArray = NDArray[np.float32]

SCALE_JITTER = (0.8, 1.2)
SHIFT_JITTER = 0.2
LEAST_AREA_PX = 16
MOST_EMPTY = 1000


@dataclass(frozen=True)
class FrameCrops:
    """R objects of one frame, S pixels a side.

    Attributes:
        image: uint8 RGB [H, W, 3].
        boxes: float32 [R, 4], square xyxy in image pixels; may leave the image.
        modal: float 0/1 [R, 1, S, S].
        truth: of the same crops.
    """

    image: NDArray[np.uint8]
    boxes: Tensor
    modal: Tensor
    truth: CropTruth


def square_box(mask: BoolArray) -> FloatArray:
    """The square around a modal mask, bool [H, W] with at least one pixel: float32 xyxy, may leave the image.

    Centred on the mask's w x h bounding box with side max(sqrt(3 w h), 1.1 w, 1.1 h), as SDAmodal crops.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    width, height = right - left, bottom - top
    side = max(np.sqrt(3.0 * width * height), 1.1 * width, 1.1 * height)
    x, y = (left + right) / 2, (top + bottom) / 2
    return np.array((x - side / 2, y - side / 2, x + side / 2, y + side / 2), dtype=np.float32)


def crop_mask(mask: Mask, box: FloatArray, size: int) -> FloatArray:
    """Nearest pixels of a mask in a box, xyxy image pixels, as float32 0/1 [size, size]; 0 outside the mask."""
    steps = (np.arange(size) + 0.5) / size
    columns = np.floor(box[0] + (box[2] - box[0]) * steps).astype(np.int64) - mask.x
    rows = np.floor(box[1] + (box[3] - box[1]) * steps).astype(np.int64) - mask.y
    inside_y, inside_x = (rows >= 0) & (rows < mask.height), (columns >= 0) & (columns < mask.width)
    cropped = np.zeros((size, size), dtype=np.float32)
    cropped[np.ix_(inside_y, inside_x)] = mask.data[np.ix_(rows[inside_y], columns[inside_x])]
    return cropped


class CropBatches:
    """Batches of crops, each a function of the seed and its number alone, so that a training can go on anywhere.

    Frames are drawn at random and mirrored by chance; boxes are scaled by 0.8 to 1.2 and shifted by up to a fifth of
    their side, as ASBU and Deocclusion train.

    Args:
        datasets: annotated images with amodal masks; each is drawn from in proportion to its length.
        size: side of a crop in pixels.
        batch: crops a batch.
        per_frame: most crops of one frame in a batch.
        augment: whether frames are mirrored and boxes jittered.

    Raises:
        DatasetError: there is no image, or a data set has no amodal masks.
    """

    def __init__(
        self,
        datasets: Sequence[AnnotatedImages],
        size: int,
        batch: int,
        per_frame: int = 8,
        seed: int = 0,
        augment: bool = True,
    ) -> None:
        self._datasets = datasets
        self._size = size
        self._batch = batch
        self._per_frame = per_frame
        self._seed = seed
        self._augment = augment
        self._ends = np.cumsum([len(dataset) for dataset in datasets])
        for dataset in datasets:
            if not dataset.has_amodal:
                raise DatasetError(f"the {dataset.format} data set has no amodal masks to train on")
        if not self._ends[-1]:
            raise DatasetError("there is no image to train on")

    def __getitem__(self, number: int) -> list[FrameCrops]:
        """Batch `number`: frames whose crops are `batch` together.

        Raises:
            DatasetError: none of many frames drawn has an object large enough.
        """
        random = np.random.default_rng((self._seed, number))
        return list(self._frames(random))

    def _frames(self, random: np.random.Generator) -> Iterator[FrameCrops]:
        left, tries = self._batch, MOST_EMPTY
        while left > 0:
            sample = self._draw(random)
            areas = sample.visible.reshape(len(sample.visible), sample.image[..., 0].size).sum(1)
            usable = random.permutation(np.flatnonzero(areas >= LEAST_AREA_PX))
            if len(usable):
                frame = self._crops(sample, usable[: min(left, self._per_frame)].tolist(), random)
                left, tries = left - len(frame.boxes), MOST_EMPTY
                yield frame
                continue
            tries -= 1
            if not tries:
                raise DatasetError(f"none of {MOST_EMPTY} images drawn has an object of {LEAST_AREA_PX} visible pixels")

    def _draw(self, random: np.random.Generator) -> SceneSample:
        index = int(random.integers(self._ends[-1]))
        chosen = int(np.searchsorted(self._ends, index, side="right"))
        return self._datasets[chosen][index - (int(self._ends[chosen - 1]) if chosen else 0)]

    def _crops(self, sample: SceneSample, chosen: Sequence[int], random: np.random.Generator) -> FrameCrops:
        mirrored = self._augment and random.random() < 0.5
        whole = Mask(0, 0, np.ones(sample.image.shape[:2], dtype=np.bool_))
        boxes, modal, amodal, occluder = [], [], [], []
        for index in chosen:
            visible = replace(whole, data=sample.visible[index])
            hiding = replace(whole, data=np.asarray(sample.visible[sample.occludes[:, index]].any(0)))
            full = sample.extended.get(index, replace(whole, data=sample.amodal[index]))
            if mirrored:
                visible, hiding, full = (_mirror(mask, whole.width) for mask in (visible, hiding, full))
            box = self._jitter(square_box(visible.data), random)
            boxes.append(box)
            modal.append(crop_mask(visible, box, self._size))
            amodal.append(crop_mask(full, box, self._size))
            occluder.append(crop_mask(hiding, box, self._size))
        known = torch.full((len(chosen),), sample.has_order)
        truth = CropTruth(_stack(amodal), _stack(occluder), known)
        image = np.ascontiguousarray(sample.image[:, :: -1 if mirrored else 1])
        return FrameCrops(image, torch.from_numpy(np.stack(boxes)), _stack(modal), truth)

    def _jitter(self, box: FloatArray, random: np.random.Generator) -> FloatArray:
        if not self._augment:
            return box
        side = box[2] - box[0]
        center = (box[:2] + box[2:]) / 2 + random.uniform(-SHIFT_JITTER, SHIFT_JITTER, 2) * side
        half = side * random.uniform(*SCALE_JITTER) / 2
        return np.concatenate((center - half, center + half)).astype(np.float32)


def _mirror(mask: Mask, width: int) -> Mask:
    return Mask(width - mask.x - mask.width, mask.y, np.ascontiguousarray(mask.data[:, ::-1]))


def _stack(masks: list[FloatArray]) -> Tensor:
    return torch.from_numpy(np.stack(masks)[:, None])
