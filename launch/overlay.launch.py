"""Starts the overlay: camera frames and objects in, pictures out.

`ros2 launch physperception overlay.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("overlay",))
