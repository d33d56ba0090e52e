"""What a camera does to a clean rendering: white balance, exposure, vignetting, blur, noise, sharpening, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

ImageArray = NDArray[np.uint8]


def apply_camera(rng: Generator, image: ImageArray) -> tuple[ImageArray, int]:
    """Degrade an image, uint8 RGB [H, W, 3], at random strength.

    Returns:
        The degraded image of the same size, and the JPEG quality (55 to 97) it is to be stored with.
    """
    pixels = image.astype(np.float32) / 255
    pixels = _white_balance(rng, pixels)
    pixels = _expose(rng, np.clip(pixels, 0, 1) ** rng.uniform(0.7, 1.4))
    pixels = _vignette(rng, pixels)
    pixels = _blur(rng, pixels)
    pixels = _noise(rng, pixels)
    if rng.random() < 0.3:
        soft = cv2.GaussianBlur(pixels, (0, 0), 1.2)
        pixels += rng.uniform(0.2, 1.0) * (pixels - soft)
    quality = int(rng.integers(55, 98))
    return (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8), quality


def _white_balance(rng: Generator, pixels: NDArray) -> NDArray:
    warmth, tint = rng.normal(0, 0.07), rng.normal(0, 0.025)
    pixels = pixels * np.array([1 + warmth, 1 + tint, 1 - warmth], dtype=np.float32)
    grey = pixels.mean(axis=2, keepdims=True)
    return grey + (pixels - grey) * rng.uniform(0.45, 1.25)


def _expose(rng: Generator, pixels: NDArray) -> NDArray:
    """Automatic exposure: most of the way to a random mean brightness, with bright parts clipped."""
    wanted, found = rng.uniform(0.25, 0.6), max(float(pixels.mean()), 0.02)
    return pixels * float(np.clip((wanted / found) ** rng.uniform(0.4, 1.0), 0.5, 4.0))


def _vignette(rng: Generator, pixels: NDArray) -> NDArray:
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = np.hypot((rows - height / 2) / height, (columns - width / 2) / width)
    return pixels * (1 - max(rng.normal(0, 0.25), 0) * reach[..., None] ** 2)


def _blur(rng: Generator, pixels: NDArray) -> NDArray:
    kind = rng.random()
    if kind < 0.4:
        return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.3, 1.3))
    if kind < 0.55:
        length = int(rng.integers(2, 7))
        kernel = np.zeros((length, length), dtype=np.float32)
        start, end = ((0, length // 2), (length - 1, length // 2))
        if rng.random() < 0.5:
            start, end = start[::-1], end[::-1]
        cv2.line(kernel, start, end, 1.0)
        return cv2.filter2D(pixels, -1, kernel / kernel.sum())
    return pixels


def _noise(rng: Generator, pixels: NDArray) -> NDArray:
    shot, read = abs(rng.normal(0, 0.025)), abs(rng.normal(0, 0.012))
    spread = np.sqrt(shot**2 * np.clip(pixels, 0, 1) + read**2)
    return pixels + rng.standard_normal(pixels.shape, dtype=np.float32) * spread.astype(np.float32)
