"""Problems of several workers: their gradients, and how far these are apart."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics import Distributed, InputError, make_problem, problem_from_data
from numerics.backend import Array
from numerics.problems import ShardedLinear, ShiftedQuadratics
from numerics.problems.shards import shards

SHIFTED: dict[str, dict[str, Any]] = {
    "plain": {"dimension": 6},
    "pairs left over": {"dimension": 5, "workers": 11, "shift": 20.0, "spread": 0.1},
    "singular": {"spectrum": [0, 0.5, 2], "workers": 4, "spread": 0.9},
    "one": {"dimension": 3, "workers": 1, "spread": 0},
    "same scales": {"dimension": 3, "workers": 3, "spread": 0},
    "same centres": {"dimension": 3, "shift": 0},
}
SHARDED: dict[str, dict[str, Any]] = {
    "squared": {"loss": "squared"},
    "squared-order": {"loss": "squared", "split": "order", "samples": 403},
    "squared-fitted": {"loss": "squared", "noise": 0.0, "workers": 4, "split": "dirichlet"},
    "squared-l2": {"loss": "squared", "l2": 0.2, "workers": 5},
    "squared-wide": {"loss": "squared", "samples": 15, "workers": 3},
    "squared-wide-l2": {"loss": "squared", "samples": 15, "workers": 3, "l2": 0.1},
    "logistic": {"loss": "logistic"},
    "logistic-l2": {"loss": "logistic", "l2": 0.3},
    "logcosh": {"loss": "logcosh", "split": "dirichlet"},
    "geman": {"loss": "geman-mcclure", "workers": 200},
}
CASES = {
    **{k: ("shifted-quadratics", o) for k, o in SHIFTED.items()},
    **{k: ("sharded-glm", o) for k, o in SHARDED.items()},
}


def made(case: str) -> Distributed:
    problem = make_problem(CASES[case][0], **CASES[case][1])
    assert isinstance(problem, Distributed)
    return problem


def points(problem: Distributed, seed: int = 0) -> Array:
    """Near the minimiser where it is known, near 0 and far away."""
    rng = np.random.default_rng(seed)
    centre = problem.best if isinstance(problem, ShardedLinear) else 0.0
    sizes = np.repeat([0.0, 1e-6, 1e-2, 1.0, 30.0, 1e4], 20)[:, None]
    return centre + sizes * rng.standard_normal((len(sizes), problem.dimension))


def measured(problem: Distributed, x: Array) -> tuple[Array, Array]:
    """Mean ||grad f_i - grad f||^2 and ||grad f||^2 at each row."""
    gradient = problem.gradient(x)
    away = problem.local_gradients(x) - gradient[:, None]
    return np.sum(away**2, axis=2).mean(axis=1), np.sum(gradient**2, axis=1)


@pytest.mark.parametrize("case", CASES)
def test_local_gradients_have_the_gradient_as_mean(case: str) -> None:
    problem = made(case)
    x = points(problem)
    local = problem.local_gradients(x)
    assert local.shape == (len(x), problem.workers, problem.dimension)
    scale = np.abs(local).max(axis=(1, 2))[:, None]
    assert (np.abs(local.mean(axis=1) - problem.gradient(x)) <= 1e-13 * scale).all()
    out = np.empty_like(local)
    assert problem.local_gradients(x, out) is out and np.array_equal(out, local)


@pytest.mark.parametrize("case", SHIFTED)
def test_shifted_quadratics_are_what_they_say(case: str) -> None:
    p = made(case)
    assert isinstance(p, ShiftedQuadratics)
    s, c, lam = ([Fraction(v) for v in a.ravel()] for a in (p.scales, p.centres, p.spectrum))
    n, d = p.workers, p.dimension
    rows = [c[i * d : (i + 1) * d] for i in range(n)]
    # What the class asks of its data holds exactly, in rational numbers.
    assert sum(s) == n
    for power in (1, 2):
        assert all(sum(s[i] ** power * rows[i][j] for i in range(n)) == 0 for j in range(d))
    energy = sum(s[i] * lam[j] * rows[i][j] ** 2 for i in range(n) for j in range(d)) / (2 * n)
    assert p.f_inf <= energy <= p.f_star
    x = points(p)
    away = x[:, None] - p.centres
    assert np.allclose(p.local_gradients(x), p.scales[:, None] * away * p.spectrum, rtol=1e-12)
    each = np.einsum("tij,j,tij->ti", away, p.spectrum, away) * p.scales / 2
    assert np.allclose(p.value(x), each.mean(axis=1), rtol=1e-12)
    # The two constants exceed their exact values by rounding only.
    B_h = sum((a - 1) ** 2 for a in s) / n
    delta2 = sum((s[i] * lam[j] * rows[i][j]) ** 2 for i in range(n) for j in range(d)) / n
    for stated, exact in zip(p.dissimilarity(), (B_h, delta2), strict=True):
        assert exact <= Fraction(stated) <= exact * Fraction(1 + 1e-12)


@pytest.mark.parametrize("case", SHIFTED)
def test_shifted_quadratics_meet_their_dissimilarity_with_equality(case: str) -> None:
    problem = made(case)
    spread, square = measured(problem, points(problem))
    B_h, delta2 = problem.dissimilarity()
    assert np.allclose(spread, B_h * square + delta2, rtol=1e-11, atol=1e-30)


def test_options_of_shifted_quadratics() -> None:
    p = make_problem("shifted-quadratics", dimension=4, workers=8, shift=3, spread=0.25)
    assert isinstance(p, ShiftedQuadratics)
    assert np.allclose(np.linalg.norm(p.centres, axis=1), 3)
    assert p.dissimilarity()[0] == pytest.approx(0.0625) and p.constants["L_max"] >= 1.25
    assert p.constants["L"] == 1.0 and p.constants["mu"] == 0.1
    other = make_problem("shifted-quadratics", dimension=4, workers=8, shift=3, spread=0.25, seed=1)
    assert not np.array_equal(p.centres, other.centres)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"workers": 0}, "workers must be an integer >= 1"),
        ({"workers": 3, "spread": 0.5}, "spread > 0 needs workers >= 4"),
        ({"spread": 1.0}, "spread must be < 1"),
        ({"shift": -1}, "shift must be >= 0"),
        ({"shifts": 1}, "did you mean shift"),
    ],
)
def test_wrong_options_of_shifted_quadratics(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_problem("shifted-quadratics", **options)


@pytest.mark.parametrize("case", SHARDED)
def test_shards_against_plain_sums(case: str) -> None:
    p = made(case)
    assert isinstance(p, ShardedLinear)
    x = points(p)[::9]
    size = p.components // p.workers
    for i in range(p.workers):
        rows = slice(i * size, (i + 1) * size)
        u = x @ p.features[rows].T - p.targets[rows]
        wanted = p.loss.slope(u) @ p.features[rows] / size + p.l2 * x
        assert np.allclose(p.local_gradients(x)[:, i], wanted, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("young", [0.01, 1.0, 20.0])
@pytest.mark.parametrize("case", SHARDED)
def test_dissimilarity_of_shards_is_certified(case: str, young: float) -> None:
    problem = made(case)
    B_h, delta2 = problem.dissimilarity(young)
    x = points(problem)
    spread, square = measured(problem, x)
    # Rounding errors of the gradients do not count where they are all there is.
    rounding = 1e-24 * np.sum(problem.local_gradients(x) ** 2, axis=2).max(axis=1)
    allowed = B_h * square + delta2
    assert (spread <= allowed * (1 + 1e-12) + rounding).all()
    if case not in ("squared-fitted", "squared-wide"):
        assert (spread / allowed).max() > 0.05


@pytest.mark.parametrize("case", ["squared", "squared-order", "squared-fitted", "squared-l2"])
def test_dissimilarity_of_the_squared_loss_is_nearly_the_best(case: str) -> None:
    p = made(case)
    assert isinstance(p, ShardedLinear)
    rows = p.features.reshape(p.workers, -1, p.dimension)
    hessians = np.einsum("nrj,nrk->njk", rows, rows) / rows.shape[1]
    mean = hessians.mean(axis=0)
    inverse = np.linalg.inv(mean + p.l2 * np.eye(p.dimension))
    gram = sum(((h - mean) @ inverse).T @ ((h - mean) @ inverse) for h in hessians) / p.workers
    best, vectors = np.linalg.eigh(gram)
    small = p.dissimilarity(1e-3)[0]
    assert best[-1] <= small <= 1.0011 * best[-1]
    # At the minimiser the absolute part alone counts, with the weight 1 + 1/young.
    at_best = measured(p, p.best[None])[0][0]
    assert 2 * at_best <= p.dissimilarity(1.0)[1] <= 2.001 * at_best + 1e-8
    # The worst direction of all, far out.
    x = p.best + 1e6 * (inverse @ vectors[:, -1])
    spread, square = measured(p, x[None])
    assert 0.999 * best[-1] <= spread[0] / square[0] <= small


@pytest.mark.parametrize("case", ["logistic", "logcosh", "geman"])
def test_bounded_slopes_bound_the_gradients(case: str) -> None:
    p = made(case)
    assert isinstance(p, ShardedLinear) and p.gradient_bound is not None
    x = points(p)
    size = p.components // p.workers
    rows = p.features.reshape(p.workers, size, -1)
    # Far along a worker's mean row its slopes are at their bound, if they have one sign.
    x = np.vstack([x, *(s * rows.mean(axis=1) for s in (-1e3, -1.0, 1.0, 1e3))])
    largest = np.linalg.norm(p.local_gradients(x), axis=2).max()
    assert 0.3 * p.gradient_bound < largest <= p.gradient_bound
    assert made("logistic-l2").gradient_bound is None and made("squared").gradient_bound is None
    assert made("plain").gradient_bound is None


def test_undecided_rank_has_no_dissimilarity() -> None:
    p = make_problem("sharded-glm", loss="squared", samples=24, dimension=20, workers=3)
    assert isinstance(p, ShardedLinear)
    rows = np.vstack([p.features[:12], p.features[:12] * 0.5])
    rows[:, 0] = rows[:, 1] + 1e-18
    flat = ShardedLinear(
        rows, p.targets, p.loss, 0.0, p.start, workers=3, name="flat", title="no rank"
    )
    if "mu" not in flat.constants:
        with pytest.raises(InputError, match="add an l2 term"):
            flat.dissimilarity()


# Sharing the rows.

RNG = np.random.default_rng


def test_order_and_label() -> None:
    target = np.array([3.0, 1, 2, 1, 3, 0, 9])
    assert shards(target, 3, "order", 1.0, RNG(0)).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert shards(target, 3, "label", 1.0, RNG(0)).tolist() == [[5, 1], [3, 2], [0, 4]]
    assert shards(target, 7, "label", 1.0, RNG(0)).shape == (7, 1)


@pytest.mark.parametrize("concentration", [1e-3, 0.5, 100.0])
@pytest.mark.parametrize("classes", [1, 2, 4, 1000])
def test_dirichlet_shares_every_kept_row_once(concentration: float, classes: int) -> None:
    target = RNG(1).integers(0, classes, 103).astype(float)
    rows = shards(target, 10, "dirichlet", concentration, RNG(2))
    assert rows.shape == (10, 10) and sorted(rows.ravel()) == list(range(100))
    assert np.array_equal(rows, shards(target, 10, "dirichlet", concentration, RNG(2)))
    assert not np.array_equal(rows, shards(target, 10, "dirichlet", concentration, RNG(3)))


def test_dirichlet_concentration_decides_how_skewed_the_labels_are() -> None:
    target = np.tile([0.0, 1.0], 2000)
    skew = [
        float(np.std(target[shards(target, 20, "dirichlet", c, RNG(0))].mean(axis=1)))
        for c in (0.01, 1.0, 1000.0)
    ]
    assert skew[0] > 0.4 > skew[1] > 0.1 > skew[2]


def test_the_function_does_not_depend_on_the_split() -> None:
    options: dict[str, Any] = {"loss": "squared", "samples": 203, "workers": 8}
    one, *others = (
        make_problem("sharded-glm", split=s, **options) for s in ("order", "label", "dirichlet")
    )
    assert isinstance(one, ShardedLinear) and "3 of 203 rows left over and dropped" in one.title
    x = points(one)
    for other in others:
        assert np.allclose(one.value(x), other.value(x), rtol=1e-12)
        assert np.allclose(one.gradient(x), other.gradient(x), rtol=1e-9, atol=1e-12)
    assert one.dissimilarity()[0] < others[0].dissimilarity()[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"workers": 300}, "workers must be <= the number of rows = 200, got 300"),
        ({"split": "labels"}, "did you mean label"),
        ({"concentration": 0}, "concentration must be > 0"),
        ({"workers": 1.5}, "workers must be an integer >= 1"),
    ],
)
def test_wrong_options_of_shards(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_problem("sharded-glm", **options)


def test_data_file_in_shards(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    table = RNG(0).standard_normal((23, 3))
    lines = ["a,b,y", *(",".join(map(repr, map(float, row))) for row in table)]
    path.write_text("\n".join(lines))
    whole = problem_from_data(path, standardise=False)
    p = problem_from_data(path, standardise=False, workers=4, split="label")
    assert isinstance(p, ShardedLinear) and p.workers == 4 and p.components == 20
    assert "3 of 23 rows left over and dropped" in p.title and p.name == "data"
    assert (np.diff(p.targets) >= 0).all()
    assert not isinstance(whole, ShardedLinear) and whole.components == 23
    with pytest.raises(InputError, match="workers must be <= the number of rows"):
        problem_from_data(path, workers=24)
