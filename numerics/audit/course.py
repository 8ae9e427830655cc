"""Of estimates one after the other: that none depends on those before, and none is too old."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.audit_result import SLIP, Finding, directed, not_audited, of_drift, of_mean, ratio
from numerics.backend import Array
from numerics.errors import InputError
from numerics.evidence import Drift, Excess
from numerics.oracles.base import Oracle
from numerics.oracles.components import ShuffledComponents
from numerics.oracles.workers import Workers
from numerics.problems.base import Problem, squared_norm

#: Steps in a row, where nothing else is asked for.
STEPS = 256
_LONGEST = 512
_TRIALS, _PLACES, _HELD = 16, 4, 16
# Of estimates that may be late, those after every move that cannot be of the place before.
_TESTED = 4
_MOST_DOUBLES = 1 << 22
# Of older estimates than these no audit waits to see the end.
_OLDEST = 4096
_LAGS = (1, 2, 3, 4, 8)
_SEGMENT = 64


@dataclass(frozen=True)
class _Stream:
    """Successive errors (..., d) at points (trials, d) with their gradients: all of it, and the
    part that has mean zero given the past; with bounds of their mean squares at one point, None for
    what is not known.
    """

    name: str
    draw: Callable[[Array, Array], tuple[Array, Array | None]]
    square: Callable[[Array], float | None]
    variance: Callable[[Array], float]
    constants: tuple[str, ...] = ()


def course_findings(
    problem: Problem,
    oracle: Oracle,
    points: Array,
    rng: np.random.Generator,
    steps: int = STEPS,
    samples: bool = False,
) -> list[Finding]:
    """Return what ``steps`` steps in a row show, held at a few of the ``points`` in turn; with
    ``samples`` those that the oracle draws, and not its estimates.
    """
    if isinstance(oracle, ShuffledComponents):
        return [_passes(problem, oracle, points[0], rng)]
    late = getattr(oracle, "tau", None)
    tau = late or 0
    if tau > _OLDEST:
        return [
            not_audited(
                "delays", f"tau = {tau} is beyond the {_OLDEST} steps of an audit", ("tau",)
            )
        ]
    places = points[np.linspace(0, len(points) - 1, _PLACES).astype(int)]
    # From far away to where the gradient is small, so that what is old stands out.
    places = places[np.argsort(-squared_norm(problem.gradient(places)))]
    held = _HELD if late is None else tau + _TESTED
    if late is not None:
        places = places[[0, -1]]
    trials = max(2, min(_TRIALS, _MOST_DOUBLES // (_HELD * _PLACES * oracle.width(problem))))
    room = _MOST_DOUBLES // (trials * problem.dimension)
    length = max(_PLACES * held, min(max(steps, 2), _LONGEST, room))
    found = []
    for stream in _streams(problem, oracle, rng, trials, samples):
        found += _followed(problem, stream, places, trials, length, held, tau)
    if late is not None:
        # Where delays are longer than stated, an estimate is off by more than its noise.
        told = f"no gradient is older than tau = {tau} steps"
        found.append(_delays(found, told))
    return found


def _passes(
    problem: Problem, oracle: ShuffledComponents, point: Array, rng: np.random.Generator
) -> Finding:
    """Check that every pass takes each component once, and that what comes first, and first after a
    pass, is what comes at random.
    """
    m, d = problem.constants["m"], problem.dimension
    if m * d > _MOST_DOUBLES:
        return not_audited("passes", f"{m:g} components are too many to go through", ())
    trials = int(max(2, min(_TRIALS, _MOST_DOUBLES // (m * d))))
    x = np.repeat(point[None], trials, axis=0)
    gradient = problem.gradient(x)
    firsts: list[Array] = []
    off, spread = 0.0, 0.0
    for _ in range(_HELD * _PLACES):
        taken = oracle.cycle_sampler(problem, trials, rng)
        if len(firsts) < 2:
            every = np.array([taken.at(j)(x) for j in range(int(m))])
            size = math.sqrt(float(np.einsum("mtj,mtj->mt", every, every).max()))
            away = np.abs(every.mean(axis=0) - gradient).max()
            off = max(off, float(ratio(away, 1e-8 * size, 1e-300)))
            spread = float(
                np.einsum("mtj,mtj->mt", every - gradient, every - gradient).mean(axis=0).max()
            )
        firsts.append(taken.at(0)(x) - gradient)
    drift = Drift()
    variances = np.full(len(firsts), spread * (1 + 1e-9))
    drift.add(
        _along_past(np.array(firsts), np.repeat(gradient[:1], len(firsts), axis=0), variances, 0.0)
    )
    stated = "each component once in a pass, in an order that is drawn anew"
    worst = max(off, drift.worst) if drift.refuted or off > 1 else off
    return Finding("passes", stated, worst, off <= 1 and not drift.refuted, ("m",))


def _delays(found: list[Finding], told: str) -> Finding:
    looked_at = [f for f in found if f.audited]
    if not looked_at:
        return not_audited("delays", f"{told}: no bound of the noise is known", ("tau",))
    worst = max(looked_at, key=lambda f: f.worst if not f.ok else 0.0)
    return Finding("delays", told, 0.0 if worst.ok else worst.worst, worst.ok, ("tau",))


def _streams(
    problem: Problem, oracle: Oracle, rng: Any, trials: int, samples: bool
) -> list[_Stream]:
    def square(point: Array) -> float | None:
        try:
            return oracle.spread_at(problem, point)
        except InputError:
            return None

    if samples:

        def sampled(x: Array, gradient: Array) -> tuple[Array, Array | None]:
            seen: Any = oracle.sampler(problem, len(x), rng)(x)
            mean = gradient
            if oracle.of_workers:
                mean = oracle.local_gradients(problem, x, gradient)
            return seen - mean, seen - mean

        def variance(point: Array) -> float:
            norm = float(squared_norm(problem.gradient(point[None]))[0])
            return oracle.sample_variance(problem, norm)

        return [_Stream("samples", sampled, variance, variance)]
    running = oracle.begin(problem, trials)
    streams = [
        _Stream(
            "estimates",
            lambda x, gradient: running.observed(problem, x, gradient, rng),
            square,
            lambda point: oracle.noise_at(problem, point),
        )
    ]
    if isinstance(oracle, Workers) and oracle.sigma0_2 and not oracle.unbiased:

        def noisy(x: Array, gradient: Array) -> tuple[Array, Array | None]:
            local = oracle.local_gradients(problem, x, gradient)
            noise = oracle.drawn(local, rng) - local
            return noise, noise

        def level(point: Array) -> float:
            return oracle.sigma0_2

        streams.append(_Stream("workers' noise", noisy, level, level))
    return streams


def _followed(
    problem: Problem, stream: _Stream, places: Array, trials: int, length: int, held: int, tau: int
) -> list[Finding]:
    errors: list[Array] = []
    noises: list[Array] = []
    squares: list[float] = []
    variances: list[float] = []
    slips: list[float] = []
    towards: list[Array] = []
    known = [(stream.square(p), p) for p in places]
    levels = [stream.variance(p) if s is not None else 0.0 for s, p in known]
    gradients = problem.gradient(places)
    for k in range(length):
        turn = (k // held) % len(places)
        bound, point = known[turn]
        gradient = np.repeat(gradients[turn][None], trials, axis=0)
        error, noise = stream.draw(np.repeat(point[None], trials, axis=0), gradient)
        if bound is None or k % held < tau:
            continue
        errors.append(error.reshape(-1, problem.dimension))
        squares.append(bound)
        slips.append(
            SLIP * (math.sqrt(float(squared_norm(gradient[:1])[0])) + float(np.abs(error).max()))
        )
        if noise is not None:
            noises.append(noise.reshape(-1, problem.dimension))
            variances.append(levels[turn])
            towards.append(gradients[turn])
    over = f"over {length} steps in a row"
    name = f"{stream.name} over time"
    if not errors:
        return [not_audited(name, "no bound of their mean square error is known")]
    lengths = np.maximum(
        np.sqrt(np.einsum("trj,trj->tr", errors, errors)) - np.array(slips)[:, None], 0
    )
    sizes = ratio(lengths**2, np.array(squares)[:, None])
    excess, after_large = Excess(), Excess()
    for low in range(0, len(sizes), _SEGMENT):
        excess.add(sizes[low : low + _SEGMENT].ravel(), low)
    # A bet only where the error before was large: the noise must not come in bursts.
    quiet = np.where(sizes[:-1] > 1, sizes[1:], 1.0)
    after_large.add(quiet.ravel())
    stated = f"E||g~ - grad f||^2 within its bound, given the past, {over}"
    worse = after_large if after_large.refuted else excess
    found = [of_mean(name, stated, worse, ("E0", "E0_local"))]
    if noises:
        drift = Drift()
        drift.add(_along_past(np.array(noises), np.array(towards), np.array(variances), max(slips)))
        found.append(of_drift(f"{name}: mean", f"no drift given the past, {over}", drift))
    return found


def _along_past(noises: Array, gradients: Array, variances: Array, slip: float) -> Array:
    """Noises (steps, rows, d) along what is known before each: the gradient, the noises of some
    steps before, the sum of all of them, and that of the row before; (steps rows, directions).
    """
    V = variances[:, None]
    plain = np.where(V > 0, V, 1.0)[..., None]
    scaled = noises / np.sqrt(plain)
    total = np.zeros_like(noises)
    np.cumsum(scaled[:-1], axis=0, out=total[1:])
    beside = np.zeros_like(noises)
    beside[:, 1:] = noises[:, :-1]
    known = [gradients[:, None], total, beside]
    for lag in _LAGS:
        before = np.zeros_like(noises)
        before[lag:] = noises[:-lag]
        known.append(before)
    columns = [directed(noises, u, V, slip) for u in known]
    return np.stack(columns, axis=-1).reshape(-1, len(columns))
