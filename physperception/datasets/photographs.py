"""A short camera-like stream over photographs nobody here generated, for the demo and for system tests.

The photographs come with the scikit-image package: a cup of coffee, a cat, an astronaut and a motorcycle. Each is
shown by a camera that pans and zooms slowly. In some shots the plate of the coffee photograph, cut out along its
rim, passes in front of the scene, so that there is a real picture of one thing hiding another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.datasets.media import MediaFrame
from physperception.errors import ModelUnavailable

Picture = NDArray[np.uint8]
SIZE = (640, 480)
PLATE_CENTER, PLATE_AXES, PLATE_TILT_DEG = (282, 213), (204, 182), 0.0
PASSER_WIDTH_PX = 210


@dataclass(frozen=True)
class Shot:
    """One photograph by its name in scikit-image, for how long, and whether the plate passes in front."""

    photograph: str
    seconds: float
    passer: bool = False


SHOTS = (
    Shot("coffee", 2.0),
    Shot("chelsea", 2.0, passer=True),
    Shot("astronaut", 2.0),
    Shot("motorcycle", 3.0, passer=True),
)


def photograph(name: str) -> Picture:
    """A photograph as uint8 RGB [H, W, 3]: coffee, chelsea, astronaut or motorcycle.

    Raises:
        ModelUnavailable: scikit-image is not installed.
        ValueError: another name.
    """
    if name not in {shot.photograph for shot in SHOTS}:
        raise ValueError(f"no photograph {name!r}; choose from {', '.join(shot.photograph for shot in SHOTS)}")
    try:
        import skimage.data
    except ImportError as error:
        raise ModelUnavailable("the photographs come with scikit-image; pip install scikit-image") from error
    picture = skimage.data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(skimage.data, name)()
    return np.ascontiguousarray(picture[..., :3])


def frames(rate_hz: float = 10.0, shots: tuple[Shot, ...] = SHOTS) -> Iterator[MediaFrame]:
    """The stream: uint8 RGB [480, 640, 3] at a steady rate, the same in every run."""
    index = 0
    for shot in shots:
        count = max(1, round(shot.seconds * rate_hz))
        picture = photograph(shot.photograph)
        for step in range(count):
            phase = step / max(1, count - 1)
            view = _view(picture, phase)
            if shot.passer:
                view = _with_passer(view, phase)
            yield MediaFrame(view, round(index * 1e9 / rate_hz), f"{shot.photograph}-{step:03d}")
            index += 1


def _view(picture: Picture, phase: float) -> Picture:
    """A window of the camera's shape that covers the photograph and drifts and closes in by a tenth."""
    height, width = picture.shape[:2]
    cover = max(SIZE[0] / width, SIZE[1] / height)
    scale = cover * (1.0 + 0.1 * phase)
    spare_x, spare_y = scale * width - SIZE[0], scale * height - SIZE[1]
    matrix = np.array([[scale, 0, -spare_x * (0.4 + 0.2 * phase)], [0, scale, -spare_y * 0.5]])
    return cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_LINEAR).astype(np.uint8)


def _with_passer(view: Picture, phase: float) -> Picture:
    """The plate on its way from left to right across the lower half of the view."""
    source = photograph("coffee")
    outline = np.zeros(source.shape[:2], dtype=np.uint8)
    cv2.ellipse(outline, PLATE_CENTER, PLATE_AXES, PLATE_TILT_DEG, 0, 360, 255, -1, cv2.LINE_AA)
    scale = PASSER_WIDTH_PX / (2 * PLATE_AXES[0])
    target_x, target_y = SIZE[0] * (0.15 + 0.7 * phase), SIZE[1] * 0.68
    matrix = np.array([[scale, 0, target_x - scale * PLATE_CENTER[0]], [0, scale, target_y - scale * PLATE_CENTER[1]]])
    plate = cv2.warpAffine(source, matrix, SIZE, flags=cv2.INTER_AREA)
    alpha = cv2.warpAffine(outline, matrix, SIZE, flags=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    return (alpha * plate + (1 - alpha) * view + 0.5).astype(np.uint8)
