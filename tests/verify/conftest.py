"""Data files written from what ships with scikit-learn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file, load_breast_cancer, load_diabetes


def write_csv(path: Path, data: Any) -> Path:
    names = [*(str(name) for name in data.feature_names), "target"]
    table = np.column_stack([data.data, data.target])
    np.savetxt(path, table, delimiter=",", header=",".join(names), comments="")
    return path


@pytest.fixture(scope="session")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "diabetes.csv", load_diabetes())


@pytest.fixture(scope="session")
def cancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "cancer.csv", load_breast_cancer())


@pytest.fixture(scope="session")
def libsvm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "diabetes.libsvm"
    data = load_diabetes()
    dump_svmlight_file(data.data, data.target, str(path), zero_based=False)
    return path
