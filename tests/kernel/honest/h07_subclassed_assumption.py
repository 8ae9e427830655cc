"""An assumption that subclasses the kernel's and adds a true rule; a loop builds the certificate."""
from tests.kernel.hostile.common import *
@dataclass(frozen=True)
class Smoother(Smooth):
    name = "smooth, twice"
    rules = {**Smooth.rules, "ascent": "descent lemma from the other side"}
    def latex(self): return super().latex()
    def ascent(self, x, y): return self.at("ascent", x, y)
    def _ascent(self, x, y): return self._descent(y, x)
sm = Smoother(f, L)
def certificate(t):
    c0 = sgd_nonconvex.step.certificate(t)
    using = [(w, sm.descent(*i.arguments) if i.rule == "descent" else i) for w, i in c0.using]
    return replace(c0, using=using)
mine = replace(sgd_nonconvex, name="mine", assumes=[sm, sgdmod.below, oracle], step=replace(sgd_nonconvex.step, certificate=certificate))
