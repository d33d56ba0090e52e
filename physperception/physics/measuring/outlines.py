"""Outlines within the pixel, and circles fitted to the parts of them that are arcs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import FloatArray

RAYS = 96
STEP_PX = 0.25
BORDER_PX = 1.0
INLIER_PX = 0.35
INLIER_FRACTION = 0.035
ARC_NOISE_PX = 0.15
TRIPLES = 60
ROUNDS = 6


@dataclass(frozen=True)
class Circle:
    """A circle found in an outline.

    Attributes:
        x, y, radius: pixels.
        covariance: 2 x 2 of the centre, px^2.
        part: fraction of its circumference that the outline shows, 0..1.
    """

    x: float
    y: float
    radius: float
    covariance: FloatArray
    part: float


def outline_points(blob: Blob) -> FloatArray:
    """Points where coverage falls through one half on rays from the centroid, float64 [N, 2], N <= 96, pixels.

    Points on the image border are left out, as the outline there is the image's.
    """
    x, y = blob.center
    height, width = blob.alpha.shape
    angles = np.arange(RAYS) * (2 * np.pi / RAYS)
    reach = float(np.hypot(width, height)) + 2
    steps = np.arange(0.0, reach, STEP_PX)
    across = (x - blob.x + np.cos(angles)[:, None] * steps).astype(np.float32)
    down = (y - blob.y + np.sin(angles)[:, None] * steps).astype(np.float32)
    profile = cv2.remap(blob.alpha, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    inside = profile >= 0.5
    last = len(steps) - 1 - np.argmax(inside[:, ::-1], axis=1)
    usable = inside.any(axis=1) & (last < len(steps) - 1)
    rows = np.flatnonzero(usable)
    at = last[usable]
    high, low = profile[rows, at], profile[rows, at + 1]
    distance = STEP_PX * (at + (high - 0.5) / np.maximum(high - low, 1e-6))
    points = np.column_stack((x + np.cos(angles[rows]) * distance, y + np.sin(angles[rows]) * distance))
    limit = np.array(blob.size) - 1 - BORDER_PX
    return points[((points > BORDER_PX) & (points < limit)).all(axis=1)]


def fit_circle(points: FloatArray, radius: float | None) -> Circle | None:
    """The circle that most of the points lie on, or with a radius given, of that radius.

    Candidates through triples (pairs) of points are scored by how many points lie on them (RANSAC: Fischler and
    Bolles 1981, over a fixed sample), and the best is refined by least squares of the distances.

    Args:
        points: float64 [N, 2], pixels.
        radius: pixels; None unknown.
    """
    if len(points) < 8:
        return None
    candidates = _candidates(points, radius)
    if not len(candidates):
        return None
    offset = np.abs(np.hypot(points[:, 0] - candidates[:, :1], points[:, 1] - candidates[:, 1:2]) - candidates[:, 2:])
    limit = INLIER_PX + INLIER_FRACTION * candidates[:, 2:]
    best = candidates[int(np.argmax((offset < limit).sum(axis=1)))]
    return _refined(points, best, radius is None)


def _candidates(points: FloatArray, radius: float | None) -> FloatArray:
    """Circles through some of the points: float64 [M, 3] of x, y, radius."""
    random = np.random.default_rng(len(points))
    if radius is None:
        chosen = points[random.integers(0, len(points), (TRIPLES, 3))]
        a, b, c = chosen[:, 0], chosen[:, 1], chosen[:, 2]
        ab, ac = b - a, c - a
        cross = 2 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
        good = np.abs(cross) > 1.0
        ab, ac, a, cross = ab[good], ac[good], a[good], cross[good]
        ab2, ac2 = (ab**2).sum(axis=1), (ac**2).sum(axis=1)
        shift = np.column_stack((ac[:, 1] * ab2 - ab[:, 1] * ac2, ab[:, 0] * ac2 - ac[:, 0] * ab2)) / cross[:, None]
        return np.column_stack((a + shift, np.hypot(shift[:, 0], shift[:, 1])))
    chosen = points[random.integers(0, len(points), (TRIPLES, 2))]
    middle, half = chosen.mean(axis=1), (chosen[:, 1] - chosen[:, 0]) / 2
    length = np.hypot(half[:, 0], half[:, 1])
    good = (length > 0.3 * radius) & (length < radius)
    middle, half, length = middle[good], half[good], length[good]
    side = np.column_stack((-half[:, 1], half[:, 0])) * (np.sqrt(radius**2 - length**2) / length)[:, None]
    centers = np.concatenate((middle + side, middle - side))
    return np.column_stack((centers, np.full(len(centers), radius)))


def _refined(points: FloatArray, start: FloatArray, free_radius: bool) -> Circle | None:
    """Gauss-Newton on the distances of the points that lie on the circle."""
    x, y, radius = (float(value) for value in start)
    for _ in range(ROUNDS):
        across, down = points[:, 0] - x, points[:, 1] - y
        distance = np.maximum(np.hypot(across, down), 1e-6)
        rest = distance - radius
        near = np.abs(rest) < INLIER_PX + INLIER_FRACTION * radius
        if near.sum() < 6:
            return None
        jacobian = np.column_stack((across / distance, down / distance, np.ones(len(points))))[near]
        jacobian = jacobian if free_radius else jacobian[:, :2]
        normal = jacobian.T @ jacobian + 1e-9 * np.eye(jacobian.shape[1])
        step = np.linalg.solve(normal, jacobian.T @ rest[near])
        x, y = x + float(step[0]), y + float(step[1])
        radius += float(step[2]) if free_radius else 0.0
    variance = max(float((rest[near] ** 2).sum()) / max(int(near.sum()) - 3, 1), ARC_NOISE_PX**2)
    covariance = 4.0 * variance * np.linalg.inv(normal)[:2, :2]
    angles = np.arctan2(down[near], across[near])
    bins = np.unique(((angles + np.pi) / (2 * np.pi) * (RAYS // 2)).astype(int) % (RAYS // 2))
    return Circle(x, y, radius, np.asarray(covariance, dtype=np.float64), len(bins) / (RAYS // 2))
