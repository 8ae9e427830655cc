"""Passes in random order over small finite sums: all permutations."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from typing import Any

from tests.kernel.lemma_checker import average, squares
from tests.kernel.test_independent_checker import demand, holds, value

Json = Mapping[str, Any]
ONE = Fraction(1)


def check_order(estimator: Json, variant: Json, rng: random.Random) -> None:
    """All permutations: the planned way by its rule, and the bias of a whole pass by B and C."""
    (planned,) = (u for u in variant["moment"]["using"] if u["rule"] == "planned")
    for m in range(2, 6):
        step = Fraction(rng.randint(1, 9), rng.randint(1, 9))
        values = {"m": Fraction(m), "gamma": step, "L_max": ONE, "B_h": ONE, "delta2": ONE}
        gradients = [[Fraction(rng.randint(-9, 9)) for _ in range(2)] for _ in range(m)]
        mean = [average(column) for column in zip(*gradients, strict=True)]
        spread = average(
            [squares([a - b for a, b in zip(g, mean, strict=True)]) for g in gradients]
        )
        true = Fraction(0)
        for order in permutations(gradients):
            ways = (
                [sum(column, Fraction(0)) for column in zip(*order[:i], strict=True)]
                for i in range(m)
            )
            true += sum(squares([step / m * c for c in way]) for way in ways) / m
        true /= math.factorial(m)
        sizes = {"grad": squares(mean), "hj": spread, "planned": true}
        total = Fraction(0)
        for term in planned["expression"]:
            (kind,) = {name.partition("[")[0].partition("_")[0] for name in term["atom"]["of"]}
            total += value(term["coefficient"], values) * sizes[kind]
        demand(total == 0, f"sampling {m} without replacement: {total} is left over")
        _check_pass(variant, m, rng)


def _check_pass(variant: Json, m: int, rng: random.Random) -> None:
    """A whole pass over parabolas, in every order, against B and C."""
    curvature = [Fraction(rng.randint(-6, 6), 6) for _ in range(m)]
    centre = [Fraction(rng.randint(-9, 9)) for _ in range(m)]
    L_max = max(map(abs, curvature)) or ONE
    step = Fraction(rng.randint(1, 9), 12) / L_max
    g = average([-c * z for c, z in zip(curvature, centre, strict=True)])
    spread = average([(-c * z - g) ** 2 for c, z in zip(curvature, centre, strict=True)])
    B_h = Fraction(rng.randint(0, 2))
    bias = Fraction(0)
    for order in permutations(range(m)):
        x = Fraction(0)
        for j in order:
            x -= step / m * curvature[j] * (x - centre[j])
        bias += (-x / step - g) ** 2
    bias /= math.factorial(m)
    values = {
        "m": Fraction(m),
        "gamma": step,
        "L_max": L_max,
        "L": L_max,
        "young": ONE,
        "B_h": B_h,
        "delta2": max(Fraction(0), spread - B_h * g**2),
    }
    demand(all(holds(c, values) for c in variant["general"]["given"]), "no such pass")
    four = {name: value(text, values) for name, text in variant["formulas"]}
    demand(bias <= four["B"] * g**2 + four["C"], "the bias of a pass is larger")
