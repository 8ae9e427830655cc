"""The questions that `variance_reduction.py` asks: the theorems, their constants, leading terms.

Leading terms are the best bounds with N large and batches as real numbers.

**Single samples.** In all three bounds d comes out as a factor sqrt(d) (the best step and weight
shrink as d^(-1/2)), and L and Delta set the scale, so d = 100 and L = Delta = 1 lose nothing. What
varies is sigma/sqrt(L Delta), the noise of one sample; L_avg/L, how much rougher the samples are
than their mean; and N. The leading terms are

    signsgd   2 sqrt(d) (2 L Delta sigma^2/N)^(1/4)
    ssvr      3 sqrt(d) (4 L_avg Delta sigma/N)^(1/3)

(for ssvr: Delta/(gamma K) + 2 sqrt(d) (L_avg h + beta sigma)/sqrt(2 beta) with h = gamma sqrt(d)
and K = N/2, at beta = L_avg h/sigma). They meet at

    N = 3^12/2^7 (L_avg/L)^4 L Delta/sigma^2, at a bound of 8/27 sqrt(d) sigma L/L_avg.

**Votes.** Both bounds are of the mean of ||grad f||^2 and fall as N^(-1/2), so what decides is not
N but what each theorem has to assume. `sto-signsgd-randomised` needs a radius R_s that no
coordinate of a worker's *stochastic* gradient exceeds, `ssvr-majority-randomised` only a radius R_t
for its *true* gradient, and then the noise sigma of a worker and L_avg. Plain votes have

    R_s Delta/(gamma K) + L R_s gamma d/2, at best R_s sqrt(2 L Delta d/N), exactly.

For SSVR, with a = R_t Delta/(gamma K) + L R_t gamma d/2, the mean square error W of its estimates
and a free q,

    (a + W/(2 q))/(1 - q/2), where K <= N/2: never less than R_t sqrt(4 L Delta d/N).

So *with one radius for both it never pays*: for all constants and all N its bound is at least
sqrt(2) R_t/R_s times that of plain votes. To leading order W = 2 L_avg h sigma (at
beta = L_avg h/sigma; a first batch of about sqrt(N) costs nothing then), and the best step leaves

    R_t sqrt(4 L Delta d/N) phi(r),   r = 2 (L_avg/L) sigma/(R_t sqrt(d)),
    phi(r) = min over 0 < q < 2 of sqrt(1 + r/q)/(1 - q/2),   q = (sqrt(9 r^2 + 16 r) - 3 r)/4,

phi(0) = 1, phi(r) ~ (3/2)^(3/2) sqrt(r). With s = sigma/(sqrt(d) R_s), x = R_s/R_t, y = L_avg/L the
ratio of the leading terms is sqrt(2) phi(2 s x y)/x, whatever N, d, L and Delta. It is 1 where

    x = sqrt(8/((2 - q)(2 - 3 q))),   s y = q^2/((2 - 3 q) x),   0 < q < 2/3:

at x = sqrt(2) for s y = 0, and at x ~ 27/2 s y for large ones. So variance reduction pays where the
stochastic gradients have coordinates that are larger than all those of the true ones by more than
about 27/2 s L_avg/L: large samples, but rare or, which is the same to a bound, of small variance.

On the map s = 1/4; in the leading terms another share only moves it along y, since s and y come as
their product. It is a possible share: s <= 1 always, as sigma^2 <= d R_s^2, and a noise that is
R_s - R_t or R_t - R_s in every coordinate with a probability p, and else 0, has L_avg = L and
s = sqrt(p) (1 - R_t/R_s). (A bound of the variance need not be attained: with R_s near R_t it is
not.) Beyond the leading terms R_t sqrt(d)/sqrt(L Delta) matters, too; it is 1 here.

Neither bound of votes falls with the number n of workers, so none of this is a gain of many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
# Where the leading terms of single samples meet, as a multiple of (L_avg/L)^4 L Delta/sigma^2.
LEADING = 3**12 / 2**7
# sigma/(sqrt(d) R_s) of a worker's gradients.
SHARE = 0.25
PLAIN_VOTES = "sto-signsgd-randomised"


@dataclass(frozen=True)
class Side:
    """A side of the map: what varies, in words, and the values."""

    label: str
    values: Array


@dataclass(frozen=True)
class Question:
    """Whether a theorem's bound is below that of its rivals, over two sides of a map.

    ``constants`` are those of the problem in a cell, by the theorem that is given them, x and y:
    theorems may assume different things of one problem. ``leading`` is the ratio of the leading
    terms, the theorem's to the least of its rivals', at one call; it falls as N^(-``power``).
    """

    name: str
    title: str
    theorem: str
    rivals: tuple[str, ...]
    constants: Callable[[str, float, float], dict[str, float]]
    x: Side
    y: Side
    leading: Callable[[Array, Array], Array]
    power: float

    def leading_ratio(self) -> Array:
        """The ratio of the leading terms at one call (y, x)."""
        x, y = np.meshgrid(self.x.values, self.y.values)
        return self.leading(x, y)


def of_samples(_theorem: str, x: float, y: float) -> dict[str, float]:
    """All theorems are given the same: x is a standard deviation, y a smoothness."""
    return {"L": 1.0, "Delta": 1.0, "d": 100.0, "sigma2": x**2, "L_avg": y}


def of_votes(theorem: str, x: float, y: float) -> dict[str, float]:
    """R is what the theorem needs it to bound: stochastic gradients or, x times less, true ones."""
    d = 100.0
    true = d**-0.5
    radius = x * true
    return {
        **{"L": 1.0, "Delta": 1.0, "d": d, "n": 10.0, "L_avg": y},
        "sigma2": d * (SHARE * radius) ** 2,
        "R": radius if theorem == PLAIN_VOTES else true,
    }


def leading_of_samples(x: Array, y: Array) -> Array:
    """The bounds fall as N^(-1/3) and N^(-1/4)."""
    return np.asarray((LEADING * y**4 / x**2) ** (1 / 12))


def leading_of_votes(x: Array, y: Array) -> Array:
    """The square root of 2 for two gradients a step, and phi for the error of the estimates."""
    return np.asarray(np.sqrt(2) * phi(2 * SHARE * x * y) / x)


def phi(r: Array) -> Array:
    """The least of sqrt(1 + r/q)/(1 - q/2) over q in (0, 2), for r > 0."""
    q = (np.sqrt(9 * r**2 + 16 * r) - 3 * r) / 4
    return np.asarray(np.sqrt(1 + r / q) / (1 - q / 2))


def questions(columns: int, rows: int) -> list[Question]:
    """What is asked; a row of pictures each."""
    noise = Side(r"noise of a sample, $\sigma/\sqrt{L\Delta}$", np.geomspace(0.01, 10, columns))
    large = Side(
        r"stochastic against true gradients, $R_s/R_t$",
        np.geomspace(1, 100, columns),
    )
    rough = Side(r"roughness of the samples, $L_{avg}/L$", np.geomspace(1, 32, rows))
    return [
        Question(
            "samples",
            "SSVR against signSGD with batches and with momentum",
            "ssvr",
            ("signsgd", "signsgd-momentum"),
            of_samples,
            noise,
            rough,
            leading_of_samples,
            1 / 12,
        ),
        Question(
            "votes",
            r"Randomised votes of workers: SSVR against plain stochastic signs ($\sigma^2 = d"
            r" R_s^2/16$)",
            "ssvr-majority-randomised",
            (PLAIN_VOTES,),
            of_votes,
            large,
            rough,
            leading_of_votes,
            0.0,
        ),
    ]
