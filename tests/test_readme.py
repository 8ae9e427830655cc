"""Every command of the README runs, and prints what the README says it prints."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"<!-- run -->\n```(console|python)\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")
SECONDS = re.compile(r"\s*\d+\.\d+ s\b")


def run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    answer = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env=environment,
    )  # fmt: skip
    return answer.stdout + answer.stderr


def assert_same(shown: str, printed: str, what: str) -> None:
    """Words must agree; times are left out, and numbers may differ by what machines differ in."""
    shown, printed = (SECONDS.sub(" TIME", text) for text in (shown, printed))
    words = [" ".join(NUMBER.sub("#", text).split()) for text in (shown, printed)]
    assert words[0] == words[1], what
    for one, other in zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True):
        assert math.isclose(float(one), float(other), rel_tol=5e-3, abs_tol=1e-9), what


BLOCKS = BLOCK.findall(README.read_text(encoding="utf-8"))
COMMANDS = [content.partition("\n") for language, content in BLOCKS if language == "console"]


def test_every_python_block_runs(tmp_path: Path) -> None:
    script = tmp_path / "readme.py"
    script.write_text("".join(content for language, content in BLOCKS if language == "python"))
    printed = run([sys.executable, script.name], tmp_path)
    assert "Traceback" not in printed, printed


def commands() -> Iterator[Any]:
    """Command and output; what compiles every proof is run in every check, but not here."""
    for command, _, shown in COMMANDS:
        marks = pytest.mark.slow if "latex --all" in command else ()
        yield pytest.param(command, shown, marks=marks)


@pytest.mark.parametrize("command, shown", list(commands()))
def test_every_command_prints_what_it_says(command: str, shown: str, tmp_path: Path) -> None:
    assert command.startswith("$ ")
    if "--data" in command:
        # Its file is what the block of Python that names it writes.
        file = command.split("--data ")[1].split(maxsplit=1)[0]
        named = (code for language, code in BLOCKS if language == "python" and file in code)
        run([sys.executable, "-c", next(named)], tmp_path)
    printed = run(["bash", "-c", command.removeprefix("$ ")], tmp_path)
    assert_same(shown, printed, f"{command}\n{printed}")


def test_every_command_of_the_program_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(COMMANDS) > 10
    commands = "list show stepsize bound prove verify latex complexity compare rates"
    for command in commands.split():
        assert f"boundcalc {command}" in text
    assert text.index("make demo") < text.index("make test") < text.index("boundcalc stepsize")
