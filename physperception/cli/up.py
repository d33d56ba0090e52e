"""`physperception up`: start the nodes without ros2launch, in one process or several, supervised."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

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
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warn", "error", "fatal"))
    parser.add_argument("--no-autostart", action="store_true", help="leave configuring to a lifecycle manager")
    parser.add_argument(
        "--max-restarts", type=int, default=5, help="with --separate: crashes in a row before giving up (default 5)"
    )


def run(args: argparse.Namespace) -> int:
    from physperception.errors import ConfigError
    from physperception.ros import container
    from physperception.ros.transport import use_shared_memory_profile

    nodes = args.nodes or list(container.NODES)
    unknown = sorted(set(nodes) - set(container.NODES))
    if unknown:
        raise ConfigError(f"no node named {', '.join(unknown)}; choose from {', '.join(container.NODES)}")
    if not args.separate:
        parameters = container.device_parameters(nodes, args.device)
        return container.run(nodes, ["--ros-args", *ros_arguments(args)], parameters=parameters)
    use_shared_memory_profile()
    return _supervise(args, nodes)


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
    from physperception.config import has_default
    from physperception.ros.supervisor import Supervisor

    commands = {}
    for name in nodes:
        device = ["-p", f"device:={args.device}"] if args.device and has_default(name, "device") else []
        arguments = ["--ros-args", *ros_arguments(args), *device]
        commands[name] = [sys.executable, "-m", f"physperception.ros.nodes.{name}", *arguments]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return Supervisor(commands, args.max_restarts).run(stop)
