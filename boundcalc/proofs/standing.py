"""Whether what is said of a theorem is proved, and how an answer says so.

Every answer about theorems is an :class:`Answer`: when it is made, the proof of each of them is
looked up or checked, and where one fails the answer is marked wherever it is shown. So a bound of a
theorem that is false, or not proved yet, is never read as a result.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from boundcalc.model.theorem import Theorem
from boundcalc.proofs.notices import give
from boundcalc.proofs.records import Record, keep, kept, vouched

#: What an answer that rests on no proof is called, in one line and in LaTeX.
NOT_PROVED, UNPROVED_STATEMENT = "NOT PROVED", "unproved statement"

# Theorems whose standing is remembered in a process.
_REMEMBERED = 256
_known: OrderedDict[int, tuple[Theorem, Standing]] = OrderedDict()


@dataclass(frozen=True)
class Standing:
    """Whether the theorem ``name`` is proved, and the step that fails where it is not."""

    name: str
    proved: bool
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.name} is {'proved' if self.proved else f'not proved: {self.problem}'}"


def standing(theorem: Theorem) -> Standing:
    """Return whether the theorem is proved.

    The catalogue's theorems were proved with the sources that are published with it. Any other
    proof is checked at the first question, and the outcome kept until something that it depends
    on changes. Nothing that the theorem says of itself is asked.
    """
    # By identity: an author's own equality could say that it is another theorem.
    known = _known.get(id(theorem))
    if known is None:
        known = _known[id(theorem)] = theorem, Standing(theorem.name, *_record(theorem))
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return known[1]


def _record(theorem: Theorem) -> Record:
    if vouched(theorem):
        return True, ""
    found = kept(theorem)
    if found is None:
        found = _checked(theorem)
        keep(theorem, found)
    return found


def _checked(theorem: Theorem) -> Record:
    from boundcalc.proofs.prove import prove

    try:
        proof = prove(theorem)
    except Exception as error:  # whatever the theorem's own code raises is no proof
        return False, f"{type(error).__name__}: {error}"
    failed = next((step for step in proof.steps if not step.ok), None)
    return proof.proved, "" if failed is None else f"{failed.what}: {failed.problem}"


def announce(theorem: Theorem) -> Standing:
    """Return the standing of a theorem about which something is going to be said.

    Where it is not proved, a notice is given (:func:`boundcalc.proofs.notices.give`).
    """
    found = standing(theorem)
    if not found.proved:
        give(str(found))
    return found


def caveats(theorems: Iterable[Theorem]) -> list[str]:
    """Return what a text says first of the theorems: a line where some are not proved."""
    every = list({id(theorem): theorem for theorem in theorems}.values())
    failing = [one.name for one in every if not standing(one).proved]
    if not failing:
        return []
    which = "this theorem" if len(every) == 1 else ", ".join(dict.fromkeys(failing))
    return [f"{NOT_PROVED}: `prove` fails for {which}; what follows is only claimed"]


class Answer:
    """What is said of theorems; ``proved`` tells whether it follows from checked proofs."""

    theorem: Theorem

    def __post_init__(self) -> None:
        for theorem in self.theorems:
            announce(theorem)

    @property
    def theorems(self) -> tuple[Theorem, ...]:
        """The theorems that the answer rests on."""
        return (self.theorem,)

    @property
    def proved(self) -> bool | None:
        """Return whether the proofs of all theorems it rests on hold; None where nobody is to
        ask.
        """
        return all(standing(one).proved for one in self.theorems) if self.theorems else None

    @property
    def caveats(self) -> list[str]:
        """Return what a text of the answer says first: a line where it is not proved."""
        return caveats(self.theorems)

    def marked(self, text: str) -> str:
        """Return the text of the answer, marked where it is not proved."""
        return text if self.proved is not False else f"{text} [{NOT_PROVED}]"

    def marked_latex(self, formula: str) -> str:
        """Return a formula of the answer between dollars, marked where it is not proved."""
        if self.proved is not False:
            return formula
        return rf"{formula.removesuffix('$')}\qquad\text{{({UNPROVED_STATEMENT})}}$"
