"""The largest step over all proof parameters: known formulas, and random attempts to pass it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import boundcalc
from boundcalc import Theorem, UsageError
from boundcalc.exact.surd import Surd
from boundcalc.facade import TheoremHandle
from boundcalc.model.compose import compose
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import GAMMA
from boundcalc.registry import catalogue, estimator, estimators
from boundcalc.solve.edges import Steps, steps
from boundcalc.solve.points import largest_step, programs
from boundcalc.solve.program import Program
from boundcalc.solve.values import read_values

_GAMMA = GAMMA.name
SHARP = boundcalc.theorem("sgd-nonconvex")


def sharp(theorem: Theorem, values: Mapping[str, object]) -> Steps:
    """The steps of the sharp form."""
    given = read_values(theorem, values, required=False)
    (program,) = programs(theorem, given, ["sharp"])
    return steps(program, given)


@pytest.mark.parametrize(
    "dimensions", [range(2, 13), pytest.param(range(13, 61), marks=pytest.mark.slow)]
)
def test_every_topk_has_the_supremum_of_its_formula(dimensions: range) -> None:
    """Without noise it is 2/(1 + sqrt(B)) over L, with B = 1 - k/d."""
    theorem = compose(SHARP.declaration, estimator("topk"))
    for d in dimensions:
        for k in range(1, d):
            found = sharp(theorem, {"L": 1, "k": k, "d": d})
            bias = 1 - sp.Rational(k, d)
            exact = 2 / (1 + sp.sqrt(bias))
            assert found.edge is not None and found.edge.gamma is not None
            gap = exact - sp.Rational(found.edge.gamma.numerator, found.edge.gamma.denominator)
            assert 0 <= sp.N(gap, 60) < sp.Rational(1, 2**100), (k, d)


@pytest.mark.parametrize("B", [*(Fraction(i, 20) for i in range(20)), "0.99", "1e-9", "1e-80"])
def test_plain_bias_has_the_supremum_of_its_formula(B: Fraction | str) -> None:
    found = sharp(
        SHARP.declaration, {"L": 3, "B": Fraction(B), "M": 0, "C": 0, "sigma2": 0, "Delta": 1}
    )
    assert found.largest is not None
    exact = sp.Rational(2, 3) / (1 + sp.sqrt(sp.Rational(Fraction(B))))
    largest = found.largest[_GAMMA]
    assert found.program.broken(found.largest) is None
    assert sp.N(largest.to_sympy() - exact, 50) < 0
    assert math.nextafter(float(largest), 1) >= float(sp.N(exact, 50))


@pytest.mark.parametrize(
    ("name", "values", "exact"),
    [
        ("topk", {"k": 1, "d": 10}, 1.0263340389897240),
        ("topk", {"k": 3, "d": 10}, 1.0889331564394961),
        ("scaled-sign", {"d": 4}, 1.0717967697244908),
        ("contractive", {"alpha": 0.25}, 1.0717967697244908),
    ],
)
def test_the_command_reports_it(name: str, values: dict[str, float], exact: float) -> None:
    answer = SHARP.with_estimator(estimator(name)).step_size(L=1, **values)
    assert answer.gamma_max_sharp == pytest.approx(exact, rel=3e-16)
    assert answer.gamma_max == 1 and answer.attained is True


def test_noise_moves_the_supremum() -> None:
    """Over w = 1/p, 2 - u - (1 - u)^2/(w - u) - B w - M u is largest at w = u + |1 - u|/sqrt(B)."""
    B, M = sp.Rational(1, 4), sp.Rational(1, 10)
    u = sp.Symbol("u", positive=True)
    # 2 - u - M u - B u - 2 sqrt(B) (u - 1) = 0 beyond u = 1.
    (root,) = sp.solve(2 - u - M * u - B * u - 2 * sp.sqrt(B) * (u - 1), u)
    found = sharp(SHARP.declaration, {"L": 1, "B": Fraction(1, 4), "M": Fraction(1, 10)})
    assert found.edge is not None and found.edge.gamma is not None
    assert float(root) > 1
    assert float(found.edge.gamma) == pytest.approx(float(root), rel=1e-15)


def test_what_a_bound_admits_is_below_the_supremum() -> None:
    theorem = compose(boundcalc.theorem("sgd-pl").declaration, estimator("topk"))
    values = {
        "L": Fraction(4671, 9164), "mu": Fraction(2973, 9934), "k": 2, "d": 7, "n": 1,
        "B_h": Fraction(173, 9757), "delta2": Fraction(188, 7431),
        "sigma0_2": Fraction(7994, 6885), "Delta": Fraction(9694, 9093),
    }  # fmt: skip
    answer = TheoremHandle(theorem).step_size(**values)
    assert isinstance(answer.gamma_max_sharp, float)
    assert answer.gamma_max_sharp > 2.1
    assert math.isfinite(TheoremHandle(theorem).bound(10, gamma=2.1, **values).value)
    bias = Fraction(5, 7) * (1 + Fraction(173, 9757))
    exact = 2 / (1 + math.sqrt(bias)) * 9164 / 4671
    assert answer.gamma_max_sharp == pytest.approx(exact, rel=1e-14)
    assert math.isfinite(
        TheoremHandle(theorem).bound(10, gamma=answer.gamma_max_sharp, **values).value
    )
    with pytest.raises(UsageError, match="above the limit"):
        TheoremHandle(theorem).bound(10, gamma=answer.gamma_max_sharp * (1 + 1e-12), **values)


@pytest.mark.parametrize("scale", ["1e-80", "1e-9", "1e9"])
def test_the_unit_of_length_does_not_matter(scale: str) -> None:
    momentum = boundcalc.theorem("sgdm-nonconvex")
    values = {"beta": Fraction(1, 2), "B": Fraction(1, 25), "M": Fraction(1, 10)}
    one, scaled = (
        sharp(momentum.declaration, {"L": L, **values}).edge for L in (1, Fraction(scale))
    )
    assert one is not None and scaled is not None and one.gamma and scaled.gamma
    assert float(scaled.gamma * Fraction(scale) / one.gamma) == pytest.approx(1, rel=1e-15)


# -- every theorem and estimator -----------------------------------------------------------


def limited() -> Iterator[tuple[str, Theorem]]:
    """Every theorem that limits the step, by itself and with every estimator that it takes."""
    for name, theorem in catalogue().items():
        if theorem.limits_steps:
            yield name, theorem
            if theorem.gradients is not Gradients.OTHER:
                for one in estimators().values():
                    try:
                        yield f"{name}+{one.name}", compose(theorem, one)
                    except UsageError:
                        continue


LIMITED = dict(limited())
# A few of them in the ordinary suite.
ORDINARY = (
    "sgd-pl", "sgdm-nonconvex", "sgdm-pl", "sgd-nonconvex+shuffle", "sgdm-pl+contractive",
    "dcgd-convex", "delayed-dcgd-strongly-convex", "delayed-cgd-nonconvex", "delayed-cgd-pl",
)  # fmt: skip

# Points found in floats that are checked exactly, at most.
_CHECKED = 200


def constants(theorem: Theorem, rng: random.Random) -> dict[str, Surd] | None:
    """Ordinary constants, or None where they contradict each other."""
    found: dict[str, object] = {}
    for p in theorem.parameters:
        if p.role == "free" or p.name == _GAMMA or p.derived is not None:
            continue
        if p.whole:
            found[p.name] = rng.randint(int(p.domain.lower or 0), 8)
        elif p.domain.upper is not None:
            found[p.name] = Fraction(rng.randint(1, 999), 1000)
        else:
            found[p.name] = Fraction(rng.randint(1, 999), rng.randint(1, 999))
        zero = p.domain.lower == 0 and not p.domain.lower_open
        if zero and rng.random() < 0.2:
            found[p.name] = 0
    try:
        return read_values(theorem, found, answers=(_GAMMA,))
    except UsageError:
        return None


def beyond(program: Program, those: Steps, rng: np.random.Generator, samples: int) -> float:
    """The longest step that some of many proof parameters admit, as a part of the supremum."""
    assert those.edge is not None and those.edge.gamma is not None
    edge = float(those.edge.gamma)
    values = {name: np.asarray(float(v)) for name, v in those.given.items()}
    values[_GAMMA] = edge * (1 + 10.0 ** rng.uniform(-9, 1, samples))
    half = samples // 2
    for name in those.free:
        wide = program.theorem.parameter(name).domain.upper is None
        spread = 10.0 ** rng.uniform(-8, 8, samples)
        drawn = spread if wide else spread / (1 + spread)
        if those.largest is not None:
            # Half of them near those that prove the supremum.
            near = float(those.largest[name])
            moved = near * np.exp(rng.standard_normal(half) * 10.0 ** rng.uniform(-6, 0, half))
            drawn[:half] = moved if wide else np.minimum(moved, 1.0)
        values[name] = drawn
    inside = program.violation(values) == 0
    # Floats may be wrong where large terms cancel: what they find is checked exactly.
    longer = np.flatnonzero(inside & (values[_GAMMA] > edge * (1 + 1e-8)))
    for i in longer[:_CHECKED]:
        names = (_GAMMA, *those.free)
        exactly = {name: Surd.rational(Fraction(float(values[name][i]))) for name in names}
        if program.broken({**those.given, **exactly}) is None:
            return float(values[_GAMMA][i]) / edge
    return 1.0


def attacked(theorem: Theorem, seed: int, times: int, samples: int) -> None:
    rng, draws = random.Random(seed), np.random.default_rng(seed)
    tried = 0
    for _ in range(50 * times):
        given = constants(theorem, rng)
        if given is None:
            continue
        for program in programs(theorem, given):
            found = largest_step(program, given)
            if found is None:
                continue
            tried += 1
            edge, point = found
            assert edge.gamma is not None
            assert program.broken(point.values) is None
            largest = float(point.values[_GAMMA])
            assert largest == pytest.approx(float(edge.gamma), rel=1e-14)
            assert beyond(program, steps(program, given), draws, samples) <= 1 + 1e-8, given
        if tried >= times:
            return
    pytest.skip("no constants that admit a step were drawn")


@pytest.mark.parametrize("name", ORDINARY)
def test_no_proof_parameters_admit_more(name: str) -> None:
    attacked(LIMITED[name], seed=1, times=4, samples=100_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIMITED)
def test_no_proof_parameters_admit_more_anywhere(name: str) -> None:
    attacked(LIMITED[name], seed=2, times=10, samples=400_000)
