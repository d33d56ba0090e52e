"""Train the embedded detector's heads, and the trunk of their own, on generated scenes.

    python -m physperception.training.detector --data data/scenes/train data/scenes/train2 \\
        --val data/scenes/val --out physperception/weights/detector.safetensors --seed 0 --minutes 60

Several `--data` are mixed. `--start` goes on from other heads, such as those without the plugin: what both have in
common is taken over (staged training, thesis 2.3.1). Resumes from the checkpoint beside `--out` when there is one with
the same arguments. One thread is the default: on a machine whose cores are shared, more threads make it slower.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import ConcatDataset, DataLoader, RandomSampler
from tqdm import tqdm

from physperception.datasets.coco import SceneDataset
from physperception.detection.nanodet import normalise
from physperception.detection.network import EmbeddedNetwork, HeadOptions, ObjectHeads
from physperception.training.averaging import WeightAverage, save_whole
from physperception.training.detector_losses import detector_loss
from physperception.training.scene_batches import SceneBatches, TrainingScene, collate
from physperception.weights import read_metadata, read_weights, weights_path

INPUT_SIZE = (416, 320)
WARMUP_STEPS = 100
CHECKPOINT_S = 120.0
AVERAGE_DECAY = 0.998
TRUNK_SHARE = 0.3


@dataclass
class Progress:
    """Where a training stands; all of it is in the checkpoint."""

    step: int = 0
    elapsed_s: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


class Trainer:
    """The heads, their optimiser, and the moving average of their weights that is shipped.

    Args:
        seed: of initial weights, sampling and augmentation.
        minutes: of training in all; the learning rate falls to zero over them.
        rate: highest learning rate of AdamW.
        options: which parts of the plugin the heads have.
        start: weights of other heads to go on from.
        steps: end after so many steps, whatever the time; the learning rate falls over them.
        bfloat16: run the forward pass in it (losses stay in float32); faster where the processor has it.
        trunk_share: of the learning rate, for a trunk of their own; 0 leaves it as it is.
        pull_back: how far a trunk of `start` goes back to the frozen one before training, 0 to 1 (Wortsman et al. 2022,
            "Robust fine-tuning of zero-shot models": what lies between keeps more of what the old one knew).
    """

    def __init__(
        self,
        seed: int,
        minutes: float,
        rate: float = 1.5e-3,
        options: HeadOptions | None = None,
        start: Path | None = None,
        steps: int | None = None,
        bfloat16: bool = False,
        trunk_share: float = TRUNK_SHARE,
        pull_back: float = 0.0,
    ) -> None:
        torch.manual_seed(seed)
        self.network = EmbeddedNetwork(options).in_channels_last()
        if start is not None:
            start_from(self.network.heads, read_weights(start))
        frozen = read_weights(weights_path("nanodet.safetensors"))
        self.network.trunk.load_state_dict(frozen)
        if self.network.heads.trunk is not None:
            fresh = start is None or not has_trunk(start)
            mix(self.network.heads.trunk, self.network.trunk, 1.0 if fresh else pull_back)
            self.network.heads.trunk.requires_grad_(trunk_share > 0)
        self._trunk_share = trunk_share
        self.average = WeightAverage(self.network.heads, AVERAGE_DECAY)
        self.optimizer = torch.optim.AdamW(self._groups(), lr=rate, weight_decay=0.02)
        self.generator = torch.Generator().manual_seed(seed)
        self.progress = Progress()
        self._minutes = minutes
        self._rate = rate
        self._steps = steps
        self._bfloat16 = bfloat16

    @property
    def done(self) -> float:
        """Which part of the training is done, 0 to 1."""
        if self._steps is not None:
            return self.progress.step / self._steps
        return min(1.0, self.progress.elapsed_s / (60 * self._minutes))

    @property
    def finished(self) -> bool:
        return self.done >= 1

    def step(self, images: Tensor, scenes: list[TrainingScene]) -> dict[str, float]:
        """One optimiser step; returns the loss terms."""
        started_s = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = group["share"] * self._rate * self._schedule()
        losses = self._losses(images, scenes)
        total = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.heads.parameters(), 10.0)
        self.optimizer.step()
        self.average.update(self.network.heads, self.progress.step)
        self.progress.step += 1
        self.progress.elapsed_s += time.monotonic() - started_s
        return {name: float(value.detach()) for name, value in losses.items()}

    @torch.no_grad()
    def validate(self, batches: DataLoader[Any]) -> dict[str, float]:
        """Mean loss terms of the averaged weights on held-out scenes."""
        current = {name: value.clone() for name, value in self.network.heads.state_dict().items()}
        self.network.heads.load_state_dict(self.average.tensors)
        sums: dict[str, float] = {}
        count = 0
        for images, scenes in batches:
            count += 1
            for name, value in self._losses(images, scenes).items():
                sums[name] = sums.get(name, 0.0) + float(value)
        self.network.heads.load_state_dict(current)
        return {name: value / count for name, value in sums.items()}

    def save(self, path: Path) -> None:
        """Everything needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "heads": self.network.heads.state_dict(),
            "average": self.average.tensors,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "progress": vars(self.progress),
        }
        save_whole(state, path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.heads.load_state_dict(state["heads"])
        self.average.tensors = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.progress = Progress(**state["progress"])

    def export(self, path: Path) -> None:
        """The averaged heads in 8 bits, what the detector loads."""
        self.average.export(path, self.network.heads.options.metadata(), compress=True)

    def _groups(self) -> list[dict[str, Any]]:
        """Parameters with their share of the learning rate; the trunk knows much already."""
        named = list(self.network.heads.named_parameters())
        own = [value for name, value in named if name.startswith("trunk.") and value.requires_grad]
        rest = [value for name, value in named if not name.startswith("trunk.")]
        return [{"params": rest, "share": 1.0}] + ([{"params": own, "share": self._trunk_share}] if own else [])

    def _losses(self, images: Tensor, scenes: list[TrainingScene]) -> dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            inputs = normalise(images).contiguous(memory_format=torch.channels_last)
            features = self.network.heads.features(inputs, self.network.trunk)
            return detector_loss(self.network.heads, features, scenes, self.generator)

    def _schedule(self) -> float:
        warm = min(1.0, (self.progress.step + 1) / WARMUP_STEPS)
        return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, self.done)))


def has_trunk(weights: Path) -> bool:
    """Whether heads in a file have a trunk of their own."""
    return HeadOptions.from_metadata(read_metadata(weights)).own_trunk


@torch.no_grad()
def mix(trunk: nn.Module, frozen: nn.Module, share: float) -> None:
    """Move weights in place to `share` of the frozen ones of the same names and 1 - `share` of their own."""
    there = dict(frozen.named_parameters())
    for name, value in trunk.named_parameters():
        value.lerp_(there[name], share)


def start_from(heads: ObjectHeads, weights: dict[str, Tensor]) -> None:
    """Take over what heads have in common with others: tensors of one name and shape, the first channels of wider ones.

    A second box head that the others lack begins as a copy of the first. The target branch of a tri-layer head takes
    more channels than that of a plain one: those of the embeddings begin at zero, so that it starts as the plain one.
    """
    own = heads.state_dict()
    for name, value in own.items():
        given = weights.get(name, weights.get(name.replace("box_heads.1.", "box_heads.0.")))
        if given is None or given.dim() != value.dim():
            continue
        if given.shape == value.shape:
            own[name] = given
        elif given.shape[0] == value.shape[0] and given.shape[1] < value.shape[1]:
            own[name] = torch.zeros_like(value)
            own[name][:, : given.shape[1]] = given
    heads.load_state_dict(own)


def train(arguments: argparse.Namespace) -> None:
    """Train until the minutes are spent, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    options = HeadOptions(
        arguments.layers, not arguments.no_box_adjustment, not arguments.no_reweighting, not arguments.frozen_trunk
    )
    trainer = Trainer(
        arguments.seed,
        arguments.minutes,
        arguments.rate,
        options,
        arguments.start,
        arguments.steps,
        arguments.bfloat16,
        arguments.trunk_share,
        arguments.pull_back,
    )
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    validation = DataLoader(
        torch.utils.data.Subset(
            SceneBatches(SceneDataset(arguments.val), INPUT_SIZE, None), range(arguments.val_images)
        ),
        batch_size=arguments.batch,
        collate_fn=collate,
    )
    saved_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.progress.step) as bar:
        for images, scenes in _endless(arguments):
            if trainer.finished:
                break
            losses = trainer.step(images, scenes)
            bar.update()
            bar.set_postfix(loss=f"{sum(losses.values()):.3f}", minutes=f"{trainer.progress.elapsed_s / 60:.1f}")
            if time.monotonic() - saved_s > CHECKPOINT_S:
                _note(trainer, validation)
                trainer.save(checkpoint)
                trainer.export(arguments.out)
                saved_s = time.monotonic()
    _note(trainer, validation)
    trainer.export(arguments.out)
    trainer.save(checkpoint)
    print(json.dumps({"steps": trainer.progress.step, "images": trainer.progress.step * arguments.batch}))


def _endless(arguments: argparse.Namespace) -> Iterator[tuple[Tensor, list[TrainingScene]]]:
    """Batches for ever; the set is read anew each round, since it may still be growing."""
    epoch = 0
    while True:
        sets = [SceneBatches(SceneDataset(folder), INPUT_SIZE, arguments.seed) for folder in arguments.data]
        for part in sets:
            part.epoch = epoch
        batches: ConcatDataset[TrainingScene] = ConcatDataset(sets)
        order = RandomSampler(batches, generator=torch.Generator().manual_seed(arguments.seed + epoch))
        yield from DataLoader(
            batches,
            batch_size=arguments.batch,
            sampler=order,
            collate_fn=collate,
            num_workers=arguments.workers,
            drop_last=True,
        )
        epoch += 1


def _note(trainer: Trainer, validation: DataLoader[Any]) -> None:
    losses = {name: round(value, 4) for name, value in trainer.validate(validation).items()}
    trainer.progress.history.append({"step": trainer.progress.step, "val": losses})
    tqdm.write(f"step {trainer.progress.step} val {json.dumps(losses)}")


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path("detector.safetensors"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60.0, help="of training steps, not counting validation")
    parser.add_argument("--steps", type=int, help="end after so many steps instead")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--start", type=Path, help="heads to go on from")
    parser.add_argument("--layers", choices=("none", "bi_layer", "tri_layer"), default="tri_layer")
    parser.add_argument("--no-box-adjustment", action="store_true", help="one iteration only")
    parser.add_argument("--no-reweighting", action="store_true", help="second iteration on plain features")
    parser.add_argument("--frozen-trunk", action="store_true", help="the names' trunk for the objects too")
    parser.add_argument("--trunk-share", type=float, default=TRUNK_SHARE, help="of the rate, for the trunk; 0: none")
    parser.add_argument("--pull-back", type=float, default=0.0, help="of --start's trunk, to the frozen one first")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1, help="processes that read and augment")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--val-images", type=int, default=96)
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
