"""The claim of a recipe: a number, or an order of variants, that it reproduces."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from neurona.language import _

METRIC = r"[a-z_]+|(train|valid|test|gap)\.\w+|history\.\w+@\d+"


class Claim(BaseModel):
    """A number that a recipe reproduces.

    Attributes:
        metric: where it is found: "test.accuracy", "train.loss", "history.train_loss@1000" (of that epoch),
            "gap.accuracy" (train minus test), or the name of a measure of `neurona.measure`.
        at_least, at_most: the bounds.
        best: the variant of a comparison that must have the best mean.
        falls: the means must fall (never rise) from variant to variant.
        variant: which variant the bounds are about.
        seeds: train so many times with different seeds; the bounds are about the mean.
        source: where the number comes from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    best: str | None = None
    falls: bool = False
    variant: str | None = None
    seeds: Annotated[int, Field(ge=1)] = 1
    source: str = ""

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if not re.fullmatch(METRIC, metric):
            raise ValueError(_("It must be such as test.accuracy, gap.accuracy or history.train_loss@1000."))
        return metric

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if self.at_least is None and self.at_most is None and self.best is None and not self.falls:
            raise ValueError(_("A claim needs at_least, at_most, best or falls."))
        return self
