"""A sweep as a file: CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from boundcalc.errors import UsageError
from boundcalc.export.files import write_file

if TYPE_CHECKING:
    from boundcalc.verify import Sweep


def check_table(path: str | os.PathLike[str]) -> Path:
    """Return the path as one that a table can be written to, as far as can be told beforehand.

    Raises :class:`UsageError` otherwise; to be asked before a long run.
    """
    target = Path(path)
    suffix = target.suffix.lower().lstrip(".")
    if suffix not in _WRITERS:
        endings = ", ".join(f".{known}" for known in _WRITERS)
        raise UsageError(f"the table {str(target)!r} must end in {endings}")
    if target.is_dir() or not target.absolute().parent.is_dir():
        reason = "it is a folder" if target.is_dir() else "its folder does not exist"
        raise UsageError(f"cannot write table {str(target)!r}: {reason}")
    if suffix == "parquet" and find_spec("pyarrow") is None:
        raise UsageError("a Parquet file needs the package: pip install 'boundcalc[parquet]'")
    return target


def write_table(sweep: Sweep, path: str | os.PathLike[str]) -> None:
    """Write one row for every point of the grid, in the format that the suffix says.

    JSON and Parquet carry the setting too (Parquet as the key "boundcalc" of its metadata). The
    file appears complete or not at all. Raises :class:`UsageError` as :func:`check_table` does and
    where the file cannot be written.
    """
    target = check_table(path)
    write_file(target, _WRITERS[target.suffix.lower().lstrip(".")](sweep))


def _csv(sweep: Sweep) -> str:
    columns = sweep.columns()
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _json(sweep: Sweep) -> str:
    return json.dumps(sweep.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _parquet(sweep: Sweep) -> bytes:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table(sweep.columns())
    table = table.replace_schema_metadata({"boundcalc": json.dumps(sweep.setting())})
    content = io.BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


_WRITERS: dict[str, Callable[[Sweep], str | bytes]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
}
