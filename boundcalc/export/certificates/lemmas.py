"""The lemma behind the constant of a compressor or an aggregator."""

from __future__ import annotations

from boundcalc.export.certificates.formulas import Json, conditions, formula, sign_entries
from boundcalc.kernel.coordinates import (
    DIMENSION,
    MAGNITUDE,
    NORM,
    NORM1,
    ROOT,
    Case,
    Coordinatewise,
    Lemma,
    OrderStatistics,
    Selection,
)
from boundcalc.model.estimator import Estimator
from boundcalc.proofs.estimators import constant_facts
from boundcalc.proofs.prove import AXIOMS, decided_by


def lemma_entry(estimator: Estimator) -> Json | None:
    """Return what is said of one coordinate or of sorted values, and the constant that it proves.

    ``constant`` is what bounds the second moment, in the estimator's own parameters; ``general`` is
    the same in the constant of the general estimator.
    """
    lemma, general = estimator.lemma, estimator.of
    if lemma is None or general is None:
        return None
    facts = constant_facts(estimator)
    used = {*lemma.axioms, *decided_by(facts)}
    return {
        **_content(lemma),
        "summary": lemma.summary,
        "general": formula(general.server.constant),
        "constant": formula(estimator.implied_constant),
        "signs": sign_entries(facts),
        "axioms": [name for name in AXIOMS if name in used],
    }


def _content(lemma: Lemma) -> Json:
    if isinstance(lemma, Coordinatewise):
        return {
            "kind": "coordinatewise",
            "error": lemma.kind,
            "scale": formula(lemma.scale),
            "cases": [_case(case) for case in lemma.cases],
            "bound": formula(lemma.bound),
            "symbols": {
                "magnitude": formula(MAGNITUDE),
                "norm": formula(NORM),
                "norm_1": formula(NORM1),
                "dimension": formula(DIMENSION),
                "root_of_dimension": formula(ROOT),
            },
        }
    if isinstance(lemma, Selection):
        return {"kind": "selection", "kept": formula(lemma.kept)}
    if isinstance(lemma, OrderStatistics):
        return {
            "kind": "order statistics",
            "kept": formula(lemma.kept),
            "honest": str(lemma.honest),
        }
    return {"kind": type(lemma).__name__}


def _case(case: Case) -> Json:
    return {
        "low": formula(case.low),
        "high": None if case.high is None else formula(case.high),
        "exists": conditions(case.exists),
        "outcomes": [
            {"probability": formula(outcome.probability), "value": formula(outcome.value)}
            for outcome in case.outcomes
        ],
    }
