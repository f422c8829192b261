"""What native code is called with: a dense net, what it learns, samples, and where results go. It needs no compiler."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurona.compiled.code import Code, Lying

Vector = Annotated[NDArray[np.float32], Lying(np.float32, 1)]
Matrix = Annotated[NDArray[np.float32], Lying(np.float32, 2)]
Bytes = Annotated[NDArray[np.uint8], Lying(np.uint8, 2)]
Whole = Annotated[NDArray[np.int64], Lying(np.int64, 1)]
Numbers = Annotated[NDArray[np.float64], Lying(np.float64, 1)]
Table = Annotated[NDArray[np.float64], Lying(np.float64, 2)]
Tables = Annotated[NDArray[np.float64], Lying(np.float64, 3)]

# Samples that go through a net at once, whatever the batch: what a layer holds of so many stays in the cache.
BLOCK = 512
ACTIVATIONS = (
    "identity", "step", "sigmoid", "bipolar-sigmoid", "tanh", "relu", "leaky-relu",
    "elu", "selu", "gelu", "silu", "mish", "softplus", "hard-tanh",
)  # fmt: skip
LOSSES = ("cross-entropy", "binary-cross-entropy", "perceptron", "mse", "half-mse", "mae", "huber")
OPTIMIZERS = ("sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw")
TASKS = ("multiclass", "binary", "multilabel", "regression", "reconstruction", "reconstruction of logits")


class Net(NamedTuple):
    """A dense net of `depth` layers, whose weights lie one behind the other in one vector.

    Attributes:
        widths: of the samples and of each layer, `(depth + 1,)`.
        activations: places in `ACTIVATIONS`, `(depth,)`.
        dropout: share of a layer's values that become 0, `(depth,)`.
        weights: where a layer's matrix `(out, in)` begins, `(depth,)`.
        biases: where its bias begins, `(depth,)`.
        biased: 1 for layers with a bias, else 0, `(depth,)`.
    """

    widths: Whole
    activations: Whole
    dropout: Vector
    weights: Whole
    biases: Whole
    biased: Whole


class Goal(NamedTuple):
    """What is learned.

    Attributes:
        loss: place in `LOSSES`.
        each: what the loss of a batch is the mean over, for one sample: its outputs, or 1.
        summed: 1 to follow the gradient of the sum over a batch, 0 of the mean.
        task: place in `TASKS`.
        sums: how many sums that task has.
    """

    loss: int
    each: int
    summed: int
    task: int
    sums: int


class Rule(NamedTuple):
    """How weights follow their gradient.

    Attributes:
        number: place of the optimizer in `OPTIMIZERS`.
        weight_decay: added to the gradient as `weight_decay * w`; AdamW takes it from the weights.
        momentum: share of the last step that goes on.
        nesterov: 1 to look ahead along it.
        first, second: how much running means keep: betas of Adam; `second` is also alpha or rho.
        eps: what keeps divisors from 0.
        l2: factor of the weights (not biases) in the gradient.
        clip: largest norm of the gradient; 0 for any.
    """

    number: int
    weight_decay: float
    momentum: float
    nesterov: int
    first: float
    second: float
    eps: float
    l2: float
    clip: float


class Samples(NamedTuple):
    """The samples of several batches.

    Attributes:
        x: as the net sees them, `(m, d)`; `(0, d)` where they are bytes.
        bytes: the samples as bytes, `(m, d)`, or `(0, d)`.
        line: what the net sees of a byte, `line[0] byte + line[1]`, `(2,)`.
        y: what outputs are held against, `(m, k)`, a class number in a column of its own; `(0, d)` for the samples
            themselves.
        order: which one comes when, `(sum of sizes,)`; `(0,)` for one behind the other.
        sizes: how many are in each batch, `(steps,)`.
        again: whether every batch begins at the first one, as full batches do.
        rows: whether BLAS reads them as they lie; else they are copied with samples side by side.
        parts: in how many parts each step is computed, 1 or 2; see `Work`.
    """

    x: Matrix
    bytes: Bytes
    line: Vector
    y: Matrix
    order: Whole
    sizes: Whole
    again: bool
    rows: bool
    parts: int


class Crew(NamedTuple):
    """Who computes.

    Attributes:
        parts: of each step, 1 or 2.
        threads: how many compute them, at most so many.
        rank: which of the threads this is.
        words: by which two of them meet; see `crew`.
    """

    parts: int
    threads: int
    rank: int
    words: Whole


class Work(NamedTuple):
    """What steps work in, and what comes of them.

    Attributes:
        gradients: of all weights, once for each part, `(parts p,)`; of the units of the other part they are 0. Were
            they in one vector, BLAS would take lines of the cache from the other thread, which it asks for ahead.
        room: for what a block of samples needs on its way; see `room`.
        losses: what each part adds to the mean loss of a batch, before its step, `(parts, batches)`.
        sums: what each part adds to the sums of its metrics, `(parts, batches, s)`.
    """

    gradients: Vector
    room: Vector
    losses: Table
    sums: Tables


class Call(NamedTuple):
    """What `epochs.run` is called with.

    Attributes:
        net: how the net is built.
        goal: what it learns.
        rule: how its weights follow the gradient.
        samples: that it learns from in an event, in the order of all events one behind the other.
        seen: that it does not learn from.
        crew: who computes; each thread calls with its own rank.
        work: whose losses and sums, zeros at first, are the result: event by event, of `samples` and then of `seen`.
        thetas: weights, `(events, p)`; the first row is those to begin with, each becomes those after its event.
        memories: of the optimizer, `(events, 2 p)`, likewise.
        rates: learning rate of each step of all events.
        done: steps that the optimizer has made before.
        seed: of dropout; 0 leaves it out.
    """

    net: Net
    goal: Goal
    rule: Rule
    samples: Samples
    seen: Samples
    crew: Crew
    work: Work
    thetas: Matrix
    memories: Matrix
    rates: Numbers
    done: int
    seed: int


def room(net: Net, targets: int) -> int:
    """Return how many numbers a block takes: values and slopes of all layers, targets, and what two threads take."""
    return int(2 * net.widths[1:].sum() + targets + 2 * (net.widths[0] + 2)) * BLOCK


run = Code("neurona.compiled.epochs", "run", Call)
