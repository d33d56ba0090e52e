"""Crops of every object of a scene set, cut once and kept on the disk, and training batches made from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from physperception.amodal.crops import CONTEXT, crop_around, cut_image, cut_inside, cut_mask
from physperception.amodal.network import SIZE
from physperception.datasets.coco import SceneDataset, SceneSample
from physperception.scene import Mask

STORED = 144
STORED_CONTEXT = CONTEXT * STORED / SIZE
"""Stored crops show more than the network sees, so that they can be moved, turned and scaled."""
LEAST_VISIBLE_PX = 100
HIDDEN = 0.02
VISIBLE, AMODAL, INSIDE, OCCLUDER, OTHER, KNOWN = (1 << bit for bit in range(6))
"""Bits of the fourth channel. KNOWN: the amodal mask is known there, which old sets do not tell outside the image."""


@dataclass(frozen=True)
class CropBatch:
    """What the completer learns from; R crops of S x S cells.

    Attributes:
        inputs: float32 [R, 6, S, S], as `AmodalUNet` takes them.
        amodal, occluder: float32 [R, S, S] of 0 and 1.
        visible: float32 [R, S, S], the true visible mask, whatever the inputs say.
        known: float32 [R, S, S], 1 where `amodal` is to be believed.
    """

    inputs: Tensor
    amodal: Tensor
    occluder: Tensor
    visible: Tensor
    known: Tensor


def store_crops(scenes: SceneDataset, path: Path, whole_fraction: float, seed: int) -> NDArray[np.uint8]:
    """Cut the crops of a set into one file, uint8 [N, 4, 144, 144] (RGB and bits), or open the file if it is there.

    Args:
        whole_fraction: which part of the objects that nothing hides are taken; hidden ones all are.
        seed: of that choice.
    """
    if path.exists():
        return np.load(path, mmap_mode="r")
    random = np.random.default_rng(seed)
    chosen: list[tuple[int, int]] = []
    for index in range(len(scenes)):
        for place, annotation in enumerate(scenes.annotations(index)):
            hidden = annotation["occlusion"] >= HIDDEN or "amodal_extended" in annotation
            if annotation["area"] >= LEAST_VISIBLE_PX and (hidden or random.random() < whole_fraction):
                chosen.append((index, place))
    partial = path.with_suffix(".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    crops = open_memmap(partial, mode="w+", dtype=np.uint8, shape=(len(chosen), 4, STORED, STORED))
    sample, loaded = None, -1
    for row, (index, place) in enumerate(tqdm(chosen, desc=f"crops of {path.name}", unit="crop")):
        if index != loaded:
            sample, loaded = scenes[index], index
        assert sample is not None
        crops[row] = _crop(sample, place)
    crops.flush()
    partial.replace(path)
    return np.load(path, mmap_mode="r")


def make_batch(crops: NDArray[np.uint8], generator: torch.Generator | None) -> CropBatch:
    """A batch from stored crops [R, 4, 144, 144]: moved, pasted over and perturbed, or plain without a generator."""
    stored = torch.from_numpy(np.array(crops))
    image = stored[:, :3].float() / 127.5 - 1
    bits = stored[:, 3].int()
    layers = torch.stack([(bits & bit > 0).float() for bit in (VISIBLE, AMODAL, INSIDE, OCCLUDER, OTHER, KNOWN)], 1)
    if generator is None:
        return _plain(image, layers)
    image, layers = _move(image, layers, generator)
    image, layers = _paste_occluders(image, layers, generator)
    image = _recolour(_resurface(image, layers, generator), generator)
    shown = _perturb(layers[:, 0], generator)
    return _finish(image, layers, shown, _hint(layers, generator))


def _crop(sample: SceneSample, place: int) -> NDArray[np.uint8]:
    visible = Mask.from_full(sample.visible[place])
    crop = crop_around(visible, STORED_CONTEXT)
    height, width = sample.image.shape[:2]
    inside = cut_inside(width, height, crop, STORED) >= 0.5
    whole = sample.extended.get(place)
    amodal = Mask.from_full(sample.amodal[place]) if whole is None else whole
    occluders = sample.occludes[:, place]
    others = np.delete(sample.visible, place, axis=0)
    hiding = np.delete(occluders, place)
    bits = np.zeros((STORED, STORED), dtype=np.uint8)
    for bit, mask in (
        (VISIBLE, visible),
        (AMODAL, amodal),
        (OCCLUDER, _union(others[hiding])),
        (OTHER, _union(others[~hiding])),
    ):
        bits |= np.where(cut_mask(mask, crop, STORED) >= 0.5, bit, 0).astype(np.uint8)
    bits |= np.where(inside, INSIDE | KNOWN, KNOWN if sample.knows_outside else 0).astype(np.uint8)
    return np.concatenate([cut_image(sample.image, crop, STORED).transpose(2, 0, 1), bits[None]])


def _union(masks: NDArray[np.bool_]) -> Mask:
    return Mask.from_full(np.logical_or.reduce(masks, axis=0))


def _plain(image: Tensor, layers: Tensor) -> CropBatch:
    theta = torch.eye(2, 3)[None].repeat(len(image), 1, 1) * (SIZE / STORED)
    image, layers = _sample(image, layers, theta)
    return _finish(image, layers, layers[:, 0], torch.zeros_like(layers[:, 0]))


def _finish(image: Tensor, layers: Tensor, shown: Tensor, hint: Tensor) -> CropBatch:
    inside = layers[:, 2]
    image = image * inside[:, None]
    inputs = torch.cat((image, torch.stack((shown, hint, inside), 1)), 1)
    amodal = torch.maximum(layers[:, 1], layers[:, 0])
    return CropBatch(inputs, amodal, layers[:, 3], layers[:, 0], layers[:, 5])


def _sample(image: Tensor, layers: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
    grid = functional.affine_grid(theta, [len(image), 1, SIZE, SIZE], align_corners=False)
    moved = functional.grid_sample(image, grid, align_corners=False)
    masks = functional.grid_sample(layers, grid, align_corners=False)
    return moved, (masks >= 0.5).float()


def _move(image: Tensor, layers: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    count = len(image)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    angle, scale = uniform(-0.25, 0.25), uniform(0.85, 1.2) * SIZE / STORED
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    shift_x, shift_y = uniform(-0.08, 0.08), uniform(-0.08, 0.08)
    theta = torch.stack(
        (torch.stack((flip * cosine, -sine, shift_x), 1), torch.stack((flip * sine, cosine, shift_y), 1)), 1
    )
    return _sample(image, layers, theta)


def _paste_occluders(image: Tensor, layers: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Objects of other crops pasted over part of the batch: occlusions that no scene had, with exact truth."""
    count, size = len(image), image.shape[-1]
    source = torch.randperm(count, generator=generator)
    shift = torch.randint(-size // 3, size // 3 + 1, (count, 2), generator=generator)
    wanted = torch.rand(count, generator=generator) < 0.4
    image, layers = image.clone(), layers.clone()
    originals, stencils = image.clone(), layers[:, 0].clone()
    for row in torch.nonzero(wanted).squeeze(1).tolist():
        move = (int(shift[row, 0]), int(shift[row, 1]))
        stencil = torch.roll(stencils[source[row]], move, (0, 1)) * layers[row, 2] > 0
        left = layers[row, 0] * ~stencil
        if float(left.sum()) < max(0.1 * float(layers[row, 1].sum()), 20):
            continue
        image[row] = torch.where(stencil, torch.roll(originals[source[row]], move, (1, 2)), image[row])
        touches = bool((stencil * layers[row, 1]).any())
        layers[row, 0] = left
        layers[row, 3:5] *= ~stencil
        layers[row, 3 if touches else 4] += stencil.float()
    return image, layers


def _resurface(image: Tensor, layers: Tensor, generator: torch.Generator) -> Tensor:
    """Another colour for what is seen of the object, its occluders or the others, each by chance."""
    for layer in (0, 3, 4):
        wanted = (torch.rand((len(image), 1, 1, 1), generator=generator) < 0.3) * layers[:, layer, None]
        tint = 0.5 + torch.rand((len(image), 3, 1, 1), generator=generator)
        shift = 0.6 * (torch.rand((len(image), 3, 1, 1), generator=generator) - 0.5)
        image = image + wanted * (image * (tint - 1) + shift)
    return image


def _recolour(image: Tensor, generator: torch.Generator) -> Tensor:
    count = (len(image), 1, 1, 1)
    contrast = 0.6 + 0.8 * torch.rand(count, generator=generator)
    shift = 0.4 * (torch.rand((len(image), 3, 1, 1), generator=generator) - 0.5)
    grey = torch.rand(count, generator=generator) * 0.8
    image = image + (image.mean(1, keepdim=True) - image) * grey
    noise = torch.randn(image.shape, generator=generator) * torch.rand(count, generator=generator) * 0.08
    return (image * contrast + shift + noise).clamp(-1, 1)


def _perturb(visible: Tensor, generator: torch.Generator) -> Tensor:
    """Visible masks as a detector gives them: now and then too fat, too thin, or coarse."""
    kinds = torch.rand(len(visible), generator=generator)
    maps = visible[:, None]
    fat = functional.max_pool2d(maps, 3, 1, 1)[:, 0]
    thin = -functional.max_pool2d(-maps, 3, 1, 1)[:, 0]
    coarse = functional.interpolate(functional.avg_pool2d(maps, 4), scale_factor=4, mode="bilinear")[:, 0]
    result = visible
    for changed, low, high in ((fat, 0.0, 0.15), (thin, 0.15, 0.25), ((coarse >= 0.5).float(), 0.25, 0.4)):
        enough = changed.sum((1, 2)) >= 10
        chosen = (kinds >= low) & (kinds < high) & enough
        result = torch.where(chosen[:, None, None], changed, result)
    return result


def _hint(layers: Tensor, generator: torch.Generator) -> Tensor:
    """What might be known of the order: nothing a quarter of the time, else the occluders or the others too; now and
    then the wrong way round, as from an order that is not always right."""
    kinds = torch.rand((len(layers), 1, 1), generator=generator)
    wrong = torch.rand((len(layers), 1, 1), generator=generator) < 0.04
    occluder, other = layers[:, 3], layers[:, 4]
    hint = occluder * (kinds > 0.25) - other * (kinds > 0.4)
    return torch.where(wrong, -hint, hint)


def concatenated(parts: Iterable[NDArray[np.uint8]]) -> list[tuple[int, int]]:
    """Every crop of several stores as (store, row)."""
    return [(store, row) for store, crops in enumerate(parts) for row in range(len(crops))]
