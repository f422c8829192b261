"""A search: its trials are fits like any other, its best one a run, and it goes on as if never interrupted."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import shutil
import sqlite3
import warnings
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from recipes import MOONS, changed, search, sloped, train

import neurona
from neurona.data.dataset import Dataset, Split
from neurona.errors import InputError
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.look.trials import curves, slices
from neurona.look.tuned import headlines, looks, remarks
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.tuning import Trial, Tuning
from neurona.tuning.about import account, difference
from neurona.tuning.importance import importances
from neurona.tuning.judge import OneByOne
from neurona.tuning.search import Search
from neurona.tuning.space import of
from neurona.tuning.storage import StorageError, opened
from neurona.tuning.study import Asked, Study

SMALL = changed(MOONS, data={"samples": 120, "valid": 0.3}, fit={"epochs": 10, "optimizer": "sgd", "lr": 0.1})
OVER = {"fit.lr": "log:1e-3..1", "net.hidden": [[4], [8], [4, 4]]}


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return search(SMALL, OVER, tmp_path_factory.mktemp("runs") / "t", trials=14)


def facts(tuning: Tuning) -> list[tuple[object, ...]]:
    """Return what became of each trial but its time."""
    return [(trial.number, trial.values, trial.outcome, trial.value, trial.seen, trial.epochs) for trial in tuning.done]


def test_a_trial_is_the_training_of_its_recipe(tuning: Tuning, tmp_path: Path) -> None:
    trial = next(trial for trial in reversed(tuning.done) if trial.outcome == "complete")
    recipe = {**SMALL, "net": {"kind": "mlp", "hidden": trial.values["net.hidden"]}}
    alone = train(changed(recipe, fit={"lr": trial.values["fit.lr"]}), tmp_path / "alone")
    assert trial.value == alone.metrics["valid"]["loss"]
    assert [value for _tenth, value in trial.seen] == [row["valid_loss"] for row in alone.rows]
    assert trial.epochs == alone.metrics["epochs"]


def test_the_best_trial_is_kept_as_a_run(tuning: Tuning, tmp_path: Path) -> None:
    values = {trial.number: trial.value for trial in tuning.done if trial.outcome == "complete"}
    assert tuning.best is not None and tuning.best.number == min(values, key=lambda number: values[number])
    run = Run.open(tuning.path / "best")
    assert run.finished and run.metrics["valid"]["loss"] == tuning.best.value
    again = train(Recipe.read(tuning.path / "best.toml").to_dict(), tmp_path / "again")
    assert (again.path / "history.csv").read_bytes() == (run.path / "history.csv").read_bytes()
    assert run.net() is not None and run.metrics["test"]


def test_the_first_trial_is_the_recipe_itself_where_it_is_within_the_space(tuning: Tuning) -> None:
    assert tuning.own is not None and tuning.own.number == 1
    assert tuning.own.values == {"fit.lr": 0.1, "net.hidden": [8]}
    assert sum(trial.own for trial in tuning.trials) == 1


def test_a_recipe_outside_the_space_is_said_not_to_be_tried(tuning: Tuning, tmp_path: Path) -> None:
    found = search(
        SMALL, {"fit.lr": [0.1, 0.2], "fit.batch": [8, 64], "fit.clip": [1.0, 2.0]}, tmp_path / "t", trials=1
    )
    assert found.own is None and tuning.outside == {}
    said = "The recipe as it stands was not tried: the search leaves out its fit.batch 16, fit.clip not set."
    assert said in remarks(found) and not any("was not tried" in remark for remark in remarks(tuning))


def test_a_recipe_with_the_usual_batch_is_within_a_range_of_batches(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.batch": "8..64"}, tmp_path / "t", trials=1)
    assert Recipe.of(SMALL).fit.batch == "auto" and found.own is not None and found.own.values == {"fit.batch": 16}
    assert found.own.value == train(SMALL, tmp_path / "alone").metrics["valid"]["loss"]


def test_a_trial_is_pruned_when_it_is_worse_than_half_of_the_others_were_then(tuning: Tuning) -> None:
    done, pruned = tuning.done, 0
    for trial in done:
        before = [other for other in done if other.number < trial.number and other.outcome == "complete"]
        worse = []
        for step, _value in trial.seen:
            best = min(value for at, value in trial.seen if at <= step)
            there = [value for other in before for at, value in other.seen if at == step]
            worse.append(step >= 3 and len(before) >= 5 and best > np.median(there))
        assert any(worse[:9]) == (trial.outcome == "pruned") == (len(trial.seen) < 10)
        assert not any(worse[:-1])
        pruned += trial.outcome == "pruned"
    assert pruned >= 2


@pytest.mark.parametrize("patience", [None, 2])
def test_a_trial_is_not_pruned_once_it_is_at_its_end(
    patience: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = False
    report = Study.report

    def behind_at_the_end(study: Study, asked: Asked, step: int, value: float) -> bool:
        report(study, asked, step, value)
        return ended

    def training(recipes: Sequence[Recipe]) -> Generator[tuple[int, Fit, Epoch]]:
        nonlocal ended
        for number, fit, epoch in OneByOne()(recipes):
            ended = number == 1 and fit.ended
            yield number, fit, epoch

    monkeypatch.setattr(Study, "report", behind_at_the_end)
    recipe = changed(SMALL, fit={"patience": patience, "epochs": 40}) if patience else SMALL
    begun = Tuning.begin(Recipe.of(recipe), tmp_path / "t", over={"fit.lr": [0.1, 3.0]}, trials=2, seeds=2)
    for _event in begun.follow(training):
        pass
    assert [trial.outcome for trial in begun.done] == ["complete", "complete"]
    assert all(trial.epochs < 80 for trial in begun.done)


def test_nothing_is_pruned_that_is_not_to_be(tmp_path: Path) -> None:
    whole = search(SMALL, OVER, tmp_path / "t", trials=8, prune=False)
    assert {(trial.outcome, trial.epochs) for trial in whole.done} == {("complete", 10)}


def test_the_same_seed_draws_the_same_trials_and_another_one_others(tuning: Tuning, tmp_path: Path) -> None:
    assert facts(search(SMALL, OVER, tmp_path / "same", trials=14)) == facts(tuning)
    other = search(SMALL, OVER, tmp_path / "other", trials=14, seed=1)
    assert [trial.values for trial in other.done[1:]] != [trial.values for trial in tuning.done[1:]]


@pytest.mark.parametrize("after", [0, 7, 44, 95])
def test_an_interrupted_search_goes_on_as_if_never_interrupted(tuning: Tuning, tmp_path: Path, after: int) -> None:
    begun = Tuning.begin(Recipe.of(SMALL), tmp_path / "t", over=OVER, trials=14)
    passed = begun.follow()
    for _event in itertools.islice(passed, after):
        pass
    passed.close()
    half = Tuning.open(begun.path)
    said = " ".join(remarks(half))
    assert not half.finished and "Go on with: neurona tune --resume" in said and "Next:" not in said
    for _event in Tuning.open(begun.path).follow():
        pass
    assert facts(Tuning.open(begun.path)) == facts(tuning)
    assert list(Tuning.open(begun.path).follow()) == []


def test_a_search_can_be_taken_further(tuning: Tuning, tmp_path: Path) -> None:
    short = search(SMALL, OVER, tmp_path / "t", trials=9)
    for _event in short.follow(trials=14):
        pass
    assert facts(short) == facts(tuning)


def test_test_samples_play_no_part(tuning: Tuning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = Recipe.load

    def other_test(recipe: Recipe) -> Dataset:
        data = load(recipe)
        return dataclasses.replace(data, test=Split(torch.randn_like(data.test.x), 1 - data.test.y))

    monkeypatch.setattr(Recipe, "load", other_test)
    assert facts(search(SMALL, OVER, tmp_path / "t", trials=14)) == facts(tuning)


def test_the_highest_accuracy_is_the_best_one(tmp_path: Path) -> None:
    found = search(SMALL, OVER, tmp_path / "t", trials=8, metric="valid.accuracy")
    assert found.best is not None and found.best_run is not None
    assert found.best.value == max(trial.value for trial in found.done if trial.outcome == "complete")
    assert found.best.value == found.best_run.metrics["valid"]["accuracy"]


def test_what_the_recipe_monitors_judges_with_the_weights_that_are_kept(tmp_path: Path) -> None:
    recipe = changed(SMALL, fit={"monitor": "valid.accuracy", "patience": 3, "epochs": 30})
    found = search(recipe, {"fit.lr": "log:0.1..30"}, tmp_path / "t", trials=4, prune=False)
    assert found.search.metric == "valid.accuracy"
    for trial in found.done:
        alone = train(changed(recipe, fit={"lr": trial.values["fit.lr"]}), tmp_path / str(trial.number))
        assert trial.value == pytest.approx(alone.metrics["valid"]["accuracy"])
        assert trial.epochs == alone.metrics["epochs"]


def test_several_seeds_are_judged_by_their_mean(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.lr": [0.05, 0.5]}, tmp_path / "t", trials=2, seeds=3, prune=False)
    for trial in found.done:
        losses = []
        for seed in range(3):
            changes = {"lr": trial.values["fit.lr"], "seed": seed}
            alone = train(changed(SMALL, data={"seed": seed}, fit=changes), tmp_path / f"{trial.number}-{seed}")
            losses.append(alone.metrics["valid"]["loss"])
        assert trial.value == pytest.approx(np.mean(losses), rel=1e-12)
        assert trial.epochs == 30


def test_what_comes_next_is_about_the_trial_that_is_compared(tmp_path: Path) -> None:
    worse = search(SMALL, {"fit.lr": [0.1, 0.0001]}, tmp_path / "own", trials=2, prune=False)
    better = search(changed(SMALL, fit={"lr": 0.0001}), {"fit.lr": [0.1, 0.0001]}, tmp_path / "other", trials=2)
    assert "that the second best is no better than the recipe: neurona compare" in remarks(worse)[-1]
    assert "that it is better than the recipe as it stands: neurona compare" in remarks(better)[-1]
    compared = [Recipe.read(found.path / "compare.toml").vary["values"] for found in (worse, better)]
    assert [list(variants) for variants in compared] == [["recipe", "second"], ["recipe", "best"]]


def test_long_choices_are_told_apart_on_an_axis(tmp_path: Path) -> None:
    recipe = {**SMALL, "data": {"name": "digits", "valid": 0.2}, "net": {"kind": "conv", "layers": ["conv 2 3"]}}
    over = {"net.layers": [["conv 2 3 pad 1", "relu"], ["conv 2 3 pad 1", "pool 2"]]}
    found = search(changed(recipe, fit={"epochs": 1}), over, tmp_path / "t", trials=2)
    (panel,) = slices(found).axes[:1]
    assert [label.get_text()[:3] for label in panel.get_xticklabels()] == ["1: ", "2: "]


def test_what_pruning_saved_are_the_epochs_of_pruned_trials_alone(tuning: Tuning, tmp_path: Path) -> None:
    shutil.copytree(tuning.path, tmp_path / "t")
    pruned = [trial.epochs for trial in tuning.done if trial.outcome == "pruned"]
    spared, whole = sum(10 - epochs for epochs in pruned), 10 * len(tuning.done)
    kept = json.loads((tmp_path / "t" / "trials.json").read_text())
    kept["trials"] += [{**kept["trials"][0], "number": 99, "outcome": "failed", "value": None, "epochs": 0}]
    (tmp_path / "t" / "trials.json").write_text(json.dumps(kept))
    said = next(remark for remark in remarks(Tuning.open(tmp_path / "t")) if remark.startswith("Pruned:"))
    assert f"{len(pruned)} of {len(tuning.done) + 1} trials, which saved {100 * spared / whole:.0f} %" in said


def test_a_trial_that_diverged_is_drawn_as_no_complete_one(tmp_path: Path) -> None:
    recipe = {"data": {"name": "houses"}, "net": {"kind": "linear"}, "fit": {"epochs": 40, "batch": "full"}}
    found = search(
        changed(recipe, fit={"optimizer": "sgd", "lr": 0.1}), {"fit.lr": [0.1, 8.0]}, tmp_path / "t", trials=2
    )
    (panel,) = curves(found).axes
    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert labels == ["complete", "diverged or failed", "best"]


def test_numbers_below_a_wide_range_do_not_run_into_each_other(tmp_path: Path) -> None:
    over = {"fit.lr": "log:1e-4..1e8", "net.init": ["default", "zeros"], "fit.batch": "8..64"}
    figure = slices(search(SMALL, over, tmp_path / "t", trials=1))
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_xticklabels() if label.get_text()]
    assert len(boxes) > 2 and all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_the_words_about_the_curves_say_why_they_jump_or_end_above_the_value(tuning: Tuning, tmp_path: Path) -> None:
    recipe = changed(SMALL, fit={"patience": 2})
    found = search(recipe, {"fit.lr": [0.05, 0.5]}, tmp_path / "t", trials=1, seeds=2)
    told, usual = (next(look.caption for look in looks(one) if look.name == "search-curves") for one in (found, tuning))
    assert [headlines(one)[1].more for one in (found, tuning)] == ["best run", "best run; not used by the search"]
    assert "a new one begins where the lines jump" in told and "the best epoch (fit.patience)" in told
    assert "jump" not in usual and "patience" not in usual


def test_as_few_combinations_as_trials_are_each_tried_once(tmp_path: Path) -> None:
    over = {"fit.lr": [0.01, 0.1, 1.0], "net.hidden": [[4], [8]]}
    found = search(SMALL, over, tmp_path / "t", trials=50)
    tried = [(trial.values["fit.lr"], tuple(trial.values["net.hidden"])) for trial in found.done]
    assert sorted(tried) == sorted(itertools.product([0.01, 0.1, 1.0], [(4,), (8,)]))
    assert tried[0] == (0.1, (8,)), "the recipe itself is the first"
    assert found.finished


def test_none_is_a_choice_without_the_key(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.momentum": [None, 0.9]}, tmp_path / "t", trials=2, prune=False)
    assert found.own is not None and found.own.values == {"fit.momentum": "none"}
    assert [found.recipe_of(trial).fit.momentum for trial in found.done] == [None, 0.9]
    assert list(Recipe.read(found.path / "compare.toml").vary["values"]["best"]["fit"].values()) == [0.9]


@pytest.mark.parametrize("momentum", [{}, {"fit.momentum": ["none", 0.9]}])
def test_optimizers_are_searched_that_do_not_all_take_what_the_recipe_says(
    momentum: dict[str, list[object]], tmp_path: Path
) -> None:
    recipe, over = changed(SMALL, fit={"momentum": 0.5}), {"fit.optimizer": ["sgd", "adam"], **momentum}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = search(recipe, over, tmp_path / "t", trials=4)
    left_out = [str(one.message) for one in said if "for sgd: momentum. They are left out." in str(one.message)]
    assert len(left_out) == (not momentum)  # a search of the option sets it, or leaves it out, in each trial
    used = [found.recipe_of(trial).fit.momentum for trial in found.done if trial.values["fit.optimizer"] == "adam"]
    assert used == ([None, 0.9] if momentum else [None]) or used == [0.9, None]


def test_values_that_were_tried_are_not_trained_again(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.batch": "8..40"}, tmp_path / "t", trials=25, prune=False)
    by_values: dict[int, list[Trial]] = {}
    for trial in found.done:
        by_values.setdefault(trial.values["fit.batch"], []).append(trial)
    repeated = [trials for trials in by_values.values() if len(trials) > 1]
    assert repeated, "no value was drawn twice"
    for first, *others in repeated:
        assert {other.value for other in others} == {first.value}
        assert first.epochs == 10 and {other.epochs for other in others} == {0}


def test_a_trial_that_diverges_is_a_result(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.lr": [0.1, 1e30]}, tmp_path / "t", trials=2)
    assert {trial.values["fit.lr"]: trial.outcome for trial in found.done} == {0.1: "complete", 1e30: "diverged"}
    assert found.best is not None and found.best.values == {"fit.lr": 0.1}
    strict = changed(SMALL, fit={"divergence": "error"})
    again = search(strict, {"fit.lr": [0.1, 1e30]}, tmp_path / "strict", trials=2)
    assert [trial.outcome for trial in again.done] == [trial.outcome for trial in found.done]


def test_a_search_of_nothing_but_divergence_has_no_best(tmp_path: Path) -> None:
    found = search(SMALL, {"fit.lr": [1e30, 1e31]}, tmp_path / "t", trials=2)
    assert found.finished and found.best is None and found.best_run is None
    assert found.summary()["best"] is None and not (found.path / "best").exists()


def test_a_combination_that_is_wrong_has_failed_and_stops_nobody(tmp_path: Path) -> None:
    over = {"fit.batch": [1, 32], "net.batch_norm": [True, False]}
    found = search(SMALL, over, tmp_path / "t", trials=4)
    failed = [trial for trial in found.done if trial.outcome == "failed"]
    assert [trial.values for trial in failed] == [{"fit.batch": 1, "net.batch_norm": True}]
    assert "Batch normalisation needs at least two samples" in failed[0].reason
    assert "La normalización por lotes necesita" in failed[0].reasons["es"], "whoever looks may speak another language"
    assert sum(trial.outcome == "complete" for trial in found.done) >= 2


@pytest.mark.parametrize("words", ["DefaultCPUAllocator: can't allocate memory", "a mistake of ours"])
def test_too_little_memory_is_a_failure_and_a_mistake_of_ours_is_none(words: str, tmp_path: Path) -> None:
    begun = Tuning.begin(Recipe.of(SMALL), tmp_path / "t", over={"fit.lr": [0.1, 0.2]}, trials=2)
    one_by_one = OneByOne()

    def training(recipes: Sequence[Recipe]) -> Generator[tuple[int, Fit, Epoch]]:
        if recipes[0].fit.lr == 0.2:
            raise RuntimeError(words)
        yield from one_by_one(recipes)

    if "memory" in words:
        for _event in begun.follow(training):
            pass
        assert [(trial.outcome, trial.reason) for trial in begun.done] == [
            ("complete", ""),
            ("failed", "memory was not enough"),
        ]
        return
    with pytest.raises(RuntimeError, match=words):
        for _event in begun.follow(training):
            pass
    for _event in begun.follow():
        pass
    assert [trial.outcome for trial in begun.done] == ["complete", "complete"]


def test_a_storage_that_fails_in_between_makes_no_trial_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurona.tuning.storage.WAIT", 0.2)
    begun = Tuning.begin(Recipe.of(SMALL), tmp_path / "t", over=OVER, trials=3, storage=str(tmp_path / "s.db"))
    passed = begun.follow()
    while not isinstance(next(passed), Trial):
        pass
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked by another program"):
            for _event in passed:
                pass
    for _event in begun.follow():
        pass
    assert begun.finished and {trial.outcome for trial in begun.done} <= {"complete", "pruned"}


def test_a_search_is_shared_by_its_storage(tmp_path: Path) -> None:
    storage = str(tmp_path / "shared.journal")
    first = Tuning.begin(Recipe.of(SMALL), tmp_path / "a", over=OVER, trials=6, storage=storage)
    second = Tuning.begin(Recipe.of(SMALL), tmp_path / "b", over=OVER, trials=6, storage=storage)
    numbers: dict[str, list[int]] = {"a": [], "b": []}
    going = {"a": first.follow(), "b": second.follow()}
    while going:
        for name in list(going):
            event = next(going[name], None)
            if event is None:
                del going[name]
            elif isinstance(event, Trial):
                numbers[name].append(event.number)
    assert numbers["a"] and numbers["b"]
    assert sorted(numbers["a"] + numbers["b"]) == [1, 2, 3, 4, 5, 6]
    # Whoever is done first still sees a trial of the other one running.
    ended = max((first, second), key=lambda tuning: len(tuning.done))
    assert len(ended.done) == 6
    for tuning in (first, second):
        for _event in tuning.follow():
            pass
        for _again in tuning.train_best():
            pass
        assert tuning.best == ended.best
        assert tuning.best_run is not None and ended.best is not None
        assert tuning.best_run.metrics["valid"]["loss"] == ended.best.value


@pytest.mark.parametrize(
    ("recipe", "wanted", "what"),
    [
        (changed(SMALL, fit={"epochs": 9}), {}, "recipe: fit.epochs is 10 there and 9 here"),
        (changed(SMALL, data={"noise": 0.3}), {}, "recipe: data.noise is not set there and 0.3 here"),
        (changed(SMALL, fit={"momentum": 0.5}), {}, "recipe: fit.momentum is not set there and 0.5 here"),
        (
            SMALL,
            {"over": {"fit.lr": "log:1e-3..2"}},
            r"search space: over.fit.lr is log:0.001..1 there and log:0.001..2",
        ),
        (SMALL, {"metric": "valid.accuracy"}, "metric"),
        (SMALL, {"seeds": 2}, "number of seeds: seeds is 1 there and 2 here"),
        (SMALL, {"seed": 2}, "seed"),
        (SMALL, {"prune": False}, "choice about pruning: prune is true there and false here"),
    ],
)
def test_a_study_of_something_else_is_not_joined(
    recipe: dict[str, object], wanted: dict[str, object], what: str, tmp_path: Path
) -> None:
    storage = str(tmp_path / "shared.journal")
    Tuning.begin(Recipe.of(SMALL), tmp_path / "a", over=OVER, trials=3, storage=storage)
    with pytest.raises(InputError, match=f"holds a study 'moons' that differs in the {what}"):
        Tuning.begin(Recipe.of(recipe), tmp_path / "b", **{"over": OVER, "trials": 3, "storage": storage, **wanted})  # type: ignore[arg-type]
    assert not (tmp_path / "b").exists()
    named = {**SMALL, "name": "second"}
    assert Tuning.begin(Recipe.of(named), tmp_path / "c", over=OVER, trials=3, storage=storage).finished is False


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("search.toml", "log:0.001..1", "log:0.001..2", "over.fit.lr was log:0.001..1 when the search began, and is"),
        ("search.toml", "seeds = 1", "seeds = 2", "seeds was 1 when"),
        ("search.toml", "prune = true", "prune = false", "prune was true when"),
        ("recipe.toml", "epochs = 10", "epochs = 9", r"recipe\.toml: fit.epochs was 10 when"),
        ("recipe.toml", "samples = 120", "", "data.samples was 120 when the search began, and is not set now"),
    ],
)
def test_a_search_that_was_changed_does_not_go_on(
    file: str, before: str, after: str, words: str, tuning: Tuning, tmp_path: Path
) -> None:
    shutil.copytree(tuning.path, tmp_path / "t")
    text = (tmp_path / "t" / file).read_text()
    assert before in text
    (tmp_path / "t" / file).write_text(text.replace(before, after))
    with pytest.raises(InputError, match=words):
        Tuning.open(tmp_path / "t")


@pytest.mark.parametrize(("file", "words"), [("s.db", "does not hold"), (None, "cannot be opened: No such file")])
def test_a_study_that_is_gone_is_not_begun_anew(file: str | None, words: str, tmp_path: Path) -> None:
    storage = str(tmp_path / file) if file else ""
    found = search(SMALL, {"fit.lr": [0.1, 0.2]}, tmp_path / "t", trials=2, storage=storage)
    study = Path(storage or found.path / "study.journal")
    study.unlink()
    if file:
        opened(str(study))
    kept = (found.path / "trials.json").read_bytes()
    with pytest.raises(InputError, match=words):
        next(Tuning.open(found.path).follow())
    assert (found.path / "trials.json").read_bytes() == kept
    assert study.exists() == bool(file)


@pytest.mark.parametrize("name", ["spiral", "wine", "lstm", "digits-cnn2", "curve-ensemble"])
def test_what_a_search_is_about_is_the_same_when_it_is_read_again(name: str, tmp_path: Path) -> None:
    recipe = Recipe.read(name)
    wanted = Search.of(metric="valid.loss", trials=3, over={"fit.lr": "log:1e-4..1", "net.hidden": [[4], [8, 8]]})
    (tmp_path / "recipe.toml").write_text(recipe.to_toml())
    (tmp_path / "search.toml").write_text(wanted.to_toml())
    again = account(Recipe.read(tmp_path / "recipe.toml"), Search.read(tmp_path / "search.toml"), "data")
    assert difference(account(recipe, wanted, "data"), again) is None


def test_other_data_of_the_same_name_are_another_study(tmp_path: Path) -> None:
    storage = str(tmp_path / "shared.db")
    for name, power in (("first", 1), ("second", 2)):
        (tmp_path / name).mkdir()
        sloped(tmp_path / name / "t.csv", power)
    over = {"fit.lr": "log:1e-3..1"}
    begun = [
        (Recipe.read(tmp_path / name / "t.csv", ["fit.epochs=2"], "y"), tmp_path / f"run-{name}")
        for name in ("first", "second")
    ]
    Tuning.begin(*begun[0], over=over, trials=2, storage=storage)
    with pytest.raises(InputError, match="differs in the data"):
        Tuning.begin(*begun[1], over=over, trials=2, storage=storage)


def test_a_search_of_a_comparison_or_without_validation_is_refused(tmp_path: Path) -> None:
    over = {"fit.lr": [0.1, 0.2]}
    wrong = [
        ({**SMALL, "vary": {"net.activation": ["relu", "tanh"]}}, {}, r"(?s)\[vary\].*--set vary=none"),
        (changed(SMALL, data={"valid": 0.0}), {}, "data.valid=0.2"),
        (SMALL, {"metric": "test.accuracy"}, "test is kept for the best one"),
        (SMALL, {"metric": "train.loss"}, "judged on validation"),
        (SMALL, {"metric": "valid.accurracy"}, "Did you mean 'valid.accuracy'"),
    ]
    for recipe, wanted, words in wrong:
        with pytest.raises(InputError, match=words):
            Tuning.begin(Recipe.of(recipe), tmp_path / "t", over=over, trials=2, **wanted)  # type: ignore[arg-type]
    regression = changed(SMALL, data={"name": "houses"}, net={"hidden": [4]})
    regression["data"] = {"name": "houses"}
    with pytest.raises(InputError, match=r"different fit\.loss cannot be judged by the loss"):
        Tuning.begin(Recipe.of(regression), tmp_path / "t", over={"fit.loss": ["mse", "mae"]}, trials=2)
    assert not list(tmp_path.iterdir())


def test_importance_is_that_of_the_parameter_that_matters() -> None:
    space = of({"fit.lr": "log:1e-4..1", "net.dropout": "0.0..0.5", "net.activation": ["relu", "tanh"]})
    rng = np.random.default_rng(0)
    trials = []
    for number in range(1, 120):
        lr, dropout = 10 ** rng.uniform(-4, 0), rng.uniform(0, 0.5)
        values = {"fit.lr": lr, "net.dropout": dropout, "net.activation": ["relu", "tanh"][number % 2]}
        # log10(lr) is uniform on [-4, 0] and dropout on [0, 1/2]: variances 16 / 12 and 9 x (1/4) / 12.
        trials.append(Trial(number, values, "complete", 10 + math.log10(lr) + 3 * dropout))
    shares = importances(trials, space, logarithms=False)
    wanted = 16 / (16 + 9 / 4)
    assert list(shares)[:2] == ["fit.lr", "net.dropout"]
    assert shares["fit.lr"] == pytest.approx(wanted, abs=0.06)
    assert shares["net.activation"] < 0.02
    assert sum(shares.values()) == pytest.approx(1)
    exponential = [dataclasses.replace(trial, value=math.exp(trial.value or 0)) for trial in trials]
    assert importances(exponential, space, logarithms=True) == pytest.approx(shares)
    assert importances(trials[:7], space, logarithms=False) == {}
    assert importances(trials, of({"fit.lr": "log:1e-4..1"}), logarithms=False) == {}


def test_a_table_has_a_row_for_each_trial(tuning: Tuning) -> None:
    table = tuning.table()
    assert list(table.index) == [trial.number for trial in tuning.done]
    assert table.loc[1, "fit.lr"] == 0.1 and table.loc[1, "net.hidden"] == "[8]"
    summary = tuning.summary()
    assert sum(summary["trials"].values()) == 14
    assert summary["test"] == Run.open(tuning.path / "best").metrics["test"]
    assert summary["epochs"] == table["epochs"].sum()


def test_a_search_in_python(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = neurona.tune(
            "wine", {"fit.lr": "log:1e-3..1", "net.hidden": [[5], [8]]}, trials=3, epochs=4, out=tmp_path / "t"
        )
    assert isinstance(found, neurona.Tuning) and len(found.done) == 3
    assert (tmp_path / "t" / "report.html").is_file() and (tmp_path / "t" / "best" / "report.html").is_file()
    assert found.best_run is not None and found.best_run.recipe.fit.epochs == 4
    for wrong in ({"trials": 0}, {"trials": "many"}, {"seeds": 0}, {"seed": -1}, {"metric": "valid.acc"}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))}"):
            neurona.tune("wine", {"fit.lr": (0.1, 0.2)}, out=tmp_path / "wrong", **wrong)  # type: ignore[arg-type]
    assert not (tmp_path / "wrong").exists()


def test_a_search_in_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = Recipe.of(SMALL).with_changes({"name": "small", "fit.lr": 0.1})
    found = neurona.tune(recipe, over={"fit.lr": [0.1, 0.5]}, trials=2, epochs=3, report=False)
    assert found.path.parent == Path("runs") and found.path.name.startswith("small-")
    assert found.best_run is not None and found.best_run.recipe.data == recipe.data
    assert (found.best_run.recipe.fit.epochs, recipe.fit.epochs) == (3, 10)
    with pytest.raises(InputError, match=r"fit\.lr is both set and searched"):
        neurona.tune(recipe, {"fit.lr": [0.1, 0.5]}, lr=0.2)
    with pytest.raises(InputError, match="small is no table"):
        neurona.tune(recipe, {"fit.lr": [0.1, 0.5]}, target="y")
    with pytest.raises(InputError, match=r"nr\.tune takes a name, the path of a file or a Recipe, and .* a dict"):
        neurona.tune(SMALL, {"fit.lr": [0.1, 0.5]})  # type: ignore[arg-type]


def test_a_damaged_search_is_said(tuning: Tuning, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a search of many trials"):
        Run.open(tuning.path)
    (tmp_path / "search.toml").write_text("trials = 'many'")
    with pytest.raises(InputError, match=r"search\.toml"):
        _ = Tuning.open(tmp_path).search
    shutil.copy(tuning.path / "search.toml", tmp_path)
    (tmp_path / "trials.json").write_text(json.dumps({"trials": []}))
    with pytest.raises(InputError, match=r"trials\.json cannot be read"):
        _ = Tuning.open(tmp_path).trials


def test_a_search_does_not_go_on_with_other_data(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    sloped(table, 1)
    recipe = Recipe.read(table, ["fit.epochs=2"], "y")
    begun = Tuning.begin(recipe, tmp_path / "search", over={"fit.lr": "log:1e-3..1"}, trials=2)
    assert len([*begun.follow()]) > 0
    sloped(table, 2)
    before = (begun.path / "search.toml").read_bytes()
    with pytest.raises(InputError, match="data have changed since the search"):
        Tuning.open(begun.path).follow(trials=4)
    assert len(Tuning.open(begun.path).done) == 2 and (begun.path / "search.toml").read_bytes() == before


def test_a_search_that_is_taken_further_tries_the_rest_of_few_combinations(tmp_path: Path) -> None:
    over = {"fit.lr": [0.01, 0.1, 1.0], "net.hidden": [[4], [8]]}
    first = search(SMALL, over, tmp_path / "t", trials=3)
    for _passed in Tuning.open(first.path).follow(trials=20):
        pass
    tried = [(trial.values["fit.lr"], tuple(trial.values["net.hidden"])) for trial in first.done]
    assert set(tried) == set(itertools.product([0.01, 0.1, 1.0], [(4,), (8,)]))
