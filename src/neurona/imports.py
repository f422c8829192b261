"""The imports of what trains, most of whose time is PyTorch's; made faster without changing what they do."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from types import ModuleType

# What is loaded: a package, a library of it, and how. LLVM is what native code of dense nets is linked by.
LIBRARIES = (
    ("torch", "lib/libtorch_global_deps.so", os.RTLD_GLOBAL),
    ("torch", "lib/libtorch_python.so", os.RTLD_LOCAL),
    ("llvmlite", "binding/libllvmlite.so", os.RTLD_LOCAL),
)
# Modules in C that are imported before PyTorch. The system loads one library after the other, so that each of these
# would wait for PyTorch's.
EARLY = """
    _asyncio _bisect _blake2 _bz2 _contextvars _csv _datetime _decimal _hashlib _heapq _json _lzma _multiprocessing
    _opcode _pickle _posixshmem _posixsubprocess _queue _random _sha512 _socket _ssl _statistics _struct _uuid
    _zoneinfo array binascii cmath fcntl grp math mmap resource select unicodedata zlib
"""
# Modules in Python that PyTorch imports: something to do while its libraries are loaded.
MEANWHILE = """
    asyncio concurrent.futures.thread http.client multiprocessing.connection multiprocessing.resource_sharer pickletools
    pkgutil runpy tarfile unittest.mock urllib.request
"""


def load_libraries() -> Thread | None:
    """Begin to load PyTorch's native libraries on another core, while this one imports what is written in Python.

    Returns:
        The thread that loads them; None where there is nothing to do.
    """
    if sys.platform != "linux" or "torch" in sys.modules:
        return None
    folders = {name: place for name in {package for package, *_rest in LIBRARIES} if (place := _folder(name))}
    if "torch" not in folders:
        return None
    for name in EARLY.split():
        with suppress(ImportError):  # a Python that is built otherwise
            import_module(name)
    import pydantic_core

    # Until libraries are loaded it would wait for the memory that each thread has of its own.
    pydantic_core.SchemaSerializer(pydantic_core.core_schema.any_schema())
    # Python waits for it where a program ends early: libraries that are loaded and left at once crash.
    thread = Thread(target=_load, args=(folders,), daemon=False)
    thread.start()
    return thread


def _folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _load(folders: Mapping[str, Path]) -> None:
    """Load libraries as packages will. `ctypes.CDLL` itself would let no other Python code run meanwhile."""
    with suppress(AttributeError):
        load = ctypes.CDLL(None).dlopen
        load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        for package, name, mode in LIBRARIES:
            if package in folders:  # where it fails, the package will know what to do
                load(os.fsencode(folders[package] / name), mode | os.RTLD_NOW)


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
            for early in ("neurona.recipe", *MEANWHILE.split()):  # the first is Python until it is asked for a net
                import_module(early)
            import_module("torch")
            return import_module(name)
    finally:
        if thread is not None:
            thread.join()
