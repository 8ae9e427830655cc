"""The text of a study of horizons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boundcalc.export.text.format import counted, nearly, table
from boundcalc.export.text.verification import mean_cells, mean_header, opening

if TYPE_CHECKING:
    from boundcalc.verify import HorizonStudy

_AGAINST = {
    "contains": "the interval contains the predicted exponent",
    "beats": "steeper than predicted",
    "misses": "less steep than predicted, so far",
}


def horizon_study(answer: HorizonStudy) -> str:
    """Return what was run, a table over the horizons, the exponents, and the verdict."""
    names = list(answer.rungs[0].parameters)
    exact = any(r.exact is not None for r in answer.rungs)
    rows = [
        [str(r.horizon), *(nearly(r.parameters[n], 4) for n in names), *mean_cells(r, exact)]
        for r in answer.rungs
    ]
    ran = f"{counted(answer.trials, 'trial')} at each horizon, seed {answer.seed}"
    lines = [*opening(answer), f"{answer.theorem.step.measure.text}, {ran}", ""]
    lines += [table(["K", *names, *mean_header(answer, exact)], rows, left=0), ""]
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
