"""The simulator's errors as those of the calculator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from boundcalc.errors import UsageError
from numerics import InputError


@contextmanager
def usage_errors() -> Iterator[None]:
    """Raise :class:`UsageError` for what the simulator calls wrong input."""
    try:
        yield
    except InputError as error:
        raise UsageError(str(error)) from error
