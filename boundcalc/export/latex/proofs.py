"""The proof of a theorem in LaTeX, written from the certificate that the kernel has checked."""

from __future__ import annotations

from functools import lru_cache

from boundcalc.errors import ProofError
from boundcalc.export.latex.abbreviations import factored
from boundcalc.export.latex.certificates import Facts, identity
from boundcalc.export.latex.conditions import membership, related
from boundcalc.export.latex.expressions import Writer, scaled
from boundcalc.export.latex.instances import instantiations
from boundcalc.export.latex.invariants import bounded_signs, first_step, invariants
from boundcalc.export.latex.layout import LINE, chain, conjunction, numbered, width
from boundcalc.export.latex.names import writer
from boundcalc.export.latex.notation import of_a_step
from boundcalc.export.latex.orientation import oriented_for
from boundcalc.export.latex.reasons import Reasons
from boundcalc.export.latex.scalar_lemmas import scalar_lemma
from boundcalc.export.latex.unrolling import unrolled
from boundcalc.kernel.algebra import scalar
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.printing import latex
from boundcalc.kernel.scalar_lemmas import ScalarLemma
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.prove import FIRST_STEP, ONE_STEP, Proof, prove


@lru_cache(maxsize=64)
def proof(theorem: Theorem) -> str:
    """Return the proof environment.

    Raises :class:`ProofError` where the kernel refuses the proof: only a checked one is shown.
    """
    with oriented_for(theorem):
        return _proof(theorem)


def _proof(theorem: Theorem) -> str:
    checked = prove(theorem)
    if not checked.proved:
        failed = checked.steps[-1]
        raise ProofError(f"{theorem.name} is not proved: {failed.what}: {failed.problem}")
    named = {s.what: s.certificate for s in checked.steps if s.kind == "certificate"}
    first, one_step = named.pop(FIRST_STEP, None), named.pop(ONE_STEP)
    (nonnegative,) = named.values()
    assert one_step is not None and nonnegative is not None
    kept = [s.certificate for s in checked.steps if s.kind == "invariant"]
    instances = [step.signs for step in checked.steps if step.kind == "instantiate"]
    labels, write = _labelled(theorem), writer(theorem)
    # The ranges of the parameters go unmentioned, not what relates them.
    reasons = Reasons(labels, [c for c in theorem.domains if c not in theorem.given])
    parts = [
        rf"\begin{{proof}}[Proof of Theorem~\ref{{thm:{theorem.name}}}]",
        *_ties(theorem, labels),
        *_lyapunov(theorem, write),
        *of_a_step(theorem, write),
        *[line for lemma in theorem.lemmas for line in scalar_lemma(lemma, _used(checked, lemma))],
        *bounded_signs(theorem),
        *invariants(theorem, kept, write, reasons),
        *_claim(theorem, write),
        *identity(theorem, one_step, write, reasons, _step_label(theorem)),
        *(first_step(theorem, first, reasons, _step_label(theorem)) if first else []),
        *_remainder(theorem, nonnegative, write, reasons),
        *unrolled(theorem, reasons, _step_label(theorem)),
        *_start(theorem),
        *instantiations(theorem, labels, instances),
        r"\end{proof}",
    ]
    return "\n".join(parts)


def _used(proof: Proof, lemma: ScalarLemma) -> set[str]:
    """Return the rules of the lemma that the proof uses."""
    checked = (step.certificate for step in proof.steps if step.certificate is not None)
    using = [inequality for found in checked for _, inequality in found.certificate.using]
    return {i.rule for i in using if isinstance(i, Instance) and i.assumption == lemma}


def _labelled(theorem: Theorem) -> dict[Condition, str]:
    """Return the conditions that tie the auxiliary quantities, the short ones first, by their
    labels.
    """
    ordered = sorted(theorem.step.given, key=lambda c: width(related(c)) > LINE / 4)
    return {condition: f"(C{i})" for i, condition in enumerate(ordered, 1)}


def _step_label(theorem: Theorem) -> str:
    return f"eq:{theorem.name}-step"


# -- what is proved of one step ---------------------------------------------------------------


def _lyapunov(theorem: Theorem, write: Writer) -> list[str]:
    terms = [scaled(c, body) for c, body in write.terms(theorem.lyapunov)]
    before = _remembered(theorem)
    return [
        "",
        r"\emph{Lyapunov function.} For $k\ge0$ put",
        "\\[\n" + chain("V_k", "=", terms, "," if before else ".") + "\n\\]",
        *([f"where {before}."] if before else []),
    ]


def _remembered(theorem: Theorem) -> str:
    """``x_{-1} = x_0``: what the analysis remembers has its first value before the start."""
    of = dict.fromkeys(theorem.step.remembers.values())
    return conjunction([f"${name}_{{-1}}={name}_0$" for name in of])


def _ties(theorem: Theorem, labels: dict[Condition, str]) -> list[str]:
    free = f"Let {membership(theorem.free, theorem.domains)}. " if theorem.free else ""
    if not labels:
        return ["", rf"\emph{{Free quantities.}} {free}".rstrip()] if free else []
    known = {p.symbol for p in theorem.parameters}
    symbols = {symbol for condition in labels for symbol in condition.symbols} - known
    names = [f"${latex(s)}$" for s in sorted(symbols, key=lambda s: s.name.lower())]
    if not names:
        opening = rf"\emph{{Conditions.}} {free}Suppose that"
        return ["", opening, numbered([(label, related(c)) for c, label in labels.items()])]
    return [
        "",
        rf"\emph{{Auxiliary quantities.}} {free}Let {conjunction(names)} be any real"
        f" number{'s' if len(names) > 1 else ''} with",
        numbered([(label, related(condition)) for condition, label in labels.items()]),
    ]


def _claim(theorem: Theorem, write: Writer) -> list[str]:
    now, following = scalar("V_k", "V_k"), scalar("V_{k+1}", "V_{k+1}")
    rule = theorem.step.unroll
    right = rule.claim(now, following, theorem.measured) + following
    right = right + rule.window(scalar("moved", r"\mathbb E\|x_{k+1}-x_k\|^2"))
    terms = [scaled(c, body) for c, body in write.terms(right)]
    terms += [latex(error) for error in theorem.step.error.values()]
    since = "" if theorem.step.cycle is None else ", $j$ steps after $y$ was taken"
    return [
        "",
        rf"\emph{{One step.}} Then, for every $k\ge0${since},",
        rf"\begin{{equation}}\label{{{_step_label(theorem)}}}",
        chain("V_{k+1}", r"\le", terms, "."),
        r"\end{equation}",
    ]


def _remainder(theorem: Theorem, checked: Checked, write: Writer, reasons: Reasons) -> list[str]:
    """Return what the lemma demands of the Lyapunov function."""
    least = "0" if theorem.step.unroll.averaged else write.expression(theorem.measured)
    facts, certificate = Facts(checked), checked.certificate
    why = [
        rf"${latex(factored(square.weight))}\ge0$ by {because}"
        for square, fact in zip(certificate.squares, facts.squares, strict=True)
        if (because := reasons.words(fact))
    ]
    why += [rf"${write.expression(q.expression)}\ge0$" for _, q in certificate.bounded]
    because = f", because {conjunction(why)}" if why else ""
    return [rf"Moreover, $V_k\ge {least}${because}."]


def _start(theorem: Theorem) -> list[str]:
    before = _remembered(theorem)
    since = f"Since {before}," if before else "By definition,"
    return [
        "",
        rf"\emph{{Start.}} {since} $V_0={latex(theorem.initial_value)}$."
        " This is the bound, in the auxiliary quantities.",
    ]
