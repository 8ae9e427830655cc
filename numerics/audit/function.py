"""Of the function: smoothness, gradients that belong to the values, least values, convexity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numerics.audit.curvature import extremes, step_at, unit
from numerics.audit.points import descents
from numerics.audit_result import Finding, finding, not_audited, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.optimum import optimum
from numerics.problems.base import Enclosure, Problem, squared_norm

# Points at which curvature is looked for, and enclosures of the most suspicious points.
_BASES, _CLOSEST = 8, 6
# A difference of gradients of which rounding may be a larger part says nothing.
_BLURRED = 0.01
_COORDINATES = 32


def function_findings(problem: Problem, points: Array, rng: np.random.Generator) -> list[Finding]:
    """Return what was measured at ``points`` (count, d), and at points found from there."""
    low = descents(problem, rng)
    about = _Surroundings(problem, points, low, rng)
    found = [
        _smooth(problem, points, about),
        _gradient(problem, about, rng),
        _bounded_below(problem, points, low),
    ]
    if "mu" in problem.constants:
        found.append(_polyak_lojasiewicz(problem, np.concatenate([points, low, about.shallow])))
    if problem.convex:
        found.append(_convex(problem, about))
    if problem.minimiser is not None:
        found.append(_minimiser(problem))
    return found


@dataclass(frozen=True)
class _Surroundings:
    """A few points, and the directions in which the gradient changes least and most there."""

    problem: Problem
    points: Array
    low: Array
    rng: np.random.Generator

    @cached_property
    def bases(self) -> Array:
        """The start, others of the points, where f is lowest, the origin, and what was found by
        climbing from these towards larger curvature; (bases, d).
        """
        p, lowest = self.points, self.low[-1:] if len(self.low) else self.points[:1]
        some = p[np.linspace(0, len(p) - 1, _BASES).astype(int)]
        return np.concatenate([some, lowest, np.zeros((1, self.problem.dimension))])

    @cached_property
    def directions(self) -> Array:
        """(bases, 2, d): least and most."""
        gradient = self.problem.gradient
        found = []
        for x in self.bases:
            first = gradient(x[None])[0] + 0.0
            # From a random point's gradient, lest that of x has no part in some direction.
            size = 1 + float(np.abs(x).max())
            first = first + gradient((x + size * self.rng.standard_normal(len(x)))[None])[0]
            found.append(extremes(gradient, x, first))
        return np.array(found)

    @cached_property
    def pairs(self) -> tuple[Array, Array]:
        """x and y of every base and direction, (2 bases, d) each."""
        x = np.repeat(self.bases, 2, axis=0)
        v = self.directions.reshape(len(x), -1)
        return x, x + step_at(x)[:, None] * v

    @cached_property
    def curvature(self) -> float:
        """The largest quotient of differences found."""
        x, y = self.pairs
        return float(_quotients(self.problem, x, y).max(initial=0.0))

    @cached_property
    def shallow(self) -> Array:
        """Off the lowest point, along the direction in which f rises least there: (6, d)."""
        if not len(self.low):
            return np.zeros((0, self.problem.dimension))
        at = _BASES
        v, size = self.directions[at, 0], 1 + float(np.abs(self.bases[at]).max())
        return self.bases[at] + size * np.array([[1.0], [0.1], [-1.0], [30.0], [1e3], [-1e3]]) * v


def _quotients(problem: Problem, x: Array, y: Array) -> Array:
    bend = np.sqrt(squared_norm(problem.gradient(x) - problem.gradient(y)))
    length = np.sqrt(squared_norm(x - y))
    quotient: Array = np.divide(bend, length, out=np.zeros_like(bend), where=length > 0)
    return np.nan_to_num(quotient, nan=np.inf)


def _smooth(problem: Problem, points: Array, about: _Surroundings) -> Finding:
    L = problem.constants["L"]
    x, y = (np.concatenate(two) for two in zip((points[:-1], points[1:]), about.pairs, strict=True))
    x, y = _climbed(problem, x, y, about.rng)
    order = np.argsort(-_quotients(problem, x, y))[:_CLOSEST]
    bends = np.sqrt(squared_norm(problem.gradient(x[order]) - problem.gradient(y[order])))
    reach = L * np.sqrt(squared_norm(x[order] - y[order]))
    # Rigorous intervals, so that rounding alone never looks like a violation.
    floor = np.array(
        [_width(problem, a) + _width(problem, b) for a, b in zip(x[order], y[order], strict=True)]
    )
    stated = f"||grad f(x) - grad f(y)|| <= L ||x - y||, L = {L:.6g}"
    if (floor > _BLURRED * reach).all():
        return not_audited("smooth", f"{stated}: lost in the rounding of the gradients", ("L",))
    return finding("smooth", stated, ratio(bends, reach, floor), ("L",))


def _climbed(problem: Problem, x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the pairs, and some to which the steepest one leads by moving about at random."""
    best = int(np.argmax(_quotients(problem, x, y)))
    a, step = x[best], y[best] - x[best]
    size = 1 + float(np.abs(a).max())
    for k in range(8):
        moved = a + size * 0.5**k * rng.standard_normal((16, len(a)))
        moved[0] = a
        found = _quotients(problem, moved, moved + step)
        a = moved[int(np.argmax(found))]
    v = extremes(problem.gradient, a, step)
    return np.concatenate([x, a[None], a[None], a[None]]), np.concatenate(
        [y, (a + step)[None], a + float(step_at(a)) * v]
    )


def _width(problem: Problem, x: Array) -> float:
    low, high = problem.enclose(x).gradient_norm
    return high - low


def _gradient(problem: Problem, about: _Surroundings, rng: np.random.Generator) -> Finding:
    """|f(y) - f(x) - <grad f(x), y - x>| <= L/2 ||y - x||^2, so near to x that a gradient that is
    not that of the values breaks it; with the L that was measured, where that is larger.
    """
    L = max(problem.constants["L"], about.curvature)
    ratios = [0.0]
    for x, directions in zip(about.bases, about.directions, strict=True):
        values, gradients = problem.value_and_gradient(x[None])
        at, g = problem.enclose(x), problem.gradient(x[None])[0]
        value = float(problem.value(x[None])[0])
        ratios += _told_twice(at, value, float(values[0]), g, gradients[0])
        tried = [unit(g), *unit(rng.standard_normal((4, len(x)))), *directions]
        largest = np.argsort(-np.abs(g))[: _COORDINATES // 2]
        chosen = {*largest.tolist(), *rng.permutation(len(x))[: _COORDINATES // 2].tolist()}
        tried += [np.eye(1, len(x), j)[0] for j in sorted(chosen)]
        u = np.array(tried)
        slopes = u @ g
        reach = np.maximum(np.abs(slopes), 1e-3 * float(np.linalg.norm(g))) / L
        slip = 4 * (at.value[1] - at.value[0]) + 1e-15 * abs(value)
        for part in (0.1, 0.01, 0.001):
            t = part * reach
            y = x + t[:, None] * u
            change = problem.value(y) - value
            # What is added to x is not t u to the last digit.
            along = (y - x) @ g
            blur = slip + 1e-15 * float(np.abs(x) @ np.abs(g))
            square = 0.5 * L * (1 + 1e-6) * np.einsum("ij,ij->i", y - x, y - x)
            ratios += ratio(np.abs(change - along), square, blur).tolist()
    stated = "|f(y) - f(x) - <grad f(x), y - x>| <= L/2 ||y - x||^2, near x"
    return finding("gradient", stated, ratios)


def _told_twice(at: Enclosure, value: float, again: float, g: Array, g_again: Array) -> list[float]:
    """Check that values and gradients asked for in two ways are the same, and in their
    enclosures.
    """
    norm = float(np.linalg.norm(g))
    room = 1e-9 * max(abs(value), abs(at.value[0])) + at.value[1] - at.value[0]
    wide = 1e-9 * norm + at.gradient_norm[1] - at.gradient_norm[0]
    off = max(at.value[0] - value, value - at.value[1], abs(again - value))
    off_norm = max(
        at.gradient_norm[0] - norm, norm - at.gradient_norm[1], float(np.linalg.norm(g - g_again))
    )
    return [float(ratio(off, room)), float(ratio(off_norm, wide))]


def _bounded_below(problem: Problem, points: Array, low: Array) -> Finding:
    """f >= f_inf, most of all where f is low; and that the start is no farther above than Delta."""
    everywhere = np.concatenate([points, low])
    if problem.minimiser is not None:
        everywhere = np.concatenate([everywhere, problem.minimiser[None]])
    least = everywhere[np.argsort(problem.value(everywhere))[:_CLOSEST]]
    highest = np.array([problem.enclose(x).value[1] for x in least])
    start = problem.enclose(problem.start).value[0]
    ratios = [
        *ratio(problem.f_inf - highest, np.zeros_like(highest), 0.0),
        float(ratio(start - problem.f_inf, problem.Delta, 1e-12 * abs(start))),
    ]
    stated = f"f >= {problem.f_inf:.6g}, f(start) - f_inf <= Delta = {problem.Delta:.6g}"
    return finding("bounded below", stated, ratios, ("Delta",))


def _polyak_lojasiewicz(problem: Problem, points: Array) -> Finding:
    mu = problem.constants["mu"]
    values, squares = problem.value(points), squared_norm(problem.gradient(points))
    with np.errstate(all="ignore"):
        suspicious = np.nan_to_num((values - problem.f_star) / squares, nan=-np.inf, posinf=-np.inf)
    near = np.flatnonzero(values - problem.f_star > 1e-9 * np.abs(values))
    chosen = near[np.argsort(-suspicious[near])[:_CLOSEST]] if len(near) else [0]
    at = [problem.enclose(x) for x in points[chosen]]
    lowest, most = np.array([(e.value[0], e.gradient_norm[1]) for e in at]).T
    ratios = [*ratio(2 * mu * (lowest - problem.f_star), most**2)]
    # By the inequality itself f is nowhere so low.
    floor = float((lowest - most**2 / (2 * mu)).max())
    blur = 1e-9 * abs(problem.f_star)
    ratios.append(float(ratio(floor - problem.f_star, 0.0, blur)))
    stated = f"||grad f||^2 >= 2 mu (f - f_star), mu = {mu:.6g}"
    return finding("PL", stated, ratios, ("mu",))


def _convex(problem: Problem, about: _Surroundings) -> Finding:
    """<grad f(x) - grad f(y), x - y> >= mu ||x - y||^2, where f is stated to be convex (mu = 0) or
    strongly so.
    """
    try:
        mu = optimum(problem).get("mu", 0.0)
    except InputError:
        mu = 0.0
    x, y = about.pairs
    step = x - y
    along = np.einsum("ij,ij->i", problem.gradient(x) - problem.gradient(y), step)
    length = np.sqrt(squared_norm(step))
    widths = np.array([_width(problem, a) + _width(problem, b) for a, b in zip(x, y, strict=True)])
    floor = (widths + 1e-12 * problem.constants["L"] * length) * length
    # More than is allowed, over the most that smoothness leaves room for.
    short = ratio(mu * length**2 - along, 1e-9 * problem.constants["L"] * length**2, floor)
    stated = f"<grad f(x) - grad f(y), x - y> >= {mu:.6g} ||x - y||^2"
    return finding("convex", stated, short)


def _minimiser(problem: Problem) -> Finding:
    """||grad f(y)|| <= L ||y - x_star||, and f(y) - f_star <= L/2 ||y - x_star||^2."""
    assert problem.minimiser is not None
    off, L = problem.minimiser_error, problem.constants["L"]
    at = problem.enclose(problem.minimiser)
    blur = 1e-12 * (1 + abs(problem.f_star))
    ratios = [
        float(ratio(at.gradient_norm[0], L * off)),
        float(ratio(at.value[0] - problem.f_star, 0.5 * L * off**2, blur)),
    ]
    stated = f"the minimiser is where f is least, to within {off:.3g}"
    return finding("minimiser", stated, ratios, ("D0",))
