"""Vectors and expressions of the kernel in LaTeX.

The kernel keeps expected inner products expanded. Here squares and differences are found again, so
that ``E<u,u> - 2 E<u,v> + E<v,v>`` is written as a squared norm; what is not recognised stays
expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations

import sympy as sp

from boundcalc.export.latex.abbreviations import factored
from boundcalc.kernel.algebra import (
    Atom,
    Basis,
    DrawnAt,
    Expression,
    FunctionValue,
    GradientAt,
    Gram,
    Infimum,
    MeanOf,
    Norm,
    One,
    Own,
    PastSteps,
    Projected,
    Scalar,
    SignOf,
    UnitOf,
    Vector,
    WorkerValue,
    vector,
)
from boundcalc.kernel.assumptions import Instance
from boundcalc.kernel.printing import known_sign, latex, oriented
from boundcalc.kernel.windows import past_steps_latex
from boundcalc.kernel.workers import FIRST_ERROR

_NORM = r"\mathbb E\|%s\|^2"
_INNER = r"\mathbb E\langle %s,%s\rangle"


def scaled(coefficient: sp.Expr, body: str, *, positive: bool = False) -> str:
    """``coefficient body``: brackets around a sum, nothing for one; the sign in front.

    A coefficient that is known to be ``positive`` (or zero) has no sign in front.
    """
    coefficient = oriented(coefficient)
    if positive:
        coefficient = _without_sign(coefficient)
    if coefficient == 1 and body:
        return body
    sign, size = signed(coefficient)
    if sign < 0 and not (positive and coefficient.is_Add):
        return f"-{scaled(size, body)}"
    shown = latex(coefficient)
    if coefficient.is_Add and body:
        shown = rf"\left({shown}\right)" if r"\frac" in shown else f"({shown})"
    return rf"{shown}\,{body}" if body else shown


def _without_sign(coefficient: sp.Expr) -> sp.Expr:
    """Return the product with a sign in front put into one of its sums."""
    if not coefficient.is_Mul or coefficient.as_coeff_Mul()[0] >= 0:
        return coefficient
    for factor in coefficient.args:
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and power % 2 == 1:
            return sp.Mul(-1, coefficient / factor) * (-base) ** power
    return coefficient


# What a step draws once, and speaks of at several points.
_NOISE, _WORKERS_NOISE, _COINS, LOST = r"\zeta", r"\zeta_i", r"\chi_i", r"p-\mathcal C(p)"
_SENT = re.compile(r"(Q_i|\\mathcal C)\((\\nabla \w+_i)\)-\2$")


@dataclass(frozen=True)
class Writer:
    """Writes vectors and expressions; ``names`` are those of composite vectors.

    ``infimum`` is the subscript of the least value of a function.
    """

    names: Mapping[Vector, str] = field(default_factory=dict)
    infimum: str = r"\inf"

    # -- vectors -----------------------------------------------------------------------------

    def basis(self, basis: Basis) -> str:
        """Return a basis vector; a gradient with its point."""
        alone = Vector({basis: 1})
        if alone in self.names:
            return self.names[alone]
        if isinstance(basis, GradientAt) and basis.point is not None:
            return rf"\nabla {basis.function}({self.vector(basis.point)})"
        if isinstance(basis, SignOf) and basis.argument is not None:
            return rf"\mathrm{{sign}}({self.vector(basis.argument)})"
        if isinstance(basis, UnitOf) and basis.argument is not None:
            argument = self.vector(basis.argument)
            return rf"\tfrac{{{argument}}}{{\|{argument}\|}}"
        if isinstance(basis, Projected) and basis.argument is not None:
            return rf"\Pi_{{{latex(basis.radius)}}}\bigl[{self.vector(basis.argument)}\bigr]"
        if isinstance(basis, MeanOf) and basis.of is not None:
            if basis.of.role == FIRST_ERROR:
                estimate, _, gradient = basis.of.latex.partition("-\\nabla")
                return rf"\overline{{{estimate}^i}}-\nabla{gradient}"
            return rf"\overline{{{self.basis(basis.of)}}}"
        if isinstance(basis, DrawnAt) and basis.point is not None:
            return self._drawn(basis, basis.point)
        if isinstance(basis, Own):
            return self._owned(basis)
        return basis.latex

    def _drawn(self, basis: DrawnAt, point: Vector) -> str:
        """Return what is drawn at a point, or made of a vector, which is written out."""
        if basis.latex in (_NOISE, _WORKERS_NOISE) or _is_component(basis):
            return rf"{basis.latex}({self.vector(point)})"
        if basis.deviation and basis.latex.count(r"\nabla") == 2:
            return rf"({basis.latex})({self.vector(point)})"
        if basis.latex == _COINS and not point.of_workers:
            return r"\hat\chi"
        if basis.latex == LOST:
            made = self.vector(point)
            return rf"{_enclosed(made)}-\mathcal C({made})"
        sent = _SENT.match(basis.latex)
        if sent is not None:
            made = self.vector(point)
            return rf"{sent.group(1)}({made})-{_enclosed(made)}"
        return basis.latex

    def _owned(self, basis: Own) -> str:
        """Return a vector that every worker has, with the worker's index."""
        if basis.role == FIRST_ERROR:
            estimate, _, gradient = basis.latex.partition("-\\nabla ")
            function, at, rest = gradient.partition("(")
            return rf"{estimate}^i-\nabla {function}_i{at}{rest}"
        return f"{basis.latex}^i"

    def vector(self, value: Vector) -> str:
        """Return a vector: by its name, or as a combination with common coefficients put
        together.
        """
        for composite, name in self.names.items():
            factor = _multiple(value, composite)
            if factor is not None:
                if factor == 1:
                    return name
                return scaled(factor, f"({name})" if _is_sum(name) else name)
        common, rest = _divided(value)
        parts: dict[sp.Expr, dict[Basis, int]] = {}
        for basis, coefficient in rest.items():
            sign, size = signed(factored(coefficient))
            parts.setdefault(size, {})[basis] = sign
        groups = {size: list(self._members(members)) for size, members in parts.items()}
        body = joined([_group(size, members) for size, members in groups.items()]) or "0"
        return body if common == 1 else scaled(common, f"\\bigl({body}\\bigr)")

    def turned(self, value: Vector) -> str:
        """Return the vector in a norm, where a sign in front says nothing."""
        shown = self.vector(value)
        return self.vector(-1 * value) if shown.startswith("-") else shown

    def _members(self, members: dict[Basis, int]) -> Iterator[tuple[int, str]]:
        """Basis vectors with their signs; a sum that is a gradient, or has a name, is one."""
        left = dict(members)
        while left:
            first = next(iter(left))
            for bases, shown in (*self._gradients(first, left), *self._named(first)):
                if all(left.get(b) == left[first] for b in bases):
                    yield left[first], shown
                    left = {b: sign for b, sign in left.items() if b not in bases}
                    break
            else:
                yield left.pop(first), self.basis(first)

    def _gradients(
        self, first: Basis, among: Mapping[Basis, int]
    ) -> Iterator[tuple[list[Basis], str]]:
        """Sums that are the gradient of a sample, of a worker, or of a worker's sample."""
        point = _where(first)
        if point is None or not isinstance(first, GradientAt | DrawnAt):
            return
        here = [b for b in among if _where(b) == point and Vector({b: 1}) not in self.names]
        gradient = [b for b in here if isinstance(b, GradientAt)]
        drawn = [b for b in here if isinstance(b, DrawnAt)]
        own = [b for b in drawn if b.deviation and b.latex.count(r"\nabla") == 2]
        noise = [b for b in drawn if b.latex in (_NOISE, _WORKERS_NOISE)]
        if len(gradient) != 1:
            return
        function, at = gradient[0].function, self.vector(point)
        if len(own) == len(noise) == 1:
            yield [*gradient, *own, *noise], rf"\nabla {function}_i({at};\xi_i)"
        if len(own) == 1:
            yield [*gradient, *own], rf"\nabla {function}_i({at})"
        if len(noise) == 1 and noise[0].latex == _NOISE:
            yield [*gradient, *noise], rf"\nabla {function}({at};\xi)"

    def _named(self, first: Basis) -> Iterator[tuple[list[Basis], str]]:
        """Sums with a name of their own in which the basis vector is."""
        for composite, name in self.names.items():
            members = composite.coefficients
            if first in members and len(members) > 1 and set(members.values()) == {sp.S.One}:
                yield list(members), name

    # -- expressions ---------------------------------------------------------------------------

    def terms(self, expression: Expression) -> list[tuple[sp.Expr, str]]:
        """Return the expression as coefficients times readable quantities."""
        rest = dict(expression.expanded().coefficients)
        found = [
            *self._squares(rest),
            *self._gaps(rest),
            *self._products(rest),
        ]
        for atom in list(rest):
            found.append((rest.pop(atom), self.atom(atom)))
        # In the order of the expression: values first, squares and products after them.
        return [(factored(c), body) for c, body in sorted(found, key=lambda t: _kind(t[1]))]

    def expression(self, expression: Expression) -> str:
        """Return the expression on one line."""
        return joined([_term(c, body) for c, body in self.terms(expression)]) or "0"

    def inequality(self, expression: Expression) -> tuple[str, list[str]]:
        """``expression >= 0`` with negative terms moved to the left: left side, right terms."""
        left: list[str] = []
        right: list[str] = []
        for coefficient, body in self.terms(expression):
            sign, size = signed(coefficient)
            (left if sign < 0 else right).append(_term(size, body))
        return joined(left) or "0", right or ["0"]

    def instance(self, instance: Instance) -> tuple[str, list[str]]:
        """Return the inequality of an assumption at its points, each point one letter."""
        points: dict[Vector, Vector] = {}
        for argument in instance.arguments:
            points.setdefault(
                argument, vector(f"point {len(points)}", self.vector(argument), argument.stage)
            )
        arguments = [points[argument] for argument in instance.arguments]
        plain = instance.assumption.at(instance.rule, *arguments)
        return self.inequality(plain.expression)

    def _squares(self, rest: dict[Atom, sp.Expr]) -> Iterator[tuple[sp.Expr, str]]:
        """Squared norms of sums and differences of two basis vectors, taken out of ``rest``."""
        bases = [a.left for a in rest if isinstance(a, Gram) and a.left == a.right]
        for u, v in combinations(bases, 2):
            square, other = Gram(u, u), Gram(v, v)
            cross = next((g for g in (Gram(u, v), Gram(v, u)) if g in rest), None)
            if cross is None or square not in rest or other not in rest:
                continue
            weight = rest[square]
            if sp.expand(weight - rest[other]) != 0:
                continue
            for sign in (1, -1):
                if sp.expand(rest[cross] - 2 * sign * weight) == 0:
                    for atom in (square, other, cross):
                        del rest[atom]
                    yield weight, _NORM % self._sum(u, v, sign)
                    break

    def _sum(self, u: Basis, v: Basis, sign: int) -> str:
        return joined([self.basis(u), ("-" if sign < 0 else "") + self.basis(v)])

    def _gaps(self, rest: dict[Atom, sp.Expr]) -> Iterator[tuple[sp.Expr, str]]:
        """``f(x) - inf f`` where both occur with opposite coefficients."""
        for least in [a for a in rest if isinstance(a, Infimum)]:
            for value in [a for a in rest if isinstance(a, FunctionValue)]:
                same = value.function == least.function
                if same and least in rest and sp.expand(rest[value] + rest[least]) == 0:
                    del rest[least]
                    shown = f"{self._value(value)}-{self._infimum(least)}"
                    yield rest.pop(value), rf"\mathbb E[{shown}]"

    def _products(self, rest: dict[Atom, sp.Expr]) -> Iterator[tuple[sp.Expr, str]]:
        """``E<u, v - w>`` where ``E<u,v>`` and ``E<u,w>`` have opposite coefficients."""
        grams = [a for a in rest if isinstance(a, Gram) and a.left != a.right]
        for one, two in combinations(grams, 2):
            common = {one.left, one.right} & {two.left, two.right}
            if len(common) != 1 or one not in rest or two not in rest:
                continue
            if sp.expand(rest[one] + rest[two]) != 0:
                continue
            (shared,) = common
            v, w = (g.right if g.left == shared else g.left for g in (one, two))
            weight = rest.pop(one)
            del rest[two]
            if weight.could_extract_minus_sign():
                weight, v, w = -weight, w, v
            yield weight, _INNER % (self.basis(shared), self._sum(v, w, -1))

    def _value(self, atom: FunctionValue) -> str:
        return f"{atom.function}({self.vector(atom.point)})"

    def _infimum(self, atom: Infimum) -> str:
        return f"{atom.function}_{{{self.infimum}}}"

    def atom(self, atom: Atom) -> str:
        """Return the quantity; empty for a number."""
        if isinstance(atom, Gram):
            if atom.left == atom.right:
                return _NORM % self.basis(atom.left)
            return _INNER % (self.basis(atom.left), self.basis(atom.right))
        if isinstance(atom, FunctionValue):
            return rf"\mathbb E\,{self._value(atom)}"
        if isinstance(atom, Infimum):
            return self._infimum(atom)
        if isinstance(atom, Norm):
            body = self.turned(atom.argument)
            return {
                "1": rf"\mathbb E\|{body}\|_1",
                "2": rf"\mathbb E\|{body}\|",
                "sup": rf"\|{body}\|_\infty",
            }[atom.kind]
        if isinstance(atom, WorkerValue):
            return rf"\mathbb E\,{atom.function}_i({self.vector(atom.point)})"
        if isinstance(atom, PastSteps):
            return past_steps_latex(atom.count)
        if isinstance(atom, Scalar):
            return atom.latex
        assert isinstance(atom, One)
        return ""


def _where(basis: Basis) -> Vector | None:
    """Return the point of a gradient, or of what is drawn at one."""
    return basis.point if isinstance(basis, GradientAt | DrawnAt) else None


def _is_component(basis: DrawnAt) -> bool:
    """Return whether it is the gradient of a component, of which a point is asked."""
    return re.fullmatch(r"\\nabla \w+_i", basis.latex) is not None


def _enclosed(text: str) -> str:
    return rf"\bigl({text}\bigr)" if _is_sum(text) else text


def _kind(body: str) -> int:
    """Return values first, then products, squares and numbers."""
    return 3 if not body else 2 if r"\|" in body else 1 if r"\langle" in body else 0


def _term(coefficient: sp.Expr, body: str) -> str:
    return scaled(coefficient, body) if body else latex(coefficient)


def _is_sum(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "{([") - (letter in "})]")
        if depth == 0 and place and letter in "+-":
            return True
    return False


def joined(terms: list[str]) -> str:
    """Terms one after the other, positive ones first, each with its sign."""
    ordered = sorted(terms, key=lambda t: t.startswith("-"))
    text = ""
    for term in ordered:
        text += term if not text or term.startswith("-") else f"+{term}"
    return text


def signed(coefficient: sp.Expr) -> tuple[int, sp.Expr]:
    """Return the sign to write in front, and the rest: ``-(1 - B)`` for ``B - 1``, but ``W -
    T``.
    """
    coefficient = oriented(coefficient)
    if coefficient.is_Add:
        known = known_sign(coefficient)
        if known:
            return (known, coefficient * known)
        number, _ = coefficient.as_coeff_Add()
        every = all(t.could_extract_minus_sign() for t in coefficient.args)
        return (-1, -coefficient) if number < 0 or every else (1, coefficient)
    return (-1, -coefficient) if coefficient.as_coeff_Mul()[0] < 0 else (1, coefficient)


def _group(size: sp.Expr, members: list[tuple[int, str]]) -> str:
    """``size (u - v)``, with the sign in front where all members are negative."""
    negative = all(sign < 0 for sign, _ in members)
    parts = [("" if (sign > 0) != negative else "-") + name for sign, name in members]
    if size == 1 and not negative:
        return joined(parts)
    body = joined(parts)
    if len(parts) > 1:
        body = f"({body})"
    return ("-" if negative else "") + scaled(size, body)


def _divided(value: Vector) -> tuple[sp.Expr, dict[Basis, sp.Expr]]:
    """Return the symbols (and a sign) that all coefficients share, and the coefficients without
    them.
    """
    coefficients = dict(value.coefficients)
    if len(coefficients) < 2:
        return sp.S.One, coefficients
    common = reduce(sp.gcd, coefficients.values())
    common = sp.Mul(*(f for f in sp.Mul.make_args(common) if f.free_symbols))
    if all(signed(factored(c / common))[0] < 0 for c in coefficients.values()):
        common = -common
    if not common.free_symbols:
        return sp.S.One, coefficients
    if oriented(common).as_coeff_Mul()[0] < 0 and not common.as_coeff_Mul()[0] < 0:
        common = -common
    return common, {basis: sp.cancel(c / common) for basis, c in coefficients.items()}


def _multiple(value: Vector, of: Vector) -> sp.Expr | None:
    """Return the number by which ``of`` must be multiplied to give ``value``, if there is one."""
    factor = ratio(value, of)
    return factor if factor is not None and factor.is_number else None


def ratio(value: Vector, of: Vector) -> sp.Expr | None:
    """Return what ``of`` must be multiplied by to give ``value``; None where there is nothing."""
    if not of.coefficients or value.coefficients.keys() != of.coefficients.keys():
        return None
    basis = next(iter(of.coefficients))
    factor = sp.cancel(value.coefficients[basis] / of.coefficients[basis])
    return factor if factor * of == value else None
