"""Refusing what cannot fit before it is allocated."""

from __future__ import annotations

import os
from pathlib import Path

from numerics.errors import InputError

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB", "EB")


def readable(size: float) -> str:
    """``size`` bytes as a person would write it."""
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            return f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError("unreachable")


def available_memory() -> int:
    """Bytes that can still be allocated: what the system calls available, within the cgroup."""
    limits = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                limits.append(int(line.split()[1]) * 1024)
    except OSError:
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ):
        try:
            limits.append(int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):
            continue
    return max(0, min(limits, default=1 << 34))


def require_memory(size: float, what: str, free: int | None = None) -> None:
    """Raise InputError, with both numbers, when ``size`` bytes for ``what`` are not available.

    ``free`` are the bytes that are, by default of this machine's memory.
    """
    if free is None:
        free = available_memory()
    if size > free:
        raise InputError(
            f"{what} needs about {readable(size)} of memory, {readable(free)} is available;"
            " choose a smaller size"
        )
