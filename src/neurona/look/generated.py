"""New samples, at the end of training and while it went on."""

from __future__ import annotations

import io

import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import nn

from neurona.data.inputs import Pixels
from neurona.data.split_names import split_name
from neurona.errors import InputError
from neurona.generation import generated, made
from neurona.language import _
from neurona.look.animation import FRAME_MS, LAST_MS, stages
from neurona.look.evidence import Evidence
from neurona.look.sheets import brightness, show
from neurona.look.style import BLUE, MUTED, dress, figure, legend, plain, png, thinned
from neurona.look.words import number
from neurona.run import Run
from neurona.tasks.generative import Generative

SIDE = 10
FRAME_SIDE = 8
MOST_POINTS = 1000
DPI = 100


def suits(seen: Evidence) -> bool:
    """Tell whether the run makes new pictures, or tables of two numeric columns at least."""
    suitable = isinstance(seen.run.inputs, Pixels) or len(seen.numbers) > 1
    return isinstance(seen.run.task, Generative) and suitable


def has_snapshots(seen: Evidence) -> bool:
    """Tell whether new pictures can be shown over training."""
    kept = any((seen.run.path / "snapshots").glob("*.safetensors"))
    return suits(seen) and isinstance(seen.run.inputs, Pixels) and kept


def generated_samples(run: Run | Evidence) -> Figure:
    """Return a hundred new pictures, or new rows of a table among the real ones, by their first two columns.

    Raises:
        InputError: data or net of the run are not to be had.
    """
    seen = Evidence.of(run)
    inputs = seen.run.inputs
    if not isinstance(inputs, Pixels):
        return _points(seen)
    drawn = figure(7.0, 7.0 * inputs.seen[1] / inputs.seen[2])
    show(drawn.subplots(), brightness(inputs, generated(seen.run, SIDE**2)), SIDE)
    return drawn


def _points(seen: Evidence) -> Figure:
    split = seen.split(seen.judged)
    rows = thinned(len(split), MOST_POINTS)
    real, new = (seen.in_units(x)[:, :2] for x in (split.x[torch.from_numpy(rows)], generated(seen.run, len(rows))))
    drawn = figure(6.2, 5.0)
    axes = drawn.subplots()
    for points, colour, name in ((real, MUTED, split_name(seen.judged)), (new, BLUE, _("new"))):
        axes.scatter(points[:, 0], points[:, 1], s=14, c=colour, alpha=0.6, linewidths=0, label=name)
    names = [plain(name) for name in seen.called(column.name for column in seen.numbers[:2])]
    dress(axes, "", *names)
    legend(axes, loc="best")
    return drawn


def samples_over_training(run: Run | Evidence) -> bytes:
    """Return a GIF of what the net makes of the same noise, from the initial weights to the last snapshot.

    Raises:
        InputError: the run kept no snapshots, or its data or net are not to be had.
    """
    seen = Evidence.of(run)
    if not has_snapshots(seen):
        problem = _("The run {path} has no snapshots of a net that makes pictures.").format(path=seen.run.path)
        raise InputError(problem, _("Set fit.snapshots, such as fit.snapshots = 1."))
    frames = [_frame(seen, net, epoch) for epoch, net in stages(seen)]
    file = io.BytesIO()
    durations = [2 * FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return file.getvalue()


def _frame(seen: Evidence, net: nn.Module, epoch: int) -> Image.Image:
    inputs = seen.run.inputs
    assert isinstance(inputs, Pixels)
    drawn = figure(5.2, 5.2 * inputs.seen[1] / inputs.seen[2] + 0.3)
    pictures = brightness(inputs, made(seen.run, net, FRAME_SIDE**2))
    show(drawn.subplots(), pictures, FRAME_SIDE, _("epoch {epoch}").format(epoch=number(epoch)))
    frame = Image.open(io.BytesIO(png(drawn, DPI)))
    if inputs.seen[0] == 3:
        return frame.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE)
    return frame.convert("L").point(lambda grey: grey // 17 * 17)  # sixteen greys, white among them: small files
