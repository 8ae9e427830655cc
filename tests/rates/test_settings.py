"""The rates of the catalogue, and the command that prints them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sympy as sp

import boundcalc
from boundcalc.errors import UsageError
from boundcalc.facade import TheoremHandle
from boundcalc.model.compose import compose
from boundcalc.registry import estimator
from tests.cli.test_bad_input import in_process

RATES = {
    "sgd-nonconvex": {
        "bias, noise": ["N^(-1/2) + 1"],
        "noise": ["N^(-1/2)"],
        "no errors": ["N^(-1)"],
    },
    "sgd-pl": {
        "bias, noise": ["exp(-c N) + 1", "N^(-1) (up to logarithms) + 1"],
        "noise": ["exp(-c N) + 1", "N^(-1) (up to logarithms)"],
        "no errors": ["exp(-c N)"],
    },
}
ALL = "discretisation, drift, signs, noise"
# As in the papers (Bernstein et al. 2018 with a batch of K; Table 1 of Jiang et al. 2024).
RATES |= {
    "signsgd": {"discretisation, noise": ["d^(1/2) N^(-1/4)"]},
    "signsgd-momentum": {
        ALL: ["d^(1/2) N^(-1/4)"],
        "discretisation, drift, signs": ["d^(1/2) N^(-1/2)"],
    },
    "ssvr": {
        ALL: ["d^(1/2) N^(-1/3)"],
        "discretisation, drift, signs": ["d^(1/2) N^(-1/2)"],
    },
}
RATES |= {"sgdm-nonconvex": RATES["sgd-nonconvex"], "sgdm-pl": RATES["sgd-pl"]}
COMPOSED = {
    "stochastic": {"sampling": ["N^(-1/2) n^(-1/2)"], "no errors": ["N^(-1)"]},
    "randk": {
        "heterogeneity, compression, sampling": ["d^(1/2) N^(-1/2) n^(-1/2)"],
        "no errors": ["d N^(-1) n^(-1)"],
    },
    "shuffle": {"order": ["m^(1/3) N^(-2/3)"], "no errors": ["m N^(-1)"]},
}


def found(theorem: boundcalc.Theorem) -> dict[str, list[str]]:
    rates: dict[str, list[str]] = {}
    for setting in TheoremHandle(theorem).rates():
        rates.setdefault(setting.title, []).append(setting.rate.text())
    return rates


@pytest.mark.parametrize("name", RATES)
def test_rates_of_the_catalogue(name: str) -> None:
    assert found(boundcalc.theorem(name).declaration) == RATES[name]


@pytest.mark.parametrize("name", COMPOSED)
def test_rates_with_estimators(name: str) -> None:
    theorem = compose(boundcalc.theorem("sgd-nonconvex").declaration, estimator(name))
    assert found(theorem) == COMPOSED[name]


def test_schedule_of_the_step() -> None:
    full, noise, exact = boundcalc.theorem("sgd-nonconvex").rates()
    assert full.rate.schedule_text() == noise.rate.schedule_text() == ["gamma ~ K^(-1/2)"]
    assert exact.rate.schedule_text() == ["constant gamma"]
    assert noise.rate.rooted().text() == "N^(-1/4)"


def test_weights_of_the_proof_are_chosen_where_that_is_faster() -> None:
    full = boundcalc.theorem("ssvr").rates()[0].rate
    assert full.schedule_text() == [
        "gamma ~ d^(-1/2) K^(-2/3)",
        "beta ~ K^(-2/3)",
        "E0 ~ K^(-1/3)",
        "weight ~ d^(-1/2) K^(-1/3)",
        "constant young",
    ]


def test_calls_beyond_one_an_iteration() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    K, L, q = sp.symbols("K L q", real=True)
    square = replace(theorem.declaration, calls=L * K**2)
    assert [s.rate.text() for s in TheoremHandle(square).rates()] == [
        "N^(-1/4) + 1",
        "N^(-1/4)",
        "N^(-1/2)",
    ]
    assert TheoremHandle(square).rates()[0].rate.schedule_text() == ["gamma ~ K^(-1/2)", "N ~ K^2"]
    with pytest.raises(UsageError, match="speak of q, which is no parameter"):
        TheoremHandle(replace(theorem.declaration, calls=q * K)).rates()


def test_the_command() -> None:
    status, text, _ = in_process(["rates", "sgd-nonconvex", "--estimator", "stochastic"])
    assert status == 0
    (line,) = (line for line in text.splitlines() if "sampling" in line)
    assert "N^(-1/2) n^(-1/2)" in line
    assert "gamma ~ K^(-1/2) n^(1/2)" in line
    assert line.endswith("N >= n")
    status, text, _ = in_process(["rates", "--estimator", "exact", "--json"])
    assert [row["rate"] for row in json.loads(text)] == ["N^(-1)", "exp(-c N)"] * 2
    status, text, _ = in_process(["rates", "sgd-pl", "--json"])
    rows = json.loads(text)
    assert status == 0
    assert [row["linear"] for row in rows] == [True, False, True, False, True]
    assert rows[3]["exponents"] == {"N": "-1"}
    assert rows[3]["schedule"]["gamma"] == {"K": "-1"}
    status, text, _ = in_process(["rates", "sgd-pl", "--latex"])
    assert status == 0
    assert r"$\gamma\propto \log K\,K^{-1}$" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rates", "sgd"], "unknown theorem"),
        (["rates", "sgd-pl", "--estimator", "topq"], "did you mean 'topk'"),
        (["rates", "ssvr", "--estimator", "exact"], "ssvr takes no estimator"),
        (["rates", "--json", "--latex"], "not both"),
    ],
)
def test_wrong_use(arguments: list[str], message: str) -> None:
    status, out, err = in_process(arguments)
    assert (status, out) == (2, "")
    assert message in err
