"""The values every part of physperception speaks in: boxes, masks, instances, scenes, estimates, groundings.

All of them are frozen and check themselves when built, so a value that exists is a valid one.
Boxes are float pixels, half-open, origin top left, in the original image. A mask is a crop with an offset,
and an amodal mask may start at a negative offset or end past the border.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in pixels, half-open: a pixel (i, j) is inside when x1 <= j < x2 and y1 <= i < y2.

    Raises:
        ValueError: a coordinate is not finite, or x2 < x1, or y2 < y1.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        for name in ("x1", "y1", "x2", "y2"):
            value = float(getattr(self, name))
            if not math.isfinite(value):
                raise ValueError(f"Box.{name} must be finite, got {value}")
            object.__setattr__(self, name, value)
        if self.x2 < self.x1 or self.y2 < self.y1:
            raise ValueError(f"Box must have x2 >= x1 and y2 >= y1, got {self.xyxy}")

    @classmethod
    def from_center(cls, center_x: float, center_y: float, width: float, height: float) -> Box:
        """Build from centre and size in pixels, the form used in messages."""
        if width < 0 or height < 0:
            raise ValueError(f"a box's size must not be negative, got {width} x {height}")
        return cls(center_x - width / 2, center_y - height / 2, center_x + width / 2, center_y + height / 2)

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return self.x1, self.y1, self.x2, self.y2

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def clip(self, width: float, height: float) -> Box:
        """The part inside an image of this size; a box wholly outside becomes one of zero area on the border."""
        return Box(
            min(max(self.x1, 0.0), width),
            min(max(self.y1, 0.0), height),
            min(max(self.x2, 0.0), width),
            min(max(self.y2, 0.0), height),
        )

    def intersection(self, other: Box) -> float:
        """Area in pixels shared with `other`."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 when both boxes are empty."""
        shared = self.intersection(other)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """A binary mask, stored as a crop and the image position of its top-left pixel.

    Attributes:
        x: column of the crop's first pixel in the image; may be negative for amodal masks.
        y: row of the crop's first pixel in the image; may be negative for amodal masks.
        data: bool [h, w]; held read-only. An array of another dtype is refused rather than guessed at.

    Raises:
        ValueError: `data` is not a bool array of two dimensions.
    """

    x: int
    y: int
    data: BoolArray

    def __post_init__(self) -> None:
        data = np.asarray(self.data)
        if data.dtype != np.bool_ or data.ndim != 2:
            raise ValueError(f"Mask.data must be bool [h, w], got {data.dtype} {list(data.shape)}")
        data = data.view()
        data.flags.writeable = False
        object.__setattr__(self, "x", int(self.x))
        object.__setattr__(self, "y", int(self.y))
        object.__setattr__(self, "data", data)

    @classmethod
    def from_full(cls, full: BoolArray) -> Mask:
        """Crop a full-image mask, bool [H, W], to its pixels; a mask with none becomes an empty crop at (0, 0)."""
        return cls(0, 0, full).tight()

    @property
    def height(self) -> int:
        return int(self.data.shape[0])

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    @property
    def area(self) -> int:
        """Number of pixels set."""
        return int(np.count_nonzero(self.data))

    @property
    def extent(self) -> Box:
        """The box of the stored crop; `tight().extent` is the box of the pixels."""
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)

    def tight(self) -> Mask:
        """The same pixels in the smallest crop that holds them."""
        rows = np.flatnonzero(self.data.any(axis=1))
        if rows.size == 0:
            return Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
        columns = np.flatnonzero(self.data.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        crop = self.data[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1].copy()
        return Mask(self.x + left, self.y + top, crop)

    def window(self, x: int, y: int, width: int, height: int) -> BoolArray:
        """The mask seen through a window of the image plane: a new bool [height, width], False outside the crop."""
        out = np.zeros((height, width), dtype=np.bool_)
        left, top = max(self.x, x), max(self.y, y)
        right, bottom = min(self.x + self.width, x + width), min(self.y + self.height, y + height)
        if left < right and top < bottom:
            out[top - y : bottom - y, left - x : right - x] = self.data[
                top - self.y : bottom - self.y, left - self.x : right - self.x
            ]
        return out

    def full(self, width: int, height: int) -> BoolArray:
        """The mask on an image of this size, bool [height, width]; pixels outside the image are cut off."""
        return self.window(0, 0, width, height)

    def clip(self, width: int, height: int) -> Mask:
        """The part of the mask inside an image of this size."""
        return Mask.from_full(self.full(width, height))

    def union(self, other: Mask) -> Mask:
        return self._combine(other, np.logical_or)

    def minus(self, other: Mask) -> Mask:
        """The pixels of this mask that are not in `other`, as a tight crop."""
        return Mask(self.x, self.y, self.data & ~other.window(self.x, self.y, self.width, self.height)).tight()

    def intersection_area(self, other: Mask) -> int:
        """Number of pixels set in both."""
        return int(np.count_nonzero(self.data & other.window(self.x, self.y, self.width, self.height)))

    def contains(self, other: Mask) -> bool:
        """Whether every pixel of `other` is set here."""
        return other.intersection_area(self) == other.area

    def iou(self, other: Mask) -> float:
        """Intersection over union, 0 when both masks are empty."""
        shared = self.intersection_area(other)
        union = self.area + other.area - shared
        return shared / union if union else 0.0

    def _combine(self, other: Mask, operation: np.ufunc) -> Mask:
        x, y = min(self.x, other.x), min(self.y, other.y)
        width = max(self.x + self.width, other.x + other.width) - x
        height = max(self.y + self.height, other.y + other.height) - y
        return Mask(x, y, operation(self.window(x, y, width, height), other.window(x, y, width, height))).tight()

    def __eq__(self, other: object) -> bool:
        """Same set pixels in the image plane, however they are cropped."""
        if not isinstance(other, Mask):
            return NotImplemented
        mine, theirs = self.tight(), other.tight()
        return (mine.x, mine.y) == (theirs.x, theirs.y) and np.array_equal(mine.data, theirs.data)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One object in one image.

    Attributes:
        id: the same object keeps its id over frames and topics; never empty.
        class_id: category name, such as "cup"; "object" when the category is not known.
        score: confidence in 0..1.
        visible_box, visible_mask: the part the camera sees.
        amodal_box, amodal_mask: the whole object; None when no completer has run. Contains the visible mask.
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


class MaskKind(str, Enum):
    """Which mask a command asks for."""

    VISIBLE = "VISIBLE"
    AMODAL = "AMODAL"


class GroundingStatus(str, Enum):
    FOUND = "FOUND"
    NOT_THERE = "NOT_THERE"
    AMBIGUOUS = "AMBIGUOUS"
    REFUSED = "REFUSED"


@dataclass(frozen=True, kw_only=True)
class GroundedObject:
    """One answer to a command: where it is, and which scene instance it is ("" when it matched none)."""

    box: Box
    mask: Mask | None
    score: float
    instance_id: str = ""

    def __post_init__(self) -> None:
        _check_fraction("GroundedObject.score", self.score)


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """What a command in words refers to.

    Attributes:
        command: the words as they came.
        status: FOUND needs objects; NOT_THERE and REFUSED have none.
        mask_kind: the kind of mask chosen from the command, and `mask_kind_reason` why.
        objects: the answers, best first.
        reason: why nothing was found, why it is ambiguous, why it was refused.
        reasoning: the model's reasoning as text, where it gave any.
        timings_ms: milliseconds by stage name.

    Raises:
        ValueError: status and objects disagree, or a refusal has no reason.
    """

    command: str
    status: GroundingStatus
    mask_kind: MaskKind = MaskKind.VISIBLE
    mask_kind_reason: str = ""
    objects: tuple[GroundedObject, ...] = ()
    reason: str = ""
    reasoning: str = ""
    model: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.status is GroundingStatus.FOUND) and not self.objects:
            raise ValueError("a Grounding that is FOUND needs at least one object")
        if self.status in (GroundingStatus.NOT_THERE, GroundingStatus.REFUSED) and self.objects:
            raise ValueError(f"a Grounding that is {self.status.value} carries no objects")
        if self.status is not GroundingStatus.FOUND and not self.reason:
            raise ValueError(f"a Grounding that is {self.status.value} needs a reason")


def merge_masks(masks: Iterable[Mask]) -> Mask:
    """The union of any number of masks; an empty mask for none."""
    merged = Mask(0, 0, np.zeros((0, 0), dtype=np.bool_))
    for mask in masks:
        merged = mask.tight() if not merged.area else merged.union(mask)
    return merged


def _check_fraction(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be in 0..1, got {value}")
