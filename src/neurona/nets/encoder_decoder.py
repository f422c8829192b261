"""Encoder and decoder: from a sequence or a picture to another sequence, of any length."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.dense import Share, Units
from neurona.nets.kinds import NETS
from neurona.nets.recurrent import Cell, Layers, Recurrent, read_as


class PictureReader(nn.Module):
    """The encoder of pictures: two convolutions, `(n, channels, height, width)` -> a vector for each place and for all.

    Args:
        channels, height, breadth: of a picture.
        width: numbers in a vector.
    """

    def __init__(self, channels: int, height: int, breadth: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, width, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        places = ((height + 1) // 2) * ((breadth + 1) // 2)
        self.whole = nn.Linear(width * places, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return vectors of the places, `(n, places, width)`, of the picture, `(n, width)`, and `(n, places)` True."""
        places = self.convolutions(x).flatten(2)
        return places.transpose(1, 2), self.whole(places.flatten(1)), torch.ones_like(places[:, 0], dtype=torch.bool)


class EncoderDecoder(nn.Module):
    """Reads the whole input, then writes the output step by step, each step told the token before.

    The encoder's vector of the whole input becomes, through an affine layer and tanh, the decoder's first state
    (Sutskever, Vinyals and Le 2014; Cho and others 2014). With attention each step also looks at the encoder's states
    (Luong, Pham and Manning 2015: "general" score, equations 5 to 8).

    Args:
        shape: of a sample: `(t,)` tokens, `(t, d)` numbers, or `(channels, height, width)`.
        tokens: how many different tokens the input has; 0 when it is numbers or pictures.
        outputs: how many different tokens the output has.
        steps: how long an output is at most.
        cell, hidden, layers, dropout: of encoder and decoder, see `Recurrent`.
        bidirectional: whether the encoder also reads backwards.
        attention: whether each step looks at the encoder's states.
        embedding: numbers that stand for a token, of the input and of the output.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        tokens: int,
        outputs: int,
        steps: int,
        cell: str = "lstm",
        hidden: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        attention: bool = False,
        dropout: float = 0.0,
        embedding: int = 32,
    ) -> None:
        super().__init__()
        self.shape, self.tokens, self.outputs, self.steps = tuple(shape), tokens, outputs, steps
        self.bidirectional, self.attention = bidirectional, attention
        self.encoder: PictureReader | Recurrent
        if len(shape) == 3:
            self.encoder = PictureReader(*shape, hidden)
        else:
            given = (tokens, embedding) if tokens else (shape[1], 0)
            self.encoder = Recurrent(given[0], cell, hidden, layers, bidirectional, dropout, given[1])
        self.decoder = Recurrent(outputs + 1, cell, hidden, layers, dropout=dropout, embedding=embedding)
        self.parts = 2 if cell == "lstm" else 1
        self.bridge = nn.Linear(self.encoder.width, layers * self.parts * hidden)
        if attention:
            self.score = nn.Linear(hidden, self.encoder.width, bias=False)
            self.combine = nn.Linear(self.encoder.width + hidden, hidden)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Return logits, `(n, steps, outputs)`.

        Args:
            x: samples of `shape`.
            y: the right tokens, `(n, steps)`, -100 beyond the end: each step is told the one before it (teacher
                forcing). Without them each step is told the likeliest token of the step before (greedy decoding).
        """
        memory, end, there = self.encoder(x)
        state = self.begin(end)
        token = torch.zeros(x.shape[0], 1, dtype=torch.long, device=x.device)
        if y is not None:
            told = torch.cat([token, y[:, :-1].clamp(min=-1) + 1], 1)
            return self.answer(self.decoder.step(told, state)[0], memory, there)
        logits = []
        for _step in range(self.steps):
            states, state = self.decoder.step(token, state)
            logits.append(self.answer(states, memory, there))
            token = logits[-1].argmax(-1) + 1
        return torch.cat(logits, 1)

    def begin(self, end: Tensor) -> list[Tensor | tuple[Tensor, Tensor]]:
        """Return the decoder's first state, one for each layer, from the encoder's vector `(n, width)`."""
        layers = self.bridge(end).tanh().unflatten(1, (-1, self.parts, 1, self.decoder.hidden)).movedim(0, 3)
        return [tuple(layer) if self.parts == 2 else layer[0] for layer in layers.contiguous()]

    def answer(self, states: Tensor, memory: Tensor, there: Tensor) -> Tensor:
        """Return the logits of decoder states `(n, steps, hidden)`, given the encoder's vectors and where they are."""
        if self.attention:
            context = self.attend(states, memory, there) @ memory
            states = self.combine(torch.cat([context, states], -1)).tanh()
        logits: Tensor = self.output(states)
        return logits

    def attend(self, states: Tensor, memory: Tensor, there: Tensor) -> Tensor:
        """Return how much each step looks at each of the encoder's vectors, `(n, steps, t)`; rows add up to 1."""
        scores = self.score(states) @ memory.transpose(1, 2)
        weights: Tensor = scores.masked_fill(~there.unsqueeze(1), float("-inf")).softmax(-1)
        return weights

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        decoder = self.decoder
        return (
            f"shape={self.shape}, tokens={self.tokens}, outputs={self.outputs}, steps={self.steps}, "
            f"cell={decoder.cell!r}, hidden={decoder.hidden}, layers={decoder.layers}, "
            f"bidirectional={self.bidirectional}, attention={self.attention}, dropout={decoder.dropout.p}, "
            f"embedding={decoder.embedding}"
        )


@NETS.register("encoder-decoder", "Reads a sequence or a picture as a whole, then writes another sequence step by step")
def encoder_decoder(
    shape: tuple[int, ...],
    outputs: int,
    tokens: int = 0,
    steps: int = 0,
    *,
    cell: Cell = "lstm",
    hidden: Units = 64,
    layers: Layers = 1,
    bidirectional: bool = False,
    attention: bool = False,
    dropout: Share = 0.0,
    embedding: Annotated[int, Field(gt=0, le=1_000_000)] = 32,
) -> EncoderDecoder:
    """Return a net that reads sequences or pictures and gives `(n, steps, outputs)`; see `EncoderDecoder`.

    Raises:
        InputError: the samples are neither sequences nor pictures, or the target is no sequence.
    """
    if len(shape) != 3:
        read_as(shape, tokens, embedding)
    if not steps:
        problem = _("encoder-decoder writes a sequence, and the data have one answer for each sample.")
        raise InputError(problem, _('Write net.kind = "sequence-classifier".'))
    return EncoderDecoder(
        shape, tokens, outputs, steps, cell, hidden, layers, bidirectional, attention, dropout, embedding
    )
