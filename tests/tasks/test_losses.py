"""Losses against SciPy, scikit-learn, published numbers and the formulas of their papers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import huber, log_expit, log_softmax, logit
from sklearn.metrics import hinge_loss, log_loss, mean_absolute_error, mean_squared_error

from neurona.tasks import LOSSES
from neurona.tasks.losses import binary_cross_entropy, cross_entropy, half_mse, mae, mse, perceptron
from neurona.tasks.losses import huber as huber_loss

RANDOM = np.random.default_rng(0)


def tensor(values: object) -> torch.Tensor:
    return torch.tensor(np.asarray(values, dtype=np.float64))


class TestCrossEntropy:
    logits = RANDOM.normal(0, 3, (40, 5))
    y = RANDOM.integers(0, 5, 40)

    def test_it_is_the_mean_of_minus_log_softmax_at_the_class(self) -> None:
        wanted = -log_softmax(self.logits, axis=1)[np.arange(40), self.y].mean()
        assert cross_entropy(tensor(self.logits), torch.tensor(self.y)).item() == pytest.approx(wanted, rel=1e-12)

    def test_scikit_learn_agrees(self) -> None:
        probabilities = np.exp(log_softmax(self.logits, axis=1))
        wanted = log_loss(self.y, probabilities, labels=range(5))
        assert cross_entropy(tensor(self.logits), torch.tensor(self.y)).item() == pytest.approx(wanted, rel=1e-9)

    def test_two_nets_of_accuracy_two_thirds_can_have_cross_entropies_of_4_14_and_1_92(self) -> None:
        # Summed over the three samples; the probabilities of the right classes are 0.4, 0.4, 0.1 and 0.7, 0.7, 0.3.
        worse = np.log([[0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
        better = np.log([[0.1, 0.2, 0.7], [0.1, 0.7, 0.2], [0.3, 0.4, 0.3]])
        y = torch.tensor([2, 1, 0])
        for logits, published in ((worse, 4.14), (better, 1.92)):
            assert (logits.argmax(1) == y.numpy()).mean() == pytest.approx(2 / 3)
            assert 3 * cross_entropy(tensor(logits), y).item() == pytest.approx(published, abs=0.005)

    def test_its_gradient_is_softmax_minus_one_hot_over_n(self) -> None:
        logits = tensor(self.logits).requires_grad_()
        cross_entropy(logits, torch.tensor(self.y)).backward()
        wanted = (np.exp(log_softmax(self.logits, axis=1)) - np.eye(5)[self.y]) / 40
        np.testing.assert_allclose(logits.grad.numpy(), wanted, atol=1e-12)

    def test_logits_of_ten_thousand_give_exact_values_and_finite_gradients(self) -> None:
        logits = torch.tensor([[1e4, -1e4], [1e4, -1e4]], requires_grad=True)
        right, wrong = (cross_entropy(logits[:1], torch.tensor([k])) for k in (0, 1))
        assert (right.item(), wrong.item()) == (0.0, 20_000.0)
        (right + wrong).backward()
        assert logits.grad.tolist() == [[1.0, -1.0], [0.0, 0.0]]

    def test_of_an_ensemble_it_is_the_mean_over_its_members(self) -> None:
        members = tensor(RANDOM.normal(size=(3, 40, 5)))
        each = [cross_entropy(member, torch.tensor(self.y)).item() for member in members]
        assert cross_entropy(members, torch.tensor(self.y)).item() == pytest.approx(np.mean(each), rel=1e-12)


class TestBinaryCrossEntropy:
    def test_the_five_samples_of_the_course_have_a_mean_of_0_450(self) -> None:
        p = np.array([[0.775], [0.116], [0.884], [0.744], [0.320]])
        y = tensor([[1], [0], [1], [0], [0]])
        assert binary_cross_entropy(tensor(logit(p)), y).item() == pytest.approx(0.450, abs=0.0005)

    def test_it_is_the_mean_over_samples_and_labels_of_the_formula(self) -> None:
        logits, y = RANDOM.normal(0, 4, (30, 3)), RANDOM.integers(0, 2, (30, 3))
        wanted = -(y * log_expit(logits) + (1 - y) * log_expit(-logits)).mean()
        assert binary_cross_entropy(tensor(logits), tensor(y)).item() == pytest.approx(wanted, rel=1e-12)

    def test_logits_of_ten_thousand_give_exact_values_and_finite_gradients(self) -> None:
        logits = torch.tensor([[1e4], [-1e4], [1e4], [-1e4]], requires_grad=True)
        y = torch.tensor([[1.0], [0.0], [0.0], [1.0]])
        loss = binary_cross_entropy(logits, y)
        loss.backward()
        assert loss.item() == (0 + 0 + 1e4 + 1e4) / 4
        assert logits.grad.flatten().tolist() == [0.0, 0.0, 0.25, -0.25]

    def test_a_right_answer_tends_to_zero_and_a_wrong_one_to_infinity(self) -> None:
        for a in (10.0, 100.0, 1000.0):
            assert binary_cross_entropy(tensor([[a]]), tensor([[1]])).item() == pytest.approx(math.log1p(math.exp(-a)))
            assert binary_cross_entropy(tensor([[a]]), tensor([[0]])).item() == pytest.approx(a, rel=1e-4)


class TestPerceptron:
    a = RANDOM.normal(size=(30, 1))
    y = RANDOM.integers(0, 2, (30, 1)).astype(float)

    def test_it_is_the_hinge_without_its_margin(self) -> None:
        # scikit-learn's hinge is max(0, 1 - t d) with t of -1 and 1; d = a + t gives max(0, -t a).
        t = 2 * self.y - 1
        wanted = hinge_loss(t.ravel(), (self.a + t).ravel())
        assert perceptron(tensor(self.a), tensor(self.y)).item() == pytest.approx(wanted, rel=1e-12)

    def test_its_gradient_is_the_rule_of_rosenblatt(self) -> None:
        x = RANDOM.normal(size=(30, 4))
        w = tensor(RANDOM.normal(size=(4, 1))).requires_grad_()
        perceptron(tensor(x) @ w, tensor(self.y)).backward()
        fired = (x @ w.detach().numpy() >= 0).astype(float)
        np.testing.assert_allclose(-w.grad.numpy(), ((self.y - fired) * x).mean(0)[:, None], rtol=1e-10)

    def test_on_the_boundary_the_unit_fires_so_that_zero_weights_learn_from_a_no(self) -> None:
        for y, gradient in ((0.0, 1.0), (1.0, 0.0)):
            a = torch.zeros(1, 1, requires_grad=True)
            perceptron(a, torch.tensor([[y]])).backward()
            assert a.grad.item() == gradient


class TestRegression:
    values, y = RANDOM.normal(0, 2, (50, 2)), RANDOM.normal(0, 2, (50, 2))

    def test_mse_and_mae_are_those_of_scikit_learn(self) -> None:
        values, y = tensor(self.values), tensor(self.y)
        assert mse(values, y).item() == pytest.approx(mean_squared_error(self.y, self.values), rel=1e-12)
        assert half_mse(values, y).item() == pytest.approx(mean_squared_error(self.y, self.values) / 2, rel=1e-12)
        assert mae(values, y).item() == pytest.approx(mean_absolute_error(self.y, self.values), rel=1e-12)

    def test_the_derivative_of_half_a_square_is_the_error(self) -> None:
        values = tensor(self.values).requires_grad_()
        half_mse(values, tensor(self.y)).backward()
        np.testing.assert_allclose(values.grad.numpy() * values.numel(), self.values - self.y, rtol=1e-10)

    def test_huber_is_that_of_scipy(self) -> None:
        wanted = huber(1.0, self.values - self.y).mean()
        assert huber_loss(tensor(self.values), tensor(self.y)).item() == pytest.approx(wanted, rel=1e-12)

    @pytest.mark.parametrize("loss", [mse, half_mse, mae, huber_loss])
    def test_of_an_ensemble_it_is_the_mean_over_its_members(self, loss: object) -> None:
        members, y = tensor(RANDOM.normal(size=(4, 50, 2))), tensor(self.y)
        wanted = np.mean([loss(member, y).item() for member in members])  # type: ignore[operator]
        assert loss(members, y).item() == pytest.approx(wanted, rel=1e-12)  # type: ignore[operator]


def test_every_loss_is_checked_here() -> None:
    checked = {"cross-entropy", "binary-cross-entropy", "perceptron", "mse", "half-mse", "mae", "huber"}
    assert {entry.name for entry in LOSSES} == checked
