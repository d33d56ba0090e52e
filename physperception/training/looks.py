"""Train the network that names objects and their surfaces for the embedded grounder.

    python -m physperception.training.looks --data data/scenes/train data/scenes/train2 data/scenes/everyday \\
        --val data/scenes/val --out physperception/weights/looks.safetensors --seed 0 --steps 8000

Objects are cut once into `--cache`; masks are then spoilt as a detector's are, images turned, relit and recoloured in
every step. Categories with fewer than 100 objects in the training sets are left out.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from physperception.datasets.coco import SceneDataset
from physperception.grounding.embedded.looks import AROUND, SIZE, SURFACES, WEIGHTS, LooksNetwork, cut
from physperception.scene import Mask
from physperception.training.image_augmentation import recolour, relight
from physperception.training.network_trainer import NetworkTrainer
from physperception.weights import read_weights, weights_path

NOTE_STEPS = 500
FEWEST_PX = 100
FEWEST_OBJECTS = 100
STORED, STORED_AROUND = 112, 1.5
NO_SURFACE = 255
_SURFACE_NAMES = {
    "plain": "plain", "stripes": "striped", "checks": "checked", "dots": "dotted", "mottled": "mottled", "wood": "wood",
    "patches": "patched", "print": "printed",
}  # fmt: skip


@dataclass(frozen=True)
class Crops:
    """Objects of a set.

    Attributes:
        pictures: uint8 [P, 112, 112, 5], 1.5 times as wide as the object: RGB, its mask, masks of the others.
        names: categories of the P objects.
        surfaces: uint8 [P], of `SURFACES`, `NO_SURFACE` for another one.
    """

    pictures: NDArray[np.uint8]
    names: tuple[str, ...]
    surfaces: NDArray[np.uint8]


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too.

    Args:
        categories: K.
    """

    def __init__(self, categories: int, seed: int, steps: int, rate: float = 1e-3, bfloat16: bool = False) -> None:
        torch.manual_seed(seed)
        network = LooksNetwork(categories)
        network.load_state_dict(read_weights(weights_path("nanodet.safetensors")), strict=False)
        super().__init__(network, seed, steps, rate, bfloat16, most_gradient=5.0)
        self._categories = categories

    def step(self, crops: Tensor, labels: Tensor) -> float:
        """One optimiser step on crops uint8 [B, 5, 80, 80] and labels int64 [B, 2]; returns the loss."""
        return self.learn(looks_loss(self.logits(crops), labels, self._categories))

    @torch.no_grad()
    def validate(self, batches: DataLoader[tuple[Tensor, Tensor]]) -> dict[str, float]:
        """Loss and accuracies of category and surface by the averaged weights."""
        network = LooksNetwork(self._categories)
        network.load_state_dict(self.average.tensors)
        network.eval()
        logits, labels = zip(*((network(crops), truth) for crops, truth in batches))
        found, truth = torch.cat(logits), torch.cat(labels)
        sure = truth[:, 1] < len(SURFACES)
        names, surfaces = found.split((self._categories, len(SURFACES)), dim=1)
        return {
            "loss": float(looks_loss(found, truth, self._categories)),
            "category": float((names.argmax(1) == truth[:, 0]).float().mean()),
            "surface": float((surfaces.argmax(1) == truth[:, 1])[sure].float().mean()),
        }


def looks_loss(logits: Tensor, truth: Tensor, categories: int) -> Tensor:
    """Cross-entropies of category and, where it is known, surface; truth int64 [B, 2]."""
    names, surfaces = logits.split((categories, len(SURFACES)), dim=1)
    named = functional.cross_entropy(names, truth[:, 0], label_smoothing=0.03)
    covered = functional.cross_entropy(surfaces, truth[:, 1], label_smoothing=0.03, ignore_index=NO_SURFACE)
    return named + 0.5 * covered.nan_to_num()


class LooksCrops(Dataset[tuple[Tensor, Tensor]]):
    """Crops as the network takes them, and their labels int64 [2].

    Args:
        parts: sets, one after the other; objects of other categories are left out.
        categories: known ones, in the order of the outputs.
        seed: of the augmentation; None for none.
    """

    def __init__(self, parts: Sequence[Crops], categories: Sequence[str], seed: int | None) -> None:
        index = {name: number for number, name in enumerate(categories)}
        self._parts, self._seed, self.epoch = parts, seed, 0
        self._rows = [
            (part, row, index[name])
            for part, crops in enumerate(parts)
            for row, name in enumerate(crops.names)
            if name in index
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        part, row, category = self._rows[number]
        picture = self._parts[part].pictures[row]
        if self._seed is None:
            crop = _view(picture, np.eye(2), np.zeros(2))
        else:
            crop = augmented(picture, np.random.default_rng((self._seed, self.epoch, number)))
        labels = torch.tensor([category, int(self._parts[part].surfaces[row])])
        return torch.from_numpy(np.ascontiguousarray(crop.transpose(2, 0, 1))), labels


def augmented(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 [80, 80, 5] of a stored crop [112, 112, 5], seen and masked a little differently."""
    angle = random.normal(0, 0.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.exp(random.normal(0, 0.07, 2)) * (1 if random.random() < 0.5 else -1, 1))
    crop = _view(picture, turn @ stretch, random.normal(0, 0.03, 2)).copy()
    image = relight(crop[..., :3], random) if random.random() < 0.3 else crop[..., :3]
    crop[..., :3] = recolour(image, random)
    if random.random() < 0.6:
        crop[..., 3] = _spoilt(crop[..., 3], crop[..., 4], random)
    if random.random() < 0.2:
        crop[..., 4] = 0
    return crop


def _view(picture: NDArray[np.uint8], turn: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.uint8]:
    matrix = np.zeros((2, 3))
    matrix[:, :2] = turn * (SIZE / STORED * STORED_AROUND / AROUND)
    matrix[:, 2] = SIZE * (0.5 + shift) - matrix[:, :2] @ np.full(2, STORED / 2)
    image, masks = np.ascontiguousarray(picture[..., :3]), np.ascontiguousarray(picture[..., 3:])
    seen = cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(masks, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
    return np.asarray(np.dstack((seen, covered)), dtype=np.uint8)


def _spoilt(own: NDArray[np.uint8], others: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """A mask as a detector draws it: soft, too large, too small, cut, or reaching into neighbours."""
    kind = random.random()
    if kind < 0.4:
        rough = own.astype(np.float32) + random.normal(0, 90, (10, 10)).astype(np.float32).repeat(8, 0).repeat(8, 1)
        return np.where(cv2.GaussianBlur(rough, (0, 0), random.uniform(1.5, 4)) > 127, 255, 0).astype(np.uint8)
    size = int(random.integers(2, 6))
    kernel = np.ones((size, size), np.uint8)
    if kind < 0.6:
        return np.asarray(cv2.erode(own, kernel), dtype=np.uint8)
    if kind < 0.8:
        return np.asarray(cv2.dilate(own, kernel), dtype=np.uint8)
    if kind < 0.9:
        return np.where(random.random() < 0.5, np.maximum(own, others), own).astype(np.uint8)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (columns - SIZE / 2) + np.sin(angle) * (rows - SIZE / 2)
    return np.where(along < random.uniform(0.1, 0.4) * SIZE, own, 0).astype(np.uint8)


def store_crops(folder: Path, cache: Path) -> Crops:
    """Objects of at least 100 visible pixels of a set, cut into files or read from them."""
    path = cache / f"{folder.name}-looks.npy"
    labels_path = path.with_suffix(".json")
    if not path.exists() or not labels_path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        scenes = SceneDataset(folder)
        labels: list[tuple[str, int]] = []
        total = sum(len(scenes.annotations(index)) for index in range(len(scenes)))
        stored = open_memmap(path, mode="w+", dtype=np.uint8, shape=(total, STORED, STORED, 5))
        for index in tqdm(range(len(scenes)), desc=f"objects of {folder.name}", unit="image", mininterval=10):
            sample = scenes[index]
            visible = [Mask.from_full(mask) for mask in sample.visible]
            for number, record in enumerate(scenes.annotations(index)):
                if visible[number].area >= FEWEST_PX:
                    surface = _SURFACE_NAMES.get(record["material"]["surface"])
                    kind = NO_SURFACE if surface is None else SURFACES.index(surface)
                    stored[len(labels)] = cut(sample.image, visible, number, STORED, STORED_AROUND)
                    labels.append((scenes.category_names[record["category_id"]], kind))
        stored.flush()
        labels_path.write_text(json.dumps(labels), encoding="utf-8")
    labels = [(name, kind) for name, kind in json.loads(labels_path.read_text(encoding="utf-8"))]
    surfaces = np.array([kind for _, kind in labels], dtype=np.uint8)
    return Crops(np.load(path, mmap_mode="r"), tuple(name for name, _ in labels), surfaces)


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    parts = [store_crops(folder, arguments.cache) for folder in arguments.data]
    counts = Counter(name for part in parts for name in part.names)
    categories = tuple(name for name, count in counts.items() if count >= FEWEST_OBJECTS)
    held_out = LooksCrops([store_crops(folder, arguments.cache) for folder in arguments.val], categories, None)
    validation = DataLoader(held_out, batch_size=128)
    trainer = Trainer(len(categories), arguments.seed, arguments.steps, bfloat16=arguments.bfloat16)
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    metadata = {"categories": json.dumps(categories)}
    crops = LooksCrops(parts, categories, arguments.seed)
    weights = torch.tensor([counts[categories[row[2]]] ** -0.5 for row in crops._rows])
    started_s = time.monotonic()
    while not trainer.finished:
        sampler = torch.utils.data.WeightedRandomSampler(
            weights.tolist(), len(crops), generator=torch.Generator().manual_seed(arguments.seed + crops.epoch)
        )
        for batch, labels in DataLoader(
            crops, arguments.batch, sampler=sampler, num_workers=arguments.workers, drop_last=True
        ):
            trainer.step(batch, labels)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                found = {name: round(value, 4) for name, value in trainer.validate(validation).items()}
                print(f"step {trainer.step_number} val {json.dumps(found)}", flush=True)
                trainer.save(checkpoint)
                trainer.average.export(arguments.out, metadata, compress=True)
            if trainer.finished:
                break
        crops.epoch += 1
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training scenes")
    parser.add_argument("--val", type=Path, nargs="+", required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path(WEIGHTS))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut objects are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--workers", type=int, default=1, help="processes that read and augment")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
