"""What the formulas of a statement and a proof speak of: every symbol is introduced.

A statement introduces what its assumptions and its method speak of without saying what it is; a
proof what a step draws and how a step goes, before it uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from boundcalc.export.latex.expressions import Writer, ratio, scaled
from boundcalc.export.latex.layout import conjunction
from boundcalc.export.latex.names import writer
from boundcalc.kernel.algebra import Basis, DrawnAt, MeanOf, Own, Vector
from boundcalc.kernel.printing import latex
from boundcalc.kernel.workers import FIRST_ERROR
from boundcalc.model.theorem import Theorem

#: What a formula of a statement may hold, and what is said of it. A bar that is no index mark.
_EXPLAINED = (
    (r"\\mathbb E_k", r"$\mathbb E_k$ is the expectation given the past, all that is known at the"
     r" start of step $k$"),
    (r"\\mathrm\{sign\}", r"$\mathrm{sign}$ is taken of every coordinate, with"
     r" $\mathrm{sign}(0)=0$"),
    (r"\\xi_\{?k", r"$\xi_k$ is the sample $\xi$ of step $k$"),
    (r"\\xi_k\^i", r"$\xi_k^i$ is the sample $\xi_i$ of step $k$"),
    (r"S_\{\\\|v_k\\\|\}", r"$S_{\|v_k\|}(v_k)$ is the stochastic sign $S(v_k)$"),
    (r"\\Pi_R", r"$\Pi_R$ cuts every coordinate to $[-R,R]$"),
    (r"\\overline", r"a bar is the mean over the workers $i$"),
)  # fmt: skip


def explained(theorem: Theorem, formulas: str) -> str:
    """Return a sentence on what the ``formulas`` of the statement hold; empty if nothing."""
    assumed = " ".join(assumption.latex() for assumption in theorem.assumes)
    said = []
    for pattern, words in _EXPLAINED:
        if re.search(pattern, formulas) and words.split("$")[1] not in said:
            if pattern == r"\\xi_\{?k" and r"\xi_k^i" in formulas:
                continue
            said.append(words)
    if r"\tilde g_k" in formulas and r"\tilde g_k=" not in formulas:
        x = theorem.transition.now.x
        estimate = writer(theorem).vector(theorem.oracle.estimate(x))
        said.append(rf"$\tilde g_k={estimate}$ is what the method steps with")
    if "f_{i_k}" in formulas:
        said.append(_component(theorem, assumed))
    return f"Here {conjunction(said)}." if said else ""


def _component(theorem: Theorem, assumed: str) -> str:
    f = theorem.step.f.name
    if rf"}}{f}_i$" in assumed:
        return rf"${f}_{{i_k}}$ is the function that step $k$ takes"
    m = next((p.latex for p in theorem.parameters if p.name == "m"), "m")
    return (
        rf"${f}=\frac1{{{m}}}\sum_{{i=1}}^{{{m}}}{f}_i$, a sample $\xi$ is one of the indices,"
        rf" $\nabla {f}(x;\xi)=\nabla {f}_\xi(x)$, and $i_k$ is that of step $k$"
    )


# -- where a method starts -----------------------------------------------------------------------


def begun(theorem: Theorem) -> str:
    """Return what the vectors of the state are at first, where that is more than a point."""
    first = theorem.first
    write, told = Writer(), []
    names = writer(theorem)
    for name in theorem.algorithm.state:
        vector = theorem.transition.general.vectors()[name]
        (basis,) = vector.coefficients
        plain = names.vector(vector).removesuffix("^i")
        shown, value = _at_start(plain), first.state.vectors()[name]
        if name == "x":
            continue
        # An estimate is off by what a constant of the start bounds: it may be any.
        if any(b.role == FIRST_ERROR for b in value.coefficients):
            of = "of every worker " if isinstance(basis, Own) else ""
            mark = "^i" if isinstance(basis, Own) else ""
            told.append(f"any first estimate ${shown}{mark}$ {of}".rstrip())
        else:
            told.append(f"${shown}={write.vector(value)}$")
    return f", started at $x_0$ with {conjunction(told)}" if told else ", started at $x_0$"


def _at_start(name: str) -> str:
    return name.replace("_{k-1}", "_{-1}").replace("_{k}", "_{0}")


# -- what a step makes -----------------------------------------------------------------------------


def of_workers(theorem: Theorem) -> str:
    """Return how expectations and bars are meant where workers are spoken of; empty if not."""
    bases = list(_spoken_of(theorem))
    worker = any(_of_worker(b) for b in bases)
    return (
        r"$\mathbb E$ of what has a free index $i$ includes the mean over the workers"
        r" $i=1,\dots,n$, and a bar is that mean."
        if worker
        else ""
    )


def of_a_step(theorem: Theorem, write: Writer) -> list[str]:
    """Return the paragraph that introduces what is drawn in a step, and how the state changes."""
    drawn = list(dict.fromkeys(_definitions(theorem, write)))
    changed = list(dict.fromkeys(_changes(theorem, write)))
    lines = ["", r"\emph{A step.}"]
    if words := of_workers(theorem):
        lines.append(words)
    if drawn:
        lines.append(f"Write {conjunction(drawn)}.")
    lines.append(f"Then step $k$ makes {conjunction(changed)}.")
    return lines


def _spoken_of(theorem: Theorem) -> Iterator[Basis]:
    t = theorem.transition
    made = [t.estimate, *t.now.vectors().values(), *t.next.vectors().values()]
    yield from within([*made, *(signs for _, _, signs in t.signed)])


def within(made: Iterable[Vector]) -> Iterator[Basis]:
    """Return the basis vectors that the vectors are made of, at any depth, each once."""
    waiting = [b for v in made for b in v.coefficients]
    seen: set[Basis] = set()
    while waiting:
        basis = waiting.pop(0)
        if basis in seen:
            continue
        seen.add(basis)
        yield basis
        inside = getattr(basis, "argument", None) or getattr(basis, "point", None)
        if inside is not None:
            waiting += list(inside.coefficients)
        if isinstance(basis, MeanOf) and basis.of is not None:
            waiting.append(basis.of)


def _of_worker(basis: Basis) -> bool:
    return Vector({basis: 1}).of_workers or isinstance(basis, MeanOf)


def _definitions(theorem: Theorem, write: Writer) -> Iterator[str]:
    """Yield what is drawn, and is named in the proof alone."""
    f = theorem.step.f.name
    for basis in _spoken_of(theorem):
        if not isinstance(basis, DrawnAt):
            continue
        if basis.latex == r"\zeta":
            yield rf"$\zeta(x)=\nabla {f}(x;\xi)-\nabla {f}(x)$ for the sample $\xi$ of the step"
        elif basis.latex == r"\zeta_i":
            yield rf"$\zeta_i(x)=\nabla {f}_i(x;\xi_i)-\nabla {f}_i(x)$ for the worker's sample"
        elif basis.latex == rf"\nabla {f}_i":
            yield "$i=i_k$ for the index of the step"
        elif basis.latex == r"\chi":
            assert basis.point is not None
            v = write.vector(basis.point)
            yield rf"$\chi=S({v})-\tfrac{{{v}}}{{\|{v}\|}}$"
    for vector, radius, signs in theorem.transition.signed:
        shown, r = write.vector(vector), latex(radius)
        name = write.vector(signs)
        coins = next(b for b in signs.coefficients if isinstance(b, DrawnAt) and "chi" in b.latex)
        own = Writer({k: v for k, v in write.names.items() if k != signs}, write.infimum)
        over = shown if radius == 1 else rf"\tfrac1{{{r}}}\,{_bracketed(shown)}"
        yield rf"${name}=S_{{{r}}}{_bracketed(shown, always=True)}$"
        yield rf"${own.basis(coins)}={name}-{over}$"


def _bracketed(text: str, *, always: bool = False) -> str:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "{([") - (letter in "})]")
        if depth == 0 and place and letter in "+-":
            return rf"\bigl({text}\bigr)"
    return f"({text})" if always else text


def _changes(theorem: Theorem, write: Writer) -> Iterator[str]:
    """Yield how the next state comes from the present one, in the vectors of the proof."""
    t = theorem.transition
    now, following = t.now.vectors(), t.next.vectors()
    state = {v for name, after in following.items() for v in (after, after - now[name])}
    signed = {signs for _, _, signs in t.signed} | {signs.mean() for _, _, signs in t.signed}
    others = {
        v: name
        for v, name in write.names.items()
        if v not in state and v not in signed and "overline" not in name
    }
    averages = {v: write.names[v] for n, v in following.items() if n == "v" and v in write.names}
    named = {v: n for v, n in write.names.items() if v in signed}
    for name, after in following.items():
        step = after - now[name]
        # The change where the old value cancels, else the new value.
        told = step if len(step.coefficients) < len(after.coefficients) else after
        if told in write.names:
            moved = {v: n for v, n in write.names.items() if v == following["x"]}
            known = {**others, **averages, **named} if name == "x" else {**moved, **named}
            plain = Writer(known, write.infimum)
            yield f"${write.names[told]}={_made(told, plain)}$"
    for vector, name in others.items():
        if name not in ("v_k", "p_k"):
            continue  # what an assumption speaks of needs no formula
        known = {v: n for v, n in others.items() if v != vector}
        plain = Writer({**averages, **known}, write.infimum)
        yield f"${name}={plain.vector(vector)}$"


def _made(vector: Vector, write: Writer) -> str:
    """Return the vector as a multiple of what has a name, if it is one."""
    for named_vector, name in write.names.items():
        factor = ratio(vector, named_vector)
        if factor is not None:
            return scaled(factor, name)
    return write.vector(vector)
