"""The same seed gives the same numbers, whatever the program around the fit does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from training import dense, train

from neurona.data import Dataset, load
from neurona.errors import TrainingError
from neurona.fit import Fit
from neurona.nets import mlp


class TestRandomness:
    options: dict[str, Any] = {"epochs": 3, "lr": 0.01, "batch": 16}  # noqa: RUF012

    @pytest.fixture
    def moons(self) -> Dataset:
        return load("moons", noise=0.2)

    def test_the_same_seed_twice_gives_the_same_history_to_the_last_bit(self, moons: Dataset) -> None:
        ours, theirs = (train(dense(moons, dropout=0.3), moons, seed=4, **self.options) for _ in range(2))
        assert ours.history == theirs.history
        for mine, other in zip(ours.net.parameters(), theirs.net.parameters(), strict=True):
            assert torch.equal(mine, other)

    def test_another_seed_gives_another_history(self, moons: Dataset) -> None:
        ours, theirs = (train(dense(moons), moons, seed=seed, **self.options) for seed in (1, 2))
        assert ours.history != theirs.history

    def test_the_random_numbers_of_the_program_around_are_left_alone(self, moons: Dataset) -> None:
        net = dense(moons, dropout=0.5)
        torch.manual_seed(99)
        before = torch.get_rng_state()
        fit = Fit(net, moons, **self.options)
        assert torch.equal(torch.get_rng_state(), before)
        for _epoch in fit:
            assert torch.equal(torch.get_rng_state(), before)

    def test_they_are_left_alone_when_training_fails(self) -> None:
        data = load("houses")
        torch.manual_seed(99)
        net = mlp(2, [4], 1, dropout=0.5)
        before = torch.get_rng_state()
        with pytest.raises(TrainingError):
            train(net, data, optimizer="sgd", lr=1e30)
        assert torch.equal(torch.get_rng_state(), before)

    def test_drawing_random_numbers_between_epochs_changes_nothing(self, moons: Dataset) -> None:
        quiet = train(dense(moons, dropout=0.5), moons, **self.options)
        noisy = Fit(dense(moons, dropout=0.5), moons, **self.options)
        for epoch in noisy:
            torch.manual_seed(epoch.index)
            torch.rand(1000)
        assert noisy.history == quiet.history

    def test_a_net_that_draws_random_numbers_also_in_evaluation_is_reproducible(self, moons: Dataset) -> None:
        class Noisy(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layer = nn.Linear(2, 1)

            def forward(self, x: Tensor) -> Tensor:
                return self.layer(functional.dropout(x, 0.5))  # the usual mistake: training=self.training is missing

        histories = []
        for around in (1, 2):
            torch.manual_seed(0)
            net = Noisy()
            torch.manual_seed(around)
            before = torch.get_rng_state()
            histories.append(train(net, moons, **self.options).history)
            assert torch.equal(torch.get_rng_state(), before)
        assert histories[0] == histories[1]
