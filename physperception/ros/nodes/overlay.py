"""The `overlay` node: pictures of what the stack sees, drawn on the frames the objects were found in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from physperception_msgs.msg import PerceivedObjectArray
from sensor_msgs.msg import CompressedImage, Image

from physperception.config import option
from physperception.ros.container import run
from physperception.ros.conversions.images import encode_compressed, encode_image
from physperception.ros.conversions.scene import scene_from_message
from physperception.ros.frames import FrameHub
from physperception.ros.qos import overridable, qos_profile
from physperception.ros.runtime import PerceptionNode, Work
from physperception.ros.synchronizer import create_synchronizer
from physperception.vision.drawing import draw_scene


@dataclass(frozen=True)
class OverlayConfig:
    """Options of the overlay."""

    source: str = option(
        "Which objects are drawn: objects, of the detector, or objects_amodal, with their hidden parts.",
        choices=("objects", "objects_amodal"),
    )
    queue_size: int = option(
        "Frames held until their objects come; they must cover the detector's latency.", minimum=1, maximum=200
    )


class OverlayNode(PerceptionNode):
    """Publishes `overlay` (rgb8) and `overlay/compressed` (jpeg): each array of objects drawn on its own frame."""

    def __init__(self, name: str = "overlay", hub: FrameHub | None = None, **node_options: Any) -> None:
        super().__init__(name, (OverlayConfig,), hub, **node_options)

    def load(self) -> None:
        self._overlay = self.add_output(Image, "overlay")
        self._compressed = self.add_output(CompressedImage, "overlay/compressed")

    def open_inputs(self) -> Callable[[], None]:
        config = self.settings.get(OverlayConfig)
        synchronizer = create_synchronizer(
            2, lambda frame, objects: self.submit(Work(frame, (objects,))), queue_size=config.queue_size
        )
        close_frames = self.open_frames(lambda frame: synchronizer.add(0, frame))
        subscription = self.create_subscription(
            PerceivedObjectArray,
            config.source,
            lambda message: synchronizer.add(1, message),
            qos_profile("reliable", depth=10),
            qos_overriding_options=overridable(),
        )

        def close() -> None:
            close_frames()
            self.destroy_subscription(subscription)

        return close

    def process(self, work: Work) -> None:
        frame, (objects,) = work.frame, work.messages
        picture = draw_scene(frame.image, scene_from_message(objects))
        if self._overlay.get_subscription_count():
            self._overlay.publish(encode_image(picture, "rgb8", frame.header))
        if self._compressed.get_subscription_count():
            self._compressed.publish(encode_compressed(picture, "jpeg", frame.header))


def main(args: list[str] | None = None) -> int:
    """Run the node on its own."""
    return run(["overlay"], args)


if __name__ == "__main__":
    raise SystemExit(main())
