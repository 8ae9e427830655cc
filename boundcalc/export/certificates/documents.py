"""The document of a proof, and the file of several."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from boundcalc.export.certificates.estimators import estimated
from boundcalc.export.certificates.formulas import (
    Json,
    conditions,
    form_entry,
    parameter_entry,
    step_entry,
)
from boundcalc.export.certificates.theorems import proved
from boundcalc.export.certificates.vectors import VectorNames
from boundcalc.export.files import write_file
from boundcalc.proofs.prove import Proof, proved_once

FORMAT = "boundcalc certificate 1"


def write_certificates(proofs: Iterable[Proof], path: str | os.PathLike[str]) -> None:
    """Write the certificates of the proofs to a file: the whole of it, or nothing.

    Raises :class:`UsageError` where the file cannot be written.
    """
    documents = [certificate_document(proof) for proof in proofs]
    text = json.dumps({"format": FORMAT, "certificates": documents}, indent=1, ensure_ascii=False)
    write_file(path, text + "\n")


def certificate_document(proof: Proof) -> Json:
    """Return the proof as a JSON document: what is claimed, from what, and why.

    Of a failed proof it holds the steps up to the one that failed, and no more.
    """
    theorem = proof.theorem
    document: Json = {
        "theorem": theorem.name,
        "title": theorem.title,
        "status": proof.status,
        "axioms": list(proof.axioms),
        "steps": [step_entry(step) for step in proof.steps],
    }
    if not proof.proved:
        return document
    document |= {
        "parameters": [parameter_entry(p) for p in theorem.parameters],
        "given": conditions(theorem.given),
        "assumptions": VectorNames((*theorem.assumes, *theorem.lemmas)).assumptions(),
        "forms": [form_entry(theorem, form) for form in theorem.forms],
    }
    if theorem.base is None or theorem.estimator is None:
        return document | proved(proof)
    # The theorem it rests on, whole, and what the estimator adds.
    base = certificate_document(proved_once(theorem.base))
    return document | {"base": base, "estimator": estimated(theorem.estimator)}
