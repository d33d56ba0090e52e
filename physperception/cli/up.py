"""`physperception up`: start the nodes without ros2launch, in one process or several, supervised."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext

HELP = "start the nodes, in one process or several"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("nodes", nargs="*", help="nodes to start (default: all)")
    parser.add_argument("--separate", action="store_true", help="one process a node instead of one for all")
    parser.add_argument("--namespace", default="", help="namespace of all nodes, such as /left_arm")
    parser.add_argument("--params-file", help="ROS 2 parameter file that wins over the shipped defaults")
    parser.add_argument(
        "--remap", action="append", default=[], metavar="FROM:=TO", help="remap a topic, such as image:=/camera/image"
    )
    parser.add_argument("--use-sim-time", action="store_true", help="take time from /clock")
    parser.add_argument("--device", help="where models run: auto, cpu or cuda (default: as in the parameter files)")
    parser.add_argument(
        "--vllm-model", metavar="DIR", help="start a vLLM server with this model, which the grounding node asks"
    )
    parser.add_argument(
        "--vllm-executable", default="vllm", metavar="FILE", help="of the server, if in another environment"
    )
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warn", "error", "fatal"))
    parser.add_argument("--no-autostart", action="store_true", help="leave configuring to a lifecycle manager")
    parser.add_argument(
        "--max-restarts", type=int, default=5, help="with --separate: crashes in a row before giving up (default 5)"
    )


def run(args: argparse.Namespace) -> int:
    from physperception.errors import ConfigError
    from physperception.ros import container
    from physperception.ros.model_server import server_name
    from physperception.ros.transport import use_shared_memory_profile

    nodes = args.nodes or list(container.NODES)
    unknown = sorted(set(nodes) - set(container.NODES))
    if unknown:
        raise ConfigError(f"no node named {', '.join(unknown)}; choose from {', '.join(container.NODES)}")
    if args.vllm_model and "grounding" not in nodes:
        raise ConfigError("--vllm-model is for the node grounding, which is not among those to start")
    with _server(args):
        if args.separate:
            use_shared_memory_profile()
            return _supervise(args, nodes)
        name = server_name(args.vllm_model) if args.vllm_model else None
        parameters = container.own_parameters(nodes, args.device, name)
        return container.run(nodes, ["--ros-args", *ros_arguments(args)], parameters=parameters)


def _server(args: argparse.Namespace) -> AbstractContextManager[None]:
    """The model's server, where one is wanted. Raises ConfigError where it can't be started."""
    from physperception.ros.model_server import running_server, server_command

    if not args.vllm_model:
        return nullcontext()
    return running_server(server_command(args.vllm_model, args.vllm_executable), args.max_restarts)


def ros_arguments(args: argparse.Namespace) -> list[str]:
    """What follows `--ros-args` for every node."""
    found = ["--log-level", args.log_level]
    if args.namespace:
        found += ["-r", f"__ns:={'/' + args.namespace.strip('/')}"]
    for rule in args.remap:
        found += ["-r", rule]
    if args.params_file:
        found += ["--params-file", args.params_file]
    if args.no_autostart:
        found += ["-p", "autostart:=false"]
    if args.use_sim_time:
        found += ["-p", "use_sim_time:=true"]
    return found


def _supervise(args: argparse.Namespace, nodes: list[str]) -> int:
    from physperception.ros import container
    from physperception.ros.model_server import server_name
    from physperception.ros.supervisor import Supervisor

    model = server_name(args.vllm_model) if args.vllm_model else None
    commands = {}
    for name in nodes:
        own = container.own_parameters([name], args.device, model).get(name, {})
        more = [word for key, value in own.items() for word in ("-p", f"{key}:={value}")]
        arguments = ["--ros-args", *ros_arguments(args), *more]
        commands[name] = [sys.executable, "-m", f"physperception.ros.nodes.{name}", *arguments]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return Supervisor(commands, args.max_restarts).run(stop)
