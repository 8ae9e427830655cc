"""Rates: a bound as a sum of monomials, and the exponents that make it fall fastest."""

from boundcalc.rates.engine import find_rate
from boundcalc.rates.monomials import Monomial
from boundcalc.rates.rate import Rate

__all__ = ["Monomial", "Rate", "find_rate"]
