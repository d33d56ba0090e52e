"""A second opinion on a stream: the images of the present motion, few enough to keep, for a read-out."""

from __future__ import annotations

import bisect
from pathlib import Path

import numpy as np

from physperception.devices import prepare_device
from physperception.errors import ModelUnavailable
from physperception.physics.clips import extent, second_opinion
from physperception.physics.config import PropertiesConfig
from physperception.physics.measuring.frames import ImageArray
from physperception.physics.observations import Track, View
from physperception.physics.readout.predictor import ReadoutPredictor
from physperception.scene import PropertyEstimate

MOST_IMAGES = 64
FEWEST_IMAGES = 5


class StreamReadout:
    """Keeps at most 64 images, evenly over the time since the scene last rested, and asks a read-out about them.

    Raises:
        ModelUnavailable: the weights are not there, or the device is not.
    """

    def __init__(self, config: PropertiesConfig) -> None:
        path = Path(config.readout_weights)
        if not path.exists():
            raise ModelUnavailable(
                f"no read-out at {path}: train one with `python -m physperception.training.readout`, "
                "or leave readout.weights empty"
            )
        self.device = prepare_device(config.device, config.cpu_threads)
        self._predictor = ReadoutPredictor(path, config.readout_base, self.device)
        self.reset()

    def reset(self) -> None:
        """Forget the images."""
        self._images: list[ImageArray] = []
        self._stamps_s: list[float] = []
        self._step = 1
        self._count = 0

    def add(self, image: ImageArray, stamp_s: float) -> None:
        """Keep an image of a motion; every second one is let go where they become too many."""
        if self._images and self._images[0].shape != image.shape:
            self.reset()
        if self._count % self._step == 0:
            self._images.append(image.copy())
            self._stamps_s.append(stamp_s)
        self._count += 1
        if len(self._images) > MOST_IMAGES:
            self._images, self._stamps_s = self._images[::2], self._stamps_s[::2]
            self._step *= 2

    def joined(self, fit: PropertyEstimate, track: Track, view: View) -> PropertyEstimate:
        """A fit of a track joined with what the read-out says of the same images."""
        stamps = track.stamps_s
        first = bisect.bisect_left(self._stamps_s, float(stamps[0]))
        last = bisect.bisect_right(self._stamps_s, float(stamps[-1]))
        if last - first < FEWEST_IMAGES:
            return fit
        images = np.stack(self._images[first:last])
        times = np.asarray(self._stamps_s[first:last])
        opinion = self._predictor.predict(images, times, fit.property, view, track.object_id, extent(track))
        return second_opinion(fit, opinion)
