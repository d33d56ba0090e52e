"""The weights this repository ships, each with a model card of the same name beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from physperception.errors import ModelUnavailable

SMALLEST_COMPRESSED = 4096
_INT8, _SCALE = ".int8", ".scale"


def weights_path(name: str) -> Path:
    """Where a shipped weights file is or belongs."""
    return Path(__file__).parent / name


def read_metadata(path: Path) -> dict[str, str]:
    """What stands in the header of a safetensors file beside its tensors. Raises ModelUnavailable as `read_weights`."""
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error


def compressed(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What to write to a file: matrices and kernels as int8 with a float16 scale a row, others as float16.

    A tensor [A, ...] becomes NAME.int8 [A, ...] and NAME.scale [A]; `read_weights` puts them together again.
    """
    found: dict[str, torch.Tensor] = {}
    for name, value in tensors.items():
        if value.ndim < 2 or value.numel() < SMALLEST_COMPRESSED:
            found[name] = value.half().contiguous()
            continue
        rows = value.float().flatten(1)
        scale = (rows.abs().amax(1) / 127).clamp(min=1e-7).half().float()
        found[name + _INT8] = (rows / scale[:, None]).round().clamp(-127, 127).to(torch.int8).reshape(value.shape)
        found[name + _SCALE] = scale.half()
    return found


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors of a safetensors file as float32, also of what `compressed` made.

    Raises:
        ModelUnavailable: the file is missing or not a safetensors file.
    """
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error
    found: dict[str, torch.Tensor] = {}
    for name, value in stored.items():
        if name.endswith(_INT8):
            whole = name.removesuffix(_INT8)
            if whole + _SCALE not in stored:
                raise ModelUnavailable(f"cannot read model weights from {path}: {whole} has no scale")
            scale = stored[whole + _SCALE].float()
            found[whole] = value.float() * scale.reshape(-1, *[1] * (value.ndim - 1))
        elif not (name.endswith(_SCALE) and name.removesuffix(_SCALE) + _INT8 in stored):
            found[name] = value.float()
    return found
