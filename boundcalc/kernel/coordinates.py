"""The constant of a compressor or an aggregator, from what becomes of one coordinate.

A compressor treats the coordinates alike, by their magnitudes. Of one of magnitude ``a > 0`` it
makes each of finitely many values with some probability; zero stays zero. From that follow the mean
and the second moment of the error, a bound of the latter by ``q2 a^2 + q1 a + q0``, and, summed
over the coordinates, ``q2 ||v||^2 + q1 ||v||_1 + q0 d``. That this is at most the constant times
``||v||^2`` (or the constant itself) is decided from what is known of the two norms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.signs import SignFact, Signs

#: Of one coordinate and of the vector (2-norm and 1-norm). No parameter has such a name.
MAGNITUDE, NORM, NORM1 = sp.symbols(("|v_j|", "||v||", "||v||_1"), real=True)
#: The dimension and its root, as the parameters of these names have to be.
DIMENSION, ROOT = sp.symbols("d sqrt_d", real=True)

_ROOT = (
    exceeds(ROOT),
    at_least(ROOT**2, DIMENSION),
    at_least(DIMENSION, ROOT**2),
)
_NORMS = (
    exceeds(NORM),
    at_least(NORM1, NORM),
    at_least(ROOT * NORM, NORM1),
)
_COORDINATE = (exceeds(MAGNITUDE), at_least(NORM, MAGNITUDE))


def _own(*names: str) -> tuple[sp.Symbol, ...]:
    """Symbols of a lemma alone: no parameter has a name with a space in it."""
    return tuple(sp.Symbol(name, real=True) for name in names)


class Lemma(Protocol):
    """Why a compressor, or an aggregator, has its constant."""

    @property
    def kind(self) -> str:
        """Return what it bounds: an assumption says which of these is its constant."""

    @property
    def axioms(self) -> tuple[str, ...]:
        """Return what is taken on trust."""

    @property
    def summary(self) -> str:
        """The argument in a line."""

    @property
    def text(self) -> str:
        """Return what the compressor or aggregator does."""

    def check(
        self, given: Sequence[Condition], constant: sp.Expr, parameters: Collection[sp.Symbol]
    ) -> tuple[SignFact, ...]:
        """Decide it for the constant, under the conditions on the parameters.

        Raises :class:`ProofError` where it does not follow, where its premises contradict each
        other, or where a symbol of its own is one of the ``parameters``.
        """


@dataclass(frozen=True)
class Outcome:
    """A value that the magnitude becomes, and with what probability."""

    probability: sp.Expr
    value: sp.Expr


@dataclass(frozen=True)
class Case:
    """What a magnitude becomes while the scale lies between ``low`` and ``high`` (None: no end).

    ``exists`` are conditions on symbols of this case alone (the power of two below the magnitude,
    say), whatever values meet them; ``example`` gives values that do, so that no magnitude is left
    out.
    """

    outcomes: Sequence[Outcome]
    low: sp.Expr = sp.S.Zero
    high: sp.Expr | None = None
    exists: Sequence[Condition] = ()
    example: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Coordinatewise:
    """A compressor by its coordinates.

    ``kind`` says what the constant bounds: the error's second moment by the constant times
    ``||v||^2`` ("unbiased", with the mean kept, or "contractive", where the constant is 1 - alpha),
    or the squared error itself ("absolute"). ``scale`` is what the cases are told apart by.
    ``bound`` is of degree at most two in the magnitude.
    """

    kind: Literal["unbiased", "contractive", "absolute"]
    cases: Sequence[Case]
    bound: sp.Expr
    scale: sp.Expr = MAGNITUDE

    @property
    def axioms(self) -> tuple[str, ...]:
        """Sums over coordinates, and what is known of the norms."""
        uses = bool(self.bound.free_symbols & {NORM, NORM1}) or (
            self.bound != 0 and sp.degree(self.bound, MAGNITUDE) != 2
        )
        return ("Cauchy-Schwarz",) if uses else ()

    @property
    def summary(self) -> str:
        return f"one coordinate: E(C({MAGNITUDE}) - {MAGNITUDE})^2 <= {self.bound}"

    @property
    def text(self) -> str:
        """Return what becomes of one coordinate."""
        cases = "; ".join(
            " or ".join(
                f"{o.value}" + ("" if o.probability == 1 else f" with probability {o.probability}")
                for o in case.outcomes
            )
            for case in self.cases
        )
        magnitude = f"of magnitude {MAGNITUDE} > 0"
        return f"C makes of a coordinate {magnitude}, up to its sign, {cases}; 0 stays 0"

    def check(
        self, given: Sequence[Condition], constant: sp.Expr, parameters: Collection[sp.Symbol]
    ) -> tuple[SignFact, ...]:
        """See :class:`Lemma`."""
        known = [*given, *_ROOT, *_NORMS]
        Signs([*known, *_COORDINATE]).witness()
        facts = list(self._covered(known))
        for case in self.cases:
            inside = [*known, *_COORDINATE, *self._within(case)]
            facts += self._inhabited(Signs(inside), case, parameters)
            facts += self._coordinate(Signs([*inside, *case.exists]), case)
        signs = Signs(known)
        polynomial = sp.Poly(self.bound, MAGNITUDE)
        if polynomial.degree() > 2:
            raise ProofError(f"{self.bound} is of more than the second degree in the magnitude")
        q2, q1, q0 = (polynomial.coeff_monomial(MAGNITUDE**i) for i in (2, 1, 0))
        # Zero coordinates have no error, and count.
        facts.append(signs.require(at_least(q0)))
        total = q2 * NORM**2 + q1 * NORM1 + q0 * DIMENSION
        whole = constant if self.kind == "absolute" else constant * NORM**2
        facts.append(signs.require(at_least(whole, total)))
        return tuple(facts)

    def _within(self, case: Case) -> list[Condition]:
        inside = [at_least(self.scale, case.low)]
        if case.high is not None:
            inside.append(at_least(case.high, self.scale))
        return inside

    def _inhabited(
        self, signs: Signs, case: Case, parameters: Collection[sp.Symbol]
    ) -> tuple[SignFact, ...]:
        """Return what exists in a case does so for every magnitude: the example meets the
        conditions.

        It may be chosen for symbols of the case alone.
        """
        taken = {MAGNITUDE, NORM, NORM1, DIMENSION, ROOT, *parameters}
        chosen = set(case.example) & taken
        if chosen:
            told = ", ".join(sorted(map(str, chosen)))
            raise ProofError(f"{told}: not of the case alone, so not for it to choose")
        return tuple(signs.require(c.substitute(case.example)) for c in case.exists)

    def _covered(self, known: Sequence[Condition]) -> tuple[SignFact, ...]:
        """Check that every magnitude is in one of the cases."""
        signs = Signs([*known, *_COORDINATE])
        reached: sp.Expr = sp.S.Zero
        for case in self.cases:
            if case.low != reached:
                raise ProofError(f"no case for a scale from {reached} to {case.low}")
            if case.high is None:
                return (signs.require(at_least(self.scale)),)
            reached = case.high
        return signs.require(at_least(self.scale)), signs.require(at_least(reached, self.scale))

    def _coordinate(self, signs: Signs, case: Case) -> tuple[SignFact, ...]:
        whole = sp.Add(*(outcome.probability for outcome in case.outcomes))
        if sp.cancel(whole - 1) != 0:
            raise ProofError(f"the probabilities add up to {whole}, not to 1")
        facts = [signs.require(at_least(outcome.probability)) for outcome in case.outcomes]
        mean = sp.Add(*(outcome.probability * outcome.value for outcome in case.outcomes))
        if self.kind == "unbiased" and sp.cancel(mean - MAGNITUDE) != 0:
            raise ProofError(f"the mean is {sp.factor(mean)}, not {MAGNITUDE}")
        error = sp.Add(*(o.probability * (o.value - MAGNITUDE) ** 2 for o in case.outcomes))
        return (*facts, signs.require(at_least(self.bound, error)))


@dataclass(frozen=True)
class Selection:
    """The ``kept`` entries of largest magnitude stay, the others become zero.

    No entry that is left out is larger than the least that stays, m in square: so the squares that
    stay add up to at least ``kept`` times m, and those left out to at most ``d - kept`` times m.
    """

    kept: sp.Expr
    axioms: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = "contractive"

    @property
    def summary(self) -> str:
        return f"the squares left out are the d - {self.kept} smallest"

    @property
    def text(self) -> str:
        """Return what is kept."""
        return f"C keeps the {self.kept} entries of largest magnitude and makes the others 0"

    def check(
        self, given: Sequence[Condition], constant: sp.Expr, parameters: Collection[sp.Symbol]
    ) -> tuple[SignFact, ...]:
        """See :class:`Lemma`; the constant is 1 - alpha."""
        stay, out, least = _own("squares kept", "squares dropped", "least kept")
        known = [
            at_least(least),
            at_least(out),
            at_least(stay, self.kept * least),
            at_least((DIMENSION - self.kept) * least, out),
        ]
        signs = Signs([*given, *known])
        signs.witness()
        return (
            # As many entries as are kept exist, and there is one.
            Signs(given).require(at_least(self.kept, 1)),
            Signs(given).require(at_least(DIMENSION, self.kept)),
            signs.require(at_least(constant * (stay + out), out)),
        )


@dataclass(frozen=True)
class OrderStatistics:
    """Every coordinate of the aggregate lies between two means of honest values.

    These are the mean of the ``kept`` least and that of the ``kept`` largest of the ``honest``
    values: the aggregate is made of sorted values and does not fall when one of them rises, so it
    is largest where faulty values are.
    """

    kept: sp.Expr
    honest: sp.Symbol
    axioms: ClassVar[tuple[str, ...]] = ("order statistics", "Jensen")
    kind: ClassVar[str] = "order"

    @property
    def summary(self) -> str:
        return f"between the means of the {self.kept} least and largest honest values"

    @property
    def text(self) -> str:
        """Between what each coordinate of the aggregate lies."""
        return (
            f"each coordinate of the aggregate lies between the means of the {self.kept} least and "
            f"of the {self.kept} largest of the {self.honest} honest values"
        )

    def check(
        self, given: Sequence[Condition], constant: sp.Expr, parameters: Collection[sp.Symbol]
    ) -> tuple[SignFact, ...]:
        """See :class:`Lemma`; the constant is kappa.

        With the mean of the kept values ``up`` above that of all, and the mean of the others
        ``down`` below it, the variance is at least that of these two means.
        """
        up, down, variance = _own("mean above", "mean below", "the variance")
        others = self.honest - self.kept
        spread = (self.kept * up**2 + others * down**2) / self.honest
        known = [
            exceeds(self.kept),
            at_least(others),
            at_least(self.kept * up, others * down),
            at_least(others * down, self.kept * up),
            at_least(variance, spread),
        ]
        signs, whole = Signs(given), Signs([*given, *known])
        whole.witness()
        return (
            signs.require(known[0]),
            signs.require(known[1]),
            whole.require(at_least(constant * variance, up**2)),
        )
