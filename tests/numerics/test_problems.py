"""Every problem knows its function, its gradient and its constants."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from numerics import LOSSES, InputError, Problem, make_problem, problem_options
from numerics.problems import GeneralisedLinear

CASES: dict[str, tuple[str, dict[str, object]]] = {
    "quadratic": ("quadratic", {}),
    "rotated": ("quadratic", {"rotate": True, "dimension": 7, "spectrum": "linear"}),
    "singular": ("quadratic", {"spectrum": [0, 0.5, 2], "start": [1, -1, 3]}),
    "least-squares": ("least-squares", {}),
    "sine": ("sine", {}),
    "squared": ("glm", {"loss": "squared"}),
    "squared-wide": ("glm", {"loss": "squared", "samples": 20, "dimension": 50}),
    "squared-wide-l2": ("glm", {"loss": "squared", "samples": 20, "dimension": 50, "l2": 0.1}),
    "logistic-l2": ("glm", {"loss": "logistic", "l2": 0.1}),
    "logcosh": ("glm", {"loss": "logcosh"}),
    "logcosh-l2": ("glm", {"loss": "logcosh", "l2": 0.01}),
    "geman": ("glm", {"loss": "geman-mcclure"}),
    "geman-l2": ("glm", {"loss": "geman-mcclure", "l2": 2.0}),
    "shifted": ("shifted-quadratics", {"dimension": 6}),
    "shifted-odd": ("shifted-quadratics", {"spectrum": [0, 0.5, 2], "workers": 7, "shift": 30}),
    "sharded": ("sharded-glm", {"loss": "squared", "samples": 62, "l2": 0.1}),
}


@pytest.fixture(params=CASES)
def problem(request: pytest.FixtureRequest) -> Problem:
    name, options = CASES[request.param]
    return make_problem(name, **options)


def points(problem: Problem, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sizes = np.repeat([0.01, 0.3, 1, 3, 30], 8)[:, None]
    return sizes * rng.standard_normal((len(sizes), problem.dimension))


def test_gradient_against_central_differences(problem: Problem) -> None:
    x = points(problem)[:32]
    gradient = problem.gradient(x)
    for j in range(problem.dimension):
        h = 1e-5 * np.eye(problem.dimension)[j]
        slope = (problem.value(x + h) - problem.value(x - h)) / 2e-5
        assert np.allclose(slope, gradient[:, j], rtol=1e-6, atol=1e-6)


def test_evaluations_agree(problem: Problem) -> None:
    x = points(problem)
    out = np.empty_like(x)
    value, gradient = problem.value_and_gradient(x, out)
    assert gradient is out and np.array_equal(value, problem.value(x))
    assert np.array_equal(gradient, problem.gradient(x))


def test_smoothness_and_pl_constants_hold(problem: Problem) -> None:
    x, y = points(problem, 1), points(problem, 2)
    bend = np.linalg.norm(problem.gradient(x) - problem.gradient(y), axis=1)
    assert (bend <= problem.constants["L"] * np.linalg.norm(x - y, axis=1) * (1 + 1e-12)).all()
    if "mu" in problem.constants:
        square = np.sum(problem.gradient(x) ** 2, axis=1)
        gap = problem.value(x) - problem.f_star
        assert (square * (1 + 1e-9) >= 2 * problem.constants["mu"] * gap).all()


def test_f_inf_is_below_the_minimum_that_scipy_finds(problem: Problem) -> None:
    from scipy.optimize import minimize

    found = minimize(
        lambda x: problem.value(x[None])[0],
        problem.start,
        jac=lambda x: problem.gradient(x[None])[0],
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
    )
    assert problem.f_inf <= found.fun
    if "mu" in problem.constants:
        assert problem.f_star - problem.f_inf <= 1e-9 * (1 + problem.f_star)
        assert found.fun >= problem.f_star - 1e-12 and found.fun <= problem.f_star + 1e-6


def test_delta_bounds_the_first_gap(problem: Problem) -> None:
    gap = problem.value(problem.start[None])[0] - problem.f_inf
    assert gap <= problem.Delta * (1 + 1e-15) and problem.Delta <= gap * (1 + 1e-9) + 1e-12


def test_enclosures_contain_the_value_in_high_precision() -> None:
    with mpmath.workdps(50):
        for name in ("logistic-l2", "logcosh", "geman-l2", "squared"):
            kind, options = CASES[name]
            problem = make_problem(kind, **options, start=0.0)
            assert isinstance(problem, GeneralisedLinear)
            phi = {
                "logistic": (
                    lambda u: mpmath.log1p(mpmath.exp(-u)),
                    lambda u: -1 / (1 + mpmath.exp(u)),
                ),
                "logcosh": (lambda u: mpmath.log(mpmath.cosh(u)), mpmath.tanh),
                "geman-mcclure": (lambda u: u**2 / (1 + u**2), lambda u: 2 * u / (1 + u**2) ** 2),
                "squared": (lambda u: u**2 / 2, lambda u: u),
            }[problem.loss.name]  # fmt: skip
            for x in points(problem)[::8]:
                inside = problem.enclose(x)
                exact_x = [mpmath.mpf(t) for t in x]
                total, gradient = mpmath.mpf(0), [problem.l2 * t for t in exact_x]
                for row, b in zip(problem.features, problem.targets, strict=True):
                    u = sum((mpmath.mpf(a) * t for a, t in zip(row, exact_x, strict=True)), -b)
                    total += phi[0](u) / problem.components
                    slope = phi[1](u) / problem.components
                    gradient = [g + slope * a for g, a in zip(gradient, row, strict=True)]
                total += problem.l2 * sum(t**2 for t in exact_x) / 2
                norm = mpmath.sqrt(sum(g**2 for g in gradient))
                assert inside.value[0] <= total <= inside.value[1]
                assert inside.gradient_norm[0] <= norm <= inside.gradient_norm[1]
                assert inside.value[1] - inside.value[0] <= 1e-11 * (1 + inside.value[1])


def test_enclosure_of_a_rotated_quadratic() -> None:
    problem = make_problem("quadratic", rotate=True, dimension=6, seed=3)
    with mpmath.workdps(50):
        u = mpmath.matrix(problem.mirror.tolist())  # type: ignore[attr-defined]
        for x in points(problem)[::5]:
            t = mpmath.matrix(x.tolist())
            y = t - u * (2 * (u.T * t)[0] / (u.T * u)[0])
            scaled = [c * s for c, s in zip(problem.spectrum.tolist(), y, strict=True)]  # type: ignore[attr-defined]
            value = sum(s * r for s, r in zip(scaled, y, strict=True)) / 2
            norm = mpmath.sqrt(sum(s**2 for s in scaled))
            inside = problem.enclose(x)
            assert inside.value[0] <= value <= inside.value[1]
            assert inside.gradient_norm[0] <= norm <= inside.gradient_norm[1]


def test_quadratic_constants_are_the_spectrum_exactly() -> None:
    for kind in ("linear", "log", "two-point"):
        problem = make_problem("quadratic", dimension=9, mu=0.03, L=0.7, spectrum=kind)
        assert problem.constants == {"L": 0.7, "mu": 0.03}
    singular = make_problem("quadratic", spectrum=[0, 0.25, 4])
    assert singular.constants == {"L": 4.0, "mu": 0.25}


def test_rotation_hides_the_axes_and_keeps_the_spectrum() -> None:
    problem = make_problem("quadratic", rotate=True, dimension=6, mu=0.5, L=2)
    hessian = problem.gradient(np.eye(6))
    assert np.abs(hessian - np.diag(np.diag(hessian))).max() > 0.01
    values = np.linalg.eigvalsh(hessian)
    assert np.allclose([values[0], values[-1]], [0.5, 2])


def test_least_squares_has_exactly_the_rank_and_spectrum_asked_for() -> None:
    problem = make_problem("least-squares", dimension=12, rank=5, mu=0.2, L=3, noise=0.7)
    assert isinstance(problem, GeneralisedLinear)
    values = np.linalg.eigvalsh(problem.features.T @ problem.features / problem.components)
    assert np.allclose(values[:7], 0, atol=1e-14)
    assert np.allclose([values[7], values[-1]], [0.2, 3])
    mu, L = problem.constants["mu"], problem.constants["L"]
    assert 0.2 - 1e-9 < mu <= values[7] + 1e-14 and values[-1] - 1e-14 <= L < 3 + 1e-9


def test_finite_sum_constants_against_their_definitions() -> None:
    for name, loss in LOSSES.items():
        problem = make_problem("glm", loss=name, samples=30, dimension=4, l2=0.1)
        assert isinstance(problem, GeneralisedLinear)
        A, m, c = problem.features, problem.components, problem.constants
        squares = np.sum(A**2, axis=1)
        top = loss.curvature_max
        assert c["L"] == pytest.approx(top * np.linalg.norm(A, 2) ** 2 / m + 0.1)
        assert c["L"] >= top * np.linalg.eigvalsh(A.T @ A)[-1] / m + 0.1
        assert c["L_max"] == pytest.approx(top * squares.max() + 0.1)
        rng = np.random.default_rng(5)
        x, y = 2 * rng.standard_normal((2, 400, 4))
        every = [np.full((400, 1), i) for i in range(m)]
        moves = [problem.sample_gradient(x, i) - problem.sample_gradient(y, i) for i in every]
        mean = np.mean([np.sum(move**2, axis=1) for move in moves], axis=0)
        distance = np.sum((x - y) ** 2, axis=1)
        assert (mean <= c["L_avg"] ** 2 * distance).all()
        assert c["L"] <= c["L_avg"] <= c["L_max"]
        single = max(float((np.sum(v**2, axis=1) / distance).max()) for v in moves)
        assert single <= c["L_max"] ** 2


def test_ranges_of_the_losses() -> None:
    u = np.linspace(-40, 40, 200_001)
    for loss in LOSSES.values():
        slope = loss.slope(u)
        if np.isfinite(loss.slope_max):
            reached = np.abs(slope).max()
            assert reached <= loss.slope_max and reached > 0.999 * loss.slope_max
        curvature = loss.curvature(u)
        assert curvature.min() >= loss.curvature_min - 1e-12
        assert curvature.max() == pytest.approx(loss.curvature_max, rel=1e-6)
        assert np.allclose(np.gradient(loss.value(u), u)[1:-1], slope[1:-1], atol=1e-6)
        assert np.allclose(np.gradient(slope, u)[1:-1], curvature[1:-1], atol=1e-6)
        assert (loss.value(u) >= 0).all()
        assert (slope**2 <= 2 * loss.curvature_max * loss.value(u) * (1 + 1e-12) + 1e-15).all()


def test_pl_constant_only_where_it_is_proved() -> None:
    assert "mu" not in make_problem("glm", loss="logistic").constants
    assert "mu" not in make_problem("glm", loss="geman-mcclure", l2=1e-3).constants
    assert make_problem("glm", loss="logistic", l2=0.25).constants["mu"] == 0.25
    wide = make_problem("glm", loss="squared", samples=5, dimension=9, l2=0.25)
    assert wide.constants["mu"] == 0.25


def test_undecided_rank_gives_no_pl_constant() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((30, 3))
    features = np.column_stack([features, features @ [1.0, 2.0, 3.0]])
    problem = GeneralisedLinear(
        features, rng.standard_normal(30), LOSSES["squared"], 0.0, np.zeros(4), name="t", title="t"
    )
    assert "mu" not in problem.constants and problem.f_inf == 0.0


def test_repeated_rows_do_not_hide_independence() -> None:
    rows = np.random.default_rng(0).standard_normal((4, 9))
    problem = GeneralisedLinear(
        np.vstack([rows, rows, rows[:2]]), np.arange(10.0), LOSSES["squared"], 0.0, np.zeros(9),
        name="t", title="t",
    )  # fmt: skip
    weights = np.array([3, 3, 2, 2]) / 10
    least = np.linalg.eigvalsh((rows * np.sqrt(weights)[:, None]) @ (rows.T * np.sqrt(weights)))[0]
    assert problem.constants["mu"] == pytest.approx(least) and problem.constants["mu"] <= least


def test_sine_pl_constant_in_interval_arithmetic() -> None:
    """(2u + 3 sin 2u)^2 >= 2 mu (u^2 + 3 sin^2 u) for every u, with rigorous intervals."""
    iv, mu = mpmath.iv, make_problem("sine").constants["mu"]
    assert mu == 0.1755 > 1 / 32

    def holds(low: float, high: float) -> bool:
        u = iv.mpf([low, high])
        slope = 2 * u + 3 * iv.sin(2 * u)
        return bool((slope**2 - 2 * iv.mpf(mu) * (u**2 + 3 * iv.sin(u) ** 2)).a >= 0)

    # |u| <= 1/4: sin 2u >= u for u >= 0, so slope >= 5u, and sin u <= u gives f <= 4 u^2.
    assert iv.sin(iv.mpf("0.5")).a >= 0.25 and 8 * mu <= 25
    # |u| >= 6: slope >= 2|u| - 3 and f <= u^2 + 3; (2u - 3)^2 - 2 mu (u^2 + 3) rises from u = 6 on.
    assert 2 * mu * (6**2 + 3) <= (2 * 6 - 3) ** 2 and 4 * mu * 6 <= 4 * (2 * 6 - 3) and mu < 2
    # In between by bisection; the function is even.
    stack = [(0.25, 6.0)]
    while stack:
        low, high = stack.pop()
        if not holds(low, high):
            assert high - low > 1e-7, f"cannot be proved near {low}"
            middle = (low + high) / 2
            stack += [(low, middle), (middle, high)]


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("quadratc", {}, "did you mean quadratic"),
        ("quadratic", {"dimensions": 3}, "did you mean dimension"),
        ("quadratic", {"mu": 2.0, "L": 1.0}, "mu must be <= L"),
        ("quadratic", {"mu": 0.5, "spectrum": "equal"}, "mu = L"),
        ("quadratic", {"spectrum": "lin"}, "did you mean linear"),
        ("quadratic", {"spectrum": [1, -1]}, "eigenvalues must be >= 0"),
        ("quadratic", {"spectrum": []}, "non-empty"),
        ("quadratic", {"dimension": 2.5}, "dimension must be an integer >= 1"),
        ("quadratic", {"dimension": 10**15}, "memory"),
        ("quadratic", {"start": [1, 2]}, "start must have 20 entries"),
        ("quadratic", {"L": float("inf")}, "L must be finite"),
        ("sine", {"dimension": 0}, "dimension must be an integer >= 1"),
        ("sine", {"dimension": 10**14}, "memory"),
        ("least-squares", {"rank": 30}, "rank must be <= dimension"),
        ("least-squares", {"rank": 10**6, "dimension": 10**8}, "memory"),
        ("glm", {"loss": "logstic"}, "did you mean logistic"),
        ("glm", {"l2": -1}, "l2 must be >= 0"),
        ("glm", {"samples": 10**9, "dimension": 10**6}, "memory"),
    ],
)
def test_wrong_options(name: str, options: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        make_problem(name, **options)
    assert "\n" not in str(caught.value)


def test_options_with_defaults_are_listed() -> None:
    assert problem_options("sine") == {"dimension": 10, "start": 2.0}
