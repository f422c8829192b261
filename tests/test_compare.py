"""Comparisons: each variant with each seed is a run, and the table is their mean with an honest interval."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import psutil
import pytest
from recipes import MOONS, changed, compare, sloped, train
from scipy import stats

from neurona.compare import Comparison
from neurona.data import Dataset
from neurona.errors import InputError, NeuronaWarning
from neurona.interval import Interval
from neurona.look.words import different_data_texts, diverged_texts
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.vary import variants

TWO = {**changed(MOONS, fit={"epochs": 4}), "vary": {"net.activation": ["relu", "tanh"]}, "seeds": 3}


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    compared = compare(TWO, tmp_path_factory.mktemp("runs") / "c")
    return Comparison(compared.path)


def numbers(comparison: Comparison, folder: str, name: str, split: str = "test") -> list[float]:
    """Read a metric of each seed from the files themselves."""
    files = sorted((comparison.path / folder).glob("seed-*/metrics.json"))
    return [json.loads(file.read_text())[split][name] for file in files]


def test_every_variant_trains_with_every_seed(comparison: Comparison) -> None:
    runs = sorted(
        path.parent.relative_to(comparison.path).as_posix() for path in comparison.path.glob("*/*/metrics.json")
    )
    assert runs == [f"{variant}/seed-{seed}" for variant in ("1-relu", "2-tanh") for seed in (0, 1, 2)]
    for seed in (0, 1, 2):
        recipe = Run.open(comparison.path / "2-tanh" / f"seed-{seed}").recipe
        assert recipe.net["activation"] == "tanh"
        assert recipe.fit.seed == recipe.data["seed"] == seed
        assert not recipe.vary
    assert comparison.finished


def test_seeds_alone_lie_beside_the_recipe_and_are_no_variant(tmp_path: Path) -> None:
    alone = compare({**MOONS, "seeds": 2}, tmp_path / "c")
    assert sorted(path.name for path in alone.path.iterdir() if path.is_dir()) == ["seed-0", "seed-1"]
    with pytest.raises(InputError, match=r"comparison of several runs\.\nName one of them, such as .*c/seed-0"):
        Run.open(alone.path)
    (runs,) = Comparison(alone.path).runs.values()
    assert [run.path.name for run in runs] == ["seed-0", "seed-1"]


def test_a_run_of_a_comparison_is_the_run_of_its_recipe_alone(comparison: Comparison, tmp_path: Path) -> None:
    single = changed(MOONS, data={"seed": 2}, net={"activation": "tanh"}, fit={"epochs": 4, "seed": 2})
    alone = train(single, tmp_path / "alone")
    within = comparison.path / "2-tanh" / "seed-2"
    assert (within / "history.csv").read_bytes() == (alone.path / "history.csv").read_bytes()


def test_seeds_differ_in_weights_and_in_the_split(comparison: Comparison) -> None:
    first, second, _third = comparison.runs["relu"]
    assert first.data().fingerprint() != second.data().fingerprint()
    assert len(set(numbers(comparison, "1-relu", "loss"))) == 3


def test_the_table_agrees_with_numpy_over_the_runs(comparison: Comparison) -> None:
    table = comparison.table()
    assert list(table.index) == ["relu", "tanh"]
    for label, folder in (("relu", "1-relu"), ("tanh", "2-tanh")):
        for name in ("loss", "accuracy"):
            values = numbers(comparison, folder, name)
            assert table.loc[label, f"test.{name}"] == pytest.approx(np.mean(values))
            assert table.loc[label, f"test.{name} std"] == pytest.approx(np.std(values, ddof=1))
        assert table.loc[label, "seeds"] == 3
    assert comparison.values("test.loss")["tanh"] == numbers(comparison, "2-tanh", "loss")


@pytest.mark.parametrize(
    "values", [[1.0, 2.0], [0.9, 0.91, 0.88, 0.95], list(np.random.default_rng(0).normal(size=30))]
)
def test_the_interval_is_that_of_student(values: list[float]) -> None:
    interval = Interval.of(values)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert interval.mean - interval.half == pytest.approx(low)
    assert interval.mean + interval.half == pytest.approx(high)
    assert interval.std == pytest.approx(np.std(values, ddof=1))


def test_one_seed_has_no_spread_and_none_no_mean() -> None:
    assert Interval.of([0.5]) == Interval(0.5, 0.0, 0.0)
    assert np.isnan(Interval.of([]).mean)


def test_the_summary_names_the_best_variant_and_its_means(comparison: Comparison) -> None:
    summary = comparison.summary()
    means = {
        label: np.mean(numbers(comparison, folder, "accuracy"))
        for label, folder in (("relu", "1-relu"), ("tanh", "2-tanh"))
    }
    assert comparison.main == "test.accuracy"
    assert summary["best"] == max(means, key=lambda label: means[label])
    folder = {"relu": "1-relu", "tanh": "2-tanh"}[summary["best"]]
    for split in ("train", "test"):
        assert summary[split]["loss"] == pytest.approx(np.mean(numbers(comparison, folder, "loss", split)))
    assert summary["epochs"] == 6 * 4
    assert set(summary["variants"]) == {"relu", "tanh"}


@pytest.mark.parametrize(("metric", "pick"), [("test.loss", min), ("test.accuracy", max), ("gap.accuracy", min)])
def test_the_best_is_the_highest_accuracy_or_the_lowest_loss(tmp_path: Path, metric: str, pick: object) -> None:
    compared = compare(
        {**TWO, "seeds": 1, "claim": [{"metric": metric, "at_most": 9}], "vary": {"fit.epochs": [1, 6]}}, tmp_path / "c"
    )
    assert compared.main == metric
    means = {label: values[0] for label, values in compared.values(metric).items()}
    assert means["1"] != means["6"]
    assert compared.summary()["best"] == pick(means, key=lambda label: means[label])


def test_finished_runs_are_not_trained_again(tmp_path: Path) -> None:
    begun = Comparison.begin(Recipe.of(TWO), tmp_path / "c")
    for part, epoch in begun.follow(lanes=1):
        if (part.variant.label, part.seed, epoch.index) == ("relu", 1, 2):
            break
    assert not begun.finished
    assert [len(runs) for runs in begun.runs.values()] == [1, 1]
    again = Comparison(begun.path)
    passed = [(part.variant.label, part.seed, epoch.index) for part, epoch in again.follow(lanes=1)]
    assert ("relu", 0) not in {(label, seed) for label, seed, _epoch in passed}
    assert [key for key in passed if key[2] == 4] == [
        *(("relu", 1, 4), ("tanh", 1, 4)),
        *(("relu", 2, 4), ("tanh", 2, 4)),
    ]
    assert again.finished
    assert list(Comparison(begun.path).follow()) == []


@pytest.mark.parametrize(
    ("vary", "wanted"),
    [
        ({"net.activation": ["relu", "tanh"], "fit.lr": [0.1, 0.01]}, [(0, 0.1), (1, 0.1)]),
        (
            {"net.activation": ["relu", "tanh"], "data.noise": [0.2, 0.3]},
            [(0, 0.2), (0, 0.3), (0, 0.2), (0, 0.3), (1, 0.2), (1, 0.3)],
        ),
    ],
)
def test_variants_with_the_same_data_share_them(
    vary: dict[str, object], wanted: list[tuple[int, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are loaded once for each seed; before that, the check of the variants loads those of the first seed."""
    loaded: list[tuple[int, float]] = []
    load = Recipe.load

    def noted(recipe: Recipe) -> Dataset:
        loaded.append((recipe.data["seed"], recipe.data["noise"]))
        return load(recipe)

    monkeypatch.setattr(Recipe, "load", noted)
    assert compare({**changed(MOONS, data={"noise": 0.1}), "vary": vary, "seeds": 2}, tmp_path / "c").finished
    assert loaded == wanted


def test_an_unfinished_comparison_has_a_table_of_what_is_there(tmp_path: Path) -> None:
    begun = Comparison.begin(Recipe.of(TWO), tmp_path / "c")
    for part, _epoch in begun.follow(lanes=1):
        if (part.variant.label, part.seed) == ("tanh", 0):
            break
    table = Comparison(begun.path).table()
    assert table.loc["relu", "seeds"] == 1
    assert table.loc["tanh", "seeds"] == 0
    assert np.isnan(table.loc["tanh", "test.loss"])


def test_several_keys_give_every_combination_in_the_order_written() -> None:
    recipe = Recipe.of({**MOONS, "vary": {"fit.optimizer": ["sgd", "adam"], "net.hidden": [[4], [4, 2], []]}})
    assert [variant.label for variant in variants(recipe)] == [
        *("sgd, 4", "sgd, 4-2", "sgd, none"),
        *("adam, 4", "adam, 4-2", "adam, none"),
    ]
    assert variants(recipe)[1].changes == {"fit.optimizer": "sgd", "net.hidden": [4, 2]}


def test_choices_by_label_set_several_keys_at_once(tmp_path: Path) -> None:
    written = """
        [vary]
        "net.hidden" = [[4], [4, 2]]

        [vary.optimizer]
        adadelta = { fit.optimizer = "adadelta" }
        "SGD, momentum 0.8" = { fit.optimizer = "sgd", fit.lr = 0.1, "fit.momentum" = 0.8 }
    """
    recipe = {**changed(MOONS, fit={"epochs": 1}), **tomllib.loads(written)}
    compared = compare(recipe, tmp_path / "c")
    assert list(compared.runs) == [
        *("4, adadelta", "4, SGD, momentum 0.8"),
        *("4-2, adadelta", "4-2, SGD, momentum 0.8"),
    ]
    assert [variant.label for variant in variants(Recipe.of(recipe))] == list(compared.runs)
    fits = [Run.open(path).recipe.fit for path in sorted(compared.path.glob("*/seed-0"))]
    assert [(fit.optimizer, fit.lr, fit.momentum) for fit in fits] == [("adadelta", 0.05, None), ("sgd", 0.1, 0.8)] * 2


def test_a_choice_may_leave_the_recipe_as_it_is() -> None:
    recipe = Recipe.of({**MOONS, "vary": {"dropout": {"without": {}, "with": {"net": {"dropout": 0.5}}}}})
    assert [(variant.label, variant.changes) for variant in variants(recipe)] == [
        ("without", {}),
        ("with", {"net.dropout": 0.5}),
    ]
    assert Recipe.of(tomllib.loads(recipe.to_toml())).vary == recipe.vary


def test_labels_of_any_kind_become_folders_of_their_own(tmp_path: Path) -> None:
    recipe = {**changed(MOONS, fit={"epochs": 1}), "vary": {"fit.lr": [0.1, 0.01], "net.hidden": [[2], []]}}
    compared = compare(recipe, tmp_path / "c")
    assert sorted(path.name for path in compared.path.iterdir() if path.is_dir()) == [
        *("1-0-1--2", "2-0-1--none", "3-0-01--2", "4-0-01--none"),
    ]
    assert list(compared.runs) == ["0.1, 2", "0.1, none", "0.01, 2", "0.01, none"]
    assert all(len(runs) == 1 for runs in compared.runs.values())


def test_seeds_alone_are_a_comparison_of_one_variant(tmp_path: Path) -> None:
    compared = compare({**changed(MOONS, fit={"epochs": 1}), "seeds": 2}, tmp_path / "c")
    assert [variant.changes for variant in compared.variants] == [{}]
    assert len(next(iter(compared.runs.values()))) == 2


def test_every_variant_is_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'tanhh'"):
        Comparison.begin(Recipe.of({**TWO, "vary": {"net.activation": ["relu", "tanhh"]}}), tmp_path / "c")
    with pytest.raises(InputError, match=r"fit\.lr = -1"):
        Comparison.begin(Recipe.of({**TWO, "vary": {"fit.lr": [0.1, -1]}}), tmp_path / "c")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("vary", "together"),
    [
        ({}, False),
        ({"fit.lr": [0.1, 0.2]}, False),
        ({"fit.optimizer": ["sgd", "adam"], "fit.momentum": [0.1, 0.2]}, True),
        ({"fit.optimizer": ["sgd", "adam"], "fit.momentum": ["none", 0.5]}, True),
    ],
)
def test_only_values_that_are_wrong_together_are_said_to_be(
    vary: dict[str, object], together: bool, tmp_path: Path
) -> None:
    fit = {"optimizer": "adam" if "fit.optimizer" not in vary else "sgd", "momentum": 0.9}
    recipe = Recipe.of({**changed(MOONS, fit=fit), "vary": vary, "seeds": 2})
    with pytest.raises(InputError, match=r"fit\.momentum does not apply to the optimizer 'adam'") as caught:
        Comparison.begin(recipe, tmp_path / "c")
    assert bool(re.search(r"adam, momentum 0\.[15] do not go together", caught.value.hint)) == together
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("vary", "equals"),
    [
        ({"fit.optimizer": ["sgd", "momentum", "nesterov"]}, ["'sgd' and 'momentum'"]),
        ({"fit.weight_decay": [0, 0.0, 0.1]}, ["'weight_decay 0' and 'weight_decay 0.0'"]),
        ({"fit.lr": [0.1, 0.2]}, []),
    ],
)
def test_variants_that_are_trained_alike_are_told(
    vary: dict[str, object], equals: list[str], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    fit = {"optimizer": "sgd", "momentum": 0.5, "lr": 0.1}
    Comparison.begin(Recipe.of({**changed(MOONS, fit=fit), "vary": vary}), tmp_path / "c")
    told = [str(one.message) for one in recwarn if "in the same way" in str(one.message)]
    assert [f"The variants {pair} are trained in the same way: leave one of them out." for pair in equals] == told


def test_a_variant_leaves_out_what_its_optimizer_does_not_take(tmp_path: Path) -> None:
    recipe = {**changed(MOONS, fit={"optimizer": "sgd", "momentum": 0.5}), "vary": {"fit.optimizer": ["sgd", "adam"]}}
    with pytest.warns(NeuronaWarning, match=r"The optimizer adam .* has for sgd: momentum\. They are left out\."):
        compared = compare(recipe, tmp_path / "c")
    assert [run.recipe.fit.momentum for runs in compared.runs.values() for run in runs] == [0.5, None]


def test_variants_on_different_data_are_not_ranked(tmp_path: Path) -> None:
    recipe = {**TWO, "vary": {"data.name": ["moons", "blobs"]}, "seeds": 2}
    compared = compare(recipe, tmp_path / "c")
    assert compared.on_different_data and not compared.ranks
    summary = compared.summary()
    assert summary["best"] is None and summary["differences"] == {}
    assert "do not say which one is better" in " ".join(different_data_texts(compared))


@pytest.mark.parametrize("name", ["c", "c/1-relu/seed-0"])
def test_what_was_made_from_a_recipe_is_none(
    name: str, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(comparison.path.parent)
    with pytest.raises(
        InputError, match=f"{name} was made from a recipe.*\nName its recipe, {name}/recipe.toml, or go"
    ):
        Recipe.read(name)


def test_a_comparison_or_a_run_without_its_recipe_is_said(tmp_path: Path) -> None:
    path = Comparison.begin(Recipe.of(TWO), tmp_path / "c").path
    (path / "recipe.toml").unlink()
    with pytest.raises(InputError, match=r"c lacks recipe\.toml, the recipe that it was made by\.\nRestore it from"):
        next(Comparison(path).follow())


MINE = """[data]
name = "moons"

[net]
kind = "mlp"
hidden = [4]

[fit]
epochs = 1

"""


@pytest.mark.parametrize(
    ("vary", "line", "words"),
    [
        ('[vary]\n"fit.lr" = [0.1, -1.0]\n', 12, r"fit\.lr = -1\.0 is not valid\.\nIt must be greater"),
        ('[vary]\n"net.hiden" = [[1], [2]]\n', 12, r"net\.hiden is not a known key\.\nDid you mean 'hidden'"),
        ('[vary]\n"fit.betas" = [[0.9, 0.99], [0.9, 2]]\n', 12, r"fit\.betas\.1 = 2"),
        ("[vary.rule]\na = { fit.lr = 0.1 }\nb = { fit.lrr = 0.2 }\n", 13, r"fit\.lrr is not a known key"),
        ('[vary.rule]\n"a, b" = { fit.lr = 0.1 }\n"c, d" = { fit.lr = 0 }\n', 13, r"fit\.lr = 0 is not valid"),
        ("[vary.rule.a]\nfit.lr = 0.1\n[vary.rule.b]\nfit.clip = 1\nfit.lr = 0\n", 15, r"fit\.lr = 0 is not"),
        ('[vary]\n"fit.lr" = [0.1, 0.1]\n', 11, r"Two variants are called '0\.1'"),
        ('[vary]\n"fit.lr" = [1, 2]\n"fit.seed" = [1, 2]\n', 13, "Seeds are no variants"),
    ],
)
def test_a_mistake_in_vary_is_pointed_at(vary: str, line: int, words: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE + vary)
    with pytest.raises(InputError, match=rf"mine\.toml, line {line}: {words}"):
        Comparison.begin(Recipe.read(file), tmp_path / "c")
    assert list(tmp_path.iterdir()) == [file]


def test_one_on_the_command_line_is_not_looked_for_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE + '[vary]\n"fit.lr" = [0.1, 0.2]\n')
    with pytest.raises(InputError, match=r"^fit\.lr = -1 is not valid"):
        Comparison.begin(Recipe.read(file).varied({"fit.lr": [0.1, -1]}, 2), tmp_path / "c")


def test_keys_of_vary_need_no_quotes() -> None:
    plain = Recipe.of(tomllib.loads(MINE + "[vary]\nfit.lr = [0.1, 0.2]\nnet.hidden = [[1], [2]]\n"))
    assert plain.vary == {"fit.lr": [0.1, 0.2], "net.hidden": [[1], [2]]}


def test_a_comparison_is_never_overwritten(comparison: Comparison) -> None:
    with pytest.raises(InputError, match="exists already"):
        Comparison.begin(Recipe.of(TWO), comparison.path)


def test_a_variant_that_diverges_is_a_result_and_stops_nobody(tmp_path: Path) -> None:
    recipe = changed(MOONS, fit={"epochs": 2, "optimizer": "sgd"}, vary={"fit.lr": [0.1, 1e30]}, seeds=2)
    comparison = compare(recipe, tmp_path / "both")
    assert comparison.finished and comparison.best == "0.1"
    assert math.isnan(Interval.of([*comparison.values("test.loss")["1e+30"]]).std)
    assert set(comparison.pairs()) == {"1e+30"}


def test_without_test_samples_the_variants_are_judged_by_what_there_is(tmp_path: Path) -> None:
    base = changed(MOONS, fit={"epochs": 2}, data={**MOONS["data"], "test": 0})
    assert compare({**base, "vary": {"fit.lr": [0.1, 0.2]}, "seeds": 2}, tmp_path / "a").main == "valid.accuracy"
    base = changed(base, data={**base["data"], "valid": 0})
    both = compare({**base, "vary": {"fit.lr": [0.1, 0.2]}, "seeds": 2}, tmp_path / "b")
    assert both.main == "train.accuracy" and set(both.pairs()) < {"0.1", "0.2"}


def test_the_table_shows_what_the_variants_are_judged_by(tmp_path: Path) -> None:
    base = changed(MOONS, fit={"epochs": 1}, data={**MOONS["data"], "test": 0}, vary={"fit.lr": [0.1, 0.2]})
    table = compare(base, tmp_path / "a").table()
    assert [column for column in table.columns if " " not in column] == [
        *("seeds", "valid.loss", "valid.accuracy", "seconds"),
    ]
    base = changed(base, data=MOONS["data"], claim=[{"metric": "gap.accuracy", "falls": True}])
    assert "gap.accuracy" in compare(base, tmp_path / "b").table().columns


def test_a_claim_about_an_epoch_that_was_not_reached_judges_nobody(tmp_path: Path) -> None:
    claim = [{"metric": "history.train_loss@9", "at_most": 1.0}]
    compared = compare(changed(MOONS, fit={"epochs": 3}, claim=claim, seeds=2), tmp_path / "c")
    assert compared.main == compared.summary()["metric"] == "test.accuracy"


def test_variants_of_the_same_mean_tie(tmp_path: Path) -> None:
    recipe = changed(MOONS, fit={"epochs": 3}, vary={"fit.lr": [1e-6, 0.1]}, seeds=2)
    compared = compare(recipe, tmp_path / "c")
    assert compared.tied == [compared.best] == ["0.1"]
    twins = changed(MOONS, fit={"epochs": 3}, vary={"fit.eps": [1e-8, 1.0000000001e-8]}, seeds=2)
    assert compare(twins, tmp_path / "d").tied == ["1e-08", "1.0000000001e-08"]


@pytest.mark.parametrize(("name", "content"), [("metrics.json", '{"test"'), ("checkpoint.pt", "PK"), ("data.json", "")])
def test_a_run_that_is_damaged_is_named_before_others_are_trained(tmp_path: Path, name: str, content: str) -> None:
    begun = Comparison.begin(Recipe.of(TWO), tmp_path / "c")
    for part, _epoch in begun.follow(lanes=1):
        if part.seed == 1:
            break
    run = begun.path / "1-relu" / "seed-0"
    (run / name).write_text(content)
    if name != "metrics.json":
        (run / "metrics.json").unlink()
    with pytest.raises(
        InputError, match=rf"{name} cannot be read.*\nDelete .*seed-0 and go on: that run is trained anew"
    ):
        next(Comparison(begun.path).follow(lanes=1))
    shutil.rmtree(run)
    assert sum(1 for _passed in Comparison(begun.path).follow(lanes=1)) and Comparison(begun.path).finished


def test_a_comparison_does_not_go_on_with_other_data(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    sloped(table, 1)
    recipe = Recipe.read(table, ["fit.epochs=2"], "y").model_copy(update={"seeds": 2})
    begun = Comparison.begin(recipe, tmp_path / "c")
    for part, _epoch in begun.follow(1):
        if part.seed == 1:
            break
    sloped(table, 2)
    shutil.rmtree(begun.path / "seed-1")
    with pytest.raises(InputError, match="data have changed since the run"):
        next(Comparison(begun.path).follow())


def test_variants_that_are_not_judged_by_the_same_number_are_refused(tmp_path: Path) -> None:
    recipe = {**MOONS, "vary": {"data.test": [0, 0.3]}, "seeds": 2}
    with pytest.raises(InputError, match=r"not judged by the same number: .*valid\.accuracy"):
        compare(recipe, tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_a_variant_may_have_a_long_name(tmp_path: Path) -> None:
    recipe = {**changed(MOONS, fit={"epochs": 1}), "vary": {"net.hidden": [[4], [2] * 150]}, "seeds": 1}
    compared = compare(recipe, tmp_path / "c")
    assert Comparison(compared.path).finished


def test_runs_that_diverged_are_counted(tmp_path: Path) -> None:
    recipe = {**changed(MOONS, fit={"epochs": 3, "optimizer": "sgd"}), "vary": {"fit.lr": [0.1, 1e30]}, "seeds": 2}
    compared = compare(recipe, tmp_path / "c")
    assert compared.diverged == compared.summary()["diverged"] == {"1e+30": 2}
    assert diverged_texts(compared) == ["lr 1e+30: 2 of 2 runs diverged, their numbers became infinite."]


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    recipe = Recipe.of({**TWO, "seeds": 2, "fit": {"epochs": 1}})
    comparison = Comparison.begin(recipe, tmp_path / "c")
    folder = comparison.path / "1-relu"
    gone, unasked = (subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) for _process in range(2))
    gone.wait()
    assert unasked.stdout is not None and unasked.stdout.read() == b""  # its end; it was not waited for
    while psutil.Process(unasked.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    for process in (gone.pid, unasked.pid, os.getpid(), os.getppid()):
        (folder / f".seed-0.{process}.part").mkdir(parents=True)
        (folder / f".seed-0.{process}.part" / "recipe.toml").touch()
    for _passed in comparison.follow():
        pass
    assert [left.name for left in folder.glob(".*")] == [f".seed-0.{os.getppid()}.part"]
    assert comparison.finished


def test_a_comparison_is_named_by_text_too(comparison: Comparison) -> None:
    assert Comparison(str(comparison.path)) == comparison  # type: ignore[arg-type]
    with pytest.raises(InputError, match="path = 3 is not valid"):
        Comparison(3)  # type: ignore[arg-type]
