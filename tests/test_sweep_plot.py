"""The picture of a sweep: what its axes and its legend say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import boundcalc
from boundcalc.export.plots.figure import new_figure
from boundcalc.export.plots.sweep import draw
from boundcalc.verify import Sweep


def drawn(*over: str, **options: Any) -> tuple[Sweep, Any]:
    settings = {"iterations": 40, "trials": 40} | options
    sweep = boundcalc.theorem("sgdm-pl").sweep(*over, **settings)
    return sweep, new_figure((13, 5), lambda figure: draw(figure, sweep))


def legend(figure: Any) -> list[str]:
    return figure.axes[0].get_legend_handles_labels()[1]  # type: ignore[no-any-return]


def test_cells_end_where_the_parameter_does() -> None:
    _, figure = drawn("beta=0.2:1:5", "gamma=0.02:0.1:5")
    for axes in figure.axes[:3]:
        assert axes.get_xlim() == pytest.approx((0.1, 1.0))
        assert axes.get_ylim() == pytest.approx((0.01, 0.11))
    _, figure = drawn("gamma=0.01,0.05,0.06")
    assert figure.axes[0].get_xlim()[0] == 0


def test_a_list_of_decades_is_drawn_as_one_and_its_values_are_named() -> None:
    _, figure = drawn("gamma=0.001,0.01,0.1,1000")
    (axes, *_) = figure.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "0.001",
        "0.01",
        "0.1",
        "1000",
    ]
    assert axes.get_xticks(minor=True).size == 0


def test_a_band_that_nobody_sees_has_no_name() -> None:
    sweep, figure = drawn("gamma=0.05:0.1:3", trials=30)
    wide = np.array([cell.upper - cell.lower for cell in sweep.cells])
    assert (wide > 0.2 * np.array([cell.mean for cell in sweep.cells])).all()
    assert any("band" in label for label in legend(figure))
    sweep, figure = drawn("gamma=0.01:0.02:3", iterations=1, trials=20_000)
    assert all(cell.lower < cell.mean < cell.upper for cell in sweep.cells)
    assert not any("band" in label for label in legend(figure))


def test_where_runs_diverge_is_marked() -> None:
    _, figure = drawn("gamma=1e-2:1e9:12log")
    assert "runs diverge (beyond $10^{150}$)" in legend(figure)
    _, figure = drawn("gamma=1e-2:1e9:12log", "beta=0.5,1")
    assert "runs diverge (beyond $10^{150}$)" in legend(figure)


def test_what_is_not_there_is_not_named() -> None:
    sweep, figure = drawn("gamma=1e8,1e9", iterations=300)
    assert sweep.best_mean is None
    assert {"mean", "bound"}.isdisjoint(legend(figure))
    _, figure = drawn("gamma=0.01")
    assert not any("band" in label for label in legend(figure))


def test_what_is_about_to_diverge_does_not_squeeze_the_rest() -> None:
    sweep, figure = drawn("gamma=1e-2:20:5log", iterations=30)
    largest = max(cell.bound for cell in sweep.admissible)
    assert max(cell.mean for cell in sweep.cells) > 1e9 * largest
    assert figure.axes[0].get_ylim()[1] == pytest.approx(1e3 * largest)
