"""A theorem in the constants of a gradient estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from boundcalc.errors import UsageError
from boundcalc.kernel.assumptions import BiasedOracle
from boundcalc.kernel.conditions import Condition, exceeds
from boundcalc.kernel.estimation import Unbiased
from boundcalc.model.derived import forgettable
from boundcalc.model.estimator import B, Estimator
from boundcalc.model.gradients import Gradients
from boundcalc.model.theorem import Form, Theorem

GUARANTEE = "the bias leaves a guarantee"


def takes_estimator(theorem: Theorem) -> bool:
    """Return whether it speaks of one biased oracle, in whose place an estimator can be put."""
    return theorem.base is None and theorem.gradients is Gradients.BIASED


def check_takes_estimator(theorem: Theorem) -> None:
    """Raise :class:`UsageError` for a theorem that does not speak of a biased oracle."""
    if not takes_estimator(theorem):
        raise UsageError(f"{theorem.name} takes no estimator: it does not assume a biased oracle")


@forgettable
@lru_cache(maxsize=128)
def compose(theorem: Theorem, estimator: Estimator) -> Theorem:
    """Return the theorem in the constants of the estimator.

    Raises :class:`UsageError` for a theorem that does not speak of a biased oracle, or of a
    constant that the estimator gives another meaning.
    """
    if theorem.base is None and theorem.gradients is Gradients.MESSAGES:
        return sent_through(theorem, estimator)
    check_takes_estimator(theorem)
    oracle = [a for a in theorem.assumes if type(a) is BiasedOracle]
    kept = [p for p in theorem.parameters if p.symbol not in estimator.formulas]
    clash = {p.name for p in kept} & {p.name for p in estimator.parameters}
    if clash:
        raise UsageError(f"{estimator.name} gives {', '.join(sorted(clash))} another meaning")
    variants = (estimator, *estimator.alternatives)
    untied = [c for c in estimator.given if c not in estimator.tied]
    constants = [p for p in kept if p.role == "constant"]
    others = [p for p in kept if p.role != "constant"]
    own = list(estimator.parameters)
    return replace(
        theorem,
        name=f"{theorem.name}+{estimator.name}",
        title=f"{theorem.title}, {estimator.title}",
        assumes=[a for a in theorem.assumes if a not in oracle] + list(estimator.assumes),
        parameters=[
            *constants,
            *(p for p in own if p.role != "free"),
            *others,
            *(p for p in own if p.role == "free"),
        ],
        forms=[
            _composed(theorem, form, variant, [c for c in variant.given if c not in untied])
            for variant in variants
            for form in theorem.forms
        ],
        given=[*theorem.given, *untied],
        corollaries=[],
        example=None,
        base=theorem,
        estimator=estimator,
        calls=theorem.calls * estimator.calls,
    )


def sent_through(theorem: Theorem, estimator: Estimator) -> Theorem:
    """Return a theorem on any unbiased compressor in the constants of the one of this estimator.

    Raises :class:`UsageError` for an estimator that is no such compressor.
    """
    general = estimator.of
    if general is None or type(estimator.server) is not Unbiased:
        raise UsageError(
            f"{theorem.name} takes a named unbiased compressor, such as randk, or its constant"
            f" omega; {estimator.name} is none"
        )
    omega = estimator.server.bound
    known = {p.name for p in theorem.parameters}
    of_general = {p.symbol for p in general.parameters}
    own = [p for p in estimator.parameters if p.symbol not in of_general and p.name not in known]
    place = [p.symbol for p in theorem.parameters].index(omega)
    others = [p for p in theorem.parameters if p.symbol != omega]
    return replace(
        theorem,
        name=f"{theorem.name}+{estimator.name}",
        title=f"{theorem.title}, {estimator.title}",
        parameters=[*others[:place], *own, *others[place:]],
        forms=[
            Form(
                form.name,
                form.title,
                {omega: variant.implied[omega], **form.formulas},
                [*_untold(variant, estimator), *form.given],
                form.when,
                variant.variant,
            )
            for variant in (estimator, *estimator.alternatives)
            for form in theorem.forms
        ],
        given=[*theorem.given, *estimator.given],
        corollaries=[],
        example=None,
        base=theorem,
        estimator=estimator,
    )


def _untold(variant: Estimator, estimator: Estimator) -> list[Condition]:
    """Return what another bound for the same compressor supposes beside it."""
    return [condition for condition in variant.given if condition not in estimator.given]


def _composed(theorem: Theorem, form: Form, estimator: Estimator, own: Sequence[Condition]) -> Form:
    return Form(
        form.name,
        form.title,
        {**estimator.formulas, **form.formulas},
        [*([exceeds(1, B, GUARANTEE)] if estimator.biased else []), *own, *form.given],
        form.when,
        estimator.variant,
        estimator.by_origin(theorem.errors),
    )
