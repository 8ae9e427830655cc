"""The exit status is that of the answer, whoever reads the output, and however much of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

LIES = """
from dataclasses import replace
import boundcalc
t = boundcalc.theorem("sgd-nonconvex")
lies = replace(t, name="lies", forms=[replace(f, formulas={**f.formulas}) for f in t.forms],
               step=replace(t.step, error={"bias": 0 * t.step.error["bias"]}))
"""
_PL = ["-p", "L=1", "-p", "mu=0.1", "-p", "B=0", "-p", "C=0", "-p", "M=0", "-p", "Delta=1"]
_QUICK = ["--iterations", "5", "--trials", "5"]
_OUT = ["-p", "L=1", "-p", "B=1/2", "-p", "C=1", "-p", "M=0", "-p", "sigma2=1", "-p", "Delta=1"]

#: Every command, and every status, with what it ends in.
COMMANDS: list[tuple[list[str], int]] = [
    (["list"], 0),
    (["show", "sgd-pl"], 0),
    (["stepsize", "--theorem", "sgd-pl"], 0),
    (["stepsize", "--theorem", "sgd-nonconvex", *_OUT, "--target", "1.9"], 1),
    (["bound", "--theorem", "sgd-pl", *_PL, "-p", "sigma2=0", "-p", "gamma=0.5", "--at", "9"], 0),
    (["complexity", "--theorem", "sgd-nonconvex", *_OUT, "--bits", "1", "--target", "1.9"], 1),
    (
        [
            *("compare", "--theorem", "sgd-pl", "--estimators", "exact", "--target", "0.1"),
            *("-p", "L=1", "-p", "mu=0.1", "-p", "Delta=1", "-p", "d=10"),
        ],
        0,
    ),
    (["rates", "sgd-pl"], 0),
    (["prove", "sgd-pl"], 0),
    (["prove", "lies", "--module", "lies.py"], 1),
    (["verify", "--theorem", "sgd-pl", *_QUICK], 3),
    (["sweep", "--theorem", "sgd-pl", *_QUICK, "--over", "gamma=0.01,0.1"], 0),
    (["latex", "--theorem", "sgd-pl", "--proof"], 0),
    (["latex", "--theorem", "sgd-pl", "-o", "/dev/stdout"], 0),
    (["stepsize", "--theorem", "nothing"], 2),
]


def _started(arguments: Sequence[str], folder: Path, **streams: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "boundcalc", *arguments]
    return subprocess.Popen(command, cwd=folder, **streams)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize(("arguments", "status"), COMMANDS, ids=lambda c: str(c)[:40])
def test_a_reader_that_goes_away_does_not_change_the_status(
    arguments: list[str], status: int, json: bool, tmp_path: Path
) -> None:
    (tmp_path / "lies.py").write_text(LIES)
    asked = [*arguments, "--json"] if json else arguments
    read, write = os.pipe()
    os.close(read)
    process = _started(asked, tmp_path, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, errors = process.communicate()
    assert process.returncode == status
    assert b"Traceback" not in errors and errors.count(b"\n") <= (status > 0)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&-"])
@pytest.mark.parametrize(
    ("arguments", "status"), [COMMANDS[i] for i in (0, 3, 12, 14)], ids=lambda c: str(c)[:40]
)
def test_closed_streams_do_not_change_the_status(
    arguments: list[str], status: int, closed: str, tmp_path: Path
) -> None:
    command = ["sh", "-c", f'exec "$0" -m boundcalc "$@" {closed}', sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == status and b"Traceback" not in done.stderr


def test_nobody_reads_the_errors_either(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    process = _started(COMMANDS[3][0], tmp_path, stdout=subprocess.PIPE, stderr=write)
    os.close(write)
    process.communicate()
    assert process.returncode == 1


def test_a_pipe_for_a_plot_that_nobody_reads_on(tmp_path: Path) -> None:
    """The reader takes the first bytes of the picture and goes."""
    pipe = tmp_path / "picture.png"
    os.mkfifo(pipe)
    process = _started(
        ["verify", "--theorem", "sgd-pl", *_QUICK, "--plot", str(pipe)],
        tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    with pipe.open("rb") as picture:
        assert picture.read(4) == b"\x89PNG"
    output, errors = process.communicate()
    assert process.returncode == 3 and b"inconclusive" in output and not errors


def test_a_full_device_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = _started(["list"], tmp_path, stdout=full.fileno(), stderr=subprocess.PIPE)
        _, errors = process.communicate()
    assert process.returncode == 2 and errors.count(b"\n") == 1
