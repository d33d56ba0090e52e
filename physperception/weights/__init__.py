"""The weights this repository ships, each with a model card of the same name beside it."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from physperception.errors import ModelUnavailable


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


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Tensors of a safetensors file as float32.

    Raises:
        ModelUnavailable: the file is missing or not a safetensors file.
    """
    try:
        return {name: value.float() for name, value in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(f"cannot read model weights from {path}: {error}") from error
