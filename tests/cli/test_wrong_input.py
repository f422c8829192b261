"""Bad input: exit code 2, a message that says what, where and what to write instead, and nothing left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from commandline import PROGRAM, cli, environment
from recipes import MOONS, flats, train


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """An empty directory to work in, which must stay empty."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory for the files that are given."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def refused(empty: Path, *arguments: object) -> str:
    """Run a command that must be refused without a trace, and return its words."""
    answer = cli(*arguments, cwd=empty)
    assert answer.code == 2, answer
    assert not list(empty.iterdir()), "something was left behind"
    assert not list(empty.parent.glob(".*")), "something was left behind"
    assert answer.out == "" or "Usage" in answer.words
    return answer.words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("train spirall", ["'spirall'", "Did you mean 'spiral'?"]),
        ("train spiral --set data.name=moonz", ["dataset", "'moonz'", "Did you mean 'moons'?"]),
        ("train spiral --set net.kind=mpl", ["net", "'mpl'", "Did you mean 'mlp'?"]),
        ("train spiral --set net.activation=rellu", ["activation", "'rellu'", "Did you mean 'relu'?"]),
        ("train spiral --set fit.optimizer=addam", ["optimizer", "'addam'", "Did you mean 'adam'?"]),
        ("train spiral --set fit.loss=crossentropy", ["loss", "'crossentropy'", "Did you mean 'cross-entropy'?"]),
        ("train spiral --set fit.loss=mse", ["fit.loss", "'mse'", "multiclass", "cross-entropy"]),
        ("train spiral --set net.init=xavier-normall", ["'xavier-normall'", "Did you mean 'xavier-normal'?"]),
        ("train spiral --set fit.schedule=cosin", ["fit.schedule", "'cosin'", "cosine"]),
        ("train spiral --set fit.momentum=0.9", ["fit.momentum", "'adam'"]),
        ("train spiral --set data.task=regression", ["multiclass", "'regression'"]),
        ("train spiral --set data.name=3", ["There is no dataset called '3'"]),
        ("list recipe", ["'recipe'", "Did you mean 'recipes'?"]),
        ("claims --only spirall", ["'spirall'", "Did you mean 'spiral'?"]),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_named(empty: Path, arguments: str, words: list[str]) -> None:
    message = refused(empty, *arguments.split())
    for word in words:
        assert word in message


@pytest.mark.parametrize("name", ["photos", "book.txt"])
def test_a_target_is_refused_where_nothing_has_columns(empty: Path, files: Path, name: str) -> None:
    (files / "photos").mkdir()
    (files / "book.txt").write_text("Once upon a time", encoding="utf-8")
    message = refused(empty, "train", files / name, "--target", "price")
    assert f"A target is a column of a table, and {files / name} is no table." in message


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("fit.lr=-1", ["fit.lr = -1", "greater than 0"]),
        ("fit.lr=nan", ["fit.lr = nan", "finite"]),
        ("fit.lr=inf", ["fit.lr = inf", "finite"]),
        ("fit.lr=fast", ["fit.lr = 'fast'", "a number, such as 0.01"]),
        ("fit.epochs=0", ["fit.epochs = 0", "greater than 0"]),
        ("fit.epochs=1.5", ["fit.epochs = 1.5", "a whole number"]),
        ("fit.batch=0", ["fit.batch = 0", "greater than 0"]),
        ("fit.seed=-1", ["fit.seed = -1", "at least 0"]),
        ("net.hidden=[0]", ["net.hidden", "= 0", "greater than 0"]),
        ("net.hidden=0", ["net.hidden = 0", "a list, such as [100, 50]"]),
        ("net.dropout=1.0", ["net.dropout = 1.0", "less than 1"]),
        ("data.samples=-1", ["data.samples = -1", "at least"]),
        ("data.valid=2", ["data.valid = 2", "less than 1"]),
        ("data.noise=loud", ["data.noise = 'loud'", "a number"]),
        ("fit.learnrate=0.1", ["fit.learnrate is not a known key"]),
        ("fit.epoch=3", ["fit.epoch is not a known key", "Did you mean 'epochs'?"]),
        ("net.hiden=[3]", ["net.hiden is not a known key", "Did you mean 'hidden'?"]),
        ("data.nois=0.1", ["data.nois is not a known key", "Did you mean 'noise'?"]),
        ("fits.lr=0.1", ["fits is not a known key", "Did you mean 'fit'?"]),
        ("seeds=0", ["seeds = 0", "at least 1"]),
        ("fit.lr", ["'fit.lr' is not KEY=VALUE", "--set fit.lr=0.1"]),
        ("lr=0.1", ["lr is not a known key", "--set fit.lr=0.1"]),
        ("fit.lr.x=0.1", ["lr is a value, not a section"]),
        ("fit=3", ["fit = 3", "a table of keys and values"]),
    ],
)
def test_an_option_out_of_range_is_refused_by_its_key(empty: Path, override: str, words: list[str]) -> None:
    message = refused(empty, "train", "spiral", "--set", override)
    for word in words:
        assert word in message


@pytest.mark.parametrize("device", ["cuda:9", "gpu"])
def test_a_device_that_is_not_there_is_refused(empty: Path, device: str) -> None:
    message = refused(empty, "train", "spiral", "--device", device)
    assert f"no device '{device}'" in message
    assert "cpu" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = spiral\n[data]\n", ["line 1 is not TOML", "name = spiral"]),
        ('[data]\nname = "spiral"\n[net\nkind = "mlp"\n', ["line 3 is not TOML"]),
        ('[data]\nname = "spiral"\n\n[fit]\nlr = "fast"\n', ["line 5: fit.lr = 'fast'", "a number"]),
        ('[data]\nname = "spiral"\n\n[fit]\nepochs = 3\nlearnrate = 1\n', ["line 6: fit.learnrate is not a known key"]),
        (
            '[data]\nname = "spiral"\nnois = 1\n[net]\nkind = "mlp"\nhidden = [3]\n',
            ["line 3: data.nois is not a known key", "Did you mean 'noise'?"],
        ),
        (
            '[data]\nname = "spiral"\n[net]\nkind = "mlp"\nhiden = [3]\n',
            ["line 5: net.hiden is not a known key", "Did you mean 'hidden'?"],
        ),
        ('[data]\nname = "spiral"\n\n[nets]\nkind = "mlp"\n', ["line 4: nets is not a known key", "'net'"]),
        ("[fit]\nlr = 0.1\n", ["data is missing"]),
        ('[data]\nname = "spiral"\n', ["what net", '[net] with kind = "mlp"']),
    ],
)
def test_a_mistake_in_a_recipe_is_shown_by_its_line(empty: Path, files: Path, text: str, words: list[str]) -> None:
    recipe = files / "mine.toml"
    recipe.write_text(text)
    message = refused(empty, "train", recipe)
    for word in words:
        assert word in message
    if "line" in words[0]:
        assert str(recipe) in message


GOOD = "area,rooms,price\n" + "".join(f"{i},{i % 5},{3 * i + 1}\n" for i in range(40))


@pytest.mark.parametrize(
    ("content", "target", "words"),
    [
        (b"", "price", ["is empty"]),
        (b"area,price\n", "price", ["has a header and no rows"]),
        (b"area,price\n1,2\n3\n4,5\n", "price", ["line 3: 1 column, where the header has 2"]),
        ("area,años\n1,2\n3,4\n".encode("latin-1"), "area", ["is not utf-8", "data.encoding=latin-1"]),
        (GOOD.encode(), "prize", ["no column 'prize'", "Did you mean 'price'?"]),
        (GOOD.encode(), None, ["the column to predict is not named", "--target", "area, rooms, price"]),
        (
            b"area,kind\n" + b"".join(b"%d,flat\n" % i for i in range(30)),
            "kind",
            ["'kind'", "flat in every row", "--target"],
        ),
    ],
)
def test_a_table_that_cannot_be_learnt_is_refused(
    empty: Path, files: Path, content: bytes, target: str | None, words: list[str]
) -> None:
    table = files / "flats.csv"
    table.write_bytes(content)
    message = refused(empty, "train", table, *(["--target", target] if target else []))
    for word in [*words, str(table)]:
        assert word in message


def test_a_table_or_recipe_that_is_not_there_is_refused(empty: Path, files: Path) -> None:
    (files / "houses.csv").write_text(GOOD)
    assert "Did you mean 'houses.csv'?" in refused(empty, "train", files / "house.csv", "--target", "price")
    assert "none.toml cannot be read" in refused(empty, "train", "none.toml")


def test_target_is_for_tables(empty: Path) -> None:
    assert "A target is a column of a table" in refused(empty, "train", "spiral", "--target", "x1")


def test_a_place_that_cannot_hold_a_run_is_refused(empty: Path, files: Path) -> None:
    (files / "note.txt").write_text("mine")
    for out, words in (
        (files, "exists already"),
        (files / "note.txt", "exists already"),
        (files / "note.txt" / "run", f"below {files / 'note.txt'}"),
        ("/proc/run", "cannot be written"),
        (".", "exists already"),
        (empty, "exists already"),
        ("r" * 300, "cannot be written"),
    ):
        message = refused(empty, "train", "moons", "--epochs", "1", "--out", out)
        assert words in message
        assert "--out DIR" in message
    assert [path.name for path in files.iterdir()] == ["note.txt"]
    assert (files / "note.txt").read_text() == "mine"


def test_an_empty_directory_may_hold_a_run(empty: Path, files: Path) -> None:
    answer = cli("train", "moons", "--set", "fit.every=1", "--epochs", "1", "--no-report", "--out", files, cwd=empty)
    assert answer.code == 0
    assert (files / "metrics.json").is_file()


def test_what_is_no_run_is_refused(empty: Path, files: Path) -> None:
    (files / "new.csv").write_text(GOOD)
    for command in (
        ["predict", files, files / "new.csv"],
        ["export", files],
        ["report", files],
    ):
        message = refused(empty, *command)
        assert str(files) in message
        assert "not a run" in message
    assert "There is no run at nowhere" in refused(empty, "export", "nowhere")
    for path in (files, files / "new.csv"):
        assert f"There is no run at {path}." in refused(empty, "train", "--resume", path)


def test_only_runs_are_named_where_one_is_not_there(empty: Path, files: Path) -> None:
    (files / "photos").mkdir()
    assert f"There is no run at {files}/phots" in (message := refused(empty, "export", files / "phots"))
    assert "photos" not in message
    train(MOONS, files / "moons")
    assert f"Did you mean '{files}/moons'?" in refused(empty, "export", files / "mons")


def test_train_wants_one_of_a_recipe_and_a_run(empty: Path) -> None:
    for command in (["train"], ["train", "spiral", "--resume", "runs/spiral"]):
        message = refused(empty, *command)
        assert "neurona train spiral" in message
        assert "--resume RUN" in message


def test_without_a_command_the_help_is_shown(empty: Path) -> None:
    message = refused(empty)
    for word in ("Usage", "train", "predict", "export", "claims", "list"):
        assert word in message


def test_what_the_command_line_itself_refuses(empty: Path) -> None:
    assert "--epochs" in refused(empty, "train", "spiral", "--epochs", "many")
    assert "frobnicate" in refused(empty, "frobnicate")
    assert "--frob" in refused(empty, "train", "spiral", "--frob")


@pytest.mark.parametrize(
    ("name", "content"),
    [("train-images-idx3-ubyte", b"\x00\x00\x08\x03\x00\x00\xea\x60"), ("train-labels-idx1-ubyte", b"<html>")],
)
def test_a_damaged_mnist_file_is_named(
    empty: Path, files: Path, mnist_data: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    copy = files / "mnist"
    copy.mkdir()
    for original in (mnist_data / "mnist").iterdir():
        (copy / original.name).symlink_to(original)
    for old in copy.glob(f"{name}*"):
        old.unlink()
    (copy / name).write_bytes(content)
    monkeypatch.setenv("NEURONA_DATA", str(files))
    assert str(copy / name) in refused(empty, "train", "mnist-mlp", "--epochs", "1")


@pytest.fixture(scope="module")
def flats_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "flats.csv"
    flats().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def flats_run(flats_table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = {**MOONS, "data": {"path": str(flats_table), "target": "dear", "types": {"price": "ignore"}}}
    return train(recipe, tmp_path_factory.mktemp("runs") / "flats").path


def test_a_table_without_a_column_is_refused_for_prediction(empty: Path, files: Path, flats_run: Path) -> None:
    flats().rename(columns={"area": "areas"}).drop(columns="lift").to_csv(files / "new.csv", index=False)
    message = refused(empty, "predict", flats_run, files / "new.csv", "--out", empty / "answers.csv")
    assert "lacks 2 columns" in message
    assert "'area', 'lift'" in message
    assert "Did you mean 'areas'?" in message


def test_a_value_that_cannot_be_read_is_named_by_its_line(empty: Path, files: Path, flats_run: Path) -> None:
    frame = flats(6).astype(object)
    frame.loc[3, "area"] = "large"
    frame.to_csv(files / "new.csv", index=False)
    message = refused(empty, "predict", flats_run, files / "new.csv", "--out", empty / "answers.csv")
    assert f"{files / 'new.csv'}, line 5: column 'area' holds 'large'" in message


def test_predictions_are_not_written_into_a_missing_folder(empty: Path, flats_run: Path, flats_table: Path) -> None:
    message = refused(empty, "predict", flats_run, flats_table, "--out", empty / "answers" / "new.csv")
    assert "its folder is not there" in message
    assert "--out FILE" in message


def test_only_reading_options_can_be_set_for_a_prediction(empty: Path, flats_run: Path, flats_table: Path) -> None:
    message = refused(empty, "predict", flats_run, flats_table, "--set", "data.delimeter=;")
    assert "data.delimeter cannot be set" in message
    assert "data.delimiter" in message


def test_an_unknown_form_of_export_is_refused(empty: Path, flats_run: Path) -> None:
    message = refused(empty, "export", flats_run, "--to", "pytorh")
    assert "'pytorh'" in message
    assert "Did you mean 'pytorch'?" in message


def test_an_export_does_not_overwrite(empty: Path, files: Path, flats_run: Path) -> None:
    (files / "net.py").write_text("mine")
    assert "exists already" in refused(empty, "export", flats_run, "--out", files / "net.py")
    assert (files / "net.py").read_text() == "mine"


def test_a_resumed_run_takes_only_the_options_that_may_change(empty: Path, flats_run: Path) -> None:
    for options in (["--set", "fit.lr=1"], ["--seed", "3"], ["--out", "new"], ["--target", "price"]):
        message = refused(empty, "train", "--resume", flats_run, *options)
        assert "only --epochs, --engine, --device can." in message


def test_a_resumed_run_is_not_cut_short(empty: Path, flats_run: Path) -> None:
    before = (flats_run / "recipe.toml").read_bytes()
    assert "has done 3 epochs already" in refused(empty, "train", "--resume", flats_run, "--epochs", "2")
    assert (flats_run / "recipe.toml").read_bytes() == before


def test_a_process_really_exits_with_two(empty: Path) -> None:
    done = subprocess.run([PROGRAM, "train", "spirall"], cwd=empty, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error: There is no recipe called 'spirall'." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_that_predicts_nothing_says_so_whatever_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    run = ("--epochs", 1, "--no-report", "--out", "r")
    assert cli("train", "digits-gan", *run, cwd=tmp_path).code == 0
    answer = cli("predict", "r", "other.csv", cwd=tmp_path)
    assert answer.code == 2 and "its data.task is adversarial" in answer.words
