"""False theorems on compressed and stale gradients, one change away from a true one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Certificate, Geometric, Growth, Telescoping, norm2
from boundcalc.kernel.algebra import MinimiserOf, Vector, scalar
from boundcalc.kernel.convexity import SmoothConvex, StronglyConvex
from boundcalc.kernel.local import CompressedGradients, ConvexWorkers
from boundcalc.kernel.stale import StaleGradient, StaleWorkers
from boundcalc.kernel.windows import WindowedTelescoping, past_steps
from boundcalc.model.measures import DISTANCE, GAP, SQUARED_GRADIENT
from boundcalc.model.theorem import Theorem
from theorems.compressed import delayed, server, undelayed
from theorems.compressed.delayed import delayed_dcgd_convex, delayed_dcgd_strongly_convex
from theorems.compressed.parameters import L, gamma, tau
from theorems.compressed.server import delayed_cgd_nonconvex, delayed_cgd_pl
from theorems.compressed.undelayed import dcgd_convex, dcgd_nonconvex, dcgd_strongly_convex
from theorems.sgd import f

HALF = sp.Rational(1, 2)
b, rho = delayed.b, undelayed.rho


def step(theorem: Theorem, **changes: Any) -> Theorem:
    return replace(theorem, step=replace(theorem.step, **changes))


def certificate(theorem: Theorem, change: Callable[[Certificate], Certificate]) -> Theorem:
    proof = theorem.step.certificate
    return step(theorem, certificate=lambda transition: change(proof(transition)))


def using(theorem: Theorem, index: int, factor: Any) -> Theorem:
    def change(proof: Certificate) -> Certificate:
        used = list(proof.using)
        used[index] = (factor * used[index][0], used[index][1])
        return replace(proof, using=used)

    return certificate(theorem, change)


def without(theorem: Theorem, kind: type) -> Theorem:
    return replace(theorem, assumes=[a for a in theorem.assumes if not isinstance(a, kind)])


def error(theorem: Theorem, factor: Any) -> Theorem:
    shrunk = {name: factor * value for name, value in theorem.step.error.items()}
    return step(theorem, error=shrunk)


def free(theorem: Theorem) -> Theorem:
    """Without the conditions of its forms."""
    return replace(theorem, forms=[replace(form, given=[]) for form in theorem.forms])


def untied(theorem: Theorem, index: int) -> Theorem:
    given = list(theorem.step.given)
    del given[index]
    return step(theorem, given=given)


def formula(theorem: Theorem, symbol: sp.Symbol, factor: Any) -> Theorem:
    changed = [
        replace(form, formulas={**form.formulas, symbol: factor * form.formulas[symbol]})
        for form in theorem.forms
    ]
    return replace(theorem, forms=changed)


def window(theorem: Theorem, **changes: Any) -> Theorem:
    return step(theorem, unroll=replace(theorem.step.unroll, **changes))


FORGED = Vector({MinimiserOf("argmin_f", r"x_\star", function="g"): 1})

MUTANTS: dict[str, Theorem] = {
    # without delay
    "half the residual -- the workers' gradients do not vanish at the minimiser": error(
        dcgd_strongly_convex, HALF
    ),
    "no residual in the convex case -- compression adds noise at the minimiser": error(
        dcgd_convex, 0
    ),
    "no residual in the non-convex case -- D_inf is forgotten": error(dcgd_nonconvex, 0),
    "twice the contraction -- strong convexity gives gamma mu (2 - gamma Lambda)": step(
        dcgd_strongly_convex, unroll=Geometric(2 * rho)
    ),
    "steps of any length -- the condition on gamma is dropped": free(dcgd_convex),
    "steps of any length, strongly convex -- the multiplier changes its sign": free(
        dcgd_strongly_convex
    ),
    "steps beyond 2/L -- descent is lost": free(dcgd_nonconvex),
    "Lambda without the compressor -- its variance is forgotten": formula(
        dcgd_convex, undelayed.Lambda, HALF
    ),
    "no strong convexity -- then nothing contracts": without(dcgd_strongly_convex, StronglyConvex),
    "no convexity of f -- its gradient's length is not bounded by the gap": without(
        dcgd_convex, SmoothConvex
    ),
    "no assumption on the workers -- their gradients may be anything": without(
        dcgd_convex, ConvexWorkers
    ),
    "no compressor assumed -- there is no estimate": without(dcgd_convex, CompressedGradients),
    "compressors of different workers in step -- independence is what gives 1/n": using(
        dcgd_convex, 0, HALF
    ),
    "compression counted half -- its inequality is needed in full": using(dcgd_convex, 1, HALF),
    "no growth -- what compression adds is in proportion to the gap": step(
        dcgd_nonconvex, unroll=Growth(sp.S.Zero, gamma * (1 - gamma * L / 2))
    ),
    "telescoping under growth -- the same": step(
        dcgd_nonconvex,
        unroll=Telescoping(gamma * (1 - gamma * L / 2)),
        measure=SQUARED_GRADIENT,
    ),
    "the mean under growth -- the lemma bounds the least": step(
        dcgd_nonconvex, measure=SQUARED_GRADIENT
    ),
    "the last gap under telescoping -- the last may be larger than the mean": step(
        dcgd_convex, measure=GAP
    ),
    "the distance for the gap -- a small gap does not mean near": step(
        dcgd_convex, measure=DISTANCE
    ),
    "twice the distance as V -- D0 then has the weight 2 and rho stays": step(
        dcgd_strongly_convex, lyapunov=lambda state: HALF * norm2(state.x - f.minimiser)
    ),
    "the minimiser of another function -- it only has the name": step(
        dcgd_strongly_convex, lyapunov=lambda state: norm2(state.x - FORGED)
    ),
    "D0 stands for half the distance -- its name says the whole": step(
        dcgd_convex,
        start=lambda first: {
            key: HALF * value for key, value in dcgd_convex.step.start(first).items()
        },
    ),
    # with delay
    "the window not paid for -- b = 0": step(
        delayed_dcgd_convex,
        unroll=WindowedTelescoping(2 * gamma, sp.S.Zero, delayed.SPENT, tau),
    ),
    "half the charge -- a step costs tau times later": formula(delayed_dcgd_convex, b, HALF),
    "half the charge under contraction -- a step costs tau times later": formula(
        delayed_dcgd_strongly_convex, b, HALF
    ),
    "the charge of the convex case under contraction -- past steps weigh more then": replace(
        delayed_cgd_pl,
        forms=[
            replace(form, formulas={**form.formulas, b: server.SPENT * tau})
            for form in delayed_cgd_pl.forms
        ],
    ),
    "a window of one delay less -- the oldest step is left out": window(
        delayed_dcgd_convex, tau=tau - 1
    ),
    "a shorter window that is paid for -- the oldest step is left out": window(
        delayed_cgd_nonconvex, tau=tau / 2
    ),
    "the windowed inequality by the plain lemma -- past steps come back": step(
        delayed_cgd_nonconvex, unroll=Telescoping(server.c)
    ),
    "the same under contraction -- past steps come back": step(
        delayed_cgd_pl, unroll=Geometric(rho)
    ),
    "a negative window -- past steps would help": window(delayed_cgd_nonconvex, spent=-b),
    "steps of any length under delay -- the condition on gamma is dropped": free(
        delayed_dcgd_convex
    ),
    "steps of any length, server -- the condition on gamma is dropped": free(delayed_cgd_nonconvex),
    "staleness counted half -- the distance is tau times the window": using(
        delayed_dcgd_convex, 2, HALF
    ),
    "sparsity counted half -- s workers share a coordinate": using(delayed_dcgd_convex, 6, HALF),
    "half the residual under delay -- compression adds noise at the minimiser": error(
        delayed_dcgd_strongly_convex, HALF
    ),
    "no stale workers -- their gradients may be anything": without(
        delayed_dcgd_convex, StaleWorkers
    ),
    "no stale gradient -- there is no estimate": without(delayed_cgd_pl, StaleGradient),
    "no strong convexity under delay -- nothing contracts": without(
        delayed_dcgd_strongly_convex, StronglyConvex
    ),
    "twice the decrease under delay -- the step gives c": window(
        delayed_cgd_nonconvex, decrease=2 * server.c
    ),
    "twice the contraction under delay -- PL gives 2 mu c": window(
        delayed_cgd_pl, contraction=2 * rho
    ),
    "the drift of the gradient forgotten -- the share theta is not free": using(
        delayed_dcgd_strongly_convex, 8, 0
    ),
    "twice the contraction by the share -- it gives one more at most": formula(
        delayed_dcgd_strongly_convex, rho, 2
    ),
    "the charge without the share's -- the drift of the gradient is late, too": formula(
        delayed_dcgd_strongly_convex, b, 1 / (1 + delayed.theta)
    ),
    "the balance counted twice -- c is what the 2x2 form leaves": formula(
        delayed_cgd_nonconvex, server.c, 2
    ),
    "the last value under the windowed telescoping lemma -- it bounds the mean": step(
        delayed_dcgd_convex, measure=GAP
    ),
    "a Lyapunov function of the window -- it is no function of the state": step(
        delayed_cgd_nonconvex,
        lyapunov=lambda state: f.value(state.x) - f.infimum + past_steps(tau),
    ),
    "the length untied -- the charge and the step may be anything": untied(delayed_cgd_pl, 2),
    "the charge untied -- nothing says that the window is paid for": untied(delayed_dcgd_convex, 3),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_refused(name: str) -> None:
    proof = TheoremHandle(MUTANTS[name]).prove()
    assert proof.status == "failed"
    assert proof.steps[-1].problem
    assert all(part.ok for part in proof.steps[:-1])


def test_every_mutant_has_a_reason() -> None:
    assert len(MUTANTS) >= 40
    assert all(" -- " in name for name in MUTANTS)


def test_windows_of_other_lengths_are_other_quantities() -> None:
    """So a distance bounded by a longer window cannot be paid from a shorter one."""
    same = past_steps(tau) - past_steps(tau)
    assert not same.expanded().coefficients
    other = past_steps(tau) - past_steps(tau - 1)
    assert other.expanded().coefficients
    named = past_steps(tau) - scalar("window[tau]", "w", nonnegative=True)
    assert named.expanded().coefficients
