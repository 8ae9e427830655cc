"""Why a sign holds, in few words: the conditions it really needs, by their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.export.latex.conditions import related
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.kernel.solver import SOLVER


@lru_cache(maxsize=4096)
def sufficient(condition: Condition, used: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Return a part of ``used`` from which the condition still follows and of which nothing can go.

    The largest conditions are tried first. Every part kept has been proved to be enough.
    """
    ordered = sorted(used, key=_size, reverse=True)
    kept = _reduced(condition, ordered, [])
    return tuple(c for c in used if c in kept)


def _reduced(
    condition: Condition, doubtful: list[Condition], needed: list[Condition]
) -> list[Condition]:
    """Return what of ``doubtful`` is needed beside ``needed``: halves are tried before single
    ones.
    """
    if not doubtful or _follows(condition, needed):
        return []
    if len(doubtful) == 1:
        return doubtful
    half = len(doubtful) // 2
    first, second = doubtful[:half], doubtful[half:]
    kept = _reduced(condition, first, [*needed, *second])
    return [*kept, *_reduced(condition, second, [*needed, *kept])]


def _follows(condition: Condition, given: list[Condition]) -> bool:
    try:
        Signs(given).require(condition)
    except ProofError:
        return False
    return True


def _size(condition: Condition) -> tuple[int, int]:
    operations = sp.count_ops(condition.left) + sp.count_ops(condition.right)
    return len(condition.symbols), int(operations)


class Reasons:
    """Labels of conditions, and the words for why a sign fact holds.

    ``silent`` conditions, such as the signs of the parameters, are not mentioned.
    """

    def __init__(self, labels: Mapping[Condition, str], silent: Sequence[Condition]) -> None:
        self._labels = dict(labels)
        self._silent = set(silent) - set(labels)

    def label(self, condition: Condition) -> str:
        """Return the label of the condition, or the condition itself."""
        return self._labels.get(condition) or f"${related(condition)}$"

    def of(self, fact: SignFact) -> list[str]:
        """Return what the fact follows from; empty where it is plain from the ranges of the
        parameters.
        """
        used = sufficient(fact.condition, fact.used) if fact.how == SOLVER.name else fact.used
        named = [self._labels[c] for c in used if c in self._labels]
        other = [f"${related(c)}$" for c in used if c not in self._labels and c not in self._silent]
        return [*sorted(named, key=in_order), *other]

    def words(self, fact: SignFact) -> str:
        """Return the same as text: labels and conditions, commas between."""
        return ", ".join(self.of(fact))


def in_order(label: str) -> tuple[int, str]:
    """Return where a label stands among others: by its number."""
    digits = "".join(letter for letter in label if letter.isdigit())
    return int(digits or 0), label
