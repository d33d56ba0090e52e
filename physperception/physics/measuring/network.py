"""The network that tells moving things from their shadows, reflections and from ghosts in the background."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.errors import ModelUnavailable
from physperception.physics.measuring.frames import ImageArray
from physperception.scene import BoolArray
from physperception.weights import read_weights, weights_path

WEIGHTS = "segmenter.safetensors"
CHANNELS = 10
GRID = 16
WORK_PX = 384
PAD = 16
CONTRAST_LIMIT = 8.0


class SegmentationNetwork(nn.Module):
    """A small U-Net over an image and its background, at half resolution inside and at full resolution outside.

    Its two outputs are logits of: a thing that is not part of the background covers the middle of this pixel; the
    pixel is of the upper face of a block.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (20, 32, 48, 64)) -> None:
        super().__init__()
        half, quarter, eighth, low = widths
        self.at_half = nn.Sequential(nn.PixelUnshuffle(2), _block(4 * CHANNELS, half), _block(half, half))
        self.at_quarter = nn.Sequential(_block(half, quarter, 2), _block(quarter, quarter))
        self.at_eighth = nn.Sequential(_block(quarter, eighth, 2), _block(eighth, eighth))
        self.at_low = nn.Sequential(_block(eighth, low, 2), _block(low, low), _block(low, low))
        self.to_eighth = _block(low + eighth, eighth)
        self.to_quarter = _block(eighth + quarter, quarter)
        self.to_half = _block(quarter + half, half)
        self.head = nn.Sequential(nn.Conv2d(half, 8, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, inputs: Tensor) -> Tensor:
        """float [B, 10, H, W] of `network_input`, H and W multiples of 16, to logits float [B, 2, H, W]."""
        half = self.at_half(inputs)
        quarter = self.at_quarter(half)
        eighth = self.at_eighth(quarter)
        x = self.to_eighth(torch.cat((_twice(self.at_low(eighth)), eighth), 1))
        x = self.to_quarter(torch.cat((_twice(x), quarter), 1))
        x = self.to_half(torch.cat((_twice(x), half), 1))
        logits: Tensor = self.head(x)
        return logits


def network_input(image: Tensor, background: Tensor, covered: Tensor, noise: Tensor) -> Tensor:
    """What the network sees.

    Args:
        image, background: float [B, 3, H, W], 0..255.
        covered: float [B, 1, H, W], 1 where the background is not known.
        noise: float [B], standard deviation of a channel, grey levels.

    Returns:
        float [B, 10, H, W]: both images, their difference in standard deviations, and `covered`.
    """
    contrast = (image - background) / (2.0 * noise.reshape(-1, 1, 1, 1))
    parts = (image / 64 - 2, background / 64 - 2, contrast.clamp(-CONTRAST_LIMIT, CONTRAST_LIMIT) / 2, covered)
    return torch.cat(parts, 1)


def probabilities(
    image: ImageArray, background: ImageArray, noise: float, covered: BoolArray | None
) -> NDArray[np.float32]:
    """How probable it is that a thing covers the middle of each pixel, and that its upper face does.

    Only the part of the image that differs from the background is looked at.

    Args:
        image, background: uint8 RGB [H, W, 3].
        noise: of a channel, grey levels.
        covered: bool [H, W], where the background is not known.

    Returns:
        float32 [2, H, W], 0..1.

    Raises:
        ModelUnavailable: the shipped weights are missing or broken.
    """
    height, width = image.shape[:2]
    out = np.zeros((2, height, width), dtype=np.float32)
    changed = changed_regions(image, background, noise)
    if covered is not None:
        changed |= covered.astype(np.uint8)
    x, y, w, h = cv2.boundingRect(changed)
    if w:
        left, right = _stretched(x - PAD, x + w + PAD, width)
        top, bottom = _stretched(y - PAD, y + h + PAD, height)
        area = np.s_[top:bottom, left:right]
        hidden = np.zeros(image.shape[:2], np.uint8) if covered is None else covered.astype(np.uint8)
        out[:, top:bottom, left:right] = _run(image[area], background[area], noise, hidden[area])
    return out


def changed_regions(image: ImageArray, background: ImageArray, noise: float) -> NDArray[np.uint8]:
    """Pixels that differ from the background, without specks: uint8 0/1 [H, W]."""
    difference = cv2.transform(cv2.absdiff(image, background), np.ones((1, 3), dtype=np.float32))
    low = (cv2.blur(difference, (3, 3)) > 5.0 * noise + 3.0).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(low, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), dtype=np.uint8)


def _stretched(low: int, high: int, end: int) -> tuple[int, int]:
    """A range inside 0..end that is a multiple of the network's grid long where there is room."""
    low, high = max(low, 0), min(high, end)
    high = min(low + -(-(high - low) // GRID) * GRID, end)
    return max(0, high - -(-(high - low) // GRID) * GRID), high


def _run(image: ImageArray, background: ImageArray, noise: float, covered: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The network's two probabilities, float32 [2, h, w], at a lower resolution where the image is large."""
    height, width = image.shape[:2]
    scale = min(1.0, WORK_PX / max(height, width))
    layers: list[NDArray[Any]] = [image, background, covered]
    if scale < 1.0:
        layers = [cv2.resize(layer, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for layer in layers]
    rows, columns = layers[2].shape
    border = (0, -rows % GRID, 0, -columns % GRID)
    layers = [cv2.copyMakeBorder(layer, *border, cv2.BORDER_REPLICATE) for layer in layers]
    seen, behind = (torch.from_numpy(layer).permute(2, 0, 1)[None].float() for layer in layers[:2])
    unknown = torch.from_numpy(layers[2])[None, None].float()
    network, lock = _shipped()
    with torch.inference_mode(), lock:
        inputs = network_input(seen, behind, unknown, torch.tensor([noise]))
        logits = network(inputs.contiguous(memory_format=torch.channels_last))
    out = logits[0, :, :rows, :columns].sigmoid().permute(1, 2, 0).numpy()
    if scale < 1.0:
        out = cv2.resize(out, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(out.transpose(2, 0, 1), dtype=np.float32)


def load_network(path: Path) -> SegmentationNetwork:
    """Read weights that `python -m physperception.training.segmenter` wrote.

    Raises:
        ModelUnavailable: they are missing, broken or of another network.
    """
    network = SegmentationNetwork()
    missing, unexpected = network.load_state_dict(read_weights(path), strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ModelUnavailable(f"{path} does not hold the weights of the motion segmenter; train or fetch it again")
    return network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@cache
def _shipped() -> tuple[SegmentationNetwork, threading.Lock]:
    return load_network(weights_path(WEIGHTS)), threading.Lock()


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
