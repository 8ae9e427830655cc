"""The parts of a certificate that speak of vectors: expressions, inequalities, identities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import sympy as sp

from boundcalc.export.certificates.formulas import Json, conditions, formula, formulas, sign_entries
from boundcalc.kernel.algebra import (
    Atom,
    Basis,
    DrawnAt,
    Expression,
    Function,
    FunctionValue,
    Gap,
    GradientAt,
    Gram,
    Infimum,
    MeanOf,
    MinimiserOf,
    Norm,
    PastSteps,
    Projected,
    Scalar,
    SignOf,
    SquaredNorm,
    UnitOf,
    Vector,
    WorkerValue,
)
from boundcalc.kernel.assumptions import Assumption, Instance
from boundcalc.kernel.certificate import Certificate, Checked, Inequality
from boundcalc.proofs.prove import trusted_by


class VectorNames:
    """Names for the basis vectors of one document, given when they are first spoken of."""

    def __init__(self, assumes: Iterable[Assumption]) -> None:
        self._assumes = list(assumes)
        self._names: dict[Basis, str] = {}

    # -- vectors and expressions -----------------------------------------------------------------

    def name(self, basis: Basis) -> str:
        """Return the name of a basis vector: its own, made different from all others."""
        if basis not in self._names:
            taken, name = set(self._names.values()), basis.name
            while name in taken:
                name += "'"
            self._names[basis] = name
        return self._names[basis]

    def vector(self, vector: Vector) -> dict[str, str]:
        """Return the vector by names of basis vectors."""
        return {self.name(b): formula(c) for b, c in vector.coefficients.items()}

    def expression(self, expression: Expression) -> list[Json]:
        """Return the expression as atoms with coefficients."""
        return [
            {"atom": self._atom(atom), "coefficient": formula(value)}
            for atom, value in expression.items()
        ]

    def _atom(self, atom: Atom) -> Json:
        if isinstance(atom, Gram):
            return {"kind": "inner", "of": [self.name(atom.left), self.name(atom.right)]}
        if isinstance(atom, FunctionValue):
            return {"kind": "value", "function": atom.function, "at": self.vector(atom.point)}
        if isinstance(atom, Norm):
            return {"kind": f"norm{atom.kind}", "of": self.vector(atom.argument)}
        if isinstance(atom, Infimum):
            return {"kind": "infimum", "function": atom.function}
        if isinstance(atom, WorkerValue):
            function = f"{atom.function}_i"
            return {"kind": "value", "function": function, "at": self.vector(atom.point)}
        if isinstance(atom, PastSteps):
            return {"kind": "scalar", "name": str(atom), "nonnegative": True}
        if isinstance(atom, Scalar):
            return {"kind": "scalar", "name": atom.name, "nonnegative": atom.nonnegative}
        return {"kind": "one"}

    def basis(self) -> list[Json]:
        """Return all that were named: to be asked for last."""
        described: list[Json] = []
        # Describing one may name further vectors, those of its point.
        while len(described) < len(self._names):
            basis, name = list(self._names.items())[len(described)]
            entry: Json = {
                "name": name,
                "latex": basis.latex,
                "stage": basis.stage,
                "zero_mean": basis.zero_mean,
            }
            if isinstance(basis, GradientAt) and basis.point is not None:
                entry |= {"gradient_of": basis.function, "at": self.vector(basis.point)}
            if isinstance(basis, SignOf) and basis.argument is not None:
                entry |= {"sign_of": self.vector(basis.argument)}
            if isinstance(basis, UnitOf) and basis.argument is not None:
                entry |= {"direction_of": self.vector(basis.argument)}
            if isinstance(basis, Projected) and basis.argument is not None:
                argument, radius = self.vector(basis.argument), formula(basis.radius)
                entry |= {"projection_of": argument, "radius": radius}
            if isinstance(basis, DrawnAt) and basis.point is not None:
                others = [a for a in basis.arguments if isinstance(a, Vector)][1:]
                entry |= {"drawn_at": self.vector(basis.point)}
                entry |= {"and_at": [self.vector(a) for a in others]} if others else {}
            if isinstance(basis, MinimiserOf):
                entry |= {"minimiser_of": basis.function}
            if isinstance(basis, MeanOf) and basis.of is not None:
                entry |= {"mean_of": self.name(basis.of)}
            described.append(entry)
        return described

    # -- what is assumed -------------------------------------------------------------------------

    def assumptions(self) -> list[Json]:
        """Return what inequalities refer to by their place in the list.

        ``constants`` and ``functions`` are those it speaks of, ``options`` which case of it is
        meant, and ``about`` the places of other assumptions that it builds on.
        """
        return [self._assumption(assumption) for assumption in self._assumes]

    def _assumption(self, assumption: Assumption) -> Json:
        values = {n.name: getattr(assumption, n.name) for n in fields(assumption)}
        others = {n: v for n, v in values.items() if isinstance(v, Assumption)}
        return {
            "name": assumption.name,
            "latex": assumption.latex(),
            "constants": formulas({n: v for n, v in values.items() if isinstance(v, sp.Expr)}),
            "functions": {n: v.name for n, v in values.items() if isinstance(v, Function)},
            "options": {n: v for n, v in values.items() if isinstance(v, str)},
            "about": {n: self._assumes.index(v) for n, v in others.items()},
        }

    # -- identities ------------------------------------------------------------------------------

    def checked(self, checked: Checked) -> Json:
        """Return a claim with what makes it non-negative, and what of it is taken on trust."""
        return {
            "claim": self.expression(checked.claim),
            "given": conditions(checked.given),
            **self._certificate(checked.certificate),
            "rest": self.expression(checked.rest),
            "signs": sign_entries(checked.signs),
            "axioms": list(trusted_by(checked)),
        }

    def _certificate(self, certificate: Certificate) -> Json:
        return {
            "using": [
                {"multiplier": formula(weight), **self._inequality(inequality)}
                for weight, inequality in certificate.using
            ],
            "squares": [
                {"weight": formula(square.weight), "vector": self.vector(square.argument)}
                for square in certificate.squares
            ],
            "forms": [
                {
                    "u": self.vector(form.u),
                    "v": self.vector(form.v),
                    "first": formula(form.first),
                    "cross": formula(form.cross),
                    "second": formula(form.second),
                    "minors": conditions(form.minors),
                }
                for form in certificate.forms
            ],
            "bounded": [
                {"weight": formula(weight), **self._quantity(quantity)}
                for weight, quantity in certificate.bounded
            ],
        }

    def _inequality(self, inequality: Inequality) -> Json:
        entry: Json = {
            "name": inequality.name,
            "expression": self.expression(inequality.expression),
        }
        if isinstance(inequality, Instance):
            entry |= {
                "assumption": self._assumes.index(inequality.assumption),
                "rule": inequality.rule,
                "at": [self.vector(point) for point in inequality.arguments],
            }
        return entry

    def _quantity(self, quantity: Gap | SquaredNorm) -> Json:
        if isinstance(quantity, Gap):
            kind = {"gap_of": quantity.function.name, "at": self.vector(quantity.point)}
        else:
            kind = {"squared_norm_of": self.vector(quantity.argument)}
        return {**kind, "expression": self.expression(quantity.expression)}
