"""What crops of videos are made of for the motion segmenter: other sizes, surfaces, lights, lenses and sensors."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

SIZES = (80, 96, 112, 128)
SMALLEST = 72
SURFACE_RATE = 0.4
SHADOW_RATE = 0.4
PLAIN_RATE = 0.2
BLUR_RATE = 0.4
GRAIN_RATE = 0.5
MOST_GRAIN = 6.0
JPEG_RATE = 0.4
JPEG_QUALITY = (45, 95)
DARKEST = 0.25


def scaled(crops: Tensor, generator: torch.Generator) -> Tensor:
    """The same part of every crop, float [B, C, S, S], at one of several sizes, mirrored or not."""
    whole = crops.shape[-1]
    side = _whole(SMALLEST, whole, generator)
    down, across = (_whole(0, whole - side, generator) for _ in range(2))
    cut = crops[:, :, down : down + side, across : across + side]
    size = SIZES[_whole(0, len(SIZES) - 1, generator)]
    if side != size:
        cut = functional.interpolate(cut, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
    return cut.flip(3) if torch.rand(1, generator=generator) < 0.5 else cut


def augment(
    image: Tensor, behind: Tensor, body: Tensor, noise: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """A crop and its background as another camera would show them elsewhere.

    Both get the same surface texture, colours, exposure and lens blur; shadows of the crop are made deeper or
    weaker, and some things are painted in one colour; grain is of the crop alone, as the background is a mean of many
    images.

    Args:
        image, behind: float [B, 3, H, W], 0..255.
        body: float [B, 1, H, W], part of a pixel that the thing covers.
        noise: float [B], standard deviation of a channel, grey levels.

    Returns:
        Both images, 0..255, and the noise of the new ones.
    """
    count = len(image)
    image = _painted(_shaded(image, behind, body, generator), body, generator)
    texture = _surface(count, image.shape[-1], generator)
    image, behind = image * (body + (1 - body) * texture), behind * texture
    gain = 0.5 + 0.8 * torch.rand((count, 3, 1, 1), generator=generator)
    gamma = torch.exp(0.5 * (torch.rand((count, 1, 1, 1), generator=generator) - 0.5))
    exposure = 1 + 0.02 * torch.randn((count, 1, 1, 1), generator=generator)
    order = torch.stack([torch.randperm(3, generator=generator) for _ in range(count)])
    kernels = _lenses(count, generator)
    image, behind = (_blurred(recolored(part, order, gain, gamma), kernels) for part in (image, behind))
    grain = MOST_GRAIN * torch.rand(count, generator=generator) * _some(count, GRAIN_RATE, generator)
    image = image * exposure + torch.randn(image.shape, generator=generator) * grain.reshape(-1, 1, 1, 1)
    image, behind = _compressed(image.clamp(0, 255), behind.clamp(0, 255), generator)
    return image, behind, noise.hypot(grain)


def recolored(image: Tensor, order: Tensor, gain: Tensor, gamma: Tensor) -> Tensor:
    """Images [B, 3, H, W], 0..255, with channels in another order, another gamma [B, 1, 1, 1] and gain [B, 3, 1, 1]."""
    mixed = torch.gather(image, 1, order[:, :, None, None].expand_as(image))
    return ((mixed.clamp(0, 255) / 255).pow(gamma) * 255 * gain).clamp(0, 255)


def _painted(image: Tensor, body: Tensor, generator: torch.Generator) -> Tensor:
    """Some things in one plain colour, as no shading tells them from a shadow then, only their edges and colour do."""
    count = len(image)
    color = 255 * torch.rand((count, 3, 1, 1), generator=generator)
    plain = body * _some(count, PLAIN_RATE, generator).reshape(-1, 1, 1, 1)
    return image * (1 - plain) + color * plain


def _shaded(image: Tensor, behind: Tensor, body: Tensor, generator: torch.Generator) -> Tensor:
    """Darker or lighter shadows: where the crop is darker than its background, that ratio to another power."""
    count = len(image)
    power = torch.rand((count, 1, 1, 1), generator=generator) * 1.2 - 0.7
    power = power * _some(count, SHADOW_RATE, generator).reshape(-1, 1, 1, 1)
    ratio = (image.mean(1, keepdim=True) + 4) / (behind.mean(1, keepdim=True) + 4)
    ratio = functional.avg_pool2d(ratio, 3, 1, 1, count_include_pad=False).clamp(DARKEST, 1)
    return image * (body + (1 - body) * ratio.clamp_min(1e-3).pow(power))


def _surface(count: int, size: int, generator: torch.Generator) -> Tensor:
    """Factors of the surface's colour, float [B, 3, size, size]: checks, stripes or blotches for some, else 1."""
    chosen = _some(count, SURFACE_RATE, generator)
    out = torch.ones((count, 3, size, size))
    for index in torch.nonzero(chosen)[:, 0].tolist():
        cells = _whole(2, 24, generator)
        tall = cells if torch.rand(1, generator=generator) < 0.6 else 1
        pattern = torch.rand((1, 1, tall, cells), generator=generator)
        if torch.rand(1, generator=generator) < 0.4:
            pattern = pattern.round()
        smooth = torch.rand(1, generator=generator) < 0.5
        grown = functional.interpolate(pattern, size=(size, size), mode="bilinear" if smooth else "nearest")[0]
        depth = 0.7 * torch.rand((3, 1, 1), generator=generator)
        out[index] = 1 - depth * (grown.transpose(1, 2) if torch.rand(1, generator=generator) < 0.5 else grown)
    return out


def _lenses(count: int, generator: torch.Generator) -> Tensor:
    """Blur along a line, float [B, 5]: of a softer lens for some."""
    sigma = torch.where(
        _some(count, BLUR_RATE, generator) > 0, 0.3 + 0.7 * torch.rand(count, generator=generator), 1e-3
    )
    kernels = torch.exp(-0.5 * (torch.arange(-2, 3) / sigma[:, None]) ** 2)
    return kernels / kernels.sum(1, keepdim=True)


def _blurred(image: Tensor, kernels: Tensor) -> Tensor:
    channels = kernels.repeat_interleave(3, 0)
    flat = functional.pad(image.flatten(0, 1)[None], (2, 2, 2, 2), mode="replicate")
    flat = functional.conv2d(flat, channels[:, None, None, :], groups=len(channels))
    return functional.conv2d(flat, channels[:, None, :, None], groups=len(channels))[0].reshape(image.shape)


def _compressed(image: Tensor, behind: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Some as JPEG shows them; their background at the same quality, as what stands still errs alike in every image."""
    image, behind = image.round(), behind.round()
    for index in torch.nonzero(_some(len(image), JPEG_RATE, generator))[:, 0].tolist():
        quality = _whole(*JPEG_QUALITY, generator)
        image[index], behind[index] = (_through_jpeg(part[index], quality) for part in (image, behind))
    return image, behind


def _through_jpeg(image: Tensor, quality: int) -> Tensor:
    pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy().astype(np.uint8)[..., ::-1])
    code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), dtype=np.uint8)
    return torch.from_numpy(decoded[..., ::-1].copy()).permute(2, 0, 1)


def _some(count: int, rate: float, generator: torch.Generator) -> Tensor:
    """1 for a part of them, else 0: float [count]."""
    return (torch.rand(count, generator=generator) < rate).float()


def _whole(low: int, high: int, generator: torch.Generator) -> int:
    """A whole number of low..high."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))
