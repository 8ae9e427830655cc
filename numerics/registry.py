"""Things of one kind by name: each adds itself where it is defined, and no list names them all."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from numerics.errors import InputError, unknown

T = TypeVar("T")
S = TypeVar("S")


class Registry(Generic[T]):
    """The things of a ``kind``, by name, in the order of names.

    The modules of ``package`` are imported when it is first asked, and the entry points of other
    packages in the group ``numerics.KIND``, such as ``numerics.compressor``.
    """

    def __init__(self, kind: str, package: str | None = None) -> None:
        self.kind, self._package = kind, package
        self._known: dict[str, Any] = {}

    def add(self, name: str) -> Callable[[S], S]:
        """Return a decorator that adds a class or a function under this name.

        Raises :class:`InputError` where the name is taken by another one.
        """

        def added(thing: S) -> S:
            if self._known.setdefault(name, thing) is not thing:
                raise InputError(f"two {self.kind}s are named {name!r}")
            return thing

        return added

    @cached_property
    def _all(self) -> dict[str, Any]:
        if self._package is not None:
            for module in pkgutil.iter_modules(import_module(self._package).__path__):
                import_module(f"{self._package}.{module.name}")
        for entry in entry_points(group=f"numerics.{self.kind.replace(' ', '_')}"):
            entry.load()
        return self._known

    def __getitem__(self, name: str) -> T:
        if name not in self._all:
            raise unknown(self.kind, name, self)
        found: T = self._all[name]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, name: object) -> bool:
        return name in self._all

    def items(self) -> list[tuple[str, T]]:
        """Return names and things."""
        return [(name, self[name]) for name in self]

    def values(self) -> list[T]:
        """Return the things."""
        return [self[name] for name in self]

    def options(self, name: str) -> dict[str, object]:
        """Return the options of one with their defaults, ``inspect.Parameter.empty`` for none.

        Raises :class:`InputError` for an unknown name.
        """
        parameters = inspect.signature(self[name]).parameters  # type: ignore[arg-type]
        return {option: parameter.default for option, parameter in parameters.items()}

    def make(self, name: str, **options: object) -> Any:
        """Return the one of that name with these options.

        Raises :class:`InputError`, with the nearest option, for one it does not have, and for one
        that is missing.
        """
        known = self.options(name)
        for option in options:
            if option not in known:
                raise unknown(f"option of {self.kind} {name}", option, known)
        for option, default in known.items():
            if default is inspect.Parameter.empty and option not in options:
                raise InputError(f"{self.kind} {name} needs {option}")
        return self[name](**options)  # type: ignore[operator]
