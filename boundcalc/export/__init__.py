"""Answers shown: LaTeX, certificates as JSON, tables and plots."""
