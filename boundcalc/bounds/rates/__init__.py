"""Rates: a bound as a sum of monomials, and the exponents that make it fall fastest."""

from boundcalc.bounds.rates.find import find_rate
from boundcalc.bounds.rates.monomials import Monomial
from boundcalc.bounds.rates.rate import Rate

__all__ = ["Monomial", "Rate", "find_rate"]
