"""Options of the completer."""

from __future__ import annotations

from dataclasses import dataclass

from physperception.config import option

MODELS = ("embedded", "occamodal", "sdamodal")


@dataclass(frozen=True)
class AmodalConfig:
    """What a `Completer` is built from; defaults are in config/amodal.yaml."""

    model: str = option(
        "Which completer: embedded is the small one shipped with the package; occamodal and sdamodal are the full "
        "models and need weights.",
        choices=MODELS,
    )
    weights: str = option("Path of weights: empty for the shipped ones of the embedded model; of a full model, always.")
    order_weights: str = option("Path of weights of the network that tells who hides whom: empty for the shipped ones.")
    base: str = option("Path or id of the Stable Diffusion 2.1 that sdamodal reads its features from.")
    device: str = option("Where the model runs: auto (a GPU if there is one), cpu, cuda or cuda:N.")
    cpu_threads: int = option(
        "Threads of a model on the CPU, for the whole process; 0 for half the cores, at most 4.", minimum=0, maximum=256
    )
    mask_threshold: float = option(
        "A hidden pixel belongs to the amodal mask from this probability on.", minimum=0.05, maximum=0.95, live=True
    )
    order_margin: float = option(
        "Least confidence, 0.5 to 1, with which one object is said to hide another.",
        minimum=0.5,
        maximum=1.0,
        live=True,
    )
    seed: int = option("Of the noise in samples and in Stable Diffusion.", minimum=0, maximum=2**31 - 1)
