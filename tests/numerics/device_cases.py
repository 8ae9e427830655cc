"""One short simulation for every part of the simulator that touches arrays, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numerics import (
    AGGREGATORS,
    ATTACKS,
    BIAS_LAWS,
    COMPRESSORS,
    DISTANCE,
    GAP,
    GRADIENT_1NORM,
    GRADIENT_NORM,
    LEAST_SQUARED_GRADIENT,
    LOSSES,
    MEAN_GAP,
    NOISE_LAWS,
    PATTERNS,
    SGD,
    SGDM,
    SQUARED_GRADIENT,
    ClippedWorkers,
    CompositeOracle,
    Exact,
    MamlOracle,
    Messages,
    MiniBatch,
    RobustWorkers,
    ShuffledComponents,
    ShuffledPass,
    Synthetic,
    WorkerOracle,
    WorkerSamples,
    make_compressor,
    make_problem,
)
from numerics.sign_methods import (
    EF_SIGNSGD,
    SIGN_MOMENTUM,
    SIGN_RVM,
    SIGN_RVR,
    SIGN_SGD,
    SIGN_SVRG,
    SSDM,
    SSVR,
    SSVR_FINITE_SUM,
)
from numerics.vote_methods import (
    MV_SIGNSGD_MOMENTUM,
    SSVR_MAJORITY,
    SSVR_MAJORITY_RANDOMISED,
    STO_SIGNSGD,
    STO_SIGNSGD_RANDOMISED,
)

D = 6
Case = dict[str, Any]

OPTIONS: dict[str, dict[str, Any]] = {
    "quadratic": {"dimension": D, "rotate": True},
    "least-squares": {"dimension": D, "rank": 3},
    "sine": {"dimension": D},
    "glm": {"dimension": D, "samples": 24, "loss": "geman-mcclure"},
    "shifted-quadratics": {"dimension": D, "workers": 4},
    "sharded-glm": {"dimension": D, "samples": 24, "workers": 4},
    "composite": {"dimension": D, "tasks": 3},
    "maml": {"dimension": D, "tasks": 3},
}
COMPRESSOR_OPTIONS: dict[str, dict[str, Any]] = {
    "randk": {"k": 2},
    "sparsifier": {"probabilities": [0.2, 0.4, 0.6, 0.8, 0.9, 1.0]},
    "dithering": {"levels": 2},
    "topk": {"k": 2},
    "grid": {"pitch": 0.1},
    "shrink": {"alpha": 0.5},
    "all-or-nothing": {"omega": 1.5},
    "shorten": {"abs_error": 0.1},
}
STEP = {"gamma": 0.05}
MOVING = {"gamma": 0.05, "beta": 0.3}
NOISY = Synthetic("opposing", "gaussian", 0.1, 0.1, 0.2, 0.3)
NOISE = Synthetic("none", "gaussian", sigma2=0.1)

METRICS = (
    GAP,
    SQUARED_GRADIENT,
    GRADIENT_1NORM,
    GRADIENT_NORM,
    DISTANCE,
    MEAN_GAP,
    LEAST_SQUARED_GRADIENT,
)
SIGNS = (SIGN_SGD, SIGN_MOMENTUM, SSVR, SSDM)
SNAPSHOTS = (SIGN_SVRG, SIGN_RVR, SIGN_RVM, SSVR_FINITE_SUM)
VOTES = (
    STO_SIGNSGD,
    STO_SIGNSGD_RANDOMISED,
    MV_SIGNSGD_MOMENTUM,
    SSVR_MAJORITY,
    SSVR_MAJORITY_RANDOMISED,
)


def problem(name: str, **changes: Any) -> Any:
    return make_problem(name, **(OPTIONS[name] | changes))


def compressor(name: str) -> Any:
    return make_compressor(name, **COMPRESSOR_OPTIONS.get(name, {}))


def case(problem: Any, oracle: Any, algorithm: Any = SGD, **changes: Any) -> Case:
    values = {"gamma": 0.05, "beta": 0.3, "R": 20.0, "m": 4, "I": 3}
    names = [*algorithm.parameters, getattr(algorithm, "period", None)]
    parameters = {name: values[name] for name in names if name is not None}
    made = {
        "problem": problem,
        "oracle": oracle,
        "algorithm": algorithm,
        "parameters": parameters,
        "metric": GAP,
        "trials": 5,
        "seed": 3,
    }
    return made | changes


def cases() -> Iterator[tuple[str, Case]]:
    """Every problem, loss, estimator, law, compressor, pattern, rule, attack, method and metric."""
    quadratic, glm, sharded = map(problem, ("quadratic", "glm", "sharded-glm"))
    shifted = problem("shifted-quadratics")
    for name in OPTIONS:
        yield f"problem {name}", case(problem(name), NOISY, SGDM)
    for loss in LOSSES:
        yield f"loss {loss}", case(problem("glm", loss=loss, l2=0.1), MiniBatch(2))
    for name in ("quadratic", "logcosh"):
        yield f"maml {name}", case(problem("maml", kind=name), NOISY)
    for metric in METRICS:
        yield f"metric {metric.name}", case(quadratic, NOISY, SGDM, metric=metric)
    for start in ("gradient", "zero", "first"):
        yield f"start {start}", case(quadratic, NOISY, SGDM, start=start)

    yield "oracle exact", case(quadratic, Exact(), SGDM)
    for law in BIAS_LAWS:
        yield f"bias {law}", case(quadratic, Synthetic(law, "none", B=0.1, C=0.1))
    for law in NOISE_LAWS:
        yield f"noise {law}", case(quadratic, Synthetic("none", law, M=0.1, sigma2=0.1))
        yield f"noise of workers {law}", case(shifted, WorkerOracle(noise_law=law, sigma0_2=0.1))
    for size, replace in ((1, False), (2, False), (2, True), (20, False), (20, True)):
        told = f"minibatch {size}{' with replacement' if replace else ''}"
        yield told, case(glm, MiniBatch(size, replace))
    # More than 32 components are chosen by sorting keys.
    yield "minibatch 40", case(problem("glm", samples=400), MiniBatch(40))
    yield "minibatch 40 of 60", case(problem("glm", samples=60), MiniBatch(40))
    yield "oracle pass", case(glm, ShuffledPass(0.05))
    yield "oracle pass of few", case(problem("glm", samples=4), ShuffledPass(0.05))
    yield "oracle components", case(glm, ShuffledComponents())
    yield "oracle worker samples", case(sharded, WorkerSamples(batch=2))
    yield "oracle worker samples of all", case(glm, WorkerSamples(batch=2, workers=3))
    for shrunk in (False, True):
        nested = CompositeOracle(
            batch_inner=2, sigma_F2=0.1, sigma_h2=0.1, sigma_J2=0.1, jacobian_bias=shrunk
        )
        yield f"oracle composite {shrunk}", case(problem("composite"), nested)
    maml = MamlOracle(sigma_g2=0.1, sigma_H2=0.1, noise_law="rademacher")
    yield "oracle maml", case(problem("maml"), maml)
    yield "oracle clip", case(sharded, ClippedWorkers(clip=0.1, noise_law="gaussian", sigma0_2=0.1))
    # What is not known is watched.
    yield "oracle clip, watched", case(shifted, ClippedWorkers(clip=0.5, G2=100.0))
    for name in COMPRESSORS:
        workers = WorkerOracle(compressor=compressor(name), noise_law="gaussian", sigma0_2=0.1)
        yield f"compressor {name}", case(shifted, workers)
        if compressor(name).kind == "unbiased":
            yield f"message {name}", case(shifted, Messages(compressor=compressor(name), tau=2))
        if compressor(name).kind == "contractive":
            yield (
                f"feedback {name}",
                case(quadratic, NOISE, EF_SIGNSGD, compressor=compressor(name)),
            )
    ternary = make_compressor("ternary", norm="sup")
    yield "compressor ternary sup", case(shifted, WorkerOracle(compressor=ternary))
    yield (
        "compressor sparsifier one",
        case(shifted, WorkerOracle(compressor=make_compressor("sparsifier", probabilities=0.3))),
    )
    for pattern in PATTERNS:
        for aggregated in (False, True):
            late = Messages(
                compressor=compressor("randk"), tau=3, pattern=pattern, aggregated=aggregated
            )
            yield f"delays {pattern} {aggregated}", case(sharded, late)
    yield (
        "delays of one machine",
        case(quadratic, Messages(compressor=compressor("identity"), tau=2, workers=3)),
    )
    for rule in AGGREGATORS:
        for attack in ATTACKS:
            robust = RobustWorkers(
                aggregator=rule, attack=attack, noise_law="gaussian", sigma0_2=0.1
            )
            yield f"robust {rule} {attack}", case(shifted, robust)

    for method in SIGNS:
        yield f"method {method.name}", case(quadratic, NOISE, method, start="first:3")
        yield f"method {method.name} of data", case(glm, MiniBatch(2), method)
    for method in SNAPSHOTS:
        yield (
            f"method {method.name}",
            case(
                glm,
                ShuffledComponents() if getattr(method, "passes", False) else MiniBatch(1),
                method,
            ),
        )
    for method in VOTES:
        yield f"method {method.name}", case(sharded, WorkerSamples(batch=2), method)
        yield f"method {method.name} of all", case(glm, WorkerSamples(workers=3), method)
        yield f"method {method.name} first", case(sharded, WorkerSamples(), method, start="first:2")
