"""What the launch files offer and which processes that leads to; plain data, so that it is checked without launch.

An empty argument leaves the matter to the parameter files, where the defaults are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from physperception.config import has_default
from physperception.errors import ConfigError
from physperception.ros.model_server import server_command, server_name, server_parameters

BOOLEANS = ("true", "false", "True", "False")
TOPICS = ("image", "depth", "camera_info")
OPTIONS = {"input_transport": "input.transport", "input_depth": "input.depth", "autostart": "autostart"}
"""Arguments that set a parameter of every node, and that parameter."""


@dataclass(frozen=True)
class Argument:
    """One launch argument, as `ros2 launch ... --show-args` tells it."""

    name: str
    description: str
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """One process to start: an executable of this package, its own arguments, and parameters for all its nodes."""

    executable: str
    arguments: tuple[str, ...]
    parameters: Mapping[str, str | bool]


COMMON = (
    Argument("namespace", "Namespace of the nodes and of all their relative topics; one for each camera."),
    Argument("params_file", "ROS 2 parameter file that wins over the shipped defaults."),
    Argument("image", "Camera image topic, without a transport's suffix such as /compressed.", "image"),
    Argument("depth", "Depth image topic, registered to the image; used unless input.depth is none.", "depth"),
    Argument("camera_info", "Intrinsics of image and depth; used unless input.depth is none.", "camera_info"),
    Argument("input_transport", "How images arrive; empty: as in the parameter files.", "", ("", "raw", "compressed")),
    Argument(
        "input_depth", "How depth arrives; empty: as in the parameter files.", "", ("", "none", "raw", "compressed")
    ),
    Argument("use_sim_time", "Take time from /clock.", "false", BOOLEANS),
    Argument("log_level", "Least severity to log.", "info", ("debug", "info", "warn", "error", "fatal")),
    Argument(
        "autostart",
        "Configure and activate at start; false leaves that to a lifecycle manager; empty: as in the parameter files.",
        "",
        ("", *BOOLEANS),
    ),
)
COMPOSED = Argument(
    "composed", "All nodes in one process, where a frame is decoded once, or a process for each.", "true", BOOLEANS
)
VLLM = (
    Argument(
        "vllm_model",
        "Folder or id of a model: starts a vLLM server with it, which the grounding node asks; empty: no server.",
    ),
    Argument("vllm_executable", "The server's executable, which may be in another environment.", "vllm"),
)
DEVICE = Argument("device", "Where models run: auto, cpu, cuda or cuda:N; empty: as in the parameter files.")


def arguments(nodes: Sequence[str]) -> tuple[Argument, ...]:
    """The arguments of a launch file that starts these nodes."""
    return (
        *COMMON,
        *((DEVICE,) if any(has_default(node, "device") for node in nodes) else ()),
        *((COMPOSED,) if len(nodes) > 1 else ()),
        *(VLLM if "grounding" in nodes else ()),
    )


def processes(nodes: Sequence[str], values: Mapping[str, str]) -> list[Process]:
    """What to start for these nodes.

    Args:
        nodes: names from `physperception.ros.container.NODES`.
        values: one value for each of `arguments(nodes)`.

    Raises:
        ConfigError: `params_file` is not a file.
    """
    if values["params_file"] and not Path(values["params_file"]).is_file():
        raise ConfigError(f"params_file {values['params_file']} is not a file")
    parameters: dict[str, str | bool] = {}
    for argument, option in OPTIONS.items():
        if values[argument]:
            parameters[option] = _typed(values[argument])
    if _typed(values["use_sim_time"]):
        parameters["use_sim_time"] = True
    device, model = values.get("device", ""), values.get("vllm_model", "")
    if _typed(values.get("composed", "false")):
        own = ["--nodes", *nodes]
        own += ["--device", device] if device else []
        own += ["--vllm-model", server_name(model)] if model else []
        return [Process("perception_container", tuple(own), parameters)]
    found = []
    for node in nodes:
        more: dict[str, str | bool] = {"device": device} if device and has_default(node, "device") else {}
        more |= server_parameters(server_name(model)) if model and node == "grounding" else {}
        found.append(Process(node, (), parameters | more))
    return found


def server(values: Mapping[str, str]) -> list[str] | None:
    """The command that starts a vLLM server, where one is wanted. Raises ConfigError where it can't be started."""
    model = values.get("vllm_model", "")
    return server_command(model, values["vllm_executable"]) if model else None


def _typed(value: str) -> str | bool:
    return value.lower() == "true" if value in BOOLEANS else value
