"""Proofs as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boundcalc.proofs.prove import Proof


def proofs(answers: Sequence[Proof]) -> str:
    """Return every step of every proof, and what is taken on trust."""
    from boundcalc.proofs.prove import AXIOMS

    lines: list[str] = []
    for proof in answers:
        lines += [f"{proof.theorem.name}: {proof.status} in {proof.seconds:.2f} s"]
        for step in proof.steps:
            mark = "ok" if step.ok else "FAILED"
            lines += [f"  {step.kind:<12}{mark:<7}{step.seconds:6.2f} s  {step.what}"]
            if step.problem:
                lines += [f"      {step.problem}"]
        lines.append(f"  trusted: {', '.join(proof.axioms)}")
        if proof.stated:
            lines.append(f"  not proved: {', '.join(proof.stated)}")
        lines.append("")
    used = [name for name in AXIOMS if any(name in proof.axioms for proof in answers)]
    lines += ["taken on trust:", *(f"  {name}: {AXIOMS[name]}" for name in used), ""]
    done = sum(proof.proved for proof in answers)
    total = sum(proof.seconds for proof in answers)
    lines += [f"{done} of {len(answers)} proved in {total:.2f} s"]
    return "\n".join(lines)
