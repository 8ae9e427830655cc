"""Environments to paste, and documents that compile as they are."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.export.latex.composed import composed_proof
from boundcalc.export.latex.layout import escaped, width
from boundcalc.export.latex.orientation import oriented_for
from boundcalc.export.latex.proofs import proof as proof_environment
from boundcalc.export.latex.statement import corollaries, formula, statement, unproved, written
from boundcalc.kernel.powers import Discounted, Power, Shortfall
from boundcalc.kernel.printing import latex
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.standing import announce

_NEEDS = (
    r"% Needs amsmath, amssymb and amsthm, with \newtheorem{theorem}{Theorem}"
    r" and \newtheorem{corollary}{Corollary}."
)

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[margin=1in]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\usepackage{booktabs}
\usepackage{longtable}
\usepackage[hidelinks]{hyperref}
\newtheorem{theorem}{Theorem}
\newtheorem{corollary}{Corollary}
\allowdisplaybreaks
\setlength{\emergencystretch}{2em}
\begin{document}"""


# What fits the last column of the table, in letters of a formula.
_RESIDUAL = 15


def theorem_environment(theorem: Theorem, *, proof: bool = False) -> str:
    """Return the theorem and its corollaries as environments, with the proof if asked for.

    The proof of a composed theorem cites that of the theorem it rests on.

    Raises :class:`ProofError` where a proof is asked for and the kernel refuses it.
    """
    found = announce(theorem)
    if proof and not found.proved:
        raise ProofError(str(found))
    parts = [f"{_NEEDS}\n{statement(theorem)}"]
    if proof and theorem.base is not None and theorem.estimator is not None:
        parts.append(composed_proof(theorem, theorem.base, theorem.estimator))
    elif proof:
        parts.append(proof_environment(theorem))
    return "\n\n".join([*parts, *corollaries(theorem)])


def environments(theorems: Sequence[Theorem], *, proof: bool = False) -> list[str]:
    """Return the environments of several theorems; with proofs, what composed ones rest on comes
    first.

    Raises :class:`ProofError` where proofs are asked for and the kernel refuses one.
    """
    bases = [t.base for t in theorems if proof and t.base is not None and t.base not in theorems]
    every = [*dict.fromkeys(bases), *theorems]
    return [theorem_environment(theorem, proof=proof) for theorem in every]


def display(theorem: Theorem) -> str:
    """Return the readable bound as display mathematics, for a notebook."""
    announce(theorem)
    return formula(theorem)


def document(theorems: Sequence[Theorem], *, proof: bool = False, table: bool = True) -> str:
    """Return a document that pdflatex compiles as it is; with several theorems, a table of their
    rates.

    Raises :class:`ProofError` where proofs are asked for and the kernel refuses one.
    """
    parts = [_PREAMBLE]
    if table and len(theorems) > 1:
        parts.append(rates_table(theorems))
    parts += environments(theorems, proof=proof)
    sources = {theorem.source.key: theorem.source for theorem in theorems}
    items = "\n".join(source.bibitem() for source in sources.values())
    parts.append(f"\\begin{{thebibliography}}{{{len(sources)}}}\n{items}\n\\end{{thebibliography}}")
    return "\n\n".join([*parts, r"\end{document}"]) + "\n"


def rates_table(theorems: Sequence[Theorem]) -> str:
    """Return what each theorem bounds, how fast the bound falls, and what is left of it as K
    grows.
    """
    for theorem in theorems:
        announce(theorem)
    rows = " \\\\\n\\addlinespace\n".join(_row(theorem) for theorem in theorems)
    head = r"theorem & method & bounded quantity & rate & residual \\"
    return rf"""{{\footnotesize
\begin{{longtable}}{{@{{}}p{{8.4em}}p{{7em}}ccc@{{}}}}
\caption{{Rates in the number ${ITERATIONS.latex}$ of iterations, and what is left of the bound as
${ITERATIONS.latex}\to\infty$, in the quantities of the theorems.}}\label{{tab:rates}} \\
\toprule
{head}
\midrule
\endfirsthead
\toprule
{head}
\midrule
\endhead
\bottomrule
\endfoot
{rows} \\
\end{{longtable}}}}"""


def _row(theorem: Theorem) -> str:
    with oriented_for(theorem):
        return _oriented_row(theorem)


def _oriented_row(theorem: Theorem) -> str:
    short = written(theorem, theorem.form(theorem.readable))
    residual = latex(_one_fraction(sp.Add(*(_left_over(t) for t in short.terms.values()))))
    if width(residual) > _RESIDUAL:
        residual = rf"\text{{see \eqref{{eq:{theorem.name}}}}}"
    # Letters of one width break at a hyphen only where they are told to.
    name = escaped(theorem.name).replace("-", r"-\allowbreak{}")
    cells = [
        rf"\raggedright \ref{{thm:{theorem.name}}}: {unproved(theorem)}\texttt{{{name}}}",
        rf"\raggedright {escaped(theorem.algorithm.title)}",
        rf"$\displaystyle {theorem.step.measure.latex}$",
        f"${_rate(theorem)}$",
        rf"$\displaystyle {residual}$",
    ]
    return " & ".join(cells)


def _left_over(term: sp.Expr) -> sp.Expr:
    """Return the term as K grows without bound."""
    whole = dict.fromkeys(term.atoms(Power), sp.S.Zero)
    whole |= dict.fromkeys(term.atoms(Shortfall), sp.S.One)
    whole |= {total: 1 / total.args[0] for total in term.atoms(Discounted)}
    number = sp.Symbol("n", positive=True)
    return sp.limit(term.subs(whole).subs(ITERATIONS.symbol, number), number, sp.oo)


def _one_fraction(total: sp.Expr) -> sp.Expr:
    """Terms with the same denominator put over it."""
    groups: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(total):
        above, below = sp.fraction(term)
        groups[below] = groups.get(below, sp.S.Zero) + above
    return sp.Add(*(above / below for below, above in groups.items()))


def _rate(theorem: Theorem) -> str:
    """Return how fast the first term goes to its limit, from the weights of the unrolling."""
    rule, count = theorem.step.unroll, ITERATIONS.symbol
    weight = rule.weights(count, rule.power(count)).start
    powers = weight.atoms(Power, Shortfall)
    if powers:
        return latex(Power(*powers.pop().args))
    # A sum of discounted ones is the number of them as long as it grows.
    weight = weight.replace(Discounted, lambda growth, number: number)
    return rf"\mathcal O({latex(weight.as_independent(count)[1])})"
