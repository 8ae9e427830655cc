"""What a theorem declares: its parameters, the lemmas that it uses, how its method goes on.

Whatever else a theorem says is in these; see :mod:`boundcalc.wellformed`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.components import Components
from boundcalc.kernel.coordinates import DIMENSION
from boundcalc.kernel.cycles import POSITION
from boundcalc.kernel.directions import Directions
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.signs import denominators
from boundcalc.model import Theorem
from boundcalc.parameters import ITERATIONS, Parameter

__all__ = [
    "exact",
    "listed",
    "require_declared",
    "require_lemmas",
    "require_method",
    "require_parameters",
    "symbols",
]

#: The lemmas on numbers that a theorem may use.
LEMMAS = (SignLemmas, Norms, Directions)


def listed(names: Iterable[Any]) -> str:
    """The names in order, with commas."""
    return ", ".join(sorted(str(name) for name in names))


def exact(value: Any) -> sp.Expr:
    """The formula itself; raises :class:`ProofError` for anything else."""
    if not isinstance(value, sp.Expr):
        raise ProofError(f"{value!r} is not a formula")
    return value


def symbols(value: sp.Expr) -> set[sp.Symbol]:
    """The symbols of a rational formula; raises :class:`ProofError` for any other formula."""
    denominators(exact(value))
    return {s for s in value.free_symbols if isinstance(s, sp.Symbol)}


def _constants(assumption: Assumption) -> set[sp.Symbol]:
    values = [getattr(assumption, entry.name) for entry in fields(assumption)]
    return set().union(*(symbols(v) for v in values if isinstance(v, sp.Expr)))


def require_declared(parameters: Iterable[Parameter]) -> None:
    """Parameters have names of their own, and intervals of numbers for domains."""
    for p in parameters:
        if type(p.name) is not str or not p.name.isidentifier():
            raise ProofError(f"{p.name!r} is not the name of a parameter")
        ends = (p.domain.lower, p.domain.upper)
        if not all(end is None or isinstance(end, int | sp.Rational) for end in ends):
            raise ProofError(f"the domain {p.domain} of {p.name} is no interval of numbers")


def require_parameters(theorem: Theorem) -> None:
    """Every constant that is assumed of is declared, once, and what is given is not free."""
    names = [p.name for p in theorem.parameters]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ProofError(f"{listed(twice)}: declared twice")
    if ITERATIONS.name in names:
        raise ProofError(f"{ITERATIONS.name} is the number of iterations, not a parameter")
    require_declared(theorem.parameters)
    constants = set().union(*(_constants(assumption) for assumption in theorem.assumes))
    undeclared = constants - {p.symbol for p in theorem.parameters}
    if undeclared:
        raise ProofError(f"{listed(undeclared)}: assumed of, but not a parameter")
    outside = {p.symbol for p in theorem.free} & constants
    method = (*theorem.algorithm.parameters, getattr(theorem.algorithm, "period", None))
    outside |= {p.symbol for p in theorem.free if p.name in method}
    if outside:
        raise ProofError(f"{listed(outside)}: of the problem or the method, so not free")


def require_lemmas(theorem: Theorem) -> None:
    """Lemmas on numbers are the kernel's, of the theorem's own dimension."""
    known = {p.symbol for p in theorem.parameters if p.role == "constant"}
    for lemma in theorem.lemmas:
        if type(lemma) not in LEMMAS:
            raise ProofError(f"{lemma!r} is not a lemma that the kernel decides")
        for entry in fields(lemma):
            value = getattr(lemma, entry.name)
            for part in value if type(value) is tuple else (value,):
                if part is not None:
                    exact(part)
        size = getattr(lemma, "d", None)
        if size is not None and (size != DIMENSION or size not in known):
            raise ProofError(f"the {lemma.name} is of the dimension {size}, which is no constant")


def require_method(theorem: Theorem) -> None:
    """What the method does between its steps is what the proof has it do."""
    method, cycle = theorem.algorithm, theorem.step.cycle
    period = getattr(method, "period", None)
    if (period is None) != (cycle is None) or hasattr(method, "restart") != (cycle is not None):
        raise ProofError(f"{method.name} renews its state every so many steps: that is a cycle")
    if cycle is not None and cycle.length not in {p.symbol for p in theorem.parameters}:
        raise ProofError(f"the length {cycle.length} of a cycle is no parameter")
    if getattr(method, "passes", False) and type(theorem.oracle) is not Components:
        raise ProofError(f"{method.name} takes the components in an order, and no fresh samples")
    named = {p.symbol for p in theorem.parameters}.union(
        *({*form.formulas, *form.when} for form in theorem.forms)
    )
    if POSITION in named:
        raise ProofError(f"{POSITION} is the position in a cycle, not a quantity of the theorem")
