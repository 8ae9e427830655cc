"""What the hostile modules share: false theorems that only need one lie to be proved."""

from common import *
from common import L, B, C, M, c, f, gamma, oracle, sgd_nonconvex, sgdmod, sigma2, smooth, und
from boundcalc.model.compose import compose
from boundcalc.kernel.coordinates import (
    MAGNITUDE, NORM, Case, Coordinatewise, OrderStatistics, Outcome, Selection,
)
from theorems.estimators import aggregation, compressors, workers as wk
from theorems.estimators.parameters import (
    ALL_WORKERS, ALPHA, DIMENSION, KEPT, ROOT, SIGMA0, WORKERS, YOUNG,
)
from theorems.sgd import ORACLE

ANYWHERE = Domain(None, None)
PARAMETERS = [SMOOTHNESS, *ORACLE, GAMMA, DELTA]


def magic(x, y):
    """Every step lowers f by the squared gradient, whatever its length and its noise."""
    return f.value(x) - f.value(y) - norm2(f.gradient(x))


def greedy(sm=smooth, unroll=None, assumes=None, certificate=None, **changes):
    """Mean E||grad f||^2 <= Delta/K for SGD with any step and any noise: f(x) = x^2/2, gamma = 1,
    sigma2 = 1 has the mean sigma2 from the second step on.
    """
    cert = certificate or (lambda t: Certificate(using=[(1, sm.descent(t.now.x, t.next.x))]))
    step = replace(
        sgd_nonconvex.step, unroll=unroll or Telescoping(sp.S.One), error={}, given=[],
        certificate=cert, **changes.pop("step", {}),
    )
    return replace(
        sgd_nonconvex, name="evil", assumes=assumes or [sm, sgdmod.below, oracle],
        parameters=changes.pop("parameters", PARAMETERS), step=step,
        forms=changes.pop("forms", [Form("sharp", "any", {}, [])]), **changes,
    )


def without_noise(**changes):
    """The bound of SGD with the noise left out of it, proved as with it."""
    step = replace(sgd_nonconvex.step, error={"bias": sgd_nonconvex.step.error["bias"]})
    return replace(sgd_nonconvex, name="evil", step=step, **changes)


def instance(general, lemma, implied, parameters=(), given=(), **changes):
    """An instance of a general estimator."""
    own = [q for q in general.parameters if q.symbol not in implied]
    return replace(
        general, name="lie", title="with a lie", parameters=[*parameters, *own], implied=implied,
        lemma=lemma, of=general, given=list(given), **changes,
    )


def composed(estimator, base=sgd_nonconvex):
    return replace(compose(base, estimator), name="evil")


NOTHING_SENT = Coordinatewise("absolute", [Case([Outcome(sp.S.One, sp.S.Zero)])], MAGNITUDE**2)


def scaled_step(algorithm, part=R(1, 100)):
    """SGD with the conditions of a step of that part of gamma: gamma may be 1/part times too long."""
    g1 = part * gamma

    def s(e):
        return sp.sympify(e).subs(gamma, g1)

    def cert(t):
        c0 = sgd_nonconvex.step.certificate(t)
        return Certificate(
            using=[(s(w), i) for w, i in c0.using],
            squares=[Square(s(q.weight), q.argument) for q in c0.squares],
            forms=[QuadraticForm(q.u, q.v, s(q.first), s(q.cross), s(q.second)) for q in c0.forms],
            bounded=c0.bounded,
        )

    def cond(cs):
        return [Condition(s(q.left), s(q.right), q.strict, q.meaning) for q in cs]

    forms = [
        replace(fm, formulas={k: s(v) for k, v in fm.formulas.items()}, given=cond(fm.given))
        for fm in sgd_nonconvex.forms
    ]
    step = replace(sgd_nonconvex.step, certificate=cert, given=cond(sgd_nonconvex.step.given))
    return replace(sgd_nonconvex, name="evil", algorithm=algorithm, forms=forms, step=step)
