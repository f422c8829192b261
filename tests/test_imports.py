"""Faster imports leave everything as slow ones would."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

import neurona
from neurona.imports import gently, load_libraries, swift


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
        "thread = load_libraries()\n"
        "with swift():\n"
        "    import torch\n"
        "thread and thread.join()\n"
        "assert threading.active_count() == 1\n"
        "maps = open('/proc/self/maps').read() if __import__('sys').platform == 'linux' else ''\n"
        "assert len({line.split()[-1] for line in maps.splitlines() if 'libtorch_python' in line}) <= 1\n"
        "print(torch.ones(3).sum().item())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "3.0\n"), done.stderr


def test_a_program_that_ends_while_libraries_are_loaded_ends_well() -> None:
    code = "import time\nfrom neurona.imports import load_libraries\nload_libraries()\ntime.sleep(0.05)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


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


def printed(code: str) -> str:
    """Return what a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Knot:
    """Garbage that only the collector can find."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.parametrize("frozen", [False, True])
def test_garbage_from_before_gentle_imports_is_found_after_them(frozen: bool) -> None:
    if frozen:
        gc.freeze()
    before, knot = gc.get_freeze_count(), weakref.ref(Knot())
    try:
        with gently():
            assert not gc.isenabled()
        assert gc.isenabled() and gc.get_freeze_count() == before
        gc.collect()
        assert knot() is None
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("first", ["import torch", "pass"])
def test_public_names_leave_a_program_as_importing_pytorch_itself_would(first: str) -> None:
    """Whether it was there before or comes after: no thread, the collector as it was, one PyTorch."""
    said = printed(f"""
import gc, sys, threading
{first}
import neurona as nr
nr.Fit
import torch
assert threading.active_count() == 1 and gc.isenabled() and not gc.get_freeze_count()
maps = open("/proc/self/maps").read() if sys.platform == "linux" else ""
assert len({{line.split()[-1] for line in maps.splitlines() if "libtorch_cpu" in line}}) <= 1
assert nr.Fit is __import__("neurona.fit.fit", fromlist=["Fit"]).Fit
print(torch.ones(3).sum().item())
""")
    assert said == "3.0\n"


def test_names_that_need_no_pytorch_do_not_import_it_and_the_others_do() -> None:
    said = printed("""
import sys, neurona
for name in neurona._WITHOUT_PYTORCH:
    getattr(neurona, name)
print("torch" in sys.modules)
for name in neurona.__all__:
    assert getattr(neurona, name) is getattr(neurona, name)
print("torch" in sys.modules)
""")
    assert said == "False\nTrue\n"


def test_a_name_that_is_not_there_says_so_and_imports_nothing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        neurona.nonsense  # noqa: B018
    assert printed("import sys, neurona; hasattr(neurona, 'nonsense'); print('torch' in sys.modules)") == "False\n"
