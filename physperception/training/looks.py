"""Train the network that names objects and their surfaces for the embedded grounder.

    python -m physperception.training.looks --data data/scenes/train data/scenes/train2 --val data/scenes/val \\
        --out physperception/weights/looks.safetensors --seed 0 --steps 5000

Objects are cut once into `--cache`. Resumes from the checkpoint beside `--out`.
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

from physperception.datasets.coco import SceneDataset
from physperception.grounding.embedded.looks import (
    CATEGORIES,
    SIZE,
    SURFACES,
    WEIGHTS,
    LooksNetwork,
    as_input,
    cut,
)
from physperception.scene import Mask
from physperception.training.network_trainer import NetworkTrainer
from physperception.weights import weights_path

NOTE_STEPS = 500
FEWEST_PX = 60
_SURFACE_NAMES = {
    "plain": "plain", "stripes": "striped", "checks": "checked", "dots": "dotted", "mottled": "mottled", "wood": "wood",
    "patches": "patched", "print": "printed",
}  # fmt: skip


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too."""

    def __init__(self, seed: int, steps: int, rate: float = 2e-3, bfloat16: bool = False) -> None:
        torch.manual_seed(seed)
        super().__init__(LooksNetwork(), seed, steps, rate, bfloat16)

    def step(self, crops: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
        """One optimiser step on stored crops [B, 48, 48, 5] and labels [B, 3]; returns the loss."""
        inputs, truth = make_batch(crops, labels, self.generator)
        return self.learn(looks_loss(self.logits(inputs), truth))

    @torch.no_grad()
    def validate(self, crops: NDArray[np.uint8], labels: NDArray[np.uint8]) -> dict[str, float]:
        """Loss and accuracies of category, surface and gloss."""
        network = LooksNetwork()
        network.load_state_dict(self.average.tensors)
        network.eval()
        logits = torch.cat([network(as_input(np.array(crops[s : s + 256]))) for s in range(0, len(crops), 256)])
        truth = torch.from_numpy(labels.astype(np.int64))
        names, surfaces, gloss = _split(logits)
        return {
            "loss": float(looks_loss(logits, truth)),
            "category": float((names.argmax(1) == truth[:, 0]).float().mean()),
            "surface": float((surfaces.argmax(1) == truth[:, 1]).float().mean()),
            "gloss": float(((gloss > 0) == (truth[:, 2] > 0)).float().mean()),
        }


def looks_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Sum of the cross-entropies of category, surface and gloss; truth int64 [B, 3]."""
    names, surfaces, gloss = _split(logits)
    named = functional.cross_entropy(names, truth[:, 0], label_smoothing=0.03)
    covered = functional.cross_entropy(surfaces, truth[:, 1], label_smoothing=0.03)
    return named + 0.7 * covered + 0.2 * functional.binary_cross_entropy_with_logits(gloss, truth[:, 2].float())


def store_crops(scenes: SceneDataset, path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Objects of at least 60 visible pixels, cut into files or read from them: uint8 [P, 48, 48, 5], labels [P, 3]."""
    labels_path = path.with_name(f"{path.stem}-labels.npy")
    if not path.exists() or not labels_path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        crops: list[NDArray[np.uint8]] = []
        labels: list[tuple[int, int, int]] = []
        for index in tqdm(range(len(scenes)), desc=f"objects of {path.name}", unit="image", mininterval=10):
            sample = scenes[index]
            visible = [Mask.from_full(mask) for mask in sample.visible]
            for number, record in enumerate(scenes.annotations(index)):
                name, surface = scenes.category_names[record["category_id"]], record["material"]["surface"]
                if visible[number].area >= FEWEST_PX and name in CATEGORIES and surface in _SURFACE_NAMES:
                    kind = SURFACES.index(_SURFACE_NAMES[surface])
                    labels.append((CATEGORIES.index(name), kind, int(record["material"]["glossy"])))
                    crops.append(cut(sample.image, visible, number))
        stored = open_memmap(path, mode="w+", dtype=np.uint8, shape=(len(crops), SIZE, SIZE, 5))
        stored[:] = np.stack(crops)
        stored.flush()
        np.save(labels_path, np.array(labels, dtype=np.uint8))
    return np.load(path, mmap_mode="r"), np.load(labels_path)


def make_batch(
    crops: NDArray[np.uint8], labels: NDArray[np.uint8], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs [B, 5, 48, 48] and truth [B, 3], mirrored, turned, moved, scaled and recoloured at random.

    In a third of them a corner of the mask is cut away or the outline is worn, as a detector's masks are.
    """
    inputs = as_input(crops)
    count = len(inputs)
    angle = (torch.rand(count, generator=generator) - 0.5) * 0.7
    scale = 0.85 + 0.4 * torch.rand(count, generator=generator)
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    shift = (torch.rand((count, 2), generator=generator) - 0.5) * 0.25
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    rows = [torch.stack((flip * cosine, -sine, shift[:, 0]), 1), torch.stack((flip * sine, cosine, shift[:, 1]), 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), [count, 1, SIZE, SIZE], align_corners=False)
    inputs = functional.grid_sample(inputs, grid, align_corners=False)
    own = _worn(inputs[:, 3:4], generator)
    one = (count, 1, 1, 1)
    contrast = 0.6 + 0.8 * torch.rand(one, generator=generator)
    tint = 0.4 * (torch.rand((count, 3, 1, 1), generator=generator) - 0.5)
    order = torch.stack([torch.randperm(3, generator=generator) for _ in range(count)])
    color = torch.gather(inputs[:, :3], 1, order[:, :, None, None].expand(-1, -1, SIZE, SIZE))
    noise = torch.randn(color.shape, generator=generator) * torch.rand(one, generator=generator) * 0.08
    color = (color * contrast + tint + noise).clamp(-1, 1) * (own > 0.5)
    return torch.cat((color, own, inputs[:, 4:]), 1), torch.from_numpy(labels.astype(np.int64))


def _worn(own: Tensor, generator: torch.Generator) -> Tensor:
    """Masks with coarse noise on their outlines in one of three."""
    count = len(own)
    coarse = torch.rand((count, 1, 12, 12), generator=generator)
    rough = functional.interpolate(coarse, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    blurred = functional.avg_pool2d(own, 5, 1, 2)
    worn = ((blurred + 0.9 * (rough - 0.5)) > 0.5).float() * (own > 0.1)
    chosen = torch.rand((count, 1, 1, 1), generator=generator) < 0.33
    return torch.where(chosen, worn, own)


def _split(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    names, surfaces, gloss = logits.split((len(CATEGORIES), len(SURFACES), 1), dim=1)
    return names, surfaces, gloss[:, 0]


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(arguments.seed, arguments.steps, bfloat16=arguments.bfloat16)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    parts = [store_crops(SceneDataset(f), arguments.cache / f"{f.name}-looks.npy") for f in arguments.data]
    held_out = store_crops(SceneDataset(arguments.val), arguments.cache / f"{arguments.val.name}-looks.npy")
    crops, labels = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    random = np.random.default_rng((arguments.seed, trainer.step_number))
    started_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.step_number, mininterval=20) as bar:
        while not trainer.finished:
            rows = random.integers(len(labels), size=arguments.batch)
            loss = trainer.step(crops[rows], labels[rows])
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                found = {name: round(value, 4) for name, value in trainer.validate(*held_out).items()}
                tqdm.write(f"step {trainer.step_number} val {json.dumps(found)}")
                trainer.save(checkpoint)
                trainer.export(arguments.out)
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path(WEIGHTS))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut objects are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
