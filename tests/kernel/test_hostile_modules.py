"""Modules that say one thing and let the kernel see another: each is refused, with a reason.

The files of ``hostile/`` hold false theorems (or true ones whose printed statement is another), and
say in their first lines what the lie is. Each is read and proved in a process of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kernel.hostile_verdicts import verdicts

FILES = Path(__file__).parent / "hostile"
SHARED = {"common", "attack"}
LIES = sorted(file.stem for file in FILES.glob("*.py") if file.stem not in SHARED)


@pytest.mark.parametrize("name", LIES)
def test_a_false_theorem_is_refused(name: str) -> None:
    found = verdicts(FILES / f"{name}.py")
    assert found
    for status, reason in found.values():
        assert status in ("failed", "refused"), found
        assert reason
