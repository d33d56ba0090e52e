"""Train a full detector in the stages of thesis 2.3.1, on any data set of images with masks and occluders.

    python -m physperception.training.full_detector --model maskrcnn-swin-t --stage tri_layer \\
        --data data/scenes/train --init PATH --out out/tri_layer.safetensors --steps 20000

`--init` is the result of the stage before (its classes and sizes are kept), or weights of torchvision: those of
`maskrcnn_resnet50_fpn`, or of an ImageNet classifier with the same backbone. Each stage adds its part: tri_layer,
then box_adjustment, then reweighting; `--whole` trains the whole network in it and not only its heads; `all` trains
everything at once. Goes on from the checkpoint beside `--out` when there is one. Uses a GPU where there is one.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from physperception.datasets.coco import AnnotatedImages, DatasetError
from physperception.datasets.readers.opening import FORMATS, open_dataset
from physperception.detection.full.build import build
from physperception.detection.full.checkpoint import read_config, save, start_from
from physperception.detection.full.config import BACKBONES, PLUGINS, FullDetectorConfig, to_json
from physperception.detection.full.model import STAGES, TriLayerRCNN
from physperception.errors import ModelUnavailable, PhysperceptionError
from physperception.training.full_detector_batches import DetectionBatches

RATE_FALLS_AT = (8 / 12, 11 / 12)
WARMUP_STEPS = 500
WEIGHT_DECAY = 0.05
MAX_GRADIENT = 10.0


class TrainingFailed(PhysperceptionError):
    """A training can't go on; the message says why."""


class Trainer:
    """A full detector in one stage, and the optimiser of what that stage trains.

    Args:
        network: on its device.
        stage, whole: as for `TriLayerRCNN.set_stage`.
        steps: of the whole stage, which sets when the rate falls: tenfold at 8/12 and again at 11/12 of them.
        rate: highest learning rate of AdamW.
        seed: of sampled regions and stochastic depth; a step depends on it and on its number only.
    """

    def __init__(
        self, network: TriLayerRCNN, stage: str, whole: bool = False, steps: int = 1, rate: float = 1e-4, seed: int = 0
    ) -> None:
        network.set_stage(stage, whole)
        self.network = network.train()
        self.number = 0
        self._identity = {"config": to_json(network.config), "stage": stage, "whole": whole}
        self._steps, self._rate, self._seed = steps, rate, seed
        self._weights = [weight for weight in network.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.AdamW(self._weights, lr=rate, weight_decay=WEIGHT_DECAY)

    def step(self, images: Sequence[Tensor], targets: Sequence[dict[str, Tensor]]) -> dict[str, float]:
        """One optimiser step; returns the loss terms before it.

        Args:
            images: float RGB [3, H, W] of 0..1, of any sizes.
            targets: of each image, see `TriLayerRCNN`.

        Raises:
            TrainingFailed: a loss is not finite.
        """
        torch.manual_seed(self._seed * 1_000_003 + self.number)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * self._schedule()
        device = self._weights[0].device
        moved = [{name: value.to(device) for name, value in target.items()} for target in targets]
        losses = self.network([image.to(device) for image in images], moved)
        values = {name: float(value.detach()) for name, value in losses.items()}
        wrong = next((name for name, value in values.items() if not math.isfinite(value)), None)
        if wrong is not None:
            raise TrainingFailed(f"the loss {wrong} is not finite at step {self.number}; use a lower --rate")
        self._optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(self._weights, MAX_GRADIENT)
        self._optimizer.step()
        self.number += 1
        return values

    def save(self, path: Path) -> None:
        """All needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "identity": self._identity,
            "weights": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "number": self.number,
        }
        partial = path.with_name(path.name + ".partial")
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            ModelUnavailable: the file can't be read, or is of another detector or stage.
        """
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            identity = state["identity"]
        except Exception as error:
            raise ModelUnavailable(f"cannot read the training checkpoint {path}: {error}") from error
        for name, value in self._identity.items():
            if identity.get(name) != value:
                raise ModelUnavailable(f"the training checkpoint {path} is of another {name}: delete it to start anew")
        self.network.load_state_dict(state["weights"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.number = state["number"]

    def _schedule(self) -> float:
        warm = min(1.0, (self.number + 1) / min(WARMUP_STEPS, max(1, self._steps // 10)))
        return warm * 0.1 ** sum(self.number >= fall * self._steps for fall in RATE_FALLS_AT)


def train(arguments: argparse.Namespace) -> None:
    """Train one stage to `arguments.steps`, writing weights and checkpoint on the way and at the end."""
    torch.manual_seed(arguments.seed)
    data = open_dataset(arguments.data, arguments.format, arguments.images)
    base = read_config(arguments.init) if _is_ours(arguments.init) else None
    config = stage_config(arguments.model, arguments.stage, arguments.plugin, class_names(data, base), base)
    network = build(config)
    if arguments.init:
        fresh = start_from(network, arguments.init)
        tqdm.write(f"{len(fresh)} of {len(network.state_dict())} tensors start from random values")
    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    batches = DetectionBatches(data, config.classes, config.plugin != "none", arguments.batch, arguments.seed)
    trainer = Trainer(
        network.to(device), arguments.stage, arguments.whole, arguments.steps, arguments.rate, arguments.seed
    )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    losses: dict[str, float] = {}
    for number in tqdm(range(trainer.number, arguments.steps), desc=arguments.stage, unit="step"):
        losses = trainer.step(*batches[number])
        if trainer.number % arguments.save_every == 0 or trainer.number == arguments.steps:
            trainer.save(checkpoint)
            save(network, arguments.out)
    rounded = {name: round(value, 4) for name, value in losses.items()}
    print(json.dumps({"steps": trainer.number, "device": str(device), "losses": rounded}))


def stage_config(
    model: str, stage: str, plugin: str, classes: tuple[str, ...], base: FullDetectorConfig | None = None
) -> FullDetectorConfig:
    """The detector a stage trains: what the stages up to it have added.

    Args:
        classes: names of the classes.
        base: of the stage before, whose backbone and sizes are kept.

    Raises:
        ModelUnavailable: the base is another model.
    """
    if base is not None and base.model != model:
        raise ModelUnavailable(f"--init holds weights of {base.model}, not of {model}")
    adjusts = stage != "tri_layer" and not model.startswith("cascade")
    changes: dict[str, Any] = {
        "plugin": plugin,
        "box_adjustment": adjusts,
        "reweighting": adjusts and stage in ("reweighting", "all"),
        "classes": classes,
    }
    return dataclasses.replace(base or FullDetectorConfig(model), **changes)


def class_names(data: AnnotatedImages, base: FullDetectorConfig | None = None) -> tuple[str, ...]:
    """Names of the classes by label: those of the stage before where it knows all of the data's, else the data's.

    Raises:
        DatasetError: the data names no categories.
    """
    names = tuple(data.category_names[index] for index in sorted(data.category_names))
    if not names:
        raise DatasetError("the data set names no categories to detect")
    return base.classes if base is not None and set(names) <= set(base.classes) else names


def _is_ours(path: Path | None) -> bool:
    return path is not None and path.suffix == ".safetensors"


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="annotations, or the folder that holds them")
    parser.add_argument("--format", default="auto", choices=FORMATS, help="of the annotations")
    parser.add_argument("--images", type=Path, help="folder of the images, where it is not beside the annotations")
    parser.add_argument("--model", default="maskrcnn-swin-t", choices=BACKBONES)
    parser.add_argument("--stage", default="all", choices=STAGES)
    parser.add_argument("--plugin", default="tri_layer", choices=PLUGINS, help="layers of the mask heads")
    parser.add_argument("--whole", action="store_true", help="train the whole network in this stage")
    parser.add_argument("--init", type=Path, help="weights to start from")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    parser.add_argument("--steps", type=int, default=90000)
    parser.add_argument("--batch", type=int, default=16, help="images a step")
    parser.add_argument("--rate", type=float, default=1e-4, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="", help="empty for a GPU where there is one")
    parser.add_argument("--save-every", type=int, default=1000, help="steps between checkpoints")
    return parser.parse_args(args)


if __name__ == "__main__":
    try:
        train(parse())
    except PhysperceptionError as error:
        sys.exit(str(error))
