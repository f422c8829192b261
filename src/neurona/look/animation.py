"""The boundary over training, as a GIF: a frame for each snapshot of the weights."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from neurona.errors import InputError
from neurona.language import _
from neurona.look.boundary import Regions, boundaries, frame, name_axes, outline, regions, suits
from neurona.look.evidence import Evidence
from neurona.look.style import INK, PAPER, colours, entitle, figure, thinned
from neurona.look.words import number, percent
from neurona.run import Run

SIDE = 110
MOST_FRAMES = 30
MOST_POINTS = 500
FRAME_MS, LAST_MS = 220, 2500
WIDTH, DPI = 5.2, 100
MARGIN = 4  # pixels that stay free to the right of a title longer than the axes are wide


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
    net = copy.deepcopy(seen.net)
    snapshots = seen.run.snapshots()
    for i in thinned(len(snapshots), MOST_FRAMES):
        epoch, weights = snapshots[i]
        net.load_state_dict(weights)
        yield epoch, net


def _pictures(seen: Evidence) -> Iterator[Image.Image]:
    film: Film | None = None
    for epoch, net in stages(seen):
        found = regions(seen, net, SIDE)
        film = film or Film(seen, found)
        yield film.picture(found, _title(seen, net, epoch))


class Film:
    """Axes that are laid out and drawn once; of a frame only its shades, boundary and title are drawn anew."""

    def __init__(self, seen: Evidence, found: Regions) -> None:
        drawn = figure(WIDTH, float(np.clip(0.8 + 4.4 * found.height, 2.8, 5.6)))
        drawn.set_dpi(DPI)
        self.axes = drawn.subplots()
        self.lines = outline(self.axes)
        points = _points(self.axes, seen)
        frame(self.axes, found)
        name_axes(self.axes, seen, " ")
        self.title = entitle(self.axes, " ")
        over = [points, *(spine for spine in self.axes.spines.values() if spine.get_visible())]
        for artist in (self.lines, *over):
            artist.set_animated(True)
        self.canvas = FigureCanvasAgg(drawn)
        self.canvas.draw()  # type: ignore[no-untyped-call]
        self.background = self._layer().copy()
        self.over = self._drawn(*over).copy()
        size = float(self.title.get_fontsize()) * DPI / 72
        self.font = ImageFont.truetype(findfont(self.title.get_fontproperties()), size)

    def picture(self, found: Regions, title: str) -> Image.Image:
        """Return a frame."""
        picture = self.background.copy()
        (left, bottom), (right, top) = np.rint(self.axes.bbox.get_points()).astype(int).tolist()
        shades = Image.fromarray((255 * found.shades()[::-1]).round().astype(np.uint8))
        picture.paste(
            shades.resize((right - left, top - bottom), Image.Resampling.BILINEAR), (left, picture.height - top)
        )
        self.lines.set_segments(boundaries(found))
        for layer in (self._drawn(self.lines), self.over):
            picture.alpha_composite(layer)
        # Matplotlib lays out a line of text as slowly as all the rest is drawn.
        left, base = self.title.get_transform().transform(self.title.get_position())
        left = max(0.0, min(left, picture.width - self.font.getlength(title) - MARGIN))
        ImageDraw.Draw(picture).text((left, picture.height - base), title, INK, self.font, anchor="ls")
        return picture.convert("RGB")

    def _drawn(self, *artists: Artist) -> Image.Image:
        """Return artists on a clear ground, until the next ones are drawn."""
        self.canvas.get_renderer().clear()  # type: ignore[no-untyped-call]
        for artist in artists:
            self.axes.draw_artist(artist)
        return self._layer()

    def _layer(self) -> Image.Image:
        return Image.fromarray(np.asarray(self.canvas.buffer_rgba()))  # type: ignore[no-untyped-call]


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """Return one palette for all frames: colours do not flicker, and the file stays small.

    Quantising makes of white a light grey; colours near it give way to white itself.
    """
    some = [np.asarray(pictures[i])[::3, ::3] for i in thinned(len(pictures), 4)]  # a ninth has all the colours
    sheet = Image.fromarray(np.concatenate(some))
    found = np.array(sheet.quantize(160, method=Image.Quantize.MEDIANCUT).getpalette()).reshape(-1, 3)
    kept = found[(found < 247).any(1)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([255, 255, 255, *kept.ravel().tolist()])
    return palette


def _points(axes: Axes, seen: Evidence) -> PathCollection:
    train = seen.split("train")
    chosen = thinned(len(train), MOST_POINTS)
    palette = np.array(colours(len(seen.classes)))
    x, y = seen.in_units(train.x[chosen]).T
    return axes.scatter(x, y, s=14, c=palette[seen.truth("train")[chosen]], edgecolors=PAPER, linewidths=0.5, zorder=3)


def _title(seen: Evidence, net: nn.Module, epoch: int) -> str:
    answers = seen.run.answer(seen.split("train").x, net).numpy()
    predicted = (answers[:, 0] >= 0.5) if answers.shape[1] == 1 else answers.argmax(1)
    right = float((predicted == seen.truth("train")).mean())
    return _("epoch {epoch} · train accuracy {accuracy}").format(epoch=number(epoch), accuracy=percent(right))
