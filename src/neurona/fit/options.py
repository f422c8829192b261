"""The options of a fit: how a net is trained. The `[fit]` section of a recipe, and the keywords of `Fit`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neurona.validation import explain, plain, unchangeable

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(gt=0, le=1_000_000_000)]
Share = Annotated[float, Field(ge=0, lt=1)]
Patterns = Annotated[tuple[str, ...], Field(strict=False)]
OF_OPTIMIZERS = ("momentum", "nesterov", "alpha", "rho", "betas", "eps")
Schedules = Literal["constant", "step", "cosine", "one-cycle", "plateau"]


class StageOptions(BaseModel):
    """A stage of a fit: how many epochs it has, and what in it is not as in the rest of `[fit]`.

    Each stage begins with optimizers and a schedule of its own.

    Attributes:
        epochs: passes over the training samples in this stage.
        frozen: see `FitOptions`; `[]` for nothing, None for what `fit.frozen` says.
        optimizer, lr, schedule, warmup, weight_decay: see `FitOptions`; None for what `[fit]` says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    epochs: Count
    frozen: Patterns | None = None
    optimizer: str | None = None
    lr: Positive | None = None
    schedule: Schedules | None = None
    warmup: NotNegative | None = None
    weight_decay: NotNegative | None = None


class FitOptions(BaseModel):
    """How a net is trained.

    Attributes:
        optimizer: a name of `OPTIMIZERS`.
        lr: learning rate; None for the optimizer's usual one.
        epochs: passes over the training samples; with `stages` their sum unless it is given: fewer end the fit
            earlier, more make the last stage longer.
        batch: samples in a batch, "full" for all at once, or "auto" for the power of two nearest to the root of their
            number, from 16 to 1024.
        loss: a name of `LOSSES`; None for the task's own.
        reduction: "mean" steps along the gradient of the mean loss over a batch, "sum" along that of the sum.
        schedule: how the learning rate changes; see `fit.schedule`.
        warmup: epochs over which the learning rate first rises from 0.
        step_size, gamma: the step schedule multiplies by `gamma` each `step_size` epochs, plateau when it is stuck.
        weight_decay: as the optimizer defines it (decoupled in AdamW, added to the gradient elsewhere).
        l2: adds `l2 / 2 * sum w^2` over all weights (not biases) to the loss that is minimised.
        clip: largest norm of the gradient.
        patience: stop after so many epochs without a better `monitor`, and keep the best weights.
        monitor: what is watched for `patience` and the plateau schedule, such as "valid.loss".
        seed: of the weights, the order of the samples and the dropout.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        engine: what computes: "torch"; "compiled" for native code, which takes dense nets on a CPU; "graph" for
            PyTorch on CUDA, the steps of a batch recorded once and replayed; "glass" for `neurona.glass` on NumPy,
            whose every step can be read; or "auto": native code where it can and is faster, else PyTorch.
        precision: "float32", or "bfloat16" or "float16" for matrix products and convolutions where the device has it.
        memory_format: how pictures lie in memory: "channels-last", "contiguous" (channels first), or "auto" for
            channels-last where the net has convolutions.
        frozen: parameters that do not change, by patterns of their names such as "trunk.*"; modules that are frozen as
            a whole stay in evaluation mode, so that the statistics of batch normalisation do not change either.
        views: a net of trunk and head whose trunk is frozen runs it only once over the data, and keeps the features of
            so many randomly changed views of each training picture; 0 runs it each time.
        stages: what the fit does one after the other; empty for one stage that is as `[fit]` says.
        divergence: what infinite numbers mean: an "error", or the "end" of the fit, which then counts as done.
        every: epochs that make one event and one row of the history.
        checkpoint_seconds: least time between two checkpoints; 0 writes one with every event.
        snapshots: keep the weights each so many epochs, for pictures of the training; None for about 20 on plane data.
        momentum, nesterov, alpha, rho, betas, eps: passed on to the optimizers that have them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    optimizer: str = "adam"
    lr: Positive | None = None
    epochs: Count = 50
    batch: Count | Literal["full", "auto"] = "auto"
    loss: str | None = None
    reduction: Literal["mean", "sum"] = "mean"
    schedule: Schedules = "constant"
    warmup: NotNegative = 0
    step_size: Count = 10
    gamma: Annotated[float, Field(gt=0, lt=1)] = 0.1
    weight_decay: NotNegative = 0
    l2: NotNegative = 0
    clip: Positive | None = None
    patience: Count | None = None
    monitor: str = "valid.loss"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    device: str = "auto"
    engine: Literal["auto", "torch", "compiled", "graph", "glass"] = "auto"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    memory_format: Literal["auto", "contiguous", "channels-last"] = "auto"
    frozen: Patterns = ()
    views: Annotated[int, Field(ge=0, le=1000)] = 1
    stages: Annotated[tuple[StageOptions, ...], Field(strict=False)] = ()
    divergence: Literal["error", "end"] = "error"
    every: Count = 1
    checkpoint_seconds: NotNegative = 5
    snapshots: Count | None = None
    momentum: Share | None = None
    nesterov: bool | None = None
    alpha: Share | None = None
    rho: Share | None = None
    betas: Annotated[tuple[Share, Share] | None, Field(strict=False)] = None
    eps: Positive | None = None

    @model_validator(mode="after")
    def _as_long_as_its_stages(self) -> Self:
        if self.stages and "epochs" not in self.model_fields_set:
            # What is filled in does not count as set: a recipe is written with what its author wrote.
            self.__dict__["epochs"] = sum(stage.epochs for stage in self.stages)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        raise unchangeable(f"fit.{name}", value)

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> FitOptions:
        """Validate `options`.

        Raises:
            InputError: a key is unknown, or a value of the wrong type or range; it names `fit.KEY`.
        """
        try:
            return cls(**plain(options))
        except ValidationError as error:
            raise explain(error, "fit", list(cls.model_fields)) from None

    def by_stage(self) -> list[FitOptions]:
        """Return the options of each stage, `epochs` being its own, in order; a fit without stages has one."""
        if not self.stages:
            return [self]
        lengths = [stage.epochs for stage in self.stages]
        begun = [min(sum(lengths[:i]), self.epochs) for i in range(len(lengths))]
        ends = [*begun[1:], self.epochs]
        return [
            self.model_copy(update={**stage.model_dump(exclude_none=True), "epochs": end - begin})
            for stage, begin, end in zip(self.stages, begun, ends, strict=True)
            if end > begin
        ]

    def batch_of(self, count: int) -> int:
        """Return how many of `count` training samples make a batch."""
        if self.batch == "auto":
            return min(1024, max(16, int(2 ** round(math.log2(count) / 2))), count)
        return count if self.batch == "full" else self.batch

    def of_optimizer(self) -> dict[str, Any]:
        """Return the options that only some optimizers take, those that were given."""
        return {name: getattr(self, name) for name in OF_OPTIMIZERS if getattr(self, name) is not None}
