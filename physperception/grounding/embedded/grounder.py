"""Grounding without a vision-language model: parse the command, measure the scene, score all objects, decide."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage, ModelUnavailable
from physperception.grounding.clauses import clauses, join
from physperception.grounding.embedded.looks import Looks, shipped_looks
from physperception.grounding.embedded.measures import SceneMeasures, whole_box
from physperception.grounding.embedded.names import UNNAMED
from physperception.grounding.embedded.parser import parse
from physperception.grounding.embedded.query import Parsed
from physperception.grounding.embedded.resolver import Resolution, Thresholds, resolve
from physperception.grounding.embedded.scoring import QueryScorer
from physperception.scene import GroundedObject, Grounding, GroundingStatus, Instance, MaskKind, Scene
from physperception.vision.images import check_image

MODEL_ID = "physperception-embedded-grounder-1"
MOST_LETTERS = 40


@dataclass
class _Frame:
    """The last image and scene, with what was measured of them."""

    image: NDArray[np.uint8] | None
    scene: Scene
    scorer: QueryScorer


class EmbeddedGrounder:
    """Finds what a command in English refers to among the objects of a scene.

    What was measured of an image is kept for the next command on the same image and scene (by identity). Not for use by
    two threads at once.

    Args:
        thresholds: when an object fits, and when several do.
    """

    model_id = MODEL_ID

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        self._thresholds = thresholds or Thresholds()
        self._frame: _Frame | None = None

    def ground(
        self, image: NDArray[np.uint8] | None, scene: Scene, command: str, mask_kind: MaskKind | None = None
    ) -> Grounding:
        """What a command refers to.

        Args:
            image: uint8 RGB [H, W, 3] of the scene's size; without one, colours and surfaces decide nothing.
            scene: the objects to choose from.
            command: words; never raises for any.
            mask_kind: which masks are wanted; None to choose from the words.

        Returns:
            FOUND with objects best first; AMBIGUOUS with the candidates; NOT_THERE or REFUSED with the reason. Words
            that want one object whole and another as seen are answered clause by clause: FOUND where each is, with
            objects in the order of the clauses, each with its kind of mask.
        """
        started = time.perf_counter()
        parts, why = clauses(command, mask_kind)
        judged_ms = (time.perf_counter() - started) * 1e3
        answers = [self._ground(image, scene, words, kind) for words, kind in parts]
        found = answers[0] if len(answers) == 1 else join(answers)
        timings = {"intent": judged_ms, **found.timings_ms, "total": (time.perf_counter() - started) * 1e3}
        return replace(found, command=command, mask_kind_reason=why, timings_ms=timings)

    def _ground(self, image: NDArray[np.uint8] | None, scene: Scene, command: str, kind: MaskKind) -> Grounding:
        """What words that want one kind of mask refer to."""
        started = time.perf_counter()
        parsed = parse(command, _names(scene), any(instance.class_id in UNNAMED for instance in scene.instances))
        parsed_at = time.perf_counter()
        timings = {"parse": (parsed_at - started) * 1e3}
        common = {"command": command, "mask_kind": kind, "model": MODEL_ID}
        if not parsed.targets:
            reason = "no word of the command says what is meant" + _unknown(parsed)
            return Grounding(status=GroundingStatus.REFUSED, reason=reason, timings_ms=timings, **common)  # type: ignore[arg-type]
        answer = resolve(self._scorer(image, scene), parsed, self._thresholds)
        objects = tuple(_object(scene.instances[index], score, kind) for index, score in answer.chosen)
        timings["resolve"] = (time.perf_counter() - parsed_at) * 1e3
        reason = _reason(answer, parsed) + _missing_masks(scene, answer, kind)
        return Grounding(
            status=answer.status,
            objects=objects,
            reason=reason,
            reasoning=". ".join(answer.reasons),
            timings_ms=timings,
            **common,  # type: ignore[arg-type]
        )

    def _scorer(self, image: NDArray[np.uint8] | None, scene: Scene) -> QueryScorer:
        frame = self._frame
        if frame is None or frame.image is not image or frame.scene is not scene:
            usable = image if _is_usable(image, scene) else None
            measures = SceneMeasures(scene, usable)
            frame = _Frame(image, scene, QueryScorer(measures, lambda: _looks(measures)))
            self._frame = frame
        return frame.scorer


def _names(scene: Scene) -> frozenset[str]:
    """What the objects are called, as it would be said."""
    return frozenset(instance.class_id.replace("_", " ").lower() for instance in scene.instances) - frozenset(UNNAMED)


def _is_usable(image: NDArray[np.uint8] | None, scene: Scene) -> bool:
    if image is None:
        return False
    try:
        return check_image(image) == (scene.height, scene.width)
    except InvalidImage:
        return False


def _looks(measures: SceneMeasures) -> Looks | None:
    if measures.image is None or not len(measures):
        return None
    try:
        return shipped_looks()(measures.image, [instance.visible_mask for instance in measures.scene.instances])
    except ModelUnavailable:
        return None


def _object(instance: Instance, score: float, kind: MaskKind) -> GroundedObject:
    """The instance as an answer: whole mask and box where they are wanted and known, else the visible ones."""
    score = min(max(score, 0.0), 1.0)
    if kind is MaskKind.AMODAL and instance.amodal_mask is not None:
        return GroundedObject(box=whole_box(instance), mask=instance.amodal_mask, score=score, instance_id=instance.id)
    return GroundedObject(box=instance.visible_box, mask=instance.visible_mask, score=score, instance_id=instance.id)


def _reason(answer: Resolution, parsed: Parsed) -> str:
    said = "; ".join(answer.reasons)
    return said + _unknown(parsed)


def _unknown(parsed: Parsed) -> str:
    parts = [f"read {_short(wrong)!r} as {right!r}" for wrong, right in parsed.corrected[:5]]
    if parsed.unknown:
        parts.append("passed over unknown words: " + ", ".join(map(_short, parsed.unknown[:8])))
    return "; " + "; ".join(parts) if parts else ""


def _short(word: str) -> str:
    return word if len(word) <= MOST_LETTERS else word[: MOST_LETTERS - 3] + "..."


def _missing_masks(scene: Scene, answer: Resolution, kind: MaskKind) -> str:
    if kind is MaskKind.VISIBLE or not answer.chosen:
        return ""
    lacking = [scene.instances[i].id for i, _ in answer.chosen if scene.instances[i].amodal_mask is None]
    return f"; the whole shape of {', '.join(lacking)} is not known, so the visible mask is given" if lacking else ""
