"""Nodes of this package in one process: `perception_container`, and what every node's `main` runs on."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import signal
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

import rclpy
from rclpy.context import Context
from rclpy.exceptions import InvalidHandle, ROSInterruptException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from physperception.config import has_default
from physperception.errors import ConfigError, PhysperceptionError
from physperception.ros.frames import FrameHub
from physperception.ros.model_server import server_parameters
from physperception.ros.transport import use_shared_memory_profile

if TYPE_CHECKING:
    from physperception.ros.runtime import PerceptionNode

NODES = {
    "detector": "physperception.ros.nodes.detector:DetectorNode",
    "amodal": "physperception.ros.nodes.amodal:AmodalNode",
    "properties": "physperception.ros.nodes.properties:PropertiesNode",
    "grounding": "physperception.ros.nodes.grounding:GroundingNode",
    "overlay": "physperception.ros.nodes.overlay:OverlayNode",
}
"""Every node by name: its module and class."""


class Container:
    """Runs any set of nodes on one executor thread, with one subscription and one decoding of each camera frame.

    Args:
        names: of the nodes, from `NODES`.
        namespace: of all of them.
        params_file: a ROS 2 parameter file that wins over the shipped defaults.
        use_sim_time: take time from /clock.
        parameters: values by node name and parameter name; they win over everything else.
        remappings: "from:=to" rules for all of them.
        args: further ROS arguments, as on a command line after `--ros-args`.
        autostart: whether to configure and activate every node; None lets each node's parameter decide.

    Raises:
        ConfigError: an unknown node or a bad parameter.
    """

    def __init__(
        self,
        names: list[str],
        namespace: str = "",
        params_file: str | None = None,
        use_sim_time: bool = False,
        parameters: dict[str, dict[str, Any]] | None = None,
        remappings: list[str] | None = None,
        args: list[str] | None = None,
        autostart: bool | None = None,
    ) -> None:
        unknown = sorted(set(names) - set(NODES))
        if unknown or not names:
            raise ConfigError(f"unknown nodes {unknown}; choose from {', '.join(NODES)}")
        self._names = names
        self._node_options: dict[str, Any] = {"namespace": namespace} if namespace else {}
        self._ros_args = _ros_args(params_file, remappings or [], args or [])
        self._use_sim_time = use_sim_time
        self._parameters = parameters or {}
        self._autostart = autostart
        self.nodes: dict[str, PerceptionNode] = {}
        self._context = Context()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.stopped = threading.Event()

    def start(self) -> None:
        """Create the nodes and start the executor; returns when the autostarted nodes are active.

        Raises:
            ConfigError: a bad parameter.
            PhysperceptionError: a node could not be configured or activated; its log says why.
        """
        use_shared_memory_profile()
        try:
            rclpy.init(args=self._ros_args, context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        except RuntimeError as error:
            raise ConfigError(f"bad ROS arguments: {error}") from error
        self._executor = SingleThreadedExecutor(context=self._context)
        try:
            hub = FrameHub()
            for name in self._names:
                self.nodes[name] = self._create(name, hub)
                self._executor.add_node(self.nodes[name])
            for name, node in self.nodes.items():
                if self._wants_start(node) and not node.start():
                    raise PhysperceptionError(f"the node {name} could not be started; its log says why")
        except BaseException:
            self._close()
            raise
        self._thread = threading.Thread(target=self._spin, name="executor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the frames in hand, destroy the nodes and end the ROS context. May be called twice."""
        if self._thread is None:
            return
        self._stopping = True
        self._executor.shutdown(timeout_sec=5.0)
        self._thread.join(5.0)
        self._thread = None
        self._close()

    def __enter__(self) -> Container:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create(self, name: str, hub: FrameHub) -> PerceptionNode:
        module, class_name = NODES[name].split(":")
        node_class = getattr(importlib.import_module(module), class_name)
        values = {"use_sim_time": True} if self._use_sim_time else {}
        values |= self._parameters.get(name, {})
        overrides = [Parameter(key, value=value) for key, value in values.items()]
        return node_class(hub=hub, context=self._context, parameter_overrides=overrides, **self._node_options)

    def _wants_start(self, node: PerceptionNode) -> bool:
        return node.runtime.autostart if self._autostart is None else self._autostart

    def _spin(self) -> None:
        try:
            with contextlib.suppress(ExternalShutdownException, ROSInterruptException):
                self._executor.spin()
        except (InvalidHandle, AttributeError):  # rclpy's `shutdown` may take away what `spin` is about to use
            if not self._stopping:
                raise
        finally:
            self.stopped.set()

    def _close(self) -> None:
        for node in self.nodes.values():
            node.close()
        self.nodes = {}
        self._context.try_shutdown()


def run(names: list[str], args: list[str] | None = None, **options: Any) -> int:
    """Run nodes until SIGINT or SIGTERM; returns the exit code. What `main` of every node calls."""
    argv = sys.argv[1:] if args is None else args
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Container(names, args=argv, **options) as container:
            while not stop.wait(0.2):
                if container.stopped.is_set():
                    print(f"{' '.join(names)}: the executor ended; see above", file=sys.stderr)
                    return 1
    except PhysperceptionError as error:
        print(f"{' '.join(names)}: {error}", file=sys.stderr)
        return 2
    return 0


def main(args: list[str] | None = None) -> int:
    """`perception_container [--nodes detector overlay] [--device cpu] [--vllm-model NAME] [--ros-args ...]`."""
    argv = sys.argv if args is None else ["perception_container", *args]
    parser = argparse.ArgumentParser(prog="perception_container", description=__doc__)
    parser.add_argument("--nodes", nargs="+", default=list(NODES), choices=list(NODES), help="nodes to compose")
    parser.add_argument("--vllm-model", metavar="NAME", help="grounding asks this model of the vLLM server here")
    parser.add_argument("--device", help="where models run: auto, cpu, cuda or cuda:N (default: as in the files)")
    chosen = parser.parse_args(remove_ros_args(argv)[1:])
    parameters = own_parameters(chosen.nodes, chosen.device, chosen.vllm_model)
    return run(chosen.nodes, argv[1:], parameters=parameters)


def own_parameters(names: list[str], device: str | None, vllm_model: str | None = None) -> dict[str, dict[str, Any]]:
    """`parameters` of a `Container` whose models are all on `device`, as the files say for None, and whose grounding
    node asks a server for the model of this name, where one is given."""
    found: dict[str, dict[str, Any]] = {
        name: {"device": device} for name in names if device and has_default(name, "device")
    }
    if vllm_model and "grounding" in names:
        found["grounding"] = {**found.get("grounding", {}), **server_parameters(vllm_model)}
    return found


def _ros_args(params_file: str | None, remappings: list[str], args: list[str]) -> list[str]:
    ours = [item for rule in remappings for item in ("-r", rule)]
    ours += ["--params-file", params_file] if params_file else []
    return [*args, "--ros-args", *ours] if ours else list(args)


if __name__ == "__main__":
    sys.exit(main())
