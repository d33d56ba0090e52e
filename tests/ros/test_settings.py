"""Parameters, namespaces, remappings, QoS and transport of every node."""

import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import String

from physperception.errors import ConfigError
from physperception.ros.container import Container
from physperception.ros.transport import use_shared_memory_profile

SECOND = 10**9

pytestmark = pytest.mark.usefixtures("probe_settings")


def test_live_parameters_change_while_active_and_others_are_refused(probe, client):
    node = probe()
    service = client.node.create_client(SetParameters, "probe/set_parameters")

    def put(name, value):
        request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
        return client.call(service, request).results[0]

    assert put("delay_s", 0.25).successful
    assert node.delay_s == 0.25
    assert not put("delay_s", 99.0).successful
    assert not put("delay_s", float("nan")).successful
    refused = put("model", "missing")
    assert not refused.successful
    assert "model is read when the node is configured" in refused.reason


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"delay_s": -1.0}, "delay_s must be at least 0"),
        ({"delay_s": "fast"}, "delay_s must be float"),
        ({"delay": 1.0}, "unknown parameter delay"),
        ({"input.transport": "carrier pigeon"}, "input.transport must be one of raw, compressed"),
    ],
)
def test_a_bad_parameter_fails_at_start_and_is_named(ros_domain, parameters, message):
    with pytest.raises(ConfigError, match=message):
        Container(["probe"], parameters={"probe": parameters}).start()


def test_whole_numbers_do_for_float_parameters(probe):
    assert probe({"delay_s": 1}).delay_s == 1.0


@pytest.mark.parametrize("layout", ["/**:\n  probe:\n    {}", "probe:\n  {}", "/**:\n  {}"])
def test_a_parameter_file_wins_over_the_defaults(probe, tmp_path, layout):
    path = tmp_path / "mine.yaml"
    path.write_text(layout.format("ros__parameters: {delay_s: 0.125}"))
    assert probe(params_file=str(path)).delay_s == 0.125


def test_namespace_and_remapping(probe, client):
    probe(namespace="/left", remappings=["image:=/image"])
    heard = []
    client.node.create_subscription(String, "/left/echo", heard.append, 10)
    assert client.wait_matched()
    client.send(SECOND)
    assert client.wait(lambda: len(heard) == 1)


@pytest.mark.parametrize("override", [None, "best_effort"])
def test_qos_by_name_and_by_override(probe, client, override):
    changes = {} if override is None else {"qos_overrides./image.subscription.reliability": override}
    probe({"input.qos": "reliable"} | changes)
    client.listen()
    assert client.wait_matched()
    (info,) = client.node.get_subscriptions_info_by_topic("/image")
    expected = ReliabilityPolicy.RELIABLE if override is None else ReliabilityPolicy.BEST_EFFORT
    assert info.qos_profile.reliability == expected


def test_the_shared_memory_profile_is_used_unless_the_user_chose(tmp_path):
    environment = {}
    (tmp_path / "fastdds_shared_memory.xml").touch()
    assert use_shared_memory_profile(environment)
    assert environment["FASTDDS_DEFAULT_PROFILES_FILE"].endswith("fastdds_shared_memory.xml")
    for chosen in (
        {"FASTDDS_DEFAULT_PROFILES_FILE": "mine.xml"},
        {"FASTDDS_BUILTIN_TRANSPORTS": "LARGE_DATA"},
        {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"},
    ):
        before = dict(chosen)
        assert not use_shared_memory_profile(chosen)
        assert chosen == before
