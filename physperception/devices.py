"""Where models run."""

from __future__ import annotations

import os

import torch

from physperception.errors import ModelUnavailable


def prepare_device(name: str, cpu_threads: int) -> torch.device:
    """The device called `name`, ready for use.

    Args:
        name: auto (a GPU if there is one), cpu, cuda or cuda:N.
        cpu_threads: of the whole process, where the device is a CPU; 0 for half the cores, at most 4.

    Raises:
        ModelUnavailable: no such device, here or at all.
    """
    device = _resolve_device(name)
    if device.type == "cpu":
        torch.set_num_threads(cpu_threads or min(4, max(1, (os.cpu_count() or 1) // 2)))
    return device


def _resolve_device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ModelUnavailable(f"{name!r} is no device; use auto, cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise ModelUnavailable(f"{name!r} is not supported; use auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ModelUnavailable(f"{name!r} is not on this machine; use device auto or cpu")
    return device
