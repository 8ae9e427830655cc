"""The one error that a user of the simulator can cause."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input: one line that says what is wrong, where, and what would be right."""


def unknown(what: str, name: object, options: Iterable[str]) -> InputError:
    """Return the error for a ``name`` that is none of the ``options``, naming the nearest of
    them.
    """
    known = sorted(options)
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known) or 'none'}"
    return InputError(f"unknown {what} {str(name)!r}; {hint}")
