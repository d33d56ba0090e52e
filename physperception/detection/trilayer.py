"""The tri-layer plugin: occluder, target and occludee masks from the features of a region (Zhan et al. 2022;
thesis 2.3.1). It knows nothing of the detector around it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class TriLayerLogits:
    """Mask logits of R regions, each [R, 1, 2 S, 2 S] (target [R, classes, 2 S, 2 S])."""

    target: Tensor
    occluder: Tensor
    occludee: Tensor


class TriLayerMaskHead(nn.Module):
    """Three mask heads over RoI features (eq. 2.2).

    The occluder and occludee heads are class-agnostic. Their embeddings are concatenated to the target's features
    in order, occluder before occludee, so that the two roles are told apart, unlike in bi-layer models where
    embeddings are added.

    Args:
        channels: of the RoI features.
        width: of the heads.
        depth: convolutions a head before its upsampling.
        classes: target masks a region; 1 for a class-agnostic target.
    """

    def __init__(self, channels: int, width: int, depth: int = 2, classes: int = 1) -> None:
        super().__init__()
        self.occluder = _MaskBranch(channels, width, depth, 1)
        self.occludee = _MaskBranch(channels, width, depth, 1)
        self.target = _MaskBranch(channels + 2 * width, width, depth, classes)

    def forward(self, regions: Tensor) -> TriLayerLogits:
        """RoI features [R, channels, S, S] to mask logits at twice their resolution."""
        occluder_embedding, occluder = self.occluder(regions)
        occludee_embedding, occludee = self.occludee(regions)
        _, target = self.target(torch.cat((regions, occluder_embedding, occludee_embedding), 1))
        return TriLayerLogits(target, occluder, occludee)


def reweight(regions: Tensor, target_logits: Tensor) -> Tensor:
    """RoI features weighted by the target mask of the iteration before (eq. 2.4).

    Args:
        regions: [R, C, S, S].
        target_logits: [R, 1, T, T]; resized to S.
    """
    weights = functional.interpolate(
        target_logits.sigmoid(), size=regions.shape[-2:], mode="bilinear", align_corners=False
    )
    return regions * weights


class _MaskBranch(nn.Module):
    """Convolutions to an embedding, then a two-fold upsampling to mask logits."""

    def __init__(self, channels: int, width: int, depth: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(depth):
            layers += [nn.Conv2d(channels if index == 0 else width, width, 3, padding=1), nn.ReLU(inplace=True)]
        self.embed = nn.Sequential(*layers)
        self.upsample = nn.ConvTranspose2d(width, width // 2, 2, stride=2)
        self.predict = nn.Conv2d(width // 2, classes, 1)

    def forward(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.embed(regions)
        return embedding, self.predict(functional.relu(self.upsample(embedding)))
