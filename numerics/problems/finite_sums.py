"""Ready-made finite sums: random least squares and generalised linear models, and data files."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError
from numerics.matrices import Matrix, entries, is_sparse
from numerics.memory import require_memory
from numerics.problems.base import PROBLEMS
from numerics.problems.data import Dataset, load_data
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.losses import LOSSES, Loss
from numerics.problems.quadratic import chosen_spectrum
from numerics.problems.sharded import ShardedLinear
from numerics.problems.shards import shards
from numerics.rounding import UNIT
from numerics.spectrum import LARGEST_ORDER
from numerics.validation import choice, flag, integer, real, vector


@PROBLEMS.add("least-squares")
def least_squares(
    dimension: int = 20,
    rank: int = 10,
    mu: float | None = None,
    L: float = 1.0,
    spectrum: str = "log",
    noise: float = 1.0,
    start: float | Sequence[float] = 0.0,
    seed: int = 0,
) -> GeneralisedLinear:
    """Random least squares of exact rank ``rank`` < ``dimension`` with a chosen non-zero spectrum.

    2 rank rows: ``rank`` random independent ones w_i, each twice, with targets c_i + e_i and
    c_i - e_i. So the rank is exact in floats too, f is PL and not strongly convex, and
    f_star = mean e_i^2/2 with e_i of standard deviation ``noise``. The Hessian's non-zero
    eigenvalues run from ``mu`` (default L/10) to ``L``; the certified ones are a little outside.
    """
    d, r = integer("dimension", dimension), integer("rank", rank)
    if r > d:
        raise InputError(f"rank must be <= dimension, got rank = {r} > dimension = {d}")
    require_memory(8.0 * (8 * r * d + 4 * d * d), f"least squares of dimension {d} and rank {r}")
    top = real("L", L, above=0)
    bottom = (top if spectrum == "equal" or r == 1 else top / 10) if mu is None else mu
    bottom = real("mu", bottom, above=0)
    if bottom > top:
        raise InputError(f"mu must be <= L, got mu = {bottom:g} > L = {top:g}")
    values = chosen_spectrum(spectrum, r, bottom, top)
    spread = real("noise", noise, least=0)
    rng = np.random.default_rng(integer("seed", seed, least=0))
    right = np.linalg.qr(rng.standard_normal((d, r)))[0]
    left = np.linalg.qr(rng.standard_normal((r, r)))[0]
    rows = (left * np.sqrt(r * values)) @ right.T
    centres = rows @ (rng.standard_normal(d) / np.sqrt(d))
    offsets = spread * rng.standard_normal(r)
    return GeneralisedLinear(
        np.vstack([rows, rows]),
        np.concatenate([centres + offsets, centres - offsets]),
        LOSSES["squared"],
        0.0,
        vector("start", start, d),
        name="least-squares",
        title=f"least squares, d = {d}, rank {r}, {spectrum} spectrum in [{bottom:g}, {top:g}]",
    )


@PROBLEMS.add("glm")
def glm(
    loss: str = "geman-mcclure",
    samples: int = 200,
    dimension: int = 20,
    l2: float = 0.0,
    noise: float = 0.5,
    start: float | Sequence[float] = 0.0,
    seed: int = 0,
) -> GeneralisedLinear:
    """Return a random generalised linear finite sum: rows of length about 1, a planted solution of
    length about 3, targets off by ``noise`` (for labels: of the sign of the noisy product).
    """
    phi, weight = LOSSES[choice("loss", loss, LOSSES)], real("l2", l2, least=0)
    features, targets = _random_rows(phi, samples, dimension, noise, seed)
    m, d = features.shape
    return GeneralisedLinear(
        features,
        targets,
        phi,
        weight,
        vector("start", start, d),
        name="glm",
        title=_told(phi, weight, m, d),
    )


@PROBLEMS.add("sharded-glm")
def sharded_glm(
    loss: str = "logistic",
    samples: int = 200,
    dimension: int = 20,
    l2: float = 0.0,
    noise: float = 0.5,
    workers: int = 8,
    split: str = "label",
    concentration: float = 0.5,
    start: float | Sequence[float] = 0.0,
    seed: int = 0,
) -> ShardedLinear:
    """Return the data of :func:`glm`, shared among ``workers`` in equal numbers (see
    :func:`shards`).
    """
    phi, weight = LOSSES[choice("loss", loss, LOSSES)], real("l2", l2, least=0)
    data = _random_rows(phi, samples, dimension, noise, seed)
    return _sharded(
        *data, phi, weight, start, workers, split, concentration, seed, "sharded-glm", ""
    )


def _random_rows(
    phi: Loss, samples: int, dimension: int, noise: float, seed: int
) -> tuple[Array, Array]:
    m, d = integer("samples", samples, least=2), integer("dimension", dimension)
    require_memory(8.0 * (6 * m * d + 4 * min(m, d) ** 2), f"{m} samples in dimension {d}")
    rng = np.random.default_rng(integer("seed", seed, least=0))
    features = rng.standard_normal((m, d)) / np.sqrt(d)
    targets = 3 * (features @ rng.standard_normal(d))
    targets += real("noise", noise, least=0) * rng.standard_normal(m)
    return features, np.where(targets >= 0, 1.0, -1.0) if phi.labels else targets


def _sharded(
    features: Matrix,
    targets: Array,
    phi: Loss,
    l2: float,
    start: float | Sequence[float],
    workers: int,
    split: str,
    concentration: float,
    seed: int,
    name: str,
    prefix: str,
) -> ShardedLinear:
    n, m = integer("workers", workers), len(targets)
    # A stream of its own: the split must not depend on how many numbers the data took.
    rng = np.random.default_rng([integer("seed", seed, least=0), 1])
    rows = shards(targets, n, split, concentration, rng)
    dropped = m - rows.size
    told = f"{n} workers of {rows.shape[1]} rows, split by {split}"
    told += f" ({concentration:g})" if split == "dirichlet" else ""
    told += f", {dropped} of {m} rows left over and dropped" if dropped else ""
    return ShardedLinear(
        features[rows.ravel()],
        targets[rows.ravel()],
        phi,
        l2,
        vector("start", start, features.shape[1]),
        workers=n,
        name=name,
        title=f"{prefix}{_told(phi, l2, rows.size, features.shape[1])}, {told}",
    )


def problem_from_data(
    path: str | os.PathLike[str],
    loss: str = "squared",
    l2: float = 0.0,
    target_column: str | None = None,
    standardise: bool | None = None,
    workers: int | None = None,
    split: str = "order",
    concentration: float = 0.5,
    seed: int = 0,
) -> GeneralisedLinear:
    """Return the generalised linear problem of a data file (see :func:`load_data`).

    ``standardise`` shifts and scales every feature, and the target of a regression, to mean 0 and
    variance 1; by default that is done to tables and not to sparse data, which it would make dense.
    There is no intercept but a column of ones in data that are fitted as given. For the logistic
    loss the target must have two values, of numbers or words; the smaller becomes -1, the larger
    +1. Labels that are all 1 or all -1 are taken as they are in data fitted as given. Starts at 0.

    With ``workers`` the rows are shared among so many in equal numbers (see :func:`shards` for
    ``split`` and ``concentration``), and the result is a :class:`ShardedLinear`.
    """
    phi = LOSSES[choice("loss", loss, LOSSES)]
    weight = real("l2", l2, least=0)
    asked = None if standardise is None else flag("standardise", standardise)
    data = load_data(path, target_column, classes=phi.labels)
    scaled = not data.sparse if asked is None else asked
    m, d = data.features.shape
    # Of a sparse matrix a few copies, and points; of both the smaller of its two Gram matrices.
    kept = 6 * m * d if scaled or not data.sparse else 8 * (data.features.nnz + m + d)
    require_memory(8.0 * (kept + 4 * min(m, d, LARGEST_ORDER) ** 2), f"{m} rows of {d} features")
    features, target = data.features, data.target
    if scaled:
        features = _standardised(data.varying())
    if phi.labels:
        target = _labels(data, as_given=not scaled)
    elif scaled and target.min() == target.max():
        raise InputError(
            f"{data.path}: target column {data.target_name!r} is constant, and standardised it"
            " would be 0; fit the data as given"
        )
    elif scaled:
        target = _standardised(target[:, None])[:, 0]
    how = "standardised" if scaled else "as given"
    if is_sparse(features):
        how += f", sparse ({100 * entries(features) / (m * d):.3g}% of the entries)"
    if workers is not None:
        told = f"{data.path}: {how}, "
        return _sharded(
            features, target, phi, weight, 0.0, workers, split, concentration, seed, "data", told
        )
    told = f"{data.path}: {_told(phi, weight, m, d)}, {how}"
    return GeneralisedLinear(features, target, phi, weight, np.zeros(d), name="data", title=told)


def _told(loss: Loss, l2: float, samples: int, dimension: int) -> str:
    ridge = f", l2 = {l2:g}" if l2 else ""
    return f"{loss.name} loss {loss.title}, m = {samples}, d = {dimension}{ridge}"


def _standardised(columns: Array) -> Array:
    size = np.abs(columns).max(axis=0)
    columns = columns / np.where(size > 0, size, 1.0)
    centred = columns - columns.mean(axis=0)
    centred -= centred.mean(axis=0)
    scale = np.abs(centred).max(axis=0)
    # Scaling by the largest entry first keeps the squares inside the range of floats.
    centred /= np.where(scale > 0, scale, 1.0)
    deviation = np.sqrt(np.mean(centred**2, axis=0))
    return _summing_to_zero(centred / np.where(deviation > 8 * UNIT, deviation, 1.0))


def _summing_to_zero(columns: Array) -> Array:
    """Columns (m, d) whose sums are 0 but for rounding, made 0 exactly.

    That one dependence among centred rows is then a fact, and the rank of wide data can be proved.
    Entries become multiples of a power of 2 so large that sums of them are exact as integers.
    """
    m = len(columns)
    reach = np.frexp(np.abs(columns).max(axis=0))[1]
    grain = np.minimum(52 - reach, 61 - reach - m.bit_length())
    steps = np.rint(np.ldexp(columns, grain)).astype(np.int64)
    whole, rest = np.divmod(steps.sum(axis=0), m)
    steps -= whole + (np.arange(m)[:, None] < rest)
    return np.ldexp(steps.astype(np.float64), -grain)


def _labels(data: Dataset, *, as_given: bool) -> Array:
    classes = np.unique(data.target)
    if as_given and len(classes) == 1 and abs(classes[0]) == 1:
        return data.target
    if len(classes) != 2:
        raise InputError(
            f"{data.path}: logistic loss needs exactly two values in target column"
            f" {data.target_name!r}, found {len(classes)}"
        )
    return np.where(data.target == classes[1], 1.0, -1.0)
