"""Compressors by name, with their options checked."""

from __future__ import annotations

import inspect

from numerics.compressors.base import Compressor
from numerics.compressors.dithering import Dithering, Ternary
from numerics.compressors.extremal import AllOrNothing, Shorten, Shrink
from numerics.compressors.grid import Grid
from numerics.compressors.identity import Identity
from numerics.compressors.natural import Natural
from numerics.compressors.randk import RandK
from numerics.compressors.sign import ScaledSign
from numerics.compressors.sparsifier import Sparsifier
from numerics.compressors.topk import TopK
from numerics.errors import InputError, unknown

COMPRESSORS: dict[str, type[Compressor]] = {
    kind.name: kind
    for kind in (
        Identity,
        RandK,
        Sparsifier,
        Dithering,
        Ternary,
        Natural,
        TopK,
        ScaledSign,
        Grid,
        Shrink,
        AllOrNothing,
        Shorten,
    )
}


def compressor_options(name: str) -> dict[str, object]:
    """The options of a compressor with their defaults, ``inspect.Parameter.empty`` for none;
    InputError for an unknown name.
    """
    if name not in COMPRESSORS:
        raise unknown("compressor", name, COMPRESSORS)
    parameters = inspect.signature(COMPRESSORS[name]).parameters
    return {option: parameter.default for option, parameter in parameters.items()}


def make_compressor(name: str, **options: object) -> Compressor:
    """The compressor of that name; InputError names the nearest option for one it does not have,
    and the option that is missing.
    """
    known = compressor_options(name)
    for option in options:
        if option not in known:
            raise unknown(f"option of compressor {name}", option, known)
    for option, default in known.items():
        if default is inspect.Parameter.empty and option not in options:
            raise InputError(f"compressor {name} needs {option}")
    return COMPRESSORS[name](**options)
