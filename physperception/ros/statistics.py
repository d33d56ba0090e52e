"""What a node did with its frames, counted, and told as diagnostics."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

WINDOW = 100


@dataclass
class FrameStatistics:
    """Counts since activation, and timings of the last 100 processed frames. Safe to use from several threads."""

    received: int = 0
    processed: int = 0
    rejected: int = 0
    dropped: int = 0
    resets: int = 0
    last_rejection: str = ""
    processing_ms: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    pipeline_ms: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._told = (time.monotonic(), 0, 0, 0)

    def count_received(self) -> None:
        with self._lock:
            self.received += 1

    def count_dropped(self) -> None:
        with self._lock:
            self.dropped += 1

    def count_reset(self) -> None:
        with self._lock:
            self.resets += 1

    def count_rejected(self, reason: str) -> None:
        with self._lock:
            self.rejected += 1
            self.last_rejection = reason

    def count_processed(self, processing_ms: float, pipeline_ms: float) -> None:
        with self._lock:
            self.processed += 1
            self.processing_ms.append(processing_ms)
            if np.isfinite(pipeline_ms):
                self.pipeline_ms.append(pipeline_ms)

    def diagnose(self, name: str, state: str, working: bool, facts: dict[str, str]) -> DiagnosticStatus:
        """One status for /diagnostics, with rates since the last call.

        Args:
            name: of the node, fully qualified.
            state: the node's state in words.
            working: whether frames are expected, so that their absence is worth a warning.
            facts: more values to tell, such as model and device.
        """
        with self._lock:
            now = time.monotonic()
            then, received, processed, rejected = self._told
            self._told = (now, self.received, self.processed, self.rejected)
            elapsed = max(now - then, 1e-6)
            new_rejections = self.rejected - rejected
            status = DiagnosticStatus(name=name, level=DiagnosticStatus.OK, message=state)
            if new_rejections:
                status.level = DiagnosticStatus.WARN
                status.message = f"{new_rejections} frames rejected: {self.last_rejection}"
            elif working and self.received == received:
                status.level = DiagnosticStatus.STALE
                status.message = "no frames are arriving"
            values = {
                "received": self.received,
                "processed": self.processed,
                "rejected": self.rejected,
                "dropped": self.dropped,
                "time_resets": self.resets,
                "last_rejection": self.last_rejection,
                "received_hz": f"{(self.received - received) / elapsed:.2f}",
                "processed_hz": f"{(self.processed - processed) / elapsed:.2f}",
                **_percentiles("processing_ms", self.processing_ms),
                **_percentiles("pipeline_ms", self.pipeline_ms),
                **facts,
            }
        status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
        return status


def _percentiles(name: str, values: deque[float]) -> dict[str, str]:
    if not values:
        return {f"{name}_p50": "", f"{name}_p95": ""}
    middle, high = np.percentile(values, (50, 95))
    return {f"{name}_p50": f"{middle:.1f}", f"{name}_p95": f"{high:.1f}"}
