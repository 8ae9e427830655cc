"""The command line: every answer on stdout, every error as one line on stderr.

Exit status: 0 fine, holds, proved; 1 the answer is no, or it rests on no proof; 2 wrong usage or
input; 3 inconclusive; 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from boundcalc.cli.streams import outlets

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on ``arguments`` (default: those of the process); the exit status."""
    try:
        with outlets():
            return _guarded(arguments)
    except OSError:
        # What was left to write, on a device that takes no more.
        return 2


def _guarded(arguments: Sequence[str] | None) -> int:
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        # Already while the program is loaded, before interruptions are noted.
        return _complain("interrupted", _INTERRUPTED)
    except Exception:
        # An error in the code of a module, or here. Python's own status would be an answer: no.
        sys.excepthook(*sys.exc_info())
        return 2


def _run(arguments: Sequence[str] | None) -> int:
    import typer

    from boundcalc.cli.app import app
    from boundcalc.errors import BoundcalcError
    from boundcalc.proofs.notices import collected

    # Click's own usage error, wherever this version of typer keeps it.
    usage_error: type[Any] = typer.BadParameter.__mro__[1]
    command = typer.main.get_command(app)
    interrupts = _interrupts()
    try:
        with collected() as unproved:
            status = command.main(
                args=list(sys.argv[1:] if arguments is None else arguments) or ["--help"],
                prog_name="boundcalc",
                standalone_mode=False,
            )
        sys.stdout.flush()
    except BoundcalcError as error:
        if interrupts:
            return _complain("interrupted", _INTERRUPTED)
        return _complain(str(error), error.exit_status)
    except usage_error as error:
        return _complain(error.format_message(), 2)
    except (typer.Abort, KeyboardInterrupt):
        return _complain("interrupted", _INTERRUPTED)
    except SystemExit as error:
        if isinstance(error.__context__, OSError):
            # Typer makes an exit of a broken pipe, which is not that of our answers.
            return _complain(f"cannot write: {error.__context__.strerror}", 2)
        return _complain(f"the code of a module ended the run: exit {error.code}", 2)
    except MemoryError:
        return _complain("out of memory; choose a smaller size", 2)
    except OSError as error:
        what = f" {error.filename!r}" if error.filename else ""
        return _complain(f"cannot use{what}: {error.strerror or error}", 2)
    if status == _INTERRUPTED or interrupts:
        return _complain("interrupted", status)
    status = status if isinstance(status, int) else 0
    for notice in unproved:
        # What was answered is only claimed, so the answer is no.
        status = _complain(notice, status if status in (1, 2) else 1)
    return status


def _interrupts() -> list[int]:
    """Return the interruptions from now on: one in a destructor is swallowed, and must not be
    missed.
    """
    found: list[int] = []

    def interrupted(number: int, frame: object) -> None:
        found.append(number)
        raise KeyboardInterrupt

    report = sys.unraisablehook

    def swallowed(raised: Any) -> None:
        if raised.exc_type is not KeyboardInterrupt:
            report(raised)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, interrupted)
        # Batch systems end a run so; its processes and files are to be cleared away, too.
        signal.signal(signal.SIGTERM, interrupted)
        sys.unraisablehook = swallowed
    return found


def _complain(message: str, status: int) -> int:
    line = " ".join(message.split())
    print(f"boundcalc: {line}", file=sys.stderr)
    return status
