"""Which thing of an image is which of those before it: stable ids through short occlusion and missing images."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.frames import FloatArray

MEMORY = 5
MAX_HIDDEN_S = 0.6
COLOUR_SCALE = 60.0
AREA_WEIGHT = 0.15
COLOUR_WEIGHT = 0.3
MERGED_GROWTH = 1.35
AREA_UP = 0.3
AREA_DOWN = 0.03
PARTLY = 0.95
FORGET_AFTER = 2


class Linker:
    """Gives the blobs of successive images ids such as "object-1".

    Pairs of predicted and seen places are assigned at least total cost (Hungarian method) inside a gate that grows
    with size, speed and time hidden, so that a bounce stays inside it. Pieces of one thing, cut apart by what is
    in front of it, are joined; a blob that is two things at once is left out, as it shows neither's place.

    Args:
        prefix: of the ids.
        max_hidden_s: how long a thing may be out of sight.
    """

    def __init__(self, prefix: str = "object", max_hidden_s: float = MAX_HIDDEN_S) -> None:
        self._prefix = prefix
        self._max_hidden_s = max_hidden_s
        self.reset()

    def reset(self) -> None:
        """Forget all things and number from 1 again."""
        self._known: list[_Known] = []
        self._count = 0

    def update(self, blobs: Sequence[Blob], stamp_s: float) -> list[tuple[str, Blob]]:
        """The things seen, with their ids; pieces joined, merged things left out."""
        self._known = [known for known in self._known if stamp_s - known.stamp_s <= self._allowed(known)]
        blobs = self._without_merged(blobs, stamp_s)
        pairs = self._assigned(blobs, stamp_s)
        free = [index for index in range(len(blobs)) if index not in pairs]
        whole = {index: blobs[index] for index in pairs}
        for index in free.copy():
            owner = self._piece_of(blobs[index], pairs, whole, stamp_s)
            if owner is not None:
                whole[owner] = whole[owner].joined(blobs[index])
                free.remove(index)
        for index in free:
            self._count += 1
            pairs[index] = _Known(f"{self._prefix}-{self._count}")
            self._known.append(pairs[index])
            whole[index] = blobs[index]
        for index, known in pairs.items():
            known.note(whole[index], stamp_s)
        return [(known.id, whole[index]) for index, known in pairs.items()]

    def resume(self, ids: Mapping[str, str]) -> None:
        """Take over ids, by those given here, from a linker that saw the same images."""
        for known in self._known:
            known.id = ids.get(known.id, known.id)

    def fresh(self) -> Linker:
        """One that knows nothing yet and gives ids that this one has not given."""
        other = Linker(self._prefix, self._max_hidden_s)
        other._count = self._count
        return other

    def _allowed(self, known: _Known) -> float:
        return self._max_hidden_s if known.sightings > FORGET_AFTER else self._max_hidden_s / 4

    def _assigned(self, blobs: Sequence[Blob], stamp_s: float) -> dict[int, _Known]:
        if not blobs or not self._known:
            return {}
        cost = np.array([[known.cost(blob, stamp_s) for known in self._known] for blob in blobs])
        rows, columns = linear_sum_assignment(np.minimum(cost, 1e3))
        return {int(r): self._known[c] for r, c in zip(rows, columns) if np.isfinite(cost[r, c])}

    def _piece_of(self, blob: Blob, pairs: dict[int, _Known], whole: dict[int, Blob], stamp_s: float) -> int | None:
        """The index of the thing that a blob is a piece of: one smaller than usual, whose place reaches over it."""
        for index, known in pairs.items():
            fits = known.sightings > FORGET_AFTER and whole[index].area + blob.area < 1.2 * known.area
            if fits and known.reaches(blob, whole[index], stamp_s):
                return index
        return None

    def _without_merged(self, blobs: Sequence[Blob], stamp_s: float) -> list[Blob]:
        out = []
        for blob in blobs:
            inside = [
                known
                for known in self._known
                if known.sightings > FORGET_AFTER
                and _contains(blob, known.predicted(stamp_s), 0.3 * np.sqrt(known.area))
                and blob.area > MERGED_GROWTH * known.area
            ]
            if len(inside) < 2 or blob.area < 0.6 * sum(known.area for known in inside):
                out.append(blob)
        return out


@dataclass(eq=False)
class _Known:
    """What is remembered of one thing."""

    id: str
    sightings: int = 0
    area: float = 0.0
    color: FloatArray | None = None
    _stamps: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))
    _places: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MEMORY))

    @property
    def stamp_s(self) -> float:
        return self._stamps[-1]

    def note(self, blob: Blob, stamp_s: float) -> None:
        gain = AREA_UP if blob.area > self.area else AREA_DOWN
        place = np.array(blob.center)
        if self.sightings > FORGET_AFTER and blob.area < PARTLY * self.area:
            expected = self.predicted(stamp_s)
            place = expected if np.linalg.norm(place - expected) < 0.6 * np.sqrt(self.area) else place
        self.area += gain * (blob.area - self.area) if self.sightings else blob.area
        if blob.color is not None:
            self.color = blob.color if self.color is None else 0.8 * self.color + 0.2 * blob.color
        self._stamps.append(stamp_s)
        self._places.append((float(place[0]), float(place[1])))
        self.sightings += 1

    def velocity(self) -> FloatArray:
        """px/s over the last two sightings; 0 before there are two."""
        if len(self._places) < 2:
            return np.zeros(2)
        (x0, y0), (x1, y1) = self._places[-2], self._places[-1]
        return np.array([x1 - x0, y1 - y0]) / max(self._stamps[-1] - self._stamps[-2], 1e-6)

    def fastest(self) -> float:
        """px/s, the highest speed between neighbouring sightings: an impact between two makes theirs small."""
        steps = np.linalg.norm(np.diff(np.array(self._places), axis=0), axis=1)
        return float(max(steps / np.maximum(np.diff(self._stamps), 1e-6), default=0.0))

    def acceleration(self) -> FloatArray:
        """px/s^2 over the last sightings; 0 before there are four, or where they are no smooth motion."""
        if len(self._places) < 4:
            return np.zeros(2)
        times = np.array(self._stamps) - self._stamps[-1]
        places = np.array(self._places)
        fit = np.polyfit(times, places, 2)
        rest = places - (np.square(times)[:, None] * fit[0] + times[:, None] * fit[1] + fit[2])
        smooth = np.abs(rest).max() < 1.0 + 0.05 * np.sqrt(self.area)
        return 2 * fit[0] if smooth else np.zeros(2)

    def predicted(self, stamp_s: float) -> FloatArray:
        """Where it should be by now, pixels."""
        elapsed = stamp_s - self.stamp_s
        recent = (self._stamps[-1] - self._stamps[-2]) / 2 if len(self._stamps) > 1 else 0.0
        acceleration = self.acceleration()
        speed = self.velocity() + acceleration * recent
        return np.array(self._places[-1]) + speed * elapsed + 0.5 * acceleration * elapsed**2

    def cost(self, blob: Blob, stamp_s: float) -> float:
        """Distance from the expected place in gates, plus what area and colour say; infinite outside the gate."""
        elapsed = stamp_s - self.stamp_s
        size = float(np.sqrt(max(self.area, blob.area)))
        unknown = 25.0 if self.sightings < 2 else 6.0
        gate = 2.0 + 1.2 * size + 1.5 * self.fastest() * elapsed + unknown * size * elapsed
        place = np.array(blob.center)
        near = min(float(np.linalg.norm(place - self.predicted(stamp_s))), self._last_distance(place, elapsed))
        if near > gate or (self.sightings > FORGET_AFTER and blob.area > 6 * self.area):
            return float("inf")
        cost = near / gate + AREA_WEIGHT * abs(float(np.log(blob.area / max(self.area, 1e-6))))
        if blob.color is not None and self.color is not None:
            cost += COLOUR_WEIGHT * min(float(np.linalg.norm(blob.color - self.color)) / COLOUR_SCALE, 2.0)
        return cost

    def _last_distance(self, place: FloatArray, elapsed: float) -> float:
        """Distance from the last place, which counts as far as the thing may have turned around since."""
        away = float(np.linalg.norm(place - np.array(self._places[-1])))
        return away + 0.5 * float(np.linalg.norm(self.velocity())) * elapsed

    def reaches(self, blob: Blob, other: Blob, stamp_s: float) -> bool:
        """Whether the place of the whole, around its prediction, holds both pieces."""
        half = 0.75 * np.sqrt(self.area)
        middle = self.predicted(stamp_s)
        return all(np.abs(np.array(part.center) - middle).max() < half for part in (blob, other))


def _contains(blob: Blob, place: FloatArray, margin: float) -> bool:
    box = blob.box
    return bool(box.x1 - margin <= place[0] <= box.x2 + margin and box.y1 - margin <= place[1] <= box.y2 + margin)
