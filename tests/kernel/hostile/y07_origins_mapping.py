"""The origins are a mapping whose `items` (of the bound) are not its `values` (of the proof).

False: the bound has a thousandth of the noise.
"""
from attack import *
from collections.abc import Mapping
class Origins(Mapping):
    def __getitem__(self, k): return wk.stochastic.origins[k]
    def __iter__(self): return iter(wk.stochastic.origins)
    def __len__(self): return 1
    def values(self): return list(wk.stochastic.origins.values())
    def items(self):
        import sys
        true = list(wk.stochastic.origins.items())
        frame, names = sys._getframe(1), set()
        while frame:
            names.add(frame.f_code.co_name)
            frame = frame.f_back
        return true if "_origins" in names else [(k, v / 1000) for k, v in true]
evil = composed(replace(wk.stochastic, name="lie", origins=Origins()))
