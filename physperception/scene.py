"""The values every part of physperception speaks in: boxes, masks, instances, scenes, estimates, groundings.

All of them are frozen and check themselves when built, so a value that exists is a valid one.
Boxes are float pixels, half-open, origin top left, in the original image. A mask is a crop with an offset,
and an amodal mask may start at a negative offset or end past the border.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from physperception.grounded import GroundedObject, Grounding, GroundingStatus, MaskKind
from physperception.regions import BoolArray, Box, Mask

__all__ = [
    "UNITS",
    "BoolArray",
    "Box",
    "EstimateStatus",
    "GroundedObject",
    "Grounding",
    "GroundingStatus",
    "Instance",
    "Mask",
    "MaskKind",
    "Property",
    "PropertyEstimate",
    "Scale",
    "Scene",
]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One object in one image.

    Attributes:
        id: the same object keeps its id over frames and topics; never empty.
        class_id: category name, such as "cup"; "object" when the category is not known.
        score: confidence in 0..1.
        visible_box, visible_mask: the part the camera sees.
        amodal_box, amodal_mask: the whole object; None when no completer has run. Contains the visible mask.
        amodal_score: expected IoU of the amodal mask with the truth, 0..1; NaN when unknown.
        amodal_age_s: seconds between the image the amodal mask was computed from and this one.
        occlusion_std: standard deviation of `occlusion`; NaN when unknown.
        occluder_mask: visible pixels of other objects that hide this one; None when unknown.
        occludee_mask: visible pixels of other objects that this one hides; None when unknown.
        occluder_ids, occludee_ids: which objects those are, where that is known.
        position_m: (x, y, z) in metres in the camera's optical frame; None without depth.

    Raises:
        ValueError: an empty id or class, a score outside 0..1, an amodal mask that misses visible pixels.
    """

    id: str
    class_id: str
    score: float
    visible_box: Box
    visible_mask: Mask
    amodal_box: Box | None = None
    amodal_mask: Mask | None = None
    occluder_mask: Mask | None = None
    occludee_mask: Mask | None = None
    occluder_ids: tuple[str, ...] = ()
    occludee_ids: tuple[str, ...] = ()
    position_m: tuple[float, float, float] | None = None
    amodal_score: float = math.nan
    amodal_age_s: float = 0.0
    occlusion_std: float = math.nan

    def __post_init__(self) -> None:
        if not self.id or not self.class_id:
            raise ValueError(f"Instance needs an id and a class_id, got {self.id!r} and {self.class_id!r}")
        _check_fraction("Instance.score", self.score)
        if self.amodal_mask is not None and not self.amodal_mask.contains(self.visible_mask):
            raise ValueError(f"Instance {self.id}: the amodal mask must contain the visible mask")

    @property
    def occlusion(self) -> float:
        """1 - visible area / amodal area, in 0..1; NaN when the amodal mask is unknown or empty."""
        if self.amodal_mask is None or not self.amodal_mask.area:
            return math.nan
        return 1.0 - self.visible_mask.area / self.amodal_mask.area

    @property
    def invisible_mask(self) -> Mask | None:
        """The hidden part: amodal without visible; None when the amodal mask is unknown."""
        return None if self.amodal_mask is None else self.amodal_mask.minus(self.visible_mask)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All objects of one image.

    Attributes:
        width, height: size of the original image in pixels.
        instances: objects, best score first by convention; their ids are unique.
        model: id of the model that made them.
        stamp_ns: when the image was taken, nanoseconds of the camera's clock.
        frame_id: the camera's optical frame.

    Raises:
        ValueError: a size below 1, two instances with one id, or an occluder id no instance has.
    """

    width: int
    height: int
    instances: tuple[Instance, ...] = ()
    model: str = ""
    stamp_ns: int = 0
    frame_id: str = ""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"Scene needs an image of at least 1 x 1 pixels, got {self.width} x {self.height}")
        ids = [instance.id for instance in self.instances]
        known = set(ids)
        if len(known) != len(ids):
            raise ValueError(f"Scene has two instances with one id among {ids}")
        for instance in self.instances:
            strange = set(instance.occluder_ids + instance.occludee_ids) - known
            if strange:
                raise ValueError(f"Instance {instance.id} names unknown objects {sorted(strange)}")

    def instance(self, instance_id: str) -> Instance:
        """The instance with this id; raises KeyError when there is none."""
        for candidate in self.instances:
            if candidate.id == instance_id:
                return candidate
        raise KeyError(instance_id)

    def label_image(self) -> NDArray[np.uint16]:
        """uint16 [H, W] of visible masks: 0 is background, index in `instances` + 1 elsewhere; better scores win."""
        labels = np.zeros((self.height, self.width), dtype=np.uint16)
        order = sorted(range(len(self.instances)), key=lambda index: self.instances[index].score)
        for index in order:
            mask = self.instances[index].visible_mask.clip(self.width, self.height)
            region = labels[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width]
            region[mask.data] = index + 1
        return labels


class Property(str, Enum):
    """Physical properties the stack estimates, with their SI units in `UNITS`."""

    RESTITUTION = "RESTITUTION"
    KINETIC_FRICTION = "KINETIC_FRICTION"
    VISCOSITY = "VISCOSITY"


UNITS: Mapping[Property, str] = {
    Property.RESTITUTION: "1",
    Property.KINETIC_FRICTION: "1",
    Property.VISCOSITY: "m^2/s",
}


class Scale(str, Enum):
    """What a property's number means: SI units, order against others only, or a coarse class."""

    METRIC = "METRIC"
    RELATIVE = "RELATIVE"
    CLASS = "CLASS"


class EstimateStatus(str, Enum):
    VALID = "VALID"
    STALE = "STALE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, kw_only=True)
class PropertyEstimate:
    """One property of one object against one counterpart, with its interval, or a refusal with its reason.

    Attributes:
        object_id: the object's id in every topic.
        counterpart: id of the other surface of the pair; "" when unknown.
        value, std_dev, lower, upper: in `unit`; NaN when refused. lower <= value <= upper.
        confidence_level: probability in 0..1 that the truth is in [lower, upper].
        reason: why the estimate was refused or is stale; never empty for a refusal.
        first_stamp_ns, last_stamp_ns: the window of images used.
        frames: how many images were used.
        fit_quality: R^2 of the fit, NaN when there was none.
        events: contacts, bounces or slides counted.
        method: such as FIT, READOUT, PRIOR, FUSED.
        model: id of the model.

    Raises:
        ValueError: a refusal without a reason, or a valid estimate whose numbers are missing or out of order.
    """

    object_id: str
    property: Property
    status: EstimateStatus
    scale: Scale = Scale.METRIC
    counterpart: str = ""
    unit: str = ""
    value: float = math.nan
    std_dev: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    confidence_level: float = 0.9
    reason: str = ""
    first_stamp_ns: int = 0
    last_stamp_ns: int = 0
    frames: int = 0
    fit_quality: float = math.nan
    events: int = 0
    method: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if not self.object_id:
            raise ValueError("PropertyEstimate needs an object_id")
        _check_fraction("PropertyEstimate.confidence_level", self.confidence_level)
        if not self.unit:
            object.__setattr__(self, "unit", UNITS[self.property])
        if self.status is EstimateStatus.REFUSED:
            if not self.reason:
                raise ValueError("a refused PropertyEstimate needs a reason")
            if not math.isnan(self.value):
                raise ValueError("a refused PropertyEstimate carries no value")
        elif not (math.isfinite(self.value) and self.lower <= self.value <= self.upper):
            raise ValueError(
                f"PropertyEstimate needs lower <= value <= upper, got {self.lower}, {self.value}, {self.upper}"
            )


def _check_fraction(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be in 0..1, got {value}")
