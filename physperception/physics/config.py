"""Options of the estimator of physical properties, and what it is told of the view."""

from __future__ import annotations

import math
from dataclasses import dataclass

from physperception.config import option
from physperception.errors import ConfigError
from physperception.physics.observations import Plane, View
from physperception.scene import Property
from physperception.vision.geometry import Intrinsics

Direction = tuple[float, float, float]


@dataclass(frozen=True)
class PropertiesConfig:
    """What a `PropertyEstimator` is built from; defaults are in config/properties.yaml."""

    properties: tuple[str, ...] = option("What to tell: RESTITUTION, KINETIC_FRICTION, VISCOSITY or some of them.")
    window_s: float = option("How much of a motion is kept and fitted.", unit="s", minimum=1.0, maximum=30.0)
    settle_s: float = option("A motion is over after this time without any.", unit="s", minimum=0.1, maximum=5.0)
    max_age_s: float = option(
        "An estimate that nothing refined for this time is STALE.", unit="s", minimum=1.0, maximum=1e6, live=True
    )
    readout_weights: str = option(
        "Folder or file of trained read-outs as a second opinion; empty for the physical fit alone.",
        name="readout.weights",
    )
    readout_base: str = option(
        "Folder of the frozen network under a read-out, where it needs one.", name="readout.base"
    )
    device: str = option("Where a read-out runs: auto (a GPU if there is one), cpu, cuda or cuda:N.")
    cpu_threads: int = option(
        "Threads of a model on the CPU, for the whole process; 0 for half the cores, at most 4.", minimum=0, maximum=256
    )

    @property
    def wanted(self) -> tuple[Property, ...]:
        """The properties, in order. Raises ConfigError for an unknown name, or none."""
        known = [item.value for item in Property]
        unknown = [name for name in self.properties if name not in known]
        if unknown or not self.properties:
            raise ConfigError(f"properties must be some of {', '.join(known)}, got {list(self.properties)}")
        return tuple(dict.fromkeys(Property(name) for name in self.properties))


def _length(description: str, name: str) -> float:
    made: float = option(description, name=name, unit="m", minimum=0.0, maximum=100.0, live=True)
    return made


def _component(description: str, name: str) -> float:
    made: float = option(description, name=name, minimum=-1000.0, maximum=1000.0, live=True)
    return made


@dataclass(frozen=True)
class ViewConfig:
    """What is known of the view beside the images; zeros mean unknown. Directions are in the camera's optical frame."""

    gravity_x: float = _component(
        "Direction of the fall, to the right in the image; all three 0: unknown.", "gravity.x"
    )
    gravity_y: float = _component("Direction of the fall, downwards in the image.", "gravity.y")
    gravity_z: float = _component("Direction of the fall, away from the camera.", "gravity.z")
    plane_x: float = _component("Normal of the surface, to the right in the image.", "plane.normal_x")
    plane_y: float = _component("Normal of the surface, downwards in the image.", "plane.normal_y")
    plane_z: float = _component("Normal of the surface, away from the camera.", "plane.normal_z")
    plane_distance_m: float = _length("Distance of the camera from the surface; 0: unknown.", "plane.distance_m")
    surface_length_m: float = _length("Length of the top surface of what slides; 0: unknown.", "surface_size.length_m")
    surface_width_m: float = _length("Width of the top surface of what slides; 0: unknown.", "surface_size.width_m")
    volume_m3: float = option(
        "Volume of the liquid poured; 0: unknown.", unit="m^3", minimum=0.0, maximum=10.0, live=True
    )
    row_time_s: float = option(
        "From the exposure of one row to that of the next; 0 for a global shutter.",
        unit="s",
        minimum=0.0,
        maximum=0.01,
        live=True,
    )
    counterpart: str = option("Name of the surface that things bounce, slide or spread on.", live=True)

    def view(self, camera: Intrinsics | None = None) -> View:
        """What is known, with the intrinsics of the camera.

        Raises:
            ConfigError: half of a size, or a plane with a distance but no normal or a normal but no distance.
        """
        size = (self.surface_length_m, self.surface_width_m)
        if any(size) and not all(size):
            raise ConfigError("surface_size needs both length_m and width_m")
        return View(
            camera=camera,
            plane=self._plane(),
            gravity=_unit((self.gravity_x, self.gravity_y, self.gravity_z)),
            surface_size_m=size if all(size) else None,
            volume_m3=self.volume_m3 or None,
            counterpart=self.counterpart,
            row_time_s=self.row_time_s,
        )

    def _plane(self) -> Plane | None:
        normal = _unit((self.plane_x, self.plane_y, self.plane_z))
        if (normal is None) != (self.plane_distance_m == 0):
            raise ConfigError("plane needs both a normal and distance_m")
        return None if normal is None else Plane(normal, -self.plane_distance_m)


def _unit(direction: Direction) -> Direction | None:
    length = math.hypot(*direction)
    return (direction[0] / length, direction[1] / length, direction[2] / length) if length else None
