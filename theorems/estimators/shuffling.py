"""One pass in random order over a finite sum, as one step: a bias that depends on the step."""

from __future__ import annotations

from boundcalc.kernel import Certificate, Square, Vector, at_least, exceeds
from boundcalc.kernel.passes import Shuffled
from boundcalc.model.estimator import Estimator
from boundcalc.model.parameters import GAMMA, SMOOTHNESS
from numerics.compressors import Identity
from theorems.common import f
from theorems.estimators.parameters import COMPONENTS, L_MAX, OF_COMPONENTS, YOUNG
from theorems.estimators.simulations import shuffled

gamma, m, L_max, t = GAMMA.symbol, COMPONENTS.symbol, L_MAX.symbol, YOUNG.symbol
B_h, delta2 = (p.symbol for p in OF_COMPONENTS)
passing = Shuffled(f, m, gamma, L_max, B_h, delta2)

# What moving adds to the way of a pass, as a part of the way, with Young's weight.
feedback = (1 + 1 / t) * (gamma * L_max) ** 2 * (m - 1) / (2 * m)
weight = L_max**2 / (1 - feedback)
through = weight * (1 + t) * gamma**2


def drifting(x: Vector) -> Certificate:
    """Return the way of the pass by Young's inequality, solved for itself."""
    planned, moved = passing.planned_part(x), passing.moved_part(x)
    return Certificate(
        using=[
            (1, passing.bias_bound(x)),
            (weight * (1 + t), passing.planned(x)),
            (weight * (1 + 1 / t), passing.moved(x)),
            (through * (m + 1) / (6 * m**2), passing.dissimilarity(x)),
        ],
        squares=[Square(weight / t, t * planned - moved)],
    )


shuffle = Estimator(
    "shuffle",
    "with passes in random order as steps",
    parameters=[COMPONENTS, L_MAX, *OF_COMPONENTS, YOUNG],
    assumes=[passing],
    unbiased=False,
    relative=through * ((m - 1) * (2 * m - 1) + (m + 1) * B_h) / (6 * m**2),
    origins={"order": through * (m + 1) * delta2 / (6 * m**2)},
    certificate=drifting,
    given=[
        at_least(L_max, SMOOTHNESS.symbol, "f is as smooth as its components"),
        exceeds(1, feedback, "the pass does not run away from its start"),
    ],
    compressor=lambda values: Identity(),
    trial=shuffled,
    calls=m,
)
