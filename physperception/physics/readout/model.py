"""A whole read-out: backbone, attentive pooling, what is known beside the images, and heads; weights and their file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from physperception.amodal.models import fill
from physperception.errors import ModelUnavailable
from physperception.physics.readout.backbone import CONTEXT, Backbone
from physperception.physics.readout.embedded import EmbeddedBackbone
from physperception.physics.readout.heads import ReadoutHeads, Target
from physperception.physics.readout.pooling import AttentivePooling
from physperception.physics.readout.video_diffusion import VideoDiffusionBackbone
from physperception.physics.readout.vjepa import VJepaBackbone
from physperception.scene import Property
from physperception.weights import read_metadata, read_weights

WIDTH = 128
FULL_WIDTH = 512
NAMES = {
    Property.RESTITUTION: "restitution",
    Property.KINETIC_FRICTION: "friction",
    Property.VISCOSITY: "viscosity",
}
"""Of properties in commands and file names."""


class Readout(nn.Module):
    """P of a video by attentive pooling over all layers of a backbone (thesis eq. 5.2), and heads on it.

    Beside the thesis, a small MLP adds what is known beside the images (time a frame, the square's side, sizes): real
    cameras differ in it, and a friction coefficient can't be told without.

    Args:
        backbone: frozen or trained with the rest.
        width: of P.
    """

    def __init__(self, backbone: Backbone, width: int | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.width = width or (WIDTH if isinstance(backbone, EmbeddedBackbone) else FULL_WIDTH)
        self.pooling = AttentivePooling(backbone.widths, self.width)
        self.known = nn.Sequential(nn.Linear(CONTEXT, self.width), nn.GELU(), nn.Linear(self.width, self.width))
        self.heads = ReadoutHeads(self.width)
        self.to(backbone.device)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Inputs made by the backbone's `batch`, on any device, to P, float32 [B, width]."""
        inputs = {name: value.to(self.backbone.device) for name, value in inputs.items()}
        feature = self.pooling(self.backbone(inputs)) + self.known(inputs["context"])
        return feature.float()

    @torch.no_grad()
    def feature(self, looks: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """Looks made by the backbone's `look` to P [B, width], without augmentation or gradients."""
        stacked = {name: torch.stack([look[name] for look in looks]) for name in looks[0]}
        return self(self.backbone.batch(stacked))


def metadata(readout: Readout, target: Target, interval_factor: float) -> dict[str, str]:
    """What the header of a read-out's weights says: `open_readout` makes it again from this.

    Args:
        interval_factor: what the Laplace intervals are widened by to hold nine truths in ten, found on val.
    """
    return {
        "kind": f"readout-{readout.backbone.kind}",
        "width": str(readout.width),
        "options": json.dumps(readout.backbone.options()),
        "target": json.dumps(asdict(target) | {"property": target.property.value}),
        "interval_factor": repr(interval_factor),
    }


def open_readout(path: Path, base: str = "", device: torch.device | str = "cpu") -> tuple[Readout, Target, float]:
    """A trained read-out from its file, in evaluation mode, with its target and interval factor.

    Args:
        path: safetensors written by `physperception.training.readout`.
        base: folder of the frozen network, where the read-out has one.
        device: where it runs.

    Raises:
        ModelUnavailable: the file, or the frozen network, is missing or of another kind.
    """
    header = read_metadata(path)
    try:
        kind = header["kind"].removeprefix("readout-")
        options = json.loads(header["options"])
        told = json.loads(header["target"])
        target = Target(**(told | {"property": Property(told["property"])}))
        factor, width = float(header["interval_factor"]), int(header["width"])
    except (KeyError, ValueError, TypeError) as error:
        raise ModelUnavailable(f"{path} holds no read-out of a physical property") from error
    readout = Readout(make_backbone(kind, options, base, device), width)
    fill(readout, read_weights(path), path)
    return readout.to(device).eval(), target, factor


def make_backbone(
    kind: str, options: Mapping[str, Any], base: str = "", device: torch.device | str = "cpu"
) -> Backbone:
    """A backbone of a kind (embedded, vjepa2, video_diffusion).

    Raises:
        ModelUnavailable: no such kind, or its frozen network isn't at `base`.
    """
    if kind == EmbeddedBackbone.kind:
        return EmbeddedBackbone(**options)
    if kind not in (VJepaBackbone.kind, VideoDiffusionBackbone.kind):
        raise ModelUnavailable(f"{kind!r} is no backbone; use embedded, vjepa2 or video_diffusion")
    if not base:
        raise ModelUnavailable(f"a {kind} read-out needs the folder of its frozen network")
    if kind == VJepaBackbone.kind:
        return VJepaBackbone.load(base, device, options.get("frames"))
    return VideoDiffusionBackbone.load(base, device, **options)
