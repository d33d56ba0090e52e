"""Regions of an image: boxes and masks. Import them from `physperception.scene`, with what they are parts of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in pixels, half-open: a pixel (i, j) is inside when x1 <= j < x2 and y1 <= i < y2.

    Raises:
        ValueError: a coordinate is not finite, or x2 < x1, or y2 < y1.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        for name in ("x1", "y1", "x2", "y2"):
            value = float(getattr(self, name))
            if not math.isfinite(value):
                raise ValueError(f"Box.{name} must be finite, got {value}")
            object.__setattr__(self, name, value)
        if self.x2 < self.x1 or self.y2 < self.y1:
            raise ValueError(f"Box must have x2 >= x1 and y2 >= y1, got {self.xyxy}")

    @classmethod
    def from_center(cls, center_x: float, center_y: float, width: float, height: float) -> Box:
        """Build from centre and size in pixels, the form used in messages."""
        if width < 0 or height < 0:
            raise ValueError(f"a box's size must not be negative, got {width} x {height}")
        return cls(center_x - width / 2, center_y - height / 2, center_x + width / 2, center_y + height / 2)

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return self.x1, self.y1, self.x2, self.y2

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def clip(self, width: float, height: float) -> Box:
        """The part inside an image of this size; a box wholly outside becomes one of zero area on the border."""
        return Box(
            min(max(self.x1, 0.0), width),
            min(max(self.y1, 0.0), height),
            min(max(self.x2, 0.0), width),
            min(max(self.y2, 0.0), height),
        )

    def intersection(self, other: Box) -> float:
        """Area in pixels shared with `other`."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 when both boxes are empty."""
        shared = self.intersection(other)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """A binary mask, stored as a crop and the image position of its top-left pixel.

    Attributes:
        x: column of the crop's first pixel in the image; may be negative for amodal masks.
        y: row of the crop's first pixel in the image; may be negative for amodal masks.
        data: bool [h, w]; held read-only. An array of another dtype is refused rather than guessed at.

    Raises:
        ValueError: `data` is not a bool array of two dimensions.
    """

    x: int
    y: int
    data: BoolArray

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        if data.dtype != np.bool_ or data.ndim != 2:
            raise ValueError(f"Mask.data must be bool [h, w], got {data.dtype} {list(data.shape)}")
        data = data.view()
        data.flags.writeable = False
        object.__setattr__(self, "x", int(self.x))
        object.__setattr__(self, "y", int(self.y))
        object.__setattr__(self, "data", data)

    @classmethod
    def from_full(cls, full: BoolArray) -> Mask:
        """Crop a full-image mask, bool [H, W], to its pixels; a mask with none becomes an empty crop at (0, 0)."""
        return cls(0, 0, full).tight()

    @property
    def height(self) -> int:
        return int(self.data.shape[0])

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    @property
    def area(self) -> int:
        """Number of pixels set."""
        return int(np.count_nonzero(self.data))

    @property
    def extent(self) -> Box:
        """The box of the stored crop; `tight().extent` is the box of the pixels."""
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)

    def tight(self) -> Mask:
        """The same pixels in the smallest crop that holds them."""
        data = self.data
        if data.size and data[0].any() and data[-1].any() and data[:, 0].any() and data[:, -1].any():
            return self
        rows = np.flatnonzero(self.data.any(axis=1))
        if rows.size == 0:
            return Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
        columns = np.flatnonzero(self.data.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        crop = self.data[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1].copy()
        return Mask(self.x + left, self.y + top, crop)

    def window(self, x: int, y: int, width: int, height: int) -> BoolArray:
        """The mask seen through a window of the image plane: a new bool [height, width], False outside the crop."""
        out = np.zeros((height, width), dtype=np.bool_)
        left, top = max(self.x, x), max(self.y, y)
        right, bottom = min(self.x + self.width, x + width), min(self.y + self.height, y + height)
        if left < right and top < bottom:
            out[top - y : bottom - y, left - x : right - x] = self.data[
                top - self.y : bottom - self.y, left - self.x : right - self.x
            ]
        return out

    def full(self, width: int, height: int) -> BoolArray:
        """The mask on an image of this size, bool [height, width]; pixels outside the image are cut off."""
        return self.window(0, 0, width, height)

    def clip(self, width: int, height: int) -> Mask:
        """The part of the mask inside an image of this size."""
        return Mask.from_full(self.full(width, height))

    def union(self, other: Mask) -> Mask:
        return self._combine(other, np.logical_or)

    def minus(self, other: Mask) -> Mask:
        """The pixels of this mask that are not in `other`, as a tight crop."""
        return Mask(self.x, self.y, self.data & ~other.window(self.x, self.y, self.width, self.height)).tight()

    def intersection_area(self, other: Mask) -> int:
        """Number of pixels set in both."""
        return int(np.count_nonzero(self.data & other.window(self.x, self.y, self.width, self.height)))

    def contains(self, other: Mask) -> bool:
        """Whether every pixel of `other` is set here."""
        return other.intersection_area(self) == other.area

    def iou(self, other: Mask) -> float:
        """Intersection over union, 0 when both masks are empty."""
        shared = self.intersection_area(other)
        union = self.area + other.area - shared
        return shared / union if union else 0.0

    def _combine(self, other: Mask, operation: np.ufunc) -> Mask:
        x, y = min(self.x, other.x), min(self.y, other.y)
        width = max(self.x + self.width, other.x + other.width) - x
        height = max(self.y + self.height, other.y + other.height) - y
        return Mask(x, y, operation(self.window(x, y, width, height), other.window(x, y, width, height))).tight()

    def __eq__(self, other: object) -> bool:
        """Same set pixels in the image plane, however they are cropped."""
        if not isinstance(other, Mask):
            return NotImplemented
        mine, theirs = self.tight(), other.tight()
        return (mine.x, mine.y) == (theirs.x, theirs.y) and np.array_equal(mine.data, theirs.data)

    __hash__ = None  # type: ignore[assignment]
