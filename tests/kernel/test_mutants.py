"""False theorems and wrong proofs, one change away from a true one: the kernel refuses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sympy as sp

from boundcalc.facade import TheoremHandle
from boundcalc.kernel import (
    BiasedOracle,
    BoundedBelow,
    Certificate,
    Expression,
    Function,
    Gap,
    Geometric,
    Growth,
    QuadraticForm,
    Smooth,
    Square,
    State,
    Telescoping,
    Vector,
    exceeds,
    norm2,
)
from boundcalc.kernel.algebra import DrawnAt, GradientAt, scalar
from boundcalc.kernel.assumptions import Instance
from boundcalc.model.measures import GAP, SQUARED_GRADIENT
from boundcalc.model.parameters import DELTA
from boundcalc.model.theorem import Form, Theorem
from numerics.algorithms import Momentum, StochasticGradient
from theorems import momentum, sgd
from theorems.momentum import AVERAGING, CONTRACTS, D, W, X, sgdm_nonconvex, sgdm_pl
from theorems.sgd import (
    LEFT,
    SHORT_OR_EQUAL,
    B,
    C,
    L,
    M,
    N,
    S,
    T,
    U,
    c,
    f,
    gamma,
    mu,
    oracle,
    pl,
    rho,
    sgd_nonconvex,
    sgd_pl,
    sigma2,
    smooth,
)

beta, theta = momentum.beta, momentum.theta
HALF = sp.Rational(1, 2)


# -- how to change a theorem -----------------------------------------------------------------------


def step(theorem: Theorem, **changes: Any) -> Theorem:
    return replace(theorem, step=replace(theorem.step, **changes))


def certificate(theorem: Theorem, change: Callable[[Certificate], Certificate]) -> Theorem:
    proof = theorem.step.certificate
    return step(theorem, certificate=lambda t: change(proof(t)))


def multiplier(theorem: Theorem, index: int, factor: Any) -> Theorem:
    def change(proof: Certificate) -> Certificate:
        using = list(proof.using)
        using[index] = (factor * using[index][0], using[index][1])
        return replace(proof, using=using)

    return certificate(theorem, change)


def square(theorem: Theorem, index: int, **changes: Any) -> Theorem:
    def change(proof: Certificate) -> Certificate:
        squares = list(proof.squares)
        squares[index] = replace(squares[index], **changes)
        return replace(proof, squares=squares)

    return certificate(theorem, change)


def quadratic(theorem: Theorem, index: int, **changes: Any) -> Theorem:
    def change(proof: Certificate) -> Certificate:
        forms = list(proof.forms)
        forms[index] = replace(forms[index], **changes)
        return replace(proof, forms=forms)

    return certificate(theorem, change)


def assumption(theorem: Theorem, kind: type) -> Theorem:
    """The theorem without its assumption of that kind."""
    return replace(theorem, assumes=[a for a in theorem.assumes if not isinstance(a, kind)])


def error(theorem: Theorem, **changes: Any) -> Theorem:
    return step(theorem, error={**theorem.step.error, **changes})


def without_step_condition(theorem: Theorem, index: int) -> Theorem:
    given = list(theorem.step.given)
    del given[index]
    return step(theorem, given=given)


def forms(theorem: Theorem, change: Callable[[Form], Form]) -> Theorem:
    return replace(theorem, forms=[change(form) for form in theorem.forms])


def without_condition(theorem: Theorem, condition: Any) -> Theorem:
    return forms(
        theorem, lambda form: replace(form, given=[x for x in form.given if x != condition])
    )


def formula(theorem: Theorem, symbol: sp.Symbol, change: Callable[[sp.Expr], Any]) -> Theorem:
    def changed(form: Form) -> Form:
        new = sp.sympify(change(form.formulas[symbol]))
        return replace(form, formulas={**form.formulas, symbol: new})

    return forms(theorem, changed)


def lyapunov(theorem: Theorem, change: Callable[[Expression, State], Expression]) -> Theorem:
    old = theorem.step.lyapunov
    return step(theorem, lyapunov=lambda s: change(old(s), s))


def branch(theorem: Theorem, when: Mapping[sp.Symbol, Any], **changes: Any) -> Theorem:
    """The theorem with its branches for particular values changed."""
    return forms(theorem, lambda form: replace(form, **changes, when=when) if form.when else form)


def start(theorem: Theorem, **changes: Callable[[Expression], Expression]) -> Theorem:
    old = theorem.step.start

    def changed(first: Any) -> dict[sp.Symbol, Expression]:
        return {
            symbol: changes[symbol.name](meaning) if symbol.name in changes else meaning
            for symbol, meaning in old(first).items()
        }

    return step(theorem, start=changed)


# -- objects that claim what is not so -------------------------------------------------------------


@dataclass(frozen=True)
class Edited(Instance):
    """The descent lemma with all but the values struck out."""

    @property
    def expression(self) -> Expression:
        x, y = self.arguments
        return f.value(x) - f.value(y)


@dataclass(frozen=True)
class Claimed:
    """An inequality out of nowhere: -||g||^2 >= 0."""

    argument: Vector
    name = "claim"

    @property
    def expression(self) -> Expression:
        return -norm2(self.argument)


@dataclass(frozen=True)
class CorrelatedOracle(BiasedOracle):
    """A bias that moves with the noise."""

    def latex(self) -> str:
        return "the bias is drawn together with the noise"

    def bias(self, x: Vector) -> Vector:
        return Vector({DrawnAt("b", "b_k", x.stage + 1, point=x): 1})


@dataclass(frozen=True)
class BiasedNoiseOracle(BiasedOracle):
    """Noise whose mean need not be zero."""

    def latex(self) -> str:
        return "the noise may have a mean"

    def noise(self, x: Vector) -> Vector:
        return Vector({DrawnAt("z", "z_k", x.stage + 1, point=x): 1})


@dataclass(frozen=True)
class TwiceAsFar(StochasticGradient):
    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        return {"x": state["x"] - 2 * p["gamma"] * gradient}


@dataclass(frozen=True)
class Uphill(StochasticGradient):
    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        return {"x": state["x"] + p["gamma"] * gradient}


@dataclass(frozen=True)
class WeightsSwapped(Momentum):
    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        v = p["beta"] * state["v"] + (1 - p["beta"]) * gradient
        return {"x": state["x"] - p["gamma"] * v, "v": v}


@dataclass(frozen=True)
class HeavyBall(Momentum):
    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        v = (1 - p["beta"]) * state["v"] + gradient
        return {"x": state["x"] - p["gamma"] * v, "v": v}


@dataclass(frozen=True)
class OldAverage(Momentum):
    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        v = (1 - p["beta"]) * state["v"] + p["beta"] * gradient
        return {"x": state["x"] - p["gamma"] * state["v"], "v": v}


def with_oracle(theorem: Theorem, kind: type[BiasedOracle]) -> Theorem:
    """The theorem and its certificate for another kind of oracle."""
    other = kind(f, B, C, M, sigma2)
    instance = {oracle: other}

    def moved(proof: Certificate) -> Certificate:
        using = [
            (w, Instance(instance.get(i.assumption, i.assumption), i.rule, i.arguments))  # type: ignore[attr-defined]
            for w, i in proof.using
        ]
        images = {
            basis: replacement
            for x in _points(proof)
            for old, replacement in (
                (oracle.bias(x), other.bias(x)),
                (oracle.noise(x), other.noise(x)),
            )
            for basis in old.coefficients
        }
        squares = [Square(s.weight, s.argument.substitute(images)) for s in proof.squares]
        quadratics = [
            replace(q, u=q.u.substitute(images), v=q.v.substitute(images)) for q in proof.forms
        ]
        return replace(proof, using=using, squares=squares, forms=quadratics)

    assumes = [instance.get(a, a) for a in theorem.assumes]
    return certificate(replace(theorem, assumes=assumes), moved)


def _points(proof: Certificate) -> list[Vector]:
    return [i.arguments[0] for _, i in proof.using if i.assumption == oracle]  # type: ignore[attr-defined]


def forged_gradient(s: State) -> Expression:
    """A vector that looks like the gradient but has mean zero; after the step it would be real."""
    basis = GradientAt("g", "g", 1, True, function="f", point=s.x)
    return sgd.gap(s) + HALF * norm2(Vector({basis: 1}))


class Counting:
    """A Lyapunov function that is another one each time it is asked."""

    def __init__(self, *answers: Callable[[State], Expression]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, s: State) -> Expression:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer(s)


other = Function("h")

# Each: what was changed -- why the statement became false, or the proof wrong.
MUTANTS: dict[str, Theorem] = {
    # multipliers
    "descent lemma twice -- f(x+) is then counted twice": multiplier(sgd_nonconvex, 0, 2),
    "half the bias bound -- the bias is not paid for": multiplier(sgd_nonconvex, 1, HALF),
    "negative noise bound -- an inequality turned round": multiplier(sgd_nonconvex, 2, -1),
    "noise bound left out -- the noise is not paid for": multiplier(sgd_pl, 2, 0),
    "PL twice -- the gradient is spent twice": multiplier(sgd_pl, 3, 2),
    "no Lipschitz gradient -- the drift is not paid for": multiplier(sgdm_nonconvex, 1, 0),
    "momentum's bias bound twice -- wrong identity": multiplier(sgdm_nonconvex, 2, 2),
    "momentum's PL turned round -- an inequality turned round": multiplier(sgdm_pl, 4, -1),
    # squares and 2x2 forms
    "half the square of the step -- wrong identity": square(
        sgd_nonconvex, 0, weight=(S / gamma**2 - L / 2) / 2
    ),
    "square of the gradient for that of the bias -- wrong identity": square(
        sgd_nonconvex, 1, argument=f.gradient(sgd_nonconvex.transition.now.x)
    ),
    "a square of weight -T -- a square may not be subtracted": certificate(
        error(sgd_nonconvex, bias=(U - T) * C),
        lambda proof: replace(proof, squares=[*proof.squares, Square(-T, proof.forms[0].u)]),
    ),
    "no 2x2 form -- the bias and the gradient may oppose each other": certificate(
        sgd_nonconvex, lambda proof: replace(proof, forms=[])
    ),
    "2x2 form with another cross term -- wrong identity": quadratic(sgd_pl, 0, cross=gamma / 2 + S),
    "2x2 form of one sign -- its determinant may be negative": quadratic(
        sgd_nonconvex, 0, second=(gamma - S - c - U * B - N * M) / 2
    ),
    "momentum's 2x2 form without 1 - theta -- wrong identity": quadratic(
        sgdm_nonconvex, 0, first=W * beta
    ),
    "momentum's mean error without beta on the bias -- wrong identity": quadratic(
        sgdm_nonconvex, 1, u=sgdm_nonconvex.transition.now.v
    ),
    "a gap with a negative weight -- the gap may not be subtracted": certificate(
        sgd_pl, lambda proof: replace(proof, bounded=[(-rho, proof.bounded[0][1])])
    ),
    "a 2x2 form that forgets its minors -- its own check is not asked": certificate(
        sgd_nonconvex,
        lambda proof: replace(
            proof, forms=[type("Lax", (QuadraticForm,), {"minors": ()})(*_entries(proof, -1))]
        ),
    ),
    # assumptions
    "smoothness dropped -- no descent lemma": assumption(sgd_nonconvex, Smooth),
    "momentum without smoothness -- no descent lemma": assumption(sgdm_pl, Smooth),
    "bounded below dropped -- the gap may be negative": assumption(sgd_nonconvex, BoundedBelow),
    "PL dropped -- the gradient may vanish far from the minimum": assumption(sgd_pl, type(pl)),
    "the oracle dropped -- nothing is known of the estimate": assumption(
        sgd_nonconvex, BiasedOracle
    ),
    "PL used where it is not assumed -- a non-convex function need not satisfy it": certificate(
        sgd_nonconvex, lambda proof: replace(proof, using=[*proof.using, (0, pl.pl(_x(proof)))])
    ),
    "smoothness of half the constant used -- not assumed": certificate(
        sgd_nonconvex,
        lambda proof: replace(
            proof,
            using=[
                (1, Smooth(f, L / 2).descent(*proof.using[0][1].arguments)),  # type: ignore[attr-defined]
                *proof.using[1:],
            ],
        ),
    ),
    "an edited descent lemma -- not what smoothness says": certificate(
        sgd_nonconvex,
        lambda proof: replace(
            proof,
            using=[
                (1, Edited(smooth, "descent", proof.using[0][1].arguments)),  # type: ignore[attr-defined]
                *proof.using[1:],
            ],
        ),
    ),
    "an inequality out of nowhere -- -||x||^2 >= 0 is false": certificate(
        sgd_nonconvex, lambda proof: replace(proof, using=[*proof.using, (c, Claimed(_x(proof)))])
    ),
    "the gap of another function -- not assumed bounded below": step(
        sgd_nonconvex, nonnegative=lambda s: Certificate(bounded=[(1, Gap(other, s.x))])
    ),
    "a bias correlated with the noise -- <b, z> does not vanish": with_oracle(
        sgd_nonconvex, CorrelatedOracle
    ),
    "momentum with such a bias -- <b, z> does not vanish": with_oracle(
        sgdm_nonconvex, CorrelatedOracle
    ),
    "noise with a mean -- <g, z> does not vanish": with_oracle(sgd_nonconvex, BiasedNoiseOracle),
    # error terms
    "no bias term -- a constant bias leaves a residual": error(sgd_nonconvex, bias=sp.S.Zero),
    "no noise term -- noise leaves a residual": error(sgd_pl, noise=sp.S.Zero),
    "half the noise term -- equality is possible, then half is too little": error(
        sgd_nonconvex, noise=N * sigma2 / 2
    ),
    "noise that falls with K -- a constant step leaves a residual": error(
        sgd_nonconvex, noise=N * sigma2 / sp.Symbol("K", real=True)
    ),
    "momentum's noise with beta cubed -- too small by beta < 1": error(
        sgdm_nonconvex, noise=beta**3 * N * sigma2
    ),
    "momentum's bias with beta squared -- too small by beta < 1": error(
        sgdm_pl, bias=beta**2 * U * C
    ),
    "a term named like that of V_0 -- it would take its place": error(
        sgd_nonconvex, initialisation=sp.S.Zero
    ),
    "an error in floating point -- a float hides a small difference": error(
        sgd_nonconvex, noise=0.1 * 10 * N * sigma2
    ),
    "an error that is a vector quantity -- the bound would hold what it bounds": error(
        sgd_nonconvex, noise=norm2(sgd_nonconvex.transition.now.x)
    ),
    # conditions of the step
    "T >= S dropped -- the 2x2 form may be negative": without_step_condition(sgd_nonconvex, 2),
    "U >= T dropped -- a square may be negative": without_step_condition(sgd_nonconvex, 3),
    "N >= S dropped -- a square may be negative": without_step_condition(sgd_pl, 4),
    "the determinant dropped -- the 2x2 form may be negative": without_step_condition(
        sgd_nonconvex, 6
    ),
    "c > 0 dropped -- nothing need decrease": without_step_condition(sgd_nonconvex, 7),
    "T <= W theta beta dropped -- the descent cannot pay for the error": without_step_condition(
        sgdm_nonconvex, 2
    ),
    "2 mu c >= rho dropped -- the gap need not contract": without_step_condition(sgdm_pl, 14),
    # conditions of the forms
    "no limit on the step -- gradient descent diverges beyond 2/L": without_condition(
        sgd_nonconvex, SHORT_OR_EQUAL
    ),
    "nothing left for the gradient -- with B = 1 it may stand still": without_condition(
        sgd_nonconvex, LEFT
    ),
    "rho beyond what the gradient pays for -- the gap need not contract so fast": without_condition(
        replace(sgdm_pl, forms=[form for form in sgdm_pl.forms if form.name == "readable"]),
        CONTRACTS,
    ),
    "theta = 1 allowed with momentum -- division by zero": without_condition(
        sgdm_nonconvex, AVERAGING
    ),
    "conditions that contradict each other prove anything -- no case is left to speak of": forms(
        sgd_nonconvex, lambda form: replace(form, given=[*form.given, exceeds(gamma * L, 5)])
    ),
    "constants that contradict each other prove anything -- no function has them": replace(
        sgd_pl, given=[*sgd_pl.given, exceeds(mu, 2 * L)]
    ),
    # formulas
    "c without its noise -- relative noise takes from the decrease": formula(
        sgd_nonconvex, c, lambda old: old + N * M
    ),
    "twice the decrease -- more than gradient descent achieves": formula(
        sgd_nonconvex, c, lambda old: 2 * old
    ),
    "half the cost of the step's length -- the descent lemma asks for all of it": formula(
        sgd_nonconvex, S, lambda old: old / 2
    ),
    "half the price of the bias -- the bias bound is used for all of it": formula(
        sgd_pl, U, lambda old: old / 2
    ),
    "twice the rate -- PL gives 2 mu c and no more": formula(sgd_pl, rho, lambda old: 2 * old),
    "a rate of one -- no method is done in one step": formula(sgd_pl, rho, lambda old: sp.S.One),
    "half the weight of the error -- the descent cannot pay for the error": formula(
        sgdm_nonconvex, W, lambda old: old / 2
    ),
    "drift that costs nothing -- the gradient moves with the iterate": formula(
        sgdm_nonconvex, X, lambda old: sp.S.Zero
    ),
    "half the weight of the last step -- the drift is not paid for": formula(
        sgdm_nonconvex, D, lambda old: old / 2
    ),
    "the noise without the step's length -- the step carries the noise too": formula(
        sgdm_nonconvex, N, lambda old: W - T
    ),
    "half of what the descent lends -- c is then more than the determinant allows": formula(
        sgdm_nonconvex, T, lambda old: old / 2
    ),
    "a formula divided by what may vanish -- it has no value at M = 0": formula(
        sgd_nonconvex, T, lambda old: old * (M**2 + M) / (M * (M + 1))
    ),
    "a formula that uses a later one -- neither is then defined": formula(
        sgd_nonconvex, S, lambda old: old + N - U
    ),
    "a formula of itself -- it defines nothing": formula(sgd_nonconvex, c, lambda old: c),
    # the branch beta = theta = 1
    "momentum by the formulas without momentum -- for beta < 1 the average has an error": forms(
        sgdm_nonconvex,
        lambda form: (
            form
            if form.when
            else replace(
                form,
                formulas=momentum.formulas(
                    sp.S.Zero, readable=form.name == "readable", momentum=False
                ),
            )
        ),
    ),
    "the branch by the general formulas -- (1 - beta)/(1 - theta) is 0/0": forms(
        sgdm_nonconvex,
        lambda form: (
            replace(
                form,
                formulas=momentum.formulas(
                    sp.S.Zero, readable=form.name == "readable", momentum=True
                ),
            )
            if form.when
            else form
        ),
    ),
    "the branch at beta = 1/2 -- there the average has an error": branch(
        sgdm_nonconvex, {beta: HALF, theta: sp.S.One}
    ),
    "the branch at beta = 2 -- outside of its domain": branch(
        sgdm_nonconvex, {beta: sp.Integer(2), theta: sp.S.One}
    ),
    "the branch alone -- nothing said of other values": replace(
        sgdm_nonconvex, forms=[form for form in sgdm_nonconvex.forms if form.when]
    ),
    "no forms -- nothing says what the auxiliary quantities are": replace(sgd_pl, forms=[]),
    # the Lyapunov function
    "twice the gap -- then 2c is not paid for": lyapunov(sgd_nonconvex, lambda v, s: 2 * v),
    "without the last step -- the drift is not paid for": lyapunov(
        sgdm_nonconvex, lambda v, s: v - D * norm2(s.x - s.x_prev)
    ),
    "the error with weight W -- the descent cannot pay for T": lyapunov(
        sgdm_nonconvex, lambda v, s: v + T * norm2(s.v - f.gradient(s.x_prev))
    ),
    "the last step subtracted -- V may be negative": lyapunov(
        sgdm_pl, lambda v, s: v - 2 * D * norm2(s.x - s.x_prev)
    ),
    "a Lyapunov function of the noise -- not of the state": lyapunov(
        sgd_nonconvex, lambda v, s: v + norm2(oracle.noise(s.x))
    ),
    "a Lyapunov function of a named number -- not of the state": lyapunov(
        sgd_nonconvex, lambda v, s: v + scalar("q", "q", nonnegative=True)
    ),
    "a vector that only looks like the gradient -- after the step it is the real one": step(
        sgd_nonconvex, lyapunov=forged_gradient
    ),
    "another Lyapunov function at each call -- the one proved is not the one bounded": step(
        sgd_nonconvex, lyapunov=Counting(lambda s: 2 * sgd.gap(s), sgd.gap)
    ),
    # the start
    "Delta stands for twice the gap -- its name says the gap": start(
        sgd_nonconvex, Delta=lambda meaning: 2 * meaning
    ),
    "Delta stands for minus the gap -- V_0 would be -Delta": start(
        sgd_nonconvex, Delta=lambda meaning: -meaning
    ),
    "Delta stands for nothing -- V_0 is then not bounded": start(
        sgd_pl, Delta=lambda meaning: Expression({})
    ),
    "E0 stands for twice the error -- the bound would be half of what it must be": start(
        sgdm_nonconvex, E0=lambda meaning: 2 * meaning
    ),
    "the gap bounded by the noise -- sigma2 = 0 says nothing of the start": step(
        sgd_nonconvex, start=lambda first: {sigma2: sgd.start(first)[DELTA.symbol]}
    ),
    "the initial error forgotten -- a bad average at the start delays the method": step(
        sgdm_nonconvex, start=sgd.start
    ),
    # the lemma
    "the geometric lemma for a step that only decreases -- nothing contracts without PL": step(
        sgd_nonconvex, unroll=Geometric(c), measure=GAP
    ),
    "the mean under a lemma that bounds the last value -- the lemma says nothing of the mean": step(
        sgd_pl, measure=SQUARED_GRADIENT
    ),
    "the last value under a lemma that bounds the mean -- the last may be larger": step(
        sgd_nonconvex, measure=GAP
    ),
    "the mean under a lemma that bounds the least -- the mean may be larger than the least": step(
        sgd_nonconvex, unroll=Growth(c, c)
    ),
    "twice the decrease in the lemma -- the step gives c and no more": step(
        sgd_nonconvex, unroll=Telescoping(2 * c)
    ),
    "twice the contraction in the lemma -- the step gives rho and no more": step(
        sgdm_pl, unroll=Geometric(2 * rho)
    ),
    "telescoping a contraction -- the certificate shows another inequality": step(
        sgd_pl, unroll=Telescoping(mu), measure=SQUARED_GRADIENT
    ),
    # the method
    "steps twice as long -- S pays for gamma, not for 2 gamma": replace(
        sgd_nonconvex, algorithm=TwiceAsFar()
    ),
    "steps uphill -- the objective rises": replace(sgd_pl, algorithm=Uphill()),
    "the weights of old and new gradient swapped -- the error contracts less": replace(
        sgdm_nonconvex, algorithm=WeightsSwapped()
    ),
    "the new gradient without beta -- v is then no average of gradients": replace(
        sgdm_nonconvex, algorithm=HeavyBall()
    ),
    "a step along the average before the new gradient -- the new gradient comes too late": replace(
        sgdm_pl, algorithm=OldAverage()
    ),
    "x remembered as itself -- then x never moves": step(sgd_nonconvex, remembers={"x": "x"}),
}


def _x(proof: Certificate) -> Vector:
    return proof.using[0][1].arguments[0]  # type: ignore[attr-defined,no-any-return]


def _entries(proof: Certificate, sign: int) -> tuple[Any, ...]:
    form = proof.forms[0]
    return form.u, form.v, form.first, form.cross, sign * form.second


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_refused(name: str) -> None:
    proof = TheoremHandle(MUTANTS[name]).prove()
    assert proof.status == "failed"
    assert proof.steps[-1].problem
    assert all(s.ok for s in proof.steps[:-1])


@pytest.mark.parametrize("theorem", [sgd_nonconvex, sgd_pl, sgdm_nonconvex, sgdm_pl])
def test_the_original_proves(theorem: Theorem) -> None:
    proof = TheoremHandle(theorem).prove()
    assert proof.status == "proved", proof.steps[-1].problem
    assert all(s.ok and not s.problem for s in proof.steps)
    assert {"tower rule", "induction on k"} <= set(proof.axioms)


def test_there_are_enough_mutants_each_with_a_reason() -> None:
    assert len(MUTANTS) >= 40
    assert all(" -- " in name for name in MUTANTS)
