"""What objects look like to a small network: probabilities of household categories and of surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.weights import read_weights, weights_path

WEIGHTS = "looks.safetensors"
SIZE = 48
WIDTHS = (24, 48, 80, 128)
CATEGORIES = (
    "box", "carton", "book", "can", "bottle", "cup", "mug", "bowl", "plate", "ball", "fruit", "block", "tool", "tube",
    "cable", "tray", "bag",
)  # fmt: skip
SURFACES = ("plain", "striped", "checked", "dotted", "mottled", "wood", "patched", "printed")
CHUNK = 64
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Looks:
    """Probabilities of N objects.

    Attributes:
        categories: float64 [N, 17], of `CATEGORIES`.
        surfaces: float64 [N, 8], of `SURFACES`.
        glossiness: float64 [N].
    """

    categories: FloatArray
    surfaces: FloatArray
    glossiness: FloatArray

    def surface(self, name: str) -> FloatArray | None:
        """float64 [N] of one surface or material; None for one the network does not know."""
        if name in ("glossy", "matte"):
            return self.glossiness if name == "glossy" else 1 - self.glossiness
        if name not in SURFACES:
            return None
        return np.asarray(self.surfaces[:, SURFACES.index(name)])


class LooksNetwork(nn.Module):
    """Crops [B, 5, 48, 48] (RGB of the object's own pixels in -1..1, visible mask, other objects in front or beside)
    to logits [B, 17 + 8 + 1] of categories, surfaces and gloss."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [*_convolution(5, WIDTHS[0])]
        for before, after in pairwise(WIDTHS):
            layers += [*_convolution(before, before), nn.MaxPool2d(2), *_convolution(before, after)]
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(2 * WIDTHS[-1], 128)
        self.output = nn.Linear(128, len(CATEGORIES) + len(SURFACES) + 1)

    def forward(self, crops: Tensor) -> Tensor:
        found = self.features(crops)
        pooled = torch.cat((found.mean((2, 3)), found.amax((2, 3))), 1)
        return self.output(functional.relu(self.hidden(pooled)))


class LooksPredictor:
    """A `LooksNetwork` with the shipped weights, on the CPU.

    Raises:
        ModelUnavailable: the weights are missing or of another network.
    """

    def __init__(self) -> None:
        network = LooksNetwork()
        path = weights_path(WEIGHTS)
        counters = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
        try:
            network.load_state_dict(read_weights(path) | counters)
        except RuntimeError as error:
            raise ModelUnavailable(f"{path} does not hold weights of the network of looks") from error
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8], visible: Sequence[Mask]) -> Looks:
        """Looks of N objects.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: N masks.
        """
        crops = [cut(image, visible, index) for index in range(len(visible))]
        rows = [np.zeros((0, len(CATEGORIES) + len(SURFACES) + 1), dtype=np.float32)]
        for start in range(0, len(crops), CHUNK):
            batch = as_input(np.stack(crops[start : start + CHUNK])).contiguous(memory_format=torch.channels_last)
            rows.append(self._network(batch).numpy())
        logits = torch.from_numpy(np.concatenate(rows).astype(np.float64))
        names, surfaces, gloss = logits.split((len(CATEGORIES), len(SURFACES), 1), dim=1)
        return Looks(names.softmax(1).numpy(), surfaces.softmax(1).numpy(), gloss[:, 0].sigmoid().numpy())


@lru_cache(maxsize=1)
def shipped_looks() -> LooksPredictor:
    """The predictor with the shipped weights, loaded once. Raises ModelUnavailable as `LooksPredictor`."""
    return LooksPredictor()


def cut(image: NDArray[np.uint8], visible: Sequence[Mask], index: int) -> NDArray[np.uint8]:
    """uint8 [48, 48, 5]: a square around an object, 1.1 times its longer side: RGB, its mask, masks of the others."""
    mask = visible[index].tight()
    side = max(round(max(mask.width, mask.height) * 1.1), 4)
    x, y = round(mask.x + mask.width / 2 - side / 2), round(mask.y + mask.height / 2 - side / 2)
    others = np.zeros((side, side), dtype=np.bool_)
    for other, one in enumerate(visible):
        if (
            other != index
            and one.x < x + side
            and one.y < y + side
            and one.x + one.width > x
            and one.y + one.height > y
        ):
            others |= one.window(x, y, side, side)
    how = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
    layers = [layer.astype(np.uint8) * 255 for layer in (mask.window(x, y, side, side), others)]
    parts = [cv2.resize(part, (SIZE, SIZE), interpolation=how) for part in (_window(image, x, y, side), *layers)]
    return np.asarray(np.dstack(parts), dtype=np.uint8)


def as_input(crops: NDArray[np.uint8]) -> Tensor:
    """Stored crops [B, 48, 48, 5] to network input float32 [B, 5, 48, 48]; colours outside the object become 0."""
    layers = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
    own = layers[:, 3:4]
    return torch.cat(((layers[:, :3] * 2 - 1) * (own > 0.5), layers[:, 3:]), 1)


def _window(image: NDArray[np.uint8], x: int, y: int, side: int) -> NDArray[np.uint8]:
    out = np.zeros((side, side, 3), dtype=np.uint8)
    height, width = image.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    if left < right and top < bottom:
        out[top - y : bottom - y, left - x : right - x] = image[top:bottom, left:right]
    return out


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
