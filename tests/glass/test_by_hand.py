"""The numbers that textbooks compute by hand."""

from __future__ import annotations

import numpy as np
import pytest

from neurona import glass


def numbers(*values: float) -> list[glass.Tensor]:
    return [glass.Tensor(value, requires_grad=True) for value in values]


def test_reverse_mode() -> None:
    w0, w1, w2 = numbers(-3.0, 2.0, -3.0)
    x1, x2 = numbers(-1.0, -2.0)
    one, two = (w1 * x1).retain_grad(), (w2 * x2).retain_grad()
    inner = (w0 + one + two).retain_grad()
    power = glass.exp(-inner).retain_grad()
    bottom = (1 + power).retain_grad()
    f = 1 / bottom
    f.backward()
    assert [one.item(), two.item(), inner.item()] == [-2.0, 6.0, 1.0]
    assert [power.item(), bottom.item(), f.item()] == pytest.approx([0.3679, 1.3679, 0.7311], abs=5e-5)
    assert [bottom.grad.item(), power.grad.item(), inner.grad.item()] == pytest.approx(
        [-0.5344, -0.5344, 0.1966], abs=5e-5
    )
    assert [w.grad.item() for w in (w0, w1, w2)] == pytest.approx([0.1966, -0.1966, -0.3932], abs=5e-5)
    assert [x.grad.item() for x in (x1, x2)] == pytest.approx([0.3932, -0.5898], abs=5e-5)


def test_gradient_tape() -> None:
    (x,) = numbers(5.0)
    (x**3).backward()
    assert x.grad.item() == 75.0
    v = glass.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (v**2).backward(np.array([1.0, 10.0, 100.0]))  # a vector output with an external gradient
    assert v.grad.numpy().tolist() == [2.0, 40.0, 600.0]
    _, rate = glass.jvp(lambda t: t**2, [v.numpy()], [np.array([1.0, 10.0, 100.0])])
    assert rate.numpy().tolist() == [2.0, 40.0, 600.0]
    with glass.no_grad():
        assert (x**3).is_leaf
    assert not x.detach().requires_grad


def test_a_new_primitive_with_its_own_backward() -> None:
    @glass.primitive(lambda x, y: y)
    def exponential(x: np.ndarray) -> np.ndarray:
        return np.exp(x)

    (x,) = numbers(1.5)
    y = exponential(x)
    assert (y.operation.name, y.item()) == ("exponential", np.exp(1.5))
    y.backward()
    assert x.grad.item() == np.exp(1.5)
    assert glass.gradcheck(exponential, [np.array([[0.1, -2.0]])])
    assert glass.gradgradcheck(exponential, [np.array([[0.1, -2.0]])])


def test_forward_by_hand() -> None:
    x = np.array([[0.0, 0.0, 0.0, 1.0]])
    hidden, output = glass.Linear(4, 2), glass.Linear(2, 1)
    hidden.load_state_dict({"weight": [[0, 0, 0, 0], [0, 0, 0, 0.5]], "bias": [-3, 0]})
    output.load_state_dict({"weight": [[2, 4]], "bias": [1]})
    between = hidden(x)
    y = output(between)
    assert between.numpy().tolist() == [[-3.0, 0.5]]
    assert y.item() == -3.0
    shapes = [tensor.shape for tensor in (hidden.weight, hidden.bias, between, output.weight, output.bias, y)]
    assert shapes == [(2, 4), (2,), (1, 2), (1, 2), (1,), (1, 1)]


def test_backprop_2_2_1() -> None:
    rng = np.random.default_rng(0)
    x, target, rate = np.array([[0.35, 0.9]]), np.array([[0.5]]), 0.5
    w, v = rng.normal(size=(2, 2)), rng.normal(size=(1, 2))
    net = glass.Sequential(glass.Linear(2, 2, False), glass.Sigmoid(), glass.Linear(2, 1, False), glass.Sigmoid())
    net.load_state_dict({"0.weight": w, "2.weight": v})
    loss = 0.5 * ((net(x) - target) ** 2).sum()
    optimizer = glass.SGD(net.parameters(), lr=rate)
    loss.backward()
    optimizer.step()
    h = 1 / (1 + np.exp(-x @ w.T))
    y = 1 / (1 + np.exp(-h @ v.T))
    delta_out = (y - target) * y * (1 - y)
    delta_hidden = delta_out @ v * h * (1 - h)
    assert loss.item() == pytest.approx(0.5 * ((y - target) ** 2).item(), rel=1e-14)
    np.testing.assert_allclose(net.state_dict()["2.weight"].numpy(), v - rate * delta_out.T @ h, rtol=1e-14)
    np.testing.assert_allclose(net.state_dict()["0.weight"].numpy(), w - rate * delta_hidden.T @ x, rtol=1e-14)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_delta_rule_for_any_number_of_layers(layers: int) -> None:
    rng = np.random.default_rng(layers)
    weights = [glass.Tensor(rng.normal(size=(4, 4)), requires_grad=True) for _ in range(layers)]
    target = rng.normal(size=4)
    outputs, sums = [glass.Tensor(rng.normal(size=4))], []
    for number, w in enumerate(weights):
        sums.append((w @ outputs[-1]).retain_grad())
        outputs.append(sums[-1] if number == layers - 1 else glass.tanh(sums[-1]))
    (((outputs[-1] - target) ** 2).sum() / 2).backward()
    delta = outputs[-1].numpy() - target  # delta_out = y_hat - y
    for i in reversed(range(layers)):
        np.testing.assert_allclose(sums[i].grad.numpy(), delta, rtol=1e-12)
        np.testing.assert_allclose(weights[i].grad.numpy(), np.outer(delta, outputs[i].numpy()), rtol=1e-12)
        slope = 1 - outputs[i].numpy() ** 2
        delta = (weights[i].numpy().T @ delta) * slope  # delta_i = (sum_j delta_j w_ij) g'(a_i)


def test_cross_entropy_of_five_probabilities() -> None:
    p, y = np.array([0.775, 0.116, 0.884, 0.744, 0.320]), np.array([1.0, 0, 1, 0, 0])
    terms = glass.binary_cross_entropy(glass.Tensor(p), glass.Tensor(y), "none")
    expected = [-np.log(0.775), -np.log(0.884), -np.log(0.884), -np.log(0.256), -np.log(0.680)]
    np.testing.assert_allclose(terms.numpy(), expected, rtol=1e-14)
    assert round(glass.binary_cross_entropy(glass.Tensor(p), glass.Tensor(y)).item(), 3) == 0.450


def test_same_accuracy_with_other_cross_entropies() -> None:
    targets = np.array([2, 1, 0])
    hesitant = np.log([[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
    confident = np.log([[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]])
    found = []
    for logits in (hesitant, confident):
        assert (glass.Tensor(logits).argmax(1) == targets).mean() == pytest.approx(2 / 3)
        found.append(round(glass.cross_entropy(glass.Tensor(logits), targets, "sum").item(), 2))
    assert found == [4.14, 1.92]


def test_a_right_answer_costs_nothing_and_a_wrong_one_without_bound() -> None:
    for size in (10.0, 100.0, 1000.0):
        right, wrong = (glass.cross_entropy(glass.Tensor([[size, 0.0]]), np.array([k])).item() for k in (0, 1))
        assert right < np.exp(-size) + 1e-12
        assert wrong == pytest.approx(size, abs=1e-4)


def test_five_steps() -> None:
    net = glass.Linear(1, 1)
    net.load_state_dict({"weight": [[2.0]], "bias": [1.0]})
    optimizer = glass.SGD(net.parameters(), lr=0.1)
    x, y = np.array([[1.0], [3.0]]), np.array([[2.0], [4.0]])
    outputs = net(x)  # 3, 7
    loss = glass.mse_loss(outputs, glass.Tensor(y))  # (1 + 9) / 2
    optimizer.zero_grad()
    loss.backward()  # by w: (1 * 1 + 3 * 3), by b: (1 + 3)
    optimizer.step()
    assert loss.item() == 5.0
    assert [p.grad.item() for p in net.parameters()] == [10.0, 4.0]
    assert [p.item() for p in net.parameters()] == pytest.approx([1.0, 0.6])
