"""Work on the machines of a Dask cluster."""

from __future__ import annotations

import logging
import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from numerics.block import PointMoments
from numerics.errors import InputError
from numerics.execution.serialise import parcel, run_parcel
from numerics.execution.tasks import ProgressCounter, Task
from numerics.jobs import Job

_SECONDS_TO_CONNECT = 10


@dataclass(frozen=True)
class Cluster:
    """All workers of the scheduler at ``address``, "HOST:PORT".

    They need boundcalc of this version. A worker that is lost costs the pieces it was at: Dask
    runs them elsewhere.
    """

    address: str

    def run(
        self, jobs: Sequence[Job], pieces: Sequence[Task], pulse: ProgressCounter
    ) -> Generator[tuple[Task, PointMoments], None, None]:
        """Yield what each of the pieces found, as they end.

        Raises InputError where the package is missing, no scheduler answers or it goes away, or a
        piece was at work when one worker after the other died.
        """
        try:
            from distributed import Client, KilledWorker, as_completed
            from distributed.client import FutureCancelledError
        except ImportError:
            raise InputError(
                "a Dask cluster needs the package: pip install 'boundcalc[dask]'"
            ) from None
        # What goes wrong is said in one sentence here.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            # A client that cannot connect takes its time, and threads, to say so.
            host, _, port = self.address.rpartition(":")
            socket.create_connection((host, int(port)), _SECONDS_TO_CONNECT).close()
            client = Client(
                f"tcp://{self.address}", timeout=_SECONDS_TO_CONNECT, set_as_default=False
            )
        except (OSError, OverflowError, MemoryError) as error:
            # Out of memory: what another kind of server said was taken for the size of a message.
            raise InputError(f"no Dask scheduler answers at {self.address}: {error}") from None
        with client:
            # A task, not scattered data: it comes back when the worker that holds it is lost.
            packed = client.submit(_same, parcel(jobs), pure=False)
            under_way = {
                client.submit(run_parcel, packed, piece.job, piece.unit, pure=False): piece
                for piece in pieces
            }
            try:
                for future in as_completed(under_way, loop=client.loop):
                    piece = under_way.pop(future)
                    found: PointMoments = future.result()
                    yield piece, found
                    pulse.here(jobs[piece.job].steps_of(piece.unit))
            except KilledWorker as error:
                raise InputError(
                    f"a block of the simulation was at work on the cluster when its worker died,"
                    f" several times over: there may be too little memory ({error})"
                ) from None
            except FutureCancelledError:
                raise InputError(f"the Dask scheduler at {self.address} went away") from None


def _same(packed: bytes) -> bytes:
    return packed
