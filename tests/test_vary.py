"""What is compared, and what several seeds say about it."""

from __future__ import annotations

import math
import tomllib
import warnings

import numpy as np
import pytest
from scipy import stats

from neurona import language
from neurona.errors import InputError
from neurona.interval import Interval, Pair, differences
from neurona.recipe import Recipe
from neurona.vary import read, require_comparable, variants


@pytest.mark.parametrize(
    ("option", "key", "values"),
    [
        ("net.activation=relu,tanh", "net.activation", ["relu", "tanh"]),
        ("fit.lr=0.1, 1e-3,2", "fit.lr", [0.1, 1e-3, 2]),
        ("net.hidden=[5],[50, 50],[]", "net.hidden", [[5], [50, 50], []]),
        ('data.target="a,b",c', "data.target", ["a,b", "c"]),
        ("net.batch_norm=true,false", "net.batch_norm", [True, False]),
        ("fit.clip=none,1", "fit.clip", ["none", 1]),
        ("net.activations=[relu,tanh],['elu', 'relu']", "net.activations", [["relu", "tanh"], ["elu", "relu"]]),
        ("fit.stages=[{epochs = 1, frozen = ['a,b']}],[]", "fit.stages", [[{"epochs": 1, "frozen": ["a,b"]}], []]),
    ],
)
def test_values_stand_between_commas(option: str, key: str, values: list[object]) -> None:
    assert read([option]) == {key: values}


def test_several_options_are_several_keys() -> None:
    assert read(["fit.lr=0.1,0.2", "fit.batch=8,16"]) == {"fit.lr": [0.1, 0.2], "fit.batch": [8, 16]}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["fit.lr"], "is not KEY=VALUE,VALUE"),
        (["=1,2"], "is not KEY=VALUE,VALUE"),
        (["fit.lr==1,2"], "is not KEY=VALUE,VALUE"),
        (["fit.lr=0.1"], "it gives a single value"),
        (["net.activation=[relu,tanh]"], "(?s)a single value.*these: --vary net.activation=relu,tanh"),
        (["fit.lr=log:1e-3..1"], "(?s)a single value.*neurona tune RECIPE --over fit.lr=log:1e-3..1"),
        (["fit.lr="], "gives no values"),
        (["net.hidden=[5],[5"], "net.hidden=.* is not closed"),
        (['data.target="a,b'], "is not closed"),
        (["fit.lr=1,2", "fit.lr=3,4"], "fit.lr twice"),
    ],
)
def test_what_cannot_be_compared_is_said(options: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(options)
    assert caught.value.hint


def test_the_paired_test_is_scipys() -> None:
    rng = np.random.default_rng(4)
    a = rng.normal(0.9, 0.02, 10)
    b = a - rng.normal(0.01, 0.01, 10)
    pair, theirs = Pair.of(a.tolist(), b.tolist()), stats.ttest_rel(a, b)
    assert pair.p == pytest.approx(theirs.pvalue, rel=1e-10)
    low, high = theirs.confidence_interval()
    assert (pair.mean - pair.half, pair.mean + pair.half) == pytest.approx((low, high), rel=1e-10)
    whole = stats.t.interval(0.95, 9, a.mean(), a.std(ddof=1) / math.sqrt(10))
    interval = Interval.of(a.tolist())
    assert (interval.mean - interval.half, interval.mean + interval.half) == pytest.approx(whole)


def test_differences_without_spread() -> None:
    assert Pair.of([1.0, 2.0], [1.0, 2.0]).p == 1
    for same in (Pair.of([1.5, 2.5], [1.0, 2.0]), Pair.of([0.9, 0.8], [0.8, 0.7])):  # the second but for rounding
        assert same.mean > 0 and same.half < 1e-12 and math.isnan(same.p)
    assert math.isnan(Pair.of([1.0], [2.0]).p)


def test_a_variant_is_called_by_its_values_and_by_the_option_where_they_say_nothing() -> None:
    vary = {"net.activation": ["relu", "tanh"], "net.bidirectional": [False, True], "fit.lr": [0.1, 1]}
    recipe = Recipe.of({"data": {"name": "moons"}, "net": {"kind": "mlp"}, "vary": vary})
    titles = [variant.title for variant in variants(recipe)]
    assert titles[0] == "relu, bidirectional false, lr 0.1" and titles[-1] == "tanh, bidirectional true, lr 1"


def varying(**vary: object) -> Recipe:
    """Return a recipe that compares, with the section of each key before two underscores."""
    keys = {key.replace("__", "."): values for key, values in vary.items()}
    return Recipe.of({"data": {"name": "moons"}, "net": {"kind": "mlp"}, "fit": {"clip": 2.0}, "vary": keys})


def test_none_is_a_variant_without_the_key() -> None:
    recipe = varying(fit__clip=["none", 1])
    without, one = variants(recipe)
    assert (without.label, without.title, one.title) == ("none", "clip none", "clip 1")
    assert "clip" not in without.of(recipe).to_dict()["fit"] and one.of(recipe).fit.clip == 1
    assert Recipe.of(tomllib.loads(recipe.to_toml())).vary == recipe.vary


def test_a_choice_by_label_may_take_a_key_out() -> None:
    recipe = varying(rule={"plain": {"fit.clip": "none"}, "clipped": {}})
    assert [(variant.title, variant.of(recipe).fit.clip) for variant in variants(recipe)] == [
        ("plain", None),
        ("clipped", 2.0),
    ]


def test_a_choice_of_ours_is_called_in_the_language_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_chosen", ["es"])
    recipe = Recipe.read("digits-batch-norm")
    assert [variant.label for variant in variants(recipe)] == ["without", "batch norm"]
    assert variants(recipe)[0].title == "sin ella"


@pytest.mark.parametrize(("seeds", "fit", "said"), [(3, 0, True), (1, 7, False), (1, 0, True)])
def test_a_seed_of_the_data_that_is_left_out_is_said(seeds: int, fit: int, said: bool) -> None:
    recipe = varying(fit__lr=[0.1, 0.2]).model_dump(exclude_unset=True)
    recipe = {**recipe, "data": {"name": "moons", "seed": 7}, "fit": {"seed": fit}, "seeds": seeds}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        require_comparable(Recipe.of(recipe))
    assert [str(one.message)[:26] for one in caught] == ["data.seed = 7 is left out:"] * said


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({"lr": [1, 2]}, r"lr cannot be compared.*\nThe section comes first: fit\.lr\."),
        ({"seed": [1, 2]}, r"data\.seed, fit\.seed"),
        ({"vary__x": [1, 2]}, r"vary\.x cannot be compared.*\nKnown are: data, fit, net"),
        ({"fti__lr": [1, 2]}, "Did you mean 'fit'"),
        ({"fit__seed": [1, 2]}, "Seeds are no variants"),
    ],
)
def test_what_cannot_vary_is_said(vary: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        require_comparable(varying(**vary))


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        (["net.activation=elu"], "--set vary=none"),
        (['net."activation"=elu'], "--set vary=none"),
        (["net.activation=elu", 'vary."net.activation"=["relu", "tanh"]'], "or out of --vary"),
    ],
)
def test_what_is_set_for_all_cannot_vary_too(changes: list[str], hint: str) -> None:
    with pytest.raises(InputError, match=rf"net\.activation is both set and varied\.\n.*{hint}"):
        require_comparable(Recipe.read("digits-activations", changes))


def test_the_seed_of_the_split_is_not_set_beside_the_seeds() -> None:
    with pytest.raises(InputError, match=r"data\.seed cannot be set here.*\n.*--set fit\.seed=7"):
        require_comparable(Recipe.read("digits-activations", ["data.seed=3"]))


def test_what_only_some_choices_set_may_be_set_for_the_others() -> None:
    require_comparable(Recipe.read("digits-adadelta", ["fit.momentum=0.5"]))


def test_other_variants_leave_claims_behind() -> None:
    assert Recipe.read("digits-activations").claim
    assert not Recipe.read("digits-activations", ["vary=none"]).claim


def test_p_values_of_several_variants_allow_for_their_number() -> None:
    rng = np.random.default_rng(0)
    values = {
        name: rng.normal(mean, 0.02, 10).tolist() for name, mean in zip("abcd", (0.9, 0.88, 0.89, 0.9), strict=True)
    }
    found = differences(values, "a")
    alone = {name: float(stats.ttest_rel(values[name], values["a"]).pvalue) for name in "bcd"}
    most, middle, least = sorted(alone, key=lambda name: alone[name])
    adjusted = {most: 3 * alone[most]}  # Holm 1979: of k hypotheses the smallest p times k, the next times k - 1, ...
    adjusted[middle] = max(adjusted[most], 2 * alone[middle])
    adjusted[least] = max(adjusted[middle], alone[least])
    assert {name: pair.p for name, pair in found.items()} == pytest.approx(
        {name: min(1.0, p) for name, p in adjusted.items()}
    )
