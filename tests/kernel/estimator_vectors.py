"""The vectors that estimators speak of, by what they are and where they are drawn.

Averages over workers are expectations over one worker drawn at random; ``mean`` is the mean of what
the workers hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.kernel.test_independent_checker import (
    Sum,
    Values,
    Vector,
    World,
    added,
    demand,
    names,
)

ONE = {"one": Fraction(1)}
#: When a vector is drawn after the point, and whether its mean is zero then. The compressor's
#: error and what is clipped come after, or with, what they are made of.
DRAWN = {
    "h": (1, True), "xi": (2, True), "agg": (2, False), "hj": (1, True),
    "inner": (1, False), "outer": (2, True), "pass": (1, False),
    "planned": (1, False), "moved": (1, False), "du": (0, False), "dJ": (0, False),
}  # fmt: skip


class Drawn(World):
    """The basis vectors of an estimator, by what they are and where they are drawn."""

    def __init__(self, estimator: Mapping[str, Any], values: Values) -> None:
        super().__init__(estimator, values)
        self.assumed = {a["name"]: a for a in estimator["assumptions"]}
        demand(len(self.assumed) == len(estimator["assumptions"]), "an assumption twice")
        self.places: dict[Any, str] = {}
        for name, entry in self.basis.items():
            if "mean_of" in entry:
                of = self.basis[entry["mean_of"]]
                same = all(entry[key] == of[key] for key in ("stage", "zero_mean"))
                demand(same and name == f"mean({of['name']})", f"{name} is no mean")
                continue
            if "drawn_at" not in entry:
                plain = "gradient_of" in entry or not (entry["stage"] or entry["zero_mean"])
                demand(plain, f"{name} is drawn nowhere")
                continue
            at = self.vector(entry["drawn_at"])
            others = (self.key(self.vector(other)) for other in entry.get("and_at", ()))
            self.places[self.kind(name), self.key(at), *others] = name
            known = (entry["stage"], entry["zero_mean"])
            demand(known == self._drawn(name, at), f"{name} is drawn as {known}")

    @staticmethod
    def kind(name: str) -> str:
        """What a vector is: the worker's name for it, or ``mean(...)`` of that."""
        return name if name.startswith("mean(") else name.partition("[")[0]

    def _drawn(self, name: str, at: Vector) -> tuple[int, bool]:
        own = name.removeprefix("mean(").partition("[")[0]
        stage = max((self.basis[b]["stage"] for b in at), default=0)
        if own == "c":
            return stage + 1, "unbiased compressor" in self.assumed
        if own == "clip":
            return stage, False
        if own == "jacobian":
            return stage + 3, self.assumed["composite"]["options"]["jacobian_is"] == "unbiased"
        demand(own in DRAWN, f"nothing is known of {name}")
        after, zero_mean = DRAWN[own]
        return stage + after, zero_mean

    def drawn(self, kind: str, at: Vector, *others: Vector) -> Vector:
        name = self.places.get((kind, self.key(at), *map(self.key, others)))
        demand(name is not None, f"no {kind} at {at}")
        return {str(name): Fraction(1)}

    def mean(self, vector: Vector) -> Vector:
        """The mean over the workers: zero of the deviations, and the same for what all share."""
        total: Vector = {}
        for name, weight in vector.items():
            if "drawn_at" not in self.basis[name]:
                total = added((1, total), (weight, {name: Fraction(1)}))
            elif self.kind(name) != "h":
                mean = f"mean({name})"
                demand(mean in self.basis, f"nothing is the mean of {name}")
                total = added((1, total), (weight, {mean: Fraction(1)}))
        return total

    def square(self, vector: Vector) -> Sum:
        return self.inner(vector, vector)

    def local(self, x: Vector) -> Vector:
        """The gradient of a worker."""
        return added((1, self.gradient("f", x)), (1, self.drawn("h", x)))

    def sample(self, x: Vector) -> Vector:
        """What a worker draws."""
        return added((1, self.local(x)), (1, self.drawn("xi", x)))

    def constants(self, name: str) -> dict[str, Fraction]:
        """Those with a value: an inequality that is not used may speak of others."""
        stated, known = self.assumed[name]["constants"], set(self.values)
        return {n: self.number(c) for n, c in stated.items() if names(c) <= known}

    def estimate(self, x: Vector) -> Vector:
        """What the server steps with, by what is assumed."""
        g, kinds = self.gradient("f", x), set(self.assumed)
        if "random order" in kinds:
            return added((1, g), (1, self.drawn("pass", x)))
        if "composite" in kinds:
            parts = ["inner", "outer"]
            if self.assumed["composite"]["options"]["jacobian_is"] != "exact":
                parts.append("jacobian")
            errors = [(1, self.mean(self.drawn(part, x))) for part in parts]
            return added((1, g), *errors)
        if "clipping" in kinds:
            return self.mean(self.drawn("clip", self.sample(x)))
        sampled = added((1, g), (1, self.mean(self.drawn("xi", x))))
        if "robust aggregation" in kinds:
            return added((1, sampled), (1, self.drawn("agg", x)))
        if kinds == {"workers"}:
            return sampled
        return added((1, sampled), (1, self.mean(self.drawn("c", self.sample(x)))))
