"""The rules of the kernel on finite probability spaces, with both sides computed by enumeration.

Two workers hold linear gradients, a sample each of two, and toss the coins of stochastic signs; the
server tosses after them. Expectations are sums over everything that can happen, so a rule, or an
orthogonality taken from the stages, that is not true shows at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import sympy as sp

from boundcalc.kernel import Function, Vector
from boundcalc.kernel.algebra import (
    Expression,
    Gram,
    MeanOf,
    Norm,
    One,
    Projected,
    SignOf,
    UnitOf,
    inner,
    vector,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.components import Components
from boundcalc.kernel.directions import Directions
from boundcalc.kernel.norms import Norms
from boundcalc.kernel.sampling import Sampled, StochasticDirections
from boundcalc.kernel.sign_lemmas import SignLemmas
from boundcalc.kernel.vectors import Basis, DrawnAt, GradientAt, Own
from boundcalc.kernel.votes import Voters

Array = npt.NDArray[np.float64]

D, N, PASTS = 2, 2, 2
f = Function("f")
d, n, R, G, sigma2, L_avg, w, u, m, L_max = sp.symbols(
    "d n R G sigma2 L_avg w u m L_max", real=True
)
BITS = [np.array(bits, dtype=float) for bits in itertools.product((-1, 1), repeat=N)]
COINS = [np.array(bits).reshape(N, D) for bits in itertools.product((-1, 1), repeat=N * D)]
TOSSES = [np.array([bits]) for bits in itertools.product((-1, 1), repeat=D)]


class World:
    """All that can happen in a step of workers, each outcome with its probability.

    Values are (outcomes, workers, D), or (outcomes, 1, D) where they are the server's. ``second``
    is the sample of a later point.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.slopes, self.shifts = rng.normal(size=(N, D, D)), rng.normal(size=(N, D))
        self.noise, self.noisy = rng.normal(size=(N, D)), 0.3 * rng.normal(size=(N, D, D))
        points, own = rng.normal(size=(PASTS, 2, 1, D)), rng.normal(size=(PASTS, N, D))
        outcomes = list(itertools.product(range(PASTS), BITS, COINS, TOSSES, BITS))
        past = np.array([o[0] for o in outcomes])
        self.first, self.second = (np.array([o[i] for o in outcomes]) for i in (1, 4))
        self.coins, self.toss = (np.array([o[i] for o in outcomes]) for i in (2, 3))
        self.named = {"x": points[past, 0], "x_prev": points[past, 1], "v": own[past]}
        self.probability = np.full(len(outcomes), 1 / (PASTS * len(BITS) ** 2))
        self.numbers: dict[sp.Symbol, float] = {d: D, n: N, w: 0.7, u: 0.4}

    def at(self, symbol: sp.Symbol, value: float) -> None:
        self.numbers[symbol] = float(value)

    def tossed(self, vector: Vector, radius: float) -> None:
        """The coins of the vector come up as its stochastic signs do."""
        value = self.value(vector) / radius
        coins = self.coins if vector.of_workers else self.toss
        chances = np.maximum(1 + coins * value, 0) / 2  # but for rounding, never below 0
        self.probability = self.probability * np.prod(chances, axis=(1, 2))

    def gradient(self, point: Array) -> Array:
        """Of every worker, at a point of the server."""
        return np.einsum("nij,onj->oni", self.slopes, np.repeat(point, N, axis=1)) + self.shifts

    def sampled(self, point: Array, late: bool) -> Array:
        """What the workers' samples add."""
        bits = (self.second if late else self.first)[:, :, None]
        moved = np.einsum("nij,onj->oni", self.noisy, np.repeat(point, N, axis=1))
        return bits * (self.noise + moved)

    def value(self, vector: Vector) -> Array:
        shape = (len(self.probability), 1, D)
        total: Array = np.zeros(shape)
        for basis, weight in vector.coefficients.items():
            total = total + float(weight.subs(self.numbers)) * self._basis(basis)
        return total

    def _basis(self, basis: Basis) -> Array:
        if isinstance(basis, MeanOf):
            assert basis.of is not None
            return self._basis(basis.of).mean(axis=1, keepdims=True)
        if isinstance(basis, GradientAt):
            assert basis.point is not None
            return self.gradient(self.value(basis.point)).mean(axis=1, keepdims=True)
        if isinstance(basis, SignOf | UnitOf | Projected):
            assert basis.argument is not None
            value = self.value(basis.argument)
            if isinstance(basis, SignOf):
                return np.sign(np.round(value, 9))
            if isinstance(basis, UnitOf):
                return value / np.linalg.norm(value, axis=2, keepdims=True)
            radius = float(basis.radius.subs(self.numbers))
            return np.clip(value, -radius, radius)
        if isinstance(basis, DrawnAt):
            return self._drawn(basis)
        return self.named[basis.name]

    def _drawn(self, basis: DrawnAt) -> Array:
        assert basis.point is not None
        point = self.value(basis.point)
        if basis.name.startswith("h["):
            own = self.gradient(point)
            return own - own.mean(axis=1, keepdims=True)
        if basis.name.startswith("xi["):
            drawn = self.sampled(point, late=basis.point.stage > 0)
            return drawn if basis.worker else drawn[:, :1]  # one machine is the first
        assert basis.name.startswith("coins[")
        coins = self.coins if basis.worker else self.toss
        radius = float(sp.sympify(basis.name.rsplit(", ", 1)[1][:-1]).subs({"R": self.numbers[R]}))
        return coins - point / radius

    def expected(self, first: Vector, second: Vector) -> float:
        """E of the inner product, in the mean over workers."""
        product = (self.value(first) * self.value(second)).sum(axis=2).mean(axis=1)
        return float(self.probability @ product)

    def norm(self, atom: Norm) -> float:
        value = self.value(atom.argument)
        if atom.kind == "sup":
            return float(np.abs(value[self.probability > 1e-12]).max())
        sizes = np.linalg.norm(value, ord=int(atom.kind), axis=2).mean(axis=1)
        return float(self.probability @ sizes)

    def of(self, expression: Expression) -> float:
        total = 0.0
        for atom, weight in expression.coefficients.items():
            if isinstance(atom, Gram):
                size = self.expected(Vector({atom.left: 1}), Vector({atom.right: 1}))
            elif isinstance(atom, Norm):
                size = self.norm(atom)
            else:
                assert isinstance(atom, One)
                size = 1.0
            total += float(weight.subs(self.numbers)) * size
        return total

    def holds(self, instance: Instance) -> None:
        assert self.of(instance.expression) >= -1e-9, instance.rule


x, x_prev = vector("x", "x"), vector("x_prev", "x")
v = Vector({Own("v", "v", 1): 1})
voters = Voters(f, n, d, G, sigma2=sigma2, L_avg=L_avg)
cutters = Voters(f, n, d, G, bounded="gradients")
sent = voters.stochastic_signs(v, R)
served = voters.stochastic_signs(sent.mean(), sp.S.One)
later = x - sp.Rational(1, 10) * served


def voting(seed: int) -> World:
    """A step in which the workers vote on their own vectors, and the server tosses again."""
    world = World(seed)
    world.at(R, 1.2 * np.abs(world.named["v"]).max())
    world.tossed(v, world.numbers[R])
    world.tossed(sent.mean(), 1.0)
    assert world.probability.sum() == pytest.approx(1)
    return world


def vectors() -> Sequence[Vector]:
    own = [voters.deviation(p) for p in (x, x_prev, later)]
    own += [voters.noise(p) for p in (x, x_prev, later)]
    own += [v, voters.coins(v, R), v.projected(sp.Rational(1, 2)), v.sign()]
    server = [x, x_prev, later, f.gradient(x), f.gradient(later), sent.mean().sign()]
    server += [voters.coins(sent.mean(), sp.S.One), served]
    return [*own, *server, *(vector.mean() for vector in own)]


@pytest.mark.parametrize("seed", range(2))
def test_what_the_stages_call_orthogonal_is(seed: int) -> None:
    world = voting(seed)
    for first, second in itertools.combinations_with_replacement(vectors(), 2):
        known = world.of(inner(first, second))
        assert world.expected(first, second) == pytest.approx(known, abs=1e-9), (first, second)


def test_the_mean_over_workers_is_linear_in_truth() -> None:
    world = voting(3)
    for one in vectors():
        together = 2 * one + x - 3 * voters.local(x)
        mean = world.value(together).mean(axis=1, keepdims=True)
        assert world.value(together.mean()) == pytest.approx(mean + 0 * mean)


@pytest.mark.parametrize("seed", range(3))
def test_rules_of_votes(seed: int) -> None:
    world = voting(seed)
    off = voters.noise(x) + R * voters.coins(v, R)
    world.at(sigma2, max(world.expected(voters.noise(p), voters.noise(p)) for p in (x, x_prev)))
    change = voters.estimate(x) - voters.estimate(x_prev)
    ratio = world.expected(change, change) / world.expected(x - x_prev, x - x_prev)
    world.at(L_avg, np.sqrt(ratio))
    samples = [np.abs(world.value(voters.estimate(p))).max() for p in (x, x_prev)]
    world.at(G, max(*samples, np.abs(world.value(voters.local(x))).max()))
    for instance in (
        voters.variance(x),
        voters.mean_square(x, x_prev),
        voters.bound(x),
        voters.length(sent),
        voters.length(served),
        voters.vote(sent),
        voters.independence(off),
        voters.averaging(off),
        voters.jensen(v - voters.local(x)),
        voters.jensen(v.sign() - x),
        cutters.projection(3 * v, (3 * v).projected(G), x),
        cutters.cube((3 * v).projected(G)),
    ):
        world.holds(instance)
    assert world.of(voters.length(sent).expression) == pytest.approx(0)
    assert world.of(voters.averaging(off).expression) == pytest.approx(0)


@pytest.mark.parametrize("seed", range(6))
def test_coordinate_lemmas(seed: int) -> None:
    world = voting(seed)
    g, lemmas = f.gradient(x), SignLemmas(d, w, u, R)
    plain = SignLemmas(d, w)
    for weight in (0.05, 0.5, 3.0):
        world.at(w, weight)
        for instance in (
            lemmas.signs(g, sent.mean()),
            lemmas.signs(voters.local(x), v),
            lemmas.voted(g, v.mean(), sent.mean()),
            lemmas.voted(voters.local(x), v, sent),
            plain.unbiased(g, voters.estimate(x)),
            plain.unbiased(voters.local(x), voters.estimate(x)),
            # True of every vector: of one that is off in the mean, the mean of that stays.
            plain.unbiased(g, v),
            plain.unbiased(voters.estimate(x), g),
            lemmas.voted(v, g, voters.estimate(x)),
            plain.aligned(v),
            plain.length(voters.estimate(x)),
        ):
            world.holds(instance)


@pytest.mark.parametrize("seed", range(3))
def test_norms_and_directions(seed: int) -> None:
    world = voting(seed)
    g, size = voters.local(x), sp.Rational(3, 2)
    norms = Norms((size,), d, u)
    for weight in (0.1, 1.0, 1 / np.sqrt(D)):
        world.at(u, weight)
        world.at(w, weight)
        for instance in (
            norms.triangle(v, g),
            norms.sup_triangle(v, -g),
            norms.scaled(v, -size * v),
            norms.sup_scaled(g, size * g),
            norms.signs(g, v),
            norms.signs(f.gradient(x), voters.estimate(x)),
            norms.length(v),
            Directions(w).directions(g, v),
            Directions(w).directions(f.gradient(x), voters.estimate(x)),
        ):
            world.holds(instance)


class Tossing(World):
    """The server's coins are those of the direction of a vector."""

    def _drawn(self, basis: DrawnAt) -> Array:
        if basis.name.startswith("coins["):
            assert basis.point is not None
            return self.toss - self.value(basis.point.unit())
        return super()._drawn(basis)


def test_stochastic_directions_have_their_mean_and_length() -> None:
    world, coins = Tossing(0), StochasticDirections(d)
    world.tossed(x.unit(), 1.0)
    world.probability /= world.probability.sum()
    signs = coins.stochastic_directions(x)
    assert world.expected(signs, x_prev) == pytest.approx(world.expected(x.unit(), x_prev))
    assert world.of(coins.length(x).expression) == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_no_component_is_farther_from_the_mean(count: int) -> None:
    """The factor 2 L_max (m-1)/m is met by components of the largest slopes of either sign."""
    components = Components(f, m, L_max)
    factor = float(components.factor.subs({m: count, L_max: 1}))
    rng, worst = np.random.default_rng(count), 0.0
    slopes = [rng.uniform(-1, 1, size=(count, D)) for _ in range(200)]
    slopes.append(np.where(np.arange(count) > 0, 1.0, -1.0)[:, None] * np.ones((count, D)))
    for diagonal in slopes:
        off = np.abs(diagonal - diagonal.mean(axis=0)).max()
        assert off <= factor + 1e-12
        worst = max(worst, off)
    assert worst == pytest.approx(factor)


def test_samples_of_one_machine() -> None:
    """A sample's error has mean zero given the past; samples of later points are others."""
    sampled = Sampled(f, sigma2, L_avg)
    after = x - sp.Rational(1, 10) * sampled.estimate(x).sign()
    world = World(5)
    world.probability /= world.probability.sum()
    # Both workers are one machine, and draw the same.
    for array in (world.slopes, world.shifts, world.noise, world.noisy):
        array[1] = array[0]
    world.first[:, 1], world.second[:, 1] = world.first[:, 0], world.second[:, 0]
    known = [x, x_prev, f.gradient(x), f.gradient(after), sampled.estimate(x).sign()]
    drawn = [sampled.error(p) for p in (x, x_prev, after)]
    for first, second in itertools.product([*known, *drawn], drawn):
        told = world.of(inner(first, second))
        assert world.expected(first, second) == pytest.approx(told, abs=1e-9), (first, second)
