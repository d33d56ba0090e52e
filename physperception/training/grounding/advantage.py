"""Group relative policy optimisation as the paper writes it, in numpy: the reference for what a training computes.

EGM, equations 3 to 7. The training itself runs in VeRL; what it does otherwise is said where it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

EPSILON = 1e-6
"""Added to the standard deviation, as VeRL does; equation 7 has none and is undefined where all rewards are equal."""


def group_advantages(rewards: ArrayLike) -> FloatArray:
    """Advantages [G] of a group's G answers to one question (equation 7).

    `(r - mean) / (std + 1e-6)` with the sample deviation (divisor G - 1), as VeRL 0.9.0 computes it. A group whose
    rewards are all equal has advantages of exactly 0: it teaches nothing. For a group of one VeRL takes mean 0 and
    deviation 1, which makes the advantage the reward; the paper's groups have 16.

    Raises:
        ValueError: no rewards, another shape, or one that is not finite.
    """
    values = np.asarray(rewards, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"rewards must be finite numbers [G] with G of 1 or more, got {rewards!r}")
    if values.size == 1:
        return np.asarray(values / (1.0 + EPSILON))
    if np.ptp(values) == 0.0:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / (values.std(ddof=1) + EPSILON))


def token_advantages(advantages: ArrayLike, lengths: Sequence[int]) -> list[FloatArray]:
    """Advantage of every token, `A_it = A_i / |o_i|` (equation 7): one array [|o_i|] an answer.

    Summed over tokens and averaged over answers this is VeRL's `loss_agg_mode: seq-mean-token-mean`. The paper's text
    says "token-level mean loss" instead, VeRL's `token-mean`, where long answers weigh more: see `token_mean_weights`.

    Raises:
        ValueError: not one length an answer, or a length below 1.
    """
    values = np.asarray(advantages, dtype=np.float64)
    _check_lengths(values, lengths)
    return [np.full(length, value / length) for value, length in zip(values, lengths)]


def token_mean_weights(advantages: ArrayLike, lengths: Sequence[int]) -> list[FloatArray]:
    """Advantage of every token under a token-level mean: `A_i G / sum |o_j|`, on the scale of `token_advantages`.

    Raises:
        ValueError: not one length an answer, or a length below 1.
    """
    values = np.asarray(advantages, dtype=np.float64)
    _check_lengths(values, lengths)
    return [np.full(length, value * len(lengths) / sum(lengths)) for value, length in zip(values, lengths)]


def clipped_terms(log_ratios: ArrayLike, advantages: ArrayLike, clip: float = 0.2) -> FloatArray:
    """`min(ratio A, clip(ratio, 1 - clip, 1 + clip) A)` of every token (equation 4).

    VeRL also bounds the term of a negative advantage from below at `clip_ratio_c A` (3 by default), which the
    equation does not.

    Args:
        log_ratios: log of policy over behaviour policy, of every token.
        advantages: of every token.

    Raises:
        ValueError: a clip outside 0..1.
    """
    if not 0.0 <= clip <= 1.0:
        raise ValueError(f"clip must be in 0..1, got {clip}")
    ratios = np.exp(np.asarray(log_ratios, dtype=np.float64))
    values = np.asarray(advantages, dtype=np.float64)
    return np.asarray(np.minimum(ratios * values, np.clip(ratios, 1.0 - clip, 1.0 + clip) * values))


def kl_penalty(log_policy: float, log_reference: float) -> float:
    """`ref / policy - log(ref / policy) - 1` (equation 5), of log probabilities; never negative, 0 where they agree.

    VeRL's `low_var_kl` is the same of every token, with the log ratio held to -20..20 and the result to at most 10.
    """
    log_ratio = log_reference - log_policy
    return math.expm1(min(log_ratio, 700.0)) - log_ratio


def objective(
    policy: Sequence[ArrayLike],
    behaviour: Sequence[ArrayLike],
    reference: Sequence[ArrayLike],
    rewards: ArrayLike,
    *,
    clip: float = 0.2,
    kl_weight: float = 0.005,
    entropy_weight: float = 0.0,
) -> float:
    """The objective of one group (equations 3 to 6), to be made large.

    Args:
        policy, behaviour, reference: log probabilities of every token, one array [|o_i|] an answer.
        rewards: of the answers, [G].
        clip, kl_weight, entropy_weight: epsilon, beta and gamma of Table 5, here the values for Qwen.

    Raises:
        ValueError: answers of different number or length.
    """
    answers = [np.asarray(each, dtype=np.float64) for each in policy]
    old = [np.asarray(each, dtype=np.float64) for each in behaviour]
    fixed = [np.asarray(each, dtype=np.float64) for each in reference]
    shapes = [each.shape for each in answers]
    if shapes != [each.shape for each in old] or shapes != [each.shape for each in fixed]:
        raise ValueError("policy, behaviour and reference need log probabilities of the same tokens")
    tokens = token_advantages(group_advantages(rewards), [len(each) for each in answers])
    total = 0.0
    for new, before, held, advantages in zip(answers, old, fixed, tokens):
        gained = float(clipped_terms(new - before, advantages, clip).sum())
        log_policy, log_reference = float(new.sum()), float(held.sum())
        total += gained - kl_weight * kl_penalty(log_policy, log_reference) - entropy_weight * log_policy
    return total / len(answers)


def _check_lengths(advantages: FloatArray, lengths: Sequence[int]) -> None:
    if len(advantages) != len(lengths) or any(length < 1 for length in lengths):
        raise ValueError(f"needs a length of 1 or more for each of {len(advantages)} answers, got {list(lengths)}")
