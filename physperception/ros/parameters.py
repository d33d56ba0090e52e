"""ROS parameters from configuration classes: declared once, bounded, checked at start and when changed live."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from physperception.config import Option, build, options
from physperception.errors import ConfigError

Config = TypeVar("Config")
FOREIGN = ("use_sim_time", "start_type_description_service", "enable_logger_service")


class NodeParameters:
    """The parameters of one node, declared from the options of its configuration classes.

    Values given on the command line or in a parameter file win over `defaults`. Options that are not live are
    refused while `locked` is set; live ones are checked, then handed to `on_change`.

    Args:
        node: where to declare.
        classes: configuration classes whose options are declared; two may not share a name.
        defaults: one value for every option, flat by name.

    Raises:
        ConfigError: an override is unknown, of the wrong type or out of bounds; the message names the key.
    """

    def __init__(self, node: Node, classes: Iterable[type], defaults: Mapping[str, Any]) -> None:
        self._node = node
        self._options: dict[str, Option] = {item.name: item for cls in classes for item in options(cls)}
        self.locked = False
        self.on_change = lambda: None
        overrides = {name: parameter.value for name, parameter in node._parameter_overrides.items()}
        _refuse_unknown(overrides, self._options)
        for name, item in self._options.items():
            if name not in overrides and name not in defaults:
                raise ConfigError(f"config/{node.get_name()}.yaml has no default for {name}")
            value = item.check(overrides.get(name, defaults.get(name)))
            node.declare_parameter(name, value, _descriptor(item), ignore_override=True)
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._changed)

    @property
    def options(self) -> tuple[Option, ...]:
        """Everything declared, in order."""
        return tuple(self._options.values())

    def get(self, config_class: type[Config]) -> Config:
        """The current values as a configuration object."""
        return build(config_class, {item.name: self._value(item.name) for item in options(config_class)})

    def _value(self, name: str) -> Any:
        return self._node.get_parameter(name).value

    def _check(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            item = self._options.get(parameter.name)
            if item is None:
                continue
            if self.locked and not item.live:
                reason = f"{item.name} is read when the node is configured; deactivate and clean it up first"
                return SetParametersResult(successful=False, reason=reason)
            try:
                item.check(parameter.value)
            except ConfigError as error:
                return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _changed(self, parameters: list[Parameter]) -> None:
        if any(parameter.name in self._options for parameter in parameters):
            self.on_change()


def _refuse_unknown(names: Iterable[str], known: Mapping[str, Option]) -> None:
    unknown = [
        name for name in names if name not in known and name not in FOREIGN and not name.startswith("qos_overrides.")
    ]
    if unknown:
        raise ConfigError(f"unknown parameter {', '.join(sorted(unknown))}")


def _descriptor(item: Option) -> ParameterDescriptor:
    unit = f" [{item.unit}]" if item.unit else ""
    descriptor = ParameterDescriptor(name=item.name, description=f"{item.description}{unit}")
    if item.choices:
        descriptor.additional_constraints = f"one of {', '.join(item.choices)}"
    if not item.live:
        constraint = "read when the node is configured"
        descriptor.additional_constraints = "; ".join(filter(None, (descriptor.additional_constraints, constraint)))
    bounded = item.minimum is not None or item.maximum is not None
    if item.type is float and bounded:
        low = item.minimum if item.minimum is not None else -sys.float_info.max
        high = item.maximum if item.maximum is not None else sys.float_info.max
        descriptor.floating_point_range = [FloatingPointRange(from_value=float(low), to_value=float(high))]
    if item.type is int and bounded:
        low = item.minimum if item.minimum is not None else -(2**63)
        high = item.maximum if item.maximum is not None else 2**63 - 1
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return descriptor
