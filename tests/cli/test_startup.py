"""What a command does not import: the price of a start is the modules behind it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("sympy", "numpy", "z3", "scipy", "matplotlib", "rich", "joblib", "distributed", "pyarrow")
NUMBERS = ["-p", "L=1", "-p", "mu=0.1", "-p", "beta=0.5", "-p", "B=0.04", "-p", "C=1e-4",
           "-p", "M=0.1", "-p", "sigma2=0.01", "-p", "Delta=1"]  # fmt: skip


def imported(*arguments: str) -> set[str]:
    """The modules of a process that ran the command."""
    code = (
        "import sys; from boundcalc.cli import main; status = main(sys.argv[1:])\n"
        "print('\\n' + ' '.join(sys.modules)); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(told.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["stepsize", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported(*arguments) & {*HEAVY, "theorems"}


def test_step_sizes_of_numbers_import_one_theorem() -> None:
    found = imported("stepsize", "--theorem", "sgdm-pl", *NUMBERS)
    assert {"sympy", "numpy", "theorems.momentum"} <= found
    assert not found & {*HEAVY[2:], "numpy.f2py", "boundcalc.proofs.prove", "numerics.simulate"}
    # Its packages hold nothing themselves: they are loaded where their modules are looked for.
    packages = {"theorems.compressed", "theorems.estimators", "theorems.signs"}
    catalogue = {name for name in found if name.startswith("theorems.")} - packages
    assert catalogue <= {"theorems.common", "theorems.momentum", "theorems.sgd"}


def test_a_bound_imports_no_simulator() -> None:
    found = imported("bound", "--theorem", "sgdm-pl", *NUMBERS, "-p", "gamma=0.1", "--at", "10")
    assert not found & {*HEAVY[2:], "numerics.simulate"}
    # The flags of a simulation are its options; nothing else of it is loaded.
    loaded = {name for name in found if name.startswith("boundcalc.verify.")}
    assert loaded <= {"boundcalc.verify.options"}


def test_a_run_imports_engines_only_when_they_work() -> None:
    found = imported("verify", "--theorem", "sgd-pl", "--trials", "10", "--iterations", "10")
    assert "numerics.simulate" in found
    assert not found & {"joblib", "distributed", "pyarrow", "matplotlib", "z3"}
