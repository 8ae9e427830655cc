"""Certified numbers enclose the exact ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.rounding import UNIT, down, gamma, up
from numerics.spectrum import LARGEST_ORDER, eigenvalue_bounds, gram_bounds


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_sums_of_non_negative_terms_are_enclosed(terms: list[float]) -> None:
    exact = sum(map(Fraction, terms))
    computed = float(np.sum(np.array(terms)))
    assert Fraction(down(computed, len(terms))) <= exact <= Fraction(up(computed, len(terms)))


def test_gamma_is_an_upper_bound() -> None:
    unit = Fraction(UNIT)
    for n in (1, 7, 1000, 10**9):
        assert Fraction(gamma(n)) >= n * unit / (1 - n * unit)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_known_spectrum_is_enclosed_tightly(n: int) -> None:
    # The path graph's second-difference matrix has eigenvalues 2 - 2 cos(pi j / (n + 1)).
    matrix = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    low, high = eigenvalue_bounds(matrix)
    least, greatest = (2 - 2 * np.cos(np.pi * j / (n + 1)) for j in (1, n))
    assert low < least < low + 1e-10 and high - 1e-10 < greatest < high


def test_enclosure_covers_perturbations_of_the_stated_size() -> None:
    rng = np.random.default_rng(1)
    base = rng.standard_normal((12, 12))
    base = base + base.T
    low, high = eigenvalue_bounds(base, 0.1)
    for _ in range(50):
        noise = rng.standard_normal((12, 12))
        noise = noise + noise.T
        values = np.linalg.eigvalsh(base + 0.1 * noise / np.linalg.norm(noise, 2))
        assert low <= values[0] and values[-1] <= high


def test_gram_of_integer_rows_is_exact_to_rounding() -> None:
    # A'A = diag(4, 9): singular values 2 and 3.
    rows = np.array([[2.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    low, high = gram_bounds(rows)
    assert 4 - 1e-12 < low <= 4 and 9 <= high < 9 + 1e-12


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
def test_rank_deficiency_is_never_called_full_rank(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    rows = np.round(8 * rng.standard_normal(shape))
    # Exactly dependent, in integers.
    if shape[0] > shape[1]:
        rows[:, -1] = rows[:, 0] + 3 * rows[:, 1]
    else:
        rows[-1] = rows[0] - 2 * rows[2]
    assert gram_bounds(rows)[0] <= 0
    assert gram_bounds(rows[:, :-1] if shape[0] > shape[1] else rows[:-1])[0] > 0


def test_large_orders_fall_back_on_norms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numerics.spectrum.LARGEST_ORDER", 5)
    rows = np.random.default_rng(3).standard_normal((20, 10))
    low, high = gram_bounds(rows)
    assert low == 0 and high >= np.linalg.norm(rows, 2) ** 2
    assert LARGEST_ORDER > 1000
