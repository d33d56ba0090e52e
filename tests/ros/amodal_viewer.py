"""A client that plays camera and detector for the amodal node, and the scene that it shows."""

import numpy as np
from physperception_msgs.msg import FrameReport, PerceivedObjectArray, RelationArray

from physperception.ros.conversions.images import encode_image
from physperception.ros.conversions.scene import scene_to_message
from physperception.ros.qos import qos_profile
from physperception.scene import Instance, Mask, Scene
from tests.ros.probe import Client

WIDTH, HEIGHT = 160, 120


class Viewer(Client):
    """Plays camera and detector, and listens to the amodal node."""

    def __init__(self):
        super().__init__()
        self.found, self.occlusions = [], []
        self.objects = self.node.create_publisher(PerceivedObjectArray, "objects", qos_profile("reliable", 10))
        self.node.create_subscription(
            FrameReport, "amodal/debug/frames", self.reports.append, qos_profile("reliable", 1000)
        )

    def listen(self):
        reliable = qos_profile("reliable", 1000)
        self._subscription = self.node.create_subscription(
            PerceivedObjectArray, "objects_amodal", self.found.append, reliable
        )

    def listen_to_occlusions(self):
        self.node.create_subscription(
            RelationArray, "occlusions", self.occlusions.append, qos_profile("reliable", 1000)
        )

    def wait_matched(self):
        return self.wait(lambda: self.objects.get_subscription_count() > 0) and super().wait_matched()

    def show(self, message):
        """An array of objects and the image it was found in, objects last, as from a detector."""
        self.images.publish(encode_image(board_before_disc()[0], "rgb8", message.header))
        self.objects.publish(message)

    def answered(self, count):
        return self.wait(lambda: len(self.reports) >= count)

    def outcomes(self):
        return [report.outcome for report in self.reports]


def board_before_disc():
    """Image, and the visible masks of a disc half behind a board, and of that board."""
    image = np.full((HEIGHT, WIDTH, 3), 120, dtype=np.uint8)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    disc = (columns - 70) ** 2 + (rows - 60) ** 2 <= 30**2
    board = (columns >= 80) & (columns < 130) & (rows >= 15) & (rows < 105)
    image[disc] = (200, 40, 40)
    image[board] = (40, 60, 200)
    return image, {"disc": Mask.from_full(disc & ~board), "board": Mask.from_full(board)}


def scene(stamp, names=("disc", "board"), width=WIDTH, height=HEIGHT):
    masks = board_before_disc()[1]
    instances = tuple(
        Instance(id=name, class_id="thing", score=0.5, visible_box=masks[name].extent, visible_mask=masks[name])
        for name in names
    )
    return Scene(width=width, height=height, instances=instances, model="played", stamp_ns=stamp, frame_id="camera")


def objects(stamp, *arguments, **options):
    return scene_to_message(scene(stamp, *arguments, **options))
