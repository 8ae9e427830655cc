"""The names that a theorem's vectors have in its proof: the next state, what is sent or signed."""

from __future__ import annotations

from collections.abc import Mapping

from boundcalc.export.latex.expressions import LOST, Writer
from boundcalc.kernel.algebra import Basis, DrawnAt, Own, Projected, SignOf, Vector
from boundcalc.kernel.stale import StaleWorkers
from boundcalc.kernel.transition import Transition
from boundcalc.model.theorem import Theorem


def writer(theorem: Theorem, step: Transition | None = None) -> Writer:
    """Return a writer that knows the theorem's names: those of the next state and of the last step.

    ``step`` is the step that is written of, by default any. Stochastic signs, and what signs are
    taken of, have names, too.
    """
    step = step or theorem.transition
    now, following = step.general.vectors(), step.next.vectors()
    called = _called(theorem, now, following)
    names = {now[name]: shown for name, shown in called.items() if shown != _own(now[name]).latex}
    for name, after in following.items():
        (basis,) = now[name].coefficients
        if after in now.values() or (
            len(after.coefficients) < 2 and not any(map(_is_made, after.coefficients))
        ):
            continue
        own = "^i" if isinstance(basis, Own) else ""
        shown = _advanced(called[name]) + own
        names[after] = shown
        if len(after.coefficients) > 1:
            names[after - now[name]] = f"{shown}-{called[name]}{own}"
        if own:
            names.setdefault(after.mean(), rf"\overline{{{shown}}}")
    for assumption in theorem.assumes:
        # Theorems on workers have composite vectors of their own.
        names |= getattr(assumption, "names", lambda x: {})(step.now.x)
        names |= _stale(assumption, step.now.x)
    for signed_vector, _, signs in step.signed:
        each = signed_vector.of_workers
        name = "s_k^i" if each else r"\hat s_k"
        names.setdefault(signs, name)
        if each:
            names.setdefault(signs.mean(), rf"\overline{{{name}}}")
    names |= _compressed(theorem, following)
    if "v" not in now:
        signed = [b.argument for b in following["x"].coefficients if isinstance(b, SignOf)]
        composed = [a for a in signed if a is not None and len(a.coefficients) > 1]
        names |= {argument: "v_k" for argument in composed if argument not in names}
    return Writer(names, infimum(theorem))


def _own(state: Vector) -> Basis:
    """Return the basis vector that a vector of the state is."""
    (basis,) = state.coefficients
    return basis


def _called(
    theorem: Theorem, now: Mapping[str, Vector], following: Mapping[str, Vector]
) -> dict[str, str]:
    """Return how the vectors of the state are written: the name that the method's author chose, as
    a symbol with the index of the step.
    """
    called: dict[str, str] = {}
    for name, kept_vector in now.items():
        plain = _own(kept_vector).latex
        base, _, index = plain.rpartition("_{k")
        if name != "x" and following[name] == now["x"] and theorem.step.cycle is None:
            called[name] = "x_{k-1}"
        elif not base:
            kept = theorem.step.cycle is not None
            called[name] = plain if kept else f"{_symbol(name)}_{{k}}"
        else:
            called[name] = f"{_symbol(base)}_{{k{index}"
    return called


def _symbol(name: str) -> str:
    """Return a name as a symbol: a letter, or a word set upright."""
    if len(name) == 1 or name.startswith("\\"):
        return name
    word = name.replace("_", r"\_")
    return rf"\mathrm{{{word}}}"


def _stale(assumption: object, x: Vector) -> dict[Vector, str]:
    """Return the gradients of workers at stale points, which have no common one."""
    if not isinstance(assumption, StaleWorkers):
        return {}
    g = rf"\nabla {assumption.f.name}_i({assumption.taken})"
    star = rf"\nabla {assumption.f.name}_i(x_\star)"
    (mean,) = assumption.mean_gradient(x).coefficients
    return {
        assumption.deviation(x): f"{g}-{mean.latex}",
        assumption.away(x): f"{g}-{star}",
    }


def _compressed(theorem: Theorem, following: Mapping[str, Vector]) -> dict[Vector, str]:
    """Return what a method compresses, by the name that it has in the method."""
    made = {b for v in following.values() for b in v.coefficients if b.latex == LOST}
    points = {b.point for b in made if isinstance(b, DrawnAt) and b.point is not None}
    named = len(points) == 1 and "p_k" in theorem.algorithm.latex
    return dict.fromkeys(points, "p_k") if named else {}


def _is_made(basis: Basis) -> bool:
    return isinstance(basis, Projected)


def infimum(theorem: Theorem) -> str:
    """Return the subscript by which the theorem's assumptions call the least value."""
    # An assumption that says the minimum is attained calls it f_star.
    said = any(r"_\star" in assumption.latex() for assumption in theorem.assumes)
    return r"\star" if said else r"\inf"


def _advanced(name: str) -> str:
    """``x_{k}`` one iteration later."""
    if "_{k-1}" in name:
        return name.replace("_{k-1}", "_{k}")
    return name.replace("_{k}", "_{k+1}")
