"""Measures: a quantity of the objective at a state of the method, over some steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from boundcalc.kernel.algebra import Expression, Function, norm, norm1, norm2
from boundcalc.kernel.transition import State


@dataclass(frozen=True)
class Measure:
    """The measure of a theorem: ``quantity`` of the objective at a state of the method.

    ``text`` and ``latex`` name it as the conclusion speaks of it: ``over`` says whether that is the
    mean over k < K, the least of these values, or the last value. ``order`` is the power of a norm
    that it is, where it is one; ``norm`` says which norm of the gradient (1 or 2), 0 for what is
    none.
    """

    name: str
    text: str
    latex: str
    quantity: Callable[[Function, State], Expression]
    over: Literal["mean", "least", "last"]
    order: int = 1
    norm: Literal[0, 1, 2] = 0


SQUARED_GRADIENT = Measure(
    "squared-gradient",
    "mean of E||grad f(x_k)||^2 over k < K",
    r"\frac1K\sum_{k=0}^{K-1}\mathbb E\|\nabla f(x_k)\|^2",
    lambda f, state: norm2(f.gradient(state.x)),
    "mean",
    order=2,
    norm=2,
)
GRADIENT_1NORM = Measure(
    "gradient-1-norm",
    "mean of E||grad f(x_k)||_1 over k < K",
    r"\frac1K\sum_{k=0}^{K-1}\mathbb E\|\nabla f(x_k)\|_1",
    lambda f, state: norm1(f.gradient(state.x)),
    "mean",
    norm=1,
)
GRADIENT_NORM = Measure(
    "gradient-2-norm",
    "mean of E||grad f(x_k)|| over k < K",
    r"\frac1K\sum_{k=0}^{K-1}\mathbb E\|\nabla f(x_k)\|",
    lambda f, state: norm("2", f.gradient(state.x)),
    "mean",
    norm=2,
)
GAP = Measure(
    "gap",
    "E[f(x_K) - f_inf]",
    r"\mathbb E\bigl[f(x_K)-f_\star\bigr]",
    lambda f, state: f.value(state.x) - f.infimum,
    "last",
)

MEAN_GAP = Measure(
    "mean-gap",
    "mean of E[f(x_k) - f_inf] over k < K",
    r"\frac1K\sum_{k=0}^{K-1}\mathbb E\bigl[f(x_k)-f_\star\bigr]",
    lambda f, state: f.value(state.x) - f.infimum,
    "mean",
)
DISTANCE = Measure(
    "distance",
    "E||x_K - x_star||^2",
    r"\mathbb E\|x_K-x_\star\|^2",
    lambda f, state: norm2(state.x - f.minimiser),
    "last",
    order=2,
)
LEAST_SQUARED_GRADIENT = Measure(
    "least-squared-gradient",
    "least E||grad f(x_k)||^2 over k < K",
    r"\min_{0\le k<K}\mathbb E\|\nabla f(x_k)\|^2",
    lambda f, state: norm2(f.gradient(state.x)),
    "least",
    order=2,
)
