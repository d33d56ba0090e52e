"""Kinetic friction from a sliding object's track: Coulomb's law fitted to its path on the surface (thesis 5.4.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from physperception.physics.fits.arcs import GRAVITY
from physperception.physics.fits.birdseye import BirdsEye, birds_eye
from physperception.physics.fits.samples import check_moves, samples_of, subject_of, unskewed
from physperception.physics.fits.segments import without_spikes
from physperception.physics.fits.slopes import (
    GOOD_MISFIT,
    LEAST_IMAGES,
    LEAST_R_SQUARED,
    LEFT_OUT,
    STRONG_EVIDENCE,
    WORST_MISFIT,
    WORST_SHARE,
    friction_on_slope,
)
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

LARGEST = 2.0
SLOPE = 0.02
STRAIGHT = 0.06
STEADY = 0.02
WIDEST = (0.12, 0.3)


def estimate_friction(track: Track, view: View, calibration: Calibration | None = None) -> PropertyEstimate:
    """mu = (g_along + deceleration) / g_normal of free sliding, with a 90 % interval, or a refusal.

    On the flat x = alpha t^2 + beta t + c along the path, at rest from the moment its velocity is 0; 2 |alpha| is the
    deceleration (thesis 5.4.1), g_along gravity's part along the motion and g_normal its part into the surface. On a
    slope friction turns with the velocity, and the path is the curve that Coulomb's law makes of it.
    A push before and a blow after the free slide are cut off. Viscous drag (v' = -c v) is the rival model.

    Args:
        track: centroids, or `corners` of the top surface, which are used where most images have them.
        view: camera with plane and gravity, or surface_size_m for tracks with corners (with camera the better), or a
            camera for tracks with depth. Without gravity a surface known only from corners or depth is taken as level.
        calibration: factors on the interval, the shipped ones when None.

    Returns:
        METRIC, unit 1. Refusals: NO_MOTION (at rest, or at a steady speed), TOO_SHORT, OCCLUDED, NO_SCALE, NO_PLANE,
        POOR_FIT (drag, a bent path, speeding up) and OUT_OF_RANGE (above 2).
    """
    subject = subject_of(track, view, Property.KINETIC_FRICTION)
    try:
        samples = samples_of(track, LEAST_IMAGES)
        check_moves(samples)
        samples = unskewed(without_spikes(samples, np.zeros(2)), view.row_time_s)
        result = _friction(birds_eye(samples, view))
    except CannotTell as why:
        return refuse(subject, why)
    return estimate(subject, result, calibration or Calibration.shipped())


@dataclass(frozen=True)
class _Slide:
    """Positions along the path [N], m, their deviations [N], and gravity along it, m/s^2."""

    times: Array
    along: Array
    deviations: Array
    pull: float

    def part(self, first: int, last: int) -> _Slide:
        chosen = slice(first, last + 1)
        return _Slide(self.times[chosen], self.along[chosen], self.deviations[chosen], self.pull)


def _friction(eye: BirdsEye) -> Result:
    if math.hypot(*eye.tangential) > SLOPE * GRAVITY:
        mu, deviation, quality, curve = friction_on_slope(eye)
        return _result(mu, deviation, quality, curve.fit)
    slide = _along_path(eye)
    first, last, stop = _window(slide)
    moving = slide.part(first, last)
    fit = _fitted(moving, stop)
    _check(moving, fit)
    _check_no_drag(slide, fit, first, last)
    deceleration = float(fit.parameters[2])
    mu = (slide.pull + deceleration) / eye.normal_gravity
    deviation = math.sqrt(float(fit.covariance[2, 2])) / eye.normal_gravity
    steady = max(2 * deviation, STEADY)
    if deviation < STEADY and abs(deceleration) < steady * GRAVITY:
        raise CannotTell(Refusal.NO_MOTION, "the object moves at a steady speed, which tells nothing of friction")
    curved = _curvatures([eye.places, *eye.doubts], first, last, stop, slide.times)
    doubts = (curved[1:] - curved[0]) / eye.normal_gravity
    scale = eye.scale_deviation * deceleration / eye.normal_gravity
    deviation = math.sqrt(deviation**2 + float((doubts**2).sum()) + scale**2 + eye.tilt_deviation**2)
    quality = r_squared(moving.along[:, None], fit.residuals * moving.deviations[:, None], fit.inliers)
    return _result(mu, deviation, quality, fit)


def _result(mu: float, deviation: float, quality: float, fit: Fit) -> Result:
    if mu < 0:
        raise CannotTell(Refusal.POOR_FIT, "the object speeds up more than a surface without friction would let it")
    if deviation > WIDEST[0] + WIDEST[1] * mu:
        raise CannotTell(Refusal.TOO_SHORT, "too little of the slide is seen to measure its deceleration")
    if mu > LARGEST:
        raise CannotTell(Refusal.OUT_OF_RANGE, f"friction {mu:.2f} is beyond what dry surfaces do")
    return Result(mu, deviation, fit.dof, quality, 1, int(fit.inliers.sum()))


def _along_path(eye: BirdsEye) -> _Slide:
    """Positions along the straight line of motion, forwards."""
    weights = 1 / np.trace(eye.covariances, axis1=1, axis2=2)
    middle = np.average(eye.places, axis=0, weights=weights)
    away = eye.places - middle
    spread = (away * weights[:, None]).T @ away
    direction = np.linalg.eigh(spread)[1][:, 1]
    if (eye.places[-3:].mean(axis=0) - eye.places[:3].mean(axis=0)) @ direction < 0:
        direction = -direction
    along, across = away @ direction, away @ np.array([-direction[1], direction[0]])
    deviations = np.sqrt(np.einsum("i,nij,j->n", direction, eye.covariances, direction))
    rough = np.abs(np.diff(along / deviations, n=3))
    observed = float(np.median(rough)) / 0.6745 / math.sqrt(20) if len(rough) > 4 else 1.0
    deviations = deviations * max(1.0, observed)
    travel = float(np.ptp(along))
    bent = float(np.sqrt(np.median(across**2)))
    if bent > STRAIGHT * travel and bent > 3 * float(np.median(deviations)):
        raise CannotTell(Refusal.POOR_FIT, "the object's path is not straight")
    return _Slide(eye.times, along, deviations, float(eye.tangential @ direction))


def _window(slide: _Slide) -> tuple[int, int, bool]:
    """First and last image of free sliding, the latter with some rest after a stop, and whether it stops."""
    count = len(slide.times)
    rest = slide.along[-max(3, count // 20) :]
    still = np.abs(slide.along - np.median(rest)) < 4 * slide.deviations
    stop = count if not still.all() else 0
    while stop > 0 and still[stop - 1]:
        stop -= 1
    stops = count - stop >= 4 and _slow(slide, stop)
    end = stop if stops else count
    moved = np.abs(slide.along - np.median(slide.along[:3])) > 4 * slide.deviations
    begin = max(0, int(np.argmax(moved)) - 1) if moved[3:].any() else 0
    firsts = np.unique(np.linspace(begin, max(begin, end - LEAST_IMAGES), 12).astype(int))
    lasts = np.unique(np.linspace(end - 1, begin + (end - begin) * 0.5, 8).astype(int))
    found = _windows(slide, firsts, lasts)
    if not found:
        why = (Refusal.TOO_SHORT, "the object slides in too few images")
        if end - begin > 2 * LEAST_IMAGES:
            why = (Refusal.POOR_FIT, "the object speeds up more than a surface without friction would let it")
        raise CannotTell(*why)
    longest = max(last - first for first, last, _ in found)
    scale = max(1.0, min(misfit for first, last, misfit in found if last - first >= 0.5 * longest))
    first, last = _cheapest(found, scale)
    step = max(1, (end - begin) // 10)
    near = _windows(
        slide,
        np.arange(max(begin, first - step), min(first + step, last) + 1),
        np.arange(max(last - step, first), min(last + step, end - 1) + 1),
    )
    first, last = _cheapest(near or found, scale)
    if first > begin:
        first += max(1, (last - first) // 10) if last - first > 2 * LEAST_IMAGES else 0
    if stops and last >= end - 2:
        return first, count - 1, True
    return first, last, False


def _windows(slide: _Slide, firsts: NDArray[np.int_], lasts: NDArray[np.int_]) -> list[tuple[int, int, float]]:
    """First and last image, and misfit, of the windows in which friction could be what changes the velocity."""
    found = []
    for first, last in ((int(first), int(last)) for last in lasts for first in firsts if last - first >= 4):
        misfit, deceleration, doubt = _parabola(slide, first, last)
        if deceleration > -max(slide.pull, 0) - 3 * doubt:
            found.append((first, last, misfit))
    return found


def _cheapest(found: list[tuple[int, int, float]], scale: float) -> tuple[int, int]:
    """The window where images left out cost less than they would have added to chi^2."""
    costs = [(last - first - 2) * misfit / scale - LEFT_OUT * (last - first) for first, last, misfit in found]
    first, last, _ = found[int(np.argmin(costs))]
    return first, last


def _slow(slide: _Slide, stop: int) -> bool:
    """Whether the object had slowed down before its rest, rather than been stopped by a blow."""
    part = slide.part(max(0, stop - 12), stop)
    if len(part.times) < 5:
        return False
    half = len(part.times) // 2
    early = np.polyfit(part.times[: half + 1], part.along[: half + 1], 1)[0]
    late = np.polyfit(part.times[half:], part.along[half:], 1)[0]
    return bool(abs(late) < 0.9 * abs(early))


def _parabola(slide: _Slide, first: int, last: int) -> tuple[float, float, float]:
    """chi^2 per degree of freedom of a parabola, its deceleration in m/s^2, and the deviation of that."""
    part = slide.part(first, last)
    times = part.times - part.times.mean()
    design = np.column_stack((np.ones_like(times), times, -(times**2) / 2)) / part.deviations[:, None]
    inverse = np.linalg.pinv(design)
    target = part.along / part.deviations
    solved = inverse @ target
    misfit = float(((target - design @ solved) ** 2).sum()) / max(len(times) - 3, 1)
    return misfit, float(solved[2]), float(np.linalg.norm(inverse[2])) * math.sqrt(max(1.0, misfit))


def _fitted(slide: _Slide, stop: bool) -> Fit:
    """Coulomb's fit: position, velocity and deceleration at the first image."""
    elapsed = slide.times - slide.times[0]
    if stop:
        span = float(elapsed[np.argmax(np.abs(slide.along - slide.along[-1]) < 4 * slide.deviations)])
        speed = 2 * float(slide.along[-1] - slide.along[0]) / max(span, float(elapsed[1]))
        guess = np.array([slide.along[0], speed, speed / max(span, float(elapsed[1]))])
    else:
        guess = np.polyfit(elapsed, slide.along, 2)[::-1] * [1, 1, -2]
    return robust_fit(partial(_residuals, slide, partial(_coulomb, elapsed, stop)), guess)


def _check_no_drag(slide: _Slide, fit: Fit, first: int, last: int) -> None:
    """Refuses where viscous drag explains the images better, among them those that Coulomb's fit left out."""
    count = len(slide.times)
    scale = max(1.0, fit.misfit)
    coulomb = float(np.minimum(fit.residuals**2 / scale, WORST_MISFIT).sum()) + LEFT_OUT * (count - 1 - last + first)
    for begin in {0, first, first // 2}:
        for end in {last, count - 1}:
            part = slide.part(begin, end)
            elapsed = part.times - part.times[0]
            law = partial(_viscous, elapsed, part.pull)
            speed = float(np.polyfit(elapsed[: len(elapsed) // 2 + 2], part.along[: len(elapsed) // 2 + 2], 1)[0])
            travel = float(np.ptp(part.along))
            try:
                rival = robust_fit(partial(_residuals, part, law), np.array([part.along[0], speed, speed / travel]))
            except CannotTell:
                continue
            viscous = float(np.minimum(rival.residuals**2 / scale, WORST_MISFIT).sum())
            if coulomb - viscous - LEFT_OUT * (count - 1 - end + begin) > STRONG_EVIDENCE:
                raise CannotTell(Refusal.POOR_FIT, "the object slows down as by viscous drag, not by dry friction")


def _coulomb(elapsed: Array, stop: bool, parameters: Array) -> Array:
    start, speed, deceleration = parameters
    if stop and deceleration * speed > 0:
        elapsed = np.minimum(elapsed, speed / deceleration)
    return np.asarray(start + speed * elapsed - deceleration * elapsed**2 / 2)


def _viscous(elapsed: Array, pull: float, parameters: Array) -> Array:
    """v' = pull - rate v."""
    start, speed, rate = parameters
    rate = max(abs(rate), 1e-6)
    decayed = -np.expm1(-np.minimum(rate * elapsed, 500)) / rate
    return np.asarray(start + pull / rate * (elapsed - decayed) + speed * decayed)


def _residuals(slide: _Slide, law: partial[Array], parameters: Array) -> Array:
    return np.asarray((law(parameters) - slide.along) / slide.deviations)[:, None]


def _curvatures(tracks: list[Array], first: int, last: int, stop: bool, times: Array) -> Array:
    """Deceleration of the same images in several versions of the track, m/s^2."""
    end = last
    if stop:
        rests = tracks[0][-1] - tracks[0]
        far = np.linalg.norm(rests, axis=1)
        end = max(first + LEAST_IMAGES, int(np.flatnonzero(far > 0.05 * far[first]).max()))
    elapsed = times[first : end + 1] - times[first]
    values = []
    for places in tracks:
        moved = places[first : end + 1] - places[first]
        turned = moved[-1] / max(float(np.linalg.norm(moved[-1])), 1e-12)
        values.append(-2 * np.polyfit(elapsed, moved @ turned, 2)[0])
    return np.array(values)


def _check(slide: _Slide, fit: Fit) -> None:
    left = fit.residuals[:, 0] * slide.deviations
    quality = r_squared(slide.along[:, None], left[:, None], fit.inliers)
    share = float(np.sqrt(np.mean(left[fit.inliers] ** 2))) / max(float(np.ptp(slide.along)), 1e-9)
    if not quality >= LEAST_R_SQUARED and fit.misfit < GOOD_MISFIT:
        raise CannotTell(Refusal.TOO_SHORT, "the slide is too short beside the noise of its positions")
    if not quality >= LEAST_R_SQUARED or (fit.misfit > WORST_MISFIT and share > WORST_SHARE):
        raise CannotTell(Refusal.POOR_FIT, "the object does not slow down evenly, as dry friction would have it")
