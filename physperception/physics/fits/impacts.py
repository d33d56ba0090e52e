"""Impacts between the free flights of a track, and the run of them that one fit of arcs can explain."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from physperception.physics.fits.arcs import Start
from physperception.physics.fits.samples import Samples
from physperception.physics.fits.segments import Segment
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Refusal

LEAST_IMAGES = 6
LEAST_BEFORE = 3
LEAST_AFTER = 2
RESOLVED = 2.5
DIFFERENT = 0.05
CLEARLY = 4.0


class Chain(NamedTuple):
    samples: Samples
    start: Start
    resolved: int
    later_s: float
    """Highest speed upwards, over the acceleration of fall, of flights after those of the chain."""


def chain_of(samples: Samples, fall: Array, segments: list[Segment], most: int, fall_share: float = 1.0) -> Chain:
    """The longest run of flights that end in impacts, cut out of the samples, and a start for fitting them.

    Args:
        fall: acceleration in the image [2], px/s^2.
        most: impacts to fit at most.
        fall_share: the later part of the first flight to fit; 0 begins with the flight after its impact.

    Raises:
        CannotTell: no impact is seen, or too little around the first.
    """
    run, impacts = _longest_run(samples, fall, segments)
    run = run[0 if fall_share else 1 :][:most]
    if not run:
        raise CannotTell(Refusal.POOR_FIT, "no impact is left to fit")
    _check_sight(samples, segments[run[0]], segments[run[0] + 1])
    met = [impact for impact in (impacts[index] for index in run) if impact is not None]
    first = met[0]
    strength = _strength(segments[run[0] : run[-1] + 2], float(np.linalg.norm(fall)))
    speeds = [first.before / strength]
    for index, impact in enumerate(met):
        whole = index + 1 < len(met)
        speeds.append((met[index + 1].time - impact.time) / 2 if whole else max(-impact.after, 0.0) / strength)
    ratios = tuple(min(1.2, max(0.02, after / before)) for before, after in pairwise(speeds))
    resolved = sum(_resolved(segments[index + 1], strength, samples.noise_px) for index in run)
    last = segments[run[-1] + 1]
    begin = _beginning(segments[run[0]], first_of_all=run[0] == 0, fall_share=fall_share or 1.0)
    until = samples.times[last.last]
    if not _resolved(last, strength, samples.noise_px):
        until = min(until, first.time + first.before / strength) if len(run) == 1 else samples.times[last.first] + 0.04
        until = max(until, samples.times[min(last.first + 3, last.last)])
    chosen = samples.take((samples.times <= until) & (np.arange(len(samples)) >= begin))
    direction = fall / np.linalg.norm(fall)
    near = int(np.argmin(np.abs(chosen.times - first.time)))
    contact = chosen.points[near] + (first.place - chosen.points[near] @ direction) * direction
    later = max((-part.opening.velocity / strength for part in _flights(segments[run[-1] + 2 :])), default=0.0)
    return Chain(chosen, Start(first.time, speeds[0], ratios, contact, direction * strength), resolved, later)


def fall_mismatch(samples: Samples, fall: Array, segments: list[Segment]) -> float:
    """|ln| of the first fall's acceleration over that of the longest flight after it; 0 where they agree within noise.

    Drag and a hand that lets go slow a fall. Meaningful for affine views: perspective changes accelerations too.
    """
    run, _ = _longest_run(samples, fall, segments)
    first, later = segments[run[0]], _flights(segments[run[0] + 1 : run[-1] + 2])
    if not (later and _flights([first])):
        return 0.0
    seconds = float(samples.times[first.last] - samples.times[first.first])
    deviation = samples.noise_px * math.sqrt(720 / (first.last - first.first + 1)) / seconds**2
    falling, usual = (
        part.closing.acceleration for part in (first, max(later, key=lambda part: part.last - part.first))
    )
    if min(falling, usual) <= 0 or abs(falling - usual) < max(DIFFERENT * usual, CLEARLY * deviation):
        return 0.0
    return abs(math.log(falling / usual))


def _longest_run(samples: Samples, fall: Array, segments: list[Segment]) -> tuple[list[int], list[Impact | None]]:
    """Indices of impacts that follow one another, and all impacts: number k is between segments k and k + 1."""
    strength = float(np.linalg.norm(fall))
    impacts = [_impact(samples, before, after, strength) for before, after in pairwise(segments)]
    runs: list[list[int]] = []
    for index, impact in enumerate(impacts):
        if impact is None:
            continue
        if runs and runs[-1][-1] == index - 1 and _resolved(segments[index], strength, samples.noise_px):
            runs[-1].append(index)
        else:
            runs.append([index])
    if not runs:
        _no_impact(samples, segments)
    return max(runs, key=len), impacts


def _beginning(flight: Segment, *, first_of_all: bool, fall_share: float) -> int:
    """The first image to fit: some of a flight, without the image at the impact before it."""
    length = flight.last - flight.first
    kept = max(round(fall_share * length), min(LEAST_BEFORE, length))
    return max(flight.last - kept, flight.first + (0 if first_of_all or length <= 4 else 1))


def _flights(segments: list[Segment]) -> list[Segment]:
    """Those long enough for an acceleration of their own."""
    return [part for part in segments if part.flight and part.last - part.first >= LEAST_IMAGES - 1]


def _strength(segments: list[Segment], otherwise: float) -> float:
    """Acceleration of the longer flights, the longest counting most."""
    flights = _flights(segments)
    if not flights:
        return otherwise
    longest = max(flights, key=lambda part: part.last - part.first)
    return min(max(longest.closing.acceleration, 0.5 * otherwise), 2.0 * otherwise)


class Impact(NamedTuple):
    time: float
    place: float
    before: float
    after: float


def _impact(samples: Samples, before: Segment, after: Segment, strength: float) -> Impact | None:
    """Where two segments meet, when the first comes down fast and the second does not go on with it."""
    if not before.flight or before.last - before.first < LEAST_BEFORE - 1:
        return None
    early, late = samples.times[before.last], samples.times[after.first]
    time = _meeting(before, after, early, late)
    coming, leaving = before.closing.speed_at(time), after.opening.speed_at(time)
    interval = float(np.median(np.diff(samples.times)))
    if coming < max(0.5 * strength * interval, samples.noise_px / interval * 0.5) or leaving > 0.3 * coming:
        return None
    return Impact(time, before.closing.place_at(time), coming, leaving)


def _meeting(before: Segment, after: Segment, early: float, late: float) -> float:
    margin = 0.5 * (late - early)
    times = np.linspace(early - margin, late + margin, 41)
    gaps = [abs(before.closing.place_at(time) - after.opening.place_at(time)) for time in times]
    return float(times[int(np.argmin(gaps))])


def _resolved(segment: Segment, strength: float, noise: float) -> bool:
    """Whether a rebound rises clearly above the noise, and is seen in more than its ends."""
    rise = min(segment.opening.velocity, 0.0) ** 2 / (2 * strength)
    return segment.flight and segment.last - segment.first >= LEAST_BEFORE - 1 and rise > RESOLVED * noise


def _no_impact(samples: Samples, segments: list[Segment]) -> None:
    if len(samples.lost) >= 2:
        raise CannotTell(Refusal.OCCLUDED, "no impact is seen where the object is in view")
    flights = [part for part in segments if part.flight and part.last - part.first >= LEAST_BEFORE - 1]
    if flights and flights[-1].last == len(samples) - 1:
        raise CannotTell(Refusal.TOO_SHORT, "the images end before the object hits anything")
    if flights:
        raise CannotTell(Refusal.TOO_SHORT, "no fall and impact are seen together")
    raise CannotTell(Refusal.NO_MOTION, "the object moves but does not bounce")


def _check_sight(samples: Samples, before: Segment, after: Segment) -> None:
    """Enough images on both sides of the first impact."""
    count = after.last - after.first + 1
    hidden = np.sum((samples.lost > samples.times[before.first]) & (samples.lost < samples.times[after.last]))
    if count < LEAST_AFTER + (hidden > 0):
        if hidden or (len(samples.lost) and samples.lost[-1] > samples.times[after.last]):
            raise CannotTell(Refusal.OCCLUDED, "the object is out of view around its impact")
        raise CannotTell(Refusal.TOO_SHORT, f"only {count} images show the object after its impact")
