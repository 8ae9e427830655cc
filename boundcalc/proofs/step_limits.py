"""Whether the step sizes that a statement prints are those that its form supposes.

A form supposes conditions on its formulas; a statement prints them solved for the step size. Here
it is proved that what is printed implies what is supposed: each condition is, up to a positive
factor, ``r - u - q u^2 >= 0`` in ``u = scale gamma``, with ``q >= 0``, and for ``u >= 0`` that
follows from ``u (1 + R) <= 2 r`` where ``R^2 = 1 + 4 q r`` and ``R >= 0``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.conditions import Condition, at_least, exceeds
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.model.parameters import GAMMA
from boundcalc.model.theorem import Form, Theorem
from boundcalc.proofs.step import ProofStep, passed
from boundcalc.solve.closed_forms import Limit, Solved, solve

_GAMMA = GAMMA.symbol
# z3 resource units for one sign.
_RESOURCES = 3_000_000


def printed_limits(theorem: Theorem) -> list[tuple[Form, Mapping[sp.Symbol, sp.Expr]]]:
    """Return the forms that a statement prints solved, with the values put in (corollaries)."""
    readable = [form for form in theorem.forms if form.name == theorem.readable]
    special = [(theorem.form(c.of), c.values) for c in theorem.corollaries]
    return [*((form, {}) for form in readable), *special]


def limits_step(theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr]) -> ProofStep:
    """Prove that the printed limits of the step imply every condition that the form supposes.

    Raises :class:`ProofError`.
    """
    solved = solve(theorem, form, dict(values))
    if not solved.readable:
        return passed("the conditions are printed as they stand")
    domains = [c for c in theorem.domains if not c.symbols <= {*form.formulas, *values}]
    known = [c.substitute(values) for c in domains]
    known += [*_side(solved), *solved.open]
    facts = [*_lemma()] if solved.limits else []
    for condition in _supposed(theorem, form, values, solved):
        facts += _implied(condition, solved.limits, known)
    told = [f"gamma {'<' if limit.strict else '<='} {limit.value}" for limit in solved.limits]
    return passed("; ".join(told), signs=tuple(facts))


def _side(solved: Solved) -> Iterator[Condition]:
    for condition in solved.side:
        yield Condition(
            solved.form.resolve(condition.left),
            solved.form.resolve(condition.right),
            condition.strict,
        )


def _supposed(
    theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr], solved: Solved
) -> Iterator[Condition]:
    """Yield the conditions that are not printed, and for free parameters that one is left to
    choose.

    A free parameter is linear in its conditions; a value exists between its limits.
    """
    chosen = {c.right for c in solved.within}
    for given in form.given:
        left, right = (form.resolve(side).subs(values) for side in (given.left, given.right))
        condition = Condition(sp.together(left - right), sp.S.Zero, given.strict)
        if not condition.left.free_symbols & chosen:
            yield condition
    for limit in solved.within:
        domain = theorem.parameter(str(limit.right)).domain
        if domain.lower is not None:
            strict = domain.lower_open or limit.strict
            yield Condition(sp.together(limit.left - domain.lower), sp.S.Zero, strict)


def _implied(
    condition: Condition, limits: Sequence[Limit], known: Iterable[Condition]
) -> Iterator[SignFact]:
    """Yield the facts by which the condition follows, from what is known alone or from one
    limit.
    """
    signs = Signs(known, _RESOURCES)
    matching = [limit for limit in limits if limit.decides(condition)]
    for limit in matching:
        try:
            found = list(_by(limit, condition, signs))
        except ProofError:
            continue
        yield from found
        return
    with suppress(ProofError):
        yield signs.require(condition)
        return
    try:
        yield Signs([*signs.given, *_plain(limits)], _RESOURCES).require(condition)
    except ProofError as error:
        problem = f"the printed step sizes do not imply {condition}"
        raise ProofError(problem) from error


def _plain(limits: Sequence[Limit]) -> Iterator[Condition]:
    """Yield the limits that hold always and are no roots, as conditions."""
    for limit in limits:
        powers = limit.expression.atoms(sp.Pow)
        if not limit.when and all(power.exp.is_Integer for power in powers):
            yield Condition(limit.expression, _GAMMA, limit.strict)


def _by(limit: Limit, condition: Condition, signs: Signs) -> Iterator[SignFact]:
    if condition.strict and not limit.strict:
        raise ProofError("a strict condition does not follow from a limit that is attained")
    _require_written(limit)
    positive = [exceeds(symbol) for symbol in limit.when]
    inside = Signs([*signs.given, *positive], _RESOURCES)
    yield inside.require(exceeds(sp.factor(sp.cancel(condition.left / limit.quadratic))))
    yield inside.require(exceeds(limit.scale))
    yield inside.require(at_least(limit.q))
    for symbol in limit.when:
        # Where it vanishes no limit is printed.
        absent = {symbol: sp.S.Zero}
        rest = [c.substitute(absent) for c in signs.given if c.symbols != {symbol}]
        yield Signs(rest, _RESOURCES).require(condition.substitute(absent))


def _require_written(limit: Limit) -> None:
    """Raise :class:`ProofError` unless the limit is the root of its quadratic, as printed."""
    root = limit.r
    if limit.q != 0:
        root = 2 * limit.r / (1 + sp.sqrt(1 + 4 * limit.q * limit.r))
    if sp.simplify(limit.expression * limit.scale / root) != 1:
        raise ProofError(f"{limit.value} is not where the condition ends")


@cache
def _lemma() -> tuple[SignFact, ...]:
    """Check that ``u (1 + R) <= 2 r`` gives ``u + q u^2 <= r``, and the same with ``<``."""
    u, q, r, R = sp.symbols("u q r R", real=True)
    square = 1 + 4 * q * r
    root = [at_least(q), at_least(u), at_least(R), at_least(R**2, square), at_least(square, R**2)]
    facts = []
    for strict in (False, True):
        below = Condition(2 * r, u * (1 + R), strict)
        facts.append(Signs([*root, below]).require(Condition(r, u + q * u**2, strict)))
    return tuple(facts)
