"""Estimators whose author, careless or not, proves one thing and states another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import sympy as sp

import boundcalc
from boundcalc import Theorem
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Assumption, Certificate, Function, Vector, at_least, exceeds, norm2
from boundcalc.kernel.algebra import Expression
from boundcalc.kernel.coordinates import (
    MAGNITUDE,
    NORM,
    Case,
    Coordinatewise,
    OrderStatistics,
    Outcome,
    Selection,
)
from boundcalc.kernel.estimation import Clipped, Contractive, Unbiased
from boundcalc.kernel.workers import Samplers, Workers
from boundcalc.model.compose import compose
from boundcalc.model.estimator import Estimator, Noise
from boundcalc.model.parameters import DELTA, POSITIVE, Parameter
from boundcalc.proofs.estimators import moment
from boundcalc.registry import estimators
from theorems.estimators.clipping import clipping
from theorems.estimators.parameters import DIMENSION, ROOT, SIGMA0, WORKERS
from theorems.estimators.workers import free_of_bias, samplers, workers
from theorems.sgd import f

catalogue = SimpleNamespace(**{n.replace("-", "_"): e for n, e in estimators().items()})
BASE = boundcalc.theorem("sgd-nonconvex")
ZERO, ONE = sp.S.Zero, sp.S.One
n, sigma0_2, omega, alpha, kappa = sp.symbols("n sigma0_2 omega alpha kappa", real=True)
d, k, L, level, bound = sp.symbols("d k L clip G2", real=True)


@dataclass(frozen=True)
class Lie(Assumption):
    """Noise is nothing."""

    name = "lie"
    rules = {"nothing": "nothing"}  # noqa: RUF012

    def latex(self) -> str:
        return "noise is nothing"

    def _nothing(self, x: Vector) -> Expression:
        return -norm2(samplers.mean(samplers.noise(x)))


@dataclass(frozen=True, eq=False)
class Equal(Lie):
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Trusting(Estimator):
    """Whose moments always check."""

    def moment(self) -> Any:
        return replace(moment(catalogue.stochastic))


@dataclass(frozen=True)
class Agreeable:
    """A lemma that holds."""

    kind = "unbiased"
    axioms = ()
    summary = "yes"

    def check(self, given: Any, constant: Any) -> tuple[Any, ...]:
        return ()


def free(parameter: Parameter) -> Parameter:
    return replace(parameter, role="free", domain=POSITIVE, default=None)


def silent(estimator: Estimator, **changes: Any) -> Estimator:
    """The same, saying that it makes no error."""
    return replace(estimator, relative=ZERO, origins={"nothing": ZERO}, **changes)


stochastic, topk, randk = catalogue.stochastic, catalogue.topk, catalogue.randk
without_noise = Noise(
    lambda x: samplers.mean(samplers.noise(x)), {"nothing": ZERO}, lambda x: Certificate()
)
more = Workers(f, sp.Integer(10) ** 6, sigma0_2, ZERO, ZERO)
other = Function("g")
own = sp.Symbol("own", real=True)
HOSTILE: dict[str, Estimator] = {
    "an instance that makes no error": silent(topk),
    "an instance that calls its bias noise": replace(topk, unbiased=True),
    "no lemma": replace(randk, lemma=None, implied={omega: ZERO}),
    "a lemma that is none of ours": replace(randk, lemma=Agreeable(), implied={omega: ZERO}),
    "a contractive lemma for an unbiased compressor": replace(
        randk, lemma=Selection(k), implied={omega: 1 - k / d}
    ),
    "an aggregator's lemma for a compressor": replace(
        randk, lemma=OrderStatistics(n, n), implied={omega: ZERO}
    ),
    "a case for large coordinates alone": replace(
        catalogue.ternary,
        implied={omega: ZERO},
        lemma=Coordinatewise(
            "unbiased",
            [Case([Outcome(ONE, MAGNITUDE)], exists=[at_least(MAGNITUDE, NORM)])],
            ZERO * MAGNITUDE,
        ),
    ),
    "an example that chooses the coordinate": replace(
        catalogue.ternary,
        implied={omega: ZERO},
        lemma=Coordinatewise(
            "unbiased",
            [
                Case(
                    [Outcome(ONE, MAGNITUDE)],
                    exists=[at_least(MAGNITUDE, NORM)],
                    example={MAGNITUDE: NORM},
                )
            ],
            ZERO * MAGNITUDE,
        ),
    ),
    "f smoother than it is": replace(stochastic, implied={L: sp.Rational(1, 1000)}),
    "MAML smoother than shown": replace(
        catalogue.maml, implied={**catalogue.maml.implied, L: sp.Rational(1, 1000)}
    ),
    "MAML without its smoothness": replace(catalogue.maml, smoothness=None),
    "MAML with another inner step": replace(
        catalogue.maml,
        implied={**catalogue.maml.implied, sp.Symbol("ell_h", real=True): ONE},
    ),
    "a start at the optimum": replace(randk, implied={**randk.implied, DELTA.symbol: ZERO}),
    "a constant both given and implied": replace(randk, implied={**randk.implied, sigma0_2: ZERO}),
    "variance free for the proof": replace(
        stochastic, parameters=[WORKERS, free(SIGMA0)]
    ),
    "workers free for the proof": replace(stochastic, parameters=[free(WORKERS), SIGMA0]),
    "a million workers": replace(
        stochastic,
        assumes=[more],
        origins={"sampling": sigma0_2 / 10**6},
        certificate=lambda x: Certificate(
            using=[(1, more.independence(more.noise(x))), (sp.Rational(1, 10**6), more.variance(x))]
        ),
    ),
    "another function": replace(
        stochastic,
        assumes=[Samplers(other, n, sigma0_2)],
        certificate=lambda x: Certificate(),
    ),
    "noise named like the start": replace(stochastic, origins={"initialisation": sigma0_2 / n}),
    "a root of something else": replace(
        catalogue.ternary,
        parameters=[
            replace(p, derived=1 + d / 1000) if p is ROOT else p
            for p in catalogue.ternary.parameters
        ],
    ),
    "contradictory conditions": replace(stochastic, given=[exceeds(0, sigma0_2)]),
    "an assumption equal to all": replace(
        silent(stochastic),
        certificate=lambda x: Certificate(using=[(1, Equal().at("nothing", x))]),
    ),
    "a foreign lie in an alternative": replace(
        stochastic,
        alternatives=[
            replace(
                silent(stochastic, variant="better"),
                assumes=[samplers, Lie()],
                certificate=lambda x: Certificate(using=[(1, Lie().at("nothing", x))]),
            )
        ],
    ),
    "another estimator as an alternative": replace(
        topk,
        alternatives=[replace(catalogue.identity, variant="magic", parameters=topk.parameters)],
    ),
    "noise beside noise": replace(silent(stochastic), noise=without_noise),
    "a mean of means": replace(
        stochastic,
        origins={"sampling": sigma0_2 / n**2},
        certificate=lambda x: Certificate(
            using=[
                (1, samplers.independence(samplers.mean(samplers.noise(x)))),
                (1 / n, samplers.independence(samplers.noise(x))),
                (1 / n**2, samplers.variance(x)),
            ]
        ),
    ),
    "clipping at two levels": replace(
        catalogue.clip,
        assumes=[workers, clipping, Clipped(workers, bound, bound)],
    ),
    "two compressors in one": replace(
        catalogue.unbiased, assumes=[workers, free_of_bias, Unbiased(workers, alpha)]
    ),
    "a compressor of other workers": replace(
        catalogue.contractive,
        assumes=[workers, Contractive(replace(workers, sigma0_2=own), alpha)],
    ),
    "two ways for gradients to arrive": replace(
        catalogue.unbiased, assumes=[workers, free_of_bias, Contractive(workers, alpha)]
    ),
    "K for a constant": replace(
        stochastic, parameters=[WORKERS, SIGMA0, replace(DIMENSION, name="K")]
    ),
    "a symbol of the proof for a constant": replace(
        stochastic, parameters=[WORKERS, SIGMA0, replace(DIMENSION, name="T")]
    ),
    "aggregation without a flaw": replace(catalogue.median, implied={kappa: ZERO}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_estimators_are_refused(name: str) -> None:
    assert not BASE.with_estimator(HOSTILE[name]).prove().proved


def test_a_subclass_of_the_estimator_is_refused() -> None:
    fields = {name: getattr(stochastic, name) for name in stochastic.__dataclass_fields__}
    false = Trusting(**{**fields, "origins": {"sampling": ZERO}})
    assert not BASE.with_estimator(false).prove().proved


Change = Callable[[Theorem], Theorem]
honest = compose(BASE.declaration, stochastic)
EDITED: dict[str, Change] = {
    "no assumptions": lambda T: replace(T, assumes=[]),
    "no error": lambda T: replace(T, step=replace(T.step, error={})),
    "a form without noise": lambda T: replace(
        T, forms=[replace(form, error={"sampling": ZERO}) for form in T.forms]
    ),
    "a condition dropped": lambda T: replace(T, given=T.given[:0], parameters=T.parameters[1:]),
    "another estimator": lambda T: replace(T, estimator=randk),
    "another base": lambda T: replace(T, base=boundcalc.theorem("sgdm-nonconvex").declaration),
}


@pytest.mark.parametrize("change", EDITED)
def test_a_composed_theorem_is_what_composing_makes(change: str) -> None:
    assert TheoremHandle(honest).prove().proved
    assert not TheoremHandle(EDITED[change](honest)).prove().proved
