"""Records of checked proofs: those that are shipped, and those that are kept on this machine.

The catalogue's proofs are checked before it is published. ``vouched.json`` beside this module has
the hashes of the sources they were checked with, and of what each theorem stated; while both are
the same, so is the outcome. The outcomes for other theorems are kept in the user's cache folder,
one small file each, with everything that they depend on (:mod:`boundcalc.proofs.provenance`). A
file that is damaged, somebody else's, or about something that has changed is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from boundcalc.model.theorem import Theorem
from boundcalc.proofs.provenance import (
    CATALOGUE,
    OURS,
    ROOT,
    Home,
    content,
    environment,
    homes,
    importable,
    loaded,
    stated,
    steady,
)

#: Where the hashes of the catalogue are.
VOUCHED = Path(__file__).with_name("vouched.json")

#: Whether a theorem is proved, and what fails where it is not.
Record = tuple[bool, str]

_FORMAT = 1


# -- the catalogue ------------------------------------------------------------------------------


@cache
def read_vouched() -> Mapping[str, Mapping[str, str]]:
    """``sources``: hashes by path, ``theorems``: hashes of what they state, by name."""
    try:
        found = json.loads(VOUCHED.read_text(encoding="utf-8"))
        return {key: dict(found[key]) for key in ("sources", "theorems")}
    except (OSError, ValueError, KeyError, TypeError):
        return {"sources": {}, "theorems": {}}


def vouched(theorem: Theorem) -> bool:
    """Return whether the catalogue was published with this very theorem proved."""
    found = homes(theorem)
    if found is None or any(home.package != CATALOGUE for home in found):
        return False
    with suppress(Exception):  # whatever the theorem's own code raises vouches for nothing
        return read_vouched()["theorems"].get(theorem.name) == stated(theorem) and _unchanged()
    return False


def _unchanged() -> bool:
    return not changed_sources() and all(map(steady, _own_files()))


@cache
def changed_sources() -> tuple[str, ...]:
    """Return the sources that are not those with which the catalogue was checked."""
    sources = read_vouched()["sources"]
    changed = [path for path, known in sources.items() if _hash(ROOT / path) != known]
    expected = {_module(path): str(ROOT / path) for path in sources}
    # A module that takes the place of one of these.
    changed += [
        name
        for name, file in loaded().items()
        if name in expected and os.path.realpath(file) != expected[name]
    ]
    return tuple(changed) if sources else ("vouched.json",)


def _own_files() -> list[Path]:
    return [ROOT / path for path in read_vouched()["sources"]]


def _module(path: str) -> str:
    """Return the name of the module with that path."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _hash(path: str | os.PathLike[str]) -> str | None:
    try:
        return content(path)
    except OSError:
        return None


# -- what is kept on this machine ---------------------------------------------------------------


def kept(theorem: Theorem) -> Record | None:
    """Return the outcome found earlier with the same sources; None where there is none."""
    with suppress(Exception):  # what cannot be read or told is not known
        found = homes(theorem)
        if found is None:
            return None
        entry = _read(_file(found))
        if entry is None or not _holds(entry, theorem, found):
            return None
        return bool(entry["proved"]), str(entry["problem"])
    return None


def keep(theorem: Theorem, record: Record) -> None:
    """Keep an outcome that has just been found, if everything it depends on is known."""
    with suppress(Exception):  # a folder that cannot be written to keeps nothing
        found = homes(theorem)
        if found is None:
            return
        files = loaded(home.package for home in found)
        if not all(map(steady, files.values())):
            return
        proved, problem = record
        _write(
            _file(found),
            {
                **_about(theorem, found),
                "modules": files,
                "files": {file: content(file) for file in sorted({*files.values()})},
                "proved": proved,
                "problem": problem,
            },
        )


def _about(theorem: Theorem, found: tuple[Home, ...]) -> dict[str, Any]:
    """Return what an outcome depends on besides the sources."""
    folders = sorted({os.path.dirname(h.file) for h in found if h.package not in OURS})
    return {
        "format": _FORMAT,
        "where": [[h.module, h.file, h.name] for h in found],
        "theorem": theorem.name,
        "stated": stated(theorem),
        "environment": environment(),
        "beside": {folder: importable(folder) for folder in folders},
    }


def _holds(entry: Mapping[str, Any], theorem: Theorem, found: tuple[Home, ...]) -> bool:
    """Return whether the entry speaks of this theorem, and nothing that it depends on has
    changed.
    """
    about = _about(theorem, found)
    if any(entry[key] != value for key, value in about.items()):
        return False
    modules, files = entry["modules"], entry["files"]
    for name, file in loaded(home.package for home in found).items():
        # Other modules of ours may be loaded: those with which the proof was checked are known.
        known = modules.get(name, file if name.partition(".")[0] in OURS else None)
        if known != file:
            return False
    if not {*modules.values()} <= {*files}:
        return False
    return all(steady(file) and _hash(file) == known for file, known in files.items())


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("boundcalc", appauthor=False) / "proofs"


def _file(found: tuple[Home, ...]) -> Path:
    key = json.dumps([_FORMAT, sys.version, *([h.file, h.name] for h in found)])
    return _folder() / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"


def _read(path: Path) -> dict[str, Any] | None:
    """Return the entry; None where it is damaged, or somebody else could have written it."""
    with path.open("rb") as file:
        if hasattr(os, "geteuid"):
            about = os.fstat(file.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & 0o022:
                return None
        checksum, _, text = file.read().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != checksum:
        return None
    entry: dict[str, Any] = json.loads(text)
    return entry


def _write(path: Path, entry: Mapping[str, Any]) -> None:
    """Write the entry in one go: who reads meanwhile sees the old one or the new one."""
    text = json.dumps(entry).encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
