"""Finding theorems: the catalogue, third-party packages, and single files.

A package offers theorems by an entry point in the group ``boundcalc.theorems`` that names a module
or a package; every :class:`Theorem` with a public name at the top level of it, or of a module in
it, is offered. Who asks for one by name pays for that one: only those modules are imported first
whose source has the name in quotes, and all of them where that does not find it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from boundcalc.errors import UsageError, nearest
from boundcalc.kernel.seal import FOREIGN, seal
from boundcalc.model import snapshot
from boundcalc.model.snapshot import as_read
from boundcalc.model.theorem import Theorem

if TYPE_CHECKING:
    from boundcalc.model.estimator import Estimator

GROUP = "boundcalc.theorems"
#: The package of the catalogue itself.
OURS = "theorems"

_NONE: Mapping[str, Theorem] = MappingProxyType({})


@cache
def catalogue() -> Mapping[str, Theorem]:
    """Return every theorem that the installed packages offer, by name, in the order of modules.

    Raises :class:`UsageError` where a package cannot be imported or two theorems share a name.
    """
    return _offered(Theorem, "theorems")


@cache
def estimators() -> Mapping[str, Estimator]:
    """Return every gradient estimator that the installed packages offer, by name.

    Raises :class:`UsageError` where two share a name.
    """
    from boundcalc.model.estimator import Estimator

    return _offered(Estimator, "estimators")


@cache
def _theorems_quoting(name: str) -> Mapping[str, Theorem]:
    """Return the theorems of the modules whose source has the name in quotes."""
    return _offered(Theorem, "theorems", name)


def estimator(name: str, others: Iterable[str] = ()) -> Estimator:
    """Return the estimator of that name.

    Raises :class:`UsageError` with the nearest names, those of ``others`` among them.
    """
    from boundcalc.model.estimator import EXACT, Estimator

    if not isinstance(name, str):
        raise UsageError(f"an estimator is named by a text, not by {name!r}")
    found: Mapping[str, Estimator] = _offered(Estimator, "estimators", name)
    if name in found:
        return found[name]
    known = estimators()
    if name not in known:
        every = sorted({EXACT, *known, *others})
        raise UsageError(
            f"unknown estimator {name!r}{nearest(name, every)}; there are {', '.join(every)}"
        )
    return known[name]


def theorem(name: str) -> Theorem:
    """Return the theorem of that name.

    Raises :class:`UsageError`, with the nearest names, for one that does not exist.
    """
    return named(name)


def named(name: str, own: Mapping[str, Theorem] = _NONE) -> Theorem:
    """Return the theorem of that name, or with that alias; ``THEOREM+ESTIMATOR`` composes the two.

    It is looked for in the catalogue and among the user's ``own``, which go before. Raises
    :class:`UsageError` with the nearest names.
    """
    if not isinstance(name, str):
        raise UsageError(f"a theorem is named by a text, not by {name!r}")
    found = _find(name, own)
    if found is not None:
        return found
    base, plus, other = name.partition("+")
    found = _find(base, own) if plus else None
    if found is not None:
        from boundcalc.model.compose import compose

        return compose(found, estimator(other))
    every = _with_aliases({**catalogue(), **own})
    raise UsageError(
        f"unknown theorem {name!r}{nearest(name, every)}; `boundcalc list` shows them all"
    )


def _find(name: str, own: Mapping[str, Theorem]) -> Theorem | None:
    found = _with_aliases({**_theorems_quoting(name), **own}).get(name)
    return found or _with_aliases({**catalogue(), **own}).get(name)


def _with_aliases(known: Mapping[str, Theorem]) -> Mapping[str, Theorem]:
    """By name, or by an alias that is no name."""
    return {**{alias: one for one in known.values() for alias in one.aliases}, **known}


def load_file(path: str) -> Mapping[str, Theorem]:
    """Return the theorems that a Python file defines, by name.

    The file is run, and may import what lies beside it: its folder comes last on ``sys.path``, so
    that no neighbour takes the place of an installed module. Raises :class:`UsageError` where it
    cannot be read or run, or has no theorem.
    """
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"cannot read module {path!r}: no such file")
    file = file.resolve()
    name = _module_name(file)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"module {path!r} is not a Python file (.py)")
    seal()
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = _line_in(error, str(file))
        raise UsageError(
            f"module {path!r}{line} cannot be run: {type(error).__name__}: {error}"
        ) from error
    _forget()
    found: dict[str, Theorem] = {}
    _add(found, vars(module), path)
    known = catalogue()
    own = {key: as_read(value) for key, value in found.items() if known.get(key) is not value}
    if not own:
        raise UsageError(f"module {path!r} defines no theorem (an object of class Theorem)")
    return own


def _forget() -> None:
    """Forget what is worked out once: a module that was run may have put its own there."""
    from boundcalc.kernel import lemmas, signs

    snapshot.forget()
    lemmas.forget()
    signs.forget()


def _module_name(file: Path) -> str:
    """Return a name that no other file has: by it a class is found again, where it is sent to a
    worker.
    """
    name = f"{FOREIGN}{file.stem}"
    while getattr(sys.modules.get(name), "__file__", str(file)) != str(file):
        name += "_"
    return name


def _offered(kind: type[Any], words: str, quoting: str | None = None) -> dict[str, Any]:
    """Return what the packages offer of a kind, by name; with ``quoting``, of the modules that
    quote it.

    Raises :class:`UsageError` where a package cannot be imported or two share a name.
    """
    found: dict[str, Any] = {}
    entries = sorted(set(entry_points(group=GROUP)), key=lambda e: (e.name, e.value))
    if any(entry.value.partition(".")[0] != OURS for entry in entries):
        seal()
    for entry in entries:
        for module in _modules(entry, quoting):
            public = {key: value for key, value in vars(module).items() if key[0] != "_"}
            _add(found, public, entry.value, kind, words)
    return found


def _modules(entry: EntryPoint, quoting: str | None) -> Iterator[ModuleType]:
    """Yield the module of the entry point and all in it, or those of them that quote a name."""
    try:
        for name in _names(entry.value):
            if quoting is None or _quotes(name, quoting):
                yield importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"theorems of {entry.value!r} cannot be imported: {error}") from error


def _names(module: str) -> Iterator[str]:
    """Yield the name of the module and, of a package, those of the modules in it."""
    yield module
    spec = importlib.util.find_spec(module)
    for child in sorted(m.name for m in pkgutil.iter_modules(_places(spec))):
        yield from _names(f"{module}.{child}")


def _places(spec: ModuleSpec | None) -> Iterable[str]:
    return (spec and spec.submodule_search_locations) or ()


def _quotes(module: str, name: str) -> bool:
    """Return whether the source of the module has the name in quotes."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return False
    source = Path(spec.origin).read_bytes()
    return any(one in source for one in (f'"{name}"'.encode(), f"'{name}'".encode()))


def _add(
    found: dict[str, Any],
    defined: Mapping[str, Any],
    origin: str,
    kind: type[Any] = Theorem,
    words: str = "theorems",
) -> None:
    for value in defined.values():
        if isinstance(value, kind) and found.setdefault(value.name, value) is not value:
            raise UsageError(f"two {words} are named {value.name!r}, one of them in {origin}")


def _line_in(error: BaseException, file: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == file and error.lineno:
        return f", line {error.lineno}"
    line, step = "", error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = f", line {step.tb_lineno}"
        step = step.tb_next
    return line
