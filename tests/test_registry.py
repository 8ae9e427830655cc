"""Finding theorems: the catalogue, and files of one's own."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

import boundcalc
from boundcalc import UsageError

OWN = """
from dataclasses import replace
from boundcalc import theorem
mine = replace(theorem("sgd-pl"), name="mine")
"""


def test_the_catalogue_offers_the_four_theorems() -> None:
    assert {"sgd-nonconvex", "sgd-pl", "sgdm-nonconvex", "sgdm-pl"} <= set(boundcalc.catalogue())


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'sgdm-pl'"):
        boundcalc.theorem("sgdm_pl")


def test_theorems_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN)
    found = boundcalc.load_file(str(file))
    assert list(found) == ["mine"]
    assert found["mine"].prove().proved


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1", "defines no theorem"),
        ("import nowhere_at_all", "line 1 cannot be run: ModuleNotFoundError"),
        ("x = 1\n1/0", "line 2 cannot be run: ZeroDivisionError"),
        ("def (", "line 1 cannot be run: SyntaxError"),
        ("raise SystemExit(7)", "cannot be run: SystemExit"),
        ("from boundcalc import theorem\nt = theorem('sgd-pl')", "defines no theorem"),
    ],
)
def test_files_that_are_no_module_of_theorems(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "bad.py"
    file.write_text(content)
    with pytest.raises(UsageError, match=message):
        boundcalc.load_file(str(file))


def test_files_of_one_name_keep_their_classes_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    methods = []
    for folder in ("one", "two"):
        file = tmp_path / folder / "own.py"
        file.parent.mkdir()
        file.write_text(OWN + "class Method: ...\nmine = replace(mine, algorithm=Method())")
        methods.append(boundcalc.load_file(str(file))["mine"].algorithm)
    for method in methods:
        assert type(pickle.loads(pickle.dumps(method))) is type(method)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        boundcalc.load_file(str(tmp_path / "none.py"))


def test_importing_the_package_is_cheap_and_theorem_stays_a_function() -> None:
    import boundcalc.model.theorem

    assert callable(boundcalc.theorem)
    assert boundcalc.model.theorem.Theorem is boundcalc.Theorem
    with pytest.raises(AttributeError):
        _ = boundcalc.nothing  # type: ignore[attr-defined]
