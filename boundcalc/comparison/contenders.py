"""The contenders of a comparison as a person writes them: ``exact``, ``topk:k=10:d=1000``.

What is written is read by :mod:`boundcalc.comparison.entries`; ``bits`` among the values of its own
are those of one message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boundcalc.comparison.communication import COUNTING, Contender, contender
from boundcalc.comparison.entries import check_distinct, check_shared, read_entry
from boundcalc.errors import UsageError
from boundcalc.model.compose import compose
from boundcalc.model.estimator import EXACT, FOUR, Estimator
from boundcalc.model.theorem import Theorem
from boundcalc.registry import estimator

_BITS = "bits"


def contenders(
    theorem: Theorem,
    written: Sequence[str],
    values: Mapping[str, Any],
    *,
    bits: float | None = None,
) -> list[Contender]:
    """The estimators of one theorem, as contenders labelled as they are written.

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
    known = [_known(theorem, chosen) for _, chosen, _ in entries]
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
    """The names of the parameters that are whole numbers, with these estimators or this one."""
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


def _known(theorem: Theorem, chosen: Estimator | str) -> set[str]:
    """The names of all values that a contender understands."""
    if isinstance(chosen, Estimator):
        parameters = compose(theorem, chosen).parameters
    else:
        parameters = [p for p in theorem.parameters if p.symbol not in FOUR]
    return {p.name for p in parameters} | set(COUNTING)
