"""Shadows: where an image is a darker copy of its background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.frames import ImageArray
from physperception.scene import BoolArray

DARKEST = 0.3
BRIGHTEST = 0.97
COLOUR_TOLERANCE = 0.03
SMOOTHNESS = 0.035
SHARP_EDGE = 0.22


def gain(
    image: NDArray[np.float32], background: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The factor by which each pixel is darker than its background, and what that leaves unexplained, grey levels.

    Args:
        image, background: float32 RGB [h, w, 3].

    Returns:
        float32 [h, w] each: least-squares factor over the channels, and the root of the summed squared rest.
    """
    dot = np.einsum("ijk,ijk->ij", image, background)
    square = np.einsum("ijk,ijk->ij", background, background) + 1.0
    factor = dot / square
    rest = image - factor[..., None] * background
    return factor, np.sqrt(np.einsum("ijk,ijk->ij", rest, rest))


def shadow_pixels(image: ImageArray, background: ImageArray, noise: float) -> BoolArray:
    """Where the image looks like its background in shadow: bool [h, w].

    The colour is the same but for its brightness (Horprasert et al. 1999), and the factor varies slowly,
    as the texture of what is behind shows through.
    """
    seen = cv2.blur(image, (3, 3)).astype(np.float32)
    behind = cv2.blur(background, (3, 3)).astype(np.float32)
    factor, rest = gain(seen, behind)
    level = np.sqrt(np.einsum("ijk,ijk->ij", behind, behind))
    detail = factor - cv2.GaussianBlur(factor, (0, 0), 2.0)
    spread = np.sqrt(cv2.blur(detail * detail, (5, 5)))
    smooth = spread < SMOOTHNESS + noise / np.maximum(level, 1.0)
    alike = rest < 1.5 * noise + COLOUR_TOLERANCE * level
    return np.asarray((factor > DARKEST) & (factor < BRIGHTEST) & alike & smooth)


def shadow_parts(
    image: ImageArray, background: ImageArray, region: BoolArray, noise: float, shade: BoolArray | None = None
) -> BoolArray:
    """What of a region that differs from its background is shadow rather than thing: bool [h, w].

    Args:
        image, background: uint8 RGB [h, w, 3].
        region: bool [h, w].
        noise: of a channel, grey levels.
        shade: `shadow_pixels` of them, where it is known.
    """
    shade = shadow_pixels(image, background, noise) if shade is None else shade
    candidates = cv2.morphologyEx((region & shade).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(candidates, connectivity=8)
    out = np.zeros(region.shape, dtype=np.bool_)
    for index in range(1, count):
        x, y, width, height, _ = stats[index]
        crop = np.s_[max(y - 6, 0) : y + height + 6, max(x - 6, 0) : x + width + 6]
        part = labels[crop] == index
        seen, behind = image[crop].astype(np.float32), background[crop].astype(np.float32)
        if looks_like_shadow(seen, behind, part, region[crop] & ~part, noise):
            out[crop] |= part
    return out


def looks_like_shadow(
    image: NDArray[np.float32], background: NDArray[np.float32], part: BoolArray, rest: BoolArray, noise: float
) -> bool:
    """Whether a part that is darker throughout is a shadow rather than a dark thing.

    The texture of the background shows through a shadow; without any texture, a soft outline tells.

    Args:
        image, background: float32 RGB [h, w, 3].
        part, rest: bool [h, w], the part, and what else of its region differs from the background.
        noise: of a channel, grey levels.
    """
    inner = cv2.erode(part.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if inner.sum() > 30:
        fine = [layer.mean(axis=2) - cv2.GaussianBlur(layer.mean(axis=2), (0, 0), 3.0) for layer in (image, background)]
        seen, behind = fine[0][inner], fine[1][inner]
        if behind.std() > 2.0 * noise:
            return bool(seen.std() > 0 and np.corrcoef(seen, behind)[0, 1] > 0.6)
    smooth = [np.asarray(cv2.GaussianBlur(layer, (3, 3), 0), dtype=np.float32) for layer in (image, background)]
    factor, _ = gain(*smooth)
    down, across = np.gradient(factor)
    depth = max(1.0 - float(np.median(factor[part])), 0.05)
    ring = cv2.dilate(part.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    outline = ring & ~(cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    near_rest = cv2.dilate(rest.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    open_air = cv2.dilate((~part & ~near_rest).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    free = outline & open_air & ~near_rest
    if free.sum() < 8:
        return False
    steepest = np.percentile(np.hypot(down, across)[free], 80)
    return bool(steepest / depth < SHARP_EDGE)
