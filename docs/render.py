"""Writes the generated tables of docs/configuration.md from what the code declares: `python docs/render.py`.

A generated part lies between `<!-- begin NAME -->` and `<!-- end NAME -->`. tests/ros/test_consistency.py fails when
the file differs from what this would write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from physperception.config import Option, config_directory, read_parameters
from physperception.ros.container import NODES, Container
from physperception.ros.launch_arguments import Argument, arguments

CONFIGURATION = Path(__file__).with_name("configuration.md")


def render(text: str) -> str:
    """The same text with every generated part made anew. Raises KeyError for a part nothing generates."""
    tables = {"launch arguments": launch_table(arguments(tuple(NODES)))}
    tables |= {f"parameters of {node}": parameter_table(node, declared) for node, declared in options_by_node().items()}
    pattern = re.compile(r"(<!-- begin (.+?) -->\n).*?(<!-- end \2 -->)", re.DOTALL)
    return pattern.sub(lambda match: f"{match[1]}{tables[match[2]]}{match[3]}", text)


def options_by_node() -> dict[str, tuple[Option, ...]]:
    """What each node declares when it is created; no model is loaded."""
    with Container(list(NODES), autostart=False) as container:
        return {name: node.settings.options for name, node in container.nodes.items()}


def parameter_table(node: str, declared: Iterable[Option]) -> str:
    defaults = read_parameters(config_directory() / f"{node}.yaml", node)
    rows = [
        (f"`{item.name}`", _kind(item), f"`{_yaml(defaults[item.name])}`", _allowed(item), "yes" if item.live else "",
         item.description)
        for item in declared
    ]  # fmt: skip
    return _table(("parameter", "type", "default", "allowed", "live", "meaning"), rows)


def launch_table(offered: Iterable[Argument]) -> str:
    rows = [
        (f"`{item.name}`", f"`{item.default}`" if item.default else "", _choices(item.choices), item.description)
        for item in offered
    ]
    return _table(("argument", "default", "allowed", "meaning"), rows)


def _kind(item: Option) -> str:
    return f"{item.type_name} [{item.unit}]" if item.unit else item.type_name


def _allowed(item: Option) -> str:
    if item.choices:
        return _choices(item.choices)
    if item.minimum is None and item.maximum is None:
        return ""
    low = "" if item.minimum is None else f"{item.minimum:g}"
    high = "" if item.maximum is None else f"{item.maximum:g}"
    return f"{low}..{high}"


def _choices(choices: Iterable[str]) -> str:
    return ", ".join(f"`{choice}`" for choice in choices if choice and choice.islower())


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return '""' if value == "" else str(value)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    rendered = render(CONFIGURATION.read_text(encoding="utf-8"))
    CONFIGURATION.write_text(rendered, encoding="utf-8")
    sys.exit(0)
