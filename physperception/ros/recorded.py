"""What the nodes said in a run, read back from the bag it was recorded to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from physperception_msgs.msg import FrameReport
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage

from physperception.evaluation.runs import NodeRun
from physperception.ros.bags import BagReader
from physperception.ros.conversions.images import decode_image
from physperception.ros.conversions.scene import scene_from_message, time_to_ns
from physperception.ros.frame_counts import OUTCOMES
from physperception.ros.replay import message_class
from physperception.scene import Scene


@dataclass
class RecordedRun:
    """Scenes and JPEG overlays by stamp in nanoseconds, and what each node did."""

    scenes: dict[int, Scene] = field(default_factory=dict)
    overlays: dict[int, CompressedImage] = field(default_factory=dict)
    nodes: list[NodeRun] = field(default_factory=list)

    def overlay(self, stamp_ns: int) -> NDArray[np.uint8]:
        """Overlay as uint8 RGB [H, W, 3]. Raises KeyError when there is none with this stamp."""
        return decode_image(self.overlays[stamp_ns])


def read_run(
    bag: Path, nodes: Sequence[str], objects: str = "/objects", overlays: str = "/overlay/compressed"
) -> RecordedRun:
    """Read the outputs of nodes in the root namespace.

    Raises:
        BagError: the bag can't be read.
    """
    run = RecordedRun()
    reports: dict[str, list[Any]] = {f"/{name}/debug/frames": [] for name in nodes}
    for topic, message in read_messages(bag, {objects, overlays, *reports}):
        if topic == objects:
            scene = scene_from_message(message)
            run.scenes[scene.stamp_ns] = scene
        elif topic == overlays:
            run.overlays[time_to_ns(message.header.stamp)] = message
        else:
            reports[topic].append(message)
    run.nodes = [_node_run(name, reports[f"/{name}/debug/frames"]) for name in nodes]
    return run


def read_images(bag: Path, topic: str, stamps_ns: set[int]) -> dict[int, NDArray[np.uint8]]:
    """Camera images with these stamps, uint8 RGB [H, W, 3]. Raises BagError or InvalidImage."""
    messages = (message for _, message in read_messages(bag, {topic}))
    return {
        time_to_ns(message.header.stamp): decode_image(message)
        for message in messages
        if time_to_ns(message.header.stamp) in stamps_ns
    }


def read_messages(bag: Path, topics: set[str]) -> Iterator[tuple[str, Any]]:
    """Topic and message of everything on these topics, in order of recording."""
    with BagReader(bag) as reader:
        for item in reader.messages(topics):
            yield item.topic, deserialize_message(item.data, message_class(item.type))


def _node_run(name: str, reports: Sequence[Any]) -> NodeRun:
    done = [report for report in reports if report.outcome == FrameReport.PROCESSED]
    return NodeRun(
        name,
        Counter(OUTCOMES[report.outcome] for report in reports),
        tuple(report.processing_ms for report in done),
        tuple(report.queue_ms + report.processing_ms for report in done),
    )
