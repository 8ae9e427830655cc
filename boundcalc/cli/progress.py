"""A progress bar on stderr, for runs that take longer than a moment, where a person looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Seconds before the bar appears: short runs need none.
_PATIENCE = 1.0


@contextmanager
def progress(*titles: str, quiet: bool) -> Iterator[list[Callable[[int, int], None] | None]]:
    """Yield a callback ``(done, total)`` for each title that draws a bar as long as the context
    lasts, from its first call on; None for each where nobody looks.
    """
    if quiet or not sys.stderr.isatty():
        yield [None for _ in titles]
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
    begun = time.monotonic()

    def advancing(title: str) -> Callable[[int, int], None]:
        task = bar.add_task(title, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            if time.monotonic() - begun > _PATIENCE:
                bar.start()
                bar.update(task, completed=done, total=total, visible=True)

        return advance

    try:
        yield [advancing(title) for title in titles]
    finally:
        bar.stop()
