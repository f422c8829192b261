"""CIFAR-10: the subset, torchvision's files, what is damaged, and downloads from a server on this machine."""

from __future__ import annotations

import hashlib
import io
import pickle
import socket
import tarfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from neurona.data import Dataset, load
from neurona.data.cifar import CLASSES, FOLDER, SUBSET
from neurona.errors import InputError

TRAIN, TEST = 20, 10


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `NEURONA_DATA`."""
    directory = tmp_path / "data"
    directory.mkdir()
    monkeypatch.setenv("NEURONA_DATA", str(directory))
    return directory


# The real CIFAR-10, or the part of it that is here


def test_real_pictures_are_what_is_published(cifar10_data: Path) -> None:
    data = load("cifar10", samples=10_000, valid=0)
    assert (data.shape, data.outputs, len(data.train)) == ((3, 32, 32), 10, 10_000)
    # Labels of the published test_batch, and how many of each class the published data_batch_1 has.
    assert data.test.y[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert torch.bincount(data.train.y).tolist() == [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]
    # Mean and deviation of the channels over all training pictures, as they are commonly quoted.
    x = data.inputs.prepare(data.train.x)
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.tensor([0.4914, 0.4822, 0.4465]), atol=0.005, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3)), torch.tensor([0.2470, 0.2435, 0.2616]), atol=0.005, rtol=0)


def test_five_real_classes_with_two_hundred_pictures(cifar10_data: Path) -> None:
    data = load("cifar10", classes=["deer", "dog", "frog", "horse", "ship"], samples=200)
    assert len(data.train) + len(data.valid) == 200
    assert set(data.test.y.tolist()) == set(range(5))
    assert torch.bincount(torch.cat([data.train.y, data.valid.y])).min() > 25


# The subset, as a file of arrays


def arrays(seed: int = 0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {
        "x_train": generator.integers(0, 256, (TRAIN, 32, 32, 3), dtype=np.uint8),
        "y_train": np.arange(TRAIN) % 10,
        "x_test": generator.integers(0, 256, (TEST, 32, 32, 3), dtype=np.uint8),
        "y_test": np.arange(TEST)[::-1] % 10,
    }


def put_subset(home: Path, **content: np.ndarray) -> Path:
    path = home / "cifar10" / SUBSET
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **content)
    return path


def is_made_of(data: Dataset, x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> bool:
    ours = torch.cat([data.train.x, data.valid.x]).numpy()
    labels = torch.cat([data.train.y, data.valid.y]).tolist()
    found = {one.tobytes(): label for one, label in zip(ours, labels, strict=True)}
    wanted = {np.moveaxis(one, 2, 0).tobytes(): label for one, label in zip(x, y.tolist(), strict=True)}
    same_test = np.array_equal(data.test.x.numpy(), np.moveaxis(x_test, 3, 1))
    return found == wanted and same_test and data.test.y.tolist() == y_test.tolist()


def test_the_subset_is_used_where_the_whole_is_not_and_a_note_says_so(home: Path) -> None:
    content = arrays()
    put_subset(home, **content)
    data = load("cifar10")
    assert is_made_of(data, *content.values())
    assert data.notes[0].startswith(
        "Only a part of CIFAR-10 is there, cifar10/cifar10-subset.npz: 20 pictures to train on and 10"
    )


DAMAGE = {
    "lacks an array": {"x_train": None},
    "other pictures": {"x_test": np.zeros((TEST, 28, 28), np.uint8)},
    "other numbers": {"x_train": np.zeros((TRAIN, 32, 32, 3))},
    "too few labels": {"y_train": np.zeros(3, int)},
    "a label beyond the classes": {"y_test": np.full(TEST, 10)},
    "a negative label": {"y_test": np.full(TEST, -1)},
    "labels that are no numbers": {"y_test": np.full(TEST, "cat")},
    "nothing": {"x_test": np.zeros((0, 32, 32, 3), np.uint8), "y_test": np.zeros(0, int)},
    "objects": {"y_train": np.array([{}] * TRAIN, dtype=object)},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_subset_is_refused_by_name(home: Path, damage: dict[str, np.ndarray | None]) -> None:
    path = put_subset(home, **{k: v for k, v in {**arrays(), **damage}.items() if v is not None})
    with pytest.raises(InputError, match="is damaged") as caught:
        load("cifar10")
    assert str(path) in caught.value.problem
    assert "delete it" in caught.value.hint


@pytest.mark.parametrize("cut", [0, 10, 3000, -30])
def test_a_subset_that_is_no_whole_file_is_refused_by_name(home: Path, cut: int) -> None:
    path = put_subset(home, **arrays())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match="is damaged"):
        load("cifar10")


class Trap:
    """A pickle of it writes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_objects_in_the_subset_run_no_code(home: Path, tmp_path: Path) -> None:
    put_subset(home, **{**arrays(), "y_train": np.array([Trap(tmp_path / "ran")] * TRAIN, dtype=object)})
    with pytest.raises(InputError, match="is damaged"):
        load("cifar10")
    assert not (tmp_path / "ran").exists()


# torchvision's files


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The files of a set like CIFAR-10 with six pictures in each, which torchvision then holds to be the published."""
    generator = np.random.default_rng(1)
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    content: dict[str, object] = {
        name: {
            "data": generator.integers(0, 256, (6, 3072), dtype=np.uint8),
            "labels": generator.permutation(6).tolist(),
        }
        for name in names
    }
    content["batches.meta"] = {"label_names": list(CLASSES)}
    files = {name: pickle.dumps(value) for name, value in content.items()}
    sums = {name: hashlib.md5(file).hexdigest() for name, file in files.items()}
    monkeypatch.setattr(CIFAR10, "train_list", [[name, sums[name]] for name in names[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": sums["batches.meta"]})
    return files


def put(folder: Path, files: dict[str, bytes]) -> Path:
    (folder / FOLDER).mkdir(parents=True)
    for name, file in files.items():
        (folder / FOLDER / name).write_bytes(file)
    return folder / FOLDER


def is_made_of_batches(data: Dataset, files: dict[str, bytes]) -> bool:
    parts = [pickle.loads(files[f"data_batch_{i}"]) for i in range(1, 6)]
    test = pickle.loads(files["test_batch"])
    x, y = np.concatenate([p["data"] for p in parts]), np.concatenate([p["labels"] for p in parts])
    pictures = [one.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) for one in (x, test["data"])]
    return is_made_of(data, pictures[0], y, pictures[1], np.array(test["labels"]))


@pytest.mark.parametrize("where", ["cifar10", "."])
def test_files_of_torchvision_are_read_where_they_lie(home: Path, batches: dict[str, bytes], where: str) -> None:
    put(home / where, batches)
    put_subset(home, **arrays())  # which the whole is preferred to
    data = load("cifar10")
    assert is_made_of_batches(data, batches)
    assert not any("Only a part" in note for note in data.notes)


@pytest.mark.parametrize("name", ["data_batch_3", "test_batch", "batches.meta"])
def test_a_file_that_is_not_the_published_one_is_named_and_never_unpickled(
    home: Path, batches: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    folder = put(home / "cifar10", batches)
    (folder / name).write_bytes(pickle.dumps(Trap(tmp_path / "ran")))
    put_subset(home, **arrays())
    with pytest.raises(InputError, match="is not the published file") as caught:
        load("cifar10")
    assert str(folder / name) in caught.value.problem
    assert str(folder) in caught.value.hint
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_is_named(home: Path, batches: dict[str, bytes]) -> None:
    folder = put(home / "cifar10", batches)
    (folder / "data_batch_2").unlink()
    with pytest.raises(InputError, match="data_batch_2 is missing"):
        load("cifar10")


# Downloads


@pytest.fixture
def mirror(tmp_path: Path, batches: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    """Serve a small CIFAR-10 from this machine and yield the path of the archive."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    archive = folder / CIFAR10.filename
    with tarfile.open(archive, "w:gz") as tar:
        for name, file in batches.items():
            about = tarfile.TarInfo(f"{FOLDER}/{name}")
            about.size = len(file)
            tar.addfile(about, io.BytesIO(file))
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    use_mirror(monkeypatch, server.server_port)
    yield archive
    server.shutdown()
    server.server_close()


def use_mirror(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{port}/{CIFAR10.filename}")


def refused(home: Path) -> InputError:
    """Return what a download that cannot succeed says, after checking that it left nothing behind."""
    with pytest.raises(InputError, match="could not be downloaded") as caught:
        load("cifar10")
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert not any(path.name.startswith("unfinished") for path in home.iterdir())
    return caught.value


def test_a_download_puts_the_files_in_place_and_is_not_repeated(
    home: Path, batches: dict[str, bytes], mirror: Path
) -> None:
    assert is_made_of_batches(load("cifar10"), batches)
    assert [path.name for path in home.iterdir()] == ["cifar10"]
    assert [path.name for path in (home / "cifar10").iterdir()] == [FOLDER]
    assert {path.name: path.read_bytes() for path in (home / "cifar10" / FOLDER).iterdir()} == batches
    mirror.unlink()
    assert is_made_of_batches(load("cifar10"), batches)


def test_a_wrong_checksum_leaves_nothing_behind(home: Path, mirror: Path) -> None:
    mirror.write_bytes(mirror.read_bytes()[:-1] + b"!")
    assert "corrupted" in refused(home).problem


def test_a_server_without_the_file_leaves_nothing_behind(home: Path, mirror: Path) -> None:
    mirror.unlink()
    assert "404" in refused(home).problem


def test_without_a_network_the_message_says_which_file_goes_where(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        use_mirror(monkeypatch, closed.getsockname()[1])
        error = refused(home)
    assert str(home) in error.problem
    for word in (str(home / "cifar10"), FOLDER, SUBSET, "NEURONA_DATA"):
        assert word in error.hint


@pytest.mark.usefixtures("mirror")
def test_a_person_who_interrupts_a_download_finds_nothing_half_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: CIFAR10) -> None:
        (Path(self.root) / FOLDER).mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(CIFAR10, "download", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load("cifar10")
    assert list(home.iterdir()) == []
