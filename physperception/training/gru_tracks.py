"""Tracks of generated clips as the GRU regressor learns from them: true ones, and ones measured once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from physperception.datasets.videos.dataset import VideoClip, VideoDataset
from physperception.evaluation.properties import way_apart
from physperception.physics.clips import KINDS
from physperception.physics.measuring import measure_clip
from physperception.physics.measuring.frames import CameraMoves
from physperception.physics.observations import Observation, Track
from physperception.scene import Box

SAME_IMAGE_S = 2e-3
COLUMNS = 22
"""Stamp, centre, area and its deviation, covariance (xx, xy, yy), box, corners, part in view, whether it is cut."""


def true_track(clip: VideoClip) -> Track | None:
    """What is seen of the body, by the clip's label file; None where it is out of sight throughout."""
    return _track([_true(seen) for seen in clip.truth["frames"] if seen is not None and _shows(seen)])


def store_tracks(data: VideoDataset, folder: Path, limit: int | None = None) -> dict[int, Track]:
    """Tracks measured from pixels, by number of the clip; those already in `folder` are read, the others written there.

    Of several things that move, the track is the one nearest to the true body. Clips in which nothing was followed
    are noted with an empty file and left out.

    Args:
        data: clips of one property.
        folder: one .npy file a clip, float64 [N, 22].
        limit: the first so many clips only.

    Raises:
        DatasetError: a clip can't be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tracks: dict[int, Track] = {}
    count = len(data) if limit is None else min(limit, len(data))
    for index in tqdm(range(count), desc=f"measuring {data.folder}", unit="clip", mininterval=10, disable=None):
        path = folder / f"{data.paths[index].stem}.npy"
        if not path.exists():
            clip = data[index]
            rows = _rows(_measured(clip))
            partial = path.with_suffix(".partial.npy")
            np.save(partial, rows)
            partial.replace(path)
        track = _track(np.load(path).tolist())
        if track is not None:
            tracks[index] = track
    return tracks


def residuals(measured: Track, true: Track) -> NDArray[np.float64]:
    """How a measured track differs from the true one, image by image.

    Returns:
        float64 [T, 3] for the images of the true track: dx and dy of the centre in pixels, and the logarithm of the
        areas' ratio; NaN where the thing was not measured.
    """
    stamps, out = measured.stamps_s, np.full((len(true), 3), np.nan)
    for row, seen in enumerate(true.observations):
        near = int(np.abs(stamps - seen.stamp_s).argmin())
        if abs(stamps[near] - seen.stamp_s) < SAME_IMAGE_S:
            found = measured.observations[near]
            out[row] = found.x - seen.x, found.y - seen.y, np.log(max(found.area_px, 1) / max(seen.area_px, 1))
    return out


def _measured(clip: VideoClip) -> Track | None:
    try:
        tracks = measure_clip(
            list(clip.frames()), clip.stamps_s.tolist(), None, clip.view.row_time_s, KINDS[clip.property]
        )
    except CameraMoves:
        return None
    return min(tracks, key=lambda track: way_apart(track, clip), default=None)


def _shows(seen: dict[str, Any]) -> bool:
    return bool(seen["visible_area_px"] and seen["visible_centroid"])


def _true(seen: dict[str, Any]) -> Sequence[float]:
    corners = seen["corners"] or np.full((4, 2), np.nan).tolist()
    return [
        seen["body_stamp_s"],
        *seen["visible_centroid"],
        seen["visible_area_px"],
        1.0,
        *(0.01, 0.0, 0.01),
        *seen["visible_box"],
        *(value for corner in corners for value in corner),
        1 - seen["occlusion"],
        float(seen["cut"]),
    ]


def _rows(track: Track | None) -> NDArray[np.float64]:
    rows = [] if track is None else [_row(seen) for seen in track.observations]
    return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)


def _row(seen: Observation) -> list[float]:
    corners = np.full((4, 2), np.nan) if seen.corners is None else seen.corners
    covariance, box = seen.covariance, seen.box
    return [
        *(seen.stamp_s, seen.x, seen.y, seen.area_px, seen.area_std_px),
        *(covariance[0, 0], covariance[0, 1], covariance[1, 1]),
        *(box.x1, box.y1, box.x2, box.y2),
        *corners.ravel(),
        *(seen.visible, float(seen.cut)),
    ]


def _track(rows: Sequence[Sequence[float]]) -> Track | None:
    return Track("object-1", tuple(_observation(row) for row in rows)) if len(rows) else None


def _observation(row: Sequence[float]) -> Observation:
    stamp, x, y, area, area_std, xx, xy, yy, *rest = row
    corners = np.array(rest[4:12]).reshape(4, 2)
    return Observation(
        stamp_s=stamp,
        x=x,
        y=y,
        area_px=area,
        area_std_px=area_std,
        covariance=np.array([[xx, xy], [xy, yy]]),
        box=Box(*rest[:4]),
        corners=corners if np.isfinite(corners).all() else None,
        visible=rest[12],
        cut=bool(rest[13]),
    )
