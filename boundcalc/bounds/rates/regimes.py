"""Where a rate holds: which monomials must be large for the reported terms to dominate.

All quantities that grow are at least one, so a monomial with no negative exponent needs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from boundcalc.bounds.rates.monomials import ONE, Monomial
from boundcalc.bounds.rates.programs import Infeasible, solve


def undominated(
    monomials: Iterable[Monomial], condition: Sequence[Monomial] = ()
) -> tuple[Monomial, ...]:
    """Without those that another one is never below, the ``condition`` being at least one."""
    kept = list(dict.fromkeys(monomials))
    for monomial in list(kept):
        others = [m for m in kept if m != monomial]
        if any(
            _below_one(monomial / other) or _implied(other / monomial, condition, total=None)
            for other in others
        ):
            kept = others
    return tuple(sorted(kept, key=lambda m: m.powers))


def regime(
    needs: Iterable[Monomial], terms: Iterable[Monomial], reported: Sequence[Monomial]
) -> tuple[Monomial, ...]:
    """Return the monomials that must be at least a constant, the fewest that imply the rest.

    For every one of the ``needs`` to be at most a constant, and every term at most the sum of the
    ``reported`` monomials, of which the first is the one that decays.
    """
    demanded = [need**-1 for need in needs]
    demanded += [reported[0] / term for term in terms if not _covered(term, reported)]
    kept = [m for m in dict.fromkeys(demanded) if not _below_one(m**-1)]
    for monomial in sorted(kept, key=lambda m: m.powers):
        others = [m for m in kept if m != monomial]
        if _implied(monomial, others, total=None):
            kept = others
    return tuple(sorted(kept, key=lambda m: m.powers))


def _below_one(monomial: Monomial) -> bool:
    return all(exponent <= 0 for _, exponent in monomial.powers)


def _covered(term: Monomial, reported: Sequence[Monomial]) -> bool:
    """Return whether a weighted geometric mean of the reported ones, so their sum, is never below
    it.
    """
    return _implied(term**-1, [m**-1 for m in reported], total=Fraction(1))


def without_means(terms: Iterable[Monomial]) -> list[Monomial]:
    """Without terms that are weighted geometric means of the others: the sum bounds them.

    As ``2ab <= a^2 + b^2``; such terms come from powers of sums.
    """
    kept = list(dict.fromkeys(terms))
    for term in list(kept):
        others = [m for m in kept if m != term]
        if len(others) > 1 and _implied(term, others, total=Fraction(1), exactly=True):
            kept = others
    return kept


def _implied(
    monomial: Monomial,
    others: Sequence[Monomial],
    total: Fraction | None,
    exactly: bool = False,
) -> bool:
    """Return whether a product of powers of the others, their sum ``total`` if given, is never
    above it.

    Farkas: that is what it takes for ``monomial >= 1`` to follow from ``other >= 1``. Or whether
    such a product is it, ``exactly``.
    """
    if not others:
        return monomial == ONE
    names = sorted({name for m in (monomial, *others) for name in m})
    rows = [[m[name] for m in others] for name in names]
    limits = [monomial[name] for name in names]
    if exactly:
        rows += [[-m[name] for m in others] for name in names]
        limits += [-monomial[name] for name in names]
    count = len(others)
    rows += [[Fraction(-(i == j)) for j in range(count)] for i in range(count)]
    limits += [Fraction(0)] * count
    if total is not None:
        rows += [[Fraction(1)] * count, [Fraction(-1)] * count]
        limits += [total, -total]
    try:
        solve([Fraction(0)] * count, rows, limits)
    except Infeasible:
        return False
    return True
