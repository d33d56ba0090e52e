"""How well objects have the attributes a query asks for, as scores 0..1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from physperception.grounding.embedded.colors import TERMS, named
from physperception.grounding.embedded.looks import Looks
from physperception.grounding.embedded.measures import SceneMeasures
from physperception.grounding.embedded.query import Attribute, AttributeKind

FloatArray = NDArray[np.float64]
UNKNOWN = 0.5
LEAST = 0.02
_NEAREST_TERM = {"navy": "blue", "maroon": "red"}


def attribute_scores(
    measures: SceneMeasures, attribute: Attribute, among: FloatArray, looks: Looks | None
) -> FloatArray:
    """float64 [N]: how well each object has the attribute, or with `negated` has it not.

    Args:
        among: [N] how well each object is what the attribute is said of; sizes are relative to those.
        looks: what a network says of the surfaces; None without image or weights.
    """
    values = [_value(measures, attribute.kind, value, among, looks) for value in attribute.value.split("/")]
    found = np.clip(np.max(values, axis=0), LEAST, 1 - LEAST)
    return 1 - found if attribute.negated else np.asarray(found)


def color_scores(measures: SceneMeasures, name: str, several: bool) -> FloatArray:
    """float64 [N] for a colour name.

    Args:
        several: other colours are asked for as well, so that less of each is enough.
    """
    if measures.image is None:
        return np.full(len(measures), UNKNOWN)
    shares = measures.colors.astype(np.float32)
    if name == "many":
        spread = np.array([float(np.sort(row)[-2]) for row in shares])
        return rise(spread, 0.2, 0.05)
    if name == "navy":
        return rise(np.array([named(row, "blue") for row in shares]), 0.3, 0.08) * rise(-measures.lightness, -32, 5)
    if name == "maroon":
        return rise(color_shares_of(measures, name), 0.3, 0.08) * rise(-measures.lightness, -45, 5)
    share = color_shares_of(measures, name)
    middle, width = (0.13, 0.04) if several else (0.33, 0.07)
    return rise(share, middle, width)


def color_shares_of(measures: SceneMeasures, name: str) -> FloatArray:
    """float64 [N]: how much of each object is of a colour, so that the one that is most so can be told."""
    if name == "maroon":
        shares = [named(row, "red") + 0.6 * named(row, "purple") + 0.4 * named(row, "brown") for row in measures.colors]
    else:
        shares = [named(row, name) for row in measures.colors]
    return np.array(shares, dtype=np.float64)


def color_names(value: str) -> list[str]:
    """The terms of a colour's value, which may be several: "pink/purple"."""
    return [_NEAREST_TERM.get(name, name) for name in value.split("/") if name != "many"]


def place_scores(measures: SceneMeasures, value: str, among: FloatArray) -> FloatArray:
    """float64 [N]: "on the left" and such, in the image and among what is meant."""
    width, height = measures.scene.width, measures.scene.height
    x, y = measures.centers[:, 0] / width, measures.centers[:, 1] / height
    if value == "center":
        return np.exp(-(((x - 0.5) / 0.22) ** 2) - ((y - 0.5) / 0.22) ** 2)
    if value in ("front", "back"):
        near = measures.nearness
        found = _relative(near, among)
        return found if value == "front" else 1 - found
    along = {"left": 1 - x, "right": x, "top": 1 - y, "bottom": y}[value]
    return 0.6 * rise(along, 0.5, 0.06) + 0.4 * _relative(along, among)


def _value(
    measures: SceneMeasures, kind: AttributeKind, value: str, among: FloatArray, looks: Looks | None
) -> FloatArray:
    if kind is AttributeKind.COLOR:
        return color_scores(measures, value, several=False)
    if kind is AttributeKind.LIGHTNESS:
        if measures.image is None:
            return np.full(len(measures), UNKNOWN)
        light = rise(measures.lightness, 50, 8)
        return light if value == "light" else 1 - light
    if kind is AttributeKind.SIZE:
        place = _relative(np.log(measures.areas), among)
        return {"big": place, "small": 1 - place, "medium": 1 - np.abs(2 * place - 1)}[value]
    if kind is AttributeKind.SHAPE:
        return _shape(measures, value, among)
    if kind is AttributeKind.OCCLUSION:
        return _occlusion(measures, value)
    if kind is AttributeKind.PLACE:
        return place_scores(measures, value, among)
    if kind in (AttributeKind.TEXTURE, AttributeKind.MATERIAL):
        return _surface(measures, value, looks)
    return np.full(len(measures), UNKNOWN)


def _occlusion(measures: SceneMeasures, value: str) -> FloatArray:
    """By the occlusion graph, and by how much of the whole mask is not seen."""
    behind = measures.occludes.any(axis=0)
    share = measures.hidden
    partly = np.where(behind, rise(share, 0.03, 0.012), rise(share, 0.2, 0.05) * 0.6)
    partly = np.where(behind & (share == 0), 0.6, partly)
    if value == "hidden":
        return partly
    if value == "mostly":
        return rise(share, 0.5, 0.06)
    return np.asarray(1 - partly)


def _shape(measures: SceneMeasures, value: str, among: FloatArray) -> FloatArray:
    thin, filled, upright = measures.axes.T
    width, height = measures.sizes.T
    ratio = np.log(height / width)
    if value == "tall":
        return 0.5 * rise(ratio, 0.15, 0.12) + 0.5 * _relative(np.log(height), among)
    if value == "short":
        return 0.4 * rise(-ratio, -0.1, 0.15) + 0.6 * (1 - _relative(np.log(height), among))
    if value in ("wide", "thick"):
        return 0.5 * rise(-ratio, 0.0, 0.15) + 0.5 * _relative(np.log(width), among)
    if value == "thin":
        return rise(-thin, -0.42, 0.06)
    if value == "long":
        return rise(-thin, -0.5, 0.07)
    if value == "flat":
        return rise(-thin, -0.55, 0.1) * (1 - 0.7 * rise(upright, 0.6, 0.1))
    if value == "round":
        return rise(thin, 0.75, 0.05) * rise(filled, 0.96, 0.015)
    return rise(-filled, -0.97, 0.015) * rise(thin, 0.4, 0.1)


def _surface(measures: SceneMeasures, value: str, looks: Looks | None) -> FloatArray:
    if looks is None:
        return np.full(len(measures), UNKNOWN)
    if value == "patterned":
        plain = looks.surface("plain")
        return np.full(len(measures), UNKNOWN) if plain is None else 1 - plain
    known: Mapping[str, str] = {"ringed": "striped", "zigzag": "striped", "cells": "patched", "picture": "printed"}
    found = looks.surface(known.get(value, value))
    return np.full(len(measures), UNKNOWN) if found is None else found


def _relative(values: FloatArray, among: FloatArray) -> FloatArray:
    """Where each value stands among those that are meant, 0..1: above or below the middle between the extremes."""
    if not len(values):
        return values
    meant = among >= 0.5 * float(among.max(initial=0.0))
    chosen = values[meant] if meant.any() else values
    low, high = float(chosen.min()), float(chosen.max())
    if high - low < 1e-9:
        return np.full(len(values), 0.7)
    return rise((values - low) / (high - low), 0.5, 0.14)


def rise(value: FloatArray, middle: float, width: float) -> FloatArray:
    """From 0 to 1 as the value passes the middle."""
    return np.asarray(1 / (1 + np.exp(-np.clip((value - middle) / width, -60, 60))))


__all__ = [
    "TERMS", "UNKNOWN", "attribute_scores", "color_names", "color_scores", "color_shares_of", "place_scores", "rise",
]  # fmt: skip
