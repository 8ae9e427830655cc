"""The best free proof parameters: a derivative-free search, many problems at once.

The cross-entropy method (Rubinstein and Kroese, 2004): draw points from a normal distribution, keep
the best, fit the distribution to them, repeat. A point outside the constraints is ranked by how far
outside it is, behind every point inside. It needs no start, copes with optima on the border, and
works on arrays; whatever it returns is checked exactly by its callers, so a poor optimum costs
sharpness, never truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_SAMPLES, _FIRST, _ELITE = 256, 4096, 32
_ROUNDS = 120
# A search ends where so many rounds have brought nothing: no part of the objective, or of how far
# outside the best point is.
_PATIENCE, _NOTHING = 20, 1e-9
# Inside, only points that lie so near each other say that there is no more to come.
_NARROW = 1e-3
# Part of the old spread that is kept in each round: without it the search narrows too soon.
_MEMORY = 0.3
# Half of the first points lie within about so many units of the middle of each axis.
_MIDDLE = 4.0


@dataclass(frozen=True)
class Variable:
    """A variable: how a real coordinate in ``[low, high]`` becomes its value."""

    name: str
    low: float
    high: float
    value: Callable[[Array], Array]
    coordinate: Callable[[float], float]

    @staticmethod
    def unit(name: str, low: float = -24.0) -> Variable:
        """Return a variable in (0, 1): small values and values near one are told apart equally
        well.

        The smallest is about ``exp(low)``.
        """
        return Variable(
            name,
            low,
            24.0,
            lambda u: 1.0 / (1.0 + np.exp(-u)),
            lambda x: float(np.log(x) - np.log1p(-x)),
        )

    @staticmethod
    def positive(name: str, largest: float, decades: float = 12.0) -> Variable:
        """Return a variable in (0, ``largest``], on a logarithmic scale."""
        return Variable(
            name,
            -decades * np.log(10.0),
            0.0,
            lambda u: largest * np.exp(u),
            lambda x: float(np.log(x / largest)),
        )


@dataclass(frozen=True)
class Found:
    """The best point of each problem: values (problems,) by name, the objective, the violation."""

    values: dict[str, Array]
    objective: Array
    violation: Array


def minimise(
    objective: Callable[[dict[str, Array]], tuple[Array, Array]],
    axes: list[Variable],
    problems: int = 1,
    seed: int = 0,
    start: Mapping[str, float] | None = None,
    passes: int = 2,
) -> Found:
    """Minimise for each of ``problems`` problems over the variables ``axes``.

    ``objective`` maps values of shape (problems, points) by name to the objective and the
    violation of constraints (0 inside), both broadcastable to that shape. With ``start`` the
    search begins around that point instead of everywhere. The same ``seed`` gives the same answer.
    One of the ``passes`` takes half the time, where searches correct each other.
    """
    rng = np.random.default_rng(seed)
    low, high = (np.array([getattr(a, end) for a in axes]) for end in ("low", "high"))
    n = len(axes)

    def rank(points: Array) -> tuple[Array, Array, npt.NDArray[np.intp]]:
        """Points (problems, points, n) with what they are worth; lower keys are better."""
        values = {a.name: a.value(points[..., i]) for i, a in enumerate(axes)}
        worth, outside = objective(values)
        worth = np.broadcast_to(worth, points.shape[:2])
        outside = np.broadcast_to(outside, points.shape[:2])
        worth = np.where(np.isfinite(worth), worth, np.inf)
        order = np.lexsort((worth, outside), axis=1)
        return worth, outside, order

    def around(centre: Array) -> Array:
        """Near the points, and farther away: nobody knows how wide the admissible set is there."""
        size = np.geomspace(1e-6, 3.0, _FIRST)[None, :, None]
        points: Array = centre[:, None] + size * rng.standard_normal((len(centre), _FIRST, n))
        points[:, 0] = centre
        return points

    if start is None:
        points = low + (high - low) * rng.random((1, _FIRST, n))
        middle = np.clip((low + high) / 2, -_MIDDLE, _MIDDLE)
        points[:, ::2] = middle + _MIDDLE * rng.standard_normal((1, _FIRST // 2, n))
    else:
        with np.errstate(divide="ignore"):
            centre = np.array([[axis.coordinate(start[axis.name]) for axis in axes]])
        points = around(np.clip(centre, low, high))
    rows, ends = np.arange(problems)[:, None], (low, high)
    nothing = np.empty((problems, 0, n))
    best = _narrowed(rank, np.clip(points, low, high), nothing, rows, ends, rng)
    # Again, from where the first ended: along a curved border it stops too soon.
    for _ in range(passes - 1):
        points = np.clip(around(best[:, 0]), low, high)
        best = _narrowed(rank, points, best, rows, ends, rng)
    worth, outside, order = rank(best)
    first = order[:, :1]
    return Found(
        {a.name: a.value(best[:, 0, i]) for i, a in enumerate(axes)},
        worth[rows, first][:, 0],
        outside[rows, first][:, 0],
    )


Ranked = tuple[Array, Array, npt.NDArray[np.intp]]


def _narrowed(
    rank: Callable[[Array], Ranked],
    points: Array,
    best: Array,
    rows: npt.NDArray[np.intp],
    ends: tuple[Array, Array],
    rng: np.random.Generator,
) -> Array:
    """Return the best of ``points``, of ``best`` and of what is drawn near ever better ones.

    Points are (problems or 1, points, n), ``best`` and the result (problems, at most one, n).
    """
    problems, n = len(rows), points.shape[-1]
    points = np.broadcast_to(points, (problems, *points.shape[1:]))
    covariance = np.zeros((problems, n, n))
    memory = 0.0
    history: list[tuple[Array, Array]] = []
    for _ in range(_ROUNDS):
        points = np.concatenate([best, points], axis=1)
        worth, outside, order = rank(points)
        elite = points[rows, order[:, :_ELITE]]
        best = elite[:, :1]
        history.append((worth[rows, order[:, :1]], outside[rows, order[:, :1]]))
        narrow = np.einsum("pii->p", covariance) < _NARROW**2
        if len(history) > _PATIENCE and _stuck(history[-1], history[-1 - _PATIENCE], narrow):
            break
        centre = elite.mean(axis=1)
        offsets = elite - centre[:, None]
        spread = np.einsum("pei,pej->pij", offsets, offsets) / _ELITE
        covariance = memory * covariance + (1 - memory) * spread
        memory = _MEMORY
        size = np.einsum("pii->p", covariance)[:, None, None]
        factor = np.linalg.cholesky(covariance + (1e-10 * size + 1e-30) * np.eye(n))
        draws = rng.standard_normal((problems, _SAMPLES, n))
        points = centre[:, None] + np.einsum("pij,psj->psi", factor, 1.1 * draws)
        # Half of the points around the best one, so that the search cannot leave it behind.
        points[:, ::2] += best - centre[:, None]
        points = np.clip(points, *ends)
    return best


def _stuck(
    now: tuple[Array, Array], before: tuple[Array, Array], narrow: npt.NDArray[np.bool_]
) -> bool:
    """Return whether nothing got better in any of the problems, nor will."""
    with np.errstate(invalid="ignore"):
        inside = now[1] == 0
        entered = inside & (before[1] > 0)
        gained = np.where(inside, before[0] - now[0], before[1] - now[1])
        size = np.abs(np.where(inside, now[0], now[1]))
        over = ~entered & (gained <= _NOTHING * size) & (narrow[:, None] | ~inside)
    return bool(over.all())
