"""True tracks made as wrong as measured ones are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from physperception.physics.observations import Observation, Track
from physperception.training.gru_tracks import residuals

FARTHEST_PX = 10.0
SOFT_PX = 0.05
CORNER_PX = 0.4
FEWEST = 8
CUT_RATE = 0.3


def errors_of(pairs: Iterable[tuple[Track, Track]]) -> list[NDArray[np.float64]]:
    """Errors float64 [T, 3] of measured tracks against true ones (`residuals`), without tracks of something else."""
    found = [residuals(measured, true) for measured, true in pairs]
    return [each for each in found if _follows(each)]


def made_wrong(track: Track, errors: Sequence[NDArray[np.float64]], random: np.random.Generator) -> Track:
    """A track with the errors of a measured one, stretched over it and of another strength; images missed there are
    missed here. In some, corners are unknown, the beginning or the end is cut off, or images are left out.

    Args:
        track: of 1 image or more; one of 8 or fewer keeps all images.
        errors: as `errors_of` finds them; none lays over a little white noise only.
        random: what draws.
    """
    seen = list(track.observations)
    drawn = np.zeros((len(seen), 3))
    if errors:
        chosen = errors[int(random.integers(len(errors)))]
        rows = np.linspace(0, len(chosen) - 1, len(seen)).round().astype(int)
        strength = random.uniform(0.1, 1.3) * np.array([random.choice((-1, 1)), 1, 1])
        drawn = chosen[rows] * strength
    without_corners = random.random() < 0.4
    out = []
    for item, shift in zip(seen, drawn):
        if np.isfinite(shift).all():
            out.append(_moved(item, shift, random, without_corners))
    kept = _kept(len(out), random)
    out = [item for item, keep in zip(out, kept) if keep]
    return Track(track.object_id, tuple(out)) if len(out) >= FEWEST else track


def _moved(item: Observation, shift: NDArray[np.float64], random: np.random.Generator, no_corners: bool) -> Observation:
    dx, dy = np.clip(shift[:2], -FARTHEST_PX, FARTHEST_PX) + random.normal(0, SOFT_PX, 2)
    corners = None
    if item.corners is not None and not no_corners:
        corners = item.corners + (dx, dy) + random.normal(0, CORNER_PX, (4, 2)) * random.random()
    area = item.area_px * float(np.exp(np.clip(shift[2], -1, 1)))
    return replace(item, x=item.x + float(dx), y=item.y + float(dy), area_px=area, corners=corners)


def _kept(count: int, random: np.random.Generator) -> NDArray[np.bool_]:
    kept = np.ones(count, dtype=np.bool_)
    if count <= FEWEST:
        return kept
    if random.random() < CUT_RATE:
        kept[: int(count * random.uniform(0, 0.1))] = False
    if random.random() < CUT_RATE:
        kept[int(count * random.uniform(0.7, 1)) :] = False
    if random.random() < CUT_RATE:
        kept &= random.random(count) < random.uniform(0.5, 1)
    return kept


def _follows(errors: NDArray[np.float64]) -> bool:
    sound = errors[np.isfinite(errors).all(1)]
    return len(sound) > len(errors) / 3 and bool(np.median(np.hypot(sound[:, 0], sound[:, 1])) < FARTHEST_PX / 2)
