"""The frozen V-JEPA 2 backbone (thesis 5.4.2, after Assran et al. 2025): tokens of all layers of its video ViT."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from physperception.errors import ConfigError, ModelUnavailable
from physperception.physics.readout.backbone import FrozenBackbone

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class VJepaBackbone(FrozenBackbone):
    """Every layer's output of the encoder, [B, T/2 S/16 S/16, 1024] each for ViT-L; nothing in it is trained.

    Images are the square around the motion, resized to the model's own size and normalised with ImageNet's mean and
    deviation as V-JEPA 2's processor does.

    Args:
        model: a transformers VJEPA2Model.
        frames: a clip, a multiple of the model's tubelet; None for the model's own number, at most 32.
    """

    kind = "vjepa2"

    def __init__(self, model: Any, frames: int | None = None) -> None:
        config = model.config
        tubelet = int(config.tubelet_size)
        frames = min(32, int(config.frames_per_clip)) if frames is None else frames
        if frames < tubelet or frames % tubelet:
            raise ConfigError(f"frames must be a positive multiple of {tubelet} for this V-JEPA 2, got {frames}")
        super().__init__(model, frames, int(config.crop_size))
        self.widths = (int(config.hidden_size),) * int(config.num_hidden_layers)

    @classmethod
    def load(cls, base: str, device: torch.device | str = "cpu", frames: int | None = None) -> VJepaBackbone:
        """From a local folder in transformers format, in half precision on a GPU.

        Raises:
            ModelUnavailable: transformers isn't installed, or the folder holds no V-JEPA 2.
        """
        vjepa = _vjepa_class()
        device = torch.device(device)
        dtype = torch.float16 if device.type == "cuda" else torch.float32
        try:
            model = vjepa.from_pretrained(base, local_files_only=True, dtype=dtype)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise ModelUnavailable(
                f"no V-JEPA 2 at {base}: give the folder of a local copy of facebook/vjepa2-vitl-fpc64-256 ({reason})"
            ) from error
        return cls(model.to(device), frames)

    @torch.no_grad()
    def forward(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """`video` float [B, T, 3, S, S] in 0..1 to tokens [B, N, C] of every layer."""
        video = inputs["video"]
        mean, std = (video.new_tensor(values)[:, None, None] for values in (MEAN, STD))
        found: list[Tensor] = []

        def keep(_module: Any, _inputs: Any, output: Any) -> None:
            found.append(output[0] if isinstance(output, tuple) else output)

        hooks = [layer.register_forward_hook(keep) for layer in self.network.encoder.layer]
        try:
            self.network(pixel_values_videos=(video - mean) / std, skip_predictor=True)
        finally:
            for hook in hooks:
                hook.remove()
        return [tokens.float() for tokens in found]


def _vjepa_class() -> Any:
    if importlib.util.find_spec("torchvision") is not None:
        from physperception.vision.torchvision_ops import import_torchvision

        import_torchvision()
    try:
        from transformers import VJEPA2Model
    except ImportError as error:
        raise ModelUnavailable(
            "V-JEPA 2 needs transformers: pip install 'physperception[gpu]' or pip install 'transformers>=5.16,<6'"
        ) from error
    return VJEPA2Model
