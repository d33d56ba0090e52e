"""A small network in training: optimiser, schedule, averaged weights, checkpoints."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from physperception.training.averaging import WeightAverage, save_whole

WARMUP_STEPS = 100
AVERAGE_DECAY = 0.998


class NetworkTrainer:
    """The network, its optimiser, and the moving average of its weights that is shipped.

    Args:
        network: whose initial weights are drawn already.
        seed: of sampling and augmentation.
        steps: of training in all; the learning rate falls to zero over them.
        rate: highest learning rate of AdamW.
        bfloat16: run the forward pass in it; faster where the processor has it.
        most_gradient: norm to which gradients are cut; None for any.
    """

    def __init__(
        self,
        network: nn.Module,
        seed: int,
        steps: int,
        rate: float,
        bfloat16: bool = False,
        most_gradient: float | None = None,
    ) -> None:
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = WeightAverage(self.network, AVERAGE_DECAY)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=0.02)
        self.generator = torch.Generator().manual_seed(seed)
        self.step_number = 0
        self._steps, self._rate, self._bfloat16, self._most_gradient = steps, rate, bfloat16, most_gradient

    @property
    def finished(self) -> bool:
        return self.step_number >= self._steps

    def logits(self, inputs: Tensor) -> Tensor:
        """The network's answer to a batch, in training mode, float32."""
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            found: Tensor = self.network(inputs.contiguous(memory_format=torch.channels_last))
        return found.float()

    def learn(self, loss: Tensor) -> float:
        """One optimiser step; returns the loss."""
        warm = min(1.0, (self.step_number + 1) / WARMUP_STEPS)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate * warm * 0.5 * (1 + math.cos(math.pi * self.step_number / self._steps))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self._most_gradient is not None:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self._most_gradient)
        self.optimizer.step()
        self.step_number += 1
        self.average.update(self.network, self.step_number)
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Everything needed to go on, written so that an interruption leaves the old file whole."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.tensors,
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step_number,
        }
        save_whole(state, path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.tensors = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.step_number = state["step"]

    def export(self, path: Path) -> None:
        """The averaged weights as fp16 safetensors, what is shipped."""
        self.average.export(path)
