"""Starts the properties node: camera frames and their objects in, restitution, friction and viscosity out.

`ros2 launch physperception properties.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("properties",))
