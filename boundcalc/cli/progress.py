"""A progress bar on stderr, for runs that take longer than a moment, where a person looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress"]

# Seconds before the bar appears: short runs need none.
_PATIENCE = 1.0


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A callback ``(done, total)`` that draws a bar as long as the context lasts, or None."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "{task.description}",
        BarColumn(),
        "{task.percentage:>3.0f}%",
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None)
    begun = time.monotonic()

    def advance(done: int, total: int) -> None:
        if time.monotonic() - begun > _PATIENCE:
            bar.start()
            bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        bar.stop()
