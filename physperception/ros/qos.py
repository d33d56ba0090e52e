"""Quality of service by name, the same names in YAML, launch arguments and documentation."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

QOS_NAMES = ("sensor_data", "reliable", "latched")


def qos_profile(name: str, depth: int = 1) -> QoSProfile:
    """A fresh profile by name.

    sensor_data: best effort, volatile; matches every publisher, late data is lost rather than waited for.
    reliable: delivered or retried, volatile; what subscribers of results expect.
    latched: reliable and kept for subscribers that come later.

    Args:
        depth: how many messages the middleware holds; 1 keeps only the newest.

    Raises:
        ValueError: an unknown name.
    """
    if name not in QOS_NAMES:
        raise ValueError(f"unknown QoS {name!r}; choose one of {', '.join(QOS_NAMES)}")
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.BEST_EFFORT if name == "sensor_data" else ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if name == "latched" else DurabilityPolicy.VOLATILE,
    )


def overridable() -> QoSOverridingOptions:
    """Lets `qos_overrides.TOPIC.publisher.reliability` and its like win over the named profile."""
    return QoSOverridingOptions.with_default_policies()
