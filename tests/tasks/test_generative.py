"""Tasks without labels: their losses and metrics against formulas of others, under any batching."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, root_mean_squared_error
from torch import Tensor, nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.nets import Fitting, build
from neurona.tasks import Adversarial, Reconstruction, Task, Variational

N = 30


def metrics(task: Task, outputs: list[Any], ys: list[Tensor]) -> dict[str, float]:
    """Return the metrics of `task` from sums over batches."""
    sums = torch.stack([task.sums(o, y).double().reshape(-1) for o, y in zip(outputs, ys, strict=True)]).sum(0)
    found = task.metrics(sums.numpy(), np.array(float(sum(map(len, ys)))))
    return {name: value.item() for name, value in found.items()}


def net_of(kind: str, **options: Any) -> nn.Module:
    torch.manual_seed(0)
    return build(kind, options, Fitting(64, (1, 8, 8), 64))


class TestReconstruction:
    def test_the_error_is_that_of_scikit_learn_however_samples_are_batched(self) -> None:
        y, outputs = torch.rand(N, 1, 4, 4), torch.randn(N, 1, 4, 4)
        wanted = root_mean_squared_error(y.flatten().numpy(), outputs.flatten().numpy())
        for size in (N, 7):
            found = metrics(Reconstruction(), list(outputs.split(size)), list(y.split(size)))
            assert found == pytest.approx({"rmse": wanted}, rel=1e-5)

    def test_with_binary_cross_entropy_outputs_are_logits(self) -> None:
        y, logits = torch.rand(N, 5), torch.randn(N, 5)
        task = Reconstruction("binary-cross-entropy")
        wanted = root_mean_squared_error(y.flatten().numpy(), logits.sigmoid().flatten().numpy())
        assert metrics(task, [logits], [y])["rmse"] == pytest.approx(wanted, rel=1e-5)
        assert torch.equal(task.answer(logits), logits.sigmoid())

    def test_a_net_that_gives_samples_flat_will_do(self) -> None:
        task, x = Reconstruction(), torch.rand(3, 1, 2, 2)
        assert task.forward(nn.Flatten(), x).shape == x.shape

    def test_a_variational_net_is_told_the_task_that_it_is_for(self) -> None:
        with pytest.raises(InputError, match=r'data.task = "variational"'):
            Fit(net_of("vae"), load("digits", task="reconstruction"))


class TestVariational:
    def outputs(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        torch.manual_seed(3)
        return torch.randn_like(y), torch.randn(len(y), 3), torch.randn(len(y), 3)

    def test_the_elbo_is_likelihood_less_divergence_as_torch_distributions_has_them(self) -> None:
        y = torch.rand(N, 6).round()
        logits, mu, log_variance = self.outputs(y)
        likelihood = Bernoulli(logits=logits).log_prob(y).sum() / N
        codes = Normal(mu, (log_variance / 2).exp())
        divergence = kl_divergence(codes, Normal(torch.zeros(()), torch.ones(()))).sum() / N
        task = Variational()
        found = metrics(task, [(logits, mu, log_variance)], [y])
        wanted = {"reconstruction": -likelihood, "kl": divergence, "elbo": likelihood - divergence}
        assert found == pytest.approx({name: value.item() for name, value in wanted.items()}, rel=1e-5)
        assert task.loss((logits, mu, log_variance), y).item() == pytest.approx(-found["elbo"], rel=1e-5)

    def test_metrics_are_the_same_however_samples_are_batched(self) -> None:
        y = torch.rand(N, 6)
        outputs = self.outputs(y)
        parts = list(zip(*(part.split(7) for part in outputs), strict=True))
        whole = metrics(Variational(), [outputs], [y])
        assert metrics(Variational(), parts, list(y.split(7))) == pytest.approx(whole, rel=1e-5)

    def test_a_code_that_says_nothing_has_no_divergence(self) -> None:
        y = torch.rand(N, 6)
        nothing = (torch.zeros(N, 6), torch.zeros(N, 3), torch.zeros(N, 3))
        assert metrics(Variational(), [nothing], [y])["kl"] == 0
        assert metrics(Variational(), [nothing], [y])["reconstruction"] == pytest.approx(6 * np.log(2), rel=1e-5)

    def test_squared_error_is_the_likelihood_of_a_normal_distribution_up_to_a_constant(self) -> None:
        y = torch.randn(N, 6)
        outputs = self.outputs(y)
        likelihood = Normal(outputs[0], 1.0).log_prob(y).sum().item() / N
        found = metrics(Variational("mse"), [outputs], [y])["reconstruction"]
        assert found + 3 * np.log(2 * np.pi) == pytest.approx(-likelihood, rel=1e-5)

    def test_answers_come_from_the_mean_of_the_code_and_are_the_same_each_time(self) -> None:
        net, x, task = net_of("vae"), torch.rand(3, 1, 8, 8), Variational()
        answer = task.answer(task.forward(net, x))
        assert torch.equal(answer, net.decode(net.encode(x)[0]).sigmoid())
        assert not torch.equal(task.forward(net, x, x)[0], task.forward(net, x, x)[0])

    def test_a_net_with_nothing_but_a_forward_pass_trains_too(self) -> None:
        class Own(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.encoder, self.decoder = nn.Linear(64, 8), nn.Linear(4, 64)

            def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
                mu, log_variance = self.encoder(x.flatten(1)).chunk(2, 1)
                return self.decoder(mu + (log_variance / 2).exp() * torch.randn_like(mu)), mu, log_variance

        first, last = (epoch.valid["elbo"] for epoch in Fit(Own(), load("digits", task="variational"), epochs=2))
        assert last > first

    def test_another_kind_of_net_is_refused(self) -> None:
        with pytest.raises(InputError, match=r'net.kind = "vae"'):
            Fit(net_of("autoencoder"), load("digits", task="variational"))

    def test_numbers_beyond_0_and_1_have_no_binary_cross_entropy(self) -> None:
        with pytest.raises(InputError, match=r'from 0 to 1(.|\n)*fit.loss = "mse"'):
            Fit(net_of("vae"), load("digits", task="variational", standardise=True))


class TestAdversarial:
    LOGITS = torch.tensor([[[2.0], [0.5], [-1.0]], [[-3.0], [0.2], [0.1]]])
    Y = torch.zeros(3, 1)

    def test_the_discriminator_is_a_classifier_of_real_and_made_samples(self) -> None:
        p = self.LOGITS.sigmoid().flatten(1).double().numpy()
        wanted = log_loss([1, 1, 1], p[0], labels=[0, 1]) + log_loss([0, 0, 0], p[1], labels=[0, 1])
        assert Adversarial().loss(self.LOGITS, self.Y, "discriminator").item() == pytest.approx(wanted, rel=1e-6)

    def test_the_generator_wants_its_samples_taken_for_real(self) -> None:
        made = self.LOGITS[1:]
        wanted = -np.log(made.sigmoid().numpy()).mean()
        assert Adversarial().loss(made, self.Y, "generator").item() == pytest.approx(wanted, rel=1e-6)

    def test_real_and_fake_are_mean_probabilities_of_being_real(self) -> None:
        wanted = {"real": self.LOGITS[0].sigmoid().mean().item(), "fake": self.LOGITS[1].sigmoid().mean().item()}
        assert metrics(Adversarial(), [self.LOGITS], [self.Y]) == pytest.approx(wanted)

    @pytest.mark.parametrize("player", ["discriminator", "generator"])
    def test_in_its_turn_a_player_moves_and_the_other_gets_no_step(self, player: str) -> None:
        net, task, x = net_of("gan"), Adversarial(), torch.rand(8, 1, 8, 8)
        mine = {id(p) for p in task.parameters(net, player)}
        assert mine == {id(p) for p in getattr(net, player).parameters()}
        task.loss(task.forward(net, x, x, player), x, player).backward()
        for p in getattr(net, player).parameters():
            assert p.grad is not None
        if player == "discriminator":
            assert all(p.grad is None for p in net.generator.parameters())

    def test_both_players_are_in_the_history(self) -> None:
        epoch = next(iter(Fit(net_of("gan"), load("digits", task="adversarial"), epochs=1)))
        assert set(epoch.train) == {"loss", "discriminator_loss", "generator_loss", "real", "fake"}
        assert epoch.train["loss"] == pytest.approx(epoch.train["discriminator_loss"] + epoch.train["generator_loss"])

    def test_a_net_without_players_is_refused(self) -> None:
        with pytest.raises(InputError, match="needs a net with a generator and a discriminator"):
            Fit(net_of("autoencoder"), load("digits", task="adversarial"))

    def test_a_discriminator_of_several_logits_is_refused(self) -> None:
        net = net_of("gan")
        net.discriminator.output = nn.Linear(net.discriminator.output.in_features, 2)
        with pytest.raises(InputError, match="one logit for each sample"):
            Fit(net, load("digits", task="adversarial"))

    def test_standardised_pictures_are_refused_for_a_generator_cannot_make_them(self) -> None:
        with pytest.raises(InputError, match=r"from 0 to 1(.|\n)*standardise = false"):
            Fit(net_of("gan"), load("digits", task="adversarial", standardise=True))


@pytest.mark.parametrize(("task", "kind"), [(Variational(), "vae"), (Adversarial(), "gan")])
def test_new_samples_are_made_of_noise_in_the_numbers_of_the_real_ones(task: Any, kind: str) -> None:
    net = net_of(kind)
    made = task.made(net, torch.randn(5, task.noise(net)))
    assert made.shape == (5, 1, 8, 8)
    assert made.min() >= 0 and made.max() <= 1
