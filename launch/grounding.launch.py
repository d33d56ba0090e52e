"""Starts the grounding node: camera frames, their objects and commands in words in, what the commands mean out.

`ros2 launch physperception grounding.launch.py --show-args` is the manual.
"""

from launch import LaunchDescription

from physperception.ros.launch_description import launch_description


def generate_launch_description() -> LaunchDescription:
    return launch_description(("grounding",))
