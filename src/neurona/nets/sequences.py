"""Recurrent nets that answer once for a sequence, or at each of its steps."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.dense import Share, Units
from neurona.nets.kinds import NETS
from neurona.nets.recurrent import Cell, Layers, Memory, Recurrent, read_as


class SequenceClassifier(nn.Module):
    """One answer for a whole sequence: `(n, t)` tokens or `(n, t, inputs)` numbers -> `(n, outputs)`.

    Args:
        inputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout: see `Recurrent`.
        outputs: logits or values.
        readout: "last" answers from the state at the end of the sequence, "mean" from the mean over its steps.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        cell: str = "lstm",
        hidden: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        embedding: int = 0,
        memory: int = 0,
        embedding_dropout: float = 0.0,
        readout: str = "last",
    ) -> None:
        super().__init__()
        self.readout = readout
        self.recurrent = Recurrent(
            inputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout
        )
        self.output = nn.Linear(self.recurrent.width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits or values, `(n, outputs)`."""
        states, end, there = self.recurrent(x)
        if self.readout == "mean":
            end = states.sum(1) / there.sum(1, keepdim=True)
        outputs: Tensor = self.output(end)
        return outputs

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        return f"{self.recurrent.extra_repr()}, outputs={self.output.out_features}, readout={self.readout!r}"


class SequenceLabeller(nn.Module):
    """An answer at each step: `(n, t)` tokens or `(n, t, inputs)` numbers -> `(n, t, outputs)`.

    Args:
        inputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout: see `Recurrent`.
        outputs: logits of each step.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        cell: str = "lstm",
        hidden: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        embedding: int = 0,
        memory: int = 0,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.recurrent = Recurrent(
            inputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout
        )
        self.output = nn.Linear(self.recurrent.width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits, `(n, t, outputs)`."""
        outputs: Tensor = self.output(self.recurrent(x)[0])
        return outputs

    def step(
        self, x: Tensor, state: list[Tensor | tuple[Tensor, Tensor]] | None = None
    ) -> tuple[Tensor, list[Tensor | tuple[Tensor, Tensor]]]:
        """Return the logits of the next steps, `(n, t, outputs)`, and the state after them; see `Recurrent.step`."""
        states, after = self.recurrent.step(x, state)
        return self.output(states), after

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        return f"{self.recurrent.extra_repr()}, outputs={self.output.out_features}"


@NETS.register("sequence-classifier", "RNN, LSTM or GRU that reads a sequence and gives one answer")
def sequence_classifier(
    shape: tuple[int, ...],
    outputs: int,
    tokens: int = 0,
    steps: int = 0,
    *,
    cell: Cell = "lstm",
    hidden: Units = 64,
    layers: Layers = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    embedding: Units = 32,
    memory: Memory = 0,
    embedding_dropout: Share = 0.0,
    readout: Literal["last", "mean"] = "last",
) -> SequenceClassifier:
    """Return a net that reads `(n, t)` tokens or `(n, t, d)` numbers and gives `(n, outputs)`.

    Args:
        shape: of a sample: `(t,)` tokens or `(t, d)` numbers.
        outputs: logits or values.
        tokens: how many different tokens there are; 0 for numbers.
        steps: of the target; must be 0.
        cell: "rnn", "lstm" or "gru".
        hidden: units of each layer and direction.
        layers: how many lie on one another.
        bidirectional: read each sequence backwards too.
        dropout: share of the outputs of layers set to 0 while training.
        embedding: numbers that stand for a token.
        memory: over how many steps gates keep what they read before they are trained; 0 for PyTorch's usual start.
        embedding_dropout: share of the numbers that stand for tokens set to 0 while training.
        readout: answer from the state at the "last" step, or from the "mean" of all.

    Raises:
        InputError: the samples are no sequences, or the target is one.
    """
    inputs, embedding = read_as(shape, tokens, embedding)
    if steps:
        problem = _("sequence-classifier gives one answer for a sequence, and the data have one at each step.")
        raise InputError(problem, _('Write net.kind = "sequence-labeller" or "encoder-decoder".'))
    return SequenceClassifier(
        inputs, outputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout, readout
    )


@NETS.register("sequence-labeller", "RNN, LSTM or GRU that answers at each step: labels, or the token that comes next")
def sequence_labeller(
    shape: tuple[int, ...],
    outputs: int,
    tokens: int = 0,
    steps: int = 0,
    *,
    cell: Cell = "lstm",
    hidden: Units = 64,
    layers: Layers = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    embedding: Units = 32,
    memory: Memory = 0,
    embedding_dropout: Share = 0.0,
) -> SequenceLabeller:
    """Return a net that reads `(n, t)` tokens or `(n, t, d)` numbers and gives `(n, t, outputs)`.

    Args:
        shape: of a sample: `(t,)` tokens or `(t, d)` numbers.
        outputs: logits of each step.
        tokens: how many different tokens there are; 0 for numbers.
        steps: of the target, as many as those of a sample.
        cell: "rnn", "lstm" or "gru".
        hidden: units of each layer and direction.
        layers: how many lie on one another.
        bidirectional: read each sequence backwards too.
        dropout: share of the outputs of layers set to 0 while training.
        embedding: numbers that stand for a token.
        memory: over how many steps gates keep what they read before they are trained; 0 for PyTorch's usual start.
        embedding_dropout: share of the numbers that stand for tokens set to 0 while training.

    Raises:
        InputError: the samples are no sequences, or the target has another length.
    """
    inputs, embedding = read_as(shape, tokens, embedding)
    if steps != shape[0]:
        problem = _("sequence-labeller answers at each of {have} steps, and the target has {want}.")
        kind = "encoder-decoder" if steps else "sequence-classifier"
        raise InputError(problem.format(have=shape[0], want=steps), _("Write net.kind = {kind!r}.").format(kind=kind))
    return SequenceLabeller(
        inputs, outputs, cell, hidden, layers, bidirectional, dropout, embedding, memory, embedding_dropout
    )
