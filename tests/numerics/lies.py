"""Problems, estimators and compressors that state what is not so: one lie each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numerics import (
    CompositeOracle,
    MiniBatch,
    Oracle,
    Overlap,
    Problem,
    RobustWorkers,
    ShuffledComponents,
    Synthetic,
    WorkerOracle,
    make_problem,
)
from numerics.backend import Array
from numerics.compressors import AllOrNothing, RandK
from numerics.delays import Window
from numerics.oracles import Messages
from numerics.oracles.components import ComponentPass
from numerics.problems import GeneralisedLinear, Quadratic, ShiftedQuadratics
from numerics.problems.base import Enclosure


def told(name: str, **options: Any) -> Callable[..., Problem]:
    """The problem with other constants than its own: multiples of them by ``factors``."""

    def make(**factors: float) -> Problem:
        problem = make_problem(name, **options)
        problem.constants = {n: v * factors.get(n, 1) for n, v in problem.constants.items()}
        return problem

    return make


def quadratic(spectrum: Any, L: float | None = None, mu: float | None = None) -> Problem:
    """Rotated, with other extremes stated than it has."""
    problem = make_problem("quadratic", spectrum=list(spectrum), rotate=True)
    problem.constants = {
        "L": L or problem.constants["L"], "mu": mu or problem.constants["mu"],
    }  # fmt: skip
    return problem


class Steeper(Quadratic):
    """||x||^2/2, and beyond |x_j| > 20 a second one on top of it: the curvature there is 2."""

    def value(self, x: Array) -> Array:
        return super().value(x) + 0.5 * (np.maximum(np.abs(x) - 20, 0) ** 2).sum(axis=1)

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        return super().gradient(x, out) + np.sign(x) * np.maximum(np.abs(x) - 20, 0)

    def enclose(self, x: Array) -> Enclosure:
        value = float(self.value(x[None])[0])
        norm = float(np.linalg.norm(self.gradient(x[None])))
        room = 1e-12
        return Enclosure(
            (value * (1 - room), value * (1 + room)), (norm * (1 - room), norm * (1 + room))
        )


def steeper() -> Problem:
    return Steeper(np.ones(5), np.ones(5), None, "steep far away")


class Misled(Quadratic):
    """A gradient that is ``change`` of the right one."""

    change: Callable[[Array, Array], Array]

    def gradient(self, x: Array, out: Array | None = None) -> Array:
        wrong = self.change(x, super().gradient(x))
        if out is None:
            return wrong
        out[...] = wrong
        return out

    def enclose(self, x: Array) -> Enclosure:
        norm = float(np.linalg.norm(self.gradient(x[None])))
        return Enclosure(super().enclose(x).value, (norm * (1 - 1e-12), norm * (1 + 1e-12)))


def misled(change: Callable[[Array, Array], Array], dimension: int = 20) -> Problem:
    problem = Misled(np.geomspace(0.1, 1, dimension), np.ones(dimension), None, "misled")
    problem.change = change
    return problem


def moved(by: Any, error: float = 0.0) -> Problem:
    problem = make_problem("quadratic", dimension=5)
    problem.minimiser = problem.minimiser + by
    problem.minimiser_error = error
    return problem


def lowered(name: str, by: float) -> Problem:
    """A bound of f from below that is too high."""
    problem = make_problem(name)
    problem.f_inf = problem.f_star = problem.f_inf + by
    return problem


class Near(Quadratic):
    """Says that it starts nearer to its least value than it does."""

    Delta = 1.0  # type: ignore[assignment]


def near() -> Problem:
    return Near(np.geomspace(0.1, 1, 20), np.ones(20), None, "near")


def bent() -> Problem:
    problem = make_problem("sine")
    problem.convex = True
    return problem


def summed(loss: str = "logistic", **changes: Any) -> Problem:
    """A finite sum whose methods return what ``changes`` say."""
    problem = make_problem("glm", loss=loss, samples=30, dimension=4)
    for name, factor in changes.items():
        if name in problem.constants:
            problem.constants[name] *= factor
        else:
            own = getattr(problem, name)
            setattr(
                problem, name, lambda *a, own=own, factor=factor, **k: scaled(own(*a, **k), factor)
            )
    return problem


def scaled(value: Any, factor: float) -> Any:
    return tuple(v * factor for v in value) if isinstance(value, tuple) else value * factor


class OneWrong(GeneralisedLinear):
    """The gradient of its first component is three times the right one."""

    def sample_gradient(self, x: Array, indices: Any, out: Array | None = None) -> Array:
        found = super().sample_gradient(x, indices, out)
        found *= np.where((indices == 0).any(axis=1), 3.0, 1.0)[:, None]
        return found


def one_wrong() -> Problem:
    problem = make_problem("glm", loss="logcosh", samples=30, dimension=4)
    problem.__class__ = OneWrong
    return problem


def shifted(**changes: Any) -> Problem:
    problem = make_problem("shifted-quadratics", dimension=5, workers=4)
    for name, value in changes.items():
        if name in problem.constants:
            problem.constants[name] *= value
        else:
            setattr(problem, name, value)
    return problem


class OneAway(ShiftedQuadratics):
    """The gradient of its last worker is another one than it states."""

    def local_gradients(self, x: Array, out: Array | None = None) -> Array:
        found = super().local_gradients(x, out)
        found[:, -1] *= 1.2
        return found


def one_away() -> Problem:
    problem = make_problem("shifted-quadratics", dimension=5, workers=4)
    problem.__class__ = OneAway
    return problem


def crossed() -> Problem:
    """Two workers are steeper than it states, in opposite places, so that their mean is right."""

    class Crossed(ShiftedQuadratics):
        def local_gradients(self, x: Array, out: Array | None = None) -> Array:
            found = super().local_gradients(x, out)
            found[:, 0, 0] += 2.0 * x[:, 0]
            found[:, 1, 0] -= 2.0 * x[:, 0]
            return found

    problem = make_problem("shifted-quadratics", dimension=5, workers=4)
    problem.__class__ = Crossed
    return problem


def one_of(workers: int) -> Overlap:
    """That no two workers share a coordinate."""
    return Overlap(1, 1.0, workers)


def sharded(**changes: Any) -> Problem:
    problem = make_problem("sharded-glm", samples=40, dimension=4, workers=4)
    for name, value in changes.items():
        setattr(problem, name, value)
    return problem


@dataclass(frozen=True)
class Noisy(Synthetic):
    """Gaussian noise, changed by ``law(z, k, rng, x, gradient)`` in the k-th draw."""

    law: Any = None
    kept: dict[str, Any] = field(default_factory=dict)

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        b = self.bias(problem, x, gradient, rng)
        z = rng.standard_normal(x.shape) * np.sqrt(self.sigma2 / x.shape[1])
        k = self.kept["k"] = self.kept.get("k", -1) + 1
        out[...] = gradient + b + self.law(z, k, rng, gradient, self.kept)
        return out


def noisy(law: Any, sigma2: float = 1.0) -> Oracle:
    return Noisy("none", "gaussian", sigma2=sigma2, law=law)


def autoregressive(rho: float, lag: int = 1) -> Any:
    """Of the stated variance at every step, and correlated in time."""

    def law(z: Array, k: int, rng: Any, gradient: Array, kept: dict[str, Any]) -> Array:
        past = kept.setdefault("past", [])
        before = past[-lag] if len(past) >= lag and past[-lag].shape == z.shape else z
        now = rho * before + np.sqrt(1 - rho**2) * z
        past.append(now)
        return now

    return law


def rare(chance: float, size: float) -> Any:
    """With this chance ``size`` times what the noise would be to keep its variance."""

    def law(z: Array, k: int, rng: Any, gradient: Array, kept: dict[str, Any]) -> Array:
        hit = rng.random((len(z), 1)) < chance
        return np.where(hit, z / np.sqrt(chance) * size, 0.0)

    return law


def bursts(z: Array, k: int, rng: Any, gradient: Array, kept: dict[str, Any]) -> Array:
    """Loud for a while, then quiet; right in the mean of a long time."""
    if k % 16 == 0 or "loud" not in kept or kept["loud"].shape[0] != len(z):
        kept["loud"] = rng.random((len(z), 1)) < 0.25
    return np.where(kept["loud"], 2.0, 0.0) * z


def student(freedom: float) -> Any:
    """Heavy tails, of the stated variance: not a lie."""

    def law(z: Array, k: int, rng: Any, gradient: Array, kept: dict[str, Any]) -> Array:
        chi = rng.chisquare(freedom, (len(z), 1)) / freedom
        return z / np.sqrt(chi) * np.sqrt((freedom - 2) / freedom)

    return law


@dataclass(frozen=True, kw_only=True)
class NoisyWorkers(WorkerOracle):
    """Workers whose noise ``law(z, k, rng, kept)`` is not what it should be; z is (..., n, d)."""

    law: Any = None
    kept: dict[str, Any] = field(default_factory=dict)

    def drawn(self, local: Array, rng: Any) -> Array:
        z = rng.standard_normal(local.shape) * np.sqrt(self.sigma0_2 / local.shape[-1])
        k = self.kept["k"] = self.kept.get("k", -1) + 1
        return local + self.law(z, k, rng, self.kept)


def noisy_workers(law: Any, compressor: Any = None) -> Oracle:
    return NoisyWorkers(law=law, compressor=compressor, noise_law="gaussian", sigma0_2=1.0)


class Rough(WorkerOracle):
    """Noise, where it states none."""

    def drawn(self, local: Array, rng: Any) -> Array:
        return local + 1e-3 * rng.standard_normal(local.shape)


def louder(z: Array, k: int, rng: Any, kept: Any) -> Array:
    """One worker alone."""
    z[..., -1, :] *= 1.2
    return z


def together(z: Array, k: int, rng: Any, kept: Any) -> Array:
    """All workers have one noise."""
    return z[..., :1, :] + np.zeros_like(z)


def echo(z: Array, k: int, rng: Any, kept: Any) -> Array:
    """Most of the noise of the call before comes again."""
    before = kept.get("before", z)
    now = z if before.shape != z.shape else 0.9 * before + np.sqrt(0.19) * z
    kept["before"] = now
    return now


@dataclass(frozen=True)
class Sampling(Synthetic):
    """Samples whose gradients ``answer(g, x, noise, rng)`` instead of g + noise."""

    answer: Any = None

    def sampler(self, problem: Problem, trials: int, rng: Any) -> Any:
        noise = rng.standard_normal((trials, problem.dimension))
        noise *= np.sqrt(self.sigma2 / problem.dimension)
        return lambda x: self.answer(problem.gradient(x), x, noise, rng)


def sampling(answer: Any) -> Oracle:
    return Sampling("none", "gaussian", sigma2=1.0, answer=answer)


@dataclass(frozen=True)
class Repeating(MiniBatch):
    """The batch of the step before comes again in nine of ten steps."""

    kept: dict[str, Any] = field(default_factory=dict)

    def indices(self, components: int, trials: int, rng: Any) -> Any:
        now = super().indices(components, trials, rng)
        before = self.kept.get("before")
        if before is not None and before.shape == now.shape:
            now = np.where(rng.random((trials, 1)) < 0.9, before, now)
        self.kept["before"] = now
        return now


@dataclass(frozen=True)
class Favouring(MiniBatch):
    """The first half of the components comes more often."""

    def indices(self, components: int, trials: int, rng: Any) -> Any:
        now = super().indices(components, trials, rng)
        low = rng.integers(0, components // 2, now.shape)
        return np.where(rng.random(now.shape) < 0.3, low, now)


class Sure(MiniBatch):
    """States half of a constant."""

    def __init__(self, which: str, batch: int = 1) -> None:
        super().__init__(batch)
        object.__setattr__(self, "which", which)

    def constants(self, problem: Problem) -> dict[str, float]:
        return {
            n: v * (0.05 if n == self.which else 1) for n, v in super().constants(problem).items()
        }

    def bounds(self, problem: Problem) -> dict[str, float]:
        return {n: v * (0.3 if n == self.which else 1) for n, v in super().bounds(problem).items()}

    def sample_smoothness(self, problem: Problem) -> float:
        return super().sample_smoothness(problem) * (0.02 if self.which == "L_avg" else 1)


class Changed:
    """A compressor that does something else than it states."""

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        super()._fill(v, rng, out)  # type: ignore[misc]
        self.alter(v, rng, out)  # type: ignore[attr-defined]


def compressor(base: type, alter: Any, *options: Any) -> Any:
    made = type(
        base.__name__, (Changed, base), {"alter": lambda self, v, rng, out: alter(v, rng, out)}
    )
    return made(*options)


def claiming(base: type, factor: float, *options: Any) -> Any:
    own = lambda self, d: base.constant(self, d) * factor  # noqa: E731
    return type(base.__name__, (base,), {"constant": own})(*options)


class OneCoin(AllOrNothing):
    """All workers of a trial decide by one coin."""

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        sent = rng.random((*v.shape[:-2], 1, 1)) * (1 + self.omega) < 1
        np.multiply(v, (1 + self.omega) * sent, out=out)


class InTurn(RandK):
    """The coordinates in turn instead of random ones."""

    def _fill(self, v: Array, rng: Any, out: Array) -> None:
        d, at = v.shape[-1], vars(type(self)).get("at", 0)
        type(self).at = (at + self.k) % d
        out[...] = 0
        chosen = (at + np.arange(self.k)) % d
        out[..., chosen] = v[..., chosen] * d / self.k


@dataclass(frozen=True, kw_only=True)
class Older(Messages):
    """Now and then a gradient is older than it states."""

    chance: float = 1.0
    older: int = 1

    def begin(self, problem: Problem, trials: int) -> Oracle:
        running: Any = super().begin(problem, trials)
        object.__setattr__(running, "_longer", Window((self.tau or 0) + self.older))
        return running

    def draw(self, problem: Problem, x: Array, gradient: Array, rng: Any, out: Array) -> Array:
        super().draw(problem, x, gradient, rng, out)
        window: Window | None = getattr(self, "_longer", None)
        if window is None:
            return out
        window.push(x)
        late = rng.random(len(x)) < self.chance
        past = window.past((self.tau or 0) + self.older)
        stale = self.compressor.compress(self._local(problem, past), rng).mean(axis=1)
        out[late] = stale[late]
        return out


def older(**options: Any) -> Oracle:
    return Older(compressor=RandK(2), tau=3, pattern="uniform", **options)


class Twice(ShuffledComponents):
    """The last component of every pass is the first one once more."""

    def cycle_sampler(self, problem: Problem, trials: int, rng: Any) -> ComponentPass:
        found = super().cycle_sampler(problem, trials, rng)
        found.order[:, -1] = found.order[:, 0]
        return found


class InOrder(ShuffledComponents):
    """Always the same order."""

    def cycle_sampler(self, problem: Problem, trials: int, rng: Any) -> ComponentPass:
        return super().cycle_sampler(problem, trials, np.random.default_rng(7))


def composed(**factors: float) -> Problem:
    problem = make_problem("composite", tasks=3, dimension=4)
    problem.constants = {n: v * factors.get(n, 1) for n, v in problem.constants.items()}
    return problem


@dataclass(frozen=True)
class Levels(CompositeOracle):
    """Errors of the levels that are ``scale`` times what they state, and shifted."""

    scale: tuple[float, float, float] = (1, 1, 1)
    shift: float = 0.0

    def errors(self, problem: Problem, trials: int, rng: Any) -> tuple[Any, Any, Any]:
        inner, jacobian, outer = super().errors(problem, trials, rng)
        a, b, c = self.scale
        return a * inner, b * jacobian, c * outer + self.shift


def levels(scale: tuple[float, float, float] = (1, 1, 1), shift: float = 0.0) -> Oracle:
    return Levels(2, 0.5, sigma_h2=0.5, sigma_J2=0.5, scale=scale, shift=shift)


@dataclass(frozen=True, kw_only=True)
class Sturdier(RobustWorkers):
    """States half of its kappa."""

    def constants(self, problem: Problem) -> dict[str, float]:
        own = super().constants(problem)
        return {**own, "kappa": own["kappa"] / 2}


@dataclass(frozen=True, kw_only=True)
class Modest(WorkerOracle):
    """States too small an error of its first estimate."""

    def error_bound(self, problem: Problem, squared_norm: float) -> float:
        return super().error_bound(problem, squared_norm) / 2
