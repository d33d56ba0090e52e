"""What the evaluations share: bands of occlusion, means, reliability, correlation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

BAND_EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8)
BANDS = ("0_5", "5_20", "20_40", "40_60", "60_80", "80_100")
"""Names of the bands, in percent hidden; a band has its lower edge and not its upper one."""
FEWEST_FOR_CORRELATION = 3


def band_of(occlusion: float) -> str:
    """The band that a hidden part of 0..1 is in; rounding of a tenth of a millionth is forgiven at the edges."""
    return BANDS[int(np.searchsorted(BAND_EDGES, occlusion + 1e-7, side="right")) - 1]


def mean(values: Iterable[float]) -> float:
    """The mean of those that are known; NaN when none is."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def correlation(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Pearson's and Spearman's coefficient over pairs that are known; NaN for too few pairs or a constant side."""
    known = [(a, b) for a, b in zip(first, second) if math.isfinite(a) and math.isfinite(b)]
    if len(known) < FEWEST_FOR_CORRELATION or any(len(set(side)) == 1 for side in zip(*known)):
        return math.nan, math.nan
    a, b = np.array(known).T
    return float(np.corrcoef(a, b)[0, 1]), float(stats.spearmanr(a, b).statistic)


def json_line(figures: Mapping[str, float]) -> str:
    """One JSON object on one line; null where a figure is not known."""
    known = {name: None if math.isnan(value) else value for name, value in figures.items()}
    return json.dumps(known, allow_nan=False)


class Reliability:
    """Compares stated probabilities with how often they come true.

    The error is the expected calibration error (Guo et al. 2017, eq. 3): over bins of equal width, the mean gap
    between the stated probability and the frequency, weighted by how much is in each bin.

    Args:
        low, high: range of the probabilities.
        bins: number of bins.
    """

    def __init__(self, low: float = 0.0, high: float = 1.0, bins: int = 15) -> None:
        self._edges = np.linspace(low, high, bins + 1)[1:-1]
        self._count = np.zeros(bins)
        self._stated = np.zeros(bins)
        self._came_true = np.zeros(bins)

    @property
    def count(self) -> int:
        return int(self._count.sum())

    def add(self, probability: ArrayLike, came_true: ArrayLike) -> None:
        """Probabilities, any shape, and whether each came true, of the same shape."""
        stated = np.asarray(probability, dtype=np.float64).ravel()
        bins = np.searchsorted(self._edges, stated, side="right")
        size = len(self._count)
        self._count += np.bincount(bins, minlength=size)
        self._stated += np.bincount(bins, weights=stated, minlength=size)
        truth = np.asarray(came_true, dtype=np.float64).ravel()
        self._came_true += np.bincount(bins, weights=truth, minlength=size)

    def error(self) -> float:
        """The expected calibration error, 0..1; NaN when nothing was added."""
        if not self.count:
            return math.nan
        return float(np.abs(self._stated - self._came_true).sum() / self._count.sum())

    def rows(self) -> NDArray[np.float64]:
        """[bins, 3]: mean stated probability, frequency, count; NaN in an empty bin."""
        with np.errstate(invalid="ignore"):
            return np.stack([self._stated / self._count, self._came_true / self._count, self._count], axis=1)
