"""Verification: the running method held against the bound where all constants are known.

The simulator is loaded when it is first needed: the command line reads the options alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
