"""One step of a proof, as it came out."""

from __future__ import annotations

from dataclasses import dataclass

from boundcalc.kernel.certificate import Checked
from boundcalc.kernel.signs import SignFact


@dataclass(frozen=True)
class ProofStep:
    """One step: its kind, what it says, whether it holds, and how that was found.

    ``certificate`` is what a certificate step checked, ``signs`` the sign facts of the others;
    ``problem`` says why a step failed.
    """

    kind: str
    what: str
    ok: bool
    seconds: float
    detail: str = ""
    problem: str = ""
    certificate: Checked | None = None
    signs: tuple[SignFact, ...] = ()


def passed(
    detail: str, certificate: Checked | None = None, signs: tuple[SignFact, ...] = ()
) -> ProofStep:
    """Return a step that holds; what it is called is known to the chain that it belongs to."""
    return ProofStep("", "", True, 0.0, detail, "", certificate, signs)
