"""The boundary over training, as a GIF: a frame for each snapshot of the weights."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from PIL import Image
from torch import nn

from neurona.errors import InputError
from neurona.language import _
from neurona.look.boundary import Regions, frame, name_axes, outline, regions, suits
from neurona.look.evidence import Evidence
from neurona.look.style import PAPER, colours, entitle, figure, thinned
from neurona.look.words import number, percent
from neurona.run import Run

SIDE = 110
MOST_FRAMES = 30
MOST_POINTS = 500
FRAME_MS, LAST_MS = 220, 2500
WIDTH, DPI = 5.2, 100


def has_snapshots(seen: Evidence) -> bool:
    """Tell whether the boundary of the run can be shown over training."""
    return suits(seen) and any((seen.run.path / "snapshots").glob("*.safetensors"))


def boundary_animation(run: Run | Evidence) -> bytes:
    """Return a GIF of the decision regions from the initial weights to the last snapshot; the last frame stays longer.

    Raises:
        InputError: the run kept no snapshots, or its data or net are not to be had.
    """
    seen = Evidence.of(run)
    if not has_snapshots(seen):
        problem = _("The run {path} has no snapshots of a boundary in the plane.").format(path=seen.run.path)
        raise InputError(problem, _("Set fit.snapshots, on data with two numeric features."))
    pictures = list(_pictures(seen))
    palette = _palette(pictures)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    file = io.BytesIO()
    durations = [FRAME_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False)
    return file.getvalue()


def stages(seen: Evidence) -> Iterator[tuple[int, nn.Module]]:
    """Yield epoch and net for the frames: before training, then each snapshot, at most `MOST_FRAMES` evenly spread."""
    yield 0, seen.run.recipe.build(seen.data).eval()
    net = seen.run.net()
    snapshots = seen.run.snapshots()
    for i in thinned(len(snapshots), MOST_FRAMES):
        epoch, weights = snapshots[i]
        net.load_state_dict(weights)
        yield epoch, net


def _pictures(seen: Evidence) -> Iterator[Image.Image]:
    image: AxesImage | None = None
    lines: list[ContourSet] = []
    for epoch, net in stages(seen):
        found = regions(seen, net, SIDE)
        title = _title(seen, net, epoch)
        if image is None:
            drawn = figure(WIDTH, float(np.clip(0.8 + 4.4 * found.height, 2.8, 5.6)))
            axes = drawn.subplots()
            image = axes.imshow(found.shades(), origin="lower", extent=found.extent, aspect="auto", zorder=0)
            image.set_interpolation("bilinear")
            _arrange(axes, seen, found, title)
            canvas = FigureCanvasAgg(drawn)
            drawn.set_dpi(DPI)
            canvas.draw()  # type: ignore[no-untyped-call]
            drawn.set_layout_engine("none")
        image.set_data(found.shades())
        entitle(axes, title)
        for line in lines:
            line.remove()
        lines = outline(axes, found)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        yield Image.fromarray(pixels).convert("RGB")


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """Return one palette for all frames: colours do not flicker, and the file stays small.

    Quantising makes of white a light grey; colours near it give way to white itself.
    """
    some = [pictures[i] for i in thinned(len(pictures), 4)]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for i, picture in enumerate(some):
        sheet.paste(picture, (0, i * height))
    found = np.array(sheet.quantize(160, method=Image.Quantize.MEDIANCUT).getpalette()).reshape(-1, 3)
    kept = found[(found < 247).any(1)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([255, 255, 255, *kept.ravel().tolist()])
    return palette


def _arrange(axes: Axes, seen: Evidence, found: Regions, title: str) -> None:
    train = seen.split("train")
    chosen = thinned(len(train), MOST_POINTS)
    palette = np.array(colours(len(seen.run.target.classes)))
    points, truth = seen.in_units(train.x[chosen]), seen.truth("train")[chosen]
    x, y = points.T
    axes.scatter(x, y, s=14, c=palette[truth], edgecolors=PAPER, linewidths=0.5, zorder=3)
    frame(axes, found)
    name_axes(axes, seen, title)


def _title(seen: Evidence, net: nn.Module, epoch: int) -> str:
    answers = seen.run.answer(seen.split("train").x, net).numpy()
    predicted = (answers[:, 0] >= 0.5) if answers.shape[1] == 1 else answers.argmax(1)
    right = float((predicted == seen.truth("train")).mean())
    return _("epoch {epoch} · train accuracy {accuracy}").format(epoch=number(epoch), accuracy=percent(right))
