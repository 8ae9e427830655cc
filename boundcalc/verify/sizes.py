"""What values of a theorem say of the problem to make: its workers, dimension, samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boundcalc.exact.evaluate import number
from numerics.problems import problem_options

# The options of problems, the first that a problem has, that a constant is the value of.
_OPTIONS = {
    "n": ("workers", "tasks"),
    "d": ("dimension",),
    "m": ("samples",),
    "inner_step": ("inner_step",),
}
# Options that make workers different, and the fewest workers who can be: fewer are alike in it.
_FEWEST = {"shifted-quadratics": {"spread": 4, "shift": 2}}


def sized(problem: str, options: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the problem, with those that the ``values`` of constants settle.

    A theorem on n workers is true for one n, so a problem that can have any number of them is made
    with those that are asked for; an option that is given itself stays as it is.
    """
    known, found = problem_options(problem), dict(options)
    for name, candidates in _OPTIONS.items():
        option = next((one for one in candidates if one in known), None)
        if option is None or name not in values or option in options:
            continue
        value = number(values[name], name)
        whole = value.as_fraction()
        exactly = whole is not None and whole.denominator == 1
        found[option] = int(whole) if whole is not None and exactly else float(value)
    for option, fewest in _FEWEST.get(problem, {}).items():
        if option not in options and found.get("workers", fewest) < fewest:
            found[option] = 0.0
    return found
