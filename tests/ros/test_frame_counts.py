"""A first frame that was sent again counts once, in reports and outputs."""

from collections import Counter

import pytest
from physperception_msgs.msg import FrameReport, PerceivedObjectArray
from rclpy.serialization import serialize_message
from std_msgs.msg import String

from physperception.ros.frame_counts import FrameCounts, begins_with_header
from tests.ros.probe import header

SECOND = 10**9


def report(stamp_ns, outcome=FrameReport.PROCESSED):
    return FrameReport(header=header(stamp_ns), outcome=outcome)


def objects(stamp_ns):
    return serialize_message(PerceivedObjectArray(header=header(stamp_ns)))


@pytest.fixture
def counts():
    return FrameCounts(("detector", "amodal"))


def test_each_report_counts(counts):
    for stamp, outcome in enumerate((FrameReport.PROCESSED, FrameReport.DROPPED, FrameReport.REJECTED)):
        counts.add("detector", report(stamp, outcome))
    assert counts.frames["detector"] == {"processed": 1, "dropped": 1, "rejected": 1}
    assert counts.rejections == 1
    assert counts.silent(Counter()) == ["amodal"]
    assert counts.silent(counts.reports.copy()) == ["detector", "amodal"]


def test_one_node_s_second_copy_of_the_first_frame_does_not_count_while_the_other_s_first_does(counts):
    counts.add("detector", report(SECOND))
    counts.resends += 1
    counts.add("detector", report(SECOND))
    counts.add("amodal", report(SECOND, FrameReport.DROPPED))
    counts.add("amodal", report(SECOND))
    counts.add("detector", report(2 * SECOND))
    assert counts.frames == {"detector": {"processed": 2}, "amodal": {"processed": 1}}


def test_outputs_for_a_copy_of_the_first_frame_are_not_new(counts):
    assert counts.is_new("/objects", objects(SECOND))
    counts.resends += 1
    assert counts.is_new("/objects_amodal", objects(SECOND))
    assert not counts.is_new("/objects", objects(SECOND))
    assert counts.is_new("/objects", objects(2 * SECOND))
    assert not counts.is_new("/objects", objects(SECOND))


def test_without_a_second_copy_every_output_is_new(counts):
    assert [counts.is_new("/objects", objects(stamp)) for stamp in (SECOND, SECOND, 2 * SECOND)] == [True] * 3


def test_types_that_begin_with_a_header():
    assert begins_with_header(PerceivedObjectArray)
    assert begins_with_header(FrameReport)
    assert not begins_with_header(String)
