"""Taking a net away: one plain PyTorch file, or ONNX. Neither needs anything of ours."""

from __future__ import annotations

import base64
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

from neurona.data.damage import codec_of
from neurona.data.delimited import named_delimiter
from neurona.data.inputs import Columns, Inputs, Pixels, Tokens
from neurona.data.values import MISSING
from neurona.errors import InputError, nearest
from neurona.files import check_new, write_text, write_whole
from neurona.language import _
from neurona.run import Run
from neurona.source import expression, sources, without_idle_imports

SAMPLES = 64

# What an exported net answers, by task.
MEANINGS = {
    "binary": "probabilities for encoded samples, (n, ...) -> (n, 1)",
    "multiclass": "probabilities for encoded samples, (n, ...) -> (n, classes)",
    "multilabel": "probabilities for encoded samples, (n, ...) -> (n, classes)",
    "regression": "values in their own units for encoded samples, (n, ...) -> (n, values) float64",
    "reconstruction": "encoded samples given back as the net sees them, (n, ...) -> (n, ...)",
    "variational": "encoded samples given back as the net sees them, through the means of their latent numbers",
    "adversarial": "samples made of noise, (n, NOISE) -> (n, ...)",
    "labelling": "probabilities at each step of encoded sequences, (n, LENGTH, ...) -> (n, LENGTH, classes)",
    "translation": "probabilities at each step of the answers to encoded samples, (n, ...) -> (n, steps, classes)",
    "next-token": "probabilities of the token after each of the encoded ones, (n, length) -> (n, length, tokens)",
}


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
    kept = _kept(run)
    delimiter = run.recipe.data.get("delimiter")
    source = without_idle_imports(
        _environment()
        .get_template("pytorch.py.jinja")
        .render(
            title=(run.recipe.title or run.recipe.name).replace("\\", "/").replace('"', "'"),
            encoding=codec_of(run.recipe.data.get("encoding", "utf-8")),
            delimiter=named_delimiter(delimiter) if delimiter else None,
            missing=sorted({*MISSING, *map(str, run.recipe.data.get("missing", []))}),
            task=run.task.name,
            step=run.task.loss_name == "perceptron",
            ensemble=run.recipe.net.get("kind") == "ensemble",
            logits=run.task.loss_name == "binary-cross-entropy",
            meaning=MEANINGS[run.task.name],
            noise=getattr(run.net(), "noise", 0),
            classes=list(run.target.classes),
            target=run.target,
            inputs=run.inputs.to_dict(),
            **_features(run.inputs),
            modules=sources(kept),
            net=expression(kept),
            weights=_packed(kept),
            pprint=_literal,
        )
    )
    difference = _difference(run, _answers_of(source))
    if not difference <= 1e-5:
        raise RuntimeError(f"the exported file answers differently, by {difference}")
    write_text(path, source)
    return _("Checked: its answers equal ours to {difference:.1e}.").format(difference=difference)


def _kept(run: Run) -> nn.Module:
    """Return the part of the net that is taken away: of two players the generator."""
    net = run.net()
    return net.generator if run.task.name == "adversarial" else net  # type: ignore[return-value]


def _features(inputs: Inputs) -> dict[str, Any]:
    """Return how features are computed, as expressions of PyTorch; nothing where columns are seen as they stand."""
    if not isinstance(inputs, Columns) or not inputs.features:
        return {}
    features: list[dict[str, Any]] = []
    for feature, formula in zip(inputs.features, inputs.formulas, strict=True):
        if formula.text not in inputs.blocks:
            code = formula.code(lambda name: f"measured[{name!r}]")
            features.append({"text": feature.formula, "code": code, "mean": feature.mean, "scale": feature.scale})
        else:
            place = inputs.places[formula.text]
            features.append({"text": feature.formula, "columns": f"x[:, {place.start}:{place.stop}]"})
    return {
        "features": features,
        "places": [place.start for place in inputs.places.values()],
        "read": sorted(column.name for column in inputs.read),
    }


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
    """A net with what stands around it: preprocessing of encoded samples before, probabilities or values after."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.net, self.task, self.inputs, self.target = run.net(), run.task, run.inputs, run.target

    def forward(self, x: Tensor) -> Tensor:
        """Return the answers for encoded samples; pictures come as float bytes from 0 to 255."""
        answer = self.task.answer(self.task.forward(self.net, self.inputs.prepare(x)))
        return self.target.in_units(answer) if self.task.name == "regression" else answer


def to_onnx(run: Run, path: Path) -> str:
    """Write the net as ONNX and compare its answers, by ONNX Runtime, with ours.

    Its input `features` is `(n, d)` float32 encoded columns, `(n, channels, height, width)` float32 bytes from 0 to
    255, a sequence as `Split.x` has it, or the noise of a generator; its output `answer` is as `MEANINGS` says, float32
    but for a regression, whose values are float64. How samples are encoded is in the model's metadata. Only a model
    that answers as ours does is written.

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

    program = torch.onnx.export(
        _kept(run) if run.task.name == "adversarial" else _Answering(run).eval(),
        (_sample(run),),
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
    _forget_places(model)
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    difference = _difference(run, lambda x: torch.from_numpy(session.run(None, {"features": x.numpy()})[0]))
    if not difference <= 1e-4:
        raise RuntimeError(f"the exported model answers differently, by {difference}")
    write_whole(path, lambda aside: aside.write_bytes(content))
    return _("Checked: its answers equal ours to {difference:.1e}.").format(difference=difference)


def _forget_places(model: Any) -> None:
    """Take out of an ONNX model where on this machine the code lies that each of its nodes came from."""
    for graph in (model.graph, *model.functions):
        for node in graph.node:
            kept = [entry for entry in node.metadata_props if entry.key != "pkg.torch.onnx.stack_trace"]
            del node.metadata_props[:]
            node.metadata_props.extend(kept)


# ---------------------------------------------------------------------- checking


def _sample(run: Run) -> Tensor:
    """Return made-up encoded samples, `(SAMPLES, ...)`; for a generator, noise."""
    generator = torch.Generator().manual_seed(0)
    inputs = run.inputs
    if run.task.name == "adversarial":
        noise: Any = run.net().noise
        return torch.randn(SAMPLES, noise, generator=generator)
    if isinstance(inputs, Pixels):
        return torch.randint(0, 256, (SAMPLES, *inputs.shape), generator=generator).float()
    if isinstance(inputs, Columns):
        return torch.randn(SAMPLES, inputs.width, generator=generator)
    lengths = torch.randint(1, inputs.length + 1, (SAMPLES, 1), generator=generator)
    beyond = torch.arange(inputs.length) >= lengths
    if isinstance(inputs, Tokens):
        tokens = torch.randint(1, len(inputs.vocabulary), (SAMPLES, inputs.length), generator=generator)
        return tokens.masked_fill(beyond, 0)
    return torch.randn(SAMPLES, *inputs.seen, generator=generator).masked_fill(beyond[:, :, None], torch.nan)


def _difference(run: Run, answers: Callable[[Tensor], Tensor]) -> float:
    """Return the largest difference between our answers and others, relative to the size of ours where above 1.

    Values of a regression are measured from the mean of their target and in its scale, so that a large offset hides no
    difference; 1e-10 of them is the least that counts, for float64 keeps little more.
    """
    sample = _sample(run)
    if run.task.name == "adversarial":
        with torch.no_grad():
            ours = _kept(run)(sample)
    else:
        ours = run.answer(sample.to(torch.uint8) if isinstance(run.inputs, Pixels) else sample)
    theirs = answers(sample)
    size = ours.abs().clamp(min=1)
    if run.task.name == "regression":
        mean, scale = (torch.tensor(part, dtype=torch.float64) for part in (run.target.mean, run.target.scale))
        size = (ours - mean).abs().maximum(scale).maximum(1e-10 * ours.abs())
    differences = (theirs - ours).abs() / size
    same = (theirs == ours) | (theirs.isnan() & ours.isnan())  # a made-up sample may have no logarithm
    return float(differences.masked_fill(same, 0.0).max())


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("neurona", "templates"), keep_trailing_newline=True, autoescape=False
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    return environment


FORMS = {"pytorch": Form(".py", to_pytorch), "onnx": Form(".onnx", to_onnx)}


def export(run: Run, path: Path | None = None, to: str | None = None) -> tuple[Path, str]:
    """Write the net of a run to a new file, and return its path and a sentence about it; see `Run.export`."""
    ends = [name for name, form in FORMS.items() if path is not None and path.suffix.lower() == form.suffix]
    name = to or (ends[0] if ends else "pytorch")
    if name not in FORMS:
        raise InputError(_("There is no form {name!r} to export to.").format(name=name), nearest(name, FORMS))
    path = path or Path(f"{run.recipe.name}{FORMS[name].suffix}")
    check_new(path)
    return path, FORMS[name].write(run, path)
