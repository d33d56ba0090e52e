"""What generated videos are drawn from: the usual domain, and one shifted in everything but the physics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from numpy.random import Generator

from physperception.scene import Property

Range = tuple[float, float]
VALUES: Mapping[Property, Range] = {
    Property.RESTITUTION: (0.25, 0.95),
    Property.KINETIC_FRICTION: (0.05, 0.6),
    Property.VISCOSITY: (1e-4, 1e-1),
}
"""Of every split; uniform, viscosity log-uniform."""


@dataclass(frozen=True)
class VideoDomain:
    """Distributions of a split. Pairs are ranges, numbers called `..._share` are probabilities.

    Attributes:
        elevations_deg: of the camera above the surface, by property; two ranges are drawn from alike.
        focal: focal length as a part of the image's width.
        roll_deg: standard deviation of the camera's roll.
        fill: part of the image the motion is to fill.
        unusual_textures: photographs and patterns that the usual domain does not have.
        ambient, lamp_elevation_deg: light from everywhere as a part of all light; where the lamp hangs.
        lamp_color: 0 for a white lamp, 1 for pure colours.
        body_scale: of the usual size of a body.
        rate_hz: frame rate.
        exposure: part of the frame interval, up to `longest_exposure_s`.
        noise: standard deviation of the sensor's noise, grey levels.
        blur_px: standard deviation of the lens's blur.
        readout: a rolling shutter's reading time as a part of the frame interval.
        jpeg_quality: of cameras that compress before the video does.
        tilt_deg: of sloping surfaces.
    """

    elevations_deg: Mapping[Property, tuple[Range, ...]]
    focal: tuple[Range, ...]
    roll_deg: float
    fill: Range
    unusual_textures: bool
    ambient: Range
    lamp_elevation_deg: Range
    lamp_color: float
    body_scale: Range
    rate_hz: tuple[Range, ...]
    exposure: Range
    longest_exposure_s: float
    noise: Range
    blur_px: Range
    rolling_share: float
    readout: Range
    jpeg_share: float
    jpeg_quality: tuple[int, int]
    tilted_share: float
    tilt_deg: Range
    distractors: tuple[int, int]
    mover_share: float
    occluder_share: float
    drops_share: float
    jitter_share: float


USUAL = VideoDomain(
    elevations_deg={
        Property.RESTITUTION: ((3, 30),),
        Property.KINETIC_FRICTION: ((25, 65),),
        Property.VISCOSITY: ((30, 75),),
    },
    focal=((0.8, 1.5),),
    roll_deg=2,
    fill=(0.6, 0.85),
    unusual_textures=False,
    ambient=(0.4, 0.7),
    lamp_elevation_deg=(45, 80),
    lamp_color=0.15,
    body_scale=(0.8, 1.25),
    rate_hz=((25, 60),),
    exposure=(0.05, 0.35),
    longest_exposure_s=0.008,
    noise=(0.5, 4),
    blur_px=(0.3, 0.8),
    rolling_share=0.5,
    readout=(0.2, 0.7),
    jpeg_share=0.3,
    jpeg_quality=(75, 95),
    tilted_share=0.4,
    tilt_deg=(4, 20),
    distractors=(0, 4),
    mover_share=0.2,
    occluder_share=0.15,
    drops_share=0.2,
    jitter_share=0.25,
)
SHIFTED = VideoDomain(
    elevations_deg={
        Property.RESTITUTION: ((-1, 3), (30, 45)),
        Property.KINETIC_FRICTION: ((18, 26), (65, 85)),
        Property.VISCOSITY: ((22, 30), (75, 88)),
    },
    focal=((0.65, 0.8), (1.5, 2.2)),
    roll_deg=8,
    fill=(0.5, 0.9),
    unusual_textures=True,
    ambient=(0.2, 0.45),
    lamp_elevation_deg=(30, 50),
    lamp_color=0.6,
    body_scale=(0.6, 1.7),
    rate_hz=((20, 26), (60, 120)),
    exposure=(0.1, 0.5),
    longest_exposure_s=0.012,
    noise=(2, 7),
    blur_px=(0.5, 1.2),
    rolling_share=0.6,
    readout=(0.5, 0.95),
    jpeg_share=0.5,
    jpeg_quality=(50, 80),
    tilted_share=0.5,
    tilt_deg=(8, 28),
    distractors=(2, 6),
    mover_share=0.3,
    occluder_share=0.2,
    drops_share=0.35,
    jitter_share=0.4,
)
HARDER = replace(
    USUAL,
    body_scale=(0.65, 1.45),
    rate_hz=((22, 30), (60, 90)),
    longest_exposure_s=0.01,
    noise=(3, 6),
    blur_px=(0.5, 1.0),
    jpeg_share=0.5,
    jpeg_quality=(60, 85),
    ambient=(0.3, 0.55),
)
DOMAINS: Mapping[str, VideoDomain] = {
    "train": USUAL,
    "val": USUAL,
    "test1": USUAL,
    "test2": SHIFTED,
    "val2": HARDER,
}
"""By split. train, val and test1 differ in their seeds only. val2 is val through a worse camera, for choices that have
to hold outside the usual domain: nothing is trained on it, and it has none of test2's views, surfaces and lamps."""


def draw_from(rng: Generator, ranges: tuple[Range, ...]) -> float:
    """A number of one of the ranges, each as likely as the others."""
    low, high = ranges[int(rng.integers(len(ranges)))]
    return float(rng.uniform(low, high))
