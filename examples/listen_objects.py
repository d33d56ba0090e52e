#!/usr/bin/env python3
"""Prints the objects the detector finds, with plain rclpy and physperception_msgs only.

    python3 examples/listen_objects.py
    python3 examples/listen_objects.py --count 10 --timeout 30 --ros-args -r objects:=/left_arm/objects

Exit code: 0 when `--count` arrays came or Ctrl-C was pressed, 1 when `--timeout` passed before that.
"""

import argparse
import sys
import time

import rclpy
from physperception_msgs.msg import InstanceMask, PerceivedObject, PerceivedObjectArray
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.utilities import remove_ros_args


class ObjectListener(Node):
    """Subscribes to `objects`, which is also what makes the detector start to work."""

    def __init__(self):
        super().__init__("object_listener")
        self.arrays = 0
        self.create_subscription(PerceivedObjectArray, "objects", self.on_objects, 10)

    def on_objects(self, message):
        self.arrays += 1
        stamp = message.header.stamp
        print(f"{stamp.sec}.{stamp.nanosec:09d} {message.header.frame_id}: {len(message.objects)} objects", flush=True)
        for item in message.objects:
            print(f"  {describe(item)}", flush=True)


def describe(item: PerceivedObject) -> str:
    """One line: what it is, where, and what hides it or is hidden by it."""
    box = item.visible_box
    words = [
        f"{item.id}: {item.class_id} {item.score:.2f}",
        f"at ({box.center_x:.0f}, {box.center_y:.0f}) px, {box.size_x:.0f} x {box.size_y:.0f} px",
        f"{visible_pixels(item)} px visible",
    ]
    if item.has_position:
        words.append(f"({item.position.x:.2f}, {item.position.y:.2f}, {item.position.z:.2f}) m")
    if item.occluder_ids:
        words.append(f"hidden by {', '.join(item.occluder_ids)}")
    if item.occludee_ids:
        words.append(f"hides {', '.join(item.occludee_ids)}")
    return ", ".join(words)


def visible_pixels(item: PerceivedObject) -> int:
    """How many pixels of the object the camera sees; every object has a VISIBLE mask."""
    mask = next(mask for mask in item.masks if mask.kind == InstanceMask.VISIBLE)
    return bytes(mask.pixels.data).count(255)


def main() -> int:
    parser = argparse.ArgumentParser(description="Print the objects the detector finds.")
    parser.add_argument("--count", type=int, default=0, help="end after this many arrays (default: never)")
    parser.add_argument("--timeout", type=float, default=float("inf"), help="seconds to wait for them (default: ever)")
    chosen = parser.parse_args(remove_ros_args(sys.argv)[1:])
    rclpy.init()
    listener = ObjectListener()
    deadline = time.monotonic() + chosen.timeout
    try:
        while time.monotonic() < deadline:
            rclpy.spin_once(listener, timeout_sec=0.1)
            if chosen.count and listener.arrays >= chosen.count:
                return 0
        print(f"{listener.arrays} arrays came within {chosen.timeout:g} s", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    finally:
        listener.destroy_node()
        rclpy.try_shutdown()


if __name__ == "__main__":
    sys.exit(main())
