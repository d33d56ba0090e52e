"""Starts every node: camera frames in, objects, their properties and pictures of them out.

`ros2 launch physperception full.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("detector", "amodal", "properties", "overlay"))
