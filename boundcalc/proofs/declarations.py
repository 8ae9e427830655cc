"""What a theorem declares: its parameters, the lemmas that it uses, how its method goes on.

Whatever else a theorem says is in these; see :mod:`boundcalc.proofs.statement`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any, Literal

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.components import Components
from boundcalc.kernel.coordinates import DIMENSION, ROOT
from boundcalc.kernel.cycles import POSITION
from boundcalc.kernel.directions import Directions
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.signs import denominators
from boundcalc.kernel.vectors import identity, of_kernel
from boundcalc.kernel.workers import Averaged
from boundcalc.model.parameters import ITERATIONS, Parameter
from boundcalc.model.theorem import Theorem
from numerics.traits import traits

#: The lemmas on numbers that a theorem may use.
LEMMAS = (SignLemmas, Norms, Directions)

#: A letter or a command, maybe with an argument, and indices: all else would read as a formula.
_SYMBOL = re.compile(
    r"(?:[A-Za-z]|\\(?!d?frac|cdot|times|pm|nabla|infty)[A-Za-z]+(?: ?[A-Za-z]|\{[^{}+\-/]*\})?)"
    r"(?:[_^](?:[A-Za-z0-9]|\\[A-Za-z]+|\{(?:[^{}]|\{[^{}]*\})*\})|')*"
)


def listed(names: Iterable[Any]) -> str:
    """Return the names in order, with commas."""
    return ", ".join(sorted(str(name) for name in names))


def exact(value: Any) -> sp.Expr:
    """Return the formula itself; raises :class:`ProofError` for anything else."""
    if not isinstance(value, sp.Expr):
        raise ProofError(f"{value!r} is not a formula")
    return value


def symbols(value: sp.Expr) -> set[sp.Symbol]:
    """Return the symbols of a rational formula; raises :class:`ProofError` for any other
    formula.
    """
    denominators(exact(value))
    return {s for s in value.free_symbols if isinstance(s, sp.Symbol)}


def _constants(assumption: Assumption) -> set[sp.Symbol]:
    values = [getattr(assumption, entry.name) for entry in fields(assumption)]
    return set().union(*(symbols(v) for v in values if isinstance(v, sp.Expr)))


def require_declared(parameters: Sequence[Parameter]) -> None:
    """Parameters have names of their own, and intervals of numbers for domains."""
    written = [p.latex for p in parameters]
    alike = {one for one in written if written.count(one) > 1}
    if alike:
        raise ProofError(f"{listed(alike)}: two parameters are written so")
    for p in parameters:
        if type(p.name) is not str or not p.name.isidentifier():
            raise ProofError(f"{p.name!r} is not the name of a parameter")
        ends = (p.domain.lower, p.domain.upper)
        if not all(end is None or isinstance(end, int | sp.Rational) for end in ends):
            raise ProofError(f"the domain {p.domain} of {p.name} is no interval of numbers")

        if not _SYMBOL.fullmatch(p.latex):
            raise ProofError(f"{p.name} is written {p.latex!r}, which is not one symbol")
        _require_dimension(p)


def _require_dimension(parameter: Parameter) -> None:
    """The dimension is a number from 1, and its root what its name says."""
    if parameter.symbol == DIMENSION:
        _require_within(parameter, "least", 1, "the dimension")
    if parameter.symbol == ROOT and parameter.derived != sp.sqrt(DIMENSION):
        raise ProofError(f"{ROOT} is the square root of {DIMENSION}, and derived as that")


def _require_within(
    parameter: Parameter, which: Literal["least", "most"], limit: int, what: str
) -> None:
    end = parameter.domain.lower if which == "least" else parameter.domain.upper
    if end is None or (end < limit if which == "least" else end > limit):
        raise ProofError(
            f"{parameter.name}, {what}, is at {which} {limit}, but its domain is {parameter.domain}"
        )


def require_ranges(
    assumes: Iterable[Assumption],
    parameters: Iterable[Parameter],
    implied: Collection[sp.Symbol] = (),
) -> None:
    """Check the domains of the constants that are assumed of, whatever an author writes.

    What bounds a norm or a variance is not negative, and a number of things is 1 at least. Those
    ``implied`` by others are checked by their formulas. Raises :class:`ProofError`.
    """
    known = {p.symbol: p for p in parameters}
    for assumption in every(assumes):
        limits: tuple[Literal["least", "most"], ...] = ("least", "most")
        for which in limits:
            for name, limit in type(assumption).ranges(which).items():
                symbol = getattr(assumption, name)
                if symbol in known and symbol not in implied:
                    what = f"{name} of {assumption.name}"
                    _require_within(known[symbol], which, limit, what)
    for parameter in known.values():
        if parameter.role == "start":
            _require_within(parameter, "least", 0, "what bounds a start")


def every(assumes: Iterable[Assumption]) -> Iterator[Assumption]:
    """Yield the assumptions, and those that they build on."""
    for assumption in assumes:
        yield assumption
        values = (getattr(assumption, entry.name) for entry in fields(assumption))
        yield from every(value for value in values if isinstance(value, Assumption))


def require_one_decomposition(assumes: Sequence[Assumption], who: str) -> None:
    """Check that f is the mean of one set of workers, all of whose vectors belong together.

    What the kernel's assumptions build on are the kernel's, too. Raises :class:`ProofError`.
    """
    found = {identity(a): a for a in every(assumes) if isinstance(a, Averaged)}
    if len(found) > 1:
        told = " and ".join(f"{a.name} of {a.f.name}" for a in found.values())
        raise ProofError(f"{who} speaks of two decompositions into workers: {told}")
    given = [identity(a) for a in assumes]
    for assumption in assumes:
        for inner in every([assumption]):
            if inner is assumption:
                continue
            if of_kernel(type(assumption)) and not of_kernel(type(inner)):
                raise ProofError(f"{assumption.name} builds on a {type(inner).__name__}")
            if identity(inner) not in given:
                raise ProofError(f"{who}: {assumption.name} builds on what is not assumed")


def require_parameters(theorem: Theorem) -> None:
    """Every constant that is assumed of is declared, once, and what is given is not free."""
    names = [p.name for p in theorem.parameters]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ProofError(f"{listed(twice)}: declared twice")
    if ITERATIONS.name in names:
        raise ProofError(f"{ITERATIONS.name} is the number of iterations, not a parameter")
    require_declared(theorem.parameters)
    require_ranges((*theorem.assumes, *theorem.lemmas), theorem.parameters)
    require_one_decomposition(theorem.assumes, theorem.name)
    for p in theorem.parameters:
        if p.derived is not None and p.role not in ("algorithm", "free"):
            raise ProofError(
                f"{p.name} is assumed of, so it is given, and not derived as {p.derived}"
            )
    constants = set().union(*(_constants(assumption) for assumption in theorem.assumes))
    undeclared = constants - {p.symbol for p in theorem.parameters}
    if undeclared:
        raise ProofError(f"{listed(undeclared)}: assumed of, but not a parameter")
    outside = {p.symbol for p in theorem.free} & constants
    method = (*theorem.algorithm.parameters, traits(theorem.algorithm).period)
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
    unknown = {*method.parameters} - {p.name for p in theorem.parameters}
    if unknown:
        raise ProofError(f"{listed(unknown)}: set in {method.name}, but not a parameter")
    period = traits(method).period
    if (period is None) != (cycle is None) or hasattr(method, "restart") != (cycle is not None):
        raise ProofError(f"{method.name} renews its state every so many steps: that is a cycle")
    if cycle is not None and cycle.length not in {p.symbol for p in theorem.parameters}:
        raise ProofError(f"the length {cycle.length} of a cycle is no parameter")
    if traits(method).passes and type(theorem.oracle) is not Components:
        raise ProofError(f"{method.name} takes the components in an order, and no fresh samples")
    named = {p.symbol for p in theorem.parameters}.union(
        *({*form.formulas, *form.when} for form in theorem.forms)
    )
    if POSITION in named:
        raise ProofError(f"{POSITION} is the position in a cycle, not a quantity of the theorem")
