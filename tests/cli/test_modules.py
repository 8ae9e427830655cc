"""A theorem of one's own in a file, with its method and what that needs in files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

OWN = """
from dataclasses import replace
from boundcalc import theorem
from my_method import Mine

mine = replace(theorem("sgd-pl"), name="mine", algorithm=Mine())
other = replace(mine, name="other")
"""
METHOD = """
from dataclasses import dataclass
import my_steps

@dataclass(frozen=True)
class Mine:
    name: str = "mine"
    title: str = "a method of one's own"
    parameters: tuple[str, ...] = ("gamma",)
    state: tuple[str, ...] = ("x",)
    latex: str = ""

    def initial(self, x, average):
        return {"x": x}

    def update(self, state, gradient, p):
        return {"x": my_steps.step(state["x"], gradient, p["gamma"])}
"""
STEPS = """
def step(x, gradient, gamma):
    return x - gamma * gradient
"""
VERIFY = ["verify", "--theorem", "mine", "--module", "own/theorem.py", "--trials", "4000", "--json"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder, not the one of the process, with a theorem, its method and a helper of that."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name, text in (("theorem", OWN), ("my_method", METHOD), ("my_steps", STEPS)):
        (folder / f"{name}.py").write_text(text)
    return folder


def told(text: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(text).items() if name != "seconds"}


def test_neighbours_are_found_and_go_to_worker_processes(run: Run, own: Path) -> None:
    alone = run(*VERIFY, "--workers", "1")
    assert alone.returncode == 0, alone.stderr
    assert told(alone.stdout)["verdict"] == "holds" and told(alone.stdout)["proved"]
    several = run(*VERIFY, "--workers", "processes:2")
    assert several.returncode == 0, several.stderr
    assert told(several.stdout) == told(alone.stdout)


def test_neighbours_with_the_names_of_installed_modules_stay_aside(run: Run, own: Path) -> None:
    for name in ("theorems", "numerics", "sympy"):
        (own / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')")
    answer = run("show", "mine", "--module", "own/theorem.py")
    assert answer.returncode == 0, answer.stderr


def test_a_file_is_run_once_for_several_theorems(run: Run, own: Path, tmp_path: Path) -> None:
    with (own / "theorem.py").open("a") as file:
        file.write("print('run', end=' ', file=open('runs', 'a'))")
    answer = run("prove", "mine", "other", "--module", "own/theorem.py")
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "runs").read_text() == "run "


def test_the_line_at_fault_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("x = 1\nimport nowhere\n")
    answer = run("list", "--module", "own.py")
    assert answer.returncode == 2 and answer.stderr.startswith("boundcalc: module 'own.py', line 2")


def test_an_error_in_the_method_is_no_answer(run: Run, own: Path) -> None:
    (own / "my_steps.py").write_text("def step(x, gradient, gamma):\n    raise KeyError('mine')\n")
    answer = run(*VERIFY)
    assert (
        answer.returncode == 2
        and "my_steps.py" in answer.stderr
        and answer.stderr.endswith("KeyError: 'mine'\n")
    )
    assert not answer.stdout


def test_a_method_that_ends_the_program_is_no_answer(run: Run, own: Path) -> None:
    (own / "my_steps.py").write_text("def step(x, gradient, gamma):\n    raise SystemExit(5)\n")
    for workers in ("1", "processes:2"):
        answer = run(*VERIFY, "--workers", workers)
        assert answer.returncode == 2 and not answer.stdout
        assert answer.stderr == "boundcalc: the code of a module ended the run: exit 5\n"


def test_a_sweep_of_what_is_not_proved_says_so(run: Run, own: Path) -> None:
    """A method that does one thing to vectors and another to arrays: arrays are what runs."""
    (own / "my_steps.py").write_text(
        "import numpy as np\n\ndef step(x, gradient, gamma):\n"
        "    if isinstance(gradient, np.ndarray):\n        gradient = 0 * gradient\n"
        "    return x - gamma * gradient\n"
    )
    command = ["sweep", *VERIFY[1:5], "--over", "gamma=0.1,0.2", "--trials", "20"]
    answer = run(*command)
    assert "\nNOT PROVED: `prove` fails for this theorem" in answer.stdout
    answer = run(*command, "--json")
    found = json.loads(answer.stdout)
    assert found["proved"] is False
    # Nothing moves.
    assert len({*found["columns"]["mean"]}) == 1
