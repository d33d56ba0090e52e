"""Where overlays go: a PNG a picture, and an MP4 or, without an encoder, numbered PNGs a video."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from physperception.errors import PhysperceptionError

SUFFIX = "-overlay"
USUAL_RATE_HZ = 30.0
FASTEST_HZ = 240.0


class OverlayError(PhysperceptionError):
    """An overlay can't be written; the message says why."""


class OverlayFolder:
    """Gives every overlay a name of its own in one folder, never one of an input.

    Args:
        folder: made when the first overlay is written.
        inputs: files that must not be overwritten.
        open_video: as cv2.VideoWriter.
    """

    def __init__(
        self, folder: Path, inputs: Iterable[Path] = (), open_video: Callable[..., Any] = cv2.VideoWriter
    ) -> None:
        self.folder = folder
        self._taken = {path.resolve() for path in inputs}
        self._open_video = open_video

    def write_picture(self, source: Path, overlay: NDArray[np.uint8]) -> Path:
        """Write the overlay of a picture, uint8 RGB [H, W, 3]; returns where. Raises OverlayError."""
        path = self._free(source, ".png")
        write_png(path, overlay)
        return path

    def video(self, source: Path, rate_hz: float) -> OverlayVideo:
        """Start the overlay of a video; frames are written to it one by one."""
        return OverlayVideo(self._free(source, ".mp4"), rate_hz, self._open_video)

    def _free(self, source: Path, extension: str) -> Path:
        for number in range(1, len(self._taken) + 2):
            stem = source.stem if number == 1 else f"{source.stem}-{number}"
            path = self.folder / f"{stem}{SUFFIX}{extension}"
            if path.resolve() not in self._taken:
                break
        self._taken.add(path.resolve())
        return path


class OverlayVideo:
    """One video of overlays. Use as a context manager.

    Attributes:
        path: of the MP4, or of the folder of PNGs when OpenCV can't encode MP4 here.
    """

    def __init__(self, path: Path, rate_hz: float, open_video: Callable[..., Any]) -> None:
        self.path = path
        self._rate_hz = rate_hz if math.isfinite(rate_hz) and 0 < rate_hz <= FASTEST_HZ else USUAL_RATE_HZ
        self._open_video = open_video
        self._writer: Any = None
        self._frames = 0

    def write(self, overlay: NDArray[np.uint8]) -> None:
        """Append a frame, uint8 RGB [H, W, 3]. Raises OverlayError."""
        if not self._frames:
            self._open(overlay.shape[1], overlay.shape[0])
        if self._writer is None:
            write_png(self.path / f"{self._frames:06d}.png", overlay)
        else:
            self._writer.write(np.ascontiguousarray(overlay[..., ::-1]))
        self._frames += 1

    def close(self) -> None:
        """Finish the file. Raises OverlayError when the encoder wrote none."""
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        if not self.path.is_file() or not self.path.stat().st_size:
            raise OverlayError(f"cannot write {self.path}: the video encoder left no file")

    def __enter__(self) -> OverlayVideo:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _open(self, width: int, height: int) -> None:
        _make_folder(self.path.parent)
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self._writer = self._open_video(str(self.path), code, self._rate_hz, (width, height))
        if not self._writer.isOpened():
            self._writer = None
            self.path = self.path.with_suffix("")


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write uint8 RGB [H, W, 3] as PNG, with the folder it needs. Raises OverlayError."""
    _make_folder(path.parent)
    _, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OverlayError(f"cannot write {path}: {error.strerror or error}") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OverlayError(f"cannot make the folder {folder}: {error.strerror or error}") from error
