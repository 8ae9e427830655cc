"""Verdicts are true where samples mislead: rare events, heavy tails, means known exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from boundcalc.cli.app import app
from boundcalc.registry import catalogue
from boundcalc.verify import Sweep, sweep, verify, verify_horizons
from boundcalc.verify.confidence import simultaneous_limits
from boundcalc.verify.evidence import evidence, unseen_tail
from boundcalc.verify.results import Checkpoint
from numerics import (
    GAP,
    SGD,
    SIGN_MOMENTUM,
    SIGN_SGD,
    MiniBatch,
    Result,
    Synthetic,
    WorkerOracle,
    make_problem,
    simulate,
)
from numerics.compressors import AllOrNothing, Dithering, RandK, Scaled, Sparsifier
from theorems.sgd import c, sgd_pl

N = 400
LEVEL = 0.9
TAIL = (1 - LEVEL) / 2


def sample(values: Any) -> Result:
    """The result of a run with these ``values`` (checkpoints, trials)."""
    values = np.asarray(values, dtype=float)
    checkpoints, trials = values.shape
    return Result(
        checkpoints=np.arange(1, checkpoints + 1), mean=values.mean(axis=1),
        variance=values.var(axis=1, ddof=1), minimum=values.min(axis=1),
        maximum=values.max(axis=1), count=np.full(checkpoints, trials),
        diverged=np.zeros(checkpoints, dtype=np.int64), trials=trials, seed=0,
    )  # fmt: skip


def single_limits(values: Any, level: float = LEVEL) -> tuple[Any, Any]:
    """The limits of many independent runs (runs, trials), each with one checkpoint."""
    values = np.asarray(values)
    # Each has the tail that it would have alone.
    return simultaneous_limits(sample(values), 1 - (1 - level) * len(values), random=True)


def bernoulli(p: float, low: float, high: float) -> Any:
    return lambda rng, size: np.where(rng.random(size) < p, high, low), p * high + (1 - p) * low


LAWS: dict[str, tuple[Any, float]] = {
    "mostly zero": bernoulli(1 / N, 0.0, 1.0),
    "rarely smaller": bernoulli(1 - 3 / N, 0.0, 1.0),
    "seldom smaller": bernoulli(1 - 12 / N, 0.0, 1.0),
    "rarely larger": bernoulli(2 / N, 1.0, N),
    "half": bernoulli(0.5, 0.0, 1.0),
    "exponential": (lambda rng, size: rng.exponential(size=size), 1.0),
    "squared normal": (lambda rng, size: rng.standard_normal(size) ** 2, 1.0),
    "lognormal": (lambda rng, size: np.exp(2 * rng.standard_normal(size)), math.exp(2)),
    "infinite variance": (lambda rng, size: rng.random(size) ** (-1 / 1.5), 3.0),
}


@pytest.mark.parametrize("law", LAWS)
def test_the_lower_limit_holds_for_every_law(law: str) -> None:
    draw, mean = LAWS[law]
    runs = 4000
    lower, _ = single_limits(draw(np.random.default_rng(1), (runs, N)))
    assert (lower > mean).sum() <= TAIL * runs


def test_the_lower_limit_is_a_bet_that_is_won() -> None:
    # By its definition: at the limit the proved part of some stake's wealth is 1/(tail w), so
    # that the wealth itself, computed from the trials, is no smaller.
    from boundcalc.verify.confidence import _stakes

    values = np.random.default_rng(2).exponential(size=(1, N))
    (lower,), _ = simultaneous_limits(sample(values), LEVEL, random=True)
    stakes = _stakes(N, TAIL)
    assert math.fsum(weight for _, weight in stakes) <= 1
    proved = [
        s * (values / lower - 1).sum() + (math.log1p(-s) + s) * ((values / lower - 1) ** 2).sum()
        - math.log(1 / (TAIL * w))
        for s, w in stakes
    ]  # fmt: skip
    assert max(proved) == pytest.approx(0, abs=1e-9)
    wealth = sum(w * math.exp(np.log1p(s * (values / lower - 1)).sum()) for s, w in stakes)
    assert wealth >= 1 / TAIL


@pytest.mark.parametrize("law", ["exponential", "squared normal", "half"])
def test_the_lower_limit_is_nearly_as_near_as_students(law: str) -> None:
    from scipy.special import stdtrit

    draw, _ = LAWS[law]
    values = draw(np.random.default_rng(3), (1, 2000))
    (lower,), _ = simultaneous_limits(sample(values), 0.999, random=True)
    student = stdtrit(1999, 1 - 0.0005) * values.std(ddof=1) / 2000**0.5
    assert student < values.mean() - lower < 1.45 * student


@pytest.mark.parametrize("trials", [10, 100, 2000])
def test_trials_that_agree_are_no_certainty(trials: int) -> None:
    (lower,), (upper,) = simultaneous_limits(sample(np.full((1, trials), 3.0)), 0.99, random=True)
    # An event of this probability is missed by all of them with the tail's.
    assert lower <= 3 * 0.005 ** (1 / trials)
    assert upper == math.inf
    if trials == 2000:
        assert lower > 0.99 * 3


def test_rounding_is_no_evidence_of_having_drawn() -> None:
    values = 3 + 1e-14 * np.random.default_rng(0).random((1, 500))
    _, (upper,) = simultaneous_limits(sample(values), 0.99, random=True)
    assert upper == math.inf


def test_a_mean_that_few_trials_carry_has_no_upper_limit() -> None:
    rng = np.random.default_rng(4)
    light, heavy = rng.exponential(size=1000), np.exp(3 * rng.standard_normal(1000))
    found = evidence(sample([light, heavy]), np.full(2, np.nan), 0.99, random=True)
    assert np.isfinite(found.upper[0]) and found.upper[1] == math.inf
    assert found.carried[0] < 0.01 and found.carried[1] > 0.05
    assert found.verdict(np.array([2.0, 1e9]), np.zeros(2)) == "inconclusive"
    needed = found.trials_needed(np.array([2.0, 1e9]), np.zeros(2))
    assert needed is not None and needed >= 1000 * found.carried[1] / 0.05 * 0.99
    points = [Checkpoint(1, m, a, b, 9.0, e, c) for m, a, b, e, c in found.columns()]
    assert unseen_tail(points[0], 1000) is None
    why = unseen_tail(points[1], 1000)
    assert why is not None and "one of 1000 trials carries" in why


def test_an_exact_mean_decides_against_the_limits() -> None:
    result = sample(np.random.default_rng(5).exponential(size=(1, 1000)))
    known = evidence(result, np.array([7.0]), 0.99, random=True)
    assert known.verdict(np.array([6.9]), np.zeros(1)) == "violated"
    assert known.verdict(np.array([7.0]), np.zeros(1)) == "holds"
    assert known.expected[0] == 7.0 and known.upper[0] < 2


def test_what_is_not_drawn_yet_is_known() -> None:
    oracle = Synthetic(noise_law="gaussian", sigma2=1.0)
    problem = make_problem("quadratic", dimension=3)
    found = simulate(
        problem, oracle, SGD, {"gamma": 0.1}, metric=GAP, iterations=4, trials=50, seed=0
    )
    assert found.drawn.tolist() == [k > 0 for k in found.checkpoints]
    lower, upper = simultaneous_limits(found, 0.99, random=True)
    assert lower[0] == upper[0] == found.mean[0]


@pytest.mark.parametrize(
    "oracle",
    [
        WorkerOracle(compressor=RandK(4)),
        WorkerOracle(compressor=Sparsifier(1.0)),
        WorkerOracle(compressor=AllOrNothing(0.0)),
        WorkerOracle(compressor=Scaled(RandK(4))),
        WorkerOracle(compressor=Dithering(1), workers=1),
    ],
)
def test_compressors_that_send_everything_do_not_vary(oracle: WorkerOracle) -> None:
    dithers = isinstance(oracle.compressor, Dithering)
    problem = make_problem("quadratic", dimension=1 if dithers else 4)
    assert oracle.random and not oracle.varies(problem)
    found = simulate(
        problem, oracle, SGD, {"gamma": 0.1}, metric=GAP, iterations=9, trials=50, seed=0
    )
    assert (found.variance == 0).all() and found.trials == 50 and not found.drawn.any()


def test_whole_batches_do_not_vary() -> None:
    problem = make_problem("glm", samples=12, dimension=3)
    assert not MiniBatch(12).varies(problem) and MiniBatch(12, replace=True).varies(problem)
    assert MiniBatch(11).varies(problem)


@pytest.mark.parametrize("method", [SIGN_SGD, SIGN_MOMENTUM], ids=lambda m: m.name)
def test_no_run_of_a_sign_method_is_above_its_ceiling(method: Any) -> None:
    # Noise beyond all measure: every sign is a coin.
    from numerics import GRADIENT_1NORM, GRADIENT_NORM, SQUARED_GRADIENT

    problem = make_problem("quadratic", dimension=3, mu=0.5, start=0.1)
    oracle = Synthetic(noise_law="gaussian", sigma2=1e6)
    p = {"gamma": 0.3} | ({"beta": 0.5} if method is SIGN_MOMENTUM else {})
    for metric in (GAP, GRADIENT_1NORM, GRADIENT_NORM, SQUARED_GRADIENT):
        found = simulate(
            problem, oracle, method, p, metric=metric, iterations=6, trials=3000, seed=0
        )
        assert (found.maximum <= found.ceiling * (1 + 1e-12)).all()
        # Within a small factor of what happens, for it is no use otherwise.
        assert (found.ceiling <= 8 * found.maximum).all()


def test_agreeing_signs_have_an_upper_limit_by_their_ceiling() -> None:
    problem = make_problem("quadratic", dimension=3, mu=0.5)
    oracle = Synthetic(noise_law="gaussian", sigma2=1e-12)
    found = simulate(
        problem, oracle, SIGN_SGD, {"gamma": 0.01}, metric=GAP, iterations=9, trials=500, seed=0
    )
    assert (found.variance == 0).all()
    _, upper = simultaneous_limits(found, 0.99, random=True)
    tail = 0.01 / (2 * len(upper))
    unseen = 1 - tail ** (1 / 500)
    expected = found.mean + unseen * (found.ceiling - found.mean)
    assert upper[1:] == pytest.approx(expected[1:], rel=1e-12)


# -- whole verdicts ---------------------------------------------------------------------------

EQUAL = {"problem": "quadratic", "options": {"dimension": 4, "spectrum": "equal"}}
RARE = {"omega": 10_000, "n": 1}


def test_a_rare_event_that_no_trial_drew_violates_nothing() -> None:
    found = verify(catalogue()["dcgd-strongly-convex"], values=RARE, **EQUAL)  # type: ignore[arg-type]
    assert found.verdict == "holds" and found.trials == 2000
    assert all(point.exact is not None for point in found.checkpoints)
    early = found.checkpoints[1]
    # The trials agree on what is above the bound; their lower limit knows better.
    assert early.mean > early.bound > early.lower


@pytest.mark.parametrize("seed", range(6))
def test_without_the_exact_mean_it_is_inconclusive(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = lambda prepared, checkpoints: np.full(len(checkpoints), np.nan)  # noqa: E731
    monkeypatch.setattr(import_module("boundcalc.verify.run"), "expectation", unknown)
    found = verify(
        catalogue()["dcgd-strongly-convex"], values=RARE, iterations=100, seed=seed, **EQUAL  # type: ignore[arg-type]
    )  # fmt: skip
    assert found.verdict == "inconclusive"
    assert "the rarest of what the method draws" in found.summary
    assert found.checkpoints[1].lower < found.checkpoints[1].bound


def test_relative_noise_shows_the_exact_mean() -> None:
    found = verify(
        catalogue()["sgd-pl"], bias="none", noise="multiplicative", values={"M": 5, "sigma2": 0},
        **EQUAL,  # type: ignore[arg-type]
    )  # fmt: skip
    last = found.checkpoints[-1]
    assert last.k == 300 and last.exact == pytest.approx(2 * (5 / 6) ** 250 * (5 / 6) ** 50)
    assert last.exact == pytest.approx(last.bound, rel=1e-6)
    assert last.mean < 1e-3 * last.exact and last.upper == math.inf
    assert found.verdict == "holds" and "exact mean" in found.summary
    assert found.tightness_last == pytest.approx(1, rel=1e-6)
    assert found.to_json()["checkpoints"][-1]["exact"] == last.exact


wrong = replace(
    sgd_pl, name="wrong-pl",
    forms=[replace(f, formulas={**f.formulas, c: 2 * f.formulas[c]}) for f in sgd_pl.forms],
)  # fmt: skip
WRONG: dict[str, Any] = {
    "problem": "quadratic", "options": {"dimension": 1}, "noise": "multiplicative", "bias": "none",
    "values": {"L": 1, "mu": 1, "B": 0, "C": 0, "M": 2.9, "sigma2": 0}, "iterations": 300,
    "trials": 500, "check_proof": False,
}  # fmt: skip


def wrong_sweep(**more: Any) -> Sweep:
    return sweep(wrong, ["gamma=0.45,0.5"], **(WRONG | more))


def test_a_false_bound_that_no_trial_shows_is_violated() -> None:
    found = wrong_sweep()
    assert found.verdict == "violated"
    for cell in found.cells:
        assert cell.mean < cell.bound < (cell.exact or 0)
        gamma = cell.at["gamma"]
        assert cell.exact == pytest.approx(0.5 * (1 - 2 * gamma + 3.9 * gamma**2) ** 300)
    assert found.columns()["exact"] == [cell.exact for cell in found.cells]


def test_without_the_exact_mean_it_is_not_said_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = lambda *args: np.array([np.nan])  # noqa: E731
    monkeypatch.setattr(import_module("boundcalc.verify.sweeping"), "known_mean", unknown)
    found = wrong_sweep()
    assert found.verdict == "inconclusive"
    assert found.unseen is not None and "carries" in found.unseen[1]


def test_horizons_know_the_exact_mean() -> None:
    found = verify_horizons(
        catalogue()["sgd-nonconvex"], [4, 16, 64], problem="quadratic", bias="none",
        options={"dimension": 2}, values={"B": 0, "C": 0, "M": 0.1, "sigma2": 0.1}, trials=200,
    )  # fmt: skip
    assert found.verdict == "holds" and "exact mean" in found.summary
    for one in found.rungs:
        assert one.exact is not None and one.lower < one.exact < one.upper
    assert found.to_json()["horizons"][0]["exact"] == found.rungs[0].exact


def test_all_runs_of_a_command_share_one_level(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [catalogue()["sgd-pl"], catalogue()["sgdm-pl"]]
    monkeypatch.setattr(
        import_module("boundcalc.cli.commands.verify"),
        "choose",
        lambda names, every, module: list(two),
    )
    command = ["verify", "--all", "--problem", "quadratic", "--iterations", "20", "--trials", "50"]
    answer = CliRunner().invoke(app, [*command, "--seed", "3"])
    assert answer.stdout.count("99.5% limits") == 2
    assert answer.stdout.count("50 trials, seed 3") == 2
    assert "of these 2 runs hold together with a probability of at least 99%" in answer.stdout
