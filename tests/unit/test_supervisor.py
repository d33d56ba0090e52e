import os
import subprocess
import sys
import threading
import time

import pytest

from physperception.ros import supervisor
from physperception.ros.supervisor import Supervisor


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(supervisor, "BACKOFF_S", (0.0,))
    monkeypatch.setattr(supervisor, "POLL_S", 0.01)


def python(code):
    return [sys.executable, "-S", "-c", code]


SLEEP = python("import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(0)); time.sleep(60)")


def test_a_crashing_process_is_restarted_then_given_up(tmp_path, capsys):
    log = tmp_path / "log"
    crash = python(f"open({str(log)!r}, 'a').write('x'); raise SystemExit(7)")
    assert Supervisor({"crasher": crash}, max_restarts=2).run(threading.Event()) == 7
    assert log.read_text() == "xxx"
    assert "crasher ended 3 times in a row" in capsys.readouterr().err


def test_a_misconfigured_process_ends_the_stack_at_once(tmp_path):
    log = tmp_path / "log"
    broken = python(f"open({str(log)!r}, 'a').write('x'); raise SystemExit(2)")
    watched = Supervisor({"fine": SLEEP, "broken": broken}, max_restarts=5)
    assert watched.run(threading.Event()) == 2
    assert log.read_text() == "x"
    assert all(child.process is None or child.process.poll() is not None for child in watched._children.values())


def test_stopping_ends_every_process():
    stop = threading.Event()
    watched = Supervisor({"one": SLEEP, "two": SLEEP}, max_restarts=0)
    threading.Timer(0.3, stop.set).start()
    assert watched.run(stop) == 0
    assert all(child.process.poll() is not None for child in watched._children.values())


def test_no_process_outlives_a_supervisor_that_is_killed():
    code = (
        "import threading; from physperception.ros.supervisor import Supervisor\n"
        f"watched = Supervisor({{'one': {SLEEP!r}}}, 0)\n"
        "threading.Timer(0.5, lambda: print(watched.pids()['one'], flush=True)).start()\n"
        "watched.run(threading.Event())"
    )
    supervisor_process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child = int(supervisor_process.stdout.readline())
    assert is_running(child)
    supervisor_process.kill()
    supervisor_process.communicate(timeout=20)
    deadline = time.monotonic() + 20
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in open(f"/proc/{pid}/stat").read().rpartition(")")[2]
