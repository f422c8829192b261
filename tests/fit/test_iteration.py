"""A fit is an iterator of epochs: break, go on, group, stop early."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from training import dense, train

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import mlp


@pytest.fixture(scope="module")
def stopped() -> Fit:
    # A net that is far too large for 50 noisy samples learns them by heart and gets worse on the others.
    data = load("moons", samples=100, noise=0.4, valid=0.4, test=0.1)
    torch.manual_seed(0)
    return train(mlp(2, [200, 200], 1), data, lr=0.01, epochs=200, patience=7)


class TestIteration:
    def test_nothing_runs_before_it_is_iterated(self) -> None:
        data = load("moons")
        net = dense(data)
        before = copy.deepcopy(net.state_dict())
        fit = Fit(net, data, epochs=3)
        assert (fit.epoch, fit.history) == (0, [])
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())

    def test_after_a_break_iterating_goes_on_as_if_uninterrupted(self) -> None:
        data = load("moons", noise=0.2)
        whole = train(dense(data, dropout=0.2), data, epochs=6, batch=16, schedule="one-cycle")
        parts = Fit(dense(data, dropout=0.2), data, epochs=6, batch=16, schedule="one-cycle")
        for epoch in parts:
            if epoch.index == 2:
                break
        assert [epoch.index for epoch in parts] == [3, 4, 5, 6]
        assert parts.history == whole.history
        assert list(parts) == []

    def test_every_groups_epochs_without_changing_the_training(self) -> None:
        data = load("moons", noise=0.2)
        single = train(dense(data, dropout=0.2), data, epochs=7, batch=16)
        groups = train(dense(data, dropout=0.2), data, epochs=7, batch=16, every=3)
        assert [row["epoch"] for row in groups.history] == [3, 6, 7]
        for mine, other in zip(groups.net.parameters(), single.net.parameters(), strict=True):
            assert torch.equal(mine, other)
        losses = [row["train_loss"] for row in single.history]
        wanted = [np.mean(losses[:3]), np.mean(losses[3:6]), losses[6]]
        assert [row["train_loss"] for row in groups.history] == pytest.approx(wanted, rel=1e-9)
        assert groups.history[0]["valid_loss"] == single.history[2]["valid_loss"]

    def test_an_epoch_prints_what_it_reached(self) -> None:
        data = load("moons")
        epoch = next(iter(Fit(dense(data), data)))
        assert str(epoch).startswith(f"epoch 1  train loss {epoch.train['loss']:.4f} accuracy ")
        assert f"valid loss {epoch.valid['loss']:.4f}" in str(epoch)
        assert epoch.value("valid.loss") == epoch.valid["loss"]
        assert epoch.value("valid.rmse") is None

    def test_without_validation_samples_there_is_no_validation(self) -> None:
        data = load("moons", valid=0.0)
        fit = train(dense(data), data, epochs=1)
        assert not [name for name in fit.history[0] if name.startswith("valid")]
        assert fit.evaluate(data.valid) == {}


class TestEarlyStopping:
    def test_it_stops_after_so_many_epochs_without_a_better_value(self, stopped: Fit) -> None:
        losses = [row["valid_loss"] for row in stopped.history]
        assert stopped.stopped_early
        assert len(losses) == int(np.argmin(losses)) + 1 + 7 < 200

    def test_the_net_ends_with_the_best_weights(self, stopped: Fit) -> None:
        losses = [row["valid_loss"] for row in stopped.history]
        assert stopped.best_epoch == int(np.argmin(losses)) + 1
        assert stopped.evaluate(stopped.data.valid)["loss"] == pytest.approx(min(losses), rel=1e-6)
        assert min(losses) < losses[-1]

    def test_iterating_again_does_nothing(self, stopped: Fit) -> None:
        assert list(stopped) == []

    def test_it_watches_accuracy_upwards(self) -> None:
        data = load("moons", samples=100, noise=0.4, valid=0.4, test=0.1)
        fit = train(dense(data), data, lr=0.01, epochs=100, patience=5, monitor="valid.accuracy")
        values = [row["valid_accuracy"] for row in fit.history]
        assert fit.best_epoch == int(np.argmax(values)) + 1
        assert len(values) == fit.best_epoch + 5
        assert fit.evaluate(data.valid)["accuracy"] == max(values)

    def test_after_a_break_the_net_holds_the_weights_of_the_last_epoch_not_of_the_best(self) -> None:
        data = load("moons", samples=100, noise=0.4)
        fit = Fit(dense(data), data, lr=0.3, epochs=100, patience=50)
        losses: list[float] = []
        for epoch in fit:
            losses.append(epoch.valid["loss"])
            if losses[-1] > min(losses):
                break
        assert fit.best_epoch == fit.epoch == len(losses) < 100
        assert fit.evaluate(data.valid)["loss"] == pytest.approx(losses[-1])

    def test_without_validation_samples_the_training_loss_is_watched(self) -> None:
        data = load("moons", valid=0.0)
        fit = train(dense(data), data, optimizer="sgd", lr=1e-9, epochs=20, patience=2, batch="full")
        assert fit.epoch == fit.best_epoch + 2 < 20

    def test_a_metric_that_the_task_does_not_have_is_refused(self) -> None:
        data = load("houses")
        with pytest.raises(InputError, match=r"fit\.monitor = 'valid\.accuracy'(.|\n)*valid\.rmse"):
            train(dense(data), data, monitor="valid.accuracy", patience=3)
