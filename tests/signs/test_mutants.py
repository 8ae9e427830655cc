"""False theorems and wrong proofs, one change away from a true one: the kernel refuses them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

import boundcalc
from boundcalc import Theorem
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Certificate, Telescoping, Transition, at_least
from boundcalc.kernel.components import Components
from boundcalc.kernel.cycles import Cycle
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sampling import Compressed, Sampled, SecondMoment, StochasticDirections
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.votes import Voters
from theorems.signs import snapshots, votes
from theorems.signs.common import A, L, L_avg, L_max, beta, d, gamma, j, m, sigma2, u, w
from theorems.signs.feedback import G as G2
from theorems.signs.feedback import alpha
from theorems.signs.snapshots import half, r
from theorems.signs.votes import R, n
from theorems.signs.votes_averaged import G

HALF = sp.Rational(1, 2)
Change = Callable[[Theorem], Theorem]


def step(**changes: Any) -> Change:
    return lambda T: replace(T, step=replace(T.step, **changes))


def error(name: str, factor: sp.Expr = HALF) -> Change:
    """One of the errors changed by a factor."""

    def change(T: Theorem) -> Theorem:
        kept = dict(T.step.error)
        return step(error={**kept, name: kept[name] * factor})(T)

    return change


def weights(*conditions: Any) -> Change:
    """Other conditions on the weights of the Lyapunov function, whatever is put in for them."""
    return lambda T: step(given=[at_least(A), *conditions])(replace(T, forms=T.forms))


def reworked(
    T: Theorem,
    swaps: Sequence[tuple[Any, Any]] = (),
    bounds: Mapping[int, sp.Expr] | None = None,
    unbegun: Collection[int] = (),
) -> Theorem:
    """The theorem with what its proofs use of the first of a pair taken from the second.

    ``bounds`` are factors of the bounds of its invariants, by their place; those ``unbegun`` are
    not proved at the start.
    """
    own, pairs = T.step, list(swaps)

    def of(proof: Callable[..., Certificate]) -> Callable[..., Certificate]:
        def swapped(*arguments: Any) -> Certificate:
            made = proof(*arguments)
            using = []
            for multiplier, inequality in made.using:
                new = next((b for a, b in pairs if a == inequality.assumption), None)
                used = inequality if new is None else replace(inequality, assumption=new)
                using.append((multiplier, used))
            return replace(made, using=using)

        return swapped

    invariants = []
    for index, old in enumerate(own.invariants):
        bound = old.bound * (bounds or {}).get(index, 1)
        new = replace(
            old,
            bound=bound,
            kept=of(old.kept),
            begun=(lambda _: Certificate()) if index in unbegun else of(old.begun),
        )
        pairs.append((old, new))
        invariants.append(new)
    within = own.within
    proofs = within and (lambda now: [of(lambda c=c: c)() for c in within(now)])
    return replace(
        T,
        assumes=[next((b for a, b in swaps if a is old), old) for old in T.assumes],
        lemmas=[next((b for a, b in swaps if a is old), old) for old in T.lemmas],
        step=replace(
            own,
            certificate=of(own.certificate),
            cycle=own.cycle and replace(own.cycle, first=of(own.cycle.first)),
            invariants=invariants,
            within=proofs,
        ),
    )


def takes(new: Any) -> Change:
    """Another assumption or lemma of the same kind, in the statement and in the proofs."""

    def change(T: Theorem) -> Theorem:
        (old,) = [one for one in [*T.assumes, *T.lemmas] if type(one) is type(new)]
        return reworked(T, [(old, new)])

    return change


def invariant(index: int, factor: sp.Expr = HALF) -> Change:
    """An invariant with another bound, also where it is used."""
    return lambda T: reworked(T, bounds={index: factor})


def decrease(factor: sp.Expr) -> Change:
    """A step that gains more than it does."""
    return lambda T: step(unroll=Telescoping(T.step.unroll.rate * factor))(T)


def first(certificate: Callable[[Transition], Certificate]) -> Change:
    """Another proof of the step that takes a snapshot."""
    return lambda T: step(cycle=replace(T.step.cycle, first=certificate))(T)


def constants(*conditions: Any) -> Change:
    """Other relations of the constants of the problem."""
    return lambda T: replace(T, given=conditions)


def not_begun(index: int) -> Change:
    """An invariant without the proof that it holds at the start."""
    return lambda T: reworked(T, unbegun=[index])


def without_mean(T: Theorem) -> Theorem:
    """The same noise for all workers: what is independent is not used."""
    proof = T.step.certificate

    def dependent(now: Transition) -> Certificate:
        made = proof(now)
        using = [(c, i) for c, i in made.using if i.rule != "independence"]
        return replace(made, using=using)

    return step(certificate=dependent)(T)


SVRG: dict[str, Change] = {
    "half the price of the signs": error("signs"),
    "half the way from the snapshot": error("snapshot"),
    "an error that does not grow": error("snapshot", 1 / j),
    "samples half as smooth": takes(Sampled(snapshots.f, None, 2 * L_avg)),
    "half the way in a step": invariant(0),
    "a snapshot in every second step": step(cycle=Cycle(2, snapshots.exact)),
    "steps with a snapshot like the others": first(snapshots.drawn),
}
RVR: dict[str, Change] = {
    "half the price of the signs": error("signs"),
    "half the way from the snapshot": error("snapshot"),
    "unbiased in spite of the order": error("signs", sp.Rational(1, 4)),
    "components half as smooth": takes(Components(snapshots.f, m, 2 * L_max)),
    "one component more": takes(Components(snapshots.f, m + 1, L_max)),
    "half the way in a step": invariant(0),
    "steps with a snapshot like the others": first(snapshots.visited),
}
RVM: dict[str, Change] = {
    "half the drift": error("drift"),
    "half the way from the snapshot": error("snapshot"),
    "the drift of SSVR": error("drift", beta),
    "an average that forgets twice as fast": weights(at_least(A * beta, gamma * half * (1 - beta))),
    "components half as smooth": takes(Components(snapshots.f, m, 2 * L_max)),
    "half the way from the snapshot, kept": invariant(1),
    "norms in a larger dimension": takes(Norms((1 - beta, beta, gamma), d + 1, r)),
}
FINITE: dict[str, Change] = {
    "half the price of the signs": error("signs"),
    "half the way from the snapshot": error("snapshot"),
    "beta squared for the way": error("snapshot", beta),
    "a snapshot that corrects nothing": error(
        "snapshot", (1 - beta) ** 2 / (1 - beta + beta * j) ** 2
    ),
    "an error that is forgotten at once": weights(at_least(A, gamma / w * (1 - beta) ** 2)),
    "samples half as smooth": takes(Sampled(snapshots.f, None, 2 * L_avg)),
    "half a step": invariant(0),
    "snapshots in every second step": step(cycle=Cycle(2, snapshots.tracking)),
}
FEEDBACK: dict[str, Change] = {
    "half the length of a step": error("discretisation"),
    "half the memory": error("memory"),
    "a compressor that keeps back more": takes(Compressed(alpha / 2)),
    "gradients that are larger": takes(SecondMoment(snapshots.f, 2 * G2)),
    "a memory without growth": weights(at_least(A * alpha, gamma * L**2 / 2)),
    "the whole gradient": decrease(sp.Integer(2)),
}
DIRECTIONS: dict[str, Change] = {
    "half the noise": error("noise"),
    "half the drift": error("drift"),
    "half the price of the directions": error("directions"),
    "an average that forgets at once": weights(at_least(A, gamma / w)),
    "a step that is shorter": takes(StochasticDirections(d + 1)),
    "twice the noise": takes(Sampled(snapshots.f, 2 * sigma2)),
    "half a step": invariant(0),
}
PLAIN: dict[str, Change] = {
    "half the price of the votes": error("votes"),
    "as if of twice as many workers": takes(Voters(votes.f, n / 2, d, R)),
    "gradients beyond the radius": takes(Voters(votes.f, n, d, 2 * R)),
    "a smaller radius": takes(SignLemmas(d, w, radius=R / 2)),
    "votes whose radius is not proved": step(within=None),
    "the true gradients bounded alone": takes(Voters(votes.f, n, d, R, "gradients")),
    "workers that are not independent": without_mean,
}
LOTS: dict[str, Change] = {
    "half the length of a step": error("discretisation"),
    "twice the gain": decrease(sp.Integer(2)),
    "gradients beyond the radius": takes(Voters(votes.f, n, d, 2 * R)),
    "the server's radius is not proved": lambda T: step(
        within=lambda now: T.step.within(now)[:1] if T.step.within else []
    )(T),
    "the true gradients bounded alone": takes(Voters(votes.f, n, d, R, "gradients")),
}
AVERAGED: dict[str, Change] = {
    "half the price of the votes": error("votes"),
    "half the noise": error("noise"),
    "noise over the square of the workers": error("noise", 1 / n),
    "workers that are not independent": without_mean,
    "a radius that holds half": invariant(1),
    "a radius that holds not even a gradient": takes(Voters(votes.f, n, d, 2 * R, sigma2=sigma2)),
    "first estimates of any size": not_begun(1),
    "votes whose radius is not proved": step(within=None),
    "an average that forgets at once": weights(at_least(A, gamma / u)),
}
REDUCED: dict[str, Change] = {
    "half the price of the votes": error("votes"),
    "half the noise": error("noise"),
    "noise over the square of the workers": error("noise", 1 / n),
    "workers that are not independent": without_mean,
    "the radius not asked for": constants(at_least(L_avg, L)),
    "the radius of an average": constants(at_least(L_avg, L), at_least(R * beta, G * (1 - beta))),
    "a radius that holds half": invariant(1),
    "first estimates of any size": not_begun(1),
    "samples half as smooth": takes(Voters(votes.f, n, d, G, sigma2=sigma2, L_avg=2 * L_avg)),
    "variance reduction without beta": weights(at_least(A, gamma / u)),
}
PROJECTED: dict[str, Change] = {
    "half the length of a step": error("discretisation"),
    "half the noise": error("noise"),
    "noise over the workers, in spite of the projection": error("noise", 1 / n),
    "a gain without Young's inequality": step(unroll=Telescoping(gamma / R)),
    "projections onto another cube": takes(
        Voters(votes.f, n, d, 2 * R, "gradients", sigma2=sigma2, L_avg=L_avg)
    ),
    "the server's radius is not proved": LOTS["the server's radius is not proved"],
    "samples half as smooth": takes(
        Voters(votes.f, n, d, R, "gradients", sigma2=sigma2, L_avg=2 * L_avg)
    ),
}
MUTANTS = {
    "sign-svrg": SVRG,
    "sign-rvr": RVR,
    "sign-rvm": RVM,
    "ssvr-finite-sum": FINITE,
    "ef-signsgd": FEEDBACK,
    "ssdm": DIRECTIONS,
    "sto-signsgd": PLAIN,
    "sto-signsgd-randomised": LOTS,
    "mv-signsgd-momentum": AVERAGED,
    "ssvr-majority": REDUCED,
    "ssvr-majority-randomised": PROJECTED,
}


@pytest.mark.parametrize("name", MUTANTS)
def test_what_the_changes_are_made_of_changes_nothing(name: str) -> None:
    """Each theorem, its proofs taken apart and put together again, is proved."""
    assert TheoremHandle(reworked(boundcalc.theorem(name).declaration)).prove().proved


@pytest.mark.parametrize(("name", "mutant"), [(n, one) for n in MUTANTS for one in MUTANTS[n]])
def test_mutants_are_refused(name: str, mutant: str) -> None:
    proof = TheoremHandle(MUTANTS[name][mutant](boundcalc.theorem(name).declaration)).prove()
    assert not proof.proved
    assert proof.steps[-1].problem
