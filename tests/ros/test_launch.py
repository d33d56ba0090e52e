"""What the launch files start. The plan is plain data; the files themselves run against a recording launch API here,
and against the real one in test_launch_real.py where it is installed."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest

from physperception.errors import ConfigError
from physperception.ros import launch_arguments
from physperception.ros.launch_arguments import arguments, processes

ROOT = Path(__file__).resolve().parents[2]
ALL = ("detector", "overlay")
SHIPPED_PROFILE = str(ROOT / "config" / "fastdds_shared_memory.xml")


def values(nodes, **changes):
    return {argument.name: argument.default for argument in arguments(nodes)} | changes


@pytest.fixture(autouse=True)
def _a_detector_with_a_device(monkeypatch):
    monkeypatch.setattr(launch_arguments, "has_default", lambda node, name: (node, name) == ("detector", "device"))


def test_all_nodes_share_one_process_unless_told_otherwise():
    (only,) = processes(ALL, values(ALL))
    assert (only.executable, only.arguments, only.parameters) == ("perception_container", ("--nodes", *ALL), {})


@pytest.mark.parametrize("no", ["false", "False"])
def test_a_process_for_each_node(no):
    assert [item.executable for item in processes(ALL, values(ALL, composed=no))] == list(ALL)


def test_one_node_needs_no_container():
    assert [item.executable for item in processes(("overlay",), values(("overlay",)))] == ["overlay"]


def test_what_is_not_given_is_left_to_the_parameter_files():
    for composed in ("true", "false"):
        assert all(item.parameters == {} for item in processes(ALL, values(ALL, composed=composed)))


def test_arguments_become_parameters_of_every_node():
    chosen = dict(input_transport="compressed", input_depth="raw", autostart="False", use_sim_time="true")
    for composed in ("true", "false"):
        for item in processes(ALL, values(ALL, composed=composed, **chosen)):
            assert item.parameters == {
                "input.transport": "compressed",
                "input.depth": "raw",
                "autostart": False,
                "use_sim_time": True,
            }


def test_the_device_goes_only_to_nodes_that_have_one():
    (composed,) = processes(ALL, values(ALL, device="cpu"))
    assert composed.arguments == ("--nodes", *ALL, "--device", "cpu")
    assert "device" not in composed.parameters
    detector, overlay = processes(ALL, values(ALL, device="cpu", composed="false"))
    assert (detector.parameters, overlay.parameters) == ({"device": "cpu"}, {})
    assert "device" not in {argument.name for argument in arguments(("overlay",))}


def test_a_parameter_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.yaml is not a file"):
        processes(ALL, values(ALL, params_file=str(tmp_path / "gone.yaml")))


class Recorder:
    """Stands in for a class of launch: remembers what it was made with."""

    def __init__(self, *positional, **named):
        self.positional = positional
        self.named = named


class Configuration(Recorder):
    def perform(self, context):
        return context.launch_configurations[self.positional[0]]


@pytest.fixture
def recording_launch(monkeypatch):
    """Modules with the part of the launch API that the launch files use, every class a `Recorder`."""
    names = {
        "launch": ("LaunchContext", "LaunchDescription"),
        "launch.actions": ("DeclareLaunchArgument", "ExecuteProcess", "OpaqueFunction", "SetEnvironmentVariable"),
        "launch.launch_description_entity": ("LaunchDescriptionEntity",),
        "launch.substitutions": (),
        "launch_ros": (),
        "launch_ros.actions": ("Node",),
    }
    for module_name, classes in names.items():
        module = types.ModuleType(module_name)
        for name in classes:
            setattr(module, name, type(name, (Recorder,), {}))
        monkeypatch.setitem(sys.modules, module_name, module)
    sys.modules["launch.substitutions"].LaunchConfiguration = Configuration
    monkeypatch.delitem(sys.modules, "physperception.ros.launch_description", raising=False)
    yield
    sys.modules.pop("physperception.ros.launch_description", None)


def described(name):
    path = ROOT / "launch" / f"{name}.launch.py"
    specification = importlib.util.spec_from_file_location(f"{name}_launch", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.generate_launch_description().positional[0]


def started(name, environment=None, **chosen):
    *declared, start = described(name)
    context = types.SimpleNamespace(
        launch_configurations={item.positional[0]: item.named["default_value"] for item in declared} | chosen,
        environment=environment or {},
    )
    return start.named["function"](context, *start.named["args"])


@pytest.mark.parametrize("name", ["full", "detector", "amodal", "properties", "grounding", "overlay"])
def test_every_argument_of_every_launch_file_is_described(recording_launch, name):
    *declared, _ = described(name)
    assert len(declared) >= 10
    for item in declared:
        assert item.named["description"].endswith(".")
        assert item.named["choices"] is None or item.named["default_value"] in item.named["choices"]


def test_the_full_launch_file_starts_what_is_planned(recording_launch, tmp_path):
    parameters = tmp_path / "mine.yaml"
    parameters.write_text("/**: {ros__parameters: {autostart: false}}\n")
    profile, *nodes = started(
        "full",
        composed="false",
        namespace="left_arm",
        params_file=str(parameters),
        image="/camera/image_raw",
        autostart="true",
        log_level="debug",
    )
    assert profile.positional == ("FASTDDS_DEFAULT_PROFILES_FILE", SHIPPED_PROFILE)
    for node, name in zip(nodes, ("detector", "amodal", "properties", "grounding", "overlay"), strict=True):
        assert (node.named["package"], node.named["executable"]) == ("physperception", name)
        assert node.named["namespace"] == "left_arm"
        assert node.named["parameters"] == [str(parameters), {"autostart": True}]
        assert node.named["remappings"] == [("image", "/camera/image_raw")]
        assert node.named["ros_arguments"] == ["--log-level", "debug"]


def test_nodes_keep_their_own_names(recording_launch):
    """A name given to the container's process would rename every node in it."""
    for chosen in ({}, {"composed": "false"}):
        assert all("name" not in node.named for node in started("full", **chosen)[1:])


def test_a_profile_of_the_user_is_left_alone(recording_launch):
    (node,) = started("overlay", {"FASTDDS_DEFAULT_PROFILES_FILE": "/mine.xml"})
    assert node.named["executable"] == "overlay"


@pytest.fixture
def vllm(tmp_path):
    """An executable and the folder of a model."""
    program = tmp_path / "vllm"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "Qwen3-VL-8B-Instruct").mkdir()
    return {"vllm_model": str(tmp_path / "Qwen3-VL-8B-Instruct"), "vllm_executable": str(program)}


@pytest.mark.parametrize("composed", ["true", "false"])
def test_a_server_is_started_and_only_the_grounding_node_told_of_it(recording_launch, vllm, composed):
    _, server, *nodes = started("full", composed=composed, **vllm)
    command = server.named["cmd"]
    assert command[:3] == [vllm["vllm_executable"], "serve", vllm["vllm_model"]]
    assert command[command.index("--served-model-name") + 1] == "Qwen3-VL-8B-Instruct"
    told = [node for node in nodes if "Qwen3-VL-8B-Instruct" in str(node.named)]
    (node,) = told
    if composed == "true":
        assert node.named["arguments"][-2:] == ["--vllm-model", "Qwen3-VL-8B-Instruct"]
    else:
        assert node.named["executable"] == "grounding"
        (parameters,) = node.named["parameters"]
        assert parameters["backend"] == "vllm"
        assert parameters["server.url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"vllm_model": "/nowhere/model"}, "/nowhere/model is not a folder"), ({"vllm_executable": "vllm-9"}, "vllm-9")],
)
def test_a_server_that_cannot_be_started_ends_the_launch(recording_launch, vllm, changes, words):
    with pytest.raises(ConfigError, match=words):
        started("grounding", **(vllm | changes))


def test_a_launch_file_without_grounding_offers_no_server():
    assert not {"vllm_model", "vllm_executable"} & {argument.name for argument in arguments(("detector", "overlay"))}
