"""What makes a set of videos what it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from physperception.datasets.videos.domains import DOMAINS, VALUES
from physperception.errors import ConfigError
from physperception.physics.observations import Refusal
from physperception.scene import Property

PROGRAM = "python -m physperception.datasets.videos"
VERSION = 1
LIMIT = 1_000_000
PROPERTIES = {
    "restitution": Property.RESTITUTION,
    "friction": Property.KINETIC_FRICTION,
    "viscosity": Property.VISCOSITY,
}
SPLITS = tuple(DOMAINS)
UNKNOWABLE = {
    Property.RESTITUTION: (Refusal.NO_MOTION, Refusal.TOO_SHORT, Refusal.OCCLUDED),
    Property.KINETIC_FRICTION: (Refusal.NO_MOTION, Refusal.TOO_SHORT, Refusal.OCCLUDED, Refusal.NO_SCALE),
    Property.VISCOSITY: (Refusal.NO_MOTION, Refusal.TOO_SHORT, Refusal.OCCLUDED, Refusal.NO_SCALE),
}


@dataclass(frozen=True)
class VideoRequest:
    """Stored as `info` of a set.

    Attributes:
        property_name: "restitution", "friction" or "viscosity".
        split: "train", "val", "test1", or "val2" and "test2", which are drawn from other domains; splits never share
            a clip.
        seed: 0 to 999 999.
        width, height: in pixels.
        unknowable: every clip hides what its property could be told from.
        pairs: clips 1 and 2, 3 and 4, ... have the same view, body and start state, and different values.
        depth: the static scene's depth is written beside every clip.
        bags: every clip is written as a rosbag2 too.

    Raises:
        ConfigError: a value is out of bounds.
    """

    property_name: str
    split: str
    seed: int
    width: int = 320
    height: int = 240
    unknowable: bool = False
    pairs: bool = False
    depth: bool = False
    bags: bool = False

    def __post_init__(self) -> None:
        if self.property_name not in PROPERTIES:
            raise ConfigError(f"property must be one of {', '.join(PROPERTIES)}, got {self.property_name!r}")
        if self.split not in SPLITS:
            raise ConfigError(f"split must be one of {', '.join(SPLITS)}, got {self.split!r}")
        for name, low, high in (("seed", 0, LIMIT - 1), ("width", 64, 1920), ("height", 64, 1920)):
            if not low <= getattr(self, name) <= high or (name != "seed" and getattr(self, name) % 2):
                raise ConfigError(f"{name} must be even and in {low}..{high}, got {getattr(self, name)}")
        if self.pairs and self.unknowable:
            raise ConfigError("pairs of clips that can't be known are of no use: choose one of pairs and unknowable")

    @property
    def kind(self) -> Property:
        return PROPERTIES[self.property_name]

    @property
    def clips_a_group(self) -> int:
        """How many clips are made together."""
        return 2 if self.pairs else 1

    def generator(self, group: int, *more: int) -> np.random.Generator:
        """Random numbers of a group of clips, which no other request or group shares."""
        kind = 2 * list(PROPERTIES).index(self.property_name) + self.unknowable
        return np.random.default_rng([SPLITS.index(self.split), self.seed, kind, int(self.pairs), group, *more])

    def values(self, group: int) -> list[float]:
        """The values of the group's clips: uniform, viscosity log-uniform; two are an eighth of the range apart."""
        rng = self.generator(group, 0)
        parts = rng.uniform(0, 1, 1)
        while self.pairs and (len(parts) < 2 or abs(parts[1] - parts[0]) < 0.125):
            parts = rng.uniform(0, 1, 2)
        low, high = VALUES[self.kind]
        if self.kind is Property.VISCOSITY:
            return [float(low * (high / low) ** part) for part in parts]
        return [float(low + (high - low) * part) for part in parts]

    def refusal(self, group: int) -> Refusal | None:
        """What an estimator must say of the group's clip; None where the property can be known."""
        kinds = UNKNOWABLE[self.kind]
        return kinds[group % len(kinds)] if self.unknowable else None

    def info(self) -> dict[str, Any]:
        command = f"{PROGRAM} --property {self.property_name} --split {self.split} --seed {self.seed}"
        command += f" --size {self.width}x{self.height}"
        for name in ("unknowable", "pairs", "depth", "bags"):
            command += f" --{name}" * getattr(self, name)
        return {"generator": "physperception.datasets.videos", "version": VERSION, **asdict(self), "command": command}
