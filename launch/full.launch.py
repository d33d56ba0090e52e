"""Starts every node: camera frames and commands in; objects, their properties, what commands mean, and pictures out.

`ros2 launch physperception full.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("detector", "amodal", "properties", "grounding", "overlay"))
