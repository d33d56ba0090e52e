"""The `grounding` node: commands in words in, what they refer to in the newest image out."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from physperception_msgs.action import Ground
from physperception_msgs.msg import GroundingResult, PerceivedObjectArray
from rclpy.action import ActionServer, CancelResponse
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from std_msgs.msg import Header, String

from physperception.config import option
from physperception.errors import ConfigError, InvalidImage
from physperception.grounding import Grounder, GroundingConfig, create
from physperception.ros.commands import POLICIES, Answer, Command, CommandQueue, refusal, throttled
from physperception.ros.container import run
from physperception.ros.conversions.grounding import grounding_to_message, grounding_to_result
from physperception.ros.conversions.scene import scene_header
from physperception.ros.frames import Frame, FrameHub
from physperception.ros.newest import NewestView
from physperception.ros.qos import overridable, qos_profile
from physperception.ros.runtime import LOG_PERIOD_S, STOP_TIMEOUT_S, PerceptionNode, Work
from physperception.scene import GroundingStatus, MaskKind

KINDS = {Ground.Goal.AUTO: None, Ground.Goal.VISIBLE: MaskKind.VISIBLE, Ground.Goal.AMODAL: MaskKind.AMODAL}
LINGER_CHECK_S = 0.5
LONGEST_LOGGED = 80


@dataclass(frozen=True)
class GroundingNodeConfig:
    """Options of the node that are not the grounder's own."""

    source: str = option(
        "Which objects commands choose from: objects_amodal, objects, or none, for a model that needs none.",
        choices=("objects_amodal", "objects", "none"),
    )
    busy: str = option(
        "While a command is answered: queue lets one more wait, refuse takes none, preempt ends it for the new one.",
        choices=POLICIES,
    )
    always_watch: bool = option("Receive images also between commands, so that the newest is there at once.")
    wait_s: float = option(
        "How long a command waits for an image and its objects.", unit="s", minimum=0.0, maximum=600.0, live=True
    )
    objects_wait_s: float = option(
        "How long it waits for objects of the newest image where an earlier image has them.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
        live=True,
    )
    linger_s: float = option(
        "How long images are still received after a command, for the next one.",
        unit="s",
        minimum=0.0,
        maximum=3600.0,
        live=True,
    )
    queue_size: int = option(
        "Frames held until their objects come; they must cover the latency of detector and completer.",
        minimum=1,
        maximum=200,
    )


class GroundingNode(PerceptionNode):
    """Serves the action `ground`, takes words on `grounding/command` (String), and publishes the answer to each command
    on `grounding/result` (GroundingResult, latched). Commands are what starts its work, not subscribers."""

    def __init__(self, name: str = "grounding", hub: FrameHub | None = None, **node_options: Any) -> None:
        self._grounder: Grounder | None = None
        self._commands: CommandQueue | None = None
        self._goals: dict[bytes, Command] = {}
        self._counts: Counter[str] = Counter()
        self._last_refusal = ""
        self._linger_until_s = 0.0
        super().__init__(name, (GroundingConfig, GroundingNodeConfig), hub, **node_options)
        self._own = self.settings.get(GroundingNodeConfig)
        self._view = NewestView(self._own.queue_size)
        self._actions = ActionServer(
            self,
            Ground,
            "ground",
            execute_callback=lambda handle: Ground.Result(),
            handle_accepted_callback=self._on_goal,
            cancel_callback=self._on_cancel,
        )
        self.create_subscription(String, "grounding/command", self._on_command, qos_profile("reliable", depth=10))
        self.create_timer(LINGER_CHECK_S, self._update_inputs, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def load(self) -> None:
        self._own = self.settings.get(GroundingNodeConfig)
        self._grounder = create(self.settings.get(GroundingConfig))
        if self._own.source == "none" and self._grounder.needs_objects:
            raise ConfigError(f"source is none, but {self._grounder.model_id} can only choose among objects")
        self._view = NewestView(self._own.queue_size)
        self._results = self.add_output(GroundingResult, "grounding/result", "latched", depth=1)

    def unload(self) -> None:
        if self._grounder is not None:
            self._grounder.close()
        self._grounder = None

    def reconfigure(self) -> None:
        self._own = self.settings.get(GroundingNodeConfig)

    def facts(self) -> dict[str, str]:
        grounder = self._grounder
        if grounder is None:
            return {}
        counts = ", ".join(f"{number} {status}" for status, number in sorted(self._counts.items()))
        facts = {"model": grounder.model_id, "device": grounder.device}
        return facts | {"commands": counts or "none", "last_refusal": self._last_refusal}

    def in_demand(self) -> bool:
        asked = self._commands is not None and self._commands.busy
        return self._own.always_watch or asked or time.monotonic() < self._linger_until_s

    def open_inputs(self) -> Callable[[], None]:
        self._view.clear()
        close_frames = self.open_frames(self._on_frame)
        subscriptions = []
        if self._own.source != "none":
            profile = qos_profile("reliable", depth=10)
            subscriptions.append(
                self.create_subscription(
                    PerceivedObjectArray,
                    self._own.source,
                    lambda message: self._view.put_objects(message),
                    profile,
                    qos_overriding_options=overridable(),
                )
            )

        def close() -> None:
            close_frames()
            for subscription in subscriptions:
                self.destroy_subscription(subscription)
            self._view.clear()

        return close

    def process(self, work: Work) -> None:
        """Nothing: an image is kept as it comes, and decoded when a command needs it."""

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        name = f"{self.get_name()}_commands"
        self._commands = CommandQueue(name, self._own.busy, self._answer, self._failed, self._answered)
        self._counts, self._last_refusal, self._linger_until_s = Counter(), "", 0.0
        return super().on_activate(state)

    def close(self) -> None:
        self._stop()
        self._actions.destroy()
        super().close()

    def _stop(self) -> None:
        if self._commands is not None:
            if not self._commands.stop("the node was deactivated", STOP_TIMEOUT_S):
                self.get_logger().error(f"a command could not be ended within {STOP_TIMEOUT_S:.0f} s")
            self._commands = None
        super()._stop()

    # Images and commands come, in the executor's thread.

    def _on_frame(self, frame: Frame) -> None:
        self._view.put_frame(frame)
        self.submit(Work(frame))

    def _on_command(self, message: String) -> None:
        self._submit(Command(
            text=message.data,
            mask_kind=None,
            max_age_s=None,
            finish=self._tell,
            tell=lambda reasoning: None,
            submitted_s=time.monotonic(),
        ))  # fmt: skip

    def _on_goal(self, handle: Any) -> None:
        goal = handle.request
        age_s = goal.max_image_age.sec + goal.max_image_age.nanosec / 1e9
        key = bytes(handle.goal_id.uuid)
        command = Command(
            text=goal.command,
            mask_kind=KINDS.get(goal.mask_kind),
            max_age_s=age_s if age_s > 0 else None,
            finish=partial(self._finish_goal, key, handle),
            tell=throttled(lambda reasoning: handle.publish_feedback(Ground.Feedback(reasoning=reasoning))),
            submitted_s=time.monotonic(),
        )
        self._goals[key] = command
        if goal.mask_kind not in KINDS:
            command.finish(refusal(command, f"mask_kind must be AUTO, VISIBLE or AMODAL, got {goal.mask_kind}"))
        elif age_s < 0:
            command.finish(refusal(command, f"max_image_age must not be negative, got {age_s:g} s"))
        else:
            self._submit(command)

    def _on_cancel(self, handle: Any) -> CancelResponse:
        command = self._goals.get(bytes(handle.goal_id.uuid))
        if command is None or self._commands is None:
            return CancelResponse.REJECT
        given_up = self._commands.cancel(command, "cancelled by the client")
        return CancelResponse.ACCEPT if given_up else CancelResponse.REJECT

    def _submit(self, command: Command) -> None:
        if self._commands is None or not self._enabled:
            command.finish(refusal(command, f"the node is {self._state_in_words()}"))
            return
        self._commands.submit(command)
        self._update_inputs()

    # Commands are answered, in their own thread.

    def _answer(self, command: Command) -> Answer:
        grounder, own = self._grounder, self._own
        if grounder is None:
            return refusal(command, "the node is not configured")
        if not command.text.strip():
            return refusal(command, "the command has no words")
        started_s = time.monotonic()
        view = self._view.wait(
            with_objects=own.source != "none",
            needs_objects=grounder.needs_objects,
            usable=partial(self._too_old, command.max_age_s),
            wait_s=own.wait_s,
            objects_wait_s=own.objects_wait_s,
            given_up=command.given_up,
        )
        times = {"queue": (started_s - command.submitted_s) * 1e3, "wait": (time.monotonic() - started_s) * 1e3}
        if isinstance(view, str):
            return refusal(command, view)
        try:
            image, scene = view.frame.image, self._view.scene(view)
        except InvalidImage as error:
            return refusal(command, str(error))
        if command.given_up.is_set():
            return refusal(command, command.why)
        found = grounder.ground(
            image, scene, command.text, command.mask_kind, on_reasoning=command.tell, cancel=command.given_up
        )
        reason = "; ".join(filter(None, (found.reason, view.note)))
        return Answer(replace(found, reason=reason, timings_ms={**times, **found.timings_ms}), scene)

    def _too_old(self, max_age_s: float | None, stamp_ns: int) -> str:
        if max_age_s is None:
            return ""
        if not stamp_ns:
            return "the images have no stamp, so how old they are is not known"
        age_s = (self.get_clock().now().nanoseconds - stamp_ns) / 1e9
        return f"the newest image is {age_s:.2f} s old and {max_age_s:g} s is the most" if age_s > max_age_s else ""

    def _failed(self, command: Command, error: Exception) -> Answer:
        self.get_logger().error(f"a command failed: {''.join(traceback.format_exception(error))}")
        return refusal(command, f"internal error: {type(error).__name__}: {error}")

    def _answered(self) -> None:
        self._linger_until_s = time.monotonic() + self._own.linger_s

    # Answers go out, from whichever thread.

    def _finish_goal(self, key: bytes, handle: Any, answer: Answer) -> None:
        self._goals.pop(key, None)
        self._tell(answer)
        result = grounding_to_result(answer.grounding, _header(answer), answer.scene)

        def end(goal: Any) -> Any:
            if goal.is_cancel_requested:
                goal.canceled()
            elif answer.grounding.status is GroundingStatus.REFUSED:
                goal.abort()
            else:
                goal.succeed()
            return result

        if self.executor is not None:
            self.executor.create_task(handle.execute, end)

    def _tell(self, answer: Answer) -> None:
        grounding = answer.grounding
        self._counts[grounding.status.value.lower()] += 1
        if grounding.status is GroundingStatus.REFUSED:
            self._last_refusal = grounding.reason
            words = grounding.command[:LONGEST_LOGGED]
            self.get_logger().warning(f"{words!r} was refused: {grounding.reason}", throttle_duration_sec=LOG_PERIOD_S)
        if self._active:
            self._results.publish(grounding_to_message(grounding, _header(answer), answer.scene))


def _header(answer: Answer) -> Header:
    return Header() if answer.scene is None else scene_header(answer.scene)


def main(args: list[str] | None = None) -> int:
    """Run the node on its own."""
    return run(["grounding"], args)


if __name__ == "__main__":
    raise SystemExit(main())
