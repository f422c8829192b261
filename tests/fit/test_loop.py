"""The loop against the textbook's five steps written by hand in plain PyTorch, and what it promises about numbers."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from torch import nn
from torch.nn import functional
from training import assert_same_weights, dense, train

from neurona.data import Dataset, load
from neurona.data.dataset import Split
from neurona.errors import TrainingError
from neurona.fit import OPTIMIZERS, Fit
from neurona.fit.batches import Batches

CPU = torch.device("cpu")
Make = Callable[[Any], torch.optim.Optimizer]

# Each optimizer as PyTorch has it, unfused, with the settings that the paper or course means.
PLAIN: dict[str, tuple[dict[str, Any], Make]] = {
    "sgd": ({"lr": 0.1}, lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": ({"lr": 0.05}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)),
    "nesterov": ({"lr": 0.05}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
    "adagrad": ({"lr": 0.01, "eps": 1e-8}, lambda p: torch.optim.Adagrad(p, lr=0.01, eps=1e-8)),
    "adadelta": ({"rho": 0.8}, lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.8)),
    "rmsprop": ({"lr": 1e-3, "alpha": 0.9}, lambda p: torch.optim.RMSprop(p, lr=1e-3, alpha=0.9)),
    "adam": ({"betas": (0.8, 0.99)}, lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.8, 0.99))),
    "adamw": ({"weight_decay": 0.1}, lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.1)),
}


def by_hand(
    net: nn.Module,
    data: Dataset,
    make: Make,
    *,
    batch: int,
    epochs: int = 1,
    seed: int = 0,
    before_step: Callable[[], object] = lambda: None,
) -> list[tuple[float, float, int]]:
    """Train in plain PyTorch; return loss, accuracy and size of each batch."""
    optimizer = make(net.parameters())
    batches = Batches(data, batch, CPU, torch.Generator().manual_seed(seed))
    seen = []
    for _epoch in range(epochs):
        for x, y in batches:
            logits = net(x)
            loss = functional.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            before_step()
            optimizer.step()
            seen.append((loss.item(), (logits.argmax(1) == y).double().mean().item(), len(y)))
    return seen


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits", seed=1)


class TestAgainstPlainPyTorch:
    def test_every_optimizer_is_checked_here(self) -> None:
        assert {entry.name for entry in OPTIMIZERS} == set(PLAIN)

    @pytest.mark.parametrize("name", PLAIN)
    def test_an_epoch_is_forward_loss_clear_backward_step(self, name: str, digits: Dataset) -> None:
        options, make = PLAIN[name]
        ours, theirs = dense(digits), dense(digits)
        fit = train(ours, digits, optimizer=name, epochs=1, batch=50, **options)
        seen = np.array(by_hand(theirs, digits, make, batch=50))
        assert_same_weights(ours, theirs)
        loss, accuracy, size = seen.T
        row = fit.history[0]
        assert row["train_loss"] == pytest.approx(np.average(loss, weights=size), rel=1e-5)
        assert row["train_accuracy"] == pytest.approx(np.average(accuracy, weights=size), rel=1e-9)
        assert row["train_loss_std"] == pytest.approx(np.std(loss), rel=1e-4)
        assert row["train_accuracy_std"] == pytest.approx(np.std(accuracy), rel=1e-9)
        assert len(loss) == 26  # 1,259 samples in batches of 50
        assert size[-1] == 9

    def test_more_epochs_go_on_with_the_same_optimizer(self, digits: Dataset) -> None:
        ours, theirs = dense(digits), dense(digits)
        train(ours, digits, optimizer="momentum", lr=0.05, epochs=3, batch=64, seed=5)
        by_hand(theirs, digits, PLAIN["momentum"][1], batch=64, epochs=3, seed=5)
        assert_same_weights(ours, theirs, 1e-5)

    @pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adadelta", "adagrad", "rmsprop", "adam", "adamw"])
    def test_without_a_learning_rate_it_is_the_usual_one(self, name: str, digits: Dataset) -> None:
        usual = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adadelta": 1.0, "adagrad": 0.01}
        assert train(dense(digits), digits, optimizer=name, epochs=1).history[0]["lr"] == usual.get(name, 0.001)

    def test_the_sum_over_samples_steps_n_times_as_far_as_the_mean(self) -> None:
        data = load("moons", samples=100)
        n = len(data.train)
        ours, theirs = dense(data), dense(data)
        train(ours, data, optimizer="sgd", lr=0.01, reduction="sum", batch="full", epochs=20)
        train(theirs, data, optimizer="sgd", lr=0.01 * n, reduction="mean", batch="full", epochs=20)
        assert_same_weights(ours, theirs, 1e-5)

    def test_the_sum_is_over_the_samples_of_each_batch_also_of_the_smaller_last_one(self, digits: Dataset) -> None:
        ours, theirs = dense(digits), dense(digits)
        train(ours, digits, optimizer="sgd", lr=0.001, reduction="sum", batch=100, epochs=1)
        parameters = list(theirs.parameters())
        for x, y in Batches(digits, 100, CPU, torch.Generator().manual_seed(0)):
            gradients = torch.autograd.grad(functional.cross_entropy(theirs(x), y, reduction="sum"), parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= 0.001 * gradient
        assert_same_weights(ours, theirs, 1e-5)

    def test_l2_is_weight_decay_of_plain_sgd_on_weights_but_not_biases(self, digits: Dataset) -> None:
        ours, theirs = dense(digits), dense(digits)
        fit = train(ours, digits, optimizer="sgd", lr=0.1, l2=0.05, epochs=1, batch=100)

        def make(_parameters: object) -> torch.optim.Optimizer:
            weights = [p for p in theirs.parameters() if p.dim() > 1]
            biases = [p for p in theirs.parameters() if p.dim() == 1]
            return torch.optim.SGD([{"params": weights, "weight_decay": 0.05}, {"params": biases}], lr=0.1)

        seen = by_hand(theirs, digits, make, batch=100)
        assert_same_weights(ours, theirs)
        loss = np.average([loss for loss, _accuracy, _n in seen], weights=[n for _loss, _accuracy, n in seen])
        assert fit.history[0]["train_loss"] == pytest.approx(loss, rel=1e-5)  # the penalty is no part of the loss shown

    def test_weight_decay_is_that_of_the_optimizer(self, digits: Dataset) -> None:
        ours, theirs = dense(digits), dense(digits)
        train(ours, digits, optimizer="sgd", lr=0.1, weight_decay=0.05, epochs=1, batch=100)
        by_hand(theirs, digits, lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05), batch=100)
        assert_same_weights(ours, theirs)

    def test_clipping_is_that_of_pytorch(self, digits: Dataset) -> None:
        ours, theirs = dense(digits), dense(digits)
        train(ours, digits, optimizer="sgd", lr=1.0, clip=0.05, epochs=1, batch=100)
        norms: list[float] = []

        def clip() -> None:
            norms.append(nn.utils.clip_grad_norm_(theirs.parameters(), 0.05).item())

        by_hand(theirs, digits, lambda p: torch.optim.SGD(p, lr=1.0), batch=100, before_step=clip)
        assert_same_weights(ours, theirs)
        assert max(norms) > 0.05  # or nothing was clipped

    def test_validation_is_in_evaluation_mode_after_the_epoch(self, digits: Dataset) -> None:
        net = dense(digits, dropout=0.9, batch_norm=True)
        fit = Fit(net, digits, epochs=2)
        for epoch in fit:
            judged = copy.deepcopy(net).eval()
            with torch.no_grad():
                probabilities = judged(digits.inputs.prepare(digits.valid.x)).double().softmax(1)
            wanted = log_loss(digits.valid.y, probabilities, labels=range(10))
            assert epoch.valid["loss"] == pytest.approx(wanted, rel=1e-5)
            assert epoch.valid["accuracy"] == (probabilities.argmax(1) == digits.valid.y).double().mean()
            assert net.training  # what was before evaluation is again

    def test_evaluation_changes_neither_the_net_nor_its_mode(self, digits: Dataset) -> None:
        net = dense(digits, dropout=0.5, batch_norm=True)
        fit = train(net, digits, epochs=1)
        before = copy.deepcopy(net.state_dict())
        for training in (True, False):
            net.train(training)
            assert fit.evaluate(digits.test) == fit.evaluate(digits.test)
            assert net.training is training
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())

    def test_bytes_scaled_batch_by_batch_train_as_numbers_scaled_before(self, digits: Dataset) -> None:
        plain = dataclasses.replace(digits.inputs, scale=(1.0,))
        scaled = dataclasses.replace(
            digits,
            inputs=plain,
            **{
                name: Split(getattr(digits, name).x.float() / 255, getattr(digits, name).y)
                for name in ("train", "valid", "test")
            },
        )
        ours, theirs = dense(digits), dense(digits)
        fit = train(ours, digits, epochs=2)
        other = train(theirs, scaled, epochs=2)
        assert_same_weights(ours, theirs, 1e-5)
        assert fit.history[-1] == pytest.approx(other.history[-1], rel=1e-4)


class TestDivergence:
    def test_a_loss_that_is_no_number_stops_training_with_the_epoch_and_what_to_try(self) -> None:
        data = load("houses")
        fit = Fit(dense(data), data, optimizer="sgd", lr=1e30, epochs=5)
        with pytest.raises(TrainingError, match=r"in epoch 1(.|\n)*fit\.lr = 0\.1(.|\n)*fit\.clip = 1"):
            list(fit)
        assert fit.history == []

    def test_so_does_a_weight_that_is_no_number(self) -> None:
        data = load("houses", valid=0.0)
        with pytest.raises(TrainingError, match="in epoch 1"):
            train(dense(data), data, optimizer="sgd", lr=1e38, epochs=5, batch="full", reduction="sum")
