"""Why there is no step size or no bound at some numbers, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import sympy as sp

from boundcalc.bounds.describe import closed_form, condition_line, condition_sides
from boundcalc.exact.evaluate import exact, fulfils, number
from boundcalc.exact.surd import Surd
from boundcalc.model.estimator import B, Estimator
from boundcalc.model.parameters import GAMMA, Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.solve.points import largest_step, programs
from boundcalc.solve.values import Values

# The constants that can forbid every step.
_SHOWN = {"B", "M", "beta", "omega", "alpha", "theta", "p", "rho"}
_GIVEN = "d"
_GAMMA = GAMMA.name


def why_not(theorem: Theorem, given: Values) -> str:
    """Return why there is no bound: no step size is admissible, or not the one that is given."""
    if _GAMMA not in given:
        return no_step(theorem, given)
    gamma = float(given[_GAMMA])
    others = {name: v for name, v in given.items() if name != _GAMMA}
    found = [largest_step(program, others) for program in programs(theorem, others)]
    largest = max((float(f[1].values[_GAMMA]) for f in found if f is not None), default=0.0)
    fixed = [f"{p.name} = {float(given[p.name]):.6g}" for p in theorem.free if p.name in given]
    chosen = f" with {', '.join(fixed)}" if fixed else ""
    if largest == 0:
        return no_step(theorem, others)
    if gamma < largest:
        return f"gamma = {gamma:.10g} is not admissible for {theorem.name}{chosen}"
    return (
        f"gamma = {gamma:.10g} is above the limit of {theorem.name}{chosen}:"
        f" admissible steps are below {largest:.10g}"
    )


def no_step(theorem: Theorem, given: Values) -> str:
    """Return the message for constants that admit no step at all, with the condition that is
    broken.
    """
    telling = (
        _SHOWN | {p.name for p in theorem.estimator.parameters if p.given}
        if (theorem.estimator)
        else _SHOWN
    )
    names = [p.name for p in theorem.parameters if p.name in telling and p.name in given]
    shown = ", ".join(f"{name} = {float(given[name]):.6g}" for name in names)
    remedy = remedies(theorem, given)
    if remedy:
        return f"no step size is admissible for {theorem.name}: {remedy}"
    broken = broken_side(theorem, given)
    if broken:
        return f"no step size is admissible for {theorem.name} at {shown}: {broken}"
    fixed = [p.name for p in theorem.free if p.name in given]
    reason = (
        f"these proof parameters are fixed: {', '.join(fixed)}; without them the best are chosen"
        if fixed
        else "bias and noise seem to leave nothing for the gradient"
    )
    return f"no admissible step size was found for {theorem.name} at {shown}: {reason}"


def broken_side(theorem: Theorem, given: Mapping[str, Surd]) -> str | None:
    """Return the first condition without gamma that these numbers break, with its sides, if any."""
    numbers = {theorem.parameter(name).symbol: value for name, value in given.items()}
    for condition in closed_form(theorem, given).solved.side:
        if condition.symbols <= set(numbers) and not fulfils(condition, numbers):
            left, relation, _, right = condition_sides(condition)
            values = (float(exact(side, numbers)) for side in (left, right))
            sides = f" {relation} ".join(f"{value:.6g}" for value in values)
            return f"{condition_line(condition)} is needed, and {sides} is false"
    return None


def remedies(theorem: Theorem, given: Mapping[str, Surd]) -> str | None:
    """Return what would have to change where the estimator's bias outgrows the gradient (B >= 1).

    Each constant that B depends on is solved for, the others as given and the free proof parameters
    at their best; the dimension is what it is. None where B is below 1, or the theorem has no
    estimator.
    """
    estimator = theorem.estimator
    least = _least(estimator) if estimator is not None and estimator.biased else None
    if estimator is None or least is None:
        return None
    numbers = {p.symbol: given[p.name] for p in estimator.parameters if p.name in given}
    if not least.free_symbols <= set(numbers) or float(exact(least, numbers)) < 1:
        return None
    speaks = [p for p in estimator.parameters if p.symbol in least.free_symbols]
    found = [
        line
        for parameter in speaks
        if parameter.name != _GIVEN
        for line in _remedy(estimator, parameter, least, numbers)
    ]
    shown = ", ".join(f"{p.name} = {float(numbers[p.symbol]):.6g}" for p in speaks)
    size = float(exact(least, numbers))
    needs = f"; {estimator.name} needs {' or '.join(found)} here" if found else ""
    return f"at {shown} the bias may be as large as the gradient (B = {size:.6g}){needs}"


def _least(estimator: Estimator) -> sp.Expr | None:
    """Return the infimum of B over the free proof parameters, each at the end of its domain.

    None where B is not linear in one of them.
    """
    least: sp.Expr = estimator.formulas[B]
    for symbol in reversed(estimator.implied):
        least = least.subs(symbol, estimator.implied[symbol])
    for symbol in estimator.free:
        if sp.diff(least, symbol).has(symbol):
            return None
        least = least.subs(symbol, 0)
    return least


def _remedy(
    estimator: Estimator, parameter: Parameter, least: sp.Expr, numbers: Mapping[sp.Symbol, Surd]
) -> Iterator[str]:
    """Yield the values of one constant with B < 1, the others being as they are."""
    symbol = parameter.symbol
    others = {s: v.to_sympy() for s, v in numbers.items() if s != symbol}
    excess = sp.fraction(sp.together(least.subs(others) - 1))[0]
    roots = sp.Poly(excess, symbol).real_roots(multiple=False) if excess.has(symbol) else []
    for (root, _), above in product(roots, (True, False)):
        inside = number(_beyond(parameter, root, above=above))
        there = {**numbers, symbol: inside}
        admitted = inside.to_sympy() in parameter.domain and all(
            fulfils(c, there) for c in estimator.given if c.symbols <= set(there)
        )
        if not admitted or float(exact(least, there)) >= 1:
            continue
        if parameter.whole:
            yield f"{parameter.name} {'>=' if above else '<='} {float(inside):.10g}"
        else:
            yield f"{parameter.name} {'>' if above else '<'} {float(root):.6g}"


def _beyond(parameter: Parameter, root: sp.Expr, *, above: bool) -> sp.Expr:
    """Return a value of the parameter past the root: the next whole one, or one just there."""
    if parameter.whole:
        return sp.floor(root) + 1 if above else sp.ceiling(root) - 1
    step = sp.Rational(str(float(abs(root)) / 10**9 or 1e-15))
    near = sp.Rational(str(float(root)))
    return near + step if above else near - step
