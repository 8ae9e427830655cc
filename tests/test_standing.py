"""What Python calls say of a theorem that is not proved, and the hashes of the catalogue."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

import boundcalc
from boundcalc import Theorem, UnprovedWarning
from boundcalc.comparison.communication import complexity
from boundcalc.comparison.cost_sweep import cost_sweep
from boundcalc.comparison.theorems import compare_theorems
from boundcalc.facade import TheoremHandle
from boundcalc.model.compose import compose
from boundcalc.proofs.provenance import ROOT, content, stated
from boundcalc.proofs.records import VOUCHED, changed_sources, read_vouched, vouched
from boundcalc.proofs.standing import standing
from boundcalc.proofs.vouching import everything
from boundcalc.registry import estimator

TRUE, OTHER = map(boundcalc.theorem, ("sgd-nonconvex", "sgdm-nonconvex"))
VALUES: dict[str, Any] = {
    "L": 1, "B": 0, "C": 0, "M": 0, "sigma2": 0.1, "Delta": 1,
}  # fmt: skip
AT = {**VALUES, "gamma": 0.1}


def false() -> Theorem:
    """A theorem that forgets its errors; a new object each time."""
    return replace(TRUE.declaration, name="forgetful", step=replace(TRUE.step, error={}))


ANSWERS: dict[str, Callable[[Theorem], Any]] = {
    "bound": lambda t: TheoremHandle(t).bound(10, **AT),
    "bounds": lambda t: TheoremHandle(t).bound([1, 10], **AT),
    "step size": lambda t: TheoremHandle(t).step_size(**VALUES),
    "conditions": lambda t: TheoremHandle(t).step_size(),
    "complexity": lambda t: complexity(t, 0.1, VALUES, bits=32),
    "comparison": lambda t: TheoremHandle(t).compare(["exact"], target=0.1, d=2, L=1, Delta=1),
    "failure": lambda t: TheoremHandle(t).compare(
        ["unbiased:omega=1:bits=9"], target=1e-9, d=2, L=1, Delta=1, delta2=1, sigma0_2=1, B_h=0
    ).outcomes[0],
    "payoff": lambda t: cost_sweep(t, None, "target=0.1,0.2", VALUES, bits=32),
    "contest": lambda t: compare_theorems([t, OTHER.declaration], calls=[100], **VALUES),
    "rate": lambda t: TheoremHandle(t).rates()[0],
    "verification": lambda t: TheoremHandle(t).verify(trials=2, iterations=3),
    "sweep": lambda t: TheoremHandle(t).sweep("gamma=0.1,0.2", trials=2, iterations=3),
    "ladder": lambda t: TheoremHandle(t).verify_horizons([2, 3], trials=2, values={"gamma": 0.1}),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_rests_on_no_proof_says_so(name: str) -> None:
    ask = ANSWERS[name]
    with pytest.warns(UnprovedWarning, match="forgetful.* is not proved: one step"):
        answer = ask(false())
    assert answer.proved is False
    assert repr(answer).endswith("[NOT PROVED]")
    assert answer.to_json()["proved"] is False
    if hasattr(answer, "_repr_latex_"):
        assert "unproved statement" in answer._repr_latex_()


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_rests_on_a_proof_says_so_quietly(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = ANSWERS[name](TRUE.declaration)
    assert answer.proved is True and answer.to_json()["proved"] is True
    assert "NOT PROVED" not in repr(answer)
    if hasattr(answer, "_repr_latex_"):
        assert "unproved" not in answer._repr_latex_()


@pytest.mark.parametrize(
    "ask",
    [
        lambda t: TheoremHandle(t).evaluate(10, **AT, p=0.5),
        lambda t: TheoremHandle(t).latex(),
        lambda t: TheoremHandle(t)._repr_latex_(),
    ],
)
def test_texts_and_arrays_come_with_a_warning(ask: Callable[[Theorem], Any]) -> None:
    with pytest.warns(UnprovedWarning, match="forgetful"):
        found = ask(false())
    if isinstance(found, str):
        assert "nproved statement" in found


def test_an_estimator_is_part_of_what_is_proved() -> None:
    """The proof that counts is the composed theorem's."""
    topk = estimator("topk")
    (alpha,) = topk.implied
    own = compose(TRUE.declaration, replace(topk, name="free", implied={alpha: sp.S.One}))
    with pytest.warns(UnprovedWarning, match=r"sgd-nonconvex\+free is not proved"):
        assert TheoremHandle(own).rates()[0].proved is False
    assert standing(TRUE.declaration).proved and standing(compose(TRUE.declaration, topk)).proved


def test_a_theorem_that_says_it_is_another_is_looked_at() -> None:
    class Equal(Theorem):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash(TRUE)

        def prove(self) -> Any:
            raise AssertionError("nobody asks the theorem")

    one = false()
    own = Equal(**{name: getattr(one, name) for name in Theorem.__dataclass_fields__})
    assert standing(TRUE.declaration).proved and not standing(own).proved


def test_code_that_fails_proves_nothing() -> None:
    def broken(state: Any) -> Any:
        raise KeyError("lost")

    own = replace(TRUE.declaration, name="broken", step=replace(TRUE.step, lyapunov=broken))
    found = standing(own)
    assert not found.proved and "lost" in found.problem


# -- the hashes that are published ----------------------------------------------------------------


def test_the_catalogue_was_proved_with_these_sources() -> None:
    """``make vouch`` proves everything anew and writes the hashes."""
    assert not changed_sources(), "run `make vouch`"
    known = read_vouched()["theorems"]
    assert known == {theorem.name: stated(theorem) for theorem in everything()}, "run `make vouch`"


def test_every_module_that_a_proof_takes_is_hashed() -> None:
    sources = json.loads(VOUCHED.read_text())["sources"]
    needed = [
        *(ROOT / "boundcalc" / "kernel").glob("*.py"),
        *(ROOT / "theorems").rglob("*.py"),
        *(ROOT / "boundcalc" / "model").glob("*.py"),
        *(ROOT / "boundcalc" / "proofs" / f"{name}.py" for name in ("prove", "witness")),
    ]
    for file in needed:
        assert sources[str(file.relative_to(ROOT))] == content(file)


def test_a_theorem_like_one_of_the_catalogue_is_not_vouched_for() -> None:
    assert vouched(TRUE.declaration)
    assert not vouched(replace(TRUE.declaration, note=TRUE.note))
    assert not vouched(replace(compose(TRUE.declaration, estimator("topk")), given=()))


def test_nothing_is_vouched_for_where_a_source_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    import boundcalc.proofs.records as records

    sources = {**read_vouched()["sources"], "boundcalc/proofs/prove.py": "0" * 64}
    monkeypatch.setattr(records, "read_vouched", lambda: {**read_vouched(), "sources": sources})
    changed_sources.cache_clear()
    try:
        assert changed_sources() == ("boundcalc/proofs/prove.py",)
        assert not vouched(TRUE.declaration)
    finally:
        changed_sources.cache_clear()


def test_a_source_that_is_younger_than_the_process_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boundcalc, "BEGAN", 0.0)
    assert not vouched(TRUE.declaration)
