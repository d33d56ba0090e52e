"""Completions to compare: the completer with and without depth or image, and two baselines that need no model."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from physperception.amodal.completer import Completer, Completion
from physperception.amodal.graph import hints_from_order
from physperception.datasets.occlusion_reasoning import convex_hulls
from physperception.evaluation.truth import ImageTruth
from physperception.scene import Mask

Method = Callable[[ImageTruth], list[Completion]]
GREY = 128
"""Less than 0.005 after scaling to -1..1: a network trained without image sees the zeros that it is used to."""


def alone(completer: Completer) -> Method:
    """Every object from its own true visible mask, as if no other object were known; the last answer is kept."""

    @lru_cache(maxsize=1)
    def complete(truth: ImageTruth) -> list[Completion]:
        return completer.complete(truth.image, truth.visible)

    return complete


def with_completer(completer: Completer) -> Method:
    """Every object from the true visible masks of all, as in the stack: the order is seen where they meet."""

    @lru_cache(maxsize=1)
    def complete(truth: ImageTruth) -> list[Completion]:
        order = completer.order(truth.image, truth.visible)
        return completer.complete(truth.image, truth.visible, hints_from_order(truth.visible, order))

    return complete


def with_depth(completer: Completer) -> Method:
    """As in the stack, told who hides whom where depth can tell; images without depth are completed without."""

    @lru_cache(maxsize=1)
    def complete(truth: ImageTruth) -> list[Completion]:
        order = completer.order(truth.image, truth.visible)
        hints = hints_from_order(truth.visible, order, truth.depth_m)
        return completer.complete(truth.image, truth.visible, hints)

    return complete


def without_image(completer: Completer, order_of: Completer | None = None) -> Method:
    """A completer that was trained without image features, shown a grey picture.

    Args:
        completer: the one to measure.
        order_of: as in the stack, told the order that this one sees; None as if no other object were known.
    """

    def complete(truth: ImageTruth) -> list[Completion]:
        grey = np.full_like(truth.image, GREY)
        if order_of is None:
            return completer.complete(grey, truth.visible)
        order = order_of.order(truth.image, truth.visible)
        return completer.complete(grey, truth.visible, hints_from_order(truth.visible, order))

    return complete


def visible_as_is(truth: ImageTruth) -> list[Completion]:
    """The baseline that nothing is hidden."""
    return [binary(mask, mask) for mask in truth.visible]


def convex_hull(truth: ImageTruth) -> list[Completion]:
    """The baseline that an object is the convex hull of what is seen of it."""
    hulls = convex_hulls(truth.image, list(truth.visible))
    return [binary(seen, hull.union(seen)) for seen, hull in zip(truth.visible, hulls)]


def binary(visible: Mask, amodal: Mask) -> Completion:
    """A completion that is sure of every pixel, and says nothing of its own quality."""
    return Completion(
        amodal=amodal,
        x=amodal.x,
        y=amodal.y,
        probability=amodal.data.astype(np.float32),
        occluder=Mask(0, 0, np.zeros((0, 0), dtype=np.bool_)),
        samples=(),
        occlusion=1 - visible.area / amodal.area,
        occlusion_std=math.nan,
        score=math.nan,
    )
