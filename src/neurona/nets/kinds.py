"""The kinds of net that a recipe can name, and how one is built for a dataset."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError
from torch import nn

from neurona.registry import Registry


@dataclass(frozen=True)
class Fitting:
    """What a net must fit, as the data say it. A kind of net takes those of these that it needs.

    Attributes:
        features: how many numbers one sample has.
        shape: of one sample, such as `(13,)`, `(1, 28, 28)` or, of a sequence, `(steps,)` or `(steps, values)`.
        outputs: how many outputs the task needs: one for a binary task, else one for each class, value or token.
        tokens: how many different tokens the input has; 0 when it is numbers.
        steps: how long the target is when it is a sequence; 0 when it is none.
    """

    features: int
    shape: tuple[int, ...]
    outputs: int
    tokens: int = 0
    steps: int = 0

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Fitting:
        """Rebuild what `dataclasses.asdict` and JSON made of it."""
        return Fitting(**{**saved, "shape": tuple(saved["shape"])})


NETS: Registry[Callable[..., nn.Module]] = Registry("net", given=tuple(Fitting.__dataclass_fields__), called="net")


def foreign(kind: str, options: Mapping[str, Any]) -> list[str]:
    """Return the names of those `options` that a net of `kind` does not take, or not with such a value.

    Of a kind that is unknown nothing is known: none.
    """
    if kind not in NETS:
        return []
    try:
        NETS[kind].options(**options)
    except ValidationError as error:
        wrong = {finding["loc"][0] for finding in error.errors(include_url=False)}
        return [name for name in options if name in wrong]
    return []


def build(kind: str, options: Mapping[str, Any], fitting: Fitting) -> nn.Module:
    """Return a new net of `kind` that fits the data.

    Raises:
        InputError: the kind is unknown, or an option is wrong or does not fit the data.
    """
    entry = NETS[kind]
    chosen = entry.check(options, "net", common=("kind",))
    wanted = inspect.signature(entry.make).parameters
    given = {name: value for name, value in asdict(fitting).items() if name in wanted}
    return entry.make(**given, **chosen)
