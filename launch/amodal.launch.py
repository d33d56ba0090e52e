"""Starts the amodal node: camera frames and their objects in, whole objects out.

`ros2 launch physperception amodal.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("amodal",))
