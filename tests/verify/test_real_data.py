"""The bounds survive data that people have."""

from pathlib import Path

import pytest

import boundcalc
from boundcalc.errors import UsageError

NAMES = ("sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl")


@pytest.mark.parametrize("name", NAMES)
def test_least_squares_with_mini_batches(name: str, diabetes: Path) -> None:
    found = boundcalc.theorem(name).verify(data=diabetes, iterations=400, trials=100)
    assert found.verdict == "holds"
    assert found.estimator.startswith("mini-batch of 221")
    assert found.constants["L"] > 4 and found.constants["M"] > 1
    assert "diabetes.csv" in found.problem
    assert "noise" in {finding.assumption for finding in found.findings}


def test_with_nothing_but_a_file(diabetes: Path) -> None:
    found = boundcalc.theorem("sgdm-pl").verify(data=diabetes)
    assert found.verdict == "holds"
    assert found.iterations >= 100 and found.trials >= 100
    assert found.seconds < 60


@pytest.mark.parametrize("name", NAMES)
def test_logistic_regression(name: str, cancer: Path) -> None:
    found = boundcalc.theorem(name).verify(
        data=cancer, loss="logistic", l2=0.1, iterations=300, trials=100
    )
    assert found.verdict == "holds"
    assert found.estimator.startswith("mini-batch of 256")
    if "pl" in name:
        assert found.constants["mu"] == 0.1


@pytest.mark.parametrize("start", ["zero", "first"])
def test_logistic_regression_with_mini_batches(start: str, cancer: Path) -> None:
    found = boundcalc.theorem("sgdm-pl").verify(
        data=cancer, loss="logistic", l2=0.1, estimator="minibatch", values={"batch": 16},
        start=start, iterations=200, trials=100,
    )  # fmt: skip
    assert found.verdict == "holds"
    assert found.constants["E0"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_libsvm_text(name: str, libsvm: Path) -> None:
    found = boundcalc.theorem(name).verify(data=libsvm, l2=0.1, estimator="exact", iterations=1000)
    assert found.verdict == "holds" and found.trials == 1


def test_bounded_below_is_enough_without_pl(cancer: Path) -> None:
    found = boundcalc.theorem("sgdm-nonconvex").verify(
        data=cancer, loss="logcosh", target_column="mean radius", iterations=200, trials=100
    )
    assert found.verdict == "holds"


def test_a_pl_theorem_refuses_data_without_pl(cancer: Path) -> None:
    with pytest.raises(UsageError, match=r"needs mu .*none is known.*add an l2 term"):
        boundcalc.theorem("sgd-pl").verify(data=cancer, loss="logistic")


def test_a_bad_file_is_a_usage_error(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n3\n")
    with pytest.raises(UsageError, match="line 3"):
        boundcalc.theorem("sgd-pl").verify(data=bad)
