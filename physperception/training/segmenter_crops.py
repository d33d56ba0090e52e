"""Crops of generated videos for the motion segmenter: image, background, another image of the clip, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.datasets.videos.dataset import VideoClip, VideoDataset
from physperception.physics.measuring.background import background_behind, image_noise
from physperception.scene import Mask, Property

SIZE = 144
LAYERS = 12
MOST_OVERLAP = 0.25
KEY_STEP = 4


@dataclass(frozen=True)
class Crops:
    """Stored crops.

    Attributes:
        layers: uint8 [N, 12, 144, 144]: image RGB, background RGB, RGB of another image of the clip in
            which the body is elsewhere (the background again where there is none), and 0/1 each:
            body in view, upper face of a block in view, background not known.
        facts: float32 [N, 2]: noise in grey levels; 1 for crops of blocks.
    """

    layers: NDArray[np.uint8]
    facts: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.layers)


def store_crops(folders: Sequence[Path], cache: Path, each: int, seed: int, most: int) -> Crops:
    """Cut crops of `each` images of every clip without a second mover (which has no masks), once.

    Args:
        folders: sets that `physperception.datasets.videos` wrote.
        cache: path without suffix of the files to write or to read.
        each: images a clip, spread over it.
        seed: of the choice of images and places.
        most: clips of a folder, the first ones.
    """
    layers_path, facts_path = cache.with_suffix(".layers.npy"), cache.with_suffix(".facts.npy")
    if not facts_path.exists():
        first = [clip for folder in folders for clip in islice(VideoDataset(folder), most)]
        clips = [clip for clip in first if not clip.truth["nuisances"]["second_mover"]]
        cache.parent.mkdir(parents=True, exist_ok=True)
        layers = open_memmap(layers_path, "w+", np.uint8, (len(clips) * each, LAYERS, SIZE, SIZE))
        generator, facts, count = np.random.default_rng(seed), [], 0
        for clip in tqdm(clips, desc=str(cache), unit="clip"):
            for crop, noise in cut_clip(clip, each, generator):
                layers[count] = crop
                facts.append((noise, float(clip.property is Property.KINETIC_FRICTION)))
                count += 1
        layers.flush()
        np.save(facts_path, np.array(facts, dtype=np.float32))
    facts_found = np.load(facts_path)
    return Crops(np.load(layers_path, mmap_mode="r")[: len(facts_found)], facts_found)


def cut_clip(clip: VideoClip, each: int, generator: np.random.Generator) -> list[tuple[NDArray[np.uint8], float]]:
    """Crops uint8 [12, 144, 144] of some images of a clip, and the noise of its images."""
    frames = list(clip.frames())
    height, width = frames[0].shape[:2]
    places = [clip.amodal_masks[i] for i in range(0, len(frames), KEY_STEP)]
    things = np.stack([np.zeros((height, width), bool) if m is None else m.full(width, height) for m in places])
    noise = image_noise(frames)
    background = background_behind(frames[::2], frames[::KEY_STEP], things, noise)
    unknown = np.zeros((height, width), np.uint8) if background.covered is None else background.covered
    out = []
    for index in np.unique(generator.choice(len(frames), min(each, len(frames)), replace=False)):
        mask = clip.masks[index]
        body = np.zeros((height, width), np.uint8) if mask is None else mask.full(width, height).astype(np.uint8)
        apart = [i for i in range(len(frames)) if _overlap(clip.masks[i], mask) < MOST_OVERLAP]
        other = frames[int(generator.choice(apart))] if apart else background.image
        truth = np.dstack((body, upper_face(clip.truth["frames"][index], body), unknown))
        whole = np.concatenate((frames[index], background.image, other, truth.astype(np.uint8)), axis=2)
        middle = (width / 2, height / 2) if mask is None else (mask.x + mask.width / 2, mask.y + mask.height / 2)
        left, top = (
            int(np.clip(generator.normal(place, SIZE / 5) - SIZE / 2, 0, end - SIZE))
            for place, end in zip(middle, (width, height))
        )
        out.append((whole[top : top + SIZE, left : left + SIZE].transpose(2, 0, 1), noise))
    return out


def _overlap(mask: Mask | None, other: Mask | None) -> float:
    """Part of the smaller that is in both."""
    if mask is None or other is None:
        return 0.0
    return mask.intersection_area(other) / max(min(mask.area, other.area), 1)


def upper_face(frame: dict[str, Any] | None, body: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels whose middle is in view and of a block's upper face, uint8 0/1 [H, W]; none for other bodies."""
    corners = None if frame is None else frame.get("corners")
    if corners is None:
        return np.zeros_like(body)
    points = np.array(corners, dtype=np.float64)
    face = np.ones(body.shape, dtype=np.bool_)
    rows, columns = np.mgrid[: body.shape[0], : body.shape[1]]
    ahead = np.roll(points, -1, axis=0) - points
    turn = np.sign(points[:, 0] @ np.roll(points[:, 1], -1) - points[:, 1] @ np.roll(points[:, 0], -1))
    for (x, y), (across, down) in zip(points, ahead):
        face &= turn * (across * (rows - y) - down * (columns - x)) >= 0
    return face.astype(np.uint8) & body
