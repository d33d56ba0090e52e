"""A viscous liquid that spreads on a level plane: the thin-film equation, round, with an own solver."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_banded

from physperception.datasets.videos.motion import GRAVITY, FloatArray, RejectedMotion

CELLS = 320
TOLERANCE = 0.02
FRONT = 1e-3
"""The film ends where it is thinner than this part of its greatest height."""


@dataclass(frozen=True, eq=False)
class Film:
    """A round film over time, centred on the origin of the surface frame.

    Attributes:
        times_s: float64 [T] since the liquid was let go.
        radii_m: float64 [N], middles of the cells.
        heights_m: float64 [T, N].
        fronts_m: float64 [T], where it ends.
        viscosity: kinematic, m^2/s, as asked.
        measured: the same as the motion shows it.
        volume_m3: of the liquid.
    """

    times_s: FloatArray
    radii_m: FloatArray
    heights_m: FloatArray
    fronts_m: FloatArray
    viscosity: float
    measured: float
    volume_m3: float

    def profile(self, time_s: float) -> FloatArray:
        """Heights at `radii_m`, float64 [N], metres."""
        after = int(np.clip(np.searchsorted(self.times_s, time_s), 1, len(self.times_s) - 1))
        begin, end = self.times_s[after - 1], self.times_s[after]
        part = float(np.clip((time_s - begin) / (end - begin), 0, 1))
        return np.asarray((1 - part) * self.heights_m[after - 1] + part * self.heights_m[after])

    def front(self, time_s: float) -> float:
        return float(np.interp(time_s, self.times_s, self.fronts_m))


def simulate_film(viscosity: float, radius_m: float, height_m: float, duration_s: float) -> Film:
    """Let a cylinder of liquid go at time 0.

    Solves h_t = g / (3 nu) div(h^3 grad h) (Huppert 1982, eq. 2.3) in finite volumes on rings, implicit with the
    mobility of the step before, steps so short that the front moves half a cell. Volume is conserved by the flux form.
    The motion is checked against the identity d/dt int r^2 h dA = g / (3 nu) int h^4 dA, within 2 %.

    Raises:
        RejectedMotion: the check failed.
    """
    volume = math.pi * radius_m**2 * height_m
    rate = GRAVITY / (3 * viscosity)
    late = 0.894 * (rate * volume**3 * duration_s) ** 0.125
    width = 1.25 * max(late, radius_m * 1.3) / CELLS
    faces = np.arange(CELLS + 1) * width
    radii, areas = (faces[1:] + faces[:-1]) / 2, math.pi * (faces[1:] ** 2 - faces[:-1] ** 2)
    heights = height_m * np.clip((radius_m - faces[:-1]) / width, 0, 1)
    heights *= volume / (heights @ areas)
    times, films, fronts = [0.0], [heights], [_front(heights, radii)]
    while times[-1] < duration_s:
        step = min(_step(heights, width, rate), duration_s / 25)
        heights = _advance(heights, faces, areas, width, rate * step)
        times.append(times[-1] + step)
        films.append(heights)
        fronts.append(_front(heights, radii))
    stamps, stack = np.array(times), np.stack(films)
    measured = _measured(stamps, stack, radii, areas)
    if abs(measured / viscosity - 1) > TOLERANCE or abs(stack[-1] @ areas / volume - 1) > 1e-6:
        raise RejectedMotion(f"viscosity {viscosity} spreads like {measured}")
    return Film(stamps, radii, stack, np.maximum.accumulate(fronts), viscosity, measured, volume)


def _step(heights: FloatArray, width: float, rate: float) -> float:
    """Seconds in which the steepest slope moves liquid half a cell."""
    fastest = float(np.max(np.diff(-heights) / width * np.maximum(heights[:-1], heights[1:]) ** 2, initial=1e-12))
    return 0.5 * width / (rate * fastest)


def _advance(heights: FloatArray, faces: FloatArray, areas: FloatArray, width: float, amount: float) -> FloatArray:
    cubes = heights**3
    flow = amount * 2 * math.pi * faces[1:-1] * (cubes[1:] + cubes[:-1]) / 2 / width
    bands = np.zeros((3, len(heights)))
    bands[1] = areas
    bands[1, :-1] += flow
    bands[1, 1:] += flow
    bands[0, 1:] = bands[2, :-1] = -flow
    return np.asarray(solve_banded((1, 1), bands, areas * heights, check_finite=False))


def _front(heights: FloatArray, radii: FloatArray) -> float:
    """Where the film thins out, between cells by the front's cubic law h^3 ~ distance."""
    cubes = heights**3
    wet = np.flatnonzero(heights > FRONT * heights[0])
    last = int(wet[-1])
    width = radii[1] - radii[0]
    fall = max(cubes[last - 1] - cubes[last], 1e-30) if last else cubes[0]
    return float(radii[last] + width * min(max(cubes[last] / fall, 0.0), 1.0))


def _measured(times: FloatArray, films: FloatArray, radii: FloatArray, areas: FloatArray) -> float:
    spread = films[-1] @ (areas * radii**2) - films[0] @ (areas * radii**2)
    work = np.trapezoid((films**4) @ areas, times)
    return float(GRAVITY / 3 * work / spread)
