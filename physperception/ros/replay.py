"""A bag played through the nodes with its own stamps and clock, and their outputs recorded to a new bag."""

from __future__ import annotations

import contextlib
import importlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rclpy
from physperception_msgs.msg import FrameReport, GroundingResult
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rosgraph_msgs.msg import Clock

from physperception.errors import BagError, ConfigError
from physperception.ros.bags import BagMessage, BagReader, BagTopic, BagWriter
from physperception.ros.conversions.scene import time_from_ns
from physperception.ros.frame_counts import FrameCounts, begins_with_header
from physperception.ros.qos import qos_profile
from physperception.ros.transport import use_shared_memory_profile

IMAGE_TYPES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
DEFAULT_OUTPUTS = {
    "detector": ("objects",),
    "amodal": ("objects_amodal", "occlusions"),
    "properties": ("properties", "properties/latest"),
    "grounding": ("grounding/result",),
    "overlay": ("overlay/compressed",),
}
"""What is recorded of each node unless topics are named; frame reports are recorded always."""
DISCOVERY_S = 15.0
QUIET_S = 1.5
FRAME_QUIET_S = 0.02
SETTLE_S = 0.7
FIRST_FRAME_SENDS = 3
"""Each side of a connection learns of the other at its own time; a best-effort image sent before would be lost. For
each node, since nodes also connect to each other, one after the other."""


@dataclass(frozen=True)
class ReplayOptions:
    """How to play a bag.

    Attributes:
        nodes: names of the nodes that are fed and whose outputs are recorded.
        rate: bag seconds a second.
        loop: start again at the end, until interrupted; time goes back as in the bag.
        start_s, duration_s: which part of the bag.
        topics: which topics to publish; empty for all.
        remap: names to publish under, by name in the bag.
        output: new bag for the outputs; None records nothing.
        record_topics: which outputs; empty for each node's own (`DEFAULT_OUTPUTS`).
        deterministic: publish the next frame when every node is done with the last, and what follows a command when it
            is answered; nothing is dropped.
        frame_timeout_s: how long a frame or an answer may take then.
        clock: publish /clock.
        namespace: of the nodes.
    """

    nodes: tuple[str, ...] = ("detector",)
    rate: float = 1.0
    loop: bool = False
    start_s: float = 0.0
    duration_s: float | None = None
    topics: tuple[str, ...] = ()
    remap: dict[str, str] = field(default_factory=dict)
    output: Path | None = None
    record_topics: tuple[str, ...] = ()
    deterministic: bool = False
    frame_timeout_s: float = 30.0
    clock: bool = True
    namespace: str = ""

    def __post_init__(self) -> None:
        if not 0.001 <= self.rate <= 1000:
            raise ConfigError(f"the rate must be between 0.001 and 1000, got {self.rate}")
        if self.start_s < 0 or (self.duration_s is not None and self.duration_s <= 0):
            raise ConfigError("the start must not be negative and the duration must be positive")
        if self.frame_timeout_s <= 0:
            raise ConfigError(f"the frame timeout must be positive, got {self.frame_timeout_s}")


@dataclass
class ReplaySummary:
    """What was played and what came back.

    Attributes:
        published: messages by topic.
        recorded: outputs by topic.
        frames: by node, how many were PROCESSED, REJECTED and DROPPED.
        skipped: topics of the bag that were not played, with the reason.
        seconds: that it took.
    """

    published: Counter[str] = field(default_factory=Counter)
    recorded: dict[str, int] = field(default_factory=dict)
    frames: dict[str, Counter[str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def replay(bag: Path, options: ReplayOptions, progress: Callable[[int], None] = lambda messages: None) -> ReplaySummary:
    """Play a bag to nodes that are running, here or elsewhere.

    Args:
        progress: called after each message with how many have been published.

    Raises:
        BagError: the bag is broken or holds nothing to play, nobody takes the images, or a frame takes too long.
    """
    use_shared_memory_profile()
    with BagReader(bag) as reader, _Player(reader, options) as player:
        return player.play(progress)


class _Player:
    def __init__(self, reader: BagReader, options: ReplayOptions) -> None:
        self._reader = reader
        self._options = options
        self._counts = FrameCounts(options.nodes)
        self._summary = ReplaySummary(frames=self._counts.frames)
        self._context = Context()
        self._writer: BagWriter | None = None
        self._answers = 0
        self._bag_time_ns = reader.start_ns
        self._publishers: dict[str, Any] = {}
        self._interrupted = threading.Event()
        self._usual_handler: Any = None

    def __enter__(self) -> _Player:
        rclpy.init(context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        namespace = self._options.namespace
        self._node: Node = rclpy.create_node("physperception_replay", context=self._context, namespace=namespace)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        if threading.current_thread() is threading.main_thread():
            self._usual_handler = signal.signal(signal.SIGINT, lambda *_: self._interrupted.set())
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
        self._executor.shutdown(timeout_sec=5.0)
        if self._usual_handler is not None:
            signal.signal(signal.SIGINT, self._usual_handler)
        self._node.destroy_node()
        self._context.try_shutdown()

    def play(self, progress: Callable[[int], None]) -> ReplaySummary:
        topics = self._open_publishers()
        self._listen_to_reports()
        self._listen_to_answers()
        self._open_recorders()
        self._wait_for_listeners(topics)
        started_s = time.monotonic()
        try:
            while True:
                self._play_once(topics, progress)
                if not self._options.loop:
                    break
            self._spin_until_quiet(QUIET_S)
        except KeyboardInterrupt:
            if not self._options.loop:
                raise
        self._summary.seconds = time.monotonic() - started_s
        if self._writer is not None:
            self._summary.recorded = dict(self._writer.counts)
        return self._summary

    # Before the first message.

    def _open_publishers(self) -> dict[str, BagTopic]:
        found = {topic.name: topic for topic in self._reader.topics if topic.count}
        missing = set(self._options.topics) - set(found)
        if missing:
            raise BagError(f"{self._reader.path} has no messages on {', '.join(sorted(missing))}")
        chosen = {name: topic for name, topic in found.items() if name in (self._options.topics or found)}
        played = {}
        for name, topic in chosen.items():
            kind = message_class(topic.type)
            if kind is None:
                self._summary.skipped[name] = f"the message type {topic.type} is not installed"
            elif name != "/clock":
                profile = qos_profile("latched" if topic.latched else "reliable", depth=10)
                self._publishers[name] = self._node.create_publisher(kind, self._options.remap.get(name, name), profile)
                played[name] = topic
        if not any(topic.type in IMAGE_TYPES for topic in played.values()):
            raise BagError(f"{self._reader.path} holds no images to play; its topics are {', '.join(sorted(found))}")
        if self._options.clock:
            self._clock = self._node.create_publisher(Clock, "/clock", qos_profile("reliable", 10))
        return played

    def _listen_to_reports(self) -> None:
        for name in self._options.nodes:
            topic = f"{name}/debug/frames"
            self._node.create_subscription(
                FrameReport,
                topic,
                lambda report, name=name: self._counts.add(name, report),
                qos_profile("reliable", 1000),
            )

    def _listen_to_answers(self) -> None:
        if "grounding" in self._options.nodes:
            qos = qos_profile("reliable", 100)
            self._node.create_subscription(GroundingResult, "grounding/result", self._count_answer, qos)

    def _count_answer(self, answer: GroundingResult) -> None:
        self._answers += 1

    def _open_recorders(self) -> None:
        outputs = self._options.record_topics or tuple(
            topic for name in self._options.nodes for topic in DEFAULT_OUTPUTS.get(name, ())
        )
        names = [self._node.resolve_topic_name(topic) for topic in outputs]
        if self._options.output is not None:
            self._writer = BagWriter(self._options.output)
            names += [self._node.resolve_topic_name(f"{name}/debug/frames") for name in self._options.nodes]
        for name in dict.fromkeys(names):
            type_name = self._type_of(name)
            kind = message_class(type_name)
            if self._writer is not None:
                self._writer.add_topic(name, type_name)
            stamped = begins_with_header(kind)
            self._node.create_subscription(
                kind,
                name,
                lambda data, name=name, stamped=stamped: self._record(name, data, stamped),
                qos_profile("reliable", 100),
                raw=True,
            )

    def _type_of(self, topic: str) -> str:
        """The type a running node publishes the topic with; waits for it to appear."""

        def types() -> list[str]:
            known = dict(self._node.get_topic_names_and_types())
            return known.get(topic, []) if self._node.count_publishers(topic) else []

        if not self._wait(lambda: bool(types()), DISCOVERY_S):
            raise BagError(f"no node publishes {topic}; start the nodes (physperception up) or name other topics")
        return types()[0]

    def _record(self, topic: str, data: bytes, stamped: bool) -> None:
        if self._writer is not None and (not stamped or self._counts.is_new(topic, data)):
            self._writer.write(topic, self._bag_time_ns, data)

    def _wait_for_listeners(self, topics: dict[str, BagTopic]) -> None:
        """Until somebody takes the images and every node's reports are heard, so that the first frame counts."""
        images = [self._publishers[name] for name, topic in topics.items() if topic.type in IMAGE_TYPES]

        def ready() -> bool:
            heard = all(self._node.count_publishers(f"{name}/debug/frames") for name in self._options.nodes)
            taken = sum(publisher.get_subscription_count() for publisher in images)
            return heard and taken > 0

        if not self._wait(ready, DISCOVERY_S):
            names = ", ".join(
                self._options.remap.get(name, name) for name in topics if topics[name].type in IMAGE_TYPES
            )
            raise BagError(f"no node took the images on {names}; check names, remappings and input.transport")
        self._wait(lambda: False, SETTLE_S * max(1, len(self._options.nodes)))
        others = [publisher for publisher in self._publishers.values() if publisher not in images]
        self._wait(lambda: all(publisher.get_subscription_count() for publisher in others), 0.5)

    # Playing.

    def _play_once(self, topics: dict[str, BagTopic], progress: Callable[[int], None]) -> None:
        start_s = time.monotonic()
        first_ns = self._reader.start_ns + round(self._options.start_s * 1e9)
        played = self._counts.resends = 0
        for message in self._messages(topics):
            if not self._options.deterministic:
                due_s = start_s + (message.time_ns - first_ns) / 1e9 / self._options.rate
                self._spin_until(due_s)
            answers = self._answers
            self._publish(message)
            if self._options.deterministic and topics[message.topic].type in IMAGE_TYPES:
                self._finish_frame(message)
            elif self._options.deterministic and self._is_command(message):
                self._finish_command(answers)
            played += 1
            progress(sum(self._summary.published.values()))
        if not played:
            raise BagError(f"{self._reader.path} has no messages {self._options.start_s:g} s after its start")

    def _messages(self, topics: dict[str, BagTopic]) -> Iterator[BagMessage]:
        """In order of time; in deterministic replay, what belongs to one instant comes before its image."""
        found = self._reader.messages(set(topics), self._options.start_s, self._options.duration_s)
        if not self._options.deterministic:
            yield from found
            return
        group: list[BagMessage] = []
        for message in found:
            if group and message.time_ns != group[0].time_ns:
                yield from sorted(group, key=lambda item: topics[item.topic].type in IMAGE_TYPES)
                group = []
            group.append(message)
        yield from sorted(group, key=lambda item: topics[item.topic].type in IMAGE_TYPES)

    def _publish(self, message: BagMessage) -> None:
        self._bag_time_ns = message.time_ns
        if self._options.clock:
            self._clock.publish(Clock(clock=time_from_ns(message.time_ns)))
        self._publishers[message.topic].publish(message.data)
        self._summary.published[message.topic] += 1

    def _finish_frame(self, message: BagMessage) -> None:
        """Wait for one more report of every node, or for one rejection: what was rejected feeds nobody."""
        if not self._publishers[message.topic].get_subscription_count():
            return
        counts = self._counts
        before, rejected = counts.reports.copy(), counts.rejections

        def done() -> bool:
            return counts.rejections > rejected or not counts.silent(before)

        first = not any(before.values())
        if not ((first and self._finish_first(message, done)) or self._wait(done, self._options.frame_timeout_s)):
            late = ", ".join(counts.silent(before))
            raise BagError(
                f"{late} did not finish a frame within {self._options.frame_timeout_s:g} s; "
                "is it active, and does it use this image topic?"
            )
        self._spin_until_quiet(FRAME_QUIET_S)

    def _is_command(self, message: BagMessage) -> bool:
        name = self._publishers[message.topic].topic_name
        return "grounding" in self._options.nodes and name == self._node.resolve_topic_name("grounding/command")

    def _finish_command(self, answers: int) -> None:
        """Wait for one more answer, so that the command is about the images before it."""
        if not self._wait(lambda: self._answers > answers, self._options.frame_timeout_s):
            raise BagError(
                f"grounding did not answer a command within {self._options.frame_timeout_s:g} s; is it active?"
            )
        self._spin_until_quiet(FRAME_QUIET_S)

    def _finish_first(self, message: BagMessage, done: Callable[[], bool]) -> bool:
        """Send a first frame again that a node does not report on; returns whether it was done with then.

        Discovery is not symmetric: this side, or another node, may see a node's subscription before the node sees who
        publishes, and what is sent in between is lost.
        """
        for _ in range(FIRST_FRAME_SENDS - 1):
            if self._wait(done, self._options.frame_timeout_s / FIRST_FRAME_SENDS):
                return True
            self._counts.resends += 1
            self._publishers[message.topic].publish(message.data)
        return False

    def _spin_until_quiet(self, quiet_s: float) -> None:
        """Until outputs have stopped coming: a node's report may overtake its outputs on other topics."""
        quiet_since, seen = time.monotonic(), -1
        while (left := quiet_since + quiet_s - time.monotonic()) > 0:
            self._spin(min(left, 0.05))
            total = sum(self._counts.reports.values()) + sum(self._writer.counts.values() if self._writer else ())
            if total != seen:
                quiet_since, seen = time.monotonic(), total

    def _wait(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._spin(0.05)
        return True

    def _spin_until(self, due_s: float) -> None:
        while (left := due_s - time.monotonic()) > 0:
            self._spin(min(left, 0.1))
        self._spin(0)

    def _spin(self, timeout_s: float) -> None:
        """One round of the executor. Ctrl-C takes effect between rounds: inside one it can leave a lock behind."""
        self._executor.spin_once(timeout_sec=timeout_s)
        if self._interrupted.is_set():
            raise KeyboardInterrupt


def message_class(type_name: str) -> Any:
    """The Python class of a message type such as sensor_msgs/msg/Image; None where it is not installed."""
    package, _, name = type_name.partition("/msg/")
    with contextlib.suppress(ImportError, AttributeError):
        return getattr(importlib.import_module(f"{package}.msg"), name)
    return None
