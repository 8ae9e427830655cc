"""Points at which all conditions of a form hold: conditions that contradict each other prove
anything.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from boundcalc.exact.evaluate import exact, number
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.signs import Signs
from boundcalc.model.parameters import GAMMA, Parameter
from boundcalc.model.theorem import Form, Theorem
from boundcalc.solve.points import best, step_variable
from boundcalc.solve.program import Program
from boundcalc.solve.values import Values

# Parameters of the method are tried at these parts of their range: much noise asks for a long
# average.
_PARTS = (sp.Rational(1, 2), sp.Rational(1, 50))


def point(
    theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr]
) -> Mapping[str, object]:
    """Return a point with these values at which the form's conditions hold.

    Looked for in floats first, at constants as simple as their domains allow, and checked exactly;
    then everywhere, by the decision procedure. Raises :class:`ProofError` where there is none.
    """
    program = Program(theorem, form)
    for part in _PARTS:
        given = _given(theorem, values, part)
        gamma = GAMMA.name
        axes = (
            [] if gamma in given or gamma not in program.inputs else [step_variable(theorem, given)]
        )
        try:
            found = best(program, given, lambda q, env: (-q.rate(env), 0.0), axes)
        except ArithmeticError:
            # Formulas that divide by zero at these constants: the procedure below says where.
            break
        if found is not None:
            return {name: found.values[name].to_sympy() for name in program.inputs}
    return Signs(_resolved(theorem, form, {**form.when, **values})).witness()


def _given(theorem: Theorem, values: Mapping[sp.Symbol, sp.Expr], part: sp.Expr) -> Values:
    """Simple values for everything but the step size and the free proof parameters."""
    given = {
        p.name: number(values.get(p.symbol, _simple(p, part)))
        for p in theorem.parameters
        if p.symbol in values or (p.role != "free" and p.name != GAMMA.name)
    }
    known = {theorem.parameter(name).symbol: value for name, value in given.items()}
    derived = {p.name: exact(p.derived, known) for p in theorem.parameters if p.derived is not None}
    return {**given, **derived}


def _simple(parameter: Parameter, part: sp.Expr) -> sp.Expr:
    domain = parameter.domain
    if parameter.typical is not None:
        return parameter.typical
    if domain.lower is not None and not domain.lower_open:
        return domain.lower
    if domain.upper is not None:
        share = part if parameter.role == "algorithm" else sp.Rational(1, 2)
        return (domain.lower or 0) + share * (domain.upper - (domain.lower or 0))
    return (domain.lower or 0) + 1


def _resolved(theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr]) -> list[Condition]:
    """Return the conditions of the form in the parameters alone, with these values put in."""
    return [
        Condition(form.resolve(c.left).subs(values), form.resolve(c.right).subs(values), c.strict)
        for c in theorem.statement(form).conditions
    ]
