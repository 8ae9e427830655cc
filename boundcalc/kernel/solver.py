"""The decision procedure for polynomial inequalities over the reals: z3, behind one class.

Only ``impossible`` counts as a proof. The procedure is limited by its own count of resources, so
that the answer does not depend on the speed of the machine. Another procedure is a class with the
same method, in the place of :data:`SOLVER`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sympy as sp

from boundcalc.errors import ProofError

#: Resource units for one question; the catalogue needs at most a few hundred thousand.
RESOURCE_LIMIT = 20_000_000
#: The same where an answer is nice to have, and nothing rests on it.
QUICK_LIMIT = 300_000


@dataclass(frozen=True)
class Decision:
    """Whether inequalities can hold together; ``point`` is where they do, as texts."""

    status: Literal["impossible", "possible", "undecided"]
    point: Mapping[str, str] = field(default_factory=dict)


class Z3:
    """The procedure of Jovanovic and de Moura for non-linear real arithmetic, as z3 has it."""

    name = "z3"

    def decide(self, positive: Iterable[tuple[sp.Expr, bool]], resources: int) -> Decision:
        """Decide whether all polynomials can be positive (or, where not strict, zero) at once.

        Args:
            positive: polynomials with rational coefficients in real symbols, each with whether it
                is strictly positive.
            resources: units after which the question stays undecided.
        """
        import z3

        translate = _Translator(z3)
        solver = z3.SolverFor("QF_NRA")
        solver.set("rlimit", resources)
        solver.set("ctrl_c", False)  # else z3 takes Ctrl-C for an `unknown`
        for polynomial, strict in positive:
            value = translate(polynomial)
            solver.add(value > 0 if strict else value >= 0)
        result = solver.check()
        if result == z3.unsat:
            return Decision("impossible")
        if result != z3.sat:
            return Decision("undecided")
        model = solver.model()
        return Decision("possible", {str(d): str(model[d]) for d in model.decls()})


#: The procedure that every decision goes through.
SOLVER = Z3()


class _Translator:
    """Polynomials as z3 terms, one real variable for each symbol."""

    def __init__(self, z3: Any) -> None:
        self._z3 = z3
        self._variables: dict[sp.Symbol, Any] = {}

    def __call__(self, expression: sp.Expr) -> Any:
        if expression.is_Symbol:
            if expression not in self._variables:
                self._variables[expression] = self._z3.Real(expression.name)
            return self._variables[expression]
        if expression.is_Rational:
            return self._z3.Q(int(expression.p), int(expression.q))
        if expression.is_Add:
            return self._z3.Sum([self(term) for term in expression.args])
        if expression.is_Mul:
            return self._z3.Product([self(factor) for factor in expression.args])
        if expression.is_Pow and expression.exp.is_Integer and expression.exp.is_positive:
            base = self(expression.base)
            return self._z3.Product([base] * int(expression.exp))
        raise ProofError(f"{expression} is not a polynomial with rational coefficients")
