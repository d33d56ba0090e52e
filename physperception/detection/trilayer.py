"""The tri-layer plugin: occluder, target and occludee masks from the features of a region (Zhan et al. 2022;
thesis 2.3.1), beside the two it is compared with: no layers, and two layers. It knows nothing of the detector
around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from physperception.errors import ConfigError


@dataclass(frozen=True)
class LayerLogits:
    """Mask logits of R regions, each [R, 1, 2 S, 2 S] (target [R, classes, 2 S, 2 S]); None for a layer the head lacks.

    `connected` is the one other layer of a bi-layer head: all objects that hide the target or are hidden by it.
    """

    target: Tensor
    occluder: Tensor | None = None
    occludee: Tensor | None = None
    connected: Tensor | None = None

    def in_float32(self) -> Self:
        """The same in float32."""
        present = {name: value.float() for name, value in vars(self).items() if value is not None}
        return replace(self, **present)


@dataclass(frozen=True)
class TriLayerLogits(LayerLogits):
    """Logits of all three layers."""

    occluder: Tensor
    occludee: Tensor


def mask_head(
    kind: str, channels: int, width: int, depth: int = 2, classes: int = 1, upsampled: int | None = None
) -> PlainMaskHead | BiLayerMaskHead | TriLayerMaskHead:
    """The mask head an ablation names (thesis, Tables 2.3 and 2.4); all take RoI features and give `LayerLogits`.

    Args:
        kind: "none" (target only), "bi_layer" or "tri_layer".
        channels: of the RoI features.
        width: of the heads.
        depth: convolutions a head before its upsampling.
        classes: target masks a region; 1 for a class-agnostic target.
        upsampled: channels after the upsampling; half of `width` when None. Mask R-CNN keeps `width`.

    Raises:
        ConfigError: another kind.
    """
    heads: dict[str, Callable[..., PlainMaskHead | BiLayerMaskHead | TriLayerMaskHead]] = {
        "none": PlainMaskHead,
        "bi_layer": BiLayerMaskHead,
        "tri_layer": TriLayerMaskHead,
    }
    if kind not in heads:
        raise ConfigError(f"a mask head must be one of {', '.join(heads)}, got {kind!r}")
    return heads[kind](channels, width, depth, classes, upsampled)


class TriLayerMaskHead(nn.Module):
    """Three mask heads over RoI features (eq. 2.2).

    The occluder and occludee heads are class-agnostic. Their embeddings are concatenated to the target's features
    in order, occluder before occludee, so that the two roles are told apart, unlike in bi-layer models where
    embeddings are added. Arguments as for `mask_head`.
    """

    def __init__(
        self, channels: int, width: int, depth: int = 2, classes: int = 1, upsampled: int | None = None
    ) -> None:
        super().__init__()
        self.occluder = MaskBranch(channels, width, depth, 1, upsampled)
        self.occludee = MaskBranch(channels, width, depth, 1, upsampled)
        self.target = MaskBranch(channels + 2 * width, width, depth, classes, upsampled)

    def forward(self, regions: Tensor) -> TriLayerLogits:
        """RoI features [R, channels, S, S] to mask logits at twice their resolution."""
        occluder_embedding, occluder = self.occluder(regions)
        occludee_embedding, occludee = self.occludee(regions)
        _, target = self.target(torch.cat((regions, occluder_embedding, occludee_embedding), 1))
        return TriLayerLogits(target, occluder, occludee)


class BiLayerMaskHead(nn.Module):
    """Two mask heads: the target, and one of every connected object, whichever is in front (after Ke et al. 2021).

    The embedding of the connected objects is added to the target's features: the head can't tell an occluder from
    an occludee. Arguments as for `mask_head`; `width` must equal `channels`.

    Raises:
        ConfigError: the two can't be added.
    """

    def __init__(
        self, channels: int, width: int, depth: int = 2, classes: int = 1, upsampled: int | None = None
    ) -> None:
        super().__init__()
        if channels != width:
            raise ConfigError(f"a bi-layer head adds embeddings to features: {width} channels can't go to {channels}")
        self.connected = MaskBranch(channels, width, depth, 1, upsampled)
        self.target = MaskBranch(channels, width, depth, classes, upsampled)

    def forward(self, regions: Tensor) -> LayerLogits:
        """RoI features [R, channels, S, S] to mask logits at twice their resolution."""
        embedding, connected = self.connected(regions)
        _, target = self.target(regions + embedding)
        return LayerLogits(target, connected=connected)


class PlainMaskHead(nn.Module):
    """The target's mask only, as in Mask R-CNN (He et al. 2017). Arguments as for `mask_head`."""

    def __init__(
        self, channels: int, width: int, depth: int = 2, classes: int = 1, upsampled: int | None = None
    ) -> None:
        super().__init__()
        self.target = MaskBranch(channels, width, depth, classes, upsampled)

    def forward(self, regions: Tensor) -> LayerLogits:
        """RoI features [R, channels, S, S] to mask logits at twice their resolution."""
        return LayerLogits(self.target(regions)[1])


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


class MaskBranch(nn.Module):
    """Convolutions to an embedding, then a two-fold upsampling to mask logits; `forward` gives both."""

    def __init__(self, channels: int, width: int, depth: int, classes: int, upsampled: int | None = None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(depth):
            layers += [nn.Conv2d(channels if index == 0 else width, width, 3, padding=1), nn.ReLU(inplace=True)]
        self.embed = nn.Sequential(*layers)
        self.upsample = nn.ConvTranspose2d(width, upsampled or width // 2, 2, stride=2)
        self.predict = nn.Conv2d(upsampled or width // 2, classes, 1)

    def forward(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        embedding = self.embed(regions)
        return embedding, self.predict(functional.relu(self.upsample(embedding)))
