"""The frozen video diffusion backbone (thesis 5.4.2): features of all blocks of its U-Net at time step 50.

The thesis uses DynamiCrafter, whose network diffusers does not have. Nearest to it there is I2VGenXLUNet: as in
DynamiCrafter, the latent of the given image is concatenated to the noisy video, features of that image join the text
in cross-attention, the frame rate is a condition, and spatial blocks alternate with temporal attention.
UNet3DConditionModel knows no image, and UNetSpatioTemporalConditionModel takes no text, so that there would be no
prompt to learn.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from physperception.errors import ConfigError, ModelUnavailable
from physperception.physics.readout.backbone import FrozenBackbone
from physperception.vision.diffusion_libraries import import_diffusion_libraries

TIMESTEP = 50
TEXT_TOKENS = 8
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class VideoDiffusionBackbone(FrozenBackbone):
    """Outputs of all down, middle and up blocks of a frozen U-Net, for latents noised to one time step.

    A learnable embedding stands in for the text prompt (thesis: "replace the text prompt with a learnable embedding");
    it is the only parameter, and gradients reach it through the frozen network. The first image is the condition.

    Args:
        unet: a diffusers I2VGenXLUNet.
        vae: its AutoencoderKL; the mode of the latent distribution is used.
        image_encoder: its CLIPVisionModelWithProjection.
        alpha: cumulative product of the noise schedule at `timestep`, 0..1.
        frames: a clip, at least 2.
        size: of the square, pixels.
        timestep: noise level, of the schedule's steps.
        text_tokens: of the learnable embedding.
    """

    kind = "video_diffusion"

    def __init__(
        self,
        unet: Any,
        vae: Any,
        image_encoder: Any,
        alpha: float,
        frames: int = 16,
        size: int = 256,
        timestep: int = TIMESTEP,
        text_tokens: int = TEXT_TOKENS,
    ) -> None:
        factor = 2 ** (len(vae.config.block_out_channels) + len(unet.config.block_out_channels) - 2)
        if frames < 2 or size < factor or size % factor:
            raise ConfigError(f"a video U-Net needs 2 frames or more and a size that {factor} divides, got {size}")
        super().__init__(nn.ModuleDict({"unet": unet, "vae": vae, "image": image_encoder}), frames, size)
        self.timestep = timestep
        self.text = nn.Parameter(0.02 * torch.randn(1, text_tokens, int(unet.config.cross_attention_dim)))
        channels = [int(count) for count in unet.config.block_out_channels]
        self.widths = (*channels, channels[-1], *reversed(channels))
        self._alpha = alpha
        self._scaling = float(vae.config.scaling_factor)

    @classmethod
    def load(
        cls,
        base: str,
        device: torch.device | str = "cpu",
        frames: int = 16,
        size: int = 256,
        timestep: int = TIMESTEP,
        text_tokens: int = TEXT_TOKENS,
    ) -> VideoDiffusionBackbone:
        """From a local folder in diffusers format, in bfloat16 on a GPU for its range: gradients reach the prompt.

        Raises:
            ModelUnavailable: diffusers or transformers isn't installed, or the folder holds no I2VGen-XL.
            ConfigError: `timestep` isn't a step of the model's noise schedule.
        """
        diffusers, transformers = import_diffusion_libraries("the video diffusion read-out")
        device = torch.device(device)
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        local: dict[str, Any] = dict(local_files_only=True)
        light = dict(low_cpu_mem_usage=importlib.util.find_spec("accelerate") is not None)
        try:
            unet = diffusers.I2VGenXLUNet.from_pretrained(base, subfolder="unet", torch_dtype=dtype, **light, **local)
            vae = diffusers.AutoencoderKL.from_pretrained(base, subfolder="vae", torch_dtype=dtype, **light, **local)
            vision = transformers.CLIPVisionModelWithProjection
            encoder = vision.from_pretrained(base, subfolder="image_encoder", dtype=dtype, **local)
            schedule = diffusers.DDIMScheduler.from_pretrained(base, subfolder="scheduler", **local)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise ModelUnavailable(
                f"no video diffusion model at {base}: give the folder of a local copy of ali-vilab/i2vgen-xl in "
                f"diffusers format ({reason})"
            ) from error
        if not 0 <= timestep < len(schedule.alphas_cumprod):
            raise ConfigError(f"timestep must be between 0 and {len(schedule.alphas_cumprod) - 1}, got {timestep}")
        alpha = float(schedule.alphas_cumprod[timestep])
        parts = [part.to(device) for part in (unet, vae, encoder)]
        return cls(parts[0], parts[1], parts[2], alpha, frames, size, timestep, text_tokens).to(device)

    def options(self) -> dict[str, Any]:
        return super().options() | {"timestep": self.timestep, "text_tokens": self.text.shape[1]}

    def batch(self, looks: Mapping[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """As of the base, with `rate` float32 [B], frames a second, and `noise` for the latents; None is seed 0."""
        inputs = super().batch(looks, generator)
        seconds = (looks["stamps"][:, -1] - looks["stamps"][:, 0]).clamp(min=1e-3)
        inputs["rate"] = (looks["stamps"].shape[1] - 1) / seconds
        vae = self.network["vae"].config
        side = self.size // 2 ** (len(vae.block_out_channels) - 1)
        source = generator if generator is not None else torch.Generator().manual_seed(0)
        shape = (vae.latent_channels, self.frames, side, side)
        if generator is None:
            inputs["noise"] = torch.randn(shape, generator=source).expand(len(inputs["video"]), *shape)
        else:
            inputs["noise"] = torch.randn((len(inputs["video"]), *shape), generator=source)
        return inputs

    def forward(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """`video` [B, T, 3, S, S] in 0..1 to tokens [B, T h w, C] of every block, coarse in the middle."""
        unet = self.network["unet"]
        video = inputs["video"].to(unet.dtype)
        latents, image, conditions = self._frozen_inputs(video)
        noise = inputs["noise"].to(latents)
        noisy = self._alpha**0.5 * latents + (1 - self._alpha) ** 0.5 * noise
        found: list[Tensor] = []

        def keep(_module: Any, _inputs: Any, output: Any) -> None:
            found.append(output[0] if isinstance(output, tuple) else output)

        blocks = [*unet.down_blocks, unet.mid_block, *unet.up_blocks]
        hooks = [block.register_forward_hook(keep) for block in blocks]
        try:
            text = self.text.to(unet.dtype).expand(len(video), -1, -1)
            unet(noisy, self.timestep, inputs["rate"].to(unet.device), conditions, image, text)
        finally:
            for hook in hooks:
                hook.remove()
        return [_tokens(block, len(video)) for block in found]

    @torch.no_grad()
    def _frozen_inputs(self, video: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Latents [B, C, T, h, w], the first image's embedding [B, D], and its latent with the frames' places."""
        count, times = video.shape[:2]
        encode: Any = self.network["vae"].encode
        flat = torch.cat([encode(clip * 2 - 1).latent_dist.mode() for clip in video]) * self._scaling
        latents = flat.unflatten(0, (count, times)).transpose(1, 2)
        mean, std = (video.new_tensor(values)[:, None, None] for values in (CLIP_MEAN, CLIP_STD))
        encoder = self.network["image"]
        side = int(encoder.config.image_size)
        resized = functional.interpolate(video[:, 0], size=(side, side), mode="bilinear", antialias=True)
        image = encoder((resized - mean) / std).image_embeds
        places = torch.arange(times, device=video.device, dtype=video.dtype) / (times - 1)
        conditions = places[None, None, :, None, None].expand(latents.shape).clone()
        conditions[:, :, 0] = latents[:, :, 0]
        return latents, image, conditions


def _tokens(block: Tensor, count: int) -> Tensor:
    return block.float().unflatten(0, (count, -1)).transpose(1, 2).flatten(2).transpose(1, 2)
