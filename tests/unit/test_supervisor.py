import sys
import threading

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
