"""Two players in the one loop: the same weights as a game that is written out by hand."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurona.data import load
from neurona.data.dataset import Dataset, Split
from neurona.errors import InputError
from neurona.fit import Fit

EPOCHS, NOISE = 3, 4


class Game(nn.Module):
    """A generator and a discriminator of few weights."""

    noise = NOISE

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.generator = nn.Sequential(nn.Linear(NOISE, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8)))
        self.discriminator = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.discriminator(x)
        return logits


def digits() -> Dataset:
    data = load("digits", task="adversarial", valid=0.1, test=0.1)
    return dataclasses.replace(data, train=Split(data.train.x[:64], data.train.y[:64]))


def test_the_loop_plays_the_game_that_the_paper_describes() -> None:
    data = digits()
    fit = Fit(Game(), data, optimizer="sgd", lr=0.1, epochs=EPOCHS, batch="full", seed=5)
    for _epoch in fit:
        pass

    game, x = Game(), data.train.x.float() / 255
    discriminates = torch.optim.SGD(game.discriminator.parameters(), lr=0.1)
    generates = torch.optim.SGD(game.generator.parameters(), lr=0.1)
    torch.manual_seed(5)
    ones, zeros = torch.ones(len(x), 1), torch.zeros(len(x), 1)
    for _epoch in range(EPOCHS):
        made = game.generator(torch.randn(len(x), NOISE)).detach()
        loss = functional.binary_cross_entropy(game(x).sigmoid(), ones)
        loss = loss + functional.binary_cross_entropy(game(made).sigmoid(), zeros)
        discriminates.zero_grad()
        loss.backward()
        discriminates.step()
        loss = functional.binary_cross_entropy(game(game.generator(torch.randn(len(x), NOISE))).sigmoid(), ones)
        generates.zero_grad()
        loss.backward()
        generates.step()

    for ours, theirs in zip(fit.net.parameters(), game.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_history_holds_both_losses_and_what_the_discriminator_says() -> None:
    fit = Fit(Game(), digits(), epochs=2, batch=16)
    epochs = list(fit)
    row = fit.history[-1]
    assert row["train_loss"] == pytest.approx(row["train_discriminator_loss"] + row["train_generator_loss"])
    assert {"train_real", "train_fake", "valid_real", "valid_fake"} <= set(row)
    assert 0 < epochs[-1].train["real"] < 1


def test_an_evaluation_draws_the_same_numbers_each_time_and_leaves_training_alone() -> None:
    disturbed, alone = (Fit(Game(), digits(), epochs=4, batch=16) for _twice in range(2))
    for _epoch in disturbed:
        assert disturbed.evaluate(disturbed.data.test) == disturbed.evaluate(disturbed.data.test)
        torch.randn(7)
    for _epoch in alone:
        pass
    assert disturbed.history == alone.history


def test_a_net_without_two_players_is_refused() -> None:
    with pytest.raises(InputError, match="does not accept"):
        Fit(nn.Sequential(nn.Flatten(), nn.Linear(64, 1)), digits(), epochs=1)


class Exploding(nn.Module):
    """A line whose weight is so large that one step makes it infinite."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1e18]]))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.weight) ** 3


def test_a_fit_may_end_where_its_numbers_become_infinite() -> None:
    data = load("curve", samples=50)
    fit = Fit(Exploding(), data, optimizer="sgd", lr=1e6, epochs=20, divergence="end")
    epochs = list(fit)
    assert fit.diverged and fit.ended and len(epochs) < 20
    assert fit.state()["diverged"]
