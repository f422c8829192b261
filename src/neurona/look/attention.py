"""Where a decoder looks while it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Steps, Tokens
from neurona.language import _
from neurona.look.evidence import Evidence
from neurona.look.gates import are_words, step_labels
from neurona.look.style import SMALL, dress, panels, plain
from neurona.nets import EncoderDecoder
from neurona.recurrence import steps
from neurona.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 3


def suits(seen: Evidence) -> bool:
    """Tell whether the run translates sequences with attention."""
    net = seen.net
    return isinstance(net, EncoderDecoder) and net.attention and isinstance(seen.run.inputs, Tokens | Steps)


def attention_weights(run: Run | Evidence) -> Figure:
    """Return for three of the longest judged samples how much each written step looked at each step that was read.

    Raises:
        InputError: the figure does not suit the run, or its data or net are not to be had.
    """
    seen = Evidence.of(run, suits)
    inputs, net, split = seen.run.inputs, seen.net, seen.split(seen.judged)
    assert isinstance(inputs, Tokens | Steps) and isinstance(net, EncoderDecoder)
    x = inputs.prepare(split.x)
    lengths = steps(x, inputs)
    rows = torch.argsort(lengths, descending=True, stable=True)[:SHOWN]
    with torch.inference_mode():
        weights, written = looks(net, x[rows])
    drawn, axes = panels(1, len(rows), 3.9 * len(rows), 3.7)
    classes = seen.classes
    for panel, row, weight, answer in zip(axes[0], rows.tolist(), weights, written, strict=True):
        read, wrote = int(lengths[row]), int((split.y[row] != NO_ANSWER).sum())
        panel.imshow(
            weight[:wrote, :read].numpy(), cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest"
        )
        dress(panel, "", _("read"), _("written"), rules=False)
        labels = step_labels(x[row, :read], inputs)
        upright = are_words(labels)
        panel.set_xticks(range(read), labels, rotation=90 if upright else 0, fontsize=SMALL - 1)
        panel.set_yticks(range(wrote), [plain(classes[k], 12) for k in answer[:wrote].tolist()], fontsize=SMALL - 1)
    return drawn


def looks(net: EncoderDecoder, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weights of the attention, `(n, steps, t)`, and what is written meanwhile, `(n, steps)` classes."""
    memory, end, there = net.encoder(x)
    written = net(x).argmax(-1)
    told = torch.cat([torch.zeros_like(written[:, :1]), written[:, :-1] + 1], 1)
    states, _state = net.decoder.step(told, net.begin(end))
    return net.attend(states, memory, there), written
