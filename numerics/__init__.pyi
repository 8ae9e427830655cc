from .algorithms import SGD as SGD
from .algorithms import SGDM as SGDM
from .algorithms import Algorithm as Algorithm
from .audit import audit as audit
from .audit_result import Finding as Finding
from .compressors import (
    COMPRESSORS as COMPRESSORS,
)
from .compressors import (
    Compressor as Compressor,
)
from .compressors import (
    make_compressor as make_compressor,
)
from .delays import PATTERNS as PATTERNS
from .errors import InputError as InputError
from .initial import initial_error as initial_error
from .initial import initial_local_error as initial_local_error
from .jobs import Job as Job
from .metrics import (
    DISTANCE as DISTANCE,
)
from .metrics import (
    GAP as GAP,
)
from .metrics import (
    GRADIENT_1NORM as GRADIENT_1NORM,
)
from .metrics import (
    GRADIENT_NORM as GRADIENT_NORM,
)
from .metrics import (
    LEAST_SQUARED_GRADIENT as LEAST_SQUARED_GRADIENT,
)
from .metrics import (
    MEAN_GAP as MEAN_GAP,
)
from .metrics import (
    SQUARED_GRADIENT as SQUARED_GRADIENT,
)
from .metrics import (
    Metric as Metric,
)
from .optimum import optimum as optimum
from .oracles import (
    AGGREGATORS as AGGREGATORS,
)
from .oracles import (
    ATTACKS as ATTACKS,
)
from .oracles import (
    BIAS_LAWS as BIAS_LAWS,
)
from .oracles import (
    NOISE_LAWS as NOISE_LAWS,
)
from .oracles import (
    BiasedOracle as BiasedOracle,
)
from .oracles import (
    ClippedWorkers as ClippedWorkers,
)
from .oracles import (
    CompositeOracle as CompositeOracle,
)
from .oracles import (
    Exact as Exact,
)
from .oracles import (
    MamlOracle as MamlOracle,
)
from .oracles import (
    Messages as Messages,
)
from .oracles import (
    MiniBatch as MiniBatch,
)
from .oracles import (
    Oracle as Oracle,
)
from .oracles import (
    RobustWorkers as RobustWorkers,
)
from .oracles import (
    ShuffledComponents as ShuffledComponents,
)
from .oracles import (
    ShuffledPass as ShuffledPass,
)
from .oracles import (
    Synthetic as Synthetic,
)
from .oracles import (
    WorkerOracle as WorkerOracle,
)
from .oracles import (
    Workers as Workers,
)
from .oracles import (
    WorkerSamples as WorkerSamples,
)
from .problems import (
    LOSSES as LOSSES,
)
from .problems import (
    PROBLEMS as PROBLEMS,
)
from .problems import (
    SPLITS as SPLITS,
)
from .problems import (
    Composite as Composite,
)
from .problems import (
    Distributed as Distributed,
)
from .problems import (
    FiniteSum as FiniteSum,
)
from .problems import (
    Maml as Maml,
)
from .problems import (
    Problem as Problem,
)
from .problems import (
    load_data as load_data,
)
from .problems import (
    make_problem as make_problem,
)
from .problems import (
    problem_from_data as problem_from_data,
)
from .problems import (
    problem_options as problem_options,
)
from .reference import exact_mean as exact_mean
from .results import Result as Result
from .sign_methods import SIGN_MOMENTUM as SIGN_MOMENTUM
from .sign_methods import SIGN_SGD as SIGN_SGD
from .sign_methods import SSVR as SSVR
from .simulate import (
    default_checkpoints as default_checkpoints,
)
from .simulate import (
    estimate_memory as estimate_memory,
)
from .simulate import (
    make_job as make_job,
)
from .simulate import (
    run as run,
)
from .simulate import (
    simulate as simulate,
)
from .sparsity import Overlap as Overlap
from .sparsity import overlap as overlap
