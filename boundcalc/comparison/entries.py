"""Entries of a comparison as a person writes them: ``exact``, ``topk:k=10``, ``signsgd:batch=1``.

An entry is the name of an estimator or a theorem and, after colons, values that are its own. All
other values are shared by the entries that know their names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from boundcalc import registry
from boundcalc.comparison.communication import COUNTING, Contender, contender
from boundcalc.comparison.conversions import Conversion, Quantity, common
from boundcalc.errors import UsageError, nearest
from boundcalc.exact.evaluate import number
from boundcalc.exact.parse import parse_assignment
from boundcalc.model.compose import compose
from boundcalc.model.estimator import EXACT, FOUR, Estimator
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.registry import estimator


@dataclass(frozen=True)
class Entry:
    """An entry as it is written: its ``label``, the ``name`` of what it is, and its own values."""

    label: str
    name: str
    own: Mapping[str, Any]


def read_entry(text: str, kind: str, example: str) -> Entry:
    """Return the entry that a text such as ``topk:k=10`` stands for.

    Args:
        text: a name, and assignments after colons.
        kind: what it is called in a message, such as "contender".
        example: several entries as they should be written.

    Raises:
        UsageError: there is no name, a value is none, or one is given twice.
    """
    name, *assignments = (part.strip() for part in text.split(":"))
    if not name:
        raise UsageError(f"a {kind} has no name: separate them by commas, as in {example}")
    own: dict[str, Any] = {}
    for assignment in assignments:
        key, value = parse_assignment(assignment)
        if key in own:
            raise UsageError(f"{kind} {text.strip()}: {key} is given twice")
        own[key] = value
    return Entry(":".join([name, *assignments]), name, own)


def check_distinct(labels: Sequence[str], example: str) -> None:
    """Raise :class:`UsageError` where two entries are written alike."""
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(
            f"{twice!r} is named twice: tell them apart by a value of their own, as in {example}"
        )


def check_shared(
    values: Mapping[str, Any],
    known: Collection[str],
    kind: str,
    implied: Collection[str] = (),
) -> None:
    """Raise :class:`UsageError` for a shared value that no entry knows.

    Args:
        values: what the entries share.
        known: the names that some entry knows.
        kind: what an entry is called in a message.
        implied: names that follow from the estimators.
    """
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        reason = (
            "; it follows from the estimators" if unknown in implied else nearest(unknown, known)
        )
        raise UsageError(
            f"no {kind} has a parameter {unknown!r}{reason}; theirs are {', '.join(sorted(known))}"
        )


_BITS = "bits"


def contenders(
    theorem: Theorem,
    written: Sequence[str],
    values: Mapping[str, Any],
    *,
    bits: float | None = None,
) -> list[Contender]:
    """Return the estimators of one theorem, as contenders labelled as they are written.

    Args:
        theorem: the theorem, in its own constants.
        written: such as ``"exact"``, ``"topk:k=10"``, ``"unbiased:omega=3:bits=900"``.
        values: what they share; each takes what its theorem knows, and own values go before.
        bits: bits of one message for those whose estimator does not tell, nor they themselves.

    Raises:
        UsageError: one is not written like this or named twice, or nobody knows a shared name, or
            a value is missing or outside its domain.
    """
    entries = [_chosen(text) for text in written]
    check_distinct([label for label, _, _ in entries], "topk:k=10,topk:k=100")
    known = [_known_to(theorem, chosen) for _, chosen, _ in entries]
    names = set().union(*known)
    if names:
        check_shared(values, names, "contender", [symbol.name for symbol in FOUR])
    silent = [
        _BITS not in own and isinstance(chosen, Estimator) and chosen.compressor is None
        for _, chosen, own in entries
    ]
    if bits is not None and not any(silent):
        raise UsageError(
            "every contender tells its bits; leave them out, or write NAME:bits=N for one of them"
        )
    found = []
    for (label, chosen, own), names, needs in zip(entries, known, silent, strict=True):
        shared = {name: value for name, value in values.items() if name in names}
        merged = {**shared, **own}
        message = merged.pop(_BITS, bits if needs else None)
        try:
            found.append(contender(theorem, chosen, merged, label=label, bits=message))
        except UsageError as error:
            raise UsageError(f"contender {label}: {error}") from None
    return found


def whole_numbers(theorem: Theorem, estimators: Sequence[str] | Estimator | str | None) -> set[str]:
    """Return the names of the parameters that are whole numbers, with these estimators or this
    one.
    """
    several = [estimators] if isinstance(estimators, str) else estimators
    if several is None or isinstance(several, Estimator):
        chosen: list[Estimator | str | None] = [several]
    else:
        chosen = [_chosen(text)[1] for text in several]
    found = set(COUNTING)
    for one in chosen:
        of = compose(theorem, one) if isinstance(one, Estimator) else theorem
        found |= {p.name for p in of.parameters if p.whole}
    return found


def _chosen(text: str) -> tuple[str, Estimator | str, Mapping[str, Any]]:
    """Return label, estimator and own values of a contender."""
    entry = read_entry(text, "contender", "exact,topk:k=10")
    return entry.label, EXACT if entry.name == EXACT else estimator(entry.name), entry.own


def _known_to(theorem: Theorem, chosen: Estimator | str) -> set[str]:
    """Return the names of all values that a contender understands."""
    if isinstance(chosen, Estimator):
        parameters = compose(theorem, chosen).parameters
    else:
        parameters = [p for p in theorem.parameters if p.symbol not in FOUR]
    return {p.name for p in parameters} | set(COUNTING)


_DIMENSION = "d"


@dataclass(frozen=True)
class Candidate:
    """A theorem with the values that it takes, and how its bound becomes one of the measure."""

    label: str
    theorem: Theorem
    values: Mapping[str, Any]
    conversion: Conversion
    dimension: float | None = None

    def converted(self, bound: float) -> float:
        """Return the theorem's bound as one of the measure."""
        return self.conversion.value(bound, self.dimension)

    @property
    def unpaid(self) -> tuple[Parameter, ...]:
        """Return what the start has by default without a price in calls."""
        return tuple(
            p
            for p in self.theorem.parameters
            if p.role == "start"
            and p.default is not None
            and p.name not in self.values
            and p.symbol not in self.theorem.calls.free_symbols
        )

    def to_json(self) -> dict[str, Any]:
        """Who it is, its constants, and what was converted."""
        return {
            "label": self.label,
            "theorem": self.theorem.name,
            "values": {name: float(number(value)) for name, value in self.values.items()},
            "measure": self.theorem.step.measure.text,
            "conversion": self.conversion.text or None,
        }


def candidates(
    written: Sequence[Theorem | str],
    values: Mapping[str, Any],
    measure: str | None = None,
    own: Mapping[str, Theorem] = MappingProxyType({}),
) -> tuple[Quantity, list[Candidate]]:
    """Return what is compared, and the theorems labelled as they are written.

    Args:
        written: theorems, or such as ``"ssvr"`` and ``"signsgd:batch=1"``.
        values: what they share; each takes what it knows, and own values go before.
        measure: the measure asked for, as in :data:`boundcalc.comparison.conversions.NAMES`.
        own: theorems of the user's own by name, beside the catalogue.

    Raises:
        UsageError: one is unknown or named twice, nobody knows a shared name, or a bound does not
            give one of the measure.
    """
    if not written:
        raise UsageError("there is nothing to compare")
    entries = [_entry(one, own) for one in written]
    check_distinct([label for label, _, _ in entries], "signsgd,signsgd:batch=1")
    quantities = [Quantity.of(theorem.step.measure) for _, theorem, _ in entries]
    quantity = common(quantities, measure)
    conversions = [Conversion(own, quantity) for own in quantities]
    paid = any(conversion.dimensions for conversion in conversions)
    names = [{p.name for p in theorem.parameters if p.given} for _, theorem, _ in entries]
    check_shared(values, set().union(*names, {_DIMENSION} if paid else set()), "theorem")
    if paid and _DIMENSION not in values:
        raise UsageError(f"the {quantity.text} needs a value for d, the dimension")
    dimension = float(number(values[_DIMENSION], _DIMENSION)) if paid else None
    if dimension is not None and dimension < 1:
        raise UsageError(f"d = {dimension:.10g} is outside [1, inf) (the dimension)")
    found = []
    for (label, theorem, own), mine, conversion in zip(entries, names, conversions, strict=True):
        shared = {name: value for name, value in values.items() if name in mine}
        found.append(Candidate(label, theorem, {**shared, **own}, conversion, dimension))
    return quantity, found


def _entry(
    written: Theorem | str, own: Mapping[str, Theorem]
) -> tuple[str, Theorem, Mapping[str, Any]]:
    """Return label, theorem and own values."""
    if isinstance(written, Theorem):
        return written.name, written, {}
    entry = read_entry(written, "theorem", "signsgd,ssvr")
    return entry.label, registry.named(entry.name, own), entry.own
