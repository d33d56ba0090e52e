"""Code, YAML, launch arguments, command line, layouts and documents say the same."""

import argparse
import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from physperception_msgs.msg import PerceivedObjectArray, PropertyEstimate, RelationArray
from rclpy.action import get_action_server_names_and_types_by_node
from sensor_msgs.msg import Image

from physperception import __version__
from physperception.cli import up
from physperception.config import config_directory, read_parameters
from physperception.ros.container import NODES, Container
from physperception.ros.launch_arguments import OPTIONS, arguments
from physperception.ros.qos import QOS_NAMES
from tests.ros.probe import Client

ROOT = Path(__file__).resolve().parents[2]
TOPICS = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROS_OWN_TOPICS = {"/rosout", "/parameter_events", "/clock"}
NOT_IN_THE_WHEELS = {"objects/detections"}
DEPTH = {"input.depth": "raw"}
COMPRESSED = {"input.transport": "compressed", "input.depth": "compressed"}
OTHER_SOURCES = {"overlay": {"source": "objects_amodal"}, "grounding": {"source": "objects"}}
WATCHING = {"grounding": {"always_watch": True}}
FULL = arguments(tuple(NODES))


def render_module():
    specification = importlib.util.spec_from_file_location("docs_render", ROOT / "docs" / "render.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def declared(ros_domain):
    return render_module().options_by_node()


def test_every_yaml_holds_exactly_what_its_node_declares_with_legal_values(declared):
    for node, known in declared.items():
        defaults = read_parameters(config_directory() / f"{node}.yaml", node)
        assert set(defaults) == {item.name for item in known}, node
        for item in known:
            item.check(defaults[item.name])


def test_every_node_has_one_yaml_for_itself_alone():
    files = sorted(path.stem for path in config_directory().glob("*.yaml"))
    assert files == sorted(NODES)
    for node in NODES:
        assert list(yaml.safe_load((config_directory() / f"{node}.yaml").read_text())["/**"]) == [node]


def test_every_option_is_described_in_a_sentence(declared):
    for node, known in declared.items():
        for item in known:
            assert re.fullmatch(r"[A-Z].*\.", item.description), (node, item.name)


def test_configuration_tables_are_what_the_code_declares(ros_domain):
    assert render_module().render(CONFIGURATION) == CONFIGURATION, "run `python docs/render.py`"


def test_configuration_tells_every_qos_name():
    table = CONFIGURATION.partition("## QoS by name")[2].partition("##")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(QOS_NAMES)


def test_launch_files_and_executables_cover_every_node():
    assert {path.name for path in (ROOT / "launch").iterdir() if path.suffix == ".py"} == {
        f"{name}.launch.py" for name in ("full", *NODES)
    }
    assert f"launch_description({tuple(NODES)})".replace("'", '"') in (ROOT / "launch" / "full.launch.py").read_text()
    setup = (ROOT / "setup.py").read_text()
    for name, place in NODES.items():
        assert f'"{name} = {place.partition(":")[0]}:main"' in setup
        assert f'launch_description(("{name}",))' in (ROOT / "launch" / f"{name}.launch.py").read_text()


def test_one_version():
    folder = ROOT / "ros_ws" / "src" / "physperception_msgs"
    packages = [path.read_text(encoding="utf-8") for path in (ROOT / "package.xml", folder / "package.xml")]
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = {re.search(r"<version>(.+)</version>", text)[1] for text in packages}
    assert versions | {project["version"]} == {__version__}


def test_package_xml_names_every_ros_package_that_is_imported():
    sources = [*(ROOT / "physperception" / "ros").rglob("*.py"), *(ROOT / "launch").iterdir()]
    imported = {
        module.split(".")[0]
        for path in sources
        for module in re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    ros = {name for name in imported if name.endswith(("_msgs", "_srvs", "_interfaces"))}
    ros |= imported & {"rclpy", "launch", "launch_ros", "message_filters"}
    needed = re.findall(r"<exec_depend>(\w+)</exec_depend>", (ROOT / "package.xml").read_text(encoding="utf-8"))
    assert {"rclpy", "launch_ros", "sensor_msgs"} <= ros
    assert ros <= set(needed)


def test_launch_arguments_that_set_parameters_offer_what_those_allow(declared):
    offered = {argument.name: argument for argument in FULL}
    for name, parameter in OPTIONS.items():
        for node, known in declared.items():
            item = next(item for item in known if item.name == parameter)
            if item.choices:
                assert offered[name].choices == ("", *item.choices), (name, node)
            else:
                assert item.type is bool
                assert "true" in offered[name].choices


def test_every_launch_argument_has_its_counterpart_in_up():
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", CONFIGURATION.partition("without launch:")[2], re.MULTILINE)[2:]
    told = {name for left, _ in rows for name in re.findall(r"`(\w+)(?::=\w+)?`", left)}
    assert told == {argument.name for argument in FULL}
    parser = argparse.ArgumentParser()
    up.add_arguments(parser)
    real = {word for action in parser._actions for word in action.option_strings if word.startswith("--")} - {"--help"}
    assert {word for _, right in rows for word in re.findall(r"--[a-z-]+", right)} == real


def topic_names(section):
    """Names and types of the topics tables in a part of docs/topics.md."""
    return {(name, kind) for name, kind in re.findall(r"^\| `([^`]+)` \| `([\w/]+/msg/\w+)` \|", section, re.MULTILINE)}


def documented(node, direction):
    """Topics of a node as the documents tell them, absolute, without those only a full ROS installation has."""
    section = TOPICS.partition(f"\n## {node}\n")[2].partition("\n## ")[0]
    common = TOPICS.partition("\n## Every node\n")[2].partition("\n### ")[0]
    outputs, _, inputs = section.partition("\nIn:")
    found = topic_names(outputs) | topic_names(common) if direction == "out" else topic_names(inputs)
    if direction == "in" and node == "overlay":
        found |= documented_inputs_of_images()
        return {(name if name.startswith("/") else f"/{name}", kind) for name, kind in found}
    return {
        (name if name.startswith("/") else "/" + name.replace("~", node), kind)
        for name, kind in found
        if name not in NOT_IN_THE_WHEELS
    }


def documented_inputs_of_images():
    section = TOPICS.partition("\n## detector\n")[2].partition("\n## ")[0]
    return topic_names(section.partition("\nIn:")[2])


@pytest.fixture
def running(ros_domain):
    """(published, subscribed) topics with types by node while somebody listens, over all kinds of input and sources."""
    published = {name: set() for name in NODES}
    subscribed = {name: set() for name in NODES}
    for place, common, own in (("/raw", DEPTH, {}), ("/compressed", COMPRESSED, OTHER_SOURCES)):
        parameters = {name: common | own.get(name, {}) | WATCHING.get(name, {}) for name in NODES}
        with Container(list(NODES), place, parameters=parameters) as container:
            client = Client(place)
            try:
                outputs = (
                    (PerceivedObjectArray, "objects"),
                    (RelationArray, "occlusions"),
                    (PropertyEstimate, "properties"),
                    (Image, "overlay"),
                )
                for kind, topic in outputs:
                    client.node.create_subscription(kind, topic, lambda _: None, 10)
                assert client.wait(lambda nodes=container.nodes: all(node.working for node in nodes.values()))
                for name, node in container.nodes.items():
                    published[name] |= pairs(node.get_publisher_names_and_types_by_node(name, place), place)
                    subscribed[name] |= pairs(node.get_subscriber_names_and_types_by_node(name, place), place)
            finally:
                client.close()
    return published, subscribed


def pairs(names_and_types, place):
    found = ((name.removeprefix(place), kind) for name, kinds in names_and_types for kind in kinds)
    return {(name, kind) for name, kind in found if name not in ROS_OWN_TOPICS and "/_action/" not in name}


def test_published_topics_are_the_documented_ones(running):
    published, _ = running
    for node in NODES:
        optional = {pair for pair in published[node] if pair[0].lstrip("/") in NOT_IN_THE_WHEELS}
        assert published[node] - optional == documented(node, "out"), node


def test_subscribed_topics_are_the_documented_ones(running):
    """The nodes share the camera's subscriptions, so they are compared together."""
    _, subscribed = running
    assert set().union(*subscribed.values()) == set().union(*(documented(node, "in") for node in NODES))
    arrays = {(f"/{name}", "physperception_msgs/msg/PerceivedObjectArray") for name in ("objects", "objects_amodal")}
    assert arrays <= subscribed["overlay"]
    assert arrays <= subscribed["grounding"]
    for node in ("amodal", "properties"):
        assert ("/objects", "physperception_msgs/msg/PerceivedObjectArray") in subscribed[node]


def test_actions_are_the_documented_ones(ros_domain):
    with Container(["grounding"]):
        client = Client()
        try:
            assert client.wait(lambda: ("grounding", "/") in client.node.get_node_names_and_namespaces())
            assert client.wait(lambda: get_action_server_names_and_types_by_node(client.node, "grounding", "/"))
            found = get_action_server_names_and_types_by_node(client.node, "grounding", "/")
        finally:
            client.close()
    told = re.findall(r"^\| `(\w+)` \| `([\w/]+/action/\w+)` \|", TOPICS, re.MULTILINE)
    assert {(name.lstrip("/"), kind) for name, kinds in found for kind in kinds} == set(told)


def test_diagnostics_have_the_documented_keys(ros_domain):
    table = TOPICS.partition("### Diagnostics")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    with Container(["detector"]):
        client = Client()
        try:
            assert client.wait(lambda: [item for item in client.statuses if item.name == "/detector"])
        finally:
            client.close()
    status = next(item for item in client.statuses if item.name == "/detector")
    assert {item.key for item in status.values} == told


def test_every_interface_is_documented():
    folder = ROOT / "ros_ws" / "src" / "physperception_msgs"
    names = {path.stem for kind in ("msg", "srv", "action") for path in (folder / kind).iterdir()}
    table = TOPICS.partition("\n## Messages\n")[2]
    assert names <= set(re.findall(r"`(\w+)`", table))


def known_topics():
    outputs = set().union(*(documented(node, "out") for node in NODES))
    return {name for name, _ in outputs | {(f"/{name}", kind) for name, kind in documented_inputs_of_images()}}


def test_rviz_shows_topics_that_exist():
    layout = yaml.safe_load((ROOT / "config" / "physperception.rviz").read_text(encoding="utf-8"))
    topics = {display["Topic"]["Value"] for display in layout["Visualization Manager"]["Displays"]}
    assert "/overlay" in topics
    assert topics <= known_topics()


def test_foxglove_shows_topics_that_exist():
    layout = json.loads((ROOT / "config" / "foxglove.json").read_text(encoding="utf-8"))
    found = set(re.findall(r'"(/[a-z_/]+)', json.dumps(layout["configById"])))
    assert "/overlay/compressed" in found
    assert found <= known_topics()
    assert set(re.findall(r'"(\w+!\w+)"', json.dumps(layout["layout"]))) == set(layout["configById"])
