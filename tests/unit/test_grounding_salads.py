"""Any order of words that mean something to the parser is read without an error, whatever things are called."""

import random

import pytest

from physperception.datasets.expressions.wording_val2 import VAL2_WORDING
from physperception.grounding.embedded.names import is_supported, is_understood, similarity
from physperception.grounding.embedded.parser import parse

NAMES = frozenset({"mug", "box", "funnel", "", "potted plant", "12", "thing"})


@pytest.mark.parametrize("seed", range(4))
def test_word_salads_are_read(seed):
    chance = random.Random(seed)
    words = sorted({word for form in VAL2_WORDING.forms() for word in form.replace("{", " ").replace("}", " ").split()})
    words += ["mug", "mugs", "red", "second", "funnel", "whole", "2nd", "#3", ",", ".", "?", "-", "the", "of", "that"]
    for _ in range(250):
        text = " ".join(chance.choices(words, k=chance.randint(1, 14)))
        assert parse(text, NAMES) is not None, text


@pytest.mark.parametrize("noun", ["", " ", "12", "the", "_", "red mug"])
def test_names_of_nothing_are_like_nothing(noun):
    assert all(0 <= similarity(noun, name) <= 1 for name in NAMES)
    assert is_understood(noun) in (True, False)
    assert not is_supported("", frozenset({"", "mug"}))
