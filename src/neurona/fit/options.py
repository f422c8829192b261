"""The options of a fit: how a net is trained. The `[fit]` section of a recipe, and the keywords of `Fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurona.validation import explain

Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class FitOptions(BaseModel):
    """How a net is trained.

    Attributes:
        optimizer: a name of `OPTIMIZERS`.
        lr: learning rate; None for the optimizer's usual one.
        epochs: passes over the training samples.
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
        precision: "float32", or "bfloat16" or "float16" for matrix products and convolutions where the device has it.
        memory_format: how pictures lie in memory: "channels-last", "contiguous" (channels first), or "auto" for
            channels-last where the net has convolutions.
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
    schedule: Literal["constant", "step", "cosine", "one-cycle", "plateau"] = "constant"
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
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    memory_format: Literal["auto", "contiguous", "channels-last"] = "auto"
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

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> FitOptions:
        """Validate `options`.

        Raises:
            InputError: a key is unknown, or a value of the wrong type or range; it names `fit.KEY`.
        """
        plain = {key: value.item() if hasattr(value, "item") else value for key, value in options.items()}  # of NumPy
        try:
            return cls(**plain)
        except ValidationError as error:
            raise explain(error, "fit", list(cls.model_fields)) from None

    def of_optimizer(self) -> dict[str, Any]:
        """Return the options that only some optimizers take, those that were given."""
        names = ("momentum", "nesterov", "alpha", "rho", "betas", "eps")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}
