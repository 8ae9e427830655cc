"""What an estimator must be before its proof says anything of a composed theorem.

The moments of an estimator are checked by the kernel; here it is checked that they are moments of
what the statement speaks of. A composed theorem must be the composition of its base and its
estimator, and nothing else; an instance differs from its general estimator only in constants that
are justified; everything declared is what it seems. Types are compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.assumptions import Assumption, BiasedOracle, Smooth
from boundcalc.kernel.composition import Adapted, Composite
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.convexity import SmoothConvex
from boundcalc.kernel.coordinates import Coordinatewise, OrderStatistics, Selection
from boundcalc.kernel.cycles import POSITION
from boundcalc.kernel.local import CompressedGradients
from boundcalc.kernel.signs import Signs
from boundcalc.kernel.stale import StaleGradient
from boundcalc.model.compose import compose
from boundcalc.model.estimator import FOUR, Estimator
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import (
    BIAS_ABSOLUTE,
    BIAS_RELATIVE,
    ITERATIONS,
    NOISE_ABSOLUTE,
    NOISE_RELATIVE,
    SMOOTHNESS,
    Domain,
    Parameter,
)
from boundcalc.model.theorem import INITIALISATION, Theorem
from boundcalc.proofs.declarations import (
    require_declared,
    require_one_decomposition,
    require_ranges,
)
from boundcalc.proofs.statement import require_form, require_stated
from numerics.traits import traits

# What an instance may say anew; the rest is its general estimator's.
_OWN = frozenset(
    {"name", "title", "parameters", "assumes", "implied", "given", "of", "lemma", "smoothness"}
    | {"variant", "alternatives", "compressor", "trial"}
)
# And what another bound for the same estimator may.
_OF_VARIANT = frozenset(
    {"relative", "origins", "certificate", "noise", "implied", "given", "lemma", "variant"}
    | {"alternatives"}
)

# Shown of every estimator, or a condition of what is composed with it.
_USUAL = [
    condition
    for p in (BIAS_RELATIVE, BIAS_ABSOLUTE, NOISE_RELATIVE, NOISE_ABSOLUTE, SMOOTHNESS)
    for condition in p.domain.conditions(p.symbol)
]


def require_sound(theorem: Theorem, base: Theorem, estimator: Estimator) -> None:
    """Raise :class:`ProofError` that names the first thing that is not as it must be."""
    if base.gradients is Gradients.MESSAGES:
        for one in (estimator, *estimator.alternatives):
            _require_types(one)
            _require_replaced(one, base)
            _require_one_meaning(one, base)
            _require_justified(one)
        _require_composed(theorem, compose(base, estimator))
        return
    for one in (estimator, *estimator.alternatives):
        _require_types(one)
        _require_replaced(one, base)
        _require_symbols(one, base)
        _require_assumptions(one, base)
        _require_justified(one)
        if one.unbiased and one.noise is not None:
            raise ProofError(f"{one.label}: all of the error is noise, none beside it")
        names = [*one.origins, *(one.noise.origins if one.noise else ())]
        if INITIALISATION in names or len(set(names)) < len(names):
            raise ProofError(f"{one.label}: the origins {', '.join(names)} are not told apart")
    for other in estimator.alternatives:
        _require_alike(other, estimator, _OF_VARIANT, "is another estimator")
        if not other.variant or other.alternatives:
            raise ProofError(f"{other.label} is not one variant of {estimator.name}")
    _require_composed(theorem, compose(base, estimator))


def _require_types(estimator: Estimator) -> None:
    kinds = [
        (estimator, Estimator),
        *((p, Parameter) for p in estimator.parameters),
        *((p.domain, Domain) for p in estimator.parameters),
        *((c, Condition) for c in estimator.given),
        *((estimator.of, Estimator) for _ in range(estimator.of is not None)),
    ]
    for thing, kind in kinds:
        if type(thing) is not kind:
            raise ProofError(f"{thing} is a {type(thing).__name__}, not a {kind.__name__}")
    require_declared(estimator.parameters)
    require_ranges(estimator.assumes, estimator.parameters, estimator.implied)
    require_one_decomposition(estimator.assumes, estimator.label)


def _require_replaced(estimator: Estimator, base: Theorem) -> None:
    """What the estimator puts in for a constant of the base is what the base means by it.

    The constant is that of the oracle alone (of f being smooth, for L), and the base is proved for
    every value that is put in. Raises :class:`ProofError`.
    """
    put_in, speaks = _put_in(estimator, base)
    for assumption in base.assumes:
        own = {
            s
            for value in _values(assumption)
            if isinstance(value, sp.Expr)
            for s in value.free_symbols
        }
        if own & set(put_in) and not speaks(assumption):
            raise ProofError(
                f"{estimator.label}: {assumption.name} is of {_told(own & set(put_in))}, too"
            )
    method = {*base.algorithm.parameters, traits(base.algorithm).period}
    if method & {s.name for s in put_in}:
        raise ProofError(f"{estimator.label} gives a parameter of {base.algorithm.name} a value")
    signs = Signs(
        [
            *estimator.domains,
            *(
                c
                for p in base.parameters
                if p.symbol not in put_in
                for c in p.domain.conditions(p.symbol)
            ),
        ]
    )
    for parameter in base.parameters:
        for condition in parameter.domain.conditions(parameter.symbol):
            if parameter.symbol in put_in and condition not in _USUAL:
                value = put_in[parameter.symbol]
                for symbol in reversed(estimator.implied):
                    value = value.subs(symbol, estimator.implied[symbol])
                signs.require(condition.substitute({parameter.symbol: value}))


def _put_in(
    estimator: Estimator, base: Theorem
) -> tuple[Mapping[sp.Symbol, sp.Expr], Callable[[Assumption], bool]]:
    """Return what is put in for which constants of the base, and which assumptions may speak of
    these.
    """
    if base.gradients is Gradients.MESSAGES:
        kinds = (CompressedGradients, StaleGradient)
        omega = {
            a.bound if isinstance(a, CompressedGradients) else a.omega
            for a in base.assumes
            if isinstance(a, kinds)
        }
        bound = estimator.server.bound
        if omega != {bound}:
            raise ProofError(
                f"{estimator.label}: {bound} is not the constant of the compressor in {base.name}"
            )
        return {bound: estimator.implied[bound]}, lambda a: isinstance(a, kinds)
    oracle = next(a for a in base.assumes if type(a) is BiasedOracle)
    if (oracle.f, oracle.B, oracle.C, oracle.M, oracle.sigma2) != (base.step.f, *FOUR):
        raise ProofError(
            f"the oracle of {base.name} is not one of {_told(FOUR)} for {base.step.f.name}"
        )
    smooth = SMOOTHNESS.symbol

    alone = [Smooth(base.step.f, smooth), SmoothConvex(base.step.f, smooth)]

    def speaks(assumption: Assumption) -> bool:
        return assumption is oracle or (smooth in estimator.implied and assumption in alone)

    return {
        s: formula for s, formula in estimator.formulas.items() if s in FOUR or s == smooth
    }, speaks


def _require_one_meaning(estimator: Estimator, base: Theorem) -> None:
    """A parameter that base and compressor share is the same in both."""
    auxiliary = {s.name for form in base.forms for s in form.formulas}
    own = {p.name: p for p in estimator.parameters}
    for parameter in base.parameters:
        other = own.get(parameter.name)
        if other is not None and (other.domain, other.role) != (parameter.domain, parameter.role):
            raise ProofError(f"{estimator.label} gives {parameter.name} another meaning")
    if auxiliary & set(own):
        raise ProofError(f"{estimator.label} gives {_told(auxiliary & set(own))} two meanings")


def _require_symbols(estimator: Estimator, base: Theorem) -> None:
    """Every symbol means one thing."""
    names = [p.name for p in estimator.parameters]
    auxiliary = {s.name for form in base.forms for s in form.formulas}
    four = {s.name for s in FOUR}
    others = {p.name for p in base.parameters} - {SMOOTHNESS.name}
    twice = (auxiliary | four | others | {ITERATIONS.name}) & {s.name for s in estimator.implied}
    if twice:
        raise ProofError(f"{estimator.label} gives {_told(twice)} two meanings")
    clash = (auxiliary | four | {ITERATIONS.name, POSITION.name}) & set(names)
    if clash or len(set(names)) < len(names):
        told = ", ".join(sorted(clash) or names)
        raise ProofError(f"{estimator.label} gives {told} two meanings")
    both = {p.symbol for p in estimator.parameters} & set(estimator.implied)
    if both:
        raise ProofError(f"{estimator.label}: {', '.join(map(str, both))} given and implied")


def _require_assumptions(estimator: Estimator, base: Theorem) -> None:
    if estimator.function != base.step.f:
        raise ProofError(f"{estimator.label} speaks of another function than {base.name}")
    kinds = [type(a) for a in estimator.assumes]
    if len(set(kinds)) < len(kinds):
        raise ProofError(f"{estimator.label} assumes one thing with two constants")
    known = {p.symbol: p.role for p in (*estimator.parameters, *base.parameters)}
    for assumption in estimator.assumes:
        require_stated(assumption)
        for symbol in _constants(assumption):
            if symbol not in known and symbol not in estimator.implied:
                raise ProofError(f"{estimator.label}: {symbol} is assumed of, but not a parameter")
            if known.get(symbol) == "free":
                raise ProofError(f"{estimator.label}: {symbol} is assumed of, so it is not free")
        for value in _values(assumption):
            if isinstance(value, Assumption) and value not in estimator.assumes:
                raise ProofError(
                    f"{estimator.label}: {assumption.name} builds on what is not assumed"
                )


def _values(assumption: Assumption) -> Iterator[object]:
    return (getattr(assumption, entry.name) for entry in fields(assumption))


def _constants(assumption: Assumption) -> Iterator[sp.Symbol]:
    """Yield the constants of an assumption are symbols, or zero where a part of it is left out."""
    for value in _values(assumption):
        if isinstance(value, sp.Symbol):
            yield value
        elif isinstance(value, sp.Expr) and value != 0:
            raise ProofError(f"{assumption.name} speaks of {value}, which is no parameter")


def _require_justified(estimator: Estimator) -> None:
    """Every implied constant is one of the general estimator's, and shown to be what it is."""
    general = estimator.of
    if general is None:
        if estimator.implied or estimator.lemma or estimator.smoothness:
            raise ProofError(f"{estimator.label} implies constants of no other estimator")
        return
    if general.of is not None:
        raise ProofError(f"{general.name} is an instance itself")
    _require_alike(estimator, general, _OWN, "is no instance")
    extra = [a for a in estimator.assumes if a not in general.assumes]
    if any(type(a) is not Adapted for a in extra) or len(estimator.assumes) != len(
        [*general.assumes, *extra]
    ):
        raise ProofError(f"{estimator.label} assumes something else than {general.name}")
    shown = _by_construction(estimator, extra)
    of_general = {p.symbol for p in general.parameters}
    for symbol, formula in estimator.implied.items():
        if symbol == SMOOTHNESS.symbol:
            if estimator.smoothness is None:
                raise ProofError(f"{estimator.label}: nothing shows how smooth f is")
        elif symbol not in of_general:
            raise ProofError(f"{estimator.label}: {symbol} is no constant of {general.name}")
        elif symbol in shown:
            if sp.cancel(shown[symbol] - formula) != 0:
                raise ProofError(f"{estimator.label}: {symbol} is {shown[symbol]}, not {formula}")
        else:
            _require_lemma(estimator, symbol)
    missing = of_general - set(estimator.implied) - {p.symbol for p in estimator.parameters}
    if missing:
        raise ProofError(f"{estimator.label}: nothing is said of {', '.join(map(str, missing))}")


def _by_construction(estimator: Estimator, extra: list[Assumption]) -> Mapping[sp.Expr, sp.Expr]:
    """Return the constants of two levels that MAML fixes."""
    levels = [a for a in estimator.assumes if type(a) is Composite]
    tasks = [a for a in extra if isinstance(a, Adapted)]
    return tasks[0].levels(levels[0]) if tasks and levels else {}


def _require_lemma(estimator: Estimator, symbol: sp.Symbol) -> None:
    lemma, server = estimator.lemma, estimator.server
    if type(lemma) not in (Coordinatewise, Selection, OrderStatistics):
        raise ProofError(f"{estimator.label}: no lemma shows what {symbol} is")
    assert lemma is not None
    if type(lemma) is OrderStatistics and lemma.honest != server.workers.n:
        raise ProofError(
            f"{estimator.label}: the lemma is on {lemma.honest} workers, not {server.workers.n}"
        )
    if lemma.kind not in getattr(server, "kinds", ()):
        raise ProofError(f"{estimator.label}: the lemma is not one on a {server.name}")
    if symbol not in server.constant.free_symbols:
        raise ProofError(f"{estimator.label}: the lemma says nothing of {symbol}")


def _require_alike(one: Estimator, other: Estimator, own: frozenset[str], told: str) -> None:
    for entry in fields(Estimator):
        if entry.name in own:
            continue
        if getattr(one, entry.name) != getattr(other, entry.name):
            raise ProofError(f"{one.label} {told} of {other.name}: its {entry.name} differs")


def _told(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))


def _require_composed(theorem: Theorem, expected: Theorem) -> None:
    """The theorem is what composing makes, field by field, of symbols that are all declared."""
    require_declared(theorem.parameters)
    declared = {p.symbol for p in theorem.parameters}
    for form in theorem.forms:
        require_form(theorem, form)
        for condition in theorem.given:
            unknown = condition.symbols - declared - set(form.formulas)
            if unknown:
                raise ProofError(f"{_told(unknown)}: not defined in {condition}")
    for entry in fields(Theorem):
        found, right = getattr(theorem, entry.name), getattr(expected, entry.name)
        if entry.name in ("name", "title", "note", "example"):
            continue
        if entry.name == "forms":
            same = len(found) == len(right) and all(
                all(getattr(a, e.name) == getattr(b, e.name) for e in fields(type(b)))
                for a, b in zip(found, right, strict=True)
            )
        else:
            same = found == right
        if not same:
            raise ProofError(
                f"{theorem.name} is not composed of its base and its estimator:"
                f" {entry.name} differs"
            )
