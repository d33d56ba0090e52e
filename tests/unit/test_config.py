from dataclasses import dataclass

import pytest

from physperception.config import build, config_directory, option, options, read_parameters
from physperception.errors import ConfigError


@dataclass(frozen=True)
class Example:
    threshold: float = option("Least score.", minimum=0.0, maximum=1.0, live=True)
    kind: str = option("Which.", name="input.kind", choices=("raw", "compressed"))
    count: int = option("How many.", unit="px", minimum=1)
    flag: bool = option("Whether.")
    names: tuple[str, ...] = option("Which ones.")


GOOD = {"threshold": 0.5, "input.kind": "raw", "count": 3, "flag": True, "names": ["a"]}


def test_build_checks_and_converts():
    example = build(Example, GOOD | {"threshold": 1})
    assert example == Example(1.0, "raw", 3, True, ("a",))
    assert isinstance(example.threshold, float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 1.5}, "threshold must be at most 1"),
        ({"threshold": float("nan")}, "threshold must be finite"),
        ({"threshold": "high"}, "threshold must be float"),
        ({"threshold": True}, "threshold must be float"),
        ({"count": 0}, "count must be at least 1 px"),
        ({"count": 2.0}, "count must be int"),
        ({"flag": 1}, "flag must be bool"),
        ({"input.kind": "zip"}, "input.kind must be one of raw, compressed"),
        ({"names": [1]}, "names must be a list of strings"),
        ({"thresold": 0.5}, "unknown parameter thresold"),
    ],
)
def test_build_names_the_bad_key(change, message):
    with pytest.raises(ConfigError, match=message):
        build(Example, GOOD | change)


def test_build_names_a_missing_key():
    with pytest.raises(ConfigError, match=r"missing parameter input\.kind"):
        build(Example, {key: value for key, value in GOOD.items() if key != "input.kind"})


def test_options_keep_their_declaration():
    threshold, kind, *_ = options(Example)
    assert (threshold.name, threshold.type, threshold.live, threshold.maximum) == ("threshold", float, True, 1.0)
    assert (kind.name, kind.choices) == ("input.kind", ("raw", "compressed"))


@pytest.mark.parametrize("layout", ["/**:\n  n:\n    {}", "n:\n  {}", "/n:\n  {}", "/**:\n  {}", "/cam:\n  n:\n    {}"])
def test_read_parameters_finds_the_node_in_every_layout(tmp_path, layout):
    path = tmp_path / "file.yaml"
    path.write_text(layout.format("ros__parameters: {a: 1, b: {c: x}}"))
    assert read_parameters(path, "n") == {"a": 1, "b.c": "x"}


@pytest.mark.parametrize("text", ["", "[1]", "a: {b: 1}", "{unclosed", "m:\n  ros__parameters: {a: 1}"])
def test_read_parameters_refuses_other_files(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_parameters(path, "n")


def test_read_parameters_names_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.yaml"):
        read_parameters(tmp_path / "gone.yaml", "n")


def test_config_directory_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("PHYSPERCEPTION_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match="no physperception configuration"):
        config_directory()
    (tmp_path / "detector.yaml").touch()
    assert config_directory() == tmp_path
