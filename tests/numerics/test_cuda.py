"""The real thing, where there is a GPU with CuPy; without one nothing here runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics import Result, block, simulate
from tests.numerics.device_cases import cases

cupy = pytest.importorskip("cupy")
if not cupy.cuda.is_available():
    pytest.skip("CuPy finds no GPU", allow_module_level=True)

CASES = dict(cases())
TRIALS, FEW = 4000, (1, 3)


def simulated(name: str, **changes: Any) -> Result:
    asked = {"iterations": FEW[-1], "checkpoints": FEW, "trials": TRIALS}
    return simulate(**CASES[name] | asked | changes)


@pytest.mark.parametrize("name", CASES)
def test_moments_are_those_of_numpy(name: str) -> None:
    ours, theirs = (simulated(name, device=device) for device in ("cuda", "cpu"))
    error = np.sqrt((ours.variance + theirs.variance) / TRIALS)
    room = 6 * error + 1e-9 * np.abs(theirs.mean)
    assert (np.abs(ours.mean - theirs.mean) <= room).all()
    assert (ours.diverged == theirs.diverged).all()


@pytest.mark.parametrize("name", CASES)
def test_no_step_waits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cupyx = pytest.importorskip("cupyx")
    stepping = block.stepping

    def watched(*arguments: Any) -> Any:
        steps = stepping(*arguments)
        take = steps.take

        def alone(*given: Any) -> None:
            with cupyx.allow_synchronize(False):
                take(*given)

        steps.take = alone
        return steps

    monkeypatch.setattr(block, "stepping", watched)
    simulated(name, device="cuda", trials=5)


def test_the_same_seed_gives_the_same_numbers_and_blocks_differ() -> None:
    first, again = (simulated("problem quadratic", device="cuda") for _ in range(2))
    assert first.mean.tobytes() == again.mean.tobytes()
    assert first.variance.tobytes() == again.variance.tobytes()
    from numerics.backend import backend

    arrays = backend("cuda")
    one, other, same = (
        arrays.to_host(arrays.generator(seed, place).random((1000,)))
        for seed, place in ((1, 0), (1, 1), (1, 0))
    )
    assert (one == same).all() and (one != other).any()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
