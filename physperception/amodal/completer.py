"""Amodal completion: an image and visible masks in, whole objects and who hides whom out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from physperception.amodal.backends import Backend, Prediction, open_backend
from physperception.amodal.config import AmodalConfig
from physperception.amodal.crops import Crop, crop_around, put_back
from physperception.amodal.order import OrderPredictor, PairwiseOrder
from physperception.errors import InvalidImage
from physperception.scene import Mask
from physperception.vision.images import check_image
from physperception.weights import weights_path


@dataclass(frozen=True)
class OrderHint:
    """What is known about who hides an object before looking at it.

    Attributes:
        occluder: visible pixels of objects that are known to hide it.
        other: visible pixels of objects that are known not to.
    """

    occluder: Mask | None = None
    other: Mask | None = None


@dataclass(frozen=True)
class Completion:
    """The whole of one object.

    Attributes:
        amodal: in one piece with the visible mask, which it contains; it may reach past the image.
        x, y, probability: float32 [h, w] of 0..1, for each pixel from (x, y) on, that the object is there; 1 on
            visible pixels.
        occluder: where the model sees what hides the object.
        samples: other whole shapes that it may have, as likely as the model finds them; as many as were asked for.
        occlusion: 1 - visible area / amodal area.
        occlusion_std: standard deviation of that over the shapes the object may have; NaN where the model has none.
        score: expected IoU of `amodal` with the true one, by the model's own distribution; NaN where it has none.
    """

    amodal: Mask
    x: int
    y: int
    probability: NDArray[np.float32]
    occluder: Mask
    samples: tuple[Mask, ...]
    occlusion: float
    occlusion_std: float
    score: float

    def mass_on(self, pixels: Mask) -> float:
        """Expected number of the object's pixels among those of a mask, those more likely not its own left out."""
        height, width = self.probability.shape
        left, top = max(self.x, pixels.x), max(self.y, pixels.y)
        right, bottom = min(self.x + width, pixels.x + pixels.width), min(self.y + height, pixels.y + pixels.height)
        if right <= left or bottom <= top:
            return 0.0
        common = self.probability[top - self.y : bottom - self.y, left - self.x : right - self.x]
        values = common[pixels.data[top - pixels.y : bottom - pixels.y, left - pixels.x : right - pixels.x]]
        return float(values[values >= 0.5].sum())


def create(config: AmodalConfig) -> Completer:
    """Load the model a configuration names.

    Raises:
        ModelUnavailable: weights, base model, device or library are not there; the message says what to do.
    """
    return Completer(config)


class Completer:
    """Completes objects of any class; no occluder mask is needed, but one that is known is used.

    Not for use by two threads at once, except `reconfigure`.
    """

    def __init__(self, config: AmodalConfig) -> None:
        self._config = config
        self._backend: Backend = open_backend(config)
        path = Path(config.order_weights) if config.order_weights else weights_path("order.safetensors")
        self._order = OrderPredictor(path, torch.device(self._backend.device))

    @property
    def model_id(self) -> str:
        return self._backend.model_id

    @property
    def device(self) -> str:
        return self._backend.device

    def reconfigure(self, config: AmodalConfig) -> None:
        """Take over live options from the next image on."""
        self._config = config

    def close(self) -> None:
        """Give the memory back; the completer can't be used afterwards."""
        self._backend.close()

    def order(self, image: NDArray[np.uint8], visible: Sequence[Mask]) -> PairwiseOrder:
        """Who hides whom among N objects, as seen where they meet.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: N masks inside the image.

        Raises:
            InvalidImage: an unusable image, an empty mask, or one that reaches past the image.
        """
        height, width = check_image(image)
        check_masks(visible, width, height)
        return self._order(image, visible)

    def complete(
        self,
        image: NDArray[np.uint8],
        visible: Sequence[Mask],
        hints: Sequence[OrderHint] | None = None,
        samples: int = 0,
    ) -> list[Completion]:
        """The whole objects behind visible masks; what the image shows once is computed once for all of them.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: N masks inside the image.
            hints: N, what is known of their occluders, as from `graph.hints_from_order`; None for nothing.
            samples: how many other shapes to draw for each, 0 to 64.

        Raises:
            InvalidImage: an unusable image, an empty mask, or one that reaches past the image.
            ValueError: another number of hints than masks, or of samples than allowed.
        """
        height, width = check_image(image)
        check_masks(visible, width, height)
        if hints is not None and len(hints) != len(visible):
            raise ValueError(f"{len(hints)} hints for {len(visible)} masks")
        if not 0 <= samples <= 64:
            raise ValueError(f"samples must be in 0..64, got {samples}")
        if not visible:
            return []
        crops = [crop_around(mask) for mask in visible]
        wanted = list(hints) if hints is not None else [OrderHint()] * len(visible)
        prediction = self._backend.predict(image, crops, list(visible), wanted, samples)
        return [
            _completion(mask, crop, prediction, index, self._config.mask_threshold)
            for index, (mask, crop) in enumerate(zip(visible, crops))
        ]


def check_masks(visible: Sequence[Mask], width: int, height: int) -> None:
    """Raise InvalidImage for a mask that is empty or reaches past an image of this size."""
    for index, mask in enumerate(visible):
        tight = mask.tight()
        if not tight.area:
            raise InvalidImage(f"mask {index} has no pixels")
        if tight.x < 0 or tight.y < 0 or tight.x + tight.width > width or tight.y + tight.height > height:
            raise InvalidImage(f"mask {index} reaches past the image of {width} x {height} pixels")


def joined(mask: NDArray[np.bool_], visible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of `mask` with `visible` that hang together with visible pixels; 8 neighbours."""
    whole = (mask | visible).astype(np.uint8)
    _, labels = cv2.connectedComponents(whole, connectivity=8)
    kept = np.zeros(int(labels.max()) + 1, dtype=np.bool_)
    kept[labels[visible]] = True
    kept[0] = False
    return kept[labels]


def _completion(visible: Mask, crop: Crop, prediction: Prediction, index: int, threshold: float) -> Completion:
    window = visible.window(crop.x, crop.y, crop.side, crop.side)
    probability = np.where(window, np.float32(1), put_back(prediction.probability[index], crop))
    amodal = Mask(crop.x, crop.y, joined(probability >= threshold, window)).tight()
    occluder = put_back(prediction.occluder[index], crop) >= threshold
    shapes = tuple(_shape(shape[index], crop, window, threshold) for shape in prediction.samples)
    return Completion(
        amodal=amodal,
        x=crop.x,
        y=crop.y,
        probability=probability,
        occluder=Mask(crop.x, crop.y, occluder & ~window).tight(),
        samples=shapes,
        occlusion=1 - visible.area / amodal.area,
        occlusion_std=float(prediction.occlusion_std[index]),
        score=float(prediction.score[index]),
    )


def _shape(probability: NDArray[np.float32], crop: Crop, window: NDArray[np.bool_], threshold: float) -> Mask:
    return Mask(crop.x, crop.y, joined(put_back(probability, crop) >= threshold, window)).tight()
