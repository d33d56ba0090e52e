"""A vLLM server as a process of this stack, for the grounding node."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from physperception.errors import ConfigError
from physperception.ros.supervisor import Supervisor

HOST = "127.0.0.1"
PORT = 8000
LONGEST_TOKENS = 8192
"""Of image, words and answer together (docs/grounding-models.md)."""


def server_command(model: str, executable: str = "vllm") -> list[str]:
    """What starts the server.

    Args:
        model: its folder, or an id that vLLM can download.
        executable: vLLM's, which may be in another environment.

    Raises:
        ConfigError: no such folder or executable.
    """
    if model.startswith((".", "/", "~")) and not Path(model).expanduser().is_dir():
        raise ConfigError(f"vllm_model {model} is not a folder")
    found = shutil.which(executable)
    if found is None:
        raise ConfigError(f"there is no executable {executable}: install vLLM, or name the one of another environment")
    path = str(Path(model).expanduser()) if model.startswith("~") else model
    options = {
        "--served-model-name": server_name(model),
        "--host": HOST,
        "--port": str(PORT),
        "--max-model-len": str(LONGEST_TOKENS),
        "--limit-mm-per-prompt": '{"image": 1, "video": 0}',
    }
    return [found, "serve", path, *(word for pair in options.items() for word in pair)]


def server_name(model: str) -> str:
    """The name under which the server knows a model: the last part of its folder or id."""
    return model.rstrip("/").rpartition("/")[2]


def server_parameters(name: str) -> Mapping[str, str]:
    """Parameters of a grounding node that asks the server for the model of this name."""
    return {"backend": "vllm", "model": name, "server.url": f"http://{HOST}:{PORT}/v1"}


@contextlib.contextmanager
def running_server(command: list[str], max_restarts: int) -> Iterator[None]:
    """Keep the server running, started again when it crashes; ended on leaving. While it is down, commands are refused
    or answered by the fallback."""
    stop = threading.Event()
    supervisor = Supervisor({"vllm": command}, max_restarts)
    thread = threading.Thread(target=supervisor.run, args=(stop,), name="vllm_supervisor")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
