from .bounds.bound import Bound as Bound
from .bounds.rates.find import find_rate as find_rate
from .bounds.rates.rate import Rate as Rate
from .bounds.stepsize import StepSize as StepSize
from .comparison.communication import Complexity as Complexity
from .comparison.communication import Contender as Contender
from .comparison.estimators import Comparison as Comparison
from .comparison.estimators import compare as compare
from .comparison.theorems import Contest as Contest
from .errors import (
    BoundcalcError as BoundcalcError,
)
from .errors import (
    ProofError as ProofError,
)
from .errors import (
    UnprovedWarning as UnprovedWarning,
)
from .errors import (
    UnreachableError as UnreachableError,
)
from .errors import (
    UsageError as UsageError,
)
from .facade import (
    TheoremHandle as TheoremHandle,
)
from .facade import (
    catalogue as catalogue,
)
from .facade import (
    compare_theorems as compare_theorems,
)
from .facade import (
    contender as contender,
)
from .facade import (
    load_file as load_file,
)
from .facade import (
    theorem as theorem,
)
from .model.theorem import Theorem as Theorem
from .proofs.prove import Proof as Proof

__version__: str
BEGAN: float
