"""Audits find lies, each of its own kind, and refuse nothing that is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics import (
    ClippedWorkers,
    Exact,
    Finding,
    MiniBatch,
    Oracle,
    Problem,
    ShuffledComponents,
    ShuffledPass,
    Synthetic,
    WorkerOracle,
    WorkerSamples,
    audit,
    make_problem,
)
from numerics.compressors import (
    AllOrNothing,
    Dithering,
    Grid,
    Natural,
    RandK,
    Scaled,
    ScaledSign,
    Shrink,
    Sparsifier,
    Ternary,
    TopK,
)
from numerics.oracles import Messages
from tests.numerics import lies

PLAIN = make_problem("quadratic")
APART = make_problem("shifted-quadratics", dimension=5, workers=4)
SUMMED = make_problem("glm", loss="logistic", samples=30, dimension=4)
ONES = np.ones(99)
Case = tuple[str, Any, Oracle, set[str]]


def findings(
    problem: Problem, oracle: Oracle, seed: int = 0, *, samples: bool = False
) -> list[Finding]:
    return audit(problem, oracle, np.random.default_rng(seed), samples=samples)


def found(problem: Problem, oracle: Oracle, seed: int = 0, *, samples: bool = False) -> set[str]:
    answers = findings(problem, oracle, seed, samples=samples)
    assert all(f.worst > 1 for f in answers if not f.ok)
    return {f.assumption for f in answers if not f.ok}


def beside(problem: Any) -> Any:
    return lambda: problem


FUNCTIONS: list[tuple[str, Any, str]] = [
    ("L of all but one direction", lambda: lies.quadratic([*ONES, 1.5], L=1.0), "smooth"),
    ("L 5 % below", lambda: lies.quadratic([*ONES, 1.05], L=1.0), "smooth"),
    ("L 5 % below, sine", lambda: lies.told("sine")(L=0.95), "smooth"),
    ("L 5 % below, data", lambda: lies.told("glm", loss="squared")(L=0.95), "smooth"),
    ("L only near the start", lies.steeper, "smooth"),
    ("half the gradient", lambda: lies.misled(lambda x, g: g / 2), "gradient"),
    ("a gradient 5 % off", lambda: lies.misled(lambda x, g: 0.95 * g), "gradient"),
    ("a gradient turned", lambda: lies.misled(lambda x, g: np.roll(g, 1, axis=1)), "gradient"),
    (
        "one coordinate of the gradient",
        lambda: lies.misled(lambda x, g: g * np.where(np.arange(100) == 17, 0.5, 1), 100),
        "gradient",
    ),
    (
        "a gradient wrong far away",
        lambda: lies.misled(lambda x, g: np.where(np.abs(x) > 30, 0.7, 1) * g),
        "gradient",
    ),
    ("a gradient with an offset", lambda: lies.misled(lambda x, g: g + 0.1), "gradient"),
    ("another minimiser", lambda: lies.moved(0.1), "minimiser"),
    ("a minimiser a little off", lambda: lies.moved(np.eye(1, 5)[0] * 1e-3), "minimiser"),
    ("a minimiser farther off", lambda: lies.moved(0.1, 0.01), "minimiser"),
    ("mu 5 % above", lambda: lies.told("quadratic")(mu=1.05), "PL"),
    ("mu of all but one direction", lambda: lies.quadratic([0.05, *ONES], mu=0.1), "PL"),
    ("mu of data", lambda: lies.told("least-squares")(mu=1.1), "PL"),
    ("mu of a sine", lambda: lies.told("sine")(mu=1.5), "PL"),
    ("f_inf too high", lambda: lies.lowered("quadratic", 1e-3), "bounded below"),
    ("f_inf of data too high", lambda: lies.lowered("glm", 0.3), "bounded below"),
    ("f_inf of a composition too high", lambda: lies.lowered("composite", 1e-3), "bounded below"),
    ("Delta too small", lies.near, "bounded below"),
    ("not convex", lies.bent, "convex"),
]


@pytest.mark.parametrize(("lie", "make", "name"), FUNCTIONS, ids=[c[0] for c in FUNCTIONS])
def test_lies_of_a_function_are_found(lie: str, make: Any, name: str) -> None:
    for seed in range(2):
        assert name in found(make(), Exact(), seed)


SUMS: list[tuple[str, Any, Oracle, bool, set[str]]] = [
    ("L_max", lambda: lies.summed(L_max=0.5), ShuffledComponents(), False, {"components smooth"}),
    ("L_max 5 % below", lambda: lies.summed("squared", L_max=0.95), ShuffledComponents(), False,
     {"components smooth"}),
    ("L_avg", lambda: lies.summed("squared", L_avg=0.95), MiniBatch(1), True,
     {"components smooth in the mean"}),
    ("spread", lambda: lies.summed("squared", spread=0.2), MiniBatch(1), False,
     {"components' spread", "noise"}),
    ("G", lambda: lies.summed(sup_bound=0.95), MiniBatch(1), True, {"components bounded"}),
    ("G2", lambda: lies.summed("logcosh", second_moment=0.8), MiniBatch(1), True,
     {"components' squares"}),
    ("one component", lies.one_wrong, MiniBatch(1), True, {"components"}),
    ("a pass", beside(SUMMED), lies.Twice(), False, {"passes"}),
    ("an order", beside(SUMMED), lies.InOrder(), False, {"passes"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lie", "make", "oracle", "samples", "names"), SUMS, ids=[c[0] for c in SUMS]
)
def test_lies_of_a_finite_sum_are_found(
    lie: str, make: Any, oracle: Oracle, samples: bool, names: set[str]
) -> None:
    for seed in range(2):
        assert names <= found(make(), oracle, seed, samples=samples)


SENT = Messages(compressor=RandK(2))
WORKERS: list[tuple[str, Any, Oracle, set[str]]] = [
    ("one worker", lies.one_away, WorkerOracle(), {"workers"}),
    ("smoothness of two workers", lies.crossed, SENT, {"workers smooth"}),
    ("L_max", lambda: lies.shifted(L_max=0.9), SENT, {"workers smooth"}),
    ("dissimilarity", lambda: lies.shifted(dissimilarity=lambda young=1.0: (0.1, 0.1)),
     WorkerOracle(), {"dissimilarity"}),
    ("the number of workers", lambda: lies.shifted(workers=8), WorkerOracle(), {"workers"}),
    ("gradients at the minimiser",
     lambda: lies.shifted(dissimilarity=lambda young=1.0: (0.25, 0.1)), SENT,
     {"gradients at the minimiser"}),
    ("bounded gradients", lambda: lies.sharded(gradient_bound=0.3), ClippedWorkers(clip=0.2),
     {"workers bounded", "bounded"}),
    ("sharing", lambda: lies.sharded(sharing=lambda: lies.one_of(4)), SENT, {"sharing"}),
    ("noise where there is none", beside(APART), lies.Rough(), {"noise"}),
    ("noise of one worker", beside(APART), lies.noisy_workers(lies.louder), {"noise"}),
    ("noise that workers share", beside(APART), lies.noisy_workers(lies.together),
     {"zero mean", "estimates over time"}),
    ("noise that comes again", beside(APART), lies.noisy_workers(lies.echo),
     {"estimates over time: mean"}),
    ("noise that comes again, compressed", beside(APART),
     lies.noisy_workers(lies.echo, TopK(2)), {"workers' noise over time: mean"}),
    ("an aggregator's kappa", beside(make_problem("shifted-quadratics", workers=8)),
     lies.Sturdier(), {"aggregator"}),
    ("the first estimate's error", beside(APART),
     lies.Modest(noise_law="gaussian", sigma0_2=1.0), {"estimates over time"}),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "make", "oracle", "names"), WORKERS, ids=[c[0] for c in WORKERS])
def test_lies_of_workers_are_found(lie: str, make: Any, oracle: Oracle, names: set[str]) -> None:
    for seed in range(2):
        assert names <= found(make(), oracle, seed)


def along(part: float) -> Any:
    def law(z: Any, k: int, rng: Any, gradient: Any, kept: Any) -> Any:
        return z - part * gradient / np.linalg.norm(gradient, axis=1, keepdims=True)

    return law


NOISE: list[tuple[str, Any, set[str]]] = [
    ("5 % more", lambda z, *_: z * 1.05**0.5 * 1.005, {"noise"}),
    ("245 times, rarely", lies.rare(1 / 400, 245**0.5), {"noise"}),
    ("245 times, very rarely", lies.rare(1 / 4000, 245**0.5), {"noise"}),
    ("3 times, rarely", lies.rare(1 / 50, 3**0.5), {"noise"}),
    ("a bias against the gradient", along(0.1), {"zero mean"}),
    ("a bias in one coordinate", lambda z, *_: z + 0.15 * (np.arange(20) == 3), {"zero mean"}),
    ("a bias far away", lambda z, k, rng, g, kept: along(0.5)(z, k, rng, g, kept)
     if np.abs(g).max() > 20 else z, {"zero mean"}),
    ("correlated", lies.autoregressive(0.9), {"estimates over time: mean"}),
    ("correlated a little", lies.autoregressive(0.3), {"estimates over time: mean"}),
    ("alternating", lies.autoregressive(-0.5), {"estimates over time: mean"}),
    ("correlated at a lag", lies.autoregressive(0.7, lag=4), {"estimates over time: mean"}),
    ("in bursts", lies.bursts, {"estimates over time"}),
    ("the same in all trials", lambda z, *_: z[:1] + np.zeros_like(z),
     {"estimates over time: mean"}),
    ("louder after a while", lambda z, k, *_: z * (1.5 if k > 150 else 1),
     {"estimates over time"}),
    ("quiet, then far too loud", lambda z, k, *_: z * (30 if k > 250 else 0.1),
     {"estimates over time"}),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "law", "names"), NOISE, ids=[c[0] for c in NOISE])
def test_lies_of_noise_are_found(lie: str, law: Any, names: set[str]) -> None:
    for seed in range(2):
        assert names <= found(PLAIN, lies.noisy(law), seed)


def test_bias_beyond_its_bound_is_found() -> None:
    class Overconfident(Synthetic):
        def constants(self, problem: Problem) -> dict[str, float]:
            return {
                n: v * (0.95 if n in "BC" else 1) for n, v in super().constants(problem).items()
            }

    assert "bias" in found(PLAIN, Overconfident("opposing", "gaussian", 0.2, 0.1, 0.3, 0.4))


SAMPLES: list[tuple[str, Problem, Oracle, set[str]]] = [
    ("fresh every time", PLAIN,
     lies.sampling(lambda g, x, z, rng: g + rng.permutation(z)), {"samples' answers"}),
    ("of another mean", PLAIN, lies.sampling(lambda g, x, z, rng: 0.9 * g + z), {"samples' mean"}),
    ("of another variance", PLAIN, lies.sampling(lambda g, x, z, rng: g + 1.1 * z),
     {"samples' noise"}),
    ("of another smoothness", PLAIN,
     lies.sampling(lambda g, x, z, rng: g + z * np.cos(50 * x.sum(axis=1))[:, None]),
     {"samples smooth"}),
    ("that come again", SUMMED, lies.Repeating(2), {"samples over time: mean"}),
    ("some more often", SUMMED, lies.Favouring(2), {"samples' mean"}),
    ("of a smaller variance", SUMMED, lies.Sure("sigma2"), {"samples' noise"}),
    ("of smaller coordinates", SUMMED, lies.Sure("G"), {"bounded"}),
    ("of a smaller second moment", SUMMED, lies.Sure("G2"), {"second moment"}),
    ("of a smaller smoothness", SUMMED, lies.Sure("L_avg"), {"samples smooth"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lie", "problem", "oracle", "names"), SAMPLES, ids=[c[0] for c in SAMPLES]
)
def test_lies_of_samples_are_found(
    lie: str, problem: Problem, oracle: Oracle, names: set[str]
) -> None:
    for seed in range(2):
        assert names <= found(problem, oracle, seed, samples=True)


def spoil_single(v: Any, rng: Any, out: Any) -> None:
    """Vectors with one entry alone are not kept."""
    out[(v != 0).sum(axis=-1) == 1] = 0


def drop_half(v: Any, rng: Any, out: Any) -> None:
    """Half of the messages get lost."""
    out *= rng.random((*v.shape[:-1], 1)) < 0.5


COMPRESSORS: list[tuple[str, Any, str]] = [
    ("omega 5 % below", lies.claiming(RandK, 0.95, 2), "compressor"),
    ("omega of dithering", lies.claiming(Dithering, 0.95, 1), "compressor"),
    ("omega of natural compression", lies.claiming(Natural, 0.9), "compressor"),
    ("omega of ternary", lies.claiming(Ternary, 0.93, "sup"), "compressor"),
    ("alpha of top-k", lies.claiming(TopK, 1.05, 2), "compressor"),
    ("alpha of signs", lies.claiming(ScaledSign, 1.05), "compressor"),
    ("c of a grid", lies.claiming(Grid, 0.9, 0.3), "compressor"),
    ("a mean", lies.compressor(RandK, lambda v, rng, out: np.multiply(out, 0.9, out=out), 2),
     "unbiased"),
    ("vectors of one entry", lies.compressor(TopK, spoil_single, 2), "compressor"),
    ("one coin for all", lies.OneCoin(3.0), "unbiased"),
    ("coordinates in turn", lies.InTurn(2), "estimates over time: mean"),
    ("twice as rare", lies.compressor(AllOrNothing, drop_half, 1.0), "unbiased"),
    ("shrunk too much", lies.compressor(
        Shrink, lambda v, rng, out: np.multiply(out, 0.9, out=out), 0.3), "compressor"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lie", "compressor", "name"), COMPRESSORS, ids=[c[0] for c in COMPRESSORS]
)
def test_lies_of_compressors_are_found(lie: str, compressor: Any, name: str) -> None:
    for seed in range(2):
        assert name in found(APART, WorkerOracle(compressor=compressor), seed)


@pytest.mark.parametrize(
    "options",
    [{}, {"chance": 0.02}, {"older": 10}, {"older": 3, "chance": 0.1}, {"aggregated": True}],
    ids=str,
)
def test_delays_beyond_tau_are_found(options: Any) -> None:
    assert "delays" in found(APART, lies.older(**options))
    assert "delays" not in found(APART, lies.older(**{**options, "chance": 0.0}))


LEVELS: list[tuple[str, Any, Oracle, str]] = [
    ("ell_h", lambda: lies.composed(ell_h=0.95), lies.levels(), "inner Jacobian"),
    ("ell_F", lambda: lies.composed(ell_F=0.9), lies.levels(), "outer gradient"),
    ("L_F", lambda: lies.composed(L_F=0.95), lies.levels(), "outer smooth"),
    ("sigma_h2", lies.composed, lies.levels((1.05, 1, 1)), "inner map"),
    ("sigma_J2", lies.composed, lies.levels((1, 1.05, 1)), "inner Jacobian error"),
    ("sigma_F2", lies.composed, lies.levels((1, 1, 1.05)), "outer noise"),
    ("a mean", lies.composed, lies.levels(shift=0.05), "zero mean"),
]


@pytest.mark.parametrize(("lie", "make", "oracle", "name"), LEVELS, ids=[c[0] for c in LEVELS])
def test_lies_of_levels_are_found(lie: str, make: Any, oracle: Oracle, name: str) -> None:
    assert name in found(make(), oracle)


@pytest.mark.parametrize("name", ["L_phi", "ell_phi", "rho_phi"])
def test_lies_of_tasks_are_found(name: str) -> None:
    from numerics import MamlOracle

    problem = make_problem("maml")
    problem.constants[name] *= 0.9
    assert "tasks" in found(problem, MamlOracle(2, 0.1, sigma_g2=0.1, sigma_H2=0.1))


HONEST: list[tuple[str, Problem, Oracle, bool]] = [
    ("heavy tails", PLAIN, lies.noisy(lies.student(3.0)), False),
    ("very heavy tails", PLAIN, lies.noisy(lies.student(2.2)), False),
    ("rare", PLAIN, lies.noisy(lies.rare(1 / 100, 1.0)), False),
    ("very rare", PLAIN, lies.noisy(lies.rare(1e-4, 1.0)), False),
    ("all or nothing", APART, WorkerOracle(compressor=AllOrNothing(9999.0)), False),
    ("no noise but rounding", PLAIN, Synthetic("none", "rademacher", sigma2=1e-14), False),
    ("exact equality", PLAIN, Synthetic("fixed", "rademacher", 0.2, 0.1, 0.3, 0.4), False),
    ("passes", SUMMED, ShuffledComponents(), False),
    ("a pass as a step", SUMMED, ShuffledPass(0.1), False),
    ("samples", SUMMED, MiniBatch(3), True),
    ("workers' samples", make_problem("sharded-glm"), WorkerSamples(batch=2), True),
    ("one component in all", make_problem("glm", loss="logistic", samples=2, dimension=1),
     MiniBatch(1), True),
    ("scaled", APART, WorkerOracle(compressor=Scaled(Sparsifier(0.2))), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("law", "problem", "oracle", "samples"), HONEST, ids=[c[0] for c in HONEST]
)
def test_what_is_true_is_not_refused(
    law: str, problem: Problem, oracle: Oracle, samples: bool
) -> None:
    for seed in range(4):
        assert found(problem, oracle, seed, samples=samples) == set()


def test_a_mean_that_cannot_be_judged_is_not_passed_over() -> None:
    """One draw in 10^5 is too rare for the draws of an audit; where one comes, it is told."""
    oracle = lies.noisy(lies.rare(1e-5, 245**0.5))
    for seed in range(20):
        answers = [f for f in findings(PLAIN, oracle, seed) if f.assumption == "noise"]
        (one,) = answers
        if one.worst > 2:
            assert not one.ok or (not one.audited and "times that was measured" in one.stated)
            return
    pytest.fail("none of the rare draws came")


def test_a_long_delay_is_said_not_to_be_audited() -> None:
    oracle = Messages(compressor=RandK(2), tau=10**6, pattern="constant")
    told = {f.assumption: f for f in findings(APART, oracle)}
    assert not told["delays"].audited and told["delays"].constants == ("tau",)
