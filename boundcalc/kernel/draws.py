"""What one step of a method may draw, on the abstract vectors of a proof.

The counterpart on arrays is :mod:`numerics.draws`. An update is asked once what it makes of the
state and of what it draws (:class:`Draws` notes the questions); the theorem's oracle and
assumptions answer them afterwards (:func:`answers`). What is drawn has the properties that the
theorem assumes of it, and no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.integrity import require_formula, require_vector
from boundcalc.kernel.vectors import Asked, Basis, Vector

#: A vector of which a stochastic sign was taken, the radius it must not exceed, and the signs.
Signed = tuple[Vector, sp.Expr, Vector]


# What is drawn anew whenever it is asked for.
_ONCE = ("compress", "stochastic_signs", "stochastic_directions")


class Draws:
    """One step's questions; ``of_workers`` says that every worker draws a sample of its own."""

    def __init__(self, *, of_workers: bool) -> None:
        self._of_workers = of_workers
        #: The questions in their order.
        self.asked: list[Asked] = []

    def __call__(self, point: Vector) -> Vector:
        """Return the gradient of this step's sample: the same sample at every point."""
        return self._ask("sample", point, own=self._of_workers)

    def full(self, point: Vector) -> Vector:
        """Return the gradient itself."""
        return self._ask("full", point, own=False)

    def compress(self, vector: Vector) -> Vector:
        """Return the vector as the compressor sends it."""
        return self._once("compress", vector)

    def stochastic_signs(self, vector: Vector, radius: sp.Expr) -> Vector:
        """Signs that are ``vector / radius`` in the mean, if no coordinate exceeds the radius."""
        return self._once("stochastic_signs", vector, sp.sympify(radius))

    def stochastic_directions(self, vector: Vector) -> Vector:
        """Stochastic signs whose radius is the Euclidean norm of the vector."""
        return self._once("stochastic_directions", vector)

    def mean(self, vector: Vector) -> Vector:
        """Return the mean over the workers; raises :class:`ProofError` for a vector of the
        server.
        """
        if not require_vector(vector).of_workers:
            raise ProofError(f"the workers have no {vector!r} of their own to take the mean of")
        return vector.mean()

    def project(self, vector: Vector, radius: sp.Expr) -> Vector:
        """Return the coordinates cut to ``[-radius, radius]``."""
        return require_vector(vector).projected(require_formula(sp.sympify(radius)))

    def _once(self, what: str, vector: Vector, radius: sp.Expr | None = None) -> Vector:
        """Return what is drawn anew at every call: by its question here it would be the same
        one.
        """
        asked = list(self.asked)
        answer = self._ask(what, vector, radius, own=require_vector(vector).of_workers)
        if self.asked[-1] in asked:
            raise ProofError(f"{answer!r} is drawn twice: draw it once, and use that twice")
        return answer

    def _ask(
        self, what: str, vector: Vector, radius: sp.Expr | None = None, *, own: bool
    ) -> Vector:
        size = None if radius is None else require_formula(radius)
        answer = Asked.make(what, require_vector(vector), size, own=own)
        (question,) = answer.coefficients
        assert isinstance(question, Asked)
        self.asked.append(question)
        return answer


def answers(
    asked: Sequence[Asked],
    images: Mapping[Basis, Vector],
    oracle: Any,
    assumes: Sequence[object],
) -> tuple[dict[Basis, Vector], list[Signed]]:
    """Return what stands for every question, and the stochastic signs that were tossed.

    ``images`` replace the vectors of the state in the questions. Raises :class:`ProofError` for
    samples at points of which one is known before the other: what is drawn at the later one would
    count as independent of the earlier.
    """
    found, signed, stages = dict(images), [], set[int]()
    for question in asked:
        assert question.argument is not None
        argument = question.argument.substitute(found)
        if question.what == "sample":
            stages.add(_of_server(argument).stage)
            answer = require_vector(oracle.estimate(argument))
        elif question.what == "full":
            answer = require_vector(oracle.gradient(_of_server(argument)))
        elif question.what == "stochastic_signs":
            by = _by(assumes, "stochastic_signs")
            answer = require_vector(by(argument, question.radius))
            assert question.radius is not None
            signed.append((argument, question.radius, answer))
        else:
            name = {"compress": "compressed"}.get(question.what, question.what)
            answer = require_vector(_by(assumes, name)(argument))
        if question.what in _ONCE and answer in found.values():
            raise ProofError(f"{answer!r} is drawn twice: draw it once, and use that twice")
        if answer.of_workers != question.own:
            raise ProofError(f"{question} is not of those who asked for it")
        found[question] = answer
    if len(stages) > 1:
        raise ProofError("a sample is asked for at points that are not known at one time")
    return found, signed


def _by(assumes: Sequence[object], name: str) -> Any:
    found = [a for a in assumes if hasattr(a, name)]
    if len(found) != 1:
        raise ProofError(f"exactly one assumption must say what {name} are")
    return getattr(found[0], name)


def _of_server(point: Vector) -> Vector:
    if point.of_workers:
        raise ProofError("the workers' samples are taken at the server's points alone")
    return point
