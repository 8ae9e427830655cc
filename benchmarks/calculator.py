"""The calculator: start of the command line, proofs, bounds on many points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import boundcalc
from benchmarks.measure import Row, Work, alternate, process
from boundcalc.choice import programs
from boundcalc.inputs import read_values

__all__ = ["rows"]

IMPORT_SYMPY = process("-c", "import sympy")
HELP = process("-m", "boundcalc", "--help")
STEPSIZE = process(
    *("-m", "boundcalc", "stepsize", "--theorem", "sgdm-pl"),
    *("-p", "L=1", "-p", "mu=0.1", "-p", "beta=0.5", "-p", "B=0.04", "-p", "C=1e-4"),
    *("-p", "M=0.1", "-p", "sigma2=0.01", "-p", "Delta=1"),
)
POINTS = 10**6


def many_bounds() -> Work:
    theorem = boundcalc.theorem("sgdm-nonconvex")
    fixed = {"L": 1, "beta": 0.5, "B": 0.1, "C": 0.1, "M": 0, "sigma2": 1, "Delta": 1}
    given = {name: float(v) for name, v in read_values(theorem, {**fixed, "gamma": 0.1}).items()}
    readable = programs(theorem, {}, ["readable"])[0]
    gamma = np.linspace(0.01, 0.3, POINTS)
    return lambda: readable.bound({**given, "theta": 0.6, "gamma": gamma}, 1000)


def start() -> Iterator[Row]:
    times = alternate(HELP, STEPSIZE, IMPORT_SYMPY)
    seconds = times.seconds(0)
    yield Row("boundcalc --help", f"{seconds:.2f} s", "< 0.25 s", seconds < 0.25)
    ratio = times.ratio(1, 2)
    name = "boundcalc stepsize, with numbers"
    yield Row(name, f"{ratio:.2f} x importing SymPy", "< 1.8 x", ratio < 1.8)


def evaluation() -> Iterator[Row]:
    rate = POINTS / alternate(many_bounds()).seconds()
    yield Row(f"bounds of {POINTS:.0e} points", f"{rate:.1e} per second", "1e7", rate >= 1e7)


def proofs() -> Iterator[Row]:
    theorems = list(boundcalc.catalogue().values())
    times = alternate(lambda: [theorem.prove() for theorem in theorems], rounds=1, warm=False)
    yield Row("boundcalc prove --all", f"{times.seconds():.0f} s")


def rows() -> Iterator[Row]:
    yield from start()
    yield from evaluation()
    yield from proofs()
