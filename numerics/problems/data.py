"""Reading data files: CSV with a header, or LIBSVM text."""

from __future__ import annotations

import csv
import math
import os
import re
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from numerics.backend import Array
from numerics.errors import InputError, unknown
from numerics.matrices import Matrix, as_matrix, is_sparse
from numerics.memory import require_memory

_FEWEST_ROWS = 2
_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)", re.I | re.A)
# An index and a colon, or a colon where an index should be.
_PAIR = re.compile(r"(?:\d+|qid|[+-]\d+)?:", re.A)
# Beyond it a point alone takes so much memory that it is asked for at once.
_LARGEST_INDEX = 2**31 - 1


@dataclass(frozen=True)
class Dataset:
    """``features`` (m, d), sparse where the file is, ``target`` (m,), and where they are from.

    ``columns`` are the names of the features, or the numbers that a file has in their place.
    """

    features: Matrix
    target: Array
    columns: tuple[str, ...] | range
    target_name: str
    path: str

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the d features."""
        if isinstance(self.columns, range):
            return tuple(f"feature {j}" for j in self.columns)
        return self.columns

    @property
    def sparse(self) -> bool:
        """Return whether only the entries that are not zero are kept."""
        return is_sparse(self.features)

    def dense(self) -> Array:
        """Return the features as a table. Raises InputError where they do not fit in memory."""
        table: Array = self.features
        if self.sparse:
            m, d = self.features.shape
            require_memory(8.0 * m * d, f"{self.path} as a table of {m} x {d}")
            table = self.features.toarray()
        return table

    def varying(self) -> Array:
        """Return the features as a table, to be standardised. Raises InputError where one of them
        is constant, which would make nothing but zeros of it, and as :meth:`dense` does.
        """
        table = self.dense()
        constant = np.flatnonzero(table.min(axis=0) == table.max(axis=0))
        if len(constant):
            names = [self.names[j] for j in constant]
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise InputError(
                f"{self.path}: constant column{'s' if len(names) > 1 else ''}"
                f" {', '.join(map(repr, names[:5]))}{more}; standardised it carries no information:"
                " remove it, or fit the data as given, where a column of ones is the intercept"
            )
        return table


def load_data(
    path: str | os.PathLike[str], target_column: str | None = None, classes: bool = False
) -> Dataset:
    """Read a table of numbers from CSV with a header line, or from LIBSVM text (recognised), which
    is kept sparse.

    ``target_column`` names the CSV column to predict, by default the last one; commas, semicolons
    and tabs separate. With ``classes`` the target may be words, which are numbered from 0 in the
    order of the alphabet. Raises InputError, naming file, line and column, for a file that cannot
    be read, is empty, has too few rows, rows of unequal length, cells that are no finite number, or
    no feature but zero.
    """
    shown = os.fspath(path)
    try:
        size = Path(path).stat().st_size
        # Parsed tokens take an order of magnitude more room than their text.
        require_memory(12.0 * size, f"reading {shown}")
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read data file {shown!r}: {error.strerror}") from None
    except (UnicodeDecodeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"data file {shown!r} is not text (UTF-8)") from None
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"data file {shown!r} is empty")
    if _looks_like_libsvm(lines):
        if target_column is not None:
            raise InputError(f"{shown}: LIBSVM files have no columns to choose a target from")
        data = _read_libsvm(lines, shown)
    else:
        data = _read_csv(lines, shown, target_column, classes)
    if len(data.target) < _FEWEST_ROWS:
        raise InputError(
            f"{shown}: needs at least {_FEWEST_ROWS} data rows, has {len(data.target)}"
        )
    if not (data.features.nnz if data.sparse else np.any(data.features)):
        raise InputError(f"{shown}: no feature has another value than 0")
    return data


def _looks_like_libsvm(lines: list[tuple[int, str]]) -> bool:
    """Return whether the first line that has more than a label holds pairs index:value, well
    written or not, and nothing besides but numbers and what stands first.
    """
    for _, line in lines:
        tokens = line.split("#")[0].split()
        if any(_PAIR.match(token) for token in tokens):
            return all(_PAIR.match(token) or _is_number(token) for token in tokens[1:])
        if len(tokens) > 1 or not all(_is_number(token) for token in tokens):
            return False
    return False


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.strip()))


def _number(cell: str, where: str) -> float:
    # float() alone reads 1_0 as 10, and the digits of every script.
    if not _is_number(cell):
        raise InputError(f"{where}: {cell.strip()!r} is not a number")
    value = float(cell)
    if not math.isfinite(value):
        raise InputError(f"{where}: {cell.strip()!r} is not finite")
    return value


def _read_csv(
    lines: list[tuple[int, str]], path: str, target_column: str | None, classes: bool
) -> Dataset:
    header = lines[0][1]
    separator = max(",;\t", key=header.count)
    names = [cell.strip() for cell in next(csv.reader([header], delimiter=separator))]
    if all(_is_number(name) for name in names):
        raise InputError(f"{path}, line {lines[0][0]}: no header; the first line must name columns")
    if len(lines) == 1:
        raise InputError(f"{path}: only a header, no data rows")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: column name {repeated[0]!r} occurs more than once")
    if len(names) < 2:
        raise InputError(f"{path}: needs a target and at least one feature, has one column")
    target_name = names[-1] if target_column is None else target_column
    if target_name not in names:
        raise unknown(f"target column of {path}", target_name, names)
    table = np.empty((len(lines) - 1, len(names)))
    at = names.index(target_name)
    rows = [(number, next(csv.reader([line], delimiter=separator))) for number, line in lines[1:]]
    for number, cells in rows:
        if len(cells) != len(names):
            raise InputError(
                f"{path}, line {number}: {len(cells)} cells where the header has {len(names)}"
            )
    if classes and not any(_is_number(cells[at]) for _, cells in rows):
        words = sorted({cells[at].strip() for _, cells in rows})
        for _, cells in rows:
            cells[at] = str(words.index(cells[at].strip()))
    for row, (number, cells) in zip(table, rows, strict=True):
        row[:] = [
            _number(cell, f"{path}, line {number}, column {name!r}")
            for cell, name in zip(cells, names, strict=True)
        ]
    return Dataset(
        features=np.delete(table, at, axis=1),
        target=table[:, at].copy(),
        columns=tuple(name for name in names if name != target_name),
        target_name=target_name,
        path=path,
    )


def _check_label(token: str, where: str) -> None:
    """Raise InputError unless the first thing in a line of LIBSVM text can be one label."""
    if _PAIR.match(token):
        raise InputError(f"{where}: no label before {token!r}; a line is label index:value ...")
    if "," in token and all(_is_number(part) for part in token.split(",") if part):
        raise InputError(
            f"{where}: {token!r} is several labels; one is read, so make a file for each of them"
        )


def _read_libsvm(lines: list[tuple[int, str]], path: str) -> Dataset:
    from scipy import sparse

    # Plain numbers: lists of them take several times the room.
    target, values = array("d"), array("d")
    columns, ends = array("q"), array("q", [0])
    first = 1
    for number, line in lines:
        tokens = line.split("#")[0].split()
        if not tokens:
            continue
        where = f"{path}, line {number}"
        _check_label(tokens[0], where)
        target.append(_number(tokens[0], f"{where}, label"))
        last = -1
        for token in tokens[1:]:
            index, colon, value = token.partition(":")
            if index == "qid":
                raise InputError(f"{where}: {token!r} groups rows for ranking, which is not read")
            if colon and not value:
                raise InputError(
                    f"{where}: {token!r} has no value; index:value is written without a space"
                )
            if not colon or not index.isascii() or not index.isdigit() or int(index) <= last:
                raise InputError(
                    f"{where}: {token!r} is not index:value with rising indices from 1 (or 0)"
                )
            last = int(index)
            if last > _LARGEST_INDEX:
                require_memory(8.0 * last, f"a point with the {last} features of {path}")
            columns.append(last)
            values.append(_number(value, f"{where}, feature {last}"))
            # Some programs count from 0: then one row, at least, has that index.
            first = min(first, last)
        ends.append(len(columns))
    at = np.array(columns, dtype=np.int64) - first
    width = int(at.max()) + 1 if len(at) else 0
    require_memory(8.0 * width, f"a point with the {width} features of {path}")
    shape = (len(target), width)
    rows = sparse.csr_array((np.array(values), at, np.array(ends, dtype=np.int64)), shape=shape)
    return Dataset(
        features=as_matrix(rows),
        target=np.array(target),
        columns=range(first, first + width),
        target_name="label",
        path=path,
    )
