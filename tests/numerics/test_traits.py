"""Capabilities of methods: declared in one table, and none of ours misspelt."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest

from boundcalc.registry import catalogue
from numerics.algorithms import Algorithm, Momentum
from numerics.traits import FLAGS, Traits, traits

METHODS = {type(theorem.algorithm): theorem.algorithm for theorem in catalogue().values()}
# ``randomised`` chooses between two updates of one class.
OWN = {"restart", "randomised"}
KNOWN = {name for name in dir(Algorithm) if not name.startswith("_")}


@pytest.mark.parametrize("kind", METHODS, ids=lambda kind: kind.__name__)
def test_every_attribute_of_our_methods_is_known(kind: type) -> None:
    public = {name for name in dir(METHODS[kind]) if not name.startswith("_")}
    assert public <= KNOWN | {entry.name for entry in fields(Traits)} | OWN


def test_a_class_without_a_word_can_nothing_more() -> None:
    @dataclass
    class Plain:
        name: str = "plain"

    assert traits(Plain()) == Traits()
    assert not any(getattr(Traits(), flag) for flag in FLAGS)


def test_what_a_class_says_is_read() -> None:
    assert traits(Momentum()).linear and traits(Momentum()).period is None
