"""Theorems as they were when they were looked at: what is proved is what is used afterwards.

A theorem comes from an author's Python, which could answer differently each time it is asked. So it
is read once: :func:`settled` makes a new theorem of exact numbers, names and kernel objects, that
its author has no hold of. The author's functions are kept; each is asked with vectors of its own,
and what it answers is made again (:mod:`boundcalc.kernel.integrity`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Function
from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.cycles import Cycle, Invariant
from boundcalc.kernel.integrity import (
    require_condition,
    require_formula,
    require_function,
    require_own,
    require_part,
    require_plain,
)
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.kernel.vectors import of_kernel
from boundcalc.model import derived
from boundcalc.model.estimator import Estimator, Noise
from boundcalc.model.measures import Measure
from boundcalc.model.parameters import Domain, Parameter
from boundcalc.model.theorem import Corollary, Example, Form, Source, Step, Theorem
from numerics.traits import FLAGS

T = TypeVar("T")

#: What SymPy functions the number of gradient calls may hold.
_COUNTING = (sp.ceiling, sp.floor, sp.Max, sp.Min)

#: Classes that say that they are of these must be.
_PACKAGES = ("boundcalc.", "theorems.", "numerics.")

_ROLES = ("constant", "algorithm", "start", "free")

_theorems: WeakKeyDictionary[Theorem, Theorem] = WeakKeyDictionary()
_origins: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_estimators: WeakKeyDictionary[Estimator, Estimator] = WeakKeyDictionary()


def settled(theorem: Theorem) -> Theorem:
    """Return the theorem as it is now, made again; always the same one for the same theorem.

    Raises :class:`ProofError` for a part that is not of the class it must be, or that carries
    anything beside its fields.
    """
    _require(theorem, Theorem)
    if theorem not in _theorems:
        made = _theorem(theorem)
        _theorems[theorem] = _theorems[made] = made
        _origins[made] = theorem
        derived.stands_for(theorem, made)
    return _theorems[theorem]


def forget() -> None:
    """Forget what was read: a module that has just been run may have put its own there."""
    derived.forget()
    for known in (_theorems, _estimators, _origins, _methods):
        known.clear()


def origin(part: T) -> T:
    """Return the theorem or estimator of which this is the settled one; itself for any other."""
    found: T = _origins.get(part, part)
    return found


def as_read(theorem: Theorem) -> Theorem:
    """Return the theorem settled, or as it is where it cannot be: `prove` then says why."""
    try:
        return settled(theorem)
    except Exception:  # an author's own code may raise anything when it is read
        return theorem


def require_unchanged(theorem: Theorem) -> None:
    """Raise :class:`ProofError` where the theorem is not what it was when it was settled."""
    then = settled(theorem)
    source = origin(then)
    require_own(source)
    changed = _difference(then, _theorem(source))
    if changed is not None:
        raise ProofError(f"{then.name} was changed while it was proved: its {changed}")


def _difference(then: Any, now: Any) -> str | None:
    """Return the name of a field in which they differ; no ``==`` of an author is asked."""
    if then is now:
        return None
    if type(then) is not type(now):
        return "class"
    if is_dataclass(then):
        for entry in fields(then):
            if _difference(getattr(then, entry.name), getattr(now, entry.name)) is not None:
                return entry.name
        return None
    if isinstance(then, tuple | MappingProxyType):
        parts = [
            tuple(whole.items()) if isinstance(whole, MappingProxyType) else whole
            for whole in (then, now)
        ]
        told = [_difference(a, b) for a, b in zip(*parts, strict=False)]
        return "parts" if len(parts[0]) != len(parts[1]) or any(told) else None
    plain = isinstance(then, sp.Basic) or type(then) in (str, int, bool)
    return None if plain and then == now else "value"


def _require(thing: Any, kind: type) -> None:
    """Raise :class:`ProofError` unless it is of exactly that class, and made of its fields."""
    require_plain(thing, kind, _called(thing, kind))
    require_own(thing)


def _called(thing: Any, kind: type) -> str:
    name = getattr(thing, "name", None)
    return name if type(name) is str else f"what should be a {kind.__name__}"


def _theorem(theorem: Theorem) -> Theorem:
    base = None if theorem.base is None else settled(theorem.base)
    estimator = None if theorem.estimator is None else _estimator(theorem.estimator)
    same_step = theorem.base is not None and theorem.step is theorem.base.step
    step = base.step if base is not None and same_step else _step(theorem.step)
    return Theorem(
        name=_text(theorem.name),
        title=_text(theorem.title),
        family=_text(theorem.family),
        source=_all_text(theorem.source, Source),
        algorithm=_method(theorem.algorithm),
        assumes=_each(theorem.assumes, _assumption),
        parameters=_each(theorem.parameters, _parameter),
        step=step,
        forms=_each(theorem.forms, _form),
        given=_each(theorem.given, require_condition),
        corollaries=_each(theorem.corollaries, _corollary),
        example=None if theorem.example is None else _example(theorem.example),
        note=_text(theorem.note),
        aliases=_each(theorem.aliases, _text),
        lemmas=_each(theorem.lemmas, _lemma),
        base=base,
        estimator=estimator,
        calls=require_formula(theorem.calls, _COUNTING),
    )


def _text(value: Any) -> str:
    return require_plain(value, str, "what should be text")


def _each(values: Iterable[Any], made: Callable[[Any], T]) -> tuple[T, ...]:
    return tuple(made(value) for value in require_plain(values, tuple, "what should be a list"))


def _mapping(values: Any, key: Callable[[Any], Any], value: Callable[[Any], T]) -> Mapping[Any, T]:
    """Return a mapping whose keys and values are made again, in its order."""
    items = dict(require_plain(values, MappingProxyType, "what should be a mapping")).items()
    return MappingProxyType({key(k): value(v) for k, v in items})


def _formulas(values: Any) -> Mapping[sp.Expr, sp.Expr]:
    return _mapping(values, require_formula, require_formula)


def _all_text(thing: Any, kind: type[T]) -> T:
    """Return an object of text and whole numbers."""
    _require(thing, kind)
    found = {e.name: getattr(thing, e.name) for e in fields(thing)}
    for value in found.values():
        if type(value) not in (str, int):
            raise ProofError(f"a {kind.__name__} holds text, not a {type(value).__name__}")
    return kind(**found)


def _assumption(assumption: Any) -> Assumption:
    kind = type(assumption)
    if not isinstance(assumption, Assumption):
        raise ProofError(f"a {kind.__name__} is not an assumption")
    if str(kind.__module__).startswith(_PACKAGES) and not _is_attribute(kind):
        raise ProofError(f"the class {kind.__name__} is not of {kind.__module__}, as it says")
    if of_kernel(kind):
        _require_parts(assumption)
    made: Assumption = require_part(assumption)
    return made


def _require_parts(thing: Any) -> None:
    """What the kernel's own classes speak of is of the kernel, too: nothing that looks like it."""
    for entry in fields(thing):
        value = getattr(thing, entry.name)
        for part in value if type(value) in (tuple, list) else (value,):
            if of_kernel(type(part)) and is_dataclass(part):
                _require_parts(part)
            elif type(part) not in (Function, str, int, bool, type(None), dict, MappingProxyType):
                if isinstance(part, Assumption):
                    raise ProofError(f"a {type(thing).__name__} builds on a {type(part).__name__}")
                require_formula(part)


def _lemma(lemma: Any) -> ScalarLemma:
    if not isinstance(lemma, ScalarLemma) or not of_kernel(type(lemma)):
        raise ProofError(f"a {type(lemma).__name__} is not a lemma that the kernel decides")
    made: ScalarLemma = require_part(lemma)
    return made


def _parameter(parameter: Any) -> Parameter:
    _require(parameter, Parameter)
    name = _text(parameter.name)
    if not name.isidentifier() or name.startswith("_"):
        raise ProofError(f"{name!r} is not the name of a parameter")
    if parameter.role not in _ROLES:
        raise ProofError(f"{name} has the role {parameter.role!r}; there are {', '.join(_ROLES)}")
    made = Parameter(
        name,
        _text(parameter.latex),
        _text(parameter.meaning),
        _domain(parameter.domain, name),
        role=_text(parameter.role),  # type: ignore[arg-type]
        weaker=None if parameter.weaker is None else _text(parameter.weaker),  # type: ignore[arg-type]
        default=_optional(parameter.default),
        derived=_optional(parameter.derived),
        typical=_optional(parameter.typical),
        whole=require_plain(parameter.whole, bool, "what says that a number is whole"),
    )
    if made.symbol.name != name:
        raise ProofError(f"the symbol of {name} is called {made.symbol.name}")
    return made


def _optional(value: Any) -> sp.Expr | None:
    return None if value is None else require_formula(value)


def _domain(domain: Any, name: str) -> Domain:
    _require(domain, Domain)
    lower, upper = _optional(domain.lower), _optional(domain.upper)
    if not all(end is None or end.is_Rational for end in (lower, upper)):
        raise ProofError(f"the domain {domain} of {name} is no interval of numbers")
    return Domain(lower, upper, domain.lower_open is True, domain.upper_open is True)


def _form(form: Any) -> Form:
    _require(form, Form)
    return Form(
        _text(form.name),
        _text(form.title),
        _formulas(form.formulas),
        _each(form.given, require_condition),
        when=_formulas(form.when),
        variant=_text(form.variant),
        error=None if form.error is None else _mapping(form.error, _text, require_formula),
    )


def _corollary(corollary: Any) -> Corollary:
    _require(corollary, Corollary)
    name, title, of = (_text(t) for t in (corollary.name, corollary.title, corollary.of))
    return Corollary(name, title, of, _formulas(MappingProxyType(dict(corollary.values))))


def _example(example: Any) -> Example:
    _require(example, Example)
    return replace(example)


def _step(step: Any) -> Step:
    _require(step, Step)
    measure = step.measure
    require_plain(measure, Measure, "what is bounded")
    require_own(measure)
    return Step(
        require_function(step.f),
        lyapunov=step.lyapunov,
        measure=measure,
        unroll=_unrolling(step.unroll),
        error=_mapping(step.error, _text, require_formula),
        certificate=step.certificate,
        nonnegative=step.nonnegative,
        given=_each(step.given, require_condition),
        start=step.start,
        remembers=_mapping(step.remembers, _text, _text),
        invariants=_each(step.invariants, _invariant),
        cycle=None if step.cycle is None else _cycle(step.cycle),
        within=step.within,
    )


def _unrolling(rule: Any) -> Any:
    if not of_kernel(type(rule)) or not is_dataclass(rule):
        raise ProofError(f"a {type(rule).__name__} is not an unrolling that the kernel has proved")
    return require_part(rule)


def _invariant(invariant: Any) -> Invariant:
    _require(invariant, Invariant)
    made: Invariant = require_part(invariant)
    return made


def _cycle(cycle: Any) -> Cycle:
    _require(cycle, Cycle)
    if type(cycle.length) is not sp.Symbol:
        raise ProofError(f"the length {cycle.length} of a cycle is no parameter")
    return Cycle(require_formula(cycle.length), cycle.first)


# -- estimators --------------------------------------------------------------------------------


def _estimator(estimator: Any) -> Estimator:
    _require(estimator, Estimator)
    if estimator not in _estimators:
        made = _made_estimator(estimator)
        _estimators[estimator] = _estimators[made] = made
        _origins[made] = estimator
        derived.stands_for(estimator, made)
    return _estimators[estimator]


def _made_estimator(estimator: Estimator) -> Estimator:
    noise = estimator.noise
    if noise is not None:
        _require(noise, Noise)
        noise = Noise(noise.part, _named_formulas(noise.origins), noise.certificate)
    return replace(
        estimator,
        name=_text(estimator.name),
        title=_text(estimator.title),
        parameters=_listed(estimator.parameters, _parameter),
        assumes=_listed(estimator.assumes, _assumption),
        unbiased=require_plain(estimator.unbiased, bool, "what says that it is unbiased"),
        relative=require_formula(estimator.relative),
        origins=_named_formulas(estimator.origins),
        noise=noise,
        implied=_formulas(MappingProxyType(dict(estimator.implied))),
        given=_listed(estimator.given, require_condition),
        of=None if estimator.of is None else _estimator(estimator.of),
        lemma=_compressor_lemma(estimator.lemma),
        variant=_text(estimator.variant),
        alternatives=_listed(estimator.alternatives, _estimator),
        calls=require_formula(estimator.calls, _COUNTING),
    )


def _listed(values: Any, made: Callable[[Any], T]) -> tuple[T, ...]:
    if type(values) not in (list, tuple):
        raise ProofError(f"what should be a list is a {type(values).__name__}")
    return tuple(made(value) for value in values)


def _named_formulas(values: Any) -> Mapping[str, sp.Expr]:
    if type(values) not in (dict, MappingProxyType):
        raise ProofError(f"what should be a mapping is a {type(values).__name__}")
    return _mapping(MappingProxyType(dict(values)), _text, require_formula)


def _compressor_lemma(lemma: Any) -> Any:
    if lemma is not None and not of_kernel(type(lemma)):
        raise ProofError(f"a {type(lemma).__name__} is not a lemma that the kernel decides")
    if lemma is not None:
        _require_parts(lemma)
    return require_part(lemma)


# -- methods -----------------------------------------------------------------------------------

_WORDS = ("name", "title", "latex", "period")
_NAMES = ("parameters", "state", "owned")
_FUNCTIONS = ("initial", "update", "restart", "pytorch")


class Method:
    """An algorithm of an author's own class, all of whose attributes were read once.

    Its functions are the author's: that they do to arrays what they do to vectors is tried at a few
    points, and named among what is taken on trust.
    """

    def __init__(self, algorithm: Any) -> None:
        found: dict[str, Any] = {"kind": type(algorithm)}
        for name in (*_WORDS, *_NAMES, *FLAGS, *_FUNCTIONS):
            value = getattr(algorithm, name, None)
            if value is not None:
                found[name] = _attribute(name, value)
        vars(self).update(found)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a method stays as it was read: {name} cannot be set")

    def __repr__(self) -> str:
        return f"Method({self.kind.__name__})"  # type: ignore[attr-defined]


def _attribute(name: str, value: Any) -> Any:
    if name in _WORDS:
        return _text(value)
    if name in FLAGS:
        return require_plain(value, bool, f"the {name} of a method")
    if name in _NAMES:
        named = _listed(value, _text)
        if not all(one.isidentifier() for one in named):
            raise ProofError(f"{', '.join(named)}: not all of these are names")
        return named
    if not callable(value):
        raise ProofError(f"the {name} of a method is no function")
    return value


def _is_attribute(kind: type) -> bool:
    """Return whether the class is what its module has under its name."""
    return getattr(sys.modules.get(str(kind.__module__)), str(kind.__name__), None) is kind


def foreign_method(algorithm: Any) -> type | None:
    """Return the class of a method that is not the simulator's own; None for one that is."""
    kind = algorithm.kind if type(algorithm) is Method else type(algorithm)  # type: ignore[attr-defined]
    ours = str(kind.__module__).startswith("numerics.") and _is_attribute(kind)
    # What it is called, and how its update is written, is the simulator's own, too.
    told = ours and all(
        getattr(algorithm, entry.name) == entry.default
        for entry in fields(kind)
        if entry.name in _WORDS and entry.default is not MISSING
    )
    return None if told else kind


_methods: dict[int, tuple[Any, Any]] = {}


def _method(algorithm: Any) -> Any:
    """Return the algorithm made again, or all of its attributes read once."""
    if type(algorithm) is Method:
        return algorithm
    known = _methods.get(id(algorithm))
    if known is None or known[0] is not algorithm:
        if foreign_method(algorithm) is None:
            require_own(algorithm)
            values = {e.name: require_part(getattr(algorithm, e.name)) for e in fields(algorithm)}
            made: Any = type(algorithm)(**values)
        else:
            made = Method(algorithm)
        known = _methods[id(algorithm)] = (algorithm, made)
    return known[1]
