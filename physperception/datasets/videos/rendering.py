"""Frames of a video from bodies that move over a static plate, with what a camera does to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from physperception.datasets.videos.bodies import Body, Light
from physperception.datasets.videos.camera import PosedCamera
from physperception.datasets.videos.domains import VideoDomain
from physperception.datasets.videos.drawing import Exposed, cast_shadow, draw, expose, lay
from physperception.datasets.videos.plates import SHADOW_BLUR_PX, Occluder, Plate

ImageArray = NDArray[np.uint8]
SMEAR_STEP_PX = 1.5
MOST_INSTANTS = 8


@dataclass(frozen=True)
class Sensor:
    """What the camera does.

    Attributes:
        exposure_s: how long a row is exposed, around its stamp.
        row_time_s: from row to row; 0 for a global shutter.
        noise, blur_px: standard deviations, grey levels and pixels.
        gain, gamma, vignette: of the brightness.
        jpeg_quality: of compression before the video's; 0 for none.
    """

    exposure_s: float
    row_time_s: float
    noise: float
    blur_px: float
    gain: float
    gamma: float
    vignette: float
    jpeg_quality: int

    @classmethod
    def draw(cls, rng: Generator, domain: VideoDomain, rate_hz: float, height: int) -> Sensor:
        rolling = rng.random() < domain.rolling_share
        return cls(
            exposure_s=min(rng.uniform(*domain.exposure) / rate_hz, domain.longest_exposure_s),
            row_time_s=rng.uniform(*domain.readout) / rate_hz / height if rolling else 0.0,
            noise=rng.uniform(*domain.noise),
            blur_px=rng.uniform(*domain.blur_px),
            gain=rng.uniform(0.8, 1.15),
            gamma=rng.uniform(0.85, 1.2),
            vignette=max(rng.normal(0, 0.2), 0.0),
            jpeg_quality=int(rng.integers(*domain.jpeg_quality)) if rng.random() < domain.jpeg_share else 0,
        )


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything a frame is drawn from; `bodies` may hide each other, nearer ones farther ones."""

    camera: PosedCamera
    light: Light
    plate: Plate
    occluder: Occluder | None
    bodies: list[Body]
    sensor: Sensor


def frames(stage: Stage, stamps_s: list[float], known: list[Exposed | None], rng: Generator) -> Iterator[ImageArray]:
    """The images, uint8 RGB [H, W, 3], one a stamp; `known` is the first body in each of them, where it is in view."""
    sensor, shape = stage.sensor, stage.plate.image.shape
    grains = rng.standard_normal((shape[0] + 64, shape[1] + 64, 3), dtype=np.float32) * np.float32(sensor.noise)
    table = _curve(sensor)
    falloff = _falloff(sensor, shape)
    for stamp, first in zip(stamps_s, known):
        image = _clean(stage, stamp, first)
        image = np.asarray(cv2.GaussianBlur(image, (5, 5), sensor.blur_px), dtype=np.float32) * falloff
        top, left = rng.integers(0, 64, 2)
        grain = grains[top : top + shape[0], left : left + shape[1]]
        image += grain[:, ::-1] if rng.random() < 0.5 else grain
        pixels: NDArray = cv2.LUT(np.clip(image, 0, 255).astype(np.uint8), table)
        if sensor.jpeg_quality:
            code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, sensor.jpeg_quality])[1]
            pixels = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
        yield np.asarray(pixels, dtype=np.uint8)


def _clean(stage: Stage, stamp_s: float, first: Exposed | None) -> NDArray[np.float32]:
    image = stage.plate.image.copy()
    seen = []
    for index, body in enumerate(stage.bodies):
        middle = first
        if index or first is None:
            middle = expose(body, stage.camera, stamp_s, stage.sensor.row_time_s)
        if middle is not None:
            seen.append((float(np.linalg.norm(body.center(middle.time_s) - stage.camera.position)), body, middle))
    for _, body, middle in seen:
        cast_shadow(image, body, stage.camera, stage.light, middle.time_s, SHADOW_BLUR_PX)
    for _, body, middle in sorted(seen, key=lambda item: -item[0]):
        layer = draw(body, stage.camera, stage.light, _instants(stage, body, stamp_s, middle))
        if layer is not None:
            lay(image, layer)
    if stage.occluder is not None:
        alpha = stage.occluder.alpha[..., None]
        image = image * (1 - alpha) + stage.occluder.colors * alpha
    return image


def _instants(stage: Stage, body: Body, stamp_s: float, middle: Exposed) -> list[Exposed]:
    """Instants of the exposure, as many as the smear is long."""
    sensor = stage.sensor
    smear = float(np.linalg.norm(middle.velocity)) * sensor.exposure_s
    count = min(max(math.ceil(smear / SMEAR_STEP_PX), 1), MOST_INSTANTS)
    if count == 1:
        return [middle]
    offsets = ((np.arange(count) + 0.5) / count - 0.5) * sensor.exposure_s
    instants = (expose(body, stage.camera, stamp_s + float(offset), sensor.row_time_s) for offset in offsets)
    return [instant for instant in instants if instant is not None]


def _curve(sensor: Sensor) -> NDArray[np.uint8]:
    levels = np.clip(np.arange(256) / 255 * sensor.gain, 0, 1) ** sensor.gamma
    return (levels * 255).round().astype(np.uint8)


def _falloff(sensor: Sensor, shape: tuple[int, ...]) -> NDArray[np.float32]:
    rows, columns = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    return (1 - sensor.vignette * (rows**2 + columns**2) / 2)[..., None].astype(np.float32)
