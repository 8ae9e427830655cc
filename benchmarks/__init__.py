"""Timings against their targets, in one run: ``make bench`` or ``python -m benchmarks``."""
