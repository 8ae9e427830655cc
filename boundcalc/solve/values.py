"""What a user gives a theorem: values, checked one by one and against each other."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import exact, fulfils, number
from boundcalc.exact.surd import Surd
from boundcalc.model.parameters import GAMMA, Parameter
from boundcalc.model.theorem import Theorem

#: Exact values of parameters by name.
Values = Mapping[str, Surd]


def read_values(
    theorem: Theorem,
    values: Mapping[str, Any],
    *,
    required: bool = True,
    answers: Collection[str] = (),
) -> dict[str, Surd]:
    """Return the values as exact numbers, checked one by one and against each other.

    Defaults are filled in; free proof parameters may be absent. With ``required`` every other
    parameter but those in ``answers`` must be there. Raises :class:`UsageError` otherwise.
    """
    given: dict[str, Surd] = {}
    for name, value in values.items():
        parameter = theorem.parameter(name)
        if parameter.derived is not None:
            raise UsageError(f"{name} is no input: it is {parameter.derived}")
        given[name] = number(value, name)
        _check_domain(parameter, given[name])
    for parameter in theorem.parameters:
        if parameter.default is not None and parameter.name not in given:
            others = {theorem.parameter(name).symbol: value for name, value in given.items()}
            if parameter.default.free_symbols <= set(others):
                given[parameter.name] = exact(parameter.default, others)
    for parameter in theorem.parameters:
        if parameter.derived is not None:
            needed = {s: given[s.name] for s in parameter.derived.free_symbols if s.name in given}
            if len(needed) == len(parameter.derived.free_symbols):
                given[parameter.name] = exact(parameter.derived, needed)
    for relation in theorem.given:
        numbers = {s: given[s.name] for s in relation.symbols if s.name in given}
        if len(numbers) == len(relation.symbols) and not fulfils(relation, numbers):
            sides = ", ".join(f"{s} = {float(v):.6g}" for s, v in sorted(numbers.items(), key=str))
            raise UsageError(f"{sides} contradict each other: {relation.meaning} ({relation})")
    if required:
        require(theorem, given, {p.name for p in theorem.parameters} - set(answers))
    return given


def require(theorem: Theorem, given: Mapping[str, Any], names: set[str]) -> None:
    """Raise :class:`UsageError` that lists which of ``names`` are missing, with their meaning."""
    missing = [
        p
        for p in theorem.parameters
        if p.name in names and p.name not in given and p.role != "free" and p.derived is None
    ]
    if missing:
        listed = "; ".join(f"{p.name} ({p.meaning}, in {p.domain})" for p in missing)
        raise UsageError(f"{theorem.name} needs values for {listed}")


def _check_domain(parameter: Parameter, value: Surd) -> None:
    if parameter.whole:
        exactly = value.as_fraction()
        if exactly is None or exactly.denominator != 1:
            raise UsageError(
                f"{parameter.name} must be a whole number, not {float(value):.10g}"
                f" ({parameter.meaning})"
            )
    for condition in parameter.domain.conditions(parameter.symbol):
        if not fulfils(condition, {parameter.symbol: value}):
            raise UsageError(
                f"{parameter.name} = {float(value):.10g} is outside {parameter.domain}"
                f" ({parameter.meaning})"
            )


def least_iterations(theorem: Theorem) -> int:
    """Return the least K that the theorem bounds at: 1 where it averages over the iterations."""
    return 1 if theorem.step.unroll.averaged else 0


def check_iterations(theorem: Theorem, K: Any) -> int | float:
    """Return K as a whole number, or infinity; raises :class:`UsageError` for anything else."""
    least = least_iterations(theorem)
    counts = isinstance(K, Real) and not isinstance(K, bool)
    if not counts:
        raise UsageError(f"K must be a whole number from {least}, not {K!r}")
    if math.inf == K:
        return math.inf
    if not math.isfinite(K) or int(K) != K or least > K:
        raise UsageError(f"K must be a whole number from {least}, not {K!r}")
    return int(K)


def missing(theorem: Theorem, given: Values) -> bool:
    """Return whether a parameter other than gamma and the free ones has no value."""
    return any(
        p.name not in given and p.role != "free" and p.name != GAMMA.name
        for p in theorem.parameters
    )
