"""Derived properties of a declaration, worked out once and kept outside of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload
from weakref import WeakKeyDictionary

T = TypeVar("T")

# What was read once, in place of what an author still has a hold of.
_settled: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_caches: list[WeakKeyDictionary[Any, Any]] = []
_kept: list[Any] = []

F = TypeVar("F")


def forgettable(function: F) -> F:
    """Let :func:`forget` clear the cache of a function that ``lru_cache`` made."""
    _kept.append(function)
    return function


def forget() -> None:
    """Forget all that was worked out, and what stands for what."""
    _settled.clear()
    for known in _caches:
        known.clear()
    for function in _kept:
        function.cache_clear()


def stands_for(owner: object, settled: object) -> None:
    """Let what follows from an object be, from now on, what follows from the other one."""
    _settled[owner] = settled


class derived(Generic[T]):
    """A property that is worked out once for an object.

    It is not kept in the object: what stands in an object's own dictionary can be put there by
    anybody.
    """

    def __init__(self, found: Callable[[Any], T]) -> None:
        self._found = found
        self._known: WeakKeyDictionary[Any, T] = WeakKeyDictionary()
        _caches.append(self._known)
        self.__doc__ = found.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> derived[T]: ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> derived[T] | T:
        if owner is None:
            return self
        source = _settled.get(owner, owner)
        if source not in self._known:
            self._known[source] = self._found(source)
        return self._known[source]

    def __set__(self, owner: object, value: object) -> None:
        raise AttributeError("what follows from a declaration cannot be set")
