"""MNIST and Fashion-MNIST: where the files are looked for, how they are read, and how they are downloaded."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision.datasets

from neurona.data import load
from neurona.data.cache import data_directory
from neurona.data.idx import read_idx
from neurona.errors import InputError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
TRAIN, TEST = 40, 20


def idx(values: np.ndarray) -> bytes:
    """Return `values` in the IDX format, written here on its own: type 8, big-endian dimensions, bytes."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


@pytest.fixture
def tiny() -> dict[str, np.ndarray]:
    """A set like MNIST with 40 + 20 random pictures, four and two of each class."""
    generator = np.random.default_rng(0)
    return {
        FILES[0]: generator.integers(0, 256, (TRAIN, 28, 28), dtype=np.uint8),
        FILES[1]: np.arange(TRAIN, dtype=np.uint8) % 10,
        FILES[2]: generator.integers(0, 256, (TEST, 28, 28), dtype=np.uint8),
        FILES[3]: np.arange(TEST, dtype=np.uint8) % 10,
    }


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty `NEURONA_DATA`."""
    directory = tmp_path / "data"
    directory.mkdir()
    monkeypatch.setenv("NEURONA_DATA", str(directory))
    return directory


def put(folder: Path, arrays: dict[str, np.ndarray], *, gzipped: bool = True) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in arrays.items():
        content = gzip.compress(idx(values)) if gzipped else idx(values)
        (folder / (f"{name}.gz" if gzipped else name)).write_bytes(content)


def is_tiny(data, tiny: dict[str, np.ndarray]) -> bool:
    train = torch.cat([data.train.x, data.valid.x]).numpy().reshape(-1, 784)
    expected = tiny[FILES[0]].reshape(-1, 784)
    same_train = np.array_equal(train[np.lexsort(train.T)], expected[np.lexsort(expected.T)])
    same_test = np.array_equal(data.test.x.numpy()[:, 0], tiny[FILES[2]])
    return same_train and same_test and np.array_equal(data.test.y.numpy(), tiny[FILES[3]])


# The real MNIST


@pytest.fixture(scope="module")
def real_mnist():
    given = os.environ.get("NEURONA_DATA")
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    directory = Path(given) if given else beside
    if not (directory / "mnist" / f"{FILES[0]}.gz").is_file():
        pytest.skip(f"no MNIST: neither NEURONA_DATA nor {beside} holds mnist/{FILES[0]}.gz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEURONA_DATA", str(directory))
        yield load("mnist")


def test_mnist_has_the_published_number_of_each_digit(real_mnist):
    # http://yann.lecun.com/exdb/mnist
    test = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    train = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert tuple(torch.bincount(real_mnist.test.y).tolist()) == test
    assert tuple(torch.bincount(torch.cat([real_mnist.train.y, real_mnist.valid.y])).tolist()) == train
    assert real_mnist.test.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_mnist_keeps_the_official_test_set_whole_and_cuts_valid_from_train(real_mnist):
    assert tuple(map(len, (real_mnist.train, real_mnist.valid, real_mnist.test))) == (51_000, 9_000, 10_000)
    assert any("10000" in note for note in real_mnist.notes)


def test_mnist_stays_bytes_in_memory_and_reaches_the_net_from_0_to_1(real_mnist):
    assert real_mnist.shape == (1, 28, 28)
    assert {split.x.dtype for split in (real_mnist.train, real_mnist.valid, real_mnist.test)} == {torch.uint8}
    # The mean that torchvision's examples normalise MNIST with is 0.1307.
    assert real_mnist.inputs.prepare(real_mnist.train.x[:20_000]).mean().item() == pytest.approx(0.1307, abs=1e-3)


# Where files are looked for


@pytest.mark.parametrize("gzipped", [True, False])
@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mnist", "mnist"),
        ("mnist", "MNIST/raw"),
        ("fashion-mnist", "fashion-mnist"),
        ("fashion-mnist", "FashionMNIST/raw"),
    ],
)
def test_files_are_read_where_they_lie_without_a_network(home, tiny, name, folder, gzipped):
    put(home / folder, tiny, gzipped=gzipped)
    data = load(name)
    assert is_tiny(data, tiny)
    assert data.outputs == 10
    assert data.task == "multiclass"


def test_a_file_that_a_browser_unpacked_but_did_not_rename_is_read(home, tiny):
    put(home / "mnist", tiny)
    path = home / "mnist" / f"{FILES[0]}.gz"
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert is_tiny(load("mnist"), tiny)


def test_classes_have_their_official_names(home, tiny):
    put(home / "mnist", tiny)
    put(home / "fashion-mnist", tiny)
    assert load("mnist").classes == tuple("0123456789")
    assert load("fashion-mnist").classes == tuple(torchvision.datasets.FashionMNIST.classes)


def test_samples_takes_the_first_training_pictures_and_the_whole_test_set(home, tiny):
    put(home / "mnist", tiny)
    data = load("mnist", samples=10, valid=0)
    rows = data.train.x.numpy().reshape(-1, 784)
    expected = tiny[FILES[0]][:10].reshape(-1, 784)
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])
    assert len(data.test) == TEST


@pytest.mark.parametrize("wrong", [0, -5, 1.5, "all"])
def test_a_wrong_number_of_samples_is_refused_by_name(home, wrong):
    with pytest.raises(InputError, match=r"data\.samples"):
        load("mnist", samples=wrong)


def test_without_neurona_data_the_user_cache_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for unset in (None, ""):
        monkeypatch.delenv("NEURONA_DATA", raising=False)
        if unset is not None:
            monkeypatch.setenv("NEURONA_DATA", unset)
        assert data_directory().name == "neurona"


def test_neurona_data_may_begin_with_the_home_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NEURONA_DATA", "~/sets")
    assert data_directory() == tmp_path / "sets"


def test_neurona_data_that_is_a_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("")
    monkeypatch.setenv("NEURONA_DATA", str(path))
    with pytest.raises(InputError, match="is not a directory") as caught:
        load("mnist")
    assert str(path) in caught.value.problem
    assert "NEURONA_DATA" in caught.value.hint


def test_neurona_data_that_cannot_be_made_is_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NEURONA_DATA", str(tmp_path / "file" / "below"))
    with pytest.raises(InputError, match="Nothing can be written to") as caught:
        load("mnist")
    assert "NEURONA_DATA" in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_neurona_data_that_may_not_be_written_is_refused(home):
    home.chmod(0o500)
    try:
        with pytest.raises(InputError, match="Nothing can be written to"):
            load("mnist")
    finally:
        home.chmod(0o700)


# Damaged files


def damage(home: Path, tiny: dict[str, np.ndarray], file: str, content: bytes) -> str:
    """Put the tiny set with `content` for `file`; return what loading it says, which must name the file."""
    put(home / "mnist", tiny)
    path = home / "mnist" / f"{file}.gz"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load("mnist")
    assert str(path) in caught.value.problem
    assert caught.value.hint
    return caught.value.problem


def test_a_truncated_gzip_file_is_named(home, tiny):
    assert "whole gzip file" in damage(home, tiny, FILES[0], gzip.compress(idx(tiny[FILES[0]]))[:-5000])


def test_a_gzip_file_with_a_wrong_byte_is_named(home, tiny):
    content = bytearray(gzip.compress(idx(tiny[FILES[0]])))
    content[len(content) // 2] ^= 0xFF
    damage(home, tiny, FILES[0], bytes(content))


def test_an_empty_file_is_named(home, tiny):
    assert "empty file" in damage(home, tiny, FILES[1], b"")


def test_a_web_page_in_place_of_a_file_is_named(home, tiny):
    problem = damage(home, tiny, FILES[0], b"<!DOCTYPE html><html>403</html>")
    assert "00 00 08 03" in problem
    assert "3c 21 44 4f" in problem


@pytest.mark.parametrize("cut", [5, 15, 16, 100])
def test_a_truncated_idx_file_is_named(home, tiny, cut):
    assert "expected" in damage(home, tiny, FILES[2], idx(tiny[FILES[2]])[:cut])


def test_bytes_expected_and_found_are_told(home, tiny):
    problem = damage(home, tiny, FILES[2], idx(tiny[FILES[2]])[:-1])
    assert f"{TEST * 784} bytes" in problem
    assert f"{TEST * 784 - 1} bytes" in problem


def test_a_file_that_goes_on_after_its_end_is_named(home, tiny):
    assert "more than that" in damage(home, tiny, FILES[2], idx(tiny[FILES[2]]) + b"\0")


def test_a_header_that_claims_terabytes_is_refused_without_asking_for_memory(home, tiny):
    header = struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 28, 28)
    assert "expected 3367254359280 bytes" in damage(home, tiny, FILES[0], header + b"\0" * 784)


def test_labels_in_place_of_pictures_are_refused(home, tiny):
    damage(home, tiny, FILES[0], idx(tiny[FILES[1]]))


def test_pictures_of_another_size_are_refused(home, tiny):
    problem = damage(home, tiny, FILES[0], idx(np.zeros((TRAIN, 32, 32), np.uint8)))
    assert "28 x 28" in problem
    assert "32 x 32" in problem


def test_pictures_and_labels_that_do_not_belong_together_are_refused(home, tiny):
    problem = damage(home, tiny, FILES[1], idx(tiny[FILES[1]][:-1]))
    assert "40 pictures" in problem
    assert "39 labels" in problem


def test_a_label_beyond_nine_is_refused(home, tiny):
    assert "label 10" in damage(home, tiny, FILES[1], idx(tiny[FILES[1]] + np.uint8(1)))


def test_a_set_without_pictures_is_refused(home, tiny):
    nothing = {name: values[:0] for name, values in tiny.items()}
    put(home / "mnist", nothing)
    with pytest.raises(InputError, match="holds no labels"):
        load("mnist")


def test_what_is_read_can_be_written_to(tmp_path, tiny):
    (tmp_path / "labels").write_bytes(idx(tiny[FILES[1]]))
    labels = read_idx(tmp_path / "labels", ())
    assert labels.flags.writeable
    np.testing.assert_array_equal(labels, tiny[FILES[1]])


# Downloads, from a server on this machine


@pytest.fixture
def mirror(tmp_path, tiny, monkeypatch):
    """Serve the tiny set as torchvision's MNIST and yield the folder that the server reads from."""
    folder = tmp_path / "mirror"
    put(folder, tiny)
    sums = [(f"{file}.gz", hashlib.md5((folder / f"{file}.gz").read_bytes()).hexdigest()) for file in FILES]

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

        def copyfile(self, source, outputfile) -> None:
            """Break off half-way through a file that has a `.broken` beside it."""
            content = source.read()
            broken = Path(f"{source.name}.broken").exists()
            outputfile.write(content[: len(content) // 2] if broken else content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    use_mirror(monkeypatch, server.server_port, sums)
    yield folder
    server.shutdown()
    server.server_close()


def use_mirror(monkeypatch, port: int, sums: list[tuple[str, str]]) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for collection in (torchvision.datasets.MNIST, torchvision.datasets.FashionMNIST):
        monkeypatch.setattr(collection, "mirrors", [f"http://127.0.0.1:{port}/"])
        monkeypatch.setattr(collection, "resources", sums)


def refused(home: Path) -> InputError:
    """Return what a download that cannot succeed says, after checking that it left nothing behind."""
    with pytest.raises(InputError, match="could not be downloaded") as caught:
        load("mnist")
    assert [path for path in home.rglob("*") if path.is_file()] == []
    assert not any(path.name.startswith("unfinished") for path in home.iterdir())
    return caught.value


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_download_puts_the_four_files_in_place_and_nothing_else(home, tiny, mirror, name):
    assert is_tiny(load(name), tiny)
    assert sorted(path.name for path in home.iterdir()) == [name]
    assert sorted(path.name for path in (home / name).iterdir()) == sorted(f"{file}.gz" for file in FILES)
    assert all((home / name / f"{f}.gz").read_bytes() == (mirror / f"{f}.gz").read_bytes() for f in FILES)


def test_what_was_downloaded_once_needs_no_network_again(home, tiny, mirror):
    load("mnist")
    for path in mirror.iterdir():
        path.unlink()
    assert is_tiny(load("mnist"), tiny)


def test_a_directory_that_does_not_exist_yet_is_made(tmp_path, monkeypatch, tiny, mirror):
    monkeypatch.setenv("NEURONA_DATA", str(tmp_path / "new" / "place"))
    assert is_tiny(load("mnist"), tiny)


def test_a_folder_that_lacks_a_file_is_completed(home, tiny, mirror):
    put(home / "mnist", tiny)
    (home / "mnist" / f"{FILES[3]}.gz").unlink()
    assert is_tiny(load("mnist"), tiny)


def test_a_wrong_checksum_leaves_nothing_behind(home, mirror):
    path = mirror / f"{FILES[2]}.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert "corrupted" in refused(home).problem


def test_a_connection_that_breaks_off_leaves_nothing_behind(home, tiny, mirror):
    broken = mirror / f"{FILES[2]}.gz.broken"
    broken.touch()
    refused(home)
    broken.unlink()
    assert is_tiny(load("mnist"), tiny)


def test_a_server_without_the_file_leaves_nothing_behind(home, mirror):
    (mirror / f"{FILES[1]}.gz").unlink()
    assert "404" in refused(home).problem


def test_without_a_network_the_message_names_the_folder_and_the_four_files(home, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        use_mirror(monkeypatch, closed.getsockname()[1], [(f"{file}.gz", "") for file in FILES])
        error = refused(home)
    assert str(home) in error.problem
    assert str(home / "mnist") in error.hint
    assert "NEURONA_DATA" in error.hint
    assert all(f"{file}.gz" in error.hint for file in FILES)


def test_a_person_who_interrupts_a_download_finds_nothing_half_written(home, mirror, monkeypatch):
    def interrupt(self) -> None:
        folder = Path(self.raw_folder)
        folder.mkdir(parents=True)
        (folder / f"{FILES[0]}.gz").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(torchvision.datasets.MNIST, "download", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load("mnist")
    assert list(home.iterdir()) == []


def test_a_download_leaves_the_timeout_of_sockets_as_it_was(home, mirror):
    before = socket.getdefaulttimeout()
    load("mnist")
    assert socket.getdefaulttimeout() == before


# Classes, colours and sizes


def test_only_some_classes_are_kept_numbered_in_the_order_asked_for(home, tiny):
    put(home / "mnist", tiny)
    data = load("mnist", classes=["7", "3"], valid=0)
    assert data.classes == ("7", "3")
    assert (data.outputs, len(data.train), len(data.test)) == (2, 8, 4)
    for split, images, labels in ((data.train, FILES[0], FILES[1]), (data.test, FILES[2], FILES[3])):
        for number, name in enumerate((7, 3)):
            ours = split.x[split.y == number].numpy().reshape(-1, 784)
            theirs = tiny[images][tiny[labels] == name].reshape(-1, 784)
            np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_samples_are_counted_after_the_classes_were_chosen(home, tiny):
    put(home / "mnist", tiny)
    data = load("mnist", classes=["0", "1"], samples=5, valid=0)
    assert sorted(data.train.y.tolist()) == [0, 0, 0, 1, 1]  # the first five: 0, 1, 0, 1, 0
    assert len(data.test) == 4
    assert "official test set of 4 samples" in " ".join(data.notes)


def test_digits_have_the_same_options():
    data = load("digits", classes=["8", "3"], samples=100)
    assert data.classes == ("8", "3")
    assert sum(map(len, (data.train, data.valid, data.test))) == 100


def test_two_classes_can_be_a_binary_task():
    data = load("digits", classes=["3", "8"], task="binary")
    assert (data.outputs, data.task) == (1, "binary")


@pytest.mark.parametrize(
    ("classes", "problem", "hint"),
    [
        (["3", "eight"], "no class called 'eight'", "8"),
        (["3", "3"], "'3' is named twice", ""),
        (["3"], r"data\.classes", "at least 2"),
        ([3, 8], r"data\.classes", "text in quotes"),
        ("38", r"data\.classes", "list"),
    ],
)
def test_wrong_classes_are_refused(classes, problem, hint):
    with pytest.raises(InputError, match=problem) as caught:
        load("digits", classes=classes)
    assert hint in caught.value.hint


def test_grey_pictures_can_be_given_three_channels():
    data, grey = load("digits", colour="rgb"), load("digits")
    assert data.shape == (3, 8, 8)
    assert torch.equal(data.test.x, grey.test.x.expand(-1, 3, -1, -1))
    assert load("digits", colour="grey").fingerprint() == grey.fingerprint()


@pytest.mark.parametrize(("resize", "shape"), [(20, (20, 20)), ([12, 20], (12, 20))])
def test_pictures_are_resized_for_the_net_and_kept_as_they_are(resize, shape):
    data = load("digits", resize=resize)
    assert data.shape == (1, *shape)
    assert data.train.x.shape[1:] == (1, 8, 8)
    seen = data.inputs.prepare(data.train.x[:5])
    theirs = torch.nn.functional.interpolate(data.train.x[:5].double(), shape, mode="bilinear") / 255
    torch.testing.assert_close(seen.double(), theirs, atol=1e-5, rtol=0)


def test_resizing_to_the_size_they_have_does_nothing():
    assert load("digits", resize=8).inputs == load("digits").inputs


@pytest.mark.parametrize("wrong", [0, -3, 5000, 2.5, [8], [8, 8, 8], "large", True])
def test_a_wrong_size_is_refused(wrong):
    with pytest.raises(InputError, match=r"data\.resize") as caught:
        load("digits", resize=wrong)
    assert "[height, width]" in caught.value.hint


def test_imagenet_normalisation_is_that_of_the_pretrained_nets():
    from torchvision.models import ResNet18_Weights
    from torchvision.transforms.v2.functional import normalize

    data = load("digits", colour="rgb", normalise="imagenet")
    theirs = ResNet18_Weights.IMAGENET1K_V1.transforms()
    wanted = normalize(data.test.x[:9] / 255, theirs.mean, theirs.std)
    torch.testing.assert_close(data.inputs.prepare(data.test.x[:9]), wanted, atol=1e-5, rtol=1e-5)


def test_imagenet_normalisation_needs_colour_and_no_other_scaling():
    with pytest.raises(InputError, match=r"data\.normalise") as caught:
        load("digits", normalise="imagenet")
    assert 'data.colour = "rgb"' in caught.value.hint
    with pytest.raises(InputError, match="two ways"):
        load("digits", colour="rgb", normalise="imagenet", standardise=True)
