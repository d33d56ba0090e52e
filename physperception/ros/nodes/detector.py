"""The `detector` node: camera frames in, objects with visible, occluder and occludee masks out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from physperception_msgs.msg import PerceivedObjectArray
from sensor_msgs.msg import Image

from physperception.config import option
from physperception.detection import Detector, DetectorConfig, create
from physperception.ros.container import run
from physperception.ros.conversions.scene import label_image_to_message, scene_to_detections, scene_to_message
from physperception.ros.frames import FrameHub
from physperception.ros.runtime import PerceptionNode, Work
from physperception.scene import Scene
from physperception.vision.geometry import locate
from physperception.vision.tracking import Tracker, TrackerConfig

try:
    from vision_msgs.msg import Detection2DArray
except ImportError:
    Detection2DArray = None


@dataclass(frozen=True)
class DetectorNodeConfig:
    """Options of the node that are not the detector's own."""

    track: bool = option("Keep ids over frames; without it ids are new in every frame.", name="tracker.enabled")


class DetectorNode(PerceptionNode):
    """Publishes `objects` (PerceivedObjectArray), `objects/labels` (label image: index + 1 of the visible masks) and,
    where vision_msgs is installed, `objects/detections` (Detection2DArray)."""

    def __init__(self, name: str = "detector", hub: FrameHub | None = None, **node_options: Any) -> None:
        self._detector: Detector | None = None
        self._tracker: Tracker | None = None
        super().__init__(name, (DetectorConfig, TrackerConfig, DetectorNodeConfig), hub, **node_options)

    def load(self) -> None:
        self._detector = create(self.settings.get(DetectorConfig))
        if self.settings.get(DetectorNodeConfig).track:
            self._tracker = Tracker(self.settings.get(TrackerConfig))
        self._objects = self.add_output(PerceivedObjectArray, "objects")
        self._labels = self.add_output(Image, "objects/labels")
        self._detections = self.add_output(Detection2DArray, "objects/detections") if Detection2DArray else None

    def unload(self) -> None:
        if self._detector is not None:
            self._detector.close()
        self._detector = self._tracker = None

    def reconfigure(self) -> None:
        if self._detector is not None:
            self._detector.reconfigure(self.settings.get(DetectorConfig))
        if self._tracker is not None:
            self._tracker.reconfigure(self.settings.get(TrackerConfig))

    def reset(self) -> None:
        if self._tracker is not None:
            self._tracker.reset()

    def facts(self) -> dict[str, str]:
        if self._detector is None:
            return {}
        return {"model": self._detector.model_id, "device": self._detector.device}

    def process(self, work: Work) -> None:
        frame = work.frame
        scene = replace(self._detector.detect(frame.image), stamp_ns=frame.stamp_ns, frame_id=frame.header.frame_id)
        if frame.depth_m is not None:
            scene = locate(scene, frame.depth_m, frame.intrinsics)
        if self._tracker is not None:
            scene = self._tracker.update(scene)
        self._publish(scene)

    def _publish(self, scene: Scene) -> None:
        if self._objects.get_subscription_count():
            self._objects.publish(scene_to_message(scene))
        if self._labels.get_subscription_count():
            self._labels.publish(label_image_to_message(scene))
        if self._detections is not None and self._detections.get_subscription_count():
            self._detections.publish(scene_to_detections(scene))


def main(args: list[str] | None = None) -> int:
    """Run the node on its own."""
    return run(["detector"], args)


if __name__ == "__main__":
    raise SystemExit(main())
