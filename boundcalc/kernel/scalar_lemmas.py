"""Lemmas on a few real numbers, lifted to vectors: proved for a theorem, used like assumptions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from boundcalc.kernel.assumptions import Assumption
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.signs import SignFact


@dataclass(frozen=True)
class ScalarLemma(Assumption):
    """Inequalities of vectors that follow from inequalities of real numbers."""

    @abstractmethod
    def check(self, given: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Decide the inequalities of numbers for all of them; raises :class:`ProofError`.

        ``given`` are the conditions under which the lemma is used.
        """
