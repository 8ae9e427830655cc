"""What a sign costs where its estimate is unbiased: the lemma, false variants, and certificates.

The lemma holds for all real numbers. What an estimate has beyond the gradient in the mean stays in
it, and nothing but the stages of the vectors makes it vanish.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from boundcalc.export.certificates import certificate_document
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Certificate, Square, sign_lemmas
from boundcalc.kernel.algebra import Basis, Expression, Gram, vector
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.prove import AXIOMS
from numerics.sign_methods import SignGradient, sign
from tests.kernel.test_independent_checker import Sum, Vector, World, added, equal
from theorems.sgd import f
from theorems.signs import snapshots, votes, votes_averaged
from theorems.signs.common import d, gamma, sigma2, signs, w
from theorems.signs.single import b, signsgd, signsgd_momentum
from theorems.signs.snapshots import sign_rvr, sign_svrg
from theorems.signs.votes import sto_signsgd
from theorems.signs.votes_averaged import mv_signsgd_momentum, ssvr_majority

USING = (signsgd, sign_svrg, sto_signsgd, mv_signsgd_momentum, ssvr_majority)
NAMES = [theorem.name for theorem in USING]
KNOWN = "sign[(1)*grad_f[(1)*x]]"  # the sign of the gradient
HALF, NEARLY = sp.Rational(1, 2), sp.Rational(999, 1000)
R, n = votes.R, votes.n


def step(theorem: Theorem, **changes: Any) -> Theorem:
    return replace(theorem, step=replace(theorem.step, **changes))


def refused(theorem: Theorem, kind: str, *words: str) -> None:
    proof = TheoremHandle(theorem).prove()
    assert not proof.proved
    assert proof.steps[-1].kind == kind
    assert all(word in proof.steps[-1].problem for word in words), proof.steps[-1].problem


def with_prices(theorem: Theorem, change: Callable[[int, Any, Any], Any]) -> Any:
    """The theorem's certificate with some of its inequalities changed."""

    def certificate(t: Any) -> Certificate:
        proof = theorem.step.certificate(t)
        using = [change(place, weight, i) for place, (weight, i) in enumerate(proof.using)]
        return replace(proof, using=using)

    return certificate


def products(expression: Expression) -> list[set[Basis]]:
    """The pairs whose expected inner products are in the expression."""
    return [{atom.left, atom.right} for atom in expression.coefficients if isinstance(atom, Gram)]


# -- the formula on numbers --------------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """The formula with constants of its own: those of the lemma are 1/2, 1/2, 1 and 1, 1."""

    weight: sp.Expr = HALF
    square: sp.Expr = HALF
    mean: sp.Expr = sp.S.One
    second: sp.Expr = sp.S.One
    moved: sp.Expr = sp.S.One

    def unbiased(self, read: Any, g: Any, v: Any, sign_g: Any, sign_v: Any, w: Any) -> Any:
        off = v - g
        paid = read.number(w) * self.weight + read.product(off, off) * (self.square / w)
        gained = read.product(g, sign_v) - read.size(g)
        return gained + paid - read.product(sign_g, off) * self.mean

    def voted(
        self, read: Any, g: Any, c: Any, v: Any, sign_g: Any, sign_v: Any, w: Any, u: Any
    ) -> Any:
        off = v - c
        paid = read.number(w) * self.weight + read.product(off, off) * (self.square / w)
        paid += read.number(u) * self.second + read.product(g - c, g - c) * (self.moved / u)
        gained = read.product(g, sign_v) - read.size(g)
        return gained + paid - read.product(sign_g, off) * self.mean


CHEAPER = {
    "w/3": Price(weight=sp.Rational(1, 3)),
    "z^2/(4w)": Price(square=sp.Rational(1, 4)),
    "no sign(g) z": Price(mean=sp.S.Zero),
    "sign(g) z with the other sign": Price(mean=sp.S.NegativeOne),
    "sign(g) z twice": Price(mean=sp.Integer(2)),
    "a little less than w/2": Price(weight=HALF * NEARLY),
    "a little less than z^2/(2w)": Price(square=HALF * NEARLY),
}
CHEAPER_VOTES = {
    **CHEAPER,
    "u/2": Price(second=HALF),
    "(c - g)^2/(2u)": Price(moved=HALF),
    "a little less than u": Price(second=NEARLY),
    "nothing for c": Price(second=sp.S.Zero, moved=sp.S.Zero),
}


@pytest.mark.parametrize("variant", CHEAPER)
def test_no_smaller_price_is_true_of_numbers(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_lemmas, "_unbiased", CHEAPER[variant].unbiased)
    refused(replace(signsgd), "scalar", "does not follow: it fails at")


@pytest.mark.parametrize("variant", CHEAPER_VOTES)
def test_no_smaller_price_of_votes_is_true_of_numbers(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_lemmas, "_voted", CHEAPER_VOTES[variant].voted)
    refused(replace(ssvr_majority), "scalar", "does not follow: it fails at")


def test_a_larger_price_is_true_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decided, and then too large for the bound."""
    larger = Price(weight=sp.Rational(2, 3), square=sp.Rational(3, 5), second=sp.Integer(2))
    monkeypatch.setattr(sign_lemmas, "_unbiased", larger.unbiased)
    monkeypatch.setattr(sign_lemmas, "_voted", larger.voted)
    refused(replace(signsgd), "certificate", "what is left of the identity")
    refused(replace(ssvr_majority), "certificate", "what is left of the identity")


# -- prices of the theorems ----------------------------------------------------------------------


def test_no_smaller_price_makes_a_theorem() -> None:
    def priced(theorem: Theorem, name: str, value: sp.Expr) -> Theorem:
        return step(theorem, error={**theorem.step.error, name: value})

    third, quarter = d * w * sp.Rational(2, 3), sigma2 / (2 * b * w)
    for noise in (third + sigma2 / (b * w), d * w + quarter, (d * w + sigma2 / (b * w)) * NEARLY):
        refused(priced(signsgd, "noise", gamma * noise / 2), "certificate")
    spread = R**2 * d / (n * w)
    for theorem in (sto_signsgd, mv_signsgd_momentum, ssvr_majority):
        assert theorem.step.error["votes"] == gamma * (d * w + spread) / 2
        for wrong in (spread / n, spread / 2, spread / R, spread * NEARLY):
            refused(priced(theorem, "votes", gamma * (d * w + wrong) / 2), "certificate")


def test_the_variance_of_a_vote_is_that_of_its_coins() -> None:
    """Half of the radius would be a quarter of the variance, and half of the mean."""
    short = SignLemmas(d, w, radius=R / 2)

    def change(place: int, weight: Any, i: Any) -> Any:
        if i.rule == "unbiased":
            return weight, short.unbiased(*i.arguments)
        return weight, i

    theorem = step(sto_signsgd, certificate=with_prices(sto_signsgd, change))
    refused(replace(theorem, lemmas=[votes.unbiased, short]), "certificate", "is left over")


# -- means that are not zero -----------------------------------------------------------------------


def test_what_is_off_in_the_mean_stays() -> None:
    """Components in a fixed order at half the price: all but <sign g, v - g> adds up."""

    def change(place: int, weight: Any, i: Any) -> Any:
        if i.rule == "signs":
            return weight, snapshots.rising.unbiased(*i.arguments)
        return (weight / 2 if place > 2 else weight), i

    halved = {name: sign_rvr.step.error[name] / 2 for name in ("signs", "snapshot")}
    theorem = step(
        sign_rvr,
        certificate=with_prices(sign_rvr, change),
        error={**sign_rvr.step.error, **halved},
    )
    refused(theorem, "certificate", KNOWN, "component[", "is left over")


def test_noise_that_the_gradient_knows_stays() -> None:
    """The momentum is made of the samples that moved x: its error depends on the gradient there."""

    def change(place: int, weight: Any, i: Any) -> Any:
        return weight, signs.unbiased(*i.arguments) if i.rule == "signs" else i

    cheaper = with_prices(signsgd_momentum, change)

    def certificate(t: Any) -> Certificate:
        proof, off = cheaper(t), t.now.v - f.gradient(t.now.x)
        first, *rest = proof.squares
        return replace(proof, squares=[Square(first.weight + gamma / (2 * w), off), *rest])

    error = {**signsgd_momentum.step.error, "signs": gamma * d * w / 2}
    theorem = step(signsgd_momentum, certificate=certificate, error=error)
    refused(theorem, "certificate", KNOWN, "is left over")


@dataclass(frozen=True)
class Off(SignGradient):
    """Steps along the signs of the sample's gradient and the point itself."""

    def update(self, state: Any, draws: Any, p: Any) -> dict[str, Any]:
        x = state["x"]
        return {"x": x - p["gamma"] * sign(draws(x) + x)}


def test_noise_has_mean_zero() -> None:
    def change(place: int, weight: Any, i: Any) -> Any:
        if i.rule in ("unbiased", "length"):
            *mean, drawn = i.arguments
            return weight, i.assumption.at(
                i.rule, *mean, drawn + vector("x", "x_{k}", role="state")
            )
        return weight, i

    off = step(signsgd, certificate=with_prices(signsgd, change))
    refused(replace(off, algorithm=Off()), "certificate", KNOWN, "is left over")


def test_a_worker_knows_its_own_deviation() -> None:
    """Of zero mean over the workers, not given what this one does."""
    t, averagers = mv_signsgd_momentum.transition, votes_averaged.averagers
    later = averagers.local(t.next.x) / R
    priced = votes_averaged.voted.voted(t.now.v, f.gradient(t.next.x), later).expression
    (own,) = t.now.v.sign().coefficients
    (deviation,) = averagers.deviation(t.next.x).coefficients
    assert {own, deviation} in products(priced)
    g = f.gradient(t.next.x)
    (own,) = g.sign().coefficients
    assert {own, deviation} not in products(votes_averaged.voted.voted(g, g, later).expression)


# -- what is trusted, and what is exported ------------------------------------------------------


@functools.cache
def exported(theorem: Theorem) -> Any:
    return json.loads(json.dumps(certificate_document(TheoremHandle(theorem).prove())))


@pytest.mark.parametrize("theorem", USING, ids=NAMES)
def test_nothing_is_trusted_of_signs(theorem: Theorem) -> None:
    document = exported(theorem)
    assert document["status"] == "proved"
    known = {"tower rule", "induction on k", "real arithmetic by z3", "independence", "Minkowski"}
    assert set(document["axioms"]) <= known <= set(AXIOMS)
    assert not SignLemmas.trusts
    assert not any("Cantelli" in name + text for name, text in AXIOMS.items())


def priced_again(world: World, used: Any, lemma: Any) -> Sum:
    """The inequality by the formula, with the sign of g known when g is and not before."""
    constant = {name: world.number(text) for name, text in lemma["constants"].items()}
    g, *centre, signed = [world.vector(point) for point in used["at"]]
    c = centre[0] if centre else g
    stage = max(world.basis[name]["stage"] for name in g)
    own = {"stage": stage, "zero_mean": False, "name": "sign of g", "sign_of": {}}
    world.basis["sign of g"] = own
    estimate = {name: constant["radius"] * a for name, a in signed.items()}
    off = added((1, estimate), (-1, c))
    (along,) = (
        name
        for name, entry in world.basis.items()
        if entry.get("sign_of") and world.vector(entry["sign_of"]) == signed
    )
    one: Sum = {"one": Fraction(1)}
    half, weight = Fraction(1, 2), constant["weight"]
    parts: list[tuple[Fraction | int, Sum]] = [
        (1, world.inner(g, {along: Fraction(1)})),
        (-1, {"norm1": Fraction(1)}),
        (half * constant["d"] * weight, one),
        (half / weight, world.inner(off, off)),
        (-1, world.inner({"sign of g": Fraction(1)}, off)),
    ]
    if centre:
        far: Vector = added((1, g), (-1, c))
        second = constant["second"]
        parts += [(constant["d"] * second, one), (1 / second, world.inner(far, far))]
    return added(*parts)


@pytest.mark.parametrize("theorem", USING, ids=NAMES)
def test_certificates_hold_the_lemma(theorem: Theorem) -> None:
    """Written out once more from the JSON alone, at random values."""
    document = exported(theorem)
    rng = random.Random(theorem.name)
    names = [*(p["name"] for p in document["parameters"]), *document["auxiliary"], "j"]
    found = 0
    for _ in range(3):
        values = {name: Fraction(rng.randint(1, 30), rng.randint(31, 60)) for name in names}
        for used in document["one_step"]["using"]:
            if used.get("rule") in ("unbiased", "voted"):
                world, found = World(document, values), found + 1
                told = world.sum(used["expression"])
                lemma = document["assumptions"][used["assumption"]]
                equal(told, priced_again(world, used, lemma), used["rule"])
    assert found == 3


@pytest.mark.parametrize("theorem", USING, ids=NAMES)
def test_cases_of_the_lemma_hold_at_random_numbers(theorem: Theorem) -> None:
    """Every fact of the scalar step, where what it was decided from holds."""
    document = exported(theorem)
    facts = next(s["signs"] for s in document["steps"] if s["kind"] == "scalar")
    rng, tried = random.Random(0), 0
    numbers = [Fraction(i, 4) for i in range(-8, 9)]
    for fact in facts:
        sides = (fact["condition"], *fact["from"])
        read = [(sp.sympify(s["left"]), sp.sympify(s["right"]), s["strict"]) for s in sides]
        symbols = sorted(
            {x for left, right, _ in read for x in (left - right).free_symbols}, key=str
        )
        for _ in range(40):
            at = {x: sp.Rational(rng.choice(numbers)) for x in symbols}
            held = [
                (left - right).subs(at) > 0 if strict else (left - right).subs(at) >= 0
                for left, right, strict in read[1:]
            ]
            if all(held):
                left, right, strict = read[0]
                value = (left - right).subs(at)
                assert value > 0 if strict else value >= 0
                tried += 1
    assert tried > 100


def test_the_best_weight_makes_the_root_of_the_variance() -> None:
    V = sp.Symbol("V", positive=True)
    best = sp.sqrt(V)
    price = (w + V / w) / 2
    assert sp.simplify(price.subs(w, best) - best) == 0
    assert sp.simplify(sp.diff(price, w).subs(w, best)) == 0
