"""Work on a Dask cluster of several processes of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics import GAP, SGDM, InputError, Job, Result, Synthetic, make_job, make_problem, run

pytest.importorskip("distributed")

# Its event loops may leave a socket to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

POINTS = [{"gamma": 0.3, "beta": 0.4}, {"gamma": 0.1, "beta": 0.9}]


@dataclass
class LocalCluster:
    """A scheduler and its workers; those that are killed stay so."""

    address: str
    workers: list[subprocess.Popen[bytes]]


def started(command: str, *arguments: str) -> subprocess.Popen[bytes]:
    # One strike: a piece at which a worker dies twice is given up.
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "dask", command, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[LocalCluster]:
    file = tmp_path / "scheduler.json"
    scheduler = started(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
        "--scheduler-file", str(file),
    )  # fmt: skip
    workers: list[subprocess.Popen[bytes]] = []
    try:
        deadline = time.monotonic() + 60
        while not file.exists() or not file.read_text().endswith("}"):
            assert scheduler.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"].removeprefix("tcp://")
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
        options += ["--local-directory", str(tmp_path)]
        workers += [started("worker", f"tcp://{address}", *options) for _ in range(3)]
        wait_for_workers(address, 3)
        yield LocalCluster(address, workers)
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(f"tcp://{address}", set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


def living(address: str) -> int:
    from distributed import Client

    with Client(f"tcp://{address}", set_as_default=False) as client:
        return len(client.scheduler_info()["workers"])


def jobs(oracle: Any = None) -> list[Job]:
    oracle = oracle or Synthetic("random", "gaussian", 0.1, 0.1, 0.2, 0.3)
    options: dict[str, Any] = {"metric": GAP, "iterations": 200, "trials": 3000, "seed": 3}
    return [make_job(make_problem("quadratic", dimension=100), oracle, SGDM, POINTS, **options)]


def raw(results: list[list[Result]]) -> list[bytes]:
    fields = (vars(result).values() for each in results for result in each)
    return [np.asarray(value).tobytes() for values in fields for value in values]


def test_a_worker_killed_in_the_middle_costs_its_blocks_only(cluster: LocalCluster) -> None:
    alone = run(jobs(), workers=1)
    seen: list[int] = []

    def kill(done: int, total: int) -> None:
        if done and not seen:
            # All workers have more to do now than there is done.
            assert done < total / 3
            cluster.workers[0].kill()
        seen.append(done)

    found = run(jobs(), workers=f"dask://{cluster.address}", progress=kill)
    assert raw(found) == raw(alone)
    assert seen[0] < seen[-1] == jobs()[0].steps
    cluster.workers[0].wait()
    assert living(cluster.address) == 2


class Deadly(Synthetic):
    """Of a module that the workers cannot import; kills the process that it is in."""

    def draw(self, *args: Any) -> Any:
        os._exit(1)


def test_work_that_kills_its_workers_is_given_up(cluster: LocalCluster) -> None:
    with pytest.raises(InputError, match="at work on the cluster when its worker died"):
        run(
            jobs(Deadly("random", "gaussian", 0.1, 0.1, 0.2, 0.3)),
            workers=f"dask://{cluster.address}",
        )


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numerics.execution.cluster._SECONDS_TO_CONNECT", 1)
    with pytest.raises(InputError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9"):
        run(jobs(), workers="dask://127.0.0.1:9")
