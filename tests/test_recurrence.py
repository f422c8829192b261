"""What is told of the inside of a recurrent net agrees with PyTorch's cells, run by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import neurona as nr
from neurona.data.inputs import Steps, Tokens
from neurona.errors import InputError
from neurona.measure import measure
from neurona.nets import EncoderDecoder, Recurrent, SequenceClassifier, SequenceLabeller
from neurona.recurrence import gradients_through_time, last_alone, powers, read, reader, steps
from neurona.tasks import Labelling, Multiclass, Regression

CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


def cell_of(layer: nn.RNNBase, kind: str) -> nn.RNNCellBase:
    cell = CELLS[kind](layer.input_size, layer.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in layer.state_dict().items()})
    return cell


@pytest.mark.parametrize("kind", CELLS)
def test_gradients_are_those_of_the_states_of_pytorchs_cells(kind: str) -> None:
    torch.manual_seed(0)
    net, x, y = SequenceClassifier(2, 3, kind, 5), torch.randn(4, 7, 2), torch.tensor([0, 2, 1, 1])
    cell = cell_of(net.recurrent.forwards[0], kind)
    state, states = None, []
    for step in x.unbind(1):
        state = cell(step, state)
        states.append(state if kind == "lstm" else (state,))
        for part in states[-1]:
            part.retain_grad()
    functional.cross_entropy(net.output(states[-1][0]), y, reduction="sum").backward()
    (found,) = gradients_through_time(net, Multiclass(classes=3), x, y)
    assert list(found) == (["hidden", "cell"] if kind == "lstm" else ["hidden"])
    for number, norms in enumerate(found.values()):
        by_hand = torch.stack([parts[number].grad.norm(dim=1).mean() for parts in states])
        torch.testing.assert_close(norms, by_hand)
    assert all(p.grad is None for p in net.recurrent.parameters())


def test_of_answers_at_each_step_the_last_one_counts() -> None:
    torch.manual_seed(0)
    net, x = SequenceLabeller(9, 3, "rnn", 5, 2, embedding=4), torch.randint(1, 9, (2, 6))
    y = torch.randint(0, 3, (2, 6))
    assert last_alone(torch.tensor([[1, 2, 0], [1, -100, -100]])).tolist() == [[-100, -100, 0], [1, -100, -100]]
    first, second = gradients_through_time(net, Labelling(classes=3), x, y)
    other = y.clone()
    other[:, :-1] = (y[:, :-1] + 1) % 3
    torch.testing.assert_close(
        gradients_through_time(net, Labelling(classes=3), x, other)[0]["hidden"], first["hidden"]
    )
    assert first["hidden"].shape == second["hidden"].shape == (6,)


def test_an_rnn_that_only_feeds_on_itself_has_the_gradient_w_to_the_m() -> None:
    net = SequenceClassifier(1, 1, "rnn", 1)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.recurrent.forwards[0].weight_hh_l0.fill_(0.8)
        net.output.weight.fill_(1.0)
    x, y = torch.zeros(1, 10, 1), torch.full((1, 1), -0.5)  # tanh is the identity at 0; the loss is (0 + 0.5)^2
    (found,) = gradients_through_time(net, Regression(), x, y)
    torch.testing.assert_close(found["hidden"], 0.8 ** torch.arange(9, -1, -1.0))


def test_states_read_are_those_of_the_layers() -> None:
    torch.manual_seed(0)
    net, x = SequenceClassifier(9, 3, "lstm", 5, 2, embedding=4).eval(), torch.randint(1, 9, (2, 6))
    kept = read(net, Multiclass(classes=3), x)
    torch.testing.assert_close(kept[-1]["hidden"], net.recurrent(x)[0])
    assert [sorted(layer) for layer in kept] == [["candidate", "cell", "forget", "hidden", "input", "output"]] * 2


def test_the_reader_of_an_encoder_decoder_is_its_encoder() -> None:
    net = EncoderDecoder((6,), 12, 3, 5)
    assert reader(net) is net.encoder
    assert reader(EncoderDecoder((1, 8, 8), 0, 3, 5)) is None
    assert reader(nn.Linear(3, 2)) is None
    assert isinstance(reader(SequenceLabeller(3, 2)), Recurrent)


def test_steps_are_counted_without_padding() -> None:
    tokens = torch.tensor([[4, 2, 0], [0, 0, 0]])
    assert steps(tokens, Tokens(("", "?", "a", "b", "c"), 3)).tolist() == [2, 0]
    numbers = torch.tensor([[[1.0, 2.0], [torch.nan, torch.nan]]])
    assert steps(numbers, Steps(("a", "b"), 2)).tolist() == [1]


@pytest.mark.parametrize("radius", [0.8, 1.0, 1.25])
def test_powers_grow_like_the_spectral_radius(radius: float) -> None:
    norms = powers(radius, 200)
    assert norms[0] >= radius
    assert (norms[199] / norms[99]) ** 0.01 == pytest.approx(radius, rel=0.01)
    assert np.array_equal(norms, powers(radius, 200))


def test_counting_is_the_distance_of_the_two_weights_from_one(tmp_path: Path) -> None:
    recipe = {"data": {"name": "count-ones"}, "net": {"kind": "linear-recurrent", "u": 0.5, "w": 1.25}}
    fit = nr.Recipe.of({**recipe, "fit": {"optimizer": "sgd", "lr": 1e-12, "epochs": 1}}).start()
    for _epoch in fit:
        pass
    run = fit.save(tmp_path / "r")
    assert measure(nr.Run.open(run.path), "epochs") == 1
    with pytest.raises(InputError, match="net of your own"):
        measure(nr.Run.open(run.path), "counting")
    assert measure(run, "counting") == pytest.approx(0.5)


def test_a_run_of_another_net_does_not_count(tmp_path: Path) -> None:
    run = nr.train("linear-regression", epochs=1, out=tmp_path / "r", report=False)
    with pytest.raises(InputError, match="no linear recurrent unit"):
        measure(run, "counting")
