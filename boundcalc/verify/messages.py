"""Methods that send gradients through a compressor, maybe late: their simulation, and constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.kernel.convexity import StronglyConvex
from boundcalc.kernel.stale import StaleGradient
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Example, Theorem
from boundcalc.verify.problem import trial_of
from numerics import Compressor, Oracle, Overlap, Problem, optimum
from numerics.compressors import AllOrNothing
from numerics.oracles import Messages

_OF_OPTIMUM = ("D0", "sigma_star2", "D_inf", "L_max")
_TAU, _OMEGA, _WORKERS, _SPARSITY = "tau", "omega", "n", "s"
_OLDEST = "adversarial"


def messages(
    theorem: Theorem,
    example: Example,
    values: Mapping[str, Any],
    pattern: str | None,
    problem: Problem,
) -> Oracle:
    """Return what the server steps with: the example's delay and compressor where none is given.

    A theorem on any compressor is tried with one that meets its inequality with equality. Raises
    :class:`UsageError` where delays are asked for and the theorem has none, ``InputError`` for
    values that make no compressor.
    """
    late = any(p.name == _TAU for p in theorem.parameters)
    if pattern is not None and not late:
        raise UsageError(f"{theorem.name} speaks of no delays")

    def value(name: str) -> float:
        return float(number(values.get(name, example.values.get(name, 0)), name))

    return Messages(
        compressor=_compressor(theorem, values, problem, value),
        tau=int(value(_TAU)) if late else None,
        pattern=pattern or _OLDEST,
        aggregated=any(type(a) is StaleGradient for a in theorem.assumes),
        workers=int(value(_WORKERS)) if _WORKERS in values else None,
    )


def _compressor(
    theorem: Theorem, values: Mapping[str, Any], problem: Problem, value: Any
) -> Compressor:
    estimator = theorem.estimator
    if estimator is None or estimator.compressor is None:
        return AllOrNothing(value(_OMEGA))
    names = {p.name for p in estimator.parameters}
    given = {name: float(number(v, name)) for name, v in values.items() if name in names}
    made = estimator.compressor({**trial_of(theorem).values(problem), **given})
    assert isinstance(made, Compressor)
    return made


def optimal_constants(theorem: Theorem, problem: Problem) -> dict[str, float]:
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


def sparsity_of(theorem: Theorem, problem: Problem, oracle: Oracle) -> Overlap | None:
    """Return what the workers of the problem share, where the theorem speaks of it."""
    if not isinstance(oracle, Messages) or all(p.name != _SPARSITY for p in theorem.parameters):
        return None
    return oracle.sharing(problem)
