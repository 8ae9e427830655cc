"""Compressors by name: formulas for their constants, each with its proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from boundcalc.kernel import Condition, at_least, exceeds
from boundcalc.kernel.coordinates import (
    MAGNITUDE,
    NORM,
    NORM1,
    Case,
    Coordinatewise,
    Lemma,
    Outcome,
    Selection,
)
from boundcalc.model.estimator import Estimator
from boundcalc.model.parameters import Parameter
from numerics import Compressor, Problem
from numerics.compressors import (
    Dithering,
    Grid,
    Identity,
    Natural,
    RandK,
    ScaledSign,
    Sparsifier,
    Ternary,
    TopK,
)
from theorems.estimators.parameters import (
    DIMENSION,
    KEPT,
    LEVELS,
    PITCH,
    PROBABILITY,
    ROOT,
)
from theorems.estimators.simulations import first_gradient, sent, share, short
from theorems.estimators.workers import absolute, alpha, c, contractive, omega, unbiased

d, k, root = DIMENSION.symbol, KEPT.symbol, ROOT.symbol
p_min, levels, pitch = PROBABILITY.symbol, LEVELS.symbol, PITCH.symbol
a, ZERO, ONE = MAGNITUDE, sp.S.Zero, sp.S.One
FEWER = at_least(d, k, "no more entries are sent than there are")


def instance(
    general: Estimator,
    name: str,
    title: str,
    parameters: Sequence[Parameter],
    implied: Mapping[sp.Symbol, sp.Expr],
    lemma: Lemma,
    compressor: Callable[[Mapping[str, Any]], Compressor],
    given: Sequence[Condition] = (),
    choices: Callable[[Problem], Mapping[str, float]] = lambda problem: {},
) -> Estimator:
    """Return a named compressor: the general estimator with a formula for its constant."""
    assert general.trial is not None
    kept = [p for p in general.parameters if p.symbol not in implied]
    return replace(
        general,
        name=name,
        title=title,
        parameters=[*parameters, *kept],
        implied=implied,
        given=[*general.given, *given],
        of=general,
        lemma=lemma,
        compressor=compressor,
        trial=sent(compressor, choices, general.trial.problems),
    )


def kept_or_not(probability: sp.Expr, value: sp.Expr) -> tuple[Outcome, Outcome]:
    """Return an entry that is sent with this probability, and zero else."""
    return Outcome(probability, value), Outcome(1 - probability, ZERO)


identity = instance(
    unbiased,
    "identity",
    "with uncompressed gradients",
    [],
    {omega: ZERO},
    Coordinatewise("unbiased", [Case([Outcome(ONE, a)])], sp.S.Zero * a**2),
    lambda values: Identity(),
)
topk = instance(
    contractive,
    "topk",
    "with top-k gradients",
    [KEPT, DIMENSION],
    {alpha: k / d},
    Selection(k),
    lambda values: TopK(values["k"]),
    (FEWER,),
    share(0.8),
)
randk = instance(
    unbiased,
    "randk",
    "with random k entries, scaled",
    [KEPT, DIMENSION],
    {omega: d / k - 1},
    Coordinatewise("unbiased", [Case(kept_or_not(k / d, a * d / k))], (d / k - 1) * a**2),
    lambda values: RandK(values["k"]),
    (FEWER,),
    share(0.5),
)
own = sp.Symbol("p_j", real=True)
sparsifier = instance(
    unbiased,
    "sparsifier",
    "with entries sent at random, scaled",
    [PROBABILITY],
    {omega: 1 / p_min - 1},
    Coordinatewise(
        "unbiased",
        [
            Case(
                kept_or_not(own, a / own),
                exists=[at_least(own, p_min), at_least(1, own)],
                example={own: p_min},
            )
        ],
        (1 / p_min - 1) * a**2,
    ),
    lambda values: Sparsifier(values["p_min"]),
    choices=lambda problem: {"p_min": 0.5},
)
power = sp.Symbol("w", real=True)
natural = instance(
    unbiased,
    "natural",
    "with natural compression",
    [],
    {omega: sp.Rational(1, 8)},
    # Between the powers of two w and 2w around it.
    Coordinatewise(
        "unbiased",
        [
            Case(
                [Outcome((2 * power - a) / power, power), Outcome((a - power) / power, 2 * power)],
                exists=[exceeds(power), at_least(a, power), at_least(2 * power, a)],
                example={power: a},
            )
        ],
        a**2 / 8,
    ),
    lambda values: Natural(),
)
scaled_sign = instance(
    contractive,
    "scaled-sign",
    "with scaled signs",
    [DIMENSION],
    {alpha: 1 / d},
    Coordinatewise(
        "contractive",
        [Case([Outcome(ONE, NORM1 / d)])],
        a**2 - 2 * a * NORM1 / d + NORM1**2 / d**2,
    ),
    lambda values: ScaledSign(),
)
off = sp.Symbol("r", real=True)
grid = instance(
    absolute,
    "grid",
    "with gradients rounded to a grid",
    [PITCH, DIMENSION, ROOT],
    {c: root * pitch / 2},
    Coordinatewise(
        "absolute",
        [
            Case(
                [Outcome(ONE, a + off)],
                exists=[at_least(pitch**2 / 4, off**2)],
                example={off: ZERO},
            )
        ],
        pitch**2 / 4,
    ),
    lambda values: Grid(values["pitch"]),
    choices=lambda problem: {"pitch": short(0.02 * first_gradient(problem))},
)
ternary = instance(
    unbiased,
    "ternary",
    "with ternary gradients",
    [DIMENSION, ROOT],
    {omega: root - 1},
    Coordinatewise("unbiased", [Case(kept_or_not(a / NORM, NORM))], a * NORM - a**2),
    lambda values: Ternary(),
)

# -- random dithering ------------------------------------------------------------------

scale, level = a * levels / NORM, sp.Symbol("j", real=True)
low, high = level * NORM / levels, (level + 1) * NORM / levels
# The two levels around the scaled magnitude; the lower one is zero, or one of 1, 2, ...
LEVEL_CASES = (
    Case(kept_or_not(scale, NORM / levels), high=ONE),
    Case(
        [Outcome(level + 1 - scale, low), Outcome(scale - level, high)],
        low=ONE,
        exists=[at_least(level, 1), at_least(scale, level), at_least(level + 1, scale)],
        example={level: scale},
    ),
)
unit = (NORM / levels) ** 2
# The tangent of u - u^2, as a function of u^2, at its mean over the coordinates.
mean = levels / root
slope = (1 - 2 * mean) / (2 * mean)
tangent = sp.expand(unit * (slope * (scale**2 - mean**2) + mean - mean**2))

fine = instance(
    unbiased,
    "dithering",
    "with random dithering",
    [LEVELS, DIMENSION, ROOT],
    {omega: d / (4 * levels**2)},
    Coordinatewise("unbiased", LEVEL_CASES, unit / 4, scale),
    lambda values: Dithering(values["levels"]),
    choices=lambda problem: {"levels": 2},
)
# A single level: no magnitude is beyond it.
SINGLE = at_least(1, levels, "there is one level")
# A single entry is its own norm, so that it is scaled to the number of levels, a level itself.
ALONE = at_least(1, d, "there is one entry")
KEPT_WHOLE = Case([Outcome(ONE, a)])
dithering = replace(
    fine,
    alternatives=[
        replace(
            fine,
            variant="few levels",
            implied={omega: root / levels - 1},
            given=[*fine.given, at_least(root, 2 * levels, "there are few levels")],
            lemma=Coordinatewise("unbiased", LEVEL_CASES, tangent, scale),
        ),
        replace(
            fine,
            variant="one level",
            implied={omega: root / levels - 1},
            given=[*fine.given, SINGLE],
            lemma=Coordinatewise("unbiased", LEVEL_CASES[:1], a * NORM / levels - a**2, scale),
        ),
        replace(
            fine,
            variant="one entry",
            implied={omega: ZERO},
            given=[*fine.given, ALONE],
            lemma=Coordinatewise("unbiased", [KEPT_WHOLE], ZERO * a**2),
        ),
    ],
)
del fine
