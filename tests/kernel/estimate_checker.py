"""The four numbers against the estimate itself, on small problems whose noise is enumerated.

Every worker's noise is one vector or its negative, at even odds; what a compressor makes of a
sample is known by its mean and variance, so that the second moment of the error is exact.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from tests.kernel.lemma_checker import AGGREGATORS, COMPRESSORS, average, squares
from tests.kernel.test_independent_checker import Values, demand, holds, value

Json = Mapping[str, Any]
Coordinates = list[Fraction]

#: Dimensions of the problems; the norms that clipping speaks of are rational on the line.
DIMENSIONS = {"stochastic": 2, "topk": 3, "grid": 4, "clip": 1, "median": 1, "trimmed-mean": 1}
DIMENSIONS |= dict.fromkeys(("identity", "randk", "natural", "sparsifier", "scaled-sign"), 3)
PROBLEMS = 12


def check_estimates(name: str, variant: Json, rng: random.Random) -> None:
    """B, C, M and sigma2 bound the error's second moment, for estimators that are known here."""
    for _ in range(PROBLEMS if name in DIMENSIONS else 0):
        _check_problem(name, variant, rng)


def _check_problem(name: str, variant: Json, rng: random.Random) -> None:
    n, d = rng.randint(2, 4), DIMENSIONS[name]
    local = [_vector(d, 9, rng) for _ in range(n)]
    noise = [_vector(d, rng.choice((0, 2, 9)), rng) for _ in range(n)]
    young = Fraction(rng.randint(1, 9), rng.randint(1, 9))
    if rng.random() < 0.5:
        # Where bounds are met nearly: workers and coordinates alike, and next to no noise.
        local = [[local[0][0]] * d] * n
        noise, young = [[c / 100 for c in xi] for xi in noise], Fraction(1, 20)
    g = [average(column) for column in zip(*local, strict=True)]
    spread = average([squares(_less(own, g)) for own in local])
    B_h, largest = Fraction(rng.randint(0, 2)), max(abs(own[0]) for own in local) or Fraction(1)
    values = {
        "n": Fraction(n),
        "B_h": B_h,
        "delta2": max(Fraction(0), spread - B_h * squares(g)),
        "sigma0_2": max(map(squares, noise)),
        "young": young,
        "d": Fraction(d),
        "sqrt_d": Fraction(2),
        "k": Fraction(rng.randint(1, d)),
        "p_min": Fraction(rng.randint(1, 5), 5),
        "pitch": 2 * largest / rng.choice((1, 3, 4)),
        "faulty": Fraction(rng.randint(0, n - 1)),
        "G2": largest,
        "clip": largest * Fraction(rng.randint(1, 5), 5),
    }
    if not all(holds(c, values) for c in variant["given"]):
        return
    for symbol, text in variant["formulas"]:
        values[symbol] = value(text, values)
    bound = (values["B"] + values["M"]) * squares(g) + values["C"] + values["sigma2"]
    moments = []
    for signs in product((-1, 1), repeat=n):
        samples = [
            [a + sign * b for a, b in zip(own, xi, strict=True)]
            for own, xi, sign in zip(local, noise, signs, strict=True)
        ]
        moments.append(_moment(name, samples, g, values, rng))
    demand(average(moments) <= bound, f"the error of {name}: {average(moments)} > {bound}")


def _vector(d: int, size: int, rng: random.Random) -> Coordinates:
    return [Fraction(rng.randint(-size, size), rng.randint(1, 3)) for _ in range(d)]


def _less(u: Sequence[Fraction], v: Sequence[Fraction]) -> Coordinates:
    return [a - b for a, b in zip(u, v, strict=True)]


def _moment(
    name: str, samples: list[Coordinates], g: Coordinates, values: Values, rng: random.Random
) -> Fraction:
    """The squared error, in the mean over what compressors draw."""
    if name in AGGREGATORS:
        faulty = int(values["faulty"])
        honest, far = [sample[0] for sample in samples], Fraction(rng.choice((-1000, 0, 1000)))
        return (AGGREGATORS[name]([*honest, *([far] * faulty)], faulty) - g[0]) ** 2
    sent = [_message(name, sample, values, rng) for sample in samples]
    mean = [average(column) for column in zip(*(v for v, _ in sent), strict=True)]
    return squares(_less(mean, g)) + average([variance for _, variance in sent]) / len(sent)


def _message(
    name: str, v: Coordinates, values: Values, rng: random.Random
) -> tuple[Coordinates, Fraction]:
    """What a worker sends: its mean and its variance."""
    if name == "stochastic":
        return v, Fraction(0)
    if name == "clip":
        level = values["clip"]
        return [max(-level, min(level, c)) for c in v], Fraction(0)
    if name == "topk":
        kept = sorted(range(len(v)), key=lambda j: abs(v[j]), reverse=True)[: int(values["k"])]
        return [c if j in kept else Fraction(0) for j, c in enumerate(v)], Fraction(0)
    at = {**values, "_norm1": sum(map(abs, v), Fraction(0))}
    mean, variance = [], Fraction(0)
    for c in v:
        outcomes = COMPRESSORS[name](abs(c), at, rng)[0] if c else [(Fraction(1), c)]
        middle = sum((p * a for p, a in outcomes), Fraction(0))
        mean.append(middle if c > 0 else -middle)
        variance += sum((p * (a - middle) ** 2 for p, a in outcomes), Fraction(0))
    return mean, variance
