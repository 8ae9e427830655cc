"""Finding theorems: the catalogue, third-party packages, and single files.

A package offers theorems by an entry point in the group ``boundcalc.theorems`` that names a module
or a package; every :class:`Theorem` found at the top level of it, or of its modules, is offered.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from boundcalc.errors import UsageError, nearest
from boundcalc.estimator import EXACT, Estimator
from boundcalc.model import Theorem

__all__ = ["catalogue", "estimator", "estimators", "load_file", "named", "theorem"]

GROUP = "boundcalc.theorems"


@cache
def catalogue() -> Mapping[str, Theorem]:
    """Every theorem that the installed packages offer, by name, in the order of modules.

    Raises :class:`UsageError` where a package cannot be imported or two theorems share a name.
    """
    found: dict[str, Theorem] = {}
    for entry in _entries():
        for module in _modules(entry):
            _add(found, module, entry.value)
    return found


def _entries() -> list[EntryPoint]:
    return sorted(set(entry_points(group=GROUP)), key=lambda e: (e.name, e.value))


@cache
def estimators() -> Mapping[str, Estimator]:
    """Every gradient estimator that the installed packages offer, by name.

    Raises :class:`UsageError` where two share a name.
    """
    found: dict[str, Estimator] = {}
    for entry in _entries():
        for module in _modules(entry):
            for value in vars(module).values():
                if (
                    isinstance(value, Estimator)
                    and found.setdefault(value.name, value) is not value
                ):
                    raise UsageError(f"two estimators are named {value.name!r}")
    return found


def estimator(name: str, others: Iterable[str] = ()) -> Estimator:
    """The estimator of that name.

    Raises :class:`UsageError` with the nearest names, those of ``others`` among them.
    """
    known = estimators()
    if not isinstance(name, str):
        raise UsageError(f"an estimator is named by a text, not by {name!r}")
    if name not in known:
        every = sorted({EXACT, *known, *others})
        raise UsageError(
            f"unknown estimator {name!r}{nearest(name, every)}; there are {', '.join(every)}"
        )
    return known[name]


def theorem(name: str) -> Theorem:
    """The theorem of that name.

    Raises :class:`UsageError`, with the nearest names, for one that does not exist.
    """
    return named(name, catalogue())


def named(name: str, known: Mapping[str, Theorem]) -> Theorem:
    """The theorem of that name, or with that alias; ``THEOREM+ESTIMATOR`` composes the two.

    Raises :class:`UsageError` with the nearest names.
    """
    from boundcalc.composition import compose

    if not isinstance(name, str):
        raise UsageError(f"a theorem is named by a text, not by {name!r}")
    aliases = {alias: one for one in known.values() for alias in one.aliases}
    every = {**aliases, **known}
    if name in every:
        return every[name]
    base, plus, other = name.partition("+")
    if plus and base in every:
        return compose(every[base], estimator(other))
    raise UsageError(
        f"unknown theorem {name!r}{nearest(name, every)}; `boundcalc list` shows them all"
    )


def load_file(path: str) -> Mapping[str, Theorem]:
    """The theorems that a Python file defines, by name.

    The file is run. Raises :class:`UsageError` where it cannot be read or run, or has no theorem.
    """
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"cannot read module {path!r}: no such file")
    name = f"boundcalc_module_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"module {path!r} is not a Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = _line_in(error, str(file))
        raise UsageError(
            f"module {path!r}{line} cannot be run: {type(error).__name__}: {error}"
        ) from error
    found: dict[str, Theorem] = {}
    _add(found, module, path)
    own = {key: value for key, value in found.items() if catalogue().get(key) is not value}
    if not own:
        raise UsageError(f"module {path!r} defines no theorem (an object of class Theorem)")
    return own


def _modules(entry: EntryPoint) -> Iterator[ModuleType]:
    try:
        module = importlib.import_module(entry.value)
        yield module
        for child in sorted(m.name for m in pkgutil.iter_modules(getattr(module, "__path__", ()))):
            yield importlib.import_module(f"{entry.value}.{child}")
    except ImportError as error:
        raise UsageError(f"theorems of {entry.value!r} cannot be imported: {error}") from error


def _add(found: dict[str, Theorem], module: ModuleType, origin: str) -> None:
    for value in vars(module).values():
        if not isinstance(value, Theorem):
            continue
        if found.setdefault(value.name, value) is not value:
            raise UsageError(f"two theorems are named {value.name!r}, one of them in {origin}")


def _line_in(error: BaseException, file: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == file and error.lineno:
        return f", line {error.lineno}"
    line, step = "", error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = f", line {step.tb_lineno}"
        step = step.tb_next
    return line
