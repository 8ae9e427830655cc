"""Compressed and stale gradients on runs: every pattern of delays, named compressors, refusals."""

from __future__ import annotations

from typing import Any

import pytest

import boundcalc
from boundcalc import UsageError
from boundcalc.facade import TheoremHandle
from numerics import PATTERNS

UNDELAYED = ("dcgd-strongly-convex", "dcgd-convex", "dcgd-nonconvex")
DELAYED = (
    "delayed-dcgd-strongly-convex",
    "delayed-dcgd-convex",
    "delayed-cgd-nonconvex",
    "delayed-cgd-pl",
)


def held(name: str, **options: Any) -> Any:
    return boundcalc.theorem(name).verify(**{"trials": 200, "iterations": 100, **options})


@pytest.mark.parametrize("name", UNDELAYED)
def test_the_bound_holds(name: str) -> None:
    found = held(name)
    assert found.verdict == "holds"
    assert found.constants["omega"] == 1


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("name", DELAYED)
def test_the_bound_holds_under_every_pattern_of_delays(name: str, pattern: str) -> None:
    found = held(name, delays=pattern)
    assert found.verdict == "holds"
    assert found.constants["tau"] == 3
    assert pattern in found.estimator


@pytest.mark.parametrize("compressor", ["identity", "randk", "natural", "ternary", "dithering"])
def test_the_bound_holds_with_named_compressors(compressor: str) -> None:
    assert held("delayed-dcgd-convex", estimator=compressor, tau=2).verdict == "holds"


def test_a_bound_without_its_residual_is_violated() -> None:
    """A theorem that is false: compression leaves more than nothing."""
    from dataclasses import replace

    true = boundcalc.theorem("dcgd-strongly-convex")
    step = replace(true.step, error={n: e / 100 for n, e in true.step.error.items()})
    with pytest.warns(boundcalc.UnprovedWarning):
        found = TheoremHandle(replace(true.declaration, step=step)).verify(
            trials=400, iterations=100
        )
    assert found.verdict == "violated" and found.proved is False


def test_a_delay_longer_than_the_theorem_s_is_refused_as_a_constant() -> None:
    with pytest.raises(UsageError, match="speaks of no delays"):
        held("dcgd-convex", delays="cyclic")
    with pytest.raises(UsageError, match="speaks of no delays"):
        held("sgd-pl", delays="cyclic")
    with pytest.raises(UsageError, match="heavy"):
        held("delayed-cgd-pl", delays="heavy")


def test_strong_convexity_is_not_taken_from_the_pl_constant() -> None:
    with pytest.raises(UsageError, match="strong convexity"):
        held("dcgd-strongly-convex", problem="quadratic", options={"spectrum": [0.0, 0.5, 1.0]})
    with pytest.raises(UsageError, match="not known to be convex"):
        held("dcgd-convex", problem="sine")
    # PL is enough where the theorem asks for no more.
    found = held("delayed-cgd-pl", problem="quadratic", options={"spectrum": [0.0, 0.5, 1.0]})
    assert found.verdict == "holds"


def test_laws_of_noise_are_not_taken_for_messages() -> None:
    with pytest.raises(UsageError, match="compressor"):
        held("dcgd-convex", noise="gaussian")
