"""The `amodal` node: frames and their objects in, the same objects whole and who hides whom out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from physperception_msgs.msg import PerceivedObjectArray, RelationArray

from physperception.amodal import AmodalConfig, Completer, create
from physperception.amodal.scene import SceneCompleter, SceneCompleterConfig
from physperception.config import option
from physperception.errors import InvalidImage
from physperception.ros.container import run
from physperception.ros.conversions.scene import graph_to_message, scene_from_message, scene_to_message
from physperception.ros.frames import FrameHub
from physperception.ros.qos import overridable, qos_profile
from physperception.ros.runtime import PerceptionNode, Work
from physperception.ros.synchronizer import create_synchronizer


@dataclass(frozen=True)
class AmodalNodeConfig:
    """Options of the node that are not the completer's own."""

    queue_size: int = option(
        "Frames held until their objects come; they must cover the detector's latency.", minimum=1, maximum=200
    )


class AmodalNode(PerceptionNode):
    """Publishes `objects_amodal` (PerceivedObjectArray), each array of `objects` with amodal masks and the occlusions
    that follow from them, and `occlusions` (RelationArray of OCCLUDED_BY with confidences)."""

    def __init__(self, name: str = "amodal", hub: FrameHub | None = None, **node_options: Any) -> None:
        self._completer: Completer | None = None
        self._scenes: SceneCompleter | None = None
        super().__init__(name, (AmodalConfig, SceneCompleterConfig, AmodalNodeConfig), hub, **node_options)

    def load(self) -> None:
        config = self.settings.get(AmodalConfig)
        self._completer = create(config)
        self._scenes = SceneCompleter(self._completer, self.settings.get(SceneCompleterConfig), config.order_margin)
        self._objects = self.add_output(PerceivedObjectArray, "objects_amodal")
        self._occlusions = self.add_output(RelationArray, "occlusions")

    def unload(self) -> None:
        if self._completer is not None:
            self._completer.close()
        self._completer = self._scenes = None

    def reconfigure(self) -> None:
        config = self.settings.get(AmodalConfig)
        if self._completer is not None and self._scenes is not None:
            self._completer.reconfigure(config)
            self._scenes.reconfigure(self.settings.get(SceneCompleterConfig), config.order_margin)

    def reset(self) -> None:
        if self._scenes is not None:
            self._scenes.reset()

    def facts(self) -> dict[str, str]:
        completer = self._completer
        return {} if completer is None else {"model": completer.model_id, "device": completer.device}

    def open_inputs(self) -> Callable[[], None]:
        synchronizer = create_synchronizer(
            2,
            lambda frame, objects: self.submit(Work(frame, (objects,))),
            queue_size=self.settings.get(AmodalNodeConfig).queue_size,
        )
        close_frames = self.open_frames(lambda frame: synchronizer.add(0, frame))
        subscription = self.create_subscription(
            PerceivedObjectArray,
            "objects",
            lambda message: synchronizer.add(1, message),
            qos_profile("reliable", depth=10),
            qos_overriding_options=overridable(),
        )

        def close() -> None:
            close_frames()
            self.destroy_subscription(subscription)

        return close

    def process(self, work: Work) -> None:
        if self._scenes is None:
            return
        frame, (objects,) = work.frame, work.messages
        try:
            scene = scene_from_message(objects)
        except ValueError as error:
            raise InvalidImage(f"the objects can't be used: {error}") from error
        found = self._scenes.update(frame.image, scene, frame.depth_m)
        if self._objects.get_subscription_count():
            self._objects.publish(scene_to_message(found.scene))
        if self._occlusions.get_subscription_count():
            self._occlusions.publish(graph_to_message(found.graph, found.scene))


def main(args: list[str] | None = None) -> int:
    """Run the node on its own."""
    return run(["amodal"], args)


if __name__ == "__main__":
    raise SystemExit(main())
