"""Tracks of what moves in a stream, with bounded memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from physperception.errors import InvalidImage
from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.clip import KINDS, History, Kind, is_real, linked_masks
from physperception.physics.measuring.corners import TopFace, top_faces
from physperception.physics.measuring.frames import FrameMasks, ImageArray, check_image, check_stamp, named_masks
from physperception.physics.measuring.linking import Linker
from physperception.physics.measuring.observing import observe
from physperception.physics.measuring.segmenter import MotionSegmenter
from physperception.physics.observations import Observation, Track

MOST_TRACKS = 64


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
        self._segmenter = MotionSegmenter(filled=kind == "liquid")
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a jump in time or for another camera; ids start anew."""
        self._segmenter.reset()
        self._linker = Linker("liquid" if self._kind == "liquid" else "object")
        self._windows: dict[str, _Window] = {}
        self._last_s: float | None = None
        self._size: tuple[int, int] | None = None
        self._segmented = True

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
            seen = self._linker.update(self._segmenter.update(image), stamp_s)
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
