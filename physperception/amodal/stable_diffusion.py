"""Frozen Stable Diffusion features of an image: the U-Net's decoder activations at one noise level."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.errors import ConfigError, ModelUnavailable
from physperception.vision.diffusion_libraries import import_diffusion_libraries

TIMESTEP = 181
ENSEMBLE = 8


@dataclass(frozen=True)
class FrameFeatures:
    """Activations of one frame of `height` x `width` pixels, coarse to fine, each float32 [1, C_i, h_i, w_i]."""

    levels: tuple[Tensor, ...]
    height: int
    width: int


class StableDiffusionFeatures:
    """One noising step of Stable Diffusion, read out in the decoder (thesis 3.4.2, after Zhan et al. 2023).

    The image is squeezed to the model's square input, encoded, noised to `timestep`, and passed through the U-Net
    once with the empty prompt; the outputs of the decoder blocks, averaged over `ensemble` noises, are the features.
    For Stable Diffusion 2.1 they are 1280@24, 1280@48, 640@96 and 320@96. Nothing in it is trained.

    Args:
        unet: a diffusers UNet2DConditionModel.
        vae: its AutoencoderKL; the mode of the latent distribution is used.
        prompt: text embedding of the empty prompt, float [1, T, D].
        alpha: cumulative product of the noise schedule at `timestep`, 0..1.
        timestep: noise level, of the schedule's steps.
        ensemble: number of noises averaged.
    """

    def __init__(
        self, unet: Any, vae: Any, prompt: Tensor, alpha: float, timestep: int = TIMESTEP, ensemble: int = ENSEMBLE
    ) -> None:
        if ensemble < 1:
            raise ConfigError(f"ensemble must be at least 1, got {ensemble}")
        self.unet: nn.Module = unet.requires_grad_(False).eval()
        self.vae: nn.Module = vae.requires_grad_(False).eval()
        self.timestep = timestep
        self.ensemble = ensemble
        self._prompt = prompt
        self._alpha = alpha
        self._scaling = float(vae.config.scaling_factor)
        self.side = int(unet.config.sample_size) * 2 ** (len(vae.config.block_out_channels) - 1)
        self.channels = tuple(int(count) for count in reversed(unet.config.block_out_channels))

    @property
    def device(self) -> torch.device:
        return self._prompt.device

    @classmethod
    def load(
        cls,
        base: str,
        device: torch.device | str = "cpu",
        timestep: int = TIMESTEP,
        ensemble: int = ENSEMBLE,
        local_files_only: bool = True,
    ) -> StableDiffusionFeatures:
        """From a diffusers folder or model id, in half precision on a GPU.

        Raises:
            ModelUnavailable: diffusers or transformers isn't installed, or the base model isn't there.
            ConfigError: `timestep` isn't a step of the model's noise schedule.
        """
        diffusers, transformers = import_diffusion_libraries("SDAmodal")
        device = torch.device(device)
        dtype = torch.float16 if device.type == "cuda" else torch.float32
        common: dict[str, Any] = dict(local_files_only=local_files_only)
        frozen = common | dict(torch_dtype=dtype, low_cpu_mem_usage=importlib.util.find_spec("accelerate") is not None)
        try:
            unet = diffusers.UNet2DConditionModel.from_pretrained(base, subfolder="unet", **frozen)
            vae = diffusers.AutoencoderKL.from_pretrained(base, subfolder="vae", **frozen)
            schedule = diffusers.DDPMScheduler.from_pretrained(base, subfolder="scheduler", **common)
            tokenizer = transformers.CLIPTokenizer.from_pretrained(base, subfolder="tokenizer", **common)
            encoder = transformers.CLIPTextModel.from_pretrained(base, subfolder="text_encoder", **common)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise ModelUnavailable(
                f"no Stable Diffusion base model at {base}: give the folder of a local copy of Stable Diffusion 2.1 "
                f"in diffusers format ({reason})"
            ) from error
        if not 0 <= timestep < len(schedule.alphas_cumprod):
            raise ConfigError(f"timestep must be between 0 and {len(schedule.alphas_cumprod) - 1}, got {timestep}")
        prompt = _empty_prompt(tokenizer, encoder).to(device, dtype)
        alpha = float(schedule.alphas_cumprod[timestep])
        return cls(unet.to(device), vae.to(device), prompt, alpha, timestep, ensemble)

    @torch.no_grad()
    def __call__(self, image: NDArray[np.uint8], generator: torch.Generator | None = None) -> FrameFeatures:
        """Features of a frame, uint8 RGB [H, W, 3], by one call of the U-Net on a batch of `ensemble` noises.

        `generator` draws the noise on the CPU, so that a seed means the same on every device; None is seed 0.
        """
        if generator is None:
            generator = torch.Generator().manual_seed(0)
        latent = self._encode(image)
        noise = torch.randn((self.ensemble, *latent.shape[1:]), generator=generator).to(latent)
        noisy = self._alpha**0.5 * latent + (1 - self._alpha) ** 0.5 * noise
        with _decoder_outputs(self.unet) as found:
            self.unet(noisy, self.timestep, self._prompt.expand(self.ensemble, -1, -1))
        levels = tuple(level.float().mean(0, keepdim=True) for level in found)
        return FrameFeatures(levels, image.shape[0], image.shape[1])

    def _encode(self, image: NDArray[np.uint8]) -> Tensor:
        values = torch.from_numpy(np.ascontiguousarray(image)).to(self.device).permute(2, 0, 1)[None].float()
        squeezed = functional.interpolate(values, size=(self.side, self.side), mode="bilinear", antialias=True)
        inputs = (squeezed / 127.5 - 1).to(self._prompt.dtype)
        encode: Any = self.vae.encode
        return encode(inputs).latent_dist.mode() * self._scaling


@contextmanager
def _decoder_outputs(unet: nn.Module) -> Iterator[list[Tensor]]:
    found: list[Tensor] = []
    blocks: Any = unet.up_blocks
    hooks = [block.register_forward_hook(lambda _module, _inputs, output: found.append(output)) for block in blocks]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def _empty_prompt(tokenizer: Any, encoder: Any) -> Tensor:
    tokens = tokenizer("", padding="max_length", max_length=tokenizer.model_max_length, return_tensors="pt")
    return encoder(tokens.input_ids)[0]
