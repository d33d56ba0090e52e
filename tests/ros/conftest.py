"""A probe node and its client, for tests of what is the same in every node."""

import pytest

from physperception.config import config_directory
from physperception.ros import container
from physperception.ros.container import Container
from tests.ros.probe import DEFAULTS, Client


@pytest.fixture
def probe_settings(tmp_path, monkeypatch):
    """Makes the probe nodes known to containers, with their defaults in a folder of their own."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "probe.yaml").write_text(DEFAULTS)
    (folder / "detector.yaml").touch()
    profile = (config_directory() / "fastdds_shared_memory.xml").read_text()
    (folder / "fastdds_shared_memory.xml").write_text(profile)
    monkeypatch.setenv("PHYSPERCEPTION_CONFIG_DIR", str(folder))
    monkeypatch.setitem(container.NODES, "probe", "tests.ros.probe:ProbeNode")
    monkeypatch.setitem(container.NODES, "second", "tests.ros.probe:SecondProbeNode")


@pytest.fixture
def client(ros_domain):
    made = Client()
    yield made
    made.close()


@pytest.fixture
def probe(ros_domain, probe_settings):
    """Starts a probe node that runs until the end of the test; takes parameters and a container's options."""
    running = []

    def start(parameters=None, **options):
        made = Container(["probe"], parameters={"probe": parameters or {}}, **options)
        made.start()
        running.append(made)
        return made.nodes["probe"]

    yield start
    for made in running:
        made.stop()
