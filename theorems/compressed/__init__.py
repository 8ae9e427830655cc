"""Compressed and stale gradients of workers."""

from theorems.compressed.delayed import delayed_dcgd_convex, delayed_dcgd_strongly_convex
from theorems.compressed.server import delayed_cgd_nonconvex, delayed_cgd_pl
from theorems.compressed.undelayed import dcgd_convex, dcgd_nonconvex, dcgd_strongly_convex

__all__ = [
    "dcgd_convex",
    "dcgd_nonconvex",
    "dcgd_strongly_convex",
    "delayed_cgd_nonconvex",
    "delayed_cgd_pl",
    "delayed_dcgd_convex",
    "delayed_dcgd_strongly_convex",
]
