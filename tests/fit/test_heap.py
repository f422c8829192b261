"""Memory that is freed is there at once when it is asked for again."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest

from neurona.recipe import Recipe

PROGRAM = """
import resource
import torch
from neurona.fit.heap import keep_freed

def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def steps() -> int:
    before = faults()
    for _step in range(20):
        [torch.ones(6 << 20) for _ in range(8)]
    return faults() - before

assert keep_freed()
steps()
print(steps())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc, on Linux, lets itself be told")
def test_tensors_of_each_step_lie_in_memory_that_is_there_already() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    # Without it there are mostly 980,000: a fault for each page of 20 times 192 MiB.
    assert int(answer.stdout) < 1000


def test_a_net_whose_memory_was_estimated_is_let_go() -> None:
    fit = Recipe.read("spiral").start()
    assert fit.memory > 0
    left = [weakref.ref(parameter) for parameter in fit.net.parameters()]
    del fit
    gc.collect()
    assert [parameter() for parameter in left] == [None] * 4
