"""Step sizes and bounds as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from boundcalc.export.text.format import aligned, down, nearly, parameters_line, table, up

if TYPE_CHECKING:
    from boundcalc.bounds.bound import Bound
    from boundcalc.bounds.stepsize import StepSize


def step_size(answer: StepSize) -> str:
    """Return the step sizes, the bound there, and what to type into PyTorch."""
    theorem = answer.theorem
    lines = [f"{theorem.name}: {theorem.title}", *answer.caveats, ""]
    if answer.gamma is None:
        lines += list(_free(answer))
    else:
        lines += list(_symbolic(answer) if isinstance(answer.gamma, str) else _numeric(answer))
    return "\n".join(lines)


def _symbolic(answer: StepSize) -> Iterator[str]:
    from boundcalc.bounds.describe import closed_form

    theorem = answer.theorem
    form = theorem.form(theorem.readable)
    yield f"admissible step sizes, readable form ({form.title})"
    yield from (f"  {line}" for line in answer.conditions)
    for variant in theorem.variants[1:]:
        yield ""
        yield f"or, {variant}"
        yield from (f"  {line}" for line in closed_form(theorem, {}, variant).conditions)
    if theorem.sharp != theorem.readable:
        yield ""
        yield f"sharp form ({theorem.form(theorem.sharp).title}): larger steps, no closed form"
        yield from (f"  {line}" for line in answer.sharp_conditions)
    free = ", ".join(p.name for p in theorem.free)
    if free:
        yield ""
        yield f"{free}: free proof parameters; the bound holds for every admissible value."
    yield "Give numbers with -p NAME=VALUE to have the best values chosen."


def _free(answer: StepSize) -> Iterator[str]:
    """Yield the lines where every step is admissible, and none was asked for."""
    yield "admissible step sizes"
    yield from (f"  {line}" for line in answer.conditions)
    yield ""
    yield "Every step has a bound: --horizon K or --target EPS chooses the best."


def _numeric(answer: StepSize) -> Iterator[str]:
    theorem = answer.theorem
    assert isinstance(answer.gamma, float)
    rows = [("step size", "gamma = " + down(answer.gamma), _why(answer))]
    if isinstance(answer.gamma_max, float) and math.isfinite(answer.gamma_max):
        sign, state = ("=", "attained") if answer.attained else ("<", "not attained")
        rows.append(("largest, readable form", f"gamma {sign} {down(answer.gamma_max)}", state))
    if isinstance(answer.gamma_max_sharp, float) and math.isfinite(answer.gamma_max_sharp):
        rows.append(("largest, sharp form", f"gamma < {down(answer.gamma_max_sharp)}", "supremum"))
    if answer.pytorch:
        rows += _pytorch(answer, answer.pytorch)
    if answer.proof_parameters:
        rows.append(("proof parameters", parameters_line(answer.proof_parameters), ""))
    yield from aligned(rows)
    if answer.bound is None:
        needed = [
            p.name
            for p in theorem.parameters
            if p.given and p.role != "free" and p.name not in {"gamma", *answer.given}
        ]
        yield ""
        yield f"For the bound give also {', '.join(needed)}."
    else:
        yield ""
        yield from bound_lines(answer.bound)


def _pytorch(answer: StepSize, line: dict[str, float]) -> Iterator[tuple[str, str, str]]:
    """Yield the line, the start of its average, and what other dampening would make of it."""
    # Down, as the step: above it nothing is proved.
    typed = ", ".join(
        f"{name}={down(v) if name == 'lr' else nearly(v, 10)}" for name, v in line.items()
    )
    yield "PyTorch", f"SGD({typed})", ""
    for one in answer.line_start:
        value = "" if one.value is None else up(float(one.value))
        known = (
            f" <= {value}, as given" if one.given else f" <= 2 L Delta = {value}" if value else ""
        )
        yield "  its average", f"starts at 0: {one.constant} = ||grad f(x_0)||^2{known}", ""
        yield (
            f"  dampening={nearly(line['momentum'])}",
            f"with lr={down(line['lr'] / (1 - line['momentum']))} starts it at the first"
            f" estimate: {one.constant} = 0 if exact; if noisy, no start of this theorem",
            "",
        )


def _why(answer: StepSize) -> str:
    if answer.bound is not None and answer.iterations is not None:
        if answer.iterations == 0:
            return "for K = 0, where any admissible step does: it is the start that is bounded"
        return f"for K = {answer.iterations} iterations"
    if answer.gamma == answer.gamma_max:
        return "the largest of the readable form"
    return "the best guaranteed rate of the readable form"


def bounds(answers: Sequence[Bound]) -> str:
    """Return one bound with its terms, or a table of several."""
    theorem = answers[0].theorem
    lines = [f"{theorem.name}: {theorem.title}", *answers[0].caveats, ""]
    if len(answers) == 1:
        lines += list(bound_lines(answers[0]))
        if answers[0].proof_parameters:
            lines += ["", f"proof parameters  {parameters_line(answers[0].proof_parameters)}"]
        return "\n".join(lines)
    names = list(answers[0].terms)
    free = list(dict.fromkeys(name for b in answers for name in b.proof_parameters))
    rows = []
    for b in answers:
        chosen = [nearly(b.proof_parameters[n]) if n in b.proof_parameters else "1" for n in free]
        rows.append([_count(b.K), up(b.value), *(up(b.terms[n]) for n in names), *chosen])
    lines += [f"bound on the {theorem.step.measure.text}", ""]
    lines += [table(["K", "bound", *names, *free], rows, left=0)]
    return "\n".join(lines)


def _count(iterations: Any) -> str:
    return "inf" if iterations == math.inf else str(iterations)


def bound_lines(answer: Bound) -> Iterator[str]:
    """Yield the bound, and its terms one to a line."""
    count = _count(answer.K)
    when = "as K -> infinity" if count == "inf" else f"at K = {count}"
    yield f"{answer.theorem.step.measure.text} <= {up(answer.value)}  {when}"
    width = max(len(name) for name in answer.terms)
    for name, value in answer.terms.items():
        yield f"  {name.ljust(width)}  {up(value)}"
