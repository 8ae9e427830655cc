"""The source of a method's gradients: what may be put in place of them, and how it is run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from boundcalc.kernel.assumptions import Assumption, BiasedOracle
from boundcalc.kernel.local import CompressedGradients
from boundcalc.kernel.stale import StaleGradient


class Gradients(Enum):
    """The kind of thing that stands in the place of the gradient of a method.

    ``BIASED`` is one biased oracle, which a named estimator can take the place of; ``MESSAGES``
    are gradients sent through any unbiased compressor, maybe late; ``OTHER`` is whatever else the
    assumptions say, such as samples that the method draws itself.
    """

    BIASED = "one biased oracle"
    MESSAGES = "messages through an unbiased compressor"
    OTHER = "as the assumptions say"

    @classmethod
    def of(cls, assumptions: Sequence[Assumption]) -> Gradients:
        """Return the kind that these assumptions of a theorem speak of."""
        if any(type(a) in (CompressedGradients, StaleGradient) for a in assumptions):
            return cls.MESSAGES
        if sum(type(a) is BiasedOracle for a in assumptions) == 1:
            return cls.BIASED
        return cls.OTHER
