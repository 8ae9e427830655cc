"""Unrolling with a window: past steps come back, at most ``tau`` iterations later.

The one-step inequality has ``- held w_k + spent (w_{k-tau} + ... + w_{k-1})`` in it, where ``w_j``
is the expected squared length of the step from x_j to x_{j+1}, zero before the start. Where
``held`` is large enough, every step pays in advance for what it costs later, and the conclusion is
that of the lemma without a window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from boundcalc.kernel.algebra import Expression, PastSteps, constant, scalar
from boundcalc.kernel.certificate import Certificate, Premise
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.lemmas import (
    METRIC,
    V_NEXT,
    Geometric,
    Lemma,
    LemmaClaim,
    Telescoping,
    V,
    b,
    c,
    e,
    rho,
)
from boundcalc.kernel.printing import latex

_TAU, _I = sp.symbols("tau i", real=True)
# Weights of two members of the window, one step apart, and of the youngest.
_AFTER, _FIRST = sp.symbols("c_{i+1} c_1", real=True)


def past_steps(tau: sp.Expr) -> Expression:
    """``E||x_{j+1} - x_j||^2``, summed over the last ``tau`` steps before the present one."""
    return Expression({PastSteps(tau): 1})


def past_steps_latex(tau: sp.Expr) -> str:
    """Return the same in LaTeX."""
    return rf"\textstyle\sum_{{j=k-{latex(tau)}}}^{{k-1}}\mathbb E\|x_{{j+1}}-x_j\|^2"


def _geometric() -> Sequence[LemmaClaim]:
    # U_k = V_k + sum_i c_i w_{k-i} with (1-rho) c_i = c + c_{i+1}, c_{tau+1} = 0. The claim is
    # linear in w, so one member w_{k-i} of the window stands for all of them.
    here, older = (scalar(n, n, nonnegative=True) for n in ("w_k", "w_{k-i}"))
    ci = (c + _AFTER) / (1 - rho)
    power, total, term = sp.symbols("power s_i r_{i+1}", real=True)
    ordinary = [exceeds(1, rho), at_least(rho), at_least(c), at_least(_AFTER)]
    short = [at_least(rho), exceeds(1, rho * _TAU)]
    most = 1 / (1 - rho * _TAU)
    step = Premise("one step", (1 - rho) * V - b * here + c * older + constant(e) - V_NEXT)
    own = [
        LemmaClaim(
            "V plus the weighted window contracts like V alone",
            [*ordinary, at_least(b, _FIRST)],
            (1 - rho) * (V + ci * older) + constant(e) - (V_NEXT + _FIRST * here + _AFTER * older),
            Certificate(using=[(1, step)]),
        ),
        LemmaClaim("the weights are non-negative", ordinary, constant(ci), Certificate()),
        LemmaClaim(
            "the weights are sums of powers, by induction from the oldest step on",
            ordinary,
            constant((c + c * total) / (1 - rho) - c * (1 / (1 - rho) + total / (1 - rho))),
            Certificate(),
        ),
        LemmaClaim(
            "Bernoulli's inequality for these powers, by induction",
            [at_least(rho), exceeds(1, rho), at_least(_I), at_least(power, 1 - _I * rho)],
            constant((1 - rho) * power - 1 + (_I + 1) * rho),
            Certificate(),
        ),
        LemmaClaim(
            "each power is at most that of the longest delay",
            [*short, exceeds(1, rho), at_least(_I), at_least(_TAU, _I)],
            constant(most - 1 / (1 - rho * _I)),
            Certificate(),
        ),
        LemmaClaim(
            "their sum is at most the number of powers times that, by induction",
            [*short, at_least(most, term), at_least(_I * most, total)],
            constant((_I + 1) * most - total - term),
            Certificate(),
        ),
        LemmaClaim(
            "the weight of the youngest step is paid for",
            [*short, at_least(c), at_least(b * (1 - rho * _TAU), c * _TAU),
             at_least(_TAU * most, total)],
            constant(b - c * total),
            Certificate(),
        ),
    ]  # fmt: skip
    return [*own, *_of(Geometric.lemma)]


def _telescoping() -> Sequence[LemmaClaim]:
    here, older = (scalar(n, n, nonnegative=True) for n in ("w_k", "w_{k-i}"))
    extra = sp.Symbol("c'", real=True)
    step = Premise("one step", V - extra * METRIC - b * here + c * older + constant(e) - V_NEXT)
    own = [
        LemmaClaim(
            "V plus the weighted window decreases like V alone",
            [at_least(c), at_least(_AFTER), at_least(b, _FIRST)],
            V
            + (c + _AFTER) * older
            - extra * METRIC
            + constant(e)
            - (V_NEXT + _FIRST * here + _AFTER * older),
            Certificate(using=[(1, step)]),
        ),
        LemmaClaim(
            "the weights grow by the same amount from step to step, to what is paid",
            [at_least(c), at_least(_TAU, _I), at_least(_AFTER, c * (_TAU - _I))],
            constant(c + _AFTER - c * (_TAU + 1 - _I)),
            Certificate(),
        ),
    ]
    return [*own, *_of(Telescoping.lemma)]


def _of(lemma: Lemma) -> list[LemmaClaim]:
    """Return the claims of a lemma that is applied to V plus the weighted window."""
    return [
        LemmaClaim(
            f"{lemma.name} lemma for this sum, {claim.what}",
            claim.given,
            claim.claim,
            claim.certificate,
        )
        for claim in lemma.claims()
    ]


@dataclass(frozen=True)
class WindowedTelescoping(Telescoping):
    """:class:`Telescoping` with a window: needs ``held >= spent tau``."""

    held: sp.Expr
    spent: sp.Expr
    tau: sp.Expr
    lemma = Lemma(
        "windowed telescoping",
        r"\begin{gathered}V_{k+1}\le V_k-c'm_k-b\,w_k+c\textstyle\sum_{j=k-\tau}^{k-1}w_j+e,\ "
        r"V,w\ge0,\ c'>0,\ b\ge c\tau\\ \Rightarrow\; "
        r"\tfrac1K\textstyle\sum_{k<K}m_k\le\frac{V_0}{c'K}+\frac e{c'}\end{gathered}",
        _telescoping,
    )

    def window(self, moved: Expression) -> Expression:
        return self.spent * past_steps(self.tau) - self.held * moved

    def demands(self) -> tuple[Condition, ...]:
        return (*super().demands(), *_paid(self.held, self.spent, self.tau, sp.S.Zero))


@dataclass(frozen=True)
class WindowedGeometric(Geometric):
    """:class:`Geometric` with a window: needs ``held >= spent tau/(1 - contraction tau)``."""

    held: sp.Expr
    spent: sp.Expr
    tau: sp.Expr
    lemma = Lemma(
        "windowed",
        r"\begin{gathered}V_{k+1}\le(1-\rho)V_k-b\,w_k+c\textstyle\sum_{j=k-\tau}^{k-1}w_j+e,\ "
        r"w\ge0,\ 0<\rho\le1,\ \rho\tau<1,\ b\ge\tfrac{c\tau}{1-\rho\tau}\\ \Rightarrow\; "
        r"V_K\le(1-\rho)^KV_0+\frac e\rho\bigl(1-(1-\rho)^K\bigr)\end{gathered}",
        _geometric,
    )

    def window(self, moved: Expression) -> Expression:
        return self.spent * past_steps(self.tau) - self.held * moved

    def demands(self) -> tuple[Condition, ...]:
        rate = self.contraction
        return (*super().demands(), *_paid(self.held, self.spent, self.tau, rate))


def _paid(held: sp.Expr, spent: sp.Expr, tau: sp.Expr, rate: sp.Expr) -> tuple[Condition, ...]:
    """Return what makes a step pay in advance for what it costs later."""
    return (
        at_least(tau),
        at_least(spent),
        *([exceeds(1, rate * tau, "the delay is short beside the contraction")] if rate else []),
        at_least(held * (1 - rate * tau), spent * tau, "every step pays for what it costs later"),
    )


#: The rules of this module, of which their lemmas prove that claim, demands and weights fit.
WINDOWED = (WindowedTelescoping, WindowedGeometric)
