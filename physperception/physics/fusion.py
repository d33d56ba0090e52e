"""Several estimates of one property into one, and what is known of every pair of object and surface over time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale

LIMITS = {
    Property.RESTITUTION: (0.0, 1.0),
    Property.KINETIC_FRICTION: (0.0, math.inf),
    Property.VISCOSITY: (0.0, math.inf),
}
KEPT_EVENTS = 32
MIXED = "FUSED"


def fuse(estimates: Sequence[PropertyEstimate]) -> PropertyEstimate:
    """One estimate from several of one property, object and counterpart.

    Estimates on the best scale that is there (METRIC before RELATIVE before CLASS) are averaged by their inverse
    variances, viscosity in logarithms. Where they disagree more than their deviations allow, the deviation grows by
    the Birge ratio, sqrt(chi^2 / (n - 1)) (Birge 1932, "The Calculation of Errors by the Method of Least Squares").
    A coarser scale never moves a finer one. With nothing but refusals, the first refusal is the answer.

    Raises:
        ValueError: no estimate, or estimates of different objects or properties.
    """
    if not estimates:
        raise ValueError("nothing to fuse")
    if len({(item.object_id, item.counterpart, item.property) for item in estimates}) > 1:
        raise ValueError("only estimates of one property of one object on one counterpart can be fused")
    usable = [item for item in estimates if item.status is not EstimateStatus.REFUSED]
    if not usable:
        return estimates[0]
    finest = min((item.scale for item in usable), key=list(Scale).index)
    usable = [item for item in usable if item.scale is finest]
    if len(usable) == 1:
        return usable[0]
    level = usable[0].confidence_level
    logarithmic = usable[0].property is Property.VISCOSITY
    centers = np.array([math.log(item.value) if logarithmic else item.value for item in usable])
    spreads = np.array([_deviation(item, logarithmic) for item in usable])
    weights = spreads**-2.0 / np.sum(spreads**-2.0)
    center = float(weights @ centers)
    birge = math.sqrt(max(1.0, float(np.sum(((centers - center) / spreads) ** 2)) / (len(usable) - 1)))
    spread = birge * float(np.sum(spreads**-2.0)) ** -0.5
    reach = float(norm.ppf(0.5 + level / 2)) * spread
    low, high = LIMITS[usable[0].property]
    ends = [center - reach, center, center + reach]
    lower, value, upper = (min(max(math.exp(end) if logarithmic else end, low), high) for end in ends)
    return replace(
        usable[0],
        value=value,
        std_dev=value * spread if logarithmic else spread,
        lower=lower,
        upper=upper,
        reason="",
        first_stamp_ns=min(item.first_stamp_ns for item in usable),
        last_stamp_ns=max(item.last_stamp_ns for item in usable),
        frames=sum(item.frames for item in usable),
        fit_quality=_weighted([item.fit_quality for item in usable], weights),
        events=sum(item.events for item in usable),
        method=_joined((item.method for item in usable), MIXED),
        model=_joined((item.model for item in usable), "+"),
    )


def quantile(estimate: PropertyEstimate, probability: float) -> float:
    """The value that the truth is below with this probability, such as 0.05 for the friction a grasp may count on.

    From the stated deviation, normal, or log-normal for viscosity; NaN for a refusal or an unknown deviation.

    Raises:
        ValueError: a probability outside 0..1.
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability must be between 0 and 1, got {probability}")
    if estimate.status is EstimateStatus.REFUSED:
        return math.nan
    distance = float(norm.ppf(probability))
    low, high = LIMITS[estimate.property]
    if estimate.property is Property.VISCOSITY:
        return min(max(estimate.value * math.exp(distance * _deviation(estimate, True)), low), high)
    return min(max(estimate.value + distance * _deviation(estimate, False), low), high)


@dataclass
class _Events:
    """The last estimates of one pair, each from events of its own."""

    kept: list[PropertyEstimate]
    refusal: PropertyEstimate | None = None


class EstimateHistory:
    """What is known of each object, counterpart and property: events refine it, time makes it stale.

    Bounded: the last 32 events of a pair, and `most_pairs` pairs; the pair that was seen longest ago goes first.
    """

    def __init__(self, most_pairs: int = 256) -> None:
        self._most_pairs = most_pairs
        self._pairs: dict[tuple[str, str, Property], _Events] = {}

    def add(self, estimate: PropertyEstimate) -> PropertyEstimate:
        """Take in an estimate, and return what is known now.

        An estimate whose window overlaps that of an earlier one has seen the same event, with more of it: it takes its
        place, so that nothing counts twice. A refusal is remembered only as long as nothing is known.
        """
        key = (estimate.object_id, estimate.counterpart, estimate.property)
        events = self._pairs.pop(key, None) or _Events([])
        self._pairs[key] = events
        if estimate.status is EstimateStatus.REFUSED:
            events.refusal = estimate
        else:
            events.kept = [item for item in events.kept if not _same_event(item, estimate)][1 - KEPT_EVENTS :]
            events.kept.append(estimate)
        while len(self._pairs) > self._most_pairs:
            del self._pairs[next(iter(self._pairs))]
        return self._known(events)

    def latest(self, now_ns: int, max_age_s: float) -> list[PropertyEstimate]:
        """Every pair's estimate, those last refined longer than `max_age_s` ago marked STALE."""
        return [_aged(self._known(events), now_ns, max_age_s) for events in self._pairs.values()]

    def reset(self) -> None:
        """Forget everything, as after a jump in time."""
        self._pairs.clear()

    def __len__(self) -> int:
        return len(self._pairs)

    @staticmethod
    def _known(events: _Events) -> PropertyEstimate:
        if events.kept:
            return fuse(events.kept)
        assert events.refusal is not None
        return events.refusal


def _aged(estimate: PropertyEstimate, now_ns: int, max_age_s: float) -> PropertyEstimate:
    age_s = (now_ns - estimate.last_stamp_ns) / 1e9
    if estimate.status is not EstimateStatus.VALID or age_s <= max_age_s:
        return estimate
    return replace(estimate, status=EstimateStatus.STALE, reason=f"last seen {age_s:.0f} s ago")


def _same_event(first: PropertyEstimate, second: PropertyEstimate) -> bool:
    return first.first_stamp_ns <= second.last_stamp_ns and second.first_stamp_ns <= first.last_stamp_ns


def _deviation(estimate: PropertyEstimate, logarithmic: bool) -> float:
    """Standard deviation, from the interval where none is stated; never zero."""
    spread = estimate.std_dev
    if not math.isfinite(spread):
        reach = float(norm.ppf(0.5 + estimate.confidence_level / 2))
        spread = (estimate.upper - estimate.lower) / (2 * reach)
    return max(spread / estimate.value if logarithmic else spread, 1e-9)


def _weighted(values: Sequence[float], weights: np.ndarray) -> float:
    known = [(value, weight) for value, weight in zip(values, weights) if math.isfinite(value)]
    return sum(v * w for v, w in known) / sum(w for _, w in known) if known else math.nan


def _joined(names: Iterable[str], mixed: str) -> str:
    distinct = list(dict.fromkeys(name for name in names if name))
    if len(distinct) < 2:
        return distinct[0] if distinct else ""
    return mixed if mixed == MIXED else mixed.join(distinct)
