"""Random changes to the looks an embedded read-out is trained on that leave the physics, or its known scale, true."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

ZOOM = (0.85, 1.2)
LARGEST_TURN = 0.12
LARGEST_SHIFT = 0.06


def move_and_recolour(video: Tensor, context: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mirrored, turned by little, zoomed and shifted as a whole; contrast, light, noise and blur changed.

    Args:
        video: float32 [B, T, 2, R, R] in 0..1, grey and cover.
        context: float32 [B, 10] of `known_context`; the square's side follows the zoom.
        size: S of the result.

    Returns:
        Video float32 [B, T, 2, S, S] and the context that is true of it.
    """
    count, times, channels, raster = video.shape[:4]
    zoom = ZOOM[0] + (ZOOM[1] - ZOOM[0]) * torch.rand(count, generator=generator)
    turn = LARGEST_TURN * (2 * torch.rand(count, generator=generator) - 1)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    shift = LARGEST_SHIFT * (2 * torch.rand((count, 2), generator=generator) - 1)
    reach = zoom * size / raster
    cosine, sine = reach * turn.cos(), reach * turn.sin()
    rows = [torch.stack((mirror * cosine, -sine, shift[:, 0]), 1), torch.stack((mirror * sine, cosine, shift[:, 1]), 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), [count, 1, size, size], align_corners=False)
    moved = functional.grid_sample(video.flatten(1, 2), grid, padding_mode="border", align_corners=False)
    moved = _recolour(moved.view(count, times, channels, size, size), generator)
    context = context.clone()
    context[:, 0] += reach.log() * context[:, 1]
    return moved, context


def _recolour(video: Tensor, generator: torch.Generator) -> Tensor:
    shape = (len(video), 1, 1, 1, 1)

    def chance(share: float) -> Tensor:
        return (torch.rand(shape, generator=generator) < share).float()

    gain = 0.5 + torch.rand(shape, generator=generator)
    grey = (video[:, :, :1] - 0.5) * gain + 0.5 + 0.3 * (torch.rand(shape, generator=generator) - 0.5)
    grey = torch.lerp(grey, 1 - grey, chance(0.3))
    both = torch.cat((grey, video[:, :, 1:]), 2)
    soft = chance(0.3).flatten() > 0
    blurred = functional.avg_pool2d(both[soft].flatten(0, 1), 3, 1, 1, count_include_pad=False)
    both[soft] = blurred.view_as(both[soft])
    noise = 0.04 * torch.rand(shape, generator=generator) * torch.randn(grey.shape, generator=generator)
    flicker = 0.02 * torch.randn((*video.shape[:2], 1, 1, 1), generator=generator)
    both = torch.cat((both[:, :, :1] + noise + flicker, both[:, :, 1:]), 2)
    return both.clamp(0, 1)
