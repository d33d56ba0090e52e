"""Batches of images with the truth that a full detector learns from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from physperception.datasets.coco import AnnotatedImages, DatasetError, SceneSample
from physperception.scene import BoolArray

LEAST_AREA_PX = 16


class DetectionBatches:
    """Batches by number; each image comes once a round, flipped by chance. Batch k is always the same.

    Args:
        data: images with masks, and with occluders where `layers`.
        classes: names by label, from 1.
        layers: whether occluder and occludee masks are needed.
        size: images a batch.
        seed: of order and flips.

    Raises:
        DatasetError: the data has no images, or layers are needed and it does not say who occludes whom.
    """

    def __init__(
        self, data: AnnotatedImages, classes: Sequence[str], layers: bool, size: int, seed: int | None
    ) -> None:
        if not len(data):
            raise DatasetError("the data set has no images to train on")
        if layers and not data.has_order:
            raise DatasetError(
                f"this data set ({data.format}) does not say who occludes whom, which the occluder layers learn from: "
                "use one that does, or --plugin none"
            )
        self._data = data
        self._labels = {index: classes.index(name) + 1 for index, name in data.category_names.items()}
        self._size, self._seed = size, seed

    def __getitem__(self, number: int) -> tuple[list[Tensor], list[dict[str, Tensor]]]:
        """Images float [3, H, W] of 0..1, and the targets of each, see `TriLayerRCNN`."""
        pairs = [self._item(place) for place in range(number * self._size, (number + 1) * self._size)]
        return [image for image, _ in pairs], [target for _, target in pairs]

    def _item(self, place: int) -> tuple[Tensor, dict[str, Tensor]]:
        epoch, index = divmod(place, len(self._data))
        if self._seed is None:
            return detection_target(self._data[index], self._labels, flip=False)
        order = np.random.default_rng((self._seed, epoch)).permutation(len(self._data))
        flip = bool(np.random.default_rng((self._seed, epoch, index)).random() < 0.5)
        return detection_target(self._data[int(order[index])], self._labels, flip)


def detection_target(sample: SceneSample, labels: dict[int, int], flip: bool) -> tuple[Tensor, dict[str, Tensor]]:
    """An image and its targets; an object's occluders, and its occludees, are merged into one mask each (2.4.2).

    Objects of fewer than 16 visible pixels are left out, but still hide others.
    """
    mirror = slice(None, None, -1 if flip else 1)
    image = np.ascontiguousarray(sample.image[:, mirror].transpose(2, 0, 1))
    visible = sample.visible[:, :, mirror]
    kept = np.flatnonzero(visible.sum((1, 2)) >= LEAST_AREA_PX)
    boxes = np.zeros((len(kept), 4), dtype=np.float32)
    for place, index in enumerate(kept):
        rows, columns = np.flatnonzero(visible[index].any(1)), np.flatnonzero(visible[index].any(0))
        boxes[place] = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    target = {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.tensor([labels[sample.categories[index]] for index in kept], dtype=torch.int64),
        "masks": _merged(visible, np.eye(len(visible), dtype=np.bool_)[kept]),
        "occluder_masks": _merged(visible, sample.occludes.T[kept]),
        "occludee_masks": _merged(visible, sample.occludes[kept]),
    }
    return torch.from_numpy(image).float() / 255, target


def _merged(visible: BoolArray, chosen: BoolArray) -> Tensor:
    """Unions of the masks [N, H, W] that each row of `chosen` [K, N] names: uint8 [K, H, W]."""
    merged = np.zeros((len(chosen), *visible.shape[1:]), dtype=np.uint8)
    for place, row in enumerate(chosen):
        merged[place] = visible[row].any(0)
    return torch.from_numpy(merged)
