"""Stable ids over images: what the gate has to hold."""

import numpy as np
import pytest

from physperception.physics.measuring.blobs import Blob
from physperception.physics.measuring.linking import Linker


def disc(x, y, radius=12):
    rows, columns = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    alpha = (rows**2 + columns**2 <= radius**2).astype(np.float32)
    return Blob(round(x) - radius, round(y) - radius, alpha, (2000, 2000))


def ids(places, rate_hz=30.0):
    linker = Linker()
    return [linker.update([disc(*place)], index / rate_hz)[0][0] for index, place in enumerate(places)]


@pytest.mark.parametrize("low", [1285, 1294])
def test_an_impact_midway_between_two_images_keeps_the_id(low):
    """The ball is as high before as after it: its last two places lie beside each other, and the next far away."""
    heights = [400, 430, 500, 610, 760, 950, 1180, 1295, low, 1080, 890]
    assert set(ids([(500, height) for height in heights])) == {"object-1"}


def test_a_thing_that_appears_far_from_one_that_hardly_moves_is_another():
    assert ids([(500, 500), (502, 500), (504, 500), (506, 500), (900, 500)])[-1] == "object-2"
