"""A grid as one run: each point is what the same point gives on its own."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from boundcalc.errors import UnprovedWarning, UsageError
from boundcalc.exact.evaluate import number
from boundcalc.exact.ranges import Range, read_ranges
from boundcalc.facade import TheoremHandle
from boundcalc.model.theorem import Theorem
from boundcalc.registry import catalogue
from boundcalc.verify import Sweep, sweep, verify

PL, NONCONVEX = catalogue()["sgdm-pl"], catalogue()["sgdm-nonconvex"]
DELAYED = catalogue()["delayed-dcgd-strongly-convex"]


def over(theorem: Theorem, *texts: str, **options: Any) -> Sweep:
    return sweep(
        theorem, read_ranges(texts, theorem.whole), **({"trials": 30, "iterations": 50} | options)
    )


@pytest.fixture(scope="module")
def constants() -> dict[str, float]:
    """Those of the example, without the parameters of the method."""
    known = verify(PL, trials=2, iterations=2).constants
    return {name: value for name, value in known.items() if name not in ("gamma", "beta")}


@pytest.fixture(scope="module")
def grid() -> Sweep:
    return over(PL, "gamma=1e-2:1e4:5log", "beta=0.3,1")


def test_the_last_axis_runs_fastest(grid: Sweep) -> None:
    gammas, betas = (axis.floats for axis in grid.axes)
    assert [(cell.at["gamma"], cell.at["beta"]) for cell in grid.cells] == [
        (gamma, beta) for gamma in gammas for beta in betas
    ]
    columns = grid.columns()
    assert {len(column) for column in columns.values()} == {10}
    assert columns["gamma"] == [cell.at["gamma"] for cell in grid.cells]


def test_bounds_are_those_of_the_calculator(grid: Sweep, constants: dict[str, float]) -> None:
    for cell in grid.cells:
        values = {**constants, **cell.at}
        if cell.admissible:
            alone = TheoremHandle(PL).bound(50, **values).value
            assert cell.bound == pytest.approx(alone, rel=1e-4)
        else:
            assert cell.bound == math.inf and math.isnan(cell.ratio)
            with pytest.raises(UsageError, match="is above the limit"):
                TheoremHandle(PL).bound(50, **values)


def test_admissible_up_to_the_largest_step(grid: Sweep, constants: dict[str, float]) -> None:
    assert set(grid.limits) == {0.3, 1.0}
    for beta, limit in grid.limits.items():
        step = TheoremHandle(PL).step_size(**constants, beta=beta)
        assert limit == pytest.approx(step.gamma_max_sharp, rel=1e-9)
        here = [cell for cell in grid.cells if cell.at["beta"] == beta]
        assert [cell.admissible for cell in here] == [cell.at["gamma"] <= limit for cell in here]
        assert {cell.admissible for cell in here} == {True, False}


def test_every_run_diverges_far_beyond(grid: Sweep) -> None:
    last = grid.cells[-1]
    assert last.at == {"gamma": 1e4, "beta": 1.0}
    assert last.diverged == 30 and last.mean == math.inf and not last.admissible
    assert grid.verdict == "holds" and grid.exit_status == 0
    assert grid.tightest is not None and 0.3 < grid.tightest.ratio <= 1


def test_without_noise_points_are_single_runs() -> None:
    found = over(NONCONVEX, "gamma=0.05,0.1", "beta=0.2,0.7", estimator="exact")
    for cell in found.cells:
        alone = verify(NONCONVEX, estimator="exact", iterations=50, values=cell.at)
        assert cell.mean == alone.checkpoints[-1].mean
        assert cell.lower == cell.upper == cell.mean


def test_random_points_agree_with_single_runs() -> None:
    found = over(PL, "gamma=0.05,0.15", "beta=0.3,1", trials=2000)
    for cell in found.cells:
        alone = verify(PL, values=cell.at, iterations=50, trials=2000, seed=7).checkpoints[-1]
        assert cell.lower < alone.upper and alone.lower < cell.upper


def test_constants_of_the_estimator_are_simulated() -> None:
    found = over(NONCONVEX, "sigma2=0.01:10:3log", trials=200, values={"gamma": 0.1})
    means, bounds = ([getattr(c, n) for c in found.cells] for n in ("mean", "bound"))
    assert means == sorted(means) and bounds == sorted(bounds) and means[-1] > 1.2 * means[0]


def test_delays_run_through_whole_numbers() -> None:
    found = over(DELAYED, "tau=0:3", "gamma=0.01,0.1")
    assert [cell.at["tau"] for cell in found.cells] == [0, 0, 1, 1, 2, 2, 3, 3]
    limits = list(found.limits.values())
    assert limits == sorted(limits, reverse=True) and len(limits) == 4
    assert found.estimator.endswith("delays up to 0; others along the grid")


def test_the_recommended_step_where_none_is_given(constants: dict[str, float]) -> None:
    found = over(PL, "beta=0.3,1")
    for cell in found.cells:
        assert cell.parameters["gamma"] == TheoremHandle(PL).step_size(**constants, **cell.at).gamma
    assert found.columns()["gamma"] == [cell.parameters["gamma"] for cell in found.cells]
    assert not found.limits


def test_a_free_parameter_of_the_proof() -> None:
    found = over(PL, "theta=0.2,0.5,0.9", values={"gamma": 0.1, "beta": 0.5})
    best = over(PL, "beta=0.5", values={"gamma": 0.1}).cells[0]
    assert all(cell.bound >= best.bound * (1 - 1e-9) for cell in found.cells)
    assert len({cell.bound for cell in found.cells}) == 3


def test_who_works_does_not_matter() -> None:
    found = [
        over(PL, "gamma=0.05,0.2", "sigma2=0.1,0.2", workers=workers).columns()
        for workers in (1, 2, "processes:2")
    ]
    assert found[0] == found[1] == found[2]
    assert over(PL, "gamma=0.05,0.2", "sigma2=0.1,0.2", seed=1).columns() != found[0]


def test_a_sweep_takes_up_where_it_was(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = over(PL, "gamma=0.05,0.2", "sigma2=0.1,0.2", resume=tmp_path)
    monkeypatch.setattr("numerics.execution.local.run_unit", None)
    again = over(PL, "gamma=0.05,0.2", "sigma2=0.1,0.2", resume=tmp_path, workers=1)
    assert again.columns() == first.columns()


def test_a_bound_without_its_bias_is_violated() -> None:
    error = {key: value / 20 for key, value in PL.step.error.items()}
    false = replace(PL, step=replace(PL.step, error=error))
    with pytest.warns(UnprovedWarning):
        found = over(false, "gamma=1e-3,0.07", iterations=300, trials=400, values={"beta": 1})
    assert found.verdict == "violated" and found.exit_status == 1


def test_nothing_admissible_is_no_verdict() -> None:
    found = over(PL, "gamma=20,30", trials=3)
    assert found.verdict is None and found.exit_status == 3 and not found.admissible
    assert found.best is None and found.tightest is None and found.best_mean is not None


@pytest.mark.parametrize(
    ("axes", "options", "told"),
    [
        ([], {}, "a sweep needs an axis"),
        (["nothing=1:2"], {}, "has no parameter 'nothing'"),
        (["beta=0.5:2:3"], {}, "beta = 1.25 is outside|beta = 2 is outside"),
        (["gamma=0.1:1:3"], {"values": {"gamma": 0.2}}, "gamma runs through values and is given"),
        (["mu=1:2:3"], {}, "does not imply it"),
        (["gamma=0.1:1:2000", "beta=0.1:1:2000"], {}, "at most 100000 are accepted"),
        (["gamma=0.1:1:3"], {"iterations": 0}, "iterations must be|K must be"),
    ],
)
def test_what_makes_no_sense(axes: list[str], options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        over(PL, *axes, **options)


def test_the_largest_step_is_told_beside_its_axis() -> None:
    found = over(PL, "gamma=0.01,0.02", "beta=0.5,1", trials=2, iterations=5).setting()
    assert [row["beta"] for row in found["largest_admissible_step"]] == [0.5, 1]
    found = over(PL, "gamma=0.01,0.02", trials=2, iterations=5).setting()
    assert [list(row) for row in found["largest_admissible_step"]] == [["gamma"]]


def test_whether_a_theorem_is_proved_is_told() -> None:
    assert over(PL, "gamma=0.01", trials=2, iterations=5, check_proof=False).proved is None
    own = replace(PL, name="own")
    found = over(own, "gamma=0.01", trials=2, iterations=5)
    assert found.proved is True and found.to_json()["proved"] is True


def test_a_seed_that_is_none() -> None:
    with pytest.raises(UsageError, match="seed"):
        TheoremHandle(PL).sweep("gamma=0.1,0.2", seed=1.5)


def test_what_is_no_axis() -> None:
    with pytest.raises(UsageError, match="an axis is text"):
        TheoremHandle(PL).sweep(["gamma=0.1:1:3"])  # type: ignore[arg-type]


def test_bounds_are_counted_before_steps() -> None:
    told: list[tuple[str, int, int]] = []
    found = over(
        PL, "gamma=0.01:0.02:20", trials=2,
        bounding=lambda done, total: told.append(("bounds", done, total)),
        progress=lambda done, total: told.append(("steps", done, total)),
    )  # fmt: skip
    names = [name for name, _, _ in told]
    assert names == sorted(names) and {*names} == {"bounds", "steps"}
    counts = [done for name, done, _ in told if name == "bounds"]
    # One for every point: what the sharp form admits need not be looked for in the other.
    assert counts == sorted(counts) and counts[-1] == len(found.cells)
    assert told[-1][1:] == (20 * 2 * 50, 20 * 2 * 50)


def test_an_axis_of_the_notebook() -> None:
    values = tuple(number(v) for v in (0.1, 0.2))
    found = sweep(PL, [Range("gamma", values)], trials=5, iterations=5)
    assert repr(found) == "Sweep(sgdm-pl over 2 gamma: holds)"


def test_whole_constants_of_an_estimator() -> None:
    found = over(catalogue()["sgd-pl"], "gamma=0.1", trials=2)
    assert len(found.cells) == 1
    few = TheoremHandle(catalogue()["sgd-pl"]).sweep(
        "k=1:3", estimator="topk", trials=2, iterations=5
    )
    assert [cell.at["k"] for cell in few.cells] == [1, 2, 3]


def test_the_number_of_workers_is_the_problems() -> None:
    convex = catalogue()["dcgd-convex"]
    with pytest.raises(UsageError, match="n, the number of workers, belongs to the problem"):
        TheoremHandle(convex).sweep("n=2,4", trials=2, iterations=5)
    found = TheoremHandle(convex).sweep(
        "gamma=0.01,0.02", trials=2, iterations=5, options={"workers": 4}
    )
    assert found.problem.startswith("4 ")


def test_no_step_anywhere_is_no_verdict() -> None:
    found = TheoremHandle(catalogue()["sgd-pl"]).sweep(
        "k=1,2", estimator="topk", values={"B_h": 0.9}, trials=2, iterations=5
    )
    assert found.verdict is None and all(math.isnan(cell.mean) for cell in found.cells)
