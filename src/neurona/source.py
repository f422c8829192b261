"""A net as Python code: what builds it anew, in a file that imports nothing of ours."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

from torch import fx, nn

from neurona.errors import InputError
from neurona.language import _

# How a class is written whose layers run as a trace of its forward says.
_TRACED = '''class {name}(nn.Module):
    """{about}"""

    def __init__(self) -> None:
        super().__init__()
        layers = {{
{layers}
        }}
        for path, layer in layers.items():
            *owners, name = path.split(".")
            owner = self
            for part in owners:
                if not hasattr(owner, part):
                    owner.add_module(part, nn.Module())
                owner = getattr(owner, part)
            owner.add_module(name, layer)

    {forward}'''


def expression(module: nn.Module, indent: int = 0) -> str:
    """Return Python code that builds `module`: containers are written out, layers as their `repr`, which is code.

    A class of ours is built from its children, by the names that its constructor gives them, and from what its
    `extra_repr` says. One of torchvision is written as a class of its own; see `sources`.

    Raises:
        InputError: a module of another origin cannot be written out.
    """
    if isinstance(module, nn.Sequential):
        rows = [(repr(name), child) for name, child in module.named_children()]
        return (
            f"nn.Sequential(OrderedDict([{_block([f'({n}, {expression(c, indent + 4)})' for n, c in rows], indent)}]))"
        )
    if isinstance(module, nn.ModuleDict):
        return f"{{{_block([f'{n!r}: {expression(c, indent + 4)}' for n, c in module.items()], indent)}}}"
    if isinstance(module, nn.ModuleList):
        return f"[{_block([expression(child, indent + 4) for child in module], indent)}]"
    name = type(module).__name__
    if _is_torchs(module):
        return f"nn.{name}({module.extra_repr()})"
    if _is_torchvisions(module):
        return f"{name}()"
    if not _is_ours(module):
        problem = _("{kind} cannot be written out as code.").format(kind=name)
        raise InputError(problem, _("Your own module is plain PyTorch already: load model.safetensors into it."))
    taken = inspect.signature(type(module)).parameters
    children = [f"{n}={expression(c, indent + 4)}" for n, c in module.named_children() if n in taken]
    arguments = [*children, *([module.extra_repr()] if module.extra_repr() else [])]
    return f"{name}({_block(arguments, indent) if children else ', '.join(arguments)})"


def sources(net: nn.Module) -> list[str]:
    """Return the source of each class that `expression` names and PyTorch lacks, each once, by name."""
    found: dict[str, str] = {}
    for module in _written(net):
        name = type(module).__name__
        source = _traced(module) if _is_torchvisions(module) else inspect.getsource(type(module)).rstrip()
        if found.setdefault(name, source) != source:
            problem = _("{kind} cannot be written out as code.").format(kind=name)
            raise InputError(problem, _("Two different nets of one class stand in it; export to ONNX instead."))
    return [found[name] for name in sorted(found)]


def _written(module: nn.Module) -> Iterator[nn.Module]:
    """Yield each module that needs a class in the file; what a trace flattens is not looked into."""
    if not _is_torchs(module):
        yield module
    if _is_torchvisions(module):
        return
    for child in module.children():
        yield from _written(child)


def _traced(module: nn.Module) -> str:
    """Return a class that holds the layers of `module` and whose forward is what torch.fx found it to compute."""
    training = module.training
    graph = fx.symbolic_trace(module.eval())
    module.train(training)
    used = {str(node.target) for node in graph.graph.nodes if node.op == "call_module"}
    layers = "\n".join(
        f"            {name!r}: {expression(layer, 12)}," for name, layer in module.named_modules() if name in used
    )
    _signature, _newline, body = graph.code.strip().partition("\n")
    code = "def forward(self, x: Tensor) -> Tensor:\n" + re.sub(r";\s+\w+( = \w+)* = None", "", body)
    code = "\n".join(f"    {line}".rstrip() for line in code.splitlines()).strip()
    about = f"{type(module).__name__} as torchvision has it, layer by layer."
    return _TRACED.format(name=type(module).__name__, about=about, layers=layers, forward=code)


def _block(rows: list[str], indent: int) -> str:
    inner, end = " " * (indent + 4), " " * indent
    return "\n" + "".join(f"{inner}{row},\n" for row in rows) + end if rows else ""


def _origin(module: Any) -> str:
    return type(module).__module__.partition(".")[0]


def _is_torchs(module: nn.Module) -> bool:
    return _origin(module) == "torch"


def _is_torchvisions(module: nn.Module) -> bool:
    return _origin(module) == "torchvision"


def _is_ours(module: nn.Module) -> bool:
    return _origin(module) == "neurona"


def without_idle_imports(code: str) -> str:
    """Return a file's code without the names that it imports in its first lines and uses nowhere."""
    tree = ast.parse(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = code.splitlines(keepends=True)
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            kept = [name for name in node.names if (name.asname or name.name) in used]
            written = ast.unparse(
                ast.ImportFrom(node.module, kept, 0) if isinstance(node, ast.ImportFrom) else ast.Import(kept)
            )
            lines[node.lineno - 1] = f"{written}\n" if kept else ""
    return "".join(lines)
