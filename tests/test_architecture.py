"""The floor plan: imports of every kind go one way, and the rooms are few."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("boundcalc", "numerics", "theorems")
MOST_ROOMS = 16


def modules() -> dict[str, Path]:
    """Every module of the project by its full name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a source imports anywhere: in functions, and for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, f"{path}: a relative import"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                if inside in known or node.module in known:
                    yield inside if inside in known else node.module


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules each of which reaches all others of its group."""
    reached: dict[str, set[str]] = {}
    for module in graph:
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            for following in graph[waiting.pop()] - seen:
                seen.add(following)
                waiting.append(following)
        reached[module] = seen
    groups = {
        tuple(sorted(one for one in reached[module] if module in reached[one]))
        for module in graph
        if module in reached[module]
    }
    return [list(group) for group in sorted(groups)]


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    known = modules()
    return {name: {*imported(path, known)} - {name} for name, path in known.items()}


def test_there_is_no_circle_of_imports(graph: dict[str, set[str]]) -> None:
    assert circles(graph) == []


def test_a_circle_would_be_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c"]]


def test_the_facade_is_for_users_alone(graph: dict[str, set[str]]) -> None:
    users = {name for name, found in graph.items() if "boundcalc.facade" in found}
    assert users == set()


def test_the_rooms_are_few() -> None:
    rooms = {name.split(".")[1] for name in modules() if name.startswith("boundcalc.")}
    assert len(rooms) <= MOST_ROOMS, sorted(rooms)
