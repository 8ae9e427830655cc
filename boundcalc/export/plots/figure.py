"""What all figures share: colours and dashes, labels, and how one gets into its file."""

from __future__ import annotations

import io
import os
import re
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from boundcalc.errors import UsageError
from boundcalc.export.files import write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from boundcalc.model.measures import Measure
    from boundcalc.model.parameters import Parameter

FORMATS = ("png", "pdf", "svg")

#: Colours of bounds, of means, and of what is beside both.
BOUND, EXACT, MEAN, RESIDUAL = "#b2182b", "#000000", "#2166ac", "#7f7f7f"
#: Okabe and Ito's colours, which colour-blind people tell apart; lines differ in their dashes too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
DASHES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (9, 2)))
GREY = "#5f5f5f"
_DOTS_PER_INCH = 160
# Letters in a line of an axis' label.
_WIDE = 30
# TeX that people write, in the dialect that matplotlib reads.
_DIALECT = {
    r"\\[bB]igg?[lr]": "",
    r"\\t?frac\s*(\w)\s*(\w)": r"\\frac{\1}{\2}",
    r"\\mathbb\s+(\w)": r"\\mathbb{\1}",
}


def new_figure(size: tuple[float, float], draw: Callable[[Figure], None]) -> Figure:
    """Return a figure of that size, in inches, filled by ``draw``; no window is opened."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure)
    return figure


def write_figure(
    path: str | os.PathLike[str], size: tuple[float, float], draw: Callable[[Figure], None]
) -> None:
    """Draw a figure into a file that appears complete or not at all.

    Args:
        path: the file, whose suffix (.png, .pdf, .svg) says the format.
        size: width and height, in inches.
        draw: what fills the empty figure.

    Raises:
        UsageError: another suffix, or the file cannot be written.
    """
    target = check_path(path)
    picture = io.BytesIO()
    new_figure(size, draw).savefig(
        picture, format=target.suffix.lower().lstrip("."), dpi=_DOTS_PER_INCH
    )
    write_file(target, picture.getvalue())


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return the path as one that a plot can be written to, as far as can be told beforehand.

    Raises :class:`UsageError` otherwise; to be asked before a long run.
    """
    target = Path(path)
    if target.suffix.lower().lstrip(".") not in FORMATS:
        raise UsageError(
            f"the plot {str(target)!r} must end in {', '.join('.' + f for f in FORMATS)}"
        )
    if target.is_dir() or not target.absolute().parent.is_dir():
        reason = "it is a folder" if target.is_dir() else "its folder does not exist"
        raise UsageError(f"cannot write plot {str(target)!r}: {reason}")
    return target


def measure_label(measure: Measure) -> str:
    """Return what is bounded, as :func:`readable` writes it."""
    return readable(measure.latex, measure.text)


def parameter_label(parameters: Iterable[Parameter], name: str) -> str:
    """Return the meaning of the parameter of that name and its symbol; the name where it is
    unknown.
    """
    known = next((parameter for parameter in parameters if parameter.name == name), None)
    if known is None:
        return name
    meaning = textwrap.fill(known.meaning.split(" (")[0], _WIDE)
    return f"{plain_text(meaning)} ${known.latex}$"


def readable(latex: str, text: str) -> str:
    """Return the formula where the drawing library reads it, else the words."""
    from matplotlib.mathtext import MathTextParser

    label = latex
    for pattern, replacement in _DIALECT.items():
        label = re.sub(pattern, replacement, label)
    try:
        MathTextParser("agg").parse(f"${label}$")
    except ValueError:
        return plain_text(text)
    return f"${label}$"


def plain_text(text: str) -> str:
    """Text in which no character starts a formula."""
    return text.replace("$", r"\$")


def shortened(text: str, longest: int = 95) -> str:
    """Return the end of a text that is longer."""
    return text if len(text) <= longest else "..." + text[-longest + 3 :]
