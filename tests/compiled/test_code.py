"""Native code on the disk, and how it is called."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from neurona.compiled import code
from neurona.compiled.code import Code, Lying

Vector = Annotated[NDArray[np.float32], Lying(np.float32, 1)]
Matrix = Annotated[NDArray[np.float32], Lying(np.float32, 2)]
Box = Annotated[NDArray[np.float64], Lying(np.float64, 3)]
Bytes = Annotated[NDArray[np.uint8], Lying(np.uint8, 2)]
Whole = Annotated[NDArray[np.int64], Lying(np.int64, 1)]


class Alike(NamedTuple):
    """A tuple of one type, for which Numba has a type of its own."""

    low: int
    high: int


class Mixed(NamedTuple):
    """A tuple of several."""

    alike: Alike
    places: Whole
    half: float


class Form(NamedTuple):
    """Every kind of part."""

    factor: float
    yes: bool
    no: bool
    mixed: Mixed
    row: Vector
    table: Matrix
    bytes: Bytes
    box: Box
    out: Box


SOURCE = """
from neurona.compiled.native import native

@native
def summed(factor, yes, no, mixed, row, table, bytes, box, out):
    for i in range(box.shape[0]):
        for j in range(box.shape[1]):
            for k in range(box.shape[2]):
                out[i, j, k] = factor * box[i, j, k] + table[j, k] + bytes[j, k] + mixed.half
                if yes:
                    out[i, j, k] += row[k]
                if no:
                    out[i, j, k] = 0
    for place in mixed.places:
        out[0, 0, place] += mixed.alike.high - mixed.alike.low
"""


def form(generator: np.random.Generator, **changed: Any) -> Form:
    """Return parts of some shape, with room for the result."""
    given = Form(
        factor=-2.5,
        yes=True,
        no=False,
        mixed=Mixed(Alike(-3, 2**40), np.array([0, 3]), 0.5),
        row=generator.normal(size=4).astype(np.float32),
        table=generator.normal(size=(3, 4)).astype(np.float32),
        bytes=generator.integers(0, 256, (3, 4), np.uint8),
        box=generator.normal(size=(2, 3, 4)),
        out=np.zeros((2, 3, 4)),
    )
    return given._replace(**changed)


def expected(given: Form) -> NDArray[np.float64]:
    """Return the result as NumPy computes it."""
    result = given.factor * given.box + given.table + given.bytes + given.mixed.half + given.row * given.yes
    result[0, 0, given.mixed.places] += given.mixed.alike.high - given.mixed.alike.low
    return np.asarray(result)


@pytest.fixture
def generator() -> np.random.Generator:
    """Return random numbers."""
    return np.random.default_rng(0)


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Code]:
    """Return what makes a function as a process that begins knows it, kept in a folder of the test."""
    (tmp_path / "summing.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "summing", raising=False)
    monkeypatch.setattr(code, "folder", lambda: tmp_path / "kept")
    return lambda: Code("summing", "summed", Form)


def test_blas_is_there_before_native_code_may_call_it() -> None:
    code = """
from llvmlite import binding
from neurona.compiled.call import run
from neurona.compiled.code import BLAS
run.load()
print(binding.address_of_symbol(BLAS) is not None)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def never(_self: Code) -> bytes:
    """Stand in for the compiler where it must not be asked."""
    raise AssertionError("compiled once more")


def test_each_part_arrives(fresh: Callable[[], Code], generator: np.random.Generator) -> None:
    function = fresh()
    assert not function.loaded and function.kept() is None
    function.load()
    assert function.loaded and function.kept()
    frozen = np.array([1, 2])
    frozen.flags.writeable = False
    for changed in (
        {},
        {"yes": False},
        {"mixed": Mixed(Alike(4, 1), np.zeros(0, np.int64), -1.0)},
        {"mixed": Mixed(Alike(1, 5), frozen, 2.0)},
    ):
        given = form(generator, **changed)
        function(given)
        np.testing.assert_allclose(given.out, expected(given), 1e-6)
    given = form(generator, no=True, mixed=Mixed(Alike(0, 0), np.array([1]), 0.0))
    function(given)
    assert not given.out.any()


def test_code_is_kept_for_the_next_process(
    fresh: Callable[[], Code], generator: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    fresh().load(lambda: told.append("compiling"))
    assert told == ["compiling"]
    monkeypatch.setattr(Code, "_compiled", never)
    again, given = fresh(), form(generator)
    again.load(lambda: told.append("once more"))
    again(given)
    np.testing.assert_allclose(given.out, expected(given), 1e-6)
    assert told == ["compiling"]


def test_threads_that_ask_at_once_compile_once(fresh: Callable[[], Code]) -> None:
    function, told = fresh(), list[str]()
    threads = [Thread(target=function.load, args=(lambda: told.append("compiling"),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert function.loaded and told == ["compiling"]


@pytest.mark.parametrize("left", [0, 7, 40, -1])
def test_code_that_is_damaged_is_compiled_anew(
    fresh: Callable[[], Code], generator: np.random.Generator, left: int
) -> None:
    first = fresh()
    first.load()
    whole = first.path.read_bytes()
    first.path.write_bytes(whole[:left] if left >= 0 else whole[:-1] + bytes([whole[-1] ^ 1]))
    again, given = fresh(), form(generator)
    assert again.kept() is None
    again.load()
    again(given)
    np.testing.assert_allclose(given.out, expected(given), 1e-6)
    assert fresh().kept()


def test_code_that_cannot_be_kept_can_be_called(
    fresh: Callable[[], Code], generator: np.random.Generator, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where the folder is to be")
    function, given = fresh(), form(generator)
    with pytest.raises(OSError, match="kept"):
        function.load()
    function(given)
    np.testing.assert_allclose(given.out, expected(given), 1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        {"row": np.zeros(4)},
        {"row": np.zeros((1, 4), np.float32)},
        {"table": np.zeros((4, 3), np.float32).T},
        {"box": np.zeros((2, 3, 8))[:, :, ::2]},
        {"table": np.zeros(3, np.float32), "row": np.zeros((1, 4), np.float32)},
    ],
)
def test_an_array_that_lies_otherwise_is_refused(
    fresh: Callable[[], Code], generator: np.random.Generator, changed: dict[str, Any]
) -> None:
    function = fresh()
    function.load()
    given = form(generator, **changed)
    with pytest.raises(TypeError, match=r"^an array that .* lies otherwise than Form says$"):
        function(given)
    assert not given.out.any()


@pytest.mark.parametrize("what", ["get_host_cpu_name", "get_process_triple"])
def test_processors_and_systems_have_folders_of_their_own(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    before = code.folder.__wrapped__()
    monkeypatch.setattr(code.binding, what, lambda: "another")
    assert code.folder.__wrapped__() != before


def test_versions_and_settings_of_the_compiler_have_folders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code.folder.__wrapped__()
    with monkeypatch.context() as other:
        other.setattr(code, "version", lambda _name: "0")
        assert code.folder.__wrapped__() != before
    with monkeypatch.context() as other:
        other.setenv("NUMBA_OPT", "1")
        assert code.folder.__wrapped__() != before
    assert code.folder.__wrapped__() == before
