"""The rates that follow from the bounds, as a LaTeX table."""

from __future__ import annotations

from collections.abc import Sequence

from boundcalc.bounds.rates.cases import RateCase
from boundcalc.bounds.rates.monomials import Monomial
from boundcalc.bounds.rates.rate import BUDGET, COUNT, GROWING, Rate
from boundcalc.export.latex.layout import escaped
from boundcalc.export.latex.statement import unproved
from boundcalc.kernel.printing import latex


def schedules_table(settings: Sequence[RateCase]) -> str:
    """Return a table environment; needs booktabs, amsmath and amssymb."""
    rows = " \\\\\n\\addlinespace\n".join(_row(setting) for setting in settings)
    return rf"""\begin{{table}}[htbp]
\centering\scriptsize\setlength{{\tabcolsep}}{{3pt}}
\caption{{Rates in the number $N$ of gradient calls of one worker, up to constants, with schedules
in the number $K$ of iterations; all follow from the bounds.}}\label{{tab:best-rates}}
\begin{{tabular}}{{@{{}}p{{8em}}p{{6.5em}}ccp{{12em}}l@{{}}}}
\toprule
theorem & errors & bounded quantity & rate & schedule & where \\
\midrule
{rows} \\
\bottomrule
\end{{tabular}}
\end{{table}}"""


def _row(setting: RateCase) -> str:
    theorem, rate = setting.theorem, setting.rate
    log = r"\log K\," if rate.logarithmic else ""
    schedule = ", ".join(
        rf"${_name(name)}\propto {log if power[COUNT] and name != BUDGET else ''}{power.latex()}$"
        for name, power in rate.changing().items()
    )
    where = [rf"${_name(v)}\gtrsim {other.latex()}$" for v, other in rate.thresholds()]
    where += [f"${latex(expression)}>0$" for expression in rate.supposes]
    cells = [
        rf"\raggedright {unproved(theorem)}\texttt{{{escaped(theorem.name)}}}",
        rf"\raggedright {escaped(setting.title)}",
        rf"$\displaystyle {theorem.step.measure.latex}$",
        f"${_rate(rate)}$",
        rf"\raggedright {schedule or 'constant'}",
        ", ".join(where),
    ]
    return " & ".join(cells)


def _rate(rate: Rate) -> str:
    decay = rate.decay.latex()
    if rate.linear:
        decay = rf"e^{{-c\,{(Monomial.of({BUDGET: 1}) / rate.decay).latex()}}}"
    elif rate.logarithmic:
        decay = rf"\tilde{{\mathcal O}}\bigl({decay}\bigr)"
    return "+".join([decay, *(m.latex() for m in rate.floor)])


def _name(name: str) -> str:
    return name if name in (COUNT, *GROWING) else Monomial.of({name: 1}).latex()
