"""Tracks of what moves in a whole clip, or of things whose masks are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from physperception.errors import InvalidImage
from physperception.physics.measuring.background import Background, clip_background
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.corners import TopFace, follow_corners, top_faces
from physperception.physics.measuring.frames import FrameMasks, ImageArray, Size, check_image, check_stamp, named_masks
from physperception.physics.measuring.linking import Linker
from physperception.physics.measuring.observing import observe, observe_rigid
from physperception.physics.measuring.repeats import without_repeats
from physperception.physics.measuring.segmentation import segment
from physperception.physics.observations import Observation, Track

Kind = Literal["rigid", "block", "liquid"]
KINDS = ("rigid", "block", "liquid")
LEAST_SIGHTINGS = 3
LEAST_TRAVEL_PX = 2.0
LEAST_GROWTH = 1.15
LEAST_FALL = 0.25
NEAR_LIQUID_PX = 6


def measure_clip(
    frames: Iterable[ImageArray],
    stamps_s: Sequence[float],
    masks: Sequence[FrameMasks] | None = None,
    line_time_s: float = 0.0,
    kind: Kind = "rigid",
    *,
    fleeting: bool = False,
) -> list[Track]:
    """Measure what moves in a clip of a camera at rest.

    Without masks the background is found from the clip itself, and what differs from it is followed; things that
    never move are not told from background and give no track. With masks nothing is segmented and nothing assumed
    about the camera. Where a file repeats its images, the copies are left out.

    Args:
        frames: uint8 RGB [H, W, 3] of one size.
        stamps_s: of each image, seconds, rising: when the middle of its exposure of the first row was.
        masks: for each image None (out of sight), a `Mask` or bool [H, W] of the only object, a list of masks to be
            associated over time, or masks by object id.
        line_time_s: time between the exposures of two rows; 0 for a global shutter.
        kind: "rigid", "block" (observations carry the corners of its top surface where they are certain), or
            "liquid" (whatever moves is one liquid; its area counts).
        fleeting: return also what was seen in few images or moved too little to be sure of.

    Returns:
        Tracks of at least 3 sightings, the longest way first; with a liquid at most one.

    Raises:
        InvalidImage: unusable images, stamps or masks, or numbers of them that differ.
        CameraMoves: no masks are given and the camera is not at rest.
    """
    if kind not in KINDS:
        raise InvalidImage(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if not (np.isfinite(line_time_s) and line_time_s >= 0):
        raise InvalidImage(f"line_time_s must be 0 or more seconds, got {line_time_s}")
    images = frames if isinstance(frames, Sequence) else list(frames)
    size = _check(images, stamps_s, masks)
    chosen = without_repeats(images)
    images, stamps_s = [images[index] for index in chosen], [float(stamps_s[index]) for index in chosen]
    masks = None if masks is None else [masks[index] for index in chosen]
    background = clip_background(images, growing=kind == "liquid") if masks is None and len(images) > 1 else None
    histories: dict[str, History] = {}
    linker = Linker("liquid" if kind == "liquid" else "object")
    for index, (image, stamp) in enumerate(zip(images, stamps_s)):
        if masks is not None:
            seen = linked_masks(masks[index], size, linker, float(stamp))
        elif background is not None:
            seen = _moving(image, background, kind, linker, float(stamp))
        else:
            seen = []
        for name, blob in seen:
            histories.setdefault(name, History()).add(image, float(stamp), blob, kind)
    if kind == "liquid" and masks is None:
        histories = _one_liquid(histories)
    tracks = [history.track(name, kind, line_time_s) for name, history in histories.items()]
    given = masks is not None or fleeting
    kept = [track for track in tracks if len(track) and (given or is_real(track, kind))]
    return sorted(kept, key=lambda track: -_travel(track))


@dataclass
class History:
    """What was seen of one thing."""

    stamps_s: list[float] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    faces: list[list[TopFace]] = field(default_factory=list)

    def add(self, image: ImageArray, stamp_s: float, blob: Blob, kind: Kind) -> None:
        """Note a sighting; stamps rise."""
        self.stamps_s.append(stamp_s)
        self.blobs.append(blob)
        if kind == "block":
            self.faces.append(top_faces(image, blob))

    def observations(self, kind: Kind, line_time_s: float) -> list[Observation]:
        """One for each sighting, in order."""
        if kind == "liquid":
            return [observe(blob, stamp, line_time_s) for blob, stamp in zip(self.blobs, self.stamps_s)]
        out = observe_rigid(self.blobs, self.stamps_s, line_time_s, may_be_round=kind == "rigid")
        if kind == "block":
            centers = np.array([blob.center for blob in self.blobs]).reshape(-1, 2)
            corners = follow_corners(self.faces, centers)
            out = [replace(seen, corners=four) for seen, four in zip(out, corners)]
        return out

    def track(self, name: str, kind: Kind, line_time_s: float) -> Track:
        return Track(name, tuple(_rising(self.observations(kind, line_time_s))))


def linked_masks(masks: FrameMasks, size: Size, linker: Linker, stamp_s: float) -> list[tuple[str, Blob]]:
    """Blobs of given masks by id, associated over time where no ids are given."""
    found = named_masks(masks, size)
    if isinstance(found, dict):
        return [(name, Blob.from_mask(mask, size)) for name, mask in found.items()]
    return linker.update([Blob.from_mask(mask, size) for mask in found], stamp_s)


def is_real(track: Track, kind: Kind) -> bool:
    """Whether a segmented thing was seen often enough and moved, or as a liquid spread or fell."""
    if len(track) < LEAST_SIGHTINGS:
        return False
    if kind == "liquid":
        areas = np.sort(track.areas_px)
        fell = _travel(track) > LEAST_FALL * float(np.sqrt(areas[0]))
        return fell or float(areas[-2:].mean()) > LEAST_GROWTH * float(areas[:2].mean())
    return _travel(track) > LEAST_TRAVEL_PX


def _check(images: Sequence[ImageArray], stamps_s: Sequence[float], masks: Sequence[FrameMasks] | None) -> Size:
    if not len(images):
        raise InvalidImage("a clip needs at least one image")
    if len(stamps_s) != len(images):
        raise InvalidImage(f"the clip has {len(images)} images but {len(stamps_s)} stamps")
    if masks is not None and len(masks) != len(images):
        raise InvalidImage(f"the clip has {len(images)} images but masks for {len(masks)}")
    size, last = check_image(images[0], None), None
    for image, stamp in zip(images, stamps_s):
        check_image(image, size)
        last = check_stamp(stamp, last)
    return size


def _moving(
    image: ImageArray, background: Background, kind: Kind, linker: Linker, stamp_s: float
) -> list[tuple[str, Blob]]:
    if kind != "liquid":
        return linker.update(segment(image, background, faces=kind == "block").blobs, stamp_s)
    return [(f"liquid-{i}", blob) for i, blob in enumerate(segment(image, background, filled=True).blobs, start=1)]


def _one_liquid(histories: dict[str, History]) -> dict[str, History]:
    """All that lies over the place of the largest region as one liquid, image by image."""
    everything: dict[float, list[Blob]] = {}
    for history in histories.values():
        for stamp, blob in zip(history.stamps_s, history.blobs):
            everything.setdefault(stamp, []).append(blob)
    if not everything:
        return {}
    place = max((blob for blobs in everything.values() for blob in blobs), key=lambda blob: blob.area).box
    one = History()
    for stamp, blobs in sorted(everything.items()):
        inside = [
            blob
            for blob in blobs
            if place.x1 - NEAR_LIQUID_PX <= blob.center[0] <= place.x2 + NEAR_LIQUID_PX
            and place.y1 - NEAR_LIQUID_PX <= blob.center[1] <= place.y2 + NEAR_LIQUID_PX
        ]
        if inside:
            whole = inside[0]
            for blob in inside[1:]:
                whole = whole.joined(blob)
            one.stamps_s.append(stamp)
            one.blobs.append(whole)
    return {"liquid-1": one}


def _rising(observations: list[Observation]) -> list[Observation]:
    """Without those whose stamps, corrected for their rows, do not rise."""
    out: list[Observation] = []
    for seen in observations:
        if not out or seen.stamp_s > out[-1].stamp_s:
            out.append(seen)
    return out


def _travel(track: Track) -> float:
    """Diagonal of the box of its centroids, robust against single ones, pixels."""
    if len(track) < 2:
        return 0.0
    low, high = np.percentile(track.centers, [3, 97], axis=0)
    return float(np.hypot(*(high - low)))
