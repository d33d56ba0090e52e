"""Train the small network that says which object rests on which, on scenes whose contacts are known.

    python -m physperception.training.support --data data/scenes/train --val data/scenes/val \\
        --out physperception/weights/support.safetensors --seed 0

Only geometry and the order of occlusion are looked at, so that images are not needed for what is learned.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from physperception.datasets.coco import SceneDataset
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.relations import gaps
from physperception.grounding.embedded.support import FEATURES, WEIGHTS, close_pairs, pair_features
from physperception.scene import Instance, Mask, Scene
from physperception.weights import weights_path

FloatArray = NDArray[np.float64]


def support_network() -> nn.Sequential:
    """Features [P, 15] to logits [P, 1]."""
    return nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))


def pairs_of(scenes: SceneDataset, index: int) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Features [P, 15] of the pairs of an image that meet, and whether the first rests on the second alone."""
    sample = scenes[index]
    records = scenes.annotations(index)
    ids = [record["id"] for record in records]
    measures = SceneMeasures(_scene(sample.visible, sample.amodal, sample.occludes), None)
    pairs = close_pairs(gaps(measures))
    carried = np.array([records[a]["supported_by_ids"] == [ids[b]] for a, b in pairs], dtype=np.bool_)
    return pair_features(measures, pairs), carried


def train(arguments: argparse.Namespace) -> dict[str, float]:
    """Train, print and return the figures on val, and write the weights."""
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    inputs, truth = _load(arguments.data, arguments.images)
    held_inputs, held_truth = _load(arguments.val, arguments.images)
    network = support_network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, arguments.steps)
    for _ in range(arguments.steps):
        rows = torch.randint(len(truth), (512,))
        noisy = inputs[rows] + 0.03 * torch.randn((512, FEATURES))
        loss = functional.binary_cross_entropy_with_logits(network(noisy)[:, 0], truth[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        logits = network(held_inputs)[:, 0]
    found, real = logits > 0, held_truth > 0.5
    figures = {
        "loss": float(functional.binary_cross_entropy_with_logits(logits, held_truth)),
        "precision": float((found & real).sum() / found.sum().clamp(min=1)),
        "recall": float((found & real).sum() / real.sum().clamp(min=1)),
        "pairs": float(len(real)),
        "carried": float(real.sum()),
    }
    save_file({name: value.half() for name, value in network.state_dict().items()}, arguments.out)
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    return figures


def _load(folder: Path, images: int) -> tuple[Tensor, Tensor]:
    scenes = SceneDataset(folder)
    step = max(len(scenes) // images, 1)
    found = [pairs_of(scenes, index) for index in tqdm(range(0, len(scenes), step), desc=folder.name, mininterval=20)]
    inputs = np.concatenate([features for features, _ in found])
    truth = np.concatenate([carried for _, carried in found])
    return torch.from_numpy(inputs).float(), torch.from_numpy(truth).float()


def _scene(visible: NDArray[np.bool_], amodal: NDArray[np.bool_], occludes: NDArray[np.bool_]) -> Scene:
    height, width = visible.shape[1:]
    instances = []
    for index in range(len(visible)):
        seen, whole = Mask.from_full(visible[index]), Mask.from_full(amodal[index])
        instances.append(
            Instance(
                id=str(index),
                class_id="object",
                score=1.0,
                visible_box=seen.extent,
                visible_mask=seen,
                amodal_box=whole.extent,
                amodal_mask=whole,
                occluder_ids=tuple(str(o) for o in np.flatnonzero(occludes[:, index])),
                occludee_ids=tuple(str(o) for o in np.flatnonzero(occludes[index])),
            )
        )
    return Scene(width=width, height=height, instances=tuple(instances))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="training scenes")
    parser.add_argument("--val", type=Path, required=True, help="validation scenes")
    parser.add_argument("--out", type=Path, default=weights_path(WEIGHTS))
    parser.add_argument("--images", type=int, default=2000, help="of each set at most, evenly spread")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=3000)
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
