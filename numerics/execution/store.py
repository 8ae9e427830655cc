"""Finished units of work on disk, for a run that takes up where another was interrupted."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from numerics.backend import backend
from numerics.block import PointMoments
from numerics.errors import InputError
from numerics.execution.serialise import own_modules
from numerics.jobs import Job
from numerics.moments import Moments

_COLUMNS = ("count", "diverged", "mean", "deviations", "minimum", "maximum")


class Store:
    """A folder with a file for every unit of work that has ended, written at once or not at all.

    A unit is known by everything that its numbers depend on: the job, the code of the simulator,
    the version of the array library. The folder may serve any number of jobs.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Raise InputError for what is no folder, or one that cannot be made or written to."""
        name = os.fspath(folder) if isinstance(folder, os.PathLike) else folder
        if not isinstance(name, str) or not name or "\0" in name:
            raise InputError(f"resume is a folder to keep finished blocks in, not {folder!r}")
        self._folder = Path(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                pass
        except OSError as error:
            exists = isinstance(error, FileExistsError)
            reason = "it is a file, not a folder" if exists else error.strerror
            raise InputError(f"cannot keep finished blocks in {name!r}: {reason}") from None
        self._names: dict[int, tuple[Job, str]] = {}

    def load(self, job: Job, unit: int) -> PointMoments | None:
        """Return what the unit found; None where that is not known, or not readable."""
        try:
            # NumPy leaves a file open that turns out to be no archive.
            with open(self._file(job, unit), "rb") as file, np.load(file) as saved:
                columns = {name: saved[name] for name in _COLUMNS}
                points, watched = saved["points"], saved["watched"]
        except Exception:
            # There is no end to what a damaged archive can be taken for.
            return None
        return {
            int(point): Moments(
                **{name: column[at] for name, column in columns.items()},
                watched=None if np.isnan(watched[at]) else float(watched[at]),
            )
            for at, point in enumerate(points)
        }

    def save(self, job: Job, unit: int, found: PointMoments) -> None:
        """Keep what the unit found."""
        moments = found.values()
        columns = {name: np.stack([getattr(m, name) for m in moments]) for name in _COLUMNS}
        watched = [np.nan if m.watched is None else m.watched for m in moments]
        file = self._file(job, unit)
        arrays = {"points": np.array(list(found)), "watched": np.array(watched), **columns}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
                try:
                    np.savez(part, allow_pickle=False, **arrays)
                    part.close()
                    os.replace(part.name, file)
                except BaseException:
                    os.unlink(part.name)
                    raise
        except OSError as error:
            raise InputError(
                f"cannot keep a finished block in {str(self._folder)!r}: {error.strerror}"
            ) from None

    def _file(self, job: Job, unit: int) -> Path:
        # The job is kept beside its name, so that its id stays its own.
        if id(job) not in self._names:
            self._names[id(job)] = job, _fingerprint(job)
        return self._folder / self._names[id(job)][1] / f"{unit}.npz"


def _fingerprint(job: Job) -> str:
    """Return a name for everything that the numbers of the job depend on."""
    import joblib

    libraries = {backend(device).version for device in ("cpu", job.device)}
    digest = hashlib.sha256(f"{joblib.hash(job)} {' '.join(sorted(libraries))}".encode())
    for file in _sources(job):
        digest.update(_code(file))
    return digest.hexdigest()[:24]


@cache
def _code(file: Path) -> bytes:
    # What was loaded stays so for this process, and grids have many jobs.
    return hashlib.sha256(file.read_bytes()).digest()


def _sources(job: Job) -> Iterator[Path]:
    """Yield the code of the simulator, of the job's parts, and all that these may have imported."""
    yield from sorted(Path(__file__).parents[1].rglob("*.py"))
    files = {getattr(sys.modules.get(name), "__file__", None) for name in job.modules}
    files |= {module.__file__ for module in own_modules()}
    yield from sorted(Path(file) for file in files if file is not None and Path(file).is_file())
