"""What a person writes to compare: ``exact``, ``topk:k=10``, ``ssvr``, ``signsgd:batch=1``.

An entry is the name of an estimator or a theorem and, after colons, values that are its own. All
other values are shared by the entries that know their names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boundcalc.errors import UsageError, nearest
from boundcalc.exact.parse import parse_assignment


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
        implied: names that follow from the entries themselves.
    """
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        reason = f"; it follows from the {kind}s" if unknown in implied else nearest(unknown, known)
        raise UsageError(
            f"no {kind} has a parameter {unknown!r}{reason}; theirs are {', '.join(sorted(known))}"
        )
