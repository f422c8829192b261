"""An ensemble of regressions on one feature: its members, their mean, and how far they part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.regression import draw_points, line_of_x, shade_interval, suits_curve
from neurona.look.style import BLACK, BLUE, GREEN, PALETTE, VERMILION, dress, figure, legend, plain
from neurona.nets import Ensemble
from neurona.run import Run

TARGET = 0


def suits(seen: Evidence) -> bool:
    """Tell whether the run is an ensemble of regressions on one feature."""
    return suits_curve(seen) and isinstance(seen.net, Ensemble)


def spread(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over the members, `(members, n)` -> `(n,)` each; it divides by members - 1."""
    deviation = members.std(0, ddof=1) if len(members) > 1 else np.zeros(members.shape[1])
    return members.mean(0), deviation


def ensemble_bands(run: Run | Evidence) -> Figure:
    """Return all nets above and, where there are several activations, those of each below.

    Each has its members, their mean and bands in one panel, and the spread of the members in another.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    x = line_of_x(seen)
    members = seen.members(seen.encoded(x[:, None]))[..., TARGET]
    whole, *families = _groups(seen, len(members))
    drawn = figure(9.4, 9.6 if families else 5.4)
    if families:
        upper, lower = drawn.subfigures(2, 1, squeeze=False, height_ratios=(1.15, 1))[:, 0]
        tops = _pair(upper, seen, x, members, [whole], named=True)
        tops += _pair(lower, seen, x, members, families, named=False)
    else:
        tops = _pair(drawn, seen, x, members, [whole], named=True)
    for panel in tops:
        panel.set_ylim(*_limits(seen, members))
    return drawn


@dataclass(frozen=True)
class Group:
    """Some of the members: what they are called, which rows they are, and the colour of each."""

    name: str
    rows: slice
    colours: list[str]


def _groups(seen: Evidence, count: int) -> list[Group]:
    """Return all nets, and then those of each activation when there are several."""
    names = seen.run.recipe.net.get("activations", ["relu", "tanh"]) if seen.run.recipe.net else []
    title = _("all {count} nets").format(count=count)
    if len(names) < 2 or count % len(names):
        return [Group(title, slice(None), [VERMILION] * count)]
    copies = count // len(names)
    palette = [(VERMILION, GREEN, *PALETTE[4:])[i % (len(PALETTE) - 2)] for i in range(len(names))]
    everyone = Group(title, slice(None), [colour for colour in palette for _copy in range(copies)])
    of_each = [
        Group(
            _("{count} nets with {activation}").format(count=copies, activation=name),
            slice(i * copies, (i + 1) * copies),
            [palette[i]] * copies,
        )
        for i, name in enumerate(names)
    ]
    return [everyone, *of_each]


def _pair(
    part: SubFigure | Figure, seen: Evidence, x: np.ndarray, members: np.ndarray, groups: list[Group], named: bool
) -> list[Axes]:
    """Draw a column of two panels for each group, and return the upper ones."""
    axes = part.subplots(2, len(groups), squeeze=False, height_ratios=(2.2, 1), sharex=True, sharey="row")
    for i, group in enumerate(groups):
        _members(axes[0, i], seen, x, members[group.rows], group, named)
        _doubt(axes[1, i], seen, x, members[group.rows], named)
        if i == 0:
            axes[0, i].set_ylabel(plain(seen.targets[TARGET], 40))
            axes[1, i].set_ylabel(_("spread of the nets"))
    return list(axes[0])


def _members(axes: Axes, seen: Evidence, x: np.ndarray, members: np.ndarray, group: Group, named: bool) -> None:
    shade_interval(axes, seen)
    draw_points(axes, seen, TARGET)
    mean, std = spread(members)
    for factor, alpha in ((2, 0.13), (1, 0.22)):
        low, high, label = mean - factor * std, mean + factor * std, _("mean ± {count} std").format(count=factor)
        axes.fill_between(x, low, high, color=BLUE, alpha=alpha, linewidth=0, label=label)
    for i, (member, colour) in enumerate(zip(members, group.colours, strict=True)):
        axes.plot(x, member, color=colour, linewidth=0.8, alpha=0.85, zorder=3, label=_("each net") if i == 0 else None)
    axes.plot(x, mean, color=BLACK, linewidth=2, zorder=4, label=_("mean"))
    dress(axes, group.name)
    if named:
        legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)


def _doubt(axes: Axes, seen: Evidence, x: np.ndarray, members: np.ndarray, named: bool) -> None:
    _mean, std = spread(members)
    shade_interval(axes, seen, label=False)
    axes.plot(x, std, color=BLUE, linewidth=1.6, label=_("standard deviation"))
    axes.plot(x, std**2, color=VERMILION, linewidth=1.6, linestyle="--", label=_("variance"))
    dress(axes, "", plain(seen.called([seen.numbers[0].name])[0], 40))
    if named:
        legend(axes, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)


def _limits(seen: Evidence, members: np.ndarray) -> tuple[float, float]:
    """Return limits that keep a net which runs away outside the data from squeezing everything else flat."""
    truth = seen.truth("train")[:, TARGET]
    low, high = float(truth.min()), float(truth.max())
    room = (high - low) or 1.0
    bottom, top = float(members.min()) - 0.1 * room, float(members.max()) + 0.1 * room
    return max(low - 1.2 * room, bottom), min(high + 1.2 * room, top)
