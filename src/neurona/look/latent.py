"""The latent space: where samples lie in it, and what lies between them."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from neurona.data.inputs import Pixels
from neurona.data.split_names import split_name
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.reconstructions import class_names, class_numbers, one_of_each
from neurona.look.sheets import GAP, brightness, name_columns, show
from neurona.look.style import BLUE, INK, PAPER, SMALL, colours, dress, figure, legend, plain, thinned
from neurona.look.words import percent
from neurona.run import Run
from neurona.tasks.generative import Variational

MOST_POINTS = 3000
MOST_NAMED = 20
STEPS = 9
WALKS = 5
GRID = 15
TAIL = 0.02


def suits(seen: Evidence) -> bool:
    """Tell whether the net writes samples down as codes of at least two numbers."""
    return seen.run.task.name in ("reconstruction", "variational") and hasattr(seen.net, "encode") and _width(seen) > 1


def suits_walks(seen: Evidence) -> bool:
    """Tell whether the net reads pictures from codes, and there are two to walk between."""
    return suits(seen) and isinstance(seen.run.inputs, Pixels) and len(one_of_each(seen, seen.judged)) > 1


def suits_grid(seen: Evidence) -> bool:
    """Tell whether codes are points of a plane, and pictures are read from them."""
    return suits(seen) and isinstance(seen.run.inputs, Pixels) and _width(seen) == 2


def codes(seen: Evidence, x: Tensor) -> Tensor:
    """Return the codes of encoded samples `(n, ...)`, `(n, latent)`: of a variational net their means."""
    with torch.inference_mode():
        parts = [seen.net.encode(seen.run.inputs.prepare(part)) for part in x.split(1000)]  # type: ignore[operator]
    return torch.cat([part[0] if isinstance(part, tuple) else part for part in parts])


def decoded(seen: Evidence, code: Tensor) -> np.ndarray:
    """Return the pictures that codes `(n, latent)` stand for, `(n, channels, height, width)`, from 0 to 1."""
    inputs, task = seen.run.inputs, seen.run.task
    assert isinstance(inputs, Pixels)
    with torch.inference_mode():
        outputs = seen.net.decode(code)  # type: ignore[operator]
        pictures = task.answer((outputs,) if isinstance(task, Variational) else outputs)
    return brightness(inputs, pictures.reshape(-1, *inputs.seen))


# ---------------------------------------------------------------------- the plane


def latent_plane(run: Run | Evidence) -> Figure:
    """Return the codes of test (else valid, else train) samples as points, coloured by class.

    Codes of more than two numbers are projected on their first two principal components.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    split = seen.judged
    rows = thinned(len(seen.split(split)), MOST_POINTS)
    code = codes(seen, seen.split(split).x[torch.from_numpy(rows)]).double().numpy()
    places, names = (code, [_("latent number 1"), _("latent number 2")]) if code.shape[1] == 2 else projected(code)
    drawn = figure(7.6, 6.0)
    axes = drawn.subplots()
    classes = class_numbers(seen, split)
    if classes is None:
        axes.scatter(places[:, 0], places[:, 1], s=9, c=BLUE, alpha=0.6, linewidths=0)
    else:
        _classes(axes, places, classes[rows], seen.classes)
    dress(axes, _("Codes of {split}").format(split=split_name(split)), *names)
    return drawn


def projected(code: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return codes `(n, latent)` on their first two principal components, `(n, 2)`, and a name for each of the two."""
    centred = code - code.mean(0)
    _left, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    shares = sizes**2 / ((sizes**2).sum() or 1.0)
    name = _("principal component {number} ({share} of the variance)")
    return centred @ directions[:2].T, [name.format(number=i + 1, share=percent(shares[i])) for i in range(2)]


def _classes(axes: Axes, places: np.ndarray, classes: np.ndarray, names: tuple[str, ...]) -> None:
    palette = np.array(colours(len(names)))
    order = np.random.default_rng(0).permutation(len(places))  # so that no class covers the others
    x, y = places[order].T
    axes.scatter(x, y, s=11, c=palette[classes[order]], alpha=0.7, linewidths=0)
    for i in thinned(len(names), MOST_NAMED):
        if not (classes == i).any():
            continue
        axes.scatter([], [], s=30, color=palette[i], label=plain(names[i], 18))
        x, y = np.median(places[classes == i], axis=0)
        frame = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": palette[i], "alpha": 0.85}
        axes.text(x, y, plain(names[i], 12), fontsize=SMALL, color=INK, ha="center", va="center", bbox=frame)
    legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)


# ---------------------------------------------------------------------- walks


def latent_walks(run: Run | Evidence) -> Figure:
    """Return straight walks in the latent space from one test picture to another, five at most.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits_walks)
    inputs, split = seen.run.inputs, seen.judged
    assert isinstance(inputs, Pixels)
    rows = one_of_each(seen, split)
    rows = rows[: 2 * min(WALKS, len(rows) // 2)]
    x = seen.split(split).x[torch.from_numpy(rows)]
    ends = codes(seen, x)
    shares = torch.linspace(0, 1, STEPS)[None, :, None]
    between = ends[0::2, None] * (1 - shares) + ends[1::2, None] * shares
    found = decoded(seen, between.flatten(0, 1)).reshape(-1, STEPS, *inputs.seen)
    originals = brightness(inputs, inputs.prepare(x))
    sheet = np.concatenate([originals[0::2, None], found, originals[1::2, None]], axis=1)
    pictures = sheet.reshape(-1, *inputs.seen)
    drawn = figure(8.4, 0.7 + 7.6 * len(sheet) / (STEPS + 2) * inputs.seen[1] / inputs.seen[2])
    axes = drawn.subplots()
    show(axes, pictures, STEPS + 2, _walked(class_names(seen, split, rows)))
    name_columns(
        axes, pictures, (_("original"), *(f"{100 * share:.0f} %" for share in shares.flatten().tolist()), _("original"))
    )
    return drawn


def _walked(names: list[str]) -> str:
    """Return which classes the walks lead from and to, where there are classes."""
    if not all(names):
        return ""
    return ", ".join(f"{plain(a, 10)} → {plain(b, 10)}" for a, b in zip(names[0::2], names[1::2], strict=True))


def latent_grid(run: Run | Evidence) -> Figure:
    """Return what a grid of points in a latent plane stands for.

    For a variational net the points are quantiles of N(0, 1), from 2 % to 98 %, so that each picture stands for as many
    samples (Kingma and Welling 2013, figure 4); otherwise they are evenly spread over the same quantiles of the codes.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits_grid)
    inputs = seen.run.inputs
    assert isinstance(inputs, Pixels)
    across, up = _grid(seen)
    # Rows of pictures are drawn from the top, where the second number is largest.
    code = torch.tensor([[a, b] for b in up[::-1] for a in across], dtype=torch.float32)
    pictures = decoded(seen, code)
    drawn = figure(7.0, 7.0 * inputs.seen[1] / inputs.seen[2] + 0.3)
    axes = drawn.subplots()
    show(axes, pictures, GRID)
    height, width = inputs.seen[1:]
    ticks = np.arange(0, GRID, 2)
    axes.set_xticks(ticks * (width + GAP) + (width - 1) / 2, [f"{across[i]:.1f}" for i in ticks])
    axes.set_yticks((GRID - 1 - ticks) * (height + GAP) + (height - 1) / 2, [f"{up[i]:.1f}" for i in ticks])
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=INK)
    axes.set_xlabel(_("latent number 1"), fontsize=SMALL + 1, color=INK)
    axes.set_ylabel(_("latent number 2"), fontsize=SMALL + 1, color=INK)
    return drawn


def _grid(seen: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of the first and of the second latent number, each `(GRID,)`."""
    if isinstance(seen.run.task, Variational):
        values: np.ndarray = torch.special.ndtri(torch.linspace(TAIL, 1 - TAIL, GRID, dtype=torch.float64)).numpy()
        return values, values
    code = codes(seen, seen.split(seen.judged).x[:MOST_POINTS]).numpy()
    low, high = np.quantile(code, (TAIL, 1 - TAIL), axis=0)
    return np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID)


def _width(seen: Evidence) -> int:
    return codes(seen, seen.split("train").x[:1]).shape[1]
