"""The simulator: problems with known constants, gradient estimators, methods, streaming moments.

A part is imported when it is first used: the catalogue asks for the methods alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
