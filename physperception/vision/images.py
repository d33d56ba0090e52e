"""What an image is, for every model of this package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage

MAX_PIXELS = 100_000_000


def check_image(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Height and width of a usable image; raises InvalidImage for any other."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        found = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidImage(f"an image must be uint8 [H, W, 3], got {found}")
    height, width = image.shape[:2]
    if not 0 < height * width <= MAX_PIXELS:
        raise InvalidImage(f"an image must have 1 to {MAX_PIXELS} pixels, got {width} x {height}")
    return height, width
