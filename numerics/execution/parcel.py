"""Jobs as bytes that another process understands, and their work done there."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

from numerics.backend import single_threaded_blas
from numerics.block import Found, run_unit
from numerics.errors import InputError
from numerics.jobs import Job


def parcel(jobs: Sequence[Job]) -> bytes:
    """The jobs, with the classes of modules that are not installed taken along.

    Raises InputError for what cannot be sent to another process.
    """
    import cloudpickle

    own = own_modules()
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        packed: bytes = cloudpickle.dumps(tuple(jobs))
    except Exception as error:
        raise InputError(
            f"this simulation cannot be sent to another process ({error}); use --workers threads:N"
        ) from error
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)
    return packed


def run_parcel(packed: bytes, job: int, unit: int) -> Found:
    """What a unit of work of one of the jobs of a parcel found."""
    _settle()
    return run_unit(_opened(packed)[job], unit, lambda steps: None)


@lru_cache(maxsize=1)
def _settle() -> None:
    # For good: other threads of this process may be at work when this one ends.
    single_threaded_blas().__enter__()


@lru_cache(maxsize=1)
def _opened(packed: bytes) -> tuple[Job, ...]:
    import cloudpickle

    jobs: tuple[Job, ...] = cloudpickle.loads(packed)
    return jobs


def own_modules() -> list[ModuleType]:
    """The modules loaded here that another machine need not have."""
    places = tuple(f"{sysconfig.get_path(key)}{os.sep}" for key in ("purelib", "platlib", "stdlib"))
    loaded = list(sys.modules.items())
    return [module for name, module in loaded if not _elsewhere(name, module, places)]


def _elsewhere(name: str, module: ModuleType, places: tuple[str, ...]) -> bool:
    # What belongs to a script is always sent along, without being asked to.
    if name == "__main__" or name.partition(".")[0] == "numerics":
        return True
    file = getattr(module, "__file__", None)
    return file is None or file.startswith(places)
