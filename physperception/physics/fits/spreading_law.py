"""How a viscous liquid spreads on a level surface: growth of its area by the thin-film equation.

dh/dt = g / (3 nu) div(h^3 grad h). With lengths over the first radius R0, heights over h0 = V / (pi R0^2) and
T = g h0^3 t / (3 nu R0^2) it has no parameter left, so that A(t) / A0 = F(T) for each first shape.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from scipy.linalg import solve_banded
from scipy.spatial import ConvexHull

from physperception.physics.fits.statistics import Array

HUPPERT = 0.894
CELLS = 240
FARTHEST = 2.6
LAST_TIME = 40.0


def fourth_power_rate(volume_m3: float, viscosity_m2_s: float, gravity: float) -> float:
    """d(A^4)/dt of the similarity solution R = 0.894 (g V^3 / (3 nu))^(1/8) t^(1/8) (Huppert 1982, eq. 2.25), m^8/s."""
    return float((math.pi * HUPPERT**2) ** 4 * gravity * volume_m3**3 / (3 * viscosity_m2_s))


def cylinder_growth(times: Array) -> Array:
    """F(T) of a liquid that starts as a cylinder; 1 before T = 0.

    Solved once (finite volumes in r, implicit in time) up to T = 40, and beyond it goes on as Huppert's law does:
    F^4 grows linearly.

    Args:
        times: float64 [N], T.
    """
    known_times, known_powers = _table()
    rate = (HUPPERT**2 * math.pi**0.75) ** 4
    late = known_powers[-1] + rate * (times - known_times[-1])
    powers = np.where(times > known_times[-1], late, np.interp(times, known_times, known_powers))
    return np.asarray(np.maximum(powers, 1.0) ** 0.25)


@lru_cache(maxsize=1)
def _table() -> tuple[Array, Array]:
    """T and F^4, the front's few per cent of grid error taken out so that the end is on Huppert's law."""
    width = FARTHEST / CELLS
    faces = np.arange(CELLS + 1) * width
    middles = (faces[:-1] + faces[1:]) / 2
    heights = np.maximum(np.minimum(1, faces[1:]) ** 2 - faces[:-1] ** 2, 0) / (faces[1:] ** 2 - faces[:-1] ** 2)
    time, times, powers = 0.0, [0.0], [1.0]
    while time < LAST_TIME:
        step = 5e-5 + 0.03 * time
        flow = faces[1:-1] * (heights[:-1] ** 3 + heights[1:] ** 3) / 2 / width
        bands = np.zeros((3, CELLS))
        bands[0, 1:] = -step * flow / (middles[:-1] * width)
        bands[2, :-1] = -step * flow / (middles[1:] * width)
        bands[1] = 1
        bands[1, :-1] += step * flow / (middles[:-1] * width)
        bands[1, 1:] += step * flow / (middles[1:] * width)
        heights = solve_banded((1, 1), bands, heights)
        time += step
        times.append(time)
        powers.append(_front(heights, width) ** 8)
    smooth = np.maximum.accumulate(np.array(powers))
    knots = np.concatenate(([0.0], np.geomspace(1e-3, LAST_TIME, 60)))
    values = np.interp(knots, times, smooth)
    wanted = (HUPPERT**2 * math.pi**0.75) ** 4 * LAST_TIME / values[-1]
    return knots, values * (1 + (wanted - 1) * (1 - 1 / values))


def _front(heights: Array, width: float) -> float:
    """Radius of the rim, where the cube of the height falls in a straight line to 0, as it does at every such front."""
    last = int(np.flatnonzero(heights > 0.15 * heights[0]).max())
    near, far = heights[max(last - 2, 0)] ** 3, heights[last] ** 3
    beyond = 2 * width * far / (near - far) if near > 1.02 * far else 0.0
    return (last + 0.5) * width + float(min(max(beyond, 0.5 * width), 4 * width))


def silhouette(slant: Array) -> Array:
    """How much larger a spreading film looks than the disc it wets, seen from afar.

    The film has the similarity profile h = 4 V / (3 A) (1 - r^2 / R^2)^(1/3) (Huppert 1982); in a view at elevation e
    a point at height h is seen where the plane is h cot e farther away.

    Args:
        slant: float64 [N], mean height V / A over the radius, times cot e.

    Returns:
        float64 [N], 1 and more: area of the outline over that of the disc.
    """
    slants, ratios = _silhouettes()
    return np.asarray(np.interp(slant, slants, ratios))


@cache
def _silhouettes() -> tuple[Array, Array]:
    angles, reach = np.linspace(0, 2 * math.pi, 72, endpoint=False), np.sqrt(np.linspace(0, 1, 40))
    across, along = (reach[:, None] * wave(angles) for wave in (np.cos, np.sin))
    height = np.broadcast_to(4 / 3 * np.cbrt(1 - reach**2)[:, None], across.shape)
    slants = np.linspace(0, 3, 61)
    outlines = [ConvexHull(np.column_stack((across.ravel(), (along + k * height).ravel()))).volume for k in slants]
    return slants, np.array(outlines) / outlines[0]
