"""Problems whose constants are known."""

from numerics.problems.base import Enclosure, FiniteSum, Problem
from numerics.problems.composite import Composite, composite
from numerics.problems.data import Dataset, load_data
from numerics.problems.finite_sums import glm, least_squares, problem_from_data
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.losses import LOSSES, Loss
from numerics.problems.maml import Maml, maml
from numerics.problems.quadratic import Quadratic, quadratic
from numerics.problems.registry import PROBLEMS, make_problem, problem_options
from numerics.problems.sine import Sine, sine

__all__ = [
    "LOSSES",
    "PROBLEMS",
    "Composite",
    "Dataset",
    "Enclosure",
    "FiniteSum",
    "GeneralisedLinear",
    "Loss",
    "Maml",
    "Problem",
    "Quadratic",
    "Sine",
    "composite",
    "glm",
    "least_squares",
    "load_data",
    "make_problem",
    "maml",
    "problem_from_data",
    "problem_options",
    "quadratic",
    "sine",
]
