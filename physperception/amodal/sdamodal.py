"""SDAmodal: whole objects from frozen Stable Diffusion features and a modal mask (thesis 3.4.2, figure 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from physperception.amodal.mask_unet import MaskUNet, ResNet18, crop_images, image_tensor
from physperception.amodal.models import CropOutput, CropTruth, TrainableCropModel, fill, read_checkpoint
from physperception.amodal.stable_diffusion import FrameFeatures, StableDiffusionFeatures
from physperception.errors import ModelUnavailable
from physperception.vision.roi import roi_align

SD21_CHANNELS = (1280, 1280, 640, 320)
SINGLE_LEVEL = 1


class SDAmodal(TrainableCropModel):
    """A mask U-Net whose decoder is joined by Stable Diffusion features cropped around each object.

    Features are computed once a frame and shared by its objects. Each of the four levels is cropped by the object's
    box at S / 32, S / 16, S / 8 and S / 4, reduced to `joined` channels and concatenated in the decoder there.

    The rows of Table 3.4 (backbone, multi-scale, final skip): A none of them, B the first, C the first two,
    D the last, E first and last, F all. Without the backbone a ResNet-18 joins once at the bottleneck, as in
    Deocclusion (Single Stage); without multi-scale the second decoder level of Stable Diffusion takes its place there.

    Args:
        size: side of a crop in pixels, a multiple of 32.
        width: channels of the U-Net at full resolution.
        joined: channels each feature is reduced to.
        feature_channels: of the base model's decoder levels, coarse to fine; the default is Stable Diffusion 2.1.
        image_width: channels of the ResNet's first stage where there is no backbone; 64 is ResNet-18.
        sd_backbone, multi_scale, final_skip: the ablation options.
        backbone: the frozen base model; it is no part of the checkpoint and needed only by `prepare`.

    Raises:
        ConfigError: `size` isn't a multiple of 32.
        ModelUnavailable: the backbone's channels aren't `feature_channels`.
    """

    kind = "sdamodal"

    def __init__(
        self,
        size: int = 512,
        width: int = 32,
        joined: int = 256,
        feature_channels: Sequence[int] = SD21_CHANNELS,
        image_width: int = 64,
        sd_backbone: bool = True,
        multi_scale: bool = True,
        final_skip: bool = True,
        backbone: StableDiffusionFeatures | None = None,
    ) -> None:
        super().__init__(size)
        self._options = {
            "size": size,
            "width": width,
            "joined": joined,
            "feature_channels": [int(count) for count in feature_channels],
            "image_width": image_width,
            "sd_backbone": sd_backbone,
            "multi_scale": multi_scale,
            "final_skip": final_skip,
        }
        if backbone is not None and sd_backbone and backbone.channels != tuple(feature_channels):
            found, needed = list(backbone.channels), list(feature_channels)
            raise ModelUnavailable(f"the base model's decoder has channels {found}, this SDAmodal needs {needed}")
        self.backbone = backbone
        self.image: ResNet18 | None = None
        if sd_backbone:
            self._used = tuple(range(len(feature_channels))) if multi_scale else (SINGLE_LEVEL,)
            channels = [feature_channels[level] for level in self._used]
        else:
            self.image = ResNet18(image_width)
            channels = [self.image.channels]
        self.mask = MaskUNet(1, 1, width, channels, joined, final_skip)

    @classmethod
    def load(cls, path: Path, backbone: StableDiffusionFeatures | None, device: torch.device | str = "cpu") -> SDAmodal:
        """A saved model, in evaluation mode. Raises ModelUnavailable with the first tensor that doesn't fit."""
        options, tensors = read_checkpoint(path, cls.kind)
        model = cls(**options, backbone=backbone)
        fill(model, tensors, path)
        return model.to(device).eval()

    def load_imagenet(self, path: Path) -> None:
        """Start the image encoder of a model without backbone from ImageNet; see `ResNet18.load_imagenet`."""
        if self.image is not None:
            self.image.load_imagenet(path)

    def options(self) -> dict[str, Any]:
        return dict(self._options)

    def prepare(self, image: NDArray[np.uint8], generator: torch.Generator | None = None) -> FrameFeatures:
        """Stable Diffusion features of a frame on the model's device; the normalised image where there is no backbone.

        Raises:
            ModelUnavailable: the model was made without its base model.
        """
        if self.image is not None:
            return FrameFeatures((image_tensor(image, self.device),), image.shape[0], image.shape[1])
        if self.backbone is None:
            raise ModelUnavailable("SDAmodal has no base model: give it StableDiffusionFeatures.load(PATH)")
        frame = self.backbone(image, generator)
        levels = tuple(frame.levels[level].to(self.device) for level in self._used)
        return FrameFeatures(levels, frame.height, frame.width)

    def crop(self, prepared: FrameFeatures, boxes: Tensor) -> tuple[Tensor, ...]:
        """Feature crops [R, C_i, S / 32 * 2^i, ...]; zero outside the image."""
        if self.image is not None:
            return (crop_images(prepared.levels[0], boxes, self.size),)
        index = torch.zeros(len(boxes), dtype=torch.int64, device=boxes.device)
        cropped = []
        for place, level in enumerate(prepared.levels):
            rows, columns = level.shape[-2] / prepared.height, level.shape[-1] / prepared.width
            cells = boxes * boxes.new_tensor((columns, rows, columns, rows))
            cropped.append(roi_align(level, cells, index, self.size // 32 * 2**place, 1.0))
        return tuple(cropped)

    def forward(self, features: tuple[Tensor, ...], modal: Tensor, occluder: Tensor | None = None) -> CropOutput:
        """Cropped features and modal masks [R, 1, S, S] to amodal logits; an occluder mask isn't used."""
        if self.image is not None:
            features = (self.image(features[0]),)
        return CropOutput(self.mask(modal, features))

    def losses(self, output: CropOutput, truth: CropTruth) -> dict[str, Tensor]:
        """Cross-entropy over the classes object and background.

        The softmax over two logits depends on their difference alone, so the binary cross-entropy of one logit, used
        here, is the same loss.
        """
        return {"amodal": functional.binary_cross_entropy_with_logits(output.amodal, truth.amodal)}
