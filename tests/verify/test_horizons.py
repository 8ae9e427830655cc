"""Studies of horizons: schedules, verdicts, and the exponent beside the predicted one."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import boundcalc
from boundcalc import UsageError
from boundcalc.errors import UnprovedWarning
from boundcalc.export.text.horizons import horizon_study as report
from boundcalc.facade import TheoremHandle
from boundcalc.verify import HorizonStudy, verify_horizons
from boundcalc.verify.fits import Fit, fitted_exponent


def study(name: str, horizons: list[int], **options: object) -> HorizonStudy:
    return boundcalc.theorem(name).verify_horizons(horizons, **options)


def test_variance_reduction_is_tight_and_as_fast_as_predicted() -> None:
    found = study("ssvr", [50, 158, 500, 1581, 5000])
    assert found.verdict == "holds" and found.exit_status == 0
    assert found.predicted.exponent == Fraction(-1, 3)
    assert found.against_prediction in ("contains", "beats")
    assert 1 < found.rungs[-1].tightness < 3
    betas = [one.parameters["beta"] for one in found.rungs]
    assert betas == sorted(betas, reverse=True) and betas[-1] < 0.2


def test_a_horizon_is_held_against_the_bound_at_its_own_parameters() -> None:
    found = study("signsgd-momentum", [20, 60], trials=20)
    for one in found.rungs:
        values = {**found.constants, **one.parameters}
        bound = TheoremHandle(found.theorem).bound(one.horizon, **values).value
        assert one.bound == pytest.approx(bound, rel=1e-6)
        for name, change in (("gamma", 1.1), ("gamma", 0.9), ("beta", 0.9)):
            other = {**values, name: values[name] * change}
            assert TheoremHandle(found.theorem).bound(one.horizon, **other).value > one.bound


def test_a_batch_is_as_noisy_as_its_size_says() -> None:
    found = study("signsgd", [500, 5000], trials=20)
    assert found.constants["sigma2"] == pytest.approx(0.01, rel=1e-12)
    # sigma2 K/(2 Delta L) = K/750.
    assert [one.parameters["batch"] for one in found.rungs] == [1, 7]
    assert found.predicted.exponent == Fraction(-1, 2)
    # Seven samples are less noisy than one.
    alone = study("signsgd", [5000], trials=20, values={"batch": 1})
    assert alone.rungs[0].mean > 1.2 * found.rungs[1].mean
    assert alone.predicted.kind == "residual"


def test_what_is_given_is_kept() -> None:
    found = study("ssvr", [20, 60], trials=5, values={"beta": Fraction(1, 4), "sigma2": 0.02})
    assert all(one.parameters["beta"] == 0.25 for one in found.rungs)
    assert found.constants["beta"] == 0.25 and found.constants["sigma2"] == 0.02


def test_a_horizon_stands_for_itself_and_workers_do_not_count() -> None:
    many = study("sgd-pl", [10, 40, 80], trials=300, workers=1)
    one = study("sgd-pl", [40], trials=300, workers=2)
    assert many.rungs[1].mean == one.rungs[0].mean
    assert study("sgd-pl", [40], trials=300, seed=1).rungs[0].mean != one.rungs[0].mean
    # Alone it has wider room: the limits of three hold together.
    assert many.rungs[1].upper > one.rungs[0].upper > one.rungs[0].mean


def test_without_errors_a_rate_is_geometric_or_a_slope_alone() -> None:
    quick = study("sgd-pl", [5, 10, 15], estimator="exact")
    assert quick.predicted.kind == "geometric"
    assert quick.fit is None and quick.against_prediction is None
    slow = study("ssvr", [50, 200, 800], estimator="exact")
    assert slow.predicted.exponent == Fraction(-1, 2)
    assert slow.fit is not None and slow.fit.lower is None and slow.against_prediction is None
    assert slow.fit.exponent == pytest.approx(-0.5, abs=0.01)


@pytest.mark.parametrize(
    ("values", "kind", "logarithmic"), [({}, "residual", False), ({"C": 0}, "power", True)]
)
def test_bias_leaves_a_residual(values: dict[str, int], kind: str, logarithmic: bool) -> None:
    found = study("sgd-pl", [10, 20], trials=20, values=values)
    assert found.predicted.kind == kind and found.predicted.logarithmic == logarithmic
    assert found.fit is None  # two horizons are always on a line


def test_an_estimator_is_studied_too() -> None:
    found = study("sgd-nonconvex", [10, 40], trials=200, estimator="clip")
    assert found.verdict == "holds" and found.theorem.name == "sgd-nonconvex+clip"


def test_a_bound_without_its_noise_is_violated() -> None:
    theorem = boundcalc.theorem("signsgd-momentum")
    error = {key: value / 50 for key, value in theorem.step.error.items()}
    false = replace(theorem.declaration, step=replace(theorem.step, error=error))
    with pytest.warns(UnprovedWarning):
        found = verify_horizons(false, [100, 1000], trials=50)
    assert found.verdict == "violated" and found.exit_status == 1
    text = report(found)
    assert "NOT PROVED" in text and "violated: at K = " in text and "above the bound" in text


def test_few_trials_are_inconclusive() -> None:
    found = study("sgd-pl", [100, 2000], trials=2, level=0.999)
    assert found.verdict == "inconclusive" and found.exit_status == 3
    assert found.needed_trials is not None and found.needed_trials > 2


@pytest.mark.parametrize("horizons", [[], [0, 10], [2.5], [math.inf]])
def test_horizons_are_whole_numbers(horizons: list[int]) -> None:
    with pytest.raises(UsageError):
        study("ssvr", horizons)


# -- the fit ---------------------------------------------------------------------------

K = np.array([50, 158, 500, 1581, 5000])


def fit(mean: np.ndarray, variance: np.ndarray, level: float = 0.95) -> Fit:
    found = fitted_exponent(K, mean, variance, level)
    assert found is not None
    return found


def test_a_power_is_found_and_noise_alone_gives_the_width() -> None:
    mean = 3.0 * K ** (-1 / 3)
    exact = fit(mean, np.zeros(5))
    assert exact.exponent == pytest.approx(-1 / 3) and exact.factor == pytest.approx(3)
    assert exact.lower is None and exact.against(-1 / 3) is None
    # Equal relative deviations s: Student's quantile at 3 degrees, times s/sqrt(Sxx).
    s, x = 0.01, np.log(K)
    noisy = fit(mean, (s * mean) ** 2)
    width = 3.1824463 * s / math.sqrt(((x - x.mean()) ** 2).sum())
    assert noisy.upper == pytest.approx(-1 / 3 + width) and noisy.against(-1 / 3) == "contains"
    assert noisy.against(-0.1) == "beats" and noisy.against(-0.5) == "misses"


def test_a_bent_line_widens_the_interval_and_a_sure_mean_weighs_more() -> None:
    s = np.full(5, 0.001)
    bent = np.exp(-0.02 * np.log(K) ** 2)
    straight = K**-0.2
    widths = [
        found.upper - found.lower
        for found in (fit(bent, (s * bent) ** 2), fit(straight, (s * straight) ** 2))
        if found.upper is not None and found.lower is not None
    ]
    assert widths[0] > 20 * widths[1]
    off = straight * np.array([1, 1, 1, 1, 1.5])
    s[-1] = 10.0
    assert fit(off, (s * off) ** 2).exponent == pytest.approx(-0.2, abs=1e-3)


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    s = np.array([0.001, 0.002, 0.002, 0.004, 0.01])
    truth = 2.0 * K**-0.25
    found = [
        fit(truth * np.exp(s * rng.standard_normal(5)), (s * truth) ** 2, 0.9) for _ in range(500)
    ]
    share = np.mean([one.against(-0.25) == "contains" for one in found])
    # At least 90 %, up to four deviations; never widened below the noise, so more.
    assert 0.9 - 4 * math.sqrt(0.09 / 500) < share < 0.995


def test_a_horizon_at_which_all_trials_agree_leaves_a_fit() -> None:
    found = fitted_exponent(
        np.array([5, 10, 20]), np.array([1.0, 0.6, 0.3]), np.array([0.0, 1e-4, 1e-4]), 0.99
    )
    assert found is not None and found.lower is not None and found.upper is not None
    assert found.lower < found.exponent < found.upper
