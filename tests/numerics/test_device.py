"""The path of the GPU without one: everything runs on a stand-in that refuses what CuPy refuses,
never waits for it on the way, and gives what NumPy gives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from numerics import (
    BIAS_LAWS,
    COMPRESSORS,
    GAP,
    LOSSES,
    NOISE_LAWS,
    PATTERNS,
    PROBLEMS,
    SGDM,
    SQUARED_GRADIENT,
    InputError,
    MiniBatch,
    Oracle,
    Result,
    WorkerOracle,
    make_job,
    run,
    simulate,
)
from numerics import jobs as jobs_module
from numerics.backend import backend
from numerics.execution import Store
from tests.numerics import device_cases
from tests.numerics.device_cases import NOISY, case, cases, problem
from tests.numerics.strict_device import COUNTS, ndarray, strict_cupy

CASES = dict(cases())
SEED = 3
FEW = (1, 3)
Device = Callable[..., Any]


def numpy_bits(word: int) -> np.random.BitGenerator:
    """The stream that NumPy's path has for the first block of the seed of the cases."""
    return np.random.SFC64(np.random.SeedSequence(SEED, spawn_key=(0,)))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """Puts the stand-in where CuPy is looked for."""

    def install(stream: Any = None) -> Any:
        cupy = strict_cupy(stream)
        monkeypatch.setitem(sys.modules, "cupy", cupy)
        return cupy

    return install


def simulated(name: str, **changes: Any) -> Result:
    return simulate(**{"iterations": FEW[-1], "checkpoints": FEW} | CASES[name] | changes)


def assert_close(one: Result, other: Result) -> None:
    for field in fields(Result):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(theirs, np.ndarray) and theirs.dtype == bool:
            assert (ours == theirs).all(), field.name
        elif isinstance(theirs, np.ndarray):
            # Deviations from the mean may be rounding alone.
            scale = np.abs(other.mean) ** 2 if field.name == "variance" else np.abs(theirs)
            room = np.where(np.isfinite(scale), 1e-12 * scale, 0.0)
            differs = theirs != ours
            assert (np.abs(ours[differs] - theirs[differs]) <= room[differs]).all(), field.name
        elif theirs is None or ours is None:
            assert theirs is ours
        else:
            assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_same_as_numpy_from_the_same_random_numbers(name: str, device: Device) -> None:
    device(numpy_bits)
    assert_close(simulated(name, device="cuda"), simulated(name))


@pytest.mark.parametrize("name", CASES)
def test_no_step_waits_for_the_device(name: str, device: Device) -> None:
    device(numpy_bits)

    def waits(iterations: int) -> tuple[int, int]:
        before = COUNTS.waits, COUNTS.sent
        simulated(name, device="cuda", iterations=iterations, checkpoints=(1, iterations))
        return COUNTS.waits - before[0], COUNTS.sent - before[1]

    # Delays repeat themselves after tau + 1 = 4 iterations.
    few, many = waits(5), waits(17)
    assert few == many and few[0] <= 3


def test_every_part_has_a_case() -> None:
    told = set(CASES)
    for group, names in (
        ("problem", PROBLEMS),
        ("loss", LOSSES),
        ("bias", BIAS_LAWS),
        ("noise", NOISE_LAWS),
        ("compressor", COMPRESSORS),
    ):
        assert {f"{group} {name}" for name in names} <= told
    assert {f"delays {p} False" for p in PATTERNS} <= told
    used = {type(one["oracle"]) for one in CASES.values()}
    assert {o for o in every_subclass(Oracle) if not o.__abstractmethods__} - {
        base_workers()
    } == used
    methods = {one["algorithm"].name for one in CASES.values()}
    assert methods == set(known_methods())


def every_subclass(kind: type) -> set[Any]:
    own = {k for k in kind.__subclasses__() if k.__module__.startswith("numerics.")}
    return own.union(*(every_subclass(k) for k in own))


def base_workers() -> type:
    """Abstract in all but name: it draws nothing."""
    from numerics import Workers

    return Workers


def known_methods() -> list[str]:
    from numerics import algorithms, sign_methods, vote_methods

    return [
        item.name
        for module in (algorithms, sign_methods, vote_methods)
        for item in vars(module).values()
        if hasattr(item, "initial") and not isinstance(item, type)
    ]


def test_several_points_in_one_block(device: Device) -> None:
    device(numpy_bits)
    points = [{"gamma": g, "beta": b} for g, b in ((0.1, 0.2), (0.2, 1.0), (0.05, 0.7))]

    def found(where: str) -> list[Result]:
        job = make_job(
            problem("quadratic"), NOISY, SGDM, points, metric=SQUARED_GRADIENT, iterations=3,
            trials=4, seed=SEED, discounts=[1.0, 0.9, 1.1], device=where,
        )  # fmt: skip
        assert job.blocks == 1
        return run([job], workers=1)[0]

    for ours, theirs in zip(found("cuda"), found("cpu"), strict=True):
        assert_close(ours, theirs)


# -- random streams


def test_the_same_seed_gives_the_same_stream(device: Device) -> None:
    device()
    first, again, other = (
        simulated("problem quadratic", device="cuda", seed=seed) for seed in (1, 1, 2)
    )
    assert first.mean.tobytes() == again.mean.tobytes()
    assert (first.mean != other.mean).any()


def test_no_two_blocks_have_the_same_stream(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    cupy = device()
    monkeypatch.setitem(jobs_module._BLOCK_DOUBLES, "cuda", 2 * device_cases.D)
    simulated("problem quadratic", device="cuda", trials=200)
    assert len(set(cupy.words)) == len(cupy.words) == 100
    # Nor would they at the end of the range of words, where they start again.
    word = cupy.words[0]
    arrays = backend("cuda")
    for block in ((1 << 32) - word - 1, (1 << 32) - word):
        arrays.generator(SEED, block)
    assert cupy.words[-2:] == [(1 << 32) - 1, 0]


@pytest.mark.parametrize(
    "name",
    ["problem quadratic", "noise rademacher", "noise multiplicative", "minibatch 2", "method ssdm"],
)
def test_moments_agree_within_standard_errors(name: str, device: Device) -> None:
    device()
    ours, theirs = (simulated(name, device=d, trials=4000) for d in ("cuda", "cpu"))
    error = np.sqrt((ours.variance + theirs.variance) / 4000)
    assert (np.abs(ours.mean - theirs.mean) <= 5 * error + 1e-12).all()
    assert (ours.mean != theirs.mean).any()


# -- what is moved to the device


@dataclass
class Holder:
    """All the ways in which an object can hold arrays."""

    array: Any
    inner: Any = None
    held: Any = ()
    name: str = "holder"


class Slotted:
    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array

    def first(self) -> Any:
        return self.array[0]


def on_device(*arrays: Any) -> bool:
    return all(isinstance(array, ndarray) for array in arrays)


def test_everything_that_is_held_is_moved(device: Device) -> None:
    device()
    arrays = backend("cuda")
    own = np.arange(3.0)
    slotted = Slotted(own)
    item = Holder(
        own,
        Holder(np.ones(2), slotted),
        [own, (np.zeros(2), {"deep": np.ones(1)}), slotted.first, lambda: own, np.array(["word"])],
    )
    moved = arrays.place(item)
    listed = moved.held
    assert on_device(moved.array, moved.inner.array, moved.inner.inner.array)
    assert on_device(listed[0], listed[1][0], listed[1][1]["deep"], listed[2](), listed[3]())
    # What was one stays one.
    assert moved.array is listed[0] is moved.inner.inner.array is listed[3]()
    assert type(moved) is Holder and moved.name == "holder"
    assert listed[4].tolist() == ["word"]
    # And the original is left as it is.
    assert isinstance(item.array, np.ndarray) and item.held[3]() is own
    np.testing.assert_array_equal(arrays.to_host(moved.array), own)


def test_nothing_is_copied_on_the_cpu() -> None:
    item = Holder(np.ones(2))
    assert backend().place(item) is item


def test_generators_stay_on_the_host(device: Device) -> None:
    device()
    rng = np.random.default_rng(0)
    assert backend("cuda").place(Holder(rng)).array is rng


def test_what_cannot_be_copied_is_refused(device: Device) -> None:
    import threading

    device()
    with pytest.raises(InputError, match="Holder cannot be moved to a GPU"):
        backend("cuda").place(Holder(threading.Lock()))


def test_sparse_matrices_become_those_of_the_device(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from scipy import sparse

    device()
    kinds = SimpleNamespace(csr_matrix=lambda m: ("csr", m), csc_matrix=lambda m: ("csc", m))
    monkeypatch.setitem(sys.modules, "cupyx.scipy.sparse", kinds)
    arrays, table = backend("cuda"), np.eye(3)
    for made, kind in (
        (sparse.csr_array(table), "csr"),
        (sparse.csc_matrix(table), "csc"),
        (sparse.coo_array(table), "csr"),
    ):
        found, held = arrays.place(Holder(made)).array
        assert found == kind and held.format == kind
        np.testing.assert_array_equal(held.toarray(), table)
    with pytest.raises(InputError, match="int64 cannot be moved"):
        arrays.place(Holder(sparse.csr_array(table.astype(np.int64))))


def test_sparse_data_are_refused(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from scipy import sparse

    from numerics.problems.glm import GeneralisedLinear

    device()
    kinds = SimpleNamespace(csr_matrix=lambda m: SimpleNamespace(indptr=m.indptr))
    monkeypatch.setitem(sys.modules, "cupyx.scipy.sparse", kinds)
    data = GeneralisedLinear(
        sparse.csr_array(np.eye(3)), np.ones(3), LOSSES["squared"], 0.1, np.zeros(3),
        name="sparse", title="sparse",
    )  # fmt: skip
    with pytest.raises(InputError, match="on the CPU only: take device 'cpu'"):
        simulate(**case(data, MiniBatch(1)), iterations=1, device="cuda")


def test_compressors_of_estimators_and_methods_are_moved(device: Device) -> None:
    device()
    sparsifier = device_cases.compressor("sparsifier")
    moved = backend("cuda").place(WorkerOracle(compressor=sparsifier))
    assert on_device(moved.compressor._row) and moved.compressor == sparsifier


# -- devices that are not there


def test_without_cupy_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(InputError, match=r"needs CuPy: pip install 'boundcalc\[gpu\]'"):
        simulate(**case(problem("quadratic"), NOISY), iterations=1, device="cuda")


def test_without_a_gpu_the_error_says_so(device: Device) -> None:
    device().cuda.is_available = lambda: False
    with pytest.raises(InputError, match="needs an NVIDIA GPU"):
        backend("cuda")


def test_memory_of_the_device_is_what_counts(device: Device) -> None:
    cupy = device()
    cupy.cuda.Device = lambda: type("Device", (), {"mem_info": (10, 10)})
    with pytest.raises(InputError, match="the simulation needs about"):
        simulated("problem quadratic", device="cuda")


def test_finished_blocks_of_one_device_are_not_those_of_another(
    device: Device, tmp_path: Any
) -> None:
    cupy = device()
    job, other = (
        make_job(
            problem("quadratic"), NOISY, SGDM, [{"gamma": 0.1, "beta": 0.5}], metric=GAP,
            iterations=2, trials=2, seed=SEED, device=where,
        )
        for where in ("cuda", "cpu")
    )  # fmt: skip
    run([job], resume=tmp_path)
    assert Store(tmp_path).load(job, 0) is not None
    assert Store(tmp_path).load(other, 0) is None
    cupy.__version__ = "newer"
    assert Store(tmp_path).load(job, 0) is None
