"""Recurrent layers: RNN, LSTM and GRU, stacked and in both directions.

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
from neurona.nets.shapes import shape_text

Cell = Literal["rnn", "lstm", "gru"]
Layers = Annotated[int, Field(gt=0, le=100)]
Memory = Annotated[int, Field(ge=0)]


class Recurrent(nn.Module):
    """Stacked recurrent layers over the steps of a sequence.

    Args:
        inputs: numbers in a step, or how many different tokens there are.
        cell: "rnn" (tanh), "lstm" or "gru".
        hidden: units of each layer and direction.
        layers: how many lie on one another.
        bidirectional: read each sequence backwards too; both directions stand side by side for the next layer.
        dropout: share of each layer's outputs set to 0 while training; what goes from step to step is left whole
            (Zaremba, Sutskever and Vinyals 2014).
        embedding: numbers that stand for a token; 0 where steps are numbers already.
        memory: over how many steps gates keep what they read before they are trained; 0 for PyTorch's usual start.
        embedding_dropout: share of the numbers that stand for tokens set to 0 while training.
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
        memory: int = 0,
        embedding_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.inputs, self.cell, self.hidden, self.layers = inputs, cell, hidden, layers
        self.bidirectional, self.embedding, self.memory = bidirectional, embedding, memory
        self.width = 2 * hidden if bidirectional else hidden
        kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
        widths = [embedding or inputs] + [self.width] * (layers - 1)
        if embedding:
            self.embed = nn.Embedding(inputs, embedding)
        self.forwards = nn.ModuleList(kind(width, hidden, batch_first=True) for width in widths)
        self.backwards = nn.ModuleList(kind(width, hidden, batch_first=True) for width in widths if bidirectional)
        self.embedding_dropout, self.dropout = nn.Dropout(embedding_dropout), nn.Dropout(dropout)
        for layer in [*self.forwards, *self.backwards]:
            self.remember(layer)

    @torch.no_grad()
    def remember(self, layer: nn.Module) -> None:
        """Set the biases of gates so that units forget after 1 to `memory` steps, unless it is 0.

        The forget gates of an LSTM (the update gates of a GRU) get `log u`, `u` uniform from 1 to `memory - 1`, and the
        input gates `-log u`: "chrono initialisation" (Tallec and Ollivier 2018, Can recurrent neural networks warp
        time?). An RNN has no gates.
        """
        if self.cell == "rnn" or not self.memory:
            return
        let_in, keep = slice(0, self.hidden), slice(self.hidden, 2 * self.hidden)
        first, second = (layer.get_parameter(f"bias_{where}_l0") for where in ("ih", "hh"))
        first[keep], second[keep] = torch.empty(self.hidden).uniform_(1, max(1, self.memory - 1)).log(), 0
        if self.cell == "lstm":
            first[let_in], second[let_in] = -first[keep], 0

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
        states = self.embedding_dropout(self.embed(x)) if self.embedding else x.where(~x.isnan(), 0.0)
        for i, layer in enumerate(self.forwards):
            directions = [layer(states)[0]]
            if self.bidirectional:
                read = self.backwards[i](states.gather(1, turned.expand_as(states)))[0]
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
        states, after = self.embedding_dropout(self.embed(x)) if self.embedding else x, []
        for i, layer in enumerate(self.forwards):
            states, left = layer(states, None if state is None else state[i])
            states = self.dropout(states)
            after.append(left)
        return states, after

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        return (
            f"inputs={self.inputs}, cell={self.cell!r}, hidden={self.hidden}, layers={self.layers}, "
            f"bidirectional={self.bidirectional}, dropout={self.dropout.p}, embedding={self.embedding}, "
            f"memory={self.memory}, embedding_dropout={self.embedding_dropout.p}"
        )


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
