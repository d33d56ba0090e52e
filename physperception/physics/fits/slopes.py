"""Friction of an object that slides on a slope in any direction: which images count, and what they tell."""

from __future__ import annotations

import math

import numpy as np

from physperception.physics.fits.birdseye import BirdsEye
from physperception.physics.fits.curves import Curve, fit_curve, fit_viscous
from physperception.physics.fits.statistics import CannotTell, Fit, r_squared
from physperception.physics.observations import Refusal

LEAST_IMAGES = 6
GOOD_MISFIT = 2.5
WORST_MISFIT = 9.0
WORST_SHARE = 0.02
LEAST_R_SQUARED = 0.98
LEFT_OUT = 3.0
STRONG_EVIDENCE = 10.0
CUTS = (0.12, 0.25, 0.4)


def friction_on_slope(eye: BirdsEye) -> tuple[float, float, float, Curve]:
    """mu, its standard deviation, the fit's R^2 and the curve behind them.

    A push before the free slide and a blow after it are cut off where that pays.

    Raises:
        CannotTell: TOO_SHORT, or POOR_FIT where dry friction does not explain the path.
    """
    begin, end = _moving(eye), len(eye.times) - 1
    curve, first, last = _best_window(eye, begin, end)
    quality = _check(curve)
    _check_no_drag(eye, curve, (first, last), (begin, end))
    deviation = math.sqrt(float(curve.fit.covariance[4, 4]) + float((curve.doubts**2).sum()))
    scale = eye.scale_deviation * (curve.grip - curve.pull)
    mu = curve.grip / eye.normal_gravity
    return mu, math.hypot(math.hypot(deviation, scale) / eye.normal_gravity, eye.tilt_deviation), quality, curve


def _moving(eye: BirdsEye) -> int:
    """The last image before the object has moved."""
    noise = np.sqrt(np.trace(eye.covariances, axis1=1, axis2=2))
    moved = np.linalg.norm(eye.places - np.median(eye.places[:3], axis=0), axis=1) > 4 * noise
    return max(0, int(np.argmax(moved)) - 1) if moved[3:].any() else 0


def _best_window(eye: BirdsEye, begin: int, end: int) -> tuple[Curve, int, int]:
    """All images, or where they do not follow one law, those whose neglect costs less than they would."""
    if end - begin + 1 < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, "the object slides in too few images")
    length = end - begin
    found: list[tuple[Curve, int, int]] = []

    def try_window(first: int, last: int) -> None:
        if last - first + 1 < LEAST_IMAGES:
            return
        try:
            found.append((fit_curve(eye, first, last), first, last))
        except CannotTell:
            return

    try_window(begin, end)
    if not found or found[0][0].fit.misfit > GOOD_MISFIT:
        for share in CUTS:
            try_window(begin + round(share * length), end)
        for share in CUTS:
            try_window(_cheapest(found)[1] if found else begin, end - round(share * length))
    if not found:
        raise CannotTell(Refusal.POOR_FIT, "the object's path is none of a sliding object")
    return _cheapest(found)


def _cheapest(found: list[tuple[Curve, int, int]]) -> tuple[Curve, int, int]:
    scale = max(1.0, min(curve.fit.misfit for curve, _, _ in found))
    return min(found, key=lambda item: _cost(item[0].fit, scale) - LEFT_OUT * (item[2] - item[1]))


def _cost(fit: Fit, scale: float) -> float:
    return float(np.minimum((fit.residuals**2).sum(axis=1) / scale, 2 * WORST_MISFIT).sum())


def _check(curve: Curve) -> float:
    """R^2 of a curve that is good enough."""
    quality = r_squared(curve.places, curve.left, curve.fit.inliers)
    way = max(float(np.hypot(*np.ptp(curve.places, axis=0))), 1e-9)
    share = float(np.sqrt((curve.left[curve.fit.inliers] ** 2).sum(axis=1).mean())) / way
    if not quality >= LEAST_R_SQUARED and curve.fit.misfit < GOOD_MISFIT:
        raise CannotTell(Refusal.TOO_SHORT, "the slide is too short beside the noise of its positions")
    if not quality >= LEAST_R_SQUARED or (curve.fit.misfit > WORST_MISFIT and share > WORST_SHARE):
        raise CannotTell(Refusal.POOR_FIT, "the object does not slow down evenly, as dry friction would have it")
    if curve.grip < 0:
        raise CannotTell(Refusal.POOR_FIT, "the object speeds up more than a surface without friction would let it")
    return quality


def _check_no_drag(eye: BirdsEye, curve: Curve, window: tuple[int, int], whole: tuple[int, int]) -> None:
    """Refuses where viscous drag explains the images better, among them those that Coulomb's law left out."""
    for first, last in {window, whole}:
        rival = fit_viscous(eye, first, last)
        if rival is None:
            continue
        scale = max(1.0, min(curve.fit.misfit, rival.misfit))
        more = (last - first) - (window[1] - window[0])
        if _cost(curve.fit, scale) + LEFT_OUT * more - _cost(rival, scale) > STRONG_EVIDENCE:
            raise CannotTell(Refusal.POOR_FIT, "the object slows down as by viscous drag, not by dry friction")
