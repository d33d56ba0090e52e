"""What came back for the frames of a replay: each frame counts once, even a first one that had to be sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from physperception_msgs.msg import FrameReport

from physperception.ros.conversions.scene import time_to_ns

OUTCOMES = {FrameReport.PROCESSED: "processed", FrameReport.REJECTED: "rejected", FrameReport.DROPPED: "dropped"}
_STAMP = slice(4, 12)
"""Of serialised messages that begin with a header: four bytes say how they are serialised."""


class FrameCounts:
    """Counts the reports of nodes, and tells outputs for a further copy of the first frame from others.

    Args:
        nodes: their names.

    Attributes:
        frames: by node, how many were processed, rejected and dropped.
        reports: by node, how many there were.
        rejections: of all nodes.
        resends: how often the first frame was sent again; 0 when a bag begins anew, as its stamps come back then.
    """

    def __init__(self, nodes: Sequence[str]) -> None:
        self.frames: dict[str, Counter[str]] = {name: Counter() for name in nodes}
        self.reports: Counter[str] = Counter()
        self.rejections = self.resends = 0
        self._first_stamps: dict[str, int] = {}
        self._first_outputs: dict[str, bytes] = {}

    def add(self, name: str, report: FrameReport) -> None:
        """A node's report on a frame."""
        if self.resends and self._is_repeat(name, report):
            return
        self.frames[name][OUTCOMES[report.outcome]] += 1
        self._first_stamps.setdefault(name, time_to_ns(report.header.stamp))
        self.reports[name] += 1
        self.rejections += report.outcome == FrameReport.REJECTED

    def silent(self, before: Counter[str]) -> list[str]:
        """Nodes that have not reported since `reports` was as given."""
        return [name for name in self.frames if self.reports[name] == before[name]]

    def is_new(self, topic: str, data: bytes) -> bool:
        """Whether an output, whose message begins with a header, is the first on its topic for its frame.

        Only copies of the first frame are told; a topic has one message a frame.
        """
        stamp = bytes(data[_STAMP])
        if topic not in self._first_outputs:
            self._first_outputs[topic] = stamp
            return True
        return not self.resends or self._first_outputs[topic] != stamp

    def _is_repeat(self, name: str, report: FrameReport) -> bool:
        """Whether a report is on a further copy of the first frame."""
        if not self.reports[name]:
            return bool(report.outcome == FrameReport.DROPPED)
        return time_to_ns(report.header.stamp) == self._first_stamps.get(name)


def begins_with_header(message_class: Any) -> bool:
    """Whether a message type's first field is a std_msgs/Header."""
    fields = message_class.get_fields_and_field_types()
    return next(iter(fields.values()), "") == "std_msgs/Header"
