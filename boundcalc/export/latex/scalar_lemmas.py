"""The lemmas on numbers that a proof of a sign-based method rests on, as it states them."""

from __future__ import annotations

from collections.abc import Set

import sympy as sp

from boundcalc.kernel.directions import Directions
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.printing import latex
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.sign_lemmas import SignLemmas


def scalar_lemma(lemma: ScalarLemma, used: Set[str]) -> list[str]:
    """Return what is said of a few numbers, why, and what it gives for vectors.

    ``used`` are the rules of the lemma that the proof uses.
    """
    if isinstance(lemma, SignLemmas):
        return _signs(lemma, used)
    if isinstance(lemma, Directions):
        return _directions(lemma)
    assert isinstance(lemma, Norms)
    return _norms(lemma) if lemma.root is not None else []


def _signs(lemma: SignLemmas, used: Set[str]) -> list[str]:
    w, below = latex(lemma.weight), _below(lemma.weight)
    lines = ["", r"\emph{Signs.} Here $\mathrm{sign}(0)=0$."]
    if lemma.radius != 1:
        R = latex(lemma.radius)
        lines[-1] = rf"{lines[-1][:-1]}, and $\mathrm{{sign}}({R}\,a)=\mathrm{{sign}}(a)$."
    if "signs" in used:
        lines += [
            rf"For real $a$, $c$ and ${w}>0$,",
            rf"\[ |a|\le a\,\mathrm{{sign}}(c)+{w}+\tfrac1{{{w}}}(a-c)^2, \]",
            rf"for where the signs differ $(a-c)^2\ge a^2$, and ${w}+a^2/{below}\ge2|a|$.",
        ]
    if "unbiased" in used:
        lines += [
            rf"For real $a$, $z$ and ${w}>0$,",
            rf"\[ |a|\le a\,\mathrm{{sign}}(a+z)+\tfrac12\bigl({w}+\tfrac1{{{w}}}z^2\bigr)"
            r"-\mathrm{sign}(a)\,z, \]",
            rf"for $|z|\le\tfrac12({w}+z^2/{below})$, which is enough where $a=0$ or $a+z$ has the"
            r" sign of $a$. Elsewhere $|z|\ge|a|$ and $\mathrm{sign}(a)\,z=-|z|$, so that the"
            r" right-hand side is at least $-|a|+2|z|\ge|a|$. If $z$ has mean zero given $a$, then"
            r" $\mathbb E\,\mathrm{sign}(a)\,z=0$ by the tower rule.",
        ]
    if "voted" in used:
        assert lemma.second is not None
        u, under = latex(lemma.second), _below(lemma.second)
        lines += [
            rf"For real $a$, $e$, $y$ and ${w},{u}>0$,",
            rf"\[ |a|\le a\,\mathrm{{sign}}(e+y)+\tfrac12\bigl({w}+\tfrac1{{{w}}}y^2\bigr)+{u}"
            rf"+\tfrac1{{{u}}}(a-e)^2-\mathrm{{sign}}(a)\,y, \]",
            rf"for $|y|\le\tfrac12({w}+y^2/{below})$, which is enough where $a=0$ or $e+y$ has the"
            r" sign of $a$. Elsewhere $-\mathrm{sign}(a)\,y\ge\mathrm{sign}(a)\,e\ge|a|-|a-e|$ and"
            rf" ${u}+(a-e)^2/{under}\ge2|a-e|$, so that the right-hand side is at least"
            r" $-|a|-2\,\mathrm{sign}(a)\,y+2|a-e|\ge|a|$. If $y$ has mean zero given $a$, then"
            r" $\mathbb E\,\mathrm{sign}(a)\,y=0$ by the tower rule.",
        ]
    if used & {"signs", "unbiased", "voted"}:
        lines.append(
            rf"Summed over the ${latex(lemma.d)}$ coordinates, in expectation, this bounds inner"
            " products with a vector of signs."
        )
    if "length" in used:
        d = latex(lemma.d)
        lines.append(rf"The squared norm of a vector of ${d}$ signs is at most ${d}$.")
    return lines


def _below(weight: sp.Expr) -> str:
    """Return the weight as it stands after a slash."""
    return latex(weight) if weight.is_Symbol else f"({latex(weight)})"


def _directions(lemma: Directions) -> list[str]:
    w, below = latex(lemma.weight), _below(lemma.weight)
    return [
        "",
        rf"\emph{{Directions.}} For vectors $a$, $c$ and ${w}>0$, with $c/\|c\|=0$ at $c=0$,",
        rf"\[ \|a\|\le\langle a,c/\|c\|\rangle+{w}+\tfrac1{{{w}}}\|a-c\|^2, \]",
        r"for $\langle a,c/\|c\|\rangle\ge\|c\|-\|a-c\|\ge\|a\|-2\|a-c\|$ by Cauchy and Schwarz"
        rf" (and at $c=0$), and $2\|a-c\|\le {w}+\|a-c\|^2/{below}$.",
    ]


def _norms(lemma: Norms) -> list[str]:
    assert lemma.root is not None and lemma.d is not None
    r, d = latex(lemma.root), latex(lemma.d)
    return [
        "",
        r"\emph{Norms.} For real $a$, $c$, in every case of signs,"
        r" $a\,\mathrm{sign}(c)\ge|a|-2|a-c|$; summed over the coordinates, with"
        rf" $\|u\|_1\le\sqrt{{{d}}}\,\|u\|$ for every vector $u$ by Cauchy and Schwarz and"
        rf" $\sqrt{{{d}}}\le\tfrac12({r}{d}+1/{r})$ for every ${r}>0$, this bounds inner products"
        " with a vector of signs.",
    ]
