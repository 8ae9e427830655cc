"""The capabilities and needs of a method beyond one step on an estimate of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Traits:
    """The capabilities of an algorithm, as attributes of its class; each may be left out.

    Attributes:
        samples: it is given no estimate of the gradient, but what it may draw in a step.
        passes: it takes the components of a finite sum in a random order between two snapshots.
        compresses: it sends by a compressor that the run is given.
        votes: its workers send signs, each of samples of its own.
        linear: every step does the same ``+``, ``-`` and multiples, whatever it is given: it is
            recorded once and replayed in place.
        moves_first: a new sample is taken in after the move.
        starts_exactly: its first average is the gradient itself.
        bounded_steps: no coordinate of x moves by more than gamma in a step.
        period: the parameter that says how many steps there are between two snapshots, at which
            its ``restart`` is applied.
        owned: the vectors of the state that every worker has of its own, (trials, n, d).
        pytorch: the same method in the arguments of ``torch.optim.SGD``.
    """

    samples: bool = False
    passes: bool = False
    compresses: bool = False
    votes: bool = False
    linear: bool = False
    moves_first: bool = False
    starts_exactly: bool = False
    bounded_steps: bool = False
    period: str | None = None
    owned: tuple[str, ...] = ()
    pytorch: Callable[[Mapping[str, float]], Mapping[str, float]] | None = None


# Told once: a proof reads them, and what a field is called could be changed later.
_NAMES = tuple(entry.name for entry in fields(Traits))
#: The capabilities that are there or not.
FLAGS = tuple(entry.name for entry in fields(Traits) if entry.default is False)


def traits(algorithm: object) -> Traits:
    """Return the capabilities of an algorithm: its attributes of these names, or the defaults."""
    found = {name: getattr(algorithm, name, None) for name in _NAMES}
    return Traits(**{name: value for name, value in found.items() if value is not None})
