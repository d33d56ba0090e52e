"""Weights in four bits each: groups of 32 along the last axis share a float16 scale."""

from __future__ import annotations

from collections.abc import Mapping

import torch

GROUP = 32
SMALLEST = 1 << 14
_PACKED, _SCALES = ".packed", ".scales"


def pack(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What to write to a file: large matrices in four bits, others as float16.

    A matrix [A, B] becomes uint8 [A, B / 2] and scales [A, B / 32], under its name with an ending.

    Args:
        tensors: floats by name; B is a multiple of 32 where a matrix is large.
    """
    packed: dict[str, torch.Tensor] = {}
    for name, value in tensors.items():
        if not _is_large(value):
            packed[name] = value.half().contiguous()
            continue
        levels, scales = _levels(value)
        codes = (levels + 8).to(torch.uint8).flatten(1)
        packed[name + _PACKED] = (codes[:, ::2] | codes[:, 1::2] << 4).contiguous()
        packed[name + _SCALES] = scales.half().contiguous()
    return packed


def unpack(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The float32 tensors that `pack` was given, rounded. Raises KeyError where scales are missing."""
    found: dict[str, torch.Tensor] = {}
    for name, value in tensors.items():
        if name.endswith(_PACKED):
            codes = value.to(torch.uint8)
            levels = torch.stack((codes & 15, codes >> 4), -1).flatten(1).float() - 8
            scales = tensors[name.removesuffix(_PACKED) + _SCALES].float()
            groups = levels.unflatten(1, (-1, GROUP)) * scales[..., None]
            found[name.removesuffix(_PACKED)] = groups.flatten(1)
        elif not name.endswith(_SCALES):
            found[name] = value.float()
    return found


def rounded(value: torch.Tensor) -> torch.Tensor:
    """A tensor as it is after `pack` and `unpack`; gradients go through as if nothing had been done (Bengio 2013)."""
    if not _is_large(value):
        return value
    levels, scales = _levels(value.detach())
    return value + ((levels * scales[..., None]).flatten(1) - value).detach()


def _is_large(value: torch.Tensor) -> bool:
    return value.ndim == 2 and value.numel() >= SMALLEST


def _levels(value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers -8..7 [A, B / 32, 32] and scales [A, B / 32], rounded as float16, of a matrix [A, B]."""
    groups = value.float().unflatten(1, (-1, GROUP))
    furthest = groups.gather(2, groups.abs().argmax(2, keepdim=True))[..., 0]
    scales = (furthest / -8).half().float()
    safe = torch.where(scales == 0, torch.ones_like(scales), scales)
    return (groups / safe[..., None]).round().clamp(-8, 7), safe
