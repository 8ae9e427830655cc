"""Standard streams that may be closed, or whose reader may go away, and change no answer.

The exit status of a command is that of its answer. Who reads only the first lines
(``boundcalc ... | head -1``) gets these, and the status is the same as without: what is written
after the reader has gone goes nowhere. Without this it would depend on how much of the output was
in the pipe when the reader went.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Outlet(io.FileIO):
    """A file descriptor to write to; what nobody reads counts as written."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


@contextmanager
def outlets() -> Iterator[None]:
    """Standard output and error are outlets meanwhile; those that are closed lead nowhere.

    Streams that somebody has put in their place are left alone.
    """
    before = sys.stdout, sys.stderr
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # The lowest free descriptor is the closed one, so no file of ours gets its number.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif stream is getattr(sys, f"__{name}__"):
            setattr(sys, name, _outlet(stream))
    try:
        yield
    finally:
        made = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = before
        for stream, original in zip(made, before, strict=True):
            if stream is not original:
                stream.flush()


def _outlet(stream: Any) -> io.TextIOWrapper:
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
    )
