"""The examples run, and say what their numbers say."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import boundcalc
from boundcalc.solve.program import Program

EXAMPLES = Path(__file__).parents[1] / "examples"
INTERVAL = re.compile(r"(\S+)x \(95%: (\S+) to (\S+)\)")


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("digits")
    tiny = "--seeds 3 --tuning-seeds 1 --iterations 20 --betas 0.3 --workers 4 --batch 4 --k 40"
    answer = run("digits.py", "--out", str(folder), *tiny.split())
    assert answer.returncode == 0, answer.stderr
    assert (folder / "digits.png").read_bytes().startswith(b"\x89PNG")
    return json.loads((folder / "digits.json").read_text(encoding="utf-8")), answer.stdout


def word(interval: list[float], lower: str, higher: str) -> str:
    if interval[2] < 1:
        return lower
    return higher if interval[1] > 1 else f"neither {lower} nor {higher}"


def test_the_sentences_agree_with_the_numbers(digits: tuple[dict[str, Any], str]) -> None:
    document, printed = digits
    for found in document["kinds"].values():
        assert all(sentence in printed for sentence in found["sentences"])
        momentum = [row for row in found["runs"] if row["beta"] != 1]
        assert len(momentum) == 3
        for row, sentence in zip(momentum, found["sentences"], strict=False):
            speed, end = sentence.split("; ")
            assert word(row["end_ratio"], "lower", "higher") in end
            shown = INTERVAL.search(end)
            assert shown
            assert [float(v) for v in shown.groups()] == pytest.approx(row["end_ratio"], abs=1e-4)
            if row["reached_ratio"] is None:
                assert "does not reach" in speed
            else:
                assert word(row["reached_ratio"], "faster", "slower") in speed


def test_the_step_is_the_one_that_did_best_in_tuning(digits: tuple[dict[str, Any], str]) -> None:
    for found in digits[0]["kinds"].values():
        tuned = [row for row in found["runs"] if row["tuned"]]
        for row, ends in zip(tuned, found["tuning"], strict=True):
            assert row["gamma"] == found["grid"][ends.index(min(ends))]


def test_wrong_input_is_refused_in_one_line(tmp_path: Path) -> None:
    answer = run("digits.py", "--betas", "1.5", "--out", str(tmp_path))
    assert answer.returncode == 2
    assert "--betas must lie between 0 and 1" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_map_counts_its_own_cells(tmp_path: Path) -> None:
    tiny = "--betas 2 --ratios 2 --horizons 100 --jobs 1"
    answer = run("momentum_map.py", "--out", str(tmp_path), *tiny.split())
    assert answer.returncode == 0, answer.stderr
    document = json.loads((tmp_path / "momentum_map.json").read_text(encoding="utf-8"))
    for family, ratios in document["ratios"].items():
        first, one = np.array(ratios)[0]
        assert one == pytest.approx([1, 1])
        lower = int((first < 1 - 5e-3).sum())
        assert f"{family}, best step, K = 100: momentum's bound is lower in {lower} of 2" in (
            answer.stdout
        )


def test_the_readable_bound_of_momentum_is_nowhere_lower() -> None:
    """What the map's docstring proves, at random numbers."""
    rng, size = np.random.default_rng(0), 20_000
    values: dict[str, Any] = {"L": rng.uniform(0.5, 2, size), "Delta": 1.0, "E0": 0.0}
    for name in ("C", "sigma2", "M", "B"):
        values[name] = rng.exponential(1 / 3, size) * rng.integers(0, 2, size)
    values["beta"], values["theta"] = rng.uniform(0.01, 1, (2, size))
    values["gamma"] = values["beta"] * rng.uniform(0, 1, size) / values["L"]
    bounds = []
    for name in ("sgdm-nonconvex", "sgd-nonconvex"):
        theorem = boundcalc.theorem(name)
        bounds.append(Program(theorem.declaration, theorem.form("readable")).bound(values, 100))
    admitted = np.isfinite(bounds[0])
    assert admitted.sum() > size / 10
    assert (bounds[0][admitted] >= bounds[1][admitted]).all()


def test_the_quick_search_finds_the_best_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import best_bound

    given = {"L": 1, "B": 0, "M": 0, "C": 0.01, "sigma2": 0.09, "Delta": 1, "beta": 0.5, "E0": 0}
    proved = boundcalc.theorem("sgdm-nonconvex").step_size(horizon=1000, **given).bound
    assert proved is not None
    assert best_bound.best_bound("sgdm-nonconvex", given, 1000) == pytest.approx(
        proved.value, rel=5e-3
    )


@pytest.fixture
def problem(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import digits_problem

    return digits_problem


def test_the_gradient_is_that_of_the_objective(problem: Any) -> None:
    digits = problem.load(5, 0.5, 0.01)
    x, direction = np.random.default_rng(0).standard_normal((2, 3, digits.dimension)) / 10
    step = 1e-5
    change = digits.objective(x + step * direction)[0] - digits.objective(x - step * direction)[0]
    slope = (digits.objective(x)[1] * direction).sum(axis=-1)
    assert change / (2 * step) == pytest.approx(slope, rel=1e-6)


def test_whole_batches_sent_in_full_give_the_gradient(problem: Any) -> None:
    digits = problem.load(5, 1.0, 0.01)
    x = np.random.default_rng(1).standard_normal((2, 1, digits.dimension))
    batch = digits.train[None], digits.labels[None]
    for compress in (problem.top_k(digits.dimension), problem.clip(1e6)):
        estimate = digits.estimate(x, batch, compress)
        assert estimate == pytest.approx(digits.objective(x)[1], abs=1e-12)


def test_workers_share_the_data_and_skew_parts_the_classes(problem: Any) -> None:
    skewed, mixed = (problem.load(10, skew, 0.01) for skew in (1.0, 0.0))
    shares = [digits.labels.mean(axis=1).max(axis=1).mean() for digits in (skewed, mixed)]
    assert shares[0] > 0.8 > 0.3 > shares[1]
    assert skewed.labels.sum(axis=(0, 1)) == pytest.approx(mixed.labels.sum(axis=(0, 1)))


def test_clipping_is_the_projection_onto_a_ball(problem: Any) -> None:
    v = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    assert problem.clip(1.0)(v) == pytest.approx(np.array([[0.6, 0.8], [0.3, 0.4], [0, 0]]))


def test_error_of_the_estimate_is_exact_where_it_is_known(
    problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estimate that is always 0 has the gradient as its bias, and no variance."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import digits_training

    digits = problem.load(4, 0.5, 0.01)
    x = np.zeros((1, 2, digits.dimension))
    bias, variance = digits_training.error_of_estimate(
        digits, x, np.zeros_like, batch=2, draws=3, stream=0
    )
    assert bias == pytest.approx((digits.objective(x)[1] ** 2).sum(axis=-1))
    assert variance == pytest.approx(0.0)
    assert math.isclose(bias[0, 0], bias[0, 1])


@pytest.fixture
def pays(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import variance_reduction

    return variance_reduction


def test_variance_reduction_pays_where_the_leading_terms_meet(pays: Any) -> None:
    """At N = 3^12/2^7 (L_avg/L)^4 L Delta/sigma^2, and there at 8/27 sqrt(d) sigma L/L_avg."""
    question, _ = pays.questions(2, 2)
    noise, rough = 0.1, 4.0
    own, other = (
        np.array(pays.bounds(pays.task(name, question.constants(name, noise, rough))))
        for name in ("ssvr", "signsgd")
    )
    calls, bound = pays.crossover(own, other)
    assert calls == pytest.approx(3**12 / 2**7 * rough**4 / noise**2, rel=0.02)
    assert bound == pytest.approx(8 / 27 * 10 * noise / rough, rel=0.02)
    N = np.array(pays.NODES[-4:])
    assert own[-4:] == pytest.approx(30 * np.cbrt(4 * rough * noise / N), rel=2e-3)
    assert other[-4:] == pytest.approx(20 * (2 * noise**2 / N) ** 0.25, rel=2e-3)
    leading = question.leading(noise, rough) / N**question.power
    assert own[-4:] / other[-4:] == pytest.approx(leading, rel=4e-3)


@pytest.mark.parametrize(("x", "y"), [(1.0, 1.0), (30.0, 5.0)])
def test_votes_have_the_bounds_of_the_leading_terms(pays: Any, x: float, y: float) -> None:
    """With one radius never less than sqrt(2) times the plain bound, which is known exactly."""
    _, question = pays.questions(2, 2)
    own, plain = (
        np.array(pays.bounds(pays.task(name, question.constants(name, x, y))))
        for name in ("ssvr-majority-randomised", "sto-signsgd-randomised")
    )
    N = np.array(pays.NODES)
    assert plain == pytest.approx(x * np.sqrt(2 / N), rel=1e-9)
    assert (own >= 2 / np.sqrt(N)).all()
    # The least over q of the bound with W = 2 L_avg h sigma, sigma = sqrt(d) R_s/4.
    q = np.linspace(1e-3, 1, 100_000)
    least = (np.sqrt(1 + x * y / (2 * q)) / (1 - q / 2)).min()
    # A search may stop above the best, by about what counts as a bump; never below it.
    sharpness = own[-4:] / (2 * least / np.sqrt(N[-4:]))
    assert sharpness.min() == pytest.approx(1, rel=1e-4)
    assert sharpness.max() < 1 + 2 * pays.BUMP
    assert question.leading(x, y) == pytest.approx(np.sqrt(2) * least / x, rel=1e-6)


def test_votes_pay_where_the_leading_terms_are_equal(pays: Any) -> None:
    """On a line with a parameter, from x = sqrt(2) to x = 27/2 s y, with s = 1/4."""
    _, question = pays.questions(2, 2)
    q = np.linspace(0.01, 2 / 3, 200, endpoint=False)
    x = np.sqrt(8 / ((2 - q) * (2 - 3 * q)))
    y = 4 * q**2 / ((2 - 3 * q) * x)
    assert question.leading(x, y) == pytest.approx(np.ones(200))
    assert question.leading(1.01 * x, y).max() < 1 < question.leading(0.99 * x, y).min()
    assert question.leading(27 / 8 * 1e6, 1e6) == pytest.approx(1, rel=1e-5)


def test_a_bound_above_the_power_through_its_neighbours_is_searched_again(pays: Any) -> None:
    power = np.geomspace(1, 1e-4, 9)
    assert pays.bumps(power) == []
    power[[3, 6, 7]] *= 1.1
    assert pays.bumps(power) == [3, 6, 7]
    assert pays.bumps(np.array([math.inf, math.inf, 1, 0.5])) == []


@pytest.mark.slow
def test_the_map_of_variance_reduction_counts_its_own_cells(tmp_path: Path) -> None:
    tiny = "--columns 2 --rows 2 --horizons 10000 --jobs 1"
    answer = run("variance_reduction.py", "--out", str(tmp_path), *tiny.split())
    assert answer.returncode == 0, answer.stderr
    document = json.loads((tmp_path / "variance_reduction.json").read_text(encoding="utf-8"))
    at = document["calls"].index(10_000)
    for question, theorem in (("samples", "ssvr"), ("votes", "ssvr-majority-randomised")):
        found = document["questions"][question]
        least = np.min([*found["rivals"].values()], axis=0)
        below = int((np.array(found["bounds"]) < least)[..., at].sum())
        assert f"N = 1e+04: the bound of {theorem} is below the others' in {below} of 4 cells" in (
            answer.stdout
        )
    # Of the corners of the map of votes only that with large and smooth samples.
    crossed = document["questions"]["votes"]["crossovers"]
    assert [[calls is not None for calls in row] for row in crossed] == [
        [False, True], [False, False]
    ]  # fmt: skip
    assert "it pays in 1 of 4 cells, in 1 of them it does by 1e+12" in answer.stdout
    assert (tmp_path / "variance_reduction.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_sparse_text_gains_by_what_workers_share(tmp_path: Path) -> None:
    tiny = "--workers 14 --rows 3 --parts 0.5 0.2"
    answer = run("sparse_text.py", "--out", str(tmp_path), *tiny.split())
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "sparse_text.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads((tmp_path / "sparse_text.json").read_text(encoding="utf-8"))
    n, s = len(found["modules"]), found["s"]
    assert 1 < s <= found["conflicts"] <= n
    dense, graph, sparse = (found["steps"][name] for name in found["steps"])
    assert all(a <= b <= c for a, b, c in zip(dense, graph, sparse, strict=True))
    # n/s without delays; with them its root or more.
    assert sparse[0] / dense[0] == pytest.approx(n / s, rel=1e-6)
    for large, small in zip(sparse, dense, strict=True):
        assert (n / s) ** 0.5 * (1 - 1e-6) <= large / small <= n / s * (1 + 1e-6)
    for answers in found["bits"].values():
        needed = [a["bits_per_worker"] for a in answers.values()]
        assert needed == sorted(needed)
