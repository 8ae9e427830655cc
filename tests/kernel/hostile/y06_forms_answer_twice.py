"""The forms are a thing that yields the proved form first and another one later.

False: c = 1000 gamma in the form that is used.
"""
from attack import *
import sys
honest = tuple(sgd_nonconvex.forms)
lie = tuple(replace(fm, formulas={**fm.formulas, c: 1000 * gamma}) for fm in honest)
class Forms:
    def _now(self):
        frame, names = sys._getframe(2), set()
        while frame:
            names.add(frame.f_code.co_name)
            frame = frame.f_back
        return honest if "prove" in names else lie
    def __iter__(self): return iter(self._now())
    def __getitem__(self, i): return self._now()[i]
    def __len__(self): return len(honest)
evil = replace(sgd_nonconvex, name="evil", forms=Forms())
