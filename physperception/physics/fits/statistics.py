"""What every fit shares: robust least squares with an honest covariance, and estimates or refusals made from it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import chi2 as chi_squared
from scipy.stats import t as student

from physperception.errors import ConfigError, PhysperceptionError
from physperception.physics.observations import Refusal
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale

Array = NDArray[np.float64]

CONFIDENCE = 0.9
METHOD = "FIT"
MOST_OUTLIERS = 0.3
MOST_EVALUATIONS = 60


class CannotTell(PhysperceptionError):
    """A property can't be told from what was seen; the estimators turn it into a refused estimate."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(f"{refusal.value}: {sentence}")
        self.refusal = refusal


@dataclass(frozen=True)
class Calibration:
    """One factor a property on the width of its intervals, found on a validation set; 1 changes nothing.

    Raises:
        ConfigError: a factor that is not positive and finite, or a missing property.
    """

    factors: Mapping[Property, float]

    def __post_init__(self) -> None:
        for name in Property:
            factor = self.factors.get(name, math.nan)
            if not (math.isfinite(factor) and factor > 0):
                raise ConfigError(f"the calibration factor of {name.value} must be positive, got {factor}")

    @classmethod
    def shipped(cls) -> Calibration:
        """The factors in `calibration.json` beside this file."""
        return _shipped()


@dataclass(frozen=True)
class Fit:
    """Result of `robust_fit`.

    Attributes:
        parameters: float64 [P].
        covariance: float64 [P, P], widened by misfit and by residuals that go together in time.
        misfit: chi^2 per degree of freedom of the points kept.
        dof: degrees of freedom.
        inliers: bool [N], which points were kept.
        residuals: float64 [N, C], in standard deviations.
    """

    parameters: Array
    covariance: Array
    misfit: float
    dof: int
    inliers: NDArray[np.bool_]
    residuals: Array


@dataclass(frozen=True)
class Result:
    """What an estimator found, before it is an estimate: see `PropertyEstimate` for the meaning of the fields."""

    value: float
    std_dev: float
    dof: int
    fit_quality: float
    events: int
    frames: int
    logarithmic: bool = False
    scale: Scale = Scale.METRIC
    unit: str = ""


@dataclass(frozen=True)
class Subject:
    """Whom an estimate is about: object, surface, property and the stamps of the images looked at."""

    object_id: str
    counterpart: str
    property: Property
    first_stamp_ns: int = 0
    last_stamp_ns: int = 0


def robust_fit(
    residuals: Callable[[Array], Array], start: Array, *, priors: Callable[[Array], Array] | None = None
) -> Fit:
    """Least squares that outliers don't move: a soft loss first, then without the points that stand out.

    Args:
        residuals: of parameters [P], the whitened residuals [N, C] of N points with C components.
        start: float64 [P].
        priors: of parameters [P], whitened residuals [M] of what is believed beside the data.

    Raises:
        CannotTell: POOR_FIT where nothing finite fits, too many points stand out, or points are fewer than parameters.
    """
    first = residuals(start)
    points, components = first.shape
    everything = np.ones(points, dtype=bool)
    stacked = partial(_stacked, residuals, priors)
    rough = _solve(partial(stacked, everything), start, loss="soft_l1")
    inliers = _inliers(residuals(rough), components)
    if np.mean(~inliers) > MOST_OUTLIERS:
        raise CannotTell(Refusal.POOR_FIT, "too many images do not follow one motion")
    fine = least_squares(
        partial(stacked, inliers), rough, method="trf", x_scale=_scales(rough), max_nfev=MOST_EVALUATIONS
    )
    dof = fine.fun.size - start.size
    if dof < 1 or not np.isfinite(fine.fun).all():
        raise CannotTell(Refusal.POOR_FIT, "there are not enough images for the motion's parameters")
    misfit = float(2 * fine.cost / dof)
    rest = residuals(fine.x)
    widened = max(1.0, misfit) * _memory(rest[inliers])
    return Fit(fine.x, np.linalg.pinv(fine.jac.T @ fine.jac) * widened, misfit, dof, inliers, rest)


def r_squared(measured: Array, left: Array, inliers: NDArray[np.bool_]) -> float:
    """Coefficient of determination of points [N, C] whose residuals [N, C] are in the same unit."""
    seen = measured[inliers]
    total = float(((seen - seen.mean(axis=0)) ** 2).sum())
    return 1.0 - float((left[inliers] ** 2).sum()) / total if total > 0 else math.nan


def estimate(subject: Subject, result: Result, calibration: Calibration) -> PropertyEstimate:
    """A valid estimate with its 90 % interval by Student's t; multiplicative where `logarithmic`.

    `std_dev` is relative where `logarithmic`. No bound of an interval goes below 0, which none of the properties can.
    """
    quantile = float(student.ppf(0.5 + CONFIDENCE / 2, max(result.dof, 1))) * calibration.factors[subject.property]
    spread = min(quantile * result.std_dev, 500.0)
    if result.logarithmic:
        lower, upper = result.value * math.exp(-spread), result.value * math.exp(spread)
    else:
        lower, upper = min(max(0.0, result.value - spread), result.value), result.value + spread
    deviation = result.std_dev * (result.value if result.logarithmic else 1.0)
    return PropertyEstimate(
        object_id=subject.object_id,
        counterpart=subject.counterpart,
        property=subject.property,
        status=EstimateStatus.VALID,
        scale=result.scale,
        unit=result.unit,
        value=result.value,
        std_dev=deviation * calibration.factors[subject.property],
        lower=lower,
        upper=upper,
        confidence_level=CONFIDENCE,
        first_stamp_ns=subject.first_stamp_ns,
        last_stamp_ns=subject.last_stamp_ns,
        frames=result.frames,
        fit_quality=result.fit_quality,
        events=result.events,
        method=METHOD,
    )


def refuse(subject: Subject, why: CannotTell) -> PropertyEstimate:
    """A refused estimate whose reason is "CODE: one sentence"."""
    return PropertyEstimate(
        object_id=subject.object_id,
        counterpart=subject.counterpart,
        property=subject.property,
        status=EstimateStatus.REFUSED,
        reason=str(why),
        first_stamp_ns=subject.first_stamp_ns,
        last_stamp_ns=subject.last_stamp_ns,
        method=METHOD,
    )


def _stacked(
    residuals: Callable[[Array], Array],
    priors: Callable[[Array], Array] | None,
    kept: NDArray[np.bool_],
    parameters: Array,
) -> Array:
    flat = np.nan_to_num(residuals(parameters)[kept].ravel(), nan=1e6, posinf=1e6, neginf=-1e6)
    return flat if priors is None else np.concatenate((flat, priors(parameters)))


def _solve(function: Callable[[Array], Array], start: Array, loss: str) -> Array:
    try:
        found = least_squares(
            function, start, loss=loss, f_scale=2.0, method="trf", x_scale=_scales(start), max_nfev=MOST_EVALUATIONS
        )
    except (ValueError, np.linalg.LinAlgError) as problem:
        raise CannotTell(Refusal.POOR_FIT, "no motion of finite size fits the images") from problem
    return np.asarray(found.x, dtype=np.float64)


def _scales(start: Array) -> Array:
    return np.maximum(np.abs(start), 0.1)


def _inliers(left: Array, components: int) -> NDArray[np.bool_]:
    squared = (left**2).sum(axis=1)
    scale = max(1.0, float(np.median(squared)) / float(chi_squared.ppf(0.5, components)))
    return np.asarray(squared <= scale * chi_squared.ppf(0.9995, components))


def _memory(left: Array) -> float:
    """How much more a mean varies than with independent residuals, by their correlation at lag one (AR(1))."""
    power = float((left**2).sum())
    if len(left) < 8 or power <= 0:
        return 1.0
    correlation = float((left[1:] * left[:-1]).sum()) / power
    if correlation < 2 / math.sqrt(left.size):
        return 1.0
    correlation = min(correlation, 0.8)
    return (1 + correlation) / (1 - correlation)


@lru_cache(maxsize=1)
def _shipped() -> Calibration:
    text = resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
    return Calibration({Property(name): float(factor) for name, factor in json.loads(text).items()})
