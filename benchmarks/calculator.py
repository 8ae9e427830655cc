"""The calculator: start of the command line, proofs, bounds on many points."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np

import boundcalc
from benchmarks.measure import Row, Work, alternate, process

IMPORT_SYMPY = process("-c", "import sympy")
HELP = process("-m", "boundcalc", "--help")
STEPSIZE_ARGUMENTS = [
    *("stepsize", "--theorem", "sgdm-pl"),
    *("-p", "L=1", "-p", "mu=0.1", "-p", "beta=0.5", "-p", "B=0.04", "-p", "C=1e-4"),
    *("-p", "M=0.1", "-p", "sigma2=0.01", "-p", "Delta=1"),
]
STEPSIZE = process("-m", "boundcalc", *STEPSIZE_ARGUMENTS)
POINTS = 10**6
HORIZONS, STEP = (5, 10, 20), 0.9
EXACT = {"L": 1, "gamma": STEP, "Delta": 1, "B": 0, "C": 0, "M": 0, "sigma2": 0}


def many_bounds(points: int) -> Work:
    theorem = boundcalc.theorem("sgdm-nonconvex")
    fixed = {"L": 1, "beta": 0.5, "B": 0.1, "C": 0.1, "M": 0, "sigma2": 1, "Delta": 1}
    gamma = np.linspace(0.01, 0.3, points)
    return lambda: theorem.evaluate(1000, **fixed, theta=0.6, gamma=gamma)


# What no command of ours can do without: SymPy, NumPy, and a program of typer with one option.
PACKAGES = process(
    "-c",
    "import numpy, sympy, typer; app = typer.Typer()\n"
    "@app.command()\ndef main(name: str = typer.Option('')): pass\n"
    "app(['--name', 'x'])",
)
THEOREM = process("-c", "import boundcalc; boundcalc.theorem('sgdm-pl')")


def start() -> Iterator[Row]:
    times = alternate(HELP, STEPSIZE, IMPORT_SYMPY, PACKAGES, THEOREM)
    seconds = times.seconds(0)
    yield Row("boundcalc --help", f"{seconds:.2f} s", "< 0.25 s", seconds < 0.25)
    ratio, packages, theorem = (times.ratio(one, 2) for one in (1, 3, 4))
    name = "boundcalc stepsize, with numbers"
    met, reason = ratio < 1.8, None
    if not met:
        reason = (
            f"SymPy, NumPy and typer alone take {packages:.2f} x, the import of a theorem without"
            f" typer {theorem:.2f} x; the search is {searching():.0%} of the time"
        )
    yield Row(name, f"{ratio:.2f} x importing SymPy", "< 1.8 x", met, reason)


def searching() -> float:
    """The part of STEPSIZE that is the search for the best proof parameters."""
    code = (
        "import time; begun = time.perf_counter()\n"
        "from boundcalc import choice\n"
        "spent, search = 0.0, choice.minimise\n"
        "def timed(*a, **k):\n"
        "    global spent\n"
        "    since = time.perf_counter()\n"
        "    found = search(*a, **k)\n"
        "    spent += time.perf_counter() - since\n"
        "    return found\n"
        "choice.minimise = timed\n"
        "from boundcalc.cli import main\n"
        f"main({STEPSIZE_ARGUMENTS!r})\n"
        "print(spent / (time.perf_counter() - begun))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(told.stdout.split()[-1])


def evaluation() -> Iterator[Row]:
    rate = POINTS / alternate(many_bounds(POINTS)).seconds()
    yield Row(f"bounds of {POINTS:.0e} points", f"{rate:.1e} per second", "1e7", rate >= 1e7)
    if find_spec("PEPit") is None:
        reason = "needs pip install 'boundcalc[bench]'"
        yield Row("a bound against PEPit", "not measured", reason=reason)
        return
    for K in HORIZONS:
        solved, proved = solve(K), descent(K)
        ways = partial(solve, K), partial(descent, K), partial(evaluated, K)
        times = alternate(*ways, rounds=3)
        told = (
            f"{times.ratio(0, 1):.0f} x the time of the proved bound,"
            f" {times.ratio(0, 2):.0f} x that of an evaluation;"
            f" worst case {solved:.6g}, bound {proved:.6g}"
        )
        yield Row(f"PEPit, gradient descent, K = {K}", told)


def solve(K: int) -> float:
    """The worst mean of ||grad f(x_k)||^2 over k < K, with f(x_0) - f(x_K) <= 1, by PEPit."""
    from PEPit import PEP
    from PEPit.functions import SmoothFunction

    problem = PEP()
    f = problem.declare_function(SmoothFunction, L=1.0)
    first = x = problem.set_initial_point()
    total = 0
    for _ in range(K):
        gradient = f.gradient(x)
        total = total + gradient**2 / K
        x = x - STEP * gradient
    problem.set_initial_condition(f(first) - f(x) <= 1)
    problem.set_performance_metric(total)
    return float(problem.solve(verbose=0))


def descent(K: int) -> float:
    """The bound of boundcalc on the same instance, with its search for proof parameters."""
    return float(boundcalc.theorem("sgd-nonconvex").bound(K, **EXACT).value)


def evaluated(K: int) -> float:
    """The same at a proof parameter that is given."""
    return float(boundcalc.theorem("sgd-nonconvex").evaluate(K, **EXACT, p=1.0))


def proofs() -> Iterator[Row]:
    theorems = list(boundcalc.catalogue().values())
    times = alternate(lambda: [theorem.prove() for theorem in theorems], rounds=1, warm=False)
    yield Row("boundcalc prove --all", f"{times.seconds():.0f} s")


def rows() -> Iterator[Row]:
    yield from start()
    yield from evaluation()
    yield from proofs()
