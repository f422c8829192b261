"""`neurona.train` and the public names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from recipes import flats

import neurona as nr
from neurona.compare import Comparison
from neurona.measure import measure
from neurona.run import Run
from neurona.training import dotted


def test_a_recipe_trains_by_its_name(tmp_path: Path) -> None:
    run = nr.train("spiral", epochs=2, out=tmp_path / "r")
    assert isinstance(run, Run)
    assert run.path == tmp_path / "r"
    assert list(run.history.index) == [1, 2]
    assert run.metrics["epochs"] == 2
    assert run.recipe.net["hidden"] == [100]
    assert (run.path / "report.html").is_file()


def test_a_table_trains_by_its_path_and_target(tmp_path: Path) -> None:
    flats().to_csv(tmp_path / "my.csv", index=False)
    run = nr.train(tmp_path / "my.csv", target="price", out=tmp_path / "r", epochs=2, report=False)
    assert run.task.name == "regression"
    assert run.target.names == ("price",)
    assert not (run.path / "report.html").exists()


def test_changes_may_be_about_data_and_net(tmp_path: Path) -> None:
    run = nr.train(
        "spiral",
        out=tmp_path / "r",
        report=False,
        epochs=1,
        fit={"lr": 0.5},
        data={"samples": 90, "classes": 2},
        net={"hidden": [3]},
        seed=9,
    )
    assert run.net().hidden1.out_features == 3
    assert len(run.target.classes) == 2
    assert sum(run.samples.values()) == 90
    assert (run.recipe.fit.lr, run.recipe.fit.seed) == (0.5, 9)


def test_the_same_seed_gives_the_same_run_in_one_process(tmp_path: Path) -> None:
    runs = [nr.train("moons", epochs=200, seed=4, out=tmp_path / name, report=False) for name in "ab"]
    assert runs[0].rows == runs[1].rows


def test_a_recipe_that_varies_something_gives_a_comparison(tmp_path: Path) -> None:
    result = nr.train("spiral", epochs=1, seeds=2, out=tmp_path / "c", report=False)
    assert isinstance(result, Comparison)
    assert result.finished
    varied = nr.train("spiral", epochs=1, vary={"net.activation": ["relu", "tanh"]}, out=tmp_path / "v", report=False)
    assert list(varied.runs) == ["relu", "tanh"]


def test_a_run_goes_below_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = nr.train("wine", epochs=1, report=False)
    assert run.path.parent == Path("runs")
    assert run.path.name.startswith("wine-")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lr": -1}, r"fit\.lr = -1"),
        ({"epoch": 3}, "Did you mean 'epochs'"),
        ({"net": {"activation": "rellu"}}, "Did you mean 'relu'"),
        ({"target": "x1"}, "no table"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nr.InputError, match=words):
        nr.train("spiral", **changes)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_is_a_training_error(tmp_path: Path) -> None:
    with pytest.raises(nr.TrainingError, match="Training diverged in epoch 1") as error:
        nr.train("linear-regression", lr=1e30, out=tmp_path / "r")
    assert "fit.lr = 0.1" in error.value.hint
    assert not Run.open(tmp_path / "r").finished


def test_every_public_name_is_there() -> None:
    for name in nr.__all__:
        assert getattr(nr, name) is not None
    assert {"Fit", "Run", "Recipe", "Dataset", "Epoch", "load", "train", "nets", "tasks", "look"} <= set(nr.__all__)
    assert "open" not in nr.__all__ and callable(nr.open)  # `from neurona import *` leaves Python's own
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = nr.trian


def test_step_by_step_as_the_first_page_says(tmp_path: Path) -> None:
    data = nr.load("spiral", classes=3, noise=0.2)
    net = nr.nets.mlp(data.features, [10], data.outputs)
    fit = nr.Fit(net, data, optimizer="adam", lr=1e-2, epochs=3)
    epochs = [epoch for epoch in fit]  # noqa: C416
    assert [epoch.index for epoch in epochs] == [1, 2, 3]
    assert all(isinstance(epoch, nr.Epoch) for epoch in epochs)
    run = fit.save(tmp_path / "spiral")
    assert run.metrics["epochs"] == 3
    assert Run.open(run.path).history.equals(run.history)


@pytest.mark.parametrize("what", [pd.DataFrame({"a": [1, 2]}), np.zeros((3, 2)), torch.zeros(3, 2), (np.zeros(2), [1])])
def test_data_in_memory_are_told_where_to_go(what: Any) -> None:
    with pytest.raises(nr.InputError, match=type(what).__name__) as caught:
        nr.train(what)
    assert '.to_parquet("my.parquet")' in caught.value.hint


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ({"data": {"name": "wine"}}, "Write nr.train(nr.Recipe.of({...}))."),
        (None, "Write nr.train('spiral')"),
        (7, "'spiral'"),
        (Run("runs/mine"), "Give the recipe that it was made by: nr.train(run.recipe)."),
    ],
)
def test_what_is_no_path_and_no_recipe_is_told_what_is(what: Any, hint: str) -> None:
    said = f"nr.train takes a name, the path of a file or a Recipe, and was given a {type(what).__name__}"
    with pytest.raises(nr.InputError, match=said) as caught:
        nr.train(what)
    assert hint in caught.value.hint


def test_a_recipe_trains_as_its_name_does_and_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = nr.Recipe.read("spiral").with_changes({"name": "mine", "fit.lr": 0.02, "data.noise": 0.2})
    before = recipe.to_toml()
    run = nr.train(recipe, epochs=2, net={"hidden": [5]}, report=False)
    assert run.path.parent == Path("runs") and run.path.name.startswith("mine-")
    named = nr.train(
        "spiral", epochs=2, lr=0.02, data={"noise": 0.2}, net={"hidden": [5]}, report=False, out=tmp_path / "named"
    )
    assert run.rows == named.rows
    assert recipe.to_toml() == before
    again = nr.train(nr.open(run.path).recipe, report=False, out=tmp_path / "again")
    assert again.rows == run.rows
    compared = nr.train(recipe, epochs=1, vary={"fit.lr": [0.1, 0.2]}, report=False, out=tmp_path / "compared")
    assert isinstance(compared, Comparison)


def test_what_is_wrong_in_a_recipe_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = nr.Recipe.of({"data": {"name": "wine"}, "net": {"kind": "mlp", "hidden": [3], "activation": "rellu"}})
    for changes, words in (({}, "Did you mean 'relu'"), ({"target": "x"}, "recipe is no table"), ({"lr": 0}, "fit.lr")):
        with pytest.raises(nr.InputError, match=words):
            nr.train(recipe, **changes)
    with pytest.raises(nr.InputError, match="what data"):
        nr.train(nr.Recipe.of({"data": {}}))
    assert not list(tmp_path.iterdir())


def test_the_target_of_a_recipe_on_a_table_may_be_another(tmp_path: Path) -> None:
    flats().to_csv(tmp_path / "my.csv", index=False)
    recipe = nr.Recipe.read(tmp_path / "my.csv", target="price")
    other = next(name for name in flats().columns if name != "price")
    run = nr.train(recipe, target=other, epochs=1, report=False, out=tmp_path / "r")
    assert run.target.names == (other,)
    named = nr.train("wine", target="price", data={"path": tmp_path / "my.csv"}, net={"hidden": [3]}, epochs=1,
                     report=False, out=tmp_path / "w")  # fmt: skip
    assert named.target.names == ("price",)


def test_texts_in_a_table_get_the_net_that_reads_them(tmp_path: Path) -> None:
    words = ["good bad", "bad good", "fine bad bad", "good good fine"] * 20
    pd.DataFrame({"review": words, "stars": [0, 1, 0, 1] * 20}).to_csv(tmp_path / "r.csv", index=False)
    run = nr.train(
        tmp_path / "r.csv", target="stars", data={"text": "review"}, epochs=1, report=False, out=tmp_path / "r"
    )
    assert run.recipe.net["kind"] == "sequence-classifier"


def test_a_run_on_a_path_that_was_relative_finds_its_data_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flats().to_csv("my.csv", index=False)
    recipe = nr.Recipe.of(
        {"data": {"path": "my.csv", "target": "price"}, "net": {"kind": "mlp", "hidden": [3]}, "fit": {"epochs": 1}}
    )
    runs = [
        nr.train(recipe, report=False, out="made"),
        nr.train("wine", epochs=1, data={"path": "my.csv", "target": "price"}, report=False, out="named"),
    ]
    monkeypatch.chdir(tmp_path.parent)
    for run in runs:
        again = nr.open(tmp_path / run.path)
        assert len(again.data().train) == again.samples["train"]
        assert [epoch.index for epoch in again.resume(epochs=2)] == [2]


def test_a_dataset_and_a_net_are_told_where_they_train() -> None:
    for what in (nr.load("wine"), torch.nn.Linear(2, 1)):
        with pytest.raises(nr.InputError, match=f"given a {type(what).__name__}") as caught:
            nr.train(what)  # type: ignore[arg-type]
        assert "nr.Fit(net, data)" in caught.value.hint
    with pytest.raises(nr.InputError, match=r"nr\.tune takes a name"):
        nr.tune(pd.DataFrame({"a": [1, 2]}), {"fit.lr": [0.1, 0.2]})  # type: ignore[arg-type]


def test_changes_may_be_written_with_their_section() -> None:
    assert dotted({"fit.lr": 0.1, "epochs": 2, "net": {"hidden": [3]}, "data.noise": 0, "seeds": 2}) == {
        "fit.lr": 0.1,
        "fit.epochs": 2,
        "net.hidden": [3],
        "data.noise": 0,
        "seeds": 2,
    }


def test_what_the_hint_about_arrays_says_works(tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
    pd.DataFrame(x).add_prefix("x").assign(y=y).to_parquet(tmp_path / "my.parquet")
    data = nr.load(tmp_path / "my.parquet", target="y")
    assert (data.task, data.features) == ("binary", 2)


def test_a_fit_on_arrays_is_told_what_it_trains_on() -> None:
    with pytest.raises(nr.InputError, match="are a tuple, and a fit trains on a Dataset"):
        nr.Fit(torch.nn.Linear(2, 1), (np.zeros((3, 2)), np.zeros(3)))  # type: ignore[arg-type]
    recipe = nr.Recipe.read("wine")
    for asked in (recipe.build, recipe.start):
        with pytest.raises(nr.InputError, match="are a ndarray, and a fit trains on a Dataset"):
            asked(np.zeros((3, 2)))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("key", "said"), [("nett.hidden", "nett is not a known key"), ("hiden", r"fit\.hiden is not a known key")]
)
def test_a_keyword_that_nothing_knows_is_named_as_it_was_written(key: str, said: str) -> None:
    with pytest.raises(nr.InputError, match=said):
        nr.train("wine", **{key: [3]})


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"hidden": [3]}, "net={'hidden': [3]}"),
        ({"noise": 0.2}, "data={'noise': 0.2}"),
        ({"test": 0}, "data={'test': 0}"),
    ],
)
def test_a_keyword_of_another_section_is_told_where_it_goes(changes: dict[str, Any], written: str) -> None:
    with pytest.raises(nr.InputError, match=r"is no field of \[fit\]") as caught:
        nr.train("spiral", **changes)
    assert caught.value.hint == f"Write {written}."


@pytest.mark.parametrize("name", ["", "../../x", "-rf", "...", "a\nb"])
def test_the_name_of_a_directory_is_neither_hidden_nor_like_an_option(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = nr.train("wine", name=name, epochs=1, report=False)
    assert run.path.parent == Path("runs") and run.path.name[0].isalpha()
    assert nr.open(run.path).recipe.name == name


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": {"activation": torch.nn.ReLU()}}, r"net\.activation = ReLU\(\)"),
        ({"vary": {"net.activation": [torch.nn.ReLU(), torch.nn.Tanh()]}}, r"vary\.net\.activation"),
        ({"net": {"hidden": {3}}}, r"net\.hidden"),
        ({"data": {"name": b"wine"}}, r"data\.name"),
    ],
)
def test_what_no_file_can_hold_is_no_part_of_a_recipe(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(nr.InputError, match=f"{words}.* is not valid") as caught:
        nr.train("wine", **changes)
    assert 'net.activation = "relu"' in caught.value.hint
    with pytest.raises(nr.InputError, match=r"net\.activation = ReLU\(\)"):
        nr.tune("wine", {"net.activation": [torch.nn.ReLU(), torch.nn.Tanh()]})


def test_whoever_sets_a_field_of_a_recipe_or_of_options_is_told_how() -> None:
    recipe = nr.Recipe.read("wine")
    with pytest.raises(nr.InputError, match="name cannot be set here") as caught:
        recipe.name = "mine"
    assert """recipe.with_changes({"name": 'mine'})""" in caught.value.hint
    for options in (recipe.fit, recipe.start().options):
        with pytest.raises(nr.InputError, match=r"fit\.lr cannot be set here") as caught:
            options.lr = 0.2
        assert 'with_changes({"fit.lr": 0.2})' in caught.value.hint and "param_groups" in caught.value.hint
    assert recipe.fit.lr == 0.05


@pytest.mark.parametrize("changes", [3, [3], {3: 3}, None])
def test_changes_that_are_none_are_told_what_they_are(changes: Any) -> None:
    with pytest.raises(nr.InputError, match=r"nr\.Recipe\.read takes a dictionary"):
        nr.Recipe.read("wine", changes)


@pytest.mark.parametrize("metric", [None, 3, "", "seconds.x", "epochs.x", "history.train_loss", "history.train_loss@x"])
def test_a_number_that_a_run_does_not_have_is_said(metric: Any, tmp_path: Path) -> None:
    run = nr.train("wine", epochs=1, report=False, out=tmp_path / "r")
    with pytest.raises(nr.InputError, match="The run has no number"):
        measure(run, metric)
    with pytest.raises(nr.InputError, match="There is no run at"):
        _ = Run(tmp_path / "q").metrics
