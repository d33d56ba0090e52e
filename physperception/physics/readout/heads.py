"""From the feature of a video to a property's value, of two videos to which has more (thesis eq. 5.3, 5.4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from physperception.scene import Property

LOGARITHMIC = frozenset({Property.VISCOSITY})
"""Properties whose values span decades: L1 between logarithms."""


@dataclass(frozen=True)
class Target:
    """How values of a property are scaled for the network, and which it was trained on.

    Attributes:
        property: of the values.
        middle, spread: mean and mean absolute deviation of training values, of their natural logarithms for viscosity.
        lower, upper: smallest and largest training value, in the property's unit.
    """

    property: Property
    middle: float
    spread: float
    lower: float
    upper: float

    @classmethod
    def of(cls, kind: Property, values: Tensor) -> Target:
        """From training values [N].

        Raises:
            ValueError: fewer than two different values, one that is not finite, or a viscosity that is not positive.
        """
        values = values.double()
        logarithmic = kind in LOGARITHMIC
        if not torch.isfinite(values).all() or (logarithmic and not (values > 0).all()):
            raise ValueError(f"training values of {kind.value} must be finite, and positive for a viscosity")
        scaled = values.log() if logarithmic else values
        spread = float((scaled - scaled.mean()).abs().mean()) if len(scaled) else 0.0
        if not spread > 0:
            raise ValueError("training needs clips of different values")
        return cls(kind, float(scaled.mean()), spread, float(values.min()), float(values.max()))

    def scale(self, values: Tensor) -> Tensor:
        """Values in the property's unit to what the network predicts."""
        scaled = values.log() if self.property in LOGARITHMIC else values
        return (scaled - self.middle) / self.spread

    def unscale(self, scaled: float) -> float:
        """One prediction to the property's unit; the inverse of `scale`."""
        value = self.middle + self.spread * scaled
        return math.exp(value) if self.property in LOGARITHMIC else value


class ReadoutHeads(nn.Module):
    """MLPs on the feature P: the absolute value (eq. 5.3), its uncertainty, and the comparison (eq. 5.4).

    The uncertainty, which the thesis does not have, is the scale b of a Laplace distribution around the value. Its MLP
    sees P detached, so that value and feature are trained by the L1 loss alone.

    Args:
        width: of P.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.value = _mlp(width)
        self.log_scale = _mlp(width)
        self.more = _mlp(2 * width)

    def absolute(self, feature: Tensor) -> tuple[Tensor, Tensor]:
        """P [B, width] to scaled values [B] and log b [B], of the scaled values, in -5..3."""
        log_scale = 4 * torch.tanh(self.log_scale(feature.detach())[:, 0] / 4) - 1
        return self.value(feature)[:, 0], log_scale

    def relative(self, first: Tensor, second: Tensor) -> Tensor:
        """P of two videos [B, width] each to the logit [B] that the first has the larger value."""
        return self.more(torch.cat((first, second), 1))[:, 0]


def readout_loss(heads: ReadoutHeads, feature: Tensor, scaled: Tensor) -> dict[str, Tensor]:
    """Terms whose sum is minimised, for P [B, width] and scaled truths [B].

    `absolute`: L1, between logarithms for viscosity. `scale`: Laplace likelihood of b given the error, which is
    detached. `relative`: binary cross-entropy over every clip paired with the next of its batch, both ways.
    """
    value, log_scale = heads.absolute(feature)
    error = (value - scaled).abs()
    others, other_truth = feature.roll(1, 0), scaled.roll(1, 0)
    differ = scaled != other_truth
    logits = torch.cat((heads.relative(feature, others), heads.relative(others, feature)))
    truth = torch.cat((scaled > other_truth, other_truth > scaled)).to(logits.dtype)
    weight = torch.cat((differ, differ)).to(logits.dtype)
    comparison = functional.binary_cross_entropy_with_logits(logits, truth, weight, reduction="sum")
    return {
        "absolute": error.mean(),
        "scale": (log_scale + error.detach() * torch.exp(-log_scale)).mean(),
        "relative": comparison / weight.sum().clamp(min=1),
    }


def _mlp(inputs: int) -> nn.Sequential:
    hidden = max(16, inputs // 2)
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, 1))
