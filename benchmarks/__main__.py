"""Run the benchmarks, or those named (``python -m benchmarks calculator``), and print a table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

MODULES = ("calculator", "simulator", "gpu", "verdicts")


def verdict(row: Row) -> str:
    """Met or not met, with the reason; nothing where there is no target."""
    said = {True: "met", False: "not met", None: ""}[row.met]
    return ": ".join(part for part in (said, row.reason) if part)


def table(rows: Iterable[Row]) -> Table:
    found = Table("what", "measured", "target", "verdict")
    for row in rows:
        found.add_row(row.name, row.measured, row.target or "", verdict(row))
    return found


def main(names: Sequence[str]) -> None:
    unknown = sorted(set(names) - set(MODULES))
    if unknown:
        raise SystemExit(
            f"no benchmarks named {', '.join(unknown)}; there are {', '.join(MODULES)}"
        )
    chosen = [import_module(f"benchmarks.{name}") for name in names or MODULES]
    # Brackets are text: pip install 'boundcalc[gpu]'.
    Console(markup=False).print(table(row for module in chosen for row in module.rows()))


if __name__ == "__main__":
    main(sys.argv[1:])
