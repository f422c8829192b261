"""Where weights come from: a download with its checksum, a file of one's own, a run, or a recipe trained for them."""

from __future__ import annotations

import hashlib
import socket
import threading
import warnings
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from recipes import train
from safetensors.torch import load_file, save_file
from torch import Tensor
from torchvision import models

from neurona import pretrained
from neurona.cli.claims import check
from neurona.errors import InputError, NeuronaWarning
from neurona.measure import measure
from neurona.nets.weights import Published
from neurona.recipe import Recipe

LAYERS = ["conv 4 3", "bn", "relu", "pool 2"]
TRUNK = {"kind": "conv", "layers": LAYERS}
DATA = {"name": "digits", "samples": 200}
PRETRAIN: dict[str, Any] = {
    "data": {**DATA, "classes": ["0", "1", "2"]},
    "net": TRUNK,
    "fit": {"epochs": 2},
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `NEURONA_DATA`, and an empty cache directory of the user."""
    monkeypatch.setenv("NEURONA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "data"


def start(weights: str, trunk: Any = TRUNK, **data: Any) -> Any:
    """Return a fit whose trunk starts from `weights`."""
    net = {"kind": "transfer", "trunk": trunk, "weights": weights}
    recipe = {"name": "moved", "data": {**DATA, "classes": ["7", "8"], **data}, "net": net, "fit": {"epochs": 1}}
    return Recipe.of(recipe).start()


def trunk_of(fit: Any) -> dict[str, Tensor]:
    return dict(fit.net.get_submodule("trunk").state_dict())


def assert_starts_from(fit: Any, theirs: dict[str, Tensor]) -> None:
    for name, value in trunk_of(fit).items():
        assert torch.equal(value, theirs[name])


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# A published file, from a server on this machine


@pytest.fixture(scope="module")
def resnet() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return dict(models.resnet18(weights=None).state_dict())


@pytest.fixture
def mirror(tmp_path: Path, resnet: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve weights of a ResNet-18 with their hash in the file's name, and yield the file that the server reads."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    torch.save(resnet, folder / "w.pth")
    content = (folder / "w.pth").read_bytes()
    file = folder / f"resnet18-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (folder / "w.pth").rename(file)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    publish(monkeypatch, server.server_port, file.name)
    yield file
    server.shutdown()
    server.server_close()


def publish(monkeypatch: pytest.MonkeyPatch, port: int, name: str) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    published = Published(f"http://127.0.0.1:{port}/{name}")
    monkeypatch.setattr(pretrained, "published", lambda kind, _options: published if kind == "resnet18" else None)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A network on which nobody answers."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        publish(monkeypatch, closed.getsockname()[1], "resnet18-f37072fd.pth")
        yield


COLOUR = {"colour": "rgb", "resize": 32}


class TestDownload:
    def test_the_file_comes_into_the_folder_of_weights_and_into_the_trunk(
        self, home: Path, mirror: Path, resnet: Any
    ) -> None:
        fit = start("imagenet", "resnet18", **COLOUR)
        assert_starts_from(fit, resnet)
        assert files(home) == [mirror.name]
        assert (home / "weights" / mirror.name).read_bytes() == mirror.read_bytes()
        assert "Left out, since the head is new: fc." in fit.data.notes[-1]

    def test_what_is_there_needs_no_network(self, home: Path, mirror: Path, resnet: Any) -> None:
        start("imagenet", "resnet18", **COLOUR)
        mirror.unlink()
        assert_starts_from(start("imagenet", "resnet18", **COLOUR), resnet)

    @pytest.mark.parametrize("place", ["cache/neurona/weights", "torch/hub/checkpoints"])
    def test_it_is_found_where_it_may_already_be(self, place: str, tmp_path: Path, mirror: Path, resnet: Any) -> None:
        (tmp_path / place).mkdir(parents=True)
        mirror.rename(tmp_path / place / mirror.name)
        assert_starts_from(start("imagenet", "resnet18", **COLOUR), resnet)

    def test_a_wrong_checksum_leaves_nothing_behind(self, home: Path, mirror: Path) -> None:
        mirror.write_bytes(mirror.read_bytes()[:-1] + b"!")
        with pytest.raises(InputError, match="could not be downloaded: invalid hash value"):
            start("imagenet", "resnet18", **COLOUR)
        assert files(home) == []

    def test_a_file_that_was_put_there_damaged_is_named(self, home: Path, mirror: Path) -> None:
        (home / "weights").mkdir(parents=True)
        (home / "weights" / mirror.name).write_bytes(mirror.read_bytes()[:-100])
        with pytest.raises(InputError, match=rf"{mirror.name} is damaged(.|\n)*Delete it"):
            start("imagenet", "resnet18", **COLOUR)

    @pytest.mark.usefixtures("offline")
    def test_without_a_network_it_says_which_file_goes_where_and_what_else_there_is(self, home: Path) -> None:
        with pytest.raises(InputError) as error:
            start("imagenet", "resnet18", **COLOUR)
        assert f"resnet18-f37072fd.pth are not in {home / 'weights'}" in error.value.problem
        assert "--weights FILE" in error.value.hint
        assert "/resnet18-f37072fd.pth" in error.value.hint
        assert files(home) == []

    @pytest.mark.usefixtures("offline")
    def test_that_they_are_absent_is_said_before_the_data_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Recipe, "load", lambda _recipe: pytest.fail("the data were read"))
        with pytest.raises(InputError, match="could not be downloaded"):
            start("imagenet", "resnet18", **COLOUR)

    def test_a_kind_without_published_weights_says_so(self) -> None:
        with pytest.raises(InputError, match="publishes no weights for 'conv'"):
            start("imagenet")

    @pytest.mark.usefixtures("offline")
    def test_claims_that_need_them_are_not_checked_rather_than_fallen_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        net = {"kind": "transfer", "trunk": "resnet18", "weights": "imagenet"}
        claim = {"metric": "test.accuracy", "at_least": 0.5}
        recipe = Recipe.of({"name": "far", "data": {**DATA, **COLOUR}, "net": net, "claim": claim})
        monkeypatch.setattr(Recipe, "read", lambda _name: recipe)
        results = check(["far"], tmp_path / "runs", fast=False)
        assert [result["holds"] for result in results] == [None]
        assert "resnet18-f37072fd.pth" in results[0]["measured"]
        assert "not checked" in capsys.readouterr().out


# Files and runs of one's own


class TestFiles:
    def test_a_run_of_ours_is_a_start(self, tmp_path: Path) -> None:
        run = train(PRETRAIN, tmp_path / "r")
        assert_starts_from(start(str(run.path)), dict(run.net().state_dict()))

    def test_so_is_a_run_of_a_net_that_was_moved_itself(self, tmp_path: Path) -> None:
        net = {"kind": "transfer", "trunk": TRUNK, "head": [7]}
        run = train({**PRETRAIN, "net": net}, tmp_path / "r")
        assert_starts_from(start(str(run.path)), dict(run.net().get_submodule("trunk").state_dict()))

    def test_weights_for_another_net_leave_no_run_behind(self, tmp_path: Path) -> None:
        torch.save({"fc.weight": torch.zeros(2, 2)}, tmp_path / "w.pt")
        with pytest.raises(InputError, match=r"w\.pt are for another net"):
            start(str(tmp_path / "w.pt"))

    def test_a_path_in_a_recipe_begins_where_the_recipe_lies(self, tmp_path: Path) -> None:
        run = train(PRETRAIN, tmp_path / "r")
        net = {"kind": "transfer", "trunk": TRUNK, "weights": "r/model.safetensors"}
        text = tomli_w.dumps({"data": {**DATA, "classes": ["7", "8"]}, "net": net, "fit": {"epochs": 1}})
        (tmp_path / "moved.toml").write_text(text)
        assert_starts_from(Recipe.read(tmp_path / "moved.toml").start(), dict(run.net().state_dict()))

    def test_without_weights_the_trunk_is_new(self) -> None:
        assert not any("trunk" in note for note in start("none").data.notes)

    def test_a_run_is_read_again_and_goes_on_without_the_weights_that_it_started_from(self, tmp_path: Path) -> None:
        source = train(PRETRAIN, tmp_path / "r")
        net = {"kind": "transfer", "trunk": TRUNK, "weights": str(source.path)}
        run = train({"data": {**DATA, "classes": ["7", "8"]}, "net": net, "fit": {"epochs": 1}}, tmp_path / "moved")
        for file in source.path.iterdir():
            file.unlink()
        again = type(run).open(run.path)
        assert again.net().state_dict().keys() == run.net().state_dict().keys()
        assert sum(1 for _epoch in again.resume(2)) == 1


class TestMoved:
    def test_what_was_frozen_has_not_moved_and_what_was_not_has(self, tmp_path: Path) -> None:
        source = train(PRETRAIN, tmp_path / "r")
        recipe = {
            "data": {**DATA, "classes": ["7", "8"]},
            "net": {"kind": "transfer", "trunk": TRUNK, "weights": str(source.path)},
            "fit": {"epochs": 2, "frozen": ["trunk.*"]},
        }
        run = train(recipe, tmp_path / "moved")
        assert measure(run, "moved") == 0
        weights = load_file(run.path / "model.safetensors")
        for name in ("trunk.conv1.weight", "trunk.bn1.running_var"):
            save_file({**weights, name: weights[name] + 0.25}, run.path / "model.safetensors")
            assert measure(type(run).open(run.path), "moved") == pytest.approx(0.25)
        save_file({**weights, "head.output.bias": weights["head.output.bias"] + 1}, run.path / "model.safetensors")
        assert measure(type(run).open(run.path), "moved") == 0

    def test_a_run_that_froze_nothing_has_no_such_number(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="has frozen nothing"):
            measure(train(PRETRAIN, tmp_path / "r"), "moved")


# A recipe that is trained for its weights


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "first.toml"
    path.write_text(tomli_w.dumps(PRETRAIN))
    return path


class TestRecipes:
    def test_it_is_trained_once_and_its_weights_are_kept(self, recipe: Path, home: Path) -> None:
        with pytest.warns(NeuronaWarning, match=r"The recipe first is trained first(.|\n)*kept in .*weights"):
            fit = start(f"recipe:{recipe}")
        trained = Recipe.read(recipe).start()
        for _epoch in trained:
            pass
        assert_starts_from(fit, dict(trained.net.state_dict()))
        assert [name.split("-")[0] for name in files(home)] == ["first"]
        assert_starts_from(start(f"recipe:{recipe}"), dict(trained.net.state_dict()))  # a second warning would fail

    @pytest.mark.parametrize("change", [{"fit": {"epochs": 1}}, {"data": {**DATA, "classes": ["0", "1", "5"]}}])
    def test_another_recipe_is_trained_anew_and_words_do_not_matter(
        self, change: Any, recipe: Path, home: Path
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)
            start(f"recipe:{recipe}")
        recipe.write_text(tomli_w.dumps({"title": "The same", **PRETRAIN}))
        start(f"recipe:{recipe}")
        recipe.write_text(tomli_w.dumps({**PRETRAIN, **change}))
        with pytest.warns(NeuronaWarning, match="trained first"):
            start(f"recipe:{recipe}")
        assert len(files(home)) == 2

    def test_where_the_data_may_not_be_written_to_the_cache_of_the_user_keeps_them(
        self, recipe: Path, home: Path, tmp_path: Path
    ) -> None:
        home.mkdir()
        home.chmod(0o555)
        try:
            with pytest.warns(NeuronaWarning, match="trained first"):
                start(f"recipe:{recipe}")
        finally:
            home.chmod(0o755)
        assert [*home.iterdir()] == []
        assert len(files(tmp_path / "cache")) == 1

    def test_an_interrupted_training_keeps_nothing(self, recipe: Path, home: Path, monkeypatch: Any) -> None:
        from neurona.fit import Fit

        def interrupt(_fit: Any) -> Iterator[None]:
            raise KeyboardInterrupt
            yield

        monkeypatch.setattr(Fit, "__iter__", interrupt)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)
            with pytest.raises(KeyboardInterrupt):
                start(f"recipe:{recipe}")
        assert files(home) == []

    def test_a_recipe_that_starts_from_weights_itself_is_refused(self, tmp_path: Path) -> None:
        net = {"kind": "transfer", "trunk": TRUNK, "weights": "recipe:second.toml"}
        (tmp_path / "second.toml").write_text(tomli_w.dumps({"data": DATA, "net": net}))
        with pytest.raises(InputError, match="The recipe second starts from weights itself"):
            start(f"recipe:{tmp_path / 'second.toml'}")

    def test_one_that_is_not_there_names_the_nearest(self) -> None:
        with pytest.raises(InputError, match=r"no recipe called 'digits-mlpp'(.|\n)*digits-mlp"):
            start("recipe:digits-mlpp")
