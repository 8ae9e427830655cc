"""The commands that count bits: answers, exit status, pictures, wrong use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_bad_input import in_process

CONSTANTS = ["--theorem", "sgd-pl", "-p", "L=1", "-p", "mu=1/2", "-p", "Delta=1", "-p", "d=10"]
COMPLEXITY = ["complexity", *CONSTANTS]
COMPARE = ["compare", *CONSTANTS]


def test_complexity() -> None:
    arguments = [*COMPLEXITY, "--estimator", "exact", "--target", "0.01", "-p", "n=3"]
    status, text, _ = in_process(arguments)
    assert status == 0
    for line in (
        "iterations          7",
        "bits per iteration  320 from each worker",
        "total bits          6720 from 3 workers",
    ):
        assert line in text
    status, out, _ = in_process([*arguments, "--json"])
    data = json.loads(out)
    assert status == 0
    assert (data["iterations"], data["bits_per_worker"], data["total_bits"]) == (7, 2240, 6720)
    assert data["bound"]["value"] == pytest.approx(0.5**7)


def test_complexity_out_of_reach_is_a_no() -> None:
    status, out, err = in_process(
        [*COMPLEXITY, "--estimator", "stochastic", "-p", "sigma0_2=1", "-p", "gamma=1/2",
         "-p", "p=1", "--target", "0.1"]
    )  # fmt: skip
    assert (status, out) == (1, "")
    assert "smallest value in reach is 0.5, with ever more iterations\n" in err


def test_compare(run: Run, tmp_path: Path) -> None:
    arguments = [
        *COMPARE, "--estimators", "exact,natural,randk:k=5", "--target", "0.01",
        "--plot", "picture.png",
    ]  # fmt: skip
    answer = run(*arguments)
    assert answer.returncode == 0, answer.stderr
    rows = {line.split()[0]: line for line in answer.stdout.splitlines() if line}
    assert rows["exact"].endswith("iterations")
    assert rows["natural"].endswith("bits")
    assert "against total bits" in answer.stdout
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads(run(*arguments, "--json").stdout)
    assert [c["label"] for c in data["contenders"]] == ["exact", "natural", "randk:k=5"]
    assert {*("proved", "target", "horizon", "contenders", "best", "crossovers", "curves")} == set(
        data
    )
    exact = data["contenders"][0]
    assert (exact["reached"], exact["iterations"], exact["total_bits"]) == (True, 7, 2240)
    for curve in data["curves"]:
        assert len(curve["iterations"]) == len(curve["bits"]) == len(curve["bound"]) > 10
        assert curve["bound"] == sorted(curve["bound"], reverse=True)


OVER = [*COMPARE, "--estimators", "exact,randk", "--target", "0.01", "-p", "n=100"]


def test_compare_over_a_parameter(run: Run, tmp_path: Path) -> None:
    arguments = [*OVER, "--over", "k=1:10", "--plot", "picture.png"]
    answer = run(*arguments)
    assert answer.returncode == 0, answer.stderr
    rows = [line.split() for line in answer.stdout.splitlines()]
    assert ["exact", "randk", "exact", "randk", "fewest", "bits"] in rows
    assert next(row[0] for row in rows if row and row[-1] == "randk") == "1"
    assert "exact needs fewer bits than randk from k = 9 on (not at 8)" in answer.stdout
    assert "because of its longer messages" in answer.stdout
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    data = json.loads(run(*arguments, "--json").stdout)
    assert data["values"] == [*range(1, 11)] and data["parameter"] == "k"
    assert (data["flips"][0]["last"], data["flips"][0]["first"]) == (8, 9)
    assert data["contenders"][0]["iterations"] == [7] * 10


def test_complexity_over_a_parameter() -> None:
    arguments = [*COMPLEXITY, "--estimator", "stochastic", "--bits", "10", "-p", "gamma=1/2",
                 "-p", "p=1", "--over", "sigma0_2=0,1,2"]  # fmt: skip
    status, out, _ = in_process([*arguments, "--target", "0.6"])
    assert status == 0
    # (1 - gamma mu)^K, and a residual of sigma0_2/2.
    assert "stochastic reaches the target up to sigma0_2 = 1.19999999" in out
    assert "its residual is 0.6 at least" in out
    status, out, _ = in_process([*arguments, "--target", "0.6", "--json"])
    data = json.loads(out)["contenders"][0]
    assert (data["iterations"][0], data["iterations"][2]) == (2, None)
    assert data["smallest_reachable"] == [None, None, pytest.approx(1)]


def test_compare_where_nobody_reaches_the_target() -> None:
    status, out, _ = in_process(
        [*COMPARE, "--estimators", "stochastic,natural", "-p", "sigma0_2=1", "-p", "gamma=1/2",
         "-p", "p=1", "--target", "0.1"]
    )  # fmt: skip
    assert status == 1
    assert "stochastic: cannot reach it; the smallest value in reach is 0.5\n" in out


THEOREMS = [
    "compare", "--theorems", "signsgd,ssvr", "-p", "L=1", "-p", "L_avg=2", "-p", "sigma2=1",
    "-p", "d=100", "-p", "Delta=1",
]  # fmt: skip


def test_compare_theorems(run: Run, tmp_path: Path) -> None:
    arguments = [*THEOREMS, "--calls", "1e4:1e6:3", "--plot", "picture.png"]
    answer = run(*arguments)
    assert answer.returncode == 0, answer.stderr
    rows = [line.split() for line in answer.stdout.splitlines()]
    least = {row[0]: row[-1] for row in rows if row and row[0] in {"10000", "100000", "1000000"}}
    assert least == {"10000": "signsgd", "100000": "ssvr", "1000000": "ssvr"}
    assert ["ssvr", "d^(1/2)", "N^(-1/3)"] in [row[:3] for row in rows]
    assert "ssvr is below signsgd from N = " in answer.stdout
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_compare_theorems_as_json() -> None:
    status, out, _ = in_process([*THEOREMS, "--calls", "1,1e4,1e5", "--json"])
    data = json.loads(out)
    assert status == 0
    assert {*("proved", "measure", "calls", "theorems", "best", "crossovers", "curves")} == set(
        data
    )
    assert (data["calls"], data["best"]) == (
        [1, 10**4, 10**5],
        [["signsgd"], ["signsgd"], ["ssvr"]],
    )
    signsgd, ssvr = data["theorems"]
    assert ssvr["bounds"][0] is None and ssvr["exponents"] == {"N": "-1/3", "d": "1/2"}
    first = signsgd["bounds"][1]
    assert first["K"] == 10**4 // first["settings"]["batch"]
    assert first["bound"] == first["own"]["value"] == pytest.approx(2.3791, rel=1e-4)
    (crossover,) = data["crossovers"]
    assert (crossover["lower"], crossover["other"]) == ("ssvr", "signsgd")
    assert 10**4 < crossover["N"] < 10**5


def test_compare_theorems_where_nobody_has_a_bound() -> None:
    status, out, _ = in_process([*THEOREMS, "--calls", "1", "-p", "batch=2"])
    assert status == 1
    assert "inf" in out


WRONG = {
    "over and horizon": (
        [*OVER[:-4], "--horizon", "9", "--over", "k=1:4"],
        "--horizon does not go",
    ),
    "over what is given": ([*OVER, "--over", "n=1:4"], "n runs through values and is given"),
    "over nothing": ([*OVER, "--over", "k"], "not of the form NAME=FROM:TO:COUNT"),
    "over half": ([*OVER, "--over", "k=1:2.5"], "k runs through whole numbers"),
    "over too many": ([*OVER, "--over", "k=1:11"], "at k = 11: contender randk"),
    "over theorems": ([*THEOREMS, "--over", "d=1:4"], "--over does not go with --theorems"),
    "over with a bad picture": ([*OVER, "--over", "k=1:4", "--plot", "a.doc"], "must end in"),
    "a picture of one target": (
        [*COMPLEXITY, "--estimator", "exact", "--target", "0.1", "--plot", "a.png"],
        "--plot does not go with a single target",
    ),
    "no target": ([*COMPLEXITY, "--estimator", "exact"], "Missing option '--target'"),
    "no bits": (
        [*COMPLEXITY, "--estimator", "unbiased", "-p", "omega=1", "--target", "0.1"],
        "give the bits of one message (--bits N)",
    ),
    "no estimators": ([*COMPARE, "--target", "0.1"], "Missing option '--estimators'"),
    "no aim": ([*COMPARE, "--estimators", "exact"], "a target to reach or a horizon"),
    "two aims": (
        [*COMPARE, "--estimators", "exact", "--target", "1", "--horizon", "1"],
        "one of the two",
    ),
    "half an iteration": (
        [*COMPARE, "--estimators", "exact", "--horizon", "1/2"],
        "--horizon must be a whole number",
    ),
    "unknown value": (
        [*COMPARE, "--estimators", "exact,topk:k=2", "--target", "0.1", "-p", "gama=1"],
        "did you mean 'gamma'",
    ),
    "theorems and estimators": ([*THEOREMS, "--estimators", "exact"], "--estimators does not go"),
    "calls without theorems": (
        [*COMPARE, "--estimators", "exact", "--target", "1", "--calls", "9"],
        "--calls does not go with --theorem and --estimators",
    ),
    "a ladder of two parts": ([*THEOREMS, "--calls", "1:9"], "of the form FROM:TO:COUNT"),
    "a ladder downwards": ([*THEOREMS, "--calls", "9:1:3"], "FROM must be below TO"),
    "calls without end": ([*THEOREMS, "--calls", "9,inf"], "--calls must be finite"),
    "a constant that nobody has": ([*THEOREMS, "-p", "L_av=1"], "did you mean 'L_avg'"),
    "a constant that is missing": (
        ["compare", "--theorems", "signsgd", "-p", "L=1", "-p", "d=9", "-p", "Delta=1"],
        "signsgd needs values for sigma2 (absolute noise variance",
    ),
    "a picture of another kind": (
        [*COMPARE, "--estimators", "exact", "--target", "0.1", "--plot", "picture.gif"],
        "must end in .png",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_refused(case: str) -> None:
    arguments, message = WRONG[case]
    status, out, err = in_process(arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
