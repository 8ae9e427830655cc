"""What can go wrong on the way to an answer, each with the exit status it ends in."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class BoundcalcError(Exception):
    """An error that is reported in one line, without a traceback."""

    exit_status: ClassVar[int] = 1


class UsageError(BoundcalcError):
    """Wrong usage or wrong input: the message says what, where, and what would be right."""

    exit_status: ClassVar[int] = 2


class InadmissibleError(UsageError):
    """No step size is admissible, or no bound or rate follows, though the input is right.

    Who compares many values takes it for an answer; any other :class:`UsageError` is a mistake.
    """


class ProofError(BoundcalcError):
    """A step of a proof that could not be established."""

    exit_status: ClassVar[int] = 1


class UnreachableError(BoundcalcError):
    """A target that no admissible step size reaches; ``least`` is the smallest value in reach."""

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, least: float) -> None:
        super().__init__(message)
        self.least = least


class UnprovedWarning(UserWarning):
    """Something is said of a theorem whose proof fails: it is only claimed."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a suffix for an error message that suggests what ``name`` was meant to be.

    Args:
        name: what the user wrote.
        names: what would have been right.

    Returns:
        ``"; did you mean 'sgdm-pl'?"``, with up to three names, or ``""`` where none is near.
    """
    by_folded: dict[str, str] = {}
    for known in names:
        by_folded.setdefault(known.casefold(), known)
    close = get_close_matches(name[:100].casefold(), by_folded, n=3, cutoff=0.6)
    if not close:
        return ""
    suggested = [repr(by_folded[folded]) for folded in close]
    *others, last = suggested
    return f"; did you mean {', '.join(others)} or {last}?" if others else f"; did you mean {last}?"
