"""What is searched: lists and ranges as they are written, and what no list or range is."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes import MOONS, changed

from neurona.errors import InputError
from neurona.recipe import Recipe
from neurona.tuning.check import fitted
from neurona.tuning.judge import OneByOne
from neurona.tuning.space import Choices, Range, of, read
from neurona.tuning.trial import values_text


@pytest.mark.parametrize(
    ("option", "parameter"),
    [
        ("fit.lr=log:1e-4..1", Range("fit.lr", 1e-4, 1, log=True)),
        ("fit.lr = 0.0 .. 0.5", Range("fit.lr", 0.0, 0.5)),
        ("fit.batch=1..64", Range("fit.batch", 1, 64, whole=True)),
        ("fit.batch=log:8..512", Range("fit.batch", 8, 512, log=True, whole=True)),
        ("net.shift=-2..-1", Range("net.shift", -2, -1, whole=True)),
        ("net.activation=relu,tanh", Choices("net.activation", ("relu", "tanh"))),
        ("net.hidden=[32],[64, 64],[]", Choices("net.hidden", ([32], [64, 64], []))),
        ("fit.nesterov=true,false", Choices("fit.nesterov", (True, False))),
        ("net.weights=../a,../b", Choices("net.weights", ("../a", "../b"))),
    ],
)
def test_lists_and_ranges_are_read(option: str, parameter: Choices | Range) -> None:
    assert read([option]).parameters == (parameter,)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Nothing is said about what to search"),
        (["fit.lr"], "is not KEY=VALUES"),
        (["net.activation==relu"], "is not KEY=VALUES"),
        (["lr=0.1,0.2"], r"lr cannot be searched: .*\nThe section comes first: fit\.lr"),
        (["net.hidden=[5],[5"], "is not closed"),
        (["fit.lr=0.1"], "has a single value"),
        (["fit.lr="], "has no values"),
        (["fit.lr=0.1,0.2", "fit.lr=1..2"], "gives fit.lr twice"),
        (["fit.lr=0.1,0.1"], "has the value 0.1 twice"),
        (["fit.lr=1..1"], "a range of one number"),
        (["fit.lr=1..0.1"], r"begins above its end.\nWrite fit.lr=0.1..1"),
        (["fit.lr=log:0..1"], r"begins above 0.\nWrite fit.lr=log:0.001..1"),
        (["fit.lr=log:1..0"], r"begins above 0.\nWrite fit.lr=log:0.001..1"),
        (["fit.lr=log:-2..-1"], r"begins above 0.\nWrite fit.lr=log:0.001..1.0"),
        (["fit.batch=log:0..64"], r"begins above 0.\nWrite fit.batch=log:1..64"),
        (["net.activation=a..b"], r"is not a range of numbers\..*\n.*choices with commas between them"),
        (["fit.lr=log:0.1,0.2"], "is not a range of numbers"),
        (["fit.lr=0.1..inf"], "is not a range of numbers"),
        (["fitt.lr=1,2"], "fitt.lr cannot be searched"),
        (["claim.metric=a,b"], "only keys of data, net and fit"),
        (["fit.seed=1..9"], "compared on the same samples"),
        (["data.valid=0.1..0.5"], "compared on the same samples"),
    ],
)
def test_what_no_list_and_no_range_is_is_said(options: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words.replace(".", r"\.") if r"\n" not in words else words):
        read(options)


def test_what_is_written_down_is_read_to_the_same_space() -> None:
    space = read(["fit.lr=log:1e-4..1", "fit.batch=8..64", "net.hidden=[32],[64, 64]", "net.activation=relu,tanh"])
    assert of(space.written()) == space
    assert space.size == np.inf
    assert read(["fit.batch=8..64", "net.activation=relu,tanh"]).size == 57 * 2


@given(low=st.floats(1e-6, 1e3), factor=st.floats(1.01, 1e6), at=st.floats(0, 1), log=st.booleans())
def test_a_number_that_was_drawn_stays_in_its_range_to_four_digits(
    low: float, factor: float, at: float, log: bool
) -> None:
    parameter = Range("fit.lr", low, low * factor, log)
    drawn = low * factor**at if log else low + at * (low * factor - low)
    value = parameter.value(drawn)
    assert parameter.low <= value <= parameter.high
    assert value == pytest.approx(drawn, rel=5.1e-4)
    assert parameter.drawn(value) == value


@pytest.mark.parametrize("option", ["fit.lr=log:1e-3..1", "fit.batch=3..7", "net.hidden=[4],[8, 8]"])
def test_what_optuna_draws_is_a_value_of_the_space(option: str) -> None:
    (parameter,) = read([option]).parameters
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _trial in range(20):
        value = parameter.value(study.ask({"x": parameter.distribution()}).params["x"])
        assert parameter.drawn(value) is not None
        assert isinstance(value, {"fit.lr": float, "fit.batch": int, "net.hidden": list}[parameter.key])


def test_the_key_decides_whether_a_range_of_whole_numbers_means_all_numbers() -> None:
    given = read(["fit.weight_decay=0..1", "fit.batch=8..64", "fit.lr=log:1..10", "net.dropout=0..0.5"])
    space = fitted(given, Recipe.of(MOONS), OneByOne().data)
    assert [parameter.whole for parameter in space.parameters if isinstance(parameter, Range)] == [
        *(False, True, False, False)
    ]


def test_values_are_said_as_they_are_typed() -> None:
    values = {
        "net.batch_norm": True,
        "net.hidden": [64, 32],
        "net.activation": "relu",
        "fit.lr": 1e-05,
        "fit.clip": None,
    }
    said = "net.batch_norm true, net.hidden [64, 32], net.activation relu, fit.lr 1e-05, fit.clip none"
    assert values_text(values) == said


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"fit.lrr": [0.1, 0.2]}, "Did you mean 'lr'"),
        ({"fit.lr": [0.1, 0.2], "net.width": "8..64"}, r"^net\.width is not a known key"),
        ({"net.activaton": ["relu", "tanh"]}, "Did you mean 'activation'"),
        ({"net.activation": ["relu", "tanhh"]}, "Did you mean 'tanh'"),
        ({"fit.lr": ["fast", 0.2]}, "fit.lr = 'fast' is not valid"),
        ({"fit.lr": "-1..1"}, "fit.lr = -1"),
        ({"net.hidden": "8..16"}, "It must be a list"),
        ({"fit.optimizer": ["sgd", "adam"], "fit.momentum": "0.1..0.9"}, "With fit.optimizer = adam every combination"),
    ],
)
def test_a_value_that_never_works_is_said_before_the_search(over: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        fitted(of(over), Recipe.of(MOONS), OneByOne().data)  # type: ignore[arg-type]


def test_a_value_that_works_with_some_of_the_others_is_let_in() -> None:
    over = {"fit.batch": [1, 32], "net.batch_norm": [True, False]}  # batches of one cannot be normalised
    space = fitted(of(over), Recipe.of(changed(MOONS, net={"batch_norm": True})), OneByOne().data)
    assert space == of(over)


@pytest.mark.parametrize("over", [["fit.lr"], "fit.lr=1..2", {3: [1, 2]}])
def test_what_is_searched_is_given_by_key(over: object) -> None:
    with pytest.raises(InputError, match=r"(?s)given by key, and this is a .*log:1e-4\.\.1"):
        of(over)  # type: ignore[arg-type]


def test_a_value_that_is_no_list_is_a_single_one() -> None:
    with pytest.raises(InputError, match=r"fit\.lr has a single value"):
        of({"fit.lr": 3})  # type: ignore[dict-item]
