"""Nodes in processes of their own, watched: what crashes is started again, what is misconfigured ends the stack."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

MISCONFIGURED = 2
BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
STEADY_AFTER_S = 60.0
GRACE_S = 15.0
POLL_S = 0.1
PR_SET_PDEATHSIG = 1


@dataclass
class _Child:
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    crashes: int = 0
    restart_at_s: float = field(default=0.0)


class Supervisor:
    """Starts one process a command and keeps them running until told to stop.

    A process that exits with code 2 has a bad parameter or no model: starting it again would not help, so the rest
    is stopped too. Any other exit is a crash: it is started again after 1, 2, 4, 8, 8, ... seconds. Crashes are
    forgiven after a minute without one.

    No process outlives the supervisor, even one that is killed (on Linux).

    Args:
        commands: argument vector by name.
        max_restarts: crashes in a row of one process before the stack is given up.
    """

    def __init__(self, commands: dict[str, list[str]], max_restarts: int) -> None:
        self._children = {name: _Child(command) for name, command in commands.items()}
        self._max_restarts = max_restarts

    def run(self, stop: threading.Event) -> int:
        """Run until `stop` is set (returns 0) or a process can't be kept up (returns its exit code, at least 1)."""
        try:
            for child in self._children.values():
                _start(child)
            while not stop.wait(POLL_S):
                for name, child in self._children.items():
                    code = self._watch(name, child)
                    if code:
                        return code
            return 0
        finally:
            self._stop_all()

    def pids(self) -> dict[str, int]:
        """Process ids of those running, by name."""
        return {name: child.process.pid for name, child in self._children.items() if child.process is not None}

    def _watch(self, name: str, child: _Child) -> int:
        now = time.monotonic()
        if child.process is None:
            if now >= child.restart_at_s:
                _start(child)
            return 0
        code = child.process.poll()
        if code is None:
            return 0
        child.process = None
        if code == MISCONFIGURED:
            print(f"{name} cannot run as configured; stopping", file=sys.stderr)
            return code
        child.crashes = 1 if now - child.started_s > STEADY_AFTER_S else child.crashes + 1
        if child.crashes > self._max_restarts:
            print(f"{name} ended {child.crashes} times in a row (exit code {code}); stopping", file=sys.stderr)
            return code if code > 0 else 1
        wait_s = BACKOFF_S[min(child.crashes, len(BACKOFF_S)) - 1]
        print(f"{name} ended with exit code {code}; starting it again in {wait_s:.0f} s", file=sys.stderr)
        child.restart_at_s = now + wait_s
        return 0

    def _stop_all(self) -> None:
        running = [child.process for child in self._children.values() if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(child: _Child) -> None:
    child.process = subprocess.Popen(child.command, start_new_session=True, preexec_fn=_end_with_parent)
    child.started_s = time.monotonic()


def _end_with_parent() -> None:
    """In the child: ask Linux for SIGTERM when the supervisor is gone, however it ended."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
