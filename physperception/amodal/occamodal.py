"""OccAmodal: first what hides the object, then the whole object (thesis 3.4.1, figure 3.5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from physperception.amodal.mask_unet import MaskUNet, ResNet18, crop_images, image_tensor
from physperception.amodal.models import CropOutput, CropTruth, TrainableCropModel, fill, read_checkpoint

BOUNDARY_PX = 5
HIDDEN_WEIGHT = 5.0
LEAST_DEVIATION = 0.1


class OccAmodal(TrainableCropModel):
    """Occluder predictor and amodal predictor, two U-Nets, each with its own ResNet-18 at the bottleneck.

    The rows of Table 3.3: A is `occluder_predictor=False, final_skip=False`, B `final_skip=False`, C the default.
    Without the predictor the boundary is empty unless an occluder mask is given.

    Args:
        size: side of a crop in pixels, a multiple of 32.
        width: channels of the U-Nets at full resolution.
        image_width: channels of the ResNets' first stage; 64 is ResNet-18.
        joined: channels the image features are reduced to.
        occluder_predictor: whether the first stage exists.
        final_skip: whether the U-Nets have their fifth skip connection, at full resolution.

    Raises:
        ConfigError: `size` isn't a multiple of 32.
    """

    kind = "occamodal"

    def __init__(
        self,
        size: int = 256,
        width: int = 32,
        image_width: int = 64,
        joined: int = 256,
        occluder_predictor: bool = True,
        final_skip: bool = True,
    ) -> None:
        super().__init__(size)
        self._options = {
            "size": size,
            "width": width,
            "image_width": image_width,
            "joined": joined,
            "occluder_predictor": occluder_predictor,
            "final_skip": final_skip,
        }
        self.occluder: OccluderPredictor | None = None
        if occluder_predictor:
            self.occluder = OccluderPredictor(width, image_width, joined, final_skip)
        self.amodal = AmodalPredictor(width, image_width, joined, final_skip)

    @classmethod
    def load(cls, path: Path, device: torch.device | str = "cpu") -> OccAmodal:
        """A saved model, in evaluation mode. Raises ModelUnavailable with the first tensor that doesn't fit."""
        options, tensors = read_checkpoint(path, cls.kind)
        model = cls(**options)
        fill(model, tensors, path)
        return model.to(device).eval()

    def load_imagenet(self, path: Path) -> None:
        """Start the image encoders from ImageNet weights of torchvision's `resnet18`; see `ResNet18.load_imagenet`."""
        for part in (self.occluder, self.amodal):
            if part is not None:
                part.image.load_imagenet(path)

    def options(self) -> dict[str, Any]:
        return dict(self._options)

    def prepare(self, image: NDArray[np.uint8], generator: torch.Generator | None = None) -> Tensor:
        """The normalised image, float [1, 3, H, W], on the model's device; nothing here is random."""
        return image_tensor(image, self.device)

    def crop(self, prepared: Tensor, boxes: Tensor) -> tuple[Tensor, ...]:
        """Image crops [R, 3, S, S], zero outside the image."""
        return (crop_images(prepared, boxes, self.size),)

    def forward(self, features: tuple[Tensor, ...], modal: Tensor, occluder: Tensor | None = None) -> CropOutput:
        """Both stages; a given occluder mask, float in 0..1 [R, 1, S, S], takes the place of the predicted one.

        The predicted occluder enters the second stage as probabilities, and gradients of the amodal loss flow into
        the first stage through the boundary.
        """
        (image,) = features
        logits = None if self.occluder is None else self.occluder(image, modal)
        if occluder is None:
            occluder = torch.zeros_like(modal) if logits is None else logits.sigmoid()
        amodal, deviation = self.amodal(image, modal, occlusion_boundary(modal, occluder))
        return CropOutput(amodal, logits, deviation)

    def losses(self, output: CropOutput, truth: CropTruth) -> dict[str, Tensor]:
        """Cross-entropy of the occluder, where it is annotated, and `uncertainty_weighted_loss` of the whole object."""
        if output.deviation is None:
            raise ValueError("the output has no deviation: it isn't from OccAmodal")
        terms = {"amodal": uncertainty_weighted_loss(output.amodal, output.deviation, truth)}
        known = slice(None) if truth.known is None else truth.known
        if output.occluder is not None and len(truth.occluder[known]):
            logits, target = output.occluder[known], truth.occluder[known]
            terms["occluder"] = functional.binary_cross_entropy_with_logits(logits, target)
        return terms


class OccluderPredictor(nn.Module):
    """F = OCP(image, modal mask): which pixels hide the object, none or the union of all its occluders."""

    def __init__(self, width: int, image_width: int, joined: int, final_skip: bool) -> None:
        super().__init__()
        self.image = ResNet18(image_width)
        self.mask = MaskUNet(1, 1, width, (self.image.channels,), joined, final_skip)

    def forward(self, image: Tensor, modal: Tensor) -> Tensor:
        """Normalised image [R, 3, S, S] and modal mask [R, 1, S, S] to occluder logits [R, 1, S, S]."""
        return self.mask(modal, (self.image(image),))


class AmodalPredictor(nn.Module):
    """A = AMP(image, modal mask, occluder): the whole object from its visible part and the occlusion boundary."""

    def __init__(self, width: int, image_width: int, joined: int, final_skip: bool) -> None:
        super().__init__()
        self.image = ResNet18(image_width)
        self.mask = MaskUNet(2, 2, width, (self.image.channels,), joined, final_skip)

    def forward(self, image: Tensor, modal: Tensor, boundary: Tensor) -> tuple[Tensor, Tensor]:
        """Amodal logits and the deviation of their probability, each [R, 1, S, S]; the deviation is at least 0.1.

        ASBU's bound is nearly zero, and its loss then grows without limit on a pixel that is wrong and certain: tried
        here, training on one batch broke down after some hundred steps, and with 0.1 it did not.
        """
        output = self.mask(torch.cat((modal, boundary), 1), (self.image(image),))
        return output[:, :1], functional.softplus(output[:, 1:]) + LEAST_DEVIATION


def occlusion_boundary(modal: Tensor, occluder: Tensor, width: int = BOUNDARY_PX) -> Tensor:
    """Where the visible part of an object touches what hides it, B = dilate(M) * dilate(F), in 0..1.

    The dilation of a map is its maximum over a square of `width` pixels (grey-scale morphology by max-pooling), so
    two masks that share an edge give a band about `width` - 1 pixels wide, masks `width` pixels apart give
    nothing, and gradients reach the largest occluder probability in each square.

    Args:
        modal, occluder: float in 0..1 [R, 1, S, S].
        width: of the square, odd.
    """
    grown = [functional.max_pool2d(mask, width, stride=1, padding=width // 2) for mask in (modal, occluder)]
    return grown[0] * grown[1]


def uncertainty_weighted_loss(logits: Tensor, deviation: Tensor, truth: CropTruth) -> Tensor:
    """Uncertainty weighted segmentation loss of ASBU (Nguyen and Todorovic 2021, arXiv 2108.09897).

    The mean over pixels of w * ((p - a)^2 / (2 s^2) + s^2 / 2), where p is the predicted probability, a the truth and
    s the predicted deviation: errors count less where the model says it is unsure, and being unsure costs too (the
    best s^2 is |p - a|). The weight w is 5 on the occluder, where the hidden part is, and 1 elsewhere. The form and
    the weight follow the training configuration its authors published.

    Args:
        logits, deviation: float [R, 1, S, S], deviation above 0.
        truth: of the same crops.
    """
    squared = deviation.square()
    error = (logits.sigmoid() - truth.amodal).square()
    weight = 1 + (HIDDEN_WEIGHT - 1) * truth.occluder
    return (weight * 0.5 * (error / squared + squared)).mean()
