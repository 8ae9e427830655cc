"""A point near the least value of a generalised linear sum; nothing here is rigorous."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numerics.backend import Array
from numerics.matrices import Matrix, product, scaled_rows

# Beyond so many coordinates a Hessian is only multiplied with, never built.
_MOST_BUILT = 1000
_STEPS, _SHORTEST = 100, 1e-10
# Of an inner solution; the next step corrects what it lacks.
_TOLERANCE, _ROUNDS = 1e-10, 2000

#: f (1,) and its gradient (1, d) at one point (1, d).
Evaluated = Callable[[Array], tuple[Array, Array]]


def near_minimiser(
    features: Matrix, l2: float, curvature: Callable[[Array], Array], f: Evaluated, start: Array
) -> Array:
    """By Newton's method with halved steps, from ``start`` (d,).

    The Hessian at x is A' diag(``curvature``(x)) A/m + l2 I for the ``features`` A (m, d). Without
    l2 every step is a combination of the rows, so that for the squared loss what is found is near
    the minimiser that is nearest to the start.
    """
    x = start.copy()
    value, gradient = f(x[None])
    for _ in range(_STEPS):
        solve = _direct if len(x) <= _MOST_BUILT else _conjugate
        step = solve(features, curvature(x) / features.shape[0], l2, gradient[0])
        scale = 1.0
        while scale > _SHORTEST:
            tried = f((x - scale * step)[None])
            if tried[0][0] < value[0] or np.linalg.norm(tried[1]) < np.linalg.norm(gradient):
                break
            scale /= 2
        else:
            return x
        x = x - scale * step
        value, gradient = tried
    return x


def _direct(features: Matrix, weights: Array, l2: float, gradient: Array) -> Array:
    hessian = product(features.T, scaled_rows(features, weights))
    hessian += l2 * np.eye(len(gradient))
    return np.asarray(np.linalg.lstsq(hessian, gradient, rcond=None)[0])


def _conjugate(features: Matrix, weights: Array, l2: float, gradient: Array) -> Array:
    """Conjugate gradients: two products with the data in each round."""
    from scipy.sparse.linalg import LinearOperator, cg

    def times(v: Array) -> Array:
        image: Array = (weights * (features @ v)) @ features + l2 * v
        return image

    d = len(gradient)
    hessian = LinearOperator((d, d), matvec=times, dtype=np.float64)
    step: Array = cg(hessian, gradient, rtol=_TOLERANCE, maxiter=_ROUNDS)[0]
    return step
