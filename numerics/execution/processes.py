"""Work in processes of this machine, through joblib.

For steps of many short operations, which in threads would wait for the interpreter's lock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from numerics.block import PointMoments
from numerics.errors import InputError
from numerics.execution.serialise import parcel, run_parcel
from numerics.execution.tasks import ProgressCounter, Task, as_they_end
from numerics.jobs import Job

# Seconds until processes without work end; a run within them finds them started.
_IDLE = 60
# Bytes of jobs that travel with every piece of work.
_LIGHT = 1 << 18
# Rounds in which processes died and nothing was finished, before the cause must be the work.
_PATIENCE = 3


@dataclass(frozen=True)
class Processes:
    """So many processes. Where one is killed, what was under way is run again."""

    count: int

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Task], pulse: ProgressCounter
    ) -> Generator[tuple[Task, PointMoments], None, None]:
        """Yield what each of the pieces found, as they end.

        Raises InputError where processes keep dying and nothing gets done, and where the folder
        for temporary files is too small.
        """
        missing, fruitless = dict.fromkeys(pieces), 0
        with _handed_out(parcel(jobs)) as packed:
            while missing:
                before = len(missing)
                try:
                    with closing(_round(packed, [*missing], self.count, pulse)) as finished:
                        for piece, found in finished:
                            del missing[piece]
                            yield piece, found
                            pulse.here(jobs[piece.job].steps_of(piece.unit))
                except BrokenExecutor:
                    fruitless = 0 if len(missing) < before else fruitless + 1
                    if fruitless == _PATIENCE:
                        raise InputError(
                            f"worker processes died {_PATIENCE} times in a row and nothing got"
                            " done: there is too little memory for so many (give fewer --workers),"
                            " or the code that they run ends its process"
                        ) from None


@contextmanager
def _handed_out(packed: bytes) -> Iterator[bytes | Path]:
    """Yield the bytes, or the file in which they travel once, not with every piece, where they are
    many.

    A file is left behind where this process is killed.
    """
    if len(packed) <= _LIGHT:
        yield packed
        return
    with tempfile.TemporaryDirectory(prefix="boundcalc-") as folder:
        file = Path(folder, "jobs")
        try:
            file.write_bytes(packed)
        except OSError as error:
            raise InputError(
                f"the simulation ({len(packed):.1e} bytes) does not fit into {folder!r}:"
                f" {error.strerror}; TMPDIR may name another place"
            ) from None
        yield file


def _round(
    packed: bytes | Path, pieces: Sequence[Task], count: int, pulse: ProgressCounter
) -> Generator[tuple[Task, PointMoments], None, None]:
    # joblib's own Parallel looks for results every 10 ms only, which short runs would wait for.
    from joblib.externals.loky import get_reusable_executor

    count = min(count, len(pieces))
    pool = get_reusable_executor(count, timeout=_IDLE)
    try:
        yield from as_they_end(lambda piece: pool.submit(_run, packed, piece), pieces, count, pulse)
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise


def _run(packed: bytes | Path, piece: Task) -> PointMoments:
    found = _read(packed) if isinstance(packed, Path) else packed
    return run_parcel(found, piece.job, piece.unit)


@lru_cache(maxsize=1)
def _read(file: Path) -> bytes:
    return file.read_bytes()
