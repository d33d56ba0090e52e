"""How good estimates of physical properties are on clips with known physics (thesis 5.5, Table 5.1).

`physperception evaluate properties` runs it; docs/evaluation.md has the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from physperception.datasets.videos.dataset import VideoClip
from physperception.errors import InvalidImage
from physperception.evaluation.scores import mean
from physperception.physics.clips import KINDS, Subject, estimate_clip
from physperception.physics.gru import METHOD, GruRegressor
from physperception.physics.measuring import measure_clip
from physperception.physics.measuring.frames import CameraMoves
from physperception.physics.observations import Refusal, Track
from physperception.physics.readout.predictor import ReadoutPredictor
from physperception.scene import EstimateStatus, Mask, PropertyEstimate, Scale

Estimator = Callable[[VideoClip], PropertyEstimate]


@dataclass(frozen=True)
class ClipScore:
    """One clip: the truth (None where it can't be known, and `refusal` says why) and what was said."""

    id: str
    value: float | None
    refusal: Refusal | None
    pair: str
    estimate: PropertyEstimate
    path: Path | None = None
    """Of the video."""

    @property
    def answered(self) -> bool:
        """Whether a value in SI units was given; a RELATIVE one only orders things."""
        return self.estimate.status is not EstimateStatus.REFUSED and self.estimate.scale is Scale.METRIC

    @property
    def covered(self) -> bool:
        """Whether the truth lies in the stated interval."""
        return self.value is not None and self.estimate.lower <= self.value <= self.estimate.upper

    @property
    def right_reason(self) -> bool:
        """Whether it was refused for the reason it should be; a RELATIVE value says that nothing gives metres."""
        if self.refusal is Refusal.NO_SCALE and self.estimate.status is not EstimateStatus.REFUSED:
            return not self.answered
        return self.refusal is not None and self.estimate.reason.startswith(self.refusal.value)


@dataclass
class PropertyTally:
    """All clips of a set as one estimator sees them."""

    clips: list[ClipScore] = field(default_factory=list)

    def add(self, clip: VideoClip, estimate: PropertyEstimate) -> None:
        self.clips.append(ClipScore(clip.id, clip.value, clip.refusal, clip.pair, estimate, clip.path))

    def figures(self) -> dict[str, float]:
        """Every figure by name; NaN where there is nothing to measure on.

        `pearson` and `spearman` are of values, `pearson_log` of their logarithms; `mae` is in SI units; `auc` is over
        pairs, by the score of eq. 5.1; `coverage_90` and `width` are of the stated intervals; `refused_rate` is over
        clips whose property can be known, `right_reason_rate` over the others, of which `false_answer_rate` were given
        a number.
        """
        known = [item for item in self.clips if item.value is not None]
        unknowable = [item for item in self.clips if item.value is None]
        answered = [item for item in known if item.answered]
        truth = np.array([item.value for item in answered], dtype=np.float64)
        found = np.array([item.estimate.value for item in answered], dtype=np.float64)
        widths = [(item.estimate.upper - item.estimate.lower) for item in answered]
        scores, labels = pair_scores(self.clips)
        return {
            "pearson": _pearson(truth, found),
            "pearson_log": _pearson(np.log(truth), np.log(np.maximum(found, 1e-12))),
            "spearman": _pearson(_ranks(truth), _ranks(found)),
            "auc": roc_auc(scores, labels),
            "mae": mean(np.abs(found - truth).tolist()),
            "median_relative_error": float(np.median(np.abs(found - truth) / truth)) if len(truth) else math.nan,
            "coverage_90": mean(float(item.covered) for item in answered),
            "width": mean(widths),
            "relative_width": mean(width / value for width, value in zip(widths, truth)),
            "refused_rate": mean(float(not item.answered) for item in known),
            "right_reason_rate": mean(float(item.right_reason) for item in unknowable),
            "false_answer_rate": mean(float(item.answered) for item in unknowable),
            "n": len(known),
            "n_answered": len(answered),
            "n_pairs": len(labels),
            "n_unknowable": len(unknowable),
        }

    def reasons(self) -> dict[str, dict[str, int]]:
        """How often each refusal code was given, by the code expected ("" where the property can be known)."""
        table: dict[str, dict[str, int]] = {}
        for item in self.clips:
            expected = "" if item.refusal is None else item.refusal.value
            said = item.estimate.reason.partition(":")[0] or ("answered" if item.answered else "RELATIVE")
            row = table.setdefault(expected, {})
            row[said] = row.get(said, 0) + 1
        return table


def fitted(true_masks: bool, readout: ReadoutPredictor | None = None) -> Estimator:
    """The oracle of thesis 5.4.1, from pixels alone or from true masks, alone or joined with a read-out.

    From pixels, of several things that move it is asked about the one nearest to the true body: the truth only says
    which object is meant.
    """

    def estimate(clip: VideoClip) -> PropertyEstimate:
        frames = list(clip.frames())
        masks = _true_masks(clip) if true_masks else None
        try:
            subjects = estimate_clip(frames, clip.stamps_s.tolist(), clip.property, clip.view, masks, readout)
        except CameraMoves as error:
            return _refused(clip, f"{Refusal.AMBIGUOUS_OBJECT.value}: {error}")
        return _meant(subjects, clip).estimate

    return estimate


def read_out(readout: ReadoutPredictor) -> Estimator:
    """A learned read-out alone (thesis 5.4.2), of whatever moves in the clip."""

    def estimate(clip: VideoClip) -> PropertyEstimate:
        try:
            return readout.predict(np.stack(list(clip.frames())), clip.stamps_s, clip.property, clip.view)
        except InvalidImage as error:
            return _refused(clip, f"{Refusal.TOO_SHORT.value}: {error}")

    return estimate


def regressed(true_masks: bool, regressor: GruRegressor) -> Estimator:
    """The GRU regressor of thesis 5.4.1 on the fit's tracks; where nothing was followed, the fit's refusal."""

    def estimate(clip: VideoClip) -> PropertyEstimate:
        frames, stamps, kind = list(clip.frames()), clip.stamps_s.tolist(), clip.property
        masks = _true_masks(clip) if true_masks else None
        try:
            tracks = measure_clip(frames, stamps, masks, clip.view.row_time_s, KINDS[kind])
            if not tracks:
                return replace(estimate_clip(frames, stamps, kind, clip.view, masks)[0].estimate, method=METHOD)
        except CameraMoves as error:
            return replace(_refused(clip, f"{Refusal.AMBIGUOUS_OBJECT.value}: {error}"), method=METHOD)
        return regressor.estimate(min(tracks, key=lambda track: way_apart(track, clip)), clip.view, kind)

    return estimate


def evaluate(clips: Iterable[VideoClip], estimator: Estimator) -> PropertyTally:
    """Estimate the property of every clip."""
    tally = PropertyTally()
    for clip in clips:
        tally.add(clip, estimator(clip))
    return tally


def pair_scores(clips: Sequence[ClipScore]) -> tuple[list[float], list[bool]]:
    """Scores sigma(log(e1 / e2)) of pairs (eq. 5.1) and whether the first is truly larger; a refusal scores 0.5.

    Of every pair both orders count, so that half of the labels are true.
    """
    pairs: dict[str, list[ClipScore]] = {}
    for item in clips:
        if item.pair and item.value is not None:
            pairs.setdefault(item.pair, []).append(item)
    scores, labels = [], []
    for members in pairs.values():
        if len(members) != 2:
            continue
        for first, second in (members, members[::-1]):
            assert first.value is not None
            assert second.value is not None
            score = 0.5
            if first.answered and second.answered:
                one, other = max(first.estimate.value, 1e-12), max(second.estimate.value, 1e-12)
                score = one / (one + other)
            scores.append(score)
            labels.append(first.value > second.value)
    return scores, labels


def roc_auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the ROC curve: how often a true case scores above a false one, ties by half; NaN without both."""
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=np.bool_)
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return math.nan
    return float((_ranks(values)[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _true_masks(clip: VideoClip) -> list[Mask | None]:
    return [mask if mask is not None and mask.area else None for mask in clip.masks]


def way_apart(track: Track, clip: VideoClip) -> float:
    """Median distance in pixels between what was followed and the true body; infinite where that is never in sight."""
    centers = {
        float(stamp): (mask.x + mask.width / 2, mask.y + mask.height / 2)
        for stamp, mask in zip(clip.stamps_s, clip.amodal_masks)
        if mask is not None
    }
    if not centers:
        return math.inf
    stamps = np.array(sorted(centers))
    apart = []
    for seen in track.observations:
        x, y = centers[float(stamps[np.abs(stamps - seen.stamp_s).argmin()])]
        apart.append(math.hypot(seen.x - x, seen.y - y))
    return float(np.median(apart))


def _meant(subjects: Sequence[Subject], clip: VideoClip) -> Subject:
    """The subject whose way is nearest to that of the true body."""
    if len(subjects) == 1:
        return subjects[0]
    return min(subjects, key=lambda it: math.inf if it.track is None else way_apart(it.track, clip))


def _refused(clip: VideoClip, reason: str) -> PropertyEstimate:
    return PropertyEstimate(
        object_id="object-1", property=clip.property, status=EstimateStatus.REFUSED, reason=reason, method="FIT"
    )


def _pearson(first: np.ndarray, second: np.ndarray) -> float:
    if len(first) < 3 or not first.std() or not second.std():
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, the mean rank for equal values."""
    if not len(values):
        return values
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + 1 + last) / 2)[which]
