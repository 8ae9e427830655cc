"""Theorems whose author, careless or not, says one thing and lets the kernel see another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sympy as sp

from boundcalc.facade import TheoremHandle
from boundcalc.kernel import (
    Assumption,
    BiasedOracle,
    BoundedBelow,
    Certificate,
    Condition,
    Expression,
    Function,
    Gap,
    Smooth,
    Square,
    State,
    Telescoping,
    Vector,
    at_least,
    exceeds,
    norm2,
)
from boundcalc.kernel.algebra import Basis, Gram, vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.model.measures import SQUARED_GRADIENT
from boundcalc.model.parameters import DELTA, GAMMA, SMOOTHNESS, Domain, Parameter
from boundcalc.model.theorem import Corollary, Form, Theorem
from boundcalc.proofs.prove import STARTS
from numerics.algorithms import StochasticGradient
from theorems.sgd import (
    B,
    C,
    L,
    M,
    N,
    T,
    c,
    f,
    gamma,
    gap,
    oracle,
    p,
    sgd_nonconvex,
    sigma2,
    smooth,
)

HALF = sp.Rational(1, 2)


def step(**changes: Any) -> Theorem:
    return replace(sgd_nonconvex, step=replace(sgd_nonconvex.step, **changes))


def certificate(change: Callable[[Certificate], Certificate]) -> Theorem:
    proof = sgd_nonconvex.step.certificate
    return step(certificate=lambda t: change(proof(t)))


def forms(change: Callable[[Form], Form]) -> Theorem:
    return replace(sgd_nonconvex, forms=[change(form) for form in sgd_nonconvex.forms])


def formulas(**more: Any) -> Theorem:
    """Every form with more formulas, before its own."""
    added = {sp.Symbol(name, real=True): sp.sympify(value) for name, value in more.items()}
    return forms(lambda form: replace(form, formulas={**added, **form.formulas}))


def parameters(change: Callable[[Parameter], list[Parameter]]) -> Theorem:
    changed = [new for old in sgd_nonconvex.parameters for new in change(old)]
    return replace(sgd_nonconvex, parameters=changed)


def assumed(*assumptions: Assumption, **changes: Any) -> Theorem:
    """The theorem that assumes these in place of those of the same kind."""
    kinds = tuple(type(a).__mro__[1] for a in assumptions)
    kept = [a for a in sgd_nonconvex.assumes if not isinstance(a, kinds)]
    return replace(step(**changes), assumes=[*kept, *assumptions])


def descent_of(assumption: Smooth) -> Callable[[Any], Certificate]:
    def changed(t: Any) -> Certificate:
        proof = sgd_nonconvex.step.certificate(t)
        return replace(proof, using=[(1, assumption.descent(t.now.x, t.next.x)), *proof.using[1:]])

    return changed


def failed(theorem: Theorem, *words: str) -> None:
    proof = TheoremHandle(theorem).prove()
    assert proof.status == "failed"
    for word in words:
        assert word in proof.steps[-1].problem


# -- things that answer otherwise when they are asked again ----------------------------------------


class Fickle:
    """A weight that is -1 in the identity and 1 when its sign is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def _sympy_(self) -> sp.Expr:
        self.asked += 1
        return sp.S.One if self.asked > 1 else -sp.S.One


def test_a_weight_is_read_once() -> None:
    def change(proof: Certificate) -> Certificate:
        square = Square(Fickle(), proof.forms[0].u)  # type: ignore[arg-type]
        return replace(proof, squares=[*proof.squares, square])

    failed(certificate(change), "is a Fickle, which no formula is made of")


def test_the_lyapunov_function_is_asked_once() -> None:
    asked: list[State] = []

    def lyapunov(s: State) -> Expression:
        asked.append(s)
        return gap(s) if len(asked) == 1 else Expression({})

    theorem = step(lyapunov=lyapunov)
    assert TheoremHandle(theorem).prove().proved
    assert len(asked) == 1
    assert theorem.initial_value == DELTA.symbol


def test_a_state_cannot_be_changed() -> None:
    def lyapunov(s: State) -> Expression:
        s.vectors()["x"] = Vector({})  # type: ignore[index]
        return gap(s)

    failed(step(lyapunov=lyapunov), "TypeError")


def test_lists_and_mappings_are_copied() -> None:
    error, given = dict(sgd_nonconvex.step.error), list(sgd_nonconvex.step.given)
    theorem = step(error=error, given=given)
    error.clear()
    given.clear()
    assert TheoremHandle(theorem).prove().proved
    assert set(theorem.step.error) == {"bias", "noise"}


# -- things that only look like the kernel's -------------------------------------------------------


@dataclass(frozen=True)
class MinusGradient:
    """A quantity said to be non-negative that is not."""

    x: Vector

    @property
    def expression(self) -> Expression:
        return -norm2(f.gradient(self.x))


class NoDifference(Vector):
    """A point that is elsewhere and has no distance from anywhere."""

    def __sub__(self, other: Vector) -> Vector:
        return Vector({})


class OwnGap(Gap):
    @property
    def expression(self) -> Expression:
        return -super().expression


class OwnCertificate(Certificate):
    def requirements(self) -> Any:
        return iter(())


class OwnExpression(Expression):
    def substitute(self, images: Any) -> Expression:
        return Expression({})


class OwnCondition(Condition):
    @property
    def expression(self) -> sp.Expr:
        return sp.S.One


def _x(proof: Certificate) -> Vector:
    return proof.using[0][1].arguments[0]  # type: ignore[attr-defined,no-any-return]


def test_non_negative_quantities_are_gaps_and_squares() -> None:
    failed(
        certificate(lambda q: replace(q, bounded=[(1, MinusGradient(_x(q)))])),  # type: ignore[list-item]
        "not known to be non-negative",
    )
    failed(certificate(lambda q: replace(q, bounded=[(1, OwnGap(f, _x(q)))])))


def test_a_certificate_cannot_waive_its_requirements() -> None:
    def change(proof: Certificate) -> Certificate:
        squares = [*proof.squares, Square(-T, proof.forms[0].u)]
        return OwnCertificate(proof.using, squares, proof.forms, proof.bounded)

    failed(certificate(change))


def test_points_are_vectors_of_the_kernel() -> None:
    def change(proof: Certificate) -> Certificate:
        x, y = proof.using[0][1].arguments  # type: ignore[attr-defined]
        return replace(
            proof, using=[(1, smooth.descent(x, NoDifference(y.coefficients))), *proof.using[1:]]
        )

    failed(certificate(change), "not a vector of the kernel")


def test_expressions_and_conditions_are_the_kernels() -> None:
    failed(step(lyapunov=lambda s: OwnExpression(gap(s).coefficients)), "not an expression")
    own = OwnCondition(-T, sp.S.Zero, False)
    failed(step(given=[*sgd_nonconvex.step.given, own]), "OwnCondition")


def test_an_oracle_is_asked_at_the_point_itself() -> None:
    """A vector of the same name is another point: its gradient bounds another bias."""
    namesake = vector("x", "somewhere else")
    assert oracle.bias(namesake) != oracle.bias(sgd_nonconvex.transition.now.x)
    assert oracle.noise(namesake) != oracle.noise(sgd_nonconvex.transition.now.x)


def test_a_pair_cannot_be_hidden_in_another_order() -> None:
    x, g = vector("x", "x"), vector("g", "g", 1)
    (a,), (b,) = x.coefficients, g.coefficients
    failed(step(lyapunov=lambda s: gap(s) + Expression({Gram(b, a): 1})), "not of the state")


# -- assumptions that state one thing and give another ---------------------------------------------


@dataclass(frozen=True)
class Flat(Smooth):
    """Gives f(y) <= f(x) under the statement of smoothness."""

    def _descent(self, x: Vector, y: Vector) -> Expression:
        return self.f.value(x) - self.f.value(y)


@dataclass(frozen=True)
class NoiselessOracle(BiasedOracle):
    """Gives the exact gradient under the statement of a biased oracle."""

    def estimate(self, x: Vector) -> Vector:
        return self.f.gradient(x)


@dataclass(frozen=True)
class NotBelow(BoundedBelow):
    def latex(self) -> str:
        return "nothing"


@dataclass(frozen=True)
class Unstated(Assumption):
    name = "unstated"
    rules = {"any": "anything"}  # noqa: RUF012

    def _any(self, x: Vector) -> Expression:
        return -norm2(x)


@dataclass(frozen=True, eq=False)
class EqualToAll(Smooth):
    def _descent(self, x: Vector, y: Vector) -> Expression:
        return self.f.value(x) - self.f.value(y)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Constant(Function):
    """A function whose gradient is said to vanish."""

    def gradient(self, point: Vector) -> Vector:
        return Vector({})


def test_an_assumption_states_what_it_gives() -> None:
    flat = Flat(f, L)
    failed(assumed(flat, certificate=descent_of(flat)), "does not state")
    failed(assumed(NoiselessOracle(f, B, C, M, sigma2)), "does not state")
    unstated = Unstated()
    failed(replace(sgd_nonconvex, assumes=[*sgd_nonconvex.assumes, unstated]), "does not state")


def test_an_assumption_is_the_one_assumed() -> None:
    failed(step(certificate=descent_of(EqualToAll(f, L))), "not an assumption")
    failed(step(certificate=descent_of(Smooth(f, C))), "not an assumption")


def test_only_the_assumption_itself_bounds_below() -> None:
    failed(assumed(NotBelow(f)), "not assumed to be bounded below")


def test_functions_are_the_kernels() -> None:
    failed(assumed_of(Constant("f")), "a value of class Constant")
    failed(step(f=Constant("f")), "not a function of the kernel")


def assumed_of(function: Function) -> Theorem:
    assumes = [Smooth(function, L) if a == smooth else a for a in sgd_nonconvex.assumes]
    return replace(step(certificate=descent_of(Smooth(function, L))), assumes=assumes)


def test_only_the_rules_of_an_assumption_are_inequalities() -> None:
    def change(proof: Certificate) -> Certificate:
        return replace(proof, using=[(1, Instance(smooth, "_init", ())), *proof.using[1:]])

    failed(certificate(change))


# -- symbols and parameters ------------------------------------------------------------------------


def test_every_symbol_is_declared() -> None:
    failed(parameters(lambda q: [] if q.name == "M" else [q]), "M: assumed of")
    free = sp.Symbol("q", real=True)
    failed(
        step(error={**sgd_nonconvex.step.error, "more": free}),
        "q: neither a parameter nor defined",
    )
    failed(step(unroll=Telescoping(free)), "q: neither")


def test_a_condition_does_not_define_a_symbol() -> None:
    """c > 0 and the rest supposed of a c that nothing defines."""

    def change(form: Form) -> Form:
        rest = {s: v for s, v in form.formulas.items() if s != c}
        return replace(form, formulas=rest, given=[*sgd_nonconvex.step.given])

    failed(forms(change), "c: not defined")


def test_a_parameter_is_declared_once() -> None:
    narrow = replace(SMOOTHNESS, domain=Domain(sp.S.Zero, sp.S.One))
    failed(parameters(lambda q: [narrow, q] if q.name == "L" else [q]), "L: declared twice")


def test_symbols_are_real_and_no_more() -> None:
    failed(assumed_with(sp.Symbol("L")))
    failed(assumed_with(sp.Symbol("L", positive=True)))
    failed(step(given=[*sgd_nonconvex.step.given, at_least(sp.Symbol("T", positive=True))]))
    failed(step(given=[*sgd_nonconvex.step.given, at_least(sp.Symbol("T"))]))


def assumed_with(constant: sp.Symbol) -> Theorem:
    assumes = [Smooth(f, constant) if a == smooth else a for a in sgd_nonconvex.assumes]
    return replace(step(certificate=descent_of(Smooth(f, constant))), assumes=assumes)


def test_the_number_of_iterations_is_nobodys_to_choose() -> None:
    failed(formulas(K=10**9), "K: not for")
    named = replace(GAMMA, name="K")
    failed(parameters(lambda q: [q, named] if q.name == "gamma" else [q]), "number of iterations")


@pytest.mark.parametrize("name", ["sigma2", "gamma", "L", "Delta"])
def test_a_form_cannot_choose_what_the_user_gives(name: str) -> None:
    failed(formulas(**{name: 1}), f"{name}: not for")


def test_what_the_method_or_the_problem_has_is_not_free() -> None:
    for chosen in ("gamma", "sigma2"):
        failed(
            parameters(lambda q, n=chosen: [replace(q, role="free") if q.name == n else q]),  # type: ignore[misc]
            f"{chosen}: of the problem or the method",
        )


def test_a_constant_of_the_start_is_declared_as_one() -> None:
    failed(
        parameters(lambda q: [replace(q, role="constant") if q.name == "Delta" else q]),
        "Delta is not a constant of the start",
    )


def test_more_of_a_start_constant_may_not_lower_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """V_0 = -q for an upper bound q of minus the gap would fall when q is taken larger."""
    other = replace(DELTA, name="q", latex="q")
    monkeypatch.setitem(STARTS, "q", lambda f, first: f.infimum - f.value(first.x))
    theorem = step(start=lambda first: {other.symbol: f.infimum - f.value(first.x)})
    failed(replace(theorem, parameters=[*theorem.parameters, other]), "-1 >= 0")


def test_a_start_constant_of_ones_own_has_no_known_meaning() -> None:
    """Delta2, a thousand gaps called a gap, would make the bound a thousand times too small."""
    other = replace(DELTA, name="Delta2", latex=r"\Delta_2")
    theorem = step(start=lambda first: {other.symbol: 1000 * (f.value(first.x) - f.infimum)})
    false = replace(theorem, parameters=[*theorem.parameters, other])
    failed(false, "nothing is known of what Delta2 stands for")


def test_an_assumption_speaks_of_parameters_not_of_parts_of_them() -> None:
    """Smoothness L/1000 must not read as smoothness L."""
    stronger = type(smooth)(f, L / 1000)
    false = replace(sgd_nonconvex, assumes=[stronger, *sgd_nonconvex.assumes[1:]])
    failed(false, "smooth speaks of L/1000, which is no parameter")


@dataclass(frozen=True)
class TwoFaced(StochasticGradient):
    """Steps thirty times as far when it runs as when it is proved."""

    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        factor = 1 if isinstance(gradient, Vector) else 30
        return {"x": state["x"] - factor * p["gamma"] * gradient}


def test_the_method_that_is_proved_is_the_method_that_runs() -> None:
    failed(replace(sgd_nonconvex, algorithm=TwoFaced()), "one thing to vectors, another to arrays")


# -- forms -----------------------------------------------------------------------------------------


def test_a_value_and_a_formula_for_one_symbol() -> None:
    def change(form: Form) -> Form:
        return replace(form, when={p: sp.Rational(1, 2)}) if form.name == "readable" else form

    both = [*sgd_nonconvex.forms, *forms(change).forms[1:]]
    failed(replace(sgd_nonconvex, forms=both), "p: given twice")


def test_a_special_case_is_given_by_numbers() -> None:
    special = replace(sgd_nonconvex.forms[0], when={gamma: 1 / L})
    failed(replace(sgd_nonconvex, forms=[*sgd_nonconvex.forms, special]), "gamma = 1/L")


def test_a_condition_cannot_vouch_for_its_own_denominator() -> None:
    """M q > 0 for q = 1/M is 1 > 0 once q is put in: it says nothing of M = 0."""
    q = sp.Symbol("q", real=True)
    theorem = formulas(q=1 / M)
    theorem = replace(
        theorem,
        forms=[replace(form, given=[*form.given, exceeds(M * q)]) for form in theorem.forms],
    )
    failed(theorem, "division by M")


def test_zero_over_zero_has_no_value() -> None:
    q = sp.Symbol("q", real=True)
    special = replace(
        sgd_nonconvex.forms[0],
        formulas={q: B / M, **sgd_nonconvex.forms[0].formulas},
        when={B: sp.S.Zero, M: sp.S.Zero},
    )
    failed(replace(sgd_nonconvex, forms=[*sgd_nonconvex.forms, special]), "division by 0")


def test_a_corollary_is_of_a_form_and_possible() -> None:
    def corollary(of: str, **values: Any) -> Theorem:
        symbols = {sp.Symbol(n, real=True): sp.sympify(v) for n, v in values.items()}
        return replace(sgd_nonconvex, corollaries=[Corollary("one", "one", of, symbols)])

    assert TheoremHandle(corollary("sharp", M=0, sigma2=0)).prove().proved
    failed(corollary("blunt", M=0), "blunt")
    failed(corollary("sharp", p=2), "contradict")
    failed(corollary("sharp", c=100), "c: not for the corollary")
    failed(corollary("readable", p=HALF), "p: not for the corollary")


def test_a_measure_is_what_its_name_says() -> None:
    nothing = replace(SQUARED_GRADIENT, quantity=lambda f, s: Expression({}))
    failed(step(measure=nothing), "is not a measure whose words are known to be true of it")


# -- own classes in place of the kernel's ----------------------------------------------------------


@dataclass(frozen=True)
class Hopeful(Telescoping):
    """Telescoping that demands nothing and concludes more."""

    def demands(self) -> tuple[Condition, ...]:
        return ()

    def weights(self, iterations: sp.Expr, power: sp.Expr) -> Any:
        return replace(super().weights(iterations, power), error=sp.S.Zero)


@dataclass(frozen=True, eq=False)
class OwnTheorem(Theorem):
    @property
    def initial_value(self) -> sp.Expr:  # type: ignore[override]
        return sp.S.Zero


@dataclass(frozen=True, eq=False)
class OwnForm(Form):
    def resolve(self, expression: sp.Expr) -> sp.Expr:
        return super().resolve(expression.subs(sigma2, 0))


@dataclass(frozen=True)
class Peeking(StochasticGradient):
    """A method that on abstract vectors uses what it was not given."""

    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        return {"x": state["x"] - p["gamma"] * f.gradient(state["x"])}


@dataclass(frozen=True)
class StartingAtTheMinimum(StochasticGradient):
    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        return {"x": vector("minimum", "x_*")}


def test_rules_theorems_and_forms_are_the_kernels() -> None:
    failed(step(unroll=Hopeful(c)), "not an unrolling")
    own = {name: getattr(sgd_nonconvex, name) for name in Theorem.__dataclass_fields__}
    failed(OwnTheorem(**own), "OwnTheorem")
    form = sgd_nonconvex.forms[0]
    failed(
        replace(sgd_nonconvex, forms=[OwnForm(form.name, form.title, form.formulas, form.given)]),
        "OwnForm",
    )


def test_a_method_combines_what_it_is_given() -> None:
    failed(replace(sgd_nonconvex, algorithm=Peeking()), "something it was not given")
    failed(replace(sgd_nonconvex, algorithm=StartingAtTheMinimum()), "something it was not given")


def test_whatever_the_authors_code_raises_is_a_failed_step() -> None:
    def broken(t: Any) -> Certificate:
        raise KeyError("no such thing")

    failed(step(certificate=broken), "KeyError")
    failed(step(certificate=lambda t: None), "not a certificate")
    failed(step(lyapunov=lambda s: 1), "not an expression")
    failed(step(unroll=None), "not an unrolling")
    assert Basis("x", "x") == Basis("x", "x")
    assert N in sgd_nonconvex.forms[0].formulas


@dataclass(frozen=True)
class Calm(Assumption):
    """An assumption of the theorem's own, stated in full."""

    name = "calm"
    rules = {"any": "anything"}  # noqa: RUF012

    def text(self) -> str:
        return "the weather is calm"

    def latex(self) -> str:
        return "the weather is calm"

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        return "0\\le 0"

    def _any(self, x: Vector) -> Expression:
        return norm2(x)


def test_an_assumption_that_the_kernel_does_not_know_is_shown() -> None:
    proof = TheoremHandle(replace(sgd_nonconvex, assumes=[*sgd_nonconvex.assumes, Calm()])).prove()
    assert proof.proved
    assert any(axiom.startswith("Calm of ") for axiom in proof.axioms)
    assert not any("Smooth" in axiom for axiom in proof.axioms)
