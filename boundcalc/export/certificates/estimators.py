"""What an estimator adds to a certificate: its four numbers, and why they are right."""

from __future__ import annotations

from boundcalc.export.certificates.formulas import (
    Json,
    conditions,
    defined,
    formula,
    formulas,
    parameter_entry,
)
from boundcalc.export.certificates.lemmas import lemma_entry
from boundcalc.export.certificates.vectors import VectorNames
from boundcalc.kernel.algebra import vector
from boundcalc.kernel.assumptions import Assumption
from boundcalc.model.estimator import POINT, Estimator
from boundcalc.model.parameters import SMOOTHNESS
from boundcalc.proofs.estimators import moment, noise_moment, smooth


def estimated(estimator: Estimator) -> Json:
    """Return the estimator and its alternatives: other bounds of the same estimate.

    Moments are proved in the constants of the ``general`` estimator, of which this one may be an
    instance: its formulas say what it puts in.
    """
    speech = VectorNames(_assumed(estimator))
    parts: Json = {
        "title": estimator.title,
        **_variant(speech, estimator),
        "alternatives": [_variant(speech, other) for other in estimator.alternatives],
        "assumptions": speech.assumptions(),
    }
    return {**parts, "basis": speech.basis()}


def _assumed(estimator: Estimator) -> list[Assumption]:
    found: list[Assumption] = []
    for variant in (estimator, *estimator.alternatives):
        for assumption in (*(variant.of or variant).assumes, *variant.assumes):
            if assumption not in found:
                found.append(assumption)
    return found


def _variant(speech: VectorNames, estimator: Estimator) -> Json:
    general = estimator.of or estimator
    return {
        "name": estimator.name,
        "variant": estimator.variant,
        "unbiased": estimator.unbiased,
        "parameters": [parameter_entry(p) for p in estimator.parameters],
        "given": conditions(estimator.given),
        "roots": conditions(estimator.roots),
        "general": {
            "name": general.name,
            "parameters": [parameter_entry(p) for p in general.parameters],
            "given": conditions(general.given),
        },
        "implied": [str(symbol) for symbol in estimator.implied],
        "formulas": defined(estimator.formulas),
        "relative": formula(estimator.relative),
        "origins": formulas(estimator.origins),
        **_errors(speech, general),
        "moment": speech.checked(moment(estimator)),
        "noise": _noise(speech, estimator),
        "lemma": lemma_entry(estimator),
        "smoothness": _smoothness(speech, estimator),
    }


def _errors(speech: VectorNames, general: Estimator) -> Json:
    """Return the estimate at an iterate, and what of its error the moment bounds."""
    f = general.function
    return {
        "function": f.name,
        "at": speech.vector(POINT),
        "gradient": speech.vector(f.gradient(POINT)),
        "estimate": speech.vector(general.server.aggregate(POINT)),
        "error": speech.vector(general.error),
    }


def _noise(speech: VectorNames, estimator: Estimator) -> Json | None:
    """Return the part of the error that is noise, where the rest is bias."""
    part = (estimator.of or estimator).noise_part
    if part is None or estimator.noise is None:
        return None
    return {
        "part": speech.vector(part),
        "origins": formulas(estimator.noise.origins),
        "moment": speech.checked(noise_moment(estimator)),
    }


def _smoothness(speech: VectorNames, estimator: Estimator) -> Json | None:
    """Return why f is smooth with the constant that is implied."""
    if estimator.smoothness is None:
        return None
    x, y = vector("x", "x"), vector("y", "y")
    return {
        "constant": formula(estimator.implied[SMOOTHNESS.symbol]),
        "between": [speech.vector(x), speech.vector(y)],
        "difference": speech.vector(estimator.change(x, y)),
        "moment": speech.checked(smooth(estimator)),
    }
