"""The lemmas on numbers that a proof of a sign-based method rests on, as it states them."""

from __future__ import annotations

from boundcalc.kernel.directions import Directions
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.writing import latex

__all__ = ["scalar_lemma"]


def scalar_lemma(lemma: ScalarLemma) -> list[str]:
    """What is said of a few numbers, why, and what it gives for vectors."""
    if isinstance(lemma, SignLemmas):
        return _signs(lemma)
    if isinstance(lemma, Directions):
        return _directions(lemma)
    assert isinstance(lemma, Norms)
    return _norms(lemma) if lemma.root is not None else []


def _signs(lemma: SignLemmas) -> list[str]:
    w = latex(lemma.weight)
    voted = []
    if lemma.second is not None:
        u = latex(lemma.second)
        voted = [
            rf"If the mean of $c$ is $e$ instead, then $2|a|P\le2|e|P+2|a-e|$ for the probability"
            r" $P$ of a wrong sign where $e$ has the sign of $a$, and $|a|\le|a-e|$ elsewhere, so"
            rf" that $\mathbb E\,a\,\mathrm{{sign}}(c)\ge|a|-\tfrac12({w}+V/{w})-{u}-(a-e)^2/{u}$."
        ]
    return [
        "",
        rf"\emph{{Signs.}} For real $a$, $c$ and ${w}>0$, with $\mathrm{{sign}}(0)=0$,",
        rf"\[ |a|\le a\,\mathrm{{sign}}(c)+{w}+\tfrac1{{{w}}}(a-c)^2, \]",
        rf"for where the signs differ $(a-c)^2\ge a^2$, and ${w}+a^2/{w}\ge2|a|$. If $c$ is random"
        r" with mean $a$ and variance $V$, its sign is wrong with probability at most $V/(V+a^2)$"
        r" by Cantelli's inequality, so that $\mathbb E\,a\,\mathrm{sign}(c)\ge|a|-2|a|V/(V+a^2)"
        rf"\ge|a|-\tfrac12({w}+V/{w})$.",
        *voted,
        rf"Summed over the ${latex(lemma.d)}$ coordinates these bound"
        r" inner products with a vector of signs, whose squared norm is at most"
        rf" ${latex(lemma.d)}$.",
    ]


def _directions(lemma: Directions) -> list[str]:
    w = latex(lemma.weight)
    return [
        "",
        rf"\emph{{Directions.}} For vectors $a$, $c$ and ${w}>0$, with $c/\|c\|=0$ at $c=0$,",
        rf"\[ \|a\|\le\langle a,c/\|c\|\rangle+{w}+\tfrac1{{{w}}}\|a-c\|^2, \]",
        r"for $\langle a,c/\|c\|\rangle\ge\|c\|-\|a-c\|\ge\|a\|-2\|a-c\|$ by Cauchy and Schwarz"
        rf" (and at $c=0$), and $2\|a-c\|\le {w}+\|a-c\|^2/{w}$.",
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
