"""Compressors meet their constants, and with equality where their docstrings say so."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerics.backend import Array
from numerics.compressors import (
    COMPRESSORS,
    Compressor,
    Dithering,
    Grid,
    Identity,
    Natural,
    RandK,
    Scaled,
    ScaledSign,
    Sparsifier,
    Ternary,
    TopK,
    compressor_options,
    make_compressor,
    scaled_down,
)
from numerics.errors import InputError
from numerics.rounding import above, below, root_above

D = 24
ROUNDING = 1e-12

DETERMINISTIC: list[Compressor] = [
    Identity(),
    TopK(1),
    TopK(5),
    TopK(D),
    ScaledSign(),
    Grid(0.5),
    Grid(1e-3),
]
# Each coordinate has one of two outcomes, decided by its own uniform number.
TWO_POINT: list[Compressor] = [
    Sparsifier(0.3),
    Sparsifier(tuple(np.linspace(0.1, 1.0, D))),
    Dithering(1),
    Dithering(2),
    Dithering(3),
    Dithering(50),
    Ternary(),
    Ternary("sup"),
    Natural(),
]
RANDOM: list[Compressor] = [RandK(1), RandK(7), RandK(D), *TWO_POINT]
EVERY = [*DETERMINISTIC, *RANDOM, Scaled(RandK(3)), Scaled(Natural()), Scaled(Ternary())]


def title(compressor: Compressor) -> str:
    return compressor.title


def vectors(d: int = D) -> Array:
    """Random, sparse, heavy-tailed, adversarial and zero rows."""
    rng = np.random.default_rng(5)
    dense = rng.standard_normal((30, d))
    sparse = np.where(rng.random((30, d)) < 0.15, rng.standard_normal((30, d)), 0.0)
    heavy = rng.standard_cauchy((30, d)) ** 3
    spike = np.zeros((2, d))
    spike[0, 0], spike[1, -1] = 3.0, -0.7
    nearly = np.full((1, d), 1e-9)
    nearly[0, d // 2] = 1.0
    decay = np.array([0.5, 0.9, -0.1])[:, None] ** np.arange(d)
    equal = np.array([[1.0], [-0.3], [2.0**-0.5]]) * np.ones(d)
    half = np.ones((1, d)) / (1 + d**0.5)
    half[0, 1] = -1.0
    parts = [dense, sparse, heavy, spike, nearly, decay, equal, 4 / 3 * equal, half]
    return np.vstack([*parts, np.zeros((1, d))])


def squares(rows: Array) -> Array:
    return np.einsum("...j,...j->...", rows, rows)


class Given:
    """A generator whose uniform numbers are laid down: the compressor's law can be read off."""

    def __init__(self, uniforms: Any) -> None:
        self.uniforms = uniforms

    def random(self, shape: tuple[int, ...]) -> Array:
        return np.broadcast_to(self.uniforms, shape).copy()


FIRST, LAST = 0.0, 1 - 2.0**-53


def two_points(compressor: Compressor, v: Array) -> tuple[Array, Array, Array]:
    """Both outcomes of each coordinate, and the probability of the first that E Q(v) = v needs.

    That the compressor changes over at that very probability is asserted, so that the law is known.
    """
    up, down = (compressor.compress(v, Given(u)) for u in (FIRST, LAST))
    differ = up != down
    p = np.where(differ, (v - down) / np.where(differ, up - down, 1.0), 0.5)
    assert (p > -1e-12).all() and (p < 1 + 1e-12).all()
    np.testing.assert_allclose(up[~differ], v[~differ], rtol=1e-14)
    for shift, outcome in ((-1e-9, up), (1e-9, down)):
        uniforms = p + shift
        seen = differ & (uniforms >= 0) & (uniforms < 1)
        got = compressor.compress(v, Given(np.clip(uniforms, FIRST, LAST)))
        np.testing.assert_array_equal(got[seen], outcome[seen])
    return up, down, np.clip(p, 0.0, 1.0)


def variance(compressor: Compressor, v: Array) -> Array:
    """E||Q(v) - v||^2 of each row, exactly up to rounding."""
    up, down, p = two_points(compressor, v)
    return np.sum(p * (up - v) ** 2 + (1 - p) * (down - v) ** 2, axis=-1)


def closed_form(compressor: Compressor, v: Array) -> Array:
    """E||Q(v) - v||^2 from the formula, independently of the code."""
    size, norm = np.abs(v), np.sqrt(squares(v))[:, None]
    if isinstance(compressor, RandK):
        return (v.shape[1] / compressor.k - 1) * squares(v)
    if isinstance(compressor, Sparsifier):
        return np.sum((1 / np.array(compressor.probabilities) - 1) * v**2, axis=-1)
    if isinstance(compressor, Natural):
        low = np.where(size > 0, 2.0 ** np.floor(np.log2(np.where(size > 0, size, 1.0))), 0.0)
        return np.sum((size - low) * (2 * low - size), axis=-1)
    if isinstance(compressor, Ternary) and compressor.norm == "sup":
        return np.max(size, axis=-1) * np.sum(size, axis=-1) - squares(v)
    levels = compressor.levels if isinstance(compressor, Dithering) else 1
    a = levels * size / np.where(norm > 0, norm, 1.0)
    return np.sum((a % 1) * (1 - a % 1) * (norm / levels) ** 2, axis=-1)


# Deterministic compressors, vector by vector.


def within(compressor: Compressor, v: Array) -> bool:
    """Whether the inequality of its kind holds at every row."""
    error = squares(compressor.compress(v, None) - v)
    c, size = compressor.constant(v.shape[-1]), squares(v)
    if compressor.kind == "absolute":
        return bool((error <= c + ROUNDING * (size + c)).all())
    alpha = compressor.constants(v.shape[-1])["contractive"]
    return bool((error <= (1 - alpha) * size + ROUNDING * size).all())


@pytest.mark.parametrize("compressor", DETERMINISTIC, ids=title)
def test_deterministic_constant_holds(compressor: Compressor) -> None:
    assert not compressor.random
    assert within(compressor, vectors())


# Squares that underflow would blind the tests, not the compressors.
numbers = (
    st.floats(1e-100, 1e3) | st.floats(-1e3, -1e-100) | st.sampled_from([0.0, 1.0, -1.0, 4 / 3])
)


@given(st.lists(numbers, min_size=1, max_size=12), st.integers(1, 12), st.floats(1e-3, 10))
def test_deterministic_constant_holds_on_any_vector(
    entries: list[float], k: int, pitch: float
) -> None:
    v = np.array([entries])
    for compressor in (Identity(), TopK(min(k, len(entries))), ScaledSign(), Grid(pitch)):
        assert within(compressor, v)


@pytest.mark.parametrize(
    ("compressor", "larger"),
    [
        (TopK(5), np.ones_like),
        (ScaledSign(), lambda v: np.eye(1, v.shape[1])),
        (Grid(0.5), lambda v: np.full_like(v, 0.75)),
    ],
    ids=["topk at equal entries", "scaled sign at a spike", "grid half-way"],
)
def test_deterministic_constant_is_attained(
    compressor: Compressor, larger: Callable[[Array], Array]
) -> None:
    v = larger(np.zeros((1, D)))
    error, c = squares(compressor.compress(v, None) - v)[0], compressor.constant(D)
    target = c if compressor.kind == "absolute" else (1 - c) * squares(v)[0]
    assert error == pytest.approx(target, rel=1e-13)


def test_scaled_sign_error_is_known_for_every_vector() -> None:
    v = vectors()
    error = squares(ScaledSign().compress(v, None) - v)
    exact = squares(v) - np.sum(np.abs(v), axis=1) ** 2 / D
    assert (np.abs(error - exact) <= ROUNDING * squares(v)).all()


def test_scaled_sign_codes_zero_as_one_bit() -> None:
    out = ScaledSign().compress(np.array([0.0, -3.0, 1.0, 0.0]), None)
    assert out.tolist() == [1.0, -1.0, 1.0, 1.0]


@pytest.mark.parametrize("k", [1, 2, 5, D - 1, D])
def test_topk_keeps_exactly_the_k_largest(k: int) -> None:
    v = vectors()[:30]
    out = TopK(k).compress(v, None)
    assert (np.count_nonzero(out, axis=1) == k).all()
    kept = out != 0
    np.testing.assert_array_equal(out[kept], v[kept])
    left = np.where(kept, 0.0, np.abs(v)).max(axis=1)
    assert (np.where(kept, np.abs(v), np.inf).min(axis=1) >= left).all()


def test_topk_settles_ties_by_place_and_row_by_row() -> None:
    v = np.array([[1.0, -2, 2, 1, -1], [3, 3, 3, 3, 3], [5, 4, 3, 2, 1], [0, 0, 1, 0, 0]])
    wanted = [[1, -2, 2, 0, 0], [3, 3, 3, 0, 0], [5, 4, 3, 0, 0], [0, 0, 1, 0, 0]]
    assert TopK(3).compress(v, None).tolist() == wanted


@given(st.lists(st.sampled_from([0.5, -0.5, 1.0, 2.0]), min_size=1, max_size=15), st.data())
def test_topk_keeps_exactly_k_among_ties(entries: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(entries)))
    out = TopK(k).compress(np.array(entries), None)
    order = sorted(range(len(entries)), key=lambda j: -abs(entries[j]))[:k]
    assert set(np.flatnonzero(out)) == set(order)


def test_grid_is_the_nearest_multiple() -> None:
    v = np.array([0.24, 0.26, -0.26, 0.25, 0.75, -7.1])
    assert Grid(0.5).compress(v, None).tolist() == [0, 0.5, -0.5, 0, 1, -7]


# Unbiased compressors, by their exact law.


@pytest.mark.parametrize("compressor", TWO_POINT, ids=title)
def test_law_is_unbiased_with_variance_within_omega(compressor: Compressor) -> None:
    v = vectors()
    exact = variance(compressor, v)
    assert (exact <= (compressor.constant(D) + ROUNDING) * squares(v)).all()
    assert (np.abs(exact - closed_form(compressor, v)) <= ROUNDING * squares(v)).all()


@given(st.lists(numbers, min_size=1, max_size=12), st.integers(1, 6))
def test_omega_holds_on_any_vector(entries: list[float], levels: int) -> None:
    v = np.array([entries])
    for c in (Sparsifier(0.3), Dithering(levels), Ternary(), Ternary("sup"), Natural()):
        exact = variance(c, v)
        assert (exact <= (c.constant(v.shape[1]) + ROUNDING) * squares(v)).all()
        assert (np.abs(exact - closed_form(c, v)) <= ROUNDING * squares(v)).all()


@pytest.mark.parametrize(("d", "k"), [(1, 1), (4, 1), (5, 2), (6, 3), (6, 5), (6, 6)])
def test_randk_exactly_over_all_orders_of_its_keys(d: int, k: int) -> None:
    # Independent keys are in every order equally often, and only the order matters.
    keys = np.array(list(itertools.permutations(np.arange(d) / d)))
    rng = np.random.default_rng(1)
    for v in (rng.standard_normal(d), rng.standard_cauchy(d), np.ones(d), np.eye(d)[0]):
        out = RandK(k).compress(np.tile(v, (len(keys), 1)), Given(keys))
        support, counts = np.unique(out[:, v != 0] != 0, axis=0, return_counts=True)
        if (v != 0).all():
            assert len(support) == math.comb(d, k) and len(set(counts)) == 1
        np.testing.assert_allclose(out.mean(axis=0), v, rtol=1e-12)
        error = squares(out - v).mean()
        # Equality, whatever v is.
        assert error == pytest.approx(RandK(k).constant(d) * squares(v), rel=1e-12, abs=1e-30)


def equal(d: int) -> Array:
    return np.ones((1, d))


def spread(d: int) -> Array:
    """One entry 1, the others 1/(1 + sqrt d)."""
    v = np.full((1, d), 1 / (1 + d**0.5))
    v[0, 0] = 1.0
    return v


@pytest.mark.parametrize(
    ("compressor", "v"),
    [
        (Sparsifier((0.2, 0.9, 0.5)), np.array([[3.0, 0, 0]])),
        (Dithering(1), equal(7)),
        (Dithering(2), equal(16)),
        (Dithering(2), equal(50)),
        (Dithering(3), equal(100)),
        # Half-integers a_j with sum a_j^2 = l^2, where d < 4 l^2.
        (Dithering(2), np.array([[1.5, *7 * [0.5]]])),
        (Dithering(3), np.array([[2.5, 1.5, 0.5, 0.5]])),
        (Ternary(), equal(9)),
        (Ternary("sup"), spread(9)),
        (Ternary("sup"), spread(50)),
        (Natural(), 4 / 3 * equal(3)),
    ],
    ids=lambda x: x.title if isinstance(x, Compressor) else str(x.shape[1]),
)
def test_omega_is_attained(compressor: Compressor, v: Array) -> None:
    omega = compressor.constant(v.shape[1])
    assert omega > 0
    assert variance(compressor, v)[0] == pytest.approx(omega * squares(v)[0], rel=1e-12)


def test_smaller_dithering_formula_would_be_wrong() -> None:
    v = np.array([[1.5, *7 * [0.5]]])
    assert variance(Dithering(2), v)[0] > 1.2 * (8**0.5 / 2 - 1) * squares(v)[0]


@pytest.mark.parametrize("compressor", RANDOM, ids=title)
def test_simulated_mean_and_variance(compressor: Compressor) -> None:
    """z-scores within 5, with the exact deviation for the mean of each coordinate."""
    assert compressor.random
    n, rng = 4000, np.random.default_rng(11)
    signs = np.where(np.arange(D) % 3 == 0, -1.0, 1.0)
    for v in (signs * np.linspace(0.2, 2.0, D), 1e-3 * signs, spread(D)[0]):
        out = compressor.compress(np.broadcast_to(v, (n, D)), rng)
        if isinstance(compressor, RandK):
            each = (D / compressor.k - 1) * v**2
        else:
            up, down, _ = two_points(compressor, v[None])
            each = ((up - v) * (v - down))[0]
        rounding = 1e-12 * np.abs(v)
        assert (
            np.abs(out.mean(axis=0) - v) <= 5 * np.sqrt(np.maximum(each, 0) / n) + rounding
        ).all()
        errors = squares(out - v)
        gap = abs(errors.mean() - closed_form(compressor, v[None])[0])
        assert gap <= 5 * errors.std() / n**0.5 + ROUNDING * squares(v)


def test_randk_draws_a_uniform_subset() -> None:
    d, k, n = 10, 4, 20_000
    out = RandK(k).compress(np.ones((n, d)), np.random.default_rng(2))
    support = out != 0
    assert (support.sum(axis=1) == k).all() and set(np.unique(out)) == {0.0, d / k}
    one, two = k / d, k * (k - 1) / (d * (d - 1))
    pairs = support.T.astype(float) @ support / n
    off = pairs[~np.eye(d, dtype=bool)]
    assert np.abs(np.diag(pairs) - one).max() < 5 * (one * (1 - one) / n) ** 0.5
    assert np.abs(off - two).max() < 5 * (two * (1 - two) / n) ** 0.5


def test_coordinates_and_rows_are_drawn_independently() -> None:
    n = 20_000
    for compressor in (Sparsifier(0.5), Dithering(2), Ternary(), Natural()):
        v = np.tile([0.7, 0.9, 1.1, 1.3], (n, 1))
        up, down, _ = two_points(compressor, v[:1])
        z = compressor.compress(v, np.random.default_rng(3)) - v
        z /= np.sqrt((up - v[:1]) * (v[:1] - down))
        across, along = z[:, :-1] * z[:, 1:], z[:-1] * z[1:]
        assert np.abs(across.mean(axis=0)).max() < 5 / n**0.5
        assert np.abs(along.mean(axis=0)).max() < 5 / n**0.5


# Scaled down.


def test_scaled_randk_keeps_k_coordinates_as_they_are() -> None:
    v = vectors()
    scaled = scaled_down(RandK(6))
    out = scaled.compress(v, np.random.default_rng(0))
    assert scaled.kind == "contractive" and scaled.random and scaled.constant(D) == 0.25
    np.testing.assert_allclose(out[out != 0], v[out != 0], rtol=1e-15)
    assert (np.count_nonzero(out[:30], axis=1) == 6).all()
    assert scaled.bits(D) == RandK(6).bits(D)


@pytest.mark.parametrize("inner", TWO_POINT, ids=title)
def test_scaled_is_contractive(inner: Compressor) -> None:
    scaled, v = Scaled(inner), vectors()
    up, down, p = two_points(inner, v)
    scale = 1 / (1 + inner.constant(D))
    np.testing.assert_allclose(scaled.compress(v, Given(FIRST)), scale * up, rtol=1e-14)
    np.testing.assert_allclose(scaled.compress(v, Given(LAST)), scale * down, rtol=1e-14)
    error = np.sum(p * (scale * up - v) ** 2 + (1 - p) * (scale * down - v) ** 2, axis=1)
    assert (error <= (1 - scaled.constant(D) + ROUNDING) * squares(v)).all()


@pytest.mark.parametrize(
    ("inner", "v"),
    [(Natural(), 4 / 3 * equal(3)), (Ternary(), equal(9)), (Dithering(2), equal(50))],
)
def test_scaled_constant_is_attained(inner: Compressor, v: Array) -> None:
    d, scaled = v.shape[1], Scaled(inner)
    _, _, p = two_points(inner, v)
    one, two = (squares_by_coordinate(scaled, v, u) for u in (FIRST, LAST))
    error = np.sum(p * one + (1 - p) * two)
    assert error == pytest.approx((1 - scaled.constant(d)) * squares(v)[0], rel=1e-12)


def squares_by_coordinate(compressor: Compressor, v: Array, uniform: float) -> Array:
    return (compressor.compress(v, Given(uniform)) - v) ** 2


def test_scaled_sharpens_what_an_unbiased_compressor_has_anyway() -> None:
    assert Natural().constants(D) == {"unbiased": 0.125, "contractive": 0.875}
    assert 0.888 < Scaled(Natural()).constant(D) <= Fraction(8, 9)
    assert Identity().constants(D) == {"unbiased": 0.0, "contractive": 1.0}
    assert Identity().compress(vectors(), None).tobytes() == vectors().tobytes()
    assert Ternary().constants(D).keys() == {"unbiased"}
    assert TopK(6).constants(D) == {"contractive": 0.25}
    assert not Scaled(Identity()).random and Scaled(Identity()).constant(D) == 1


# What all have in common.


@pytest.mark.parametrize("compressor", EVERY, ids=title)
def test_batches_are_rows_and_the_input_stays(compressor: Compressor) -> None:
    v = vectors()[:60].reshape(5, 12, D)
    before = v.copy()
    got = compressor.compress(v, np.random.default_rng(7))
    assert got.shape == v.shape and got is not v and not np.shares_memory(got, v)
    np.testing.assert_array_equal(v, before)
    rng = np.random.default_rng(7)
    rows = [compressor.compress(row, rng) for row in v.reshape(-1, D)]
    np.testing.assert_array_equal(got.reshape(-1, D), rows)
    out = np.full_like(v, np.nan)
    assert compressor.compress(v, np.random.default_rng(7), out) is out
    np.testing.assert_array_equal(out, got)
    other = compressor.compress(v, np.random.default_rng(8))
    changes = compressor.random and compressor != RandK(D)
    assert np.array_equal(other, got) != changes
    strided = np.asfortranarray(v)
    # Another layout sums in another order.
    np.testing.assert_allclose(
        compressor.compress(strided, np.random.default_rng(7)), got, rtol=1e-14
    )
    v.flags.writeable = False
    compressor.compress(v, np.random.default_rng(7))


@pytest.mark.parametrize("compressor", EVERY, ids=title)
def test_zero_goes_to_zero(compressor: Compressor) -> None:
    v = np.zeros((3, D))
    v[1] = 1.0
    out = compressor.compress(v, np.random.default_rng(0))
    assert not out[[0, 2]].any() and np.isfinite(out).all()
    assert compressor.compress(np.zeros((0, D)), np.random.default_rng(0)).shape == (0, D)


@pytest.mark.parametrize("size", [1e300, 1e-160, 1e-300])
@pytest.mark.parametrize("compressor", EVERY, ids=title)
def test_result_scales_with_the_vector_from_huge_to_tiny(
    compressor: Compressor, size: float
) -> None:
    # By a power of two, so that nothing is rounded; the warnings that an overflow gives are errors.
    factor = 2.0 ** round(math.log2(size))
    v = vectors()[:30]
    small = compressor.compress(v, np.random.default_rng(7))
    if isinstance(compressor, Grid):
        far = compressor.compress(factor * v, None)
        assert np.isfinite(far).all()
        assert (np.abs(far - factor * v) <= compressor.pitch / 2 + 1e-15 * factor * np.abs(v)).all()
        return
    np.testing.assert_array_equal(
        compressor.compress(factor * v, np.random.default_rng(7)), factor * small
    )


@pytest.mark.parametrize("compressor", EVERY, ids=title)
def test_subnormal_and_mixed_sizes_stay_finite(compressor: Compressor) -> None:
    tiny = 5e-324
    v = np.array(
        [[tiny] * D, [tiny, *[0.0] * (D - 1)], [1e300, tiny, *[0.0] * (D - 2)], [7 * tiny] * D]
    )
    out = compressor.compress(v, np.random.default_rng(0))
    assert np.isfinite(out).all()
    # No entry is blown up by more than the largest factor there is (D or 1/p).
    assert (np.abs(out).max(axis=1) <= 1.001 * D * np.abs(v).max(axis=1)).all()


def test_largest_floats_are_left_alone_where_no_neighbour_exists() -> None:
    top = np.array([np.finfo(float).max, -(2.0**1023), 2.0**1022 * 1.5])
    out = Natural().compress(top, Given(FIRST))
    assert out.tolist() == [top[0], top[1], 2.0**1023]
    assert Grid(1e308).compress(top[:1], None) == top[:1]


@pytest.mark.parametrize(
    ("compressor", "d", "bits"),
    [
        (Identity(), 10, 320),
        (RandK(1), 1, 32),
        (RandK(3), 8, 3 * 35),
        (TopK(3), 9, 3 * 36),
        (TopK(612), 1000, 612 * 42),
        (Sparsifier(0.25), 1024, 256 * 42),
        (Sparsifier((0.5, 0.25, 1.0)), 3, 1.75 * 34),
        (Dithering(1), 10, 32 + 20),
        (Dithering(3), 10, 32 + 30),
        (Dithering(4), 10, 32 + 40),
        (Ternary(), 10, 52),
        (Ternary("sup"), 10, 52),
        (Natural(), 10, 90),
        (ScaledSign(), 10, 42),
        (Grid(0.1), 10, 320),
        (Grid(0.1, code_bits=8), 10, 80),
    ],
)
def test_bits(compressor: Compressor, d: int, bits: float) -> None:
    assert compressor.bits(d) == bits


@pytest.mark.parametrize(
    ("compressor", "d", "exact"),
    [
        (RandK(3), 7, Fraction(4, 3)),
        (RandK(7), 7, 0),
        (Sparsifier(0.5), 7, 1),
        (Sparsifier((0.25, 1)), 2, 3),
        (Dithering(5), 1, 0),
        (Dithering(1), 4, 1),
        (Dithering(2), 16, 1),
        (Dithering(2), 15, Fraction(15, 16)),
        (Dithering(3), 10, Fraction(10, 36)),
        (Dithering(2), 64, 3),
        (Ternary(), 16, 3),
        (Ternary("sup"), 16, Fraction(3, 2)),
        (Natural(), 3, Fraction(1, 8)),
        (TopK(2), 3, Fraction(2, 3)),
        (TopK(1), 4, Fraction(1, 4)),
        (ScaledSign(), 49, Fraction(1, 49)),
        (Grid(0.5), 4, Fraction(1, 4)),
        (Scaled(RandK(2)), 6, Fraction(1, 3)),
    ],
)
def test_constants_are_rounded_to_the_safe_side(compressor: Compressor, d: int, exact: Any) -> None:
    got, exact = compressor.constant(d), Fraction(exact)
    toward = -1 if compressor.kind == "contractive" else 1
    assert toward * (Fraction(got) - exact) >= 0
    assert got == pytest.approx(float(exact), rel=4e-16, abs=0)
    if exact.denominator & (exact.denominator - 1) == 0:
        assert got == exact


@pytest.mark.parametrize("d", [2, 3, 24, 1000, 10**6 + 3])
def test_irrational_constants_are_rounded_up(d: int) -> None:
    assert (Fraction(Ternary().constant(d)) + 1) ** 2 >= d
    assert (2 * Fraction(Ternary("sup").constant(d)) + 1) ** 2 >= d
    assert Ternary().constant(d) == pytest.approx(d**0.5 - 1, rel=1e-14)
    assert Ternary("sup").constant(d) == pytest.approx((d**0.5 - 1) / 2, rel=1e-14)
    assert Dithering(1).constant(d) == Ternary().constant(d)
    if d >= 64:
        assert ((Fraction(Dithering(4).constant(d)) + 1) * 4) ** 2 >= d


@given(st.fractions(min_value=0, max_value=10**9), st.integers(0, 10**12))
def test_outward_rounding_is_tight(exact: Fraction, number: int) -> None:
    high, low = above(exact), below(exact)
    assert Fraction(low) <= exact <= Fraction(high)
    assert high in (low, math.nextafter(low, math.inf))
    root = root_above(number)
    assert root**2 >= number > (root - Fraction(1, 2**127)) ** 2 or number == root == 0


def test_outward_rounding_beyond_the_floats() -> None:
    assert above(Fraction(10) ** 400) == math.inf
    assert Grid(1e200).constant(3) == math.inf


# Names and options.


def test_registry_makes_every_compressor() -> None:
    needed: dict[str, dict[str, object]] = {
        "randk": {"k": 2.0},
        "topk": {"k": 2},
        "sparsifier": {"probabilities": [0.5, 1]},
        "dithering": {"levels": 4},
        "grid": {"pitch": 1},
        "shrink": {"alpha": 0.5},
        "all-or-nothing": {"omega": 2},
        "shorten": {"abs_error": 1},
    }
    for name, kind in COMPRESSORS.items():
        made = make_compressor(name, **needed.get(name, {}))
        assert type(made) is kind and made.name == name and made.title
        assert hash(made) == hash(make_compressor(name, **needed.get(name, {})))
    assert make_compressor("randk", k=2.0) == RandK(2)
    assert make_compressor("ternary", norm="sup") == Ternary("sup")
    assert compressor_options("ternary") == {"norm": "l2"}
    assert list(compressor_options("sparsifier")) == ["probabilities"]


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("top-k", {"k": 1}, "unknown compressor 'top-k'; did you mean topk"),
        ("topk", {}, "compressor topk needs k"),
        ("topk", {"K": 1}, "unknown option of compressor topk 'K'"),
        ("dithering", {"level": 1}, "did you mean levels"),
        ("identity", {"k": 1}, "unknown option of compressor identity 'k'; known: none"),
        ("topk", {"k": 0}, "k must be an integer >= 1"),
        ("randk", {"k": 1.5}, "k must be an integer >= 1"),
        ("dithering", {"levels": 0}, "levels must be an integer >= 1"),
        ("dithering", {"levels": 10**30}, "levels must be <= 2\\^52"),
        ("ternary", {"norm": "supp"}, "did you mean sup"),
        ("sparsifier", {"probabilities": 0}, "probability must be >= 2.2"),
        ("sparsifier", {"probabilities": [0.5, 1.5]}, "probability must be <= 1"),
        ("sparsifier", {"probabilities": []}, "must not be an empty list"),
        ("sparsifier", {"probabilities": "half"}, "probability must be a number"),
        ("sparsifier", {"probabilities": float("nan")}, "probability must be finite"),
        ("grid", {"pitch": 0}, "pitch must be > 0"),
        ("grid", {"pitch": float("inf")}, "pitch must be finite"),
        ("grid", {"pitch": 1, "code_bits": 0}, "code_bits must be an integer >= 1"),
    ],
)
def test_wrong_names_and_options(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_compressor(name, **options)


@pytest.mark.parametrize("compressor", [TopK(5), RandK(5), Scaled(RandK(5))], ids=title)
def test_k_beyond_the_dimension(compressor: Compressor) -> None:
    for call in (
        lambda: compressor.constant(4),
        lambda: compressor.bits(4),
        lambda: compressor.compress(np.ones((2, 4)), np.random.default_rng(0)),
    ):
        with pytest.raises(InputError, match="k must be <= d = 4, got 5"):
            call()


def test_other_misfits() -> None:
    short = Sparsifier((0.5, 1.0))
    with pytest.raises(InputError, match="probabilities must have d = 3 entries, got 2"):
        short.compress(np.ones(3), np.random.default_rng(0))
    with pytest.raises(InputError, match="probabilities must have d = 3 entries"):
        short.constant(3)
    with pytest.raises(InputError, match="topk is contractive"):
        scaled_down(TopK(1))
    with pytest.raises(InputError, match="inner must be a compressor"):
        Scaled("randk")  # type: ignore[arg-type]
    for compressor in EVERY:
        if not isinstance(compressor, Sparsifier):
            with pytest.raises(InputError, match="dimension must be an integer >= 1"):
                compressor.constant(0)
