"""Sign-based methods, from signSGD to variance-reduced majority vote.

Methods, settings and rates: Jiang, Yang, Yang, Zhang, "Efficient Sign-Based Optimization:
Accelerating Convergence via Variance Reduction", NeurIPS 2024 (arXiv:2406.00489). The constants are
derived here.
"""

from theorems.signs.feedback import ef_signsgd, ssdm
from theorems.signs.single import signsgd, signsgd_momentum, ssvr
from theorems.signs.snapshots import sign_rvm, sign_rvr, sign_svrg, ssvr_finite_sum
from theorems.signs.votes import sto_signsgd, sto_signsgd_randomised
from theorems.signs.votes_averaged import mv_signsgd_momentum, ssvr_majority
from theorems.signs.votes_randomised import ssvr_majority_randomised

__all__ = [
    "ef_signsgd",
    "mv_signsgd_momentum",
    "sign_rvm",
    "sign_rvr",
    "sign_svrg",
    "signsgd",
    "signsgd_momentum",
    "ssdm",
    "ssvr",
    "ssvr_finite_sum",
    "ssvr_majority",
    "ssvr_majority_randomised",
    "sto_signsgd",
    "sto_signsgd_randomised",
]
