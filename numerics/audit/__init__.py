"""Checking on the very problem that the stated assumptions hold where the method goes."""

from numerics.audit.assumptions import audit

__all__ = ["audit"]
