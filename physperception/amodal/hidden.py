"""Objects that went out of sight behind others: where they must still be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from physperception.amodal.graph import Occlusion
from physperception.scene import Box, Instance, Mask

COVERED = 0.7
"""Part of the last whole shape that others must cover."""
PARTLY_HIDDEN = 0.15
"""How much of an object must have been hidden when it was last seen; one that vanishes in full view was not hidden."""
NOTHING = np.zeros((0, 0), dtype=np.bool_)


@dataclass(frozen=True)
class Vanished:
    """An object that nothing is seen of.

    Attributes:
        instance: as it was last published, with its amodal mask.
        seen_ns: when that was.
        behind: ids of what covers the place, the most of it first.
    """

    instance: Instance
    seen_ns: int
    behind: tuple[str, ...]

    def now(self, stamp_ns: int) -> Instance:
        """The same object in a later image: no visible pixel, the whole shape where it was last believed to be."""
        assert self.instance.amodal_box is not None
        x, y = self.instance.amodal_box.center
        return replace(
            self.instance,
            visible_box=Box(x, y, x, y),
            visible_mask=Mask(round(x), round(y), NOTHING),
            occluder_mask=None,
            occludee_mask=None,
            occluder_ids=self.behind,
            occludee_ids=(),
            position_m=None,
            amodal_age_s=self.instance.amodal_age_s + (stamp_ns - self.seen_ns) / 1e9,
        )

    def edges(self) -> list[Occlusion]:
        """What hides it, as edges of the occlusion graph."""
        assert self.instance.amodal_mask is not None
        hidden_px = self.instance.amodal_mask.area / len(self.behind)
        return [Occlusion(front, self.instance.id, 1.0, hidden_px) for front in self.behind]


class HiddenObjects:
    """Keeps objects that vanished behind others, while those stay where they are.

    An object is kept when it was partly hidden before, and objects that were there before cover where it was. An object
    whose place shows the table, or is taken by a new object, such as itself under another id, is not.

    Args:
        longest_s: how long an object is kept without being seen.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a jump in time."""
        self._last: dict[str, tuple[Instance, int]] = {}

    def follow(self, visible: Mapping[str, Mask], size: tuple[int, int], stamp_ns: int) -> list[Vanished]:
        """What must still be there though it is not seen.

        Args:
            visible: masks of the objects seen now, by id, inside the image.
            size: width and height of the image.
            stamp_ns: when it was taken.
        """
        here = {name: mask for name, mask in visible.items() if name in self._last}
        found = []
        for name, (instance, seen_ns) in self._last.items():
            recent = 0 <= stamp_ns - seen_ns <= self._longest_s * 1e9
            if name in visible or not recent or instance.amodal_mask is None or instance.occlusion < PARTLY_HIDDEN:
                continue
            behind = _covering(instance.amodal_mask.clip(*size), here)
            if behind:
                found.append(Vanished(instance, seen_ns, behind))
        return found

    def learn(self, instances: Iterable[Instance], vanished: Iterable[Vanished], stamp_ns: int) -> None:
        """Remember what is there now: seen objects as they are, vanished ones as they were."""
        self._last = {item.instance.id: (item.instance, item.seen_ns) for item in vanished}
        self._last |= {instance.id: (instance, stamp_ns) for instance in instances}


def _covering(place: Mask, others: Mapping[str, Mask]) -> tuple[str, ...]:
    """Objects that together cover enough of a place; none when it is outside the image or not covered."""
    shared = {name: place.intersection_area(mask) for name, mask in others.items()}
    if not place.area or sum(shared.values()) < COVERED * place.area:
        return ()
    return tuple(sorted((name for name, area in shared.items() if area), key=lambda name: -shared[name]))
