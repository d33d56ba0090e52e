"""Augmented training batches of generated scenes; masks follow every geometric change of their image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from physperception.datasets.coco import SceneDataset, SceneSample
from physperception.scene import BoolArray
from physperception.training.image_augmentation import recolour, relight

LEAST_AREA_PX = 40


@dataclass(frozen=True)
class TrainingScene:
    """One image as the network takes it, with the truth of its N objects.

    Attributes:
        image: uint8 [3, H, W] RGB.
        boxes: float32 [N, 4] xyxy of the visible masks.
        layers: uint8 [N, 3, H, W]: target, occluder and occludee masks (all occluders, all occludees merged).
    """

    image: Tensor
    boxes: Tensor
    layers: Tensor


class SceneBatches(Dataset[TrainingScene]):
    """Samples of a generated set at a fixed input size.

    Args:
        scenes: the set.
        size: width and height of the network input, multiples of 32.
        seed: of the augmentation; None for none.
    """

    def __init__(self, scenes: SceneDataset, size: tuple[int, int], seed: int | None) -> None:
        self._scenes = scenes
        self._size = size
        self._seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._scenes)

    def __getitem__(self, index: int) -> TrainingScene:
        sample = self._scenes[index]
        if self._seed is None:
            image, visible = _warp(sample.image, sample.visible, np.eye(2, 3), self._size)
        else:
            random = np.random.default_rng((self._seed, self.epoch, index))
            image, visible = _augment(sample, self._size, random)
        return _truth(image, visible, sample.occludes)


def collate(scenes: Sequence[TrainingScene]) -> tuple[Tensor, list[TrainingScene]]:
    """Images as one batch uint8 [B, 3, H, W], and the scenes with their truth."""
    return torch.stack([scene.image for scene in scenes]), list(scenes)


def _truth(image: NDArray[np.uint8], visible: BoolArray, occludes: BoolArray) -> TrainingScene:
    kept = np.flatnonzero(visible.reshape(len(visible), -1).sum(1) >= LEAST_AREA_PX)
    layers = np.zeros((len(kept), 3, *image.shape[:2]), dtype=np.uint8)
    boxes = np.zeros((len(kept), 4), dtype=np.float32)
    for place, index in enumerate(kept):
        layers[place, 0] = visible[index]
        layers[place, 1] = visible[occludes[:, index]].any(0)
        layers[place, 2] = visible[occludes[index]].any(0)
        rows, columns = np.flatnonzero(visible[index].any(1)), np.flatnonzero(visible[index].any(0))
        boxes[place] = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    tensor = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    return TrainingScene(tensor, torch.from_numpy(boxes), torch.from_numpy(layers))


def _augment(
    sample: SceneSample, size: tuple[int, int], random: np.random.Generator
) -> tuple[NDArray[np.uint8], BoolArray]:
    height, width = sample.image.shape[:2]
    scale = np.exp(random.uniform(np.log(0.65), np.log(1.8)))
    angle = np.radians(random.uniform(-25, 25)) if random.random() < 0.5 else 0.0
    squeeze = random.uniform(0.8, 1.25) if random.random() < 0.3 else 1.0
    flip = -1 if random.random() < 0.5 else 1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.zeros((2, 3))
    matrix[:, :2] = scale * turn @ np.diag([flip, squeeze])
    middle = np.array(size) * (0.5 + random.uniform(-0.15, 0.15, 2))
    matrix[:, 2] = middle - matrix[:, :2] @ (width / 2, height / 2)
    image, visible = _warp(sample.image, sample.visible, matrix, size)
    if random.random() < 0.5:
        image = _resurface(image, visible, random)
    if random.random() < 0.4:
        image = relight(image, random)
    return recolour(image, random), visible


def _warp(
    image: NDArray[np.uint8], masks: BoolArray, matrix: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], BoolArray]:
    warped = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    moved = np.zeros((len(masks), size[1], size[0]), dtype=np.bool_)
    for place, mask in enumerate(masks):
        moved[place] = cv2.warpAffine(mask.astype(np.uint8), matrix, size, flags=cv2.INTER_NEAREST) > 0
    inside = cv2.warpAffine(np.ones(image.shape[:2], np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    warped[inside == 0] = 114
    return warped.astype(np.uint8), moved


def _resurface(image: NDArray[np.uint8], masks: BoolArray, random: np.random.Generator) -> NDArray[np.uint8]:
    """Other colours for some of the objects and for what is behind them, and pieces of the image itself as textures of
    the objects: surfaces no scene had, with the same outlines."""
    labels = np.zeros(image.shape[:2], dtype=np.intp)
    for number, mask in enumerate(masks, 1):
        labels[mask] = number
    count = len(masks) + 1
    tint = random.uniform(0.5, 1.5, (count, 3)) * random.uniform(0.6, 1.3, (count, 1))
    offset = random.uniform(-40, 40, (count, 3))
    kept = random.random(count) < 0.4
    tint[kept], offset[kept] = 1, 0
    strength = np.where(random.random((count, 1)) < 0.3, random.uniform(0.2, 0.7, (count, 1)), 0)
    strength[0] = 0
    shift = (int(random.integers(image.shape[0])), int(random.integers(image.shape[1])))
    texture = np.roll(image[::-1] if random.random() < 0.5 else image, shift, (0, 1)) - image.mean((0, 1))
    values = image * tint[labels] + offset[labels] + strength[labels] * texture
    return values.clip(0, 255).astype(np.uint8)
