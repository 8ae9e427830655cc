"""The execution of a simulation's units of work: in this process, in several, or on a cluster.

One seam, :func:`run_jobs`: an engine is given pieces of work and yields what each found, in
whatever order. Results are merged in the order of the pieces, so they are the same to the last bit
for every engine and every number of workers.
"""

from numerics.execution.run import run_jobs
from numerics.execution.store import Store
from numerics.execution.tasks import Progress
from numerics.execution.workers import Workers, read_workers

__all__ = ["Progress", "Store", "Workers", "read_workers", "run_jobs"]
