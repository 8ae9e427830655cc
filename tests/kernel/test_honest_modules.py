"""Modules of honest authors, in ordinary Python: what is true and well proved stays proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.hostile_verdicts import verdicts

FILES = sorted((Path(__file__).parent / "honest").glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_true_theorem_is_proved(file: Path) -> None:
    found = verdicts(file)
    assert found
    assert {name: reason for name, (status, reason) in found.items() if status != "proved"} == {}
