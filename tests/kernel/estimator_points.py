"""Random admissible points of an estimator and of the theorems composed with it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from tests.kernel.test_independent_checker import (
    Refuted,
    completed,
    draw,
    holds,
    speaks_of,
    value,
)

FOUR = ("B", "C", "M", "sigma2")
TRIES = 20_000
Json = Mapping[str, Any]


def drawn(parameters: Sequence[Json], rng: random.Random) -> dict[str, Fraction] | None:
    """Values in the domains; what a root is taken of is a square. None where it is not."""
    values = {p["name"]: _number(p, rng) for p in parameters if p["derived"] is None}
    for parameter in parameters:
        if parameter["derived"] is None:
            continue
        square = parameter["derived"]["root_of"]
        if square in values and rng.random() < 0.8:
            values[square] = Fraction(rng.choice((1, 2, 3, 4, 6, 8)) ** 2)
        number = value(square, values)
        root = Fraction(isqrt(number.numerator), isqrt(number.denominator))
        if root**2 != number:
            return None
        values[parameter["name"]] = root
    return values


def _number(parameter: Json, rng: random.Random) -> Fraction:
    if not parameter["whole"]:
        return draw(parameter, rng)
    least = Fraction(parameter["lower"])
    return least + rng.choice((0, 0, 1, 2, 3, rng.randint(4, 12)))


def general_points(
    base: Json, variant: Json, rng: random.Random, count: int
) -> Iterator[dict[str, Fraction]]:
    """Values of the general estimator's parameters, and of those of the theorem it speaks of."""
    general = variant["general"]
    own = {p["name"] for p in general["parameters"]}
    others = [p for p in base["parameters"] if p["name"] not in {*own, *FOUR}]
    for _ in range(TRIES):
        values = drawn([*others, *general["parameters"]], rng)
        if values is not None and all(holds(c, values) for c in general["given"]):
            yield values
            count -= 1
        if not count:
            return
    raise Refuted(f"no values for {general['name']}")


def composed_points(
    document: Json, form: Json, rng: random.Random, count: int
) -> Iterator[dict[str, Fraction]]:
    """Admissible values of a composed theorem, with those that the form's formulas make."""
    for _ in range(TRIES):
        chosen = drawn(document["parameters"], rng)
        if chosen is None:
            continue
        chosen |= {k: Fraction(v) for k, v in form["when"].items()}
        given = [c for c in document["given"] if speaks_of(c) <= set(chosen)]
        if not all(holds(c, chosen) for c in given):
            continue
        values = completed(form, chosen)
        if values is not None:
            yield values
            count -= 1
        if not count:
            return
    raise Refuted(f"no admissible points of the {form['name']} form were found")
