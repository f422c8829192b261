"""Native code: kept on the disk, so that a machine compiles only once, and called without the compiler.

What the compiler makes is an object file, which LLVM links into the process in some milliseconds; Numba, with what it
keeps itself, takes half a second.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import Any, NamedTuple, cast, get_type_hints

import numpy as np
from llvmlite import binding
from platformdirs import user_cache_dir

from neurona.files import write_whole

# The names by which an object file is called, and by which it calls BLAS.
ENTRY, BLAS = "neurona_entry", "neurona_sgemm"
# Before the code stands its digest: of a file that a power cut has cut short it is another one.
DIGEST = hashlib.sha256().digest_size


class Lying(NamedTuple):
    """How an array lies: numbers of a type, in rows one behind the other."""

    kind: type[np.generic]
    dimensions: int


class Code:
    """A function as native code.

    Args:
        module: that it is compiled from.
        name: of the function in it.
        form: the type of what it is called with: a tuple of whole numbers, truth values, floats, arrays whose
            annotations say how they lie, and such tuples. The function takes its parts as arguments.
    """

    def __init__(self, module: str, name: str, form: type[Any]) -> None:
        self.module, self.name, self.form = module, name, form
        self._lock = Lock()
        self._call: Any = None
        self._engine: Any = None

    @property
    def loaded(self) -> bool:
        """Whether it is at hand in this process."""
        return self._call is not None

    @property
    def path(self) -> Path:
        """The file that it is kept in."""
        return folder() / f"{self.module}.{self.name}.o"

    def kept(self) -> bytes | None:
        """Return the object file that is kept on the disk; None where there is none, or one that is damaged."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return None
        digest, code = content[:DIGEST], content[DIGEST:]
        return code if hashlib.sha256(code).digest() == digest else None

    def load(self, compiling: Callable[[], object] = lambda: None) -> None:
        """Make it ready to be called: read it from the disk, or else compile it and keep it.

        Args:
            compiling: called before it is compiled, which takes some seconds.

        Raises:
            OSError: it is ready, but could not be kept.
        """
        with self._lock:
            if self.loaded:
                return
            if binding.address_of_symbol(BLAS) is None:  # nobody has said whose
                use_blas()
            code = self.kept()
            if code is not None:
                self._link(code)
                return
            compiling()
            code = self._compiled()
            self._link(code)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, lambda aside: aside.write_bytes(hashlib.sha256(code).digest() + code))

    def __call__(self, values: Any) -> None:
        """Run it, with `values` of its form; other threads may run Python meanwhile.

        Raises:
            TypeError: an array does not lie as the form says.
        """
        flat, lying = list[Any](), list[Any]()
        _flatten(values, flat, lying)
        words, expected = self._words
        if lying != expected:
            raise TypeError(f"an array that {self.name} is called with lies otherwise than {self.form.__name__} says")
        self._call(words.pack(*flat))

    def _compiled(self) -> bytes:
        from neurona.compiled.native import object_of

        return object_of(getattr(import_module(self.module), self.name), self.form)

    def _link(self, code: bytes) -> None:
        """Let LLVM put an object file into memory, for as long as the process lives."""
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        machine = binding.Target.from_default_triple().create_target_machine(jit=True)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._call = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(self._engine.get_function_address(ENTRY))

    @cached_property
    def _words(self) -> tuple[Struct, list[Any]]:
        """How the words lie that it is called with, and what `_flatten` finds of the arrays."""
        parts = leaves(self.form)
        lying = [(np.dtype(part.kind), part.dimensions, True) for part in parts if isinstance(part, Lying)]
        return Struct("=" + "".join("d" if part is float else "q" for part in parts)), [*chain(*lying)]


def leaves(form: Any) -> list[Any]:
    """Return what a form is made of, part by part: `int`, `float`, `bool`, and how arrays lie."""
    found = []
    for hint in get_type_hints(form, include_extras=True).values():
        found += leaves(hint) if hasattr(hint, "_fields") else [getattr(hint, "__metadata__", [hint])[0]]
    return found


def _flatten(values: Any, flat: list[Any], lying: list[Any]) -> None:
    """Add words to `flat`: numbers, and the addresses of arrays; and to `lying` how these lie."""
    for value in values:
        if isinstance(value, np.ndarray):
            flat.append(id(value))
            lying += (value.dtype, value.ndim, value.flags.c_contiguous)
        elif isinstance(value, tuple):
            _flatten(value, flat, lying)
        else:
            flat.append(value)


@cache
def folder() -> Path:
    """Return where native code is kept: a folder for each version of this room and its compiler, and each processor."""
    features = binding.get_host_cpu_features().flatten()
    made_for = [binding.get_process_triple(), binding.get_host_cpu_name(), features]
    made_by = [version("numba"), version("llvmlite")]
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    digest = hashlib.sha256(repr([made_for, made_by, settings]).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR") or user_cache_dir("neurona", appauthor=False)
    return Path(base) / "compiled" / digest.hexdigest()[:16]


def use_blas(library: Path | None = None) -> str:
    """Let native code call `sgemm` of a shared library, or of SciPy where that has none; return whose it is.

    Args:
        library: for instance PyTorch's, whose MKL keeps to the number of threads that PyTorch is told.
    """
    try:
        function = ctypes.CDLL(str(library)).sgemm_
    except (OSError, AttributeError):
        from numba.extending import get_cython_function_address

        binding.add_symbol(BLAS, get_cython_function_address("scipy.linalg.cython_blas", "sgemm"))
        return "scipy"
    binding.add_symbol(BLAS, ctypes.cast(function, ctypes.c_void_p).value)
    return cast(Path, library).name
