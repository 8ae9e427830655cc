"""Work in this process: one piece after the other, or in threads.

NumPy frees the interpreter's lock while it works on an array, so threads use all cores where the
arrays of a block are long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

from numerics.backend import single_threaded_blas
from numerics.block import Found, run_unit
from numerics.execution.work import PERIOD, Piece, Pulse
from numerics.jobs import Job


@dataclass(frozen=True)
class Threads:
    """So many threads of this process."""

    count: int

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Piece], pulse: Pulse
    ) -> Generator[tuple[Piece, Found], None, None]:
        """What each of the pieces found, in their order."""
        count = min(self.count, len(pieces))
        with single_threaded_blas():
            if count > 1:
                yield from _threaded(jobs, pieces, count, pulse)
            else:
                for piece in pieces:
                    yield piece, run_unit(jobs[piece.job], piece.unit, pulse.here)


def _threaded(
    jobs: Sequence[Job], pieces: Sequence[Piece], count: int, pulse: Pulse
) -> Generator[tuple[Piece, Found], None, None]:
    waiting: deque[tuple[Piece, Future[Found]]] = deque()
    following = iter(pieces)
    with ThreadPoolExecutor(count) as pool:

        def submit(most: int) -> None:
            # A short queue: memory stays flat, and an early failure wastes little.
            while len(waiting) < most and (piece := next(following, None)) is not None:
                call = pool.submit(run_unit, jobs[piece.job], piece.unit, pulse.from_thread)
                waiting.append((piece, call))

        try:
            submit(4 * count)
            while waiting:
                wait_for([waiting[0][1]], timeout=PERIOD)
                while waiting and waiting[0][1].done():
                    piece, call = waiting.popleft()
                    yield piece, call.result()
                    submit(4 * count)
                pulse.report()
        except BaseException:
            pulse.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
