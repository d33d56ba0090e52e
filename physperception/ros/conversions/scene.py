"""Scenes and estimates between the core's values and physperception_msgs, both ways, without loss."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point
from physperception_msgs.msg import (
    BoundingBox,
    InstanceMask,
    PerceivedObject,
    PerceivedObjectArray,
    Relation,
    RelationArray,
)
from physperception_msgs.msg import PropertyEstimate as PropertyEstimateMessage
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from physperception.amodal.graph import Occlusion, OcclusionGraph
from physperception.errors import InvalidImage
from physperception.ros.conversions.images import image_message, raw_pixels
from physperception.scene import (
    Box,
    EstimateStatus,
    Instance,
    Mask,
    Property,
    PropertyEstimate,
    Scale,
    Scene,
)

NANOSECONDS = 1_000_000_000
_MASKS = {
    InstanceMask.VISIBLE: "visible_mask",
    InstanceMask.AMODAL: "amodal_mask",
    InstanceMask.INVISIBLE: "invisible_mask",
    InstanceMask.OCCLUDER: "occluder_mask",
    InstanceMask.OCCLUDEE: "occludee_mask",
}


def scene_to_message(scene: Scene) -> PerceivedObjectArray:
    """Every instance with its boxes, masks and relations, under the stamp and frame of its image."""
    header = scene_header(scene)
    return PerceivedObjectArray(
        header=header,
        image_width=scene.width,
        image_height=scene.height,
        objects=[instance_to_message(instance, header) for instance in scene.instances],
        model=scene.model,
    )


def scene_from_message(message: PerceivedObjectArray) -> Scene:
    """The inverse of `scene_to_message`. Raises ValueError or InvalidImage for a message no scene can be."""
    return Scene(
        width=message.image_width,
        height=message.image_height,
        instances=tuple(instance_from_message(item) for item in message.objects),
        model=message.model,
        stamp_ns=time_to_ns(message.header.stamp),
        frame_id=message.header.frame_id,
    )


def instance_to_message(instance: Instance, header: Header) -> PerceivedObject:
    masks = {kind: getattr(instance, name) for kind, name in _MASKS.items()}
    message = PerceivedObject(
        id=instance.id,
        class_id=instance.class_id,
        score=float(instance.score),
        visible_box=box_to_message(instance.visible_box),
        has_amodal=instance.amodal_box is not None,
        masks=[mask_to_message(mask, kind, header) for kind, mask in masks.items() if mask is not None],
        occlusion=float(instance.occlusion),
        occlusion_std=float(instance.occlusion_std),
        occluder_ids=list(instance.occluder_ids),
        occludee_ids=list(instance.occludee_ids),
        has_position=instance.position_m is not None,
    )
    for mask in message.masks:
        if mask.kind in (InstanceMask.AMODAL, InstanceMask.INVISIBLE):
            mask.score, mask.age_s = float(instance.amodal_score), float(instance.amodal_age_s)
    if instance.amodal_box is not None:
        message.amodal_box = box_to_message(instance.amodal_box)
    if instance.position_m is not None:
        x, y, z = instance.position_m
        message.position = Point(x=x, y=y, z=z)
    return message


def instance_from_message(message: PerceivedObject) -> Instance:
    masks = {mask.kind: mask_from_message(mask) for mask in message.masks}
    if len(masks) != len(message.masks):
        raise ValueError(f"object {message.id} has two masks of one kind")
    if InstanceMask.VISIBLE not in masks:
        raise ValueError(f"object {message.id} has no visible mask")
    amodal = next((mask for mask in message.masks if mask.kind == InstanceMask.AMODAL), None)
    position = message.position
    return Instance(
        id=message.id,
        class_id=message.class_id,
        score=message.score,
        visible_box=box_from_message(message.visible_box),
        visible_mask=masks[InstanceMask.VISIBLE],
        amodal_box=box_from_message(message.amodal_box) if message.has_amodal else None,
        amodal_mask=masks.get(InstanceMask.AMODAL),
        occluder_mask=masks.get(InstanceMask.OCCLUDER),
        occludee_mask=masks.get(InstanceMask.OCCLUDEE),
        occluder_ids=tuple(message.occluder_ids),
        occludee_ids=tuple(message.occludee_ids),
        position_m=(position.x, position.y, position.z) if message.has_position else None,
        amodal_score=math.nan if amodal is None else _known(amodal.score),
        amodal_age_s=0.0 if amodal is None else amodal.age_s,
        occlusion_std=_known(message.occlusion_std),
    )


def mask_to_message(mask: Mask, kind: int, header: Header) -> InstanceMask:
    """A mask as a mono8 crop of 0 and 255 with its offset."""
    pixels = image_message(np.where(mask.data, np.uint8(255), np.uint8(0)), "mono8", header)
    pixels.height, pixels.width, pixels.step = mask.height, mask.width, mask.width
    return InstanceMask(kind=kind, x=mask.x, y=mask.y, pixels=pixels, score=math.nan)


def mask_from_message(message: InstanceMask) -> Mask:
    """The mask of a message: any value but 0 is in it. Raises InvalidImage for a crop that is not mono8."""
    pixels = message.pixels
    if pixels.encoding != "mono8":
        raise InvalidImage(f"a mask must be mono8, got {pixels.encoding!r}")
    if not pixels.width or not pixels.height:
        return Mask(message.x, message.y, np.zeros((pixels.height, pixels.width), dtype=np.bool_))
    return Mask(message.x, message.y, raw_pixels(pixels) != 0)


def box_to_message(box: Box) -> BoundingBox:
    x, y = box.center
    return BoundingBox(center_x=x, center_y=y, size_x=box.width, size_y=box.height)


def box_from_message(message: BoundingBox) -> Box:
    return Box.from_center(message.center_x, message.center_y, message.size_x, message.size_y)


def label_image_to_message(scene: Scene) -> Image:
    """Visible masks as one 16UC1 image: 0 background, index in the object array + 1 elsewhere."""
    return image_message(scene.label_image(), "16UC1", scene_header(scene))


def scene_to_detections(scene: Scene) -> Any:
    """The visible boxes as vision_msgs/Detection2DArray; ImportError where vision_msgs is not installed."""
    from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

    header = scene_header(scene)
    message = Detection2DArray(header=header)
    for instance in scene.instances:
        hypothesis = ObjectHypothesisWithPose()
        hypothesis.hypothesis.class_id = instance.class_id
        hypothesis.hypothesis.score = float(instance.score)
        detection = Detection2D(header=header, id=instance.id, results=[hypothesis])
        x, y = instance.visible_box.center
        detection.bbox.center.position.x, detection.bbox.center.position.y = x, y
        detection.bbox.size_x, detection.bbox.size_y = instance.visible_box.width, instance.visible_box.height
        message.detections.append(detection)
    return message


def graph_to_message(graph: OcclusionGraph, scene: Scene) -> RelationArray:
    """Every occlusion as "back OCCLUDED_BY front" with its confidence, under the stamp and frame of the scene."""
    relations = [
        Relation(
            subject_id=edge.back,
            predicate=Relation.OCCLUDED_BY,
            object_id=edge.front,
            confidence=float(edge.confidence),
        )
        for edge in graph.edges
    ]
    return RelationArray(header=scene_header(scene), relations=relations, model=scene.model)


def graph_from_message(message: RelationArray, ids: Iterable[str] = ()) -> OcclusionGraph:
    """The graph of a message; relations of other kinds are left out, and so are the hidden pixels, which are NaN.

    Args:
        ids: further objects, since a message names only those that hide or are hidden.
    """
    occlusions = [item for item in message.relations if item.predicate == Relation.OCCLUDED_BY]
    edges = [Occlusion(item.object_id, item.subject_id, item.confidence, math.nan) for item in occlusions]
    named = [name for edge in edges for name in (edge.front, edge.back)]
    return OcclusionGraph(tuple(dict.fromkeys([*ids, *named])), tuple(edges))


def property_to_message(estimate: PropertyEstimate, frame_id: str = "") -> PropertyEstimateMessage:
    """An estimate under the stamp of the last image it used."""
    return PropertyEstimateMessage(
        header=Header(stamp=time_from_ns(estimate.last_stamp_ns), frame_id=frame_id),
        object_id=estimate.object_id,
        counterpart=estimate.counterpart,
        property=getattr(PropertyEstimateMessage, estimate.property.value),
        unit=estimate.unit,
        value=float(estimate.value),
        std_dev=float(estimate.std_dev),
        lower=float(estimate.lower),
        upper=float(estimate.upper),
        confidence_level=float(estimate.confidence_level),
        scale=getattr(PropertyEstimateMessage, estimate.scale.value),
        status=getattr(PropertyEstimateMessage, estimate.status.value),
        reason=estimate.reason,
        window_start=time_from_ns(estimate.first_stamp_ns),
        window_end=time_from_ns(estimate.last_stamp_ns),
        frames=estimate.frames,
        fit_quality=float(estimate.fit_quality),
        events=estimate.events,
        method=estimate.method,
        model=estimate.model,
    )


def property_from_message(message: PropertyEstimateMessage) -> PropertyEstimate:
    """The inverse of `property_to_message`. Raises ValueError for constants that do not exist."""
    return PropertyEstimate(
        object_id=message.object_id,
        property=constant(Property, PropertyEstimateMessage, message.property),
        status=constant(EstimateStatus, PropertyEstimateMessage, message.status),
        scale=constant(Scale, PropertyEstimateMessage, message.scale),
        counterpart=message.counterpart,
        unit=message.unit,
        value=message.value,
        std_dev=message.std_dev,
        lower=message.lower,
        upper=message.upper,
        confidence_level=message.confidence_level,
        reason=message.reason,
        first_stamp_ns=time_to_ns(message.window_start),
        last_stamp_ns=time_to_ns(message.window_end),
        frames=message.frames,
        fit_quality=message.fit_quality,
        events=message.events,
        method=message.method,
        model=message.model,
    )


def scene_header(scene: Scene) -> Header:
    return Header(stamp=time_from_ns(scene.stamp_ns), frame_id=scene.frame_id)


def time_from_ns(stamp_ns: int) -> Time:
    return Time(sec=stamp_ns // NANOSECONDS, nanosec=stamp_ns % NANOSECONDS)


def time_to_ns(stamp: Time) -> int:
    return stamp.sec * NANOSECONDS + stamp.nanosec


def _known(value: float) -> float:
    """The same number, every NaN as the one object `math.nan`: values that hold it are then equal."""
    return math.nan if math.isnan(value) else value


def constant(kind: Any, message_type: Any, value: int) -> Any:
    """The member of an enumeration that a message's constant stands for. Raises ValueError where there is none."""
    for member in kind:
        if getattr(message_type, member.value) == value:
            return member
    raise ValueError(f"{value} is no {kind.__name__}")
