"""Tracks of what moves in a stream, with bounded memory."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np

from physperception.errors import InvalidImage
from physperception.physics.measuring.background import Background
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.clip import KINDS, History, Kind, is_real, linked_masks
from physperception.physics.measuring.corners import TopFace, top_faces
from physperception.physics.measuring.frames import FrameMasks, ImageArray, check_image, check_stamp, named_masks
from physperception.physics.measuring.linking import Linker
from physperception.physics.measuring.observing import observe
from physperception.physics.measuring.segmentation import segment
from physperception.physics.measuring.segmenter import MotionSegmenter
from physperception.physics.observations import Observation, Track

MOST_TRACKS = 64
RECENT_FRAMES = 24


@dataclass(frozen=True)
class StreamUpdate:
    """What one image brought.

    Attributes:
        stamp_s: of the image.
        observations: by object id, as they look in this image alone; `StreamMeasurer.tracks` knows better.
        level: fraction of sampled pixels that changed, 0..1; 0 with given masks.
    """

    stamp_s: float
    observations: dict[str, Observation] = field(default_factory=dict)
    level: float = 0.0


class StreamMeasurer:
    """Measures motion image by image; keeps the last seconds of every track.

    An image that is refused leaves everything as it was, and the next one goes on.

    Args:
        window_s: how long observations are kept.
        most_frames: how many of them at most a track.
        line_time_s, kind: as of `measure_clip`.

    Raises:
        InvalidImage: a window or number that is not positive, or an unknown kind.
    """

    def __init__(
        self, window_s: float = 6.0, most_frames: int = 400, line_time_s: float = 0.0, kind: Kind = "rigid"
    ) -> None:
        if not (np.isfinite(window_s) and window_s > 0 and most_frames >= 3):
            raise InvalidImage(f"a window needs some seconds and 3 images or more, got {window_s} s and {most_frames}")
        if kind not in KINDS:
            raise InvalidImage(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        self._window_s, self._most_frames = window_s, most_frames
        self._line_time_s, self._kind = line_time_s, kind
        self._segmenter = MotionSegmenter(filled=kind == "liquid", faces=kind == "block")
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a jump in time or for another camera; ids start anew."""
        self._segmenter.reset()
        self._linker = Linker("liquid" if self._kind == "liquid" else "object")
        self._windows: dict[str, _Window] = {}
        self._last_s: float | None = None
        self._size: tuple[int, int] | None = None
        self._segmented = True
        self._recent: deque[tuple[float, ImageArray]] = deque(maxlen=RECENT_FRAMES)

    def update(self, image: ImageArray, stamp_s: float, masks: FrameMasks = None) -> StreamUpdate:
        """Take in the next image.

        Args:
            image: uint8 RGB [H, W, 3].
            stamp_s: seconds, later than the last.
            masks: of the objects, as one element of those of `measure_clip`; None segments what moves.

        Raises:
            InvalidImage: an unusable image, stamp or mask.
            CameraMoves: no masks are given and the camera moves.
        """
        size = check_image(image, self._size)
        stamp_s = check_stamp(stamp_s, self._last_s)
        if masks is not None:
            named_masks(masks, size)
        self._size, self._last_s = size, stamp_s
        self._segmented = masks is None
        if masks is None:
            seen = self._follow(image, stamp_s)
        else:
            seen = linked_masks(masks, size, self._linker, stamp_s)
        for name, blob in seen:
            window = self._windows.setdefault(name, _Window(deque(maxlen=self._most_frames)))
            faces = top_faces(image, blob) if self._kind == "block" else []
            window.entries.append((stamp_s, blob, faces))
        self._forget(stamp_s)
        found = {name: observe(blob, stamp_s, self._line_time_s) for name, blob in seen}
        return StreamUpdate(stamp_s, found, self._segmenter.level if masks is None else 0.0)

    def tracks(self) -> list[Track]:
        """What the window holds of every thing, measured with all of it: hidden parts, corners."""
        out = []
        for name, window in self._windows.items():
            history = History()
            for stamp, blob, faces in window.entries:
                history.stamps_s.append(stamp)
                history.blobs.append(blob)
                history.faces.append(faces)
            track = history.track(name, self._kind, self._line_time_s)
            if not self._segmented or is_real(track, self._kind):
                out.append(track)
        return out

    def _follow(self, image: ImageArray, stamp_s: float) -> list[tuple[str, Blob]]:
        """Segment and link what moves; where that shows a place left bare, look at the last images again."""
        blobs = self._segmenter.update(image)
        if self._segmenter.moving:
            self._recent.append((stamp_s, image.copy()))
        if not self._segmenter.revised:
            return self._linker.update(blobs, stamp_s)
        background = self._segmenter.background
        linker = self._linker.fresh()
        again = [
            (stamp, name, blob, top_faces(seen, blob) if self._kind == "block" else [])
            for stamp, seen in self._recent
            for name, blob in linker.update(self._segment(seen, background), stamp)
        ]
        ids = self._same_ids(again)
        linker.resume(ids)
        self._linker = linker
        since = self._recent[0][0]
        for window in self._windows.values():
            while window.entries and window.entries[-1][0] >= since:
                window.entries.pop()
        for stamp, name, blob, faces in again:
            if stamp < stamp_s:
                window = self._windows.setdefault(ids.get(name, name), _Window(deque(maxlen=self._most_frames)))
                window.entries.append((stamp, blob, faces))
        return [(ids.get(name, name), blob) for stamp, name, blob, _ in again if stamp == stamp_s]

    def _segment(self, image: ImageArray, background: Background) -> list[Blob]:
        return segment(image, background, filled=self._kind == "liquid", faces=self._kind == "block").blobs

    def _same_ids(self, again: list[tuple[float, str, Blob, list[TopFace]]]) -> dict[str, str]:
        """The ids things had before, by those they have now: each takes the one whose places it shares most."""
        votes: Counter[tuple[str, str]] = Counter()
        before = {(stamp, name): blob for name, window in self._windows.items() for stamp, blob, _ in window.entries}
        for stamp, name, blob, _ in again:
            for old in self._windows:
                other = before.get((stamp, old))
                if other is not None:
                    votes[name, old] += int(blob.mask.iou(other.mask) * 100)
        ids: dict[str, str] = {}
        for (name, old), vote in votes.most_common():
            if vote and name not in ids and old not in ids.values():
                ids[name] = old
        return ids

    def _forget(self, now_s: float) -> None:
        """Drop observations older than the window, things without any, and the longest unseen of too many things."""
        for window in self._windows.values():
            while window.entries and window.entries[0][0] < now_s - self._window_s:
                window.entries.popleft()
        recent = sorted(
            ((window.entries[-1][0], name) for name, window in self._windows.items() if window.entries), reverse=True
        )
        kept = {name for _, name in recent[:MOST_TRACKS]}
        self._windows = {name: window for name, window in self._windows.items() if name in kept}


@dataclass(frozen=True)
class _Window:
    """Sightings of one thing: stamp, coverage, candidates for its top surface."""

    entries: deque[tuple[float, Blob, list[TopFace]]]
