"""What the user asks for, read: the theorem with its estimator, and the setting to simulate."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from boundcalc.model.compose import compose
from boundcalc.model.theorem import Theorem
from boundcalc.registry import estimator as named
from boundcalc.verify.setting import ESTIMATORS, Request
from numerics import Problem

__all__ = ["requested"]


def requested(
    theorem: Theorem,
    *,
    problem: str | Problem | None = None,
    options: Mapping[str, Any] | None = None,
    data: str | os.PathLike[str] | None = None,
    target_column: str | None = None,
    loss: str = "squared",
    l2: Any = 0.0,
    estimator: str | None = None,
    bias: str | None = None,
    noise: str | None = None,
    values: Mapping[str, Any] | None = None,
    delays: str | None = None,
    standardise: bool | None = None,
    **constants: Any,
) -> tuple[Theorem, Request]:
    """The theorem, composed where the estimator is one of the catalogue, and the request.

    The arguments are those of :func:`boundcalc.verify.verify`. Raises :class:`UsageError` for an
    estimator that is not known, or not to be composed with.
    """
    if estimator is not None and estimator not in ESTIMATORS:
        theorem, estimator = compose(theorem, named(estimator, ESTIMATORS)), None
    return theorem, Request(
        problem, dict(options or {}), data, target_column, loss, l2, estimator, bias, noise,
        {**(values or {}), **constants}, delays, standardise,
    )  # fmt: skip
