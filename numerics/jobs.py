"""A simulation, complete: everything that its numbers depend on, and how it splits into work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from numerics.algorithms import Algorithm
from numerics.compressors.base import Compressor
from numerics.metrics import Metric
from numerics.oracles.base import Oracle
from numerics.problems.base import Problem

# Doubles per array of a block: a handful of such arrays stays in the cache of a core, and one keeps
# a GPU busy.
_BLOCK_DOUBLES = {"cpu": 1 << 15, "cuda": 1 << 24}

# A unit of work has more than one block only where a job would have more units than this.
_MOST_UNITS = 1024


def block_size(width: int, device: str) -> int:
    """Return how many trials, of rows of so many numbers, a block has at most."""
    return max(1, _BLOCK_DOUBLES[device] // width)


@dataclass(frozen=True)
class Point:
    """Where a method runs: its parameters, and ``discount``, the weight of a step in the average
    of the metric relative to the step before it.
    """

    parameters: dict[str, float]
    discount: float = 1.0


@dataclass(frozen=True)
class Share:
    """The trials ``first`` to ``first + rows`` of the point with index ``point``, in one block."""

    point: int
    first: int
    rows: int


@dataclass(frozen=True)
class Job:
    """The same method on the same problem at one point or at many, ``trials`` runs at each.

    It splits into blocks of trials, each with a random stream of its own, and into units of work
    of one or more blocks. What a block is depends on the job alone, never on who works. The weight
    of a step in the average of the metric is the point's, not the metric's.
    """

    problem: Problem
    oracle: Oracle
    algorithm: Algorithm
    points: tuple[Point, ...]
    metric: Metric
    checkpoints: tuple[int, ...]
    trials: int
    seed: int
    start: str
    device: str = "cpu"
    compressor: Compressor | None = None
    #: Whether points may share blocks: the method takes their parameters as arrays.
    shared: bool = True
    #: How many trials each of them stands for: without randomness all are the same.
    repeats: int = 1

    @property
    def modules(self) -> list[str]:
        """Return where the parts of the job are defined."""
        parts = (self.problem, self.oracle, self.algorithm, self.compressor)
        names = {type(part).__module__ for part in parts if part is not None}
        return sorted(names | {self.metric.quantity.__module__})

    @property
    def block_size(self) -> int:
        """Trials per block at most."""
        return block_size(self.oracle.width(self.problem), self.device)

    @property
    def _points_per_block(self) -> int:
        if not self.shared:
            return 1
        return max(1, min(self.block_size // self.trials, len(self.points)))

    @property
    def _blocks_per_point(self) -> int:
        return -(-self.trials // self.block_size)

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-len(self.points) // self._points_per_block) * self._blocks_per_point

    def shares(self, block: int) -> tuple[Share, ...]:
        """Return what the rows of a block are, in their order."""
        group, piece = divmod(block, self._blocks_per_point)
        first = piece * self.block_size
        rows = min(self.block_size, self.trials - first)
        start = group * self._points_per_block
        stop = min(start + self._points_per_block, len(self.points))
        return tuple(Share(point, first, rows) for point in range(start, stop))

    @property
    def _blocks_per_unit(self) -> int:
        return -(-self.blocks // _MOST_UNITS)

    @property
    def units(self) -> int:
        """Number of units of work."""
        return -(-self.blocks // self._blocks_per_unit)

    def blocks_of(self, unit: int) -> Iterator[int]:
        """Return the blocks of a unit, in the order in which they are merged."""
        first = unit * self._blocks_per_unit
        return iter(range(first, min(first + self._blocks_per_unit, self.blocks)))

    def steps_of(self, unit: int) -> int:
        """Trial-steps of a unit."""
        rows = sum(share.rows for block in self.blocks_of(unit) for share in self.shares(block))
        return rows * self.checkpoints[-1]

    @property
    def steps(self) -> int:
        """Trial-steps of the job."""
        return len(self.points) * self.trials * self.checkpoints[-1]
