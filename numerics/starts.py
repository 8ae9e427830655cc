"""What an average of gradients holds before the first step."""

from __future__ import annotations

from numerics.algorithms import Algorithm
from numerics.errors import InputError
from numerics.traits import traits
from numerics.validation import choice, integer

STARTS = ("gradient", "zero", "first")


def first_batch(start: str, algorithm: Algorithm) -> int | None:
    """How many estimates the first average is the mean of; None where it is not one of them.

    ``start`` is "gradient", "zero", "first" (one fresh estimate) or "first:B", a batch of B, for a
    method that takes samples. Raises InputError for anything else, and for a start that the
    method does not have.
    """
    kind, colon, size = start.partition(":")
    choice("start", kind, STARTS)
    if colon and kind != "first":
        raise InputError(f"start {kind!r} has no size; only first:B has")
    if traits(algorithm).starts_exactly and kind != "gradient":
        raise InputError(f"{algorithm.name} starts at the exact gradient, not at {start!r}")
    if kind != "first":
        return None
    if colon and not size.isdecimal():
        raise InputError(f"start must be first:B with a whole number B, got {start!r}")
    batch = integer("size of the first batch", int(size)) if colon else 1
    if batch > 1 and not traits(algorithm).samples:
        raise InputError(f"{algorithm.name} takes no samples, so its start has no batch of them")
    return batch
