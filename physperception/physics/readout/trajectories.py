"""Speeds and accelerations of sampled signals at uneven times, as matrices to multiply them by."""

from __future__ import annotations

import torch
from torch import Tensor

HALF_WINDOW = 4
RIDGE = (1e-6, 1e-6, 1e-4)


def local_polynomials(stamps_s: Tensor) -> tuple[Tensor, Tensor]:
    """First and second derivative by a least-squares parabola around every sample (Savitzky and Golay 1964).

    The parabola at sample t is fitted to samples t - 4 to t + 4 with weights that fall with their distance, at their
    true times, so that gaps and jitter do no harm. The quadratic coefficient is held back a little where samples are
    few, so that the matrices stay finite.

    Args:
        stamps_s: float32 [B, T], seconds, rising.

    Returns:
        Two float32 [B, T, T]: `first @ signal` a second and `second @ signal` a second squared, signal [B, T, C].
    """
    count = stamps_s.shape[1]
    typical = stamps_s.diff(dim=1).clamp(min=1e-4).median(1).values[:, None, None]
    delay = (stamps_s[:, None, :] - stamps_s[:, :, None]) / typical
    order = torch.arange(count, device=stamps_s.device)
    distance = (order[None, :] - order[:, None]).abs() / (HALF_WINDOW + 1)
    weight = (1 - distance.clamp(max=1) ** 2) ** 2
    design = torch.stack((torch.ones_like(delay), delay, delay**2 / 2), -1)
    weighted = design * weight[..., None]
    normal = weighted.transpose(2, 3) @ design + torch.diag(torch.tensor(RIDGE, device=stamps_s.device))
    solved = torch.linalg.solve(normal, weighted.transpose(2, 3))
    return solved[:, :, 1] / typical, solved[:, :, 2] / typical**2
