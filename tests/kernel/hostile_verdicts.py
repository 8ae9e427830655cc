"""What `prove` says of the theorems of a module, in a process of its own: it may patch anything."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

__all__ = ["verdicts"]

PRELOADED = [
    "boundcalc.registry",
    "boundcalc.proofs.prove",
    "theorems.sgd",
    "theorems.estimators.workers",
]


def verdicts(file: Path) -> dict[str, tuple[str, str]]:
    """Status and reason of every theorem that the file adds; of ``""`` where it is not read."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_judge, args=(str(file), sender))
    process.start()
    sender.close()
    try:
        found: dict[str, tuple[str, str]] = receiver.recv()
    except EOFError:
        found = {"": ("ended", "the process gave no answer")}
    process.join()
    return found


def _judge(file: str, sender: multiprocessing.connection.Connection) -> None:
    import boundcalc.proofs.prove
    from boundcalc.errors import UsageError
    from boundcalc.registry import load_file

    try:
        theorems = load_file(file)
    except UsageError as error:
        sender.send({"": ("refused", str(error))})
        return
    found = {}
    for name, theorem in theorems.items():
        proof = boundcalc.proofs.prove.prove(theorem)
        problems = [step.problem for step in proof.steps if not step.ok]
        found[name] = (proof.status, problems[0] if problems else "")
    sender.send(found)
