"""Coulomb's law in the plane of a slope: friction is against the velocity and turns with it, so that paths are curves.

dv/dt = g_along - mu g_normal v / |v|, with g_along gravity's part within the slope (a vector); once at rest the object
stays so where friction holds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from physperception.physics.fits.birdseye import BirdsEye
from physperception.physics.fits.statistics import Array, CannotTell, Fit, robust_fit

STEPS = 160


@dataclass(frozen=True)
class Curve:
    """A path fitted.

    Attributes:
        fit: of start [2] in m, velocity [2] in m/s, and grip, mu times gravity into the surface, in m/s^2.
        times: float64 [N], s.
        places, left: float64 [N, 2], m, positions and what the fit leaves of them.
        doubts: change of the grip under each of the view's doubts, m/s^2.
        pull: mean of gravity's part along the motion, m/s^2.
    """

    fit: Fit
    times: Array
    places: Array
    left: Array
    doubts: Array
    pull: float

    @property
    def grip(self) -> float:
        return float(self.fit.parameters[4])


def fit_curve(eye: BirdsEye, first: int, last: int) -> Curve:
    """Fit the path of images first..last, both in.

    Raises:
        CannotTell: POOR_FIT where too many images are far from every path.
    """
    chosen = slice(first, last + 1)
    times, places = eye.times[chosen] - eye.times[first], eye.places[chosen]
    whiten = np.linalg.inv(np.linalg.cholesky(_shaken(places, eye.covariances[chosen])))
    fit = robust_fit(partial(_residuals, times, eye.tangential, whiten, places), _start(times, places, eye.tangential))
    told = coulomb_path(times, fit.parameters, eye.tangential)
    grips = []
    for doubted in eye.doubts:
        moved = doubted[chosen]
        way = max(float(np.linalg.norm(places[-1] - places[0])), 1e-9)
        scale = float(np.linalg.norm(moved[-1] - moved[0])) / way
        turned = np.concatenate((moved[0], fit.parameters[2:4] * scale, fit.parameters[4:]))
        grips.append(
            robust_fit(partial(_residuals, times, eye.tangential, whiten, moved), turned).parameters[4]
            - fit.parameters[4]
        )
    steps = np.diff(told, axis=0)
    way = max(float(np.linalg.norm(steps, axis=1).sum()), 1e-9)
    pull = float(steps.sum(axis=0) @ eye.tangential) / way
    return Curve(fit, times, places, told - places, np.array(grips), pull)


def fit_viscous(eye: BirdsEye, first: int, last: int) -> Fit | None:
    """Images first..last under the rival law dv/dt = g_along - rate v; None where no such path is near them."""
    chosen = slice(first, last + 1)
    times, places = eye.times[chosen] - eye.times[first], eye.places[chosen]
    whiten = np.linalg.inv(np.linalg.cholesky(_shaken(places, eye.covariances[chosen])))
    start = _start(times, places, eye.tangential)
    start[4] /= max(float(np.linalg.norm(start[2:4])), 1e-6)

    def residuals(parameters: Array) -> Array:
        told = _viscous_path(times, parameters, eye.tangential)
        return np.asarray(np.einsum("nij,nj->ni", whiten, told - places))

    try:
        return robust_fit(residuals, start)
    except CannotTell:
        return None


def coulomb_path(times: Array, parameters: Array, tangential: Array) -> Array:
    """Places at rising times [N] from 0, m, float64 [N, 2], by the midpoint rule.

    Args:
        parameters: start [2], velocity [2] and grip, as of `Curve`.
        tangential: gravity within the plane [2], m/s^2.
    """
    x, y, u, v, grip = (float(value) for value in parameters)
    across, down = float(tangential[0]), float(tangential[1])
    count = STEPS + 1
    step = max(float(times[-1]), 1e-6) / STEPS
    path = np.empty((count, 2))
    path[0] = x, y
    holds = grip > math.hypot(across, down)
    for index in range(1, count):
        speed = math.hypot(u, v)
        slowing = grip - (across * u + down * v) / max(speed, 1e-12)
        if holds and speed <= slowing * step:
            share = speed / (2 * slowing) if slowing > 0 else 0.0
            path[index:] = x + u * share, y + v * share
            break
        brake = grip / max(speed, 1e-9)
        middle_u, middle_v = u + (across - brake * u) * step / 2, v + (down - brake * v) * step / 2
        brake = grip / max(math.hypot(middle_u, middle_v), 1e-9)
        x, y = x + middle_u * step, y + middle_v * step
        u, v = u + (across - brake * middle_u) * step, v + (down - brake * middle_v) * step
        path[index] = x, y
    grid = np.arange(count) * step
    return np.column_stack((np.interp(times, grid, path[:, 0]), np.interp(times, grid, path[:, 1])))


def _viscous_path(times: Array, parameters: Array, tangential: Array) -> Array:
    """v' = g_along - rate v, in closed form."""
    rate = max(abs(float(parameters[4])), 1e-6)
    decayed = -np.expm1(-np.minimum(rate * times, 500)) / rate
    return np.asarray(
        parameters[:2] + np.outer(decayed, parameters[2:4]) + np.outer((times - decayed) / rate, tangential)
    )


def _residuals(times: Array, tangential: Array, whiten: Array, places: Array, parameters: Array) -> Array:
    return np.asarray(np.einsum("nij,nj->ni", whiten, coulomb_path(times, parameters, tangential) - places))


def _start(times: Array, places: Array, tangential: Array) -> Array:
    """Start, velocity and grip by parabolas through the first half of the path."""
    half = max(5, len(times) // 2)
    bend, velocity, start = np.polyfit(times[:half], places[:half], 2)
    heading = velocity / max(float(np.linalg.norm(velocity)), 1e-9)
    grip = float((tangential - 2 * bend) @ heading)
    return np.array([*start, *velocity, max(grip, 0.1)])


def _shaken(places: Array, covariances: Array) -> Array:
    """Covariances, widened where the third differences of the places shake more than they say."""
    if len(places) < 5:
        return covariances
    scale = np.sqrt(np.trace(covariances, axis1=1, axis2=2) / 2)[:, None]
    observed = float(np.median(np.abs(np.diff(places / scale, n=3, axis=0)))) / 0.6745 / math.sqrt(20)
    return np.asarray(covariances * max(1.0, observed) ** 2)
