"""How a rigid body moved, sampled densely, and what a simulation says about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from physperception.errors import PhysperceptionError

FloatArray = NDArray[np.float64]
GRAVITY = 9.81


class RejectedMotion(PhysperceptionError):
    """A simulation did not do what its coefficient says; draw another."""


@dataclass(frozen=True, eq=False)
class Path:
    """Poses over time in the surface frame; held still before the first and after the last.

    Attributes:
        times_s: float64 [T], rising.
        positions: float64 [T, 3], metres.
        quaternions: float64 [T, 4], w first.
    """

    times_s: FloatArray
    positions: FloatArray
    quaternions: FloatArray

    @classmethod
    def at_rest(cls, position: FloatArray, turn_rad: float = 0.0) -> Path:
        """A body that stays where it is, turned about the surface's normal."""
        turn = np.array([np.cos(turn_rad / 2), 0, 0, np.sin(turn_rad / 2)])
        return cls(np.zeros(1), np.asarray(position, dtype=np.float64)[None], turn[None])

    def position(self, time_s: float) -> FloatArray:
        return np.array([np.interp(time_s, self.times_s, self.positions[:, axis]) for axis in range(3)])

    def rotation(self, time_s: float) -> FloatArray:
        """float64 [3, 3] from the body's frame to the surface frame; that of the nearest sample."""
        after = int(np.clip(np.searchsorted(self.times_s, time_s), 0, len(self.times_s) - 1))
        w, x, y, z = self.quaternions[after]
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )


@dataclass(frozen=True, eq=False)
class Simulated:
    """A rigid body's motion with what was measured in it.

    Attributes:
        path: how it moved.
        value: the property as measured in the motion.
        asked: the property the simulator was set to.
        contacts_s: beginnings of contacts (a bouncing body).
        contact_values: the property measured at each of them.
        stop_s: when it came to rest; None when it did not (a sliding body).
    """

    path: Path
    value: float
    asked: float
    contacts_s: tuple[float, ...] = ()
    contact_values: tuple[float, ...] = ()
    stop_s: float | None = None
    notes: dict[str, float] = field(default_factory=dict)
