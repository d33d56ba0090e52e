"""Shared by all tests: a ROS domain of its own for every test that asks for one."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def ros_domain(monkeypatch):
    """A ROS domain that no other process on this machine uses, not seen from the network; yields its number."""
    import domain_coordinator

    from physperception.ros.transport import use_shared_memory_profile

    use_shared_memory_profile()
    with domain_coordinator.domain_id() as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        yield domain
