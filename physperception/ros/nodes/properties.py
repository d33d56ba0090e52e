"""The `properties` node: frames in, how bouncy, slippery and viscous things are out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from physperception_msgs.msg import PerceivedObjectArray, PropertyEstimateArray
from physperception_msgs.msg import PropertyEstimate as PropertyEstimateMessage
from physperception_msgs.srv import GetProperties
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from physperception.config import option
from physperception.errors import ConfigError, InvalidImage
from physperception.physics.config import PropertiesConfig, ViewConfig
from physperception.physics.estimator import PropertyEstimator
from physperception.ros.container import run
from physperception.ros.conversions.images import decode_camera_info
from physperception.ros.conversions.scene import property_to_message, scene_from_message, time_from_ns
from physperception.ros.frames import Frame, FrameHub, InputConfig
from physperception.ros.qos import overridable, qos_profile
from physperception.ros.runtime import PerceptionNode, Work
from physperception.ros.synchronizer import create_synchronizer
from physperception.scene import EstimateStatus, PropertyEstimate

LATEST_PERIOD_S = 1.0


@dataclass(frozen=True)
class PropertiesNodeConfig:
    """Options of the node that are not the estimator's own."""

    use_objects: bool = option(
        "Take objects and ids from `objects`; without it whatever moves is found, with ids of its own."
    )
    always_watch: bool = option("Work also while nobody listens, so that `get_properties` knows what happened.")
    queue_size: int = option(
        "Frames held until their objects come; they must cover the detector's latency.", minimum=1, maximum=200
    )


class PropertiesNode(PerceptionNode):
    """Publishes `properties` (PropertyEstimate), each estimate that is new or refined and each refusal, and
    `properties/latest` (PropertyEstimateArray, latched), all that is known; serves `get_properties`."""

    def __init__(self, name: str = "properties", hub: FrameHub | None = None, **node_options: Any) -> None:
        self._estimator: PropertyEstimator | None = None
        self._info: CameraInfo | None = None
        self._newest = (0, 0.0)
        self._frame_id = ""
        self._told: list[tuple[Any, ...]] = []
        self._told_s = 0.0
        super().__init__(name, (PropertiesConfig, ViewConfig, PropertiesNodeConfig), hub, **node_options)
        self.create_service(GetProperties, "get_properties", self._on_get_properties)

    def load(self) -> None:
        self._known_view = self.settings.get(ViewConfig)
        self._known_view.view()
        self._estimator = PropertyEstimator(self.settings.get(PropertiesConfig))
        self._told = []
        self._events = self.add_output(PropertyEstimateMessage, "properties")
        self._latest = self.add_output(PropertyEstimateArray, "properties/latest", "latched", depth=1)

    def unload(self) -> None:
        self._estimator = None

    def reconfigure(self) -> None:
        if self._estimator is None:
            return
        self._estimator.reconfigure(self.settings.get(PropertiesConfig))
        view = self.settings.get(ViewConfig)
        try:
            view.view()
        except ConfigError as error:
            self.get_logger().warning(f"the view stays as it was until it is whole: {error}")
            return
        self._known_view = view

    def reset(self) -> None:
        if self._estimator is not None:
            self._estimator.reset()

    def facts(self) -> dict[str, str]:
        estimator = self._estimator
        if estimator is None:
            return {}
        return {"model": estimator.model_id, "device": estimator.device, "scene": estimator.status}

    def in_demand(self) -> bool:
        return self.settings.get(PropertiesNodeConfig).always_watch or super().in_demand()

    def open_inputs(self) -> Callable[[], None]:
        config = self.settings.get(PropertiesNodeConfig)
        subscriptions = []
        qos = self.settings.get(InputConfig).qos
        if self.settings.get(InputConfig).depth == "none":
            subscriptions.append(self._subscribe(CameraInfo, "camera_info", self._on_camera_info, qos, 1))
        if config.use_objects:
            synchronizer = create_synchronizer(
                2, lambda frame, objects: self.submit(Work(frame, (objects,))), queue_size=config.queue_size
            )
            close_frames = self.open_frames(lambda frame: synchronizer.add(0, frame))
            receive = partial(synchronizer.add, 1)
            subscriptions.append(self._subscribe(PerceivedObjectArray, "objects", receive, "reliable", 10))
        else:
            close_frames = self.open_frames(lambda frame: self.submit(Work(frame)))

        def close() -> None:
            close_frames()
            for subscription in subscriptions:
                self.destroy_subscription(subscription)

        return close

    def process(self, work: Work) -> None:
        estimator = self._estimator
        if estimator is None:
            return
        frame = work.frame
        try:
            scene = scene_from_message(work.messages[0]) if work.messages else None
        except ValueError as error:
            raise InvalidImage(f"the objects can't be used: {error}") from error
        view = self._known_view.view(self._intrinsics(frame))
        events = estimator.update(frame.image, frame.stamp_ns, scene, view, frame.depth_m)
        self._newest = (frame.stamp_ns, time.monotonic())
        self._frame_id = frame.header.frame_id
        for event in events:
            self._events.publish(property_to_message(event, self._frame_id))
        self._publish_latest(bool(events))

    def _intrinsics(self, frame: Frame) -> Any:
        if frame.intrinsics is not None:
            return frame.intrinsics
        return None if self._info is None else decode_camera_info(self._info)

    def _on_camera_info(self, message: CameraInfo) -> None:
        self._info = message

    def _subscribe(self, kind: type, topic: str, callback: Callable[[Any], None], qos: str, depth: int) -> Any:
        profile = qos_profile(qos, depth=depth)
        return self.create_subscription(kind, topic, callback, profile, qos_overriding_options=overridable())

    def _known(self) -> list[PropertyEstimate]:
        """All that is known now, by the clock of the images: the stamp of the newest and the time since it came."""
        if self._estimator is None:
            return []
        stamp_ns, received_s = self._newest
        return self._estimator.latest(stamp_ns + round((time.monotonic() - received_s) * 1e9))

    def _publish_latest(self, changed: bool) -> None:
        """After every event, and when an estimate has become too old."""
        now_s = time.monotonic()
        if not changed and now_s - self._told_s < LATEST_PERIOD_S:
            return
        self._told_s = now_s
        known = self._known()
        told = [(item.object_id, item.counterpart, item.property, item.status) for item in known]
        if not known or (not changed and told == self._told):
            return
        self._told = told
        newest_ns = max(item.last_stamp_ns for item in known)
        header = Header(stamp=time_from_ns(newest_ns), frame_id=self._frame_id)
        estimates = [property_to_message(item, self._frame_id) for item in known]
        self._latest.publish(PropertyEstimateArray(header=header, estimates=estimates))

    def _on_get_properties(
        self, request: GetProperties.Request, response: GetProperties.Response
    ) -> GetProperties.Response:
        wanted = set(request.properties)
        found = [
            (item, property_to_message(item, self._frame_id))
            for item in self._known()
            if request.object_id in ("", item.object_id)
        ]
        chosen = [(item, message) for item, message in found if not wanted or message.property in wanted]
        fresh = [pair for pair in chosen if request.include_stale or pair[0].status is not EstimateStatus.STALE]
        response.estimates = [message for _, message in fresh]
        response.success = any(item.status is not EstimateStatus.REFUSED for item, _ in fresh)
        response.message = "" if response.success else self._why_nothing([item for item, _ in chosen])
        return response

    def _why_nothing(self, known: list[PropertyEstimate]) -> str:
        if self._estimator is None:
            return "the node is not configured"
        if any(item.status is EstimateStatus.STALE for item in known):
            return "what is known is too old; ask with include_stale for it"
        if known:
            return "; ".join(dict.fromkeys(item.reason for item in known))
        if not self.working:
            return "nothing is known: nobody listens to the node, so it does not watch; set always_watch"
        return "nothing is known: the object was not seen to move"


def main(args: list[str] | None = None) -> int:
    """Run the node on its own."""
    return run(["properties"], args)


if __name__ == "__main__":
    raise SystemExit(main())
