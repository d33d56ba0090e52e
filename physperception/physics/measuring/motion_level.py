"""Whether anything moves, for almost nothing: a few thousand pixels against those of earlier images."""

from __future__ import annotations

import cv2
import numpy as np

from physperception.physics.measuring.frames import ImageArray, check_image

SAMPLED_ROWS = 80
LEAST_CHANGE = 10
NOISE_FACTOR = 6.0
REFERENCE_FRAMES = 12


def motion_level(image: ImageArray, previous: ImageArray) -> float:
    """Fraction of sampled values (pixels and channels), 0..1, that changed by more than the noise between two images.

    Args:
        image, previous: uint8 RGB [H, W, 3] of one size.

    Raises:
        InvalidImage: images that are not such.
    """
    check_image(previous, check_image(image, None))
    return _changed(_sampled(image), _sampled(previous))


class MotionGate:
    """Says image by image whether anything moves; it costs a tenth of a millisecond.

    Slow motion shows against an image kept for a dozen frames.

    Args:
        threshold: fraction of sampled values that must change.
    """

    def __init__(self, threshold: float = 2e-4) -> None:
        self._threshold = threshold
        self.reset()

    def reset(self) -> None:
        """Forget all images."""
        self.level = 0.0
        self._previous: ImageArray | None = None
        self._references: list[ImageArray] = []
        self._count = 0

    def update(self, image: ImageArray) -> bool:
        """Whether something moves now; `level` is the fraction of sampled values that changed.

        The first image, and one of another size, counts as still.

        Raises:
            InvalidImage: not uint8 RGB [H, W, 3].
        """
        check_image(image, None)
        now = _sampled(image)
        if self._previous is None or self._previous.shape != now.shape:
            self.reset()
            self._previous, self._references = now, [now, now]
            return False
        self.level = max(_changed(now, self._previous), _changed(now, self._references[0]))
        self._previous = now
        self._count += 1
        if self._count % REFERENCE_FRAMES == 0:
            self._references = [self._references[1], now]
        return self.level > self._threshold


def _sampled(image: ImageArray) -> ImageArray:
    """A grid of pixels with some 80 on the shorter side: uint8 [h, w, 3]."""
    step = max(1, min(image.shape[:2]) // SAMPLED_ROWS)
    return np.ascontiguousarray(image[step // 2 :: step, step // 2 :: step])


def _changed(now: ImageArray, before: ImageArray) -> float:
    """Fraction of samples that differ by more than six standard deviations of the noise."""
    difference = cv2.absdiff(now, before).ravel()
    counts = np.bincount(difference, minlength=256)
    median = float(np.searchsorted(np.cumsum(counts), difference.size / 2))
    limit = max(LEAST_CHANGE, NOISE_FACTOR * 1.4826 * median)
    return float(counts[int(limit) + 1 :].sum()) / difference.size
