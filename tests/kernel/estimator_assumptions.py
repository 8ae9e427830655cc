"""What estimators assume, written out once more: the inequalities at the points that are named."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.kernel.estimator_vectors import ONE, Drawn
from tests.kernel.test_independent_checker import Sum, Values, Vector, World, added, demand

#: What each inequality takes on trust.
TRUSTED = {
    "jensen": {"Jensen"},
    "independence": {"independence"},
    "averaging": {"independence"},
    "aggregation": {"independence"},
    ("composite", "jacobian"): {"independence"},
    ("random order", "bias"): {"Jensen"},
    ("random order", "planned"): {"sampling without replacement", "finite sums"},
    ("random order", "moved"): {"Cauchy-Schwarz", "finite sums"},
    ("adapted tasks", "outer"): {"Jensen"},
    ("adapted tasks", "both"): {"Cauchy-Schwarz"},
}
#: What workers draw by themselves; their deviations from the mean gradient depend on each other.
OWN = ("xi", "c", "outer", "jacobian")


def known(estimator: Mapping[str, Any], used: Mapping[str, Any], world: World) -> Sum:
    """The inequality ``... >= 0`` that an assumption gives at the named points."""
    assert isinstance(world, Drawn)
    assumed, rule = estimator["assumptions"][used["assumption"]], used["rule"]
    name, at = assumed["name"], [world.vector(point) for point in used["at"]]
    demand(all(f == "f" for f in assumed["functions"].values()), "another function")
    constant = world.constants(name)
    for other in assumed["about"].values():
        constant |= world.constants(estimator["assumptions"][other]["name"])
    if rule in ("jensen", "independence", "averaging"):
        demand(name in ("workers", "composite"), f"{name} has no workers")
        return _mean(rule, at[0], constant["n"], world)
    if name.endswith("compressor"):
        demand(rule == "compression", f"{name} does not give {rule}")
        return _compression(name, at[0], constant["bound"], world)
    if name == "clipping":
        return _clipping(rule, at, constant, world)
    if name == "adapted tasks":
        return _adapted(rule, at, constant, world)
    bound, vector = _bounded(name, rule, at[0], constant, world)
    return added((1, bound), (-1, world.square(vector)))


def _mean(rule: str, vector: Vector, n: Fraction, world: Drawn) -> Sum:
    own, mean = world.square(vector), world.square(world.mean(vector))
    if rule == "jensen":
        return added((1, own), (-1, mean))
    for name in vector:
        independent = world.kind(name) in OWN and world.basis[name]["zero_mean"]
        demand(independent, f"{name} is not independent of other workers, of mean zero")
    sign = 1 if rule == "independence" else -1
    return added((sign / n, own), (-sign, mean))


def _compression(name: str, vector: Vector, size: Fraction, world: Drawn) -> Sum:
    error, own = world.square(world.drawn("c", vector)), world.square(vector)
    bound: Sum = {
        "unbiased compressor": added((size, own)),
        "contractive compressor": added((1 - size, own)),
        "absolute compressor": added((size**2, ONE)),
    }[name]
    return added((1, bound), (-1, error))


def _clipping(rule: str, at: list[Vector], constant: Values, world: Drawn) -> Sum:
    level, most = constant["level"], constant["G2"]
    if rule == "projection":
        v, w = at
        clipped = world.drawn("clip", v)
        change = added((1, clipped), (-1, world.drawn("clip", w)))
        return world.inner(added((1, v), (-1, clipped)), change)
    demand(0 < level <= most, "the gradients are shorter than the clipping level")
    local = world.local(at[0])
    taken = world.square(added((1, world.drawn("clip", local)), (-1, local)))
    if rule == "distance":
        return added(((most - level) ** 2, ONE), (-1, taken))
    demand(rule == "shortening", f"clipping does not give {rule}")
    return added(((1 - level / most) ** 2, world.square(local)), (-1, taken))


def _adapted(rule: str, at: list[Vector], constant: Values, world: Drawn) -> Sum:
    step = added((1, at[0]), (-1, at[1]))
    first, second = world.drawn("du", *at), world.drawn("dJ", *at)
    outer = (1 + constant["step"] * constant["L_phi"]) ** 2 * constant["L_phi"]
    jacobian = constant["step"] * constant["rho_phi"] * constant["ell_phi"]
    u, v, size = {
        "outer": (first, first, outer**2),
        "jacobian": (second, second, jacobian**2),
        "both": (first, second, outer * jacobian),
    }[rule]
    return added((size, world.square(step)), (-1, world.inner(u, v)))


def _bounded(name: str, rule: str, x: Vector, constant: Values, world: Drawn) -> tuple[Sum, Vector]:
    """The bound of a squared norm, and the vector."""
    if name == "composite":
        S, gradient = constant["batch"], constant["ell_F"] ** 2
        through = constant["ell_h"] ** 2 / S
        exact = world.assumed[name]["options"]["jacobian_is"] == "exact"
        demand(not (exact and rule == "jacobian"), "an exact Jacobian has no error")
        size = {
            "inner": through * constant["L_F"] ** 2 * constant["sigma_h2"],
            "outer": through * constant["sigma_F2"],
            "jacobian": constant["sigma_J2"] / S * (gradient + constant["sigma_F2"] / S),
        }[rule]
        return added((size, ONE)), world.drawn(rule, x)
    g = world.square(world.gradient("f", x))
    if rule == "dissimilarity":
        kind = {"workers": "h", "random order": "hj"}[name]
        bound = added((constant["B_h"], g), (constant["delta2"], ONE))
        return bound, world.drawn(kind, x)
    if (name, rule) == ("workers", "variance"):
        return added((constant["sigma0_2"], ONE)), world.drawn("xi", x)
    if (name, rule) == ("robust aggregation", "aggregation"):
        noise = world.drawn("xi", x)
        spread = added(
            (1, world.square(world.drawn("h", x))),
            (1, world.square(noise)),
            (-1, world.square(world.mean(noise))),
        )
        return added((constant["kappa"], spread)), world.drawn("agg", x)
    demand(name == "random order", f"{name} does not give {rule}")
    m, way = constant["m"], added((1, world.drawn("planned", x)), (1, world.drawn("moved", x)))
    smooth, step = constant["L_max"] ** 2, constant["gamma"] ** 2
    spread = world.square(world.drawn("hj", x)) if rule == "planned" else {}
    if rule == "planned":
        parts = (
            ((m - 1) * (2 * m - 1) * step / (6 * m**2), g),
            ((m + 1) * step / (6 * m**2), spread),
        )
        return added(*parts), world.drawn("planned", x)
    if rule == "moved":
        part = (m - 1) / (2 * m) * step * smooth
        return added((part, world.square(way))), world.drawn("moved", x)
    demand(rule == "bias", f"{name} does not give {rule}")
    return added((smooth, world.square(way))), world.drawn("pass", x)


def trusted(estimator: Mapping[str, Any], part: Mapping[str, Any]) -> set[str]:
    """What the inequalities that a certificate uses take on trust."""
    found = {"tower rule"}
    for used in part["using"]:
        name = estimator["assumptions"][used["assumption"]]["name"]
        found |= TRUSTED.get(used["rule"], set()) | TRUSTED.get((name, used["rule"]), set())
    return found


def check_implied(estimator: Mapping[str, Any], variant: Mapping[str, Any], world: Drawn) -> None:
    """Every implied constant is one that a lemma, the two levels of MAML, or smoothness shows."""
    implied = set(variant["implied"])
    shown: set[str] = set()
    for name, size in (
        ("unbiased compressor", lambda bound: bound),
        ("contractive compressor", lambda bound: 1 - bound),
        ("absolute compressor", lambda bound: bound**2),
        ("robust aggregation", lambda bound: bound),
    ):
        if name in world.assumed and variant["lemma"]:
            entry = "kappa" if name == "robust aggregation" else "bound"
            constant, lemma = world.constants(name)[entry], variant["lemma"]
            shown.add(world.assumed[name]["constants"][entry])
            demand(world.number(lemma["general"]) == size(constant), "another constant")
            demand(world.number(lemma["constant"]) == size(constant), "the lemma's constant")
    if "adapted tasks" in world.assumed:
        tasks, levels = world.constants("adapted tasks"), world.assumed["composite"]["constants"]
        exact = world.assumed["composite"]["options"]["jacobian_is"] == "exact"
        a, values = tasks["step"], world.values
        expected = {
            "ell_h": 1 + a * tasks["L_phi"],
            "L_F": tasks["L_phi"],
            "sigma_h2": a**2 * values["sigma_g2"],
        }
        if not exact:
            expected |= {"ell_F": tasks["ell_phi"], "sigma_J2": a**2 * values["sigma_H2"]}
        for name, number in expected.items():
            demand(world.number(levels[name]) == number, f"{name} of MAML")
            shown |= {name} & implied
    if variant["smoothness"]:
        shown.add("L")
        size = world.number(variant["smoothness"]["constant"])
        demand(size == world.values["L"], "the smoothness that is implied")
    demand(implied == shown, f"{implied - shown} is implied by nothing")
