"""How functions become native code, and where it is kept so that a machine compiles only once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from platformdirs import user_cache_dir

Function = TypeVar("Function", bound=Callable[..., Any])
config: Any = numba.config
caching: Any = import_module("numba.core.caching")
linalg: Any = import_module("numba.np.linalg")
registry: Any = import_module("numba.core.registry")

# What the compiler may change of float32 arithmetic: sums in another order, so that they run in vector units, and fused
# multiply-add. Not that NaN and infinity exist: a fit must see them.
LOOSE = {"reassoc", "contract", "arcp", "nsz"}
# Nobody counts references to arrays: each outlives the call that it is handed to, and no code makes a new one. Counting
# took a third of the time of a small net.
_compiler: Any = partial(numba.njit, error_model="numpy", _nrt=False)


class Files(caching.IndexDataCacheFile):  # type: ignore[misc]
    """Numba's files of an `entry`: those that are damaged, as a power cut leaves them, count as not there."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()
        except Exception:  # on Windows also while another process writes it
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)
        except Exception as error:
            raise OSError(f"{name} is damaged") from error


def native(function: Function) -> Function:
    """Compile `function` when it is first called; its sums may be added in any order."""
    compiled: Any = _compiler(fastmath=LOOSE)(function)
    return cast(Function, compiled)


def written_out(function: Function) -> Function:
    """Compile `function` as a part of the only one that calls it, which costs no compilation of its own."""
    compiled: Any = _compiler(fastmath=LOOSE, inline="always")(function)
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Compile `function` as a part of each that calls it: a call would take longer than what it does."""
    compiled: Any = _compiler(fastmath=LOOSE, forceinline=True)(function)
    return cast(Function, compiled)


def exact(function: Function) -> Function:
    """Compile `function` with each operation rounded where it stands, as elementary functions need it."""
    compiled: Any = _compiler(fastmath={"contract"}, forceinline=True)(function)
    return cast(Function, compiled)


def rounded(function: Function) -> Function:
    """Compile `function` with every single operation rounded, as NumPy and PyTorch round them one after the other."""
    compiled: Any = _compiler(fastmath=False)(function)  # which it would inherit from its caller
    return cast(Function, compiled)


def entry(function: Function) -> Function:
    """Compile `function`, called from Python, with all that it calls, and keep the code on disk.

    The Python interpreter is free for other threads while it runs. Without a folder to write in nothing is kept.
    """
    compiled: Any = _compiler(fastmath=LOOSE, nogil=True)(function)
    with _kept_in(folder()), suppress(RuntimeError):  # which Numba raises where it finds no place that it can write to
        compiled.enable_caching()
        compiled._cache._cache_file.__class__ = Files
    return cast(Function, compiled)


@cache
def folder() -> Path:
    """Return where native code is kept: a folder of its own for each version of this room's sources and each processor.

    Numba itself looks only at the file of the function that is called, not at those of what it calls; and two machines
    that share a home directory would write one index.
    """
    digest = hashlib.sha256(repr(_processor()).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = config.CACHE_DIR or user_cache_dir("neurona", appauthor=False)
    return Path(base) / "compiled" / digest.hexdigest()[:16]


def has(feature: str) -> bool:
    """Tell whether native code is for a processor that has a feature, by the name that LLVM gives it."""
    return "+" + feature in _processor()[2].split(",")


def _processor() -> tuple[str, str, str]:
    """Return what native code is made for: a system, a processor, and its features."""
    made_for: tuple[str, str, str] = registry.cpu_target.target_context.codegen().magic_tuple()
    return made_for


def is_loaded(function: Callable[..., Any]) -> bool:
    """Tell whether an `entry` was called in this process already, so that its code is at hand."""
    return bool(cast(Any, function).overloads)


def is_kept(function: Callable[..., Any]) -> bool:
    """Tell whether native code of an `entry` lies on the disk, so that a call need not compile it.

    It is kept for the place and the text of its source and for the processor, and is of use for no other.
    """
    compiled = cast(Any, function)
    index = getattr(compiled._cache, "_cache_file", None)  # which a function that cannot be kept lacks
    if index is None:
        return False
    kept = index._load_index().items()
    names = [name for (_signature, made_for, *_code), name in kept if made_for == _processor()]
    with suppress(OSError):
        return any(index._load_data(name) for name in names)
    return False


def _spare_scipy() -> None:
    """Import the part of Numba that would import `scipy.linalg` to see whether it is there, without that.

    It is, for scikit-learn needs it; whoever compiles linear algebra imports it then.
    """
    before = linalg.ensure_blas
    linalg.ensure_blas = lambda: None
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = before


@contextmanager
def _kept_in(path: Path) -> Iterator[None]:
    before = config.CACHE_DIR
    config.CACHE_DIR = str(path)
    try:
        yield
    finally:
        config.CACHE_DIR = before


_spare_scipy()
