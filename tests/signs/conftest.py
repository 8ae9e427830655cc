"""A data file written from what ships with scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 digits, their pixels in [0, 1] that are not always the same, and whether they are odd."""
    images, labels = load_digits(return_X_y=True)
    pixels = images[:200, np.ptp(images[:200], axis=0) > 0] / 16
    table = np.column_stack([pixels, labels[:200] % 2])
    path = tmp_path_factory.mktemp("data") / "digits.csv"
    names = [*(f"pixel{i}" for i in range(pixels.shape[1])), "odd"]
    np.savetxt(path, table, delimiter=",", header=",".join(names), comments="")
    return path
