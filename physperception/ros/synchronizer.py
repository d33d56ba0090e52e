"""Messages of several topics matched by stamp: `message_filters` where ROS has it, the same contract without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

try:
    import message_filters
except ImportError:
    message_filters = None

NANOSECONDS = 1_000_000_000


class Synchronizer(Protocol):
    """Collects messages by input and calls back with one of each whose stamps agree.

    Contract (tests/ros/test_synchronizer.py runs it over every implementation present): a set is emitted as soon
    as its last message comes; the stamps of a set differ by at most the slop; a message is used at most once; at
    most `queue_size` messages of an input are held; after `clear`, none of the older messages is used.
    """

    def add(self, index: int, message: Any) -> None:
        """Take one message, which must have a header, from input `index`."""

    def clear(self) -> None:
        """Forget every message held, as when time jumps back."""


def create_synchronizer(
    inputs: int, callback: Callable[..., None], *, slop_s: float = 0.0, queue_size: int = 10
) -> Synchronizer:
    """The synchroniser for this machine.

    Args:
        inputs: how many topics; `callback` gets that many messages in input order.
        slop_s: largest difference of stamps within a set, in seconds; 0 asks for equal stamps.
        queue_size: messages held an input.
    """
    kind = NearestTimeSynchronizer if message_filters is None else MessageFiltersSynchronizer
    return kind(inputs, callback, slop_s, queue_size)


class NearestTimeSynchronizer:
    """Matches each new message with the nearest one of every other input."""

    def __init__(self, inputs: int, callback: Callable[..., None], slop_s: float, queue_size: int) -> None:
        if inputs < 1 or slop_s < 0 or queue_size < 1:
            raise ValueError(f"need inputs >= 1, slop_s >= 0, queue_size >= 1; got {inputs}, {slop_s}, {queue_size}")
        self._callback = callback
        self._slop_ns = round(slop_s * NANOSECONDS)
        self._queue_size = queue_size
        self._queues: list[dict[int, Any]] = [{} for _ in range(inputs)]

    def add(self, index: int, message: Any) -> None:
        stamp = stamp_ns(message.header)
        queue = self._queues[index]
        queue[stamp] = message
        while len(queue) > self._queue_size:
            del queue[min(queue)]
        if stamp not in queue or not all(self._queues):
            return
        stamps = [min(other, key=lambda candidate: abs(candidate - stamp)) for other in self._queues]
        stamps[index] = stamp
        if max(stamps) - min(stamps) > self._slop_ns:
            return
        matched = [other[chosen] for other, chosen in zip(self._queues, stamps)]
        for other, chosen in zip(self._queues, stamps):
            for old in [held for held in other if held <= chosen]:
                del other[old]
        self._callback(*matched)

    def clear(self) -> None:
        for queue in self._queues:
            queue.clear()


class MessageFiltersSynchronizer:
    """The same contract on ROS's own `message_filters.ApproximateTimeSynchronizer`.

    That one asks for a difference below its slop, not at most it, so it is given a nanosecond more.
    """

    def __init__(self, inputs: int, callback: Callable[..., None], slop_s: float, queue_size: int) -> None:
        self._filters = [message_filters.SimpleFilter() for _ in range(inputs)]
        self._synchronizer = message_filters.ApproximateTimeSynchronizer(self._filters, queue_size, slop_s + 1e-9)
        self._synchronizer.registerCallback(callback)

    def add(self, index: int, message: Any) -> None:
        self._filters[index].signalMessage(message)

    def clear(self) -> None:
        for queue in self._synchronizer.queues:
            queue.clear()


def stamp_ns(header: Any) -> int:
    """A header's stamp in nanoseconds."""
    return header.stamp.sec * NANOSECONDS + header.stamp.nanosec
