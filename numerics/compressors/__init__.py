"""Compressors: what a worker sends instead of its gradient, with constants and bits."""

from numerics.compressors.base import COMPRESSORS, Compressor, Kind
from numerics.compressors.constants import compressor_constants
from numerics.compressors.dithering import Dithering, Ternary
from numerics.compressors.extremal import AllOrNothing, Shorten, Shrink
from numerics.compressors.grid import Grid
from numerics.compressors.identity import Identity
from numerics.compressors.natural import Natural
from numerics.compressors.randk import RandK
from numerics.compressors.scaled import Scaled, scaled_down
from numerics.compressors.sign import ScaledSign
from numerics.compressors.sparsifier import Sparsifier
from numerics.compressors.topk import TopK

compressor_options, make_compressor = COMPRESSORS.options, COMPRESSORS.make

__all__ = [
    "COMPRESSORS",
    "AllOrNothing",
    "Compressor",
    "Dithering",
    "Grid",
    "Identity",
    "Kind",
    "Natural",
    "RandK",
    "Scaled",
    "ScaledSign",
    "Shorten",
    "Shrink",
    "Sparsifier",
    "Ternary",
    "TopK",
    "compressor_constants",
    "compressor_options",
    "make_compressor",
    "scaled_down",
]
