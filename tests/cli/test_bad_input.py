"""Wrong input: one clear line on stderr, exit 2, nothing on stdout, nothing left behind."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundcalc.cli import main
from tests.cli.conftest import Run

BOUND = ["bound", "--theorem", "sgdm-pl", "--at", "10"]
GOOD = {"L": "1", "mu": "0.1", "beta": "0.5", "B": "0", "C": "0", "M": "0", "sigma2": "1",
        "Delta": "1", "gamma": "0.1"}  # fmt: skip


def values(**changes: str) -> list[str]:
    merged = {**GOOD, **changes}
    return [part for name, value in merged.items() for part in ("-p", f"{name}={value}")]


def in_process(arguments: list[str]) -> tuple[int, str, str]:
    """The command line without a process: exit status, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    return status, out.getvalue(), err.getvalue()


WRONG = {
    "unknown command": (["stepsizes"], "No such command"),
    "unknown theorem": (["show", "sgdmpl"], "did you mean 'sgdm-pl'"),
    "unknown parameter": ([*BOUND, *values(), "-p", "lambda=1"], "no parameter 'lambda'"),
    "given twice": ([*BOUND, *values(), "-p", "L=2"], "L is given twice"),
    "no equals sign": ([*BOUND, "-p", "gamma"], "not of the form NAME=VALUE"),
    "no number": ([*BOUND, *values(mu="one")], "one is a name, not a number"),
    "infinite": ([*BOUND, *values(mu="inf")], "must be a finite number"),
    "not a number": ([*BOUND, *values(mu="nan")], "must be a finite number"),
    "code": ([*BOUND, *values(mu="__import__(1)")], "the only function is sqrt"),
    "huge": ([*BOUND, *values(mu="9**9**9")], "the exponent is too large"),
    "division by zero": ([*BOUND, *values(mu="1/0")], "division by zero"),
    "mu above L": ([*BOUND, *values(mu="2")], "mu <= L"),
    "B at its end": ([*BOUND, *values(B="1")], "B = 1 is outside [0, 1)"),
    "beta at its end": ([*BOUND, *values(beta="0")], "beta = 0 is outside (0, 1]"),
    "negative noise": ([*BOUND, *values(sigma2="-1")], "sigma2 = -1 is outside"),
    "theta too small": ([*BOUND, *values(B="0.5", theta="0.1")], "is needed, and"),
    "step too long": ([*BOUND, *values(gamma="3")], "gamma = 3 is above the limit"),
    "missing values": ([*BOUND, "-p", "L=1"], "needs values for mu (Polyak"),
    "missing theorem": (["stepsize"], "Missing option '--theorem'"),
    "no iterations": ([*BOUND[:3], *values()], "Missing option '--at'"),
    "half an iteration": ([*BOUND[:3], "--at", "1/2", *values()], "whole number"),
    "horizon and target": (
        ["stepsize", "--theorem", "sgd-pl", "--horizon", "1", "--target", "1"],
        "not both",
    ),
    "target of zero": (
        ["stepsize", "--theorem", "sgd-pl", "--target", "0", "-p", "L=1", "-p", "mu=1",
         "-p", "B=0", "-p", "C=0", "-p", "M=0", "-p", "sigma2=0", "-p", "Delta=1"],
        "target must be positive",
    ),
    "gamma as input": (["stepsize", "--theorem", "sgd-pl", "-p", "gamma=1"], "is the answer"),
    "unknown estimator": (
        ["stepsize", "--theorem", "sgd-pl", "--estimator", "exat"],
        "did you mean 'exact'",
    ),
    "names and all": (["prove", "sgd-pl", "--all"], "not both"),
    "nothing to prove": (["prove"], "give --all"),
    "missing module": (["list", "--module", "nowhere.py"], "no such file"),
    "unknown problem": (
        ["verify", "--theorem", "sgd-pl", "--problem", "quadratics"],
        "unknown problem 'quadratics'; did you mean quadratic",
    ),
    "unknown option": (
        ["verify", "--theorem", "sgd-pl", "--problem", "quadratic", "--option", "dimensions=3"],
        "did you mean dimension",
    ),
    "option without value": (
        ["verify", "--theorem", "sgd-pl", "--option", "dimension"],
        "not of the form NAME=VALUE",
    ),
    "absurd size": (
        ["verify", "--theorem", "sgd-pl", "--problem", "quadratic", "--option", "dimension=10**12"],
        "of memory",
    ),
    "a size whose audit does not fit": (
        ["verify", "--theorem", "sgd-pl", "--option", "dimension=10**9"],
        "of memory",
    ),
    "theta of one": ([*BOUND, *values(theta="1")], "theta < 1 is needed"),
    "absurd work": (
        ["verify", "--theorem", "sgd-pl", "--iterations", "10**15", "--trials", "10**6"],
        "coordinate steps",
    ),
    "two of three": (
        ["verify", "--theorem", "ssvr", "--horizons", "50:5000"],
        "FROM:TO:COUNT",
    ),
    "horizons and iterations": (
        ["verify", "--theorem", "ssvr", "--horizons", "5,50", "--iterations", "5"],
        "leave --iterations out",
    ),
    "a step too long for every horizon": (
        ["verify", "--theorem", "sgd-pl", "--horizons", "5,50", "-p", "gamma=9"],
        "above the limit",
    ),
    "zero trials": (["verify", "--theorem", "sgd-pl", "--trials", "0"], "positive whole number"),
    "level of one": (["verify", "--theorem", "sgd-pl", "--level", "1"], "level"),
    "smaller L than the problem's": (
        ["verify", "--theorem", "sgd-pl", "-p", "L=1/10"],
        "L = 0.1",
    ),
    "no PL constant": (["verify", "--theorem", "sgd-pl", "--problem", "glm"], "mu"),
    "standardised without data": (
        ["verify", "--theorem", "sgd-pl", "--no-standardise"],
        "give one with --data",
    ),
    "missing data": (["verify", "--theorem", "sgd-pl", "--data", "none.csv"], "none.csv"),
    "plot suffix": (["verify", "--theorem", "sgd-pl", "--plot", "plot.doc"], "plot.doc"),
    "plot folder": (["verify", "--theorem", "sgd-pl", "--plot", "no/where.png"], "no"),
    "latex folder": (["latex", "--all", "-o", "no/where.tex"], "cannot write"),
    "certificate folder": (["prove", "sgd-pl", "--certificate", "no/where.json"], "cannot write"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_one_line_and_exit_2(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, expected = WRONG[case]
    status, out, err = in_process(arguments)
    assert (status, out) == (2, ""), err
    assert err.startswith("boundcalc: ") and err.count("\n") == 1
    assert expected in err
    assert list(tmp_path.iterdir()) == []


FILES = {
    "empty": ("", "is empty"),
    "only a header": ("a,b\n", "only a header"),
    "no header": ("1,2\n3,4\n", "no header"),
    "ragged rows": ("a,b\n1,2\n1,2,3\n", "line 3: 3 cells where the header has 2"),
    "not a number": ("a,b\n1,2\n1,x\n", "'x' is not a number"),
    "NaN": ("a,b\n1,2\nnan,3\n", "is not finite"),
    "constant column": ("a,b,c\n1,2,3\n1,3,4\n1,5,6\n", "constant column 'a'"),
    "constant target": ("a,b\n1,2\n3,2\n", "target column 'b' is constant"),
    "binary": ("\x00\x01", ""),
}


@pytest.mark.parametrize("case", FILES)
def test_data_files_that_are_none(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content, expected = FILES[case]
    Path("data.csv").write_text(content)
    status, out, err = in_process(["verify", "--theorem", "sgdm-pl", "--data", "data.csv"])
    assert (status, out) == (2, ""), err
    assert err.count("\n") == 1 and expected in err and "data.csv" in err


def test_messages_come_from_the_process_too(run: Run) -> None:
    answer = run(*BOUND, *values(gamma="3"))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and "Traceback" not in answer.stderr


@pytest.mark.parametrize("workers", ["2", "processes:2"])
def test_interrupt(workers: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "boundcalc", "verify", "--theorem", "sgd-pl", "--plot", "plot.png",
         "--iterations", "10**7", "--trials", "10**5", "--workers", workers],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == "" and err == "boundcalc: interrupted\n"
    assert list(tmp_path.iterdir()) == []


def test_interrupt_while_the_program_is_loaded(monkeypatch: Any) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "boundcalc.cli.app", Interrupted("boundcalc.cli.app"))
    assert in_process(["list"]) == (130, "", "boundcalc: interrupted\n")


def test_pipes_and_links_are_written_through(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    Path("target.tex").write_text("old")
    Path("link.tex").symlink_to("target.tex")
    status, out, _ = in_process(["latex", "--theorem", "sgd-pl", "-o", "link.tex"])
    assert (status, out) == (0, "")
    assert Path("link.tex").is_symlink() and "theorem" in Path("target.tex").read_text()
    status, _, err = in_process(["latex", "--theorem", "sgd-pl", "-o", "/dev/full"])
    assert status == 2 and "cannot write" in err
    assert Path("/dev/full").is_char_device()


def test_huge_data_are_scaled_first(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{a}e308,{b},{a - b}" for a, b in ((-1, 1), (1, 2), (0.5, 4), (-0.25, 3))]
    Path("huge.csv").write_text("a,b,c\n" + "\n".join(rows) + "\n")
    status, out, err = in_process(
        ["verify", "--theorem", "sgd-pl", "--data", "huge.csv", "--l2", "0.1", "--trials", "20"]
    )
    assert status in (0, 3), err
    assert "huge.csv" in out


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "boundcalc", "show", "sgdm-pl"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 0


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
word = st.one_of(
    text,
    st.sampled_from(
        [
            "list", "show", "stepsize", "bound", "latex", "--theorem", "sgd-pl", "sgdm-nonconvex",
            "-p", "L=1", "gamma=1/2", "--at", "10", "--json", "--horizon", "--target", "B=0",
            "--help", "=", "M=1e400", "mu=sqrt(2)", "--module", "--estimator", "exact", "-", "--",
        ]
    ),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(word, max_size=8))
def test_no_words_make_a_traceback(words: list[str]) -> None:
    if "-o" in words or "--output" in words or "--module" in words:
        return
    status, _, err = in_process(words)
    assert status in (0, 1, 2)
    assert err.count("\n") <= 1
    assert status == 0 or err.startswith("boundcalc: ")


@settings(max_examples=60)
@given(name=text, value=text)
def test_no_value_is_run_or_crashes(name: str, value: str) -> None:
    before = set(os.listdir("."))
    status, _, err = in_process(["stepsize", "--theorem", "sgd-pl", "-p", f"{name}={value}"])
    assert status in (0, 2)
    assert err.count("\n") <= 1
    assert set(os.listdir(".")) == before
