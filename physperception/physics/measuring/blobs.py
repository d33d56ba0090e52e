"""A thing in one image: how much of every pixel it covers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import Size
from physperception.scene import BoolArray, Box, Mask

HARD_NOISE = 0.29


@dataclass(frozen=True, eq=False)
class Blob:
    """Coverage of the pixels of a crop by one thing.

    Attributes:
        x, y: position of the crop in the image.
        alpha: float32 [h, w], fraction of each pixel that the thing covers, 0..1.
        size: (width, height) of the image.
        noise: standard deviation of `alpha` in a pixel of the outline.
        color: mean RGB; None unknown.
        face: float32 [h, w], probability that a pixel is of the upper face of a block; None unknown.
    """

    x: int
    y: int
    alpha: NDArray[np.float32]
    size: Size
    noise: float = HARD_NOISE
    color: NDArray[np.float64] | None = None
    face: NDArray[np.float32] | None = None

    @classmethod
    def from_mask(cls, mask: Mask, size: Size) -> Blob:
        """Of a binary mask, whose outline is known to the pixel."""
        return cls(mask.x, mask.y, mask.data.astype(np.float32), size)

    @cached_property
    def area(self) -> float:
        """In pixels."""
        return float(self.alpha.sum())

    @cached_property
    def center(self) -> tuple[float, float]:
        """Centroid, pixel-centre coordinates of the image."""
        columns, rows = self.alpha.sum(axis=0), self.alpha.sum(axis=1)
        total = max(self.area, 1e-9)
        x = float(columns @ np.arange(len(columns))) / total
        y = float(rows @ np.arange(len(rows))) / total
        return self.x + x, self.y + y

    @cached_property
    def box(self) -> Box:
        """Of the part covered, with sides found within the pixel, half-open pixel coordinates."""
        left, right = _sides(self.alpha.max(axis=0))
        top, bottom = _sides(self.alpha.max(axis=1))
        return Box(self.x + left, self.y + top, self.x + right, self.y + bottom)

    @cached_property
    def cut(self) -> bool:
        """Whether it touches the image border."""
        box = self.box
        return box.x1 < 0.75 or box.y1 < 0.75 or box.x2 > self.size[0] - 0.75 or box.y2 > self.size[1] - 0.75

    @property
    def solid(self) -> BoolArray:
        """Pixels covered by half or more, bool [h, w]."""
        return self.alpha >= 0.5

    @property
    def mask(self) -> Mask:
        return Mask(self.x, self.y, self.solid).tight()

    def joined(self, other: Blob) -> Blob:
        """Both as one thing."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.alpha.shape[1], other.x + other.alpha.shape[1])
        bottom = max(self.y + self.alpha.shape[0], other.y + other.alpha.shape[0])
        alpha, face = (np.zeros((bottom - y, right - x), dtype=np.float32) for _ in range(2))
        for part in (self, other):
            height, width = part.alpha.shape
            window = np.s_[part.y - y : part.y - y + height, part.x - x : part.x - x + width]
            np.maximum(alpha[window], part.alpha, out=alpha[window])
            if part.face is not None:
                np.maximum(face[window], part.face, out=face[window])
        larger = self if self.area >= other.area else other
        known = self.face is not None or other.face is not None
        noise = max(self.noise, other.noise)
        return Blob(x, y, alpha, self.size, noise, larger.color, face if known else None)


def _sides(profile: NDArray[np.float32]) -> tuple[float, float]:
    """Where a profile of coverage begins and ends, in pixel edges from the crop's first."""
    solid = np.flatnonzero(profile >= 0.5)
    if not solid.size:
        solid = np.array([int(np.argmax(profile))])
    first, last = int(solid[0]), int(solid[-1])
    before = float(profile[first - 1]) if first else 0.0
    after = float(profile[last + 1]) if last + 1 < len(profile) else 0.0
    low = first + (1.0 - float(profile[first])) - before
    high = last + float(profile[last]) + after
    return low, max(high, low)
