"""The workshop: the recipe rules the page, and trains as `neurona train` does."""

from __future__ import annotations

import base64
import errno
import gc
import warnings
import weakref
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from recipes import flats
from sklearn.metrics import confusion_matrix

from neurona.data.load import DATASETS
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.studio import recipe_text, session, workshop
from neurona.studio.hints import on_the_page
from neurona.training import train
from neurona.written import names


def unpack(packed: dict[str, Any]) -> np.ndarray:
    numbers = np.frombuffer(
        base64.b64decode(packed["data"]), {"u8": np.uint8, "f32": "<f4", "f64": "<f8"}[packed["type"]]
    )
    return numbers.reshape(packed["shape"])


def values(page: Any) -> dict[str, Any]:
    controls = page.last("state")["controls"]
    return {control["key"]: control["value"] for part in controls.values() for control in part}


def test_its_history_and_weights_are_those_of_neurona_train(page: Any, tmp_path: Path) -> None:
    page.train()
    theirs = train("spiral", epochs=5, out=tmp_path / "theirs", report=False)
    ours = tmp_path / "run"
    assert (ours / "history.csv").read_bytes() == (theirs.path / "history.csv").read_bytes()
    told = [row for frame in page.messages if frame["kind"] == "frame" for row in frame["rows"]]
    assert told == theirs.rows
    assert page.last("frame")["test"] == theirs.metrics["test"]
    for name, weight in theirs.net().state_dict().items():
        assert torch.equal(page.workshop.fit.net.state_dict()[name], weight)


def test_watching_does_not_change_the_training(page: Any, tmp_path: Path) -> None:
    page.tell("change", key="net.dropout", value=0.3)  # draws random numbers in each step
    while not page.workshop.fit.ended:
        page.tell("step")
        page.tell("language", language="en")
    theirs = train("spiral", epochs=5, net={"dropout": 0.3}, out=tmp_path / "theirs", report=False)
    assert page.workshop.fit.history == theirs.rows


def test_each_control_changes_the_recipe_and_each_recipe_the_controls(page: Any) -> None:
    page.tell("change", key="fit.lr", value=0.03)
    page.tell("change", changes={"net.hidden": [6, 4], "net.activation": ["tanh", "relu"]})
    page.tell("change", key="data.noise", value=0.1)
    text = page.last("state")["recipe"]["toml"]
    assert "lr = 0.03" in text and "hidden = [6, 4]" in text and 'activation = ["tanh", "relu"]' in text
    assert "noise = 0.1" in text
    assert [layer["units"] for layer in page.last("state")["scene"]["net"]["layers"]] == [6, 4, 3]
    page.tell("toml", text=text.replace("noise = 0.1", "noise = 0.2").replace("lr = 0.03", "lr = 0.3"))
    assert values(page)["data.noise"] == 0.2 and values(page)["fit.lr"] == 0.3


def test_a_text_that_is_as_it_was_again_is_answered_too(page: Any) -> None:
    text = page.last("state")["recipe"]["toml"]
    assert page.tell("toml", text=text + "lr = = 3")[-1]["kind"] == "problem"
    assert [message["kind"] for message in page.tell("toml", text=text)] == ["state", "frame"]


def test_text_of_a_person_stays_as_it_is_with_its_comments(page: Any) -> None:
    text = '# mine\n[data]\nname = "moons"   # two of them\n[net]\nkind = "linear"\n'
    page.tell("toml", text=text)
    assert page.last("state")["recipe"]["toml"] == text


@pytest.mark.parametrize(
    ("command", "key", "words"),
    [
        ({"do": "change", "key": "fit.lr", "value": -1}, "fit.lr", "greater than 0"),
        ({"do": "change", "key": "fit.lr", "value": "much"}, "fit.lr", "a number"),
        ({"do": "change", "key": "net.x", "value": [None]}, "net.x.0", "net.x.0 has no value"),
        ({"do": "change", "key": "data.samples", "value": 2}, "data.samples", "at least 4"),
        ({"do": "change", "key": "net.kind", "value": "perceptron"}, "net.kind", "cannot tell 3 classes apart"),
        ({"do": "change", "key": "data.test", "value": 0.99}, "data.test", "leave nothing to train on"),
        ({"do": "open", "name": "spirral"}, "", "Did you mean 'spiral'?"),
        ({"do": "link", "link": "r=AAAA"}, "", "not whole"),
        ({"do": "take", "what": "passwords"}, "", "no 'passwords' to take away"),
    ],
)
def test_what_is_wrong_is_told_and_the_last_recipe_stays(page: Any, command: Any, key: str, words: str) -> None:
    before = page.workshop.text
    page.workshop.handle(command)
    problem = page.last("problem")
    assert problem["key"] == key and words in problem["problem"] + problem["hint"]
    assert page.workshop.text == before
    assert "Traceback" not in str(problem)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[data]\nname = "spiral"\n[net]\nkind = "mlp"\nhiden = [3]\n', 5),
        ('[data]\nname = "spiral"\n\n[fit\nlr = 1\n', 4),
        ('[data]\nname = "spiral"\n[net]\nkind = "mlp"\nhidden = [3]\n[fit]\nepochs = 0\n', 7),
        ('[data]\nname = "../etc"\n', 2),
        ('[data]\npath = "' + 300 * "a" + '.csv"\n', 2),
        ('[data]\nname = "spiral"\nnoise = 99999999999999999999\n', 3),
        ('[data]\nname = "spiral"\nnoise = ' + 5000 * "9" + '\n[net]\nkind = "mlp"\n', 3),
        ("# much\nname = " + 5000 * "[" + 5000 * "]" + '\n[data]\nname = "spiral"\n', 2),
    ],
)
def test_the_line_of_a_mistake_is_told(page: Any, text: str, line: int) -> None:
    page.tell("toml", text=text)
    assert page.last("problem")["line"] == line


@pytest.mark.parametrize(
    "recipe",
    [
        {"data": {"path": "/etc/passwd", "target": "x"}},
        {"data": {"path": "../uploads/mine.csv", "target": "price"}},
        {"data": {"name": "/tmp/table.csv", "target": "x"}},
        {"data": {"name": ".."}},
        {"data": {"name": "digits"}, "net": {"kind": "transfer", "trunk": "resnet18", "weights": "/tmp/weights.pt"}},
        {"data": {"name": "digits"}, "net": {"kind": "transfer", "trunk": {"kind": "conv", "weights": "../w"}}},
    ],
)
def test_no_file_of_the_machine_can_be_named(page: Any, recipe: dict[str, Any]) -> None:
    flats().to_csv("mine.csv", index=False)
    text = recipe_text.written(recipe)
    for command in ({"do": "toml", "text": text}, {"do": "link", "link": recipe_text.link(text)}):
        page.messages.clear()
        page.workshop.handle(command)
        assert [message["kind"] for message in page.messages] == ["problem"]


def test_a_table_of_ones_own_is_trained_and_goes_along(page: Any, tmp_path: Path) -> None:
    flats().to_csv("mine.csv", index=False)
    assert page.tell("uploaded", file="mine.csv")[0]["columns"][-1]["name"] == "dear"
    assert "no column 'prize'" in page.tell("table", file="mine.csv", target="prize")[0]["problem"]
    page.tell("table", file="mine.csv", target="dear")
    page.tell("change", key="fit.epochs", value=3)
    page.train()
    page.tell("take", what="run")
    with zipfile.ZipFile(page.last("file")["file"]) as packed:
        packed.extractall(tmp_path / "taken")
    taken = tmp_path / "taken" / "mine"
    again = train(taken / "recipe.toml", out=tmp_path / "again", report=False)
    assert (again.path / "history.csv").read_bytes() == (taken / "history.csv").read_bytes()
    assert str(tmp_path) not in (taken / "recipe.toml").read_text()


def test_an_example_of_a_column_is_written_as_in_its_table(page: Any) -> None:
    Path("mine.csv").write_text("m²;código;caro\n50,25;1.2;sí\n61,5;1.3;no\n", "utf-8")
    columns = page.tell("uploaded", file="mine.csv")[0]["columns"]
    assert [column["example"] for column in columns] == ["50,25", "1.2", "sí"]


def test_what_is_said_of_the_data_is_said_in_the_language_in_use(page: Any) -> None:
    rows, frame = np.arange(90), flats()
    frame = frame.assign(one=1, number=rows, word=[f"w{row}" for row in rows], few=rows % 4)
    frame["note"] = [f"A flat with number {row}, near the sea and the woods, as good as new." for row in rows]
    frame.loc[frame.index[:3], "few"] = None
    frame.to_csv("mine.csv", index=False)
    for target in ("dear", "few", "price"):
        page.tell("table", file="mine.csv", target=target)
        english = page.last("state")["scene"]["notes"]
        page.tell("language", language="es")
        spanish = page.last("state")["scene"]["notes"]
        with warnings.catch_warnings(action="ignore"):
            read = page.workshop.recipe.load().notes
        assert spanish == list(map(on_the_page, read)) and len(spanish) > 2
        assert not set(spanish) & set(english)
        page.tell("language", language="en")
        assert page.last("state")["scene"]["notes"] == english


def test_what_is_said_of_pictures_is_said_in_the_language_in_use(page: Any) -> None:
    for number in range(40):
        folder = Path("mine", ("cats", "dogs")[number % 2])
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 10), (5 * number, 9, 30)).save(folder / f"{number}.png")
    Path("mine", "cats", "broken.png").write_bytes(b"no picture")
    Path("mine", "cats", "words.txt").write_text("no picture either")
    Path("mine", "none").mkdir()
    page.tell("toml", text='name = "mine"\n\n[data]\npath = "mine"\nsize = 8\n\n[net]\nkind = "mlp"\nhidden = [4]\n')
    english = page.last("state")["scene"]["notes"]
    page.tell("language", language="es")
    spanish = page.last("state")["scene"]["notes"]
    assert spanish == list(page.workshop.recipe.load().notes) and len(spanish) > 3 and not set(spanish) & set(english)
    page.tell("language", language="en")


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("open", {"name": "spirall"}),
        ("toml", {"text": 'name = "spiral"\n\n[data]\nname = "spiral"\n\n[net]\nkind = "mlp"\nhiden = [8]\n'}),
        ("change", {"key": "data.features", "value": ["x1", "sin(x9)"]}),
        ("table", {"file": "absent.csv", "target": "y"}),
        ("take", {"what": "photograph"}),
    ],
)
def test_a_problem_is_said_again_in_another_language(page: Any, do: str, more: dict[str, Any]) -> None:
    page.tell(do, **more)
    english = page.last("problem")
    page.tell("language", language="es", problem=do)
    spanish = page.messages[-1]
    page.tell(do, **more)
    assert spanish == page.last("problem") and spanish["problem"] != english["problem"]
    page.tell("language", language="en", problem=do)
    assert page.messages[-1] == english


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("table", {"file": "mine.csv", "target": "dear", "features": [None]}),
        ("walk", {"at": [1e308, -1e308]}),
    ],
)
def test_what_no_page_sends_is_answered_too(page: Any, do: str, more: dict[str, Any]) -> None:
    flats().to_csv("mine.csv", index=False)
    with warnings.catch_warnings(action="error"):
        said = page.tell(do, **more)
    assert said[-1]["kind"] == ("walk" if do == "walk" else "problem")


def test_a_problem_that_is_gone_is_not_said_again(page: Any) -> None:
    page.tell("open", name="spirall")
    for more in ({}, {"problem": "toml"}):
        said = page.tell("language", language="es", **more)
        assert "problem" not in [message["kind"] for message in said]
    page.tell("language", language="en")


def test_a_broken_table_says_what_the_command_line_says(page: Any) -> None:
    Path("ragged.csv").write_text("a,b\n1,2\n3\n")
    page.tell("uploaded", file="ragged.csv")
    page.tell("table", file="ragged.csv", target="b")
    with pytest.raises(ValueError) as theirs:
        Recipe.read("ragged.csv", target="b").load()
    assert page.last("problem")["problem"] in str(theirs.value)


def test_a_learning_rate_changed_on_the_way_acts_from_then_on(page: Any, tmp_path: Path) -> None:
    text = '[data]\nname = "moons"\n[net]\nkind = "mlp"\nhidden = [8]\n'
    text += '[fit]\noptimizer = "momentum"\nlr = 0.1\nepochs = 4\n'
    page.tell("toml", text=text)
    page.tell("step")
    page.tell("step")
    page.tell("change", key="fit.lr", value=0.01)
    assert page.last("remark")["text"] == "It takes effect from epoch 2 on."
    page.train()
    # The same as a schedule that multiplies the rate by 0.1 after two epochs.
    path = tmp_path / "stepped.toml"
    path.write_text(text + 'schedule = "step"\nstep_size = 2\ngamma = 0.1\n')
    theirs = train(path, out=tmp_path / "theirs", report=False)
    losses = [row["train_loss"] for row in theirs.rows]
    assert [row["train_loss"] for row in page.workshop.fit.history] == pytest.approx(losses, rel=1e-6)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fit.optimizer", "sgd"),
        ("fit.batch", 128),
        ("fit.weight_decay", 0.1),
        ("fit.schedule", "cosine"),
        ("fit.l2", 1),
    ],
)
def test_other_options_of_the_fit_change_on_the_way_too(page: Any, key: str, value: Any) -> None:
    page.tell("step")
    before = {name: weight.clone() for name, weight in page.workshop.fit.net.state_dict().items()}
    page.tell("change", key=key, value=value)
    fit = page.workshop.fit
    assert fit.epoch == 1 and all(torch.equal(weight, before[name]) for name, weight in fit.net.state_dict().items())
    page.train()
    assert [row["epoch"] for row in fit.history] == [1, 2, 3, 4, 5]


def test_weight_decay_changed_on_the_way_pulls_the_weights(page: Any) -> None:
    page.tell("step")
    page.tell("change", key="fit.weight_decay", value=100.0)
    page.train()
    assert max(float(p.detach().abs().max()) for p in page.workshop.fit.net.parameters()) < 0.5


def test_a_change_of_the_net_starts_anew_with_a_word(page: Any) -> None:
    page.tell("step")
    page.tell("change", key="net.hidden", value=[4])
    assert page.workshop.fit.epoch == 0
    assert "starts anew" in page.last("remark")["text"]


def test_divergence_stops_with_advice_and_training_can_begin_again(page: Any) -> None:
    page.tell("toml", text='[data]\nname = "houses"\n[net]\nkind = "linear"\n[fit]\noptimizer = "sgd"\nlr = 1e6\n')
    page.train()
    problem = page.last("problem")
    assert "diverged" in problem["problem"] and "smaller learning rate" in problem["hint"]
    assert page.last("frame")["word"] == "diverged"
    page.tell("change", key="fit.lr", value=0.1)
    page.train()
    assert page.last("frame")["ended"] and page.last("frame")["word"] == ""


@pytest.mark.parametrize("do", ["step", "batch"])
def test_a_step_that_diverges_is_told_and_none_follows_it(page: Any, do: str) -> None:
    page.tell("toml", text='[data]\nname = "houses"\n[net]\nkind = "linear"\n[fit]\noptimizer = "sgd"\nlr = 1e30\n')
    for _step in range(100):
        page.tell(do)
        if page.workshop.word:
            break
    told, fit = page.last("frame"), page.workshop.fit
    assert (told["word"], told["epoch"], told["running"]) == ("diverged", fit.epoch, False)
    assert "diverged" in page.last("problem")["problem"] and page.last("problem")["from"] == do
    weights = [value.clone() for value in fit.net.parameters()]
    assert [message["kind"] for message in page.tell(do)] == ["frame"] and fit.epoch == told["epoch"]
    assert all(
        value.equal(old) or value.isnan().any() for value, old in zip(fit.net.parameters(), weights, strict=True)
    )


def test_surface_and_confusion_show_what_the_net_answers(page: Any) -> None:
    page.train()
    scene, fit = page.last("frame")["scene"], page.workshop.fit
    low, high = page.last("state")["scene"]["points"]["low"], page.last("state")["scene"]["points"]["high"]
    classes, sure = unpack(scene["surface"]["classes"]), unpack(scene["surface"]["sure"])
    side = scene["surface"]["side"]
    for row, column in ((0, 0), (7, 40), (side - 1, side - 1)):
        point = [np.linspace(low[0], high[0], side)[column], np.linspace(low[1], high[1], side)[row]]
        shares = fit.net(torch.tensor([point], dtype=torch.float32)).softmax(-1)[0]
        shares = shares.detach()
        assert classes[row * side + column] == int(shares.argmax())
        assert sure[row * side + column] / 255 == pytest.approx((float(shares.max()) - 1 / 3) * 1.5, abs=0.003)
    predicted = fit.net(fit.data.test.x).argmax(1)
    assert scene["confusion"]["counts"] == confusion_matrix(fit.data.test.y, predicted).tolist()


def test_units_and_weights_are_those_of_the_net(page: Any) -> None:
    page.train()
    frame, net = page.last("frame")["scene"], page.workshop.fit.net
    first = unpack(frame["weights"][0]["w"])
    assert np.array_equal(first, net.hidden1.weight.detach().numpy()[: len(first)])
    maps = unpack(frame["units"]["hidden1"])
    low, high = page.last("state")["scene"]["points"]["low"], page.last("state")["scene"]["points"]["high"]
    side = maps.shape[1]
    grid = [[x, y] for y in np.linspace(low[1], high[1], side) for x in np.linspace(low[0], high[0], side)]
    answers = net.relu1(net.hidden1(torch.tensor(grid, dtype=torch.float32)))[:, 0].detach().numpy()
    assert np.allclose((maps[0].ravel().astype(float) - 128) / 127 * answers.max(), answers, atol=0.01 * answers.max())


def test_what_the_machine_refuses_is_told_without_its_place_and_training_goes_on_from_there(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep, refusals = Run.snapshot, [2]

    def snapshot(run: Run, fit: Any) -> None:
        if fit.epoch in refusals:
            refusals.remove(fit.epoch)
            raise OSError(errno.ENOSPC, "No space left on device", str(run.path))
        keep(run, fit)

    monkeypatch.setattr(Run, "snapshot", snapshot)
    page.train()
    problem = page.last("problem")["problem"]
    assert "refused it: No space left on device" in problem and str(tmp_path) not in problem
    assert not page.workshop.running and page.last("frame")["word"] == "" and page.workshop.fit.epoch == 2
    page.train()
    assert page.workshop.fit.history == train("spiral", epochs=5, out=tmp_path / "theirs", report=False).rows


def test_a_run_that_cannot_be_written_is_told_as_what_the_machine_refuses(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(path: Path, _text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("neurona.run.write_text", refuse)
    for do, more in (("step", {}), ("take", {"what": "report"})):
        page.messages.clear()
        page.tell(do, **more)
        assert "refused it: No space left" in page.last("problem")["problem"]
        assert str(tmp_path) not in str(page.messages) and "--out" not in page.last("problem")["hint"]


def test_only_a_page_that_is_gone_ends_its_session(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(error: Exception) -> Any:
        def act(_command: Any) -> None:
            raise error

        return act

    monkeypatch.setitem(page.workshop._commands, "drawn", refused(OSError(errno.EIO, "Input/output error", "/disk")))
    session._guarded(page.workshop, {"do": "drawn"})
    assert "Input/output error" in page.last("problem")["problem"] and "/disk" not in str(page.messages)
    monkeypatch.setitem(page.workshop._commands, "drawn", refused(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        session._guarded(page.workshop, {"do": "drawn"})


def test_nothing_is_kept_of_a_net_that_another_one_replaces(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[bool] = []
    monkeypatch.setattr(workshop, "give_back", lambda: given_back.append(True))
    page.train()
    before = weakref.ref(page.workshop.fit)
    monkeypatch.setattr(workshop, "LARGE", 0)
    page.tell("open", name="moons")
    gc.collect()
    assert before() is None and given_back == [True]


def test_what_runs_are_compared_by_is_called_in_the_language_of_now(page: Any) -> None:
    def called() -> tuple[str, str]:
        offers = page.last("offers")
        return offers["metrics"]["rmse"], offers["labels"]["noise"]

    assert called() == ("root mean squared error", "Noise")
    page.tell("language", language="es")
    assert called() == ("raíz del error cuadrático medio", "Ruido")
    page.tell("language", language="en")


def test_an_option_that_speaks_of_another_stands_beside_it(page: Any) -> None:
    page.tell("open", name="many-to-one")
    keys = [control["key"] for control in page.last("state")["controls"]["net"]]
    assert keys.index("net.embedding_dropout") == keys.index("net.embedding") + 1


def test_what_only_tokens_use_is_left_out_where_steps_are_numbers(page: Any) -> None:
    page.tell("open", name="lstm")
    assert not [one["key"] for one in page.last("state")["controls"]["net"] if "embedding" in one["key"]]
    page.tell("change", key="net.hidden", value=8)
    assert page.last("state")["settings"]["net.hidden"]["value"] == 8


def test_data_without_a_thumbnail_are_told_in_a_line(page: Any) -> None:
    assert page.last("state")["recipe"]["about"] == ""
    page.tell("open", name="remember")
    told = page.last("state")["recipe"]
    assert (told["data"], told["about"]) == ("remember", DATASETS["remember"].summary)


def test_a_link_holds_the_recipe(page: Any) -> None:
    page.tell("change", key="data.noise", value=0.25)
    link, text = page.last("state")["recipe"]["link"], page.workshop.text
    page.tell("open", name="moons")
    page.tell("link", link=link)
    assert page.workshop.text == text


def test_a_page_that_is_loaded_anew_goes_to_an_address_that_was_entered_alone(page: Any) -> None:
    old = page.last("state")["recipe"]["link"]
    page.tell("change", key="data.noise", value=0.25)
    page.tell("step")
    page.tell("back", language="en", link=old, known=True)  # the address had not heard of the change yet
    assert page.workshop.recipe.data["noise"] == 0.25 and page.workshop.fit.epoch == page.workshop.fit.options.every
    page.tell("back", language="en", link=old, known=False)
    assert "noise" not in page.workshop.recipe.data or page.workshop.recipe.data["noise"] != 0.25


def test_every_recipe_whose_data_are_here_opens(page: Any) -> None:
    for name in names():
        if not DATASETS[Recipe.read(name).data["name"]].facts.get("download"):
            page.messages.clear()
            page.tell("open", name=name)
            told = [message["kind"] for message in page.messages]  # some wait for the weights of another recipe first
            assert [kind for kind in told if kind not in ("remark", "wait")] == ["state", "frame"]
            assert page.last("state")["recipe"]["name"] == name


def test_each_tile_of_the_gallery_can_be_chosen_from_any_recipe(page: Any) -> None:
    tiles = [tile["name"] for tile in page.last("offers")["tiles"]]
    for start in ("spiral", "digits-cnn2", "curve-ensemble", "perceptron"):
        for name in tiles:
            page.tell("open", name=start)
            page.tell("change", key="data.name", value=name)
            assert page.workshop.recipe.data["name"] == name, (start, name)


@pytest.mark.parametrize("command", [{}, {"do": "_tell_state"}, {"do": 3}, {"do": "change"}, {"do": "hello-world"}])
def test_nonsense_is_passed_over(page: Any, command: dict[str, Any]) -> None:
    page.workshop.handle(command)
    assert page.workshop.fit.epoch == 0


def test_batch_by_batch_it_trains_as_neurona_train_does(page: Any, tmp_path: Path) -> None:
    page.tell("change", key="net.dropout", value=0.3)
    count = page.last("frame")["steps"][1]
    for done in range(1, count):
        page.tell("batch")
        frame = page.last("frame")
        assert tuple(frame["steps"]) == (done, count) and frame["epoch"] == 0 and not frame["rows"]
    page.tell("batch")
    assert page.last("frame")["epoch"] == 1 and len(page.last("frame")["rows"]) == 1
    page.tell("batch")
    page.train()
    theirs = train("spiral", epochs=5, net={"dropout": 0.3}, out=tmp_path / "theirs", report=False)
    assert (tmp_path / "run" / "history.csv").read_bytes() == (theirs.path / "history.csv").read_bytes()
    assert [path.name for path in sorted((tmp_path / "run" / "snapshots").iterdir())] == [
        path.name for path in sorted((theirs.path / "snapshots").iterdir())
    ]


def test_an_option_that_changes_within_an_epoch_leaves_what_was_trained_of_it(page: Any) -> None:
    page.tell("step")
    page.tell("batch")
    weight = page.workshop.fit.net.state_dict()["output.weight"].clone()
    page.tell("change", key="fit.lr", value=0.02)
    assert torch.equal(page.workshop.fit.net.state_dict()["output.weight"], weight)
    assert page.workshop.fit.epoch == 1 and page.workshop.fit.steps[0] == 1


def test_another_language_renames_the_classes_everywhere(page: Any) -> None:
    def names() -> tuple[list[str], list[str]]:
        scene = page.last("state")["scene"]
        return scene["classes"], scene["net"]["outputs"]

    page.tell("language", language="es")
    assert names() == (["brazo 1", "brazo 2", "brazo 3"],) * 2
    page.tell("open", name="moons")
    page.tell("language", language="en")
    assert names() == (["upper", "lower"],) * 2
    page.tell("open", name="spiral")
    assert names() == (["arm 1", "arm 2", "arm 3"],) * 2
