"""The constants that estimators are told in, with the names of the field."""

from __future__ import annotations

import sympy as sp

from boundcalc.model.parameters import LEFT_OPEN_UNIT, NONNEGATIVE, POSITIVE, Domain, Parameter

ONE_OR_MORE = Domain(sp.S.One, None)
TWO_OR_MORE = Domain(sp.Integer(2), None)


def upper_bound(name: str, latex: str, meaning: str, default: sp.Expr | None = None) -> Parameter:
    """Return a constant of the problem that is not negative, and may be taken larger."""
    return Parameter(name, latex, meaning, NONNEGATIVE, weaker="larger", default=default)


def count(
    name: str, latex: str, meaning: str, least: Domain = ONE_OR_MORE, typical: int | None = None
) -> Parameter:
    """Return a whole number."""
    return Parameter(
        name,
        latex,
        meaning,
        least,
        whole=True,
        typical=None if typical is None else sp.Integer(typical),
    )


WORKERS = Parameter("n", "n", "number of workers", ONE_OR_MORE, default=sp.S.One, whole=True)
B_H = upper_bound("B_h", "B_h", "relative dissimilarity of the workers", sp.S.Zero)
DELTA2 = upper_bound("delta2", r"\delta^2", "absolute dissimilarity of the workers", sp.S.Zero)
SIGMA0 = upper_bound("sigma0_2", r"\sigma_0^2", "variance of a worker's gradient", sp.S.Zero)
ALL_WORKERS = (WORKERS, B_H, DELTA2, SIGMA0)
YOUNG = Parameter("young", "t", "weight of Young's inequality", POSITIVE, role="free")

OMEGA = upper_bound("omega", r"\omega", "constant of the unbiased compressor")
ALPHA = Parameter(
    "alpha", r"\alpha", "constant of the contractive compressor", LEFT_OPEN_UNIT, weaker="smaller"
)
ABSOLUTE = upper_bound("abs_error", "c", "largest error of the compressor")

DIMENSION = count("d", "d", "dimension", typical=100)
ROOT = Parameter(
    "sqrt_d", r"\sqrt d", "square root of d", ONE_OR_MORE, derived=sp.sqrt(DIMENSION.symbol)
)
KEPT = count("k", "k", "entries that are sent", typical=80)
LEVELS = count("levels", r"\ell", "levels of the dithering", typical=4)
PROBABILITY = Parameter(
    "p_min",
    r"p_{\min}",
    "least probability of an entry to be sent (bits count them all at it)",
    LEFT_OPEN_UNIT,
    weaker="smaller",
)
PITCH = Parameter("pitch", r"\epsilon", "pitch of the grid", POSITIVE)

CLIP = Parameter("clip", r"\lambda", "clipping level", POSITIVE)
G2 = Parameter(
    "G2",
    "G_2",
    "bound of the norm (not its square) of every worker's gradient",
    POSITIVE,
    weaker="larger",
)
KAPPA = upper_bound("kappa", r"\kappa", "constant of the robust aggregation")
FAULTY = Parameter("faulty", r"n_{\mathrm f}", "number of faulty workers", NONNEGATIVE, whole=True)

OF_COMPONENTS = (
    upper_bound("B_h", "B_h", "relative dissimilarity of the components", sp.S.Zero),
    upper_bound("delta2", r"\delta^2", "absolute dissimilarity of the components", sp.S.Zero),
)
COMPONENTS = count("m", "m", "components of the finite sum", TWO_OR_MORE)
L_MAX = Parameter("L_max", r"L_{\max}", "smoothness of every component", POSITIVE, weaker="larger")

BATCH = count("batch_inner", "s", "size of an inner batch")
ELL_H = Parameter("ell_h", r"\ell_h", "bound of the inner Jacobian", POSITIVE, weaker="larger")
ELL_F = upper_bound("ell_F", r"\ell_F", "bound of the outer gradient")
L_F = upper_bound("L_F", "L_F", "smoothness of the outer function")
SIGMA_H = upper_bound("sigma_h2", r"\sigma_h^2", "variance of the inner value", sp.S.Zero)
SIGMA_J = upper_bound("sigma_J2", r"\sigma_J^2", "squared error of the Jacobian", sp.S.Zero)
SIGMA_F = upper_bound("sigma_F2", r"\sigma_F^2", "variance of the outer gradient", sp.S.Zero)
TASKS = Parameter("n", "n", "number of tasks", ONE_OR_MORE, default=sp.S.One, whole=True)
INNER_STEP = Parameter("inner_step", "a", "inner step of MAML", POSITIVE)
L_PHI = Parameter("L_phi", r"L_\phi", "smoothness of every task", POSITIVE, weaker="larger")
ELL_PHI = upper_bound("ell_phi", r"\ell_\phi", "bound of every task's gradient")
RHO_PHI = upper_bound("rho_phi", r"\rho_\phi", "Lipschitz constant of every task's Hessian")
SIGMA_G = upper_bound("sigma_g2", r"\sigma_g^2", "variance of the inner gradient", sp.S.Zero)
SIGMA_HESSIAN = upper_bound("sigma_H2", r"\sigma_H^2", "variance of the Hessian", sp.S.Zero)
