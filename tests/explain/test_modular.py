"""One sample of a net of any kind, module by module, against PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from derivations import assert_lines_hold, differences
from kinds import RECIPES
from recipes import train
from torch import nn

from neurona.data.dataset import Target
from neurona.errors import InputError
from neurona.explain.calls import run_through
from neurona.explain.drawing import draw
from neurona.explain.layers import forward_lines, largest, passed_lines, weight_lines
from neurona.explain.modular import whole_sequence
from neurona.explain.page import page
from neurona.explain.trained import explain_run
from neurona.nets.activations import ACTIVATIONS
from neurona.nets.known import resnet18
from neurona.run import Run
from neurona.tasks import task_of


@pytest.fixture(scope="module", params=RECIPES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = RECIPES[request.param]
    options = {"epochs": 1, "batch": 64, **recipe.get("fit", {})}
    path = tmp_path_factory.mktemp("run") / "run"
    return train({"name": "small", **recipe, "fit": options}, path)


def test_every_kind_of_net_is_opened_and_agrees_with_pytorch(run: Run) -> None:
    for sample in (0, 3):
        explanation = explain_run(run, sample)
        assert_lines_hold(explanation)
        assert max(differences(explanation)) < 1e-10
        assert len(explanation.graph.vertices) < 200
        assert all(np.isfinite(vertex.value).all() for vertex in explanation.graph.vertices)
    assert draw(explanation.graph).startswith("<svg")
    assert "slider" in page(explanation)


TASK = task_of("multiclass", Target(("t",), ("a", "b", "c")), None)


def opened(net: nn.Module, shape: tuple[int, ...]) -> None:
    """Check each line of each layer of a net, forward and back, against what PyTorch computed."""
    torch.manual_seed(6)
    net = net.double().eval()
    gone = run_through(net, TASK, torch.randn(1, *shape, dtype=torch.float64), torch.tensor([1]))
    assert {call.name for call in gone.calls} == {name for name, module in net.named_children()}
    lines = []
    for call in gone.calls:
        delta = gone.graph[call.label].gradient
        assert delta is not None
        found = [*forward_lines(call, largest(delta)), *weight_lines(call, gone.gradients, delta)]
        (edge,) = [edge for edge in gone.graph[call.label].operands if edge.source not in gone.gradients]
        if edge.gradient is not None and edge.gradient.shape == call.inputs[0].shape:
            found += passed_lines(call, delta, edge.source, edge.gradient)
        assert found or call.kind in ("Flatten", "Dropout")
        lines += found
    for line in lines:
        assert line._holds(17), line.text


def test_layers_of_pictures() -> None:
    opened(
        nn.Sequential(
            nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2), groups=2),
            nn.BatchNorm2d(6),
            nn.LeakyReLU(0.2),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(6, 4, 3, padding="same", bias=False),
            nn.AvgPool2d(2),
            nn.AdaptiveAvgPool2d((4, 5)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 3),
        ),
        (4, 12, 12),
    )


@pytest.mark.parametrize("name", [entry.name for entry in ACTIVATIONS if entry.name != "identity"])
def test_every_activation(name: str) -> None:
    net = nn.Sequential(nn.Linear(5, 4), ACTIVATIONS[name].make(), nn.Linear(4, 3))
    opened(net, (5,))


class Reader(nn.Module):
    """A recurrent layer whose last step is judged."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.output = layer, nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        states = self.layer(x)[0]
        return self.output((states * states).sum(1))


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("bias", [True, False])
def test_gates(kind: type[nn.RNNBase], bias: bool) -> None:
    torch.manual_seed(2)
    net = Reader(kind(2, 4, batch_first=True, bias=bias)).double().eval()
    gone = run_through(net, TASK, torch.randn(1, 6, 2, dtype=torch.float64), torch.tensor([1]))
    call = gone.calls[0]
    for step in (0, 5):
        lines = forward_lines(call, (0, step, 2))
        assert lines[-1].result == pytest.approx(float(call.output[0, step, 2]))
        assert all(line._holds(17) for line in lines)
    assert len(lines) == {nn.RNN: 1, nn.LSTM: 10, nn.GRU: 6}[kind]


class InPlace(nn.Module):
    """A residual block that writes over what it has computed, as those of torchvision do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.relu, self.output = nn.ReLU(inplace=True), nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.conv(x))
        y += x
        return self.output(self.relu(y).flatten(1))


def test_what_works_in_place_is_opened_with_what_it_read() -> None:
    torch.manual_seed(4)
    net, x, y = InPlace().double().eval(), torch.randn(1, 2, 4, 4, dtype=torch.float64), torch.tensor([1])
    gone = run_through(net, TASK, x, y)
    calls = {call.name: call for call in gone.calls}
    assert np.allclose(calls["relu"].inputs[0], calls["norm"].output + x.numpy(), atol=1e-15)
    assert (calls["relu"].inputs[0] < 0).any() and (calls["relu"].output >= 0).all()
    nn.functional.cross_entropy(net(x), y).backward()
    for name, parameter in net.named_parameters():
        assert np.allclose(gone.gradients[name], parameter.grad, atol=1e-12)


def test_a_residual_net_of_torchvision_is_opened() -> None:
    torch.manual_seed(5)
    net, y = resnet18((1, 8, 8), 3, stem="small").double().eval(), torch.tensor([2])
    x = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    gone = run_through(net, TASK, x, y)
    nn.functional.cross_entropy(net(x), y).backward()
    for name, parameter in net.named_parameters():
        assert np.allclose(gone.gradients[name], parameter.grad, atol=1e-10)


def test_what_cannot_be_opened_is_said_and_not_blamed_on_an_engine() -> None:
    class Strange(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.output = nn.Linear(4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.special.bessel_j0(self.output(x))

    with pytest.raises(InputError, match="does not know PyTorch's special") as raised:
        run_through(Strange().double().eval(), TASK, torch.randn(1, 4, dtype=torch.float64), torch.tensor([1]))
    assert "fit.engine" not in raised.value.hint and "only its steps" in raised.value.hint


def test_a_shared_layer_appears_at_each_call_and_skips_join() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.act = nn.Linear(3, 3), nn.Tanh()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.act(self.layer(self.layer(x)))

    net = Twice().double().eval()
    gone = run_through(net, TASK, torch.randn(1, 3, dtype=torch.float64), torch.tensor([2]))
    assert [call.label for call in gone.calls] == ["layer", "layer (2)", "act"]
    joined = next(vertex for vertex in gone.graph.vertices if vertex.operation == "add")
    assert {edge.source for edge in joined.operands} == {"x", "act"}


def test_padding_is_cut_from_a_single_sequence() -> None:
    numbers = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [torch.nan, torch.nan]]])
    x, y = whole_sequence("labelling", numbers, torch.tensor([[1, 0, -100]]))
    assert x.tolist() == [[[1.0, 2.0], [3.0, 4.0]]] and y.tolist() == [[1, 0]]
    x, y = whole_sequence("translation", torch.tensor([[4, 5, 0, 0]]), torch.tensor([[7, 8, 9]]))
    assert x.tolist() == [[4, 5]] and y.tolist() == [[7, 8, 9]]
    assert whole_sequence("multiclass", torch.ones(1, 4), torch.tensor([1]))[0].shape == (1, 4)


def test_a_run_of_the_command_line_is_named_like_a_dense_one(tmp_path: Path) -> None:
    recipe = {"data": {"name": "digits", "samples": 60}, "net": {"kind": "conv", "layers": ["conv 2 3", "relu"]}}
    run = train({"name": "tiny", **recipe, "fit": {"epochs": 1}}, tmp_path / "run")
    assert explain_run(run, 1, "train").title == "tiny: sample 1 of train, forward and backward"
