"""The checker of what an estimator adds to a certificate, and of the composed theorem.

Nothing but the JSON, exact fractions, and the assumptions written out in
:mod:`tests.kernel.estimator_assumptions`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.kernel.estimate_checker import check_estimates
from tests.kernel.estimator_assumptions import check_implied, known, trusted
from tests.kernel.estimator_points import FOUR, composed_points, general_points
from tests.kernel.estimator_vectors import ONE, Drawn
from tests.kernel.lemma_checker import LEMMA_AXIOMS, check_lemma
from tests.kernel.pass_checker import check_order
from tests.kernel.test_independent_checker import (
    Refuted,
    Values,
    added,
    check_certificate,
    demand,
    equal,
    holds,
    in_domain,
    names,
    value,
)

Json = Mapping[str, Any]


# -- moments ---------------------------------------------------------------------------------------


def check_moments(estimator: Json, variant: Json, values: Values) -> None:
    """The errors are what the estimate makes them; their moments are bounded as the parts say."""
    world = Drawn(estimator, values)
    (x,) = (world.vector(variant["at"]),)
    demand(variant["function"] == "f", "another function")
    g = world.gradient("f", x)
    equal(world.vector(variant["gradient"]), g, "the gradient")
    equal(world.vector(variant["estimate"]), world.estimate(x), "the estimate")
    noise = variant["noise"]
    part = world.vector(noise["part"]) if noise else {}
    error = world.vector(variant["error"])
    equal(error, added((1, world.estimate(x)), (-1, g), (-1, part)), "the error")
    if variant["unbiased"]:
        _is_noise(world, error, max(world.basis[b]["stage"] for b in x))
        demand(noise is None, "noise beside noise")
    relative = world.number(variant["relative"])
    absolute = _total(world, variant["origins"])
    claim = added((relative, world.square(g)), (absolute, ONE), (-1, world.square(error)))
    _moment(estimator, variant["moment"], claim, world)
    if noise:
        _is_noise(world, part, max(world.basis[b]["stage"] for b in error))
        bound = added((_total(world, noise["origins"]), ONE), (-1, world.square(part)))
        _moment(estimator, noise["moment"], bound, world)


def _total(world: Drawn, origins: Mapping[str, str]) -> Fraction:
    return sum((world.number(part) for part in origins.values()), Fraction(0))


def _is_noise(world: Drawn, vector: Mapping[str, Fraction], after: int) -> None:
    for name in vector:
        entry = world.basis[name]
        demand(entry["zero_mean"] and entry["stage"] > after, f"{name} is no noise")


def _moment(estimator: Json, part: Json, claim: Any, world: Drawn) -> None:
    equal(world.sum(part["claim"]), claim, "what is claimed")
    demand(all("rule" in used for used in part["using"]), "an inequality that nobody assumes")
    demand(not part["bounded"], "nothing here is bounded below")
    check_certificate(estimator, part, world, known=known)
    for fact in part["signs"]:
        for condition in (*fact["from"], fact["condition"]):
            demand(holds(condition, world.values), f"{condition} does not hold")
    demand(trusted(estimator, part) <= set(part["axioms"]), "what is trusted is not named")


def check_smoothness(estimator: Json, variant: Json, values: Values) -> None:
    """The gradients of the tasks at two points are no further apart than the constant allows."""
    smooth, world = variant["smoothness"], Drawn(estimator, values)
    x, y = (world.vector(point) for point in smooth["between"])
    step = added((1, x), (-1, y))
    demand(len(step) == 2, "the same point twice")
    change = world.vector(smooth["difference"])
    parts = ((1, world.drawn("du", x, y)), (1, world.drawn("dJ", x, y)))
    equal(change, added(*parts), "the change of the gradient")
    size = world.number(smooth["constant"])
    demand(size > 0, "no smoothness")
    claim = added((size**2, world.square(step)), (-1, world.square(change)))
    _moment(estimator, smooth["moment"], claim, world)


def check_numbers(variant: Json, values: Values) -> None:
    """B, C, M and sigma2 are the moments' bounds; the origins add up to C and sigma2."""
    relative, noise = value(variant["relative"], values), variant["noise"]
    origins = sum(value(part, values) for part in variant["origins"].values())
    beside = sum(value(part, values) for part in noise["origins"].values()) if noise else 0
    four = (0, 0, relative, origins) if variant["unbiased"] else (relative, origins, 0, beside)
    stated = tuple(values[name] for name in FOUR)
    demand(stated == four, f"the four numbers are {four}, not {stated}")
    for parameter in variant["general"]["parameters"]:
        inside = in_domain(parameter, values[parameter["name"]])
        demand(inside, f"{parameter['name']} outside of its domain")
    for condition in (*variant["general"]["given"], *variant["given"], *variant["roots"]):
        demand(holds(condition, values), f"{condition} does not hold")


# -- the composed theorem --------------------------------------------------------------------------


def check_form(document: Json, variant: Json, form: Json, own: Json, values: Values) -> None:
    """The base's form with the four numbers put in, and everything that form supposes."""
    base = document["base"]
    title = (form["name"], form["title"], form["variant"], form["when"])
    demand(title == (own["name"], own["title"], variant["variant"], own["when"]), "another form")
    demand(form["formulas"] == variant["formulas"] + own["formulas"], "other formulas")
    suppositions = (*base["given"], *own["conditions"], *base["step_conditions"])
    for condition in suppositions:
        demand(holds(condition, values), f"{condition} does not hold")
    for parameter in base["parameters"]:
        inside = in_domain(parameter, values[parameter["name"]])
        demand(inside, f"{parameter['name']} outside of its domain")
    stated = {c for kept in (form["conditions"], document["given"]) for c in map(_text, kept)}
    demand({_text(c) for c in (*own["conditions"], *base["given"])} <= stated, "a condition less")
    defined = {name for name, _ in form["formulas"]}
    free = {p["name"] for p in document["parameters"] if p["role"] == "free"} - defined
    demand(set(form["free"]) == free - set(form["when"]), "other free parameters")
    _check_terms(form, own, variant, values)


def _text(condition: Json) -> tuple[str, str, bool]:
    return condition["left"], condition["right"], condition["strict"]


def _check_terms(form: Json, own: Json, variant: Json, values: Values) -> None:
    """Every origin has its share of the error and of the bound, and no more."""
    at = {**values, "K": Fraction(3)}
    noise = variant["noise"]["origins"] if variant["noise"] else {}
    absolute = "sigma2" if variant["unbiased"] else "C"
    shares = [(absolute, variant["origins"]), ("sigma2", noise)]
    for part in ("error", "bound"):
        whole = {n: t for n, t in own[part].items() if n != "initialisation"}

        def total(values: Values, whole: Mapping[str, str] = whole) -> Fraction:
            return sum((value(text, values) for text in whole.values()), Fraction(0))

        none = {**at, "C": Fraction(0), "sigma2": Fraction(0)}
        demand(total(none) == 0, "an error of neither bias nor noise")
        expected = {
            name: total({**none, symbol: value(text, at)})
            for symbol, origins in shares
            for name, text in origins.items()
        }
        demand(sum(expected.values()) == total(at), "the origins are not all of the error")
        if part == "bound":
            expected["initialisation"] = value(own[part]["initialisation"], at)
        stated = {name: value(text, at) for name, text in form[part].items()}
        demand(stated == expected, f"the terms of the {part}: {stated} for {expected}")


def check_statement(document: Json) -> None:
    """The composed theorem assumes and speaks of what the base and the estimator do."""
    base, estimator = document["base"], document["estimator"]
    variants = (estimator, *estimator["alternatives"])
    demand(document["theorem"] == f"{base['theorem']}+{estimator['name']}", "another theorem")
    for part in (document, base):
        demand(part["status"] == "proved", "not proved")
        demand(all(step["ok"] for step in part["steps"]), "a step failed")
    (oracle,) = (a for a in base["assumptions"] if a["name"] == "biased oracle")
    demand(oracle["functions"]["f"] == "f", "the oracle of another function")
    demand(oracle["constants"] == {name: name for name in FOUR}, "other constants of the oracle")
    assumed = [a for a in base["assumptions"] if a is not oracle] + estimator["assumptions"]
    demand(list(map(_apart, document["assumptions"])) == list(map(_apart, assumed)), "assumptions")
    defined = {name for variant in variants for name, _ in variant["formulas"]}
    kept = [p for p in base["parameters"] if p["name"] not in defined]
    expected = sorted((*kept, *estimator["parameters"]), key=lambda p: p["name"])
    demand(sorted(document["parameters"], key=lambda p: p["name"]) == expected, "parameters")
    spoken = {p["name"] for p in expected} | defined
    for variant in variants:
        demand(variant["parameters"] == estimator["parameters"], "parameters of an alternative")
        for _, text in variant["formulas"]:
            demand(names(text) <= spoken, f"{text} speaks of what is not declared")
        used = set(variant["moment"]["axioms"])
        for part in (variant["noise"], variant["smoothness"]):
            used |= set(part["moment"]["axioms"]) if part else set()
        if variant["lemma"]:
            used |= set(variant["lemma"]["axioms"])
            demand(LEMMA_AXIOMS[variant["lemma"]["kind"]] <= used, "the lemma trusts more")
        demand({*used, *base["axioms"]} <= set(document["axioms"]), "what is trusted is not named")


def _apart(assumption: Json) -> Json:
    # Places in a list differ from list to list.
    return {**assumption, "about": sorted(assumption["about"])}


def check_composed(document: Json, seed: int = 1, count: int = 3) -> int:
    """Check a composed theorem, its base apart; the number of points at which it was."""
    try:
        return _check_composed(document, random.Random(seed), count)
    except (KeyError, ZeroDivisionError) as error:
        raise Refuted(f"something is missing: {error!r}") from error


def _check_composed(document: Json, rng: random.Random, count: int) -> int:
    check_statement(document)
    base, estimator = document["base"], document["estimator"]
    variants = (estimator, *estimator["alternatives"])
    pairs = [(variant, own) for variant in variants for own in base["forms"]]
    demand(len(pairs) == len(document["forms"]), "a form too many or too few")
    checked = 0
    for variant in variants:
        for values in general_points(base, variant, rng, 2 * count):
            check_moments(estimator, variant, values)
        check_estimates(estimator["name"], variant, rng)
        if "random order" in (a["name"] for a in estimator["assumptions"]):
            check_order(estimator, variant, rng)
    for (variant, own), form in zip(pairs, document["forms"], strict=True):
        for values in composed_points(document, form, rng, count):
            check_numbers(variant, values)
            check_implied(estimator, variant, Drawn(estimator, values))
            check_moments(estimator, variant, values)
            if variant["smoothness"]:
                check_smoothness(estimator, variant, values)
            if variant["lemma"]:
                check_lemma(estimator["name"], variant["lemma"], values, rng)
            check_form(document, variant, form, own, values)
            checked += 1
    return checked
