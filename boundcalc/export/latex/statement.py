"""The statement of a theorem: assumptions, algorithm, step sizes, bound, sharp form, corollaries.

Every formula comes from the theorem's objects: the bound from its unrolling, the step sizes from
its solved conditions, a corollary from a form with values put in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from boundcalc.export.latex.abbreviations import Abbreviated, abbreviate
from boundcalc.export.latex.conditions import StepSizes, equations, membership, related, step_sizes
from boundcalc.export.latex.layout import chain, conjunction, display, escaped, width
from boundcalc.export.latex.lemmas import lemma_statement
from boundcalc.export.latex.names import writer
from boundcalc.export.latex.notation import begun, explained
from boundcalc.export.latex.orientation import oriented_for
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex
from boundcalc.model.gradients import Gradients
from boundcalc.model.parameters import ITERATIONS
from boundcalc.model.theorem import Corollary, Form, Theorem
from boundcalc.proofs.standing import UNPROVED_STATEMENT, standing
from boundcalc.solve.values import least_iterations


def formula(theorem: Theorem) -> str:
    """Return the readable bound on display, with what it is written in: for a notebook."""
    with oriented_for(theorem):
        return _formula(theorem)


def _formula(theorem: Theorem) -> str:
    form = theorem.form(theorem.readable)
    short = written(theorem, form)
    lines = [bound(theorem, short)]
    if short.definitions:
        defined = ",\\quad ".join(definitions(short))
        lines.append(rf"\text{{where }}\quad {defined}")
    if not standing(theorem).proved:
        lines.append(rf"\text{{({UNPROVED_STATEMENT})}}")
    if len(lines) == 1:
        return f"$$\n{lines[0]}\n$$"
    return "$$\n\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}\n$$"


def unproved(theorem: Theorem) -> str:
    """Return what the heading of a statement begins with where its proof fails."""
    return "" if standing(theorem).proved else f"{UNPROVED_STATEMENT.capitalize()}: "


def statement(theorem: Theorem) -> str:
    """Return the theorem environment: the readable form in full, then the sharp form."""
    with oriented_for(theorem):
        return _statement(theorem)


def _statement(theorem: Theorem) -> str:
    title = rf"{unproved(theorem)}{escaped(theorem.title)} \cite{{{theorem.source.key}}}"
    lines = [
        rf"\begin{{theorem}}[{title}]\label{{thm:{theorem.name}}}",
        *_setting(theorem),
    ]
    for variant in theorem.variants:
        form = theorem.form(theorem.readable, variant=variant)
        label = f"eq:{theorem.name}"
        if variant:
            lines += ["", rf"\medskip\noindent\emph{{Or, with {escaped(variant)}.}}"]
            label += f"-{variant.replace(' ', '-')}"
        lines += _main(theorem, form, label)
    if theorem.sharp != theorem.readable:
        lines += _sharp(theorem, theorem.form(theorem.sharp))
    lines.append(r"\end{theorem}")
    if theorem.note:
        lines.append(rf"\noindent Source: \cite{{{theorem.source.key}}}. {escaped(theorem.note)}")
    return "\n".join(lines)


def corollaries(theorem: Theorem) -> list[str]:
    """Return the named corollaries, each as an environment of its own."""
    with oriented_for(theorem):
        return [_corollary(theorem, corollary) for corollary in theorem.corollaries]


def written(
    theorem: Theorem,
    form: Form,
    values: Mapping[sp.Symbol, sp.Expr] | None = None,
    conditions: Sequence[Condition] = (),
) -> Abbreviated:
    """Return the bound of the form as it is written, with the conditions in the same notation."""
    starting = [p.symbol for p in theorem.parameters if p.role == "start"]
    return abbreviate(form, theorem.statement(form).terms, conditions, values, starting)


def bound(theorem: Theorem, short: Abbreviated, end: str = "") -> str:
    """``measure <= term + term``, each term with its name under it."""
    names = list(short.terms)
    return chain(
        theorem.step.measure.latex,
        r"\le",
        [latex(term) for term in short.terms.values()],
        end,
        lambda body, place: rf"\underbrace{{{body}}}_{{\text{{{escaped(names[place])}}}}}",
    )


def definitions(short: Abbreviated) -> list[str]:
    """``W = ...`` for every auxiliary quantity that is used, each after those it is made of."""
    return [f"{latex(symbol)} = {latex(value)}" for symbol, value in short.definitions.items()]


# -- the setting -------------------------------------------------------------------------------


def _setting(theorem: Theorem) -> list[str]:
    constants = [p for p in theorem.parameters if p.role == "constant" and p.derived is None]
    whole = {p.symbol for p in theorem.parameters if p.whole}
    relations = [f"${related(c)}$" for c in theorem.given if not _of_integers(c, whole)]
    with_them = f" with {conjunction(relations)}" if relations else ""
    lines = [
        rf"Let ${theorem.step.f.name}:\mathbb R^{{{_dimension(theorem)}}}\to\mathbb R$ be"
        f" differentiable, let {membership(constants, theorem.domains)}{with_them}, and suppose the"
        " following.",
        r"\begin{itemize}",
        *(rf"\item[(A{i})] {a}." for i, a in enumerate(_assumed(theorem), 1)),
        r"\end{itemize}",
    ]
    implied = theorem.estimator.implied if theorem.estimator is not None else {}
    assumed = set().union(*(a.parameters for a in theorem.assumes)) & set(implied)
    if assumed:
        shown = [f"{latex(s)} = {latex(implied[s])}" for s in implied if s in assumed]
        lines += ["Here", display(shown, ".")]
    method = [p for p in theorem.parameters if p.role == "algorithm"]
    lines += [
        rf"Let $(x_k)_{{k\ge0}}$ be generated by {escaped(theorem.algorithm.title)},",
        rf"\[ {theorem.algorithm.latex}, \]",
        *_arriving(theorem),
        f"with {membership(method, theorem.domains)}{begun(theorem)}, and put",
        _starting(theorem),
    ]
    said = explained(theorem, "\n".join(lines))
    return [*lines, said] if said else lines


def _of_integers(condition: Condition, whole: set[sp.Symbol]) -> bool:
    """Return whether it says ``x <= x^2``, which is so for every integer."""
    return condition.right in whole and condition.left == condition.right**2


def _dimension(theorem: Theorem) -> str:
    """Return the dimension: a parameter of that meaning, or a letter that nothing else has."""
    named = [p.latex for p in theorem.parameters if p.meaning == "dimension"]
    taken = {p.latex for p in theorem.parameters}
    return next(
        (letter for letter in [*named, "d", "D", "N"] if letter in named or letter not in taken),
        r"\ell",
    )


def _assumed(theorem: Theorem) -> list[str]:
    """Return the assumptions, and of a named compressor or aggregator what it does."""
    found = [a.latex() for a in theorem.assumes]
    if theorem.estimator is not None and theorem.estimator.lemma is not None:
        found.append(lemma_statement(theorem.estimator))
    return found


def _arriving(theorem: Theorem) -> list[str]:
    """Return what a composed theorem's method steps with."""
    if theorem.estimator is None or theorem.gradients is Gradients.MESSAGES:
        return []
    return [rf"where ${theorem.estimator.server.aggregate_latex()}$,"]


def _starting(theorem: Theorem) -> str:
    """Return what the constants of the start stand for, from the theorem's own expressions."""
    write = writer(theorem)
    meanings = theorem.start_constants
    return display(
        [rf"{latex(symbol)} = {write.expression(value)}" for symbol, value in meanings.items()], "."
    )


# -- the readable form -------------------------------------------------------------------------


def _main(theorem: Theorem, form: Form, label: str) -> list[str]:
    sizes = step_sizes(theorem, form)
    if not sizes.readable:
        lines = _unsolved(theorem, form, label, "Let")
        for branch in _branches(theorem, form):
            lines += _branch(theorem, form, branch, written(theorem, form), solved=False)
        return lines
    short = written(theorem, form, None, sizes.remaining)
    lines = [*_choice(theorem, form, {}, sizes), *_limits(sizes), *_remaining(short, sizes)]
    lines += _conclusion(theorem, short, label)
    for branch in _branches(theorem, form):
        lines += _branch(theorem, form, branch, short, solved=True)
    return lines


def _choice(
    theorem: Theorem,
    form: Form,
    values: Mapping[sp.Symbol, sp.Expr],
    sizes: StepSizes | None,
) -> list[str]:
    """Return the free parameters that are chosen before the step size is limited."""
    later = sizes.eliminated if sizes else ()
    stated = theorem.statement(form)
    free = [p for p in stated.free if p not in later and p.symbol not in values]
    if not free:
        return []
    return [f"Let {membership(free, stated.conditions)} be arbitrary."]


def _limits(sizes: StepSizes) -> list[str]:
    lines: list[str] = []
    if sizes.limits:
        named = [f"{latex(symbol)} = {latex(value)}" for symbol, value in sizes.names.items()]
        lines += ["Suppose that the step size satisfies"]
        lines += [display(sizes.limits, "," if named or sizes.side else ".")]
        if named:
            lines += ["where", display(named, "," if sizes.side else ".")]
        if sizes.side:
            lines += [f"and that {conjunction([f'${s}$' for s in sizes.side])}."]
    elif sizes.side:
        lines += [f"Suppose that {conjunction([f'${s}$' for s in sizes.side])}."]
    return lines


def _remaining(short: Abbreviated, sizes: StepSizes) -> list[str]:
    if not sizes.eliminated:
        return []
    names = conjunction([f"${p.latex}$" for p in sizes.eliminated])
    positive = membership(
        sizes.eliminated, [c for p in sizes.eliminated for c in p.domain.conditions(p.symbol)]
    )
    below = any(c.symbols & set(short.definitions) for c in short.conditions)
    return [
        f"Let {positive} satisfy" + (", with the quantities defined below," if below else ""),
        display([related(c) for c in short.conditions], ";" if sizes.exact else "."),
        *([f"such {names} exists exactly for the step sizes above."] if sizes.exact else []),
    ]


def _conclusion(theorem: Theorem, short: Abbreviated, label: str) -> list[str]:
    least = least_iterations(theorem)
    lines = [
        rf"Then, for every integer ${ITERATIONS.latex}\ge{least}$,",
        rf"\begin{{equation}}\label{{{label}}}",
        bound(theorem, short, "," if short.definitions else "."),
        r"\end{equation}",
    ]
    if short.definitions:
        lines += _where(definitions(short))
    return lines


def _where(defined: Sequence[str], word: str = "where") -> list[str]:
    if len(defined) == 1 and width(defined[0]) < 30 and r"\frac" not in defined[0]:
        return [f"{word} ${defined[0]}$."]
    return [word, display(list(defined), ".")]


# -- degenerate values ---------------------------------------------------------------------


def _branches(theorem: Theorem, form: Form) -> list[Form]:
    return [other for other in theorem.forms if other.name == form.name and other.when]


def _branch(
    theorem: Theorem, form: Form, branch: Form, short: Abbreviated, *, solved: bool
) -> list[str]:
    """Return what changes at the values where the general formulas have no meaning."""
    changed = _changed(form, branch, short)
    new = [f"${latex(s)}={latex(v)}$" for s, v in changed.items()]
    line = f"The case {equations(branch.when)} is admitted too"
    if new:
        line += f", with {conjunction(new)}"
    if not solved:
        return [f"{line}."]
    sizes = step_sizes(theorem, branch)
    limits = [f"${limit}$" for limit in sizes.limits] + [f"${s}$" for s in sizes.side]
    under = f"; there the step size must satisfy {conjunction(limits)}" if limits else ""
    if sizes.remaining:
        here = abbreviate(branch, {}, sizes.remaining)
        under += f", and {conjunction([f'${p.latex}$' for p in sizes.eliminated])} need only "
        under += f"satisfy {conjunction([f'${related(c)}$' for c in here.conditions])}"
    return [f"{line}{under}."]


def _changed(form: Form, branch: Form, short: Abbreviated) -> dict[sp.Symbol, sp.Expr]:
    """Return the quantities of the statement whose formulas differ in the branch, as they are
    there.
    """
    changed: dict[sp.Symbol, sp.Expr] = {}
    for symbol in short.definitions:
        there = branch.formulas[symbol]
        general = form.formulas[symbol]
        for inlined in short.inlined:
            there = there.subs(inlined, branch.formulas[inlined])
            general = general.subs(inlined, form.formulas[inlined])
        there = there.subs(branch.when)
        undefined = sp.fraction(sp.together(general))[1].subs(branch.when) == 0
        if undefined or sp.simplify(there - general.subs(branch.when)) != 0:
            changed[symbol] = there
    return changed


# -- the sharp form and the corollaries -------------------------------------------------------


def _sharp(theorem: Theorem, form: Form) -> list[str]:
    lines = ["", r"\medskip\noindent\emph{Sharper form.}"]
    lines += _unsolved(theorem, form, f"eq:{theorem.name}-sharp", "More generally, let")
    for branch in _branches(theorem, form):
        lines += _branch(theorem, form, branch, written(theorem, form), solved=False)
    return lines


def _unsolved(theorem: Theorem, form: Form, label: str, opening: str) -> list[str]:
    """Return the form with its conditions as they stand, not solved for the step size."""
    stated = theorem.statement(form)
    given = [c for c in form.given if c.symbols - {p.symbol for p in stated.free}]
    short = written(theorem, form, None, given)
    chosen = membership(stated.free, stated.conditions) if stated.free else ""
    lines = [f"{opening} {chosen}" + (", and put" if short.definitions else ".")] if chosen else []
    lines += [display(definitions(short), ".")] if short.definitions else []
    shown = conjunction([f"${related(c)}$" for c in short.conditions])
    return [
        *lines,
        f"If {shown}, then, for the same ${ITERATIONS.latex}$,"
        if label.endswith("-sharp")
        else f"If {shown}, then, for every integer ${ITERATIONS.latex}\\ge"
        f"{least_iterations(theorem)}$,",
        rf"\begin{{equation}}\label{{{label}}}",
        bound(theorem, short, "."),
        r"\end{equation}",
    ]


def _corollary(theorem: Theorem, corollary: Corollary) -> str:
    form, values = theorem.form(corollary.of), corollary.values
    sizes = step_sizes(theorem, form, values)
    short = written(theorem, form, values, sizes.remaining)
    lines = [
        rf"\begin{{corollary}}[{unproved(theorem)}{escaped(corollary.name.capitalize())}]"
        rf"\label{{cor:{theorem.name}-{corollary.name}}}",
        rf"In Theorem~\ref{{thm:{theorem.name}}} let {equations(values)}.",
        *_choice(theorem, form, values, sizes),
        *_limits(sizes),
        *_remaining(short, sizes),
        *_conclusion(theorem, short, f"eq:{theorem.name}-{corollary.name}"),
        r"\end{corollary}",
    ]
    return "\n".join(lines)
