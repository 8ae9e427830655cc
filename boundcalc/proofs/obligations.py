"""The certificates that a theorem has to give, each checked for what it claims.

The one-step inequality, for the first step of a cycle apart; the invariants that it may use; and
what the lemma that unrolls it demands of the Lyapunov function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import Vector, constant, norm, norm2
from boundcalc.kernel.assumptions import Assumption, BoundedBelow, Instance, PolyakLojasiewicz
from boundcalc.kernel.certificate import Certificate, Checked, check
from boundcalc.kernel.convexity import SmoothConvex
from boundcalc.kernel.cycles import POSITION, Invariant
from boundcalc.kernel.integrity import same
from boundcalc.kernel.lemmas import Telescoping
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.kernel.stale import StaleWorkers
from boundcalc.kernel.transition import Transition
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.step import ProofStep, passed
from numerics.traits import traits


def abstract_signs(theorem: Theorem) -> Signs:
    """Return what the step supposes: the domains, and the conditions on the auxiliary symbols.

    They are put together anew for every part of a proof: what is known can be added to.
    """
    return Signs([*theorem.domains, *theorem.step.given])


# Each says that its function is bounded below.
_BELOW = (BoundedBelow, PolyakLojasiewicz, SmoothConvex, StaleWorkers)

Signed = Sequence[tuple[Vector, sp.Expr, Vector]]


def require_assumed(inequality: Any, known: Iterable[Assumption], name: str) -> Instance:
    """Return the inequality, which must be an instance of one of the ``known`` assumptions.

    Raises :class:`ProofError` where it is none of ``name``.
    """
    if type(inequality) is not Instance or not any(same(a, inequality.assumption) for a in known):
        raise ProofError(f"{inequality.name} is not an assumption of {name}")
    return inequality


def _admit(
    theorem: Theorem,
    at: Transition | None = None,
    position: sp.Expr | None = None,
    signed: Signed | None = None,
) -> Callable[[Certificate], None]:
    """Admit only what the theorem assumes, as the assumption itself states it.

    Of the invariants, only at the state before the step ``at``, which has that ``position``; of
    stochastic signs, only those that the step tosses (or the ``signed``, known to be within their
    radius).
    """
    tossed = signed if signed is not None else () if at is None else at.signed
    more = () if at is None else tuple(_invariants(theorem, position))
    below = [a.f for a in theorem.assumes if isinstance(a, _BELOW) and type(a) in _BELOW]

    def is_tossed(instance: Instance) -> bool:
        return any(instance.arguments == (signs,) for _, _, signs in tossed)

    def admit(certificate: Certificate) -> None:
        for _, used in certificate.using:
            inequality = require_assumed(
                used, (*theorem.assumes, *theorem.lemmas, *more), theorem.name
            )
            invariant = inequality.assumption
            if isinstance(invariant, Invariant) and (
                at is None or inequality.arguments != (invariant.vector(at.now),)
            ):
                raise ProofError("an invariant is known of the state before the step alone")
            if inequality.rule in invariant.of_signs and not is_tossed(inequality):
                raise ProofError(f"{inequality.name}: the step tosses no such stochastic signs")
        for _, quantity in certificate.bounded:
            function = getattr(quantity, "function", None)
            if function is not None and function not in below:
                raise ProofError(f"{function.name} is not assumed to be bounded below")

    return admit


def nonnegative(theorem: Theorem) -> ProofStep:
    """Return what the lemma demands of the Lyapunov function."""
    step, now = theorem.step, theorem.transition.now
    claim = step.unroll.remainder(theorem.lyapunov, theorem.measured)
    certificate = step.nonnegative(now.copy())
    checked = check(claim, certificate, abstract_signs(theorem), _admit(theorem))
    return passed("", checked)


def _invariants(theorem: Theorem, position: sp.Expr | None) -> Iterator[Invariant]:
    for invariant in theorem.step.invariants:
        yield invariant if position is None else invariant.at_position(position)


def _inside(theorem: Theorem) -> Signs:
    """Return what a step supposes that is not the first of its cycle."""
    cycle = theorem.step.cycle
    known = abstract_signs(theorem)
    return known if cycle is None else Signs([*known.given, *cycle.inside])


def invariant_step(theorem: Theorem, invariant: Invariant) -> ProofStep:
    """It holds at the start, a step keeps it, and so does a new snapshot."""
    signs, inside = abstract_signs(theorem), _inside(theorem)
    rises = invariant.bound.has(POSITION)
    if rises and theorem.step.cycle is None:
        raise ProofError(f"{invariant.bound} speaks of a position, but there is no cycle")
    fresh = invariant.at_position(sp.S.Zero)
    begun = fresh.claim(theorem.first.state, fresh.bound)
    at_start = invariant.begun(theorem.first.copy())
    facts = [*check(begun, at_start, signs, _admit(theorem)).signs]
    following = invariant.bound.subs(POSITION, POSITION + 1)
    general = POSITION if rises else None
    attempts = [(theorem.transition, invariant, following, general, inside)]
    first = theorem.first_of_cycle
    if first is not None:
        # A cycle may be of one step: nothing is known of it but that it is the first.
        attempts.append((first, fresh, following.subs(POSITION, 0), sp.S.Zero, signs))
        if rises or invariant.vector(first.now) != invariant.vector(theorem.transition.now):
            taken = fresh.claim(first.now, fresh.bound)
            facts += check(taken, Certificate(), signs, _admit(theorem)).signs
    checked = None
    for t, held, bound, position, known in attempts:
        claim = held.claim(t.next, bound)
        certificate = held.kept(t.copy(), POSITION if position is None else position)
        done = check(claim, certificate, known, _admit(theorem, t, position))
        checked = checked or done
    return passed(f"at most {invariant.bound}", checked, tuple(facts))


def within_step(theorem: Theorem) -> ProofStep:
    """Check that every stochastic sign is one: no coordinate of its argument exceeds the radius.

    A step that takes a snapshot may toss others.
    """
    first, facts = theorem.first_of_cycle, [*_within(theorem, theorem.transition)]
    if first is not None:
        facts += _within(theorem, first, sp.S.Zero)
    return passed(f"{len(theorem.transition.signed)} certificates", signs=tuple(facts))


def _within(theorem: Theorem, t: Transition, position: sp.Expr | None = None) -> Iterator[SignFact]:
    within = theorem.step.within
    certificates = tuple(within(t.copy())) if within is not None else ()
    if len(certificates) != len(t.signed):
        raise ProofError(f"{len(t.signed)} stochastic signs, {len(certificates)} certificates")
    for i, certificate in enumerate(certificates):
        vector, radius, _ = t.signed[i]
        claim = constant(radius) - norm("sup", vector)
        # Of the others, those tossed before it are known to be within their radius.
        admit = _admit(theorem, t, position, t.signed[:i])
        yield from check(claim, certificate, abstract_signs(theorem), admit).signs


def one_step(theorem: Theorem) -> ProofStep:
    """Return the one-step inequality; in a cycle, that of all steps but the first."""
    step, t = theorem.step, theorem.transition
    lyapunov = theorem.lyapunov
    claim = step.unroll.claim(lyapunov, t.advance(lyapunov), theorem.measured)
    claim = claim + step.unroll.window(norm2(t.next.x - t.now.x))
    for error in step.error.values():
        claim = claim + constant(error)
    checked = check(claim, step.certificate(t.copy()), _inside(theorem), _admit(theorem, t))
    return _used(checked)


def first_step(theorem: Theorem) -> ProofStep:
    """Return the step that takes a snapshot: the snapshot is where the method is."""
    step, t = theorem.step, theorem.first_of_cycle
    assert step.cycle is not None and t is not None
    before, measured = t.renewed(theorem.lyapunov), t.renewed(theorem.measured)
    for kept, what in ((before - theorem.lyapunov, "V"), (measured - theorem.measured, "m")):
        if kept.expanded().coefficients:
            raise ProofError(f"a new snapshot changes {what}")
    claim = step.unroll.claim(before, t.advance(theorem.lyapunov), measured)
    for error in step.error.values():
        claim = claim + constant(error.subs(POSITION, 0))
    certificate = step.cycle.first(t.copy())
    checked = check(claim, certificate, abstract_signs(theorem), _admit(theorem, t, sp.S.Zero))
    return _used(checked)


def cycle_step(theorem: Theorem) -> ProofStep:
    """Check that the mean of the errors over a cycle is what counts for any number of steps."""
    cycle = theorem.step.cycle
    assert cycle is not None
    if cycle.length.name != traits(theorem.algorithm).period:
        raise ProofError(f"{theorem.algorithm.name} takes no snapshot every {cycle.length} steps")
    if type(theorem.step.unroll) is not Telescoping:
        raise ProofError("the mean of the errors is all that counts where they are added up alone")
    facts = cycle.check(theorem.step.error, abstract_signs(theorem).given)
    return passed(", ".join(theorem.step.error), signs=tuple(facts))


def _used(checked: Checked) -> ProofStep:
    used = ", ".join(inequality.name for _, inequality in checked.certificate.using)
    squares = len(checked.certificate.squares) + len(checked.certificate.forms)
    return passed(f"{used}; {squares} squares and 2x2 forms", checked)
