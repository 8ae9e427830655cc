"""Proofs as JSON, complete enough to be checked again without this package.

Numbers are strings of plain arithmetic (``**`` for powers) in the symbols listed, so that a
checker needs a parser for ``+ - * / **`` and exact fractions, and nothing else. A vector maps names
of basis vectors to coefficients; an expression is a list of atoms with coefficients. ``E<u, v>`` of
two basis vectors vanishes where one has mean zero and the other has an earlier stage.

A basis vector that an oracle draws is named by what it is and where, as in ``xi[...]``, with the
place as a vector in ``drawn_at``; the mean of such vectors over the workers is ``mean(...)`` of
their name. A theorem composed with an estimator holds its base, whole, and the estimator with its
alternatives: what is implied, the four numbers by origin, and a certificate for each claim.
"""

from boundcalc.export.certificates.documents import FORMAT, certificate_document, write_certificates

__all__ = ["FORMAT", "certificate_document", "write_certificates"]
