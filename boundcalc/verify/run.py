"""Holding the running method against the bound of a theorem."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from boundcalc.model.theorem import Theorem
from boundcalc.verify.confidence import check_level
from boundcalc.verify.envelope import Envelope, envelope
from boundcalc.verify.errors import usage_errors
from boundcalc.verify.evidence import evidence, expectation
from boundcalc.verify.messages import sparsity_of
from boundcalc.verify.prepare import Setting, prepare
from boundcalc.verify.request import requested
from boundcalc.verify.setting import method
from boundcalc.verify.simulation import ROUNDING, Execution, simulated
from boundcalc.verify.slopes import fitted_slope
from boundcalc.verify.verdict import Checkpoint, Verification, tightness
from numerics import Problem, Result, default_checkpoints

__all__ = ["verify"]


def verify(
    theorem: Theorem,
    *,
    problem: str | Problem | None = None,
    options: Mapping[str, Any] | None = None,
    data: str | os.PathLike[str] | None = None,
    target_column: str | None = None,
    loss: str = "squared",
    l2: Any = 0.0,
    standardise: bool | None = None,
    estimator: str | None = None,
    bias: str | None = None,
    noise: str | None = None,
    delays: str | None = None,
    start: str = "gradient",
    values: Mapping[str, Any] | None = None,
    iterations: int | None = None,
    trials: int | None = None,
    seed: int = 0,
    level: float = 0.99,
    workers: int | str | None = None,
    resume: str | os.PathLike[str] | None = None,
    device: str = "cpu",
    progress: Callable[[int, int], None] | None = None,
    check_proof: bool = True,
    **constants: Any,
) -> Verification:
    """Run the theorem's method many times and hold the mean against the bound.

    Without arguments this is the theorem's own example. The assumptions are audited on the problem
    simulated before anything is said of the bound.

    Args:
        theorem: the theorem, proved or not.
        problem: a problem of the simulator, by name or finished.
        options: the options of a named problem, or changes to those of the example; for data
            ``workers``, ``split`` ("order", "label" or "dirichlet", with its ``concentration``) and
            ``seed``, to deal the rows to workers.
        data: instead of a problem a CSV or LIBSVM file, fitted with ``loss`` (and ``l2``/2 times
            the squared norm) to predict ``target_column``, by default the last one.
        target_column: see ``data``.
        loss: see ``data``.
        l2: see ``data``.
        standardise: whether features (and the target of a regression) are shifted and scaled to
            mean 0 and variance 1; by default those of a CSV file are, and sparse LIBSVM data are
            not, which that would make dense.
        estimator: "exact", "synthetic" or "minibatch"; by default mini-batches of a data file
            (unless laws or constants of synthetic noise are given), else synthetic. Or an estimator
            of the catalogue: the theorem is then composed with it, and ``values`` are in its
            constants.
        bias: the law of the synthetic bias.
        noise: the law of the synthetic noise.
        delays: the pattern of the delays where the method has them: "constant", "cyclic",
            "uniform", "heavy-tailed" or "adversarial" (the default).
        start: what the average holds before the first step: "gradient", "zero", "first" (a fresh
            estimate) or "first:B", the mean of a batch.
        values: parameters of the method, free proof parameters, constants of the synthetic
            estimator, ``batch``, and constants of the problem that its own ones imply.
        iterations: steps of a run; by default the example's, or what takes a few seconds.
        trials: independent runs; by default likewise.
        seed: the same seed gives the same result, whatever the number of workers.
        level: the probability with which all confidence limits hold together.
        workers: a number, "threads:N", "processes:N" or "dask://HOST:PORT"; by default one for
            every core. The result is the same whoever works.
        resume: a folder in which finished blocks of trials are kept, so that an interrupted
            verification takes up where it was.
        device: "cpu", or "cuda" to simulate on a GPU (needs ``boundcalc[gpu]``). A seed has random
            numbers of its own there.
        progress: called with the steps done and their total, ten times a second at most.
        check_proof: whether the answer says if the theorem is proved.
        constants: more ``values``, as keywords.

    Raises:
        UsageError: wrong or contradictory input, a problem that the theorem does not speak of, an
            assumption that the audit finds broken, a step size that is not admissible.
    """
    started = time.perf_counter()
    check_level(level)
    theorem, request = requested(
        theorem, problem=problem, options=options, data=data, target_column=target_column,
        loss=loss, l2=l2, estimator=estimator, bias=bias, noise=noise, values=values,
        delays=delays, standardise=standardise, **constants,
    )  # fmt: skip
    with usage_errors():
        execution = Execution(workers, resume, progress, device)
        setting = prepare(
            theorem, request, start=start, iterations=iterations, trials=trials, seed=seed
        )
        checkpoints = default_checkpoints(setting.iterations, setting.metric)
        bounds = envelope(theorem, setting.parameters, checkpoints, setting.limit)
        (result,) = simulated([setting], [checkpoints], execution)
    return _verification(setting, result, bounds, level, device, check_proof, started)


def _verification(
    setting: Setting,
    result: Result,
    bounds: Envelope,
    level: float,
    device: str,
    check_proof: bool,
    started: float,
) -> Verification:
    checkpoints = [int(k) for k in result.checkpoints]
    exact = expectation(setting, method(setting.theorem), checkpoints)
    random = setting.oracle.varies(setting.problem)
    known = evidence(result, exact, level, random=random)
    bound, mean = bounds.values, known.expected
    allowance = ROUNDING * bound + setting.resolution
    verdict = known.verdict(bound, allowance)
    needed = known.trials_needed(bound, allowance) if verdict == "inconclusive" else None
    least, last = tightness(mean, bound, setting.resolution)
    hidden = {p.name for p in setting.theorem.parameters if p.role == "free" or not p.given}
    return Verification(
        theorem=setting.theorem,
        problem=setting.problem.title,
        estimator=setting.oracle.title,
        start=setting.start,
        verdict=verdict,
        checkpoints=tuple(
            Checkpoint(k, mean, lower, upper, float(most), exact, carried)
            for k, most, (mean, lower, upper, exact, carried) in zip(
                checkpoints, bound, known.columns(), strict=True
            )
        ),
        level=level,
        tightness=least,
        tightness_last=last,
        slope=fitted_slope(
            result.checkpoints,
            mean,
            bound,
            bounds.residual,
            averaged=setting.theorem.step.unroll.averaged,
        ),
        residual=bounds.residual,
        iterations=setting.iterations,
        trials=result.trials,
        diverged=int(result.diverged[-1]),
        seed=result.seed,
        device=device,
        constants={n: float(v) for n, v in setting.parameters.items() if n not in hidden},
        proof_parameters=bounds.proof_parameters,
        sparsity=sparsity_of(setting.theorem, setting.problem, setting.oracle),
        findings=setting.findings,
        allowance=tuple(map(float, allowance)),
        needed_trials=needed,
        proof_checked=check_proof,
        seconds=time.perf_counter() - started,
    )
