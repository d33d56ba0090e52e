"""Configuration: options declared once on a dataclass, defaults in one YAML a node, both checked.

A configuration class is a frozen dataclass whose fields are made by `option`. The class holds type, unit, bounds
and description of every option but no default; the defaults are in `config/NODE.yaml`, in ROS 2's parameter
format. The command line and the ROS nodes read both through this module.
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from physperception.errors import ConfigError

Config = TypeVar("Config")
SCALARS = (bool, int, float, str)


@dataclasses.dataclass(frozen=True)
class Option:
    """What is known of one option.

    Attributes:
        name: as users type it, dots for groups ("input.transport").
        type: bool, int, float, str, or list[str].
        description: one sentence for `--show-args`, `ros2 param describe` and the docs.
        unit: SI or pixels; "" for none.
        minimum, maximum: inclusive bounds of numbers.
        choices: the only values allowed, when not empty.
        live: whether it may change while the node works.
    """

    name: str
    type: Any
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False

    def check(self, value: Any) -> Any:
        """Return `value` as this option's type; raises ConfigError that names the key."""
        value = self._typed(value)
        if self.choices and value not in self.choices:
            raise ConfigError(f"{self.name} must be one of {', '.join(self.choices)}, got {value!r}")
        if self.type in (int, float):
            if not math.isfinite(value):
                raise ConfigError(f"{self.name} must be finite, got {value}")
            if self.minimum is not None and value < self.minimum:
                raise ConfigError(f"{self.name} must be at least {self.minimum}{self._unit()}, got {value}")
            if self.maximum is not None and value > self.maximum:
                raise ConfigError(f"{self.name} must be at most {self.maximum}{self._unit()}, got {value}")
        return value

    def _typed(self, value: Any) -> Any:
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(self.type, types.GenericAlias):
            if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
                return tuple(value)
        elif type(value) is self.type:
            return value
        raise ConfigError(f"{self.name} must be {self.type_name}, got {value!r}")

    @property
    def type_name(self) -> str:
        return "a list of strings" if isinstance(self.type, types.GenericAlias) else self.type.__name__

    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


def option(
    description: str,
    *,
    name: str = "",
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """A dataclass field that declares an `Option`; its name is the field's unless given."""
    details = dict(
        description=description, name=name, unit=unit, minimum=minimum, maximum=maximum, choices=choices, live=live
    )
    return dataclasses.field(metadata={"option": details})


def options(config_class: type) -> tuple[Option, ...]:
    """The options a configuration class declares, in order."""
    hints = typing.get_type_hints(config_class)
    found = []
    for item in dataclasses.fields(config_class):
        details = dict(item.metadata["option"])
        details["name"] = details["name"] or item.name
        kind = hints[item.name]
        found.append(Option(type=list[str] if kind not in SCALARS else kind, **details))
    return tuple(found)


def build(config_class: type[Config], values: Mapping[str, Any]) -> Config:
    """Build a configuration from a flat mapping of exactly its options.

    Raises:
        ConfigError: a key is missing or unknown, or a value has the wrong type or is out of bounds.
    """
    declared = options(config_class)
    unknown = sorted(set(values) - {item.name for item in declared})
    if unknown:
        raise ConfigError(f"unknown parameter {', '.join(unknown)}")
    missing = [item.name for item in declared if item.name not in values]
    if missing:
        raise ConfigError(f"missing parameter {', '.join(missing)}")
    fields = dataclasses.fields(config_class)  # type: ignore[arg-type]
    return config_class(**{field.name: item.check(values[item.name]) for field, item in zip(fields, declared)})


def load(config_class: type[Config], node: str, **changes: Any) -> Config:
    """A configuration from the shipped defaults of `node` (config/NODE.yaml) with `changes` by option name.

    Only the options of `config_class` are taken from the file, which may hold those of several classes.
    """
    defaults = read_parameters(config_directory() / f"{node}.yaml", node)
    names = {item.name for item in options(config_class)}
    return build(config_class, {key: value for key, value in defaults.items() if key in names} | changes)


def has_default(node: str, name: str) -> bool:
    """Whether config/NODE.yaml holds the option `name`: whether the node has it."""
    return name in read_parameters(config_directory() / f"{node}.yaml", node)


def read_parameters(path: Path, node: str) -> dict[str, Any]:
    """Parameters of `node` from a ROS 2 parameter file as a flat mapping, nested groups joined by dots.

    Raises:
        ConfigError: the file cannot be read, is not a parameter file, or has no section for the node.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read parameters from {path}: {error}") from error
    found: dict[str, Any] = {}
    matched = False
    for section in _sections(content, node):
        matched = True
        found.update(_flatten(section))
    if not matched:
        raise ConfigError(f"{path} has no ros__parameters for the node {node}")
    return found


def config_directory() -> Path:
    """Where the shipped YAML files and the Fast DDS profile are: the checkout, or the installed share folder.

    PHYSPERCEPTION_CONFIG_DIR overrides it. Raises ConfigError when none exists.
    """
    prefixes = [sys.prefix, *os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)]
    candidates = [Path(__file__).resolve().parents[1] / "config"]
    candidates += [Path(prefix) / "share" / "physperception" / "config" for prefix in prefixes if prefix]
    if "PHYSPERCEPTION_CONFIG_DIR" in os.environ:
        candidates = [Path(os.environ["PHYSPERCEPTION_CONFIG_DIR"])]
    for candidate in candidates:
        if (candidate / "detector.yaml").is_file():
            return candidate
    raise ConfigError(f"no physperception configuration in {', '.join(map(str, candidates))}")


def _sections(content: Any, node: str) -> list[Mapping[str, Any]]:
    """The ros__parameters mappings that apply to a node: under `/**`, its name, or `/**` over its name."""
    if not isinstance(content, Mapping):
        raise ConfigError("a parameter file must be a YAML mapping")
    found = []
    for key, value in content.items():
        if not isinstance(value, Mapping):
            continue
        if key in ("/**", node, f"/{node}") and isinstance(value.get("ros__parameters"), Mapping):
            found.append(value["ros__parameters"])
        elif str(key).startswith("/") and key not in (f"/{node}",):
            found += _sections({inner: value[inner] for inner in value if inner == node}, node)
    return found


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(_flatten(value, f"{name}."))
        else:
            flat[name] = value
    return flat
