"""Work in this process: one piece after the other, or in threads.

NumPy frees the interpreter's lock while it works on an array, so threads use all cores where the
arrays of a block are long.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from numerics.backend import single_threaded_blas
from numerics.block import PointMoments, run_unit
from numerics.execution.tasks import ProgressCounter, Task, as_they_end
from numerics.jobs import Job


@dataclass(frozen=True)
class Threads:
    """So many threads of this process."""

    count: int

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Task], pulse: ProgressCounter
    ) -> Generator[tuple[Task, PointMoments], None, None]:
        """Yield what each of the pieces found, as they end."""
        count = min(self.count, len(pieces))
        with single_threaded_blas():
            if count > 1:
                yield from _threaded(jobs, pieces, count, pulse)
            else:
                for piece in pieces:
                    yield piece, run_unit(jobs[piece.job], piece.unit, pulse.here)


def _threaded(
    jobs: Sequence[Job], pieces: Sequence[Task], count: int, pulse: ProgressCounter
) -> Iterator[tuple[Task, PointMoments]]:
    with ThreadPoolExecutor(count) as pool:

        def submit(piece: Task) -> Future[PointMoments]:
            return pool.submit(run_unit, jobs[piece.job], piece.unit, pulse.from_thread)

        try:
            yield from as_they_end(submit, pieces, count, pulse)
        except BaseException:
            pulse.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
