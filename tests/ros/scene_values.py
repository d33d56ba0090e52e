"""An object, and messages as they come out at the other end, for tests of conversions."""

import numpy as np
from rclpy.serialization import deserialize_message, serialize_message

from physperception.scene import Box, Instance, Mask


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


def one_object(**changes):
    ones = Mask(-2, -1, np.ones((3, 4), dtype=bool))
    fields = dict(id="a", class_id="cup", score=0.5, visible_box=Box(0, 0, 2, 2), visible_mask=ones)
    return Instance(**(fields | changes))
