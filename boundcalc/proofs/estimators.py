"""The certificates that an estimator has to give, each checked for what it claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy as sp

from boundcalc.errors import ProofError
from boundcalc.kernel.algebra import DrawnAt, MeanOf, Vector, constant, norm2, vector
from boundcalc.kernel.certificate import Certificate, Checked, check
from boundcalc.kernel.conditions import Condition
from boundcalc.kernel.signs import SignFact, Signs
from boundcalc.model.estimator import FOUR, POINT, Estimator, point
from boundcalc.model.parameters import SMOOTHNESS
from boundcalc.proofs.obligations import require_assumed


def moment(estimator: Estimator) -> Checked:
    """Check the bound of the error's second moment.

    Raises :class:`ProofError` where it is not proved, or noise is claimed that has a mean.
    """
    if estimator.of is not None:
        return moment(estimator.of)
    if estimator.unbiased:
        _require_zero_mean(estimator.error, after=POINT.stage)
    absolute = constant(sp.Add(*estimator.origins.values()))
    gradient = estimator.function.gradient(POINT)
    claim = estimator.relative * norm2(gradient) + absolute - norm2(estimator.error)
    certificate = estimator.certificate(point())
    return check(claim, certificate, Signs(estimator.domains), admitted(estimator))


def noise_moment(estimator: Estimator) -> Checked:
    """Check the bound of the noise beside the bias: drawn after it, with mean zero.

    Raises :class:`ProofError` where it is not so.
    """
    if estimator.of is not None:
        return noise_moment(estimator.of)
    assert estimator.noise is not None and estimator.noise_part is not None
    _require_zero_mean(estimator.noise_part, after=estimator.error.stage)
    claim = constant(sp.Add(*estimator.noise.origins.values())) - norm2(estimator.noise_part)
    certificate = estimator.noise.certificate(point())
    return check(claim, certificate, Signs(estimator.domains), admitted(estimator))


def smooth(estimator: Estimator) -> Checked:
    """Check that f is smooth with the implied constant; raises :class:`ProofError`."""
    assert estimator.smoothness is not None
    x, y = vector("x", "x"), vector("y", "y")
    claim = estimator.put_in(SMOOTHNESS.symbol) ** 2 * norm2(x - y)
    claim = claim - norm2(estimator.change(x, y))
    return check(claim, estimator.smoothness(x, y), Signs(estimator.domains), admitted(estimator))


def constant_facts(estimator: Estimator, taken: Iterable[sp.Symbol] = ()) -> tuple[SignFact, ...]:
    """Check the lemma behind the implied constant; raises :class:`ProofError`.

    Symbols of the lemma's own are none of the estimator's, nor any that are ``taken``.
    """
    if estimator.lemma is None:
        raise ProofError(f"{estimator.name} has no lemma")
    own = {*(parameter.symbol for parameter in estimator.parameters), *taken}
    return estimator.lemma.check(estimator.domains, estimator.implied_constant, own)


def ranges(estimator: Estimator) -> tuple[SignFact, ...]:
    """Check that implied constants are in their domains and the four numbers not negative.

    Raises :class:`ProofError` where one is not.
    """
    signs, facts = Signs(estimator.domains), []
    general = estimator.of.domains if estimator.of is not None else ()
    if SMOOTHNESS.symbol in estimator.implied:
        general = (*general, *SMOOTHNESS.domain.conditions(SMOOTHNESS.symbol))
    for condition in general:
        if condition not in estimator.domains:
            facts.append(signs.require(_put_in(estimator, condition)))
    for symbol in FOUR:
        positive = Condition(estimator.formulas[symbol], sp.S.Zero, False)
        facts.append(signs.require(_put_in(estimator, positive)))
    return tuple(facts)


def admitted(estimator: Estimator) -> Callable[[Certificate], None]:
    """Return the check that a certificate uses only what the estimator assumes."""

    def admit(certificate: Certificate) -> None:
        for _, used in certificate.using:
            inequality = require_assumed(used, estimator.assumes, estimator.name)
            if inequality.rule in inequality.assumption.of_signs:
                raise ProofError(f"{inequality.name}: nothing tosses these stochastic signs")
        if certificate.bounded:
            raise ProofError(f"{estimator.name} speaks of no function that is bounded below")

    return admit


def _put_in(estimator: Estimator, condition: Condition) -> Condition:
    left, right = estimator.put_in(condition.left), estimator.put_in(condition.right)
    return Condition(left, right, condition.strict, condition.meaning)


def _require_zero_mean(noise: Vector, after: int) -> None:
    """Every part of it is drawn after that stage, with mean zero."""
    for basis in noise.coefficients:
        if type(basis) not in (DrawnAt, MeanOf) or not basis.zero_mean:
            raise ProofError(f"{basis} has a mean, so it is no noise")
        if basis.stage <= after:
            raise ProofError(f"{basis} is not drawn after what it must be independent of")
