"""Vectors, expected inner products, and the tower rule."""

from __future__ import annotations

import pytest
import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import (
    Atom,
    Basis,
    Expression,
    Function,
    GradientAt,
    Gram,
    Vector,
    constant,
    inner,
    norm2,
    vector,
)
from boundcalc.kernel.integrity import require_expression, require_vector

a, b = sp.symbols("a b", real=True)
x, y = vector("x", "x"), vector("y", "y")
early, late = vector("e", "e", 0), vector("l", "l", 2)
noise = vector("z", "z", 1, zero_mean=True)
f, h = Function("f"), Function("h")


def same(left: Expression, right: Expression) -> bool:
    return not (left - right).expanded().coefficients


def test_inner_products_are_bilinear_and_symmetric() -> None:
    assert same(
        inner(a * x + y, x - b * y), a * norm2(x) + (1 - a * b) * inner(x, y) - b * norm2(y)
    )
    assert same(inner(x, y), inner(y, x))
    assert same(norm2(x + y), norm2(x) + 2 * inner(x, y) + norm2(y))


def test_equal_vectors_are_equal_however_they_are_written() -> None:
    assert (a + b) * (x + y) / (a + b) == x + y
    assert ((a**2 - b**2) / (a - b)) * x == (a + b) * x
    assert hash(x + y) == hash(y + x)
    assert x - x == Vector({})
    assert (-x) * -1 == x


def test_the_tower_rule_drops_what_was_known_before() -> None:
    assert same(inner(noise, early), Expression({}))
    assert same(inner(early, noise), Expression({}))
    assert same(norm2(early + noise), norm2(early) + norm2(noise))


def test_the_tower_rule_never_drops_a_square_or_what_is_drawn_no_earlier() -> None:
    twin = vector("w", "w", 1, zero_mean=True)
    beside = vector("u", "u", 1)
    for other in (noise, twin, beside, late):
        assert inner(noise, other).coefficients
    assert norm2(noise).coefficients


def test_without_mean_zero_nothing_is_dropped() -> None:
    assert inner(vector("w", "w", 1), early).coefficients


def test_gradients_at_equal_points_are_equal() -> None:
    assert f.gradient(x + y) == f.gradient(y + x)
    assert f.gradient(2 * x - x) == f.gradient(x)
    assert f.gradient(x) != f.gradient(y)
    assert f.gradient(x) != h.gradient(x)
    assert same(f.value(a * x / a), f.value(x))


def test_a_gradient_is_known_when_its_point_is() -> None:
    assert f.gradient(x).stage == 0
    assert f.gradient(x - a * noise).stage == 1
    assert inner(noise, f.gradient(x - a * noise)).coefficients
    assert not inner(noise, f.gradient(x)).coefficients


def test_a_replacement_reaches_the_points_of_gradients_and_values() -> None:
    (basis,) = x.coefficients
    moved = (norm2(f.gradient(x)) + f.value(x)).substitute({basis: y - a * noise})
    assert same(moved, norm2(f.gradient(y - a * noise)) + f.value(y - a * noise))


def test_an_expression_that_is_zero_is_empty() -> None:
    zero = norm2(x + y) - norm2(x) - norm2(y) - 2 * inner(x, y)
    assert not zero.expanded().coefficients
    nearly = zero + constant(sp.Rational(1, 10**30))
    assert nearly.expanded().coefficients


def test_only_the_right_kinds_combine() -> None:
    with pytest.raises(TypeError):
        x * y  # type: ignore[operator]
    with pytest.raises(TypeError):
        norm2(x) * norm2(y)  # type: ignore[operator]
    with pytest.raises(TypeError):
        x + 1  # type: ignore[operator]


def test_vectors_and_expressions_do_not_change() -> None:
    (basis,) = x.coefficients
    with pytest.raises(TypeError):
        x.coefficients[basis] = a  # type: ignore[index]
    with pytest.raises(TypeError):
        del norm2(x).coefficients[next(iter(norm2(x).coefficients))]  # type: ignore[attr-defined]


class OwnBasis(Basis):
    pass


class OwnAtom(Atom):
    pass


@pytest.mark.parametrize(
    "basis",
    [
        OwnBasis("x", "x"),
        GradientAt("grad_f[(1)*x]", r"\nabla f", 0, True, function="f", point=x),
        GradientAt("grad_f[(1)*z]", r"\nabla f", 0, False, function="f", point=noise),
        GradientAt("g", r"\nabla f", 0, False, function="f", point=None),
    ],
)
def test_what_only_looks_like_a_vector_of_the_kernel_is_refused(basis: Basis) -> None:
    with pytest.raises(ProofError):
        require_vector(Vector({basis: 1}))
    with pytest.raises(ProofError):
        require_expression(Expression({Gram(basis, basis): 1}))
    with pytest.raises(ProofError):
        require_expression(f.value(Vector({basis: 1})))


def test_what_only_looks_like_an_expression_is_refused() -> None:
    with pytest.raises(ProofError):
        require_expression(Expression({OwnAtom(): 1}))
    with pytest.raises(ProofError):
        require_expression(norm2(x).coefficients)
