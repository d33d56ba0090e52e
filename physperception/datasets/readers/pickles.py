"""Pickles of plain data, read without running code from them."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from physperception.datasets.coco import DatasetError

KINDS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})


def read_plain_pickle(path: Path) -> Any:
    """The content of a pickle that holds only lists, mappings, text, bytes, numbers and NumPy numbers.

    Anything else in it is refused before it is built: a pickle can otherwise run any program.

    Raises:
        DatasetError: the file can't be read, is no pickle, or holds something else.
    """
    try:
        return _PlainUnpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise DatasetError(f"{path} is not a pickle of plain lists, mappings and numbers: {error}") from error


class _NumberType:
    """Stands for the NumPy type of one number while a pickle is read."""

    def __init__(self, kind: str, *_: Any) -> None:
        if kind not in KINDS:
            raise pickle.UnpicklingError(f"a NumPy value of type {kind!r} is not allowed")
        self.kind = kind
        self.order = "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = ">" if state[1] == ">" else "<"


def _number(kind: _NumberType, data: bytes | str) -> bool | int | float:
    raw = data.encode("latin1") if isinstance(data, str) else data
    value: bool | int | float = np.frombuffer(raw, dtype=kind.order + kind.kind)[0].item()
    return value


def _bytes(text: str, _: str) -> bytes:
    return text.encode("latin1")


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name == "scalar" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return _number
        if (module, name) == ("numpy", "dtype"):
            return _NumberType
        if (module, name) == ("_codecs", "encode"):
            return _bytes
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
