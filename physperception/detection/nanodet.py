"""NanoDet-g (Apache-2.0): a COCO-trained one-stage detector, the frozen trunk of the embedded model.

The network is the CSP variant: 34 convolutions, leaky rectifiers, a path-aggregation neck of 128 channels and a
generalised-focal-loss head a level (Li et al. 2020, "Generalized Focal Loss"): 80 class scores and, for each side
of the box, a distribution over 0..10 strides whose mean is the distance.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

REG_MAX = 10
STRIDES = (8, 16, 32)
MEAN_RGB = (123.675, 116.28, 103.53)
STD_RGB = (58.395, 57.12, 57.375)
COCO_CLASSES = tuple(
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,"
    "bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,"
    "skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,"
    "cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,"
    "potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush".split(",")
)


class Trunk(nn.Module):
    """Backbone and neck, which take normalised images [N, 3, H, W], H and W multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 32, 3, stride=2)
        self.stages = nn.ModuleList(
            [_Stage(32, 32, 1, stride=1), _Stage(64, 64, 2), _Stage(128, 128, 2), _Stage(256, 256, 3)]
        )
        self.laterals = nn.ModuleList([_conv(channels, 128, 1) for channels in (128, 256, 512)])

    def backbone(self, images: Tensor) -> list[Tensor]:
        """Features at strides 4, 8, 16, 32 with 64, 128, 256, 512 channels."""
        features = functional.max_pool2d(_act(self.stem(images)), 3, stride=2, padding=1)
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        return levels

    def neck(self, backbone: Sequence[Tensor]) -> list[Tensor]:
        """Features at strides 8, 16, 32 with 128 channels each."""
        levels = [lateral(features) for lateral, features in zip(self.laterals, backbone[1:])]
        for index in (1, 0):
            levels[index] = levels[index] + _resize(levels[index + 1], levels[index])
        for index in (1, 2):
            levels[index] = levels[index] + _resize(levels[index - 1], levels[index])
        return levels


class NanoDet(Trunk):
    """The trunk and its COCO head.

    `forward` returns the backbone's features, the neck's, and the head's raw output a level
    [N, 80 + 4 * 11, H / stride, W / stride].
    """

    def __init__(self) -> None:
        super().__init__()
        self.head_convs = nn.ModuleList([_conv(128, 128, 3) for _ in STRIDES])
        self.head_outputs = nn.ModuleList([_conv(128, len(COCO_CLASSES) + 4 * (REG_MAX + 1), 1) for _ in STRIDES])

    def forward(self, images: Tensor) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        backbone = self.backbone(images)
        neck = self.neck(backbone)
        return backbone, neck, self.head(neck)

    def head(self, neck: Sequence[Tensor]) -> list[Tensor]:
        return [
            output(_act(conv(features))) for conv, output, features in zip(self.head_convs, self.head_outputs, neck)
        ]


def decode(outputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Head outputs to class scores [N, P, 80] in 0..1 and boxes [N, P, 4] xyxy in input pixels."""
    scores, boxes = [], []
    for output, stride in zip(outputs, STRIDES):
        batch, _, height, width = output.shape
        flat = output.flatten(2).transpose(1, 2)
        scores.append(flat[..., : len(COCO_CLASSES)].sigmoid())
        distribution = flat[..., len(COCO_CLASSES) :].reshape(batch, -1, 4, REG_MAX + 1).softmax(-1)
        bins = torch.arange(REG_MAX + 1, dtype=output.dtype, device=output.device)
        distances = (distribution * bins).sum(-1) * stride
        centers = grid_centers(height, width, stride, output.device, output.dtype)
        boxes.append(torch.cat((centers - distances[..., :2], centers + distances[..., 2:]), -1))
    return torch.cat(scores, 1), torch.cat(boxes, 1)


def grid_centers(height: int, width: int, stride: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Centres (x, y) in input pixels of a feature map's cells, row by row: [height * width, 2]."""
    ys, xs = torch.meshgrid(
        torch.arange(height, device=device, dtype=dtype), torch.arange(width, device=device, dtype=dtype), indexing="ij"
    )
    return (torch.stack((xs, ys), -1).reshape(-1, 2) + 0.5) * stride


def normalise(images: Tensor) -> Tensor:
    """uint8 or float RGB [N, 3, H, W] in 0..255 to the BGR input the weights were trained on."""
    mean = torch.tensor(MEAN_RGB, device=images.device).view(1, 3, 1, 1)
    std = torch.tensor(STD_RGB, device=images.device).view(1, 3, 1, 1)
    return ((images.float() - mean) / std).flip(1)


class _Stage(nn.Module):
    """A downsampling convolution, then cross-stage-partial blocks of two convolutions each."""

    def __init__(self, channels_in: int, channels: int, blocks: int, stride: int = 2) -> None:
        super().__init__()
        half = channels // 2
        self.reduce = _conv(channels_in, channels, 3, stride=stride)
        self.first = nn.ModuleList([_conv(channels, half, 3) for _ in range(blocks)])
        self.second = nn.ModuleList([_conv(half, half, 3) for _ in range(blocks)])
        self.fuse = _conv(channels, channels, 3)

    def forward(self, features: Tensor) -> Tensor:
        reduced = _act(self.reduce(features))
        inner = reduced
        for first, second in zip(self.first, self.second):
            half = _act(first(inner))
            inner = torch.cat((_act(second(half)), half), 1)
        return torch.cat((_act(self.fuse(inner)), reduced), 1)


def _conv(channels_in: int, channels_out: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, size, stride=stride, padding=size // 2)


def _act(features: Tensor) -> Tensor:
    return functional.leaky_relu(features, 0.1)


def _resize(features: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(features, size=like.shape[-2:], mode="bilinear", align_corners=False)
