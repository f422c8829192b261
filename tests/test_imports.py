"""Faster imports leave everything as slow ones would."""

from __future__ import annotations

import gc
import subprocess
import sys

from neurona.imports import load_libraries, swift


def test_garbage_is_looked_for_again_after_the_imports() -> None:
    with swift():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with swift():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_libraries_that_came_first_are_those_that_torch_computes_with() -> None:
    code = (
        "from neurona.imports import load_libraries, swift\n"
        "import threading\n"
        "load_libraries()\n"
        "with swift():\n"
        "    import torch\n"
        "assert threading.active_count() == 1\n"
        "maps = open('/proc/self/maps').read() if __import__('sys').platform == 'linux' else ''\n"
        "assert len({line.split()[-1] for line in maps.splitlines() if 'libtorch_python' in line}) <= 1\n"
        "print(torch.ones(3).sum().item())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "3.0\n"), done.stderr


def test_torch_that_is_there_is_not_loaded_again(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(sys.modules, "torch", object())
    monkeypatch.setattr("neurona.imports.Thread", None)
    load_libraries()


def test_no_module_takes_the_place_of_a_public_name() -> None:
    code = """
import importlib, inspect, pkgutil, neurona
for module in pkgutil.walk_packages(neurona.__path__, "neurona."):
    if "__main__" not in module.name and "studio" not in module.name:
        importlib.import_module(module.name)
print([name for name in neurona._HOMES if inspect.ismodule(getattr(neurona, name))])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
