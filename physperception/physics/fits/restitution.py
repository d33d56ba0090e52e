"""Restitution from a bouncing object's track, by one joint fit of all its arcs (thesis 5.3.1 and 5.4.1)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from physperception.physics.fits.arcs import AffineArcs, ProjectiveArcs
from physperception.physics.fits.flights import cut, levelled
from physperception.physics.fits.impacts import LEAST_AFTER, LEAST_IMAGES, Chain, chain_of, fall_mismatch
from physperception.physics.fits.level import Level
from physperception.physics.fits.samples import Samples, samples_of, subject_of
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

MOST_IMPACTS = 6
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
FALL_SHARES = (1.0, 0.5, 0.0)
LEFT_OUT = 0.015


def estimate_restitution(track: Track, view: View, calibration: Calibration | None = None) -> PropertyEstimate:
    """e = v_after / v_before of the impacts in a track, with a 90 % interval, or a refusal.

    Ballistic arcs joined at impacts are fitted to the centroids (Brody 1984 for heights and flight times; here both
    enter one fit). With camera and gravity the arcs are metric and projective; else they are affine, and the
    direction of fall is found in the image. The result has no scale either way. Drag is not in the model: where the
    fall does not fit the flights after it, these or its last part tell. A centroid turns at the object's radius above
    the surface, which changes no velocity.

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


def _restitution(samples: Samples, view: View) -> Result:
    """From as many impacts as follow one motion: from all, or where those do not fit together from fewer."""
    level = levelled(samples, view)
    samples, fall, segments = cut(samples if level is None else level.samples, level is not None)
    mismatch = 0.5 * fall_mismatch(samples, fall, segments) if level is None else 0.0
    whole = chain_of(samples, fall, segments, MOST_IMPACTS + 1)
    try:
        return _joint(whole, level, fall, mismatch)
    except CannotTell as why:
        if why.refusal is not Refusal.POOR_FIT:
            raise
        reason = why
    impacts = len(whole.start.restitutions)
    for share in FALL_SHARES[::-1] if mismatch else FALL_SHARES:
        left = impacts - (share == 0)
        for most in [count for count in (2, 1) if count < left + (share < 1)]:
            doubt = share * mismatch + (LEFT_OUT if share < 1 else 0.0)
            try:
                part = chain_of(samples, fall, segments, most, share)
                return _joint(part, level, fall, doubt, strict=True)
            except CannotTell as why:
                if why.refusal is not Refusal.POOR_FIT:
                    break
    raise reason


def _joint(chain: Chain, level: Level | None, fall: Array, doubt: float, *, strict: bool = False) -> Result:
    """A chain's fit, checked; `doubt` is a relative deviation; `strict` where other images of the track did not fit."""
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
    if value - (0.0 if strict else 2 * deviation) > 1:
        raise CannotTell(Refusal.POOR_FIT, f"the object leaves faster than it came, restitution {value:.2f}")
    if not (value >= 0 and math.isfinite(deviation)):
        raise CannotTell(Refusal.POOR_FIT, "no restitution explains the images")
    deviation = math.hypot(deviation, doubt * value)
    if deviation > WIDEST:
        raise CannotTell(Refusal.TOO_SHORT, "too little of the fall and the rebound is seen to tell them apart")
    return Result(value, deviation, fit.dof, quality, max(chain.resolved, 1), int(fit.inliers.sum()))


def _fitted(chain: Chain, level: Level | None) -> tuple[AffineArcs | ProjectiveArcs, Fit]:
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


def _check(chain: Chain, fit: Fit, fall: Array, told: Array, strict: bool) -> float:
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
