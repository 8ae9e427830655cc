"""Work in processes of this machine, through joblib.

For short arrays, where the interpreter and its lock take more of the time than NumPy does.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from numerics.block import Found
from numerics.errors import InputError
from numerics.execution.parcel import parcel, run_parcel
from numerics.execution.work import Piece, Pulse
from numerics.jobs import Job

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

        Raises InputError where processes keep dying and nothing gets done.
        """
        missing, fruitless = dict.fromkeys(pieces), 0
        with tempfile.TemporaryDirectory(prefix="boundcalc-") as folder:
            # Large problems travel once, not with every piece.
            file = Path(folder, "jobs")
            file.write_bytes(parcel(jobs))
            while missing:
                before = len(missing)
                try:
                    with _closing(_round(str(file), list(missing), self.count)) as finished:
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


def _round(file: str, pieces: list[Piece], count: int) -> Any:
    """A generator of the pieces and what they found; to close it ends the processes."""
    from joblib import Parallel, delayed

    pool = Parallel(
        n_jobs=min(count, len(pieces)),
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch="2*n_jobs",
    )
    return pool(delayed(_run)(file, piece) for piece in pieces)


@contextmanager
def _closing(finished: Any) -> Iterator[Any]:
    try:
        yield finished
    finally:
        with warnings.catch_warnings():
            # That work is left undone is what an interrupted run wants.
            warnings.simplefilter("ignore", UserWarning)
            finished.close()


def _run(file: str, piece: Piece) -> tuple[Piece, Found]:
    return piece, run_parcel(_read(file), piece.job, piece.unit)


@lru_cache(maxsize=1)
def _read(file: str) -> bytes:
    return Path(file).read_bytes()
