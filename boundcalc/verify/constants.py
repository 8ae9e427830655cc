"""The constants a theorem is used with: those of the problem, or weaker ones that they imply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.exact.surd import Surd
from boundcalc.kernel.convexity import StronglyConvex
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.verify.oracle import ORACLE_CONSTANTS, compressor_of
from boundcalc.verify.problem import method
from numerics import (
    PROBLEMS,
    Oracle,
    Problem,
    initial_error,
    initial_local_error,
    optimum,
)
from numerics.compressors.constants import compressor_constants
from numerics.rounding import up
from numerics.traits import traits

_OF_ORACLE = (*ORACLE_CONSTANTS, "batch")
_OF_OPTIMUM = ("D0", "sigma_star2", "D_inf", "L_max")


def check_names(theorem: Theorem, values: Mapping[str, Any]) -> None:
    """Raise :class:`UsageError` for a value that neither theorem nor estimator knows."""
    known = [p.name for p in theorem.parameters]
    if theorem.estimator is None and theorem.gradients is not Gradients.MESSAGES:
        known += _OF_ORACLE
    for name in values:
        if name not in known:
            raise UsageError(
                f"{theorem.name} has no parameter {name!r}{nearest(name, known)};"
                f" there are {', '.join(dict.fromkeys(known))}"
            )


def implied_constants(
    theorem: Theorem,
    problem: Problem,
    oracle: Oracle,
    start: str,
    values: Mapping[str, Any],
    made_with: Mapping[str, float] | None = None,
) -> dict[str, Surd]:
    """Return the constants of problem, estimator and start for each such parameter of the theorem.

    A value in ``values`` replaces that of the problem where it is weaker. ``made_with`` are what
    the estimator of a composed theorem was made with.

    Raises:
        UsageError: the problem has no such constant, a value is not implied by the problem's, or
            the estimator has bias or noise that the theorem does not allow.
    """
    of_oracle = oracle.constants(problem)
    named = {p.name for p in theorem.parameters}
    sampled = {}
    if traits(method(theorem)).samples and "sigma2" in of_oracle:
        sampled["L_avg"] = oracle.sample_smoothness(problem)
        # The theorem divides by the size of a batch; the estimator knows of the whole of it.
        batch = float(number(values.get("batch", 1), "batch")) if "batch" in named else 1.0
        sampled["sigma2"] = up(of_oracle["sigma2"] * batch) if batch != 1 else of_oracle["sigma2"]
    bounds = oracle.bounds(problem)
    compressor = compressor_of(method(theorem))
    known = {
        **(made_with or {}),
        **problem.constants,
        "d": float(problem.dimension),
        "Delta": problem.Delta,
        **_optimal_constants(theorem, problem),
        "E0": initial_error(problem, oracle, method(theorem), start),
        "E0_local": initial_local_error(problem, oracle, method(theorem), start),
        **bounds,
        # Signs of gradients that G bounds have no need of a larger radius.
        **({"R": bounds["G"]} if "G" in bounds else {}),
        **(compressor_constants(compressor, problem.dimension) if compressor else {}),
        **of_oracle,
        **sampled,
    }
    open_oracle = theorem.estimator is None and theorem.gradients is not Gradients.MESSAGES
    four = of_oracle.items() if open_oracle else ()
    for name, value in four:
        # A method that draws its own samples may have no use for their variance.
        if name not in ORACLE_CONSTANTS or (name == "sigma2" and traits(method(theorem)).samples):
            continue
        if value > 0 and name not in named:
            raise UsageError(
                f"{theorem.name} allows no {name}, the estimator ({oracle.title}) has"
                f" {name} = {value:.6g}"
            )
        if name in values and name not in named:
            _check_implied(name, "larger", number(values[name], name), value)
    found = {}
    for parameter in theorem.parameters:
        if parameter.role in ("constant", "start") and parameter.derived is None:
            found[parameter.name] = _constant(theorem, parameter, problem, known, values)
    return found


def _optimal_constants(theorem: Theorem, problem: Problem) -> dict[str, float]:
    """Return the constants at the minimiser that the theorem speaks of.

    Raises :class:`UsageError` for a problem that is not strongly convex where it must be,
    ``InputError`` where its minimiser is not known.
    """
    strong = any(type(a) is StronglyConvex for a in theorem.assumes)
    names = {p.name for p in theorem.parameters} & set(_OF_OPTIMUM)
    if theorem.gradients is not Gradients.MESSAGES or not (names or strong):
        return {}
    known = optimum(problem)
    if strong and "mu" not in known:
        raise UsageError(f"{theorem.name} needs strong convexity, which {problem.title} has not")
    wanted = names | ({"mu"} if strong else set())
    lacking = sorted(wanted - set(known))
    if lacking:
        raise UsageError(
            f"{theorem.name} needs {lacking[0]}, and where {problem.title} is least is not known:"
            " take a convex loss with an l2 term, or the squared loss on data whose rank is proved"
        )
    return {name: known[name] for name in wanted}


def _constant(
    theorem: Theorem,
    parameter: Parameter,
    problem: Problem,
    known: Mapping[str, float],
    values: Mapping[str, Any],
) -> Surd:
    name = parameter.name
    if name not in known:
        raise UsageError(
            f"{theorem.name} needs {name} ({parameter.meaning}), and none is known of this problem"
            f" ({problem.title}); {_remedy(name)}"
        )
    if not math.isfinite(known[name]):
        raise UsageError(
            f"{theorem.name} needs {name} ({parameter.meaning}), which has no bound on this problem"
            f" ({problem.title})"
        )
    # Exactly the float: what the problem certifies is rounded outward, its decimal is not.
    own = Surd.rational(Fraction(known[name]))
    if name not in values:
        return own
    given = number(values[name], name)
    _check_implied(name, parameter.weaker, given, known[name])
    beyond = {"larger": 1, "smaller": -1}.get(parameter.weaker or "")
    return given if (given - own).sign() == beyond else own


def _remedy(name: str) -> str:
    if name == "mu":
        return (
            "add an l2 term to a convex loss, take the squared loss on data of full rank,"
            " or one of the problems quadratic, least-squares, sine"
        )
    return f"the problems are {', '.join(PROBLEMS)}"


def _check_implied(name: str, weaker: str | None, given: Surd, own: float) -> None:
    """Raise :class:`UsageError` unless the problem's constant implies the given one."""
    value = float(given)
    if {"larger": value >= own, "smaller": value <= own}.get(weaker or "", value == own):
        return
    side = {"larger": "smaller", "smaller": "larger"}.get(weaker or "", "other")
    allowed = {"larger": f"at least {own:.10g}", "smaller": f"at most {own:.10g}"}.get(
        weaker or "", f"{own:.10g}"
    )
    raise UsageError(
        f"{name} = {value:.10g} is {side} than the problem's {name} = {own:.10g}, which does not"
        f" imply it; give {name} {allowed}"
    )
