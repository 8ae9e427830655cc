"""Check every proof of the catalogue, and write down with which sources: ``make vouch``.

Every theorem is proved, and every estimator with every theorem that takes it. If all hold, the
hashes of the modules that this took, and of what the theorems state, are written to
``vouched.json`` beside this module, which is published with the package (see
:mod:`boundcalc.proofs.records`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from boundcalc.errors import ProofError, UsageError
from boundcalc.model.compose import compose
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.prove import prove
from boundcalc.proofs.provenance import OURS, ROOT, content, loaded, stated
from boundcalc.proofs.records import VOUCHED
from boundcalc.registry import catalogue, estimators


def everything() -> Iterator[Theorem]:
    """Yield the theorems of the catalogue, each followed by its compositions with the
    estimators.
    """
    for theorem in catalogue().values():
        yield from compositions(theorem)


def compositions(theorem: Theorem) -> Iterator[Theorem]:
    """Yield the theorem, and what it becomes with every estimator that it takes."""
    yield theorem
    for estimator in estimators().values():
        try:
            yield compose(theorem, estimator)
        except UsageError:
            continue


def checked(name: str) -> tuple[dict[str, str], set[str]]:
    """Return the hashes of what a theorem and its compositions state, and the sources it took.

    Raises :class:`ProofError` where a proof fails.
    """
    known: dict[str, str] = {}
    for theorem in compositions(catalogue()[name]):
        proof = prove(theorem)
        if not proof.proved:
            failed = proof.steps[-1]
            raise ProofError(f"{theorem.name}: {failed.what}: {failed.problem}")
        known[theorem.name] = stated(theorem)
    files = {
        os.path.relpath(file, ROOT)
        for module, file in loaded().items()
        if module.partition(".")[0] in OURS
    }
    return known, files


def main() -> int:
    """Prove everything, on all cores, and write the file; 1 where a proof fails."""
    known: dict[str, str] = {}
    files: set[str] = set()
    # What this process has not loaded itself, no worker may inherit: each starts afresh.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        try:
            for stated_there, loaded_there in pool.map(checked, catalogue()):
                known |= stated_there
                files |= loaded_there
        except ProofError as error:
            pool.shutdown(cancel_futures=True)
            print(error, file=sys.stderr)
            return 1
    sources = {path: content(ROOT / path) for path in sorted(files)}
    text = json.dumps({"sources": sources, "theorems": known}, indent=1)
    VOUCHED.write_text(text + "\n", encoding="utf-8")
    print(f"{len(known)} theorems are proved, with {len(sources)} modules: {VOUCHED}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
