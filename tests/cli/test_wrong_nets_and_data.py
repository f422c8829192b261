"""Bad input for nets of layers, pictures, texts and weights: exit code 2, the place and a way out, nothing left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from commandline import cli
from PIL import Image
from recipes import train
from safetensors.torch import save_file

from neurona.nets import Fitting, build


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
    assert answer.out == ""
    return answer.words


def layers(*texts: str) -> str:
    return f"net.layers={list(texts)!r}".replace("'", '"')


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (layers("conv 16 9"), ['Layer 1, "conv 16 9"', "1 × 8 × 8", "A kernel of at most 8 fits"]),
        (layers("conv 4 3", "pool 2", "pool 4"), ['Layer 3, "pool 4"', "4 × 3 × 3", "at most 3 fits"]),
        (layers("relu", "linear 10"), ['Layer 2, "linear 10"', "numbers in one row", '"flatten"']),
        (layers("flatten", "conv 4 3"), ['Layer 2, "conv 4 3"', "input of 64", "pictures"]),
        (layers("conv 4 4 pad same"), ['Layer 1, "conv 4 4 pad same"', "even number of pixels"]),
        (layers("conv 5 3 groups 2"), ['Layer 1, "conv 5 3 groups 2"', "groups"]),
        (layers("conv 4"), ["It lacks: kernel", "conv CHANNELS KERNEL"]),
        (layers("convv 4 3"), ["no layer called 'convv'", "Did you mean 'conv'?"]),
        (layers("conv 4 3 strid 2"), ["no option 'strid'", "Did you mean 'stride'?"]),
        (layers("conv 0 3"), ["channels", "greater than 0"]),
    ],
)
def test_a_layer_that_does_not_fit_is_named_with_its_input_and_what_fits(
    empty: Path, override: str, words: list[str]
) -> None:
    message = refused(empty, "train", "digits-cnn2", "--set", override)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (["a: relu <- b", "b: relu <- a"], ["circle", "a → b → a"]),
        (["a: relu <- inptu"], ["no node called 'inptu'", "Did you mean 'input'?"]),
        (["a: relu", "a: tanh"], ["'a' is taken by node 1"]),
        (["a: conv 4 3 <- input", "b: add <- a, input"], ['Node 2, "add"', "these differ"]),
        (["a: relu <- input", "b: tanh <- input"], ["a, b", "concat"]),
    ],
)
def test_a_graph_that_is_none_is_refused(empty: Path, nodes: list[str], words: list[str]) -> None:
    text = f"net.nodes={nodes!r}".replace("'", '"')
    message = refused(
        empty, "train", "digits-cnn2", "--set", "net.kind=graph", "--set", "net.layers=none", "--set", text
    )
    for word in words:
        assert word in message


def test_batch_normalisation_of_a_batch_of_one_is_refused(empty: Path) -> None:
    message = refused(empty, "train", "digits-cnn2-bn", "--set", "fit.batch=1")
    assert "Batch normalisation needs at least two samples" in message
    assert "fit.batch = 32" in message


# ---------------------------------------------------------------------- pictures


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((9, 7, 3), 90, dtype=np.uint8)).save(path)


def test_a_folder_with_one_class_is_refused(empty: Path, files: Path) -> None:
    picture(files / "photos" / "cats" / "1.png")
    message = refused(empty, "train", files / "photos")
    assert "one class only, 'cats'" in message
    assert "sub-folder" in message


def test_a_folder_without_pictures_is_refused(empty: Path, files: Path) -> None:
    (files / "photos" / "cats").mkdir(parents=True)
    (files / "photos" / "cats" / "notes.doc").write_text("no picture")
    assert "holds no pictures" in refused(empty, "train", files / "photos")


def test_a_folder_of_unreadable_pictures_is_refused(empty: Path, files: Path) -> None:
    for name in ("cats", "dogs"):
        (files / "photos" / name).mkdir(parents=True)
        (files / "photos" / name / "1.png").write_bytes(b"nonsense")
    assert "None of the 2 pictures" in refused(empty, "train", files / "photos")


def test_a_folder_that_is_not_there_is_refused(empty: Path, files: Path) -> None:
    assert "There is no folder" in refused(empty, "train", files / "fotos")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rotat 10", ["no such augmentation", "Did you mean 'rotate'?"]),
        ("crop 99", ["entry 1", "larger than the picture"]),
        ("rotate 999", ["entry 1", "180"]),
    ],
)
def test_an_augmentation_that_is_none_is_refused(empty: Path, words: str, said: list[str]) -> None:
    message = refused(empty, "train", "digits-cnn2", "--set", f'data.augment=["{words}"]')
    for word in said:
        assert word in message


# ---------------------------------------------------------------------- texts and sequences


def test_a_text_that_is_too_short_is_refused(empty: Path, files: Path) -> None:
    (files / "book.txt").write_text("Too short.")
    message = refused(empty, "train", files / "book.txt")
    assert "10 characters, too few" in message
    assert "It needs about" in message


def test_a_text_of_another_encoding_is_refused(empty: Path, files: Path) -> None:
    (files / "book.txt").write_bytes("año ".encode("latin-1") * 5000)
    assert "encoding" in refused(empty, "train", files / "book.txt")


def test_an_unknown_character_is_refused_at_sampling(empty: Path, files: Path) -> None:
    (files / "book.txt").write_text("the cat sat on the mat. " * 200)
    recipe = {
        "name": "book",
        "data": {"path": str(files / "book.txt"), "window": 20},
        "net": {"kind": "sequence-labeller", "hidden": 4, "embedding": 4},
        "fit": {"epochs": 1},
    }
    run = train(recipe, files / "run").path
    message = refused(empty, "sample", run, "--prompt", "the ñ")
    assert "'ñ'" in message
    assert "temperature" in refused(empty, "sample", run, "--temperature", "-1")
    assert "length" in refused(empty, "sample", run, "--length", "0").lower()


@pytest.mark.parametrize("name", ["parity", "add", "reverse", "count-ones"])
def test_a_sequence_of_length_0_is_refused(empty: Path, name: str) -> None:
    assert "data.length = 0" in refused(empty, "train", name, "--set", "data.length=0")


def test_a_net_for_sequences_on_a_table_is_refused(empty: Path) -> None:
    assert "reads sequences" in refused(empty, "train", "tag", "--set", "data.name=wine")


# ---------------------------------------------------------------------- weights


def test_weights_for_another_architecture_are_refused_by_name(empty: Path, files: Path) -> None:
    other = build("conv", {"layers": ["conv 3 3", "relu"]}, Fitting(64, (1, 8, 8), 5))
    save_file(other.state_dict(), files / "other.safetensors")
    message = refused(empty, "train", "digits-transfer", "--weights", files / "other.safetensors")
    assert "conv1.weight" in message


def test_a_file_that_holds_no_weights_is_refused(empty: Path, files: Path) -> None:
    (files / "weights.safetensors").write_bytes(b"nonsense")
    assert "weights.safetensors" in refused(
        empty, "train", "digits-transfer", "--weights", files / "weights.safetensors"
    )
    torch.save(files, files / "code.pt")  # a path, which only code could rebuild
    assert "code.pt" in refused(empty, "train", "digits-transfer", "--weights", files / "code.pt")
