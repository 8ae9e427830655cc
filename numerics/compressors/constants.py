"""The constants of a compressor that a theorem asks for."""

from __future__ import annotations

import math

from numerics.compressors.base import Compressor, Kind
from numerics.rounding import up

#: What theorems call the constant of a compressor of each kind.
NAMES: dict[Kind, str] = {"unbiased": "omega", "contractive": "alpha", "absolute": "abs_error"}


def compressor_constants(compressor: Compressor, dimension: int) -> dict[str, float]:
    """``omega``, ``alpha`` or ``abs_error`` (c, not its square) by the compressor's kind, on the
    safe side, and what that is a formula of: ``k``, ``levels``, ``d``.

    Raises InputError where the compressor does not fit the dimension.
    """
    own = compressor.constant(dimension)
    if compressor.kind == "absolute":
        own = up(math.sqrt(own))
    of = {n: float(getattr(compressor, n)) for n in compressor.formula if n != "d"}
    if "d" in compressor.formula:
        of["d"] = float(dimension)
    return {NAMES[compressor.kind]: own, **of}
