"""Compressors that meet the inequality of their class with equality, whatever the vector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from numerics.backend import Array
from numerics.compressors import (
    AllOrNothing,
    Compressor,
    Dithering,
    Grid,
    Identity,
    RandK,
    ScaledSign,
    Shorten,
    Shrink,
    TopK,
    compressor_constants,
    make_compressor,
)
from numerics.errors import InputError

D = 7


def vectors() -> Array:
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((40, D)) * np.logspace(-150, 150, 40)[:, None]
    return np.vstack([rows, 1e-3 * np.eye(D), np.full((1, D), 0.25)])


def norms(rows: Array) -> Array:
    largest = np.abs(rows).max(axis=-1)
    return largest * np.linalg.norm(rows / largest[:, None], axis=-1)


def norms_or_zero(rows: Array) -> Array:
    return np.where(rows.any(axis=1), norms(np.where(rows.any(axis=1)[:, None], rows, 1.0)), 0.0)


@pytest.mark.parametrize("alpha", [1e-12, 0.1, 0.75, 1.0])
def test_shrink_has_the_error_of_its_class_at_every_vector(alpha: float) -> None:
    v = vectors()
    out = Shrink(alpha).compress(v, None)
    size = norms(v)
    # The square of the error is what the class allows, up to the rounding of v itself.
    part = norms_or_zero(v - out) / size
    np.testing.assert_allclose(part**2, 1 - alpha, rtol=1e-13, atol=1e-15)
    assert (np.sign(out) == np.sign(v)).all() and Shrink(alpha).constant(D) == alpha


@pytest.mark.parametrize("c", [0.0, 1e-4, 2.0])
def test_shorten_is_off_by_c_at_every_vector_and_keeps_zero(c: float) -> None:
    v = vectors()
    near = v[(norms(v) < 1e3) & (norms(v) > 1e-3)]
    error = near - Shorten(c).compress(near, None)
    np.testing.assert_allclose(np.linalg.norm(error, axis=1), c, rtol=1e-12, atol=1e-14)
    # Far below c nothing but c in v's opposite direction is left.
    tiny = Shorten(c).compress(v[:1], None)
    assert np.linalg.norm(tiny) == pytest.approx(c, rel=1e-12, abs=1e-140)
    np.testing.assert_array_equal(Shorten(c).compress(np.zeros((2, D)), None), 0.0)


def test_shorten_reverses_what_is_shorter_than_c() -> None:
    out = Shorten(5.0).compress(np.array([[0.6, 0.8], [6.0, 8.0]]), None)
    np.testing.assert_allclose(out, [[-2.4, -3.2], [3.0, 4.0]], rtol=1e-14)


class Given:
    """A generator whose uniform numbers are laid down."""

    def __init__(self, uniforms: Array) -> None:
        self.uniforms = uniforms

    def random(self, shape: tuple[int, ...]) -> Array:
        return self.uniforms.reshape(shape).copy()


@pytest.mark.parametrize("omega", [0.0, 0.5, 7.0])
def test_all_or_nothing_by_its_law(omega: float) -> None:
    v, p = vectors(), 1 / (1 + omega)
    for uniform, factor in (
        (0.0, 1 + omega),
        (p * (1 - 1e-9), 1 + omega),
        (min(p * (1 + 1e-9), 1), 0),
    ):
        out = AllOrNothing(omega).compress(v, Given(np.full(len(v), uniform)))
        if omega or factor:
            np.testing.assert_array_equal(out, factor * v)
    # Mean and variance of that law: v and omega ||v||^2.
    assert p * (1 + omega) == pytest.approx(1)
    assert p * omega**2 + (1 - p) == pytest.approx(omega)


def test_all_or_nothing_decides_for_each_vector_by_itself() -> None:
    out = AllOrNothing(3.0).compress(np.ones((100, 200, D)), np.random.default_rng(0))
    sent = out[..., 0] > 0
    assert (out == np.where(sent, 4.0, 0.0)[..., None]).all()
    assert abs(sent.mean() - 0.25) < 5 * (0.1875 / sent.size) ** 0.5
    assert abs(np.mean(sent[:, 1:] & sent[:, :-1]) - 0.0625) < 0.01


@pytest.mark.parametrize(
    ("compressor", "constants"),
    [
        (Identity(), {"omega": 0.0}),
        (RandK(2), {"omega": 3.0, "k": 2.0, "d": 8.0}),
        (TopK(2), {"alpha": 0.25, "k": 2.0, "d": 8.0}),
        (ScaledSign(), {"alpha": 0.125, "d": 8.0}),
        (Dithering(4), {"omega": 0.125, "levels": 4.0, "d": 8.0}),
        (Shrink(0.3), {"alpha": 0.3}),
        (AllOrNothing(0.3), {"omega": 0.3}),
        (Shorten(0.3), {"abs_error": 0.3}),
    ],
    ids=lambda x: x.name if isinstance(x, Compressor) else "",
)
def test_what_a_theorem_wants_to_know(compressor: Compressor, constants: dict[str, float]) -> None:
    assert compressor_constants(compressor, 8) == constants


def test_absolute_error_is_the_root_of_the_constant_rounded_up() -> None:
    c = compressor_constants(Grid(0.3), 5)
    assert c["d"] == 5 and c["abs_error"] ** 2 >= Grid(0.3).constant(5)
    assert c["abs_error"] == pytest.approx(0.15 * 5**0.5)


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("shrink", {"alpha": 0}, "alpha must be > 0"),
        ("shrink", {"alpha": 1.5}, "alpha must be <= 1"),
        ("all-or-nothing", {"omega": -1}, "omega must be >= 0"),
        ("shorten", {"abs_error": -1}, "abs_error must be >= 0"),
        ("shorten", {}, "compressor shorten needs abs_error"),
    ],
)
def test_wrong_options(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_compressor(name, **options)
