"""Launch descriptions of any set of nodes; every file in `launch/` is one call of this."""

from __future__ import annotations

from collections.abc import Sequence

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, SetEnvironmentVariable
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from physperception.ros.launch_arguments import TOPICS, Argument, arguments, processes, server
from physperception.ros.transport import PROFILE_VARIABLES, use_shared_memory_profile


def launch_description(nodes: Sequence[str]) -> LaunchDescription:
    """Start these nodes as the launch arguments say.

    Args:
        nodes: names from `physperception.ros.container.NODES`.
    """
    offered = arguments(nodes)
    return LaunchDescription(
        [*(_declare(argument) for argument in offered), OpaqueFunction(function=_start, args=[nodes, offered])]
    )


def _declare(argument: Argument) -> DeclareLaunchArgument:
    return DeclareLaunchArgument(
        argument.name,
        default_value=argument.default,
        description=argument.description,
        choices=list(argument.choices) or None,
    )


def _start(context: LaunchContext, nodes: Sequence[str], offered: Sequence[Argument]) -> list[LaunchDescriptionEntity]:
    values = {argument.name: LaunchConfiguration(argument.name).perform(context) for argument in offered}
    actions: list[LaunchDescriptionEntity] = []
    environment = dict(context.environment)
    if use_shared_memory_profile(environment):
        actions.append(SetEnvironmentVariable(PROFILE_VARIABLES[0], environment[PROFILE_VARIABLES[0]]))
    command = server(values)
    if command is not None:
        actions.append(ExecuteProcess(cmd=command, output="screen"))
    for process in processes(nodes, values):
        actions.append(
            Node(
                package="physperception",
                executable=process.executable,
                namespace=values["namespace"],
                arguments=list(process.arguments),
                parameters=[*filter(None, [values["params_file"]]), *filter(None, [dict(process.parameters)])],
                remappings=[(topic, values[topic]) for topic in TOPICS if values[topic] != topic],
                ros_arguments=["--log-level", values["log_level"]],
                output="screen",
                emulate_tty=True,
            )
        )
    return actions
