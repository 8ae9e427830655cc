"""Check every proof of the catalogue, and write down with which sources: ``make vouch``.

Every theorem is proved, and every estimator with every theorem that takes it. If all hold, the
hashes of the modules that this took, and of what the theorems state, are written to
``boundcalc/vouched.json``, which is published with the package (see
:mod:`boundcalc.proofs.records`).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

from boundcalc.errors import UsageError
from boundcalc.model.compose import compose
from boundcalc.model.theorem import Theorem
from boundcalc.proofs.prove import prove
from boundcalc.proofs.provenance import OURS, ROOT, content, loaded, stated
from boundcalc.proofs.records import VOUCHED
from boundcalc.registry import catalogue, estimators

__all__ = ["everything", "main"]


def everything() -> Iterator[Theorem]:
    """The theorems of the catalogue, each followed by its compositions with the estimators."""
    for theorem in catalogue().values():
        yield theorem
        for estimator in estimators().values():
            try:
                yield compose(theorem, estimator)
            except UsageError:
                continue


def main() -> int:
    """Prove everything and write the file; 1 where a proof fails."""
    known: dict[str, str] = {}
    for theorem in everything():
        proof = prove(theorem)
        if not proof.proved:
            failed = proof.steps[-1]
            print(f"{theorem.name}: {failed.what}: {failed.problem}", file=sys.stderr)
            return 1
        known[theorem.name] = stated(theorem)
    files = {
        os.path.relpath(file, ROOT)
        for name, file in loaded().items()
        if name.partition(".")[0] in OURS
    }
    sources = {path: content(ROOT / path) for path in sorted(files)}
    text = json.dumps({"sources": sources, "theorems": known}, indent=1)
    VOUCHED.write_text(text + "\n", encoding="utf-8")
    print(f"{len(known)} theorems are proved, with {len(sources)} modules: {VOUCHED}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
