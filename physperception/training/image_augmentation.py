"""Images as other lamps and cameras would have made them, for trainings."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def relight(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """As lit by another lamp: light of a colour that falls off across the image, and darker on the whole."""
    coarse = random.uniform(0.25, 1.3, (int(random.integers(2, 5)), int(random.integers(2, 5)), 1))
    tinted = coarse * (1 + random.uniform(-0.4, 0.4, (*coarse.shape[:2], 3)) * random.uniform(0, 1))
    light = cv2.resize(tinted.astype(np.float32), image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return (image * light.clip(0.1, 1.6)).clip(0, 255).astype(np.uint8)


def recolour(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Colour, contrast, gamma, blur, noise and compression, each by chance."""
    values: NDArray[np.floating] = image.astype(np.float32) / 255
    if random.random() < 0.8:
        grey = values.mean(2, keepdims=True)
        values = grey + (values - grey) * random.uniform(0.2, 1.6)
        values = (values - 0.5) * random.uniform(0.6, 1.4) + 0.5 + random.uniform(-0.15, 0.15)
        values *= random.uniform(0.8, 1.2, size=3).astype(np.float32)
    values = np.clip(values, 0, 1) ** random.uniform(0.7, 1.5)
    if random.random() < 0.3:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), random.uniform(0.4, 1.6)))
    if random.random() < 0.4:
        values = values + random.normal(0, random.uniform(0.005, 0.05), values.shape).astype(np.float32)
    result = (np.clip(values, 0, 1) * 255).astype(np.uint8)
    if random.random() < 0.3:
        _, data = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 90))])
        result = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return result
