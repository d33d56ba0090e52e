"""Train OccAmodal or SDAmodal on images with amodal masks: generated scenes, COCOA, MP3D-Amodal, KINS and others.

    python -m physperception.training.amodal_full --model sdamodal --data data/scenes/train \\
        --base PATH_OF_STABLE_DIFFUSION --out sdamodal.safetensors

`--base` is the frozen Stable Diffusion folder (diffusers format), or, for OccAmodal and for `--no-sd-backbone`,
optional ImageNet weights of ResNet-18. The settings are those of thesis 3.5.1 (after ASBU): SGD with momentum,
learning rate 1e-3, tenfold lower at 4/7 and again at 6/7 of 56 000 steps of 32 crops. Goes on from the checkpoint
beside `--out` when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from physperception.amodal.models import CropTruth, TrainableCropModel, read_torch
from physperception.amodal.occamodal import OccAmodal
from physperception.amodal.sdamodal import SDAmodal
from physperception.amodal.stable_diffusion import ENSEMBLE, TIMESTEP, StableDiffusionFeatures
from physperception.datasets.readers import open_dataset
from physperception.errors import ConfigError, ModelUnavailable, PhysperceptionError
from physperception.training.amodal_batches import CropBatches, FrameCrops

MOMENTUM = 0.9
WEIGHT_DECAY = 1e-4
LARGEST_GRADIENT = 10.0
RATE_FALLS_AT = (4 / 7, 6 / 7)
CHECKPOINT_KEYS = {"kind", "options", "weights", "optimizer", "number"}


class Trainer:
    """A full amodal model and its optimiser; the base model, where there is one, is not among the trained weights.

    Args:
        model: OccAmodal or SDAmodal, on its device.
        steps: of the whole training, which sets when the learning rate falls.
        rate: first learning rate.
        seed: of the noise that base features are computed with.
    """

    def __init__(self, model: TrainableCropModel, steps: int, rate: float = 1e-3, seed: int = 0) -> None:
        self.model = model.train()
        self.number = 0
        self._steps = steps
        self._rate = rate
        self._seed = seed
        self._optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)

    def step(self, frames: Sequence[FrameCrops]) -> dict[str, float]:
        """One optimiser step, its gradient clipped, on the crops of some frames; returns the loss terms before it."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * 0.1 ** sum(self.number >= fall * self._steps for fall in RATE_FALLS_AT)
        losses = self._losses(frames)
        self._optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_GRADIENT)
        self._optimizer.step()
        self.number += 1
        return {name: float(value.detach()) for name, value in losses.items()}

    def save(self, path: Path) -> None:
        """All needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "kind": self.model.kind,
            "options": self.model.options(),
            "weights": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "number": self.number,
        }
        partial = path.with_name(path.name + ".partial")
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            ModelUnavailable: the file can't be read, or belongs to another model or other options.
        """
        state = read_torch(path, self.model.device)
        missing = CHECKPOINT_KEYS - set(state)
        if missing:
            raise ModelUnavailable(f"the training checkpoint {path} lacks {min(missing)}")
        kind, options = state["kind"], state["options"]
        if kind != self.model.kind:
            raise ModelUnavailable(f"the training checkpoint {path} is of {kind}, not of {self.model.kind}")
        for name, value in self.model.options().items():
            if options.get(name) != value:
                found = options.get(name)
                raise ModelUnavailable(f"the training checkpoint {path} has {name}={found}, this training {value}")
        self.model.load_state_dict(state["weights"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.number = state["number"]

    def _losses(self, frames: Sequence[FrameCrops]) -> dict[str, Tensor]:
        device = self.model.device
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self.number)
        cropped = []
        for frame in frames:
            prepared = self.model.prepare(frame.image, generator)
            cropped.append(self.model.crop(prepared, frame.boxes.to(device)))
        features = tuple(torch.cat(level) for level in zip(*cropped, strict=True))
        modal = torch.cat([frame.modal for frame in frames]).to(device)
        return self.model.losses(self.model(features, modal), _join([frame.truth for frame in frames], device))


def train(arguments: argparse.Namespace) -> None:
    """Train to `arguments.steps`, writing weights and checkpoint on the way and at the end."""
    torch.manual_seed(arguments.seed)
    model = create(arguments)
    datasets = [open_dataset(path, images=arguments.images) for path in arguments.data]
    batches = CropBatches(datasets, model.size, arguments.batch, arguments.per_frame, arguments.seed)
    trainer = Trainer(model, arguments.steps, arguments.rate, arguments.seed)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    while trainer.number < arguments.steps:
        until = min(arguments.steps, trainer.number + arguments.save_every)
        sums: dict[str, float] = {}
        started = trainer.number
        for number in tqdm(range(started, until), disable=None):
            for name, value in trainer.step(batches[number]).items():
                sums[name] = sums.get(name, 0.0) + value
        trainer.save(checkpoint)
        model.save(arguments.out)
        means = {name: round(value / (until - started), 5) for name, value in sums.items()}
        print(json.dumps({"step": until, **means}))


def _join(truths: Sequence[CropTruth], device: torch.device) -> CropTruth:
    known = [truth.known if truth.known is not None else truth.amodal.new_ones(len(truth.amodal)) for truth in truths]
    return CropTruth(
        torch.cat([truth.amodal for truth in truths]).to(device),
        torch.cat([truth.occluder for truth in truths]).to(device),
        torch.cat(known).bool().to(device),
    )


def create(arguments: argparse.Namespace) -> TrainableCropModel:
    """The model the arguments ask for, with random weights but for its base."""
    device = torch.device(arguments.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    shape: dict[str, Any] = dict(width=arguments.width, joined=arguments.joined, final_skip=arguments.final_skip)
    if arguments.size is not None:
        shape["size"] = arguments.size
    if arguments.model == "occamodal":
        model: TrainableCropModel = OccAmodal(
            image_width=arguments.image_width, occluder_predictor=arguments.occluder_predictor, **shape
        )
    elif arguments.sd_backbone:
        if arguments.base is None:
            raise ConfigError("base must name the Stable Diffusion folder that SDAmodal is trained on")
        backbone = StableDiffusionFeatures.load(
            str(arguments.base), device, timestep=arguments.timestep, ensemble=arguments.ensemble
        )
        model = SDAmodal(
            feature_channels=backbone.channels, multi_scale=arguments.multi_scale, backbone=backbone, **shape
        )
    else:
        model = SDAmodal(image_width=arguments.image_width, sd_backbone=False, **shape)
    if arguments.base is not None and not (isinstance(model, SDAmodal) and model.backbone is not None):
        model.load_imagenet(arguments.base)
    return model.to(device)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", choices=("occamodal", "sdamodal"), required=True)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="annotation files or folders with one")
    parser.add_argument("--images", type=Path, help="folder of the images; default: the usual places")
    parser.add_argument("--base", type=Path, help="Stable Diffusion folder, or ImageNet weights of ResNet-18")
    parser.add_argument("--out", type=Path, required=True, help="weights to write, .safetensors")
    parser.add_argument("--steps", type=int, default=56_000)
    parser.add_argument("--batch", type=int, default=32, help="crops a step")
    parser.add_argument("--per-frame", type=int, default=8, help="most crops of one image in a step")
    parser.add_argument("--rate", type=float, default=1e-3, help="first learning rate")
    parser.add_argument("--save-every", type=int, default=500, help="steps between checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", help="cpu, cuda, cuda:1; default: a GPU where there is one")
    parser.add_argument("--size", type=int, help="crop side in pixels; default 256 (occamodal), 512 (sdamodal)")
    parser.add_argument("--width", type=int, default=32, help="U-Net channels at full resolution")
    parser.add_argument("--joined", type=int, default=256, help="channels image features are reduced to")
    parser.add_argument("--image-width", type=int, default=64, help="channels of the ResNet's first stage")
    parser.add_argument("--timestep", type=int, default=TIMESTEP, help="noise level of the base features")
    parser.add_argument("--ensemble", type=int, default=ENSEMBLE, help="noises the base features are averaged over")
    for name in ("final-skip", "occluder-predictor", "sd-backbone", "multi-scale"):
        parser.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=True, help="ablation option")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    try:
        train(parse(argv))
    except PhysperceptionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
