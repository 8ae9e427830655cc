"""Signs of rational functions under conditions."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel import signs as module
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.signs import Signs, denominators

x, y, z = sp.symbols("x y z", real=True)


def proves(given: list[Condition], goal: Condition) -> bool:
    try:
        Signs(given).require(goal)
    except ProofError:
        return False
    return True


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        ([], at_least(x**2)),
        ([], exceeds(1)),
        ([], at_least(0)),
        ([exceeds(x)], exceeds(x**3)),
        ([exceeds(x)], exceeds(1 / x)),
        ([exceeds(0, x)], exceeds(0, 1 / x)),
        ([exceeds(x)], at_least(y**2 / x)),
        ([exceeds(x), at_least(y)], at_least(x * y)),
        ([exceeds(x), at_least(y)], exceeds(x + y)),
        ([exceeds(x * y), exceeds(y)], exceeds(x)),
        ([exceeds(x), exceeds(y)], exceeds(x / y)),
        ([exceeds(x, 1)], exceeds(1 / (x - 1))),
        ([exceeds(1, x), at_least(x)], at_least(1 / (1 - x), 1)),
        ([at_least(x, y), at_least(y, z)], at_least(x, z)),
        ([exceeds(x * y**2)], exceeds(x)),
        ([at_least(x), exceeds(y), at_least(1, y)], at_least(x, x * y)),
        ([], at_least(x**2 + y**2, 2 * x * y)),
    ],
)
def test_what_follows(given: list[Condition], goal: Condition) -> None:
    assert proves(given, goal)


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        ([], exceeds(0)),
        ([], exceeds(x**2)),
        ([], at_least(x)),
        ([at_least(x)], exceeds(x)),
        ([at_least(x), at_least(y)], exceeds(x * y)),
        ([at_least(x), at_least(y)], exceeds(x + y)),
        ([at_least(x * y)], at_least(x)),
        ([at_least(x * y**2)], at_least(x)),
        ([at_least(x * y), at_least(y)], at_least(x)),
        ([exceeds(x)], exceeds(x, 1)),
        ([exceeds(x)], at_least(-1 / x)),
        ([at_least(x, y)], exceeds(x, y)),
        ([exceeds(x), exceeds(y)], at_least(x, y)),
        ([exceeds(x * y)], exceeds(x + y)),
    ],
)
def test_what_does_not_follow(given: list[Condition], goal: Condition) -> None:
    assert not proves(given, goal)


@pytest.mark.parametrize(
    ("given", "goal"),
    [
        ([], at_least(y**2 / x**2)),
        ([at_least(x)], at_least(1 / x)),
        ([exceeds(x)], at_least(1 / (x - 1) ** 2)),
        ([at_least(x), at_least(1, x)], at_least(1 / (1 - x))),
        ([], at_least(1 / (x + y), -1)),
        ([exceeds(x)], at_least(x / x + 1 / y, 1 + 1 / y)),
    ],
)
def test_a_denominator_that_may_vanish_is_refused(given: list[Condition], goal: Condition) -> None:
    with pytest.raises(ProofError, match="may vanish"):
        Signs(given).require(goal)


def test_a_condition_may_divide_only_by_what_earlier_ones_keep_from_zero() -> None:
    with pytest.raises(ProofError, match="may vanish"):
        Signs([at_least(1 / x), exceeds(x)])
    assert Signs([exceeds(x), at_least(y / x)]).require(at_least(y)).how == "product"


def test_division_by_zero_itself_is_refused() -> None:
    for quotient in (sp.zoo, sp.nan, sp.oo, 1 / (x - x)):
        with pytest.raises(ProofError):
            Signs([]).require(Condition(quotient, sp.S.Zero, False))


def test_facts_tell_how_they_were_decided() -> None:
    signs = Signs([exceeds(x), at_least(y, x)])
    assert signs.require(exceeds(x)).how == "given"
    assert signs.require(at_least(2)).how == "constant"
    product = signs.require(exceeds(x**3))
    assert (product.how, product.used) == ("product", (exceeds(x),))
    asked = signs.require(exceeds(y))
    assert asked.how == "z3"
    assert set(asked.used) == {exceeds(x), at_least(y, x)}


def test_a_failure_shows_a_point() -> None:
    with pytest.raises(ProofError, match="fails at x = "):
        Signs([exceeds(x)]).require(exceeds(x, 5))


def test_contradictory_conditions_have_no_witness() -> None:
    with pytest.raises(ProofError, match="contradict"):
        Signs([exceeds(x, y), exceeds(y, x)]).witness()
    with pytest.raises(ProofError, match="contradict"):
        Signs([exceeds(x**2 + 1, 0), exceeds(-(x**2))]).witness()
    with pytest.raises(ProofError, match="contradict"):
        Signs([exceeds(0)]).witness()


def test_a_witness_meets_every_condition() -> None:
    given = [exceeds(x), exceeds(1, x), at_least(y * x, 3), exceeds(z / x, y)]
    shown = Signs(given).witness()
    values = {sp.Symbol(name, real=True): sp.Rational(value) for name, value in shown.items()}
    for condition in given:
        left = condition.expression.subs(values)
        assert left > 0 if condition.strict else left >= 0


def test_no_answer_within_the_limit_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESOURCE_LIMIT", 1)
    with pytest.raises(ProofError, match="resource limit"):
        Signs([at_least(x**4 * y**3 + y, x), at_least(y**5 + x, z**3)]).require(
            at_least(x**7 * y + z**2 * x**3 + 3, y**3 * z)
        )
    with pytest.raises(ProofError, match="undecided"):
        Signs([at_least(x**4 * y**3 + y, x**3), at_least(y**5 + x, z**3 + 1)]).witness()


@pytest.mark.parametrize(
    "bad",
    [
        sp.Float(0.5) * x,
        sp.sqrt(x),
        sp.Abs(x),
        sp.exp(x),
        sp.pi * x,
        sp.Max(x, y),
        x**y,
        sp.Symbol("x") + 1,
        sp.Symbol("x", positive=True),
        sp.Symbol("x", real=True, nonzero=True),
        sp.Dummy("x", real=True),
        sp.I * x,
    ],
)
def test_only_rational_functions_of_real_symbols(bad: sp.Expr) -> None:
    with pytest.raises(ProofError):
        denominators(bad)
    with pytest.raises(ProofError):
        Signs([]).require(at_least(bad))
    with pytest.raises(ProofError):
        Signs([at_least(bad)])


def test_denominators_are_found_wherever_they_are() -> None:
    assert denominators(x / (y * (1 + 1 / z))) == {y, 1 + 1 / z, z}
    assert denominators(x + sp.Rational(1, 3)) == set()


def _polynomial(rng: random.Random) -> sp.Expr:
    return sp.Add(
        *(
            rng.randint(-2, 2) * x ** rng.randint(0, 2) * y ** rng.randint(0, 2)
            for _ in range(rng.randint(1, 3))
        )
    )


@pytest.mark.parametrize("seed", range(60))
def test_what_is_proved_is_true_on_a_grid(seed: int) -> None:
    """Whatever the way it was decided: no point of a grid meets the conditions and not the goal."""
    rng = random.Random(seed)

    def condition() -> Condition:
        left = _polynomial(rng) * _polynomial(rng)
        return Condition(sp.sympify(left), sp.S.Zero, rng.random() < 0.5)

    given, goal = [condition() for _ in range(rng.randint(0, 3))], condition()
    if not proves(given, goal):
        return
    grid = [Fraction(n, 2) for n in range(-5, 6)]
    for point in itertools.product(grid, repeat=2):
        at = {x: sp.Rational(point[0]), y: sp.Rational(point[1])}

        def true(c: Condition, at: dict[sp.Symbol, sp.Expr] = at) -> bool:
            value = c.expression.subs(at)
            return bool(value > 0 if c.strict else value >= 0)

        if all(true(c) for c in given):
            assert true(goal), (given, goal, at)
