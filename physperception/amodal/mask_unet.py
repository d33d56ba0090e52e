"""Parts the full amodal models share: a mask U-Net that image features join, and a ResNet-18 image encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.amodal.models import fill, read_checkpoint, read_torch
from physperception.vision.roi import roi_align

DEPTH = 5
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class MaskUNet(nn.Module):
    """A U-Net (Ronneberger et al. 2015) over mask channels, five halvings deep, with image features in its decoder.

    Feature i, of any resolution, is reduced by a 1x1 convolution to `joined` channels, resized, and concatenated
    at S / 32 * 2^i: the first at the bottleneck. Skip connections join at S / 16, S / 8, S / 4, S / 2 and, with
    `final_skip`, at S, the fifth one that the thesis adds (3.5.2, Tables 3.3 and 3.4).

    Args:
        channels_in, channels_out: of masks and of outputs.
        width: channels at full resolution; they double a level up to 16 * width.
        feature_channels: of the image features, at most six.
        joined: channels each feature is reduced to.
        final_skip: whether the skip connection at full resolution is there.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        width: int,
        feature_channels: Sequence[int],
        joined: int,
        final_skip: bool,
    ) -> None:
        super().__init__()
        widths = [width * min(2**level, 16) for level in range(DEPTH + 1)]
        self.encoder = nn.ModuleList(
            [_double(before, after) for before, after in zip([channels_in, *widths], widths, strict=False)]
        )
        self.reduce = nn.ModuleList([nn.Conv2d(channels, joined, 1) for channels in feature_channels])
        blocks = []
        for step in range(DEPTH + 1):
            level = DEPTH - step
            below = widths[min(level + 1, DEPTH)]
            skip = widths[level] if 0 < step < DEPTH or (step == DEPTH and final_skip) else 0
            extra = joined if step < len(feature_channels) else 0
            blocks.append(_double(below + skip + extra, widths[level]))
        self.decoder = nn.ModuleList(blocks)
        self.output = nn.Conv2d(width, channels_out, 1)
        self._final_skip = final_skip

    def forward(self, masks: Tensor, features: Sequence[Tensor]) -> Tensor:
        """Masks [R, channels_in, S, S] and features [R, C_i, h_i, w_i] to logits [R, channels_out, S, S]."""
        levels: list[Tensor] = []
        for level, block in enumerate(self.encoder):
            masks = block(functional.max_pool2d(masks, 2) if level else masks)
            levels.append(masks)
        hidden = levels[-1]
        for step, block in enumerate(self.decoder):
            skip = levels[DEPTH - step]
            parts = [hidden]
            if step:
                parts = [functional.interpolate(hidden, size=skip.shape[-2:], mode="bilinear")]
                if step < DEPTH or self._final_skip:
                    parts.append(skip)
            if step < len(self.reduce):
                reduced = self.reduce[step](features[step])
                parts.append(functional.interpolate(reduced, size=skip.shape[-2:], mode="bilinear"))
            hidden = block(torch.cat(parts, 1))
        return self.output(hidden)


class ResNet18(nn.Module):
    """ResNet-18 (He et al. 2016) without its classifier, with the tensor names of torchvision's `resnet18`.

    Args:
        width: channels of the first stage, 64 in the original; 8 * width come out at stride 32.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, 1)
        self.layer2 = _stage(width, 2 * width, 2)
        self.layer3 = _stage(2 * width, 4 * width, 2)
        self.layer4 = _stage(4 * width, 8 * width, 2)
        self.channels = 8 * width

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images [R, 3, S, S] to [R, 8 * width, S / 32, S / 32]."""
        hidden = functional.relu(self.bn1(self.conv1(images)))
        hidden = functional.max_pool2d(hidden, 3, stride=2, padding=1)
        return self.layer4(self.layer3(self.layer2(self.layer1(hidden))))

    def load_imagenet(self, path: Path) -> None:
        """Weights of torchvision's `resnet18` from a local .safetensors or .pth file; its classifier is left out.

        Raises:
            ModelUnavailable: the file can't be read or is of another network.
        """
        tensors = read_checkpoint(path)[1] if path.suffix == ".safetensors" else read_torch(path)
        fill(self, {name: value for name, value in tensors.items() if not name.startswith("fc.")}, path)


def image_tensor(image: NDArray[np.uint8], device: torch.device) -> Tensor:
    """uint8 RGB [H, W, 3] to float [1, 3, H, W] with ImageNet's mean and deviation."""
    values = torch.from_numpy(np.ascontiguousarray(image)).to(device).permute(2, 0, 1).float() / 255
    mean = torch.tensor(IMAGENET_MEAN, device=device)[:, None, None]
    std = torch.tensor(IMAGENET_STD, device=device)[:, None, None]
    return ((values - mean) / std)[None]


def crop_images(image: Tensor, boxes: Tensor, size: int) -> Tensor:
    """Square crops [R, C, size, size] of one image [1, C, H, W]; zero, the mean colour, outside of it."""
    index = torch.zeros(len(boxes), dtype=torch.int64, device=boxes.device)
    return roi_align(image, boxes, index, size, 1.0)


class _Residual(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample: nn.Module | None = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = functional.relu(self.bn1(self.conv1(inputs)))
        shortcut = inputs if self.downsample is None else self.downsample(inputs)
        return functional.relu(self.bn2(self.conv2(hidden)) + shortcut)


def _stage(channels_in: int, channels_out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(_Residual(channels_in, channels_out, stride), _Residual(channels_out, channels_out, 1))


def _double(channels_in: int, channels_out: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (channels_in, channels_out):
        layers += [
            nn.Conv2d(channels, channels_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers)
