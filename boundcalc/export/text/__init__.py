"""Answers as text for a terminal, one module for each kind of answer."""
