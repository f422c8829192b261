"""The run directory: written whole or not at all, read back with care, and resumed to the same end."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from recipes import MOONS, changed, train
from torch import Tensor, nn

import neurona as nr
from neurona.errors import InputError
from neurona.files import check_free, free_path
from neurona.measure import measure
from neurona.recipe import Recipe
from neurona.run import Run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(MOONS, tmp_path_factory.mktemp("runs") / "moons")


@pytest.fixture
def copied(finished: Run, tmp_path: Path) -> Path:
    """A copy of a finished run, to be spoilt."""
    shutil.copytree(finished.path, tmp_path / "r")
    return tmp_path / "r"


def follow(run: Run, fit: nr.Fit, epochs: int | None = None) -> None:
    """Train on, up to so many epochs."""
    for epoch in run.follow(fit):
        if epoch.index == epochs:
            break


# ---------------------------------------------------------------------- writing


def test_a_run_holds_what_the_fit_ended_with(tmp_path: Path) -> None:
    recipe = Recipe.of(MOONS)
    fit = recipe.start()
    run = Run.begin(fit, tmp_path / "r", recipe)
    assert not run.finished
    follow(run, fit)
    run = run.finish(fit)
    assert run.finished
    reopened = Run.open(tmp_path / "r")
    assert reopened.recipe.to_dict() == recipe.to_dict()
    assert list(reopened.history.index) == [1, 2, 3]
    assert reopened.rows == fit.history
    for name, tensor in reopened.net().state_dict().items():
        assert torch.equal(tensor, fit.net.state_dict()[name])
    assert not reopened.net().training
    assert reopened.metrics["test"] == fit.evaluate(fit.data.test)
    assert reopened.environment["torch"] == torch.__version__
    assert reopened.samples == {split: len(getattr(fit.data, split)) for split in ("train", "valid", "test")}
    assert not list(tmp_path.glob("**/*.part"))


def test_history_csv_gives_every_number_back_exactly(finished: Run) -> None:
    frame = pd.read_csv(finished.path / "history.csv")
    assert list(frame.columns[:3]) == ["epoch", "lr", "train_loss"]
    assert frame.to_dict("records") == finished.rows


def test_metrics_json_has_null_where_a_number_is_not_finite(tmp_path: Path) -> None:
    data = nr.load("houses", samples=200, valid=0.0, test=0.005)  # one test sample has no r2
    fit = nr.Fit(nr.nets.linear(data.features, data.outputs), data, epochs=1)
    assert len(data.test) == 1
    run = fit.save(tmp_path / "r")
    assert json.loads((run.path / "metrics.json").read_text())["test"]["r2"] is None


def test_a_failed_beginning_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Recipe.of(MOONS).start()

    def full(*_anything: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neurona.run.save_state", full)
    with pytest.raises(InputError, match="No space left on device"):
        Run.begin(fit, tmp_path / "r")
    assert not list(tmp_path.iterdir())


def test_a_run_is_never_overwritten(finished: Run) -> None:
    with pytest.raises(InputError, match="exists already"):
        Run.begin(Recipe.of(MOONS).start(), finished.path)
    with pytest.raises(InputError, match="exists already"):
        check_free(finished.path)


def test_two_runs_of_one_second_have_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "strftime", lambda _form: "20260101-000000")
    assert free_path("moons") == Path("runs/moons-20260101-000000")
    free_path("moons").mkdir(parents=True)
    assert free_path("moons") == Path("runs/moons-20260101-000000-2")


@pytest.mark.parametrize("name", ["../../escape", "a/b", "a\\b", "line\nbreak", "/tmp/x"])
def test_no_name_leads_out_of_runs(name: str) -> None:
    assert free_path(name).parent == Path("runs")
    assert "\n" not in str(free_path(name))


def test_snapshots_are_kept_for_pictures_of_the_plane(tmp_path: Path) -> None:
    run = train(changed(MOONS, fit={"epochs": 6, "snapshots": 2}), tmp_path / "r")
    assert [epoch for epoch, _weights in run.snapshots()] == [2, 4, 6]
    last = run.snapshots()[-1][1]
    assert all(torch.equal(tensor, last[name]) for name, tensor in run.net().state_dict().items())


# ---------------------------------------------------------------------- going on


@pytest.mark.parametrize(
    "fit",
    [
        {"optimizer": "adam", "batch": 32},
        {"optimizer": "momentum", "lr": 0.05, "schedule": "one-cycle"},
        {"optimizer": "rmsprop", "schedule": "plateau", "warmup": 1},
        {"optimizer": "adamw", "patience": 50, "every": 2},
    ],
)
def test_a_resumed_run_ends_like_one_that_was_never_interrupted(tmp_path: Path, fit: dict[str, object]) -> None:
    net = {"hidden": [8], "dropout": 0.3, "batch_norm": True}
    recipe = changed(MOONS, net=net, fit={"epochs": 8, "checkpoint_seconds": 0, **fit})
    whole = train(recipe, tmp_path / "whole")
    started = Recipe.of(recipe).start()
    run = Run.begin(started, tmp_path / "r", Recipe.of(recipe))
    follow(run, started, epochs=4)
    again = Run.open(tmp_path / "r")
    resumed = again.resume()
    assert resumed.epoch in (2, 3, 4)  # the event at which the training broke off need not be in the checkpoint
    follow(again, resumed)
    again.finish(resumed)
    for name in ("history.csv", "model.safetensors"):
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes()


def test_a_run_resumes_from_before_its_first_epoch(tmp_path: Path) -> None:
    whole = train(MOONS, tmp_path / "whole")
    run = Run.begin(Recipe.of(MOONS).start(), tmp_path / "r", Recipe.of(MOONS))
    assert run.rows == []
    fit = Run.open(run.path).resume()
    assert fit.epoch == 0
    follow(run, fit)
    run.finish(fit)
    assert (run.path / "history.csv").read_bytes() == (whole.path / "history.csv").read_bytes()


def test_a_finished_run_that_goes_on_is_unfinished_until_its_new_end(copied: Path) -> None:
    run = Run.open(copied)
    fit = run.resume(epochs=6)
    follow(run, fit, epochs=4)
    halfway = Run.open(copied)
    assert not halfway.finished
    with pytest.raises(InputError, match="has not reached its end"):
        _ = halfway.metrics
    assert halfway.recipe.fit.epochs == 6
    fit = halfway.resume()
    follow(halfway, fit)
    assert halfway.finish(fit).metrics["epochs"] == 6


def test_resuming_to_fewer_epochs_than_are_done_is_refused(copied: Path) -> None:
    with pytest.raises(InputError, match="has done 3 epochs already"):
        Run.open(copied).resume(epochs=2)
    assert Run.open(copied).recipe.fit.epochs == 3


def test_resuming_with_other_data_is_refused(copied: Path) -> None:
    recipe = copied / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('name = "moons"', 'name = "moons"\nnoise = 0.31', 2))
    recipe.write_text(recipe.read_text().replace("\nnoise = 0.31", "", 1))
    with pytest.raises(InputError, match="The data have changed since the run"):
        Run.open(copied).resume()
    with pytest.raises(InputError, match="The data have changed since the run"):
        Run.open(copied).data()


# ---------------------------------------------------------------------- broken files


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


READS: dict[str, Callable[[Run], object]] = {
    "recipe.toml": lambda run: run.recipe,
    "data.json": lambda run: run.inputs,
    "history.csv": lambda run: run.rows,
    "metrics.json": lambda run: run.metrics,
    "environment.json": lambda run: run.environment,
    "model.safetensors": lambda run: run.net(),
    "checkpoint.pt": lambda run: run.resume(),
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("spoil", [half, lambda _content: b"\xff\xfe\x00 no such thing"], ids=["cut", "garbage"])
def test_a_broken_file_is_named(copied: Path, name: str, spoil: Callable[[bytes], bytes]) -> None:
    file = copied / name
    content = file.read_bytes()
    # A recipe is still one when it is cut between lines.
    file.write_bytes(spoil(content) if name != "recipe.toml" else spoil(content.rstrip()[:-1] + b'"'))
    if name == "recipe.toml" and spoil is half:
        file.write_bytes(content[: content.index(b"[data]") + 3])
    with pytest.raises(InputError) as error:
        READS[name](Run.open(copied))
    assert str(file) in error.value.problem
    assert error.value.hint


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.9, 0.99])
@pytest.mark.parametrize("name", ["model.safetensors", "checkpoint.pt"])
def test_weights_cut_anywhere_are_refused(copied: Path, name: str, share: float) -> None:
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=name):
        READS[name](Run.open(copied))


@pytest.mark.parametrize(("name", "content"), [("data.json", "{}"), ("metrics.json", "[]"), ("history.csv", "a\n1\n")])
def test_a_file_that_lacks_something_is_named(copied: Path, name: str, content: str) -> None:
    (copied / name).write_text(content)
    with pytest.raises(InputError, match=name):
        READS[name](Run.open(copied))


@pytest.mark.parametrize("name", ["recipe.toml", "data.json"])
def test_a_directory_without_its_main_files_is_no_run(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(InputError, match="is not a run"):
        Run.open(copied)


def test_the_nearest_run_is_named(finished: Run) -> None:
    with pytest.raises(InputError) as error:
        Run.open(finished.path.with_name("moon"))
    assert str(finished.path) in error.value.hint


class _Trap:
    """Pickled, it is a call of `Path.touch` that a careless reader would make."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("plain", [True, False], ids=["pickle", "torch"])
def test_a_checkpoint_that_carries_code_is_refused_and_the_code_not_run(
    copied: Path, tmp_path: Path, plain: bool
) -> None:
    file, trace = copied / "checkpoint.pt", tmp_path / "executed"
    state = {**torch.load(file, weights_only=True), "history": _Trap(trace)}
    if plain:
        file.write_bytes(pickle.dumps(state, protocol=2))
    else:
        torch.save(state, file)
    (copied / "model.safetensors").unlink()
    for read in (Run.resume, Run.net):
        with pytest.raises(InputError) as error:
            read(Run.open(copied))
        assert str(file) in error.value.problem
        assert "weights_only" not in str(error.value), "the advice is to read it without protection"
    assert not trace.exists()
    torch.load(file, weights_only=False) if not plain else pickle.loads(file.read_bytes())
    assert trace.exists(), "the trap is none"


def test_a_checkpoint_of_something_else_is_refused(copied: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, copied / "checkpoint.pt")
    with pytest.raises(InputError, match="it is not a checkpoint of neurona"):
        Run.open(copied).resume()


def test_weights_of_another_net_are_refused(copied: Path, tmp_path: Path) -> None:
    other = train(changed(MOONS, net={"hidden": [5]}), tmp_path / "other")
    shutil.copy(other.path / "model.safetensors", copied)
    with pytest.raises(InputError, match="do not fit the net"):
        Run.open(copied).net()


# ---------------------------------------------------------------------- a module of one's own


class Mine(nn.Module):
    """A net that no recipe knows."""

    def __init__(self, units: int = 6) -> None:
        super().__init__()
        self.first, self.gate, self.last = nn.Linear(2, units), nn.Linear(2, units), nn.Linear(units, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.first(x).tanh() * self.gate(x).sigmoid())


@pytest.fixture
def own(tmp_path: Path) -> Run:
    data = nr.load("moons")
    fit = nr.Fit(Mine(), data, lr=0.05, epochs=3)
    for _epoch in fit:
        pass
    return fit.save(tmp_path / "own")


def test_a_module_of_ones_own_is_filled_with_its_weights(own: Run) -> None:
    reopened = Run.open(own.path)
    net = reopened.net(Mine())
    x = reopened.data().test.x
    right = ((net(x) >= 0) == (reopened.data().test.y > 0.5)).double().mean().item()
    assert right == pytest.approx(reopened.metrics["test"]["accuracy"])


def test_a_run_that_was_given_its_module_predicts_and_draws(own: Run) -> None:
    run, rows = Run.open(own.path), np.zeros((2, 2))
    with pytest.raises(InputError, match="a net of your own"):
        run.predict(rows)
    given = run.net(Mine())
    assert run.predict(rows).equals(own.predict(rows)) and list(run.look()) == list(own.look())
    nn.init.zeros_(given.last.weight)  # which is not the run's own
    assert run.predict(rows).equals(own.predict(rows))


def test_a_module_of_ones_own_cannot_be_built_from_the_recipe(own: Run) -> None:
    with pytest.raises(InputError) as error:
        Run.open(own.path).net()
    assert "a net of your own" in error.value.problem
    assert "run.net(MyNet())" in error.value.hint


def test_a_module_of_another_shape_is_refused(own: Run) -> None:
    with pytest.raises(InputError, match="do not fit the net"):
        Run.open(own.path).net(Mine(units=7))


def test_the_data_of_a_run_are_those_it_was_trained_on(finished: Run) -> None:
    ours, theirs = Run.open(finished.path).data(), nr.load("moons")
    assert ours.fingerprint() == theirs.fingerprint()
    assert np.array_equal(ours.train.x.numpy(), theirs.train.x.numpy())


def test_a_task_asked_for_is_part_of_the_run(tmp_path: Path) -> None:
    data = nr.load("moons", task="multiclass")
    fit = nr.Fit(nr.nets.mlp(data.features, [3], data.outputs), data, epochs=1)
    list(fit)
    assert Run.open(fit.save(tmp_path / "run").path).data().task == "multiclass"


def test_modules_that_share_a_weight_are_saved(tmp_path: Path) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
            self.second.weight = self.first.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x).tanh()).sum(1, keepdim=True)

    data = nr.load("moons")
    fit = nr.Fit(Tied(), data, epochs=1)
    list(fit)
    again = Run.open(fit.save(tmp_path / "run").path).net(Tied())
    assert torch.equal(again.first.weight, fit.net.first.weight)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_answers_do_not_depend_on_how_many_are_asked_for_at_once(
    finished: Run, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurona.predict.part_size", lambda inputs: size)
    x = finished.data().test.x
    answers = finished.answer(x)
    assert not answers.is_inference() and not answers.requires_grad
    wanted = finished.task.answer(finished.net()(finished.inputs.prepare(x))).detach()
    torch.testing.assert_close(answers, wanted, rtol=1e-5, atol=1e-6)
    assert finished.answer(x[:0]).shape[0] == 0


def test_a_number_of_an_epoch_that_was_not_reached_is_told_from_one_that_is_not_there(tmp_path: Path) -> None:
    run = train(changed(MOONS, fit={"epochs": 2}), tmp_path / "r")
    assert measure(run, "history.train_loss@2") == run.rows[-1]["train_loss"]
    with pytest.raises(InputError, match="ended with epoch 2, and epoch 50 is asked for"):
        measure(run, "history.train_loss@50")
    with pytest.raises(InputError, match=r"no number 'history\.train_lost@2'"):
        measure(run, "history.train_lost@2")


def test_a_long_name_is_cut_to_what_a_directory_can_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fit = Recipe.of(MOONS).start()
    for name in ("b" * 300, "ñ" * 200, "名" * 100):
        path = free_path(name)
        assert path.name.startswith(name[0] * 40)
        assert Run.begin(fit, path).path.is_dir()


@pytest.mark.parametrize("given", [3, None])
def test_what_is_no_path_is_refused(given: Any, own: Run) -> None:
    fit = nr.Fit(Mine(), nr.load("moons"), epochs=1)
    opened = (Run.open, Run, nr.open, fit.save, lambda path: Run.begin(fit, path), lambda path: Run.of(fit, path))
    for asked in (partial(one, given) for one in opened):
        with pytest.raises(InputError, match=f"path = {given} is not valid"):
            asked()
    with pytest.raises(InputError, match=r"nr\.Recipe\.read takes a name or the path of a file"):
        nr.Recipe.read(given)
    with pytest.raises(InputError, match="out = 3 is not valid"):
        nr.train("wine", out=3)  # type: ignore[arg-type]


def test_what_training_left_is_opened_by_its_path_whatever_it_is(finished: Run, tmp_path: Path) -> None:
    for path in (finished.path, str(finished.path)):
        assert nr.open(path) == Run(path) == Run.open(path) == finished
    quick: dict[str, Any] = {"epochs": 1, "data": {"valid": 0.2}, "report": False}
    compared = nr.train("moons", seeds=2, out=tmp_path / "c", **quick)
    searched = nr.tune("moons", {"fit.lr": [0.1, 0.2]}, trials=1, out=tmp_path / "t", **quick)
    for result in (compared, searched):
        assert (type(nr.open(str(result.path))), nr.open(result.path).path) == (type(result), result.path)
    with pytest.raises(InputError, match="Did you mean"):
        nr.open(tmp_path / "cc")
    with pytest.raises(InputError, match="is not a run"):
        nr.open(tmp_path)


@pytest.mark.parametrize(
    "x",
    [np.zeros((2, 2), np.float32), torch.zeros(2, 3), torch.zeros(2), torch.zeros(2, 2).double(), [[0.0, 0.0]], None],
)
def test_an_answer_is_to_samples_as_a_dataset_holds_them(finished: Run, x: Any) -> None:
    assert finished.answer(torch.zeros(2, 2)).shape == (2, 1)
    with pytest.raises(
        InputError, match=r"(?s)run\.answer takes samples as a Dataset holds them.*run\.predict\(rows\)"
    ):
        finished.answer(x)


@pytest.mark.parametrize("given", [Mine, Mine().state_dict(), 3])
def test_what_is_no_module_cannot_be_filled(given: Any, own: Run) -> None:
    with pytest.raises(InputError, match=r"(?s)is no module whose weights.*run\.net\(MyNet\(\)\)"):
        own.net(given)


def test_options_of_numpy_and_pytorch_are_written_as_plain_ones(tmp_path: Path) -> None:
    run = nr.train(
        "moons", out=tmp_path / "r", report=False, epochs=np.int64(2), device=torch.device("cpu"),
        net={"hidden": np.array([3, 4])}, data={"samples": np.int64(80)},
    )  # fmt: skip
    recipe = Run.open(run.path).recipe
    assert (recipe.net["hidden"], recipe.fit.device, recipe.data["samples"]) == ([3, 4], "cpu", 80)
    assert nr.Recipe.read("moons", "fit.epochs=3").fit.epochs == 3
