"""Conditions on parameters: ``left >= right`` or ``left > right``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Condition:
    """An inequality between rational functions of the parameters.

    ``strict`` means ``left > right``; otherwise ``left >= right``. ``meaning`` says in words what
    the condition is for.
    """

    left: sp.Expr
    right: sp.Expr
    strict: bool
    meaning: str = field(default="", compare=False)

    @property
    def expression(self) -> sp.Expr:
        """``left - right``, the quantity that must be (non-)negative."""
        return self.left - self.right

    @property
    def symbols(self) -> set[sp.Symbol]:
        found = self.left.free_symbols | self.right.free_symbols
        return {s for s in found if isinstance(s, sp.Symbol)}

    def substitute(self, values: Mapping[sp.Symbol, Any]) -> Condition:
        """Return the condition with the symbols replaced and common factors cancelled."""
        return Condition(
            sp.cancel(self.left.subs(values)),
            sp.cancel(self.right.subs(values)),
            self.strict,
            self.meaning,
        )

    def __str__(self) -> str:
        return f"{self.left} {'>' if self.strict else '>='} {self.right}"

    def latex(self) -> str:
        return (
            f"{sp.latex(self.left)} {'>' if self.strict else chr(92) + 'ge'} {sp.latex(self.right)}"
        )


def at_least(left: Any, right: Any = 0, meaning: str = "") -> Condition:
    """``left >= right``."""
    return Condition(sp.sympify(left), sp.sympify(right), False, meaning)


def exceeds(left: Any, right: Any = 0, meaning: str = "") -> Condition:
    """``left > right``."""
    return Condition(sp.sympify(left), sp.sympify(right), True, meaning)
