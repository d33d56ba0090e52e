"""What every video backbone offers to a read-out: how it wants a clip, and the tokens of all its layers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from physperception.physics.readout.clips import Clip, known_context, watch

CONTEXT = 12
"""Numbers beside the images: `known_context`, log of the seconds watched, log of the seconds a frame."""


class Backbone(nn.Module, ABC):
    """Base of the video backbones.

    A frozen network is held outside of the module's parameters, so that `state_dict` is what is trained and shipped.

    Attributes:
        kind: name in the header of weights.
        widths: of the tokens of every layer.
    """

    kind = ""
    widths: tuple[int, ...] = ()

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the inputs of `forward` belong."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Keyword arguments that make this architecture again, beside a frozen network."""

    @abstractmethod
    def look(self, clip: Clip) -> dict[str, Tensor]:
        """A clip as tensors of fixed shape, without a batch axis, on the CPU; small enough to be kept on disk.

        Raises:
            Unwatchable: nothing can be learned from it.
        """

    @abstractmethod
    def batch(self, looks: Mapping[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Stacked looks [B, ...] to the inputs of `forward`, `context` float32 [B, 12] among them.

        Args:
            generator: augments at random, and draws noise; None gives the same result every time.
        """

    @abstractmethod
    def forward(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """Tokens [B, N_l, C_l] of every layer."""


class FrozenBackbone(Backbone):
    """Base of pretrained networks: `frames` colour images of the square around the motion, at even steps of time.

    Args:
        network: frozen; its parameters are not this module's.
        frames: a clip.
        size: of the square, pixels.
    """

    def __init__(self, network: nn.Module, frames: int, size: int) -> None:
        super().__init__()
        self._held = (network.requires_grad_(False).eval(),)
        self.frames = frames
        self.size = size

    @property
    def network(self) -> Any:
        return self._held[0]

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    def options(self) -> dict[str, Any]:
        return {"frames": self.frames, "size": self.size}

    def look(self, clip: Clip) -> dict[str, Tensor]:
        """`video` uint8 [T, 3, S, S], `stamps` float32 [T], `context` float32 [10]."""
        seen = watch(clip, self.frames, self.size, even=True)
        return {
            "video": torch.from_numpy(seen.frames).permute(0, 3, 1, 2).contiguous(),
            "stamps": torch.from_numpy(seen.stamps_s),
            "context": torch.from_numpy(known_context(clip, seen.raster)),
        }

    def batch(self, looks: Mapping[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """`video` float32 [B, T, 3, S, S] in 0..1, mirrored and recoloured at random where a generator is given."""
        video = looks["video"].float() / 255
        if generator is not None:
            mirror = torch.rand(len(video), generator=generator) < 0.5
            video = torch.where(mirror[:, None, None, None, None], video.flip(-1), video)
            shape = (len(video), 1, 3, 1, 1)
            gain = 0.8 + 0.4 * torch.rand(shape, generator=generator)
            video = (video * gain + 0.1 * (torch.rand(shape, generator=generator) - 0.5)).clamp(0, 1)
        return {"video": video, "context": with_time(looks["context"], looks["stamps"])}


def with_time(context: Tensor, stamps_s: Tensor) -> Tensor:
    """Context [B, 10] and stamps [B, T] to [B, 12]: with the logs of the whole time and of the median time a frame."""
    steps = stamps_s.diff(dim=1)
    whole = (stamps_s[:, -1] - stamps_s[:, 0]).clamp(min=1e-3)
    typical = steps.clamp(min=1e-4).log().median(1).values
    return torch.cat((context, whole.log()[:, None], typical[:, None] - math.log(1 / 30)), 1)
