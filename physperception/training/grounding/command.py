"""Print the command that starts supervised fine-tuning with the settings of a file in config/training.

python -m physperception.training.grounding.command config/training/egm_sft_qwen.yaml
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

import yaml

from physperception.errors import ConfigError


def command(path: Path) -> list[str]:
    """The words of the command: torchrun, the tool's script, and one flag an argument.

    Raises:
        ConfigError: the file can't be read, or lacks or has other keys than `script`, `processes` and `arguments`.
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} can't be read: {error}") from error
    wanted = {"script": str, "processes": int, "arguments": dict}
    if not isinstance(config, dict) or set(config) != set(wanted):
        raise ConfigError(f"{path} must have the keys {', '.join(wanted)} and no others")
    for key, kind in wanted.items():
        if not isinstance(config[key], kind):
            raise ConfigError(f"{path}: {key} must be {kind.__name__}, got {config[key]!r}")
    flags = [word for name, value in config["arguments"].items() for word in (f"--{name}", _word(value))]
    return ["torchrun", f"--nproc_per_node={config['processes']}", config["script"], *flags]


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Print the command of a supervised fine-tuning.")
    parser.add_argument("config", type=Path, help="a file such as config/training/egm_sft_qwen.yaml")
    options = parser.parse_args(arguments)
    try:
        print(shlex.join(command(options.config)))
    except ConfigError as error:
        raise SystemExit(f"command: {error}") from error


if __name__ == "__main__":
    main()
