"""What a person holds: a theorem together with every question that can be asked of it.

This is the one module that knows all services. Inside the package nobody uses it: services take the
declaration (:class:`boundcalc.model.theorem.Theorem`) and call each other as functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boundcalc import registry
from boundcalc.model.theorem import Theorem

if TYPE_CHECKING:
    from boundcalc.bounds.bound import Bound
    from boundcalc.bounds.rates.cases import RateCase
    from boundcalc.bounds.stepsize import StepSize
    from boundcalc.comparison.communication import Complexity, Contender
    from boundcalc.comparison.estimators import Comparison
    from boundcalc.comparison.theorems import Contest
    from boundcalc.model.estimator import Estimator
    from boundcalc.proofs.prove import Proof
    from boundcalc.verify import HorizonStudy, Sweep, Verification


class TheoremHandle:
    """A theorem that answers questions; ``declaration`` is what the module declares of it.

    What the declaration says can be read of the handle too: ``t.name``, ``t.parameters``; and
    ``dataclasses.replace(t, name=...)`` makes a declaration with other parts.
    """

    __slots__ = ("declaration",)
    __dataclass_fields__ = Theorem.__dataclass_fields__

    declaration: Theorem

    def __new__(cls, declaration: Theorem | TheoremHandle | None = None, **parts: Any) -> Any:
        """Return the handle of a declaration; from parts, as `replace` gives them, declare one."""
        if declaration is None:
            return Theorem(**parts)
        handle = super().__new__(cls)
        object.__setattr__(handle, "declaration", _declared(declaration))
        return handle

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a theorem cannot be changed: {name} is what it declares")

    def __reduce__(self) -> Any:
        return TheoremHandle, (self.declaration,)

    def __eq__(self, other: object) -> bool:
        return type(other) is TheoremHandle and other.declaration is self.declaration

    def __hash__(self) -> int:
        return hash(self.declaration)

    def __getattr__(self, name: str) -> Any:
        # Only what a declaration has: copying and pickling look for names before there is any.
        if name.startswith("_") or name == "declaration":
            raise AttributeError(name)
        return getattr(self.declaration, name)

    def __dir__(self) -> list[str]:
        inherited = (name for name in dir(self.declaration) if not name.startswith("_"))
        return sorted({*super().__dir__(), *inherited})

    def __repr__(self) -> str:
        return f"TheoremHandle({self.declaration.name})"

    def _repr_latex_(self) -> str:
        from boundcalc.export.latex import display

        return display(self.declaration)

    def with_estimator(self, estimator: Estimator | str) -> TheoremHandle:
        """Return the theorem in the constants of a gradient estimator, given or named.

        Raises :class:`UsageError` where it is unknown, or the theorem takes none like it.
        """
        from boundcalc.model.compose import compose

        found = registry.estimator(estimator) if isinstance(estimator, str) else estimator
        return TheoremHandle(compose(self.declaration, found))

    def prove(self) -> Proof:
        """Re-check the proof in exact arithmetic; see :func:`boundcalc.proofs.prove.prove`."""
        from boundcalc.proofs.prove import prove

        return prove(self.declaration)

    def step_size(
        self, *, horizon: int | None = None, target: float | None = None, **values: Any
    ) -> StepSize:
        """Return the step sizes that are admitted.

        See :func:`boundcalc.bounds.stepsize.step_size`.
        """
        from boundcalc.bounds.stepsize import step_size

        return step_size(self.declaration, values, horizon=horizon, target=target)

    def bound(self, K: Any, **values: Any) -> Bound:
        """Return the bound after K iterations; see :func:`boundcalc.bounds.bound.bound`."""
        from boundcalc.bounds.bound import bound

        return bound(self.declaration, K, values)

    def evaluate(self, K: Any, *, form: str | None = None, **values: Any) -> Any:
        """Return the bound on arrays, in floats; see :func:`boundcalc.bounds.bound.evaluate`."""
        from boundcalc.bounds.bound import evaluate

        return evaluate(self.declaration, K, values, form)

    def rates(self) -> tuple[RateCase, ...]:
        """Return how fast the bound can fall, with and without errors.

        See :mod:`boundcalc.bounds.rates`.
        """
        from boundcalc.bounds.rates.cases import settings

        return settings(self.declaration)

    def complexity(
        self,
        target: float,
        *,
        estimator: Estimator | str | None = None,
        bits: float | None = None,
        **values: Any,
    ) -> Complexity:
        """Return iterations and bits to a target.

        See :func:`boundcalc.comparison.communication.complexity`.
        """
        from boundcalc.comparison.communication import complexity

        return complexity(self.declaration, target, values, estimator=estimator, bits=bits)

    def compare(
        self,
        estimators: Sequence[str],
        *,
        target: float | None = None,
        horizon: int | None = None,
        bits: float | None = None,
        **values: Any,
    ) -> Comparison:
        """Compare estimators, written as :func:`boundcalc.comparison.entries.contenders` reads
        them.

        See :func:`boundcalc.comparison.estimators.compare`.
        """
        from boundcalc.comparison.entries import contenders
        from boundcalc.comparison.estimators import compare

        rivals = contenders(self.declaration, estimators, values, bits=bits)
        return compare(rivals, target=target, horizon=horizon)

    def verify(self, **options: Any) -> Verification:
        """Hold the running method against the bound; see :func:`boundcalc.verify.verify`."""
        from boundcalc.verify import verify

        return verify(self.declaration, **options)

    def sweep(self, *over: str, **options: Any) -> Sweep:
        """Verify at every point of a grid: ``t.sweep("gamma=0.01:1:20log", "beta=0.1:1:10")``.

        See :func:`boundcalc.exact.ranges.read_range` and :func:`boundcalc.verify.sweep`.
        """
        from boundcalc.verify import sweep

        return sweep(self.declaration, over, **options)

    def verify_horizons(self, horizons: Sequence[int], **options: Any) -> HorizonStudy:
        """Verify at several horizons, each with the best parameters for it.

        See :func:`boundcalc.verify.verify_horizons`.
        """
        from boundcalc.verify import verify_horizons

        return verify_horizons(self.declaration, horizons, **options)

    def latex(self, *, proof: bool = False) -> str:
        """Return the theorem as a LaTeX environment, with its proof if asked for."""
        from boundcalc.export.latex import theorem_environment

        return theorem_environment(self.declaration, proof=proof)


def theorem(name: str) -> TheoremHandle:
    """Return the theorem of that name; ``THEOREM+ESTIMATOR`` composes the two.

    Raises :class:`UsageError`, with the nearest names, for one that does not exist.
    """
    return TheoremHandle(registry.named(name))


def catalogue() -> Mapping[str, TheoremHandle]:
    """Return every theorem that the installed packages offer, by name.

    Raises :class:`UsageError` where a package cannot be imported or two theorems share a name.
    """
    return {name: TheoremHandle(found) for name, found in registry.catalogue().items()}


def load_file(path: str) -> Mapping[str, TheoremHandle]:
    """Return the theorems that a Python file defines, by name.

    See :func:`boundcalc.registry.load_file`.
    """
    return {name: TheoremHandle(found) for name, found in registry.load_file(path).items()}


def contender(
    theorem: TheoremHandle | Theorem,
    estimator: Estimator | str | None,
    values: Mapping[str, Any],
    *,
    label: str | None = None,
    bits: float | None = None,
) -> Contender:
    """Return the theorem with an estimator at given constants, to be compared.

    See :func:`boundcalc.comparison.communication.contender`.
    """
    from boundcalc.comparison import communication

    return communication.contender(_declared(theorem), estimator, values, label=label, bits=bits)


def compare_theorems(theorems: Sequence[TheoremHandle | Theorem | str], **options: Any) -> Contest:
    """Hold theorems against each other.

    See :func:`boundcalc.comparison.theorems.compare_theorems`.
    """
    from boundcalc.comparison import theorems as contest

    every = [one if isinstance(one, str) else _declared(one) for one in theorems]
    return contest.compare_theorems(every, **options)


def _declared(theorem: TheoremHandle | Theorem) -> Theorem:
    return theorem.declaration if isinstance(theorem, TheoremHandle) else theorem
