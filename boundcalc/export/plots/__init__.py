"""Figures of answers, one module for each kind of answer."""
