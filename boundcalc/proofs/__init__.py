"""Checking proofs, and what is known of proofs that were checked.

:mod:`~boundcalc.proofs.prove` is the chain of steps; the others check one kind of them, or keep
and tell the outcome (:mod:`~boundcalc.proofs.standing`).
"""
