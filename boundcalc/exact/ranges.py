"""What a parameter runs through: ``gamma=1e-4:1:25log``, ``tau=0:20``, ``k=1,2,5``."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from boundcalc.errors import UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.parse import parse_assignment, parse_count, parse_counts
from boundcalc.exact.surd import Surd

_FORM = re.compile(r"(?P<first>[^:]+):(?P<last>[^:]+?)(?::(?P<count>\d+))?\s*(?P<log>log)?")
_COUNT, _MOST = 20, 10_000
_MOST_HORIZONS, _MOST_CALLS = 100, 1000
# Whole numbers of a range that is no longer than this are all taken.
_EVERY = 50


@dataclass(frozen=True)
class Range:
    """A parameter and the values that it takes, rising; ``log`` says that they are geometric, or
    more so than arithmetic.
    """

    name: str
    values: tuple[Surd, ...]
    log: bool = False

    @property
    def floats(self) -> list[float]:
        """The values as floats."""
        return [float(value) for value in self.values]


def read_range(text: str, whole: Collection[str] = ()) -> Range:
    """``NAME=FROM:TO`` or ``NAME=FROM:TO:COUNT``, maybe with ``log`` behind, or ``NAME=V,V,...``.

    A parameter named in ``whole`` takes whole numbers, each once. Without a count there are 20
    values or, of whole numbers up to 50 apart, every one. Raises :class:`UsageError` for anything
    else.
    """
    name, equals, rest = (part.strip() for part in text.partition("="))
    if not equals or not name or not rest:
        raise UsageError(
            f"{text!r} is not of the form NAME=FROM:TO:COUNT, as in gamma=1e-4:1:25log or tau=0:20"
        )
    integral = name in whole
    if ":" not in rest:
        listed = _distinct(_value(name, part, integral) for part in rest.split(","))
        return Range(name, tuple(listed), _geometric(listed))
    form = _FORM.fullmatch(rest)
    if form is None:
        raise UsageError(f"the range of {name} is FROM:TO:COUNT, as in 0.1:10:20log, not {rest!r}")
    first, last = (_value(name, form[end], integral) for end in ("first", "last"))
    log = form["log"] is not None
    if not float(first) < float(last):
        raise UsageError(f"the values of {name} rise: {rest!r} does not")
    if log and float(first) <= 0:
        raise UsageError(f"a logarithmic range of {name} starts above 0, not at {form['first']}")
    if form["count"]:
        count = parse_count(form["count"], f"the number of values of {name}")
    else:
        apart = float(last) - float(first)
        count = round(apart) + 1 if integral and not log and apart <= _EVERY else _COUNT
    if not 2 <= count <= _MOST:
        raise UsageError(f"{name} takes 2 to {_MOST} values, not {count}")
    return Range(name, tuple(_between(first, last, count, log=log, whole=integral)), log)


def read_ranges(texts: Sequence[str], whole: Collection[str] = ()) -> list[Range]:
    """Return an axis for every text, as :func:`read_range` reads it.

    Raises :class:`UsageError` also where two are of one parameter.
    """
    axes = [read_range(text, whole) for text in texts]
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} is given twice")
    return axes


def _value(name: str, text: str, whole: bool) -> Surd:
    value = number(parse_assignment(f"{name}={text}")[1], name)
    exactly = value.as_fraction()
    if whole and (exactly is None or exactly.denominator != 1):
        raise UsageError(f"{name} runs through whole numbers, and {text.strip()} is none")
    return value


def _between(first: Surd, last: Surd, count: int, *, log: bool, whole: bool) -> list[Surd]:
    """Return the ends as they are, and between them floats of few digits or whole numbers."""
    low, high = float(first), float(last)
    inner = []
    for i in range(1, count - 1):
        part = i / (count - 1)
        value = low ** (1 - part) * high**part if log else (1 - part) * low + part * high
        inner.append(number(round(value) if whole else float(f"{value:.12g}")))
    return _distinct([first, *inner, last])


def _geometric(values: Sequence[Surd]) -> bool:
    """Return whether quotients of neighbours vary less than their differences."""
    floats = [float(value) for value in values]
    if len(floats) < 3 or floats[0] <= 0:
        return False

    def unevenness(scaled: Sequence[float]) -> float:
        gaps = [b - a for a, b in pairwise(scaled)]
        return max(gaps) / min(gaps)

    return unevenness([math.log(value) for value in floats]) < unevenness(floats)


def _distinct(values: Iterable[Surd]) -> list[Surd]:
    """Rising, each once."""
    return [value for _, value in sorted({float(value): value for value in values}.items())]


def geometric(first: int, last: int, count: int) -> list[int]:
    """So many whole numbers from ``first`` to ``last``, each about the same multiple of the one
    before; fewer where whole numbers fall together.

    Raises :class:`UsageError` unless 1 <= first < last and there are 2 to 100 of them.
    """
    if not 1 <= first < last:
        raise UsageError(f"horizons rise from 1 or more: {first} to {last} do not")
    if not 2 <= count <= _MOST_HORIZONS:
        raise UsageError(f"there are 2 to {_MOST_HORIZONS} horizons, not {count}")
    step = math.log(last / first) / (count - 1)
    between = (round(first * math.exp(step * i)) for i in range(1, count - 1))
    return sorted({first, *between, last})


def read_horizons(text: str) -> list[int]:
    """Return a geometric ladder FROM:TO:COUNT, or whole numbers separated by commas.

    Raises :class:`UsageError` for anything else.
    """
    what = "--horizons"
    parts = text.split(":")
    if len(parts) == 1:
        counts = parse_counts(text, what)
        if math.inf in counts:
            raise UsageError(f"{what} must be finite: nothing can be simulated for ever")
        return sorted({int(K) for K in counts})
    if len(parts) != 3:
        raise UsageError(f"{what} are FROM:TO:COUNT or K,K,..., as in 50:5000:5, not {text!r}")
    first, last, count = (parse_count(part, what) for part in parts)
    return geometric(first, last, count)


def read_calls(written: str) -> list[int]:
    """Return numbers of calls: ``1e3:1e7:9``, from, to and how many, or separated by commas.

    Raises :class:`UsageError` where it is neither.
    """
    if ":" not in written:
        counts = parse_counts(written, "--calls")
        if any(not isinstance(N, int) for N in counts):
            raise UsageError("--calls must be finite")
        return [int(N) for N in counts]
    parts = written.split(":")
    if len(parts) != 3:
        raise UsageError(f"--calls {written[:40]!r} is not of the form FROM:TO:COUNT")
    first, last, count = (parse_count(part, "--calls") for part in parts)
    if last <= first or not 2 <= count <= _MOST_CALLS:
        raise UsageError(
            f"--calls {written[:40]!r}: FROM must be below TO, and COUNT from 2 to {_MOST_CALLS}"
        )
    factor = last / first
    return [round(first * factor ** (i / (count - 1))) for i in range(count)]
