"""Modules that say one thing and let the kernel see another: each is refused, with a reason.

The files of ``hostile/`` hold false theorems (or true ones whose printed statement is another), and
say in their first lines what the lie is. Each is read and proved in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from boundcalc.proofs.prove import prove
from numerics.algorithms import SGD
from tests.kernel.hostile_verdicts import verdicts
from theorems.sgd import sgd_nonconvex

FILES = Path(__file__).parent / "hostile"
SHARED = {"common", "attack"}
LIES = sorted(file.stem for file in FILES.glob("*.py") if file.stem not in SHARED)


@pytest.mark.parametrize("name", LIES)
def test_a_false_theorem_is_refused(name: str) -> None:
    found = verdicts(FILES / f"{name}.py")
    assert found
    for status, reason in found.values():
        assert status in ("failed", "refused"), found
        assert reason


@pytest.mark.parametrize("theorem", ["evil", "evil2"])
def test_the_command_line_asks_the_checker_not_the_theorem(theorem: str) -> None:
    file = str(FILES / "a30_prove_override.py")
    command = [sys.executable, "-m", "boundcalc", "prove", theorem, "--module", file, "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode in (1, 2)
    if run.returncode == 1:
        (proof,) = json.loads(run.stdout)
        assert proof["status"] == "failed"


def test_an_update_that_an_author_writes_is_named_among_what_is_trusted() -> None:
    theorem = replace(sgd_nonconvex, name="mine", algorithm=replace(SGD, latex=r"x_{k+1}=x_k"))
    named = "StochasticGradient of numerics.algorithms, an algorithm"
    assert named in prove(theorem).axioms
    assert named not in prove(sgd_nonconvex).axioms
