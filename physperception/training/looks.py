"""Train the network that names objects and their surfaces for the embedded grounder.

    python -m physperception.training.looks --data data/scenes/train data/scenes/train2 --val data/scenes/val \\
        --out physperception/weights/looks.safetensors --seed 0 --steps 6000

Objects are cut and described once into `--cache`; that takes the time, the training itself a minute or two.
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
    SURFACES,
    WEIGHTS,
    LooksNetwork,
    cut,
)
from physperception.grounding.embedded.surfaces import COARSE, SIZE, TURNING, describe
from physperception.scene import Mask
from physperception.training.network_trainer import NetworkTrainer
from physperception.weights import weights_path

NOTE_STEPS = 1000
FEWEST_PX = 60
_SURFACE_NAMES = {
    "plain": "plain", "stripes": "striped", "checks": "checked", "dots": "dotted", "mottled": "mottled", "wood": "wood",
    "patches": "patched", "print": "printed",
}  # fmt: skip


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too.

    Args:
        described: float32 [P, 497], of which means and deviations are taken.
    """

    def __init__(self, described: NDArray[np.float32], seed: int, steps: int, rate: float = 2e-3) -> None:
        torch.manual_seed(seed)
        network = LooksNetwork()
        network.get_buffer("middle").copy_(torch.from_numpy(described.mean(axis=0)))
        network.get_buffer("spread").copy_(torch.from_numpy(described.std(axis=0) + 1e-3))
        super().__init__(network, seed, steps, rate)

    def step(self, described: NDArray[np.float32], labels: NDArray[np.uint8]) -> float:
        """One optimiser step on descriptions [B, 497] and labels [B, 3]; returns the loss."""
        inputs = mirrored(torch.from_numpy(described), self.generator)
        noise = torch.randn(inputs.shape, generator=self.generator) * 0.1
        inputs = inputs + noise * self.network.get_buffer("spread")
        return self.learn(looks_loss(self.logits(inputs), torch.from_numpy(labels.astype(np.int64))))

    def logits(self, inputs: Tensor) -> Tensor:
        self.network.train()
        found: Tensor = self.network(inputs)
        return found

    @torch.no_grad()
    def validate(self, described: NDArray[np.float32], labels: NDArray[np.uint8]) -> dict[str, float]:
        """Loss and accuracies of category and surface."""
        network = LooksNetwork()
        network.load_state_dict(self.average.tensors)
        logits = network.eval()(torch.from_numpy(described))
        truth = torch.from_numpy(labels.astype(np.int64))
        names, surfaces = _split(logits)
        return {
            "loss": float(looks_loss(logits, truth)),
            "category": float((names.argmax(1) == truth[:, 0]).float().mean()),
            "surface": float((surfaces.argmax(1) == truth[:, 1]).float().mean()),
        }


def looks_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Sum of the cross-entropies of category and surface; truth int64 [B, 3]."""
    names, surfaces = _split(logits)
    named = functional.cross_entropy(names, truth[:, 0], label_smoothing=0.03)
    covered = functional.cross_entropy(surfaces, truth[:, 1], label_smoothing=0.03)
    return named + 0.7 * covered


def store_crops(scenes: SceneDataset, path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Objects of at least 60 visible pixels, cut into files or read from them: uint8 [P, 48, 48, 5], labels [P, 3]
    (category, surface, gloss)."""
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


def store_descriptions(scenes: SceneDataset, cache: Path) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Descriptions float32 [P, 497] and labels uint8 [P, 3] of the objects of a set, kept in the cache."""
    name = scenes.image_path(0).parent.parent.name
    crops, labels = store_crops(scenes, cache / f"{name}-looks.npy")
    path = cache / f"{name}-looks-described.npy"
    if not path.exists():
        found = [describe(np.array(crop)) for crop in tqdm(crops, desc=path.stem, unit="object", mininterval=20)]
        np.save(path, np.stack(found))
    return np.load(path), labels


def mirrored(described: Tensor, generator: torch.Generator) -> Tensor:
    """Descriptions of which half are as of the mirrored object: their coarse pictures and angles are turned round."""
    cells = COARSE * COARSE
    pictures = described[:, -3 * cells :].reshape(-1, 3, COARSE, COARSE)
    turned = torch.cat((described[:, : -3 * cells], pictures.flip(3).reshape(len(described), -1)), 1)
    turned[:, list(TURNING)] *= -1
    chosen = torch.rand((len(described), 1), generator=generator) < 0.5
    return torch.where(chosen, turned, described)


def _split(logits: Tensor) -> tuple[Tensor, Tensor]:
    names, surfaces = logits.split((len(CATEGORIES), len(SURFACES)), dim=1)
    return names, surfaces


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    parts = [store_descriptions(SceneDataset(folder), arguments.cache) for folder in arguments.data]
    held_out = store_descriptions(SceneDataset(arguments.val), arguments.cache)
    described, labels = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    trainer = Trainer(described, arguments.seed, arguments.steps)
    random = np.random.default_rng(arguments.seed)
    started_s = time.monotonic()
    while not trainer.finished:
        rows = random.integers(len(labels), size=arguments.batch)
        trainer.step(described[rows], labels[rows])
        if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
            found = {name: round(value, 4) for name, value in trainer.validate(*held_out).items()}
            print(f"step {trainer.step_number} val {json.dumps(found)}", flush=True)
    trainer.export(arguments.out)
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path(WEIGHTS))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut objects are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
