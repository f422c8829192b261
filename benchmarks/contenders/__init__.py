"""Who takes part: a name, what it is called in tables, the packages that it needs, and the class that trains.

A contender is made of a `Setting`, or raises `Cannot`; `begin(epochs)` gives it the first weights again and is not
timed, `train()` is, and `weights()` returns what it learned in PyTorch's shapes. `notes` says where it does not do what
the others do. Each is written as the documentation of its library tells people to, at its best setting on a CPU that we
know of, and takes as many threads as it takes by itself; peers on PyTorch one instead, where they are faster with one.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from benchmarks.setting import Array, Setting


class Contender(Protocol):
    """What each of them offers."""

    notes: list[str]

    def begin(self, epochs: int) -> None:
        """Take the first weights, and be ready to train `epochs` epochs."""

    def train(self) -> None:
        """Train them."""

    def weights(self) -> list[Array]:
        """Return the weights as PyTorch has them: of each layer the matrix or kernels, then the bias."""


@dataclass(frozen=True)
class Entry:
    """A contender by name.

    Attributes:
        label: what it is called in tables.
        module, maker: where its class is.
        packages: what it imports, as one installs it.
        nets: how many nets it trains.
        only: the workloads that it takes part in; () for all.
        whole: it trains all epochs of a workload; the others may train a part.
        environment: what must be set before it is imported.
        chooses: it computes on one thread of PyTorch or on all, with which it is faster.
    """

    label: str
    module: str
    maker: str
    packages: tuple[str, ...] = ("torch",)
    whole: bool = False
    nets: int = 1
    only: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    chooses: bool = False

    @property
    def missing(self) -> list[str]:
        """The packages that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]

    def load(self) -> Any:
        """Import the library, and return the class of the contender."""
        return getattr(importlib.import_module(f"benchmarks.{self.module}"), self.maker)

    def make(self, setting: Setting) -> Contender:
        """Build it for a setting."""
        contender: Contender = self.load()(setting)
        return contender


KERAS_ON_TORCH, KERAS_ON_JAX = (("KERAS_BACKEND", "torch"),), (("KERAS_BACKEND", "jax"),)
CONTENDERS = {
    "neurona": Entry("Neurona", "contenders.neurona_", "Neurona", whole=True),
    "numpy": Entry("NumPy by hand", "contenders.numpy_", "ByHand", ("numpy",)),
    "torch": Entry("PyTorch, tensors", "contenders.torch_", "OverTensors", chooses=True),
    "torch-loader": Entry("PyTorch, DataLoader", "contenders.torch_", "OverLoader", chooses=True),
    "torchvision": Entry(
        "PyTorch, torchvision", "contenders.torch_", "Tutorial", ("torch", "torchvision"), chooses=True
    ),
    "sklearn": Entry("scikit-learn", "contenders.sklearn_", "Perceptron", ("sklearn",)),
    "skorch": Entry("skorch", "contenders.skorch_", "Skorch", ("torch", "skorch"), chooses=True),
    "lightning": Entry("Lightning", "contenders.lightning_", "Lightning", ("torch", "lightning"), chooses=True),
    "keras-torch": Entry(
        "Keras on torch", "contenders.keras_", "Keras", ("torch", "keras"), environment=KERAS_ON_TORCH, chooses=True
    ),
    "keras-jax": Entry("Keras on JAX", "contenders.keras_", "Keras", ("jax", "keras"), environment=KERAS_ON_JAX),
    "jax": Entry("JAX, compiled", "contenders.jax_", "Compiled", ("jax",), whole=True),
    "neurona-ten": Entry(
        "Neurona, ten nets", "populations", "Ten", whole=True, nets=10, only=("moons", "mnist-mlp", "mnist-cnn2")
    ),
    "neurona-hundred": Entry("Neurona, 100 nets", "populations", "Hundred", whole=True, nets=100, only=("spiral",)),
}
