"""The simulator against loops, JAX and floors; how it grows; what memory it takes."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks.measure import Row, Work, alternate
from benchmarks.works import (
    MOMENTUM,
    RADEMACHER,
    SSVR_WORK,
    TOP_K,
    Setting,
    loop,
    momentum,
    ssvr,
    top_k,
)
from numerics.oracles.noise import NOISE_LAWS

_MISSING = "needs pip install 'boundcalc[bench]'"
# The peak of this program alone: what its parent took counts for ru_maxrss, too.
_PEAK = """
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def rows() -> Iterator[Row]:
    yield from floors()
    for setting in (MOMENTUM, SSVR_WORK, TOP_K):
        yield from contenders(setting)
    yield from growth()
    yield from memory()


# -- floors --------------------------------------------------------------------------------------


def _on_both_halves(work: Callable[[int], object]) -> Work:
    """The work of two blocks of half of the trials, each in a thread, as the simulator has it."""

    def both() -> object:
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(work, range(2)))

    return both


def _drawing(setting: Setting) -> Work:
    """Only the random numbers of the simulation."""

    def half(seed: int) -> object:
        rng = np.random.Generator(np.random.SFC64(seed))
        block = np.empty((setting.trials // 2, setting.problem.dimension))
        for _ in range(setting.steps):
            rng.standard_normal(out=block)
        return block

    return _on_both_halves(half)


def _bare(setting: Setting) -> Work:
    """Only the operations of NumPy in the steps of half of the trials: what two cores take at best
    where neither waits for the other.
    """
    problem, gamma, beta = setting.problem, *setting.parameters.values()
    draw = NOISE_LAWS[setting.oracle.noise_law]  # type: ignore[attr-defined]

    def half() -> object:
        rng = np.random.Generator(np.random.SFC64(0))
        x, v, g, noise = np.ones((4, setting.trials // 2, problem.dimension))
        spectrum = problem.spectrum  # type: ignore[attr-defined]
        for _ in range(setting.steps):
            np.multiply(x, spectrum, out=g)
            draw(rng, g, 1.0, noise)
            np.add(noise, g, out=noise)
            np.multiply(v, 1 - beta, out=v)
            np.multiply(noise, beta, out=noise)
            np.add(v, noise, out=v)
            np.multiply(v, gamma, out=g)
            np.subtract(x, g, out=x)
        return x

    return half


def _streaming(setting: Setting) -> Work:
    """Only every state through memory once a step: point and average, read and written."""

    def half(_: int) -> object:
        x, v = np.ones((2, setting.trials // 2, setting.problem.dimension))
        for _step in range(setting.steps):
            np.multiply(x, 1.0, out=x)
            np.multiply(v, 1.0, out=v)
        return x

    return _on_both_halves(half)


def floors() -> Iterator[Row]:
    times = alternate(MOMENTUM.simulated, _drawing(MOMENTUM), rounds=9)
    ratio = times.ratio(0, 1)
    met, reason = ratio <= 1.4, None
    if not met:
        passes = alternate(RADEMACHER.simulated, MOMENTUM.simulated, rounds=5).ratio()
        reason = f"gradient and update, without Gaussian noise, take {passes:.0%} of the time"
    yield Row(MOMENTUM.name, f"{ratio:.2f} x drawing the noise", "<= 1.4 x", met, reason)
    times = alternate(RADEMACHER.simulated, _streaming(RADEMACHER), rounds=9)
    yield Row(RADEMACHER.name, f"{times.ratio(0, 1):.1f} x streaming the state once")
    for setting in (MOMENTUM, RADEMACHER, SSVR_WORK, TOP_K):
        gain = alternate(setting.simulated, partial(setting.simulated, 1), rounds=7).ratio(1, 0)
        told = f"{gain:.2f} x as fast with {setting.workers} as on one core"
        met, reason = gain > 1.5, None
        if not met:
            step = replace(setting, steps=1)
            part = alternate(step.simulated, setting.simulated, rounds=7).ratio()
            reason = (
                f"all but the steps, which is handed out and back, takes {part:.0%} of the time"
            )
        yield Row(setting.name, told, "both cores used", met, reason)


# -- what a user would otherwise write ---------------------------------------------------------

# How many times as fast as JAX the simulator is to be, by the kind of number.
_TARGETS = {"float64": 2.0, "float32": 1.3}


def contenders(setting: Setting) -> Iterator[Row]:
    times = alternate(setting.simulated, loop(setting), rounds=3)
    yield Row(setting.name, f"{times.ratio(1, 0):.1f} x as fast as one trial at a time in NumPy")
    if find_spec("jax") is None:
        yield Row(setting.name, "against JAX: not measured", reason=_MISSING)
        return
    from benchmarks.with_jax import compiled

    for dtype, target in _TARGETS.items():
        other = compiled(setting, dtype)
        ratio = alternate(setting.simulated, other, rounds=7).ratio(1, 0)
        told = f"{ratio:.2f} x as fast as JAX in {dtype}"
        if setting is not MOMENTUM:
            yield Row(setting.name, told)
            continue
        met, reason = ratio >= target, None
        if not met:
            bare = alternate(other, _bare(setting), rounds=7).ratio()
            reason = f"the bare operations, the noise among them, are {bare:.2f} x as fast as JAX"
        yield Row(setting.name, told, f">= {target:g} x", met, reason)
    if setting is MOMENTUM:
        other = compiled(setting, "float32")
        ratio = alternate(RADEMACHER.simulated, other, rounds=7).ratio(1, 0)
        told = f"{ratio:.1f} x as fast as JAX with Gaussian noise in float32"
        met, reason = ratio >= 4, None
        if not met:
            bare = alternate(other, _bare(RADEMACHER), rounds=7).ratio()
            reason = f"the bare operations, the bits among them, are {bare:.1f} x as fast as JAX"
        yield Row(RADEMACHER.name, told, ">= 4 x", met, reason)


# -- growth --------------------------------------------------------------------------------------


def growth() -> Iterator[Row]:
    small = momentum("gaussian", dimension=500, trials=128, steps=200)
    pairs = {
        "trials": (small, momentum("gaussian", dimension=500, trials=256, steps=200)),
        "iterations K": (small, momentum("gaussian", dimension=500, trials=128, steps=400)),
        "dimension d": (small, momentum("gaussian", dimension=1000, trials=128, steps=200)),
        "components m": (ssvr(components=500), ssvr(components=1000)),
        "workers n": (top_k(workers=16), top_k(workers=32)),
    }
    for name, (one, two) in pairs.items():
        ratio = alternate(partial(two.simulated, 1), partial(one.simulated, 1), rounds=5).ratio()
        # The metric looks at all components, at a few checkpoints only.
        target = None if name.startswith("components") else "about 2 x"
        met = None if target is None else ratio < 2.4
        peaks = [_peak(partial(setting.simulated, 1)) for setting in (two, one)]
        told = f"twice: {ratio:.2f} x the time, {peaks[0] / peaks[1]:.2f} x the memory"
        yield Row(f"growth in {name}", told, target, met)


def _peak(work: Work) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)


# -- memory --------------------------------------------------------------------------------------


def _resident(code: str) -> float:
    """MB of a fresh process at its peak."""
    command = [sys.executable, "-c", code + _PEAK]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(told.split()[-1]) / 1024


def memory() -> Iterator[Row]:
    floor = (
        "import boundcalc, boundcalc.verify, numerics.simulate, numerics.oracles, numerics.problems"
    )
    floor += ", scipy.special; boundcalc.theorem('sgdm-pl')"
    base = _resident(floor)
    for iterations, trials in ((None, None), (3000, 2000), (300, 200_000), (30_000, 200)):
        options = f"iterations={iterations}, trials={trials}"
        used = _resident(f"{floor}.verify({options})") - base
        said = "the defaults" if iterations is None else f"K = {iterations}, {trials} trials"
        told = f"{used:.0f} MB above the imports"
        yield Row(f"verify sgdm-pl, {said}", told, "< 200 MB", used < 200)
