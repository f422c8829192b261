"""Taking a net away: one plain PyTorch file, or ONNX. Neither needs anything of ours."""

from __future__ import annotations

import base64
import inspect
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import Environment, PackageLoader
from torch import Tensor, nn

from neurona.data.inputs import Pixels
from neurona.data.values import MISSING
from neurona.errors import InputError
from neurona.files import write_text, write_whole
from neurona.language import _
from neurona.run import Run

SAMPLES = 64


@dataclass(frozen=True)
class Form:
    """A form to export to: the end of its file's name, and what writes it and returns a sentence about it."""

    suffix: str
    write: Callable[[Run, Path], str]


# ---------------------------------------------------------------------- PyTorch


def to_pytorch(run: Run, path: Path) -> str:
    """Write one Python file that rebuilds the net, holds its weights and preprocessing, and predicts.

    It needs torch and numpy. The written file is run once, and its answers are compared with ours, before it is kept.

    Raises:
        InputError: the net holds a module whose code cannot be written out.
    """
    net = run.net()
    encoding = str(run.recipe.data.get("encoding", "utf-8")).lower()
    source = (
        _environment()
        .get_template("pytorch.py.jinja")
        .render(
            title=(run.recipe.title or run.recipe.name).replace("\\", "/").replace('"', "'"),
            encoding="utf-8-sig" if encoding in ("utf-8", "utf8") else encoding,
            missing=sorted({*MISSING, *map(str, run.recipe.data.get("missing", []))}),
            task=run.task.name,
            step=run.task.loss_name == "perceptron",
            classes=list(run.target.classes),
            target=run.target,
            inputs=run.inputs.to_dict(),
            modules=_sources(net),
            net=expression(net),
            weights=_packed(net),
            pprint=_literal,
        )
    )
    difference = _difference(run, _answers_of(source))
    if not difference <= 1e-5:
        raise RuntimeError(f"the exported file answers differently, by {difference}")
    write_text(path, source)
    return _("Checked: its answers equal ours to {difference:.1e}.").format(difference=difference)


def expression(module: nn.Module, indent: int = 0) -> str:
    """Return Python code that builds `module`: containers are written out, layers as their `repr`, which is code."""
    inner, end = " " * (indent + 4), " " * indent
    if isinstance(module, nn.Sequential):
        rows = [f'{inner}("{name}", {expression(child, indent + 4)}),\n' for name, child in module.named_children()]
        return f"nn.Sequential(OrderedDict([\n{''.join(rows)}{end}]))"
    if isinstance(module, nn.ModuleList):
        return f"[\n{''.join(f'{inner}{expression(child, indent + 4)},{chr(10)}' for child in module)}{end}]"
    children = list(module.children())
    if not children:
        prefix = "nn." if _is_torch(module) else ""
        return f"{prefix}{module!r}"
    if not _is_torch(module) and len(children) == 1:
        return f"{type(module).__name__}({expression(children[0], indent)})"
    problem = _("{kind} cannot be written out as code.").format(kind=type(module).__name__)
    raise InputError(problem, _("Your own module is plain PyTorch already: load model.safetensors into it."))


def _sources(net: nn.Module) -> list[str]:
    """Return the source of each class of ours in `net`, without what only our own documentation needs."""
    kinds = {type(module) for module in net.modules() if not _is_torch(module)}
    return [inspect.getsource(kind).rstrip() for kind in sorted(kinds, key=lambda kind: kind.__name__)]


def _is_torch(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.")


def _packed(net: nn.Module) -> list[str]:
    """Return the weights as lines of text: base64 of a compressed `.npz`."""
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in net.state_dict().items()}
    buffer = BytesIO()
    np.savez(buffer, **arrays)
    text = base64.b64encode(zlib.compress(buffer.getvalue(), 9)).decode()
    return [text[i : i + 100] for i in range(0, len(text), 100)]


def _literal(value: Any) -> str:
    return repr(json.loads(json.dumps(value)))


def _answers_of(source: str) -> Callable[[Tensor], Tensor]:
    """Run an exported file in a namespace of its own and return its `answer`."""
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source, "exported.py", "exec"), namespace)
    net = namespace["load"]()
    return lambda x: namespace["answer"](net, x)


# ---------------------------------------------------------------------- ONNX


class _Answering(nn.Module):
    """A net with what stands around it: scaling of bytes before, probabilities or values after."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.net, self.task, self.inputs = run.net(), run.task, run.inputs
        self.mean, self.scale = torch.tensor(run.target.mean or (0.0,)), torch.tensor(run.target.scale or (1.0,))

    def forward(self, x: Tensor) -> Tensor:
        """Return probabilities or values for encoded samples; pictures come as float bytes from 0 to 255."""
        if isinstance(self.inputs, Pixels):
            x = self.inputs.prepare(x)
        answer = self.task.answer(self.net(x))
        return answer * self.scale + self.mean if self.task.name == "regression" else answer


def to_onnx(run: Run, path: Path) -> str:
    """Write the net as ONNX and compare its answers, by ONNX Runtime, with ours.

    Its input `features` is `(n, d)` float32 encoded columns, or `(n, channels, height, width)` float32 bytes from 0 to
    255; its output `answer` is probabilities or values. How columns are encoded is in the model's metadata.

    Raises:
        InputError: the packages of the extra `export` are not installed.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401  (torch.onnx needs it)
    except ImportError as error:
        problem = _("Exporting to ONNX needs the package {name!r}, which is not installed.").format(name=error.name)
        raise InputError(problem, _("Write: pip install 'neurona[export]'")) from error

    def write(aside: Path) -> None:
        sample = _sample(run)
        program = torch.onnx.export(
            _Answering(run).eval(),
            (sample,),
            dynamo=True,
            verbose=False,
            input_names=["features"],
            output_names=["answer"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
        )
        assert program is not None
        model = program.model_proto
        about = {"inputs": run.inputs.to_dict(), "target": run.target.to_dict(), "task": run.task.name}
        onnx.helper.set_model_props(model, {"neurona": json.dumps(about)})
        onnx.save(model, aside)

    write_whole(path, write)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    difference = _difference(run, lambda x: torch.from_numpy(session.run(None, {"features": x.numpy()})[0]))
    if not difference <= 1e-4:
        path.unlink()
        raise RuntimeError(f"the exported model answers differently, by {difference}")
    return _("Checked: its answers equal ours to {difference:.1e}.").format(difference=difference)


# ---------------------------------------------------------------------- checking


def _sample(run: Run) -> Tensor:
    """Return made-up encoded samples, `(SAMPLES, ...)` float32."""
    generator = torch.Generator().manual_seed(0)
    if isinstance(run.inputs, Pixels):
        return torch.randint(0, 256, (SAMPLES, *run.inputs.shape), generator=generator).float()
    return torch.randn(SAMPLES, len(run.inputs.names), generator=generator)


def _difference(run: Run, answers: Callable[[Tensor], Tensor]) -> float:
    """Return the largest difference between our answers and others, relative to the size of ours where above 1."""
    sample = _sample(run)
    ours = run.answer(sample.to(torch.uint8) if isinstance(run.inputs, Pixels) else sample)
    return float(((answers(sample) - ours).abs() / ours.abs().clamp(min=1)).max())


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("neurona", "templates"), keep_trailing_newline=True, autoescape=False
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment


FORMS = {"pytorch": Form(".py", to_pytorch), "onnx": Form(".onnx", to_onnx)}
