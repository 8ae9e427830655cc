"""False theorems on sign-based methods, each of which speaks of the kernel's own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import (
    Certificate,
    Gap,
    Geometric,
    Smooth,
    Square,
    Telescoping,
    Vector,
    at_least,
    norm2,
)
from boundcalc.kernel.algebra import Basis, inner, vector
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.cycles import POSITION, Cycle, Invariant
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sampling import Sampled
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.model.measures import GAP
from boundcalc.model.parameters import Domain, Parameter
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.estimators import moment
from boundcalc.proofs.obligations import cycle_step, within_step
from numerics.sign_methods import (
    SIGN_RVR,
    ErrorFeedback,
    SignGradient,
    SignMomentum,
    SignSnapshot,
    SignVarianceReduced,
    sign,
)
from numerics.vote_methods import VotedGradient, VotedMomentum, VotedVarianceReduced
from theorems.estimators.workers import stochastic
from theorems.sgd import f, gap, sgd_nonconvex, smooth
from theorems.signs import feedback, snapshots, votes, votes_averaged, votes_randomised
from theorems.signs.common import (
    COMPONENTS,
    DISCRETISATION,
    L_AVG,
    K,
    L,
    L_avg,
    beta,
    d,
    gamma,
    m,
    sigma2,
    signs,
    w,
)
from theorems.signs.feedback import ef_signsgd, ssdm
from theorems.signs.single import signsgd, signsgd_momentum, ssvr
from theorems.signs.snapshots import sign_rvm, sign_svrg
from theorems.signs.votes import sto_signsgd, sto_signsgd_randomised
from theorems.signs.votes_averaged import mv_signsgd_momentum
from theorems.signs.votes_randomised import ssvr_majority_randomised

R, n, j = votes.R, votes.n, POSITION
plain, averagers, projectors = votes.plain, votes_averaged.averagers, votes_randomised.projectors


def step(theorem: Theorem, **changes: Any) -> Theorem:
    return replace(theorem, step=replace(theorem.step, **changes))


def forms(theorem: Theorem, **changes: Any) -> Theorem:
    return replace(theorem, forms=[replace(form, **changes) for form in theorem.forms])


def parameter(theorem: Theorem, name: str, **changes: Any) -> Theorem:
    changed = [replace(p, **changes) if p.name == name else p for p in theorem.parameters]
    return replace(theorem, parameters=changed)


def used(theorem: Theorem, *more: Any) -> Callable[[Any], Certificate]:
    """The theorem's certificate with more inequalities."""

    def changed(t: Any) -> Certificate:
        proof = theorem.step.certificate(t)
        return replace(proof, using=[*proof.using, *((weight, make(t)) for weight, make in more)])

    return changed


def failed(theorem: Theorem, *words: str) -> None:
    proof = TheoremHandle(theorem).prove()
    assert proof.status == "failed"
    for word in words:
        assert word in proof.steps[-1].problem


# -- what a step draws -----------------------------------------------------------------------------


def test_no_sample_is_taken_before_and_after_what_it_moves() -> None:
    """Else the noise of signSGD would be as small as its steps, by mean-square smoothness."""
    oracle = Sampled(f, sigma2, L_avg)

    def certificate(t: Any) -> Certificate:
        x, following = t.now.x, t.next.x
        g, drawn, paid = f.gradient(x), oracle.estimate(x), gamma / (2 * w)
        moved = L * gamma**2 / 2 + 2 * paid * (L_avg**2 + L**2) * gamma**2
        return Certificate(
            using=[
                (1, smooth.descent(x, following)),
                (gamma, signs.unbiased(g, drawn)),
                (moved, signs.length(drawn)),
                (2 * paid, oracle.mean_square(x, following)),
                (2 * paid, smooth.lipschitz(x, following)),
            ],
            squares=[Square(paid, oracle.error(x) + 2 * (g - f.gradient(following)))],
        )

    kept = [a for a in signsgd.assumes if type(a) is not Sampled]
    known = [p for p in signsgd.parameters if p.name != "batch"]
    theorem = replace(signsgd, assumes=[*kept, oracle], parameters=[*known, L_AVG], calls=K)
    noise = gamma * d * w / 2 + gamma**3 * (L_avg**2 + L**2) * d / w
    error = {"discretisation": DISCRETISATION, "noise": noise}
    failed(step(theorem, error=error, certificate=certificate), "not known at one time")


@dataclass(frozen=True)
class AtTwoTimes(SignVarianceReduced):
    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x = state["x"] - p["gamma"] * sign(draws(state["x"]))
        return {"x": x, "v": draws(x)}


def test_a_method_takes_its_sample_at_one_time() -> None:
    failed(replace(ssvr, algorithm=AtTwoTimes()), "not known at one time")


@dataclass(frozen=True)
class TossedTwice(VotedGradient):
    """Adds the difference of two tosses, which is zero where they are the same by name."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x, sample = state["x"], draws(state["x"])
        one, other = (draws.mean(draws.stochastic_signs(sample, p["R"])) for _ in range(2))
        return {"x": x - p["gamma"] * sign(one) - 1000 * (one - other)}


@dataclass(frozen=True)
class CompressedTwice(ErrorFeedback):
    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        wanted = p["gamma"] * draws(state["x"]) + state["e"]
        sent, again = draws.compress(wanted), draws.compress(wanted)
        return {"x": state["x"] - sent + 1000 * (sent - again), "e": wanted - sent}


def test_what_is_drawn_twice_is_not_the_same() -> None:
    twice = replace(sto_signsgd, algorithm=TossedTwice("twice", "twice", False))
    failed(step(twice, within=lambda t: 2 * list(sto_signsgd.step.within(t))), "drawn twice")  # type: ignore[misc]
    failed(replace(ef_signsgd, algorithm=CompressedTwice()), "drawn twice")


@dataclass(frozen=True)
class Spy(SignGradient):
    """Takes the gradient itself where it is asked by a proof."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x = state["x"]
        g = draws.full(x) if type(draws).__module__ == "boundcalc.kernel.draws" else draws(x)
        return {"x": x - p["gamma"] * sign(g)}


@dataclass(frozen=True)
class OtherStart(SignMomentum):
    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        return {"x": x, "v": average if isinstance(x, Vector) else -average}


@dataclass(frozen=True)
class AwayFromSnapshots(SignSnapshot):
    """Leaves the snapshot by a leap, where the vectors of a proof make a step."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x, y = state["x"], state["y"]
        moved = p["gamma"] * sign(draws(x) - draws(y) + draws.full(y))
        leaps = not isinstance(x, Vector) and np.all(x == y)
        return {"x": x + 100 if leaps else x - moved, "y": y}


def test_methods_do_the_same_in_proofs_and_runs() -> None:
    other = "one thing to vectors, another to arrays"
    failed(replace(signsgd, algorithm=Spy()), other)
    failed(replace(signsgd_momentum, algorithm=OtherStart()), other)
    failed(replace(sign_svrg, algorithm=AwayFromSnapshots("away", "away", False)), other)


# -- workers ---------------------------------------------------------------------------------------


def test_a_deviation_is_orthogonal_to_the_servers_vectors_alone() -> None:
    """The gradients of one worker at two points are alike, however late the second is known."""
    t = mv_signsgd_momentum.transition
    here, later = averagers.deviation(t.now.x), averagers.deviation(t.next.x)
    assert not inner(here, t.now.x).coefficients
    for own in (here, t.now.v, averagers.noise(t.now.x)):
        assert inner(later, own).coefficients


def test_what_is_remembered_of_a_worker_is_its_own() -> None:
    theorem = step(mv_signsgd_momentum, remembers={"x_prev": "x", "v_prev": "v"})
    now = theorem.transition.now
    assert now.v_prev.mean() != now.v_prev
    assert inner(now.v_prev, averagers.deviation(now.x)).coefficients


@dataclass(frozen=True)
class MovedByOne(VotedMomentum):
    """Every worker moves the one point by its own average."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        v = (1 - p["beta"]) * state["v"] + p["beta"] * draws(state["x"])
        return {"x": state["x"] - p["gamma"] * v, "v": v}


def test_the_server_has_nothing_of_one_worker_alone() -> None:
    moved = "has one x, but makes one for every worker"
    failed(replace(mv_signsgd_momentum, algorithm=MovedByOne()), moved)
    failed(replace(sto_signsgd, algorithm=sgd_nonconvex.algorithm), moved)


@dataclass(frozen=True)
class MeanOfServers(VotedGradient):
    """The mean over workers of the server's own coins, as if there were n of them."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        tally = draws.mean(draws.stochastic_signs(draws(state["x"]), p["R"]))
        return {"x": state["x"] - p["gamma"] * draws.mean(draws.stochastic_signs(tally, 1))}


def test_means_are_of_what_workers_have() -> None:
    theorem = replace(sto_signsgd_randomised, algorithm=MeanOfServers("mean", "mean", True))
    failed(theorem, "of their own to take the mean of")
    coins = plain.coins(sgd_nonconvex.transition.now.x, R)
    assert coins.mean() == coins
    with pytest.raises(ProofError, match="worker's own randomness"):
        _ = plain.independence(coins).expression
    with pytest.raises(ProofError, match="worker's own randomness"):
        _ = plain.independence(plain.deviation(sgd_nonconvex.transition.now.x)).expression


def test_the_mean_of_signs_is_not_a_sign() -> None:
    x = sto_signsgd.transition.now.x
    own = plain.estimate(x).sign()
    assert own.mean() != own
    assert f.gradient(own).mean() != f.gradient(own)


def test_workers_take_their_samples_at_one_point() -> None:
    with pytest.raises(ProofError, match="not at one point"):
        plain.estimate(plain.estimate(sto_signsgd.transition.now.x))


# -- stochastic signs ------------------------------------------------------------------------------


def test_a_length_is_that_of_signs_that_are_tossed() -> None:
    """||S_R(v)||^2 <= d for any v and R would make every gradient as small as one likes."""
    tiny = sp.Rational(1, 1000)
    short = (1, lambda t: plain.length(plain.stochastic_signs(f.gradient(t.now.x), tiny)))
    theorem = step(
        sto_signsgd_randomised,
        certificate=used(sto_signsgd_randomised, short),
        unroll=Telescoping(gamma / R + 10**6),
        error={"discretisation": DISCRETISATION + d},
    )
    failed(theorem, "tosses no such stochastic signs")


def test_signs_are_within_their_radius_before_they_vouch_for_others() -> None:
    def circular(t: Any) -> Sequence[Certificate]:
        first, _ = votes.lots_within(t)
        sent = plain.stochastic_signs(plain.estimate(t.now.x), R)
        own = plain.vote(plain.stochastic_signs(sent.mean(), sp.S.One))
        return [first, Certificate(using=[(1, own)])]

    failed(step(sto_signsgd_randomised, within=circular), "tosses no such stochastic signs")
    failed(step(sto_signsgd_randomised, within=None), "2 stochastic signs, 0 certificates")
    one = step(sto_signsgd_randomised, within=lambda t: votes.lots_within(t)[:1])
    failed(one, "2 stochastic signs, 1 certificates")


@dataclass(frozen=True)
class OtherAtSnapshots(SignSnapshot):
    """Where a snapshot is taken, signs of a radius that the gradients may exceed."""

    parameters: tuple[str, ...] = ("gamma", "R")

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x, y = state["x"], state["y"]
        fresh = x == y if isinstance(x, Vector) else np.all(x == y)
        tally = draws.mean(draws.stochastic_signs(draws(x), p["R"] / (1000 if fresh else 1)))
        return {"x": x - p["gamma"] * draws.stochastic_signs(tally, 1), "y": y}


def test_a_step_cannot_toss_otherwise_where_a_snapshot_is_taken() -> None:
    theorem = replace(
        step(sto_signsgd_randomised, cycle=Cycle(m, votes.by_lot)),
        algorithm=OtherAtSnapshots("other", "other", False),
        parameters=[*sto_signsgd_randomised.parameters, COMPONENTS],
    )

    def lots(t: Any) -> Sequence[Certificate]:
        sent = t.signed[0][2]
        bounds = (plain.bound(t.now.x), plain.vote(sent))
        return [Certificate(using=[(1, bound)]) for bound in bounds]

    # An update that looks at its vectors is asked about a general state alone.
    failed(step(theorem, within=lots), "one thing to vectors, another to arrays")


# -- projections and first estimates ---------------------------------------------------------------


def test_a_cube_has_the_size_that_is_known() -> None:
    """One of size -1 would make any error vanish."""
    nothing = (DISCRETISATION, lambda t: plain.cube(t.now.x.projected(sp.S.NegativeOne)))
    certificate = used(sto_signsgd_randomised, nothing)
    error = {"discretisation": sp.S.Zero}
    theorem = step(sto_signsgd_randomised, certificate=certificate, error=error)
    failed(theorem, "not cut to a cube of a known size")


@dataclass(frozen=True)
class ManyProjections(VotedVarianceReduced):
    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        v = 1000 * draws.project(draws(state["x"]), p["R"])
        tally = draws.mean(draws.stochastic_signs(v, p["R"]))
        served = draws.stochastic_signs(tally, 1)
        return {"x": state["x"] - p["gamma"] * served, "x_prev": state["x"], "v": v}


def test_a_multiple_of_a_projection_is_none() -> None:
    many = replace(ssvr_majority_randomised, algorithm=ManyProjections("many", "many", True))
    with pytest.raises(ProofError, match="is not a projection"):
        within_step(many)
    x = many.transition.now.x
    local = projectors.local(x)
    with pytest.raises(ProofError, match="is not a projection"):
        _ = projectors.projection(local, 2 * local.projected(R), x).expression


def test_the_first_bound_is_of_the_first_estimates() -> None:
    first, now = mv_signsgd_momentum.first, mv_signsgd_momentum.transition.now
    for x, error in ((first.x, 2 * first.error), (2 * first.x, first.error), (now.x, now.v)):
        with pytest.raises(ProofError, match="first estimates"):
            _ = averagers.first_bound(x, error).expression
    # A vector of the state is not the error of the first average, whatever it is called.
    called = vector("v0_error", "v", role="state")
    with pytest.raises(ProofError, match="first estimates"):
        _ = averagers.first_bound(first.x, called).expression


# -- lemmas ----------------------------------------------------------------------------------------


def test_lemmas_are_of_the_dimension_of_the_problem() -> None:
    small = replace(signsgd, lemmas=[SignLemmas(sp.Rational(1, 1000), w)])
    failed(small, "the dimension 1/1000, which is no constant")
    failed(parameter(signsgd, "d", role="free"), "the dimension d, which is no constant")
    chosen = replace(signsgd, parameters=[p for p in signsgd.parameters if p.name != "d"])
    failed(forms(chosen, formulas={d: sp.S.Zero}), "the dimension d, which is no constant")


def test_lemmas_are_proved_not_assumed() -> None:
    assumed = replace(signsgd, assumes=[*signsgd.assumes, signs], lemmas=[])
    failed(assumed, "is to be proved, not assumed")


def test_weights_radii_and_scales_have_their_sign() -> None:
    failed(replace(sto_signsgd, lemmas=[SignLemmas(d, w, radius=-R)]), "-R > 0")
    for scale in (beta - 1, 1 - 2 * beta):
        lemmas = [votes_averaged.voted, Norms((1 - beta, beta, scale))]
        failed(replace(mv_signsgd_momentum, lemmas=lemmas), "does not follow")


class Fickle:
    """1 where its sign is asked for, and -1000 in the price of a step."""

    def __init__(self) -> None:
        self.asked = 0

    def _sympy_(self) -> sp.Expr:
        self.asked += 1
        return sp.S.One if self.asked == 1 else -sp.Integer(1000)


def test_a_lemma_is_of_formulas() -> None:
    fickle = SignLemmas(d, Fickle())  # type: ignore[arg-type]
    failed(
        replace(signsgd, lemmas=[signs, fickle]),
        "the weight of a SignLemmas is a value of class Fickle",
    )


# -- cycles ----------------------------------------------------------------------------------------


def test_a_cycle_may_be_of_one_step() -> None:
    """There is no drift of (m - 1) steps' length where every step takes a snapshot: m = 1."""
    bound = (m - 1) * gamma * snapshots.half
    drifted = Invariant("2", ("x_prev", "x"), bound, kept=snapshots.moved_kept)

    def certificate(t: Any) -> Certificate:
        proof, old = snapshots.averaged(t), snapshots.moved.holds(t.now)
        using = [(a, drifted.holds(t.now) if i == old else i) for a, i in proof.using]
        return replace(proof, using=using)

    error = {**sign_rvm.step.error, "drift": (m - 1) * sign_rvm.step.error["drift"]}
    changes = {"certificate": certificate, "cycle": Cycle(m, certificate), "error": error}
    failed(
        step(sign_rvm, invariants=[drifted, snapshots.away], **changes),
        "what is left of the identity at 1",
    )


def test_a_weight_is_positive_in_the_first_step_too() -> None:
    negative = SignLemmas(d, w * (m - sp.Rational(3, 2)))
    theorem = replace(sign_svrg, lemmas=[snapshots.rising, negative])
    failed(theorem, "weight*(m - 3/2) > 0 does not follow")


def test_the_position_is_nobodys_to_choose() -> None:
    half = Domain(sp.S.Zero, sp.Rational(1, 2))
    declared = [*sign_svrg.parameters, Parameter("j", "j", "position", half)]
    failed(replace(sign_svrg, parameters=declared), "j is the position in a cycle")
    supposed = step(sign_svrg, given=[at_least(sp.Rational(1, 2), j)])
    failed(forms(supposed, formulas={j: sp.S.Zero}), "j is the position in a cycle")
    bounded = Domain(sp.S.Zero, -j, lower_open=True)
    failed(parameter(sign_svrg, "gamma", domain=bounded), "no interval of numbers")
    error = {**signsgd.step.error, "more": -(j**2)}
    failed(step(signsgd, error=error), "j: neither a parameter nor defined")


def test_the_length_of_a_cycle_is_the_methods() -> None:
    failed(parameter(sign_svrg, "m", role="free"), "m: of the problem or the method")
    failed(step(sign_svrg, cycle=Cycle(d, snapshots.exact)), "takes no snapshot every d steps")


@dataclass(frozen=True)
class Resetting(SignGradient):
    """Back to the origin every m steps."""

    period: str = "m"

    def restart(self, state: Any) -> Mapping[str, Any]:
        return {"x": 0 * state["x"]}


@dataclass(frozen=True)
class MovedByRestart(SignSnapshot):
    def restart(self, state: Any) -> dict[str, Any]:
        return {"x": 2 * state["x"], "y": state["x"]}


def test_a_method_that_renews_its_state_has_a_cycle() -> None:
    failed(replace(signsgd, algorithm=Resetting()), "that is a cycle")
    moved = replace(sign_svrg, algorithm=MovedByRestart("moved", "moved", False))
    failed(moved, "what is left of the identity at <x,x>")


def test_errors_add_up_to_their_mean_where_they_rise_and_nowhere_else() -> None:
    falling = step(sign_svrg, error={**sign_svrg.step.error, "more": m - j})
    failed(falling, "-1 >= 0")
    last = step(sign_svrg, unroll=Geometric(sp.Rational(1, 2)), measure=GAP)
    with pytest.raises(ProofError, match="added up alone"):
        cycle_step(last)


def test_a_snapshot_changes_no_lyapunov_function() -> None:
    theorem = step(
        sign_svrg,
        lyapunov=lambda s: gap(s) - norm2(s.x - s.y),
        nonnegative=lambda s: Certificate(bounded=[(1, Gap(f, s.x))]),
    )
    failed(theorem)
    failed(step(sign_svrg, cycle=Cycle(m, snapshots.drawn)), "is not an assumption")


def test_what_goes_through_a_permutation_draws_no_fresh_samples() -> None:
    failed(replace(sign_svrg, algorithm=SIGN_RVR), "no fresh samples")


def test_an_invariant_is_known_before_the_step() -> None:
    after = (1, lambda t: feedback.near_by.holds(t.next))
    failed(step(ssdm, certificate=used(ssdm, after)), "before the step alone")


# -- names and numbers that are others -------------------------------------------------------------


def test_the_oracle_is_the_theorems_own() -> None:
    """That of a base is not among what the theorem says it assumes."""
    kept = [a for a in signsgd.assumes if type(a) is not Sampled]
    failed(replace(signsgd, assumes=kept, base=signsgd), "of a base and an estimator")


def test_a_form_has_no_error_of_its_own() -> None:
    for theorem in (signsgd, sgd_nonconvex):
        failed(forms(theorem, error={"noise": sp.S.Zero}), "an error of its own")


class EqualToAll:
    """A smoothness constant that equals every other, and is zero."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __truediv__(self, other: object) -> sp.Expr:
        return sp.S.Zero


class Wavering(Sequence[Any]):
    """A sequence that is another one when it is asked again."""

    def __init__(self, *answers: Sequence[Any]) -> None:
        self.answers = list(answers)

    def __iter__(self) -> Any:
        return iter(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])

    def __len__(self) -> int:
        return len(self.answers[0])

    def __getitem__(self, index: Any) -> Any:
        return self.answers[0][index]


def test_sequences_are_read_once() -> None:
    theorem = replace(signsgd, assumes=Wavering(signsgd.assumes, ()))
    assert tuple(theorem.assumes) == tuple(theorem.assumes) == signsgd.assumes
    of = Wavering(("x", "x"), ("x", "x_prev"))
    near = replace(feedback.near_by, of=of)  # type: ignore[arg-type]
    failed(step(ssdm, invariants=[near]), "is a value of class Wavering")


class AnyPoints(tuple[Any, ...]):
    """Points that equal all others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


def test_points_are_what_they_are() -> None:
    def elsewhere(t: Any) -> Instance:
        tiny = plain.stochastic_signs(f.gradient(t.now.x), sp.Rational(1, 1000))
        return Instance(plain, "length", AnyPoints((tiny,)))

    theorem = step(sto_signsgd, certificate=used(sto_signsgd, (1, elsewhere)))
    failed(theorem, "a tuple of points")


def test_an_assumption_is_the_same_in_every_field() -> None:
    weak = Smooth(f, EqualToAll())  # type: ignore[arg-type]
    assert weak == smooth

    def certificate(t: Any) -> Certificate:
        proof = signsgd.step.certificate(t)
        flat = weak.descent(t.now.x, t.next.x)
        return replace(proof, using=[(1, flat), proof.using[1], proof.using[3]])

    error = {"noise": signsgd.step.error["noise"]}
    failed(step(signsgd, certificate=certificate, error=error), "is a value of class EqualToAll")


def test_an_assumption_speaks_of_no_numbers() -> None:
    large = Sampled(f, sigma2, batch=1000)  # type: ignore[arg-type]
    assumes = [large if type(a) is Sampled else a for a in signsgd.assumes]
    failed(replace(signsgd, assumes=assumes), "speaks of 1000, which is no parameter")


class Zero(int):
    """Equal to False, and true."""

    def __bool__(self) -> bool:
        return True


def test_a_basis_vector_is_made_of_plain_things() -> None:
    x = signsgd.transition.now.x
    (basis,) = x.coefficients
    odd = Basis(basis.name, basis.latex, 0, Zero(), basis.role)  # type: ignore[arg-type]
    twin = Vector({odd: 1})

    def certificate(t: Any) -> Certificate:
        return replace(signsgd.step.certificate(t), squares=[Square(sp.S.Zero, twin)])

    failed(step(signsgd, certificate=certificate), "is a Zero, not a bool")


def test_a_parameter_has_a_name() -> None:
    """A symbol called R/2 would share its coins with half of R."""
    odd = replace(votes.RADIUS, name="R/2", derived=None)
    failed(replace(sto_signsgd, parameters=[*sto_signsgd.parameters, odd]), "not the name")


def test_an_estimator_tosses_no_signs() -> None:
    x = vector("x", "x_k")
    tiny = plain.stochastic_signs(f.gradient(x), sp.Rational(1, 1000))
    short = Certificate(using=[(1, plain.length(tiny))])
    small = replace(stochastic, assumes=[*stochastic.assumes, plain], certificate=lambda _: short)
    with pytest.raises(ProofError, match="nothing tosses these"):
        moment(small)
