"""What objects look like to a small network: probabilities of household categories and of surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.surfaces import SIZE, describe
from physperception.scene import Mask
from physperception.weights import read_weights, weights_path

WEIGHTS = "looks.safetensors"
WIDTHS = (192, 96)
FEATURES = 497
CATEGORIES = (
    "box", "carton", "book", "can", "bottle", "cup", "mug", "bowl", "plate", "ball", "fruit", "block", "tool", "tube",
    "cable", "tray", "bag",
)  # fmt: skip
SURFACES = ("plain", "striped", "checked", "dotted", "mottled", "wood", "patched", "printed")
SURFACE_SHARES = (0.32, 0.10, 0.065, 0.035, 0.14, 0.08, 0.05, 0.21)
"""Of the training set."""
SHARPNESS = 1.5
OUTPUTS = len(CATEGORIES) + len(SURFACES)
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Looks:
    """Probabilities of N objects.

    Attributes:
        categories: float64 [N, 17], of `CATEGORIES`.
        surfaces: float64 [N, 8], of `SURFACES`.
    """

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
    """Descriptions [B, 497] (`surfaces.describe`) to logits [B, 17 + 8] of categories and surfaces.

    Buffers `middle` and `spread` bring each number to mean 0 and deviation 1 over the training set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(FEATURES))
        self.register_buffer("spread", torch.ones(FEATURES))
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, WIDTHS[0]),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(WIDTHS[0], WIDTHS[1]),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(WIDTHS[1], OUTPUTS),
        )

    def forward(self, described: Tensor) -> Tensor:
        middle, spread = self.get_buffer("middle"), self.get_buffer("spread")
        logits: Tensor = self.layers(((described - middle) / spread).clamp(-5, 5))
        return logits


class LooksPredictor:
    """A `LooksNetwork` with the shipped weights, on the CPU.

    Raises:
        ModelUnavailable: the weights are missing or of another network.
    """

    def __init__(self) -> None:
        network = LooksNetwork()
        path = weights_path(WEIGHTS)
        try:
            network.load_state_dict(read_weights(path))
        except RuntimeError as error:
            raise ModelUnavailable(f"{path} does not hold weights of the network of looks") from error
        self._network = network.eval()

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8], visible: Sequence[Mask]) -> Looks:
        """Looks of N objects.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: N masks.
        """
        described = [describe(cut(image, visible, index)) for index in range(len(visible))]
        stacked = np.stack(described) if described else np.zeros((0, FEATURES), dtype=np.float32)
        logits = self._network(torch.from_numpy(stacked)).double()
        names, surfaces = logits.split((len(CATEGORIES), len(SURFACES)), dim=1)
        return Looks(names.softmax(1).numpy(), surfaces.softmax(1).numpy())


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


def _window(image: NDArray[np.uint8], x: int, y: int, side: int) -> NDArray[np.uint8]:
    out = np.zeros((side, side, 3), dtype=np.uint8)
    height, width = image.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    if left < right and top < bottom:
        out[top - y : bottom - y, left - x : right - x] = image[top:bottom, left:right]
    return out
