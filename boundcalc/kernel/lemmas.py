"""Unrolling lemmas: from a one-step inequality to a bound for every K.

Each lemma is proved here by the kernel itself: its induction step, its start and its conclusion are
certificates over named scalars. What remains on trust is induction on k, and the finite sum of a
recursively defined sequence. A lemma that theorems use is also an :class:`Unrolling`, which makes
the one-step claim, what the lemma demands, and the weights of the conclusion; the proof of the
lemma and the bounds of theorems take the weights from the same place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import sympy as sp

from boundcalc.kernel.algebra import Expression, constant, scalar
from boundcalc.kernel.certificate import Certificate, Checked, Premise, check
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.powers import Discounted, Power, complement
from boundcalc.kernel.signs import Signs


@dataclass(frozen=True)
class LemmaClaim:
    """One certificate of a lemma: what it says, under what, and why."""

    what: str
    given: Sequence[Condition]
    claim: Expression
    certificate: Certificate


@dataclass(frozen=True)
class Lemma:
    """An unrolling lemma.

    ``statement`` is LaTeX; ``claims`` makes the certificates of its proof; ``axioms`` names what
    the proof takes on trust.
    """

    name: str
    statement: str
    claims: Callable[[], Sequence[LemmaClaim]]
    axioms: tuple[str, ...] = ("induction on k",)

    def prove(self) -> Sequence[tuple[LemmaClaim, Checked]]:
        """Check every certificate of the lemma; raises :class:`ProofError`."""
        return _proved(self)


@cache
def _proved(lemma: Lemma) -> Sequence[tuple[LemmaClaim, Checked]]:
    return [
        (claim, check(claim.claim, claim.certificate, Signs(claim.given)))
        for claim in lemma.claims()
    ]


def forget() -> None:
    """Forget which lemmas were proved."""
    _proved.cache_clear()


@dataclass(frozen=True)
class Weights:
    """The conclusion of a lemma: ``start * V_0 + error * e`` bounds the measure."""

    start: sp.Expr
    error: sp.Expr


@dataclass(frozen=True)
class Unrolling(ABC):
    """A lemma applied to a Lyapunov function with particular rates.

    ``averaged`` says that the conclusion bounds a mean (or minimum) over k < K, so K >= 1; else it
    bounds the value at K, and K = 0 is allowed. ``decay`` says how fast the first term falls.
    ``concludes`` is what is bounded of the measure over the iterations: its mean over k < K, the
    least of it, or the last value.
    """

    lemma: ClassVar[Lemma]
    averaged: ClassVar[bool]
    decay: ClassVar[str]
    concludes: ClassVar[frozenset[str]]

    @abstractmethod
    def claim(self, now: Expression, following: Expression, measure: Expression) -> Expression:
        """``right - left`` of the one-step inequality, without the error."""

    def window(self, moved: Expression) -> Expression:
        """Return what the steps add to ``right - left``, the present one having the squared length
        ``moved``: nothing, but for lemmas that weigh steps against each other.
        """
        return Expression({})

    @abstractmethod
    def remainder(self, lyapunov: Expression, measure: Expression) -> Expression:
        """Return what the lemma demands to be non-negative."""

    @abstractmethod
    def demands(self) -> tuple[Condition, ...]:
        """Return what the lemma demands of the rates."""

    @property
    @abstractmethod
    def rate(self) -> sp.Expr:
        """Return what makes the bound fall with K: the larger, the faster."""

    @abstractmethod
    def power(self, iterations: sp.Expr) -> sp.Expr:
        """Return the power that the weights depend on, or one where there is none."""

    @abstractmethod
    def weights(self, iterations: sp.Expr, power: sp.Expr) -> Weights:
        """Return the weights of the conclusion after so many iterations."""


# The quantities of the one-step inequality: V_k, V_{k+1}, the metric m_k.
V0 = scalar("V_0", "V_0")
V = scalar("V_k", "V_k")
V_NEXT = scalar("V_{k+1}", "V_{k+1}")
V_END = scalar("V_K", "V_K", nonnegative=True)
METRIC = scalar("m_k", "m_k")
SUM = scalar("sum m", r"\textstyle\sum_{j<k} m_j")
a, b, c, e, k, rho = sp.symbols("a b c e k rho", real=True)


def _conclusion(weights: Weights, measure: Expression) -> Expression:
    return weights.start * V0 + constant(weights.error * e) - measure


def _telescoping() -> Sequence[LemmaClaim]:
    rule = Telescoping(c)
    so_far = Premise("induction hypothesis", V0 + constant(k * e) - V - c * SUM)
    step = Premise("one step", rule.claim(V, V_NEXT, METRIC) + constant(e))
    end = Premise("induction at K", V0 + constant(k * e) - V_END - c * SUM)
    return [
        LemmaClaim(
            "induction step",
            rule.demands(),
            V0 + constant((k + 1) * e) - V_NEXT - c * (SUM + METRIC),
            Certificate(using=[(1, so_far), (1, step)]),
        ),
        LemmaClaim(
            "conclusion",
            [*rule.demands(), exceeds(k)],
            _conclusion(rule.weights(k, sp.S.One), 1 / k * SUM),
            Certificate(using=[(1 / (c * k), end)]),
        ),
    ]


def _geometric() -> Sequence[LemmaClaim]:
    rule = Geometric(rho)
    power = sp.Symbol("r_k", real=True)
    so_far = Premise("induction hypothesis", _conclusion(rule.weights(k, power), V))
    step = Premise("one step", rule.claim(V, V_NEXT, METRIC) + constant(e))
    return [
        LemmaClaim(
            "start: equality at k = 0",
            rule.demands(),
            _conclusion(rule.weights(sp.S.Zero, sp.S.One), V0),
            Certificate(),
        ),
        LemmaClaim(
            "induction step",
            rule.demands(),
            _conclusion(rule.weights(k + 1, (1 - rho) * power), V_NEXT),
            Certificate(using=[(1 - rho, so_far), (1, step)]),
        ),
    ]


def _growth() -> Sequence[LemmaClaim]:
    # w = (1+a)^{-k}, and t is the sum of such weights so far; the k-th step has the weight w/(1+a).
    rule = Growth(a, c)
    w, total = sp.symbols("w_k t_k", real=True)
    weighted = scalar("weighted sum", r"\textstyle\sum_{j<k} w_{j+1} m_j")
    least = scalar("min m", r"\textstyle\min_{j<k} m_j")
    following = w / (1 + a)
    so_far = Premise("induction hypothesis", V0 + constant(e * total) - w * V - c * weighted)
    step = Premise("one step", rule.claim(V, V_NEXT, METRIC) + constant(e))
    end = Premise("induction at K", V0 + constant(e * total) - w * V_END - c * weighted)
    smallest = Premise("the minimum is at most every m", weighted - total * least)
    return [
        LemmaClaim(
            "induction step",
            [*rule.demands(), exceeds(w)],
            V0
            + constant(e * (total + following))
            - following * V_NEXT
            - c * (weighted + following * METRIC),
            Certificate(using=[(1, so_far), (following, step)]),
        ),
        LemmaClaim(
            "conclusion",
            [*rule.demands(), exceeds(w), exceeds(total)],
            _conclusion(rule.weights(k, total), least),
            Certificate(using=[(1 / (c * total), end), (1 / total, smallest)]),
        ),
    ]


def _averaged() -> Sequence[LemmaClaim]:
    beta, count = sp.symbols("beta K", real=True)
    first, last, total, noise = (
        scalar(n, t, nonnegative=True)
        for n, t in (
            ("E_1", "E_1"),
            ("E_K", "E_K"),
            ("sum E", r"\textstyle\sum_{t\le K} E_t"),
            ("sum Q", r"\textstyle\sum_t Q_t"),
        )
    )
    # Summed over t = 2..K: sum E - E_1 <= (1-beta)^2 (sum E - E_K) + sum Q.
    summed = Premise(
        "the recursion, summed", (1 - beta) ** 2 * (total - last) + noise - total + first
    )
    scale = 1 / (beta * (2 - beta))
    return [
        LemmaClaim(
            "conclusion",
            [exceeds(beta), at_least(1, beta), exceeds(count)],
            scale / count * (first + noise) - 1 / count * total,
            Certificate(using=[(scale / count, summed)]),
        )
    ]


@dataclass(frozen=True)
class Telescoping(Unrolling):
    """``V_{k+1} <= V_k - decrease * m_k + e`` bounds the mean of ``m_k`` over k < K."""

    decrease: sp.Expr
    lemma = Lemma(
        "telescoping",
        r"V_{k+1}\le V_k-c\,m_k+e,\ V\ge0,\ c>0 \;\Rightarrow\; "
        r"\tfrac1K\textstyle\sum_{k<K}m_k\le\frac{V_0}{cK}+\frac ec",
        _telescoping,
    )
    concludes = frozenset({"mean", "least"})
    decay = "O(1/K)"
    averaged = True

    def claim(self, now: Expression, following: Expression, measure: Expression) -> Expression:
        return now - self.decrease * measure - following

    def remainder(self, lyapunov: Expression, measure: Expression) -> Expression:
        return lyapunov

    def demands(self) -> tuple[Condition, ...]:
        return (exceeds(self.decrease, meaning="the measure decreases the Lyapunov function"),)

    @property
    def rate(self) -> sp.Expr:
        return self.decrease

    def power(self, iterations: sp.Expr) -> sp.Expr:
        return sp.S.One

    def weights(self, iterations: sp.Expr, power: sp.Expr) -> Weights:
        return Weights(1 / (self.decrease * iterations), 1 / self.decrease)


@dataclass(frozen=True)
class Geometric(Unrolling):
    """``V_{k+1} <= (1 - contraction) V_k + e`` bounds ``m_K <= V_K``."""

    contraction: sp.Expr
    lemma = Lemma(
        "geometric",
        r"V_{k+1}\le(1-\rho)V_k+e,\ 0<\rho\le1 \;\Rightarrow\; "
        r"V_K\le(1-\rho)^KV_0+\frac e\rho\bigl(1-(1-\rho)^K\bigr)",
        _geometric,
    )
    concludes = frozenset({"last"})
    decay = "linear"
    averaged = False

    def claim(self, now: Expression, following: Expression, measure: Expression) -> Expression:
        return (1 - self.contraction) * now - following

    def remainder(self, lyapunov: Expression, measure: Expression) -> Expression:
        return lyapunov - measure

    def demands(self) -> tuple[Condition, ...]:
        return (
            exceeds(self.contraction, meaning="the contraction is positive"),
            at_least(1, self.contraction, meaning="the contraction is at most one"),
        )

    @property
    def rate(self) -> sp.Expr:
        return self.contraction

    def power(self, iterations: sp.Expr) -> sp.Expr:
        return Power(self.contraction, iterations)

    def weights(self, iterations: sp.Expr, power: sp.Expr) -> Weights:
        return Weights(power, complement(power) / self.contraction)


@dataclass(frozen=True)
class Growth(Unrolling):
    """``V_{k+1} <= (1 + growth) V_k - decrease * m_k + e`` bounds the least ``m_k``, k < K.

    The same bound holds for their mean with weights (1 + growth)^{-k-1}; at growth 0 it is
    :class:`Telescoping`.
    """

    growth: sp.Expr
    decrease: sp.Expr
    lemma = Lemma(
        "growth",
        r"V_{k+1}\le(1+a)V_k-c\,m_k+e,\ V\ge0,\ a\ge0,\ c>0 \;\Rightarrow\; "
        r"\min_{k<K}m_k\le\frac{V_0}{c\sum_{j=1}^K(1+a)^{-j}}+\frac ec",
        _growth,
        ("induction on k", "finite sums"),
    )
    concludes = frozenset({"least"})
    decay = "O(1/K)"
    averaged = True

    def claim(self, now: Expression, following: Expression, measure: Expression) -> Expression:
        return (1 + self.growth) * now - self.decrease * measure - following

    def remainder(self, lyapunov: Expression, measure: Expression) -> Expression:
        return lyapunov

    def demands(self) -> tuple[Condition, ...]:
        return (
            at_least(self.growth, meaning="the Lyapunov function grows by a factor"),
            exceeds(self.decrease, meaning="the measure decreases the Lyapunov function"),
        )

    @property
    def rate(self) -> sp.Expr:
        return self.decrease

    def power(self, iterations: sp.Expr) -> sp.Expr:
        return Discounted(self.growth, iterations)

    def weights(self, iterations: sp.Expr, power: sp.Expr) -> Weights:
        return Weights(1 / (self.decrease * power), 1 / self.decrease)


AVERAGED_RECURSION = Lemma(
    "averaged recursion",
    r"E_t\le(1-\beta)^2E_{t-1}+Q_t\ (t=2..K) \;\Rightarrow\; "
    r"\tfrac1K\textstyle\sum_{t=1}^{K}E_t\le\frac{E_1/K+\frac1K\sum_tQ_t}{\beta(2-\beta)}",
    _averaged,
    ("finite sums",),
)

#: The rules of which a lemma proves that claim, demands and weights belong together.
UNROLLINGS = (Telescoping, Geometric, Growth)

#: Every lemma, by name.
LEMMAS = {
    lemma.name: lemma
    for lemma in (
        Telescoping.lemma,
        Geometric.lemma,
        Growth.lemma,
        AVERAGED_RECURSION,
    )
}
