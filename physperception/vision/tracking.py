"""Stable object ids over frames, through short full occlusion.

Association follows SORT (Bewley et al. 2016) in using motion and overlap alone, and ByteTrack (Zhang et al. 2022) in
matching confident detections first; what is left is matched to tracks that went out of sight.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from physperception.config import option
from physperception.scene import Box, Instance, Mask, Scene
from physperception.vision.motion import BoxMotion, FreeEdges, free_edges

FloatArray = NDArray[np.float64]

UNKNOWN_CLASS = "object"
OTHER_CLASS_FACTOR = 0.5
LARGEST_GROWTH = 2.5
OCCLUDER_GAP = 0.15
OCCLUDER_AFFINITY = 0.05
HIDING_FRACTION = 0.3


@dataclass(frozen=True)
class TrackerConfig:
    """Options of the tracker; defaults are in config/detector.yaml."""

    match_iou: float = option(
        "Least overlap (mean of box and mask IoU) with the predicted place for a detection to continue a track.",
        name="tracker.match_iou",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    high_score: float = option(
        "Detections of this score and more choose their tracks first.",
        name="tracker.high_score",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    confirm_hits: int = option(
        "A track seen in fewer frames than this is forgotten in the first frame without it.",
        name="tracker.confirm_hits",
        minimum=1,
        maximum=100,
        live=True,
    )
    max_hidden_s: float = option(
        "How long an object may be out of sight and still get its id back.",
        name="tracker.max_hidden_s",
        unit="s",
        minimum=0.0,
        maximum=600.0,
        live=True,
    )
    recover_distance: float = option(
        "How far from the predicted place, in box diagonals, an object out of sight may come back.",
        name="tracker.recover_distance",
        minimum=0.0,
        maximum=10.0,
        live=True,
    )


class Tracker:
    """Gives the instances of successive scenes ids that stay, such as "cup-3".

    Every instance has an id from its first frame on. An id is made of the class the object had then and a number; it
    never changes and is not given again before `reset`, while `class_id` is what most of the frames say.
    """

    def __init__(self, config: TrackerConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget all objects and start numbering anew, as after a jump in time."""
        self._tracks: list[_Track] = []
        self._counts: Counter[str] = Counter()
        self._stamp_ns = 0

    def reconfigure(self, config: TrackerConfig) -> None:
        """Use other options from the next scene on."""
        self._config = config

    def update(self, scene: Scene) -> Scene:
        """The same scene with stable ids and settled classes; `scene.stamp_ns` says when it is.

        Instances keep their order. A stamp before the last one counts as no time passed.
        """
        elapsed_s = max(scene.stamp_ns - self._stamp_ns, 0) / 1e9 if self._tracks else 0.0
        self._stamp_ns = scene.stamp_ns
        for track in self._tracks:
            track.advance(elapsed_s, self._config.max_hidden_s)
        self._tracks = [t for t in self._tracks if t.in_sight or t.hidden_s <= self._config.max_hidden_s]
        found = self._associate(scene.instances)
        tracks = [found.get(index) or self._start(instance) for index, instance in enumerate(scene.instances)]
        ids = {instance.id: track.id for instance, track in zip(scene.instances, tracks)}
        owners = dict(zip((instance.id for instance in scene.instances), tracks))
        for instance, track in zip(scene.instances, tracks):
            track.observe(instance, free_edges(instance, scene), [owners[name] for name in instance.occluder_ids])
        self._forget()
        renamed = [
            replace(
                instance,
                id=track.id,
                class_id=track.class_id,
                occluder_ids=tuple(ids[name] for name in instance.occluder_ids),
                occludee_ids=tuple(ids[name] for name in instance.occludee_ids),
            )
            for instance, track in zip(scene.instances, tracks)
        ]
        return replace(scene, instances=tuple(renamed))

    def _associate(self, instances: Sequence[Instance]) -> dict[int, _Track]:
        """Tracks by index of the instance that continues them."""
        config = self._config
        high = [i for i, instance in enumerate(instances) if instance.score >= config.high_score]
        low = [i for i, instance in enumerate(instances) if instance.score < config.high_score]
        in_sight = [track for track in self._tracks if track.in_sight]
        found: dict[int, _Track] = {}
        for candidates in (high, low):
            free = [track for track in in_sight if track not in found.values()]
            table = _similarities([instances[i] for i in candidates], free)
            found |= _assign(candidates, free, np.where(table < config.match_iou, 0.0, table))
        free = [track for track in self._tracks if track not in found.values()]
        rest = [i for i in range(len(instances)) if i not in found]
        return found | _assign(rest, free, _recovery([instances[i] for i in rest], free, config.recover_distance))

    def _start(self, instance: Instance) -> _Track:
        prefix = "_".join(instance.class_id.split()) or UNKNOWN_CLASS
        self._counts[prefix] += 1
        track = _Track(f"{prefix}-{self._counts[prefix]}", instance)
        self._tracks.append(track)
        return track

    def _forget(self) -> None:
        """Drop tracks out of sight for too long, and note what hides those that have just gone."""
        seen = [track for track in self._tracks if track.seen]
        gone = [track for track in self._tracks if not track.seen and track.hits >= self._config.confirm_hits]
        hidden = [track for track in gone if track.hidden_s <= self._config.max_hidden_s]
        for track in hidden:
            track.note_hiders(seen)
        kept = {id(track) for track in (*seen, *hidden)}
        self._tracks = [track for track in self._tracks if id(track) in kept]


class _Track:
    """One object over time.

    Attributes:
        id: the stable id.
        class_id: the class with the largest sum of scores.
        hits: frames it was seen in.
        seen: whether it is in the present frame.
        in_sight: whether it was in the frame before.
        hidden_s: seconds since it was seen.
    """

    def __init__(self, track_id: str, instance: Instance) -> None:
        self.id = track_id
        self.hits = 0
        self.seen, self.in_sight, self.hidden_s = True, False, 0.0
        self.motion = BoxMotion(_whole_box(instance))
        self.visible_box, self.visible_mask = instance.visible_box, instance.visible_mask
        self._shift = (0.0, 0.0)
        self.class_id = instance.class_id
        self._votes: dict[str, float] = {}
        self._occluders: list[_Track] = []

    @property
    def occluders(self) -> list[_Track]:
        """Tracks in sight that hid this one when it was last known."""
        return [track for track in self._occluders if track.in_sight]

    def advance(self, elapsed_s: float, longest_s: float) -> None:
        before = self.motion.box.center
        self.motion.advance(min(elapsed_s, longest_s))
        after = self.motion.box.center
        self._shift = (after[0] - before[0], after[1] - before[1])
        self.in_sight, self.seen = self.seen, False
        self.hidden_s += elapsed_s

    def predicted_box(self) -> Box:
        """The last visible box, moved on to the present."""
        x, y = self._shift
        box = self.visible_box
        return Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y)

    def predicted_mask(self) -> Mask:
        """The last visible mask, moved on to the present."""
        x, y = self._shift
        return Mask(self.visible_mask.x + round(x), self.visible_mask.y + round(y), self.visible_mask.data)

    def observe(self, instance: Instance, free: FreeEdges, occluders: list[_Track]) -> None:
        whole = _whole_box(instance)
        self.motion.observe(whole, free if instance.amodal_box is None else FreeEdges())
        self.visible_box, self.visible_mask = instance.visible_box, instance.visible_mask
        self.hits += 1
        self.seen, self.hidden_s = True, 0.0
        self._occluders = occluders
        self._vote(instance.class_id, instance.score)

    def note_hiders(self, others: list[_Track]) -> None:
        """Whichever of `others` lies over the expected place may be what hides it."""
        box = self.motion.box
        over = [t for t in others if t.visible_box.intersection(box) >= HIDING_FRACTION * box.area]
        self._occluders += [track for track in over if track not in self._occluders]

    def _vote(self, class_id: str, score: float) -> None:
        """Count a frame's class; the class changes only to one with more votes, and never to the unknown class."""
        self._votes[class_id] = self._votes.get(class_id, 0.0) + score
        leads = self._votes[class_id] > self._votes.get(self.class_id, 0.0)
        if class_id != UNKNOWN_CLASS and (leads or self.class_id == UNKNOWN_CLASS):
            self.class_id = class_id


def _whole_box(instance: Instance) -> Box:
    return instance.visible_box if instance.amodal_box is None else instance.amodal_box


def _assign(candidates: Sequence[int], tracks: Sequence[_Track], table: FloatArray) -> dict[int, _Track]:
    """The pairing of greatest total affinity among pairs above 0; `table` is float [candidates, tracks]."""
    rows, columns = linear_sum_assignment(table, maximize=True)
    return {candidates[row]: tracks[column] for row, column in zip(rows, columns) if table[row, column] > 0}


def _similarities(instances: Sequence[Instance], tracks: Sequence[_Track]) -> FloatArray:
    """Mean IoU of boxes and masks with predicted places, halved where classes disagree: float [instances, tracks]."""
    seen = np.array([instance.visible_box.xyxy for instance in instances]).reshape(-1, 1, 4)
    expected = np.array([track.predicted_box().xyxy for track in tracks]).reshape(1, -1, 4)
    sides = np.minimum(seen, expected)[..., 2:] - np.maximum(seen, expected)[..., :2]
    shared = np.clip(sides, 0, None).prod(axis=-1)
    union = sum((boxes[..., 2:] - boxes[..., :2]).prod(axis=-1) for boxes in (seen, expected)) - shared
    table = shared / np.maximum(union, 1e-9)
    for row, column in np.argwhere(table > 0):
        instance, track = instances[row], tracks[column]
        if instance.visible_mask.data.size and track.visible_mask.data.size:
            table[row, column] = (table[row, column] + track.predicted_mask().iou(instance.visible_mask)) / 2
        if not _same_class(track, instance):
            table[row, column] *= OTHER_CLASS_FACTOR
    return table


def _recovery(instances: Sequence[Instance], tracks: Sequence[_Track], recover_distance: float) -> FloatArray:
    """How likely instances are objects that were out of sight, float [instances, tracks].

    An object comes back near its predicted place or, with little weight, beside what hid it; never as another class,
    and never much larger than it was.
    """
    seen = np.array([instance.visible_box.xyxy for instance in instances]).reshape(-1, 1, 4)
    expected = np.array([track.motion.box.xyxy for track in tracks]).reshape(1, -1, 4)
    distance = np.linalg.norm(seen[..., :2] + seen[..., 2:] - expected[..., :2] - expected[..., 2:], axis=-1) / 2
    sizes = expected[..., 2:] - expected[..., :2]
    reach = recover_distance * np.linalg.norm(sizes, axis=-1)
    table = 1.0 - (1.0 - 2 * OCCLUDER_AFFINITY) * distance / np.maximum(reach, 1e-9)
    table[distance >= reach] = 0.0
    for column, track in enumerate(tracks):
        for occluder in track.occluders:
            cover = occluder.predicted_box()
            near = _gaps(seen[:, 0], np.array(cover.xyxy)) <= OCCLUDER_GAP * math.hypot(cover.width, cover.height)
            table[:, column] = np.maximum(table[:, column], OCCLUDER_AFFINITY * near)
    area = (seen[..., 2:] - seen[..., :2]).prod(axis=-1)
    same = np.array([[_same_class(track, instance) for track in tracks] for instance in instances], dtype=np.bool_)
    return np.where(same.reshape(table.shape) & (area <= LARGEST_GROWTH * sizes.prod(axis=-1)), table, 0.0)


def _same_class(track: _Track, instance: Instance) -> bool:
    known = track.class_id
    return known == instance.class_id or UNKNOWN_CLASS in (known, instance.class_id)


def _gaps(boxes: FloatArray, box: FloatArray) -> FloatArray:
    """Distance in pixels from `box`, float [4], to the nearest point of each of `boxes`, float [N, 4]."""
    apart = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:])
    return np.linalg.norm(np.clip(apart, 0.0, None), axis=-1)
