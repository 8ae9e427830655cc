"""Who does the work: numbers are the same to the last bit, and nothing that ended is lost."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics import (
    GAP,
    SGD,
    SGDM,
    SQUARED_GRADIENT,
    Exact,
    InputError,
    Job,
    Result,
    Synthetic,
    make_job,
    make_problem,
    run,
)
from numerics.execution import Store, Workers, read_workers
from numerics.execution.cluster import Cluster
from numerics.execution.local import Threads
from numerics.execution.processes import Processes
from numerics.execution.serialise import own_modules, parcel, run_parcel
from numerics.execution.timing import gain_of_threads, seconds_a_step

NOISY = Synthetic("random", "gaussian", 0.1, 0.1, 0.2, 0.3)
POINTS = [{"gamma": 0.3, "beta": 0.4}, {"gamma": 0.1, "beta": 0.9}, {"gamma": 1e9, "beta": 1.0}]
problem = make_problem("quadratic", dimension=50)
glm = make_problem("glm", loss="logistic", l2=0.1, samples=60, dimension=20)


def jobs(oracle: Any = NOISY) -> list[Job]:
    """Several points in a block, one point in several blocks, and matrix products."""
    few: dict[str, Any] = {"metric": GAP, "iterations": 60, "trials": 40, "seed": 3}
    many: dict[str, Any] = {"metric": SQUARED_GRADIENT, "iterations": 30, "trials": 1500, "seed": 4}
    return [
        make_job(problem, oracle, SGDM, POINTS, **few),
        make_job(problem, oracle, SGDM, POINTS[:1], **many),
        make_job(glm, oracle, SGDM, POINTS[:2], **few),
        make_job(problem, Exact(), SGDM, POINTS, **few),
    ]


def same(one: list[list[Result]], other: list[list[Result]]) -> bool:
    def raw(results: list[list[Result]]) -> list[bytes]:
        fields = (vars(result).values() for each in results for result in each)
        return [np.asarray(value).tobytes() for values in fields for value in values]

    return raw(one) == raw(other)


@pytest.fixture(scope="module")
def alone() -> list[list[Result]]:
    return run(jobs(), workers=1)


@pytest.mark.parametrize("workers", [2, "3", "threads:2", "processes:2", None])
def test_identical_whoever_works(workers: Any, alone: list[list[Result]]) -> None:
    assert same(run(jobs(), workers=workers), alone)


def test_what_is_found_is_that_of_the_points(alone: list[list[Result]]) -> None:
    first, second, diverging = alone[0]
    assert [len(results) for results in alone] == [3, 1, 2, 3]
    assert diverging.diverged[-1] == 40 and first.diverged[-1] == second.diverged[-1] == 0
    # Each point of a run without noise is what the same point gives on its own.
    few: dict[str, Any] = {"metric": GAP, "iterations": 60, "trials": 40, "seed": 9}
    for at, point in enumerate(POINTS):
        own = run([make_job(problem, Exact(), SGDM, [point], **few)])[0][0]
        assert own.mean.tobytes() == alone[3][at].mean.tobytes()
        assert own.count.tolist() == alone[3][at].count.tolist()


def test_points_have_their_own_weights_in_the_average() -> None:
    options: dict[str, Any] = {"metric": SQUARED_GRADIENT, "iterations": 7, "trials": 1, "seed": 0}
    job = make_job(problem, Exact(), SGDM, POINTS[:2], discounts=[0.5, 1.0], **options)
    halving, even = run([job])[0]
    for result, point, discount in ((halving, POINTS[0], 0.5), (even, POINTS[1], 1.0)):
        x, values = problem.start[None], []
        v = problem.gradient(x)
        for _ in range(7):
            g = problem.gradient(x)
            values.append(float((g**2).sum()))
            v = (1 - point["beta"]) * v + point["beta"] * g
            x = x - point["gamma"] * v
        weights = discount ** np.arange(7)
        assert result.mean[-1] == pytest.approx(values @ weights / weights.sum(), rel=1e-12)


# -- what kills a worker costs what it was at -------------------------------------------------


class Deadly(Synthetic):
    """Kills the process that it is in: once, where a file says that it has happened, or always."""

    flag: str = ""

    def draw(self, *args: Any) -> Any:
        if not self.flag or not os.path.exists(self.flag):
            if self.flag:
                Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().draw(*args)


def deadly(flag: str) -> Deadly:
    oracle = Deadly("random", "gaussian", 0.1, 0.1, 0.2, 0.3)
    object.__setattr__(oracle, "flag", flag)
    return oracle


def test_a_killed_process_costs_what_it_was_at(alone: list[list[Result]], tmp_path: Path) -> None:
    flag = tmp_path / "killed"
    assert same(run(jobs(deadly(str(flag))), workers="processes:2"), alone)
    assert flag.exists()


def test_work_that_kills_every_process_is_given_up() -> None:
    with pytest.raises(InputError, match="worker processes died 3 times in a row"):
        run(jobs(deadly("")), workers="processes:2")


def test_an_error_in_a_process_reaches_the_caller() -> None:
    class Broken(Synthetic):
        def draw(self, *args: Any) -> Any:
            raise RuntimeError("broken oracle")

    with pytest.raises(RuntimeError, match="broken oracle"):
        run(jobs(Broken("random", "gaussian", 0.1, 0.1, 0.2, 0.3)), workers="processes:2")


@pytest.mark.parametrize(
    ("folder", "own"),
    [
        (".", True),
        ("lib/packages", True),
        ("usr/lib/python3/dist-packages", False),
        ("home/.local/lib/python3.11/site-packages", False),
    ],
)
def test_what_is_not_installed_is_sent_along(
    folder: str, own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "placed_oracle.py").write_text(
        "from numerics import Synthetic\nclass Placed(Synthetic): ..."
    )
    monkeypatch.syspath_prepend(place)
    # Known under two names, it is one module.
    monkeypatch.setitem(sys.modules, "placed_alias", importlib.import_module("placed_oracle"))
    try:
        placed = sys.modules["placed_oracle"].Placed("random", "gaussian", 0.1, 0.1, 0.2, 0.3)
        packed = parcel(jobs(placed))
        names = [module.__name__ for module in own_modules()]
    finally:
        del sys.modules["placed_oracle"]
    assert names.count("placed_oracle") == own and "numerics" not in names
    monkeypatch.undo()
    monkeypatch.setattr("numerics.execution.serialise._settle", lambda: None)
    if own:
        assert run_parcel(packed, 0, 0)
    else:
        with pytest.raises(InputError, match=r"No module named 'placed_oracle'; packages .* there"):
            run_parcel(packed, 0, 0)


class Caching(Synthetic):
    """An oracle that works something out once."""

    @cached_property
    def shift(self) -> float:
        return 0.0

    def draw(self, *args: Any) -> Any:
        assert self.shift == 0
        return super().draw(*args)


def test_what_is_worked_out_once_is_no_hindrance(alone: list[list[Result]]) -> None:
    oracle = Caching("random", "gaussian", 0.1, 0.1, 0.2, 0.3)
    assert same(run(jobs(oracle), workers="processes:2"), alone)


# -- taking up an interrupted run -------------------------------------------------------------


class Interrupt(Exception):
    pass


@pytest.mark.parametrize("workers", [1, 2, "processes:2"])
def test_an_interrupted_run_takes_up_where_it_was(
    workers: Any, alone: list[list[Result]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, saved = Store.save, []

    def interrupted(*work: Any) -> None:
        save(*work)
        saved.append(work)
        if len(saved) == 2:
            raise Interrupt

    with monkeypatch.context() as patch, pytest.raises(Interrupt):
        patch.setattr(Store, "save", interrupted)
        run(jobs(), workers=workers, resume=tmp_path)
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.npz")}
    units = sum(job.units for job in jobs())
    assert len(kept) == 2 < units
    seen: list[int] = []
    again = run(jobs(), resume=tmp_path, progress=lambda done, total: seen.append(done))
    assert same(again, alone)
    assert all(file.stat().st_mtime_ns == when for file, when in kept.items())
    assert len(list(tmp_path.rglob("*.npz"))) == units
    assert seen == sorted(seen) and not list(tmp_path.rglob("*.part"))


def test_a_finished_run_is_read_and_not_run(
    alone: list[list[Result]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(jobs(), resume=tmp_path)
    monkeypatch.setattr("numerics.execution.local.run_unit", None)
    assert same(run(jobs(), workers=1, resume=tmp_path), alone)


def test_other_work_is_not_taken_for_this(tmp_path: Path) -> None:
    def job(**changes: Any) -> Job:
        options = {"metric": GAP, "iterations": 60, "trials": 40, "seed": 3} | changes
        return make_job(problem, NOISY, SGDM, POINTS, **options)

    one, other = run([job()], resume=tmp_path), run([job(seed=5)], resume=tmp_path)
    assert not same(one, other) and same(other, run([job(seed=5)], workers=1))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_file_is_made_again(alone: list[list[Result]], tmp_path: Path) -> None:
    run(jobs(), resume=tmp_path)
    for at, file in enumerate(sorted(tmp_path.rglob("*.npz"))):
        file.write_bytes([b"", b"no archive", file.read_bytes()[:300]][at % 3])
    assert same(run(jobs(), resume=tmp_path), alone)
    assert same(run(jobs(), resume=tmp_path), alone)


@pytest.mark.parametrize("resume", [5, True, b"blocks", "", "a\0b"])
def test_what_is_no_folder(resume: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="resume is a folder to keep finished blocks in, not"):
        run(jobs(), resume=resume)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot keep finished blocks in .*file': it is a file"):
        run(jobs(), resume=tmp_path / "file")
    with pytest.raises(InputError, match=r"cannot keep finished blocks in .*: Not a directory"):
        run(jobs(), resume=tmp_path / "file" / "blocks")


def test_heavy_jobs_travel_in_a_file_that_is_cleared_away(
    alone: list[list[Result]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    monkeypatch.setattr("numerics.execution.processes._LIGHT", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def look(done: int, total: int) -> None:
        seen.extend(tmp_path.rglob("jobs"))

    assert same(run(jobs(), workers="processes:2", progress=look), alone)
    assert seen and not list(tmp_path.iterdir())


@dataclass(frozen=True)
class Careful:
    """Gradient descent that looks at its step before it uses it."""

    name: str = "careful"
    title: str = "careful descent"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x",)
    latex: str = ""

    def initial(self, x: Any, average: Any) -> dict[str, Any]:
        return {"x": x}

    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        return {"x": state["x"] - (min(p["gamma"], 0.5) if p["gamma"] > 0.1 else 0.1) * gradient}


class Together(Careful):
    """The same, with a look at all of its steps at once."""

    def update(self, state: Any, gradient: Any, p: Any) -> dict[str, Any]:
        return {"x": state["x"] - (0.5 if np.all(p["gamma"] > 0.1) else 0.1) * gradient}


@pytest.mark.parametrize(
    ("method", "steps"), [(Careful(), (0.1, 0.3, 0.5)), (Together(), (0.1, 0.5, 0.5))]
)
def test_a_method_that_looks_at_its_steps_has_blocks_of_its_own(
    method: Any, steps: tuple[float, ...]
) -> None:
    """One that looks at a number, or at all of them; ``steps`` are those that it takes."""
    points = [{"gamma": 0.01}, {"gamma": 0.3}, {"gamma": 2.0}]
    options: dict[str, Any] = {"metric": GAP, "iterations": 20, "trials": 5, "seed": 0}
    (together,) = run([make_job(problem, NOISY, method, points, **options)])
    known = make_job(problem, NOISY, SGD, [{"gamma": step} for step in steps], **options)
    assert known.blocks == 1
    (expected,) = run([replace(known, shared=False)])
    assert same([together], [expected])


# -- who is asked -----------------------------------------------------------------------------


def test_how_workers_are_read() -> None:
    assert read_workers(None) == Workers() and read_workers(3) == Workers(count=3)
    assert read_workers("3") == Workers(count=3)
    assert read_workers("threads:4").engine(jobs()) == Threads(4)
    assert read_workers("processes:4").engine(jobs()) == Processes(4)
    assert read_workers("dask://10.0.0.7:8786").engine(jobs()) == Cluster("10.0.0.7:8786")


def long_jobs(steps: int = 10_000, dimension: int = 2, **options: Any) -> list[Job]:
    """Two jobs of one block each."""
    problem = make_problem("quadratic", dimension=dimension)
    given: dict[str, Any] = {"metric": GAP, "trials": 10, "seed": 0, "iterations": steps, **options}
    return [make_job(problem, NOISY, SGDM, POINTS, **given) for _ in range(2)]


@pytest.mark.parametrize(
    ("alone", "gain", "best"),
    [
        # Threads that help, whatever a step takes.
        (1e-3, 1.9, Threads(2)),
        (1e-6, 1.9, Threads(2)),
        # Threads that hardly help: 20,000 steps of 1 ms are worth starting processes.
        (1e-3, 1.1, Processes(2)),
        (1e-3, 0.8, Processes(2)),
        # Of 10 us, they are not.
        (1e-5, 1.1, Threads(2)),
        (1e-5, 0.8, Threads(1)),
    ],
)
def test_the_quickest_at_work_is_chosen(
    alone: float, gain: float, best: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numerics.execution.workers.seconds_a_step", lambda job: alone)
    monkeypatch.setattr("numerics.execution.workers.gain_of_threads", lambda job, step: gain)
    assert read_workers(2).engine(long_jobs()) == best
    # Who was asked for is not asked whether he is quick, and what ends soon is not measured.
    assert read_workers("threads:2").engine(long_jobs()) == Threads(2)
    assert read_workers(2).engine(long_jobs(steps=100)) == Threads(2)
    assert read_workers(1).engine(long_jobs()) == Threads(1)


def test_what_cannot_leave_the_process_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numerics.execution.workers.seconds_a_step", lambda job: 1e-3)
    monkeypatch.setattr("numerics.execution.workers.gain_of_threads", lambda job, step: 0.8)
    lock = threading.Lock()
    kept = replace(GAP, quantity=lambda problem, x, gradient: x[:, 0] + lock.locked())
    assert read_workers(2).engine(long_jobs(metric=kept)) == Threads(1)
    assert read_workers(2).engine(long_jobs(dimension=1000)) == Processes(2)
    monkeypatch.setattr("numerics.execution.workers._COPIES", 1000 * 8)
    assert read_workers(2).engine(long_jobs(dimension=1000)) == Threads(1)


def test_the_pace_of_a_job() -> None:
    (job, _) = long_jobs(steps=10**9)
    alone = seconds_a_step(job)
    assert alone is not None and 0 < alone < 1
    assert gain_of_threads(job, alone) > 0
    # The first step is not counted, and there is no other.
    assert seconds_a_step(long_jobs(steps=1)[0]) is None


@pytest.mark.parametrize(
    "workers",
    ["0", 0, "threads", "threads:0", "procs:2", "dask://host", "dask://:1", "2.5", "", 1.5],
)
def test_workers_that_make_no_sense(workers: Any) -> None:
    with pytest.raises(InputError, match="workers"):
        read_workers(workers)


def test_interrupted_threads_end() -> None:
    def interrupt(done: int, total: int) -> None:
        raise Interrupt

    before = threading.active_count()
    with pytest.raises(Interrupt):
        run(jobs(), workers=2, progress=interrupt)
    assert threading.active_count() <= before
