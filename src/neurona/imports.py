"""The imports of a command that trains, most of whose time is PyTorch's; made faster without changing what they do."""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

LIBRARIES = (("libtorch_global_deps.so", ctypes.RTLD_GLOBAL), ("libtorch_python.so", ctypes.RTLD_LOCAL))


def load_libraries() -> None:
    """Begin to load PyTorch's native libraries on another core, while this one imports what is written in Python."""
    spec = find_spec("torch") if sys.platform == "linux" and "torch" not in sys.modules else None
    if spec and spec.submodule_search_locations:
        folder = Path(spec.submodule_search_locations[0], "lib")
        Thread(target=_load, args=(folder,), daemon=True).start()


def _load(folder: Path) -> None:
    with suppress(OSError):  # which PyTorch will meet again, and know what to do
        for name, mode in LIBRARIES:
            ctypes.CDLL(str(folder / name), mode)


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
