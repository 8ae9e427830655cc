"""From one step to all: the lemma that unrolls the one-step inequality, its proof, and its use."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from boundcalc.export.latex.abbreviations import factored
from boundcalc.export.latex.expressions import Writer, joined, scaled
from boundcalc.export.latex.invariants import cycle
from boundcalc.export.latex.layout import chain, conjunction, escaped, spoken
from boundcalc.export.latex.reasons import Reasons
from boundcalc.kernel.algebra import Expression
from boundcalc.kernel.lemmas import Unrolling, k
from boundcalc.kernel.printing import latex
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Theorem
from numerics.traits import traits

# What a lemma speaks of, in letters of its own; and the attribute of the rule that is put in.
_SPEAKS = {
    "telescoping": (r"real sequences $V_k$ and $m_k$ and real $c$ and $e$", {"c": "decrease"}),
    "geometric": (r"a real sequence $V_k$ and real $\rho$ and $e$", {r"\rho": "contraction"}),
    "growth": (
        r"real sequences $V_k$ and $m_k$ and real $a$, $c$ and $e$",
        {"a": "growth", "c": "decrease"},
    ),
    "windowed telescoping": (
        r"real sequences $V_k$, $m_k$ and $w_k$, with $w_j=0$ for $j<0$, an integer $\tau\ge0$ and"
        r" real $b$, $c\ge0$, $c'$ and $e$",
        {"c'": "decrease", "b": "held", "c": "spent"},
    ),
    "windowed": (
        r"real sequences $V_k$ and $w_k$, with $w_j=0$ for $j<0$, an integer $\tau\ge0$ and real"
        r" $\rho$, $b$, $c\ge0$ and $e$",
        {r"\rho": "contraction", "b": "held", "c": "spent"},
    ),
}
# Proofs that are told rather than listed: the claims of the lemma are their steps.
_TOLD = {
    "windowed telescoping": (
        r"Put $U_k=V_k+\sum_{i=1}^{\tau}c_i\,w_{k-i}$ with $c_i=c\,(\tau+1-i)$. Since"
        r" $c_i=c+c_{i+1}$ and $c_1=c\tau\le b$, the one-step inequality says $U_{k+1}\le"
        r" U_k-c'm_k+e$. Added up over $k<K$, with $U_0=V_0$ and $U_K\ge0$, this is the claim.",
    ),
    "windowed": (
        r"Put $U_k=V_k+\sum_{i=1}^{\tau}c_i\,w_{k-i}$ with $c_i=c\sum_{l=1}^{\tau+1-i}"
        r"(1-\rho)^{-l}$, so that $(1-\rho)\,c_i=c+c_{i+1}$ with $c_{\tau+1}=0$. By Bernoulli's"
        r" inequality $(1-\rho)^l\ge1-\rho l\ge1-\rho\tau$ for $l\le\tau$, and therefore"
        r" $c_1\le c\tau/(1-\rho\tau)\le b$. So the one-step inequality says $U_{k+1}\le"
        r"(1-\rho)\,U_k+e$. By induction on $k$, $U_k\le(1-\rho)^kU_0"
        r"+\tfrac e\rho\bigl(1-(1-\rho)^k\bigr)$; and $U_0=V_0$ and $V_K\le U_K$.",
    ),
}
# The quantities that the proof of a lemma has of its own.
_PUT = {"growth": r", where $w_{k}=(1+a)^{-k}$ and $t_{k}=\sum_{j=1}^{k}w_{j}$"}


def unrolled(theorem: Theorem, reasons: Reasons, label: str) -> list[str]:
    """Return the lemma, its proof, and what it gives for the inequality of that ``label``."""
    rule, count = theorem.step.unroll, ITERATIONS.symbol
    weights = rule.weights(count, rule.power(count))
    error = sp.Add(*theorem.errors.values())
    errors = theorem.errors.values() if traits(theorem.algorithm).samples else [error]
    terms = [scaled(weights.start, "V_0")]
    terms += [latex(weights.error * e) for e in errors if e != 0]
    demands = conjunction([reasons.label(c) for c in rule.demands()])
    speaks, put = _SPEAKS.get(rule.lemma.name, ("the sequences in question", {}))
    return [
        "",
        rf"\emph{{All steps.}} The {escaped(rule.lemma.name)} lemma says, for {speaks}: if for"
        " every integer $k\\ge0$",
        rf"\[ {rule.lemma.statement}. \]",
        *_proved(theorem, rule),
        *cycle(theorem),
        rf"By {demands} it applies to~\eqref{{{label}}},{_with(rule, put)} and gives",
        "\\[\n" + chain(theorem.step.measure.latex, r"\le", terms, ".") + "\n\\]",
    ]


def _with(rule: Unrolling, put: dict[str, str]) -> str:
    values = [rf"${name}={latex(getattr(rule, of))}$" for name, of in put.items()]
    values = [v for v in values if not _same(v)]
    return f" with {conjunction(values)}," if values else ""


def _same(equation: str) -> bool:
    left, _, right = equation.strip("$").partition("=")
    return left == right


def _proved(theorem: Theorem, rule: Unrolling) -> list[str]:
    """Return the lemma's own proof: its hypothesis and how its claims are put together."""
    if rule.lemma.name in _TOLD:
        return list(_TOLD[rule.lemma.name])
    claims = rule.lemma.claims()
    lines = ["It is proved by induction on $k$."]
    for premise in (premise for claim in claims for _, premise in claim.certificate.using):
        if premise.name == "induction hypothesis":
            left, right = Writer().inequality(premise.expression)
            where = _PUT.get(rule.lemma.name) or _power(theorem, premise.expression)
            lines[0] = (
                rf"It is proved by induction on $k$ with the hypothesis"
                rf" ${left}\le {joined(right)}${where}; at $k=0$ both sides are equal."
            )
    lines += _steps(rule)
    return lines


def _steps(rule: Unrolling) -> Iterator[str]:
    for claim in rule.lemma.claims():
        if not claim.certificate.using:
            continue  # an equality
        parts = [
            scaled(_at_the_end(claim.what, multiplier), rf"\text{{[{spoken(premise.name)}]}}")
            for multiplier, premise in claim.certificate.using
        ]
        what = spoken(claim.what[:1].upper() + claim.what[1:])
        end = r", since $V_K\ge0$" if claim.what == "conclusion" else ""
        yield f"{what}: ${joined(parts)}${end}."


def _at_the_end(what: str, multiplier: object) -> sp.Expr:
    """Return the multiplier; what a lemma concludes is of K steps, which its claim calls k."""
    value = sp.sympify(multiplier)
    if what == "conclusion":
        ended = {s: sp.Symbol(s.name.replace("_k", "_K"), real=True) for s in value.free_symbols}
        value = value.subs({**ended, k: ITERATIONS.symbol})
    return factored(value)


def _power(theorem: Theorem, expression: Expression) -> str:
    """Return what the lemma's symbol for a power means, where it has one."""
    power = theorem.step.unroll.power(sp.Symbol("k"))
    for symbol in {s for _, c in expression.items() for s in c.free_symbols}:
        if symbol.name.endswith("_k"):
            return f", where ${latex(symbol)}={latex(power)}$"
    return ""
