"""Proofs of the methods with one estimate, and what the kernel makes of signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from boundcalc import Theorem
from boundcalc.export.latex import document
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Function, Smooth, at_least
from boundcalc.kernel.algebra import Expression, Gram, Vector, inner, vector
from boundcalc.kernel.sampling import Sampled
from boundcalc.kernel.sign_lemmas import SignLemmas
from numerics import SSVR
from theorems.signs.common import A, beta, d, gamma, sigma2, signs, w
from theorems.signs.single import signsgd, signsgd_momentum, ssvr

NAMES = ["signsgd", "signsgd-momentum", "ssvr"]


@pytest.mark.parametrize("theorem", [signsgd, signsgd_momentum, ssvr], ids=NAMES)
def test_proofs(theorem: Theorem) -> None:
    proof = TheoremHandle(theorem).prove()
    assert proof.proved
    assert "scalar" in [step.kind for step in proof.steps]
    assert proof.axioms == ("tower rule", "induction on k", "real arithmetic by z3")


Change = Callable[[Theorem], Theorem]


def step(**changes: Any) -> Change:
    return lambda theorem: replace(theorem, step=replace(theorem.step, **changes))


def error(name: str, factor: sp.Expr) -> Change:
    def change(theorem: Theorem) -> Theorem:
        kept = dict(theorem.step.error)
        return replace(
            theorem, step=replace(theorem.step, error={**kept, name: kept[name] * factor})
        )

    return change


HALF = sp.Rational(1, 2)
MUTANTS: dict[str, tuple[Theorem, Change]] = {
    "half the length of a step": (signsgd, error("discretisation", HALF)),
    "half the noise": (signsgd, error("noise", HALF)),
    "noise over the square of the batch": (
        signsgd,
        lambda T: replace(T, assumes=[*T.assumes[:2], Sampled(T.step.f, sigma2 / 2)]),
    ),
    "the lemma of another dimension": (
        signsgd, lambda T: replace(T, lemmas=[SignLemmas(d - 1, w)])
    ),
    "no lemma": (signsgd, lambda T: replace(T, lemmas=[])),
    "a weight that may be negative": (
        signsgd, lambda T: replace(T, lemmas=[SignLemmas(d, w - 1)])
    ),
    "half the price of the signs": (signsgd_momentum, error("signs", HALF)),
    "half the drift": (signsgd_momentum, error("drift", HALF)),
    "noise with beta cubed": (signsgd_momentum, error("noise", beta)),
    "an average that forgets at once": (
        signsgd_momentum,
        step(given=[at_least(A), at_least(A, gamma / w)]),
    ),
    "no drift of the gradient": (signsgd_momentum, error("drift", sp.S.Zero)),
    "half the change of a sample": (ssvr, error("drift", HALF)),
    "half the noise of SSVR": (ssvr, error("noise", HALF)),
    "the smoothness of f for that of the samples": (
        ssvr,
        lambda T: replace(T, assumes=[*T.assumes[:2], Sampled(T.step.f, sigma2, T.assumes[0].L)]),
    ),
    "variance reduction without beta": (ssvr, step(given=[at_least(A), at_least(A, gamma / w)])),
    "the sample of another step": (
        ssvr,
        step(certificate=lambda s: replace(ssvr.step.certificate(s), squares=())),
    ),
    "a free weight of any sign": (
        ssvr, lambda T: replace(T, lemmas=[SignLemmas(d, -w)])
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_refused(mutant: str) -> None:
    theorem, change = MUTANTS[mutant]
    assert not TheoremHandle(change(theorem)).prove().proved


def _left(mean: Vector, signed: Vector) -> Expression:
    """What half the price leaves of <sign g, v - g>."""
    (sign,) = mean.sign().coefficients
    priced = signs.unbiased(mean, signed).expression
    return Expression(
        {a: c for a, c in priced.items() if isinstance(a, Gram) and sign in (a.left, a.right)}
    )


def test_half_the_price_is_for_unbiased_estimates_alone() -> None:
    f = Function("f")
    x, v = vector("x", "x"), vector("v", "v")
    g, drawn = f.gradient(x), Sampled(f, sigma2).estimate(x)
    assert not _left(g, drawn).coefficients
    # Of any other estimate the mean stays, and so does that of one of two draws.
    assert _left(g, v).coefficients == inner(g.sign(), g - v).coefficients != {}
    assert _left(g, drawn + v).coefficients == inner(g.sign(), -v).coefficients != {}
    # The gradient itself must be known before: noise is no surprise to what it moves.
    assert set(_left(drawn, g).coefficients) == set(inner(drawn.sign(), drawn - g).coefficients)
    moved = f.gradient(x - drawn)
    assert set(_left(moved, moved + drawn - g).coefficients) == {
        *inner(moved.sign(), drawn - g).coefficients
    }


def test_the_sign_of_a_vector_is_known_when_the_vector_is() -> None:
    f = Function("f")
    x = vector("x", "x")
    drawn = Sampled(f, sigma2).estimate(x)
    (sign,) = drawn.sign().coefficients
    assert sign.stage == drawn.stage and not sign.zero_mean
    assert (2 * drawn).sign() != drawn.sign()
    y = vector("y", "y")
    (basis,) = x.coefficients
    assert f.gradient(x).sign().substitute({basis: y}) == f.gradient(y).sign()


class Flipped(type(SSVR)):  # type: ignore[misc]
    """Steps along the signs when it runs, against them in the proof."""

    def update(self, state: Any, sample: Any, p: Any) -> dict[str, Any]:
        made: dict[str, Any] = super().update(state, sample, p)
        if isinstance(state["x"], np.ndarray):
            made["x"] = 2 * state["x"] - made["x"]
        return made


def test_an_update_that_differs_when_it_runs_is_refused() -> None:
    proof = TheoremHandle(replace(ssvr, algorithm=Flipped())).prove()
    assert not proof.proved and "another to arrays" in proof.steps[-1].problem


def test_a_lemma_is_of_the_kernel() -> None:
    class Cheaper(SignLemmas):
        """The price left out."""

    assert not TheoremHandle(replace(signsgd, lemmas=[Cheaper(d, w)])).prove().proved
    assert not TheoremHandle(replace(signsgd, lemmas=[Smooth(signsgd.step.f, d)])).prove().proved


def test_the_document_of_the_family_is_written() -> None:
    source = document([signsgd, signsgd_momentum, ssvr], proof=True)
    assert source.count(r"\begin{proof}") == 3
    assert r"-\mathrm{sign}(a)\,z" in source and "by the tower rule" in source
