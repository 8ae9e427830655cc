"""Compressed and stale gradients of workers."""
