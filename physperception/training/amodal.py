"""Train the embedded completer on crops of generated scenes.

    python -m physperception.training.amodal --data data/scenes/train --val data/scenes/val \\
        --out physperception/weights/amodal.safetensors --seed 0 --steps 6000

Several `--data` are mixed. Crops are cut once into `--cache`. Resumes from the checkpoint beside `--out`. One thread is
the default: on a machine whose cores are shared, more threads make it slower.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from physperception.amodal.network import AmodalUNet, ShapeDistribution
from physperception.datasets.coco import SceneDataset
from physperception.training.amodal_crops import CropBatch, concatenated, make_batch, store_crops
from physperception.training.averaging import WeightAverage, save_whole
from physperception.weights import weights_path

WARMUP_STEPS = 100
NOTE_S = 180.0
AVERAGE_DECAY = 0.999
SHAPE_SAMPLES = 8


@dataclass
class Progress:
    """Where a training stands; all of it is in the checkpoint."""

    step: int = 0
    elapsed_s: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """The network, its optimiser, and the moving average of its weights that is shipped.

    Args:
        seed: of initial weights, sampling and augmentation.
        steps: of training in all; the learning rate falls to zero over them.
        use_image: False trains the ablation without image features.
        rate: highest learning rate of AdamW.
        bfloat16: run the forward pass in it (losses stay in float32); faster where the processor has it.
    """

    def __init__(
        self, seed: int, steps: int, use_image: bool = True, rate: float = 2e-3, bfloat16: bool = False
    ) -> None:
        torch.manual_seed(seed)
        self.network = AmodalUNet(use_image).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = WeightAverage(self.network, AVERAGE_DECAY)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=0.02)
        self.generator = torch.Generator().manual_seed(seed)
        self.progress = Progress()
        self._steps, self._rate, self._bfloat16 = steps, rate, bfloat16

    @property
    def done(self) -> float:
        """Which part of the training is done, 0 to 1."""
        return self.progress.step / self._steps

    @property
    def finished(self) -> bool:
        return self.done >= 1

    def step(self, crops: NDArray[np.uint8]) -> dict[str, float]:
        """One optimiser step on stored crops [R, 4, 144, 144]; returns the loss terms."""
        started_s = time.monotonic()
        batch = make_batch(crops, self.generator)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate * self._schedule()
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            found = self.network(batch.inputs.contiguous(memory_format=torch.channels_last))
        losses = completion_loss(found.in_float32(), batch, self.generator)
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(self.network, self.progress.step)
        self.progress.step += 1
        self.progress.elapsed_s += time.monotonic() - started_s
        return {name: float(value.detach()) for name, value in losses.items()}

    @torch.no_grad()
    def validate(self, crops: NDArray[np.uint8], batch_size: int) -> dict[str, float]:
        """Mean IoU of whole and of hidden parts on the crop grid, averaged weights, hidden objects only."""
        network = AmodalUNet(self.network.use_image)
        network.load_state_dict(self.average.tensors)
        network.eval()
        whole, hidden = [], []
        for start in range(0, len(crops), batch_size):
            batch = make_batch(crops[start : start + batch_size], None)
            guess = (network(batch.inputs).probability() >= 0.5).float()
            guess = torch.maximum(guess, batch.visible)
            behind = batch.known * (1 - batch.visible)
            amount = (batch.amodal * behind).sum((1, 2)) / batch.amodal.sum((1, 2))
            chosen = amount >= 0.05
            whole.append(_iou(guess, batch.amodal, batch.known)[chosen])
            hidden.append(_iou(guess, batch.amodal, behind)[chosen])
        return {"miou": float(torch.cat(whole).mean()), "miou_inv": float(torch.cat(hidden).mean())}

    def save(self, path: Path) -> None:
        """Everything needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.tensors,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "progress": vars(self.progress),
        }
        save_whole(state, path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.tensors = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.progress = Progress(**state["progress"])

    def export(self, path: Path) -> None:
        """The averaged weights as fp16 safetensors, what the completer loads."""
        self.average.export(path)

    def _schedule(self) -> float:
        warm = min(1.0, (self.progress.step + 1) / WARMUP_STEPS)
        return warm * 0.5 * (1 + math.cos(math.pi * self.done))


def completion_loss(found: ShapeDistribution, batch: CropBatch, generator: torch.Generator) -> dict[str, Tensor]:
    """Every term of the loss by name, already weighted; their sum is what is minimised.

    `pixels`: cross-entropy of the marginal probabilities. `hidden`: soft Dice of the hidden part, so that small ones
    count as much as large ones. `shape`: likelihood of the whole mask under the distribution (Monteiro et al. 2020,
    eq. 9). `occluder`: cross-entropy of the occluders (thesis 3.4.1).
    """
    count = batch.known.sum((1, 2)).clamp(min=1)
    scale = torch.sqrt(1 + torch.pi / 8 * ((found.factor**2).sum(1) + found.log_diagonal.exp()))
    logits = found.mean / scale
    pixels = _entropy(logits, batch.amodal, batch.known) / count
    behind = batch.known * (1 - batch.visible)
    truth = batch.amodal * behind
    guess = logits.sigmoid() * behind
    overlap = (2 * (guess * truth).sum((1, 2)) + 1) / (guess.sum((1, 2)) + truth.sum((1, 2)) + 1)
    is_hidden = truth.sum((1, 2)) > 8
    samples = found.sample(SHAPE_SAMPLES, generator)
    likelihood = torch.stack([-_entropy(sample, batch.amodal, batch.known) for sample in samples])
    shape = -(torch.logsumexp(likelihood, 0) - math.log(SHAPE_SAMPLES)) / count
    inside = batch.inputs[:, 5]
    occluder = _entropy(found.occluder, batch.occluder, inside) / inside.sum((1, 2)).clamp(min=1)
    return {
        "pixels": 2 * pixels.mean(),
        "hidden": 0.5 * ((1 - overlap) * is_hidden).sum() / is_hidden.sum().clamp(min=1),
        "shape": shape.mean(),
        "occluder": 0.3 * occluder.mean(),
    }


def _entropy(logits: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    return (functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * where).sum((1, 2))


def _iou(first: Tensor, second: Tensor, where: Tensor) -> Tensor:
    shared = (first * second * where).sum((1, 2))
    union = (torch.maximum(first, second) * where).sum((1, 2))
    return torch.where(union > 0, shared / union.clamp(min=1), torch.zeros_like(union))


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(arguments.seed, arguments.steps, not arguments.no_image, bfloat16=arguments.bfloat16)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    stores = [
        store_crops(SceneDataset(folder), arguments.cache / f"{folder.name}.npy", 0.3, arguments.seed)
        for folder in arguments.data
    ]
    validation = store_crops(SceneDataset(arguments.val), arguments.cache / f"{arguments.val.name}.npy", 0.0, 0)
    rows = concatenated(stores)
    random = np.random.default_rng((arguments.seed, trainer.progress.step))
    noted_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.progress.step, mininterval=10) as bar:
        while not trainer.finished:
            chosen = sorted(rows[row] for row in random.integers(len(rows), size=arguments.batch))
            losses = trainer.step(np.stack([stores[store][row] for store, row in chosen]))
            bar.update()
            bar.set_postfix({name: f"{value:.3f}" for name, value in losses.items()}, refresh=False)
            if time.monotonic() - noted_s > NOTE_S:
                _note(trainer, validation, arguments)
                noted_s = time.monotonic()
    _note(trainer, validation, arguments)
    print(json.dumps({"steps": trainer.progress.step, "crops": trainer.progress.step * arguments.batch}))


def _note(trainer: Trainer, validation: NDArray[np.uint8], arguments: argparse.Namespace) -> None:
    found = {name: round(value, 4) for name, value in trainer.validate(validation, arguments.batch).items()}
    trainer.progress.history.append({"step": trainer.progress.step, "val": found})
    minutes = trainer.progress.elapsed_s / 60
    tqdm.write(f"step {trainer.progress.step} minutes {minutes:.1f} val {json.dumps(found)}")
    trainer.save(arguments.out.with_suffix(".checkpoint"))
    trainer.export(arguments.out)


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path("amodal.safetensors"))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut crops are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--no-image", action="store_true", help="the ablation without image features")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
