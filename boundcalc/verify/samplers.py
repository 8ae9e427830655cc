"""Which samples a method draws by what it is: of workers, in passes, one component at a time."""

from __future__ import annotations

from boundcalc.errors import UsageError
from numerics import (
    Algorithm,
    Compressor,
    FiniteSum,
    MiniBatch,
    Oracle,
    Problem,
    ShuffledComponents,
    WorkerSamples,
    make_compressor,
)
from numerics.traits import traits


def sampler_of(algorithm: Algorithm, problem: Problem) -> Oracle | None:
    """Return the only estimator that fits the method; None where the user may choose.

    Raises :class:`UsageError` for a problem without the components that it needs.
    """
    found = traits(algorithm)
    if not found.samples:
        return None
    if not (found.votes or found.passes or found.period) and compressor_of(algorithm) is None:
        return None
    if not isinstance(problem, FiniteSum):
        raise UsageError(
            f"{algorithm.name} takes components of a finite sum, which {problem.title} is not: name"
            " the problem glm or sharded-glm, or give a data file"
        )
    if found.votes:
        return WorkerSamples()
    return ShuffledComponents() if found.passes else MiniBatch(1)


def compressor_of(algorithm: Algorithm) -> Compressor | None:
    """Return what a method that compresses sends by: the scaled sign."""
    return make_compressor("scaled-sign") if traits(algorithm).compresses else None
