"""Train the network that tells moving things from shadows and ghosts, on videos with known masks.

    python -m physperception.training.segmenter --data data/videos/restitution/train data/videos/friction/train \\
        data/videos/viscosity/train --val data/videos/restitution/val data/videos/friction/val \\
        data/videos/viscosity/val --steps 6000 --bfloat16

Crops are cut once into `--cache`. Resumes from the checkpoint beside `--out`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from physperception.physics.measuring.network import WEIGHTS, SegmentationNetwork, load_network, network_input
from physperception.training.network_trainer import NetworkTrainer
from physperception.training.segmenter_augmentation import augment, recolored, scaled
from physperception.training.segmenter_crops import SIZE, Crops, store_crops
from physperception.weights import weights_path

NOTE_STEPS = 500
GHOST_RATE = 0.3
WIDE_RATE = 0.6
OUTPUT = 112
SMALLEST = 72


class Trainer(NetworkTrainer):
    """The network of which `NetworkTrainer` says how it is trained; `seed` is of its initial weights too.

    Args:
        wide: whether some batches are shown as on other surfaces and by worse cameras (`segmenter_augmentation`).
        start: weights to begin with; None for random ones.
    """

    def __init__(
        self,
        seed: int,
        steps: int,
        rate: float = 2e-3,
        bfloat16: bool = False,
        wide: bool = False,
        start: Path | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self._wide = wide
        network = SegmentationNetwork() if start is None else load_network(start)
        super().__init__(network, seed, steps, rate, bfloat16, most_gradient=0.5)

    def step(self, layers: NDArray[np.uint8], facts: NDArray[np.float32]) -> float:
        """One optimiser step on stored crops [B, 12, 144, 144] and their facts [B, 2]; returns the loss."""
        wide = self._wide and float(torch.rand(1, generator=self.generator)) < WIDE_RATE
        inputs, truth = make_batch(layers, facts, self.generator, wide)
        return self.learn(segmentation_loss(self.logits(inputs), truth, torch.from_numpy(facts[:, 1])))

    @torch.no_grad()
    def validate(self, crops: Crops) -> dict[str, float]:
        """IoU of things and upper faces, and the median distance of centroids of things in pixels, of whole crops."""
        network = SegmentationNetwork()
        network.load_state_dict(self.average.tensors)
        network.eval()
        shared, either, apart = np.zeros(2), np.zeros(2), []
        for row in range(0, len(crops), 16):
            layers, facts = np.array(crops.layers[row : row + 16]), crops.facts[row : row + 16]
            logits = network(_inputs(layers, facts, layers[:, 3:6]))
            found = np.asarray(logits.sigmoid().numpy(), dtype=np.float32)
            truth = layers[:, 9:11].astype(np.bool_)
            known = np.stack((np.ones(len(facts)), facts[:, 1]), 1)[:, :, None, None].astype(np.bool_)
            shared += ((found > 0.5) & truth & known).sum((0, 2, 3))
            either += (((found > 0.5) | truth) & known).sum((0, 2, 3))
            for one, body in zip(found[:, 0], truth[:, 0]):
                if body.sum() > 50:
                    apart.append(np.hypot(*np.subtract(_center(one * (one > 0.02)), _center(body))))
        return {
            "iou": float(shared[0] / either[0]),
            "iou_face": float(shared[1] / max(either[1], 1)),
            "center_px": float(np.median(apart)),
            "center_90_px": float(np.quantile(apart, 0.9)),
        }


def segmentation_loss(logits: Tensor, truth: Tensor, of_block: Tensor) -> Tensor:
    """Cross-entropy of both outputs, so that probabilities are honest; faces are known of blocks only.

    Args:
        logits, truth: float [B, 2, H, W].
        of_block: float 0/1 [B].
    """
    weight = torch.stack((torch.ones_like(of_block), of_block), 1)
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean((2, 3))
    return (entropy * weight).sum() / weight.sum()


def make_batch(
    layers: NDArray[np.uint8], facts: NDArray[np.float32], generator: torch.Generator, wide: bool = False
) -> tuple[Tensor, Tensor]:
    """Inputs [B, 10, S, S] and truth [B, 2, S, S]: cut, scaled, mirrored and recoloured at random.

    In some, another image of the clip is the background, as for a stream that began with the thing in sight: its
    place there is a ghost.
    """
    ghosts = torch.rand(len(layers), generator=generator).numpy() < GHOST_RATE
    background = np.where(ghosts[:, None, None, None], layers[:, 6:9], layers[:, 3:6])
    layers = np.concatenate((layers[:, :3], background, layers[:, 9:]), axis=1)
    layers[ghosts, 8] = 0
    if wide:
        cut = scaled(torch.from_numpy(layers).float(), generator)
        image, behind, truth, covered = cut[:, :3], cut[:, 3:6], cut[:, 6:8], cut[:, 8:9]
        image, behind, noise = augment(image, behind, truth[:, :1], torch.from_numpy(facts[:, 0]), generator)
        return network_input(image, behind, covered.round(), noise), truth
    side = int(torch.randint(SMALLEST, SIZE + 1, (1,), generator=generator))
    down, across = (int(v) for v in torch.randint(0, SIZE - side + 1, (2,), generator=generator))
    cut = torch.from_numpy(layers[:, :, down : down + side, across : across + side]).float()
    if side != OUTPUT:
        cut = functional.interpolate(cut, size=(OUTPUT, OUTPUT), mode="bilinear", align_corners=False, antialias=True)
    if torch.rand(1, generator=generator) < 0.5:
        cut = cut.flip(3)
    image, behind, truth, covered = cut[:, :3], cut[:, 3:6], cut[:, 6:8], cut[:, 8:9]
    count = len(cut)
    gain = 0.6 + 0.7 * torch.rand((count, 3, 1, 1), generator=generator)
    gamma = torch.exp(0.5 * (torch.rand((count, 1, 1, 1), generator=generator) - 0.5))
    exposure = 1 + 0.02 * torch.randn((count, 1, 1, 1), generator=generator)
    order = torch.stack([torch.randperm(3, generator=generator) for _ in range(count)])
    extra = 4.0 * torch.rand(count, generator=generator) * (torch.rand(count, generator=generator) < 0.4)
    image, behind = (recolored(part, order, gain, gamma) for part in (image, behind))
    image = image * exposure + torch.randn(image.shape, generator=generator) * extra.reshape(-1, 1, 1, 1)
    noise = torch.from_numpy(facts[:, 0]).hypot(extra)
    return network_input(image.clamp(0, 255), behind, covered.round(), noise), truth


def _inputs(layers: NDArray[np.uint8], facts: NDArray[np.float32], background: NDArray[np.uint8]) -> Tensor:
    parts = (layers[:, :3], background, layers[:, 11:12])
    image, behind, covered = (torch.from_numpy(np.ascontiguousarray(part)).float() for part in parts)
    return network_input(image, behind, covered, torch.from_numpy(facts[:, 0]))


def _center(weights: NDArray[Any]) -> tuple[float, float]:
    rows, columns = np.mgrid[: weights.shape[0], : weights.shape[1]]
    total = max(float(weights.sum()), 1e-9)
    return float((weights * columns).sum() / total), float((weights * rows).sum() / total)


def train(arguments: argparse.Namespace) -> None:
    """Train for the steps asked for, validating and checkpointing on the way."""
    torch.set_num_threads(arguments.threads)
    trainer = Trainer(
        arguments.seed, arguments.steps, arguments.rate, arguments.bfloat16, arguments.wide, arguments.start
    )
    checkpoint = arguments.out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.resume(checkpoint)
    crops = store_crops(
        arguments.data, arguments.cache / "segmenter-train", arguments.each, arguments.seed, arguments.clips
    )
    held_out = store_crops(arguments.val, arguments.cache / "segmenter-val", 2, arguments.seed, arguments.clips)
    random = np.random.default_rng((arguments.seed, trainer.step_number))
    started_s = time.monotonic()
    with tqdm(desc="training", unit="step", initial=trainer.step_number, mininterval=10) as bar:
        while not trainer.finished:
            rows = np.sort(random.integers(len(crops), size=arguments.batch))
            loss = trainer.step(np.array(crops.layers[rows]), crops.facts[rows])
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            if trainer.step_number % NOTE_STEPS == 0 or trainer.finished:
                found = {name: round(value, 4) for name, value in trainer.validate(held_out).items()}
                tqdm.write(f"step {trainer.step_number} val {json.dumps(found)}")
                trainer.save(checkpoint)
                trainer.export(arguments.out)
    print(json.dumps({"steps": trainer.step_number, "minutes": round((time.monotonic() - started_s) / 60, 1)}))


def parse(args: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training videos, a folder a set")
    parser.add_argument("--val", type=Path, nargs="+", required=True, help="validation videos")
    parser.add_argument("--out", type=Path, default=weights_path(WEIGHTS))
    parser.add_argument("--cache", type=Path, default=Path("data/crops"), help="where the cut crops are kept")
    parser.add_argument("--each", type=int, default=8, help="images of a clip")
    parser.add_argument("--clips", type=int, default=700, help="of each folder at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--start", type=Path, help="weights to begin with (default: random ones)")
    parser.add_argument("--bfloat16", action="store_true", help="faster where the processor has it")
    parser.add_argument("--wide", action="store_true", help="augment by other surfaces and worse cameras as well")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args(args)


if __name__ == "__main__":
    train(parse())
