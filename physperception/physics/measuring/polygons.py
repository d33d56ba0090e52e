"""Convex polygons fitted to outlines, and straight edges refined on image gradients."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import FloatArray

SCALE = 4
SIMPLIFY_PX = 0.3
END_PART = 0.12
SEARCH_PX = 3.0
SAMPLE_PX = 0.25
LEAST_SAMPLES = 8
LEAST_GRADIENT = 3.0


def outline_of(blob: Blob) -> FloatArray:
    """The outline at half coverage, float64 [N, 2], pixels, found on a four times finer grid.

    Coverage is smoothed by a pixel first, which takes the steps out of binary masks and leaves straight sides in place.
    """
    padded = cv2.GaussianBlur(np.pad(blob.alpha, 4), (0, 0), 1.0)
    height, width = padded.shape
    fine = cv2.resize(padded, (width * SCALE, height * SCALE), interpolation=cv2.INTER_LINEAR)
    outlines, _ = cv2.findContours((fine >= 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return np.empty((0, 2))
    points = max(outlines, key=cv2.contourArea)[:, 0].astype(np.float64)
    ahead = np.roll(points, -3, axis=0) - np.roll(points, 3, axis=0)
    turn = 1.0 if _shoelace(points) > 0 else -1.0
    outwards = turn * np.column_stack((ahead[:, 1], -ahead[:, 0]))
    points += 0.5 * outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-6)
    return (points + 0.5) / SCALE - 0.5 - 4 + np.array([blob.x, blob.y])


def hull_of(outline: FloatArray) -> FloatArray:
    """The convex hull of an outline, of few points, float64 [N, 2], clockwise as seen (y down)."""
    simple = cv2.approxPolyDP(cv2.convexHull(outline.astype(np.float32)), SIMPLIFY_PX, closed=True)
    hull = simple[:, 0].astype(np.float64)
    return hull if _shoelace(hull) > 0 else hull[::-1]


def area_of(polygon: FloatArray) -> float:
    """Area of a polygon that does not cross itself, px^2."""
    return abs(_shoelace(polygon))


def circumscribed(hull: FloatArray, sides: int) -> FloatArray | None:
    """A polygon of few sides around a convex one, float64 [sides, 2], in the hull's sense of rotation.

    Sides go one by one, each time that whose neighbours, prolonged to where they meet, add the least area
    (Aggarwal, Chang and Yap 1985 for the minimum; this greedy form is close to it on outlines of boxes).
    """
    points = list(hull)
    while len(points) > sides:
        best, added, corner = -1, float("inf"), np.zeros(2)
        count = len(points)
        for index in range(count):
            a, b = points[index - 1], points[index]
            c, d = points[(index + 1) % count], points[(index + 2) % count]
            meet = _crossing(a, b, d, c)
            if meet is None or (meet - b) @ (b - a) <= 0 or (meet - c) @ (c - d) <= 0:
                continue
            area = abs(float(_cross(c - b, meet - b))) / 2
            if area < added:
                best, added, corner = index, area, meet
        if best < 0:
            return None
        following = (best + 1) % count
        points[best] = corner
        del points[following]
    return np.array(points) if len(points) == sides else None


def sharpened(polygon: FloatArray, outline: FloatArray) -> FloatArray | None:
    """The polygon with each side fitted to the outline points near it by total least squares: float64 [N, 2]."""
    lines = []
    for index in range(len(polygon)):
        a, b = polygon[index], polygon[(index + 1) % len(polygon)]
        length = float(np.linalg.norm(b - a))
        direction = (b - a) / max(length, 1e-9)
        along = (outline - a) @ direction
        away = np.abs(_cross(direction, outline - a))
        margin = max(END_PART * length, 1.0)
        near = outline[(along > margin) & (along < length - margin) & (away < 1.2)]
        lines.append((a, direction) if len(near) < LEAST_SAMPLES else _line(near))
    return _corners_of(lines)


def with_inner_edges(
    quad: FloatArray, inner: tuple[int, ...], image: NDArray[np.float32], reach_px: float = SEARCH_PX
) -> tuple[FloatArray, float] | None:
    """The quadrilateral with its inner sides moved to the steepest change of colour across them.

    Args:
        quad: float64 [4, 2], pixels; side i goes from corner i to the next.
        inner: sides inside the outline.
        image: float32 RGB [H, W, 3].
        reach_px: how far from its side an edge is sought.

    Returns:
        float64 [4, 2], and the least change found across an inner side, grey levels a pixel. None when one has no edge.
    """
    lines, strength = [], float("inf")
    for index in range(4):
        a, b = quad[index], quad[(index + 1) % 4]
        if index not in inner:
            lines.append((a, b - a))
            continue
        found = _edge_points(a, b, image, reach_px)
        if found is None:
            return None
        lines.append(_line(found[0]))
        strength = min(strength, found[1])
    corners = _corners_of(lines)
    return None if corners is None else (corners, strength)


def inner_edge(left: FloatArray, right: FloatArray, image: NDArray[np.float32]) -> tuple[float, float, float] | None:
    """Where a straight edge runs from one side of a quadrilateral to the opposite one.

    Args:
        left, right: float64 [2, 2], the two sides, from their upper to their lower end, pixels.
        image: float32 RGB [H, W, 3].

    Returns:
        Fractions of the left and of the right side at which it ends, and its strength, grey levels a pixel. None when
        no change of colour runs all along it.
    """
    fractions = np.arange(0.12, 0.93, 0.25 / max(float(np.linalg.norm(left[1] - left[0])), 8.0))
    across = np.linspace(0.1, 0.9, 32)
    starts = left[0] + fractions[:, None] * (left[1] - left[0])
    ends = right[0] + fractions[:, None] * (right[1] - right[0])
    best: tuple[float, float, float] | None = None
    for tilt in np.linspace(-0.15, 0.15, 7):
        moved = ends + tilt * (right[1] - right[0])
        grid = starts[:, None] + across[None, :, None] * (moved - starts)[:, None]
        profile = cv2.remap(image, grid[..., 0].astype(np.float32), grid[..., 1].astype(np.float32), cv2.INTER_LINEAR)
        spacing = float(np.linalg.norm(grid[1:, 16] - grid[:-1, 16], axis=1).mean())
        change = np.gradient(cv2.blur(profile, (1, 5)), axis=0) / max(spacing, 1e-6)
        median = np.median(change, axis=1)
        strength = np.sqrt((median**2).sum(axis=1))
        index = int(np.argmax(strength))
        if strength[index] > LEAST_GRADIENT and (best is None or strength[index] > best[2]):
            best = (float(fractions[index]), float(fractions[index] + tilt), float(strength[index]))
    return best


def _edge_points(
    a: FloatArray, b: FloatArray, image: NDArray[np.float32], reach_px: float
) -> tuple[FloatArray, float] | None:
    """Points of the steepest change across a side, those that agree on a line, and the typical steepness."""
    length = float(np.linalg.norm(b - a))
    if length < LEAST_SAMPLES:
        return None
    direction = (b - a) / length
    normal = np.array([-direction[1], direction[0]])
    along = np.linspace(END_PART, 1 - END_PART, int(np.clip(length, LEAST_SAMPLES, 60)))
    steps = np.arange(-reach_px, reach_px + 1e-6, SAMPLE_PX)
    base = a + along[:, None] * (b - a)
    grid = base[:, None] + steps[None, :, None] * normal
    profile = cv2.remap(image, grid[..., 0].astype(np.float32), grid[..., 1].astype(np.float32), cv2.INTER_LINEAR)
    change = _smoothed(np.gradient(profile, axis=1) / SAMPLE_PX)
    steep = np.sqrt((change**2).sum(axis=2))
    mean_change = change.mean(axis=0)
    common = np.sqrt((mean_change**2).sum(axis=1))
    weighted = steep * (0.2 + common / max(float(common.max()), 1e-6))
    best = np.argmax(weighted, axis=1)
    level = float(common.max())
    rows = np.arange(len(base))
    inner = (best > 0) & (best < len(steps) - 1)
    if inner.sum() < LEAST_SAMPLES or level < LEAST_GRADIENT:
        return None
    rows, best = rows[inner], best[inner]
    low, peak, high = steep[rows, best - 1], steep[rows, best], steep[rows, best + 1]
    bend = low - 2 * peak + high
    shift = np.where(np.abs(bend) > 1e-6, 0.5 * (low - high) / np.where(np.abs(bend) > 1e-6, bend, 1.0), 0.0)
    offset = steps[best] + np.clip(shift, -1, 1) * SAMPLE_PX
    keep = _agreeing(along[rows], offset)
    if keep.sum() < LEAST_SAMPLES:
        return None
    return base[rows[keep]] + offset[keep, None] * normal, level


def _smoothed(change: NDArray[np.float32]) -> NDArray[np.float32]:
    """Averaged over one pixel along the profile (axis 1)."""
    kernel = np.hanning(int(2 / SAMPLE_PX) + 1)[1:-1]
    kernel /= kernel.sum()
    flat = change.transpose(0, 2, 1).reshape(-1, change.shape[1]).astype(np.float32)
    smooth = cv2.filter2D(flat, -1, kernel[None].astype(np.float32), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth.reshape(change.shape[0], change.shape[2], -1).transpose(0, 2, 1))


def _agreeing(along: FloatArray, offset: FloatArray) -> NDArray[np.bool_]:
    """Which offsets lie on one straight line, by repeated fits without the worst."""
    keep = np.abs(offset - np.median(offset)) < 1.5
    for _ in range(4):
        if keep.sum() < LEAST_SAMPLES:
            return keep
        fit = np.polyfit(along[keep], offset[keep], 1)
        rest = np.abs(offset - np.polyval(fit, along))
        keep = rest < max(2.5 * 1.4826 * float(np.median(rest[keep])), 0.15)
    return np.asarray(keep)


def _corners_of(lines: list[tuple[FloatArray, FloatArray]]) -> FloatArray | None:
    """Where each line meets the one before it: float64 [N, 2]."""
    corners = []
    for index in range(len(lines)):
        (a, u), (b, v) = lines[index - 1], lines[index]
        meet = _crossing(a, a + u, b, b + v)
        if meet is None:
            return None
        corners.append(meet)
    return np.array(corners)


def _line(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A point and a unit direction of the line of total least squares."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    return middle, axes[0]


def _crossing(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray | None:
    """Where the line from a through b meets, beyond both, the one from c through d; None for parallel ones."""
    u, v = b - a, d - c
    cross = float(_cross(u, v))
    if abs(cross) < 1e-6 * max(float(np.linalg.norm(u) * np.linalg.norm(v)), 1e-9):
        return None
    return np.asarray(a + u * float(_cross(c - a, v)) / cross)


def _cross(u: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])


def _shoelace(polygon: FloatArray) -> float:
    """Signed area, positive for clockwise as seen (y down)."""
    return float(_cross(polygon, np.roll(polygon, -1, axis=0)).sum()) / 2
