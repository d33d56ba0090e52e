"""What objects look like to a small network: probabilities of everyday categories and of surfaces."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.detection.nanodet import Trunk, normalise
from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.weights import read_metadata, read_weights, weights_path

WEIGHTS = "looks.safetensors"
SIZE = 80
AROUND = 1.1
"""Side of a crop over the longer side of its object."""
SURFACES = ("plain", "striped", "checked", "dotted", "mottled", "wood", "patched", "printed")
SURFACE_SHARES = (0.32, 0.10, 0.065, 0.035, 0.14, 0.08, 0.05, 0.21)
"""Of the training set."""
SHARPNESS = 1.5
OUTSIDE = 114
_CELLS = SIZE // 16
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Looks:
    """Probabilities of N objects.

    Attributes:
        names: of the K categories the network knows.
        categories: float64 [N, K].
        surfaces: float64 [N, 8], of `SURFACES`.
    """

    names: tuple[str, ...]
    categories: FloatArray
    surfaces: FloatArray

    def surface(self, name: str) -> FloatArray | None:
        """float64 [N]: how much likelier one surface is than before looking; None for one the network does not know."""
        if name not in SURFACES:
            return None
        index = SURFACES.index(name)
        gain = (self.surfaces[:, index] / SURFACE_SHARES[index]) ** SHARPNESS
        return np.asarray(gain / (gain + 1))


class LooksNetwork(nn.Module):
    """Crops float [B, 5, 80, 80] of 0..255 (RGB, mask of the object, masks of others) to logits [B, K + 8].

    The first three stages of the detector's trunk, into whose first layer the masks are added.

    Args:
        categories: K.
    """

    def __init__(self, categories: int) -> None:
        super().__init__()
        trunk = Trunk()
        self.stem = trunk.stem
        self.masks = nn.Conv2d(2, trunk.stem.out_channels, 3, stride=2, padding=1, bias=False)
        self.stages = trunk.stages[:3]
        self.reduce = nn.Conv2d(256, 48, 1)
        self.hidden = nn.Linear(48 * _CELLS**2 + 512, 160)
        self.output = nn.Linear(160, categories + len(SURFACES))
        nn.init.zeros_(self.masks.weight)

    def forward(self, crops: Tensor) -> Tensor:
        features = self.stem(normalise(crops[:, :3])) + self.masks(crops[:, 3:].float() / 255)
        features = functional.max_pool2d(functional.leaky_relu(features, 0.1), 3, stride=2, padding=1)
        for stage in self.stages:
            features = stage(features)
        places = functional.relu(self.reduce(features)).flatten(1)
        pooled = torch.cat((features.mean((2, 3)), features.amax((2, 3)), places), 1)
        pooled = functional.dropout(pooled, 0.2, self.training)
        logits: Tensor = self.output(functional.dropout(functional.relu(self.hidden(pooled)), 0.2, self.training))
        return logits


class LooksPredictor:
    """A `LooksNetwork` on the CPU.

    Args:
        weights: a file whose header names the categories; None for the shipped ones.

    Raises:
        ModelUnavailable: the weights are missing or of another network.
    """

    def __init__(self, weights: Path | None = None) -> None:
        path = weights or weights_path(WEIGHTS)
        try:
            self.names: tuple[str, ...] = tuple(json.loads(read_metadata(path)["categories"]))
            network = LooksNetwork(len(self.names))
            network.load_state_dict(read_weights(path))
        except (KeyError, ValueError, RuntimeError) as error:
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
        stacked = np.stack(crops) if crops else np.zeros((0, SIZE, SIZE, 5), dtype=np.uint8)
        inputs = torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        logits = self._network(inputs).double()
        names, surfaces = logits.split((len(self.names), len(SURFACES)), dim=1)
        return Looks(self.names, names.softmax(1).numpy(), surfaces.softmax(1).numpy())


@lru_cache(maxsize=1)
def shipped_looks() -> LooksPredictor:
    """The predictor with the shipped weights, loaded once. Raises ModelUnavailable as `LooksPredictor`."""
    return LooksPredictor()


def cut(
    image: NDArray[np.uint8], visible: Sequence[Mask], index: int, size: int = SIZE, around: float = AROUND
) -> NDArray[np.uint8]:
    """uint8 [size, size, 5]: a square around an object, `around` times its side: RGB, its mask, masks of others."""
    mask = visible[index].tight()
    side = max(round(max(mask.width, mask.height) * around), 4)
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
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    layers = [layer.astype(np.uint8) * 255 for layer in (mask.window(x, y, side, side), others)]
    parts = [cv2.resize(part, (size, size), interpolation=how) for part in (_window(image, x, y, side), *layers)]
    return np.asarray(np.dstack(parts), dtype=np.uint8)


def _window(image: NDArray[np.uint8], x: int, y: int, side: int) -> NDArray[np.uint8]:
    out = np.full((side, side, 3), OUTSIDE, dtype=np.uint8)
    height, width = image.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    if left < right and top < bottom:
        out[top - y : bottom - y, left - x : right - x] = image[top:bottom, left:right]
    return out
