"""Sparse data: the same numbers as for the same data in a table, certified, in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.linalg import svds

import boundcalc
from numerics import SGD, SQUARED_GRADIENT, InputError, MiniBatch, load_data, make_problem
from numerics import sparsity as sparsity_module
from numerics.backend import Array
from numerics.optimum import optimum
from numerics.problems import LOSSES, GeneralisedLinear, problem_from_data
from numerics.problems.distributed import worker_smoothness
from numerics.problems.sharded import ShardedLinear
from numerics.simulate import simulate
from numerics.sparsity import overlap

CASES = [
    ("squared", 0.0), ("squared", 0.1), ("logistic", 0.0), ("logistic", 0.1), ("logcosh", 0.0),
    ("geman-mcclure", 0.0), ("geman-mcclure", 4.0),
]  # fmt: skip


def table(rows: int = 48, columns: int = 10, seed: int = 0) -> Array:
    """A third of the entries is not zero, and one row is empty."""
    rng = np.random.default_rng(seed)
    found = rng.standard_normal((rows, columns)) * (rng.random((rows, columns)) < 1 / 3)
    found[3] = 0.0
    return found


def targets(loss: str, rows: int = 48) -> Array:
    values = np.random.default_rng(1).standard_normal(rows)
    return np.where(values >= 0, 1.0, -1.0) if LOSSES[loss].labels else values


def whole(features: Any, loss: str, l2: float) -> GeneralisedLinear:
    d = features.shape[1]
    given = features, targets(loss, features.shape[0]), LOSSES[loss], l2, np.full(d, 0.3)
    return GeneralisedLinear(*given, name="rows", title="rows")


def shared(features: Any, loss: str, l2: float, workers: int = 6) -> ShardedLinear:
    d = features.shape[1]
    given = features, targets(loss, features.shape[0]), LOSSES[loss], l2, np.full(d, 0.3)
    return ShardedLinear(*given, workers=workers, name="rows", title="rows")


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except InputError as error:
        return str(error)


def same(one: Any, other: Any) -> bool:
    """Equal up to rounding, or the same refusal."""
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    return np.allclose(one, other, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(("loss", "l2"), CASES)
def test_a_sparse_sum_is_the_dense_one(loss: str, l2: float) -> None:
    dense, thin = whole(table(), loss, l2), whole(sparse.coo_matrix(table()), loss, l2)
    assert thin.sparse and not dense.sparse
    assert thin.constants.keys() == dense.constants.keys()
    for name, value in dense.constants.items():
        assert thin.constants[name] == pytest.approx(value, rel=1e-10)
    assert same([thin.f_inf, thin.f_star], [dense.f_inf, dense.f_star])
    assert same(thin.best, dense.best)
    rng = np.random.default_rng(2)
    x = rng.standard_normal((5, 10))
    assert same(thin.value(x), dense.value(x))
    assert same(thin.gradient(x), dense.gradient(x))
    assert same(thin.value_and_gradient(x)[1], dense.gradient(x))
    for batch in (1, 3, 20):
        indices, out = rng.integers(0, 48, size=(5, batch)), np.empty_like(x)
        assert thin.sample_gradient(x, indices, out) is out
        assert same(out, dense.sample_gradient(x, indices))
    for one, other in zip(
        (thin.enclose(x[0]).value, thin.enclose(x[0]).gradient_norm),
        (dense.enclose(x[0]).value, dense.enclose(x[0]).gradient_norm),
        strict=True,
    ):
        assert same(one, other)
    for name in ("spread", "sup_bound", "second_moment"):
        assert same(outcome(getattr(thin, name)), outcome(getattr(dense, name)))


@pytest.mark.parametrize(("loss", "l2"), CASES)
def test_sparse_workers_are_the_dense_ones(loss: str, l2: float) -> None:
    dense, thin = shared(table(), loss, l2), shared(sparse.csc_array(table()), loss, l2)
    x = np.random.default_rng(3).standard_normal((4, 10))
    out = np.empty((4, 6, 10))
    assert thin.local_gradients(x, out) is out
    assert same(out, dense.local_gradients(x))
    assert same(out.mean(axis=1), dense.gradient(x))
    assert same(thin.local_gradient_norms(x[0]), dense.local_gradient_norms(x[0]))
    assert same(outcome(thin.dissimilarity), outcome(dense.dissimilarity))
    assert same(outcome(thin.local_spread), outcome(dense.local_spread))
    assert same(thin.local_smoothness(), dense.local_smoothness())
    assert same(thin.worker_smoothness(), dense.worker_smoothness())
    assert thin.gradient_bound is None or same(thin.gradient_bound, dense.gradient_bound)
    assert thin.sharing() == dense.sharing()
    known = optimum(dense)
    assert optimum(thin).keys() == known.keys()
    for name, value in optimum(thin).items():
        assert value == pytest.approx(known[name], rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(("loss", "l2"), CASES)
def test_constants_of_sparse_data_are_on_the_safe_side(loss: str, l2: float) -> None:
    A, top = table(), LOSSES[loss].curvature_max
    c = whole(sparse.csr_array(A), loss, l2).constants
    squares = np.sum(A**2, axis=1)
    values = np.linalg.eigvalsh(A.T @ A / 48)
    fourth = np.linalg.eigvalsh((A * squares[:, None]).T @ A / 48)[-1]
    for name, true in (
        ("L", top * values[-1] + l2), ("L_avg", top * fourth**0.5 + l2),
        ("L_max", top * squares.max() + l2),
    ):  # fmt: skip
        assert true * (1 - 1e-14) <= c[name] <= true * (1 + 1e-9)
    if loss == "squared":
        assert (values[0] + l2) * (1 - 1e-9) <= c["mu"] <= (values[0] + l2) * (1 + 1e-14)


def test_a_simulation_does_not_see_the_difference() -> None:
    found = [
        simulate(
            whole(rows, "squared", 0.1), MiniBatch(4), SGD, {"gamma": 0.1},
            metric=SQUARED_GRADIENT, iterations=30, trials=20, seed=0,
        ).mean
        for rows in (table(), sparse.csr_array(table()))
    ]  # fmt: skip
    assert np.allclose(*found, rtol=1e-9)


def test_smoothness_of_the_workers_own_functions() -> None:
    """Not of single rows, which are less smooth; of equal workers that of f."""
    A, l2 = table(), 0.1
    p = shared(A, "logistic", l2)
    norms = [np.linalg.norm(part, 2) ** 2 / 8 for part in A.reshape(6, 8, -1)]
    wanted = 0.25 * max(norms) + l2
    assert wanted <= optimum(p)["L_max"] <= wanted * (1 + 1e-9)
    assert p.constants["L"] <= optimum(p)["L_max"] < p.constants["L_max"]
    plain = whole(A, "logistic", l2)
    assert optimum(plain)["L_max"] == worker_smoothness(plain) == plain.constants["L"]
    shifted = make_problem("shifted-quadratics")
    assert optimum(shifted)["L_max"] == shifted.constants["L_max"]


@pytest.mark.parametrize("l2", [0.1, 3.0])
def test_distance_of_the_least_values(l2: float) -> None:
    """Between the true one and what strong convexity leaves of the gradients at the minimiser."""
    p = shared(sparse.csr_array(table()), "logistic", l2)
    known, low = optimum(p), []
    for i in range(p.workers):
        part = slice(8 * i, 8 * i + 8)
        A = p.features[part].toarray()

        def f(x: Array, A: Array = A) -> float:
            return float(np.mean(p.loss.value(A @ x)) + l2 / 2 * x @ x)

        low.append(minimize(f, np.zeros(10), tol=1e-12).fun)
    true = p.f_star - float(np.mean(low))
    assert true - 1e-9 <= known["D_inf"] <= known["sigma_star2"] / (2 * l2) * (1 + 1e-12)


def deficient(kind: str) -> Any:
    """Rows and columns that are both dependent, but for the wide ones."""
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((12, 5))
    if kind == "wide":
        return rows.T[:4]
    if kind == "rows":
        return np.vstack([rows.T[:4], rows.T[:4], np.zeros((4, 12))])
    if kind == "columns":
        return np.column_stack([rows, rows[:, 2], np.zeros(12)])
    # Rows that add up to 0, on a grid so that they do so exactly.
    wide = np.round(rng.standard_normal((12, 20)) * 64) / 64
    return np.vstack([wide[:-1], -wide[:-1].sum(axis=0)])


@pytest.mark.parametrize("kind", ["wide", "rows", "columns", "centred"])
def test_least_squares_with_many_minimisers(kind: str) -> None:
    A = deficient(kind)
    p = shared(A, "squared", 0.0, workers=4)
    values = np.linalg.eigvalsh(A.T @ A / len(A))
    least = values[values > 1e-10].min()
    assert least * (1 - 1e-9) <= p.constants["mu"] <= least * (1 + 1e-13)
    assert p.minimiser is None and "mu" not in optimum(p)
    # The nearest minimiser to the start, by the pseudo-inverse.
    way = np.linalg.pinv(A, rcond=1e-10) @ (p.targets - A @ p.start)
    known, there = optimum(p), p.local_gradients((p.start + way)[None])[0]
    assert way @ way * (1 - 1e-12) <= known["D0"] <= way @ way * (1 + 1e-6)
    spread = float(np.mean(np.sum(there**2, axis=1)))
    assert spread * (1 - 1e-9) - 1e-20 <= known["sigma_star2"] <= spread * (1 + 1e-6) + 1e-15
    if kind != "centred":
        thin = optimum(shared(sparse.csr_array(A), "squared", 0.0, workers=4))
        assert thin["D0"] == pytest.approx(known["D0"], rel=1e-8)


@pytest.mark.parametrize("kind", ["wide", "rows", "columns"])
def test_the_convex_theorem_takes_them(kind: str) -> None:
    p = shared(sparse.csr_array(deficient(kind)), "squared", 0.0, workers=4)
    options: dict[str, Any] = {"problem": p, "iterations": 60, "trials": 40}
    assert boundcalc.theorem("dcgd-convex").verify(**options).verdict == "holds"
    late = boundcalc.theorem("delayed-dcgd-convex").verify(**options)
    assert late.verdict == "holds" and late.sparsity == p.sharing()
    with pytest.raises(boundcalc.UsageError, match="strong convexity"):
        boundcalc.theorem("dcgd-strongly-convex").verify(**options)


def test_the_nearest_minimiser_in_many_coordinates() -> None:
    """There Newton's steps are solved for by products with the data."""
    A = large(30, 1500, 12)
    p = shared(A, "squared", 0.0, workers=3)
    way = np.linalg.pinv(A.toarray()) @ (p.targets - A @ p.start)
    assert way @ way * (1 - 1e-12) <= optimum(p)["D0"] <= way @ way * (1 + 1e-6)


def test_columns_that_depend_on_others_prove_nothing() -> None:
    A = table()
    p = whole(np.column_stack([A, A[:, 0] + A[:, 1]]), "squared", 0.0)
    assert "mu" not in p.constants and "D0" not in optimum(p)


def large(rows: int, columns: int, each: int) -> Any:
    rng = np.random.default_rng(5)
    at = np.sort(rng.integers(0, columns, size=(rows, each)), axis=1)
    values = rng.random(rows * each)
    return sparse.csr_array((values, at.ravel(), each * np.arange(rows + 1)), (rows, columns))


def test_large_sparse_data_take_the_memory_of_their_entries() -> None:
    """A table of them would take 20 GB. Where no entry is negative L is tight all the same."""
    m, d, each = 50_000, 50_000, 4
    features, labels = large(m, d, each), targets("logistic", m)
    tracemalloc.start()
    p = ShardedLinear(
        features, labels, LOSSES["logistic"], 0.01, np.zeros(d),
        workers=5, name="large", title="large",
    )  # fmt: skip
    p.gradient(np.ones((2, d)))
    known, found = optimum(p), p.sharing()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # An entry and its place take 12 bytes, a point 8 d.
    assert peak < 40 * (12 * m * each + 8 * (m + d))
    true = 0.25 * svds(features, k=1)[1][0] ** 2 / m + 0.01
    assert true * (1 - 1e-9) <= p.constants["L"] <= true * 1.01
    assert p.constants["L"] <= known["L_max"] <= p.constants["L_max"]
    assert p.minimiser_error < 1e-6 and found.s == 5


def test_signs_make_the_bound_of_large_data_no_smaller_than_the_truth() -> None:
    features = large(3200, 3300, 5)
    features.data -= 0.5
    p = whole(features, "squared", 0.1)
    true = svds(features, k=1)[1][0] ** 2 / 3200 + 0.1
    assert true * (1 - 1e-9) <= p.constants["L"] <= 3 * true


def test_libsvm_data_are_not_standardised_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "data.svm"
    path.write_text("1 1:2 3:1\n-1 2:4\n1 1:1 2:3 3:5\n-1 9:0\n")
    p = problem_from_data(path, l2=0.1)
    assert p.sparse and p.features.shape == (4, 9) and p.features.nnz == 6
    assert "as given, sparse (16.7% of the entries)" in p.title
    assert p.targets.tolist() == [1, -1, 1, -1]
    with pytest.raises(InputError, match=r"constant columns 'feature 4'.* and 1 more"):
        problem_from_data(path, l2=0.1, standardise=True)
    path.write_text("1 1:2 3:1\n-1 2:4\n1 1:1 2:3 3:5\n-1\n")
    p = problem_from_data(path, l2=0.1, standardise=True)
    assert not p.sparse and np.allclose(p.features.std(axis=0), 1)
    assert (p.features.sum(axis=0) == 0).all() and "standardised" in p.title
    with pytest.raises(InputError, match="standardise must be true or false"):
        problem_from_data(path, standardise=2)  # type: ignore[arg-type]


def test_many_features_of_few_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.svm"
    path.write_text("".join(f"{i % 2} 1:1 {100_000 + i}:2\n" for i in range(50)))
    tracemalloc.start()
    data = load_data(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data.features.shape == (50, 100_049) and data.features.nnz == 100
    assert peak < 4_000_000
    path.write_text("1 1:0\n0 2:0\n")
    with pytest.raises(InputError, match="no feature has another value than 0"):
        load_data(path)


def test_repeated_entries_and_kept_zeros_are_put_in_order_for_the_problem_alone() -> None:
    given = sparse.csr_array(([1.0, 2.0, 0.0], [1, 1, 0], [0, 2, 3]), (2, 2))
    p = whole(given, "squared", 0.1)
    assert p.features.nnz == 1 and p.features.toarray().tolist() == [[0, 3], [0, 0]]
    assert overlap(given).s == 1
    assert given.nnz == 3


def test_neighbours_are_counted_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    features = large(40, 60, 3)
    at_once = overlap(features)
    monkeypatch.setattr(sparsity_module, "_BLOCK", 7)
    assert overlap(features) == at_once
    touched = features.toarray() > 0
    degrees = (touched.astype(int) @ touched.T.astype(int) > 0).sum(axis=1) - 1
    wanted = min((40 * (1 + degrees.mean())) ** 0.5, 1 + degrees.max())
    assert at_once.conflicts == pytest.approx(wanted) and at_once.s <= wanted


def test_only_arrays_of_the_cpu_meet_sparse_data() -> None:
    class Elsewhere:
        shape = (1, 10)

    with pytest.raises(InputError, match="on the CPU only"):
        whole(sparse.csr_array(table()), "squared", 0.1).gradient(Elsewhere())  # type: ignore[arg-type]
