"""A multimodal language model's idea of a physical property, as a prior: never metric, and never sure of itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.chat import ChatClient, ChatError
from physperception.errors import ConfigError
from physperception.physics.answers import RANGES, Answer, AnswerKind, read_probability, read_value
from physperception.physics.observations import Refusal
from physperception.physics.prompts import Example, PairExample, Strategy, comparison_messages, value_messages
from physperception.physics.readout.clips import Clip
from physperception.physics.readout.heads import LOGARITHMIC
from physperception.scene import EstimateStatus, Property, PropertyEstimate, Scale

CONFIDENCE = 0.9
METHOD = "PRIOR"


@dataclass(frozen=True)
class Comparison:
    """Probability that the first of two clips has the larger value; NaN with a `reason` that begins with a `Refusal`
    where there is none."""

    probability: float = math.nan
    reason: str = ""


class PriorPrompter:
    """Asks a chat model about clips (thesis 5.4.3).

    A model says nothing reliable of its own error, and measured ones are little better than chance on rendered clips
    (Table 5.1). So its interval is the whole range it was asked to choose from, until `errors` measured on clips of
    known value are given.

    Args:
        client: of the server.
        strategy: how it is asked.
        images: of a clip that are shown, at even steps of time, 2 or more.
        examples: for FEW_SHOT, of one clip.
        pair_examples: for FEW_SHOT comparisons.
        errors: measured mean absolute error by property, in its unit, for viscosity of the natural logarithm.

    Raises:
        ConfigError: fewer than 2 images, or an error that is not positive.
    """

    def __init__(
        self,
        client: ChatClient,
        strategy: Strategy = Strategy.BASELINE,
        images: int = 8,
        examples: Sequence[Example] = (),
        pair_examples: Sequence[PairExample] = (),
        errors: Mapping[Property, float] | None = None,
    ) -> None:
        if images < 2:
            raise ConfigError(f"images must be at least 2, got {images}")
        if errors and not all(math.isfinite(error) and error > 0 for error in errors.values()):
            raise ConfigError(f"errors must be positive, got {dict(errors)}")
        self.client = client
        self.strategy = strategy
        self._images = images
        self._examples, self._pair_examples = tuple(examples), tuple(pair_examples)
        self._errors = dict(errors or {})

    def estimate(
        self,
        frames: NDArray[np.uint8],
        stamps_s: NDArray[np.float64],
        property: Property,
        object_id: str = "object",
        counterpart: str = "",
    ) -> PropertyEstimate:
        """A prior for the property of what is seen: method PRIOR, scale CLASS; refused without a readable answer.

        Args:
            frames: uint8 RGB [T, H, W, 3].
            stamps_s: float64 [T], seconds, rising.
            property: what is asked for.
            object_id, counterpart: of the estimate.

        Raises:
            InvalidImage: frames or stamps of another shape or type.
            ConfigError: the strategy can't be used for one clip, or lacks examples.
        """
        clip = Clip(frames, stamps_s)
        messages = value_messages(clip, property, self.strategy, self._images, self._examples)
        try:
            answer = read_value(self.client.complete(messages), property)
            reason = _reason(answer)
        except ChatError as error:
            answer, reason = Answer(AnswerKind.UNREADABLE), f"{Refusal.MODEL_ABSENT.value}: {error}"
        first, last = (round(float(clip.stamps_s[row]) * 1e9) for row in (0, -1))
        deviation, lower, upper = (math.nan,) * 3 if reason else self._spread(property, answer.value)
        return PropertyEstimate(
            object_id=object_id,
            property=property,
            status=EstimateStatus.REFUSED if reason else EstimateStatus.VALID,
            scale=Scale.CLASS,
            counterpart=counterpart,
            value=answer.value,
            std_dev=deviation,
            lower=lower,
            upper=upper,
            confidence_level=CONFIDENCE,
            reason=reason,
            first_stamp_ns=first,
            last_stamp_ns=last,
            frames=min(self._images, len(clip.frames)),
            method=METHOD,
            model=self.client.model,
        )

    def compare(self, first: Clip, second: Clip, property: Property) -> Comparison:
        """Which of two clips has the larger value, in the model's opinion.

        Raises:
            ConfigError: FEW_SHOT without examples.
        """
        messages = comparison_messages(first, second, property, self.strategy, self._images, self._pair_examples)
        try:
            answer = read_probability(self.client.complete(messages))
        except ChatError as error:
            return Comparison(reason=f"{Refusal.MODEL_ABSENT.value}: {error}")
        return Comparison(answer.value, _reason(answer))

    def _spread(self, property: Property, value: float) -> tuple[float, float, float]:
        low, high = RANGES[property]
        if property not in self._errors:
            return (high - low) / math.sqrt(12), low, high
        error = self._errors[property]
        reach = error * math.log(1 / (1 - CONFIDENCE))
        if property in LOGARITHMIC:
            return math.sqrt(2) * error * value, value * math.exp(-reach), value * math.exp(reach)
        return math.sqrt(2) * error, max(low, value - reach), min(high, value + reach)


def _reason(answer: Answer) -> str:
    if answer.kind is AnswerKind.VALUE:
        return ""
    if answer.out_of_range:
        return f"{Refusal.OUT_OF_RANGE.value}: the model answered, but {answer.reason}"
    if answer.kind is AnswerKind.REFUSED:
        return f"{Refusal.POOR_FIT.value}: the model declined: {answer.reason}"
    return f"{Refusal.POOR_FIT.value}: {answer.reason}"
