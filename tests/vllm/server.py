"""A vLLM server on the CPU, in an environment of its own, for as long as a test needs it."""

import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psutil

PYTHON = os.environ.get("PHYSPERCEPTION_VLLM_PYTHON", "")
SITE = Path(__file__).parent / "server_site"
START_S = 2400.0
STOP_S = 60.0
PR_SET_PDEATHSIG = 1
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_NO_USAGE_STATS": "1",
}
OPTIONS = (
    *("--dtype", "float32", "--enforce-eager", "--max-model-len", "8192", "--max-num-seqs", "4"),
    *("--limit-mm-per-prompt", '{"image": 1, "video": 0}'),
    *("--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}'),
)


class VllmServer:
    """Serves the model in a folder. Its processes form a session of their own, and none of them outlives `stop`."""

    def __init__(self, folder, name, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._folder, self._name, self._log = folder, name, Path(log)
        self._process = None

    def start(self):
        """Returns the seconds until it answers."""
        start_s = time.monotonic()
        command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--model", str(self._folder), "--served-model-name", self._name, *OPTIONS]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(SITE)},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() - start_s > START_S:
                self.kill()
                raise AssertionError(f"vLLM did not start:\n{self.said()}")
            time.sleep(0.5)
        return time.monotonic() - start_s

    def said(self):
        return self._log.read_text(errors="replace")[-4000:]

    def pause(self):
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)

    def kill(self):
        self._signal(signal.SIGKILL)
        self._gone(STOP_S)

    def stop(self):
        """Asks it to end, and makes it end where it does not; returns the processes that had to be killed."""
        if self._process is None:
            return []
        self.resume()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        left = self._gone(STOP_S)
        if left:
            self.kill()
        return left

    def processes(self):
        """Of its session that still run."""
        found = []
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == self._process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
            except (OSError, psutil.Error):
                continue
        return found

    def _signal(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _gone(self, within_s):
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            self._process.poll()
            left = self.processes()
            if not left:
                return []
            time.sleep(0.1)
        return left

    def _answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
