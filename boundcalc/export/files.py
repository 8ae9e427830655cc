"""Writing files: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from boundcalc.errors import UsageError


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file beside its place and move it there, so that it is never half written.

    Text is written as UTF-8.

    Raises :class:`UsageError` where it cannot be written.
    """
    target = Path(path)
    written = content.encode() if isinstance(content, str) else content
    try:
        # A link is followed; a device or a pipe is written to, never replaced. The name that a link
        # such as /dev/stdout has for a pipe is no path.
        if target.exists() and not target.is_file():
            # Whoever reads a pipe may stop reading it: that is no fault of what is written.
            with suppress(BrokenPipeError):
                target.write_bytes(written)
            return
        target = target.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(written)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {str(target)!r}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
