"""Problems whose constants are known."""

from numerics.problems.base import PROBLEMS, Enclosure, FiniteSum, Problem
from numerics.problems.composite import Composite, composite
from numerics.problems.data import Dataset, load_data
from numerics.problems.distributed import Distributed
from numerics.problems.finite_sums import glm, least_squares, problem_from_data, sharded_glm
from numerics.problems.glm import GeneralisedLinear
from numerics.problems.losses import LOSSES, Loss
from numerics.problems.maml import Maml, maml
from numerics.problems.quadratic import Quadratic, quadratic
from numerics.problems.sharded import ShardedLinear
from numerics.problems.shards import SPLITS
from numerics.problems.shifted import ShiftedQuadratics, shifted_quadratics
from numerics.problems.sine import Sine, sine

make_problem, problem_options = PROBLEMS.make, PROBLEMS.options

__all__ = [
    "LOSSES",
    "PROBLEMS",
    "SPLITS",
    "Composite",
    "Dataset",
    "Distributed",
    "Enclosure",
    "FiniteSum",
    "GeneralisedLinear",
    "Loss",
    "Maml",
    "Problem",
    "Quadratic",
    "ShardedLinear",
    "ShiftedQuadratics",
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
    "sharded_glm",
    "shifted_quadratics",
    "sine",
]
