"""NumPy is all that it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import neurona

ALONE = """
import sys, sysconfig

class Block:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top not in ("numpy", "neurona"):
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Block())
from neurona import glass

net = glass.Sequential(glass.Linear(2, 3), glass.Tanh(), glass.Linear(3, 2))
glass.cross_entropy(net(glass.Tensor([[1.0, 2.0]])), glass.Tensor([1])).backward()
others = [name for name in sys.modules if name.startswith("neurona.") and not name.startswith("neurona.glass")]
assert not others, others
print(sum(p.grad is not None for p in net.parameters()))
"""


def test_it_works_where_only_numpy_is_installed() -> None:
    source = Path(neurona.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(source)}
    )
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_it_stays_small() -> None:
    folder = Path(neurona.__file__).parent / "glass"
    lines = {path.name: len(path.read_text().splitlines()) for path in folder.glob("*.py")}
    assert lines["tape.py"] < 150
    assert sum(lines.values()) < 1500
