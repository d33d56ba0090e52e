"""What comes in, checked: images, stamps and masks, with one clear sentence for each thing that is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.scene import BoolArray, Mask

ImageArray = NDArray[np.uint8]
FloatArray = NDArray[np.float64]
Size = tuple[int, int]
FrameMasks = Mask | BoolArray | Sequence[Mask] | Mapping[str, Mask] | None
LEAST_SIDE = 16
ONLY_OBJECT = "object-1"


class CameraMoves(InvalidImage):
    """The camera moves, and motion is measured for a camera at rest only."""


def check_image(image: ImageArray, size: Size | None) -> Size:
    """(width, height) of a usable image.

    Args:
        image: uint8 RGB [H, W, 3].
        size: what the images before it had; None for the first.

    Raises:
        InvalidImage: another dtype, shape or size, or a side below 16 pixels.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidImage(f"motion is measured in uint8 RGB images [H, W, 3], got {got}")
    height, width = image.shape[:2]
    if min(width, height) < LEAST_SIDE:
        raise InvalidImage(f"an image of {width} x {height} is too small to measure motion in")
    if size is not None and size != (width, height):
        raise InvalidImage(f"the image size changed from {size[0]} x {size[1]} to {width} x {height}; start a new clip")
    return width, height


def check_stamp(stamp_s: float, last_s: float | None) -> float:
    """A finite stamp later than the last one.

    Raises:
        InvalidImage: it is not finite, or does not rise.
    """
    stamp_s = float(stamp_s)
    if not math.isfinite(stamp_s):
        raise InvalidImage(f"the image's stamp is {stamp_s}, not a time")
    if last_s is not None and stamp_s <= last_s:
        raise InvalidImage(f"stamps must rise, but {stamp_s} s follows {last_s} s")
    return stamp_s


def named_masks(masks: FrameMasks, size: Size) -> dict[str, Mask] | list[Mask]:
    """Masks by id where ids are known (a single mask is of the only object), else a list still to be associated.

    Raises:
        InvalidImage: a mask that is empty, of another size than the image, or outside it.
    """
    if masks is None:
        return {}
    if isinstance(masks, Mask | np.ndarray):
        return {ONLY_OBJECT: _usable(masks, size)}
    if isinstance(masks, Mapping):
        return {name: _usable(mask, size) for name, mask in masks.items()}
    return [_usable(mask, size) for mask in masks]


def _usable(mask: Mask | BoolArray, size: Size) -> Mask:
    width, height = size
    if isinstance(mask, np.ndarray):
        if mask.dtype != np.bool_ or mask.shape != (height, width):
            raise InvalidImage(
                f"a mask must be bool [{height}, {width}] like its image, got {mask.dtype} {list(mask.shape)}"
            )
        mask = Mask.from_full(mask)
    elif not isinstance(mask, Mask):
        raise InvalidImage(f"a mask must be a Mask or a bool array, got {type(mask).__name__}")
    inside = mask.clip(width, height)
    if not inside.area:
        raise InvalidImage("a mask has no pixel in the image; give None for an object that is out of sight")
    return inside
