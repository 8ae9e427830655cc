"""Reading data files, good and bad, and the problems made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from numerics import InputError, load_data, problem_from_data
from numerics.problems import GeneralisedLinear

GOOD = "a,b,y\n1,2,3\n4,5,7\n6,9,8\n"


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_takes_the_last_column_or_the_one_named(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    data = load_data(path)
    assert data.names == ("a", "b") and data.target_name == "y"
    assert data.features.tolist() == [[1, 2], [4, 5], [6, 9]] and data.target.tolist() == [3, 7, 8]
    other = load_data(path, "a")
    assert other.names == ("b", "y") and other.target.tolist() == [1, 4, 6]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_quotes_and_byte_order_mark(tmp_path: Path, separator: str) -> None:
    text = "\ufeff" + GOOD.replace(",", separator).replace("a", '"a"', 1)
    assert load_data(write(tmp_path, text)).names == ("a", "b")


def test_libsvm_is_recognised(tmp_path: Path) -> None:
    text = "+1 1:0.5 3:2 # note\n-1 2:1\n\n+1 1:3 3:-1e-2\n"
    data = load_data(write(tmp_path, text, "data.svm"))
    assert data.sparse and data.features.nnz == 5
    assert data.features.toarray().tolist() == [[0.5, 0, 2], [0, 1, 0], [3, 0, -0.01]]
    assert data.target.tolist() == [1, -1, 1]


def test_libsvm_may_count_from_zero(tmp_path: Path) -> None:
    data = load_data(write(tmp_path, "1 0:2 2:5\n-1 1:4\n1 0:1 2:3\n", "data.svm"))
    assert data.features.toarray().tolist() == [[2, 0, 5], [0, 4, 0], [1, 0, 3]]
    assert data.names == ("feature 0", "feature 1", "feature 2")


def test_classes_may_be_words(tmp_path: Path) -> None:
    path = write(tmp_path, "a,kind\n1,yes\n2,no\n4,yes\n")
    assert load_data(path, classes=True).target.tolist() == [1, 0, 1]
    problem = problem_from_data(path, loss="logistic", standardise=False)
    assert problem.targets.tolist() == [0, 0, 0]
    assert problem.features.ravel().tolist() == [1, -2, 4]
    with pytest.raises(InputError, match="'yes' is not a number"):
        load_data(path)
    with pytest.raises(InputError, match="exactly two values"):
        more = write(tmp_path, "a,kind\n1,yes\n2,no\n4,maybe\n", "more.csv")
        problem_from_data(more, loss="logistic")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n  \n", "is empty"),
        ("a,b,y\n", "only a header"),
        ("a,b,y\n1,2,3\n", "at least 2 data rows"),
        ("a,b,y\n1,2,3\n1,2\n", "line 3: 2 cells where the header has 3"),
        ("a,b,y\n1,2,3\n\n1,2,3,4\n", "line 4: 4 cells"),
        ("a,b,y\n1,2,3\n1,x,3\n", "line 3, column 'b': 'x' is not a number"),
        ("a,b,y\n1,2,3\n1,,3\n", "line 3, column 'b': '' is not a number"),
        ("a,b,y\n1,2,3\n1,nan,3\n", "line 3, column 'b': 'nan' is not finite"),
        ("a,b,y\n1,2,3\n1,2,inf\n", "column 'y': 'inf' is not finite"),
        ("a,b,y\n1_0,2,3\n1,4,5\n", "line 2, column 'a': '1_0' is not a number"),
        ("a,b,y\n1,2,3\n1,4,\u0665\n", "line 3, column 'y': .* is not a number"),
        ("a,b,y\n1,2,3\n1,0x10,5\n", "'0x10' is not a number"),
        ("a,y\n0,3\n0,5\n", "no feature has another value than 0"),
        ("a,a,y\n1,2,3\n1,4,5\n", "'a' occurs more than once"),
        ("y\n1\n2\n", "at least one feature"),
        ("1,2,3\n4,5,6\n", "no header"),
        ("1 1:2 1:3\n-1 1:4\n", "rising indices"),
        ("1 1:2 2:x\n-1 1:4\n", "line 1, feature 2: 'x' is not a number"),
        ("1 1:2\n-1 1:nan\n", "line 2, feature 1: 'nan' is not finite"),
        ("1 1:2\n-1 -1:4\n", "rising indices"),
        ("1 qid:3 1:2\n-1 qid:3 1:4\n", "groups rows for ranking"),
        ("1 1:2 99999999999999:1\n-1 1:4\n", "memory"),
        ("1 1:2_0\n-1 1:4\n", "line 1, feature 1: '2_0' is not a number"),
        ("1_0 1:2\n-1 1:4\n", "line 1, label: '1_0' is not a number"),
        ("1,3 1:2\n2 1:4\n", "line 1: '1,3' is several labels"),
        ("1 1:2\n2,5 1:4\n", "line 2: '2,5' is several labels"),
        ("1:2 2:3\n1:4\n", "line 1: no label before '1:2'"),
        ("1 1:2\n1:4 2:5\n", "line 2: no label before '1:4'"),
        ("1 1: 0.5\n-1 1:4\n", "line 1: '1:' has no value"),
        ("1 1:2\n-1 1: 0.5\n", "line 2: '1:' has no value"),
        ("1 1 :0.5\n-1 1:4\n", "rising indices"),
        ("1 :0.5\n-1 1:4\n", "rising indices"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        load_data(write(tmp_path, text))
    assert "\n" not in str(caught.value) and "data.csv" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_data(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="directory"):
        load_data(tmp_path)
    binary = tmp_path / "data.bin"
    binary.write_bytes(b"\xff\xfe\x00\x9f" * 50)
    with pytest.raises(InputError, match="not text"):
        load_data(binary)
    with pytest.raises(InputError, match=r"cannot read|not text"):
        load_data("nul\0byte")


def test_unknown_target_column_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("y", "price"))
    with pytest.raises(InputError, match="did you mean price"):
        load_data(path, "prize")
    with pytest.raises(InputError, match="LIBSVM"):
        load_data(write(tmp_path, "1 1:2\n-1 1:3\n", "d.svm"), "y")


def test_standardised_problem(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = np.column_stack([1e9 + 1e3 * rng.standard_normal(40), 1e-9 * rng.standard_normal(40)])
    table = np.column_stack([table, rng.standard_normal(40)])
    text = "u,w,y\n" + "\n".join(",".join(map(repr, row)) for row in table.tolist())
    problem = problem_from_data(write(tmp_path, text), loss="squared")
    assert isinstance(problem, GeneralisedLinear)
    assert np.allclose(problem.features.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(problem.features.std(axis=0), 1)
    assert problem.targets.mean() == pytest.approx(0, abs=1e-12)
    assert "standardised" in problem.title and problem.constants["mu"] > 0
    raw = problem_from_data(write(tmp_path, GOOD), loss="logcosh", standardise=False)
    assert isinstance(raw, GeneralisedLinear) and raw.features[0].tolist() == [1, 2]


def test_a_column_of_ones_is_the_intercept_of_data_as_given(tmp_path: Path) -> None:
    path = write(tmp_path, "one,a,y\n1,2,3\n1,4,5\n1,7,9\n")
    with pytest.raises(InputError, match=r"constant column 'one'.* the intercept"):
        problem_from_data(path)
    problem = problem_from_data(path, standardise=False)
    assert isinstance(problem, GeneralisedLinear)
    assert problem.features[:, 0].tolist() == [1, 1, 1] and problem.constants["mu"] > 0
    line = np.polyfit([2, 4, 7], [3, 5, 9], 1)[::-1]
    assert problem.minimiser == pytest.approx(line, rel=1e-9)


def test_constant_targets_are_fitted_as_they_are_given(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,y\n1,2,5\n4,5,5\n6,9,5\n")
    with pytest.raises(InputError, match="'y' is constant, and standardised it would be 0"):
        problem_from_data(path)
    problem = problem_from_data(path, standardise=False)
    assert isinstance(problem, GeneralisedLinear) and problem.targets.tolist() == [5, 5, 5]
    ones = write(tmp_path, "a,y\n1,-1\n4,-1\n6,-1\n", "ones.csv")
    labelled = problem_from_data(ones, "logistic", standardise=False)
    assert isinstance(labelled, GeneralisedLinear)
    assert labelled.features.ravel().tolist() == [-1, -4, -6]
    with pytest.raises(InputError, match="exactly two values"):
        problem_from_data(path, "logistic", standardise=False)
    with pytest.raises(InputError, match="exactly two values"):
        problem_from_data(ones, "logistic")


def test_rows_that_are_one_up_to_sign_have_no_relative_variance(tmp_path: Path) -> None:
    """Their gradients differ by the same at every point, so M is 0 and not nearly 0."""
    rng = np.random.default_rng(3)
    lines = [f"{i % 2},{i % 2},{rng.standard_normal():.3f}" for i in range(40)]
    for columns, text in ((1, [line[2:] for line in lines]), (2, lines)):
        head = ",".join("ab"[:columns]) + ",y\n"
        problem = problem_from_data(write(tmp_path, head + "\n".join(text)))
        assert isinstance(problem, GeneralisedLinear)
        M, s2 = problem.spread()
        assert M == 0 and s2 > 0
        for x in rng.standard_normal((5, columns)) * 10:
            every = problem.sample_gradient(np.repeat(x[None], 40, axis=0), np.arange(40)[:, None])
            apart = float(np.mean(np.sum((every - every.mean(axis=0)) ** 2, axis=1)))
            assert apart == pytest.approx(s2, rel=1e-6)


def test_labels(tmp_path: Path) -> None:
    text = "a,b,y\n1,2,0\n4,5,1\n6,9,1\n"
    problem = problem_from_data(write(tmp_path, text), loss="logistic", l2=0.1, standardise=False)
    assert isinstance(problem, GeneralisedLinear)
    assert problem.features.tolist() == [[-1, -2], [4, 5], [6, 9]]
    with pytest.raises(InputError, match="exactly two values in target column 'y', found 3"):
        problem_from_data(write(tmp_path, GOOD), loss="logistic")
    same = "a,b,y\n1,2,1\n4,5,1\n"
    with pytest.raises(InputError, match="exactly two values"):
        problem_from_data(write(tmp_path, same), loss="logistic")
    with pytest.raises(InputError, match="'y' is constant"):
        problem_from_data(write(tmp_path, same), loss="squared")
