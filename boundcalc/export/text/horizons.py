"""The text of a study of horizons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boundcalc.export.text.format import counted, nearly, parameters_line, table, up
from boundcalc.export.text.verification import (
    audit_line,
    exact_cell,
    exact_header,
    sparsity_lines,
)

if TYPE_CHECKING:
    from boundcalc.verify import HorizonStudy

_AGAINST = {
    "contains": "the interval contains the predicted exponent",
    "beats": "steeper than predicted",
    "misses": "less steep than predicted, so far",
}


def horizon_study(answer: HorizonStudy) -> str:
    """Return setting, constants, a table over the horizons, the exponents, and the verdict."""
    theorem = answer.theorem
    lines = [f"{theorem.name}: {theorem.title}", *answer.caveats]
    lines += ["", f"problem    {answer.problem}", f"estimator  {answer.estimator}"]
    if answer.device != "cpu":
        lines += [f"device     {answer.device}"]
    lines += [f"constants  {parameters_line(dict(answer.constants))}"]
    lines += sparsity_lines(answer.sparsity)
    lines += [f"audit      {audit_line(answer.findings)}", ""]
    names = list(answer.rungs[0].parameters)
    limits = f"{100 * answer.level:g}% limits: lower"
    exact = any(r.exact is not None for r in answer.rungs)
    header = ["K", *names, "mean", limits, "upper", *exact_header(exact), "bound", "bound/mean"]
    rows = [
        [
            str(r.horizon),
            *(nearly(r.parameters[name], 4) for name in names),
            nearly(r.mean),
            nearly(r.lower),
            nearly(r.upper),
            *exact_cell(r, exact),
            up(r.bound),
            nearly(r.tightness, 3),
        ]
        for r in answer.rungs
    ]
    trials = counted(answer.trials, "trial")
    lines += [f"{theorem.step.measure.text}, {trials} at each horizon, seed {answer.seed}", ""]
    lines += [table(header, rows, left=0), ""]
    return "\n".join([*lines, *_exponents(answer), answer.summary, ""])


def _exponents(answer: HorizonStudy) -> Iterator[str]:
    yield f"rate: {answer.predicted.reason}"
    fit = answer.fit
    if fit is None:
        if answer.predicted.kind != "geometric":
            yield "no exponent is fitted: that takes three horizons with a finite positive mean"
        return
    within = ""
    if fit.lower is not None and fit.upper is not None:
        percent = f"{100 * fit.level:g}%"
        within = f", {percent} interval {nearly(fit.lower, 3)} to {nearly(fit.upper, 3)}"
    verdict = answer.against_prediction
    compared = f": {_AGAINST[verdict]}" if verdict else ""
    yield f"exponent of the means {nearly(fit.exponent, 3)}{within}{compared}"
    if answer.fit_bound is not None:
        yield f"exponent of the bounds {nearly(answer.fit_bound.exponent, 3)}"
