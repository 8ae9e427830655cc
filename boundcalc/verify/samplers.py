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
from numerics.algorithms import period, takes_samples


def sampler_of(algorithm: Algorithm, problem: Problem) -> Oracle | None:
    """The only estimator that fits the method; None where the user may choose.

    Raises :class:`UsageError` for a problem without the components that it needs.
    """
    if not takes_samples(algorithm):
        return None
    votes, passes = (getattr(algorithm, what, False) for what in ("votes", "passes"))
    if not (votes or passes or period(algorithm)) and compressor_of(algorithm) is None:
        return None
    if not isinstance(problem, FiniteSum):
        raise UsageError(
            f"{algorithm.name} takes components of a finite sum, which {problem.title} is not: name"
            " the problem glm or sharded-glm, or give a data file"
        )
    if votes:
        return WorkerSamples()
    return ShuffledComponents() if passes else MiniBatch(1)


def compressor_of(algorithm: Algorithm) -> Compressor | None:
    """What a method that compresses sends by: the scaled sign."""
    return make_compressor("scaled-sign") if getattr(algorithm, "compresses", False) else None
