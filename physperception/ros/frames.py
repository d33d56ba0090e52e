"""Camera frames as nodes take them in: subscribed once a process, synchronised, decoded once, shared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from physperception.config import option
from physperception.errors import InvalidImage
from physperception.ros.conversions.images import decode_camera_info, decode_depth, decode_image
from physperception.ros.qos import QOS_NAMES, overridable, qos_profile
from physperception.ros.synchronizer import Synchronizer, create_synchronizer, stamp_ns
from physperception.vision.geometry import Intrinsics

SYNCHRONIZER_QUEUE = 10


@dataclass(frozen=True)
class InputConfig:
    """How a node takes in camera frames."""

    transport: str = option(
        "How images arrive: raw on `image`, or compressed on `image/compressed`.",
        name="input.transport",
        choices=("raw", "compressed"),
    )
    qos: str = option("QoS of the image subscriptions.", name="input.qos", choices=QOS_NAMES)
    depth: str = option(
        "Depth images to use: none, raw on `depth`, or compressed on `depth/compressedDepth`; both need `camera_info`.",
        name="input.depth",
        choices=("none", "raw", "compressed"),
    )
    sync_slop_s: float = option(
        "Largest difference of stamps between an image, its depth and its camera_info.",
        name="input.sync_slop_s",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )


class Frame:
    """One image as received, with depth and intrinsics where asked for; decoded at first use, once for all users."""

    def __init__(
        self, image: Image | CompressedImage, depth: Any = None, camera_info: CameraInfo | None = None
    ) -> None:
        self.header = image.header
        self.received_s = time.monotonic()
        self._messages = {"image": image, "depth": depth, "intrinsics": camera_info}
        self._decoded: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def stamp_ns(self) -> int:
        return stamp_ns(self.header)

    @property
    def image(self) -> NDArray[np.uint8]:
        """uint8 RGB [H, W, 3], read-only to its users. Raises InvalidImage, each time it is asked for."""
        return self._decode("image", decode_image)

    @property
    def depth_m(self) -> NDArray[np.float32] | None:
        """float32 [H, W] metres along the optical axis, NaN unknown; None when depth is not used."""
        return None if self._messages["depth"] is None else self._decode("depth", decode_depth)

    @property
    def intrinsics(self) -> Intrinsics | None:
        return None if self._messages["intrinsics"] is None else self._decode("intrinsics", decode_camera_info)

    def _decode(self, name: str, decoder: Callable[[Any], Any]) -> Any:
        with self._lock:
            if name not in self._decoded:
                try:
                    self._decoded[name] = decoder(self._messages[name])
                except InvalidImage as error:
                    self._decoded[name] = error
            decoded = self._decoded[name]
        if isinstance(decoded, InvalidImage):
            raise InvalidImage(str(decoded))
        return decoded


class FrameHub:
    """Gives several nodes of one process the frames of a camera from one subscription."""

    def __init__(self) -> None:
        self._feeds: dict[tuple[Any, ...], _Feed] = {}

    def open(self, node: Node, config: InputConfig, consumer: Callable[[Frame], None]) -> Callable[[], None]:
        """Send every frame `node` would receive to `consumer`, in the executor's thread.

        Topic names are the node's own: remapping and namespace apply. Returns a function that ends it.
        """
        topics = _topics(node, config)
        key = (tuple(topics), config)
        feed = self._feeds.setdefault(key, _Feed(topics, config))
        token = feed.join(node, consumer)

        def close() -> None:
            feed.leave(token)
            if feed.idle:
                self._feeds.pop(key, None)

        return close


class _Feed:
    """The subscriptions of one camera, held by the node that came first; passed on when that one leaves."""

    def __init__(self, topics: list[tuple[str, type]], config: InputConfig) -> None:
        self._topics = topics
        self._config = config
        self._consumers: dict[object, tuple[Node, Callable[[Frame], None]]] = {}
        self._owner: Node | None = None
        self._subscriptions: list[Any] = []
        self._synchronizer: Synchronizer | None = None
        self._newest_ns = 0

    @property
    def idle(self) -> bool:
        return not self._consumers

    def join(self, node: Node, consumer: Callable[[Frame], None]) -> object:
        token = object()
        self._consumers[token] = (node, consumer)
        if self._owner is None:
            self._subscribe(node)
        return token

    def leave(self, token: object) -> None:
        node, _ = self._consumers.pop(token)
        if node is not self._owner or any(other is node for other, _ in self._consumers.values()):
            return
        for subscription in self._subscriptions:
            node.destroy_subscription(subscription)
        self._subscriptions, self._owner = [], None
        if self._consumers:
            self._subscribe(next(iter(self._consumers.values()))[0])

    def _subscribe(self, node: Node) -> None:
        self._owner = node
        if len(self._topics) > 1:
            self._synchronizer = create_synchronizer(
                len(self._topics), self._distribute, slop_s=self._config.sync_slop_s, queue_size=SYNCHRONIZER_QUEUE
            )
            callbacks = [partial(self._add, index) for index in range(len(self._topics))]
        else:
            callbacks = [self._distribute]
        for (topic, message_type), callback in zip(self._topics, callbacks):
            profile = qos_profile(self._config.qos)
            self._subscriptions.append(
                node.create_subscription(message_type, topic, callback, profile, qos_overriding_options=overridable())
            )

    def _add(self, index: int, message: Any) -> None:
        if self._synchronizer is None:
            return
        stamp = stamp_ns(message.header)
        if stamp < self._newest_ns - round(1e9 * max(1.0, self._config.sync_slop_s)):
            self._synchronizer.clear()
            self._newest_ns = stamp
        self._newest_ns = max(self._newest_ns, stamp)
        self._synchronizer.add(index, message)

    def _distribute(self, *messages: Any) -> None:
        frame = Frame(*messages)
        for _, consumer in list(self._consumers.values()):
            consumer(frame)


def _topics(node: Node, config: InputConfig) -> list[tuple[str, type]]:
    """Names and types, as image_transport forms them: a transport's name follows the remapped base topic."""
    compressed = config.transport == "compressed"
    image = node.resolve_topic_name("image")
    topics: list[tuple[str, type]] = [
        (f"{image}/compressed", CompressedImage) if compressed else (image, Image),
    ]
    if config.depth != "none":
        depth = node.resolve_topic_name("depth")
        topics.append((f"{depth}/compressedDepth", CompressedImage) if config.depth == "compressed" else (depth, Image))
        topics.append((node.resolve_topic_name("camera_info"), CameraInfo))
    return topics
