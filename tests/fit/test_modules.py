"""Any module trains, on any size of batch; what cannot train says why."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from training import assert_same_weights, cut, dense, train

from neurona.data import Dataset, load
from neurona.data.dataset import Split
from neurona.errors import InputError, NeuronaWarning
from neurona.fit import Fit


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits", seed=1)


class Wide(nn.Module):
    """A module of a user's own, with a path around its layers."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(features, features), nn.Linear(features, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(x + torch.relu(self.inner(x)))


class Ends(nn.Module):
    """A linear layer whose outputs go through a function."""

    def __init__(self, end: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.end = nn.Linear(13, 3), end

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.layer(x))


class Complex(nn.Module):
    """Complex weights."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(13, 3, dtype=torch.complex64) / 13)

    def forward(self, x: Tensor) -> Tensor:
        return (x.to(torch.complex64) @ self.weight).real


class Half(nn.Module):
    """Weights of two bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(13, 3, dtype=torch.bfloat16)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.bfloat16())


class TestAnyModule:
    def test_a_module_of_the_users_own_trains(self) -> None:
        data = load("wine")
        torch.manual_seed(0)
        fit = train(Wide(data.features, data.outputs), data, lr=0.01, epochs=30)
        assert fit.evaluate(data.test)["accuracy"] > 0.9

    def test_a_forward_without_gradients_in_evaluation_alone_trains(self) -> None:
        class Careful(Wide):
            def forward(self, x: Tensor) -> Tensor:
                with torch.set_grad_enabled(self.training):
                    return super().forward(x)

        data = load("wine")
        assert train(Careful(data.features, data.outputs), data, epochs=2).epoch == 2

    @pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
    def test_a_module_that_was_scripted_is_refused_before_it_trains(self) -> None:
        net = nn.Sequential(torch.jit.script(nn.Linear(13, 3)))
        with pytest.raises(InputError, match=r"(?s)compiled by torch\.jit\.script.*script it afterwards"):
            Fit(net, load("wine"))

    @pytest.mark.parametrize("net", [Complex, Half])
    def test_modules_of_other_numbers_train_and_answer_and_are_drawn(
        self, net: Callable[[], nn.Module], tmp_path: Path
    ) -> None:
        data = load("wine")
        torch.manual_seed(0)
        fit = train(net(), data, lr=0.02, epochs=30)
        assert fit.evaluate(data.test)["accuracy"] > 0.8
        run = fit.save(tmp_path / "run")
        assert run.answer(data.test.x).numpy().shape == (len(data.test), 3)
        assert run.look().save()

    def test_frozen_parameters_stay_as_they_are(self) -> None:
        data = load("wine")
        net = Wide(data.features, data.outputs)
        net.inner.requires_grad_(False)
        before = copy.deepcopy(net.state_dict())
        train(net, data, epochs=2, weight_decay=0.1)
        assert torch.equal(net.inner.weight, before["inner.weight"])
        assert not torch.equal(net.outer.weight, before["outer.weight"])

    def test_a_net_that_pytorch_compiles_trains_to_the_same_numbers_under_its_own_names(self) -> None:
        data = load("wine")
        plain, compiled = (Wide(data.features, data.outputs) for _twice in range(2))
        compiled.load_state_dict(plain.state_dict())
        compiled.compile(backend="eager", dynamic=False)  # the whole way of a compiled net but the making of code
        options = {"epochs": 2, "batch": 50, "optimizer": "sgd", "engine": "torch"}
        fits = [train(net, data, **options) for net in (plain, compiled)]
        assert fits[0].history == fits[1].history
        assert_same_weights(compiled, plain, 0)
        assert list(compiled.state_dict()) == list(plain.state_dict())

    def test_a_module_that_has_only_vectors_trains_with_l2(self) -> None:
        class Scale(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.factor = nn.Parameter(torch.zeros(2))

            def forward(self, x: Tensor) -> Tensor:
                return (x * self.factor).sum(1, keepdim=True)

        assert train(Scale(), load("houses"), l2=0.1, epochs=1).epoch == 1

    @pytest.mark.parametrize(
        ("net", "problem", "hint"),
        [
            (nn.Flatten(), "no parameters to train", "a layer that has weights"),
            (nn.Linear(13, 3).requires_grad_(False), "no parameters to train", r"requires_grad_\(True\)"),
            (nn.Linear(13, 3, device="meta"), "on the device meta", "on the CPU"),
            (nn.LazyLinear(3), "lazy layers", r"net\(data.inputs.prepare\(data.train.x\[:2\]\)\)"),
            (nn.Linear, "is a class, Linear", r"Linear\(...\)"),
            ("mlp", "is a str, and a fit trains a torch.nn.Module", r"nr.nets.mlp\(data.features"),
            (nn.Linear(7, 3), r"batch of shape \(2, 13\)", r"data.features = 13 .* data.shape = \(13,\)"),
            (nn.Conv2d(1, 3, 3), r"batch of shape \(2, 13\)", r"data.features = 13 .* data.shape = \(13,\)"),
            (nn.Linear(13, 3).double(), r"does not accept a batch of shape \(2, 13\)", r"float64.* net.float\(\)"),
            (nn.Bilinear(13, 13, 3), "missing 1 required positional argument", r"take its other inputs out of x"),
            (Ends(lambda x: {}["units"]), "accept a batch of shape .*: KeyError: 'units'", ""),
            (Ends(Tensor.detach), "do not depend on its weights", r"Leave detach\(\)"),
            (Ends(lambda x: torch.from_numpy(x.detach().numpy())), "do not depend on its weights", "NumPy"),
            (Ends(lambda x: x.to(torch.complex64)), "outputs of the type complex64", r"\.real or \.abs\(\)"),
            (Ends(lambda x: x.argmax(1)), "outputs of the type int64", "no argmax"),
        ],
    )
    def test_what_cannot_be_trained_is_refused_with_what_to_do(self, net: Any, problem: str, hint: str) -> None:
        with pytest.raises(InputError, match=problem) as caught:
            Fit(net, load("wine"))
        assert re.search(hint, caught.value.hint)

    def test_a_lazy_module_trains_once_it_has_seen_samples(self) -> None:
        data, net = load("wine"), nn.LazyLinear(3)
        net(data.inputs.prepare(data.train.x[:2]))
        assert train(net, data, epochs=1).epoch == 1

    def test_batch_normalisation_survives_a_last_batch_of_one(self) -> None:
        data = cut(load("iris", valid=0.0), 65)
        fit = train(dense(data, batch_norm=True), data, batch=16, epochs=3)
        assert np.isfinite(fit.history[-1]["train_loss"])


class TestBatchOption:
    def test_a_batch_larger_than_the_data_warns_and_takes_them_all(self) -> None:
        data = load("moons", samples=100)
        with pytest.warns(NeuronaWarning, match="fit.batch = 1000 is more than the 68 training samples") as told:
            fit = Fit(dense(data), data, batch=1000, epochs=2)
        assert [warning.filename for warning in told] == [__file__], "and not a file of ours"
        full = train(dense(data), data, batch="full", epochs=2)
        list(fit)
        assert fit.history == full.history

    @pytest.mark.parametrize(("count", "size"), [(5, 5), (16, 16), (100, 16), (256, 16), (900, 32), (1259, 32)])
    def test_auto_is_the_power_of_two_nearest_to_the_root(self, count: int, size: int, digits: Dataset) -> None:
        assert Fit(dense(digits), cut(digits, count)).batches.size == size

    def test_auto_stays_between_16_and_1024(self) -> None:
        data = load("moons")
        y = torch.zeros(3_000_000, 1)
        data = dataclasses.replace(data, train=Split(torch.zeros(3_000_000, 2), y))
        assert Fit(dense(data), data).batches.size == 1024

    def test_full_makes_one_step_of_all_samples_an_epoch(self) -> None:
        data = load("moons")
        ours, theirs = dense(data), dense(data)
        train(ours, data, optimizer="sgd", lr=0.5, batch="full", epochs=3)
        parameters = list(theirs.parameters())
        for _epoch in range(3):
            loss = functional.binary_cross_entropy_with_logits(theirs(data.train.x), data.train.y)
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= 0.5 * gradient
        assert_same_weights(ours, theirs)
