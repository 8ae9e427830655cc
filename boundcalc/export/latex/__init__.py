"""Theorems in LaTeX: statements to paste, proofs generated from certificates, documents."""

from boundcalc.export.latex.documents import (
    display,
    document,
    environments,
    rates_table,
    theorem_environment,
)

__all__ = ["display", "document", "environments", "rates_table", "theorem_environment"]
