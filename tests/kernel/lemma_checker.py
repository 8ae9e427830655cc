"""Compressors and aggregators by brute force.

What becomes of a vector is written out here once more from the definition of each; a lemma of the
certificate has to say the same of one coordinate, and its constant to bound what comes out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.kernel.test_independent_checker import Values, demand, holds, value

Json = Mapping[str, Any]
Coordinates = list[Fraction]
Outcomes = dict[Fraction, Fraction]

#: What each kind of lemma takes on trust at least.
LEMMA_AXIOMS: Mapping[str, set[str]] = {
    "coordinatewise": set(),
    "selection": set(),
    "order statistics": {"order statistics", "Jensen"},
}
VECTORS = 6


# -- rational vectors with a rational norm ---------------------------------------------------------


def unit(dimension: int, rng: random.Random) -> Coordinates:
    """A point of the sphere with rational coordinates, by stereographic projection."""
    kind = rng.random()
    root = math.isqrt(dimension)
    if kind < 0.2:
        return [Fraction(j == 0) for j in range(dimension)]
    if kind < 0.5 and root**2 == dimension:
        return [Fraction(rng.choice((-1, 1)), root) for _ in range(dimension)]
    u = [Fraction(rng.randint(-6, 6), rng.randint(1, 4)) for _ in range(dimension - 1)]
    square = sum((c * c for c in u), Fraction(0))
    return [(1 - square) / (1 + square), *(2 * c / (1 + square) for c in u)]


def vectors(dimension: int, rng: random.Random) -> Iterator[tuple[Coordinates, Fraction]]:
    """Vectors of that dimension and their norms."""
    for _ in range(VECTORS):
        norm = Fraction(rng.randint(1, 40), rng.randint(1, 9))
        yield [norm * c for c in unit(dimension, rng)], norm


def squares(v: Sequence[Fraction]) -> Fraction:
    return sum((c * c for c in v), Fraction(0))


# -- compressors, from their definitions -----------------------------------------------------------

Map = Callable[[Fraction, Values, random.Random], tuple[list[tuple[Fraction, Fraction]], Any]]
ONE = Fraction(1)


def _below(a: Fraction) -> Fraction:
    """The largest power of two that is not above."""
    power = ONE
    while power > a:
        power /= 2
    while 2 * power <= a:
        power *= 2
    return power


def _natural(a: Fraction, v: Values, rng: random.Random) -> Any:
    w = _below(a)
    up = (a - w) / w
    return [(1 - up, w), (up, 2 * w)], {"w": w}


def _sparsifier(a: Fraction, v: Values, rng: random.Random) -> Any:
    p = v["p_min"] + (1 - v["p_min"]) * Fraction(rng.randint(0, 5), 5)
    return [(p, a / p), (1 - p, 0 * a)], {"p_j": p}


def _grid(a: Fraction, v: Values, rng: random.Random) -> Any:
    nearest = round(a / v["pitch"]) * v["pitch"]
    return [(ONE, nearest)], {"r": nearest - a}


def _dithering(a: Fraction, v: Values, rng: random.Random) -> Any:
    pitch = v["_norm"] / v["levels"]
    j = Fraction(math.floor(a / pitch))
    up = a / pitch - j
    return [(1 - up, j * pitch), (up, (j + 1) * pitch)], {"j": j}


COMPRESSORS: Mapping[str, Map] = {
    "identity": lambda a, v, rng: ([(ONE, a)], {}),
    "randk": lambda a, v, rng: (
        [(v["k"] / v["d"], a * v["d"] / v["k"]), (1 - v["k"] / v["d"], 0 * a)],
        {},
    ),
    "ternary": lambda a, v, rng: ([(a / v["_norm"], v["_norm"]), (1 - a / v["_norm"], 0 * a)], {}),
    "scaled-sign": lambda a, v, rng: ([(ONE, v["_norm1"] / v["d"])], {}),
    "natural": _natural,
    "sparsifier": _sparsifier,
    "grid": _grid,
    "dithering": _dithering,
}


def gathered(outcomes: Sequence[tuple[Fraction, Fraction]]) -> Outcomes:
    total: Outcomes = {}
    for probability, number in outcomes:
        demand(probability >= 0, f"the probability {probability}")
        if probability:
            total[number] = total.get(number, Fraction(0)) + probability
    demand(sum(total.values()) == 1, "probabilities that do not add up to 1")
    return total


def check_lemma(name: str, lemma: Json, values: Values, rng: random.Random) -> None:
    """What the certificate says of one coordinate or of sorted values, on random vectors."""
    if lemma["kind"] == "coordinatewise":
        _check_coordinates(name, lemma, values, rng)
    elif lemma["kind"] == "selection":
        _check_selection(name, lemma, values, rng)
    else:
        demand(lemma["kind"] == "order statistics", f"no such lemma: {lemma['kind']}")
        _check_sorted(name, lemma, values, rng)


def _check_coordinates(name: str, lemma: Json, values: Values, rng: random.Random) -> None:
    demand(name in COMPRESSORS, f"nothing is known of {name}")
    dimension = int(values.get("d", Fraction(rng.randint(1, 6))))
    limit = value(lemma["constant"], values)
    s = lemma["symbols"]
    for v, norm in vectors(dimension, rng):
        norm_1 = sum((abs(c) for c in v), Fraction(0))
        whole = {s["norm"]: norm, s["norm_1"]: norm_1, s["dimension"]: Fraction(dimension)}
        at = {**values, **whole}
        expected, bounded = Fraction(0), Fraction(0)
        for c in v:
            here = {**at, s["magnitude"]: abs(c)}
            bound = value(lemma["bound"], here)
            error = _coordinate(name, lemma, here, abs(c), rng) if c else Fraction(0)
            demand(error <= bound, f"the bound of one coordinate: {error} > {bound}")
            expected, bounded = expected + error, bounded + bound
        size = limit if lemma["error"] == "absolute" else limit * norm**2
        demand(expected <= bounded <= size, f"{name}: {expected} <= {bounded} <= {size}")
        # One coordinate may be anything up to the norm, unless it is the only one.
        parts = (Fraction(1, 97), Fraction(1, 3), Fraction(rng.randint(1, 96), 97))
        for part in parts if dimension > 1 else ():
            here = {**at, s["magnitude"]: norm * part}
            error = _coordinate(name, lemma, here, norm * part, rng)
            demand(error <= value(lemma["bound"], here), "the bound of one coordinate")
    if name == "randk":
        _check_subsets(dimension, int(values["k"]), limit, rng)


def _coordinate(
    name: str, lemma: Json, values: Values, a: Fraction, rng: random.Random
) -> Fraction:
    """The second moment of the error, where the lemma speaks of the same outcomes."""
    outcomes, witness = COMPRESSORS[name](a, values, rng)
    true, at = gathered(outcomes), {**values, **witness}
    scale, found = value(lemma["scale"], at), 0
    for case in lemma["cases"]:
        low, high = value(case["low"], at), case["high"]
        if scale < low or (high is not None and scale > value(high, at)):
            continue
        if not all(holds(c, at) for c in case["exists"]):
            # At the border of two cases either may speak of it.
            continue
        stated = [(value(o["probability"], at), value(o["value"], at)) for o in case["outcomes"]]
        demand(gathered(stated) == true, f"{name} makes {true} of {a}, not {stated}")
        found += 1
    demand(found > 0, f"no case for {name} of {a}")
    mean = sum(p * c for c, p in true.items())
    demand(lemma["error"] != "unbiased" or mean == a, f"{name} has the mean {mean} for {a}")
    return sum((p * (c - a) ** 2 for c, p in true.items()), Fraction(0))


def _check_subsets(d: int, k: int, limit: Fraction, rng: random.Random) -> None:
    """Random k entries of a vector: all subsets."""
    if math.comb(d, k) > 300:
        return
    v = [Fraction(rng.randint(-9, 9)) for _ in range(d)]
    subsets = list(combinations(range(d), k))
    errors = (
        squares([c * Fraction(d, k) * (j in kept) - c for j, c in enumerate(v)]) for kept in subsets
    )
    demand(sum(errors) / len(subsets) == limit * squares(v), "the error of random entries")


def _check_selection(name: str, lemma: Json, values: Values, rng: random.Random) -> None:
    demand(name == "topk", f"nothing is known of {name}")
    d, k, limit = int(values["d"]), int(values["k"]), value(lemma["constant"], values)
    demand(value(lemma["kept"], values) == k, "another number of entries")
    for length in (0, *range(VECTORS)):
        # Alike in magnitude, where the bound is met, and different ones.
        v = [Fraction(rng.choice((-1, 1)) * (1 + rng.randint(0, length))) for _ in range(d)]
        dropped = squares(sorted(v, key=abs)[: d - k])
        demand(dropped <= limit * squares(v), "the error of the largest entries")
        if length == 0:
            demand(dropped == limit * squares(v), "the constant could be better")


# -- aggregators -----------------------------------------------------------------------------------


def average(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _median(values: Sequence[Fraction], faulty: int) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else average(ordered[half - 1 : half + 1])


def _trimmed(values: Sequence[Fraction], faulty: int) -> Fraction:
    return average(sorted(values)[faulty : len(values) - faulty])


AGGREGATORS = {"median": _median, "trimmed-mean": _trimmed}


def _largest(values: Sequence[Fraction], kept: Fraction) -> Fraction:
    """The mean of so many largest values, the last of them perhaps in part."""
    whole = int(kept)
    ordered = sorted(values, reverse=True)
    rest = (kept - whole) * ordered[whole] if kept > whole else Fraction(0)
    return (sum(ordered[:whole], Fraction(0)) + rest) / kept


def _check_sorted(name: str, lemma: Json, values: Values, rng: random.Random) -> None:
    demand(name in AGGREGATORS, f"nothing is known of {name}")
    n, faulty = int(values["n"]), int(values["faulty"])
    demand(value(lemma["honest"], values) == n, "other workers are honest")
    kept, limit = value(lemma["kept"], values), value(lemma["constant"], values)
    demand(0 < kept <= n, "more is kept than there is")
    split = [Fraction(i >= n - math.ceil(kept)) for i in range(n)]
    for attempt in range(3 * VECTORS):
        honest = [Fraction(rng.randint(-9, 9), rng.randint(1, 3)) for _ in range(n)]
        honest = split if attempt == 0 else honest
        far = rng.choice((-1000, 1000))
        wrong = [Fraction(far if attempt % 2 else rng.randint(-9, 9)) for _ in range(faulty)]
        wrong = [Fraction(1000)] * faulty if attempt == 0 else wrong
        found, middle = AGGREGATORS[name]([*honest, *wrong], faulty), average(honest)
        low, high = -_largest([-h for h in honest], kept), _largest(honest, kept)
        demand(low <= found <= high, f"{name} is not between {low} and {high}")
        spread = average([(h - middle) ** 2 for h in honest])
        demand((found - middle) ** 2 <= limit * spread, f"{name} is too far from the mean")
        if attempt == 0 and kept == int(kept):
            demand((found - middle) ** 2 == limit * spread, "the constant could be better")
