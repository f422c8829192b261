"""The loss landscape: the loss on a plane through the weights of a trained net, and the path that training took."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from neurona.data.dataset import SPLITS, Dataset, Split
from neurona.errors import InputError, nearest
from neurona.files import jsonable, read_json
from neurona.fit.batches import in_order
from neurona.fit.convolving import memory_format
from neurona.fit.device import Randomness, choose_device, devices
from neurona.language import _
from neurona.nets.freezing import matching
from neurona.plane import Path, Plane, Snapshots, path_plane, projected, random_plane
from neurona.run import Run

if TYPE_CHECKING:
    from pathlib import Path as FilePath

DIRECTIONS = ("random", "path")
MOST_STEPS = 1000
FACTS, GRID, PICTURE = "landscape.json", "landscape.csv", "landscape.png"
"""The files of a landscape in the directory of a run: the grid, what else is known of it, and the figure."""
MOST_SNAPSHOTS, MOST_NUMBERS = 200, 10**8
"""The path goes over so many snapshots, evenly spread, and of a large net over as few as hold so many numbers."""


@dataclass(frozen=True)
class Landscape:
    """The loss on a grid around the trained weights.

    Attributes:
        directions: "random" (filter-normalised) or "path" (the principal components of the path of training).
        x, y: `(steps,)` coordinates along the two directions; the trained weights lie at 0.
        losses: `(steps, steps)`, rows along `y`; infinite or NaN where numbers overflow.
        centre: the loss at the trained weights.
        epochs: `(k,)` of the snapshots; none where the run kept none.
        path: `(k, 2)`, the snapshots projected on the plane.
        explained: the share of the path that lies in the plane; see `plane.Path`.
        split, samples: what the loss is the mean over, and how many samples that is.
    """

    directions: str
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray
    centre: float
    epochs: np.ndarray
    path: np.ndarray
    explained: float
    split: str
    samples: int

    @property
    def shares(self) -> tuple[float, float]:
        """The share of the path along each of two directions at right angles, which those of the path are."""
        squares = np.square(self.path).sum(0)
        first, second = self.explained * squares / (squares.sum() or 1.0)
        return float(first), float(second)

    def grid(self) -> str:
        """Return x, y and loss of every point as CSV."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("x", "y", "loss"))
        for y, losses in zip(self.y.tolist(), self.losses.tolist(), strict=True):
            rows.writerows(zip(self.x.tolist(), [y] * len(losses), losses, strict=True))
        return text.getvalue()

    def facts(self) -> str:
        """Return as JSON what the grid does not say."""
        path = [[int(epoch), *point] for epoch, point in zip(self.epochs, self.path.tolist(), strict=True)]
        facts = {name: getattr(self, name) for name in ("directions", "centre", "explained", "split", "samples")}
        return json.dumps(jsonable({**facts, "path": path}), indent=1)

    @staticmethod
    def read(folder: FilePath) -> Landscape:
        """Return the landscape that was written into the directory of a run.

        Raises:
            InputError: it is not there, or cannot be read.
        """
        facts = read_json(folder / FACTS, ("directions", "centre", "explained", "split", "samples", "path"))
        try:
            table = np.array([*csv.reader((folder / GRID).read_text().splitlines())][1:], dtype=float).reshape(-1, 3)
            x, y = np.unique(table[:, 0]), np.unique(table[:, 1])
            if min(len(x), len(y)) < 2:
                raise ValueError(_("something is missing in it"))
            losses = table[:, 2].reshape(len(y), len(x))
            rows = np.array(facts.pop("path"), dtype=float).reshape(-1, 3)
        except (OSError, ValueError) as error:
            problem = _("{path} cannot be read: {reason}").format(path=folder / GRID, reason=error)
            raise InputError(problem, _("Write it again: neurona landscape {path}").format(path=folder)) from error
        centre = math.nan if facts["centre"] is None else facts["centre"]
        named = {"x": x, "y": y, "losses": losses, "epochs": rows[:, 0].astype(int), "path": rows[:, 1:]}
        return Landscape(**{**facts, **named, "centre": centre})


class Survey:
    """The evaluation of a landscape. Nothing is computed until it is iterated; each turn yields a row of losses.

        survey = Survey(run)
        for row in survey:     # (steps,) losses; iterating again goes on where it stopped
            ...
        survey.landscape       # evaluates what is left

    The loss is the task's own, as it is evaluated (without dropout, with the statistics that batch normalisation has
    kept, without penalties), in float32. A task that draws random numbers draws the same ones at every point. The net
    of the run stays as it is: what moves is a copy.

    Args:
        run: whose task has one player; at an unfinished one the net is that of the last checkpoint.
        directions: "random" for two random, filter-normalised directions; "path" for the plane in which the path of
            training is widest, for runs that keep snapshots.
        steps: points of the grid in each direction; an odd number has one at the trained weights.
        span: how far the grid goes to each side: with random directions 1 is as far as the weights are from 0, with
            those of the path a quarter farther than the path goes.
        samples: the loss is the mean over at most so many samples, drawn from the split.
        split: "train", "valid" or "test".
        seed: of the random directions and of the draw of the samples.
        module: for a run of a module of the user's own, a new one of the same architecture.
        device: where it computes: "auto", "cpu", "cuda", "mps".

    Raises:
        InputError: an argument is wrong, data or net of the run are not to be had, its task has two players, or its
            weights are not finite.
    """

    def __init__(
        self,
        run: Run,
        *,
        directions: str = "random",
        steps: int = 25,
        span: float = 1.0,
        samples: int = 1000,
        split: str = "train",
        seed: int = 0,
        module: nn.Module | None = None,
        device: str = "auto",
    ) -> None:
        _check(directions, steps, span, samples, split, seed)
        _require_one_player(run)
        self.run, self.split, self.device = run, split, _chosen(device)
        net, data = run.net(module), run.data()
        names = _learning(net, run)
        _require_finite(net, names, run)
        self.samples = _some(data, split, samples, seed, run)
        snapshots = _snapshots(run, names)
        plane = random_plane(net, names, seed) if directions == "random" else path_plane(net, names, snapshots)
        self.path: Path = projected(plane, snapshots)
        self.plane: Plane = plane.to(self.device)
        # Halves are exact: of an odd number of steps the middle one is 0 itself.
        self.coordinates = (np.arange(steps) - (steps - 1) / 2) * (2 * span * plane.reach / (steps - 1))
        self._format = memory_format("auto", net)
        self._net = copy.deepcopy(net).to(self.device).to(memory_format=self._format).eval()
        self._inputs = data.inputs
        self._random = Randomness(run.recipe.fit.seed, self.device)
        self._rows: list[np.ndarray] = []

    def __len__(self) -> int:
        """Return how many rows there are in all."""
        return len(self.coordinates)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Evaluate row after row, from the lowest y on, and yield the losses of each, `(steps,)`."""
        while len(self._rows) < len(self):
            y = self.coordinates[len(self._rows)]
            self._rows.append(np.array([self.loss(x, y) for x in self.coordinates]))
            yield self._rows[-1]

    def loss(self, x: float, y: float) -> float:
        """Return the loss at a point of the plane, the mean over the samples."""
        moving = dict(self._net.named_parameters())
        with torch.no_grad():
            for name, weight in self.plane.at(x, y):
                moving[name].copy_(weight)
        task, total, count = self.run.task, 0.0, 0.0
        with torch.inference_mode(), self._random.fixed(task.draws):
            for inputs, target in in_order(self.samples, self._inputs, self.device, self._format):
                target = task.target(inputs, target)
                n = float(task.count(target))
                total += n * float(task.loss(task.forward(self._net, inputs, target), target))
                count += n
        return total / count

    @cached_property
    def landscape(self) -> Landscape:
        """The landscape; rows that are not there yet are evaluated first."""
        for _row in self:
            pass
        return Landscape(
            directions=self.plane.kind,
            x=self.coordinates,
            y=self.coordinates,
            losses=np.stack(self._rows),
            centre=self.loss(0.0, 0.0),
            epochs=self.path.epochs,
            path=self.path.points,
            explained=self.path.explained,
            split=self.split,
            samples=len(self.samples),
        )


def _check(directions: str, steps: int, span: float, samples: int, split: str, seed: int) -> None:
    if directions not in DIRECTIONS:
        problem = _("There are no directions called {name!r}.").format(name=directions)
        raise InputError(problem, nearest(directions, DIRECTIONS))
    if split not in SPLITS:
        raise InputError(_("There is no split called {name!r}.").format(name=split), nearest(split, SPLITS))
    if steps < 2:
        problem = _("A grid of {steps} in each direction is none.").format(steps=steps)
        raise InputError(problem, _("Write --steps 2 or more; 25 is usual."))
    if steps > MOST_STEPS:
        problem = _("A grid of {steps} in each direction asks for the loss at {count} points.")
        said = problem.format(steps=steps, count=steps * steps)
        raise InputError(said, _("Write --steps {most} or less; 25 is usual.").format(most=MOST_STEPS))
    if not 0 < span < math.inf:
        problem = _("A span of {span} is out of range.").format(span=span)
        raise InputError(problem, _("Write a number above 0, such as --span 1."))
    if samples < 1:
        problem = _("The loss cannot be the mean over {count} samples.").format(count=samples)
        raise InputError(problem, _("Write --samples 1 or more; 1000 is usual."))
    if not 0 <= seed < 2**63:
        raise InputError(_("A seed of {seed} is out of range.").format(seed=seed), _("Write --seed 0 or more."))


def _chosen(device: str) -> torch.device:
    try:
        return choose_device(device)
    except InputError as error:
        raise InputError(error.problem, _("Known are: {names}.").format(names=", ".join(devices()))) from None


def _require_one_player(run: Run) -> None:
    if len(run.task.players) == 1:
        return
    problem = _(
        "{path} is a game of several players ({players}): each has a loss of its own, and there is no one landscape."
    )
    hint = _("Give a run whose net has one loss, such as a classifier.")
    raise InputError(problem.format(path=run.path, players=", ".join(map(_, run.task.players))), hint)


def _learning(net: nn.Module, run: Run) -> list[str]:
    """Return the names of the parameters that learn in some stage of the fit: where the others are, they stay."""
    free = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    frozen = [matching(net, stage.frozen) for stage in run.recipe.fit.by_stage()]
    return [name for name in free if not all(name in names for names in frozen)]


def _require_finite(net: nn.Module, names: Sequence[str], run: Run) -> None:
    weights = net.state_dict()
    if not _finite([weights[name] for name in names]):
        problem = _("The weights of {path} are infinite or NaN.").format(path=run.path)
        raise InputError(problem, _("Train it anew with a smaller learning rate (fit.lr)."))


def _finite(weights: Sequence[Tensor]) -> bool:
    return all(bool(weight.isfinite().all()) for weight in weights)


def _some(data: Dataset, split: str, most: int, seed: int, run: Run) -> Split:
    """Return at most so many samples of a split, drawn at random, in their own order."""
    part: Split = getattr(data, split)
    if not len(part):
        problem = _("{path} has no samples in {split}.").format(path=run.path, split=split)
        there = [name for name in SPLITS if len(getattr(data, name))]
        raise InputError(problem, _("Write --split {name}.").format(name=there[0]))
    rows = torch.randperm(len(part), generator=torch.Generator().manual_seed(seed))[:most].sort().values
    return Split(part.x[rows], part.y[rows])  # pictures on disk are read once, here


def _snapshots(run: Run, names: Sequence[str]) -> Snapshots:
    """Return epochs and weights over training, from the start on where the recipe can build it again."""
    kept = [(epoch, {name: state[name] for name in names}) for epoch, state in run.snapshots()]
    if kept and run.recipe.net and run.recipe.net["kind"] != "transfer":
        start = dict(run.recipe.build(run.data()).named_parameters())
        kept.insert(0, (0, {name: start[name].detach() for name in names}))
    finite = [(epoch, state) for epoch, state in kept if _finite([*state.values()])]
    size = sum(weight.numel() for weight in finite[0][1].values()) if finite else 1
    count = min(len(finite), MOST_SNAPSHOTS, max(3, MOST_NUMBERS // size))
    chosen = np.unique(np.linspace(0, len(finite) - 1, count).round().astype(int))
    return [finite[i] for i in chosen]
