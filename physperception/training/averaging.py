"""What every training here shares: a moving average of the weights that is shipped, and checkpoints that are whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from physperception.weights import compressed


class WeightAverage:
    """Exponential moving average of a module's tensors; short at first, so that the beginning is soon forgotten.

    Args:
        module: whose tensors are averaged; those that are no floats are copied.
        decay: of the average in the long run.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.tensors = {name: value.clone() for name, value in module.state_dict().items()}
        self._decay = decay

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Take in the module's tensors after step number `step`, from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.tensors[name].lerp_(value, 1 - decay)
            else:
                self.tensors[name].copy_(value)

    def export(self, path: Path, metadata: Mapping[str, str] | None = None, compress: bool = False) -> None:
        """The averaged floats as safetensors, what is shipped: in 16 bits, or most of them in 8."""
        floats = {name: value for name, value in self.tensors.items() if value.is_floating_point()}
        halves = {name: value.half().contiguous() for name, value in floats.items()}
        save_file(compressed(floats) if compress else halves, path, dict(metadata or {}))
        path.chmod(0o644)


def save_whole(state: Mapping[str, Any], path: Path) -> None:
    """`torch.save`, so that an interruption leaves the old file whole."""
    partial = path.with_suffix(".partial")
    torch.save(dict(state), partial)
    partial.replace(path)
