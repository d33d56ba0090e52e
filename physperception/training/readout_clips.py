"""Labelled clips as read-outs are trained on them, each looked at once and kept in memory-mapped files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from physperception.errors import PhysperceptionError
from physperception.physics.observations import View
from physperception.physics.readout.backbone import Backbone
from physperception.physics.readout.clips import Clip, Unwatchable
from physperception.scene import Property

BLIND_EVERY = 8


class ClipItem(Protocol):
    """One clip of a data set: `physperception.datasets.videos` gives them, and anything like it does."""

    def frames(self) -> Iterable[NDArray[np.uint8]]:
        """Images uint8 RGB [H, W, 3] in the order of their stamps."""
        ...

    @property
    def stamps_s(self) -> NDArray[np.float64]: ...

    @property
    def view(self) -> View: ...

    @property
    def value(self) -> float | None:
        """The truth, in the property's unit; None where it can't be known."""
        ...

    @property
    def property(self) -> Property: ...


class ClipItems(Protocol):
    """A data set of clips."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> ClipItem: ...


class ClipLooks:
    """Looks of clips, kept as one .npy file a tensor, and their values.

    Args:
        folder: made by `store_looks`.
    """

    def __init__(self, folder: Path) -> None:
        self.values = torch.from_numpy(np.load(folder / "values.npy"))
        self._parts: dict[str, NDArray[Any]] = {
            path.stem: np.load(path, mmap_mode="r") for path in sorted((folder / "looks").glob("*.npy"))
        }

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Sequence[int] | NDArray[np.int64]) -> tuple[dict[str, Tensor], Tensor]:
        """Stacked looks [B, ...] and values float32 [B] of some rows."""
        chosen = np.asarray(rows)
        looks = {name: torch.from_numpy(np.array(part[chosen])) for name, part in self._parts.items()}
        return looks, self.values[torch.from_numpy(chosen)]


def store_looks(
    items: ClipItems, property: Property, backbone: Backbone, folder: Path, blind: bool = False
) -> ClipLooks:
    """Every clip as the backbone looks at it, made once into `folder` or read from it.

    Clips in which nothing can be seen, or without a value, are left out.

    Args:
        items: the data set.
        property: that its clips show.
        backbone: whose `look` is stored.
        folder: of the files; made again when it was left unfinished or is of other options.
        blind: look at every eighth clip as if nothing but the images were known, so that both are learned.

    Raises:
        PhysperceptionError: a clip shows another property, or no clip can be used.
    """
    made_by = json.dumps({"kind": backbone.kind, "options": backbone.options(), "clips": len(items), "blind": blind})
    stamp = folder / "made_by.json"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_by:
        return ClipLooks(folder)
    stamp.unlink(missing_ok=True)
    (folder / "looks").mkdir(parents=True, exist_ok=True)
    stored: dict[str, Any] = {}
    values: list[float] = []
    for index in tqdm(range(len(items)), desc=f"looking at {folder.name}", unit="clip", mininterval=5):
        item = items[index]
        if item.property is not property:
            raise PhysperceptionError(f"a clip for {folder} shows {item.property.value}, not {property.value}")
        if item.value is None:
            continue
        clip = whole_clip(item)
        if blind and index % BLIND_EVERY == BLIND_EVERY - 1:
            clip = replace(clip, view=View())
        try:
            look = backbone.look(clip)
        except Unwatchable:
            continue
        for name, tensor in look.items():
            if name not in stored:
                path, shape = folder / "looks" / f"{name}.npy", (len(items), *tensor.shape)
                stored[name] = open_memmap(path, mode="w+", dtype=tensor.numpy().dtype, shape=shape)
            stored[name][len(values)] = tensor.numpy()
        values.append(item.value)
    if not values:
        raise PhysperceptionError(f"none of {len(items)} clips for {folder} can be used: nothing moves in them")
    for part in stored.values():
        part.flush()
    np.save(folder / "values.npy", np.array(values, dtype=np.float32))
    stamp.write_text(made_by, encoding="utf-8")
    return ClipLooks(folder)


def whole_clip(item: ClipItem) -> Clip:
    """A clip of the data set with its images in memory."""
    return Clip(np.stack(list(item.frames())), np.asarray(item.stamps_s, dtype=np.float64), item.view)
