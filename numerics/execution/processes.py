"""Work in processes of this machine, through joblib.

For steps of many short operations, which in threads would wait for the interpreter's lock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from numerics.block import Found
from numerics.errors import InputError
from numerics.execution.parcel import parcel, run_parcel
from numerics.execution.work import Piece, Pulse, as_they_end
from numerics.jobs import Job

# Seconds until processes without work end; a run within them finds them started.
_IDLE = 60
# Rounds in which processes died and nothing was finished, before the cause must be the work.
_PATIENCE = 3


@dataclass(frozen=True)
class Processes:
    """So many processes. Where one is killed, what was under way is run again."""

    count: int

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Piece], pulse: Pulse
    ) -> Generator[tuple[Piece, Found], None, None]:
        """What each of the pieces found, as they end.

        Raises InputError where processes keep dying and nothing gets done, and where the folder
        for temporary files is too small.
        """
        missing, fruitless = dict.fromkeys(pieces), 0
        with tempfile.TemporaryDirectory(prefix="boundcalc-") as folder:
            # Large problems travel once, not with every piece.
            file = Path(folder, "jobs")
            packed = parcel(jobs)
            try:
                file.write_bytes(packed)
            except OSError as error:
                raise InputError(
                    f"the simulation ({len(packed):.1e} bytes) does not fit into {folder!r}:"
                    f" {error.strerror}; TMPDIR may name another place"
                ) from None
            while missing:
                before = len(missing)
                try:
                    with closing(_round(str(file), [*missing], self.count, pulse)) as finished:
                        for piece, found in finished:
                            del missing[piece]
                            yield piece, found
                            pulse.here(jobs[piece.job].steps_of(piece.unit))
                except BrokenExecutor:
                    fruitless = 0 if len(missing) < before else fruitless + 1
                    if fruitless == _PATIENCE:
                        raise InputError(
                            f"worker processes were killed {_PATIENCE} times in a row and nothing"
                            " got done: there may be too little memory for so many; give fewer"
                            " --workers"
                        ) from None


def _round(
    file: str, pieces: Sequence[Piece], count: int, pulse: Pulse
) -> Generator[tuple[Piece, Found], None, None]:
    # joblib's own Parallel looks for results every 10 ms only, which short runs would wait for.
    from joblib.externals.loky import get_reusable_executor

    count = min(count, len(pieces))
    pool = get_reusable_executor(count, timeout=_IDLE)
    try:
        yield from as_they_end(lambda piece: pool.submit(_run, file, piece), pieces, count, pulse)
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise


def _run(file: str, piece: Piece) -> Found:
    return run_parcel(_read(file), piece.job, piece.unit)


@lru_cache(maxsize=1)
def _read(file: str) -> bytes:
    return Path(file).read_bytes()
