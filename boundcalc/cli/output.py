"""Writing answers as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import typer


def emit(answer: Any) -> None:
    """Print one JSON document on stdout; infinities as the strings "inf" and "-inf"."""
    print(json.dumps(json_safe(answer), indent=2, ensure_ascii=False, allow_nan=False))


def finish(answer: Any, text: Callable[[Any], str], json: bool) -> NoReturn:
    """Print an answer, as JSON or as its text, and end with its exit status."""
    if json:
        emit(answer.to_json())
    else:
        print(text(answer))
    raise typer.Exit(answer.exit_status)


def json_safe(value: Any) -> Any:
    """Return the value in what JSON knows; infinities as texts."""
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return json_safe(value.tolist())
    if isinstance(value, list | tuple):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value
