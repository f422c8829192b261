"""The imports of what trains, most of whose time is PyTorch's; made faster without changing what they do."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from types import ModuleType

LIBRARIES = (("libtorch_global_deps.so", os.RTLD_GLOBAL), ("libtorch_python.so", os.RTLD_LOCAL))
# Modules in C that the command line imports before PyTorch. The system loads one library after the other, so that each
# of these would wait for PyTorch's.
EARLY = """
    _bisect _blake2 _bz2 _contextvars _csv _datetime _decimal _hashlib _json _lzma _pickle _posixsubprocess _random
    _sha512 _socket _ssl _statistics _struct _uuid _zoneinfo array binascii fcntl math mmap select zlib
    pydantic_core._pydantic_core
"""


def load_libraries() -> Thread | None:
    """Begin to load PyTorch's native libraries on another core, while this one imports what is written in Python.

    Returns:
        The thread that loads them; None where there is nothing to do.
    """
    spec = find_spec("torch") if sys.platform == "linux" and "torch" not in sys.modules else None
    if spec and spec.submodule_search_locations:
        for name in EARLY.split():
            with suppress(ImportError):  # a Python that is built otherwise
                import_module(name)
        folder = Path(spec.submodule_search_locations[0], "lib")
        thread = Thread(target=_load, args=(folder,), daemon=True)
        thread.start()
        return thread
    return None


def _load(folder: Path) -> None:
    """Load the libraries as PyTorch will. `ctypes.CDLL` itself would let no other Python code run meanwhile."""
    with suppress(AttributeError):
        load = ctypes.CDLL(None).dlopen
        load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        for name, mode in LIBRARIES:
            load(os.fsencode(folder / name), mode | os.RTLD_NOW)  # where it fails, PyTorch will know what to do


@contextmanager
def swift() -> Iterator[None]:
    """Within the block, imports do not look for garbage, nor does anybody look for it among what they left.

    Modules are not garbage until the process ends, and to look at them again and again takes a fifth of the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)
        if collecting:
            gc.enable()


@contextmanager
def gently() -> Iterator[None]:
    """As `swift`, in a program of somebody else's, whose garbage is found as before.

    What was imported is as old to the collector as anything can be, so that it is looked at seldom.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # else the program keeps something from the collector, and may go on
            gc.freeze()
            gc.unfreeze()  # which has moved everything to the oldest generation
        if collecting:
            gc.enable()


def with_pytorch(name: str) -> ModuleType:
    """Import a module of ours, and PyTorch, which it needs now or as soon as it is used.

    No thread is left, and nothing differs from an `import torch` of the program itself, which may come before or after.
    """
    thread = load_libraries()
    try:
        with gently():
            import_module("neurona.recipe")  # which is Python until it is asked for a net
            import_module("torch")
            return import_module(name)
    finally:
        if thread is not None:
            thread.join()
