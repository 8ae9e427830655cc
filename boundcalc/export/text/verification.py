"""A verification as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boundcalc.export.text.format import counted, nearly, parameters_line, table, up

if TYPE_CHECKING:
    from boundcalc.verify import Checkpoint, Verification
    from boundcalc.verify.evidence import Seen
    from boundcalc.verify.fits import Slope
    from boundcalc.verify.results import Finding, Overlap


def verification(answer: Verification) -> str:
    """Setting, constants, a table over the checkpoints, and the verdict."""
    theorem = answer.theorem
    lines = [f"{theorem.name}: {theorem.title}", *answer.caveats]
    lines += ["", f"problem    {answer.problem}", f"estimator  {answer.estimator}"]
    if answer.device != "cpu":
        lines += [f"device     {answer.device}"]
    lines += [f"constants  {parameters_line(dict(answer.constants))}"]
    lines += sparsity_lines(answer.sparsity)
    lines += [f"audit      {audit_line(answer.findings)}", ""]
    limits = f"{100 * answer.level:g}% limits: lower"
    exact = any(c.exact is not None for c in answer.checkpoints)
    header = ["k", "mean", limits, "upper", *exact_header(exact), "bound", "bound/mean"]
    rows = [
        [
            str(c.k),
            nearly(c.mean),
            nearly(c.lower),
            nearly(c.upper),
            *exact_cell(c, exact),
            up(c.bound),
            _ratio(c),
        ]
        for c in _thinned(answer.checkpoints)
    ]
    ran = f"{counted(answer.trials, 'trial')}, seed {answer.seed}"
    lines += [f"{theorem.step.measure.text}, {ran}", ""]
    lines += [table(header, rows, left=0), ""]
    lines += [
        f"bound/mean is at least {nearly(answer.tightness, 4)} after the first checkpoint,"
        f" {nearly(answer.tightness_last, 4)} at the last"
    ]
    if answer.slope is not None:
        lines += [_slope(answer.slope)]
    lines += [answer.summary, ""]
    return "\n".join(lines)


def exact_header(known: bool) -> list[str]:
    """The name of the column of exact means, where there is one."""
    return ["exact mean"] if known else []


def exact_cell(seen: Seen, known: bool) -> list[str]:
    """The exact mean in that column, a stroke where this one is unknown."""
    return [] if not known else ["-" if seen.exact is None else nearly(seen.exact)]


def sparsity_lines(found: Overlap | None) -> list[str]:
    """What the workers share, with the constant of the conflict graph that stands for it."""
    if found is None:
        return []
    return [
        f"sparsity   s = {found.s} of {found.workers} workers share a coordinate;"
        f" conflict graph: {nearly(found.conflicts, 4)}"
    ]


def audit_line(findings: Sequence[Finding]) -> str:
    """The assumptions that the audit looked at, and those that it did not."""
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


def _ratio(checkpoint: Checkpoint) -> str:
    if checkpoint.expected <= 0:
        return "inf"
    return nearly(checkpoint.bound / checkpoint.expected, 3)


def _thinned(checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """About a dozen of them, the first and the last included."""
    every = max(1, -(-len(checkpoints) // 12))
    kept = list(checkpoints[::every])
    return kept if kept[-1] is checkpoints[-1] else [*kept, checkpoints[-1]]
