"""Train the network that says which of two objects hides the other.

    python -m physperception.training.order --data data/scenes/train data/scenes/train2 --val data/scenes/val \\
        --out physperception/weights/order.safetensors --seed 0 --steps 4000

Pairs are cut once into `--cache`. Resumes from the checkpoint beside `--out`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from physperception.amodal.order import SIZE, OrderNetwork, meeting_place, pair_input, swapped
from physperception.datasets.coco import SceneDataset
from physperception.scene import Mask
from physperception.training.network_trainer import NetworkTrainer
from physperception.weights import weights_path

NOTE_STEPS = 400
OVERLAP = 0.05
LARGE, HIDES, HIDDEN = 1, 2, 4
"""Bits of a pair's label: amodal masks overlap by more than 5 % of the smaller; first hides second; the reverse."""


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too."""

    def __init__(self, seed: int, steps: int, rate: float = 2e-3, bfloat16: bool = False) -> None:
        torch.manual_seed(seed)
        super().__init__(OrderNetwork(), seed, steps, rate, bfloat16)

    def step(self, pairs: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
        """One optimiser step on stored pairs [P, 4, 64, 64]; returns the loss."""
        inputs, truth = make_batch(pairs, labels, self.generator)
        return self.learn(functional.binary_cross_entropy_with_logits(self.logits(inputs), truth))

    @torch.no_grad()
    def validate(self, pairs: NDArray[np.uint8], labels: NDArray[np.uint8]) -> dict[str, float]:
        """Loss, and the accuracy over pairs of which exactly one hides the other, all and those that overlap much."""
        network = OrderNetwork()
        network.load_state_dict(self.average.tensors)
        network.eval()
        logits = []
        for start in range(0, len(pairs), 256):
            inputs = _inputs(pairs[start : start + 256])
            logits.append((network(inputs) + network(swapped(inputs)).flip(1)) / 2)
        found, truth = torch.cat(logits), _truth(labels)
        ordered = truth.sum(1) == 1
        right = (found[:, 0] > found[:, 1]) == (truth[:, 0] > truth[:, 1])
        large = ordered & torch.from_numpy(labels & LARGE > 0)
        loss = functional.binary_cross_entropy_with_logits(found, truth)
        return {
            "loss": float(loss),
            "accuracy": float(right[ordered].float().mean()),
            "accuracy_large": float(right[large].float().mean()),
        }


def store_pairs(scenes: SceneDataset, path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Every two objects near each other, cut into files or read from them: uint8 [P, 4, 64, 64] (RGB; bits 1 first,
    2 second, 4 inside) and labels [P]."""
    labels_path = path.with_name(f"{path.stem}-labels.npy")
    if not path.exists() or not labels_path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        found: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        for index in tqdm(range(len(scenes)), desc=f"pairs of {path.name}", unit="image"):
            for pixels, label in _pairs(scenes, index):
                found.append(pixels)
                labels.append(label)
        stored = open_memmap(path, mode="w+", dtype=np.uint8, shape=(len(found), 4, SIZE, SIZE))
        stored[:] = np.stack(found)
        stored.flush()
        np.save(labels_path, np.array(labels, dtype=np.uint8))
    return np.load(path, mmap_mode="r"), np.load(labels_path)


def make_batch(
    pairs: NDArray[np.uint8], labels: NDArray[np.uint8], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs [P, 6, 64, 64] and truth [P, 2], mirrored, swapped, moved and recoloured at random."""
    inputs, truth = _inputs(pairs), _truth(labels)
    count = (len(inputs), 1, 1, 1)
    swap = torch.rand(len(inputs), generator=generator) < 0.5
    inputs = torch.where(swap[:, None, None, None], swapped(inputs), inputs)
    truth = torch.where(swap[:, None], truth.flip(1), truth)
    angle = (torch.rand(len(inputs), generator=generator) - 0.5) * 0.6
    scale = 0.8 + 0.35 * torch.rand(len(inputs), generator=generator)
    flip = torch.where(torch.rand(len(inputs), generator=generator) < 0.5, -1.0, 1.0)
    shift = (torch.rand((len(inputs), 2), generator=generator) - 0.5) * 0.2
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    rows = [torch.stack((flip * cosine, -sine, shift[:, 0]), 1), torch.stack((flip * sine, cosine, shift[:, 1]), 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), [len(inputs), 1, SIZE, SIZE], align_corners=False)
    inputs = functional.grid_sample(inputs, grid, align_corners=False)
    image, masks = inputs[:, :3], (inputs[:, 3:] >= 0.5).float()
    contrast = 0.6 + 0.8 * torch.rand(count, generator=generator)
    tint = 0.4 * (torch.rand((len(inputs), 3, 1, 1), generator=generator) - 0.5)
    noise = torch.randn(image.shape, generator=generator) * torch.rand(count, generator=generator) * 0.08
    for mask in (masks[:, :1], masks[:, 1:2]):
        wanted = (torch.rand(count, generator=generator) < 0.3) * mask
        own = 0.8 * (torch.rand((len(inputs), 3, 1, 1), generator=generator) - 0.5)
        image = image + wanted * (image * 2 * own + own.flip(1))
    image = (image * contrast + tint + noise).clamp(-1, 1) * masks[:, 2:]
    return torch.cat((image, masks), 1), truth


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(arguments.seed, arguments.steps, bfloat16=arguments.bfloat16)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    parts = [store_pairs(SceneDataset(f), arguments.cache / f"{f.name}-pairs.npy") for f in arguments.data]
    held_out = store_pairs(SceneDataset(arguments.val), arguments.cache / f"{arguments.val.name}-pairs.npy")
    rows = [(part, row) for part, (_, labels) in enumerate(parts) for row in range(len(labels))]
    random = np.random.default_rng((arguments.seed, trainer.step_number))
    started_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.step_number, mininterval=10) as bar:
        while not trainer.finished:
            chosen = sorted(rows[row] for row in random.integers(len(rows), size=arguments.batch))
            pairs = np.stack([parts[part][0][row] for part, row in chosen])
            loss = trainer.step(pairs, np.array([parts[part][1][row] for part, row in chosen], dtype=np.uint8))
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                found = {name: round(value, 4) for name, value in trainer.validate(*held_out).items()}
                tqdm.write(f"step {trainer.step_number} val {json.dumps(found)}")
                trainer.save(checkpoint)
                trainer.export(arguments.out)
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def _pairs(scenes: SceneDataset, index: int) -> list[tuple[NDArray[np.uint8], int]]:
    sample = scenes[index]
    visible = [Mask.from_full(mask) for mask in sample.visible]
    areas = sample.amodal.sum((1, 2))
    found = []
    for first in range(len(visible)):
        for second in range(first + 1, len(visible)):
            crop = meeting_place(visible[first], visible[second])
            if crop is None:
                continue
            shared = np.count_nonzero(sample.amodal[first] & sample.amodal[second])
            label = LARGE * (shared > OVERLAP * min(areas[first], areas[second]))
            label |= HIDES * bool(sample.occludes[first, second]) | HIDDEN * bool(sample.occludes[second, first])
            values = pair_input(sample.image, visible[first], visible[second], crop).numpy()
            color = ((values[:3] + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
            bits = (values[3] + 2 * values[4] + 4 * (values[5] >= 0.5)).astype(np.uint8)
            found.append((np.concatenate([color, bits[None]]), int(label)))
    return found


def _inputs(pairs: NDArray[np.uint8]) -> Tensor:
    stored = torch.from_numpy(np.array(pairs))
    bits = stored[:, 3].int()
    masks = torch.stack([(bits & bit > 0).float() for bit in (1, 2, 4)], 1)
    return torch.cat(((stored[:, :3].float() / 127.5 - 1) * masks[:, 2:], masks), 1)


def _truth(labels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.stack([labels & HIDES > 0, labels & HIDDEN > 0], 1).astype(np.float32))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path("order.safetensors"))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut pairs are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
