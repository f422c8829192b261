"""How functions become native code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import count
from typing import Any, TypeVar, cast, get_type_hints

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.compiler_lock import global_compiler_lock

from neurona.compiled.code import ENTRY

Function = TypeVar("Function", bound=Callable[..., Any])
arrays: Any = import_module("numba.np.arrayobj")
registry: Any = import_module("numba.core.registry")
WORD = ir.IntType(64)
tuples: Any = types.BaseTuple
# Where an array of NumPy has the addresses of its numbers and of its shape, in words; its C API calls the structure
# `PyArrayObject_fields`.
DATA = object.__basicsize__ // 8
SIZES = DATA + 2

# What the compiler may change of float32 arithmetic: sums in another order, so that they run in vector units, and fused
# multiply-add. Not that NaN and infinity exist: a fit must see them.
LOOSE = {"reassoc", "contract", "arcp", "nsz"}
# Nobody counts references to arrays: each outlives the call that it is handed to, and no code makes a new one. Counting
# took a third of the time of a small net.
_compiler: Any = partial(numba.njit, error_model="numpy", _nrt=False)


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


def has(feature: str) -> bool:
    """Tell whether native code is for a processor that has a feature, by the name that LLVM gives it."""
    return "+" + feature in registry.cpu_target.target_context.codegen().magic_tuple()[2].split(",")


def object_of(function: Callable[..., Any], form: type[Any]) -> bytes:
    """Compile a `native` function, with all that it calls, to an object file.

    It calls a function `code.ENTRY` in it that takes the address of words, which are the parts of `form` one behind
    the other: whole numbers and truth values, floats, and the addresses of arrays, as objects of NumPy.

    Args:
        function: that takes the parts of `form` as arguments, and returns nothing.
        form: a tuple whose annotations say what it is made of; see `code.Code`.
    """
    context, codegen = registry.cpu_target.target_context, registry.cpu_target.target_context.codegen()
    kinds = [_kind(hint) for hint in get_type_hints(form, include_extras=True).values()]
    compiled = cast(Any, function).get_compile_result(types.void(*kinds))
    library = codegen.create_library("neurona")
    library.enable_object_caching()
    module = library.create_ir_module("neurona.entry")
    start = ir.Function(module, ir.FunctionType(ir.VoidType(), [WORD.as_pointer()]), ENTRY)
    builder = ir.IRBuilder(start.append_basic_block())
    places = count()

    def word() -> Any:
        return builder.load(builder.gep(start.args[0], [WORD(next(places))]))

    values = [_taken(context, builder, kind, word) for kind in kinds]
    callee = context.declare_function(module, compiled.fndesc)
    context.call_conv.call_function(builder, callee, types.void, kinds, values)
    builder.ret_void()
    library.add_ir_module(module)
    library.add_linking_library(compiled.library)
    with global_compiler_lock:
        _name, _kind_of_code, (code, _bitcode) = library.serialize_using_object_code()
    return cast(bytes, code)


def _kind(hint: Any) -> Any:
    """Return the type by which Numba knows what an annotation says."""
    if hasattr(hint, "_fields"):
        parts = [_kind(part) for part in get_type_hints(hint, include_extras=True).values()]
        return tuples.from_types(parts, hint)
    lying = getattr(hint, "__metadata__", None)
    if lying is None:
        return {int: types.int64, float: types.float64, bool: types.boolean}[hint]
    return types.Array(numba.from_dtype(np.dtype(lying[0].kind)), lying[0].dimensions, "C")


def _taken(context: Any, builder: Any, kind: Any, word: Callable[[], Any]) -> Any:
    """Return a value of a type, of the words that come next."""
    if isinstance(kind, tuples):
        return context.make_tuple(builder, kind, [_taken(context, builder, part, word) for part in kind.types])
    if isinstance(kind, types.Array):
        fields = builder.inttoptr(word(), WORD.as_pointer())
        data, sizes = (builder.load(builder.gep(fields, [WORD(place)])) for place in (DATA, SIZES))
        lengths = builder.inttoptr(sizes, WORD.as_pointer())
        shape = [builder.load(builder.gep(lengths, [WORD(place)])) for place in range(kind.ndim)]
        first = builder.inttoptr(data, context.get_data_type(kind.dtype).as_pointer())
        return array_at(context, builder, kind, first, shape)
    if isinstance(kind, types.Float):
        return builder.bitcast(word(), ir.DoubleType())
    return builder.trunc(word(), ir.IntType(1)) if isinstance(kind, types.Boolean) else word()


def array_at(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any]) -> Any:
    """Return an array of a type and a shape whose numbers lie at `data`, while the code for it is made."""
    size = context.get_constant(types.intp, kind.dtype.bitwidth // 8)
    strides = [size]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(length, strides[0]))
    array = context.make_array(kind)(context, builder)
    arrays.populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
    return array._getvalue()
