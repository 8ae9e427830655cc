"""A verification as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boundcalc.export.text.format import counted, nearly, parameters_line, table, up

if TYPE_CHECKING:
    from boundcalc.verify import Checkpoint, HorizonStudy, Verification
    from boundcalc.verify.evidence import Seen
    from boundcalc.verify.fits import Slope
    from boundcalc.verify.results import Finding


def verification(answer: Verification) -> str:
    """Return what was run, a table over the checkpoints, and the verdict."""
    exact = any(c.exact is not None for c in answer.checkpoints)
    rows = [[str(c.k), *mean_cells(c, exact)] for c in _thinned(answer.checkpoints)]
    ran = f"{counted(answer.trials, 'trial')}, seed {answer.seed}"
    lines = [*opening(answer), f"{answer.theorem.step.measure.text}, {ran}", ""]
    lines += [table(["k", *mean_header(answer, exact)], rows, left=0), ""]
    lines += [
        f"bound/mean is at least {nearly(answer.tightness, 4)} after the first checkpoint,"
        f" {nearly(answer.tightness_last, 4)} at the last"
    ]
    if answer.slope is not None:
        lines += [_slope(answer.slope)]
    lines += [answer.summary, ""]
    return "\n".join(lines)


def opening(answer: Verification | HorizonStudy) -> Iterator[str]:
    """Yield what was run: theorem, problem, estimator, constants, and what the audit found."""
    yield f"{answer.theorem.name}: {answer.theorem.title}"
    yield from answer.caveats
    yield ""
    yield f"problem    {answer.problem}"
    yield f"estimator  {answer.estimator}"
    if answer.device != "cpu":
        yield f"device     {answer.device}"
    yield f"constants  {parameters_line(dict(answer.constants))}"
    shared = answer.sparsity
    if shared is not None:
        yield (
            f"sparsity   s = {shared.s} of {shared.workers} workers share a coordinate;"
            f" conflict graph: {nearly(shared.conflicts, 4)}"
        )
    yield f"audit      {audit_line(answer.findings)}"
    yield ""


def mean_header(answer: Verification | HorizonStudy, exact: bool) -> list[str]:
    """Return the names of the columns of :func:`mean_cells`."""
    limits = f"{100 * answer.level:g}% limits: lower"
    known = ["exact mean"] if exact else []
    return ["mean", limits, "upper", *known, "bound", "bound/mean"]


def mean_cells(seen: Seen, exact: bool) -> list[str]:
    """Return a mean, its limits and its bound; with ``exact`` a column for the exact mean."""
    known = ["-" if seen.exact is None else nearly(seen.exact)] if exact else []
    limits = [nearly(value) for value in (seen.mean, seen.lower, seen.upper)]
    return [*limits, *known, up(seen.bound), nearly(seen.tightness, 3)]


def audit_line(findings: Sequence[Finding]) -> str:
    """Return the assumptions that the audit looked at, and those that it did not."""
    names = dict.fromkeys(f.assumption for f in findings if f.audited)
    others = [f"{f.assumption} ({f.stated})" for f in findings if not f.audited]
    told = f"{', '.join(names)}: all hold where the method goes"
    return f"{told}; not audited: {', '.join(others)}" if others else told


def _slope(slope: Slope) -> str:
    against = "log k" if slope.kind == "log-log" else "k"
    return (
        f"slope of log(mean) against {against}: {nearly(slope.fitted, 4)},"
        f" of the bound: {nearly(slope.predicted, 4)}"
    )


def _thinned(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return about a dozen of them, the first and the last included."""
    every = max(1, -(-len(checkpoints) // 12))
    kept = list(checkpoints[::every])
    return kept if kept[-1] is checkpoints[-1] else [*kept, checkpoints[-1]]
