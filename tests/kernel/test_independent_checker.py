"""A second opinion: the certificates checked again from their JSON, without the package.

The checker below knows the assumptions' inequalities, the two methods and the two lemmas from the
paper, and exact fractions. At random admissible points it evaluates everything a certificate says.
"""

from __future__ import annotations

import ast
import copy
import functools
import json
import random
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from boundcalc.errors import UsageError
from boundcalc.export.certificates import certificate_document, write_certificates
from boundcalc.facade import TheoremHandle
from theorems.momentum import sgdm_nonconvex, sgdm_pl
from theorems.sgd import sgd_nonconvex, sgd_pl

THEOREMS = {t.name: t for t in (sgd_nonconvex, sgd_pl, sgdm_nonconvex, sgdm_pl)}
POINTS = 6

Values = Mapping[str, Fraction]
Vector = dict[str, Fraction]
Sum = dict[Any, Fraction]


class Refuted(Exception):
    """The certificate is wrong."""


def demand(truth: bool, what: str) -> None:
    if not truth:
        raise Refuted(what)


# -- plain arithmetic ------------------------------------------------------------------------------


@functools.cache
def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def value(text: str, values: Values) -> Fraction:
    return _value(parsed(text), values)


def _value(node: ast.expr, values: Values) -> Fraction:
    match node:
        case ast.Constant(int(number)):
            return Fraction(number)
        case ast.Name(name):
            demand(name in values, f"{name} has no value")
            return values[name]
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, values)
        case ast.BinOp(left, operation, right):
            a, b = _value(left, values), _value(right, values)
            match operation:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow() if b.denominator == 1:
                    return a ** int(b)
    raise Refuted(f"not plain arithmetic: {ast.dump(node)}")


@functools.cache
def names(text: str) -> frozenset[str]:
    return frozenset(n.id for n in ast.walk(parsed(text)) if isinstance(n, ast.Name))


def holds(condition: Mapping[str, Any], values: Values) -> bool:
    left, right = value(condition["left"], values), value(condition["right"], values)
    return left > right if condition["strict"] else left >= right


def speaks_of(condition: Mapping[str, Any]) -> frozenset[str]:
    return names(condition["left"]) | names(condition["right"])


# -- random admissible points ----------------------------------------------------------------------


def draw(parameter: Mapping[str, Any], rng: random.Random) -> Fraction:
    """A value of the domain: now and then an end that belongs to it."""
    lower = None if parameter["lower"] is None else Fraction(parameter["lower"])
    upper = None if parameter["upper"] is None else Fraction(parameter["upper"])
    assert lower is not None
    ends = [] if parameter["lower_open"] else [lower]
    ends += [] if upper is None or parameter["upper_open"] else [upper]
    if ends and rng.random() < 0.3:
        return rng.choice(ends)
    if upper is None:
        return lower + Fraction(rng.randint(1, 9), rng.randint(1, 9)) / 2 ** rng.randint(0, 5)
    return lower + (upper - lower) * Fraction(rng.randint(1, 30), 31)


def in_domain(parameter: Mapping[str, Any], number: Fraction) -> bool:
    lower, upper = parameter["lower"], parameter["upper"]
    above = lower is None or number > Fraction(lower)
    above = above or (not parameter["lower_open"] and number == Fraction(lower))
    below = upper is None or number < Fraction(upper)
    return above and (below or (not parameter["upper_open"] and number == Fraction(upper)))


def completed(form: Mapping[str, Any], chosen: Values) -> dict[str, Fraction] | None:
    """The values with the form's formulas evaluated; None where a condition does not hold.

    A formula without a value, where everything supposed up to there holds, refutes the certificate.
    """
    formulas = dict(form["formulas"])
    values = {k: v for k, v in chosen.items() if k not in formulas}
    values |= {k: Fraction(v) for k, v in form["when"].items()}
    for symbol, text in (("", "0"), *form["formulas"]):
        if symbol:
            try:
                values[symbol] = value(text, values)
            except ZeroDivisionError:
                raise Refuted(f"{symbol} has no value") from None
        known = [c for c in form["conditions"] if speaks_of(c) <= set(values)]
        if not all(holds(c, values) for c in known):
            return None
    return values


def points(
    document: Mapping[str, Any], form: Mapping[str, Any], rng: random.Random
) -> list[dict[str, Fraction]]:
    found: list[dict[str, Fraction]] = []
    for _ in range(20_000):
        chosen = {p["name"]: draw(p, rng) for p in document["parameters"]}
        chosen |= {k: Fraction(v) for k, v in form["when"].items()}
        known = [c for c in document["given"] if speaks_of(c) <= set(chosen)]
        if not all(holds(c, chosen) for c in known):
            continue
        values = completed(form, chosen)
        if values is not None:
            found.append(values)
        if len(found) == POINTS:
            return found
    raise Refuted(f"no admissible points of the {form['name']} form were found")


# -- vectors and expressions at a point ------------------------------------------------------------


class World:
    """The basis vectors of a document, with everything evaluated at one point."""

    def __init__(self, document: Mapping[str, Any], values: Values) -> None:
        self.values = values
        self.basis = {entry["name"]: entry for entry in document["basis"]}
        demand(len(self.basis) == len(document["basis"]), "two basis vectors of one name")
        self.gradients = {
            (entry["gradient_of"], self.key(self.vector(entry["at"]))): name
            for name, entry in self.basis.items()
            if "gradient_of" in entry
        }
        for entry in self.basis.values():
            if "gradient_of" in entry:
                stages = [self.basis[b]["stage"] for b in entry["at"]]
                demand(entry["stage"] == max(stages, default=0), "a gradient known too early")
                demand(not entry["zero_mean"], "a gradient of mean zero")

    @staticmethod
    def key(vector: Vector) -> frozenset[tuple[str, Fraction]]:
        return frozenset((b, c) for b, c in vector.items() if c)

    def number(self, text: str) -> Fraction:
        return value(text, self.values)

    def vector(self, written: Mapping[str, str]) -> Vector:
        return {b: self.number(c) for b, c in written.items()}

    def sum(self, written: Iterable[Mapping[str, Any]]) -> Sum:
        total: Sum = {}
        for term in written:
            atom, coefficient = term["atom"], self.number(term["coefficient"])
            key: Any = atom["kind"]
            if atom["kind"] == "inner":
                key = ("inner", frozenset(atom["of"]))
            elif atom["kind"] == "value":
                key = ("value", atom["function"], self.key(self.vector(atom["at"])))
            elif atom["kind"] == "infimum":
                key = ("infimum", atom["function"])
            elif atom["kind"] == "scalar":
                key = ("scalar", atom["name"], atom["nonnegative"])
            total[key] = total.get(key, Fraction(0)) + coefficient
        return total

    def inner(self, u: Vector, v: Vector) -> Sum:
        total: Sum = {}
        for a, ca in u.items():
            for b, cb in v.items():
                first, second = self.basis[a], self.basis[b]
                if first["zero_mean"] and second["stage"] < first["stage"]:
                    continue
                if second["zero_mean"] and first["stage"] < second["stage"]:
                    continue
                key = ("inner", frozenset((a, b)))
                total[key] = total.get(key, Fraction(0)) + ca * cb
        return total

    def gradient(self, function: str, point: Vector) -> Vector:
        key = (function, self.key(point))
        demand(key in self.gradients, f"no gradient of {function} at {point}")
        return {self.gradients[key]: Fraction(1)}

    def f(self, function: str, point: Vector) -> Sum:
        return {("value", function, self.key(point)): Fraction(1)}

    def moved(self, vector: Vector, images: Mapping[str, Vector]) -> Vector:
        """The vector with those of the state replaced, gradients taken at their new points."""
        parts = []
        for basis, coefficient in vector.items():
            entry = self.basis[basis]
            image = images.get(basis, {basis: Fraction(1)})
            if "gradient_of" in entry:
                point = self.moved(self.vector(entry["at"]), images)
                image = self.gradient(entry["gradient_of"], point)
            parts.append((coefficient, image))
        return added(*parts)

    def moved_sum(self, written: Iterable[Mapping[str, Any]], images: Mapping[str, Vector]) -> Sum:
        parts: list[tuple[Fraction, Sum]] = []
        for term in written:
            atom, coefficient = term["atom"], self.number(term["coefficient"])
            one = {b: {b: Fraction(1)} for b in self.basis}
            if atom["kind"] == "inner":
                u, v = (self.moved(one[b], images) for b in atom["of"])
                parts.append((coefficient, self.inner(u, v)))
            elif atom["kind"] == "value":
                point = self.moved(self.vector(atom["at"]), images)
                parts.append((coefficient, self.f(atom["function"], point)))
            else:
                parts.append((Fraction(1), self.sum([term])))
        return added(*parts)


def added(*parts: tuple[Fraction | int, Mapping[Any, Fraction]]) -> dict[Any, Fraction]:
    total: dict[Any, Fraction] = {}
    for factor, part in parts:
        for key, coefficient in part.items():
            total[key] = total.get(key, Fraction(0)) + factor * coefficient
    return {key: c for key, c in total.items() if c}


def equal(left: Mapping[Any, Fraction], right: Mapping[Any, Fraction], what: str) -> None:
    rest = added((1, left), (-1, right))
    demand(not rest, f"{what}: {rest} is left over")


# -- what is assumed -------------------------------------------------------------------------------


def inequality(document: Mapping[str, Any], used: Mapping[str, Any], world: World) -> Sum:
    """The inequality that an assumption gives at the named points, written out here once more."""
    assumed = document["assumptions"][used["assumption"]]
    at = [world.vector(point) for point in used["at"]]
    constant = {name: world.number(text) for name, text in assumed["constants"].items()}
    f = assumed["functions"]["f"]
    gradient = functools.partial(world.gradient, f)
    rule = (assumed["name"], used["rule"])
    if rule == ("smooth", "descent"):
        (x, y), step = at, added((1, at[1]), (-1, at[0]))
        half = constant["L"] / 2
        return added(
            (1, world.f(f, x)),
            (-1, world.f(f, y)),
            (1, world.inner(gradient(x), step)),
            (half, world.inner(step, step)),
        )
    if rule == ("smooth", "lipschitz"):
        step, change = (added((1, a), (-1, b)) for a, b in (at, map(gradient, at)))
        return added(
            (constant["L"] ** 2, world.inner(step, step)), (-1, world.inner(change, change))
        )
    if rule == ("Polyak-Lojasiewicz", "pl"):
        gap = added((1, world.f(f, at[0])), (-1, {("infimum", f): Fraction(1)}))
        return added((1, world.inner(gradient(at[0]), gradient(at[0]))), (-2 * constant["mu"], gap))
    relative, absolute, zero_mean = {
        ("biased oracle", "bias_bound"): ("B", "C", False),
        ("biased oracle", "noise_bound"): ("M", "sigma2", True),
    }[rule]
    drawn = parts_of_the_estimate(document, world)[zero_mean]
    return added(
        (constant[relative], world.inner(gradient(at[0]), gradient(at[0]))),
        (constant[absolute], {"one": Fraction(1)}),
        (-1, world.inner(drawn, drawn)),
    )


def parts_of_the_estimate(document: Mapping[str, Any], world: World) -> tuple[Vector, Vector]:
    """Bias and noise: what the estimate has beside the gradient at the iterate."""
    algorithm = document["algorithm"]
    x = world.vector(algorithm["now"]["x"])
    rest = added((1, world.vector(algorithm["estimate"])), (-1, world.gradient(document["f"], x)))
    noise = {b: c for b, c in rest.items() if world.basis[b]["zero_mean"]}
    bias = {b: c for b, c in rest.items() if b not in noise}
    demand(list(noise.values()) == [1] and list(bias.values()) == [1], "not a biased estimate")
    (z,), (b,) = noise, bias
    demand(world.basis[z]["stage"] > world.basis[b]["stage"] == 0, "the bias moves with the noise")
    return bias, noise


# -- the parts of a certificate --------------------------------------------------------------------


def check_certificate(
    document: Mapping[str, Any],
    part: Mapping[str, Any],
    world: World,
    signs: bool = True,
    known: Callable[[Mapping[str, Any], Mapping[str, Any], World], Sum] = inequality,
) -> None:
    """claim = sum of what is non-negative, and that each of them is.

    ``known`` writes out an assumption's inequality once more.
    """
    summands: list[tuple[Fraction | int, Mapping[Any, Fraction]]] = []
    weights: list[Fraction] = []
    for used in part["using"]:
        stated = world.sum(used["expression"])
        if "rule" in used:
            equal(stated, known(document, used, world), used["name"])
        summands.append((world.number(used["multiplier"]), stated))
        weights.append(summands[-1][0])  # type: ignore[arg-type]
    for square in part["squares"]:
        u = world.vector(square["vector"])
        weights.append(world.number(square["weight"]))
        summands.append((weights[-1], world.inner(u, u)))
    for form in part["forms"]:
        u, v = world.vector(form["u"]), world.vector(form["v"])
        a, h, b = (world.number(form[entry]) for entry in ("first", "cross", "second"))
        weights += [a, b, a * b - h * h]
        summands += [(a, world.inner(u, u)), (2 * h, world.inner(u, v)), (b, world.inner(v, v))]
    for bounded in part["bounded"]:
        weights.append(world.number(bounded["weight"]))
        point, function = world.vector(bounded["at"]), bounded["gap_of"]
        below = [a for a in document["assumptions"] if a["functions"].get("f") == function]
        demand(
            any(a["name"] in ("bounded below", "Polyak-Lojasiewicz") for a in below),
            f"{function} is not bounded below",
        )
        gap = added((1, world.f(function, point)), (-1, {("infimum", function): Fraction(1)}))
        summands.append((weights[-1], gap))
    rest = world.sum(part["rest"])
    equal(world.sum(part["claim"]), added(*summands, (1, rest)), "the identity")
    for key, coefficient in rest.items():
        square_or_one = key == "one" or (key[0] == "inner" and len(key[1]) == 1)
        demand(square_or_one or (key[0] == "scalar" and key[2]), f"{key} is left over")
        weights.append(coefficient)
    if signs:
        demand(all(weight >= 0 for weight in weights), f"a negative weight among {weights}")


def check_claims(document: Mapping[str, Any], world: World) -> None:
    """That what is certified is what the lemma needs, of this method and Lyapunov function."""
    algorithm, lemma = document["algorithm"], document["unroll"]["lemma"]
    now = {name: world.vector(v) for name, v in algorithm["now"].items()}
    after = {name: world.vector(v) for name, v in algorithm["after"].items()}
    estimate, gamma = world.vector(algorithm["estimate"]), world.values["gamma"]
    moving = estimate
    if algorithm["name"] == "sgdm":
        beta = world.values["beta"]
        moving = added((1 - beta, now["v"]), (beta, estimate))
        equal(after["v"], moving, "the average")
        equal(after["x_prev"], now["x"], "what is remembered")
    equal(after["x"], added((1, now["x"]), (-gamma, moving)), "the update")
    images = {next(iter(vector)): after[name] for name, vector in now.items()}
    lyapunov = world.sum(document["lyapunov"])
    following = world.moved_sum(document["lyapunov"], images)
    equal(world.sum(document["lyapunov_after"]), following, "the Lyapunov function afterwards")

    error = sum((world.number(e) for e in document["error"].values()), Fraction(0))
    added_error = {"one": error}
    measure = world.sum(document["measure"])
    rates = {n: world.number(r) for n, r in document["unroll"]["rates"].items()}
    f, x = document["f"], now["x"]
    g = world.gradient(f, x)
    if lemma == "telescoping":
        equal(measure, world.inner(g, g), "the measure")
        demand(rates["decrease"] > 0, "nothing decreases")
        claim = added((1, lyapunov), (-rates["decrease"], measure), (-1, following))
        remainder = lyapunov
    else:
        equal(measure, added((1, world.f(f, x)), (-1, {("infimum", f): Fraction(1)})), "measure")
        demand(0 < rates["contraction"] <= 1, "no contraction")
        claim = added((1 - rates["contraction"], lyapunov), (-1, following))
        remainder = added((1, lyapunov), (-1, measure))
    equal(world.sum(document["one_step"]["claim"]), added((1, claim), (1, added_error)), "claim")
    equal(world.sum(document["nonnegative"]["claim"]), remainder, "what the lemma demands")


def check_start(document: Mapping[str, Any], world: World) -> None:
    """V_0 from the first state, in constants that stand for what they are said to."""
    algorithm, start = document["algorithm"], document["start"]
    first = {name: world.vector(v) for name, v in algorithm["start"].items()}
    now = {name: world.vector(v) for name, v in algorithm["now"].items()}
    images = {next(iter(vector)): first[name] for name, vector in now.items()}
    value_0 = world.moved_sum(document["lyapunov"], images)
    equal(world.sum(start["lyapunov"]), value_0, "V_0")
    f, x = document["f"], first["x"]
    gap = added((1, world.f(f, x)), (-1, {("infimum", f): Fraction(1)}))
    meanings = {"Delta": gap}
    if "v" in first:
        error = added((1, first["v"]), (-1, world.gradient(f, x)))
        meanings["E0"] = world.inner(error, error)
    total: list[tuple[Fraction | int, Mapping[Any, Fraction]]] = []
    none = {name: Fraction(0) for name in start["constants"]}
    for name, written in start["constants"].items():
        equal(world.sum(written), meanings[name], name)
        weight = value(start["value"], {**world.values, **none, name: Fraction(1)})
        demand(weight >= 0, f"more of {name} lowers the bound")
        total.append((weight, meanings[name]))
    demand(value(start["value"], {**world.values, **none}) == 0, "V_0 holds something else")
    equal(value_0, added(*total), "V_0 in the constants")


def check_bound(
    document: Mapping[str, Any], form: Mapping[str, Any], world: World, rng: random.Random
) -> None:
    """The bound's terms: the lemma's conclusion for this V_0 and these errors."""
    count = rng.randint(1, 12)
    values = {**world.values, document["iterations"]: Fraction(count)}
    rates = {n: world.number(r) for n, r in document["unroll"]["rates"].items()}
    if document["unroll"]["lemma"] == "telescoping":
        start, error = 1 / (rates["decrease"] * count), 1 / rates["decrease"]
    else:
        start = (1 - rates["contraction"]) ** count
        error = (1 - start) / rates["contraction"]
    expected = {"initialisation": start * world.number(document["start"]["value"])}
    expected |= {name: error * world.number(e) for name, e in document["error"].items()}
    stated = {name: value(text, values) for name, text in form["bound"].items()}
    demand(stated == expected, f"the bound's terms: {stated} for {expected}")


def check_lemma(document: Mapping[str, Any], rng: random.Random) -> None:
    """The certificates of the lemma itself, at random numbers."""
    for claim in document["unroll"]["claims"]:
        symbols = sorted(_symbols_of(claim))
        for _ in range(500):
            values = {s: Fraction(rng.randint(-6, 12), rng.randint(1, 12)) for s in symbols}
            if all(holds(condition, values) for condition in claim["given"]):
                check_certificate(document, claim, World(document, values))
                break
        else:
            raise Refuted(f"no numbers for {claim['what']}")


def check_identities(document: Mapping[str, Any], rng: random.Random) -> None:
    """The identities hold for all values, not only for those that the formulas make."""
    symbols = [*(p["name"] for p in document["parameters"]), *document["auxiliary"]]
    for _ in range(POINTS):
        values = {s: Fraction(rng.randint(1, 99), rng.randint(100, 199)) for s in symbols}
        for part in ("one_step", "nonnegative"):
            check_certificate(document, document[part], World(document, values), signs=False)


def _symbols_of(part: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(part, list):
        return found.union(*map(_symbols_of, part))
    if isinstance(part, dict):
        for key, entry in part.items():
            if key in ("coefficient", "multiplier", "left", "right"):
                found |= names(entry)
            else:
                found |= _symbols_of(entry)
    return found


def check_signs(document: Mapping[str, Any], form: Mapping[str, Any], world: World) -> None:
    """Every sign fact at a point where all is supposed: what it was decided from, and itself."""
    instantiations = [s for s in document["steps"] if s["kind"] == "instantiate"]
    own = instantiations[document["forms"].index(form)]
    for step in (*(s for s in document["steps"] if s["kind"] in ("certificate", "sign")), own):
        for fact in step["signs"]:
            for condition in (*fact["from"], fact["condition"]):
                demand(holds(condition, world.values), f"{condition} does not hold")


def check_document(document: Mapping[str, Any], seed: int = 1) -> int:
    """Check one theorem's certificate; the number of points at which it was."""
    rng = random.Random(seed)
    demand(document["status"] == "proved", "not proved")
    demand(all(step["ok"] for step in document["steps"]), "a step failed")
    smooth = next(a for a in document["assumptions"] if a["name"] == "biased oracle")
    document = {**document, "f": smooth["functions"]["f"]}
    for used in (*document["one_step"]["using"], *document["nonnegative"]["using"]):
        demand("rule" in used, f"{used['name']} is nowhere assumed")
    check_lemma(document, rng)
    check_identities(document, rng)
    count = 0
    for form in document["forms"]:
        for values in points(document, form, rng):
            world = World(document, values)
            for condition in (*document["step_conditions"], *document["given"]):
                demand(holds(condition, values), f"{condition} does not hold in {form['title']}")
            for parameter in document["parameters"]:
                inside = in_domain(parameter, values[parameter["name"]])
                demand(inside, f"{parameter['name']} outside of its domain")
            demand(set(document["auxiliary"]) <= set(values), "a quantity without a value")
            check_claims(document, world)
            check_certificate(document, document["one_step"], world)
            check_certificate(document, document["nonnegative"], world)
            check_start(document, world)
            check_bound(document, form, world, rng)
            check_signs(document, form, world)
            count += 1
    return count


# -- the tests -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("certificates") / "all.json"
    write_certificates([TheoremHandle(theorem).prove() for theorem in THEOREMS.values()], path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["format"] == "boundcalc certificate 1"
    return {document["theorem"]: document for document in written["certificates"]}


@pytest.mark.parametrize("name", THEOREMS)
def test_the_certificate_holds_without_the_kernel(documents: dict[str, Any], name: str) -> None:
    assert check_document(documents[name]) == POINTS * len(documents[name]["forms"])


Tampering = Callable[[dict[str, Any]], None]


def _twice(text: str) -> str:
    return f"2*({text})"


def _multiplier(d: dict[str, Any]) -> None:
    d["one_step"]["using"][0]["multiplier"] = "2"


def _inequality(d: dict[str, Any]) -> None:
    d["one_step"]["using"][1]["expression"][0]["coefficient"] = "7"


def _unbacked(d: dict[str, Any]) -> None:
    """What is to be shown, as an inequality of its own."""
    part = d["one_step"]
    given = {"name": "wish", "multiplier": "1", "expression": part["claim"]}
    part["using"], part["squares"], part["forms"], part["bounded"] = [given], [], [], []
    part["rest"] = []


def _point(d: dict[str, Any]) -> None:
    d["one_step"]["using"][0]["at"].reverse()


def _square_dropped(d: dict[str, Any]) -> None:
    del d["one_step"]["squares"][1]


def _negative_square(d: dict[str, Any]) -> None:
    """An identity that still holds, by a square taken away and added to what is left."""
    (basis,) = d["algorithm"]["now"]["x"]
    d["nonnegative"]["squares"].append({"weight": "-1", "vector": {basis: "1"}})
    atom = {"kind": "inner", "of": [basis, basis]}
    d["nonnegative"]["rest"].append({"atom": atom, "coefficient": "1"})


def _minor(d: dict[str, Any]) -> None:
    d["one_step"]["forms"][-1]["second"] = "0"


def _left_over(d: dict[str, Any]) -> None:
    extra = {"atom": {"kind": "one"}, "coefficient": "-1"}
    d["one_step"]["rest"].append(extra)
    d["one_step"]["claim"].append(extra)


def _noise_with_a_mean(d: dict[str, Any]) -> None:
    for basis in d["basis"]:
        basis["zero_mean"] = False


def _bias_with_the_noise(d: dict[str, Any]) -> None:
    for basis in d["basis"]:
        if basis["name"].startswith("b["):
            basis["stage"] = 1


def _after(d: dict[str, Any]) -> None:
    d["lyapunov_after"][0]["coefficient"] = "1/2"


def _lyapunov(d: dict[str, Any]) -> None:
    d["lyapunov"][0]["coefficient"] = "1/2"


def _update(d: dict[str, Any]) -> None:
    after = d["algorithm"]["after"]["x"]
    d["algorithm"]["after"]["x"] = {b: c if b == "x" else _twice(c) for b, c in after.items()}


def _error(d: dict[str, Any]) -> None:
    d["error"]["noise"] = "0"


def _formula(d: dict[str, Any]) -> None:
    for form in d["forms"]:
        form["formulas"] = [[s, _twice(t) if s == "c" else t] for s, t in form["formulas"]]


def _condition(d: dict[str, Any]) -> None:
    for form in d["forms"]:
        form["conditions"] = []


def _bound(d: dict[str, Any]) -> None:
    d["forms"][0]["bound"]["bias"] = "0"


def _forgotten_term(d: dict[str, Any]) -> None:
    del d["forms"][0]["bound"]["initialisation"]


def _start(d: dict[str, Any]) -> None:
    d["start"]["value"] = "Delta/2"


def _constant(d: dict[str, Any]) -> None:
    for term in d["start"]["constants"]["Delta"]:
        term["coefficient"] = _twice(term["coefficient"])


def _assumption(d: dict[str, Any]) -> None:
    for assumed in d["assumptions"]:
        if assumed["name"] == "smooth":
            assumed["constants"]["L"] = "L/2"


def _unbounded(d: dict[str, Any]) -> None:
    for assumed in d["assumptions"]:
        if assumed["name"] in ("bounded below", "Polyak-Lojasiewicz"):
            assumed["functions"]["f"] = "h"


def _lemma(d: dict[str, Any]) -> None:
    d["unroll"]["claims"][-1]["claim"][0]["coefficient"] = "3"


def _sign(d: dict[str, Any]) -> None:
    fact = next(s for s in d["steps"] if s["kind"] == "sign")["signs"][0]
    fact["condition"] = {**fact["condition"], "right": "10**9"}


def _code(d: dict[str, Any]) -> None:
    d["one_step"]["using"][0]["multiplier"] = "__import__('os').getpid()"


TAMPERINGS: tuple[Tampering, ...] = (
    _multiplier, _inequality, _unbacked, _point, _square_dropped, _negative_square, _minor,
    _left_over,
    _noise_with_a_mean, _bias_with_the_noise, _after, _lyapunov, _update, _error, _formula,
    _condition, _bound, _forgotten_term, _start, _constant, _assumption, _unbounded, _lemma,
    _sign, _code,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda t: t.__name__.strip("_"))
@pytest.mark.parametrize("name", ["sgd-nonconvex", "sgdm-pl"])
def test_a_tampered_certificate_is_refuted(
    documents: dict[str, Any], name: str, tamper: Tampering
) -> None:
    document = copy.deepcopy(documents[name])
    tamper(document)
    with pytest.raises(Refuted):
        check_document(document)


def test_a_failed_proof_is_no_certificate() -> None:
    from dataclasses import replace

    proof = TheoremHandle(replace(sgd_nonconvex, forms=[])).prove()
    document = certificate_document(proof)
    assert document["status"] == "failed"
    assert "one_step" not in document
    assert document["steps"][-1]["problem"]
    with pytest.raises(Refuted):
        check_document(document)


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    proof = replaced_proof()
    for path in (tmp_path / "no" / "such" / "folder.json", tmp_path):
        with pytest.raises(UsageError) as caught:
            write_certificates([proof], path)
        assert "\n" not in str(caught.value)
        assert "cannot write" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_text("old", encoding="utf-8")
    write_certificates([replaced_proof()], path)
    assert json.loads(path.read_text(encoding="utf-8"))["certificates"][0]["status"] == "failed"
    assert [entry.name for entry in tmp_path.iterdir()] == ["certificate.json"]


def replaced_proof() -> Any:
    from dataclasses import replace

    return TheoremHandle(replace(sgd_nonconvex, forms=[])).prove()
