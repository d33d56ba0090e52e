"""Which of two objects hides the other, seen from a crop around the place where they meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.amodal.crops import Crop, cut_image, cut_inside, cut_mask
from physperception.amodal.network import fold_normalisation
from physperception.errors import ModelUnavailable
from physperception.scene import Mask
from physperception.weights import read_weights

SIZE = 64
WIDTHS = (24, 32, 64, 96)
INPUTS = 6
GAP_PX = 6
LEAST_CONTACT_PX = 4
SMALLEST_PX = 32
CHUNK = 64


class OrderNetwork(nn.Module):
    """Logits that the first object hides the second, and the second the first; both or neither may hold.

    Input channels: RGB scaled to -1..1, visible mask of the first, of the second, `inside` (0 outside the image).
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [*_convolution(INPUTS, WIDTHS[0])]
        for before, after in pairwise(WIDTHS):
            layers += [nn.MaxPool2d(2), *_convolution(before, after), *_convolution(after, after)]
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(2 * WIDTHS[-1], 64)
        self.output = nn.Linear(64, 2)

    def forward(self, crops: Tensor) -> Tensor:
        """Crops [P, 6, S, S] to logits [P, 2]."""
        found = self.features(crops)
        pooled = torch.cat((found.mean((2, 3)), found.amax((2, 3))), 1)
        return self.output(functional.relu(self.hidden(pooled)))


@dataclass(frozen=True)
class PairwiseOrder:
    """Who hides whom among N objects.

    Attributes:
        hides: float32 [N, N]; [a, b] is the probability that a hides a part of b; NaN where they don't meet.
    """

    hides: NDArray[np.float32]

    def between(self, first: int, second: int) -> tuple[float, float] | None:
        """Probabilities that the first hides the second and the reverse; None where they don't meet."""
        over, under = float(self.hides[first, second]), float(self.hides[second, first])
        return None if np.isnan(over) else (over, under)

    def of(self, chosen: Sequence[int]) -> PairwiseOrder:
        """The order of some of the objects."""
        return PairwiseOrder(self.hides[np.ix_(chosen, chosen)])


class OrderPredictor:
    """An `OrderNetwork` with its weights, on a device.

    Raises:
        ModelUnavailable: the weights are missing or of another network.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        network = OrderNetwork()
        counters = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
        try:
            network.load_state_dict(read_weights(path) | counters)
        except RuntimeError as error:
            raise ModelUnavailable(f"{path} does not hold weights of the order network") from error
        fold_normalisation(network.eval().features)
        self._network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8], visible: Sequence[Mask]) -> PairwiseOrder:
        """The order of every two of N objects that are near each other.

        Args:
            image: uint8 RGB [H, W, 3].
            visible: N masks inside the image.
        """
        hides = np.full((len(visible), len(visible)), np.nan, dtype=np.float32)
        pairs, crops = [], []
        for first in range(len(visible)):
            for second in range(first + 1, len(visible)):
                crop = meeting_place(visible[first], visible[second])
                if crop is not None:
                    pairs.append((first, second))
                    crops.append(pair_input(image, visible[first], visible[second], crop))
        for start in range(0, len(pairs), CHUNK):
            batch = torch.stack(crops[start : start + CHUNK]).to(self._device)
            both = torch.cat((batch, swapped(batch))).contiguous(memory_format=torch.channels_last)
            forward, backward = self._network(both).sigmoid().cpu().chunk(2)
            found = (forward + backward.flip(1)).numpy() / 2
            for (first, second), (over, under) in zip(pairs[start : start + CHUNK], found):
                hides[first, second], hides[second, first] = over, under
        return PairwiseOrder(hides)


def meeting_place(first: Mask, second: Mask) -> Crop | None:
    """The square around where two objects meet, large enough to show the smaller one; None when they are apart."""
    a, b = first.tight(), second.tight()
    left, top = max(a.x, b.x) - GAP_PX, max(a.y, b.y) - GAP_PX
    right, bottom = min(a.x + a.width, b.x + b.width) + GAP_PX, min(a.y + a.height, b.y + b.height) + GAP_PX
    if right - left <= 0 or bottom - top <= 0 or not a.area or not b.area:
        return None
    kernel = np.ones((2 * GAP_PX + 1,) * 2, np.uint8)
    near = [cv2.dilate(mask.window(left, top, right - left, bottom - top).astype(np.uint8), kernel) for mask in (a, b)]
    rows, columns = np.nonzero(np.logical_and(*near))
    if len(rows) < LEAST_CONTACT_PX:
        return None
    smaller = min(max(a.width, a.height), max(b.width, b.height))
    extent = max(int(np.ptp(rows)), int(np.ptp(columns)))
    side = max(round(1.3 * extent), round(1.6 * smaller), SMALLEST_PX)
    middle_x, middle_y = left + (columns.min() + columns.max()) / 2, top + (rows.min() + rows.max()) / 2
    return Crop(round(middle_x - side / 2), round(middle_y - side / 2), side)


def pair_input(image: NDArray[np.uint8], first: Mask, second: Mask, crop: Crop) -> Tensor:
    """One pair as `OrderNetwork` takes it, float32 [6, S, S]."""
    height, width = image.shape[:2]
    inside = cut_inside(width, height, crop, SIZE)
    color = (cut_image(image, crop, SIZE).astype(np.float32) / 127.5 - 1) * inside[..., None]
    masks = [(cut_mask(mask, crop, SIZE) >= 0.5).astype(np.float32) for mask in (first, second)]
    return torch.from_numpy(np.concatenate([color.transpose(2, 0, 1), np.stack([*masks, inside])]))


def swapped(crops: Tensor) -> Tensor:
    """The same pairs the other way round."""
    return torch.cat((crops[:, :3], crops[:, 4:5], crops[:, 3:4], crops[:, 5:]), 1)


def _convolution(channels_in: int, channels_out: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True)
