"""Verification on a GPU, for which a stand-in is at hand."""

from __future__ import annotations

import json
import sys

import pytest

import boundcalc
from boundcalc.cli import main
from boundcalc.errors import UsageError
from tests.numerics.strict_device import strict_cupy

QUICK = ["--trials", "100", "--json"]


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy())


@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize("how", [["--iterations", "40"], ["--horizons", "10,40"]])
def test_the_verdict_tells_its_device(how: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    def answer(device: str) -> dict[str, object]:
        assert main(["verify", "--theorem", "sgd-pl", "--device", device, *how, *QUICK]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    here, there = answer("cpu"), answer("cuda")
    assert (here["device"], there["device"]) == ("cpu", "cuda")
    assert here["verdict"] == there["verdict"] == "holds"
    # Another stream of random numbers.
    rows = "horizons" if "--horizons" in how else "checkpoints"
    assert here[rows] != there[rows]


@pytest.mark.slow
@pytest.mark.usefixtures("cupy")
def test_every_method_of_the_catalogue_runs_there() -> None:
    for name, theorem in boundcalc.catalogue().items():
        found = theorem.verify(device="cuda", iterations=3, trials=20)
        assert found.verdict in ("holds", "inconclusive"), name


def test_a_device_that_is_not_there_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = boundcalc.theorem("sgd-pl")
    with pytest.raises(UsageError, match="unknown device 'gpu'; known: cpu, cuda"):
        theorem.verify(device="gpu")
    monkeypatch.setitem(sys.modules, "cupy", None)
    for verify in (theorem.verify, lambda **given: theorem.verify_horizons([10], **given)):
        with pytest.raises(UsageError, match="needs CuPy: pip install"):
            verify(device="cuda")
