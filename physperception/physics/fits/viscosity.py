"""Viscosity from how the area of a liquid grows, by the spreading of a thin film (thesis 5.4.1, Huppert 1982)."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from physperception.physics.fits.arcs import GRAVITY
from physperception.physics.fits.samples import Samples, samples_of, subject_of
from physperception.physics.fits.spreading_law import cylinder_growth, fourth_power_rate, silhouette
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
from physperception.physics.observations import Plane, Refusal, Track, View
from physperception.scene import Property, PropertyEstimate, Scale
from physperception.vision.geometry import Intrinsics

LEAST_IMAGES = 6
LEAST_VISIBLE = 0.9
LEAST_GROWTH = 0.02
CLEAR = 5.0
LEFT_OUT = 3.0
LEAST_R_SQUARED = 0.97
RANGE_M2_S = (1e-8, 1e3)
WIDEST = 0.6
EDGE_BIAS_PX = 0.15
COMMON = 2.0
"""Error of an area that all images share, over the deviation of a single one."""
TOO_OBLIQUE = 0.1
FALL = 0.15
RIM_POINTS = 24
MOST_MISSED = 2
LEAP = 5.0
LEAST_LEAP = 0.15


def estimate_viscosity(track: Track, view: View, calibration: Calibration | None = None) -> PropertyEstimate:
    """Kinematic viscosity of a spreading liquid, or its order against others, with a 90 % interval, or a refusal.

    With volume, camera and plane: thin-film spreading of a fixed volume, d(A^4)/dt = 12.7 g V^3 pi / (3 nu) once the
    first shape is forgotten, from a cylinder before; nu, the contact time and the first area are fitted. Without: 1 / k
    in seconds, k the slope of the area over the area at contact, which orders liquids poured alike and seen alike.

    Args:
        track: `area_px` and `area_std_px` count; images with less than 0.9 of the liquid in view are left out.
        view: camera, plane and volume_m3 for METRIC.
        calibration: factors on the interval, the shipped ones when None.

    Returns:
        METRIC in m^2/s or RELATIVE in s. Inertia and surface tension are ignored. Refusals: NO_MOTION (it does not
        spread), TOO_SHORT, OCCLUDED, NO_PLANE, POOR_FIT (no thin film spreads like that) and OUT_OF_RANGE.
    """
    subject = subject_of(track, view, Property.VISCOSITY)
    try:
        samples = samples_of(track, LEAST_IMAGES, partly_hidden=LEAST_VISIBLE)
        sound = np.isfinite(samples.areas) & (samples.areas > 1) & (samples.areas < 1e9)
        samples = _without_jumps(samples.take(sound))
        onset = _onset(samples)
        if view.volume_m3 is None or view.camera is None or view.plane is None:
            result = _relative(samples, onset)
        else:
            areas, factor = areas_on_plane(samples, view.plane, view.camera, view.volume_m3)
            result = _metric(samples, areas, samples.area_deviations * factor, onset, view.volume_m3)
    except CannotTell as why:
        return refuse(subject, why)
    return estimate(subject, result, calibration or Calibration.shipped())


def areas_on_plane(samples: Samples, plane: Plane, camera: Intrinsics, volume: float = 0.0) -> tuple[Array, Array]:
    """Areas in m^2 [N] of discs on a plane that have the centroid and area seen, and m^2 a px^2 [N].

    A liquid of some volume is as thick as a film that spreads by itself (`spreading_law.silhouette`): seen aslant, its
    middle stands out over the far edge, which makes it look larger than the area it wets.

    The first guess is the Jacobian at the centroid, Z^2 / (fx fy |n . r|); discs are then projected and corrected,
    which takes out perspective across the liquid.

    Raises:
        CannotTell: NO_PLANE where the plane is seen from its edge or behind the camera.
    """
    pixels, axes = samples.points.copy(), plane.axes()
    normal = np.asarray(plane.normal)
    angles = np.arange(RIM_POINTS) * 2 * math.pi / RIM_POINTS
    whole = math.sqrt(2 * math.pi / RIM_POINTS / math.sin(2 * math.pi / RIM_POINTS))
    rim = whole * np.column_stack((np.cos(angles), np.sin(angles))) @ axes
    correction = np.ones(len(samples))
    areas = np.full(len(samples), np.nan)
    for _ in range(4):
        centres = plane.points(pixels, camera)
        rays = centres / centres[:, 2:]
        slope = np.abs(rays @ normal)
        if not np.isfinite(centres).all() or (slope / np.linalg.norm(rays, axis=1)).min() < TOO_OBLIQUE:
            raise CannotTell(Refusal.NO_PLANE, "the liquid is seen where the plane is not, or along the plane")
        rate = centres[:, 2] ** 2 / (camera.fx * camera.fy * slope) * correction
        areas = samples.areas * rate
        discs = centres[:, None] + np.sqrt(areas / math.pi)[:, None, None] * rim
        if discs[..., 2].min() <= 0:
            raise CannotTell(Refusal.NO_PLANE, "the liquid reaches behind the camera")
        seen = np.stack(
            (
                camera.cx + camera.fx * discs[..., 0] / discs[..., 2],
                camera.cy + camera.fy * discs[..., 1] / discs[..., 2],
            ),
            axis=-1,
        )
        size, centroid = _polygon(seen)
        correction = correction * samples.areas / size
        pixels = pixels + samples.points - centroid
    sine = slope / np.linalg.norm(rays, axis=1)
    seen_areas, steepness = areas, np.sqrt(np.maximum(1 - sine**2, 0)) / sine
    for _ in range(5):
        areas = seen_areas / silhouette(volume / areas * steepness / np.sqrt(areas / math.pi))
    return areas, areas / samples.areas


def _metric(samples: Samples, areas: Array, deviations: Array, onset: int, volume: float) -> Result:
    """Two ways to start: forgotten first shape (A^4 linear) from some image on, or a cylinder from contact on."""
    deviations = deviations * _roughness(areas / deviations)
    start = _linear_start(samples.times, areas, deviations, onset)
    late = slice(start, len(areas))
    unit = fourth_power_rate(volume, 1.0, GRAVITY)
    times = samples.times - samples.times[onset]
    slope, base = np.polyfit(times[late], areas[late] ** 4, 1)
    if slope <= 0:
        raise CannotTell(Refusal.POOR_FIT, "the liquid does not spread as a viscous film does")
    laws = (partial(_similar, times[late], unit), partial(_cylinder, times[onset:], volume))
    guess = math.log(unit / slope)
    origin = max(-base / slope, -20 * float(np.ptp(times)))
    starts = (np.array([guess, origin]), np.array([guess, min(0.0, origin), math.log(areas[onset])]))
    fits: list[tuple[Fit, int, float]] = []
    for law, first_guess, first in zip(laws, starts, (start, onset)):
        try:
            fit = robust_fit(partial(_whitened, law, areas[first:], deviations[first:]), first_guess)
        except CannotTell:
            continue
        cost = float(np.minimum(fit.residuals**2, 25).sum()) + LEFT_OUT * (first - onset) + 3 * len(first_guess)
        fits.append((fit, first, cost))
    if not fits:
        raise CannotTell(Refusal.POOR_FIT, "the liquid does not spread as a viscous film does")
    fit, first, cost = min(fits, key=lambda item: item[2])
    rivals = [abs(other.parameters[0] - fit.parameters[0]) for other, _, price in fits if price < cost + 6]
    left = fit.residuals[:, 0] * deviations[first:]
    quality = r_squared(areas[first:, None], left[:, None], fit.inliers)
    if not quality >= LEAST_R_SQUARED:
        raise CannotTell(Refusal.POOR_FIT, "the area does not grow as that of a viscous film does")
    radius = math.sqrt(float(np.median(samples.areas[first:])) / math.pi)
    shift = max(EDGE_BIAS_PX, COMMON * float(np.median(samples.area_deviations[first:])) / (2 * math.pi * radius))
    deviation = math.hypot(math.sqrt(float(fit.covariance[0, 0])), 4 * shift * 2 / radius, max(rivals) / 2)
    value = math.exp(min(max(float(fit.parameters[0]), -60.0), 60.0))
    if deviation > WIDEST:
        raise CannotTell(Refusal.TOO_SHORT, "too little of the spreading is seen to measure its rate")
    if not RANGE_M2_S[0] < value < RANGE_M2_S[1]:
        raise CannotTell(Refusal.OUT_OF_RANGE, f"a viscosity of {value:.1e} m^2/s is beyond that of liquids")
    return Result(value, deviation, fit.dof, quality, 1, int(fit.inliers.sum()), logarithmic=True)


def _relative(samples: Samples, onset: int) -> Result:
    """1 / k of the straight line through the normalised area (thesis 5.4.1), its deviation relative."""
    times, areas = samples.times[onset:], samples.areas[onset:]
    deviations = samples.area_deviations[onset:] * _roughness(samples.areas / samples.area_deviations)
    first = float(np.median(samples.areas[max(0, onset - 2) : onset + 1]))
    spans = np.gradient(times)
    design = np.column_stack((np.ones_like(times), times - times[0])) * np.sqrt(spans)[:, None]
    inverse = np.linalg.pinv(design) * np.sqrt(spans)
    slope = float(inverse[1] @ areas) / first
    doubt = math.hypot(*(inverse[1] * deviations)) / first
    if slope <= 2 * doubt:
        raise CannotTell(Refusal.NO_MOTION, "the liquid does not spread")
    deviation = math.hypot(doubt / slope, float(np.median(deviations[:3])) / first)
    line = float(inverse[0] @ areas) + slope * first * (times - times[0])
    quality = r_squared(areas[:, None], (areas - line)[:, None], np.ones(len(areas), dtype=bool))
    return Result(
        1 / slope, deviation, len(areas) - 2, quality, 1, len(areas), logarithmic=True, scale=Scale.RELATIVE, unit="s"
    )


def _onset(samples: Samples) -> int:
    """The image in which the liquid begins to spread: the last before its area stays above its least."""
    if len(samples) < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, f"the liquid was seen in {len(samples)} images, {LEAST_IMAGES} are needed")
    areas, noise = samples.areas, samples.area_deviations * _roughness(samples.areas / samples.area_deviations)
    if len(samples) - _landing(samples) < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, "the images end as the liquid lands")
    low = int(np.argmin(areas[: max(2, len(areas) * 2 // 3)]))
    grown = float(np.median(areas[-3:]) - np.median(areas[low : low + 3]))
    if grown < max(CLEAR * float(np.median(noise)), LEAST_GROWTH * float(areas[low])):
        shrinks = float(np.median(areas[:3]) - np.median(areas[-3:])) > max(
            CLEAR * float(np.median(noise)), 0.1 * float(areas[0])
        )
        if shrinks:
            raise CannotTell(Refusal.OCCLUDED, "the liquid's area shrinks, as of one that something hides")
        raise CannotTell(Refusal.NO_MOTION, "the liquid does not spread")
    below = np.flatnonzero(areas < areas[low] + 3 * noise[low])
    onset = int(below.max()) if len(below) else low
    onset = min(onset, low + int(np.argmax(areas[low:] > areas[low] + 0.1 * grown)))
    if len(areas) - onset < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, "the liquid begins to spread too late in the images")
    return onset


def _landing(samples: Samples) -> int:
    """The image from which on the liquid's middle stays where it is at the end; 0 of one that never fell."""
    away = np.linalg.norm(samples.points - np.median(samples.points[-3:], axis=0), axis=1)
    falling = np.flatnonzero(away > FALL * np.sqrt(samples.areas))
    return int(falling.max()) + 1 if len(falling) else 0


def _linear_start(times: Array, areas: Array, deviations: Array, onset: int) -> int:
    """The image from which on A^4 is a straight line, images left out costing as in `friction`."""
    best, least = onset, math.inf
    for start in np.unique(np.linspace(onset, onset + (len(areas) - onset) * 0.6, 16).astype(int)):
        if len(areas) - start < LEAST_IMAGES:
            break
        weights = 1 / (4 * areas[start:] ** 3 * deviations[start:])
        design = np.column_stack((np.ones(len(weights)), times[start:])) * weights[:, None]
        target = areas[start:] ** 4 * weights
        left = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        cost = float(np.minimum(left**2, 25).sum()) + LEFT_OUT * (start - onset)
        if cost < least:
            best, least = int(start), cost
    return best


def _similar(times: Array, unit: float, parameters: Array) -> Array:
    """Areas for log nu and the virtual origin."""
    rate = unit * math.exp(-min(max(float(parameters[0]), -80.0), 80.0))
    return np.asarray(np.maximum(rate * (times - parameters[1]), 0.0) ** 0.25)


def _cylinder(times: Array, volume: float, parameters: Array) -> Array:
    """Areas for log nu, the contact time and the log of the first area."""
    viscosity = math.exp(min(max(float(parameters[0]), -80.0), 80.0))
    first = math.exp(min(max(float(parameters[2]), -40.0), 20.0))
    rate = math.pi * GRAVITY * volume**3 / (3 * viscosity * first**4)
    return np.asarray(first * cylinder_growth(rate * (times - parameters[1])))


def _whitened(law: partial[Array], areas: Array, deviations: Array, parameters: Array) -> Array:
    return np.asarray((law(parameters) - areas) / deviations)[:, None]


def _without_jumps(samples: Samples) -> Samples:
    """Samples without single areas far from both neighbours or before the first steady ones, as missed parts make."""
    for _ in range(MOST_MISSED):
        if len(samples) >= LEAST_IMAGES + 1 and _missed_at_first(samples):
            samples = samples.take(slice(1, None))
    if len(samples) < 5:
        return samples
    areas = samples.areas
    middle = np.median(np.stack((areas[:-2], areas[1:-1], areas[2:])), axis=0)
    noise = max(float(np.median(np.abs(np.diff(areas, n=2)))) / 0.6745 / math.sqrt(6), 1.0)
    kept = np.ones(len(samples), dtype=bool)
    kept[1:-1] = np.abs(areas[1:-1] - middle) < 8 * noise + 0.02 * middle
    return samples.take(kept)


def _missed_at_first(samples: Samples) -> bool:
    """Whether the area leaps after the first image by more than a liquid's growth, which slows from its contact on."""
    first, *after = np.diff(samples.areas[:4])
    usual = max(*np.abs(after), 3 * float(samples.area_deviations[1]))
    return bool(first > LEAP * usual and first > LEAST_LEAP * samples.areas[1])


def _roughness(values: Array) -> float:
    """How much noisier whitened values are than they say, by their third differences; at least 1."""
    rough = np.abs(np.diff(values, n=3))
    return max(1.0, float(np.median(rough)) / 0.6745 / math.sqrt(20)) if len(rough) > 4 else 1.0


def _polygon(points: Array) -> tuple[Array, Array]:
    """Areas [N] and centroids [N, 2] of polygons [N, P, 2]."""
    after = np.roll(points, -1, axis=1)
    cross = points[..., 0] * after[..., 1] - after[..., 0] * points[..., 1]
    area = cross.sum(axis=1) / 2
    centroid = ((points + after) * cross[..., None]).sum(axis=1) / (6 * area[:, None])
    return np.abs(area), centroid
