"""The options of a fit: a wrong one is refused before anything trains, by its name, with what to write instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from training import dense

from neurona.data import load
from neurona.errors import InputError
from neurona.fit import Fit, FitOptions


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": -1}, r"fit\.lr = -1 is not valid\.\nIt must be greater than 0"),
        ({"lr": 0}, r"fit\.lr = 0 is not valid"),
        ({"lr": float("nan")}, r"fit\.lr = nan is not valid\.\nIt must be a finite number"),
        ({"lr": float("inf")}, r"fit\.lr = inf is not valid\.\nIt must be a finite number"),
        ({"lr": "fast"}, r"fit\.lr = 'fast' is not valid\.\nIt must be a number"),
        ({"epochs": 0}, r"fit\.epochs = 0 is not valid\.\nIt must be greater than 0"),
        ({"epochs": 2**63 - 1}, r"fit\.epochs = \d+ is not valid\.\nIt must be at most 1000000000"),
        ({"epochs": 2.5}, r"fit\.epochs = 2\.5 is not valid\.\nIt must be a whole number"),
        ({"batch": 0}, r"fit\.batch = 0 is not valid\.\nIt must be greater than 0"),
        ({"batch": "half"}, r"fit\.batch = 'half' is not valid\.\nIt must be one of: 'full', 'auto'"),
        ({"reduction": "max"}, r"fit\.reduction = 'max' is not valid\.\nIt must be one of: 'mean', 'sum'"),
        ({"schedule": "cosin"}, r"It must be one of: 'constant', 'step', 'cosine', 'one-cycle', 'plateau'"),
        ({"optimizer": "sgd", "momentum": 1.0}, r"fit\.momentum = 1\.0 is not valid\.\nIt must be less than 1"),
        ({"betas": [0.9, 1.5]}, r"fit\.betas\.1 = 1\.5 is not valid"),
        ({"gamma": 1.0}, r"fit\.gamma = 1\.0"),
        ({"clip": 0.0}, r"fit\.clip = 0\.0"),
        ({"l2": -0.1}, r"fit\.l2 = -0\.1 is not valid\.\nIt must be at least 0"),
        ({"seed": -1}, r"fit\.seed = -1"),
        ({"patience": 0}, r"fit\.patience = 0"),
        ({"every": 0}, r"fit\.every = 0"),
        ({"epoch": 10}, r"fit\.epoch is not a known key\.\nDid you mean 'epochs'\?"),
        ({"learning_rate": 10}, r"fit\.learning_rate is not a known key"),
        ({"lr": np.array([0.1, 0.2])}, r"fit\.lr = \[0\.1, 0\.2\] is not valid\.\nIt must be a number"),
        ({"lr": torch.tensor([])}, r"fit\.lr = \[\] is not valid\.\nIt must be a number"),
        (
            {"loss": torch.nn.MSELoss()},
            r'fit\.loss = MSELoss\(\) is not valid\.\nIt must be text in quotes, such as "mse"',
        ),
        ({"stages": {"epochs": 3}}, r"It must be a list, such as \[\{epochs = 5"),
        ({"frozen": "trunk.*"}, r'It must be a list, such as \["trunk\.\*"\]'),
        ({"device": 0}, r'It must be text in quotes, such as "cpu"'),
    ],
)
def test_a_value_out_of_range_or_of_the_wrong_type_is_refused(options: dict[str, Any], words: str) -> None:
    data = load("moons")
    with pytest.raises(InputError, match=words):
        Fit(dense(data), data, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"optimizer": "adamm"}, r"no optimizer called 'adamm'\.\nDid you mean 'adam'\?"),
        ({"optimizer": "Nestrov"}, r"Did you mean 'nesterov'\?"),
        ({"optimizer": "adam", "momentum": 0.9}, r"'adam'\.\nIt belongs to sgd, momentum, nesterov, rmsprop\."),
        ({"optimizer": "adadelta", "betas": [0.9, 0.99]}, r"fit\.betas does not apply(.|\n)*adam, adamw"),
        ({"optimizer": "sgd", "nesterov": True}, r"fit\.nesterov needs fit\.momentum"),
        ({"optimizer": "sgd", "nesterov": True, "momentum": 0.0}, r"fit\.nesterov needs fit\.momentum"),
        ({"optimizer": "nesterov", "momentum": 0.0}, r"fit\.nesterov needs fit\.momentum"),
    ],
)
def test_optimizers_take_their_own_options_alone(options: dict[str, Any], words: str) -> None:
    data = load("moons")
    with pytest.raises(InputError, match=words):
        Fit(dense(data), data, **options)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_momentum_applies_to_those_that_have_it(optimizer: str) -> None:
    data = load("moons")
    fit = Fit(dense(data), data, optimizer=optimizer, momentum=0.3)
    assert fit.players[0].optimizer.param_groups[0]["momentum"] == 0.3


@pytest.mark.parametrize("device", ["nonsense", "cpu:3", "meta", ""])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(device: str) -> None:
    data = load("moons")
    with pytest.raises(InputError, match=rf"no device '{device}' on this machine\.\nThere is: cpu"):
        Fit(dense(data), data, device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_is_refused_where_there_is_none() -> None:
    data = load("moons")
    with pytest.raises(InputError, match="no device 'cuda'"):
        Fit(dense(data), data, device="cuda")


def test_options_can_be_read_back_but_not_changed() -> None:
    options = FitOptions.read({"lr": 0.1, "betas": [0.9, 0.99]})
    assert (options.lr, options.betas) == (0.1, (0.9, 0.99))
    with pytest.raises(ValueError, match="stay as they were made"):
        options.lr = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("option", "given", "wanted"),
    [
        ("lr", np.float64(0.5), 0.5),
        ("lr", torch.tensor(0.5), 0.5),
        ("epochs", np.int64(3), 3),
        ("betas", np.array([0.5, 0.75]), (0.5, 0.75)),
        ("betas", torch.tensor([0.5, 0.75]), (0.5, 0.75)),
        ("frozen", pd.Series(["hidden.*"]), ("hidden.*",)),
        ("device", torch.device("cpu"), "cpu"),
        ("precision", torch.float32, "float32"),
        ("memory_format", torch.channels_last, "channels-last"),
    ],
)
def test_values_of_numpy_pandas_and_pytorch_are_plain_ones(option: str, given: Any, wanted: Any) -> None:
    assert getattr(FitOptions.read({option: given}), option) == wanted
    assert FitOptions.read({"stages": [{"epochs": np.int64(2)}]}).stages[0].epochs == 2
