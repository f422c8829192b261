"""`Setting`: what all contenders of a workload are given, as arrays on disk that need nothing of Neurona."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Cannot(Exception):  # noqa: N818 (no error: a peer that has no such thing)
    """A contender has no way to train this net; the message says why, as a sentence."""


@dataclass(frozen=True)
class Setting:
    """Samples, a net with its first weights, and how it is trained.

    Attributes:
        name: of the workload.
        recipe, changes: the recipe and what is changed in it, for Neurona itself.
        layers: in order: `["linear", inputs, outputs]`, `["conv", channels, filters, kernel, padding]`, `["relu"]`,
            `["sigmoid"]`, `["pool", size]`, `["flatten"]`.
        loss: "cross-entropy" of logits, or "mse", the mean over all numbers of a batch.
        optimizer: "sgd", "adam" or "adamw", with betas 0.9 and 0.999 and eps 1e-8.
        momentum, weight_decay: of the optimizer.
        summed: step along the gradient of the summed loss, not of the mean.
        batch: samples in a batch; the last of an epoch may be smaller.
        epochs: what is timed.
        part: the epochs that contenders of much Python train; their time is counted up to `epochs`.
        folder: where the arrays are.
    """

    name: str
    recipe: str
    changes: tuple[str, ...]
    layers: tuple[tuple[Any, ...], ...]
    loss: str
    optimizer: str
    momentum: float
    weight_decay: float
    summed: bool
    batch: int
    epochs: int
    part: int
    folder: Path = field(default=Path(), compare=False)

    @staticmethod
    def read(folder: Path) -> Setting:
        """Return the setting that `write` left in `folder`."""
        given = json.loads((folder / "setting.json").read_text(encoding="utf-8"))
        given |= {"changes": tuple(given["changes"]), "layers": tuple(tuple(layer) for layer in given["layers"])}
        return Setting(**{**given, "folder": folder})

    def write(self, x: Array, y: Array, weights: list[Array], orders: Array, rates: Array) -> None:
        """Write everything to `folder`.

        Args:
            x: samples, `(n, d)` or `(n, channels, height, width)` float32.
            y: class numbers `(n,)` int64, or the samples themselves.
            weights: as PyTorch has them: of each layer the weights `(outputs, inputs, ...)`, then the bias.
            orders: which sample comes when, `(epochs, n)`; `(epochs, 0)` for full batches.
            rates: the learning rate of each step, `(epochs * steps,)`.
        """
        for name, array in {"x": x, "y": y, "orders": orders, "rates": rates}.items():
            np.save(self.folder / f"{name}.npy", array)
        save_weights(self.folder / "weights.npz", weights)
        given = {key: value for key, value in asdict(self).items() if key != "folder"}
        (self.folder / "setting.json").write_text(json.dumps(given), encoding="utf-8")

    def __getattr__(self, name: str) -> Array:
        if name not in ("x", "y", "orders", "rates"):
            raise AttributeError(name)
        array: Array = np.load(self.folder / f"{name}.npy")
        self.__dict__[name] = array  # read once
        return array

    @property
    def weights(self) -> list[Array]:
        """The first weights, new arrays each time."""
        return load_weights(self.folder / "weights.npz")

    @property
    def full(self) -> bool:
        """Whether each step is over all samples."""
        return bool(self.orders.shape[1] == 0)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return -(-len(self.x) // self.batch)

    @property
    def constant(self) -> bool:
        """Whether the learning rate stays as it is."""
        return bool((self.rates == self.rates[0]).all())

    @property
    def convolutional(self) -> bool:
        """Whether the net has convolutions."""
        return any(layer[0] == "conv" for layer in self.layers)

    def linear(self) -> list[tuple[int, int]]:
        """Return inputs and outputs of each linear layer."""
        return [(layer[1], layer[2]) for layer in self.layers if layer[0] == "linear"]

    def activations(self) -> list[str]:
        """Return what stands behind each linear layer of a dense net: "relu", "sigmoid", or "" for nothing."""
        found: list[str] = []
        for kind, *_sizes in self.layers:
            if kind == "linear":
                found.append("")
            elif kind in ("relu", "sigmoid"):
                found[-1] = kind
        return found


def save_weights(path: Path, weights: list[Array]) -> None:
    """Write arrays in their order."""
    np.savez(path, *weights)


def load_weights(path: Path) -> list[Array]:
    """Return what `save_weights` wrote."""
    with np.load(path) as kept:
        return [kept[f"arr_{number}"] for number in range(len(kept.files))]


def channels_last(setting: Setting, weights: list[Array], back: bool = False) -> list[Array]:
    """Return weights for pictures `(n, height, width, channels)`, kernels `(height, width, channels, filters)`.

    Matrices become `(inputs, outputs)`; the one behind `flatten` takes its inputs in the other order. `back` is the
    way from there to PyTorch's.
    """
    turned, left, shape = [], iter(weights), setting.x.shape[1:]
    for kind, *sizes in setting.layers:
        if kind == "conv":
            turned += [next(left).transpose((3, 2, 0, 1) if back else (2, 3, 1, 0)), next(left)]
            shape = (sizes[1], *(side + 2 * sizes[3] - sizes[2] + 1 for side in shape[1:]))
        elif kind == "pool":
            shape = (shape[0], *(side // sizes[0] for side in shape[1:]))
        elif kind == "linear":
            turned += [_matrix(next(left), shape, back), next(left)]
            shape = (sizes[1],)
    return [np.ascontiguousarray(array) for array in turned]


def _matrix(matrix: Array, shape: tuple[int, ...], back: bool) -> Array:
    if len(shape) == 1:
        return matrix.T
    channels, height, width = shape
    if back:
        return matrix.reshape(height, width, channels, -1).transpose(3, 2, 0, 1).reshape(matrix.shape[1], -1)
    return matrix.reshape(-1, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, len(matrix))
