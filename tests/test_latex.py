"""What the LaTeX says, and that a real TeX accepts it."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
import sympy as sp

import boundcalc
from boundcalc import ProofError, Theorem
from boundcalc.errors import UnprovedWarning
from boundcalc.export.latex import display, document, rates_table, theorem_environment
from boundcalc.export.latex.conditions import interval, related
from boundcalc.export.latex.expressions import Writer
from boundcalc.export.latex.layout import chain, conjunction, escaped, spoken, width
from boundcalc.export.latex.names import writer
from boundcalc.export.latex.rates import schedules_table
from boundcalc.export.latex.reasons import sufficient
from boundcalc.export.latex.statement import written
from boundcalc.facade import TheoremHandle
from boundcalc.kernel import Function, Gap, at_least, exceeds, inner, norm2
from boundcalc.kernel.algebra import vector
from boundcalc.kernel.powers import Power, Shortfall
from boundcalc.kernel.printing import latex
from boundcalc.kernel.signs import Signs
from boundcalc.model.compose import compose
from boundcalc.model.theorem import Form
from boundcalc.registry import catalogue, estimators
from tests.conftest import NAMES

# -- compiling ---------------------------------------------------------------------------------


def compiled(source: str, folder: Path) -> str:
    """The log of the second run; fails with the end of the log where TeX stops."""
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (folder / "doc.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "doc.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert run.returncode == 0, run.stdout.decode(errors="replace")[-1500:]
    return (folder / "doc.log").read_text(encoding="latin-1")


def assert_clean(log: str) -> None:
    """No undefined or repeated labels, nothing beyond the margin."""
    assert "undefined" not in log
    assert "multiply defined" not in log
    assert "LaTeX Warning" not in log
    beyond = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert all(points <= 5 for points in beyond), beyond


def test_the_document_of_every_theorem_compiles(theorem: Theorem, tmp_path: Path) -> None:
    assert_clean(compiled(document([theorem], proof=True), tmp_path))


def test_one_document_of_all_theorems_compiles(tmp_path: Path) -> None:
    source = document(list(catalogue().values()))
    assert r"\begin{longtable}" in source
    assert_clean(compiled(source, tmp_path))


def test_the_document_of_every_estimator_compiles(tmp_path: Path) -> None:
    theorem = boundcalc.theorem("sgd-nonconvex").declaration
    composed = [compose(theorem, estimator) for _, estimator in sorted(estimators().items())]
    source = document(composed, proof=True, table=False)
    assert source.count(r"\begin{proof}") == 1 + len(composed)
    assert_clean(compiled(source, tmp_path))


def test_special_characters_in_a_title_compile(tmp_path: Path) -> None:
    odd = replace(
        boundcalc.theorem("sgd-nonconvex").declaration, title="100% of $f$ & more_#1 {~^\\}"
    )
    assert_clean(compiled(document([odd]), tmp_path))


def test_the_preamble_needs_no_more_than_a_basic_tex() -> None:
    source = document([boundcalc.theorem("sgd-pl").declaration])
    packages = set(",".join(re.findall(r"\\usepackage(?:\[.*\])?{(.*)}", source)).split(","))
    allowed = {"amsmath", "amssymb", "amsthm", "booktabs", "geometry", "hyperref", "longtable"}
    assert packages <= allowed
    assert source.startswith(r"\documentclass[11pt]{article}")


def test_every_citation_has_its_entry_once() -> None:
    source = document([boundcalc.theorem(name).declaration for name in NAMES])
    cited = set(re.findall(r"\\cite{(\w+)}", source))
    entries = Counter(re.findall(r"\\bibitem{(\w+)}", source))
    assert cited == set(entries)
    assert set(entries.values()) == {1}
    assert "Magnússon" in source


def test_a_single_theorem_has_no_table() -> None:
    assert r"\begin{longtable}" not in document([boundcalc.theorem("sgd-pl").declaration])
    pair = [boundcalc.theorem(name).declaration for name in ("sgd-pl", "sgdm-pl")]
    assert r"\begin{longtable}" in document(pair)
    assert r"\begin{longtable}" not in document(pair, table=False)


# -- the statement -------------------------------------------------------------------------------


def assert_balanced(source: str) -> None:
    open_environments: list[str] = []
    for kind, name in re.findall(r"\\(begin|end){([\w*]+)}", source):
        if kind == "begin":
            open_environments.append(name)
        else:
            assert open_environments.pop() == name
    assert open_environments == []
    plain = re.sub(r"\\[{}]", "", source)
    assert plain.count("{") == plain.count("}")
    assert len(re.findall(r"\\left\b", source)) == len(re.findall(r"\\right\b", source))


def test_everything_the_theorem_supposes_is_said(theorem: Theorem) -> None:
    source = theorem_environment(theorem)
    assert_balanced(source)
    for assumption in theorem.assumes:
        assert assumption.latex() in source
    for parameter in theorem.parameters:
        assert parameter.latex in source, parameter.name
    assert theorem.algorithm.latex in source
    assert theorem.step.measure.latex in source
    assert rf"\cite{{{theorem.source.key}}}" in source
    assert theorem.note in source
    for name in theorem.statement(theorem.forms[0]).terms:
        assert source.count(rf"_{{\text{{{name}}}}}") >= 2


def test_the_name_of_the_infimum_is_the_one_of_the_assumption() -> None:
    assert r"f(x_0)-f_{\inf}" in theorem_environment(boundcalc.theorem("sgd-nonconvex").declaration)
    assert r"f(x_0)-f_{\star}" in theorem_environment(boundcalc.theorem("sgd-pl").declaration)


def test_the_step_size_is_in_closed_form_with_its_names() -> None:
    source = theorem_environment(boundcalc.theorem("sgdm-nonconvex").declaration)
    assert r"\gamma\le \frac{2}{L (1 + \sqrt{1 + 4 q})}" in source
    assert r"q = \frac{(1 - \beta) (1 - \beta \theta)}{\beta^{2} \theta (1 - \theta)}" in source
    assert r"\theta\in (0,1)" in source


def test_the_bound_of_sgd_needs_no_abbreviation() -> None:
    source = display(boundcalc.theorem("sgd-nonconvex").declaration)
    assert r"\frac{2 \Delta}{\gamma K (1 - B - \gamma L M)}" in source
    assert "where" not in source


@pytest.mark.parametrize("name", ["sgdm-nonconvex", "sgdm-pl"])
def test_no_momentum_is_named_as_a_case_of_its_own(name: str) -> None:
    source = theorem_environment(boundcalc.theorem(name).declaration)
    assert source.count(r"The case $\beta=\theta=1$ is admitted too") == 2
    assert "$D=0$" in source


def test_conditions_on_a_parameter_that_the_limits_forget_are_kept() -> None:
    source = theorem_environment(boundcalc.theorem("sgdm-pl").declaration)
    statement, corollary = source.split(r"\begin{corollary}")
    assert r"\rho\le \beta \theta (1 - \theta)" in statement
    assert r"\rho\le 2 \mu" in statement
    assert r"\rho\le \frac{\beta}{4},\qquad \rho\le \gamma \mu (1 - 4 B)" in corollary


def test_the_display_is_one_formula(theorem: Theorem) -> None:
    source = display(theorem)
    assert source.startswith("$$") and source.endswith("$$")
    assert source.count("$$") == 2
    assert theorem.step.measure.latex in source
    assert_balanced(source)
    assert TheoremHandle(theorem)._repr_latex_() == source


def test_the_theorem_writes_itself() -> None:
    theorem = boundcalc.theorem("sgd-pl")
    assert theorem.latex() == theorem_environment(theorem.declaration)


# -- what is written is the bound ----------------------------------------------------------------


def exact_value(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The value at a point of rationals, powers worked out."""
    value = expression.replace(Power, lambda rate, count: (1 - rate) ** count)
    value = value.replace(Shortfall, lambda rate, count: 1 - (1 - rate) ** count)
    return sp.nsimplify(value.subs(point))


def random_point(theorem: Theorem, seed: int) -> dict[sp.Symbol, sp.Expr]:
    random = Random(seed)
    point: dict[sp.Symbol, sp.Expr] = {
        p.symbol: sp.Rational(Fraction(random.randint(1, 30), 31)) for p in theorem.parameters
    }
    return {**point, sp.Symbol("K", real=True): sp.Integer(3)}


def written_bound(theorem: Theorem, form: Form, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """The terms as they are written, with what is defined beside them put in again."""
    short = written(theorem, form, values)
    total = sp.Add(*short.terms.values())
    for symbol, formula in reversed(short.definitions.items()):
        total = total.subs(symbol, formula)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_the_written_terms_add_up_to_the_bound(theorem: Theorem, seed: int) -> None:
    for form in theorem.forms:
        point = random_point(theorem, seed) | dict(form.when)
        told = exact_value(written_bound(theorem, form, {}), point)
        assert told == exact_value(theorem.statement(form).bound, point), form.name


@pytest.mark.parametrize("name", ["sgdm-nonconvex", "sgdm-pl"])
def test_a_corollary_is_its_form_with_the_values_put_in(name: str) -> None:
    theorem = boundcalc.theorem(name)
    for corollary in theorem.corollaries:
        form = theorem.form(corollary.of)
        told = written_bound(theorem.declaration, form, corollary.values)
        bound = theorem.statement(form).bound.subs(corollary.values)
        assert not told.free_symbols & {*corollary.values, *form.formulas}
        for seed in range(3):
            point = random_point(theorem.declaration, seed)
            assert exact_value(told, point) == exact_value(bound, point)
    source = theorem_environment(theorem.declaration)
    assert source.count(r"\begin{corollary}") == len(theorem.corollaries) > 0


def test_definitions_use_only_earlier_ones(theorem: Theorem) -> None:
    parameters = {p.symbol for p in theorem.parameters}
    for form in theorem.forms:
        known = set(parameters)
        short = written(theorem, form)
        for symbol, formula in short.definitions.items():
            assert formula.free_symbols <= known, (form.name, symbol)
            known.add(symbol)
        used = set().union(*(term.free_symbols for term in short.terms.values()))
        assert used - {sp.Symbol("K", real=True)} <= known


# -- the table of rates ---------------------------------------------------------------------------


def test_rates_and_residuals_follow_from_the_unrolling() -> None:
    table = rates_table([boundcalc.theorem(name).declaration for name in NAMES])
    rows = {name: next(r for r in table.split(r"\\") if name in r) for name in NAMES}
    for name in NAMES:
        rate = "(1-\\rho)^{K}" if name.endswith("-pl") else r"\mathcal O(\frac{1}{K})"
        assert rate in rows[name]
    residual = r"\frac{C + \gamma L \sigma^2}{1 - B - \gamma L M}"
    assert residual in rows["sgd-nonconvex"]
    assert all(r"\Delta" not in row for row in rows.values())


def test_the_table_of_schedules_fits_a_page(tmp_path: Path) -> None:
    found = [s for name in (*NAMES, "signsgd", "ssvr") for s in boundcalc.theorem(name).rates()]
    head = r"\documentclass{article}\usepackage{amsmath,amssymb,booktabs}"
    head += r"\usepackage[margin=1in]{geometry}\begin{document}"
    assert_clean(compiled(head + schedules_table(found) + r"\end{document}", tmp_path))


# -- the proof ------------------------------------------------------------------------------------


def test_the_proof_shows_every_part_of_the_certificate(theorem: Theorem) -> None:
    source = theorem_environment(theorem, proof=True)
    assert_balanced(source)
    proof = source[source.index(r"\begin{proof}") : source.index(r"\end{proof}")]
    certificate, write = theorem.step.certificate(theorem.transition), writer(theorem)
    for _, inequality in certificate.using:
        assert f"the {inequality.name}".split("-")[0] in proof
        left, right = write.instance(inequality)
        assert left in proof and right[-1] in proof
    for square in certificate.squares:
        assert rf"\mathbb E\|{write.vector(square.argument)}\|^2" in proof
    assert proof.count("The quadratic form") == len(certificate.forms)
    for condition in theorem.step.given:
        assert related(condition) in proof
    assert theorem.step.unroll.lemma.statement in proof
    assert f"V_0={latex(theorem.initial_value)}" in proof
    for form in theorem.forms:
        assert f"In the {form.name} form" in proof


def test_the_lyapunov_function_is_written_with_its_squares() -> None:
    source = theorem_environment(boundcalc.theorem("sgdm-nonconvex").declaration, proof=True)
    assert (
        r"V_k = \mathbb E[f(x_{k})-f_{\inf}]"
        r" + (W - T)\,\mathbb E\|v_{k-1}-\nabla f(x_{k-1})\|^2"
        r" + D\,\mathbb E\|x_{k}-x_{k-1}\|^2"
    ) in source


def test_a_theorem_that_is_not_proved_has_no_proof_to_show() -> None:
    theorem = boundcalc.theorem("sgd-nonconvex")
    step = replace(theorem.step, error={"bias": theorem.step.error["bias"]})
    false = replace(theorem.declaration, name="false", step=step)
    with pytest.warns(UnprovedWarning), pytest.raises(ProofError, match="false is not proved"):
        theorem_environment(false, proof=True)
    with pytest.warns(UnprovedWarning):
        assert r"\begin{theorem}[Unproved statement: " in theorem_environment(false)


def test_a_reason_is_enough_and_nothing_in_it_can_go() -> None:
    a, b, c = sp.symbols("a b c", real=True)
    goal = exceeds(a)
    used = (at_least(a, b), exceeds(b), at_least(c), at_least(a + c, 0))
    kept = sufficient(goal, used)
    assert set(kept) == {at_least(a, b), exceeds(b)}
    Signs(kept).require(goal)
    for left_out in kept:
        with pytest.raises(ProofError):
            Signs([c for c in kept if c != left_out]).require(goal)


# -- vectors, expressions, formulas -------------------------------------------------------------

u, v = vector("u", "u"), vector("v", "v")
f = Function("f")


def test_squares_and_products_are_found_again() -> None:
    write = Writer()
    assert write.expression(norm2(u - v)) == r"\mathbb E\|u-v\|^2"
    assert write.expression(3 * norm2(u + v)) == r"3\,\mathbb E\|u+v\|^2"
    assert write.expression(norm2(u) - norm2(v)) == r"\mathbb E\|u\|^2-\mathbb E\|v\|^2"
    gradient = inner(f.gradient(u), v - u)
    assert write.expression(gradient) == r"\mathbb E\langle \nabla f(u),v-u\rangle"
    assert write.expression(Gap(f, u).expression) == r"\mathbb E[f(u)-f_{\inf}]"


def test_what_is_not_recognised_stays_expanded() -> None:
    shown = Writer().expression(norm2(u) + 3 * inner(u, v) + norm2(v))
    assert shown == (r"3\,\mathbb E\langle u,v\rangle+\mathbb E\|u\|^2+\mathbb E\|v\|^2")


def test_vectors_are_grouped_by_their_coefficients() -> None:
    gamma, beta = sp.symbols("gamma beta", real=True)
    write = Writer()
    assert write.vector(u - v) == "u-v"
    assert write.vector(-gamma * (u + v)) == r"-\gamma\,\bigl(u+v\bigr)"
    assert write.vector((1 - beta) * u + beta * v) == r"(1 - \beta)\,u+\beta\,v"
    assert write.vector(u - u) == "0"


def test_names_of_the_next_state_are_used() -> None:
    theorem = boundcalc.theorem("sgdm-pl")
    write, t = writer(theorem.declaration), theorem.transition
    assert write.vector(t.next.x) == "x_{k+1}"
    assert write.vector(t.next.x - t.now.x) == "x_{k+1}-x_{k}"
    assert write.vector(2 * (t.next.x - t.now.x)) == r"2\,(x_{k+1}-x_{k})"
    assert write.vector(t.next.v) == "v_{k}"
    assert write.vector(f.gradient(t.now.x_prev)) == r"\nabla f(x_{k-1})"


def test_formulas_are_in_the_order_of_a_textbook() -> None:
    names = "beta gamma rho L W B C K c E0 sigma2 Delta"
    beta, gamma, rho, L, W, B, C, K, c, E0, sigma2, Delta = sp.symbols(names, real=True)
    assert latex(sigma2) == r"\sigma^2"
    assert latex(beta * W * C / c) == r"\frac{\beta W C}{c}"
    assert latex(1 - B - L * gamma) == r"1 - B - \gamma L"
    assert latex(-gamma / 2) == r"- \frac{\gamma}{2}"
    assert latex((W - c) * E0) == "(W - c) E_0"
    assert latex(Delta * Power(rho, K)) == r"\Delta (1-\rho)^{K}"
    assert latex(C * Shortfall(rho, K) / rho) == r"\frac{C}{\rho} \bigl(1-(1-\rho)^{K}\bigr)"
    assert latex((1 - beta) ** 2) == r"(1 - \beta)^{2}"
    assert latex((Delta + E0 / 2) / c) == r"\frac{1}{c} \left(\Delta + \frac{E_0}{2}\right)"


def test_conditions_on_one_parameter_are_an_interval() -> None:
    x, y = sp.symbols("x y", real=True)
    conditions = [exceeds(x), at_least(1, x), exceeds(1, x), at_least(y, x)]
    assert str(interval(x, conditions)) == "(0, 1)"
    assert str(interval(x, [at_least(x)])) == "[0, inf)"
    assert related(at_least(1, x)) == r"x\le 1"
    assert related(exceeds(x, y)) == "x>y"


def test_long_formulas_are_broken_between_terms() -> None:
    short = chain("a", "=", ["b", "-c"], ".")
    assert short == "a = b - c."
    long = chain("a", r"\le", ["b" * 40, "-" + "c" * 40], ".")
    assert long.startswith(r"\begin{aligned}")
    assert re.search(r"&\\quad - c+\.", long)
    assert width(r"\frac{aaaa}{b}") < width("aaaab")


def test_words() -> None:
    assert conjunction(["a"]) == "a"
    assert conjunction(["a", "b", "c"]) == "a, b and c"
    assert escaped("50% & x_1") == r"50\% \& x\_1"
    assert spoken("equality at k = 0") == "equality at $k = 0$"
