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
        ("a,b,y\n1,2,3\n1,4,5\n", "constant column 'a'"),
        ("a,a,y\n1,2,3\n1,4,5\n", "'a' occurs more than once"),
        ("y\n1\n2\n", "at least one feature"),
        ("1,2,3\n4,5,6\n", "no header"),
        ("1 1:2 1:3\n-1 1:4\n", "rising indices"),
        ("1 1:2 2:x\n-1 1:4\n", "line 1, feature 2: 'x' is not a number"),
        ("1 1:2\n-1 1:nan\n", "line 2, feature 1: 'nan' is not finite"),
        ("1 1:2\n-1 -1:4\n", "rising indices"),
        ("1 qid:3 1:2\n-1 qid:3 1:4\n", "groups rows for ranking"),
        ("1 1:2 99999999999999:1\n-1 1:4\n", "memory"),
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
