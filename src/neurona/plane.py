"""Planes through the weights of a trained net: two directions, and the path that training took, projected on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _

Weights = dict[str, Tensor]
Snapshots = Sequence[tuple[int, Mapping[str, Tensor]]]

NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)
TRANSPOSED = (nn.modules.conv._ConvTransposeNd,)
TRIES = 100
"""How often a second direction is drawn; one that equals the first up to its sign is of no use."""
PARALLEL = 1 - 1e-6
MARGIN = 1.25
"""A plane of the path goes so much farther than the path does."""


@dataclass(frozen=True)
class Plane:
    """The weights `centre + x first + y second`, for all numbers x and y.

    Attributes:
        kind: "random" or "path".
        centre: the parameters that move, by name: those of the trained net.
        first, second: the directions, of the same shapes.
        reach: how far it is looked at to each side, in x and in y, unless more or less is asked for.
    """

    kind: str
    centre: Weights
    first: Weights
    second: Weights
    reach: float

    def at(self, x: float, y: float) -> Iterator[tuple[str, Tensor]]:
        """Yield each parameter at a point; at (0, 0) they are those of the centre to the bit."""
        for name, weight in self.centre.items():
            yield name, weight + x * self.first[name] + y * self.second[name]

    def to(self, device: torch.device) -> Plane:
        """Return the same plane on a device."""
        centre, first, second = (
            {name: weight.to(device) for name, weight in part.items()}
            for part in (self.centre, self.first, self.second)
        )
        return Plane(self.kind, centre, first, second, self.reach)


@dataclass(frozen=True)
class Path:
    """The weights over training, projected on a plane.

    Attributes:
        epochs: `(k,)`.
        points: `(k, 2)`, x and y of the nearest point of the plane.
        explained: the share of the squared distances from the centre that lies in the plane; 0 without a path.
    """

    epochs: np.ndarray
    points: np.ndarray
    explained: float


def random_plane(net: nn.Module, names: Sequence[str], seed: int) -> Plane:
    """Return two random directions, filter-normalised (Li and others 2018, section 4).

    Each filter of a direction, or the weights that come into a unit, is drawn from N(0, 1) and scaled to the norm of
    the same filter of the net: a step of 1 is as long as the weights themselves, whatever their scale, to which nets
    with ReLU or batch normalisation are indifferent. Biases, and the scales and shifts of normalisation, stay.

    Args:
        net: the trained net.
        names: of the parameters that learn.
        seed: of the directions.

    Raises:
        InputError: the net has fewer than two weights that learn, or all of them are 0.
    """
    filters = {name: (weight, axis) for name, weight, axis in _filters(net) if name in names}
    generator = torch.Generator().manual_seed(seed)
    first = _direction(filters, generator)
    for _try in range(TRIES):
        second = _direction(filters, generator)
        if _cosine(first, second) < PARALLEL:
            return Plane("random", {name: weight for name, (weight, _axis) in filters.items()}, first, second, 1.0)
    problem = _("The net has fewer than two weights beside its biases that learn and are not 0.")
    raise InputError(problem, _("A landscape needs two directions: give a run of a larger net."))


def path_plane(net: nn.Module, names: Sequence[str], snapshots: Snapshots) -> Plane:
    """Return the directions in which the path of training is widest.

    They are the first two principal components of the snapshots minus the end (Li and others 2018, section 7), of unit
    length. The mean is not taken off, so that the plane through the trained weights is the one nearest to the path.

    Args:
        net: the trained net.
        names: of the parameters that learn.
        snapshots: epochs and weights over training.

    Raises:
        InputError: there are too few snapshots, or all of them lie on a line.
    """
    weights = {name: weight for name, weight, _axis in _filters(net) if name in names}
    if len(snapshots) < 2:
        problem = _("The run keeps no snapshots of its weights, and so no path of training.")
        raise InputError(problem, _("Train it with --set fit.snapshots=1, or write --directions random."))
    path = torch.stack([_flat(state, weights) for _epoch, state in snapshots]) - _flat(weights, weights)
    # Of few, long vectors the inner products are enough.
    squares, mixtures = torch.linalg.eigh(path @ path.T)
    if not squares[-2] > 1e-12 * squares[-1]:
        problem = _("The path of training is a line, and spans no plane.")
        raise InputError(problem, _("Keep more snapshots with --set fit.snapshots=1, or write --directions random."))
    directions = [mixtures[:, i] @ path / squares[i].sqrt() for i in (-1, -2)]
    # A component has no sign of its own: the path comes from the lower left.
    directions = [-one if path[0] @ one > 0 else one for one in directions]
    reach = MARGIN * max(float((path @ one).abs().max()) for one in directions)
    first, second = (_like(one, weights) for one in directions)
    return Plane("path", weights, first, second, reach)


def projected(plane: Plane, snapshots: Snapshots) -> Path:
    """Return the points of the plane that are nearest to the snapshots, by least squares."""
    if not snapshots:
        return Path(np.zeros(0, int), np.zeros((0, 2)), 0.0)
    directions = torch.stack([_flat(plane.first, plane.centre), _flat(plane.second, plane.centre)])
    inner, centre = directions @ directions.T, _flat(plane.centre, plane.centre)
    points, inside, whole = [], 0.0, 0.0
    for _epoch, state in snapshots:
        away = _flat(state, plane.centre) - centre
        point = torch.linalg.solve(inner, directions @ away)
        points.append(point)
        inside += float(point @ inner @ point)
        whole += float(away @ away)
    epochs = np.array([epoch for epoch, _state in snapshots])
    # Rounding must not leave a share of 0.99999999 where the plane holds the whole path.
    return Path(epochs, torch.stack(points).numpy(), round(inside / whole, 9) if whole else 0.0)


def _filters(net: nn.Module) -> Iterator[tuple[str, Tensor, int | None]]:
    """Yield each parameter with its name and the dimension that counts its filters; None where it has no filters."""
    named = dict(net.named_parameters())
    for place, module in net.named_modules():
        for name, parameter in module.named_parameters(place, recurse=False):
            if name in named:  # one that several modules share is there once
                yield name, parameter.detach(), _axis(module, name, parameter)


def _axis(module: nn.Module, name: str, parameter: Tensor) -> int | None:
    if parameter.dim() == 1 or isinstance(module, NORMS) or "bias" in name.rpartition(".")[2]:
        return None
    return 1 if isinstance(module, TRANSPOSED) else 0


def _direction(filters: Mapping[str, tuple[Tensor, int | None]], generator: torch.Generator) -> Weights:
    drawn = {name: torch.randn(weight.shape, generator=generator) for name, (weight, _axis) in filters.items()}
    return {
        name: torch.zeros_like(weight) if axis is None else _normalised(drawn[name], weight, axis)
        for name, (weight, axis) in filters.items()
    }


def _normalised(drawn: Tensor, weight: Tensor, axis: int) -> Tensor:
    """Return `drawn` with each of its filters as long as that of `weight`; a single number is a filter of its own."""
    others = [i for i in range(weight.dim()) if i != axis]
    lengths = [
        torch.linalg.vector_norm(one.double(), dim=others, keepdim=True) if others else one.double().abs()
        for one in (weight, drawn)
    ]
    return (drawn * (lengths[0] / lengths[1])).to(weight.dtype)


def _cosine(first: Weights, second: Weights) -> float:
    """Return the absolute cosine of the angle between two directions; 1 where one has no length."""
    one, other = _flat(first, first), _flat(second, first)
    lengths = float(one.norm() * other.norm())
    return abs(float(one @ other)) / lengths if lengths else 1.0


def _flat(weights: Mapping[str, Tensor], order: Mapping[str, Tensor]) -> Tensor:
    """Return the weights one behind the other, in float64."""
    return torch.cat([weights[name].detach().double().cpu().flatten() for name in order])


def _like(flat: Tensor, weights: Weights) -> Weights:
    """Return what `_flat` made one vector of in the shapes of `weights`."""
    parts = flat.split([weight.numel() for weight in weights.values()])
    return {
        name: part.view_as(weight).to(weight.dtype) for (name, weight), part in zip(weights.items(), parts, strict=True)
    }
