"""A second opinion on what estimators add to a certificate, from its JSON alone.

The checker is in :mod:`tests.kernel.estimator_checker` and its neighbours; the theorems that
estimators compose with are checked by :mod:`tests.kernel.test_independent_checker`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from boundcalc.export.certificates import certificate_document
from boundcalc.facade import TheoremHandle
from boundcalc.model.compose import compose
from boundcalc.registry import estimators
from tests.kernel.estimator_checker import check_composed
from tests.kernel.test_independent_checker import THEOREMS, Refuted, check_document

ESTIMATORS = estimators()
Json = dict[str, Any]


@cache
def _written(theorem: str, estimator: str) -> str:
    proof = TheoremHandle(compose(THEOREMS[theorem], ESTIMATORS[estimator])).prove()
    return json.dumps(certificate_document(proof))


def document(estimator: str, theorem: str = "sgd-nonconvex") -> Json:
    """The certificate as a file holds it."""
    read: Json = json.loads(_written(theorem, estimator))
    return read


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_estimator_holds_without_the_kernel(name: str) -> None:
    certificate = document(name)
    assert check_composed(certificate) == 3 * len(certificate["forms"])


@pytest.mark.parametrize(
    ("theorem", "estimator"), [("sgd-pl", "maml-quadratic"), ("sgdm-nonconvex", "topk")]
)
def test_it_composes_with_every_theorem(theorem: str, estimator: str) -> None:
    certificate = document(estimator, theorem)
    assert check_composed(certificate) == 3 * len(certificate["forms"])
    forms = len(THEOREMS[theorem].forms) * (1 + len(ESTIMATORS[estimator].alternatives))
    assert len(certificate["forms"]) == forms


def test_the_base_of_a_composed_theorem_is_a_certificate_of_its_own() -> None:
    assert check_document(document("stochastic")["base"]) > 0


# -- certificates that are wrong -------------------------------------------------------------------

Tampering = Callable[[Json], None]


def _multiplier(d: Json) -> None:
    d["estimator"]["moment"]["using"][1]["multiplier"] = "young"


def _inequality(d: Json) -> None:
    d["estimator"]["moment"]["using"][1]["expression"][0]["coefficient"] = "1/2"


def _wish(d: Json) -> None:
    """What is to be shown, as an inequality of its own."""
    part = d["estimator"]["moment"]
    part["using"] = [{"name": "wish", "multiplier": "1", "expression": part["claim"]}]
    part["squares"] = []


def _negative_square(d: Json) -> None:
    """An identity that still holds, by a square taken away and added to what is left."""
    part, (name, *_) = d["estimator"]["moment"], d["estimator"]["error"]
    part["squares"].append({"weight": "-1", "vector": {name: "1"}})
    atom = {"kind": "inner", "of": [name, name]}
    part["rest"].append({"atom": atom, "coefficient": "1"})


def _origin(d: Json) -> None:
    del d["estimator"]["origins"]["sampling"]


def _formula(d: Json) -> None:
    """No absolute bias, in the estimator and in the theorem's forms alike."""
    for part in (d["estimator"], *d["forms"]):
        part["formulas"] = [[s, "0" if s == "C" else t] for s, t in part["formulas"]]


def _implied(symbol: str, text: str, constant: str | None = None) -> Tampering:
    """Another constant, wherever the certificate speaks of it; ``constant`` is the lemma's."""

    def tamper(d: Json) -> None:
        for part in (d["estimator"], *d["forms"]):
            part["formulas"] = [[s, text if s == symbol else t] for s, t in part["formulas"]]
        if d["estimator"]["lemma"]:
            d["estimator"]["lemma"]["constant"] = constant or text

    tamper.__name__ = f"implied_{symbol}"
    return tamper


def _no_lemma(d: Json) -> None:
    d["estimator"]["lemma"] = None


def _bound(d: Json) -> None:
    d["estimator"]["lemma"]["bound"] = f"({d['estimator']['lemma']['bound']})/2"


def _probability(d: Json) -> None:
    first, second = d["estimator"]["lemma"]["cases"][0]["outcomes"]
    first["probability"], second["probability"] = second["probability"], first["probability"]


def _outcome(d: Json) -> None:
    d["estimator"]["lemma"]["cases"][0]["outcomes"][0]["value"] = "_a"


def _no_case(d: Json) -> None:
    del d["estimator"]["lemma"]["cases"][1]


def _kept(d: Json) -> None:
    d["estimator"]["lemma"]["kept"] = "n"


def _honest(d: Json) -> None:
    d["estimator"]["lemma"]["axioms"] = []
    d["axioms"] = []


def _no_root(d: Json) -> None:
    for part in (d, d["estimator"]):
        for parameter in part["parameters"]:
            parameter["derived"] = None


def _given(d: Json) -> None:
    """A condition on the constants less, in the estimator and in the theorem."""
    d["given"], d["estimator"]["given"] = [], []


def _noise_with_a_mean(d: Json) -> None:
    for basis in d["estimator"]["basis"]:
        basis["zero_mean"] = basis["zero_mean"] and "jacobian" not in basis["name"]


def _biased_jacobian(d: Json) -> None:
    """What is said of the Jacobian, and left as it is where it is noise."""
    for assumed in (*d["assumptions"], *d["estimator"]["assumptions"]):
        if assumed["name"] == "composite":
            assumed["options"]["jacobian_is"] = "biased"


def _early_noise(d: Json) -> None:
    for basis in d["estimator"]["basis"]:
        if "outer" in basis["name"]:
            basis["stage"] = 1


def _noise_origin(d: Json) -> None:
    origins = d["estimator"]["noise"]["origins"]
    origins["outer gradient"] = f"({origins['outer gradient']})/2"


def _no_noise(d: Json) -> None:
    d["estimator"]["noise"] = None


def _unbiased(d: Json) -> None:
    d["estimator"]["unbiased"] = True


def _smoothness(d: Json) -> None:
    d["estimator"]["smoothness"]["constant"] = "L_phi"
    _implied("L", "L_phi")(d)


def _smoothness_unshown(d: Json) -> None:
    d["estimator"]["smoothness"] = None


def _cross_term(d: Json) -> None:
    del d["estimator"]["smoothness"]["moment"]["using"][2]


def _alternative(d: Json) -> None:
    other = d["estimator"]["alternatives"][0]
    other["relative"] = "(1 - clip/G2)**2*(young + 1)"


def _alternative_level(d: Json) -> None:
    """The error in proportion, squared once less."""
    for used in d["estimator"]["alternatives"][0]["moment"]["using"]:
        if used["rule"] == "shortening":
            used["rule"] = "distance"


def _alternative_condition(d: Json) -> None:
    """Few levels are supposed of the alternative alone."""
    d["estimator"]["alternatives"][0]["given"] = []
    for form in d["forms"]:
        form["conditions"] = [c for c in form["conditions"] if "sqrt_d" not in c["left"]]


def _alternative_swapped(d: Json) -> None:
    forms = d["forms"]
    forms[0]["formulas"], forms[2]["formulas"] = forms[2]["formulas"], forms[0]["formulas"]


def _form_condition(d: Json) -> None:
    """Bias and noise need not leave anything for the gradient."""
    for form in d["forms"]:
        form["conditions"] = [c for c in form["conditions"] if c["left"] != "c"]


def _form_of_the_base(d: Json) -> None:
    form = d["forms"][0]
    form["formulas"] = [[s, "0" if s == "S" else t] for s, t in form["formulas"]]


def _term(d: Json) -> None:
    d["forms"][0]["bound"]["sampling"] = "0"


def _share(d: Json) -> None:
    """The terms still add up."""
    bound = d["forms"][0]["bound"]
    bound["sampling"], bound["compression"] = "0", f"{bound['sampling']} + {bound['compression']}"


def _error(d: Json) -> None:
    d["forms"][0]["error"]["sampling"] = "0"


def _estimate(d: Json) -> None:
    """Clipping without the mean over the workers."""
    estimate = d["estimator"]["estimate"]
    d["estimator"]["estimate"] = {"grad_f[(1)*x]": "1", **estimate}


def _variance(d: Json) -> None:
    for assumed in (*d["assumptions"], *d["estimator"]["assumptions"]):
        if assumed["name"] == "workers":
            assumed["constants"]["sigma0_2"] = "2*sigma0_2"


def _unsaid(d: Json) -> None:
    """The estimator supposes what the theorem does not say."""
    d["assumptions"] = [a for a in d["assumptions"] if a["name"] != "unbiased compressor"]


def _pass(d: Json) -> None:
    """A pass that drifts less, at every place where that is said."""
    text = json.dumps(d).replace("(2*m - 1)", "(m - 1)").replace("m**2/3 - m/2", "m**2/6")
    d.update(json.loads(text))


def _code(d: Json) -> None:
    d["estimator"]["relative"] = "__import__('os').getpid()"


TAMPERINGS: tuple[tuple[str, Tampering], ...] = (
    ("topk", _multiplier), ("topk", _inequality), ("topk", _wish), ("topk", _negative_square),
    ("topk", _origin), ("topk", _formula), ("topk", _no_lemma),
    ("topk", _implied("alpha", "(k + 1)/(d + 1)", "1 - (k + 1)/(d + 1)")),
    ("topk", _unbiased), ("topk", _form_condition), ("topk", _given), ("topk", _variance),
    ("dithering", _bound), ("dithering", _no_case), ("dithering", _alternative_condition),
    ("dithering", _alternative_swapped), ("randk", _probability), ("randk", _outcome),
    ("randk", _unsaid), ("ternary", _no_root), ("natural", _implied("omega", "1/9")),
    ("scaled-sign", _implied("alpha", "2/(d + 1)", "1 - 2/(d + 1)")),
    ("grid", _implied("abs_error", "pitch/2", "pitch**2/4")),
    ("median", _implied("kappa", "faulty/(n - faulty)")), ("median", _kept),
    ("trimmed-mean", _given), ("trimmed-mean", _honest),
    ("trimmed-mean", _implied("kappa", "faulty/n")),
    ("maml", _noise_with_a_mean), ("maml", _biased_jacobian), ("maml", _smoothness),
    ("maml", _smoothness_unshown), ("maml", _cross_term), ("maml", _implied("ell_h", "1")),
    ("composite", _early_noise), ("composite", _noise_origin), ("composite", _no_noise),
    ("clip", _alternative), ("clip", _alternative_level), ("clip", _given), ("clip", _estimate),
    ("unbiased", _term), ("unbiased", _share), ("unbiased", _error),
    ("unbiased", _form_of_the_base), ("shuffle", _pass), ("robust", _code),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tamper"), TAMPERINGS, ids=[f"{n}-{t.__name__.strip('_')}" for n, t in TAMPERINGS]
)
def test_a_tampered_certificate_is_refuted(name: str, tamper: Tampering) -> None:
    certificate = document(name)
    tamper(certificate)
    with pytest.raises(Refuted):
        check_composed(certificate)
