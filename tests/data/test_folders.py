"""A folder of pictures: what is a class, what is left out, what is refused, and more pictures than memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commandline import cli
from PIL import Image, ImageDraw
from recipes import train

from neurona.data import Dataset, load
from neurona.data.pictures import Pictures
from neurona.errors import InputError
from neurona.recipe import Recipe
from neurona.run import Run

FORMS = ("png", "jpg", "bmp", "gif", "webp", "tiff", "ppm")
COLOURS = {"blue": (20, 40, 220), "green": (30, 200, 40), "red": (210, 30, 20)}


def paint(path: Path, colour: tuple[int, ...], seed: int = 0, mode: str = "RGB") -> None:
    """Write a picture of an odd size with one main colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    height, width = generator.integers(20, 60, 2)
    pixels = np.clip(generator.normal(colour, 20, (height, width, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


def fill(folder: Path, each: int = 12, classes: tuple[str, ...] = ("blue", "green", "red"), mode: str = "RGB") -> None:
    for name in classes:
        for i in range(each):
            paint(folder / name / f"{i:03d}.{FORMS[i % len(FORMS)]}", COLOURS[name], seed=i, mode=mode)


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred and ten pictures in three classes, of every form and of odd sizes. Not to be changed."""
    folder = tmp_path_factory.mktemp("photos") / "album"
    fill(folder, 70)
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Thirty-six pictures in three classes, which a test may change."""
    folder = tmp_path / "photos"
    fill(folder)
    return folder


def everything(data: Dataset) -> torch.Tensor:
    return torch.cat([data.train.x, data.valid.x, data.test.x])


def refused(path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        load(path, **options)
    assert caught.value.hint
    return caught.value


# What is in it


def test_each_sub_folder_is_a_class_and_each_class_is_in_every_split(album: Path) -> None:
    data = load(album)
    assert data.classes == ("blue", "green", "red")
    assert (data.name, data.task, data.shape) == ("album", "multiclass", (3, 64, 64))
    assert [len(split) for split in (data.train, data.valid, data.test)] == [150, 30, 30]
    for split in (data.train, data.valid, data.test):
        assert torch.bincount(split.y).tolist() == [len(split) // 3] * 3
        brightest = split.x.float().mean((2, 3)).argmax(1)  # the channel, of which blue is the last
        assert torch.equal(2 - brightest, split.y)


def test_two_classes_are_a_binary_task_which_may_be_posed_otherwise(tmp_path: Path) -> None:
    fill(tmp_path / "p", classes=("blue", "red"))
    data = load(tmp_path / "p")
    assert (data.task, data.outputs, data.train.y.shape[1:]) == ("binary", 1, (1,))
    assert load(tmp_path / "p", task="multiclass").outputs == 2
    assert load(tmp_path / "p", task="reconstruction").outputs == 3 * 64 * 64


@pytest.mark.parametrize(("size", "shape"), [(16, (3, 16, 16)), ([20, 10], (3, 20, 10))])
def test_the_size_may_be_chosen(photos: Path, size: Any, shape: tuple[int, ...]) -> None:
    data = load(photos, size=size)
    assert data.shape == shape
    assert data.train.x.shape[1:] == shape


def test_grey_pictures_stay_grey_unless_colour_is_asked_for(tmp_path: Path) -> None:
    fill(tmp_path / "grey", 4, mode="L")
    assert load(tmp_path / "grey").shape[0] == 1
    assert load(tmp_path / "grey", colour="rgb").shape[0] == 3
    paint(tmp_path / "grey" / "red" / "colour.png", COLOURS["red"])
    assert load(tmp_path / "grey").shape[0] == 3
    assert load(tmp_path / "grey", colour="grey").shape[0] == 1


def test_the_same_seed_splits_alike_and_another_does_not(photos: Path) -> None:
    assert load(photos).fingerprint() == load(photos).fingerprint()
    assert load(photos).fingerprint() != load(photos, seed=1).fingerprint()


def test_options_of_all_pictures_hold_here_too(photos: Path) -> None:
    data = load(photos, resize=32, normalise="imagenet", augment=["flip"], valid=0.25, test=0)
    assert data.shape == (3, 32, 32)
    assert (len(data.valid), len(data.test)) == (9, 0)
    assert data.augment is not None
    scaled = load(photos, standardise=True)
    x = scaled.inputs.prepare(scaled.train.x)
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_a_dataset_can_be_loaded_again_from_its_origin(photos: Path) -> None:
    data = load(photos, size=16, augment=["flip"], task="multiclass")
    origin = dict(data.origin)
    assert load(origin.pop("path"), **origin).fingerprint() == data.fingerprint()


# What is left out


def test_what_cannot_be_read_is_named_counted_and_left_out(photos: Path) -> None:
    whole = (photos / "red" / "000.png").read_bytes()
    (photos / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (photos / "blue" / "web.jpg").write_text("<html>404</html>")
    (photos / "blue" / "empty.gif").touch()
    data = load(photos)
    assert len(everything(data)) == 36
    (note,) = [note for note in data.notes if "cannot be read" in note]
    assert note.startswith("3 pictures cannot")
    assert all(name in note for name in ("red/cut.png (", "blue/web.jpg (", "blue/empty.gif ("))


def test_hidden_files_and_other_files_are_no_pictures(photos: Path) -> None:
    (photos / "red" / ".hidden.png").write_text("no picture")
    (photos / ".thumbnails").mkdir()
    paint(photos / ".thumbnails" / "a.png", COLOURS["red"])
    (photos / "red" / "Thumbs.db").touch()
    (photos / "red" / "IMG_1.HEIC").touch()
    (photos / "readme.txt").touch()
    paint(photos / "beside.png", COLOURS["red"])
    data = load(photos)
    assert data.classes == ("blue", "green", "red")
    assert len(everything(data)) == 36
    (note,) = [note for note in data.notes if note.startswith("Files left out")]
    assert all(f"{ending} (1)" in note for ending in (".db", ".heic", ".txt", ".png"))
    assert not any("cannot be read" in note for note in data.notes)


def test_folders_without_pictures_and_folders_inside_classes_are_said_to_be_left_out(photos: Path) -> None:
    (photos / "empty").mkdir()
    paint(photos / "red" / "more" / "a.png", COLOURS["red"])
    data = load(photos)
    assert len(everything(data)) == 36
    assert "Sub-folders without pictures: empty." in data.notes
    assert "Folders inside a class are not looked into: red/more." in data.notes


def test_a_class_of_broken_pictures_alone_is_no_class(photos: Path) -> None:
    (photos / "odd").mkdir()
    (photos / "odd" / "a.png").write_text("?")
    data = load(photos)
    assert data.classes == ("blue", "green", "red")
    assert "Sub-folders without pictures: odd." in data.notes
    assert any("odd/a.png" in note for note in data.notes)


# A folder that is split already


def split_album(folder: Path, *parts: str) -> Path:
    for i, part in enumerate(parts):
        fill(folder / part, 4 + i)
    return folder


def test_splits_of_the_folder_are_used_as_they_are(tmp_path: Path) -> None:
    data = load(split_album(tmp_path / "p", "test", "train", "val"), size=16)
    assert [len(split) for split in (data.test, data.train, data.valid)] == [12, 15, 18]
    assert any("split already: train, valid, test" in note for note in data.notes)
    again = load(tmp_path / "p", size=16, seed=5)
    assert torch.equal(again.test.x, data.test.x)


def test_a_split_that_is_missing_is_cut_from_train(tmp_path: Path) -> None:
    data = load(split_album(tmp_path / "p", "Test", "Train"), size=16, valid=0.2)
    assert [len(split) for split in (data.test, data.train, data.valid)] == [12, 12, 3]
    other = load(split_album(tmp_path / "q", "validation", "training"), size=16, test=0)
    assert [len(split) for split in (other.valid, other.train, other.test)] == [12, 15, 0]


def test_a_class_that_train_lacks_is_refused(tmp_path: Path) -> None:
    split_album(tmp_path / "p", "train", "test")
    paint(tmp_path / "p" / "test" / "violet" / "a.png", (90, 0, 90))
    assert "'violet'" in refused(tmp_path / "p").problem


def test_unsorted_pictures_in_train_and_test_are_not_taken_for_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for i in range(5):
            paint(tmp_path / "p" / part / f"{i}.png", COLOURS["red"], seed=i)
    assert "lie beside each other" in refused(tmp_path / "p").problem
    assert len(load(tmp_path / "p", task="reconstruction", valid=0).test) == 5


# What is refused


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    assert "holds no pictures in its sub-folders" in refused(tmp_path).problem
    (tmp_path / "cats").mkdir()
    assert "holds no pictures in its sub-folders" in refused(tmp_path).problem
    (tmp_path / "cats" / "notes.txt").touch()
    error = refused(tmp_path)
    assert "only .txt (1)" in error.problem
    assert f"{tmp_path}/cats and {tmp_path}/dogs" in error.hint
    assert ".webp" in error.hint


def test_a_folder_beside_the_parts_of_a_split_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "train", each=2)
    (tmp_path / "__MACOSX").mkdir()
    error = refused(tmp_path)
    assert "the parts of a split, train, lie beside other folders: __MACOSX." in error.problem
    assert "Move the others away" in error.hint


def test_pictures_without_classes_are_refused_unless_the_task_needs_none(tmp_path: Path) -> None:
    for i in range(10):
        paint(tmp_path / f"{i}.png", COLOURS["red"], seed=i)
    assert "lie beside each other" in refused(tmp_path).problem
    assert len(everything(load(tmp_path, task="reconstruction"))) == 10


def test_one_class_is_refused_unless_the_task_needs_none(tmp_path: Path) -> None:
    fill(tmp_path, classes=("red",))
    assert "one class only, 'red'" in refused(tmp_path).problem
    assert "one class only" in refused(tmp_path, task="multiclass").problem
    assert len(everything(load(tmp_path, task="variational"))) == 12


def test_pictures_that_leave_one_class_because_they_cannot_be_read_are_named(tmp_path: Path) -> None:
    fill(tmp_path, classes=("red",))
    (tmp_path / "blue").mkdir()
    (tmp_path / "blue" / "a.png").write_text("no picture")
    problem = refused(tmp_path).problem
    assert "one class only, 'red'" in problem and "1 picture cannot be read and is left out: blue/a.png (" in problem


def test_unreadable_pictures_alone_are_refused_with_a_reason(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/2.jpg"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("?")
    assert "None of the 2 pictures" in refused(tmp_path).problem
    assert "1.png" in refused(tmp_path).problem


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    error = refused(tmp_path)
    assert "3 pictures, too few" in error.problem
    assert len(load(tmp_path, valid=0, test=0).train) == 3


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"size": 0}, "data.size"),
        ({"size": "large"}, "data.size"),
        ({"size": [8, 8, 8]}, "data.size"),
        ({"size": True}, "data.size"),
        ({"memory": -1}, "data.memory"),
        ({"colour": "blue"}, "data.colour"),
        ({"normalise": "mnist"}, "data.normalise"),
        ({"sise": 5}, "data.sise"),
        ({"augment": ["crop 70"]}, "data.augment"),
        ({"colour": "grey", "normalise": "imagenet"}, "data.normalise"),
        ({"standardise": True, "normalise": "imagenet"}, "data.normalise"),
    ],
)
def test_a_wrong_option_is_named(photos: Path, options: dict[str, Any], key: str) -> None:
    assert key in refused(photos, **options).problem


def test_the_command_line_ends_with_2_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    answer = cli("train", "photos", cwd=tmp_path)
    assert answer.code == 2
    assert "holds no pictures" in answer.words
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_folder_is_trained_by_one_command(photos: Path) -> None:
    changes = ("--set", 'net.layers=["conv 4 3", "relu", "global-pool"]', "--set", "data.size=16")
    answer = cli("train", photos, "--epochs", 2, "--no-report", "--out", "run", *changes, cwd=photos.parent)
    assert answer.code == 0, answer.words
    assert "36 pictures in blue (12), green (12), red (12)." in answer.words
    assert Run.open(photos.parent / "run").target.classes == ("blue", "green", "red")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_folder_of_few_pictures_is_learned_without_a_word(tmp_path: Path, seed: int) -> None:
    """Training does not end while batch normalisation still evaluates with means of the first steps."""
    generator = np.random.default_rng(0)
    for name in ("circles", "squares"):
        (tmp_path / "shapes" / name).mkdir(parents=True)
        for i in range(24):
            light, dark = (tuple(generator.integers(*span, 3).tolist()) for span in ((150, 255), (0, 100)))
            x, y, side = generator.integers((2, 2, 14), (8, 8, 22)).tolist()
            picture = Image.new("RGB", (32, 32), light)
            pen = ImageDraw.Draw(picture)
            (pen.ellipse if name == "circles" else pen.rectangle)((x, y, x + side, y + side), fill=dark)
            picture.save(tmp_path / "shapes" / name / f"{i}.png")
    options = ("--seed", seed, "--set", "data.size=32", "--no-report", "--out", "run")
    answer = cli("train", "shapes", *options, cwd=tmp_path)
    assert answer.code == 0, answer.words
    assert Run.open(tmp_path / "run").metrics["train"]["accuracy"] > 0.9


# More pictures than memory

OPTIONS = {"size": 20, "standardise": True, "augment": ["rotate 10", "resized-crop 16 0.6", "flip", "brightness 0.2"]}


def recipe(path: Path, memory: float, **fit: Any) -> dict[str, Any]:
    return {
        "data": {"path": str(path), "memory": memory, **OPTIONS},
        "net": {"kind": "conv", "layers": ["conv 4 3", "bn", "relu", "global-pool", "dropout 0.2"]},
        "fit": {"epochs": 2, "batch": 16, "lr": 0.01, **fit},
    }


def test_pictures_beyond_the_memory_stay_on_disk_and_are_the_same(album: Path) -> None:
    kept, on_disk = (load(album, memory=memory, **OPTIONS) for memory in (1, 0.0001))
    assert isinstance(on_disk.train.x, Pictures)
    assert isinstance(kept.train.x, torch.Tensor)
    for name in ("train", "valid", "test"):
        ours, theirs = getattr(on_disk, name), getattr(kept, name)
        assert torch.equal(ours.x[:], theirs.x)
        assert torch.equal(ours.y, theirs.y)
    assert on_disk.inputs == kept.inputs
    assert any("they stay on disk" in note for note in on_disk.notes)
    assert not any("they stay on disk" in note for note in kept.notes)


def same_numbers(first: Run, second: Run) -> None:
    rows = [[{k: v for k, v in row.items() if k != "seconds"} for row in run.rows] for run in (first, second)]
    assert rows[0] == rows[1]
    for split in ("train", "valid", "test"):
        assert first.metrics[split] == second.metrics[split]
    states = (first.net().state_dict(), second.net().state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_training_from_disk_gives_the_same_numbers_to_the_last_bit(album: Path, tmp_path: Path) -> None:
    kept, on_disk = (train(recipe(album, memory), tmp_path / str(memory)) for memory in (1, 0))
    same_numbers(kept, on_disk)
    assert torch.equal(kept.answer(kept.data().test.x), on_disk.answer(on_disk.data().test.x))


def test_a_whole_batch_from_disk_is_the_same_too(photos: Path, tmp_path: Path) -> None:
    same_numbers(*(train(recipe(photos, memory, batch="full"), tmp_path / str(memory)) for memory in (1, 0)))


def test_training_from_disk_goes_on_where_it_stopped(album: Path, tmp_path: Path) -> None:
    whole = train(recipe(album, 0, epochs=3), tmp_path / "whole")
    read = Recipe.of(recipe(album, 0, epochs=3, checkpoint_seconds=0))
    fit = read.start()
    for _epoch in Run.begin(fit, tmp_path / "half", read).follow(fit):
        break
    resumed = Run.open(tmp_path / "half")
    fit = resumed.resume()
    for _epoch in resumed.follow(fit):
        pass
    same_numbers(whole, resumed.finish(fit))


@pytest.mark.parametrize("memory", [1, 0])
def test_a_run_notices_that_a_picture_has_changed(photos: Path, tmp_path: Path, memory: float) -> None:
    run = train(recipe(photos, memory), tmp_path / "run")
    (photos / "red" / "000.png").touch()
    assert Run.open(run.path).data().fingerprint() == run.data().fingerprint()
    paint(photos / "red" / "000.png", COLOURS["red"], seed=999)
    with pytest.raises(InputError, match="have changed since"):
        Run.open(run.path).data()


def test_a_picture_that_vanishes_in_training_is_named(photos: Path) -> None:
    fit = Recipe.of(recipe(photos, 0, epochs=5)).start()
    with pytest.raises(InputError, match="any more"):
        for _epoch in fit:
            shutil.rmtree(photos / "red")


def test_looks_and_report_work_from_disk(album: Path, tmp_path: Path) -> None:
    run = train(recipe(album, 0), tmp_path / "run")
    looks = run.look()
    drawn: list[Callable[[], Any]] = list(looks.figures.values())
    assert len(drawn) >= 3
    for draw in drawn:
        draw()


def test_parts_of_a_split_without_train_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    fill(tmp_path / "photos" / "val", each=2)
    fill(tmp_path / "photos" / "test", each=2)
    with pytest.raises(InputError, match=r"photos holds test, val, and no pictures to train on") as caught:
        load(tmp_path / "photos")
    assert "a folder called train" in caught.value.hint
