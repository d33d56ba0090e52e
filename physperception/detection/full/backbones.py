"""Image encoders with a feature pyramid, with torchvision's names of weights where it has them."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from torch import Tensor, nn
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.resnet import Bottleneck
from torchvision.models.resnet import ResNet as TorchvisionResNet
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from physperception.detection.full.config import ResNet, Swin

STAGES = ("1", "3", "5", "7")
"""Places of the four stages among a Swin Transformer's `features`."""


def backbone(kind: ResNet | Swin, channels: int) -> nn.Module:
    """Images [N, 3, H, W] to five maps "0", "1", "2", "3", "pool" at strides 4 to 64, `channels` each."""
    return SwinPyramid(kind, channels) if isinstance(kind, Swin) else _resnet_pyramid(kind, channels)


class SwinPyramid(nn.Module):
    """A Swin Transformer whose four stages, each normalised, feed a feature pyramid (Liu et al. 2021, section 4.2).

    Weights of `body` are named as in torchvision's classifiers.
    """

    def __init__(self, swin: Swin, channels: int) -> None:
        super().__init__()
        norm = partial(nn.LayerNorm, eps=1e-5)
        self.body = SwinTransformer(
            [4, 4], swin.width, list(swin.depths), list(swin.heads), [swin.window] * 2,
            stochastic_depth_prob=swin.drop_path, num_classes=1, norm_layer=norm,
        )  # fmt: skip
        del self.body.norm, self.body.head
        widths = [swin.width * 2**stage for stage in range(len(STAGES))]
        self.norms = nn.ModuleList([norm(width) for width in widths])
        self.fpn = FeaturePyramidNetwork(widths, channels, extra_blocks=LastLevelMaxPool())
        self.out_channels = channels

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        maps: OrderedDict[str, Tensor] = OrderedDict()
        hidden = images
        for place, layer in self.body.features.named_children():
            hidden = layer(hidden)
            if place in STAGES:
                level = len(maps)
                maps[str(level)] = self.norms[level](hidden).permute(0, 3, 1, 2).contiguous()
        return self.fpn(maps)


def _resnet_pyramid(resnet: ResNet, channels: int) -> nn.Module:
    """A ResNet with frozen batch normalisation, named as in torchvision's `maskrcnn_resnet50_fpn`."""
    body = TorchvisionResNet(Bottleneck, list(resnet.depths), norm_layer=FrozenBatchNorm2d, num_classes=1)
    layers = {f"layer{number}": str(number - 1) for number in range(1, 5)}
    return BackboneWithFPN(body, layers, [256, 512, 1024, 2048], channels)
