"""Why a compressor or an aggregator has its constant, in LaTeX."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from boundcalc.export.latex.conditions import related
from boundcalc.kernel.coordinates import (
    DIMENSION,
    MAGNITUDE,
    NORM,
    NORM1,
    Case,
    Coordinatewise,
    OrderStatistics,
    Selection,
)
from boundcalc.kernel.printing import declare, latex
from boundcalc.model.estimator import Estimator
from boundcalc.proofs.estimators import constant_facts

declare(MAGNITUDE.name, "|v_j|")
declare(NORM.name, r"\|v\|")
declare(NORM1.name, r"\|v\|_1")
declare("p_j", "p_j")


def lemma_lines(estimator: Estimator) -> Iterator[str]:
    """Yield the argument for the implied constant, after it has been checked.

    Raises :class:`ProofError` where it does not hold.
    """
    constant_facts(estimator)
    lemma, constant = estimator.lemma, estimator.implied_constant
    yield ""
    if isinstance(lemma, OrderStatistics):
        yield from _order(lemma, constant)
        return
    yield r"\medskip\noindent\emph{The compressor.} For every vector $v\ne0$,"
    if isinstance(lemma, Selection):
        yield from _selection(lemma, constant)
    elif isinstance(lemma, Coordinatewise):
        yield from _coordinates(lemma, constant)


def lemma_statement(estimator: Estimator) -> str:
    """Return what the named compressor or aggregator does, as a part of the statement."""
    lemma = estimator.lemma
    d = latex(DIMENSION)
    if isinstance(lemma, Selection):
        return (
            rf"$\mathcal C(v)$ keeps the ${latex(lemma.kept)}$ entries of largest magnitude of"
            rf" $v\in\mathbb R^{{{d}}}$ and sets the others to zero"
        )
    if isinstance(lemma, OrderStatistics):
        kept = latex(sp.together(lemma.kept))
        return (
            rf"each coordinate of $\mathrm{{Agg}}$ lies between the means of the ${kept}$ least"
            rf" and of the ${kept}$ largest of the ${latex(lemma.honest)}$ honest values"
        )
    assert isinstance(lemma, Coordinatewise)
    cases = "; ".join(_spoken(lemma, case) for case in lemma.cases)
    return (
        rf"of a coordinate of $v\in\mathbb R^{{{d}}}$ of magnitude ${latex(MAGNITUDE)}>0$ the"
        f" compressor makes, up to its sign, {cases}; zero stays zero"
    )


def _spoken(lemma: Coordinatewise, case: Case) -> str:
    """Return the outcomes of a case in words, so that lines can break between them."""
    outcomes = " or ".join(
        f"${latex(o.value)}$"
        + ("" if o.probability == 1 else f" with probability ${latex(o.probability)}$")
        for o in case.outcomes
    )
    where = _conditions(lemma, case)
    return outcomes + (f" (where {', '.join(f'${c}$' for c in where)})" if where else "")


def _selection(lemma: Selection, constant: sp.Expr) -> Iterator[str]:
    k, d = latex(lemma.kept), latex(DIMENSION)
    yield (
        rf"let $m$ be the least of the ${k}$ squares that stay. They add up to at least ${k}m$, and"
        rf" the others, each at most $m$, to at most $({d}-{k})m$; so the share left out is at most"
        rf" ${latex(constant)}$."
    )


def _order(lemma: OrderStatistics, constant: sp.Expr) -> Iterator[str]:
    count = sp.together(lemma.kept)
    kept, n = latex(count), latex(lemma.honest)
    k = f"({kept})" if count.is_Add else kept
    others = latex(sp.factor(lemma.honest - lemma.kept))
    yield (
        r"\medskip\noindent\emph{The aggregator.} Each coordinate of the aggregate is made of"
        rf" sorted values, so it lies between the means of the ${kept}$ least and of"
        rf" the ${kept}$ largest of the ${n}$ honest values. Let the latter be $u$"
        rf" above the mean of all, and the mean of the others $w$ below it. Then"
        rf" ${k}u=({others})w$, and the"
        r" variance of the honest values is at least"
        rf" $\bigl({k}u^2+({others})w^2\bigr)/{n}=u^2/\kappa$ with $\kappa={latex(constant)}$."
    )


def _coordinates(lemma: Coordinatewise, constant: sp.Expr) -> Iterator[str]:
    a = latex(MAGNITUDE)
    yield rf"a coordinate of magnitude ${a}>0$ becomes, up to its sign,"
    yield "\\begin{gather*}\n" + "\\\\\n".join(_case(lemma, case) for case in lemma.cases)
    yield "\\end{gather*}"
    mean = rf"its mean is ${a}$, and " if lemma.kind == "unbiased" else ""
    yield f"and zero stays zero. So {mean}the second moment of the error is at most"
    yield f"\\[\n{latex(lemma.bound)}.\n\\]"
    polynomial = sp.Poly(lemma.bound, MAGNITUDE)
    q2, q1, q0 = (polynomial.coeff_monomial(MAGNITUDE**i) for i in (2, 1, 0))
    total = q2 * NORM**2 + q1 * NORM1 + q0 * DIMENSION
    whole = latex(constant if lemma.kind == "absolute" else constant * NORM**2)
    summed = latex(sp.factor(total))
    norms = rf", since $\|v\|\le\|v\|_1\le\sqrt {latex(DIMENSION)}\,\|v\|$" if lemma.axioms else ""
    last = (
        rf"this is at most ${whole}$"
        if summed == whole
        else (rf"this is at most ${summed}$, which is at most ${whole}$")
    )
    yield f"Summed over the coordinates, {last}{norms}."


def _case(lemma: Coordinatewise, case: Case) -> str:
    outcomes = [
        rf"{latex(outcome.value)}"
        + (
            ""
            if outcome.probability == 1
            else rf"\text{{ with probability }}{latex(outcome.probability)}"
        )
        for outcome in case.outcomes
    ]
    where = _conditions(lemma, case)
    conditions = r",\ ".join(where)
    condition = rf"\quad\text{{where }} {conditions};" if where else ""
    return r",\quad ".join(outcomes) + (r"\\" if case.exists else "") + condition


def _conditions(lemma: Coordinatewise, case: Case) -> list[str]:
    where = [related(c) for c in case.exists]
    if case.low != 0 or case.high is not None:
        between = latex(lemma.scale)
        low = f"{latex(case.low)}\\le " if case.low != 0 else ""
        high = f"\\le {latex(case.high)}" if case.high is not None else ""
        where = [f"{low}{between}{high}", *where]
    return where
