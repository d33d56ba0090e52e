"""The embedded completer's network: from a crop and the visible mask to a distribution over whole shapes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

SIZE = 96
RANK = 8
WIDTHS = (16, 32, 64, 96, 128)
INPUTS = 6
VISIBLE_CHANNEL, HINT_CHANNEL, INSIDE_CHANNEL = 3, 4, 5


@dataclass(frozen=True)
class Calibration:
    """How much less sure a trained network should be than it is, found on a val set.

    Attributes:
        spread: factor on the deviation of drawn shapes from the mean.
        temperature: divisor of the logits of each pixel's own probability (Guo et al. 2017, "On Calibration of Modern
            Neural Networks", 4.2).
    """

    spread: float = 1.0
    temperature: float = 1.0

    def metadata(self) -> dict[str, str]:
        """As the header of a weights file has it."""
        return {"calibration": json.dumps(asdict(self))}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Calibration:
        """The inverse of `metadata`; without any, the default."""
        return cls(**json.loads(metadata.get("calibration", "{}")))


@dataclass(frozen=True)
class ShapeDistribution:
    """A Gaussian over the logits of R amodal masks: mean plus low-rank and diagonal covariance (Monteiro et al. 2020,
    "Stochastic Segmentation Networks", eq. 6), and where each object's occluders are.

    Attributes:
        mean: [R, S, S].
        factor: [R, K, S, S]; the covariance of all logits is factor^T factor + diag(exp(log_diagonal)).
        log_diagonal: [R, S, S].
        occluder: logits [R, S, S] of the visible pixels of whatever hides the object.
    """

    mean: Tensor
    factor: Tensor
    log_diagonal: Tensor
    occluder: Tensor

    def probability(self) -> Tensor:
        """Marginal probability of each pixel, [R, S, S]: the expected sigmoid, by MacKay's approximation."""
        variance = (self.factor**2).sum(1) + self.log_diagonal.exp()
        return torch.sigmoid(self.mean / torch.sqrt(1 + torch.pi / 8 * variance))

    def in_float32(self) -> ShapeDistribution:
        """The same in float32, for losses of a network run in bfloat16."""
        return ShapeDistribution(
            self.mean.float(), self.factor.float(), self.log_diagonal.float(), self.occluder.float()
        )

    def tempered(self, temperature: float) -> ShapeDistribution:
        """The same shapes, with all logits divided by a temperature."""
        return replace(
            self,
            mean=self.mean / temperature,
            factor=self.factor / temperature,
            log_diagonal=self.log_diagonal - 2 * math.log(temperature),
        )

    def spread_out(self, factor: float) -> ShapeDistribution:
        """The same mean shape, with shapes that differ more or less from it."""
        return replace(self, factor=self.factor * factor, log_diagonal=self.log_diagonal + 2 * math.log(factor))

    def coarse(self) -> ShapeDistribution:
        """The same distribution on half as many cells a side, without the noise of single cells."""
        mean, occluder = (functional.avg_pool2d(part, 2) for part in (self.mean, self.occluder))
        return ShapeDistribution(
            mean, functional.avg_pool2d(self.factor, 2), torch.full_like(mean, -torch.inf), occluder
        )

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` whole logit maps, [count, R, S, S]; pixels of one sample agree with each other."""
        rows, rank, height, width = self.factor.shape
        weights = torch.randn((count, rows, rank), generator=generator).to(self.mean)
        shapes = self.mean + torch.einsum("nrk,rkhw->nrhw", weights, self.factor)
        if bool(torch.isneginf(self.log_diagonal).all()):
            return shapes
        noise = torch.randn((count, rows, height, width), generator=generator).to(self.mean)
        return shapes + noise * torch.exp(self.log_diagonal / 2)


class AmodalUNet(nn.Module):
    """A small U-Net with a skip at every resolution, the last included (thesis 3.4.1, Table 3.3 C).

    Input channels: RGB scaled to -1..1, visible mask, hint, inside. The hint says what is known of the order: +1 on
    pixels of known occluders, -1 on objects known to be no occluders, 0 where nothing is known. `inside` is 0 outside
    the image.

    Args:
        use_image: False blanks the RGB channels, for the ablation.
    """

    def __init__(self, use_image: bool = True) -> None:
        super().__init__()
        self.use_image = use_image
        first = WIDTHS[0]
        self.stem = _block(INPUTS, first, 1)
        self.down = nn.ModuleList([_block(a, b, 2) for a, b in pairwise(WIDTHS)])
        self.context = nn.Sequential(nn.Linear(WIDTHS[-1], WIDTHS[-1]), nn.ReLU(), nn.Linear(WIDTHS[-1], WIDTHS[-1]))
        self.up = nn.ModuleList([_block(a + b, b, 2) for a, b in zip(WIDTHS[:0:-1], WIDTHS[-2::-1])])
        self.predict = nn.Conv2d(first, RANK + 3, 1)
        nn.init.normal_(self.predict.weight, std=0.01)
        nn.init.zeros_(self.predict.bias)  # type: ignore[arg-type]

    def forward(self, crops: Tensor) -> ShapeDistribution:
        """Crops [R, 6, S, S], S a multiple of 16, to the distribution of their amodal masks."""
        if not self.use_image:
            crops = torch.cat((torch.zeros_like(crops[:, :3]), crops[:, 3:]), 1)
        skips = [self.stem(crops)]
        for level in self.down:
            skips.append(level(functional.max_pool2d(skips[-1], 2)))
        hidden = skips.pop()
        hidden = hidden + self.context(hidden.mean((2, 3)))[:, :, None, None]
        for level, skip in zip(self.up, reversed(skips)):
            hidden = level(torch.cat((functional.interpolate(hidden, scale_factor=2.0, mode="nearest"), skip), 1))
        found = self.predict(hidden)
        return ShapeDistribution(found[:, 0], found[:, 3:], found[:, 1].clamp(-8, 4), found[:, 2])

    def fuse(self) -> AmodalUNet:
        """The same network, in evaluation mode, with normalisation folded into its convolutions; faster."""
        for block in (self.stem, *self.down, *self.up):
            fold_normalisation(block)
        return self


def fold_normalisation(block: nn.Module) -> None:
    """Fold every batch normalisation of a sequence, in evaluation mode, into the convolution before it."""
    assert isinstance(block, nn.Sequential)
    for index, (first, second) in enumerate(pairwise(list(block))):
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            block[index], block[index + 1] = fuse_conv_bn_eval(first, second), nn.Identity()


def _block(channels_in: int, channels_out: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index in range(depth):
        layers.append(nn.Conv2d(channels_in if index == 0 else channels_out, channels_out, 3, padding=1, bias=False))
        layers += [nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
