"""The window is paid for with a held weight that is negative."""
from attack import *
import theorems.compressed.delayed as de
from boundcalc.kernel.windows import WindowedTelescoping, WindowedGeometric
found = [t for t in vars(de).values() if isinstance(t, Theorem) and isinstance(t.step.unroll, (WindowedTelescoping, WindowedGeometric))]
def lie(t): return replace(t, name="evil-" + t.name, step=replace(t.step, unroll=replace(t.step.unroll, held=t.step.unroll.spent/2)))
evil = lie(found[0]); evil2 = lie(found[1])
