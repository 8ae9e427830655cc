"""Pictures of studies of horizons: what is drawn, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import boundcalc
from boundcalc.errors import UsageError
from boundcalc.export.plots import horizons as module
from boundcalc.export.plots.figure import new_figure
from boundcalc.export.plots.horizons import plot_horizons
from boundcalc.verify import HorizonStudy


@pytest.fixture(scope="module")
def found() -> HorizonStudy:
    return boundcalc.theorem("ssvr").verify_horizons([10, 20, 40], trials=20)


def test_what_is_drawn(found: HorizonStudy) -> None:
    (axes,) = new_figure((8, 5), lambda figure: module.draw(figure, found)).axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_title().startswith("ssvr: the bound holds at every horizon\nquadratic, d = 10")
    lines = {str(line.get_label()): line for line in axes.get_lines()}
    bounds = [one.bound for one in found.rungs]
    assert np.allclose(np.asarray(lines["bound"].get_ydata()), bounds)
    predicted = lines["predicted: $K^{-1/3}$"]
    x, y = (np.asarray(data) for data in (predicted.get_xdata(), predicted.get_ydata()))
    assert np.log(y[1] / y[0]) / np.log(x[1] / x[0]) == pytest.approx(-1 / 3)
    assert found.fit is not None
    (label,) = (name for name in lines if name.startswith("fit"))
    y = np.asarray(lines[label].get_ydata())
    assert np.log(y[1] / y[0]) / np.log(x[1] / x[0]) == pytest.approx(found.fit.exponent)
    (limits,) = axes.containers
    assert limits.get_label() == "mean of 20 trials, 99% limits"


@pytest.mark.parametrize(
    ("mean", "lower", "upper"), [(np.inf, 1e140, np.inf), (0.0, 0.0, 0.0), (1e-9, 0.0, np.inf)]
)
def test_extreme_values(
    mean: float, lower: float, upper: float, found: HorizonStudy, tmp_path: Path
) -> None:
    last = replace(found.rungs[-1], mean=mean, lower=lower, upper=upper)
    for rungs in ((*found.rungs[:-1], last), (last,)):
        plot_horizons(replace(found, rungs=rungs, fit=None), tmp_path / "study.svg")
    assert [file.name for file in tmp_path.iterdir()] == ["study.svg"]
    with pytest.raises(UsageError, match="must end in"):
        plot_horizons(found, tmp_path / "study.doc")
