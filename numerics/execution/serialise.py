"""Jobs as bytes that another process understands, and their work done there."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections import ChainMap
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from io import BytesIO
from types import ModuleType
from typing import Any, ClassVar

from numerics.backend import single_threaded_blas
from numerics.block import PointMoments, run_unit
from numerics.errors import InputError
from numerics.jobs import Job

# Of this project, installed by its folder or not.
_DISTRIBUTION = ("boundcalc", "numerics", "theorems")
# Where pip, Debian, users and clusters install, whatever the prefix.
_SITE = re.compile(r"[\\/](site|dist)-packages[\\/]")


def parcel(jobs: Sequence[Job]) -> bytes:
    """Return the jobs, with the classes of modules that are not installed taken along.

    Raises InputError for what cannot be sent to another process.
    """
    import cloudpickle

    own = own_modules()
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        packed = _pickled(tuple(jobs))
    except Exception as error:
        raise InputError(
            f"this simulation cannot be sent to another process ({error}); use --workers threads:N"
        ) from error
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
    return packed


def _pickled(what: object) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        dispatch_table: ClassVar[Any] = ChainMap(
            {cached_property: _reduced}, cloudpickle.Pickler.dispatch_table
        )

    file = BytesIO()
    Pickler(file).dump(what)
    return file.getvalue()


def _reduced(one: cached_property[Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    # Before Python 3.12 it has a lock, which cannot be sent.
    return _restored, (one.func, one.attrname)


def _restored(function: Callable[[Any], Any], name: str) -> cached_property[Any]:
    one = cached_property(function)
    one.__set_name__(object, name)
    return one


def run_parcel(packed: bytes, job: int, unit: int) -> PointMoments:
    """Return what a unit of work of one of the jobs of a parcel found.

    Raises InputError where a package is missing here.
    """
    _settle()
    return run_unit(_opened(packed)[job], unit, lambda steps: None)


@lru_cache(maxsize=1)
def _settle() -> None:
    # For good: other threads of this process may be at work when this one ends.
    single_threaded_blas().__enter__()


@lru_cache(maxsize=1)
def _opened(packed: bytes) -> tuple[Job, ...]:
    import cloudpickle

    try:
        jobs: tuple[Job, ...] = cloudpickle.loads(packed)
    except ImportError as error:
        raise InputError(
            f"a worker cannot read the simulation: {error}; packages that your modules import are"
            " to be installed there, too"
        ) from None
    return jobs


def own_modules() -> list[ModuleType]:
    """Return the modules loaded here, a script among them, that are installed nowhere.

    What is installed here is at every place of work: processes share it, a cluster is to have it.
    """
    return [
        module
        for name, module in list(sys.modules.items())
        if not _installed(getattr(module, "__file__", None)) and _own(name, module)
    ]


@cache
def _installed(file: str | None) -> bool:
    """Return whether there is nothing of its own in the file of a module."""
    return file is None or file.startswith(_places()) or _SITE.search(file) is not None


@cache
def _places() -> tuple[str, ...]:
    keys = ("stdlib", "purelib", "platlib", "scripts")
    return tuple(f"{sysconfig.get_path(key)}{os.sep}" for key in keys)


def _own(name: str, module: ModuleType) -> bool:
    # A script runs under the name __main__, a module run as one too; further names are aliases.
    spec = getattr(module, "__spec__", None)
    root = (name if spec is None else spec.name).partition(".")[0]
    return module.__name__ == name and root not in _DISTRIBUTION
