"""Where a theorem comes from: the sources that its proof was checked with, and what it states.

That a proof holds may be remembered only as long as nothing that this depends on has changed. What
it depends on is recorded when the proof is checked: every source file that is then loaded, of this
package and of the theorem's own; the interpreter and what is installed beside it; and what the
theorem states. Files are compared by their content. One that was written after the process began
counts as changed, since what is loaded may be its older text.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sympy as sp

from boundcalc.kernel.conditions import Condition
from boundcalc.model.snapshot import origin
from boundcalc.model.theorem import Theorem

if TYPE_CHECKING:
    from boundcalc.model.estimator import Estimator

#: The packages of the project, and the one among them that holds its theorems.
OURS, CATALOGUE = ("boundcalc", "theorems", "numerics"), "theorems"
#: The folder in which the packages lie.
ROOT = Path(__file__).resolve().parents[2]

# -- files --------------------------------------------------------------------------------------


def content(path: str | os.PathLike[str]) -> str:
    """Return the hash of what the file holds; raises :class:`OSError` where it cannot be read."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def steady(path: str | os.PathLike[str]) -> bool:
    """Return whether the file is there and older than this process: what is loaded is what it
    holds.
    """
    try:
        found = os.stat(path)
    except OSError:
        return False
    # The package itself is loaded first, and notes the time.
    return max(found.st_mtime, found.st_ctime) < sys.modules["boundcalc"].BEGAN


def importable(folder: str) -> str:
    """Return the hash of the names that can be imported from the folder: a new one may take
    precedence.
    """
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if _can_be_imported(entry))
    return hashlib.sha256("\0".join(names).encode()).hexdigest()


def _can_be_imported(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a module, or a folder with modules."""
    if entry.name.endswith(_MODULES):
        return True
    if not entry.name.isidentifier() or entry.name == "__pycache__" or not entry.is_dir():
        return False
    with os.scandir(entry) as inside:
        return any(one.name.endswith(_MODULES) for one in inside)


_MODULES = (".py", ".pyc", ".so", ".pyd")


def environment() -> str:
    """Return the interpreter, and the names with versions of all that is installed."""
    installed = []
    for folder in sorted(_folders("purelib", "platlib")):
        if os.path.isdir(folder):
            names = os.listdir(folder)
            installed += sorted(n for n in names if n.endswith((".dist-info", ".egg-info")))
    told = [sys.version, sys.flags.optimize, os.environ.get("SYMPY_GROUND_TYPES"), installed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _folders(*kinds: str) -> set[str]:
    return {os.path.join(sysconfig.get_path(kind), "") for kind in kinds}


# -- modules ------------------------------------------------------------------------------------


def loaded(also: Iterable[str] = ()) -> dict[str, str]:
    """Return the files of the modules whose text may matter to a proof, by the modules' names.

    Those are ours, those of the packages in ``also``, and all that belong neither to the standard
    library nor to what is installed, of which :func:`environment` has the versions.
    """
    wanted = {*OURS, *also}
    elsewhere = tuple(_folders("stdlib", "platstdlib", "purelib", "platlib"))
    commands = str(ROOT / "boundcalc" / "__main__.py"), *_folders("scripts")
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or (name == "__main__" and file.startswith(commands)):
            continue
        if name.partition(".")[0] in wanted or not file.startswith(elsewhere):
            found[name] = file
    return found


@dataclass(frozen=True)
class Home:
    """Where an object is found: a loaded module, its file, and the name of the object in it."""

    module: str
    file: str
    name: str

    @property
    def package(self) -> str:
        """The name of the package that the module belongs to."""
        return self.module.partition(".")[0]


def homes(theorem: Theorem) -> tuple[Home, ...] | None:
    """Return where the theorem is defined; of a composed one, where its base and its estimator are.

    None where one of them is at the top level of no module that has a file.
    """
    parts = (theorem,) if theorem.base is None else (theorem.base, theorem.estimator)
    found = [_home(part) for part in parts]
    return tuple(one for one in found if one is not None) if all(found) else None


def _home(part: Theorem | Estimator | None) -> Home | None:
    part = origin(part)
    for name, module in _candidates():
        for key, value in list(vars(module).items()):
            if value is part:
                return Home(name, str(module.__file__), key)
    return None


def _candidates() -> Iterator[tuple[str, ModuleType]]:
    """Yield the modules that may define theorems: the catalogue's first, those with few names
    next.
    """
    elsewhere = tuple(_folders("stdlib", "platstdlib"))
    ours = sorted(name for name in sys.modules if name.partition(".")[0] == CATALOGUE)
    others = [name for name in sys.modules if name.partition(".")[0] not in (*OURS, *_LIBRARIES)]
    for name in (*ours, *others):
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        if type(module) is ModuleType and isinstance(file, str) and not file.startswith(elsewhere):
            yield name, module


# What defines no theorem, and has many modules.
_LIBRARIES = ("sympy", "mpmath", "numpy", "scipy", "z3", "matplotlib", "rich", "typer", "click")


# -- what is stated -----------------------------------------------------------------------------


def stated(theorem: Theorem) -> str:
    """Return the hash of what the theorem states: method, assumptions, parameters, forms, errors.

    Raises whatever the theorem's own code raises.
    """
    parts: list[str] = []
    for entry in fields(Theorem):
        if entry.name in ("step", "base", "estimator", "example", "calls", "title", "note"):
            continue
        _tell(getattr(theorem, entry.name), parts)
    step = theorem.step
    _tell((step.f, step.measure.name, step.unroll, step.error, step.given), parts)
    _tell((step.remembers, theorem.calls), parts)
    for part in (theorem.base, theorem.estimator):
        _tell(None if part is None else part.name, parts)
    if theorem.base is not None:
        parts.append(stated(theorem.base))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _tell(value: Any, parts: list[str]) -> None:
    """Append a text that no other value has, as far as the value says anything."""
    if isinstance(value, sp.Basic):
        parts.append(_spelt(value))
    elif isinstance(value, Condition):
        parts.append(f"{'>' if value.strict else '>='} {value.meaning}")
        _tell((value.left, value.right), parts)
    elif isinstance(value, Mapping):
        _tell(tuple(value.items()), parts)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        parts.append(f"({len(value)}")
        for item in value:
            _tell(item, parts)
    elif isinstance(value, type):
        parts.append(f"{value.__module__}.{value.__qualname__}")
    elif is_dataclass(value):
        _tell(type(value), parts)
        _tell([(entry.name, getattr(value, entry.name)) for entry in fields(value)], parts)
    elif callable(value):
        parts.append(getattr(value, "__qualname__", type(value).__qualname__))
    elif value is None or isinstance(value, str | int | float):
        parts.append(f"{type(value).__name__} {value!r}")
    else:
        # The object of an author who has a class of his own: its text would have its address.
        _tell(type(value), parts)


def _spelt(expression: sp.Basic) -> str:
    """Return the expression from its leaves up: quicker than SymPy's printers, and as definite."""
    if isinstance(expression, sp.Symbol):
        return sp.srepr(expression)
    if not expression.args:
        return f"{type(expression).__name__} {expression}"
    inside = ",".join(map(_spelt, expression.args))
    return f"{type(expression).__name__}({inside})"
