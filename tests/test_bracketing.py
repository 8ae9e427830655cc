"""The place of a sign change among whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundcalc.solve.bracketing import first_reached

CURVES: dict[str, Callable[[float], float]] = {
    "power": lambda u: -u,
    "geometric": lambda u: -math.expm1(min(u, 9.0)),
    "step": lambda u: 1.0 if u < 0 else -1.0,
    "infinite": lambda u: math.inf if u < 0 else -math.inf,
    "flat, then steep": lambda u: -(u**9) - 1e-9 * u,
}


@pytest.mark.parametrize("curve", CURVES)
@given(st.integers(1, 10**15), st.floats(1, 1e4), st.floats(1, 1e4))
def test_the_first_count_without_excess_is_found(
    curve: str, root: int, below: float, above: float
) -> None:
    seen: list[int] = []

    def excess(K: int) -> float:
        seen.append(K)
        return CURVES[curve](math.log(K / (root - 0.5)))

    low, high = int((root - 1) / below), math.ceil(root * above)
    if low == 0:
        assert first_reached(lambda K: CURVES[curve](K - root + 0.5), 0, high) == root
        return
    assert first_reached(excess, low, high) == root
    assert len(seen) <= 100


def test_a_smooth_curve_takes_few_evaluations() -> None:
    seen: list[int] = []

    def excess(K: int) -> float:
        seen.append(K)
        return 0.3 + 900 / K - 0.301

    assert first_reached(excess, 4**9, 4**11) == 900_000
    assert len(seen) < 15
