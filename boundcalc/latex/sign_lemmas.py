"""The coordinate lemmas as a proof states them."""

from __future__ import annotations

from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.writing import latex

__all__ = ["coordinate_lemma"]


def coordinate_lemma(lemma: SignLemmas) -> list[str]:
    """What is said of one coordinate, and why; summed over the coordinates it is used below."""
    w = latex(lemma.weight)
    return [
        "",
        rf"\emph{{Signs.}} For real $a$, $c$ and ${w}>0$, with $\mathrm{{sign}}(0)=0$,",
        rf"\[ |a|\le a\,\mathrm{{sign}}(c)+{w}+\tfrac1{{{w}}}(a-c)^2, \]",
        rf"for where the signs differ $(a-c)^2\ge a^2$, and ${w}+a^2/{w}\ge2|a|$. If $c$ is random"
        r" with mean $a$ and variance $V$, its sign is wrong with probability at most $V/(V+a^2)$"
        r" by Cantelli's inequality, so that $\mathbb E\,a\,\mathrm{sign}(c)\ge|a|-2|a|V/(V+a^2)"
        rf"\ge|a|-\tfrac12({w}+V/{w})$. Summed over the {latex(lemma.d)} coordinates these bound"
        r" inner products with a vector of signs, whose squared norm is at most"
        rf" ${latex(lemma.d)}$.",
    ]
