"""Frames with times from pictures, a video file or a webcam."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from physperception.errors import InvalidImage

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class MediaFrame:
    """One picture and when it was taken, nanoseconds from the start of the medium; uint8 RGB [H, W, 3]."""

    image: NDArray[np.uint8]
    time_ns: int
    name: str


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A picture file as uint8 RGB [H, W, 3], turned upright as its EXIF says; 16-bit files keep their upper byte.

    Raises:
        InvalidImage: the file is missing, empty, cut off or no picture; the message names it.
    """
    try:
        with Picture.open(path) as picture:
            upright = ImageOps.exif_transpose(picture)
            if upright.mode.startswith("I") or upright.mode == "F":
                values = np.asarray(upright, dtype=np.float64)
                grey = np.clip(values / (257 if values.max(initial=0) > 255 else 1), 0, 255).astype(np.uint8)
                return np.repeat(grey[..., None], 3, axis=2)
            return np.asarray(upright.convert("RGB"))
    except FileNotFoundError as error:
        raise InvalidImage(f"{path} does not exist") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Picture.DecompressionBombError) as error:
        raise InvalidImage(f"{path} cannot be read as a picture: {error}") from error


def picture_paths(sources: Sequence[Path]) -> list[Path]:
    """Picture files among files and folders, those of a folder by name. Raises InvalidImage when there are none."""
    paths: list[Path] = []
    for source in sources:
        if source.is_dir():
            paths += sorted(path for path in source.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        elif source.exists():
            paths.append(source)
        else:
            raise InvalidImage(f"{source} does not exist")
    if not paths:
        raise InvalidImage(f"no pictures in {', '.join(map(str, sources))}")
    return paths


def frames_of_pictures(sources: Sequence[Path], rate_hz: float) -> Iterator[MediaFrame]:
    """Pictures at a steady rate, in the order given."""
    for index, path in enumerate(picture_paths(sources)):
        yield MediaFrame(read_picture(path), round(index * 1e9 / rate_hz), path.name)


def frames_of_video(path: Path) -> Iterator[MediaFrame]:
    """Frames of a video file with the times it gives them, or those of its frame rate.

    Raises:
        InvalidImage: the file is missing, cannot be opened, or holds no frame.
    """
    if not path.exists():
        raise InvalidImage(f"{path} does not exist")
    video = cv2.VideoCapture(str(path))
    try:
        rate_hz = video.get(cv2.CAP_PROP_FPS) or 30.0
        index, last_ns = 0, -1
        while True:
            read, picture = video.read()
            if not read:
                break
            position_ns = round(video.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
            time_ns = position_ns if position_ns > last_ns else last_ns + round(1e9 / rate_hz)
            yield MediaFrame(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), time_ns, f"{index:06d}")
            index, last_ns = index + 1, time_ns
        if not index:
            raise InvalidImage(f"{path} cannot be read as a video")
    finally:
        video.release()


def frames_of_webcam(number: int) -> Iterator[MediaFrame]:
    """Frames of a camera of this machine until the caller stops. Raises InvalidImage when there is none."""
    camera = cv2.VideoCapture(number)
    try:
        start_ns = time.monotonic_ns()
        index = 0
        while True:
            read, picture = camera.read()
            if not read:
                if not index:
                    raise InvalidImage(f"webcam {number} gives no picture")
                return
            time_ns = time.monotonic_ns() - start_ns
            yield MediaFrame(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), time_ns, f"{index:06d}")
            index += 1
    finally:
        camera.release()
