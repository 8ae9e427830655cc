"""Whether a theorem is proved: every command says so, and what it remembers of that is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FALSE = """
from dataclasses import replace
from boundcalc import theorem

true = theorem("sgd-nonconvex")
evil = replace(true, name="evil", step=replace(true.step, error={}))
pl = theorem("sgd-pl")
lost = replace(pl, name="lost", step=replace(pl.step, error={}))
"""
CONSTANTS = ["-p", "L=1", "-p", "B=0", "-p", "M=0"]
NUMBERS = [*CONSTANTS, "-p", "C=0", "-p", "sigma2=0.1", "-p", "Delta=1"]
OF_TOPK = ["-p", "L=1", "-p", "B_h=0", "-p", "delta2=0", "-p", "sigma0_2=0", "-p", "Delta=1"]
SHORT = ["--trials", "5", "--iterations", "4", "-p", "gamma=0.1"]
EVIL = ["--theorem", "evil"]
COMMANDS: dict[str, list[str]] = {
    "stepsize": ["stepsize", *EVIL, *CONSTANTS],
    "in symbols": ["stepsize", *EVIL],
    "for a horizon": ["stepsize", *EVIL, *NUMBERS, "--horizon", "10"],
    "with an estimator": ["stepsize", *EVIL, "--estimator", "topk", "-p", "k=1", "-p", "d=2"],
    "bound": ["bound", *EVIL, *NUMBERS, "-p", "gamma=0.1", "--at", "10"],
    "bounds": ["bound", *EVIL, *NUMBERS, "-p", "gamma=0.1", "--at", "1,10,inf"],
    "complexity": ["complexity", *EVIL, *NUMBERS, "--target", "0.1", "--bits", "32"],
    "over": ["complexity", *EVIL, *NUMBERS, "--over", "target=0.1,0.2", "--bits", "32"],
    "compare": ["compare", *EVIL, "--estimators", "exact,topk:k=1", *OF_TOPK, "-p", "d=2",
                "--target", "1"],
    "compare theorems": ["compare", "--theorems", "sgd-nonconvex,evil", *NUMBERS,
                         "--calls", "100,1000"],
    "rates": ["rates", "evil"],
    "show": ["show", "evil"],
    "sweep": ["sweep", *EVIL, *SHORT[:-2], "--over", "gamma=0.1,0.2"],
    "verify": ["verify", *EVIL, *SHORT],
    "ladder": ["verify", "--theorem", "lost", "--trials", "3", "--horizons", "4,8,16"],
    "latex": ["latex", *EVIL],
    "document": ["latex", *EVIL, "--standalone"],
    "rates in latex": ["rates", "evil", "--latex"],
}  # fmt: skip
SCRIPT = """
import contextlib, io, json, sys
from boundcalc.cli import main
answers = []
for command in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(command)
    answers.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(answers))
"""
#: Says after the command's own output whether the checker was loaded, and ends as the command did.
TOLD = """
import sys
from boundcalc.proofs import standing
from boundcalc.cli import main
asked, check = [], standing._checked
standing._checked = lambda theorem: asked.append(theorem) or check(theorem)
status = main(sys.argv[1:])
print("CHECKED" if asked else "REMEMBERED")
sys.exit(status)
"""


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(cache)}


def answers(folder: Path, module: str, commands: list[list[str]]) -> list[tuple[int, str, str]]:
    """Status, stdout and stderr of commands that run in one process with the module."""
    (folder / "own.py").write_text(module)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, env=environment(folder / "cache"),
        input=json.dumps([[*command, "--module", "own.py"] for command in commands]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[tuple[int, str, str]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    folder = tmp_path_factory.mktemp("false")
    return dict(zip(COMMANDS, answers(folder, FALSE, [*COMMANDS.values()]), strict=True))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    folder = tmp_path_factory.mktemp("data")
    commands = {name: [*c, "--json"] for name, c in COMMANDS.items() if name != "rates in latex"}
    return dict(zip(commands, answers(folder, FALSE, [*commands.values()]), strict=True))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_is_silent_about_a_proof_that_fails(
    name: str, said: dict[str, tuple[int, str, str]]
) -> None:
    status, out, err = said[name]
    assert status == 1, err
    latex = name in ("latex", "document", "rates in latex")
    mark = "Unproved statement: " if latex else "\nNOT PROVED: `prove` fails for "
    assert mark in f"\n{out}"
    evil = "lost" if name == "ladder" else "evil"
    assert f"boundcalc: {evil}" in err and " is not proved: " in err and "Traceback" not in err


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "rates in latex"])
def test_the_json_says_that_it_is_not_proved(
    name: str, data: dict[str, tuple[int, str, str]]
) -> None:
    status, out, _ = data[name]
    found = json.loads(out)
    assert status == 1
    for one in found if isinstance(found, list) else [found]:
        assert one["proved"] is False
    if name == "compare theorems":
        assert [one["proved"] for one in found["theorems"]] == [True, False]


def test_what_is_true_is_marked_nowhere(tmp_path: Path) -> None:
    true = FALSE.replace(", step=replace(true.step, error={})", "")
    true = true.replace(", step=replace(pl.step, error={})", "")
    commands = [COMMANDS["bound"], [*COMMANDS["bound"], "--json"], COMMANDS["latex"]]
    text, document, latex = answers(tmp_path, true, commands)
    assert text[0] == document[0] == latex[0] == 0
    assert not text[2] + document[2] + latex[2]
    assert json.loads(document[1])["proved"] is True
    assert "NOT PROVED" not in text[1] and "nproved" not in latex[1]


def test_the_catalogue_is_proved_without_a_proof(tmp_path: Path) -> None:
    for estimator in ([], ["--estimator", "topk", "-p", "k=1", "-p", "d=2", "-p", "n=1"]):
        values = CONSTANTS if not estimator else OF_TOPK[:-2]
        answer = told(tmp_path, "stepsize", "--theorem", "sgd-nonconvex", *estimator, *values)
        assert answer.returncode == 0 and "REMEMBERED" in answer.stdout, answer.stderr
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "change",
    [
        "vars(true.step)['error'] = {}",
        "vars(true.declaration)['forms'] = tuple(replace(f, given=()) for f in true.forms)",
        "vars(true.declaration)['assumes'] = true.assumes[1:]",
    ],
)
def test_a_theorem_of_the_catalogue_that_a_module_changes_is_not_vouched_for(
    change: str, tmp_path: Path
) -> None:
    module = f"{FALSE}\n{change}\n"
    command = ["show", "sgd-nonconvex", "--json"]
    ((status, out, err),) = answers(tmp_path, module, [command])
    assert status == 1 and json.loads(out)["proved"] is False, err


@pytest.mark.parametrize("way", ["instance", "class"])
def test_a_theorem_is_not_asked_whether_it_is_proved(way: str, tmp_path: Path) -> None:
    """One that overrides ``prove`` with the proof of another."""
    lie = {
        "instance": "vars(evil)['prove'] = lambda: replace(good, theorem=evil)",
        "class": "class Liar(Theorem):\n    def prove(self): return replace(good, theorem=self)\n"
        "evil = Liar(**{k: getattr(evil, k) for k in Theorem.__dataclass_fields__})",
    }[way]
    module = (
        f"{FALSE}\nfrom boundcalc import Theorem\nfrom boundcalc.proofs.prove import prove\n"
        f"good = prove(true)\n{lie}\n"
    )
    commands = [["prove", "evil"], COMMANDS["bound"], ["latex", *EVIL, "--proof"]]
    for status, out, err in answers(tmp_path, module, commands):
        assert status == 1 and ("NOT PROVED" in out or "FAILED" in out or "not proved" in err)


# -- what is remembered ---------------------------------------------------------------------------

OWN = """
from dataclasses import replace
from boundcalc import theorem
import beside

mine = replace(theorem("sgd-nonconvex"), name="mine", title=beside.TITLE)
"""
SHOW = ["show", "mine", "--module", "own.py", "--json"]


def told(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TOLD, *command], cwd=folder, env=environment(folder / "cache"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def asked(folder: Path) -> tuple[bool, bool]:
    """Whether ``mine`` is said to be proved, and whether that was remembered."""
    answer = told(folder, *SHOW)
    document, _, last = answer.stdout.rstrip().rpartition("\n")
    proved: bool = json.loads(document)["proved"]
    assert answer.returncode == (0 if proved else 1), answer.stderr
    return proved, last == "REMEMBERED"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "beside.py").write_text("TITLE = 'my own'\n")
    return tmp_path


def entry(folder: Path) -> Path:
    (found,) = (folder / "cache").rglob("*.json")
    return found


def test_the_second_question_checks_nothing_until_a_source_changes(own: Path) -> None:
    assert asked(own) == (True, False)
    assert asked(own) == (True, True)
    # A neighbour, with the same size and the old date.
    file = own / "beside.py"
    before = file.stat()
    file.write_text("TITLE = 'my_own'\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert asked(own) == (True, False)
    assert asked(own) == (True, True)
    # The module itself: now it is false.
    with (own / "own.py").open("a") as more:
        more.write("mine = replace(mine, step=replace(mine.step, error={}))\n")
    assert asked(own) == (False, False)
    assert asked(own) == (False, True)
    # What may be imported in the place of something else.
    (own / "sp.py").write_text("")
    assert asked(own) == (False, False)


def test_what_a_module_reads_elsewhere_does_not_pass_for_what_was_proved(own: Path) -> None:
    (own / "beside.py").write_text("TITLE = open('title').read()\n")
    with (own / "own.py").open("a") as more:
        more.write(
            "if mine.title == 'false':\n"
            "    mine = replace(mine, step=replace(mine.step, error={}))\n"
        )
    (own / "title").write_text("true")
    assert asked(own) == (True, False)
    (own / "title").write_text("false")
    assert asked(own) == (False, False)


def _claims_proved(file: Path) -> None:
    """The verdict turned round, and the checksum left."""
    file.write_bytes(file.read_bytes().replace(b'"proved": false', b'"proved": true '))


def _is_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "cut": lambda file: file.write_bytes(file.read_bytes()[:1000]),
    "empty": lambda file: file.write_bytes(b""),
    "noise": lambda file: file.write_bytes(bytes(range(256)) * 9),
    "turned": _claims_proved,
    "writable by others": lambda file: file.chmod(0o666),
    "folder": _is_a_folder,
}


def test_a_damaged_entry_is_as_good_as_none(own: Path) -> None:
    with (own / "own.py").open("a") as more:
        more.write("mine = replace(mine, step=replace(mine.step, error={}))\n")
    assert asked(own) == (False, False)
    kept = entry(own).read_bytes()
    for name, damage in DAMAGE.items():
        damage(entry(own))
        assert asked(own) == (False, False), name
        if entry(own).is_dir():
            entry(own).rmdir()
            continue
        entry(own).chmod(0o600)
        entry(own).write_bytes(kept)


def test_an_entry_of_another_module_vouches_for_nothing(own: Path) -> None:
    assert asked(own) == (True, False)
    true = entry(own)
    good = true.read_bytes()
    true.unlink()
    with (own / "own.py").open("a") as more:
        more.write("mine = replace(mine, step=replace(mine.step, error={}))\n")
    assert asked(own) == (False, False)
    entry(own).write_bytes(good)
    assert asked(own) == (False, False)


def test_no_place_to_remember_is_no_harm(own: Path) -> None:
    (own / "cache").write_text("a file where a folder should be")
    assert asked(own) == (True, False)
    assert asked(own) == (True, False)


def test_processes_that_ask_at_the_same_time_agree(own: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TOLD, *SHOW], cwd=own, env=environment(own / "cache"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for one in running:
        out, err = one.communicate()
        assert one.returncode == 0 and '"proved": true' in out, err
    assert asked(own) == (True, True)
    assert not [*(own / "cache").rglob("*.part")]
