"""Reading generated videos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from physperception.datasets.coco import DatasetError
from physperception.physics.observations import Plane, Refusal, View
from physperception.scene import Mask, Property
from physperception.vision.geometry import Intrinsics


@dataclass(frozen=True, eq=False)
class VideoClip:
    """One clip.

    Attributes:
        id: of the clip in its set.
        property: which one it shows.
        value: the truth in SI units; None where it can't be known, and `refusal` then says why.
        stamps_s: float64 [T], middle of the exposure of the first row of every frame.
        row_time_s: from row to row of a rolling shutter; 0 for a global one.
        masks: the body's visible pixels in every frame; None where there are none.
        amodal_masks: the same with what is hidden, inside the image.
        view: what an estimator may use beside the images.
        pair: clips that differ in the value only have the same; "" for a clip alone.
        truth: the whole JSON file, as docs/videos.md describes it.
    """

    id: str
    property: Property
    value: float | None
    refusal: Refusal | None
    stamps_s: NDArray[np.float64]
    row_time_s: float
    masks: list[Mask | None]
    amodal_masks: list[Mask | None]
    view: View
    pair: str
    path: Path
    truth: dict[str, Any]

    def __len__(self) -> int:
        return len(self.stamps_s)

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """The images, uint8 RGB [H, W, 3].

        Raises:
            DatasetError: the video cannot be read, or has another number of frames than stamps.
        """
        video = cv2.VideoCapture(str(self.path))
        count = 0
        try:
            while True:
                read, image = video.read()
                if not read:
                    break
                count += 1
                yield np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        finally:
            video.release()
        if count != len(self):
            raise DatasetError(f"{self.path} holds {count} frames but its label file has {len(self)} stamps")


class VideoDataset:
    """A folder written by `python -m physperception.datasets.videos`, in order of the clips' numbers.

    Raises:
        DatasetError: there is no such folder, or no clip in it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.paths = sorted(path for path in self.folder.glob("*.json") if path.stem.isdigit())
        if not self.paths:
            raise DatasetError(f"{folder} holds no generated videos")

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[VideoClip]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> VideoClip:
        """Clip number `index` from 0. Raises DatasetError when its label file is broken."""
        path = self.paths[index]
        try:
            truth = json.loads(path.read_text(encoding="utf-8"))
            return VideoClip(
                id=truth["id"],
                property=Property(truth["property"]),
                value=truth["value"],
                refusal=None if truth["refusal"] is None else Refusal(truth["refusal"]),
                stamps_s=np.array(truth["stamps_s"], dtype=np.float64),
                row_time_s=float(truth["row_time_s"]),
                masks=_masks(truth["masks"], "visible"),
                amodal_masks=_masks(truth["masks"], "amodal"),
                view=_view(truth["view"], float(truth["row_time_s"])),
                pair=truth["pair"] or "",
                path=path.with_name(truth["video"]),
                truth=truth,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{path} is no label file of a generated video: {error!r}") from error

    def depth_m(self, index: int) -> NDArray[np.float32]:
        """Depth of the static scene, float32 [H, W] metres, NaN unknown.

        Raises:
            DatasetError: it was not written.
        """
        path = self.paths[index].with_name(f"{self.paths[index].stem}_depth.npz")
        if not path.exists():
            raise DatasetError(f"{path} does not exist: generate with --depth")
        with np.load(path) as content:
            return np.asarray(content["depth_m"], dtype=np.float32)

    def pairs(self) -> list[tuple[int, int]]:
        """Indices of clips that belong together."""
        groups: dict[str, list[int]] = {}
        for index, path in enumerate(self.paths):
            pair = json.loads(path.read_text(encoding="utf-8"))["pair"]
            if pair:
                groups.setdefault(pair, []).append(index)
        return [(members[0], members[1]) for members in groups.values() if len(members) == 2]


def _masks(content: dict[str, Any], kind: str) -> list[Mask | None]:
    masks: list[Mask | None] = []
    for counts in content[kind]:
        full = None
        if counts is not None:
            code = {"size": content["size"], "counts": counts.encode("ascii")}
            full = coco_mask.decode(code).astype(np.bool_)
        masks.append(Mask.from_full(full) if full is not None and full.any() else None)
    return masks


def _view(content: dict[str, Any], row_time_s: float) -> View:
    plane, gravity, size = content["plane"], content["gravity"], content["surface_size_m"]
    return View(
        camera=None if content["camera"] is None else Intrinsics(**content["camera"]),
        plane=None if plane is None else Plane(_triple(plane["normal"]), plane["offset"]),
        gravity=None if gravity is None else _triple(gravity),
        surface_size_m=None if size is None else (float(size[0]), float(size[1])),
        volume_m3=content["volume_m3"],
        counterpart=content["counterpart"],
        row_time_s=row_time_s,
    )


def _triple(values: list[float]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
