"""Within an epoch: the page is heard between two steps, and the numbers stay those of `neurona train`."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from neurona.recipe import Recipe
from neurona.studio import midway, recipe_text
from neurona.studio.driving import Pace
from neurona.training import train

CNN = {
    "data": {"name": "digits"},
    "net": {"kind": "conv", "layers": ["conv 4 3", "bn", "relu", "dropout 0.2", "pool 2"]},
    "fit": {"epochs": 2, "lr": 0.01, "batch": 128},
}
VAE = {
    "data": {"name": "digits", "task": "variational"},
    "net": {"kind": "vae", "hidden": [16], "latent": 2},
    "fit": {"epochs": 2, "batch": 256, "loss": "binary-cross-entropy"},
}
DENSE = {
    "data": {"name": "spiral"},
    "net": {"kind": "mlp", "hidden": [8], "dropout": 0.1},
    "fit": {"epochs": 60, "engine": "compiled"},  # by name: Studio need not wait for native code that is not made yet
}

GLASS = {
    "data": {"name": "xor"},
    "net": {"kind": "mlp", "hidden": [4], "batch_norm": True, "dropout": 0.2},
    "fit": {"epochs": 2, "batch": 32, "engine": "glass"},
}


@pytest.fixture(autouse=True)
def _at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the page be heard and shown a frame after each step."""
    monkeypatch.setattr(midway, "LOOK", 0.0)
    monkeypatch.setattr(Pace, "frame_is_due", lambda pace: True)


def speak(page: Any, *words: tuple[int, dict[str, Any]]) -> list[float | None]:
    """Let the page say something at the n-th time that it is listened to; return how long it was listened to."""
    listened: list[float | None] = []

    def hear(seconds: float | None) -> dict[str, Any] | None:
        listened.append(seconds)
        return next((word for at, word in words if at == len(listened)), None)

    page.workshop.midway.hear = hear
    return listened


def begin(page: Any, recipe: dict[str, Any]) -> str:
    text = recipe_text.written(recipe)
    page.tell("toml", text=text)
    page.tell("speed", speed="full")
    return text


@pytest.mark.parametrize("recipe", [CNN, VAE, DENSE, GLASS], ids=["conv", "vae", "compiled", "glass"])
def test_watching_each_step_changes_no_number(page: Any, tmp_path: Path, recipe: dict[str, Any]) -> None:
    begin(page, recipe)
    listened = speak(page)
    page.train()
    fit = page.workshop.fit
    steps = len(fit.batches) * fit.options.epochs
    done = [frame["steps"][0] for frame in page.messages if frame["kind"] == "frame"]
    assert len(listened) >= (steps if fit.engine != "compiled" else 1)
    assert set(range(1, len(fit.batches))) <= set(done) or fit.engine == "compiled"
    theirs = train(write(tmp_path, recipe), out=tmp_path / "theirs", report=False)
    assert fit.history == theirs.rows


def write(folder: Path, recipe: dict[str, Any]) -> Path:
    path = folder / "asked.toml"
    path.write_text(recipe_text.written(recipe))
    return path


def test_a_pause_acts_within_the_epoch_and_play_goes_on(page: Any, tmp_path: Path) -> None:
    begin(page, CNN)
    spanish = {"do": "language", "language": "es"}
    listened = speak(page, (3, {"do": "pause"}), (4, spanish), (5, {"do": "play"}))
    page.train()
    assert listened[3] is None and listened[4] is None  # while it pauses, it waits for a word
    frames = [frame for frame in page.messages if frame["kind"] == "frame"]
    paused = next(frame for frame in frames if frame["steps"][0] and not frame["running"])
    assert paused["epoch"] == 0 and paused["test"] is None
    assert page.last("state")["controls"]["fit"][1]["label"] == "Tasa de aprendizaje"
    page.tell("language", language="en")
    assert page.workshop.fit.history == train(write(tmp_path, CNN), out=tmp_path / "theirs", report=False).rows


def test_a_step_ends_with_the_epoch_that_has_begun(page: Any) -> None:
    begin(page, CNN)
    speak(page, (2, {"do": "pause"}), (3, {"do": "step"}))
    page.tell("play")
    page.workshop.turn()
    assert page.workshop.fit.epoch == 1 and not page.workshop.running


def test_another_recipe_does_not_wait_for_the_epoch(page: Any) -> None:
    begin(page, CNN)
    speak(page, (2, {"do": "open", "name": "moons"}))
    page.tell("play")
    page.workshop.turn()
    assert page.workshop.recipe.name == "moons" and page.workshop.fit.epoch == 0
    assert not [message for message in page.messages if message["kind"] in ("fault", "problem")]
    page.tell("step")
    assert page.workshop.fit.epoch == page.workshop.fit.options.every


def test_a_change_that_cannot_go_on_starts_anew_within_the_epoch(page: Any) -> None:
    begin(page, CNN)
    page.tell("step")
    speak(page, (2, {"do": "change", "changes": {"net.layers": ["conv 3 3", "relu"]}}))
    page.tell("play")
    page.workshop.turn()
    assert page.workshop.fit.epoch == 0 and not page.workshop.fit.steps[0]


PLAIN = {
    "data": {"name": "digits"},
    "net": {"kind": "mlp", "hidden": [8]},
    "fit": {"epochs": 3, "optimizer": "momentum", "lr": 0.05, "batch": 100},
}


def by_hand(recipe: Path, words: list[tuple[int, dict[str, Any]]]) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Train with a plain loop of PyTorch whose options change before certain steps.

    Args:
        recipe: of a dense net, which momentum trains.
        words: the number of a step, counted over all epochs, and the options from there on.

    Returns:
        The weights, and the mean training loss of each epoch.
    """
    fit = Recipe.read(recipe).start()
    net, x, y = fit.net, fit.data.inputs.prepare(fit.data.train.x), fit.data.train.y
    order, options = torch.Generator().manual_seed(fit.options.seed), {"lr": 0.05, "batch": 100, "weight_decay": 0.0}
    chosen, changes, step, losses = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9), dict(words), 0, []
    net.train()
    for _epoch in range(fit.options.epochs):
        rows, total = torch.randperm(len(x), generator=order), 0.0
        while len(rows):
            options |= {key.removeprefix("fit."): value for key, value in changes.get(step, {}).items()}
            chosen.param_groups[0].update(lr=options["lr"], weight_decay=options["weight_decay"])
            size = int(options["batch"])
            now, rows = rows[:size], rows[size:]
            chosen.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[now]), y[now])
            loss.backward()
            chosen.step()
            step, total = step + 1, total + loss.item() * len(now)
        losses.append(total / len(x))
    return {name: value.detach() for name, value in net.named_parameters()}, losses


@pytest.mark.parametrize("engine", ["torch", "compiled", "glass"])
@pytest.mark.parametrize("first", [True, False], ids=["first epoch", "second epoch"])
def test_an_option_that_changes_within_an_epoch_holds_from_the_next_batch_on(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, first: bool
) -> None:
    monkeypatch.setattr("neurona.fit.supply.CALL", 1.0)  # each call of native code is one batch
    recipe = PLAIN | {"fit": {**PLAIN["fit"], "engine": engine}}
    begin(page, recipe)
    if not first:
        page.tell("step")
    changes = [{"fit.lr": 0.2, "fit.weight_decay": 0.01}, {"fit.batch": 33}, {"fit.batch": 250}]
    speak(page, *((at, {"do": "change", "changes": one}) for at, one in zip((2, 4, 7), changes, strict=True)))
    page.train()
    fit = page.workshop.fit
    begun = 0 if first else len(fit.data.train) // 100 + 1
    weights, losses = by_hand(
        write(tmp_path, PLAIN), [(begun + at, one) for at, one in zip((2, 4, 7), changes, strict=True)]
    )
    assert [row["train_loss"] for row in fit.history] == pytest.approx(losses, rel=1e-4)
    for name, value in fit.net.named_parameters():
        assert torch.allclose(value.detach(), weights[name], rtol=1e-3, atol=1e-5), name
    said = [message["text"] for message in page.messages if message["kind"] == "remark"]
    assert said.count("It takes effect with the next batch.") == 3
    assert page.workshop.recipe.fit.batch == 250 and fit.options.batch == 250


def test_an_option_that_changes_while_an_epoch_is_paused_leaves_its_batches_as_they_are(page: Any) -> None:
    begin(page, PLAIN)
    for _batch in range(3):
        page.tell("batch")
    before = [value.clone() for value in page.workshop.fit.net.parameters()]
    page.tell("change", key="fit.lr", value=1e-9)
    assert page.workshop.fit.steps == (3, 13) and page.last("frame")["steps"] == (3, 13)
    page.tell("batch")
    assert page.workshop.fit.steps == (4, 13)
    for value, old in zip(page.workshop.fit.net.parameters(), before, strict=True):
        assert torch.allclose(value, old, atol=1e-6)
    page.tell("step")
    assert page.workshop.fit.epoch == 1 and page.workshop.fit.steps[0] == 0


def test_an_option_that_changes_while_the_epoch_is_judged_waits_for_its_end(page: Any) -> None:
    begin(page, CNN | {"fit": {**CNN["fit"], "epochs": 3}})
    batches = len(page.workshop.fit.batches)
    speak(page, (batches + 1, {"do": "change", "changes": {"fit.lr": 0.1}}))
    page.tell("play")
    page.workshop.turn()
    assert page.workshop.fit.epoch == 1 and page.workshop.fit.options.lr == 0.1
    said = [message["text"] for message in page.messages if message["kind"] == "remark"]
    assert "It takes effect when this epoch has ended." in said


def test_what_is_taken_away_is_of_a_whole_epoch(page: Any, tmp_path: Path) -> None:
    begin(page, CNN)
    speak(page, (2, {"do": "take", "what": "run"}), (3, {"do": "pause"}))
    page.tell("play")
    page.workshop.turn()
    with zipfile.ZipFile(page.last("file")["file"]) as packed:
        packed.extractall(tmp_path / "taken")
    theirs = train(write(tmp_path, CNN), out=tmp_path / "theirs", report=False)
    lines = next((tmp_path / "taken").rglob("history.csv")).read_text().splitlines()
    assert lines == (theirs.path / "history.csv").read_text().splitlines()[:2]
    assert not page.workshop.running


def test_a_mistake_of_ours_is_told_and_ends_nothing(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(page, CNN)

    def fail(command: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setitem(page.workshop._commands, "speed", fail)
    speak(page, (2, {"do": "speed"}), (3, {"do": "play"}))
    page.tell("play")
    page.workshop.turn()
    assert page.last("fault")["error"] == "ZeroDivisionError: ours"
    assert page.workshop.fit.epoch == 1


def test_the_test_samples_of_a_large_net_are_asked_a_moment_later(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(page, CNN)
    page.workshop.telling.resting = 9.0
    page.tell("step")
    assert page.last("frame")["test"] is None and page.workshop.wait() == 0.0
    page.workshop.turn()
    assert page.last("frame")["test"] == page.workshop.fit.evaluate(page.workshop.fit.data.test)
    assert page.workshop.wait() is None


def test_who_looks_elsewhere_meanwhile_is_answered_first_and_told_the_test_then(page: Any) -> None:
    begin(page, CNN)
    page.workshop.telling.resting = 9.0
    page.tell("step")
    speak(page, (1, {"do": "look", "view": "distributions"}))
    while page.workshop.wait() == 0.0:
        page.workshop.turn()
    assert page.last("looked")["view"] == "distributions"
    assert page.last("frame")["test"] == page.workshop.fit.evaluate(page.workshop.fit.data.test)


def test_batches_are_made_one_by_one_where_an_epoch_was_paused(page: Any, tmp_path: Path) -> None:
    begin(page, CNN)
    listened = speak(page, (2, {"do": "pause"}), (3, {"do": "batch"}), (4, {"do": "batch"}), (5, {"do": "play"}))
    page.train()
    done = [frame["steps"][0] for frame in page.messages if frame["kind"] == "frame" and not frame["running"]]
    assert done[-4:-1] == [2, 3, 4] and listened[2:5] == [None, None, None]
    assert page.workshop.fit.history == train(write(tmp_path, CNN), out=tmp_path / "theirs", report=False).rows


def test_what_waits_for_the_end_of_an_epoch_is_left_out_where_another_training_begins(page: Any) -> None:
    begin(page, CNN)
    speak(page, (2, {"do": "take", "what": "recipe"}), (3, {"do": "open", "name": "moons"}))
    page.tell("play")
    page.workshop.turn()
    assert page.workshop.recipe.name == "moons"
    assert not [message for message in page.messages if message["kind"] == "file"], "it would be of another recipe"
    problem = page.last("problem")
    assert problem["from"] == "take" and "is left out" in problem["problem"]


def test_what_waits_for_the_end_of_an_epoch_outlasts_a_change_that_goes_on(page: Any) -> None:
    begin(page, CNN)
    speak(page, (2, {"do": "take", "what": "recipe"}), (3, {"do": "change", "key": "fit.lr", "value": 0.5}))
    page.train()
    assert page.last("file")["what"] == "recipe"
