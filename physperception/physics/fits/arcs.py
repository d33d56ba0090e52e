"""Ballistic arcs joined at impacts, seen by a projective or an affine camera: the model behind the restitution fit.

Heights above the level of first touch are in units of g, so that velocities are times: between impacts k and k + 1
eta = w_k tau - tau^2 / 2, with w_k the velocity after impact k over g, w_k = e_k w_(k-1) and t_(k+1) = t_k + c + 2 w_k.
An impact lasts c (milliseconds: Cross 1999); taking it for instantaneous would make slow rebounds seem c / 2 faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physperception.physics.fits.level import LEVEL_FOCAL_PX
from physperception.physics.fits.samples import Samples
from physperception.physics.fits.statistics import Array

GRAVITY = 9.81
MOST_TAIL_BOUNCES = 25
TANGENTIAL_CHANGE_M_S = 0.4
TANGENTIAL_M_S = 4.0
LEAST_DRIFT = 0.02
DEPTH_PRIOR = 2.0
CONTACT_S = 0.002
CONTACT_DEVIATION_S = 0.003


@dataclass(frozen=True)
class Start:
    """Where a fit starts: time of the first impact, fall velocity there over g, a restitution an impact, the place."""

    impact_s: float
    fall_s: float
    restitutions: tuple[float, ...]
    contact_px: Array
    fall_px: Array

    @property
    def parameters(self) -> list[float]:
        return [self.impact_s, self.fall_s, *self.restitutions, 1.0]


class Bounces:
    """Heights of a point that falls, bounces K times, and goes on bouncing with the last restitution.

    Parameters: time of the first touch, fall velocity there over g, K restitutions, and how long an impact lasts in
    units of CONTACT_S, which noise may make negative.
    """

    def __init__(self, times: Array, impacts: int) -> None:
        self.times = times
        self.impacts = impacts
        self.size = 3 + impacts

    def heights(self, parameters: Array) -> tuple[Array, Array]:
        """Heights over g, s^2, float64 [N], and times since each impact, 0 before it, float64 [K, N]."""
        touch, speed = parameters[0], parameters[1]
        contact = CONTACT_S * parameters[2 + self.impacts]
        elapsed = self.times - touch
        heights = -speed * elapsed - elapsed**2 / 2
        since = np.zeros((self.impacts, len(self.times)))
        for bounce in range(self.impacts + MOST_TAIL_BOUNCES):
            elapsed = self.times - touch
            after = elapsed >= 0
            if not after.any():
                break
            if bounce < self.impacts:
                since[bounce] = np.where(after, elapsed, 0)
            coming = speed
            speed = coming * abs(parameters[2 + min(bounce, self.impacts - 1)])
            left = elapsed - contact
            heights = np.where(after, speed * left - left**2 / 2, heights)
            if contact > 0:
                heights = np.where(after & (left < 0), _dip(elapsed / contact, contact, coming, speed), heights)
            touch += contact + 2 * speed
            if speed < 2e-3:
                break
        return np.where(self.times >= touch, np.maximum(heights, 0) if speed < 2e-3 else heights, heights), since

    def priors(self, parameters: Array) -> float:
        """An impact lasts as long as those of balls do."""
        return (float(parameters[2 + self.impacts]) - 1) * CONTACT_S / CONTACT_DEVIATION_S


def _dip(share: Array, contact: float, coming: float, leaving: float) -> Array:
    """Heights during a contact, the cubic with the velocities before and after it, at shares 0..1 of its time."""
    return np.asarray(-contact * share * (1 - share) * (coming * (1 - share) + leaving * share))


class AffineArcs:
    """Arcs in the image of a distant camera: contact point, drift an arc (px/s) and the image of -g (px/s^2).

    Drift along the image of the fall can't be told from the fall itself in one open arc; a prior of the size of the
    drift seen across it keeps the two apart, and its width ends up in the interval.
    """

    def __init__(self, samples: Samples, start: Start) -> None:
        self.samples = samples
        self.bounces = Bounces(samples.times, len(start.restitutions))
        self.arcs = len(start.restitutions) + 1
        self.fall_s = start.fall_s
        drift = np.zeros(2 * self.arcs)
        self.start = np.array([*start.parameters, *start.contact_px, *start.fall_px, *drift])

    def points(self, parameters: Array) -> Array:
        """Pixels, float64 [N, 2]."""
        heights, since = self.bounces.heights(parameters)
        rest = parameters[self.bounces.size :]
        drifts = rest[4:].reshape(self.arcs, 2)
        moved = np.outer(self.samples.times - parameters[0], drifts[0])
        moved += since.T @ np.diff(drifts, axis=0)
        return np.asarray(rest[:2] + moved - np.outer(heights, rest[2:4]))

    def residuals(self, parameters: Array) -> Array:
        """In standard deviations, float64 [N, 2]."""
        return self.samples.whitened(self.points(parameters) - self.samples.points)

    def priors(self, parameters: Array) -> Array:
        """Drift along the fall is like drift across it, and an impact changes drift little."""
        rest = parameters[self.bounces.size :]
        fall, drifts = rest[2:4], rest[4:].reshape(self.arcs, 2)
        size = max(float(np.linalg.norm(fall)), 1e-9)
        down = fall / size
        across = np.abs(drifts @ np.array([-down[1], down[0]])).mean()
        width = 0.7 * across + LEAST_DRIFT * size * self.fall_s
        changes = np.diff(drifts, axis=0).ravel() / (0.5 * width)
        return np.concatenate(([self.bounces.priors(parameters), drifts[0] @ down / width], changes))


class ProjectiveArcs:
    """Arcs in metres before a level camera (see level.py): g is the ruler, so that depth is found as well.

    Parameters after those of the bounces: the first contact as x / z, y / z, log z, and the tangential velocities, m/s,
    two an arc.
    """

    def __init__(self, samples: Samples, start: Start, normal: Array) -> None:
        self.samples = samples
        self.normal = normal
        self.axes = plane_axes(normal)
        gravity = np.array([0.0, GRAVITY, 0.0])
        self.strength = -float(gravity @ normal)
        self.slide = gravity + self.strength * normal
        self.bounces = Bounces(samples.times, len(start.restitutions))
        self.arcs = len(start.restitutions) + 1
        x, y = start.contact_px / LEVEL_FOCAL_PX
        seen = LEVEL_FOCAL_PX * GRAVITY / np.linalg.norm(start.fall_px)
        self.log_depth = float(np.log(np.clip(seen, 0.02, 200)))
        self.start = np.array([*start.parameters, x, y, self.log_depth, *np.zeros(2 * self.arcs)])
        self.start[self.bounces.size :] = self._linear_start()

    def points(self, parameters: Array) -> Array:
        """Pixels, float64 [N, 2]."""
        heights, since = self.bounces.heights(parameters)
        rest = parameters[self.bounces.size :]
        depth = np.exp(np.clip(rest[2], -6, 7))
        drifts = rest[3:].reshape(self.arcs, 2)
        elapsed = self.samples.times - parameters[0]
        moved = (np.outer(elapsed, drifts[0]) + since.T @ np.diff(drifts, axis=0)) @ self.axes
        contact = depth * np.array([rest[0], rest[1], 1.0])
        places = contact + moved + np.outer(heights * self.strength, self.normal)
        places += np.outer(elapsed**2 / 2, self.slide)
        far = np.maximum(places[:, 2], 1e-3)
        return np.asarray(LEVEL_FOCAL_PX * places[:, :2] / far[:, None])

    def _linear_start(self) -> Array:
        """Contact and drifts from f X - u Z = 0, which is linear in them once the bounces are given."""
        heights, since = self.bounces.heights(self.start)
        elapsed = self.samples.times - self.start[0]
        seen = np.asarray(self.samples.points / LEVEL_FOCAL_PX, dtype=np.float64)
        rise, slide = np.outer(heights * self.strength, self.normal), np.outer(elapsed**2 / 2, self.slide)
        known = np.asarray(rise + slide, dtype=np.float64)
        shapes = [np.ones_like(elapsed)] * 3 + [elapsed] * 2 + [row for row in since for _ in range(2)]
        directions = [*np.eye(3), *self.axes] + list(self.axes) * (self.arcs - 1)
        columns: list[Array] = [np.outer(shape, direction) for shape, direction in zip(shapes, directions)]
        design = np.stack([_sideways(column, seen) for column in columns], axis=1)
        right = -_sideways(known, seen)
        depth = float(np.exp(self.log_depth))
        weights = 1 / (depth * self.samples.noise_px / LEVEL_FOCAL_PX)
        loose = [0.0] * 3 + [1 / TANGENTIAL_M_S] * 2 + [1 / TANGENTIAL_CHANGE_M_S] * (2 * self.arcs - 2)
        stacked = np.vstack((design * weights, np.diag(loose)))
        solved = np.linalg.lstsq(stacked, np.concatenate((right * weights, np.zeros(len(loose)))), rcond=None)[0]
        drifts = np.cumsum(solved[3:].reshape(self.arcs, 2), axis=0)
        if not (np.isfinite(solved).all() and 0.1 < solved[2] / depth < 10):
            return self.start[self.bounces.size :]
        self.log_depth = float(np.log(solved[2]))
        return np.array([solved[0] / solved[2], solved[1] / solved[2], self.log_depth, *drifts.ravel()])

    def residuals(self, parameters: Array) -> Array:
        """In standard deviations, float64 [N, 2]."""
        return self.samples.whitened(self.points(parameters) - self.samples.points)

    def priors(self, parameters: Array) -> Array:
        """Loose bounds on depth and speed, and an impact changes the tangential velocity little."""
        rest = parameters[self.bounces.size :]
        drifts = rest[3:].reshape(self.arcs, 2)
        return np.concatenate(
            (
                [self.bounces.priors(parameters), (rest[2] - self.log_depth) / DEPTH_PRIOR],
                drifts[0] / TANGENTIAL_M_S,
                np.diff(drifts, axis=0).ravel() / TANGENTIAL_CHANGE_M_S,
            )
        )


def _sideways(places: Array, seen: Array) -> Array:
    """x - u z and y - v z of places [N, 3] seen at normalised coordinates [N, 2]: float64 [2 N], 0 on the rays."""
    return np.asarray(places[:, :2] - seen * places[:, 2:]).ravel()


def plane_axes(normal: Array) -> Array:
    """Two unit vectors across a unit vector, float64 [2, 3]."""
    first = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    first /= np.linalg.norm(first)
    return np.stack((first, np.cross(normal, first)))
