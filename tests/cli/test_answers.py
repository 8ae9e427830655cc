"""What the commands answer: text for people, JSON for programs, exit status for both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ISSUE = [
    "-p", "L=1", "-p", "gamma=1/5", "-p", "beta=1/2", "-p", "B=0.1", "-p", "C=0.1",
    "-p", "M=0", "-p", "sigma2=0", "-p", "Delta=1", "-p", "E0=0",
]  # fmt: skip
CONSTANTS = [
    "-p", "L=1", "-p", "mu=1/10", "-p", "beta=1/2", "-p", "B=0", "-p", "C=0.001",
    "-p", "M=0.1", "-p", "sigma2=0.01", "-p", "Delta=1",
]  # fmt: skip


def test_list(run: Run) -> None:
    text, data = run("list"), run("list", "--json")
    assert text.returncode == data.returncode == 0
    rows = json.loads(data.stdout)
    assert {"name", "title", "family", "metric", "rate"} == set(rows[0])
    for row in rows:
        assert row["name"] in text.stdout


def test_show(run: Run) -> None:
    answer = run("show", "sgdm-pl")
    assert answer.returncode == 0
    for expected in (
        "arXiv:2403.00853",
        "Polyak-Lojasiewicz constant",
        "rho <= gamma*mu*(1 - 4*B)",
    ):
        assert expected in answer.stdout
    data = json.loads(run("show", "sgdm-pl", "--json").stdout)
    assert {p["name"] for p in data["parameters"]} >= {"L", "mu", "gamma", "beta", "theta"}


def test_bound_of_the_known_instance(run: Run) -> None:
    answer = run("bound", "--theorem", "sgdm-nonconvex", *ISSUE, "--at", "10", "--json")
    assert answer.returncode == 0
    data = json.loads(answer.stdout)
    assert 0.767 <= data["value"] <= 1.17
    assert sum(data["terms"].values()) == pytest.approx(data["value"])
    assert (data["theorem"], data["K"]) == ("sgdm-nonconvex", 10)
    assert set(data["proof_parameters"]) == {"theta", "p"}


def test_bound_at_several_counts(run: Run) -> None:
    answer = run("bound", "--theorem", "sgdm-nonconvex", *ISSUE, "--at", "10,1e3,inf", "--json")
    data = json.loads(answer.stdout)
    assert data["K"] == [10, 1000, "inf"]
    assert data["value"] == sorted(data["value"], reverse=True)
    assert isinstance(data["proof_parameters"], list)
    assert data["terms"]["initialisation"][2] == 0
    text = run("bound", "--theorem", "sgdm-nonconvex", *ISSUE, "--at", "10,1e3,inf").stdout
    assert "initialisation" in text and "1000" in text


def test_stepsize_in_symbols(run: Run) -> None:
    answer = run("stepsize", "--theorem", "sgdm-nonconvex")
    assert answer.returncode == 0
    assert "gamma <= 2/(L*(1 + sqrt(1 + 4*q)))" in answer.stdout
    assert "q = (1 - beta)*(1 - beta*theta)/(beta**2*theta*(1 - theta))" in answer.stdout
    assert "sharp form" in answer.stdout
    data = json.loads(run("stepsize", "--theorem", "sgdm-pl", "--json").stdout)
    assert isinstance(data["gamma_max"], str) and data["bound"] is None
    assert {
        "theorem", "gamma", "gamma_max", "attained", "gamma_max_sharp", "conditions",
        "closed_form", "latex", "proof_parameters", "iterations", "bound",
    } <= set(data)  # fmt: skip


def test_stepsize_with_numbers(run: Run) -> None:
    data = json.loads(run("stepsize", "--theorem", "sgdm-pl", *CONSTANTS, "--json").stdout)
    assert data["attained"] is True
    assert 0 < data["gamma"] <= data["gamma_max"] <= data["gamma_max_sharp"]
    assert data["bound"]["K"] == "inf"
    assert data["pytorch"]["lr"] == pytest.approx(data["gamma"] / 2)
    text = run("stepsize", "--theorem", "sgdm-pl", *CONSTANTS).stdout
    assert "dampening=0" in text and "as K -> infinity" in text


def test_horizon_and_target_agree_with_bound(run: Run) -> None:
    horizon = json.loads(
        run("stepsize", "--theorem", "sgdm-pl", *CONSTANTS, "--horizon", "500", "--json").stdout
    )
    # The start of the line for PyTorch: an average of 0.
    (start,) = horizon["pytorch_start"]["constants"]
    again = run(
        "bound", "--theorem", "sgdm-pl", *CONSTANTS, "-p", f"gamma={horizon['gamma']}",
        "-p", f"E0={start['value']}", "--at", "500", "--json",
    )  # fmt: skip
    assert json.loads(again.stdout)["value"] == pytest.approx(horizon["bound"]["value"], rel=1e-9)
    target = json.loads(
        run(
            "stepsize", "--theorem", "sgdm-pl", *CONSTANTS,
            "--target", str(horizon["bound"]["value"]), "--json",
        ).stdout
    )  # fmt: skip
    assert target["iterations"] <= 500
    assert target["bound"]["value"] <= horizon["bound"]["value"]


def test_a_target_met_at_the_start_needs_no_particular_step(run: Run) -> None:
    answer = run("stepsize", "--theorem", "sgdm-pl", *CONSTANTS, "--target", "1e6").stdout
    assert "for K = 0, where any admissible step does" in answer


def test_unreachable_target_is_a_no(run: Run) -> None:
    answer = run("stepsize", "--theorem", "sgdm-pl", *CONSTANTS, "--target", "1e-6")
    assert answer.returncode == 1
    assert "smallest value in reach" in answer.stderr
    assert answer.stdout == ""


def test_exact_estimator_needs_no_noise_constants(run: Run) -> None:
    answer = run(
        "bound", "--theorem", "sgd-pl", "--estimator", "exact", "-p", "L=1", "-p", "mu=1",
        "-p", "gamma=1", "-p", "p=1", "-p", "Delta=2", "--at", "0,1", "--json",
    )  # fmt: skip
    assert json.loads(answer.stdout)["value"] == pytest.approx([2, 0], abs=1e-12)


def test_prove_all(run: Run) -> None:
    answer = run("prove", "--all")
    assert answer.returncode == 0
    assert "FAILED" not in answer.stdout
    for kind in ("witness", "certificate", "sign", "unroll", "start", "instantiate"):
        assert kind in answer.stdout
    assert "tower rule" in answer.stdout


def test_prove_json_and_certificate(run: Run, tmp_path: Path) -> None:
    answer = run("prove", "sgd-pl", "--json", "--certificate", "proof.json")
    [proof] = json.loads(answer.stdout)
    assert {"theorem", "status", "steps", "axioms", "seconds"} <= set(proof)
    assert proof["status"] == "proved"
    assert json.loads((tmp_path / "proof.json").read_text())


FALSE = """
from dataclasses import replace
from boundcalc import theorem

true = theorem("sgd-nonconvex")
step = replace(true.step, error={"bias": 0 * true.step.error["bias"],
                                 "noise": true.step.error["noise"] / 50})
false = replace(true, name="too-good", title="SGD with a bound that is too good", step=step)
"""


def test_a_false_theorem_fails_and_is_violated(run: Run, tmp_path: Path) -> None:
    (tmp_path / "false.py").write_text(FALSE)
    proof = run("prove", "too-good", "--module", "false.py")
    assert proof.returncode == 1
    assert "FAILED" in proof.stdout
    verdict = run("verify", "--theorem", "too-good", "--module", "false.py", "--json")
    assert verdict.returncode == 1
    assert json.loads(verdict.stdout)["verdict"] == "violated"


def test_a_ladder_of_horizons(run: Run, tmp_path: Path) -> None:
    options = ["--theorem", "ssvr", "--horizons", "20:80:3", "--trials", "30"]
    answer = run("verify", *options, "--plot", "ladder.png", "--json")
    assert answer.returncode == 0
    found = json.loads(answer.stdout)
    assert [rung["horizon"] for rung in found["horizons"]] == [20, 40, 80]
    assert {"gamma", "beta"} == set(found["horizons"][0]["parameters"])
    assert found["verdict"] == "holds" and found["rate"] == "power"
    assert found["predicted"] == -1 / 3
    assert found["fit"]["lower"] < found["fit"]["exponent"] < found["fit"]["upper"]
    assert (tmp_path / "ladder.png").read_bytes().startswith(b"\x89PNG")


def test_latex(run: Run, tmp_path: Path) -> None:
    answer = run("latex", "--theorem", "sgdm-pl", "--proof")
    assert answer.returncode == 0
    assert r"\begin{theorem}" in answer.stdout and r"\begin{proof}" in answer.stdout
    assert run("latex", "--theorem", "sgd-pl", "--standalone", "-o", "one.tex").stdout == ""
    assert r"\end{document}" in (tmp_path / "one.tex").read_text()


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout.startswith("boundcalc ")
    assert run().stdout == run("--help").stdout
    for command in ("list", "show", "stepsize", "bound", "prove", "verify", "latex"):
        assert command in run("--help").stdout
        assert run(command, "--help").returncode == 0


def test_runs_beside_files_with_the_names_of_our_packages(run: Run, tmp_path: Path) -> None:
    (tmp_path / "numerics").mkdir()
    for shadow in (tmp_path / "theorems.py", tmp_path / "numerics" / "__init__.py"):
        shadow.write_text("raise SystemExit('the wrong module was imported')")
    answer = run("list")
    assert answer.returncode == 0 and "sgdm-pl" in answer.stdout


def test_sparse_data_and_what_their_workers_share(run: Run, tmp_path: Path) -> None:
    """Three workers with words of their own, and one word that the first two share."""
    lines = ["1 1:1 9:1", "-1 2:1", "1 3:1 9:2", "-1 4:1", "1 5:1", "-1 6:3"]
    (tmp_path / "words.svm").write_text("\n".join(lines))
    sparse = ["--data", "words.svm", "--option", "workers=3"]
    short = ["--iterations", "20", "--trials", "10"]
    late = ["verify", "--theorem", "delayed-dcgd-convex", *sparse, *short]
    told = "s = 2 of 3 workers share a coordinate; conflict graph: 2"
    answer = run(*late)
    assert answer.returncode == 0 and told in answer.stdout
    assert "as given, sparse (14.8% of the entries)" in answer.stdout
    data = json.loads(run(*late, "--no-standardise", "--json").stdout)
    assert data["sparsity"] == {"s": 2, "conflicts": 2.0, "workers": 3}
    assert data["constants"]["s"] == 2
    # The l2 term is one of all coordinates.
    ridge = json.loads(run(*late, "--l2", "0.1", "--json").stdout)
    assert ridge["sparsity"] == {"s": 3, "conflicts": 3.0, "workers": 3}
    ladder = ["verify", "--theorem", "delayed-dcgd-convex", *sparse, "--horizons", "5,20"]
    ladder += ["--trials", "10"]
    assert json.loads(run(*ladder, "--json").stdout)["sparsity"] == data["sparsity"]
    plain = ["verify", "--theorem", "dcgd-convex", *sparse, *short]
    assert json.loads(run(*plain, "--json").stdout)["sparsity"] is None
    refused = run(*plain, "--standardise")
    assert refused.returncode == 2 and "constant column" in refused.stderr
