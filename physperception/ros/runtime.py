"""The base of every perception node: lifecycle, lazy input, one worker, reports and diagnostics.

A subclass says which options it has, what to load, which outputs it offers, and how one piece of work is done.
Everything else, from parameters to orderly shutdown, is here.
"""

from __future__ import annotations

import ctypes
import gc
import math
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from physperception_msgs.msg import FrameReport
from rclpy.clock import Clock, ClockType
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher, LifecycleState, TransitionCallbackReturn
from std_msgs.msg import Float64, Header
from std_srvs.srv import SetBool

from physperception.config import config_directory, option, read_parameters
from physperception.errors import InvalidImage, PhysperceptionError
from physperception.ros.frames import Frame, FrameHub, InputConfig
from physperception.ros.parameters import NodeParameters
from physperception.ros.qos import QOS_NAMES, overridable, qos_profile
from physperception.ros.statistics import FrameStatistics
from physperception.ros.worker import Worker

BACKWARD_JUMP_S = 0.5
STOP_TIMEOUT_S = 30.0
REPORTS_HELD = 100
LOG_PERIOD_S = 10.0


@dataclass(frozen=True)
class RuntimeConfig:
    """Options every node has."""

    autostart: bool = option("Configure and activate at start, without a lifecycle manager.")
    output_qos: str = option("QoS of the results.", name="output.qos", choices=QOS_NAMES)
    diagnostics_period_s: float = option("Time between diagnostics.", unit="s", minimum=0.1, maximum=60.0)


@dataclass(frozen=True)
class Work:
    """What the worker does in one go: a frame, and the messages that came with it."""

    frame: Frame
    messages: tuple[Any, ...] = ()


class PerceptionNode(LifecycleNode):
    """A lifecycle node around one core object that a worker thread owns.

    Work happens only while the node is active, enabled, and some output has a subscriber; only then are inputs
    subscribed. The newest frame wins: one that comes while the worker is busy takes the place of the one waiting.
    Every frame received is accounted for by one FrameReport on `~/debug/frames`.

    Args:
        name: of the node; `config/NAME.yaml` holds its defaults.
        config_classes: option classes of the subclass, beside those of the runtime.
        hub: shared by the nodes of one process, so that a frame is received and decoded once.
        node_options: passed to rclpy's LifecycleNode (namespace, parameter_overrides, context, ...).

    Raises:
        ConfigError: a parameter is unknown, missing or out of bounds.
    """

    def __init__(
        self, name: str, config_classes: tuple[type, ...] = (), hub: FrameHub | None = None, **node_options: Any
    ) -> None:
        super().__init__(name, **node_options)
        defaults = read_parameters(config_directory() / f"{name}.yaml", name)
        self.settings = NodeParameters(self, (RuntimeConfig, InputConfig, *config_classes), defaults)
        self.runtime = self.settings.get(RuntimeConfig)
        self.statistics = FrameStatistics()
        self._hub = hub or FrameHub()
        self._outputs: list[LifecyclePublisher] = []
        self._debug: dict[str, LifecyclePublisher] = {}
        self._worker: Worker[Work] | None = None
        self._close_inputs: Callable[[], None] | None = None
        self._enabled = True
        self._active = False
        self._newest_ns = 0
        self._time_went_back = threading.Event()
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_service(SetBool, "~/set_enabled", self._on_set_enabled)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(self.runtime.diagnostics_period_s, self._publish_diagnostics, clock=steady)

    # What a subclass fills in.

    def load(self) -> None:
        """Make the core object and the outputs (`add_output`). Raises PhysperceptionError with reason and fix."""

    def unload(self) -> None:
        """Let go of the core object."""

    def open_inputs(self) -> Callable[[], None]:
        """Subscribe to the inputs; returns a function that ends it. One image per piece of work unless overridden."""
        return self.open_frames(lambda frame: self.submit(Work(frame)))

    def process(self, work: Work) -> None:
        """Do one piece of work in the worker's thread and publish its outputs. Raises InvalidImage to reject it."""

    def reset(self) -> None:
        """Forget what belongs to the past, because time went back; called in the worker's thread."""

    def reconfigure(self) -> None:
        """Take over changed live parameters; called in the executor's thread while the worker may be busy."""

    def in_demand(self) -> bool:
        """Whether there is work to do: whether somebody listens to an output."""
        return any(output.get_subscription_count() for output in self._outputs)

    def facts(self) -> dict[str, str]:
        """More values for diagnostics, such as model and device."""
        return {}

    # What a subclass uses.

    def add_output(self, message_type: type, topic: str, qos: str | None = None, depth: int = 10) -> LifecyclePublisher:
        """An output topic; a subscriber to any of them is what starts the work."""
        publisher = self._publisher(message_type, topic, qos_profile(qos or self.runtime.output_qos, depth=depth))
        self._outputs.append(publisher)
        return publisher

    def open_frames(self, consumer: Callable[[Frame], None]) -> Callable[[], None]:
        """Receive camera frames as the parameters say; returns a function that ends it."""
        return self._hub.open(self, self.settings.get(InputConfig), consumer)

    def submit(self, work: Work) -> None:
        """Hand work to the worker; the newest wins, and what it displaces is reported as dropped."""
        if self._worker is None:
            return
        self.statistics.count_received()
        stamp_ns = work.frame.stamp_ns
        if stamp_ns < self._newest_ns - round(BACKWARD_JUMP_S * 1e9):
            self._time_went_back.set()
            self._newest_ns = stamp_ns
        self._newest_ns = max(self._newest_ns, stamp_ns)
        displaced = self._worker.submit(work)
        if displaced is not None:
            self._drop(displaced, "a newer frame came before the worker was free")

    # Lifecycle.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            self.runtime = self.settings.get(RuntimeConfig)
            self._debug = {
                "frames": self._publisher(FrameReport, "~/debug/frames", qos_profile("reliable", REPORTS_HELD), False),
                "processing_ms": self._publisher(Float64, "~/debug/processing_ms", qos_profile("reliable", 10), False),
                "pipeline_ms": self._publisher(Float64, "~/debug/pipeline_ms", qos_profile("reliable", 10), False),
            }
            self.load()
        except PhysperceptionError as error:
            self.get_logger().error(f"cannot configure: {error}")
            self._release()
            return TransitionCallbackReturn.FAILURE
        self.settings.locked = True
        self.settings.on_change = self.reconfigure
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        result = super().on_activate(state)
        self._active = True
        self.statistics = FrameStatistics()
        self._newest_ns = 0
        self._worker = Worker(f"{self.get_name()}_worker", self._handle, self._fail)
        self._update_inputs()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._stop()
        self._release()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._stop()
        self._release()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        self._stop()
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def start(self) -> bool:
        """Configure and activate; returns whether both succeeded."""
        return (
            self.trigger_configure() == TransitionCallbackReturn.SUCCESS
            and self.trigger_activate() == TransitionCallbackReturn.SUCCESS
        )

    def close(self) -> None:
        """Stop the work, let go of the model, and destroy the node."""
        self._stop()
        self._release()
        self.destroy_node()

    @property
    def working(self) -> bool:
        """Whether inputs are subscribed."""
        return self._close_inputs is not None

    def _stop(self) -> None:
        self._active = False
        self._update_inputs()
        if self._worker is None:
            return
        waiting, ended = self._worker.stop(STOP_TIMEOUT_S)
        self._worker = None
        if waiting is not None:
            self._drop(waiting, "the node was deactivated")
        if not ended:
            self.get_logger().error(f"the worker did not finish its frame within {STOP_TIMEOUT_S:.0f} s")

    def _release(self) -> None:
        self.settings.locked = False
        self.settings.on_change = lambda: None
        self.unload()
        for publisher in (*self._outputs, *self._debug.values()):
            self.destroy_lifecycle_publisher(publisher)
        self._outputs, self._debug = [], {}
        give_back_memory()

    # Inputs only while somebody listens.

    def _publisher(self, message_type: type, topic: str, profile: Any, counts: bool = True) -> LifecyclePublisher:
        events = PublisherEventCallbacks(matched=lambda _: self._update_inputs()) if counts else None
        return self.create_lifecycle_publisher(
            message_type, topic, profile, event_callbacks=events, qos_overriding_options=overridable()
        )

    def _update_inputs(self) -> None:
        wanted = self._active and self._enabled and self.in_demand()
        if wanted and self._close_inputs is None:
            self._close_inputs = self.open_inputs()
        elif not wanted and self._close_inputs is not None:
            self._close_inputs()
            self._close_inputs = None

    def _on_set_enabled(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._enabled = request.data
        self._update_inputs()
        response.success = True
        response.message = self._state_in_words()
        return response

    # The worker's thread.

    def _handle(self, work: Work) -> None:
        started_s = time.monotonic()
        if self._time_went_back.is_set():
            self._time_went_back.clear()
            self.statistics.count_reset()
            self.reset()
        try:
            self.process(work)
        except InvalidImage as error:
            self._reject(work, str(error))
            return
        done_s = time.monotonic()
        processing_ms = (done_s - started_s) * 1e3
        pipeline_ms = self._age_ms(work.frame.stamp_ns)
        self.statistics.count_processed(processing_ms, pipeline_ms)
        self._publish_debug("processing_ms", Float64(data=processing_ms))
        self._publish_debug("pipeline_ms", Float64(data=pipeline_ms))
        self._report(
            work.frame.header,
            FrameReport.PROCESSED,
            queue_ms=(started_s - work.frame.received_s) * 1e3,
            processing_ms=processing_ms,
            pipeline_ms=pipeline_ms,
        )

    def _fail(self, work: Work, error: Exception) -> None:
        self.get_logger().error(
            f"a frame failed: {''.join(traceback.format_exception(error))}", throttle_duration_sec=LOG_PERIOD_S
        )
        self._reject(work, f"internal error: {type(error).__name__}: {error}")

    def _reject(self, work: Work, reason: str) -> None:
        self.statistics.count_rejected(reason)
        self.get_logger().warning(f"a frame was rejected: {reason}", throttle_duration_sec=LOG_PERIOD_S)
        self._report(work.frame.header, FrameReport.REJECTED, reason=reason)

    def _drop(self, work: Work, reason: str) -> None:
        self.statistics.count_dropped()
        self._report(work.frame.header, FrameReport.DROPPED, reason=reason)

    def _age_ms(self, stamp_ns: int) -> float:
        return (self.get_clock().now().nanoseconds - stamp_ns) / 1e6 if stamp_ns else math.nan

    def _report(self, header: Header, outcome: int, **values: Any) -> None:
        self._publish_debug("frames", FrameReport(header=header, outcome=outcome, **values))

    def _publish_debug(self, name: str, message: Any) -> None:
        publisher = self._debug.get(name)
        if publisher is not None and publisher.get_subscription_count():
            publisher.publish(message)

    # Diagnostics.

    def _state_in_words(self) -> str:
        if not self._active:
            return "not active"
        if not self._enabled:
            return "disabled by set_enabled"
        return "working" if self.working else "idle: no output has a subscriber"

    def _publish_diagnostics(self) -> None:
        name = self.get_fully_qualified_name()
        status = self.statistics.diagnose(name, self._state_in_words(), self.working, self.facts())
        message = DiagnosticArray(status=[status])
        message.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(message)


def give_back_memory() -> None:
    """Return freed memory to the system. Without it glibc keeps some 8 MB more after each load of a model."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
