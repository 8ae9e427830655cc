"""The command sweep, and who does the work of verify: files, pictures, exit status, wrong use."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_bad_input import in_process

SWEEP = ["sweep", "--theorem", "sgd-pl", "--trials", "20", "--iterations", "20"]
GRID = [*SWEEP, "--over", "gamma=0.01:1e9:4log", "--over", "sigma2=0.1,0.2"]


def test_the_table_is_the_same_in_every_format(run: Run, tmp_path: Path) -> None:
    from pyarrow import parquet

    answer = run(*GRID, "--json", "-o", "grid.csv", "--plot", "grid.png")
    assert answer.returncode == 0 and answer.stderr == ""
    document = json.loads(answer.stdout)
    columns = document["columns"]
    assert list(columns)[:3] == ["gamma", "sigma2", "bound"] and len(columns["gamma"]) == 8
    assert columns["admissible"] == [True] * 2 + [False] * 6
    assert columns["bound"][-1] == columns["mean"][-1] == "inf" and columns["ratio"][-1] == "nan"
    with (tmp_path / "grid.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name, column in columns.items():
        assert [row[name] for row in rows] == [str(value) for value in column]
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")
    assert run(*GRID, "-o", "grid.parquet").returncode == 0
    table = parquet.read_table(tmp_path / "grid.parquet")
    for name in ("bound", "mean", "ratio"):
        for one, other in zip(table[name].to_pylist(), columns[name], strict=True):
            assert one == float(other) or math.isnan(one) == math.isnan(float(other)) is True
    setting = json.loads(table.schema.metadata[b"boundcalc"])
    assert setting["axes"] == document["axes"] and setting["verdict"] == "holds"
    assert run(*GRID, "-o", "grid.json").returncode == 0
    written = json.loads((tmp_path / "grid.json").read_text())
    assert written["columns"] == columns


def test_what_stands_out_is_told() -> None:
    status, text, _ = in_process(GRID)
    assert status == 0
    assert "2 of 8 points are admissible; runs diverged at " in text
    assert "grid       4 values of gamma x 2 values of sigma2" in text
    assert "not admissible, 20 runs diverged" in text
    assert "holds: the upper 99% limit of the mean is under the bound at all admissible" in text


def test_one_parameter_is_drawn_as_curves(tmp_path: Path) -> None:
    target = tmp_path / "curve.svg"
    status, _, _ = in_process([*SWEEP, "--over", "gamma=0.01:1e9:5log", "--plot", str(target)])
    assert status == 0
    assert "<!-- largest admissible step 1.6" in target.read_text()


def test_nothing_admissible_ends_with_three() -> None:
    status, text, _ = in_process([*SWEEP, "--over", "gamma=10,20"])
    assert status == 3 and "no verdict: the theorem admits none of the points" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "a sweep needs an axis"),
        (["--over", "gamma"], "not of the form NAME=FROM:TO:COUNT"),
        (["--over", "gamma=1:0.1:5"], "the values of gamma rise"),
        (["--over", "gamma=0:1:5log"], "starts above 0"),
        (["--over", "gamma=0.1:1:5", "--over", "gamma=1,2"], "gamma is given twice"),
        (["--over", "gama=0.1:1:5"], "did you mean 'gamma'"),
        (["--over", "gamma=0.1:1:5", "-o", "grid.xlsx"], "must end in .csv, .json, .parquet"),
        (["--over", "gamma=0.1:1:5", "-o", "no/where.csv"], "its folder does not exist"),
        (["--over", "gamma=0.1:1:5", "--plot", "grid.gif"], "must end in .png, .pdf, .svg"),
        (
            ["--over", "gamma=0.1,1", "--over", "B=0,0.1", "--over", "M=0,1", "--plot", "a.png"],
            "a sweep over one or two parameters can be drawn, not over 3",
        ),
        (["--over", "gamma=0.1:1:5", "--workers", "many"], "workers are a number"),
        (["--over", "gamma=0.1:1:5", "--device", "tpu"], "unknown device"),
    ],
)
def test_wrong_use(run: Run, tmp_path: Path, arguments: list[str], told: str) -> None:
    status, out, err = in_process([*SWEEP, *arguments])
    assert status == 2 and out == "" and told in err and err.count("\n") == 1
    assert not list(tmp_path.iterdir())


# -- who works -----------------------------------------------------------------------------------

VERIFY = ["verify", "--theorem", "sgd-pl", "--iterations", "50", "--trials", "8000", "--json"]


def told(text: str) -> dict[str, object]:
    document = json.loads(text)
    return {name: value for name, value in document.items() if name != "seconds"}


def test_verify_is_the_same_whoever_works(run: Run, tmp_path: Path) -> None:
    alone = run(*VERIFY, "--workers", "1")
    assert alone.returncode == 0
    assert told(run(*VERIFY, "--workers", "processes:2").stdout) == told(alone.stdout)
    blocks = str(tmp_path / "blocks")
    _, first, _ = in_process([*VERIFY, "--resume", blocks])
    files = set(Path(blocks).rglob("*.npz"))
    assert len(files) > 1 and told(first) == told(alone.stdout)
    min(files).unlink()
    _, again, _ = in_process([*VERIFY, "--resume", blocks])
    assert told(again) == told(alone.stdout) and set(Path(blocks).rglob("*.npz")) == files


def test_however_the_command_is_started_the_blocks_are_the_same(run: Run, tmp_path: Path) -> None:
    blocks = str(tmp_path / "blocks")
    run(*VERIFY, "--resume", blocks)
    files = set(Path(blocks).rglob("*.npz"))
    program = "import sys; from boundcalc.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = [sys.executable, "-c", program, *VERIFY, "--resume", blocks]
    subprocess.run(arguments, capture_output=True, timeout=120, check=True)
    assert files and set(Path(blocks).rglob("*.npz")) == files


@pytest.mark.parametrize(
    ("folder", "told"),
    [("", "resume is a folder"), ("file", "it is a file"), ("/dev/null/none", "Not a directory")],
)
def test_no_folder_for_blocks_is_one_line(run: Run, tmp_path: Path, folder: str, told: str) -> None:
    (tmp_path / "file").touch()
    answer = run(*VERIFY, "--resume", folder)
    assert answer.returncode == 2 and answer.stdout == "" and answer.stderr.count("\n") == 1
    assert told in answer.stderr and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    # No file may grow so far, which is told in the same way.
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"
    program = f"{full}; import sys; from boundcalc.cli import main; sys.exit(main(sys.argv[1:]))"
    answer = subprocess.run(
        [sys.executable, "-c", program, *VERIFY, "--workers", "2", "--resume", "blocks"],
        capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == 2 and answer.stdout == ""
    assert answer.stderr == "boundcalc: cannot keep a finished block in 'blocks': File too large\n"
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_no_scheduler_is_one_line() -> None:
    status, out, err = in_process([*VERIFY, "--workers", "dask://127.0.0.1:9"])
    assert status == 2 and out == "" and err.count("\n") == 1
    assert "no Dask scheduler answers at 127.0.0.1:9" in err


def test_horizons_take_up_where_they_were(tmp_path: Path) -> None:
    ladder = ["verify", "--theorem", "sgd-nonconvex", "--horizons", "10,20,40", "--trials", "50"]
    ladder += ["--json", "--resume", str(tmp_path)]
    status, first, _ = in_process(ladder)
    assert status in (0, 3) and len(list(tmp_path.iterdir())) == 3
    _, again, _ = in_process([*ladder, "--workers", "1"])
    assert told(again) == told(first)
