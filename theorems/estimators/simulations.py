"""Where estimators are first tried out: the estimator as the simulator runs it, and problems.

Only what the user decides has a default here (entries to send, noise, a clipping level ...); the
constants that belong to a problem come from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from boundcalc.model.estimator import Trial
from numerics import (
    ClippedWorkers,
    CompositeOracle,
    Distributed,
    MamlOracle,
    Oracle,
    Problem,
    RobustWorkers,
    ShuffledPass,
    WorkerOracle,
)
from numerics.compressors import Compressor

Values = Mapping[str, float]

# One worker, whose error then always opposes the gradient.
ONE = ("quadratic", {"dimension": 10, "mu": 0.5, "spectrum": "two-point"})
# Workers that differ, and a non-convex function that all of them have.
WORKERS = ("shifted-quadratics", {
    "dimension": 10, "mu": 0.5, "spectrum": "two-point", "workers": 4, "shift": 0.2, "spread": 0.2,
})  # fmt: skip
# More different, as unbiased estimators bear it: where workers are nearly alike, the mean is within
# one part in a hundred of the bound, and thousands of trials do not tell them apart.
DIFFERENT = (WORKERS[0], {**WORKERS[1], "shift": 1.0, "spread": 0.5})
ALIKE = ("sine", {"dimension": 10, "start": 1.0})
_BOUNDED = "functions whose gradients are bounded everywhere have no mu; take a theorem without it"
# Noise and errors of this part of the first gradient.
_PART = 0.02


def first_gradient(problem: Problem) -> float:
    """||grad f|| at the first point."""
    return float(np.linalg.norm(problem.gradient(problem.start[None])[0]))


def short(value: float) -> float:
    """Return the value to two digits, as a person would choose it."""
    return float(f"{value:.2g}")


def noise(problem: Problem) -> dict[str, float]:
    """Noise of a worker's gradient that is small beside the first gradient."""
    return {"sigma0_2": short((_PART * first_gradient(problem)) ** 2)}


def alike(problem: Problem, workers: int) -> dict[str, float]:
    """So many workers, where the problem does not say how many."""
    return {} if isinstance(problem, Distributed) else {"n": workers}


def single(problem: Problem) -> dict[str, float]:
    """Return one worker without noise, where the problem does not say how many."""
    return {"sigma0_2": 0.0, **alike(problem, 1)}


def workers(values: Values, law: str) -> dict[str, Any]:
    """Return what every estimator of workers is made with."""
    variance = values.get("sigma0_2", 0.0)
    return {
        "workers": int(values["n"]) if "n" in values else None,
        "sigma0_2": variance,
        "noise_law": law if variance else "none",
    }


def sent(
    compressor: Callable[[Values], Compressor] | None,
    choices: Callable[[Problem], Values] = lambda problem: {},
    problems: Sequence[tuple[str, Mapping[str, Any]]] = (WORKERS, ALIKE),
) -> Trial:
    """Workers that send their gradients through a compressor."""

    def oracle(values: Values, law: str) -> Oracle:
        through = None if compressor is None else compressor(values)
        return WorkerOracle(compressor=through, **workers(values, law))

    return Trial(
        oracle,
        lambda problem: {**noise(problem), **alike(problem, 4), **choices(problem)},
        problems,
    )


def share(part: float) -> Callable[[Problem], Values]:
    """So large a part of the entries."""
    return lambda problem: {"k": math.ceil(part * problem.dimension)}


def _largest_local(problem: Problem) -> float:
    gradients = problem.gradient(problem.start[None])[:, None]
    if isinstance(problem, Distributed):
        gradients = problem.local_gradients(problem.start[None])
    return float(np.sqrt((gradients**2).sum(axis=-1)).max())


def _clipping(problem: Problem) -> Values:
    bound = problem.gradient_bound if isinstance(problem, Distributed) else None
    if bound is not None:
        return {"clip": short(0.9 * bound), **alike(problem, 4)}
    # Along the run the gradients are hardly longer than at first.
    bound = short(1.1 * _largest_local(problem))
    return {"G2": bound, "clip": short(0.9 * bound), **alike(problem, 4)}


clipped = Trial(
    lambda values, law: ClippedWorkers(
        clip=values["clip"], G2=values.get("G2"), **workers(values, law)
    ),
    _clipping,
    (
        ("sharded-glm", {"samples": 40, "dimension": 5, "workers": 4, "split": "dirichlet"}),
        WORKERS,
        ALIKE,
    ),
)


def aggregated(aggregator: str) -> Trial:
    """Honest workers, and faulty ones that send the mean reversed."""
    honest = ("shifted-quadratics", {**WORKERS[1], "workers": 8})
    return Trial(
        lambda values, law: RobustWorkers(
            aggregator=aggregator, faulty=int(values["faulty"]), **workers(values, law)
        ),
        lambda problem: {"faulty": 1, **noise(problem), **alike(problem, 8)},
        (honest, ALIKE),
    )


shuffled = Trial(
    lambda values, law: ShuffledPass(values["gamma"]),
    lambda problem: {},
    (
        ("least-squares", {"dimension": 5, "rank": 5, "noise": 0.3, "start": 1.0}),
        ("glm", {"samples": 10, "dimension": 5, "start": 1.0}),
    ),
)


def levels(*, biased: bool) -> Trial:
    """Return the parts of a composite objective, each from its own batch."""

    def oracle(values: Values, law: str) -> Oracle:
        return CompositeOracle(
            batch_inner=int(values["batch_inner"]),
            sigma_F2=values["sigma_F2"],
            sigma_h2=values["sigma_h2"],
            sigma_J2=values["sigma_J2"],
            noise_law=law,
            jacobian_bias=biased,
        )

    return Trial(
        oracle,
        lambda problem: {"batch_inner": 10, "sigma_F2": 0.1, "sigma_h2": 0.1, "sigma_J2": 0.01},
        (("composite", {}), ("maml", {})),
        _BOUNDED,
    )


def adapted(kind: str) -> Trial:
    """Meta-learning, each part of a step from its own batch."""

    def oracle(values: Values, law: str) -> Oracle:
        return MamlOracle(
            batch_inner=int(values["batch_inner"]),
            sigma_F2=values["sigma_F2"],
            sigma_g2=values["sigma_g2"],
            sigma_H2=values.get("sigma_H2", 0.0),
            noise_law=law,
        )

    curved = {"sigma_H2": 0.1} if kind == "logcosh" else {}
    return Trial(
        oracle,
        lambda problem: {"batch_inner": 10, "sigma_F2": 0.1, "sigma_g2": 0.1, **curved},
        (("maml", {"kind": kind}), ("maml", {"kind": kind, "inner_step": 0.5, "tasks": 3})),
        _BOUNDED if curved else "",
    )
