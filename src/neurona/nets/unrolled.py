"""PyTorch's recurrent layers computed step by step from their weights, with every gate and state kept."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _

State = Tensor | tuple[Tensor, Tensor] | None
Net = TypeVar("Net", bound=nn.Module)


class Unrolled(nn.Module):
    """A layer that computes what `layer` does, one step after the other in Python.

    After a call `kept` holds what was computed, a tensor `(n, hidden)` for each step under each name:
    "hidden" of all; "forget", "input", "output", "candidate" and "cell" of an LSTM (Hochreiter and Schmidhuber 1997;
    Gers and others 2000); "reset", "update" and "candidate" of a GRU (Cho and others 2014). The equations are those in
    the documentation of `torch.nn.RNN`, `torch.nn.LSTM` and `torch.nn.GRU`.

    Args:
        layer: one layer in one direction, batch first; its weights are shared.

    Raises:
        InputError: it is another kind of layer.
    """

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        if layer.num_layers > 1 or layer.bidirectional or not layer.batch_first or layer.proj_size:
            problem = _("Only single recurrent layers in one direction, batch first, can be unrolled.")
            raise InputError(problem, _("Build the net of one layer after another, as `nets.Recurrent` does."))
        self.layer = layer
        self.kept: dict[str, list[Tensor]] = {}
        self._steps = {"LSTM": self._lstm, "GRU": self._gru}.get(layer.mode, self._rnn)

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        """Return the hidden states, `(n, t, hidden)`, and the last state, as the layer would."""
        self.kept = {}
        zeros = x.new_zeros(len(x), self.layer.hidden_size)
        hidden, cell = zeros, zeros
        if isinstance(state, tuple):
            hidden, cell = state[0][0], state[1][0]
        elif state is not None:
            hidden = state[0]
        for step in x.unbind(1):
            hidden, cell = self._steps(step, hidden, cell)
            self._keep(hidden=hidden)
        states = torch.stack(self.kept["hidden"], 1)
        last = hidden.unsqueeze(0)
        return states, (last, cell.unsqueeze(0)) if self.layer.mode == "LSTM" else last

    def _rnn(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        total = self._from("ih", x) + self._from("hh", hidden)
        return (total.tanh() if self.layer.mode == "RNN_TANH" else total.relu()), cell

    def _lstm(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        parts = (self._from("ih", x) + self._from("hh", hidden)).chunk(4, -1)
        let_in, forget, candidate, output = parts[0].sigmoid(), parts[1].sigmoid(), parts[2].tanh(), parts[3].sigmoid()
        cell = forget * cell + let_in * candidate
        self._keep(forget=forget, input=let_in, output=output, candidate=candidate, cell=cell)
        return output * cell.tanh(), cell

    def _gru(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        reset_x, update_x, new_x = self._from("ih", x).chunk(3, -1)
        reset_h, update_h, new_h = self._from("hh", hidden).chunk(3, -1)
        reset, update = (reset_x + reset_h).sigmoid(), (update_x + update_h).sigmoid()
        candidate = (new_x + reset * new_h).tanh()
        self._keep(reset=reset, update=update, candidate=candidate)
        return (1 - update) * candidate + update * hidden, cell

    def _from(self, where: str, x: Tensor) -> Tensor:
        weight: Tensor = getattr(self.layer, f"weight_{where}_l0")
        return nn.functional.linear(x, weight, getattr(self.layer, f"bias_{where}_l0", None))

    def _keep(self, **tensors: Tensor) -> None:
        for name, tensor in tensors.items():
            self.kept.setdefault(name, []).append(tensor)


def unrolled(net: Net) -> Net:
    """Return a copy of `net` in which each recurrent layer is `Unrolled`; it computes the same.

    Raises:
        InputError: it has a layer that cannot be unrolled.
    """
    whole = copy.deepcopy(net)
    for name, module in list(whole.named_modules()):
        if isinstance(module, nn.RNNBase):
            whole.set_submodule(name, Unrolled(module))
    return whole
