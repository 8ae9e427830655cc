"""What an audit finds is the answer of `verify`, and what it leaves out is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import boundcalc
from boundcalc import UsageError
from boundcalc.export.text.verification import audit_line
from boundcalc.verify.prepare import audited
from numerics import Exact, Finding, make_problem
from numerics.audit_result import not_audited
from tests.numerics import lies


def test_there_is_no_verdict_on_a_problem_that_lies() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    for problem, name in (
        (lies.quadratic([1.0] * 30 + [1.5], L=1.0), "smooth"),
        (lies.misled(lambda x, g: g / 2), "gradient"),
        (lies.lowered("quadratic", 0.1), "bounded below"),
        (lies.quadratic([0.05] + [1.0] * 30, mu=0.1), "PL"),
    ):
        with pytest.raises(UsageError, match=f"no verdict on sgd-pl: the assumption '{name}'"):
            theorem.verify(problem=problem, iterations=50, trials=50)


def test_every_constant_of_the_catalogue_is_audited() -> None:
    for name in ("sgdm-pl", "ssvr-majority", "delayed-dcgd-strongly-convex", "ef-signsgd"):
        found = boundcalc.theorem(name).verify(iterations=20, trials=20)
        assert all(f.audited for f in found.findings), name
        assert json.loads(json.dumps(found.to_json()))["audit"][0]["audited"] is True


def test_constants_that_nothing_looks_at_are_told() -> None:
    class Silent(Exact):
        def findings(self, problem, points, rng):  # type: ignore[no-untyped-def]
            return []

    theorem = boundcalc.theorem("sgd-pl")
    found = audited(theorem.declaration, make_problem("quadratic"), Silent(), 0, 50)
    unseen = [f for f in found if not f.audited]
    assert {f.assumption for f in unseen} == {"B", "C", "M", "sigma2"}
    assert all(f.constants == (f.assumption,) and f.ok for f in unseen)


def test_the_line_of_the_audit_names_both() -> None:
    findings = [Finding("smooth", "L", 0.5, True), not_audited("delays", "too long", ("tau",))]
    line = audit_line(findings)
    assert line == "smooth: all hold where the method goes; not audited: delays (too long)"
    assert "not audited" not in audit_line(findings[:1])


def test_a_long_delay_is_told_as_a_process(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "boundcalc", "verify", "--theorem", "delayed-dcgd-strongly-convex",
        "-p", "tau=5000", "--delays", "constant", "--iterations", "20", "--trials", "4", "--json",
    ]  # fmt: skip
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert answer.returncode in (0, 3), answer.stderr
    audit = {f["assumption"]: f for f in json.loads(answer.stdout)["audit"]}
    assert audit["delays"]["audited"] is False and "tau = 5000" in audit["delays"]["stated"]
    assert audit["tau"]["audited"] is False
