"""Cascade Mask R-CNN's three iterations (Cai & Vasconcelos 2018), as Swin Transformer's authors set them up."""

from __future__ import annotations

from torch import nn

from physperception.detection.full.heads import BOX_GRID, Iteration

OVERLAPS = (0.5, 0.6, 0.7)
SPREADS = ((10.0, 10.0, 5.0, 5.0), (20.0, 20.0, 10.0, 10.0), (30.0, 30.0, 15.0, 15.0))
WEIGHTS = (1.0, 0.5, 0.25)


def cascade(channels: int, width: int, mask_depth: int, classes: int, plugin: str) -> list[Iteration]:
    """Three iterations with rising overlaps; each has four convolutions and one fully connected layer for its boxes
    and deltas a class (the head whose size is that of Table 2.5)."""
    return [
        Iteration(
            convolutional_box_head(channels, width), width, channels, mask_depth, classes, plugin,
            overlap=overlap, spread=spread, weight=weight,
        )
        for overlap, spread, weight in zip(OVERLAPS, SPREADS, WEIGHTS)
    ]  # fmt: skip


def convolutional_box_head(channels: int, width: int) -> nn.Module:
    """Four normalised convolutions and a fully connected layer: [R, channels, 7, 7] to [R, width]."""
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        ]
    layers += [nn.Flatten(), nn.Linear(channels * BOX_GRID**2, width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
