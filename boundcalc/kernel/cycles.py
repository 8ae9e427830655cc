"""What holds along a run without being part of the Lyapunov function, and cycles of steps.

An :class:`Invariant` bounds a norm of a vector of the state at every step. A method with a snapshot
takes a new one every so many steps: its steps have a position ``j`` in their cycle, of which
bounds and errors may speak. The first step of a cycle is proved by itself, since the snapshot is
then where the method is; of the errors of all steps the mean over a cycle is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Expression, Vector, constant, norm, norm2
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.certificate import Certificate
from boundcalc.kernel.conditions import Condition, at_least
from boundcalc.kernel.printing import latex
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.kernel.transition import Start, State, Transition

#: The position of a step in its cycle: 0 is where the snapshot is taken.
POSITION = sp.Symbol("j", real=True)


@dataclass(frozen=True)
class Invariant(Assumption):
    """At every step a norm of a vector of the state is at most ``bound``.

    The vector is the difference of the two state vectors ``of``, or the one. ``kind`` says what is
    bounded: the expected "square" of the Euclidean norm, the expected norm itself ("2"), or what
    the largest coordinate surely does not exceed ("sup"). ``kept`` proves that a step keeps it,
    ``begun`` that it holds at the start. ``bound`` may speak of :data:`POSITION`, and ``kept`` is
    asked twice then: at that position, and at 0 for a step that takes a snapshot.
    """

    kind: Literal["square", "2", "sup"]
    of: tuple[str, ...]
    bound: sp.Expr
    kept: Callable[[Transition, sp.Expr], Certificate]
    begun: Callable[[Start], Certificate] = lambda first: Certificate()
    name = "invariant"
    rules: ClassVar[dict[str, str]] = {"holds": "invariant"}

    def rule_latex(self, rule: str, arguments: Sequence[str]) -> str | None:
        vector = arguments[0]
        quantity = {
            "square": rf"\mathbb E\|{vector}\|^2",
            "2": rf"\mathbb E\|{vector}\|",
            "sup": rf"\|{vector}\|_\infty",
        }[self.kind]
        return rf"{quantity}\le {latex(self.bound)}"

    def vector(self, state: State) -> Vector:
        """Return the vector that is bounded, at this state."""
        first, *others = (getattr(state, name) for name in self.of)
        return first - others[0] if others else first

    def at_position(self, position: sp.Expr) -> Invariant:
        """Return the same at a step of which the position in its cycle is known."""
        return replace(self, bound=self.bound.subs(POSITION, position))

    def holds(self, state: State) -> Instance:
        """Return the inequality at the state before the step."""
        return self.at("holds", self.vector(state))

    def claim(self, state: State, bound: sp.Expr) -> Expression:
        """``bound`` minus the norm at this state."""
        return constant(bound) - self.quantity(self.vector(state))

    def quantity(self, vector: Vector) -> Expression:
        """Return the norm that is bounded."""
        return norm2(vector) if self.kind == "square" else norm(self.kind, vector)

    def _holds(self, vector: Vector) -> Expression:
        return constant(self.bound) - self.quantity(vector)


@dataclass(frozen=True)
class Cycle:
    """A new snapshot every ``length`` steps; ``first`` is the certificate of the step with it."""

    length: sp.Symbol
    first: Callable[[Transition], Certificate]

    @property
    def inside(self) -> tuple[Condition, ...]:
        """Return where the position of a step that is not the first of its cycle lies."""
        return (at_least(POSITION, 1), at_least(self.length, POSITION + 1))

    def mean(self, error: sp.Expr) -> sp.Expr:
        """Return the mean of an error over the positions of a cycle."""
        if not error.has(POSITION):
            return error
        return sp.factor(sp.cancel(_sum(error).subs(_COUNT, self.length) / self.length))

    def check(self, errors: Mapping[str, sp.Expr], given: Sequence[Condition]) -> list[SignFact]:
        """Check that the mean over any number of steps is at most the mean over a cycle.

        No error falls along the cycle, and the sums are right: they begin with 0 and grow by one
        error at a time. Raises :class:`ProofError`.
        """
        facts = [Signs(given).require(at_least(self.length, 1))]
        known = Signs([*given, at_least(POSITION, 0)])
        for name, error in errors.items():
            total = _sum(error)
            grown = total.subs(_COUNT, POSITION + 1) - total.subs(_COUNT, POSITION)
            if sp.cancel(grown - error) != 0 or sp.cancel(total.subs(_COUNT, 0)) != 0:
                raise ProofError(f"the mean of the error {name!r} over a cycle is not its sum")
            rise = sp.factor(sp.cancel(error.subs(POSITION, POSITION + 1) - error))
            facts.append(known.require(at_least(rise, meaning=f"the error {name!r} rises")))
        return facts


# The number of positions summed over: a symbol of its own, which no parameter can be.
_COUNT = sp.Symbol("positions summed over", real=True)


def _sum(error: sp.Expr) -> sp.Expr:
    """Return the sum of the errors at the first ``count`` positions, for a polynomial in the
    position.
    """
    powers = sp.Poly(sp.expand(error), POSITION)
    terms = (
        coefficient * sp.summation(POSITION**power, (POSITION, 0, _COUNT - 1))
        for (power,), coefficient in powers.terms()
    )
    return sp.Add(*terms)
