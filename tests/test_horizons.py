"""Horizons as they are written."""

from __future__ import annotations

import pytest

from boundcalc import UsageError
from boundcalc.exact.ranges import geometric, read_horizons


def test_a_ladder_is_geometric_and_a_list_is_sorted() -> None:
    assert read_horizons("50:5000:5") == [50, 158, 500, 1581, 5000]
    assert read_horizons("1e3:10**6:4") == [1000, 10_000, 100_000, 1_000_000]
    assert read_horizons("500, 50,5000,50") == [50, 500, 5000]
    assert geometric(1, 4, 10) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text", ["", "5:50", "50:5:3", "5:5:2", "5:50:1", "5:50:101", "0:50:3", "5:50:3:2", "5,,6",
             "5,inf", "2.5", "a:b:c"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="horizons"):
        read_horizons(text)
