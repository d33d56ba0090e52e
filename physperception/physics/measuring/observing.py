"""From a thing's coverage to an `Observation`: centroid, box and area with their uncertainties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physperception.physics.measuring.blobs import HARD_NOISE, Blob
from physperception.physics.measuring.frames import FloatArray
from physperception.physics.measuring.outlines import fit_circle, outline_points
from physperception.physics.observations import Observation
from physperception.scene import Box

FLOOR_PX = 0.03
CORRELATED = 14.0
STEPS_PX = 0.5
OUTLINE_SHIFT_PX = 0.06
WHOLE = 0.97
PARTLY = 0.97
PARTLY_ROUND = 0.985
NEIGHBOURS = 10
UPPER = 0.7
REWEIGHTED = 12
BENT = 0.1
RESTING = 0.02
LEAST_ROUND = 0.85
LEAST_ARC = 0.25


def observe(blob: Blob, stamp_s: float, line_time_s: float = 0.0) -> Observation:
    """What one image shows of a thing.

    The centroid's covariance follows from the uncertain coverage of the pixels of the outline, which motion blur makes
    more; in a segmented image pixels beside each other err alike, as so many (measured on validation clips). Coverage
    in proportion to exposure puts the centroid of a blurred thing where it was at mid-exposure.

    Args:
        blob: not empty.
        stamp_s: when the middle of the first row was exposed.
        line_time_s: between the exposures of two rows of a rolling shutter; 0 for a global one.
    """
    alpha = blob.alpha.astype(np.float64)
    x, y = blob.center
    rows, columns = np.nonzero(_outline(blob))
    spread = np.maximum(blob.noise, 0.5 * np.sqrt(alpha * (1 - alpha)) * blob.noise)[rows, columns]
    offsets = np.column_stack((columns + blob.x - x, rows + blob.y - y))
    area = max(blob.area, 1e-6)
    weighted = offsets * spread[:, None]
    steps = STEPS_PX**2 / max(len(rows), 1) if blob.noise >= HARD_NOISE else 0.0
    covariance = _alike(blob) * weighted.T @ weighted / area**2 + (FLOOR_PX**2 + steps) * np.eye(2)
    shift = OUTLINE_SHIFT_PX * len(rows)
    return Observation(
        stamp_s=stamp_s + y * line_time_s,
        x=x,
        y=y,
        covariance=covariance,
        box=blob.box,
        area_px=area,
        area_std_px=float(np.hypot(np.sqrt((spread**2).sum()), shift)),
        cut=blob.cut,
    )


def observe_rigid(
    blobs: list[Blob], stamps_s: list[float], line_time_s: float = 0.0, *, may_be_round: bool = True
) -> list[Observation]:
    """Observations of one rigid thing over time; of a round one, the centre of the whole also where a part is hidden.

    What is usual of the thing tells how much of it is in view. A thing whose outlines are circles keeps its radius
    where it is hidden, and its centre follows from the arcs seen; any other keeps the centroid of what is seen, with
    the covariance of not knowing the rest.

    Args:
        blobs, stamps_s: of the images that show it, in order.
        line_time_s: see `observe`.
        may_be_round: whether to look for circles.
    """
    seen = [observe(blob, stamp, line_time_s) for blob, stamp in zip(blobs, stamps_s)]
    free = np.array([not blob.cut for blob in blobs])
    areas = np.array([blob.area for blob in blobs])
    if may_be_round:
        usual = _usual(areas, free)
    else:
        usual = _usual_on_plane(areas, np.array([blob.center for blob in blobs]).reshape(-1, 2), free)
    shapes = [fit_circle(outline_points(blob), None) if may_be_round else None for blob in blobs]
    whole = free & (areas > PARTLY * usual)
    round_ = [s is not None and s.part > LEAST_ROUND for s, ok in zip(shapes, whole) if ok]
    is_round = len(round_) > 0 and float(np.mean(round_)) > 0.5
    out = []
    for blob, observation, typical, complete in zip(blobs, seen, usual, whole):
        if complete and not (is_round and blob.area < PARTLY_ROUND * typical):
            out.append(observation)
        elif is_round:
            out.append(_from_arc(blob, observation, np.sqrt(typical / np.pi), line_time_s))
        else:
            out.append(_partly(observation, min(1.0, observation.area_px / typical)))
    return out


def _from_arc(blob: Blob, observation: Observation, radius: float, line_time_s: float) -> Observation:
    """The centre of a partly hidden circle of known radius, from the arcs in view."""
    visible = float(np.clip(observation.area_px / (np.pi * radius**2), 0.0, 1.0))
    circle = fit_circle(outline_points(blob), radius)
    if circle is None or circle.part < LEAST_ARC:
        return _partly(observation, visible)
    stamp_s = observation.stamp_s + (circle.y - observation.y) * line_time_s
    return replace(
        observation,
        stamp_s=stamp_s,
        x=circle.x,
        y=circle.y,
        covariance=_alike(blob) * circle.covariance + (FLOOR_PX**2) * np.eye(2),
        visible=visible if visible < WHOLE else 1.0,
    )


def _alike(blob: Blob) -> float:
    """How many pixels of the outline err together."""
    return 1.0 if blob.noise >= HARD_NOISE else CORRELATED


def _partly(observation: Observation, visible: float) -> Observation:
    """An observation of a part only: the centroid of the whole may be anywhere the hidden part allows."""
    if visible >= WHOLE:
        return observation
    box: Box = observation.box
    missing = (1.0 - visible) * np.array([box.width, box.height]) / max(2 * visible, 0.2)
    return replace(observation, visible=visible, covariance=observation.covariance + np.diag(missing**2))


def _usual(areas: FloatArray, free: FloatArray) -> FloatArray:
    """The area of the whole thing at each sighting: an upper level of those around it, float64 [N]."""
    out = np.empty(len(areas))
    for index in range(len(areas)):
        near = slice(max(index - NEIGHBOURS, 0), index + NEIGHBOURS + 1)
        pool = areas[near][free[near]] if free[near].any() else areas[near]
        out[index] = np.percentile(pool, 75)
    return np.maximum(out, 0.7 * np.percentile(areas[free] if free.any() else areas, 90))


def _usual_on_plane(areas: FloatArray, centers: FloatArray, free: FloatArray) -> FloatArray:
    """The area of the whole thing at each sighting while it slides on a plane, float64 [N].

    A plane's inverse depth is linear in the image, and the area of what lies on it goes with the third power of that:
    the cube root of the area is linear along the path. An upper level of it is fitted (quantile regression by
    reweighting: Koenker and Bassett 1978), below which hidden parts are left; images count by the way made in them.
    """
    chosen = free if free.any() else np.ones(len(areas), dtype=np.bool_)
    away = centers - centers[chosen].mean(axis=0)
    across = away @ np.linalg.svd(away[chosen], full_matrices=False)[2].T
    spread = np.abs(across).max(axis=0)
    bent = across.shape[1] > 1 and spread[1] > BENT * spread[0]
    design = np.column_stack((np.ones(len(areas)), across[:, : 1 + bent] / max(float(spread[0]), 1e-9)))
    roots, steps = np.cbrt(areas), np.linalg.norm(np.diff(centers, axis=0, prepend=centers[:1]), axis=1)
    travelled = steps[chosen] + RESTING * max(float(steps.max()), 1e-9)
    weights = travelled
    line = np.zeros(design.shape[1])
    for _ in range(REWEIGHTED):
        scaled = design[chosen] * weights[:, None]
        normal = scaled.T @ design[chosen]
        line = np.linalg.solve(normal + 1e-9 * np.trace(normal) * np.eye(len(line)), scaled.T @ roots[chosen])
        left = roots[chosen] - design[chosen] @ line
        weights = travelled * np.where(left > 0, UPPER, 1 - UPPER) / np.maximum(np.abs(left), 1e-3 * roots.max())
    return np.asarray(np.maximum(design @ line, 0.5 * roots.max()) ** 3)


def _outline(blob: Blob) -> FloatArray:
    """Pixels whose coverage is uncertain: those partly covered, and those on both sides of the outline."""
    padded = np.pad(blob.alpha, 1)
    low = np.minimum.reduce([padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]])
    return np.asarray((blob.alpha > 0.02) & ((blob.alpha < 0.98) | (low < 0.5)))
