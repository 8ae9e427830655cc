"""The seal: boundcalc is what it was before an author's module was loaded.

A module is Python: it could replace a rule of the kernel, the check of a certificate, or what is
printed as trusted. Before one is run, note is taken of every function, class and constant of
boundcalc and the simulator (:func:`seal`); a proof asks whether they are still those.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any

from boundcalc.errors import ProofError

_PACKAGES = ("boundcalc", "numerics")
# What a proof is made of, and what is looked at first: all of it is loaded before it is noted.
_NEEDED = ("boundcalc.kernel", "boundcalc.model", "boundcalc.proofs", "boundcalc.bounds")

# Modules that get no new names later, which could stand before those of Python.
_CLOSED = ("boundcalc.kernel.", "numerics.traits:")

#: What the names begin with under which files with theorems are loaded.
FOREIGN = "boundcalc_module_"
# Of the libraries that decide, what a proof asks: their functions, and the methods of classes.
_LIBRARIES = (
    *("builtins", "sympy", "sympy.core.add", "sympy.core.basic", "sympy.core.expr"),
    *("sympy.core.function", "sympy.core.mul", "sympy.core.numbers", "sympy.core.power"),
    *("sympy.core.symbol", "sympy.core.sympify", "sympy.polys.polytools"),
    *("sympy.simplify.radsimp", "z3", "z3.z3"),
)

_noted: dict[str, tuple[Any, ...]] = {}
_modules: set[str] = set()


def seal() -> None:
    """Take note of all that is loaded of boundcalc; what was noted before stays as it was."""
    for name in _LIBRARIES:
        importlib.import_module(name)
    for name in _NEEDED:
        module = importlib.import_module(name)
        for child in pkgutil.iter_modules(getattr(module, "__path__", ())):
            importlib.import_module(f"{name}.{child.name}")
    for name, found in _loaded():
        # What is put later into a module that was noted before stays out.
        if _module(name) not in _modules:
            _noted.setdefault(name, found)
    _modules.update(_module(name) for name in _noted)


def require_unbroken() -> None:
    """Raise :class:`ProofError` that names what is no longer what was noted of it."""
    if not _noted:
        if any(name.startswith(FOREIGN) for name in sys.modules):
            raise ProofError(
                "what boundcalc was before the module was loaded is not known any more"
            )
        return
    now = dict(_loaded())
    for name, then in _noted.items():
        there = now.get(name)
        if there is None or not _same(then, there):
            raise ProofError(f"{name} is not what it was before the module was loaded")
    for name in now:
        # Elsewhere names may be looked up when they are first asked for.
        if name not in _noted and name.startswith(_CLOSED) and _module(name) in _modules:
            raise ProofError(f"{name} was not there before the module was loaded")


def _module(name: str) -> str:
    """Return the module in whose text the name stands."""
    return name.partition(":")[0]


def _same(then: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    return len(then) == len(now) and all(a is b for a, b in zip(then, now, strict=True))


def _loaded() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield what is loaded, by its full name: the objects that make it what it is."""
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in _PACKAGES and isinstance(module, ModuleType):
            for attribute, value in list(vars(module).items()):
                if _lasts(attribute, value):
                    yield f"{name}:{attribute}", (value, *_parts(value))
                if isinstance(value, type) and value.__module__ == name:
                    yield from _members(f"{name}:{attribute}", value)
    for name in _LIBRARIES:
        yield from _library(name, sys.modules.get(name))


def _library(name: str, module: ModuleType | None) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the functions of a library's module, and those of the classes that it defines."""
    for attribute, value in list(vars(module).items()) if module is not None else ():
        if isinstance(value, FunctionType | BuiltinFunctionType):
            yield f"{name}:{attribute}", (value, *_parts(value))
        if isinstance(value, type) and value.__module__ == name:
            for member, function in list(vars(value).items()):
                if isinstance(function, FunctionType):
                    yield f"{name}:{attribute}.{member}", (function, *_parts(function))


def _lasts(attribute: str, value: Any) -> bool:
    """Return whether it stays for good: modules and packages may be loaded later, caches change."""
    if attribute.startswith("__") or isinstance(value, ModuleType):
        return False
    return callable(value) or attribute.isupper() or is_dataclass(value)


def _members(name: str, kind: type) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for attribute, value in list(vars(kind).items()):
        if attribute in ("__dict__", "__weakref__", "__doc__") or attribute.startswith("_abc_"):
            continue
        yield f"{name}.{attribute}", (value, *_parts(value))
    yield f"{name}'s bases", (*kind.__mro__,)


def _parts(value: Any) -> tuple[Any, ...]:
    """Return what could be changed in an object that stays the same object."""
    function = getattr(value, "__func__", getattr(value, "fget", value))
    function = getattr(function, "__wrapped__", function)
    if isinstance(function, FunctionType):
        defaults = function.__defaults__ or ()
        keywords = (function.__kwdefaults__ or {}).values()
        return (function.__code__, *defaults, *keywords)
    if isinstance(value, dict | MappingProxyType | Mapping):
        return tuple(part for item in value.items() for part in item)
    if isinstance(value, list):
        return tuple(value)
    if is_dataclass(value) and not isinstance(value, type) and hasattr(value, "__dict__"):
        names = [entry.name for entry in fields(value)]
        extra = [key for key in vars(value) if key not in names]
        return (*(getattr(value, name) for name in names), *extra)
    return ()
