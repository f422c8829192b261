"""Recurrent nets: RNN, LSTM and GRU, stacked and in both directions, that answer once or at each step.

Sequences of a batch differ in length: tokens are padded on the right with 0, numbers with NaN. Padding changes nothing.
The backward layers read each sequence turned round within its own length, so that no packing is needed and the nets can
be exported.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.dense import Share, Units
from neurona.nets.kinds import NETS
from neurona.nets.shapes import shape_text

Cell = Literal["rnn", "lstm", "gru"]
Layers = Annotated[int, Field(gt=0, le=100)]


class Recurrent(nn.Module):
    """Stacked recurrent layers over the steps of a sequence.

    Args:
        inputs: numbers in a step, or how many different tokens there are.
        cell: "rnn" (tanh), "lstm" or "gru".
        hidden: units of each layer and direction.
        layers: how many lie on one another.
        bidirectional: read each sequence backwards too; both directions stand side by side for the next layer.
        dropout: share of the outputs of each layer set to 0 while training.
        embedding: numbers that stand for a token; 0 where steps are numbers already.
    """

    def __init__(
        self,
        inputs: int,
        cell: str = "lstm",
        hidden: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        embedding: int = 0,
    ) -> None:
        super().__init__()
        self.inputs, self.cell, self.hidden, self.layers = inputs, cell, hidden, layers
        self.bidirectional, self.embedding = bidirectional, embedding
        self.width = 2 * hidden if bidirectional else hidden
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
        widths = [embedding or inputs] + [self.width] * (layers - 1)
        self.embed = nn.Embedding(inputs, embedding) if embedding else nn.Identity()
        self.forwards = nn.ModuleList(kind(width, hidden, batch_first=True) for width in widths)
        self.backwards = nn.ModuleList(kind(width, hidden, batch_first=True) for width in widths if bidirectional)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read sequences that begin together and may end at different steps; an empty one counts as one step.

        Args:
            x: `(n, t)` tokens, 0 beyond the end, or `(n, t, inputs)` numbers, NaN beyond the end.

        Returns:
            The last layer's states at each step, `(n, t, width)`, 0 beyond the end; its state at the end of the
            sequence (of the backward direction: at its start), `(n, width)`; and where steps are, `(n, t)` bool.
        """
        there = x != 0 if self.embedding else ~x.isnan().any(-1)
        length = there.sum(1, keepdim=True).clamp(min=1)
        step = torch.arange(x.shape[1], device=x.device)
        there = step < length
        turned = torch.where(there, length - 1 - step, step).unsqueeze(-1)
        states = self.embed(x if self.embedding else x.where(~x.isnan(), 0.0))
        for i, layer in enumerate(self.forwards):
            directions = [layer(states)[0]]
            for backward in self.backwards[i : i + 1]:
                read = backward(states.gather(1, turned.expand_as(states)))[0]
                directions.append(read.gather(1, turned.expand_as(read)))
            states = self.dropout(torch.cat(directions, -1))
        last = (length - 1).unsqueeze(-1).expand(-1, -1, self.hidden)
        end = states[..., : self.hidden].gather(1, last).squeeze(1)
        return states * there.unsqueeze(-1), torch.cat([end, states[:, 0, self.hidden :]], -1), there

    def step(
        self, x: Tensor, state: list[Tensor | tuple[Tensor, Tensor]] | None = None
    ) -> tuple[Tensor, list[Tensor | tuple[Tensor, Tensor]]]:
        """Read on, forwards: as `forward` for steps that come in parts, without padding.

        Args:
            x: the next steps, `(n, t)` or `(n, t, inputs)`.
            state: of each layer after the steps before, as this method returns it; None at the start.

        Returns:
            The last layer's states, `(n, t, hidden)`, and the state of each layer after them.

        Raises:
            ValueError: the layers read backwards too, and the end of the sequence is not known yet.
        """
        if self.bidirectional:
            raise ValueError("a net that reads in both directions needs the whole sequence at once")
        states, after = self.embed(x), []
        for i, layer in enumerate(self.forwards):
            states, left = layer(states, None if state is None else state[i])
            states = self.dropout(states)
            after.append(left)
        return states, after

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        return (
            f"inputs={self.inputs}, cell={self.cell!r}, hidden={self.hidden}, layers={self.layers}, "
            f"bidirectional={self.bidirectional}, dropout={self.dropout.p}, embedding={self.embedding}"
        )


class SequenceClassifier(nn.Module):
    """One answer for a whole sequence: `(n, t)` tokens or `(n, t, inputs)` numbers -> `(n, outputs)`.

    Args:
        inputs, cell, hidden, layers, bidirectional, dropout, embedding: see `Recurrent`.
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
        readout: str = "last",
    ) -> None:
        super().__init__()
        self.readout = readout
        self.recurrent = Recurrent(inputs, cell, hidden, layers, bidirectional, dropout, embedding)
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
        inputs, cell, hidden, layers, bidirectional, dropout, embedding: see `Recurrent`.
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
    ) -> None:
        super().__init__()
        self.recurrent = Recurrent(inputs, cell, hidden, layers, bidirectional, dropout, embedding)
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
        dropout: share of the outputs of each layer set to 0 while training.
        embedding: numbers that stand for a token.
        readout: answer from the state at the "last" step, or from the "mean" of all.

    Raises:
        InputError: the samples are no sequences, or the target is one.
    """
    inputs, embedding = read_as(shape, tokens, embedding)
    if steps:
        problem = _("sequence-classifier gives one answer for a sequence, and the data have one at each step.")
        raise InputError(problem, _('Write net.kind = "sequence-labeller" or "encoder-decoder".'))
    return SequenceClassifier(inputs, outputs, cell, hidden, layers, bidirectional, dropout, embedding, readout)


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
        dropout: share of the outputs of each layer set to 0 while training.
        embedding: numbers that stand for a token.

    Raises:
        InputError: the samples are no sequences, or the target has another length.
    """
    inputs, embedding = read_as(shape, tokens, embedding)
    if steps != shape[0]:
        problem = _("sequence-labeller answers at each of {have} steps, and the target has {want}.")
        kind = "encoder-decoder" if steps else "sequence-classifier"
        raise InputError(problem.format(have=shape[0], want=steps), _("Write net.kind = {kind!r}.").format(kind=kind))
    return SequenceLabeller(inputs, outputs, cell, hidden, layers, bidirectional, dropout, embedding)


def read_as(shape: tuple[int, ...], tokens: int, embedding: int) -> tuple[int, int]:
    """Return the `inputs` and `embedding` of a `Recurrent` that reads samples of `shape`.

    Raises:
        InputError: the samples are no sequences.
    """
    if tokens:
        return tokens, embedding
    if len(shape) != 2:
        problem = _("A recurrent net reads sequences, and a sample of these data has the shape {shape}.")
        raise InputError(problem.format(shape=shape_text(shape)), _('Write net.kind = "mlp", or use other data.'))
    return shape[1], 0
