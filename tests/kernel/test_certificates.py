"""The check of one inequality, the transition it speaks of, and the lemmas that use it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel import (
    BiasedOracle,
    Certificate,
    Condition,
    Expression,
    Function,
    Gap,
    Growth,
    PolyakLojasiewicz,
    QuadraticForm,
    Smooth,
    Square,
    SquaredNorm,
    Telescoping,
    at_least,
    constant,
    exceeds,
    inner,
    norm2,
)
from boundcalc.kernel.algebra import scalar, vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import check
from boundcalc.kernel.lemmas import LEMMAS, UNROLLINGS, Lemma, LemmaClaim
from boundcalc.kernel.signs import Signs
from boundcalc.kernel.transition import record, start, transition
from numerics.algorithms import SGD, SGDM

f = Function("f")
u, v = vector("u", "u"), vector("v", "v")
a, b, h = sp.symbols("a b h", real=True)
L, gamma, beta = sp.symbols("L gamma beta", real=True)
smooth = Smooth(f, L)
oracle = BiasedOracle(f, *sp.symbols("B C M sigma2", real=True))


# -- certificates ----------------------------------------------------------------------------------


def test_a_square_proves_what_it_expands_to() -> None:
    claim = norm2(u) + norm2(v) + 2 * inner(u, v)
    assert check(claim, Certificate(squares=[Square(sp.S.One, u + v)]), Signs([])).rest.expanded()


def test_a_rest_of_squares_is_allowed_and_nothing_else() -> None:
    check(norm2(u) + constant(1), Certificate(), Signs([]))
    for claim in (inner(u, v), f.value(u), f.value(u) - f.infimum, scalar("q", "q")):
        with pytest.raises(ProofError, match="left over"):
            check(claim, Certificate(), Signs([]))
    with pytest.raises(ProofError, match="left of the identity"):
        check(norm2(u) - constant(1), Certificate(), Signs([]))


def test_a_rest_needs_its_sign() -> None:
    check(a * norm2(u), Certificate(), Signs([at_least(a)]))
    with pytest.raises(ProofError):
        check(a * norm2(u), Certificate(), Signs([]))


def test_a_2x2_form_needs_all_its_minors() -> None:
    claim = a * norm2(u) + 2 * h * inner(u, v) + b * norm2(v)
    form = Certificate(forms=[QuadraticForm(u, v, a, h, b)])
    minors = [at_least(a), at_least(b), at_least(a * b, h**2)]
    check(claim, form, Signs(minors))
    # a >= 0 and the determinant leave b < 0 only where a = h = 0.
    for given in (minors[:2], minors[:1], minors[2:], [minors[0], minors[2]]):
        with pytest.raises(ProofError, match="minor"):
            check(claim, form, Signs(given))


@dataclass(frozen=True)
class Known:
    expression: Expression
    name: str = "premise"


def test_a_multiplier_may_not_be_negative() -> None:
    premise = Known(norm2(u) - norm2(v))
    claim = a * (norm2(u) - norm2(v))
    check(claim, Certificate(using=[(a, premise)]), Signs([at_least(a)]))
    with pytest.raises(ProofError, match="multiplier of the premise"):
        check(claim, Certificate(using=[(a, premise)]), Signs([]))


def test_a_denominator_may_not_vanish_even_where_it_cancels() -> None:
    premise = Known(a * norm2(u))
    proof = Certificate(using=[(1 / a, premise)])
    with pytest.raises(ProofError, match="may vanish"):
        check(norm2(u), proof, Signs([at_least(a)]))
    check(norm2(u), proof, Signs([exceeds(a)]))


def test_non_negative_quantities() -> None:
    gap = Gap(f, u)
    check(2 * gap.expression, Certificate(bounded=[(2, gap)]), Signs([]))
    check(norm2(u), Certificate(bounded=[(1, SquaredNorm(u))]), Signs([]))
    with pytest.raises(ProofError):
        check(-1 * gap.expression, Certificate(bounded=[(-1, gap)]), Signs([]))


def test_an_identity_that_fails_by_little_fails() -> None:
    tiny = sp.Rational(1, 10**40)
    claim = norm2(u) + (2 - tiny) * inner(u, v) + norm2(v)
    with pytest.raises(ProofError, match="left over"):
        check(claim, Certificate(squares=[Square(sp.S.One, u + v)]), Signs([]))


def test_floats_are_refused() -> None:
    with pytest.raises(ProofError):
        check(1e20 * norm2(u), Certificate(), Signs([]))


# -- assumptions -----------------------------------------------------------------------------------


def test_assumptions_give_their_own_inequalities() -> None:
    def same(instance: Instance, expected: Expression) -> bool:
        return not (instance.expression - expected).expanded().coefficients

    g, k = f.gradient(u), f.gradient(v)
    assert same(
        smooth.descent(u, v),
        f.value(u) + inner(g, v - u) + L / 2 * norm2(v - u) - f.value(v),
    )
    assert same(smooth.lipschitz(u, v), L**2 * norm2(u - v) - norm2(g - k))
    assert same(PolyakLojasiewicz(f, a).pl(u), norm2(g) - 2 * a * f.value(u) + 2 * a * f.infimum)
    with pytest.raises(ProofError, match="not 'convexity'"):
        smooth.at("convexity", u)


# -- one iteration ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def momentum() -> Any:
    return transition(record(SGDM, of_workers=False), oracle, {"x_prev": "x"})


def test_the_update_on_abstract_vectors(momentum: Any) -> None:
    now, x = momentum.now, momentum.now.x
    estimate = f.gradient(x) + oracle.bias(x) + oracle.noise(x)
    average = (1 - beta) * now.v + beta * estimate
    assert momentum.estimate == estimate
    assert momentum.next.v == average
    assert momentum.next.x == x - gamma * average
    assert momentum.next.x_prev == x


def test_a_function_of_the_state_is_carried_to_the_next(momentum: Any) -> None:
    now, following = momentum.now, momentum.next

    def lyapunov(s: Any) -> Expression:
        return f.value(s.x) + a * norm2(s.v - f.gradient(s.x_prev)) + b * norm2(s.x - s.x_prev)

    moved = momentum.advance(lyapunov(now))
    assert not (moved - lyapunov(following)).expanded().coefficients


def test_the_noise_is_orthogonal_to_the_past_and_not_to_the_next_gradient(momentum: Any) -> None:
    x, z = momentum.now.x, oracle.noise(momentum.now.x)
    for past in (x, momentum.now.v, f.gradient(x), oracle.bias(x)):
        assert not inner(z, past).coefficients
    for later in (momentum.next.x, f.gradient(momentum.next.x), z):
        assert inner(z, later).coefficients


def test_what_is_not_of_the_state_is_not_carried(momentum: Any) -> None:
    x = momentum.now.x
    outside = [
        norm2(oracle.bias(x)),
        inner(oracle.noise(x), oracle.noise(x)),
        f.value(momentum.next.x),
        norm2(f.gradient(momentum.next.x)),
        norm2(vector("w", "w")),
        scalar("q", "q"),
    ]
    first = start(record(SGDM, of_workers=False), oracle, {"x_prev": "x"})
    for expression in outside:
        with pytest.raises(ProofError, match="not of the state"):
            momentum.advance(expression)
        with pytest.raises(ProofError, match="not of the state"):
            first.begin(momentum.now, expression)


def test_the_start(momentum: Any) -> None:
    first = start(record(SGDM, of_workers=False), oracle, {"x_prev": "x"})
    now = momentum.now
    assert not first.begin(now, norm2(now.x - now.x_prev)).coefficients
    error = first.begin(now, norm2(now.v - f.gradient(now.x_prev)))
    assert not (error - norm2(first.error)).expanded().coefficients
    assert not (first.begin(now, f.value(now.x)) - f.value(first.x)).expanded().coefficients


def test_the_method_without_momentum() -> None:
    t = transition(record(SGD, of_workers=False), oracle, {})
    assert t.next.x == t.now.x - gamma * t.estimate
    with pytest.raises(AttributeError, match="the state has x, not 'v'"):
        _ = t.now.v


@pytest.mark.parametrize("remembers", [{"x": "x"}, {"v": "x"}, {"old": "y"}])
def test_what_cannot_be_remembered(remembers: dict[str, str]) -> None:
    recorded = record(SGDM, of_workers=False)
    with pytest.raises(ProofError, match="cannot be remembered"):
        transition(recorded, oracle, remembers)
    with pytest.raises(ProofError, match="cannot be remembered"):
        start(recorded, oracle, remembers)


# -- lemmas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LEMMAS)
def test_a_lemma_proves(name: str) -> None:
    proved = LEMMAS[name].prove()
    assert len(proved) == len(LEMMAS[name].claims())


@pytest.mark.parametrize("rule", UNROLLINGS)
def test_what_an_unrolling_demands_and_concludes_is_its_lemmas(rule: type) -> None:
    assert rule.lemma in LEMMAS.values()
    assert rule.concludes <= {"mean", "least", "last"}


# In each claim of each lemma: what is claimed made a little larger on the left.
CLAIMS = [(name, i) for name, lemma in LEMMAS.items() for i in range(len(lemma.claims()))]


@pytest.mark.parametrize(("name", "index"), CLAIMS)
def test_a_stronger_claim_is_refused(name: str, index: int) -> None:
    def claims() -> list[LemmaClaim]:
        changed = list(LEMMAS[name].claims())
        claim = changed[index]
        changed[index] = replace(claim, claim=claim.claim - constant(sp.Rational(1, 10**6)))
        return changed

    with pytest.raises(ProofError):
        Lemma(name, "", claims).prove()


NEEDED = [
    (name, i, j)
    for name, lemma in LEMMAS.items()
    for i, claim in enumerate(lemma.claims())
    for j in range(len(claim.certificate.using))
]


@pytest.mark.parametrize(("name", "index", "used"), NEEDED)
def test_a_premise_left_out_is_missed(name: str, index: int, used: int) -> None:
    def claims() -> list[LemmaClaim]:
        changed = list(LEMMAS[name].claims())
        claim = changed[index]
        using = [pair for i, pair in enumerate(claim.certificate.using) if i != used]
        changed[index] = replace(claim, certificate=replace(claim.certificate, using=using))
        return changed

    with pytest.raises(ProofError):
        Lemma(name, "", claims).prove()


def test_lemmas_need_their_demands() -> None:
    """Without c > 0, 0 < rho <= 1, a > 0 nothing is concluded."""

    def without_conditions(claim: LemmaClaim) -> list[LemmaClaim]:
        return [replace(claim, given=[])]

    refused = 0
    for name in ("telescoping", "geometric", "growth"):
        claim = LEMMAS[name].claims()[-1]
        try:
            Lemma(name, "", lambda claim=claim: without_conditions(claim)).prove()  # type: ignore[misc]
        except ProofError:
            refused += 1
    assert refused == 3


@pytest.mark.parametrize("count", range(1, 6))
def test_the_growth_conclusion_is_reached_in_a_worst_case(count: int) -> None:
    """Equality at every step and one m for all k: the bound is attained, so it cannot be less."""
    growth, decrease, error = sp.Rational(1, 3), sp.Rational(1, 2), sp.Rational(1, 5)
    rule = Growth(growth, decrease)
    V0 = sp.Integer(7)
    discounted = sp.Add(*((1 + growth) ** -j for j in range(1, count + 1)))
    weights = rule.weights(sp.Integer(count), discounted)
    bound = weights.start * V0 + weights.error * error
    V = V0
    for _ in range(count):
        V = (1 + growth) * V - decrease * bound + error
    assert sp.simplify(V) == 0


def test_the_telescoping_conclusion_is_reached_in_a_worst_case() -> None:
    weights = Telescoping(sp.Rational(1, 2)).weights(sp.Integer(4), sp.S.One)
    bound = weights.start * 7 + weights.error * sp.Rational(1, 5)
    assert 7 - 4 * (sp.Rational(1, 2) * bound - sp.Rational(1, 5)) == 0


def test_conditions_are_compared_by_what_they_say() -> None:
    assert at_least(a, b, "one reason") == at_least(a, b, "another")
    assert at_least(a, b) != exceeds(a, b)
    assert Condition(a, b, True) == exceeds(a, b)
