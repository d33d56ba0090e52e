"""Train a read-out of a physical property on clips with known values.

    python -m physperception.training.readout --property restitution --data data/videos/restitution/train \\
        --val data/videos/restitution/val --out physperception/weights/readout_restitution.safetensors --steps 6000

    python -m physperception.training.readout --property friction --start trained.safetensors --data real/train \\
        --val real/val --out adapted.safetensors --steps 300 --rate 1e-4

The second adapts a trained read-out to a few clips of another domain (thesis 5.5.1). `--backbone vjepa2 --base FOLDER`
and `--backbone video_diffusion --base FOLDER` train on frozen networks. Clips are looked at once into `--cache`.
Resumes from the checkpoint beside `--out`.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from physperception.amodal.models import fill
from physperception.datasets.videos.dataset import VideoDataset
from physperception.devices import prepare_device
from physperception.physics.readout.embedded import EmbeddedBackbone
from physperception.physics.readout.heads import Target, readout_loss
from physperception.physics.readout.model import NAMES, Readout, make_backbone, metadata, open_readout
from physperception.training.averaging import WeightAverage, save_whole
from physperception.training.readout_clips import ClipLooks, store_looks
from physperception.weights import read_weights

WARMUP_STEPS = 100
NOTE_STEPS = 250
AVERAGE_DECAY = 0.998
EMBEDDED_RATE = 1.5e-3
FROZEN_RATE = 1e-5
"""Of the thesis (5.5), for frozen backbones with batches of 16."""
COVERAGE = 0.9
KINDS = {name: kind for kind, name in NAMES.items()}


class Trainer:
    """A read-out, its optimiser, and the moving average of its weights that is shipped.

    Args:
        readout: with a new, or an already trained, embedded backbone, or a frozen one.
        target: how values are scaled.
        seed: of sampling and augmentation.
        steps: of training in all; the learning rate falls to zero over them.
        rate: highest learning rate of AdamW; None for the backbone's usual one.
        bfloat16: run the forward pass in it; faster where the processor has it.
    """

    def __init__(
        self,
        readout: Readout,
        target: Target,
        seed: int,
        steps: int,
        rate: float | None = None,
        bfloat16: bool = False,
    ) -> None:
        self.readout = readout
        self.target = target
        self.average = WeightAverage(readout, AVERAGE_DECAY)
        usual = EMBEDDED_RATE if isinstance(readout.backbone, EmbeddedBackbone) else FROZEN_RATE
        self._rate = usual if rate is None else rate
        self.optimizer = torch.optim.AdamW(readout.parameters(), lr=self._rate, weight_decay=0.02)
        self.generator = torch.Generator().manual_seed(seed)
        self.step_number = 0
        self.interval_factor = 1.0
        self._steps, self._bfloat16 = steps, bfloat16

    @property
    def finished(self) -> bool:
        return self.step_number >= self._steps

    def step(self, looks: Mapping[str, Tensor], values: Tensor) -> dict[str, float]:
        """One optimiser step on stacked looks [B, ...] and values [B] in the property's unit; returns the losses."""
        warm = min(1.0, (self.step_number + 1) / min(WARMUP_STEPS, 1 + self._steps // 10))
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate * warm * 0.5 * (1 + math.cos(math.pi * self.step_number / self._steps))
        device = self.readout.backbone.device
        self.readout.train()
        inputs = self.readout.backbone.batch(looks, self.generator)
        with torch.autocast(device.type, torch.bfloat16, enabled=self._bfloat16):
            feature = self.readout(inputs)
        losses = readout_loss(self.readout.heads, feature, self.target.scale(values).to(device))
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(self.readout.parameters(), 5.0)
        self.optimizer.step()
        self.step_number += 1
        self.average.update(self.readout, self.step_number)
        return {name: float(loss.detach()) for name, loss in losses.items()}

    @torch.no_grad()
    def validate(self, clips: ClipLooks) -> dict[str, float]:
        """Pearson (of logarithms for viscosity) and mean absolute error of the averaged weights, the AUC over all pairs
        of neighbours, and the factor that makes the Laplace intervals hold nine in ten, which is kept."""
        kept = {name: value.clone() for name, value in self.readout.state_dict().items()}
        self.readout.load_state_dict(self.average.tensors)
        self.readout.eval()
        features = []
        for start in range(0, len(clips), 16):
            looks, _ = clips[range(start, min(len(clips), start + 16))]
            features.append(self.readout(self.readout.backbone.batch(looks)))
        feature = torch.cat(features)
        scaled, log_scale = (part.double().cpu() for part in self.readout.heads.absolute(feature))
        more = self.readout.heads.relative(feature, feature.roll(1, 0)).cpu()
        self.readout.load_state_dict(kept)
        truth = self.target.scale(clips.values.double())
        error = (scaled - truth).abs()
        reach = error / (log_scale.exp() * math.log(1 / (1 - COVERAGE)))
        self.interval_factor = max(1e-3, float(reach.quantile(COVERAGE)))
        values = torch.tensor([self.target.unscale(float(value)) for value in scaled])
        return {
            "pearson": float(torch.corrcoef(torch.stack((scaled, truth)))[0, 1]),
            "mae": float((values - clips.values).abs().mean()),
            "auc": ranking(more, truth > truth.roll(1, 0)),
            "interval_factor": self.interval_factor,
        }

    def save(self, path: Path) -> None:
        """Everything needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "readout": self.readout.state_dict(),
            "average": self.average.tensors,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step_number,
            "interval_factor": self.interval_factor,
        }
        save_whole(state, path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.readout.load_state_dict(state["readout"])
        self.average.tensors = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step_number = state["step"]
        self.interval_factor = state["interval_factor"]

    def export(self, path: Path) -> None:
        """The averaged weights in 8 bits with what `open_readout` needs."""
        self.average.export(path, metadata(self.readout, self.target, self.interval_factor), compress=True)


def ranking(scores: Tensor, truth: Tensor) -> float:
    """Area under the ROC curve of scores [N] for truths bool [N], ties half; NaN when all truths are one."""
    positive, negative = scores[truth], scores[~truth]
    if not len(positive) or not len(negative):
        return math.nan
    higher = (positive[:, None] > negative[None]).double() + 0.5 * (positive[:, None] == negative[None]).double()
    return float(higher.mean())


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    device = prepare_device(arguments.device, arguments.threads)
    torch.manual_seed(arguments.seed)
    readout, kind = new_readout(arguments, device), KINDS[arguments.property]
    folders = [
        arguments.cache / f"{_slug(folder)}-{readout.backbone.kind}" for folder in (*arguments.data, arguments.val)
    ]
    parts = []
    for data, folder in zip((*arguments.data, arguments.val), folders):
        parts.append(store_looks(VideoDataset(data), kind, readout.backbone, folder, blind=data != arguments.val))
    parts, held_out = parts[:-1], parts[-1]
    target = Target.of(kind, torch.cat([part.values for part in parts]))
    if arguments.start is not None:
        target = open_readout(arguments.start, arguments.base, device)[1]
        fill(readout, read_weights(arguments.start), arguments.start)
    trainer = Trainer(readout, target, arguments.seed, arguments.steps, arguments.rate, arguments.bfloat16)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    _run(trainer, parts, held_out, arguments, checkpoint)


def _run(
    trainer: Trainer, parts: list[ClipLooks], held_out: ClipLooks, arguments: argparse.Namespace, checkpoint: Path
) -> None:
    rows = np.array([(part, row) for part, looks in enumerate(parts) for row in range(len(looks))])
    random = np.random.default_rng((arguments.seed, trainer.step_number))
    started_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.step_number, mininterval=10) as bar:
        while not trainer.finished:
            part = parts[rows[random.integers(len(rows)), 0]]
            chosen = np.sort(random.integers(len(part), size=arguments.batch))
            losses = trainer.step(*part[chosen])
            bar.update()
            bar.set_postfix({name: f"{loss:.3f}" for name, loss in losses.items()}, refresh=False)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                found = {name: round(value, 4) for name, value in trainer.validate(held_out).items()}
                tqdm.write(f"step {trainer.step_number} val {json.dumps(found)}")
                trainer.save(checkpoint)
                trainer.export(arguments.out)
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def new_readout(arguments: argparse.Namespace, device: torch.device) -> Readout:
    """An untrained read-out as the arguments say."""
    kind, given = arguments.backbone, {"frames": arguments.frames, "size": arguments.size}
    options: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if kind == EmbeddedBackbone.kind:
        options["property"] = KINDS[arguments.property].value
    return Readout(make_backbone(kind, options, arguments.base, device))


def _slug(folder: Path) -> str:
    return "-".join(folder.parts[-2:])


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--property", choices=sorted(KINDS), required=True)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of training clips")
    parser.add_argument("--val", type=Path, required=True, help="folder of validation clips")
    parser.add_argument("--out", type=Path, required=True, help="weights, fp16 safetensors")
    parser.add_argument("--start", type=Path, help="go on from these weights, with their scaling: domain adaptation")
    parser.add_argument("--backbone", choices=("embedded", "vjepa2", "video_diffusion"), default="embedded")
    parser.add_argument("--base", default="", help="folder of the frozen network")
    parser.add_argument("--cache", type=Path, default=Path("data/looks"), help="where looks at clips are kept")
    parser.add_argument("--frames", type=int, help="a clip; default: as the backbone has it")
    parser.add_argument("--size", type=int, help="of the square, pixels; default: as the backbone has it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, help="highest learning rate; default: as the backbone needs")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
