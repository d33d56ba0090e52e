"""`physperception replay`: play a bag through the nodes, record what they say."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from physperception.config import has_default
from physperception.errors import ConfigError

if TYPE_CHECKING:
    from physperception.ros.replay import ReplayOptions, ReplaySummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bag", type=Path, help="a rosbag2 folder, or a bare .mcap or .db3 file")
    parser.add_argument("--nodes", default="detector", help="nodes to feed, by comma (default detector)")
    parser.add_argument("--external", action="store_true", help="the nodes run already; do not start them here")
    parser.add_argument("--output", type=Path, help="new bag for the outputs")
    parser.add_argument("--record-topics", nargs="+", default=[], help="outputs to record (default: each node's own)")
    parser.add_argument("--deterministic", action="store_true", help="wait for each frame; every frame is processed")
    parser.add_argument("--frame-timeout", type=float, default=30.0, help="seconds a frame may take then (default 30)")
    parser.add_argument("--rate", type=float, default=1.0, help="speed, 2 is twice as fast (default 1)")
    parser.add_argument("--loop", action="store_true", help="again and again, until Ctrl-C")
    parser.add_argument("--start", type=float, default=0.0, help="seconds into the bag to start at")
    parser.add_argument("--duration", type=float, help="seconds of the bag to play")
    parser.add_argument("--topics", nargs="+", default=[], help="topics to play (default: all)")
    parser.add_argument("--remap", action="append", default=[], metavar="FROM:=TO", help="publish a topic as another")
    parser.add_argument("--namespace", default="", help="namespace of the nodes")
    parser.add_argument("--params-file", help="parameters of the nodes started here")
    parser.add_argument("--no-clock", action="store_true", help="do not publish /clock; nodes use wall time")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no summary")


def run(args: argparse.Namespace) -> int:
    from physperception.ros.bags import BagReader
    from physperception.ros.container import Container
    from physperception.ros.replay import ReplayOptions, replay

    options = ReplayOptions(
        nodes=tuple(filter(None, args.nodes.split(","))),
        rate=args.rate,
        loop=args.loop,
        start_s=args.start,
        duration_s=args.duration,
        topics=tuple(args.topics),
        remap=dict(_rule(text) for text in args.remap),
        output=args.output,
        record_topics=tuple(args.record_topics),
        deterministic=args.deterministic,
        frame_timeout_s=args.frame_timeout,
        clock=not args.no_clock,
        namespace=args.namespace,
    )
    with BagReader(args.bag) as reader:
        total = reader.message_count
        image_topic, transport = _images(reader, options)
    started_here = (
        nullcontext()
        if args.external
        else Container(
            list(options.nodes),
            namespace=args.namespace,
            params_file=args.params_file,
            use_sim_time=options.clock,
            parameters={name: _parameters(name, transport) for name in options.nodes},
            remappings=[f"image:={image_topic}"],
            autostart=True,
        )
    )
    with started_here, tqdm(total=None if options.loop else total, unit="message", disable=_silent(args)) as bar:
        summary = replay(args.bag, options, lambda count: bar.update(count - bar.n))
    if not args.quiet:
        _tell(summary, options)
    return 0


def _parameters(node: str, transport: str) -> dict[str, str | bool]:
    """Of a node started here; those that work only when asked must watch, as a report is waited for on every frame."""
    watch = {"always_watch": True} if has_default(node, "always_watch") else {}
    return {"input.transport": transport, "input.qos": "reliable", **watch}


def _silent(args: argparse.Namespace) -> bool:
    return args.quiet or not sys.stderr.isatty()


def _images(reader, options: ReplayOptions) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    """Base name and transport of the images a node started here should take."""
    from physperception.ros.replay import IMAGE_TYPES

    for topic in reader.topics:
        wanted = not options.topics or topic.name in options.topics
        if wanted and topic.count and topic.type in IMAGE_TYPES and "depth" not in topic.name.lower():
            name = options.remap.get(topic.name, topic.name)
            compressed = topic.type == IMAGE_TYPES[1]
            return (name.removesuffix("/compressed"), "compressed") if compressed else (name, "raw")
    return "image", "raw"


def _rule(text: str) -> tuple[str, str]:
    source, separator, target = text.partition(":=")
    if not (source and separator and target):
        raise ConfigError(f"--remap takes FROM:=TO, got {text!r}")
    return source, target


def _tell(summary: ReplaySummary, options: ReplayOptions) -> None:
    print(f"played {sum(summary.published.values())} messages in {summary.seconds:.1f} s")
    for topic, reason in summary.skipped.items():
        print(f"  skipped {topic}: {reason}")
    for node, outcomes in summary.frames.items():
        counts = ", ".join(f"{outcomes[key]} {key}" for key in ("processed", "rejected", "dropped"))
        print(f"  {node}: {counts}")
    for topic, count in summary.recorded.items():
        print(f"  {topic}: {count} recorded in {options.output}")
