"""Whole trainings against an independent solution, a theorem, or the number that the course expects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Perceptron
from training import train

from neurona.data import load
from neurona.fit import Fit
from neurona.fit.batches import Batches
from neurona.nets import linear, mlp, perceptron
from neurona.recipe import Recipe


def trained(name: str, *changes: str) -> Fit:
    fit = Recipe.read(name, changes).start()
    for _epoch in fit:
        pass
    return fit


def weights_and_bias(fit: Fit) -> np.ndarray:
    weights, bias = (p.detach().double().numpy() for p in fit.net.parameters())
    return np.append(weights, bias)


def test_linear_regression_finds_the_least_squares() -> None:
    fit = trained("linear-regression")
    x, y = fit.data.train.x.double().numpy(), fit.data.train.y.double().numpy()
    solved, *_rest = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)
    np.testing.assert_allclose(weights_and_bias(fit), solved.ravel(), atol=1e-3)


def test_its_weights_in_euros_are_those_that_made_the_prices() -> None:
    fit = trained("linear-regression", "data.noise=0", "data.samples=400")
    columns, scale = fit.data.inputs.columns, fit.data.target.scale[0]
    slopes = [weight * scale / column.scale for weight, column in zip(weights_and_bias(fit), columns, strict=False)]
    assert slopes == pytest.approx([2.5, -6.0], rel=1e-3)  # price = 50 + 2.5 area - 6 distance


def test_logistic_regression_agrees_with_scikit_learn() -> None:
    fit = trained("logistic-regression")
    x, y = fit.data.train.x.double().numpy(), fit.data.train.y.squeeze(1).numpy()
    solver = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(x, y)
    np.testing.assert_allclose(weights_and_bias(fit), np.append(solver.coef_, solver.intercept_), atol=1e-3)


def test_its_first_step_is_along_the_gradient_of_the_course() -> None:
    data = load("moons", noise=0.3)
    fit = train(linear(2, 1), data, optimizer="sgd", lr=1.0, batch="full", epochs=1)
    x, y = np.column_stack([data.train.x, np.ones(len(data.train))]), data.train.y.numpy()
    h = np.full_like(y, 0.5)  # the sigmoid of zero weights
    np.testing.assert_allclose(weights_and_bias(fit), -(x.T @ (h - y)).ravel() / len(y), atol=1e-6)


@pytest.fixture(scope="module")
def loans() -> Fit:
    fit = Recipe.read("perceptron").start()
    for epoch in fit:
        if epoch.train["loss"] == 0:
            break
    return fit


class TestPerceptron:
    def test_on_separable_loans_it_ends_without_errors(self, loans: Fit) -> None:
        assert loans.evaluate(loans.data.train)["accuracy"] == 1.0
        x, y = loans.data.train.x.numpy(), loans.data.train.y.squeeze(1).numpy()
        assert Perceptron(max_iter=1000, tol=None).fit(x, y).score(x, y) == 1.0

    def test_then_the_rule_rests(self, loans: Fit) -> None:
        assert loans.history[-1]["train_loss"] == 0.0

    def test_on_xor_it_never_gets_more_than_three_corners_right(self) -> None:
        fit = trained("perceptron-xor", "data.noise=0", "data.valid=0", "data.test=0")
        assert max(row["train_accuracy"] for row in fit.history) < 1
        assert fit.evaluate(fit.data.train)["accuracy"] <= 0.75
        assert min(row["train_loss"] for row in fit.history) > 0

    def test_each_step_is_the_rule_of_rosenblatt(self) -> None:
        data = load("loans", samples=60)
        fit = train(perceptron(4, 1), data, loss="perceptron", optimizer="sgd", lr=0.5, batch=1, epochs=2, seed=9)
        w = np.zeros(5)
        batches = Batches(data, 1, torch.device("cpu"), torch.Generator().manual_seed(9))
        for _epoch in range(2):
            for x, y in batches:
                sample = np.append(x.double().numpy(), 1.0)
                fired = float(w @ sample >= 0)
                w += 0.5 * (y.item() - fired) * sample
        np.testing.assert_allclose(weights_and_bias(fit), w, atol=1e-4)


def test_the_spiral_is_learned_to_99_percent() -> None:
    fit = trained("spiral")
    assert fit.evaluate(fit.data.test)["accuracy"] >= 0.99


def test_two_affine_layers_with_nothing_between_stay_near_half() -> None:
    fit = trained("spiral-linear")
    assert 0.35 < fit.evaluate(fit.data.test)["accuracy"] < 0.65


def test_a_step_activation_stops_all_learning_before_it() -> None:
    data = load("moons")
    torch.manual_seed(0)
    net = mlp(2, [10], 1, activation="step")
    before = net.hidden1.weight.clone()
    train(net, data, epochs=2)
    assert torch.equal(net.hidden1.weight, before)


def test_mnist_with_5000_pictures_is_read_to_88_percent_after_three_epochs(mnist_data: Path) -> None:
    data = load("mnist", samples=5000)
    torch.manual_seed(0)
    fit = train(mlp(784, [100], 10), data, lr=0.003, batch=64, epochs=3)
    assert len(data.test) == 10_000
    assert fit.evaluate(data.test)["accuracy"] > 0.88
