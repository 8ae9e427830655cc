"""Printed proofs where a referee would stop: undefined symbols, signs, rows without a formula."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import sympy as sp

import boundcalc
from boundcalc import ProofError, Theorem
from boundcalc.errors import UsageError
from boundcalc.export.latex import theorem_environment
from boundcalc.export.latex.composed import composed_proof
from boundcalc.export.latex.orientation import oriented_for, sign_over
from boundcalc.export.latex.statement import statement
from boundcalc.kernel.printing import latex
from boundcalc.model.compose import compose
from boundcalc.proofs import step_limits
from boundcalc.proofs.step_limits import limits_step, printed_limits
from boundcalc.registry import catalogue, estimators, load_file
from boundcalc.solve.closed_forms import solve
from tests.printed_symbols import unknown

NAMES = list(catalogue())
# Proofs with something that no other has: stale points, powers, momentum, votes, snapshots.
VARIED = ("delayed-dcgd-convex", "dcgd-nonconvex", "sgdm-pl", "mv-signsgd-momentum", "sign-svrg")
EVERY = [pytest.param(name, marks=[] if name in VARIED else [pytest.mark.slow]) for name in NAMES]


@cache
def printed(name: str) -> str:
    return theorem_environment(boundcalc.theorem(name).declaration, proof=True)


def composed() -> Iterator[Theorem]:
    for theorem in catalogue().values():
        for _, estimator in sorted(estimators().items()):
            try:
                yield compose(theorem, estimator)
            except UsageError:
                continue


def assert_readable(text: str) -> None:
    assert unknown(text) == []
    # A row has a formula wherever it has a reason.
    for row in re.split(r"\\\\\n", text):
        assert not re.search(r"&&\s*&\s*&&\s*\\(parbox|text)", row), row
    # What is listed as non-negative has no sign in front.
    for table in re.findall(
        r"non-negative.*?:\n\\begin\{align\*\}\n(.*?)\\end\{align\*\}", text, re.S
    ):
        for row in table.split("\\\\\n"):
            assert not re.match(r"\s*&?\s*-", row), row


@pytest.mark.parametrize("name", EVERY)
def test_every_symbol_of_a_proof_is_introduced_and_no_row_is_empty(name: str) -> None:
    assert_readable(printed(name))


@pytest.mark.slow
def test_every_symbol_of_a_composed_theorem_is_introduced() -> None:
    count = 0
    for theorem in composed():
        assert theorem.base is not None
        assert theorem.estimator is not None
        proof = composed_proof(theorem, theorem.base, theorem.estimator)
        assert_readable(f"{statement(theorem)}\n\n{proof}")
        count += 1
    assert count > 80


def test_the_extractor_finds_what_is_not_introduced() -> None:
    told = "Let $a>0$, and put\n\\[\nV_k = a\\,w_k.\n\\]\nThen $V_k\\le b$."
    assert {symbol for symbol, _ in unknown(told)} == {"w_", "b"}


def test_a_positive_term_has_no_sign_in_front() -> None:
    theorem = boundcalc.theorem("sign-svrg")
    d, m, w = (theorem.parameter(name).symbol for name in ("d", "m", "weight"))
    with oriented_for(theorem.declaration):
        assert latex(-d * (1 - m) * w / 4) == r"\frac{d (m - 1) w}{4}"
        assert latex((1 - m) ** 2) == "(m - 1)^{2}"
    assert sign_over(theorem)(1 - m) == -1
    assert sign_over(theorem)(d - m) == 0
    assert sign_over(theorem)(m - sp.Symbol("unknown")) == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_named_term_of_a_bound_is_subtracted(name: str) -> None:
    terms = re.findall(r"([+-]?)\s*\\underbrace", statement(boundcalc.theorem(name).declaration))
    assert "-" not in terms


# -- what was false or not said ------------------------------------------------------------------


def test_stale_gradients_are_not_taken_for_gradients_at_the_iterate() -> None:
    for name in ("delayed-dcgd-convex", "delayed-dcgd-strongly-convex"):
        text = printed(name)
        assert r"(\nabla f_i-\nabla f)(x_{k})" not in text
        assert r"\nabla f_i(y_i)-\overline{\nabla f_i(y_i)}" in text
        assert r"\tau\le \tau^{2}" not in text
        assert r"an integer $\tau\ge 0$" in text


def test_the_conclusion_of_a_lemma_is_of_K_steps() -> None:
    for name in ("sign-svrg", "dcgd-nonconvex"):
        assert r"\frac{1}{c k}" not in printed(name)
    assert r"\frac{1}{c K}\,\text{[induction at $K$]}" in printed("sign-svrg")
    assert r"w_{k}=(1+a)^{-k}" in printed("dcgd-nonconvex")


def test_the_weights_of_a_window_pay_for_themselves() -> None:
    """The weights that the printed proofs of the windowed lemmas name, in exact numbers."""
    c = sp.Rational(3)
    for rho in (sp.S.Zero, sp.Rational(1, 10), sp.Rational(1, 7)):
        for tau in range(7):
            weight = [
                c * sum((1 - rho) ** -n for n in range(1, tau + 2 - i)) for i in range(1, tau + 2)
            ]
            assert all((1 - rho) * a == c + b for a, b in pairwise(weight))
            assert weight[0] <= c * tau / (1 - rho * tau) if tau else weight[0] == 0


def test_the_start_of_a_method_is_said() -> None:
    assert "$e_{0}=0$" in printed("ef-signsgd")
    assert "$x_{-1}=x_0$" in statement(boundcalc.theorem("ssvr-finite-sum").declaration)
    assert r"v_{-1}^i-\nabla f_i(x_0)" in printed("ssvr-majority-randomised")
    assert r"f=\frac1{m}\sum_{i=1}^{m}f_i" in statement(boundcalc.theorem("sign-svrg").declaration)
    assert r"f:\mathbb R^{d}\to\mathbb R" in statement(boundcalc.theorem("signsgd").declaration)
    assert r"$\mathbb E_k$ is the expectation" in statement(boundcalc.theorem("sgd-pl").declaration)


def test_the_coins_of_the_server_are_not_those_of_the_workers() -> None:
    text = printed("sto-signsgd-randomised")
    assert r"\hat\chi=\hat s_k-\overline{s_k^i}" in text


# -- the step sizes that are printed ---------------------------------------------------------------


def test_that_the_printed_step_sizes_suffice_is_a_step_of_the_proof() -> None:
    proof = boundcalc.theorem("sgdm-pl").prove()
    assert [step.kind for step in proof.steps if step.ok].count("limits") == 3
    assert r"which is $S\le \frac{\gamma}{2}$ with the formulas put in" in printed("sgdm-pl")


def test_a_limit_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    form, values = printed_limits(theorem.declaration)[0]

    def wrong(*arguments: object) -> object:
        solved = solve(*arguments)  # type: ignore[arg-type]
        first, *others = solved.limits
        return replace(solved, limits=(replace(first, value=first.value * 2), *others))

    monkeypatch.setattr(step_limits, "solve", wrong)
    with pytest.raises(ProofError, match="do not imply"):
        limits_step(theorem.declaration, form, values)


# -- a method of one's own -------------------------------------------------------------------------

_OWN = """
from dataclasses import dataclass
import sympy as sp
from boundcalc.kernel import *
from boundcalc.model.theorem import Form, Source, Step, Theorem
from boundcalc.model.parameters import DELTA, GAMMA, SMOOTHNESS
from boundcalc.model.measures import SQUARED_GRADIENT
from theorems.sgd import smooth, below, f, L, gamma, start

@dataclass(frozen=True)
class Kept:
    name: str = "kept"
    title: str = "descent that keeps a point"
    parameters: tuple = ("gamma",)
    state: tuple = ("x", {state!r})
    latex: str = r"x_{{k+1}} = x_k - \\gamma\\,\\tilde g_k"
    samples: bool = False
    def initial(self, x, average): return {{"x": x, {state!r}: x}}
    def update(self, s, g, p): return {{"x": s["x"] - p["gamma"] * g, {state!r}: {after}}}

@dataclass(frozen=True)
class Exact(Assumption):
    f: Function
    name = "exact"
    def text(self): return "the gradient is exact"
    def latex(self): return "the gradient is exact"
    def gradient(self, x): return self.f.gradient(x)
    def estimate(self, x): return self.f.gradient(x)

a = sp.Symbol("a", real=True)

def certificate(t):
    x = t.now.x
    return Certificate(using=[(1, smooth.descent(x, t.next.x))],
        squares=[Square(a, {lost})])

own = Theorem("own", title="Own", family="mine", source=Source("me", "N. C.", "P", "v", 2026),
  algorithm=Kept(), assumes=[smooth, below, Exact(f)], parameters=[SMOOTHNESS, GAMMA, DELTA],
  step=Step(f, lyapunov=lambda s: f.value(s.x) - f.infimum + a * norm2(s.x - s.{state}),
    measure=SQUARED_GRADIENT, unroll=Telescoping(gamma - L * gamma**2 / 2 - a * gamma**2),
    error={{}},
    certificate=certificate,
    nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))],
      squares=[Square(a, s.x - s.{state})]),
    given=[at_least(a), exceeds(gamma - L * gamma**2 / 2 - a * gamma**2)], start=start),
  forms=[Form("general", "", {{a: L / 2}}, [exceeds(gamma - L * gamma**2)])])
"""


@pytest.mark.parametrize(
    ("state", "shown"), [("y_old", "x_{k-1}"), ("momentum_buffer", "x_{k-1}"), ("old", "x_{k-1}")]
)
def test_the_state_of_an_own_method_is_not_printed_raw(
    state: str, shown: str, tmp_path: Path
) -> None:
    source = _OWN.format(state=state, after='s["x"]', lost=f"t.now.x - t.now.{state}")
    (tmp_path / "own.py").write_text(source)
    theorem = load_file(str(tmp_path / "own.py"))["own"]
    text = theorem_environment(theorem, proof=True)
    assert not re.search(rf"(?<![A-Za-z\\]){state}(?![A-Za-z])", text)
    assert shown in text
    assert_readable(text)
