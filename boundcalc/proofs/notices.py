"""Notices that something said rests on no proof: as warnings, or to whoever collects them.

Apart from :mod:`boundcalc.proofs.standing` because the command line collects before it loads a
theorem.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from boundcalc.errors import UnprovedWarning

_collection: ContextVar[list[str] | None] = ContextVar("collection", default=None)


def give(notice: str) -> None:
    """Give an :class:`UnprovedWarning`, or tell who is collecting, once."""
    collection = _collection.get()
    if collection is None:
        warnings.warn(notice, UnprovedWarning, stacklevel=4)
    elif notice not in collection:
        collection.append(notice)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Yield the notices given meanwhile, none of them as a warning."""
    notices: list[str] = []
    token = _collection.set(notices)
    try:
        yield notices
    finally:
        _collection.reset(token)
