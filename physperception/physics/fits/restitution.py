"""Restitution from a bouncing object's track, by one joint fit of all its arcs (thesis 5.3.1 and 5.4.1)."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from physperception.physics.fits.arcs import AffineArcs, ProjectiveArcs, Start
from physperception.physics.fits.flights import cut, levelled
from physperception.physics.fits.level import Level
from physperception.physics.fits.samples import Samples, samples_of, subject_of
from physperception.physics.fits.segments import Segment
from physperception.physics.fits.statistics import (
    Array,
    Calibration,
    CannotTell,
    Fit,
    Result,
    estimate,
    r_squared,
    refuse,
    robust_fit,
)
from physperception.physics.observations import Refusal, Track, View
from physperception.scene import Property, PropertyEstimate

LEAST_IMAGES = 6
LEAST_BEFORE = 3
LEAST_AFTER = 2
MOST_IMPACTS = 6
RESOLVED = 2.5
GOOD_MISFIT = 3.0
WORST_MISFIT = 9.0
WORST_SHARE = 0.01
LEAST_R_SQUARED = 0.98
MOST_OUTLIERS = 0.12
FAR_FROM_START = 0.2
UNRESOLVED = 0.015
FASTER_LATER = 1.5
SLACK = 0.1
WIDEST = 0.35
AFFINE_SYSTEMATIC = 0.25


def estimate_restitution(track: Track, view: View, calibration: Calibration | None = None) -> PropertyEstimate:
    """e = v_after / v_before of the impacts in a track, with a 90 % interval, or a refusal.

    Ballistic arcs joined at impacts are fitted to the centroids (Brody 1984 for heights and flight times; here both
    enter one fit). With camera and gravity the arcs are metric and projective; else they are affine, and the
    direction of fall is found in the image. The result has no scale either way. Air drag is ignored. A centroid turns
    at the object's radius above the surface, which changes no velocity.

    Args:
        track: irregular stamps, gaps and some outliers are fine; hidden images (visible below 0.5) are left out.
        view: of use are camera, gravity and plane; a plane without gravity is taken to be level.
        calibration: factors on the interval, the shipped ones when None.

    Returns:
        METRIC, unit 1; `events` counts the impacts used. Refusals: NO_MOTION (nothing falls or nothing is hit),
        TOO_SHORT, OCCLUDED (hidden or cut by the border), POOR_FIT (no ballistic arcs, or e above 1 beyond noise).
    """
    subject = subject_of(track, view, Property.RESTITUTION)
    try:
        result = _restitution(samples_of(track, LEAST_IMAGES), view)
    except CannotTell as why:
        return refuse(subject, why)
    return estimate(subject, result, calibration or Calibration.shipped())


class _Chain(NamedTuple):
    samples: Samples
    start: Start
    resolved: int
    later_s: float
    """Highest speed upwards, over the acceleration of fall, of flights after those of the chain."""


def _restitution(samples: Samples, view: View) -> Result:
    """From as many impacts as follow one motion: from all, or where those do not fit together from the first ones."""
    level = levelled(samples, view)
    samples, fall, segments = cut(samples if level is None else level.samples, level is not None)
    reason: CannotTell | None = None
    count = MOST_IMPACTS + 1
    for most in (count, 2, 1):
        if most > count:
            continue
        chain = _chain(samples, fall, segments, most)
        count = len(chain.start.restitutions)
        try:
            return _joint(chain, level, fall, strict=reason is not None)
        except CannotTell as why:
            reason = reason or why
            count -= 1
            if why.refusal is not Refusal.POOR_FIT or not count:
                break
    raise reason or CannotTell(Refusal.POOR_FIT, "no restitution explains the images")


def _joint(chain: _Chain, level: Level | None, fall: Array, *, strict: bool) -> Result:
    ballistic, fit = _fitted(chain, level)
    quality = _check(chain, fit, fall, ballistic.points(fit.parameters), strict)
    value, deviation = _combined(fit, chain.resolved)
    near = np.abs(np.abs(fit.parameters[2 : 2 + chain.resolved]) - chain.start.restitutions[: chain.resolved])
    if (near > FAR_FROM_START).any():
        raise CannotTell(Refusal.POOR_FIT, "the joint fit contradicts the speeds around an impact")
    leaving = fit.parameters[1] * float(np.prod(np.abs(fit.parameters[2 : 2 + len(chain.start.restitutions)])))
    if chain.later_s > FASTER_LATER * leaving + SLACK * fit.parameters[1]:
        raise CannotTell(Refusal.POOR_FIT, "the object rises faster later than after the impacts that were told")
    if not chain.resolved:
        deviation = math.hypot(deviation, UNRESOLVED)
    if level is None:
        deviation = math.hypot(deviation, AFFINE_SYSTEMATIC * value * _growth(chain.samples))
    result = Result(value, deviation, fit.dof, quality, max(chain.resolved, 1), int(fit.inliers.sum()))
    if value - 2 * deviation > 1:
        raise CannotTell(Refusal.POOR_FIT, f"the object leaves faster than it came, restitution {value:.2f}")
    if not (value >= 0 and math.isfinite(deviation)):
        raise CannotTell(Refusal.POOR_FIT, "no restitution explains the images")
    if deviation > WIDEST:
        raise CannotTell(Refusal.TOO_SHORT, "too little of the fall and the rebound is seen to tell them apart")
    return result


def _fitted(chain: _Chain, level: Level | None) -> tuple[AffineArcs | ProjectiveArcs, Fit]:
    """The best fit, from other restitutions too where the first does not fit well or no rebound is clear."""
    start, best, reason = chain.start, None, None
    ratios = start.restitutions
    others = [tuple(min(1.0, ratio * factor) for ratio in ratios) for factor in (0.7, 1.4)]
    if not chain.resolved:
        others = [(each,) * len(ratios) for each in (0.04, 0.12, 0.25)]
    for guess in (ratios, *others):
        begin = replace(start, restitutions=guess)
        ballistic: AffineArcs | ProjectiveArcs
        if level is None:
            ballistic = AffineArcs(chain.samples, begin)
        else:
            ballistic = ProjectiveArcs(chain.samples, begin, level.normal)
        try:
            fit = robust_fit(ballistic.residuals, ballistic.start, priors=ballistic.priors)
        except CannotTell as why:
            reason = why
            continue
        if best is None or _cost(fit) < _cost(best[1]):
            best = (ballistic, fit)
        if chain.resolved and best[1].misfit < GOOD_MISFIT:
            break
    if best is None:
        raise reason or CannotTell(Refusal.POOR_FIT, "no restitution explains the images")
    return best


def _cost(fit: Fit) -> float:
    return float(np.minimum(fit.residuals**2, 50).sum())


def _chain(samples: Samples, fall: Array, segments: list[Segment], most: int) -> _Chain:
    """The longest run of flights that end in impacts, cut out of the samples, and a start for fitting `most`."""
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
    run = max(runs, key=len)[:most]
    _check_sight(samples, segments[run[0]], segments[run[0] + 1])
    met = [impact for impact in (impacts[index] for index in run) if impact is not None]
    first = met[0]
    strength = _strength(segments[run[0] : run[-1] + 2], strength)
    speeds = [first.before / strength]
    for index, impact in enumerate(met):
        whole = index + 1 < len(met)
        speeds.append((met[index + 1].time - impact.time) / 2 if whole else max(-impact.after, 0.0) / strength)
    ratios = tuple(min(1.2, max(0.02, after / before)) for before, after in pairwise(speeds))
    resolved = sum(_resolved(segments[index + 1], strength, samples.noise_px) for index in run)
    last = segments[run[-1] + 1]
    begin = segments[run[0]].first + (1 if run[0] > 0 and segments[run[0]].last - segments[run[0]].first > 4 else 0)
    until = samples.times[last.last]
    if not _resolved(last, strength, samples.noise_px):
        until = min(until, first.time + first.before / strength) if len(run) == 1 else samples.times[last.first] + 0.04
        until = max(until, samples.times[min(last.first + 3, last.last)])
    chosen = samples.take((samples.times <= until) & (np.arange(len(samples)) >= begin))
    direction = fall / np.linalg.norm(fall)
    near = int(np.argmin(np.abs(chosen.times - first.time)))
    contact = chosen.points[near] + (first.place - chosen.points[near] @ direction) * direction
    flights = [part for part in segments[run[-1] + 2 :] if part.flight and part.last - part.first >= LEAST_IMAGES - 1]
    later = max((-part.opening.velocity / strength for part in flights), default=0.0)
    return _Chain(chosen, Start(first.time, speeds[0], ratios, contact, direction * strength), resolved, later)


def _strength(segments: list[Segment], otherwise: float) -> float:
    """Acceleration of the longer flights, the longest counting most."""
    flights = [part for part in segments if part.flight and part.last - part.first >= LEAST_IMAGES - 1]
    if not flights:
        return otherwise
    longest = max(flights, key=lambda part: part.last - part.first)
    return min(max(longest.closing.acceleration, 0.5 * otherwise), 2.0 * otherwise)


class _Impact(NamedTuple):
    time: float
    place: float
    before: float
    after: float


def _impact(samples: Samples, before: Segment, after: Segment, strength: float) -> _Impact | None:
    """Where two segments meet, when the first comes down fast and the second does not go on with it."""
    if not before.flight or before.last - before.first < LEAST_BEFORE - 1:
        return None
    early, late = samples.times[before.last], samples.times[after.first]
    time = _meeting(before, after, early, late)
    coming, leaving = before.closing.speed_at(time), after.opening.speed_at(time)
    interval = float(np.median(np.diff(samples.times)))
    if coming < max(0.5 * strength * interval, samples.noise_px / interval * 0.5) or leaving > 0.3 * coming:
        return None
    return _Impact(time, before.closing.place_at(time), coming, leaving)


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


def _check(chain: _Chain, fit: Fit, fall: Array, told: Array, strict: bool) -> float:
    """R^2 along the fall of a fit that is good enough; `strict` where other images of the track did not fit."""
    down = fall / np.linalg.norm(fall)
    along = chain.samples.points @ down
    left = along - told @ down
    quality = r_squared(along[:, None], left[:, None], fit.inliers)
    share = float(np.sqrt(np.mean(left[fit.inliers] ** 2))) / max(float(np.ptp(along)), 1e-9)
    if np.mean(~fit.inliers) > MOST_OUTLIERS:
        raise CannotTell(Refusal.POOR_FIT, "too many images do not follow one motion")
    if not quality >= LEAST_R_SQUARED or ((strict or fit.misfit > WORST_MISFIT) and share > WORST_SHARE):
        raise CannotTell(Refusal.POOR_FIT, "the motion is not free flight between impacts")
    times = chain.samples.times[fit.inliers]
    if (times < fit.parameters[0]).sum() < LEAST_AFTER or (times > fit.parameters[0]).sum() < LEAST_AFTER:
        raise CannotTell(Refusal.TOO_SHORT, "too few images show one side of the impact")
    return quality


def _combined(fit: Fit, resolved: int) -> tuple[float, float]:
    """Generalised mean of the restitutions and its deviation, wider where they differ more than they should (Birge)."""
    count = max(resolved, 1)
    values = np.abs(fit.parameters[2 : 2 + count])
    covariance = fit.covariance[2 : 2 + count, 2 : 2 + count]
    covariance = covariance + np.eye(count) * 1e-8
    precision = np.linalg.pinv(covariance)
    variance = 1 / max(float(precision.sum()), 1e-12)
    value = variance * float(precision.sum(axis=0) @ values)
    if count > 1:
        away = values - value
        variance *= max(1.0, float(away @ precision @ away) / (count - 1))
    return value, math.sqrt(variance)


def _growth(samples: Samples) -> float:
    """Logarithm of the largest over the smallest apparent size: how far from affine the view is."""
    sizes = np.sqrt(np.maximum(samples.sizes.prod(axis=1), 1e-6))
    low, high = np.quantile(sizes, (0.1, 0.9))
    return min(1.0, math.log(max(high / max(low, 1e-3), 1.0)))
