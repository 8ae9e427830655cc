"""Compressed and stale gradients of workers."""

from theorems.compressed.undelayed import dcgd_convex, dcgd_nonconvex, dcgd_strongly_convex

__all__ = ["dcgd_convex", "dcgd_nonconvex", "dcgd_strongly_convex"]
