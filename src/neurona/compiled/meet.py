"""How two threads of native code meet; see `crew`."""

from __future__ import annotations

from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from neurona.compiled.crew import APART, POSSIBLE
from neurona.compiled.native import native

Words = NDArray[np.int64]

# A thread that waits looks so often for the other one before it lets others have its core, each time.
LOOKS = 2_000
YIELD = "sched_yield"

tools: Any = cgutils


@native
def meet(words: Words, rank: int) -> bool:
    """Wait until the other thread is here too, of which `rank`, 0 or 1, is one; return whether it came.

    All that each of them wrote before is seen by both.
    """
    mine = words[rank * APART] + 1
    publish(words, rank * APART, mine)
    looks = 0
    while seen(words, (1 - rank) * APART) < mine:
        if seen(words, 2 * APART) != 0:
            return False
        looks += 1
        if looks % LOOKS == 0:
            words[rank * APART + 1] += 1
            give_way()
        else:
            pause()
    return True


def _place(context: Any, builder: Any, kind: Any, words: Any, index: Any) -> Any:
    return builder.gep(context.make_array(kind)(context, builder, words).data, [index])


def _seen(typing: Any, words: Any, index: Any) -> Any:
    """Return a word that another thread may write, and let all be seen that it wrote before (acquire)."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(_place(context, builder, signature.args[0], *values), "acquire", 8)

    return types.int64(words, types.int64), generate


def _publish(typing: Any, words: Any, index: Any, value: Any) -> Any:
    """Write a word that another thread reads, behind all that was written before (release)."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        *place, value = values
        builder.store_atomic(value, _place(context, builder, signature.args[0], *place), "release", 8)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int64), generate


def _pause(typing: Any) -> Any:
    """Tell a processor that knows the hint that the thread waits for memory to change."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if llvmlite.binding.get_process_triple().startswith("x86"):
            form = ir.FunctionType(ir.VoidType(), [])
            builder.call(tools.get_or_insert_function(builder.module, form, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


def _give_way(typing: Any) -> Any:
    """Let another thread have the core."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if POSSIBLE:
            form = ir.FunctionType(ir.IntType(32), [])
            builder.call(tools.get_or_insert_function(builder.module, form, YIELD), [])
        return context.get_dummy_value()

    return types.void(), generate


seen: Any = intrinsic(_seen)
publish: Any = intrinsic(_publish)
pause: Any = intrinsic(_pause)
give_way: Any = intrinsic(_give_way)
