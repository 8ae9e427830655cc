"""Pictures of verifications: complete files of the right kind, or none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import boundcalc
from boundcalc.errors import UnprovedWarning, UsageError
from boundcalc.export.plots import verification as module
from boundcalc.export.plots.figure import new_figure
from boundcalc.export.plots.verification import plot
from boundcalc.verify import Checkpoint, Verification

SIGNATURES = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.fixture(scope="module")
def found() -> Verification:
    return boundcalc.theorem("sgd-pl").verify(iterations=60, trials=100)


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_formats(suffix: str, found: Verification, tmp_path: Path) -> None:
    target = tmp_path / f"picture.{suffix}"
    target.write_text("old")
    plot(found, target)
    assert target.read_bytes().startswith(SIGNATURES[suffix])
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


def test_what_is_drawn(found: Verification) -> None:
    (axes,) = new_figure((8, 5), lambda figure: module.draw(figure, found)).axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_title().startswith("sgd-pl: the bound holds\nquadratic, d = 10")
    assert axes.get_xlabel() == "iterations $K$" and "f(x_K)" in axes.get_ylabel()
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "99% confidence band (all checkpoints together)",
        "mean of 100 trials",
        "bound",
        f"bound in the limit: {found.residual:.3g}",
    ]
    mean, bound, residual = axes.get_lines()
    shown = [c for c in found.checkpoints if c.k > 0]
    assert np.allclose(np.asarray(mean.get_ydata()), [c.mean for c in shown])
    assert np.allclose(np.asarray(bound.get_ydata()), [c.bound for c in shown])
    assert np.allclose(np.asarray(residual.get_ydata()), found.residual)


@pytest.mark.parametrize(
    ("mean", "lower", "upper"),
    [(np.inf, 1e140, np.inf), (0.0, 0.0, 0.0), (1e-200, 0.0, np.inf)],
    ids=["diverged", "zero", "tiny"],
)
def test_extreme_values(
    mean: float, lower: float, upper: float, found: Verification, tmp_path: Path
) -> None:
    points = (Checkpoint(0, 1.0, 1.0, 1.0, 1.0), Checkpoint(1, mean, lower, upper, 0.5))
    step = replace(found.theorem.step, error={})
    with pytest.warns(UnprovedWarning):
        strange = replace(
            found,
            theorem=replace(found.theorem, step=step),
            checkpoints=points,
            problem="costs $5 _ {",
        )
    plot(strange, tmp_path / "strange.png")
    (axes,) = new_figure((8, 5), lambda figure: module.draw(figure, strange)).axes
    low, high = axes.get_ylim()
    assert 0 < low < 0.5 < high < 1e6
    assert "(not proved)" in axes.get_title()


def test_a_label_that_cannot_be_drawn_is_put_in_words(found: Verification) -> None:
    step = found.theorem.step
    odd = replace(step, measure=replace(step.measure, latex=r"\unknown{x}"))
    with pytest.warns(UnprovedWarning):
        strange = replace(found, theorem=replace(found.theorem, step=odd))
    (axes,) = new_figure((8, 5), lambda figure: module.draw(figure, strange)).axes
    assert axes.get_ylabel() == step.measure.text


@pytest.mark.parametrize("name", ["picture", "picture.jpeg", "picture.png.txt"])
def test_other_suffixes_are_refused(name: str, found: Verification, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.png, \.pdf, \.svg"):
        plot(found, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_unwritable_places_are_refused(found: Verification, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder does not exist"):
        plot(found, tmp_path / "nowhere" / "picture.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UsageError, match="it is a folder"):
        plot(found, tmp_path / "folder.png")


def test_a_failure_leaves_nothing_behind(
    found: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "picture.png"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", full)
    with pytest.raises(UsageError, match="No space left"):
        plot(found, target)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["picture.png"]
