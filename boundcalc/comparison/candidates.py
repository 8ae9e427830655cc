"""The theorems of a comparison as a person writes them: ``ssvr``, ``signsgd:batch=1``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from boundcalc import registry
from boundcalc.comparison.conversions import Conversion, Quantity, common
from boundcalc.comparison.entries import check_distinct, check_shared, read_entry
from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.model.parameters import Parameter
from boundcalc.model.theorem import Theorem

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
        """The theorem's bound as one of the measure."""
        return self.conversion.value(bound, self.dimension)

    @property
    def unpaid(self) -> tuple[Parameter, ...]:
        """What the start has by default without a price in calls."""
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
    """What is compared, and the theorems labelled as they are written.

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
