"""Where a partly hidden box really is and where it goes: constant velocity, fed by the edges that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field

from physperception.scene import Box, Instance, Scene

MARGIN = 0.05
COVERED_FRACTION = 0.25
NOISE = 0.02
ACCELERATION_PER_S2 = 1.0
START_SPEED_PER_S = 2.0
SIZE_GAIN = 0.4


@dataclass(frozen=True)
class FreeEdges:
    """Which edges of a visible box are the object's own, and not an occluder's or the image's."""

    left: bool = True
    top: bool = True
    right: bool = True
    bottom: bool = True


@dataclass
class _Axis:
    """Kalman filter of a position (px) and its velocity (px/s) under random acceleration."""

    position: float
    scale: float
    velocity: float = 0.0
    variance: float = field(init=False)
    covariance: float = field(init=False, default=0.0)
    velocity_variance: float = field(init=False)

    def __post_init__(self) -> None:
        self.variance = self._noise()
        self.velocity_variance = (START_SPEED_PER_S * self.scale) ** 2

    def advance(self, elapsed_s: float) -> None:
        power = (ACCELERATION_PER_S2 * self.scale) ** 2
        self.position += self.velocity * elapsed_s
        self.variance += 2 * elapsed_s * self.covariance + elapsed_s**2 * self.velocity_variance
        self.variance += power * elapsed_s**4 / 4
        self.covariance += elapsed_s * self.velocity_variance + power * elapsed_s**3 / 2
        self.velocity_variance += power * elapsed_s**2

    def observe(self, position: float) -> None:
        total = self.variance + self._noise()
        gain, velocity_gain = self.variance / total, self.covariance / total
        surprise = position - self.position
        self.position += gain * surprise
        self.velocity += velocity_gain * surprise
        self.velocity_variance -= velocity_gain * self.covariance
        self.covariance *= 1 - gain
        self.variance *= 1 - gain

    def _noise(self) -> float:
        return 0.25 + (NOISE * self.scale) ** 2


class BoxMotion:
    """The extent and velocity of one object, also while some or all of it is hidden.

    While an edge is covered, the object keeps the size it had, and only its free edges tell where it is.

    Args:
        box: the visible box at the first sighting, pixels.
    """

    def __init__(self, box: Box) -> None:
        scale = max(box.width, box.height, 1.0)
        self._width, self._height = box.width, box.height
        center_x, center_y = box.center
        self._x, self._y = _Axis(center_x, scale), _Axis(center_y, scale)

    @property
    def box(self) -> Box:
        """The whole extent, hidden parts included, pixels."""
        return Box.from_center(self._x.position, self._y.position, self._width, self._height)

    @property
    def velocity(self) -> tuple[float, float]:
        """(x, y) in px/s."""
        return self._x.velocity, self._y.velocity

    def advance(self, elapsed_s: float) -> None:
        """Move on by a time of 0 or more seconds."""
        self._x.advance(elapsed_s)
        self._y.advance(elapsed_s)

    def observe(self, box: Box, free: FreeEdges) -> None:
        """Take in the visible box seen now."""
        self._width = _extent(self._width, box.width, free.left and free.right)
        self._height = _extent(self._height, box.height, free.top and free.bottom)
        for axis, size, low, high, low_free, high_free in (
            (self._x, self._width, box.x1, box.x2, free.left, free.right),
            (self._y, self._height, box.y1, box.y2, free.top, free.bottom),
        ):
            if low_free and high_free:
                axis.observe((low + high) / 2)
            elif low_free:
                axis.observe(low + size / 2)
            elif high_free:
                axis.observe(high - size / 2)
            axis.position = min(max(axis.position, high - size / 2), low + size / 2)


def free_edges(instance: Instance, scene: Scene) -> FreeEdges:
    """The edges of the instance's visible box that neither the image border nor an occluder's box cuts."""
    box = instance.visible_box
    margin_x, margin_y = max(MARGIN * box.width, 2.0), max(MARGIN * box.height, 2.0)
    occluders = [scene.instance(name).visible_box for name in instance.occluder_ids]

    def free(strip: Box) -> bool:
        return all(strip.intersection(other) < COVERED_FRACTION * strip.area for other in occluders)

    return FreeEdges(
        left=box.x1 > 1 and free(Box(box.x1 - margin_x, box.y1, box.x1, box.y2)),
        top=box.y1 > 1 and free(Box(box.x1, box.y1 - margin_y, box.x2, box.y1)),
        right=box.x2 < scene.width - 1 and free(Box(box.x2, box.y1, box.x2 + margin_x, box.y2)),
        bottom=box.y2 < scene.height - 1 and free(Box(box.x1, box.y2, box.x2, box.y2 + margin_y)),
    )


def _extent(known: float, seen: float, whole: bool) -> float:
    """The size along one axis: smoothed when all of it is seen, else the larger of what was and is known."""
    return known + SIZE_GAIN * (seen - known) if whole else max(known, seen)
