"""What trains beside others: a fit, and a run of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurona.errors import DamagedError, InputError, TrainingError
from neurona.fit.history import Epoch
from neurona.language import _
from neurona.run import Run
from neurona.vary import Variant

if TYPE_CHECKING:
    from neurona.fit.fit import Fit


@dataclass(frozen=True, eq=False)
class Beside:
    """A fit that trains beside others, as a member of a `Population`.

    Attributes:
        fit: its training.
    """

    fit: Fit

    @property
    def shares(self) -> bool:
        """Whether it may train beside others; see `Population`."""
        return self.fit.shares

    @property
    def memory(self) -> int:
        """The bytes that it takes, about."""
        return self.fit.memory

    def __iter__(self) -> Iterator[Epoch]:
        """Train it to its end."""
        yield from self.fit


@dataclass(frozen=True, eq=False)
class Part(Beside):
    """A run of a comparison that is being trained.

    Attributes:
        variant, seed: which one.
        run: its directory.
    """

    variant: Variant
    seed: int
    run: Run

    @property
    def name(self) -> str:
        """The variant, or else the recipe, and the seed."""
        label = self.variant.title or self.run.recipe.name
        return _("{variant}, seed {seed}").format(variant=label, seed=self.seed)

    def __iter__(self) -> Iterator[Epoch]:
        """Train it to its end."""
        try:
            yield from self.run.follow(self.fit)
        except TrainingError as error:
            raise TrainingError(f"{self.name}: {error.problem}", error.hint) from error
        self.run.finish(self.fit)


@contextmanager
def unharmed(path: Path) -> Iterator[None]:
    """Within the block, what is damaged in the run at `path` is raised with how the comparison goes on without it."""
    try:
        yield
    except DamagedError as error:
        raise InputError(
            error.problem, _("Delete {path} and go on: that run is trained anew.").format(path=path)
        ) from error
