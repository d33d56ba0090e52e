"""`physperception demo` on two short shots: objects from real photographs, bags, tables, a page."""

import argparse

import pytest

from physperception.cli import demo
from physperception.datasets.photographs import Shot
from physperception.errors import ConfigError
from physperception.ros.bags import BagReader
from physperception.ros.recorded import read_run
from tests.unit.test_report import Page

SHORT = (Shot("coffee", 0.6), Shot("motorcycle", 0.9, passer=True))


def arguments(*words):
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_demo_twice_in_one_folder(ros_domain, tmp_path, capsys):
    for _ in range(2):
        assert demo.run(arguments("--out", tmp_path, "--fps", "5", "--quiet"), SHORT) == 0
    out = capsys.readouterr().out
    assert str(tmp_path / "index.html") in out
    assert "motorcycle-1" in out
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.images) >= 4
    assert all((tmp_path / link).exists() for link in page.links)
    assert all(image["alt"] for image in page.images)
    with BagReader(tmp_path / "camera") as reader:
        assert reader.message_count == 3 + 4 + 2
    run = read_run(tmp_path / "outputs", demo.NODES, demo.OBJECTS)
    detector = next(node for node in run.nodes if node.name == "detector")
    assert sum(detector.outcomes.values()) == 9
    amodal = next(node for node in run.nodes if node.name == "amodal")
    assert len(run.scenes) == amodal.outcomes["processed"] <= detector.outcomes["processed"]
    assert any(instance.amodal_mask is not None for scene in run.scenes.values() for instance in scene.instances)
    assert set(run.overlays) <= set(run.scenes)
    assert f"{len({item.id for scene in run.scenes.values() for item in scene.instances})} objects" in text


def test_something_else_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "camera").mkdir()
    (tmp_path / "camera" / "mine.txt").write_text("precious")
    with pytest.raises(demo.DemoError, match="in the way"):
        demo.run(arguments("--out", tmp_path), SHORT)
    assert (tmp_path / "camera" / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("fps", ["0", "nan", "1000"])
def test_an_absurd_rate_is_refused(tmp_path, fps):
    with pytest.raises(ConfigError, match="--fps"):
        demo.run(arguments("--out", tmp_path, "--fps", fps), SHORT)
