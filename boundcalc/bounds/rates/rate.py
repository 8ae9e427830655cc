"""What is known of how fast a bound falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from boundcalc.bounds.rates.monomials import Monomial
from boundcalc.errors import InadmissibleError, UsageError
from boundcalc.kernel.printing import text

#: The number of gradient calls, and of iterations.
BUDGET, COUNT = "N", "K"
#: What grows, the fastest first: calls, dimension, components of a finite sum, workers.
GROWING = (BUDGET, "d", "m", "n")


@dataclass(frozen=True)
class Rate:
    """How fast the best schedule makes a bound fall, up to constant factors.

    The bound is at most a constant times ``decay`` plus every monomial of ``floor``, where every
    monomial of ``condition`` is at least a constant; all are in :data:`GROWING`. If ``linear``, the
    bound falls to the floor as ``exp(-c N/decay)`` instead. ``schedule`` holds the parameters as
    powers of K, d, m and n, K itself by the name ``N``: the calls that K iterations make. ``terms``
    are those of the bound at the schedule, by name. ``logarithmic``: decay and schedule hold up to
    powers of log N. ``supposes`` are constants that must be positive. ``measure`` says what is
    bounded, ``order`` which power of a norm it is (2 for squares).
    """

    decay: Monomial
    schedule: Mapping[str, Monomial]
    terms: Mapping[str, tuple[Monomial, ...]]
    floor: tuple[Monomial, ...] = ()
    condition: tuple[Monomial, ...] = ()
    supposes: tuple[sp.Expr, ...] = ()
    logarithmic: bool = False
    linear: bool = False
    measure: str = ""
    order: int = 1

    @property
    def merit(self) -> tuple[Any, ...]:
        """Less is better: floor and decay (a linear rate: decay and floor), no logarithms.

        Among equals, what supposes less and has the fewer and smaller exponents.
        """
        floor = max((m.vector(GROWING) for m in self.floor), default=())
        goals = [(len(floor), floor), self.decay.vector(GROWING)]
        powers = [e for m in self.schedule.values() for _, e in m.powers]
        return (
            *(reversed(goals) if self.linear else goals),
            self.logarithmic,
            len(self.supposes),
            len(powers),
            sum(map(abs, powers)),
        )

    def rooted(self) -> Rate:
        """Return the rate of the norm, where a power of it is bounded (Jensen: of its mean)."""
        power = Fraction(1, self.order)
        return replace(
            self,
            decay=self.decay if self.linear else self.decay**power,
            floor=tuple(m**power for m in self.floor),
            terms={name: tuple(m**power for m in found) for name, found in self.terms.items()},
            order=1,
        )

    def complexity(self, target: str = "eps") -> Monomial:
        """Return the calls after which the decaying part is at most ``target``, up to constants.

        In the target and d, m, n. A linear rate has a factor ``log(1/target)`` beside it. Where
        there is a floor, the target is what is allowed above it.

        Raises :class:`UsageError` where nothing decays, or the target has the name of a variable.
        """
        if target in GROWING:
            raise UsageError(f"{target} is a variable of the rate; give the target another name")
        if self.linear:
            return self.decay
        fall = -self.decay[BUDGET]
        if fall <= 0:
            raise InadmissibleError(
                "nothing of the bound decays, so no number of calls reaches a target"
            )
        rest = self.decay * Monomial.of({BUDGET: fall})
        return (rest / Monomial.of({target: 1})) ** (1 / fall)

    def text(self) -> str:
        """Return the rate in text, as in ``d^(1/2) N^(-1/3) + d n^(-1/2)``."""
        shown = self.decay.text()
        if self.linear:
            speed = (self.decay**-1 * Monomial.of({BUDGET: 1})).text()
            shown = f"exp(-c {speed})"
        elif self.logarithmic:
            shown += " (up to logarithms)"
        return " + ".join([shown, *(m.text() for m in self.floor)])

    def changing(self) -> dict[str, Monomial]:
        """Return the schedule of what is not constant, and the calls where they are not K."""
        plain = Monomial.of({COUNT: 1})
        return {
            name: power
            for name, power in self.schedule.items()
            if power.powers and not (name == BUDGET and power == plain)
        }

    def schedule_text(self) -> list[str]:
        """Return one part a parameter, as in ``gamma ~ d^(-1/2) K^(-2/3)``; constants share the
        last.
        """
        log = "log K " if self.logarithmic else ""
        changing = self.changing()
        parts = [
            f"{name} ~ {log if power[COUNT] and name != BUDGET else ''}{power.text()}"
            for name, power in changing.items()
        ]
        fixed = [name for name, power in self.schedule.items() if not power.powers]
        return [*parts, f"constant {' '.join(fixed)}"] if fixed else parts

    def thresholds(self) -> list[tuple[str, Monomial]]:
        """Return the conditions, each as a quantity and what it must be at least, up to a
        constant.
        """
        found = []
        for monomial in self.condition:
            first = next(v for v in GROWING if monomial[v] > 0)
            least = Monomial.of({first: 1}) / monomial ** (1 / monomial[first])
            found.append((first, least))
        return found

    def conditions(self) -> list[str]:
        """Return one line a condition, as in ``N >= d^(3/2)``."""
        return [f"{name} >= {least.text()}" for name, least in self.thresholds()]

    def where(self) -> list[str]:
        """Return the conditions, and what is supposed of constants."""
        return [*self.conditions(), *(f"{text(e)} > 0" for e in self.supposes)]

    def to_json(self) -> dict[str, Any]:
        """Exponents as exact text, by variable."""
        return {
            "measure": self.measure,
            "rate": self.text(),
            "linear": self.linear,
            "logarithmic": self.logarithmic,
            "exponents": self.decay.exponents(),
            "floor": [m.exponents() for m in self.floor],
            "schedule": {name: m.exponents() for name, m in self.schedule.items()},
            "terms": {name: [m.exponents() for m in found] for name, found in self.terms.items()},
            "condition": self.conditions(),
            "supposes": [f"{text(e)} > 0" for e in self.supposes],
            "complexity": self.complexity().exponents(),
            "after_root": self.rooted().decay.exponents() if self.order > 1 else None,
        }
