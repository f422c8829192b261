"""Layers computed step by step give what PyTorch's give, and keep their gates."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neurona.errors import InputError
from neurona.nets import SequenceClassifier, SequenceLabeller
from neurona.nets.unrolled import Unrolled, unrolled

LAYERS = {
    "RNN": lambda **options: nn.RNN(3, 5, batch_first=True, **options),
    "ReLU": lambda **options: nn.RNN(3, 5, batch_first=True, nonlinearity="relu", **options),
    "LSTM": lambda **options: nn.LSTM(3, 5, batch_first=True, **options),
    "GRU": lambda **options: nn.GRU(3, 5, batch_first=True, **options),
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", LAYERS)
def test_step_by_step_gives_the_same_states(kind: str, bias: bool) -> None:
    torch.manual_seed(0)
    layer, x = LAYERS[kind](bias=bias), torch.randn(4, 7, 3)
    states, last = layer(x)
    ours, our_last = Unrolled(layer)(x)
    torch.testing.assert_close(ours, states)
    torch.testing.assert_close(our_last, last)
    again, after = layer(x, last)
    ours, our_after = Unrolled(layer)(x, last)
    torch.testing.assert_close(ours, again)
    torch.testing.assert_close(our_after, after)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_gates_are_those_of_torchs_cell_made_to_show_them(kind: str) -> None:
    """The gates kept, put together by the published equations, give the state that PyTorch's cell gives."""
    torch.manual_seed(0)
    layer, x = LAYERS[kind](), torch.randn(4, 7, 3)
    kept = layer_kept(layer, x)
    cell = nn.LSTMCell(3, 5) if kind == "LSTM" else nn.GRUCell(3, 5)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in layer.state_dict().items()})
    state = (torch.zeros(4, 5), torch.zeros(4, 5)) if kind == "LSTM" else torch.zeros(4, 5)
    for t in range(7):
        before, state = state, cell(x[:, t], state)
        gates = {name: steps[t] for name, steps in kept.items()}
        if kind == "LSTM":
            memory = gates["forget"] * before[1] + gates["input"] * gates["candidate"]
            torch.testing.assert_close(memory, state[1])
            torch.testing.assert_close(gates["cell"], state[1])
            torch.testing.assert_close(gates["output"] * memory.tanh(), state[0])
        else:
            hidden = (1 - gates["update"]) * gates["candidate"] + gates["update"] * before
            torch.testing.assert_close(hidden, state)
    for name in {"forget", "input", "output", "reset", "update"} & set(kept):
        assert all(((gate > 0) & (gate < 1)).all() for gate in kept[name])


def layer_kept(layer: nn.RNNBase, x: torch.Tensor) -> dict[str, list[torch.Tensor]]:
    copy = Unrolled(layer)
    copy(x)
    return copy.kept


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_whole_net_unrolled_computes_the_same(cell: str) -> None:
    torch.manual_seed(0)
    for net in (
        SequenceClassifier(12, 3, cell, 5, 2, True, embedding=4),
        SequenceLabeller(12, 3, cell, 5, 2, True, embedding=4),
    ):
        copy, x = unrolled(net.eval()), torch.randint(1, 12, (4, 7))
        torch.testing.assert_close(copy(x), net(x))
        assert sum(isinstance(module, Unrolled) for module in copy.modules()) == 4
        assert not any(isinstance(module, Unrolled) for module in net.modules())


def test_layers_stacked_within_one_module_are_refused() -> None:
    with pytest.raises(InputError, match="single recurrent layers"):
        unrolled(nn.Sequential(nn.LSTM(3, 5, num_layers=2, batch_first=True)))
