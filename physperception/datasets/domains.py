"""What generated scenes are drawn from: the usual domain, a wider one, and one shifted in everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from numpy.random import Generator

from physperception.datasets.shapes import EVERYDAY
from physperception.datasets.unusual_shapes import UNUSUAL

Range = tuple[float, float]


@dataclass(frozen=True)
class Domain:
    """Distributions of a split.

    Attributes:
        shapes, arrangements: weights by name.
        unusual_textures: surfaces wear photographs and patterns that no training scene has.
        elevations_deg: ranges above the table the cameras look from, one of them at random with the weight before it.
        fov_deg: vertical fields of view, likewise.
        roll_deg: standard deviation of the camera's roll.
        ambient: range of the light from everywhere.
        lamps: least and most.
        lamp_height_m, lamp_distance_m: where they hang.
        lamp_color: 0 for white lamps, 1 for pure colours.
        everyday: shapes are made as `make_shape` says.
    """

    shapes: Mapping[str, float]
    arrangements: Mapping[str, float]
    unusual_textures: bool
    elevations_deg: tuple[tuple[float, Range], ...]
    fov_deg: tuple[tuple[float, Range], ...]
    roll_deg: float
    ambient: Range
    lamps: tuple[int, int]
    lamp_height_m: Range
    lamp_distance_m: Range
    lamp_color: float
    everyday: bool = False

    def shape(self, rng: Generator) -> str:
        """A category name."""
        return _draw(rng, self.shapes)

    def arrangement(self, rng: Generator) -> str:
        return _draw(rng, self.arrangements)

    def elevation_deg(self, rng: Generator) -> float:
        return _draw_from(rng, self.elevations_deg)

    def field_of_view_deg(self, rng: Generator) -> float:
        return _draw_from(rng, self.fov_deg)


USUAL = Domain(
    shapes={
        "box": 10, "carton": 7, "book": 7, "can": 9, "bottle": 9, "cup": 7, "mug": 9, "bowl": 5, "plate": 4, "ball": 7,
        "fruit": 7, "block": 6, "tool": 9, "tube": 6, "cable": 4, "tray": 3, "bag": 5,
    },
    arrangements={
        "pile": 0.24, "heap": 0.12, "standing": 0.18, "row": 0.12, "stack": 0.08, "mixed": 0.18, "in_tray": 0.08,
    },
    unusual_textures=False,
    elevations_deg=((0.35, (8, 85)), (0.65, (10, 50))),
    fov_deg=((1.0, (28, 65)),),
    roll_deg=4,
    ambient=(0.2, 0.6),
    lamps=(1, 3),
    lamp_height_m=(0.6, 2.0),
    lamp_distance_m=(0.1, 1.5),
    lamp_color=0.25,
)  # fmt: skip
HOUSEHOLD = replace(
    USUAL,
    shapes={**USUAL.shapes, **dict.fromkeys(EVERYDAY, 3.5)},
    roll_deg=8,
    ambient=(0.12, 0.6),
    lamps=(1, 4),
    lamp_color=0.4,
    everyday=True,
)
"""Two objects of three are of many more kinds; to learn from."""
SHIFTED = Domain(
    shapes=dict.fromkeys(UNUSUAL, 1.0),
    arrangements={"pile": 0.3, "heap": 0.3, "standing": 0.2, "mixed": 0.2},
    unusual_textures=True,
    elevations_deg=((0.3, (4, 9)), (0.4, (25, 60)), (0.3, (75, 89))),
    fov_deg=((0.5, (16, 26)), (0.5, (66, 82))),
    roll_deg=15,
    ambient=(0.03, 0.2),
    lamps=(2, 4),
    lamp_height_m=(0.25, 0.7),
    lamp_distance_m=(0.5, 1.2),
    lamp_color=0.7,
)
DOMAINS: Mapping[str, Domain] = {
    "train": USUAL, "val": USUAL, "test1": USUAL, "test2": SHIFTED, "household": HOUSEHOLD,
}  # fmt: skip
"""By split. train, val and test1 differ in their seeds only; household is for training and validation."""


def _draw(rng: Generator, weights: Mapping[str, float]) -> str:
    total = sum(weights.values())
    return str(rng.choice(list(weights), p=[weight / total for weight in weights.values()]))


def _draw_from(rng: Generator, ranges: tuple[tuple[float, Range], ...]) -> float:
    low, high = ranges[int(rng.choice(len(ranges), p=[weight for weight, _ in ranges]))][1]
    return float(rng.uniform(low, high))
