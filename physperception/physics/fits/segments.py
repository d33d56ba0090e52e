"""Cuts a fall-and-bounce track into free flights and steady stretches: where the joint fit of the arcs starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physperception.physics.fits.samples import Samples
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Refusal

WINDOWS = (41, 27, 19, 13, 9, 7, 5)
MOST_IMAGES = 200
NEW_SEGMENT = 20.0
LEAST_DEVIATION_PX = 0.3
CLEAR = 4.0
OUTLIER = 8.0
ALIGNED = 0.4
OWN_PARABOLA = 6
GLITCH = 2
MUCH_LONGER = 3
AGAINST = 0.7


@dataclass(frozen=True)
class Parabola:
    """s = position + velocity tau + acceleration tau^2 / 2, with tau the time since `origin`; pixels and seconds."""

    origin: float
    position: float
    velocity: float
    acceleration: float

    def speed_at(self, time: float) -> float:
        """Pixels a second along the fall, positive downwards."""
        return self.velocity + self.acceleration * (time - self.origin)

    def place_at(self, time: float) -> float:
        """Pixels along the fall."""
        elapsed = time - self.origin
        return self.position + self.velocity * elapsed + self.acceleration * elapsed**2 / 2


@dataclass(frozen=True)
class Segment:
    """Images first..last, both in, and the parabolas at its two ends: one and the same unless it was put together."""

    first: int
    last: int
    flight: bool
    opening: Parabola
    closing: Parabola


def fall_in_image(samples: Samples, down: Array | None) -> tuple[Array, float]:
    """Direction and size of the acceleration of fall in the image, from short windows that fit one parabola.

    Args:
        down: the image's direction of fall [2] where gravity tells it.

    Returns:
        A unit vector float64 [2], and px/s^2.

    Raises:
        CannotTell: NO_MOTION where nothing is seen to fall.
    """
    if np.ptp(samples.points, axis=0).max() < max(2.0, CLEAR * samples.noise_px):
        raise CannotTell(Refusal.NO_MOTION, "the object does not move")
    noise = max(LEAST_DEVIATION_PX, samples.noise_px)
    widths = [width for width in WINDOWS if width <= len(samples)]
    found = [_accelerations(samples, width, noise) for width in widths]
    if down is not None:
        found = [np.outer(np.maximum(accelerations @ down, 0), down) for accelerations in found]
    else:
        found = _without_turns(found, widths)
    sizes = [np.linalg.norm(accelerations, axis=1) for accelerations in found]
    likely = max((float(np.quantile(size, 0.75)) for size in sizes if len(size) >= 2), default=0.0)
    for accelerations, size in zip(found, sizes):
        strong = accelerations[size > 0.5 * likely]
        if len(strong) < 2 or likely <= 0:
            continue
        typical = np.median(strong, axis=0)
        strength = float(np.linalg.norm(typical))
        if strength > 0 and np.median(np.linalg.norm(strong - typical, axis=1)) < ALIGNED * strength:
            return typical / strength, strength
    raise CannotTell(Refusal.NO_MOTION, "the object is not seen to fall freely")


def segments_of(times: Array, along: Array, fall: float, noise: float) -> list[Segment]:
    """The cheapest cut of s(t) [N] into flights (acceleration near `fall`) and steady stretches.

    A segment costs its chi^2 and a constant; dynamic programming (Bellman 1961; for changes of regime, Jackson et al.
    2005).
    """
    stride = max(1, -(-len(times) // MOST_IMAGES))
    coarse, values = times[::stride], along[::stride]
    deviation = max(noise, LEAST_DEVIATION_PX)
    flight = _costs(coarse, values, deviation, fall, 0.3 * fall)
    steady = _costs(coarse, values, deviation, 0.0, 0.02 * fall)
    cost = np.minimum(flight[0], steady[0] + 2.0) + NEW_SEGMENT
    count = len(coarse)
    best = np.zeros(count + 1)
    back = np.zeros(count + 1, dtype=int)
    for end in range(1, count + 1):
        totals = best[:end] + cost[:end, end - 1]
        back[end] = int(np.argmin(totals))
        best[end] = totals[back[end]]
    bounds = []
    end = count
    while end > 0:
        bounds.append((int(back[end]), end - 1))
        end = int(back[end])
    found = []
    for first, last in reversed(bounds):
        falls = bool(flight[0][first, last] <= steady[0][first, last] + 2.0)
        position, velocity, acceleration = (flight if falls else steady)[1][first, last]
        arc = Parabola(float(coarse[first]), float(position + values[first]), float(velocity), float(acceleration))
        end = len(times) - 1 if last == count - 1 else (last + 1) * stride - 1
        found.append(Segment(first * stride, end, falls, arc, arc))
    return _put_together(times, found, fall)


def without_spikes(samples: Samples, fall: Array) -> Samples:
    """Samples without single images far from every continuation of their neighbours' flight.

    Args:
        fall: acceleration in the image [2], px/s^2.
    """
    kept = samples
    noise = max(samples.noise_px, LEAST_DEVIATION_PX)
    for _ in range(len(samples) // 5):
        if len(kept) < 8:
            break
        far = _distance_from_neighbours(kept.times, kept.points - np.outer(kept.times**2 / 2, fall))
        worst = int(np.argmax(far))
        if far[worst] < OUTLIER * noise + 1.0:
            break
        kept = kept.take(np.arange(len(kept)) != worst)
    return kept


def _put_together(times: Array, found: list[Segment], fall: float) -> list[Segment]:
    """Neighbours whose velocity goes on, as perspective or a wrong cut parts one flight, become one."""
    found = _without_glitches(found)
    merged = found[:1]
    slack = fall * float(np.median(np.diff(times)))
    for after in found[1:]:
        before = merged[-1]
        middle = (times[before.last] + times[after.first]) / 2
        speed, next_speed = before.closing.speed_at(middle), after.opening.speed_at(middle)
        rests = abs(speed) < 3 * slack and not (before.flight and after.flight)
        if rests or abs(speed - next_speed) > 0.3 * max(abs(speed), abs(next_speed)) + slack:
            merged.append(after)
        else:
            opening = after.opening if _shorter(before, after) else before.opening
            closing = before.closing if _shorter(after, before) else after.closing
            merged[-1] = Segment(before.first, after.last, True, opening, closing)
    return merged


def _shorter(part: Segment, other: Segment) -> bool:
    """Whether a part is too short for a parabola of its own, beside one that is longer."""
    return part.last - part.first + 1 < OWN_PARABOLA and other.last - other.first > part.last - part.first


def _without_glitches(found: list[Segment]) -> list[Segment]:
    """Without stretches of an image or two between flights: no rebound is followed by one that lasts much longer."""
    kept = list(found)
    for index in range(len(found) - 2, 0, -1):
        before, part, after = (found[i] for i in (index - 1, index, index + 1))
        length = part.last - part.first + 1
        longer = after.last - after.first + 1 >= MUCH_LONGER * length
        if length <= GLITCH and before.flight and after.flight and longer:
            del kept[index]
    return kept


def _accelerations(samples: Samples, width: int, noise: float) -> Array:
    starts = np.arange(len(samples) - width + 1)[:, None] + np.arange(width)
    times = samples.times[starts]
    times = times - times.mean(axis=1, keepdims=True)
    design = np.stack((np.ones_like(times), times, times**2 / 2), axis=2)
    inverse = np.linalg.pinv(design)
    points = samples.points[starts]
    solved = np.einsum("wij,wjk->wik", inverse, points)
    left = (points - np.einsum("wij,wjk->wik", design, solved)) / noise
    misfit = (left**2).sum(axis=(1, 2)) / (2 * (width - 3))
    deviation = noise * np.sqrt((inverse[:, 2] ** 2).sum(axis=1))
    accelerations = solved[:, 2]
    clear = np.linalg.norm(accelerations, axis=1) > CLEAR * deviation
    return np.asarray(accelerations[clear & (misfit < 4.0)], dtype=np.float64)


def _without_turns(found: list[Array], widths: list[int]) -> list[Array]:
    """Accelerations [N, 2] by width without those of impacts so weak that a short window holds them for a fall.

    Impacts accelerate against the fall, and for no longer than a short window: of two opposite directions, the one that
    clear windows see in more images is the fall.
    """
    seen = [(width * accelerations) for width, accelerations in zip(widths, found)]
    directions = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in seen if len(rows)]
    if not directions:
        return found
    shares = np.concatenate([np.full(len(rows), float(w)) for w, rows in zip(widths, seen) if len(rows)])
    units = np.concatenate(directions)
    axis = np.linalg.eigh((units * shares[:, None]).T @ units)[1][:, 1]
    fall = axis * (1.0 if float(shares @ np.sign(units @ axis)) >= 0 else -1.0)
    return [
        accelerations[accelerations @ fall > -AGAINST * np.linalg.norm(accelerations, axis=1)]
        for accelerations in found
    ]


def _costs(times: Array, values: Array, deviation: float, centre: float, spread: float) -> tuple[Array, Array]:
    """chi^2 [N, N] and [N, N, 3] position (from the first value), velocity and acceleration of images i..j."""
    count = len(times)
    unit = float(np.median(np.diff(times))) * 5
    elapsed = (times[None, :] - times[:, None]) / unit
    shifted = (values[None, :] - values[:, None]) / deviation
    inside = np.triu(np.ones((count, count)))
    powers = [np.cumsum(inside * elapsed**k, axis=1) for k in range(5)]
    moments = [np.cumsum(inside * shifted * elapsed**k, axis=1) for k in range(3)]
    squares = np.cumsum(inside * shifted**2, axis=1)
    scale = unit**2 / deviation
    mean, precision = centre * scale, 1 / (spread * scale) ** 2
    normal = np.empty((count, count, 3, 3))
    factors = (1.0, 1.0, 0.5)
    for row in range(3):
        for column in range(3):
            normal[..., row, column] = powers[row + column] * factors[row] * factors[column]
    normal[..., 2, 2] += precision
    normal += 1e-7 * np.eye(3)
    right = np.stack([moment * factor for moment, factor in zip(moments, factors)], axis=-1)
    right[..., 2] += precision * mean
    solved = np.linalg.solve(normal, right[..., None])[..., 0]
    chi2 = squares + precision * mean**2 - (solved * right).sum(axis=-1)
    solved *= deviation * np.array([1.0, 1 / unit, 1 / unit**2])
    return np.where(inside > 0, np.maximum(chi2, 0), np.inf), np.asarray(solved, dtype=np.float64)


def _distance_from_neighbours(times: Array, points: Array) -> Array:
    """The least distance [N] of each image from lines through two before, two after, and one on each side."""
    distances = np.full((3, len(times)), np.inf)
    ahead = _on_line(times, points, 1, 2)
    behind = _on_line(times[::-1], points[::-1], 1, 2)[::-1]
    distances[0, 2:] = np.linalg.norm(points - behind, axis=1)[2:] / 2.2
    distances[1, :-2] = np.linalg.norm(points - ahead, axis=1)[:-2] / 2.2
    share = ((times[1:-1] - times[:-2]) / (times[2:] - times[:-2]))[:, None]
    distances[2, 1:-1] = np.linalg.norm(points[1:-1] - points[:-2] * (1 - share) - points[2:] * share, axis=1)
    distances[:, [0, -1]] = np.where(np.isinf(distances[:, [0, -1]]), 0, distances[:, [0, -1]])
    return np.asarray(distances.min(axis=0))


def _on_line(times: Array, points: Array, near: int, far: int) -> Array:
    """Each point as foretold by the two after it: float64 [N, 2], the last two unchanged."""
    told = points.copy()
    base, other, place = times[near : len(times) - far + near], times[far:], times[: len(times) - far]
    share = ((place - base) / (other - base))[:, None]
    first, second = points[near : len(points) - far + near], points[far:]
    told[: len(points) - far] = first + share * (second - first)
    return told
