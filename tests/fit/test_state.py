"""A fit that is interrupted, saved and restored goes on as if it had never stopped, to the last bit."""

from __future__ import annotations

import errno
import io
import resource
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from training import assert_same_weights, dense, train

from neurona.data import Dataset, load
from neurona.errors import InputError
from neurona.files import write_text, write_whole
from neurona.fit import Fit
from neurona.fit.checkpoint import load_state, load_weights, save_state, save_weights

EPOCHS, HALF = 10, 4
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {"optimizer": "sgd"}),
    "dropout": ({"dropout": 0.4}, {}),
    "batch-norm": ({"batch_norm": True}, {}),
    "momentum": ({}, {"optimizer": "momentum"}),
    "adadelta": ({}, {"optimizer": "adadelta"}),
    "plateau": ({}, {"optimizer": "sgd", "lr": 20.0, "schedule": "plateau", "clip": 1.0}),
    "one-cycle": ({}, {"schedule": "one-cycle", "warmup": 2}),
    "patience": ({}, {"optimizer": "adam", "lr": 0.3, "patience": 3}),
    "every": ({"dropout": 0.1}, {"every": 2}),
}


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return load("moons", noise=0.4)


def begin(data: Dataset, case: str) -> Fit:
    net, options = CASES[case]
    return Fit(dense(data, **net), data, **{"epochs": EPOCHS, "batch": 16, "seed": 3, **options})


def until_half(fit: Fit) -> Fit:
    for epoch in fit:
        if epoch.index >= HALF:
            break
    return fit


def finish(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


@pytest.mark.parametrize("case", CASES)
class TestRestore:
    def test_restoring_the_middle_goes_on_as_if_uninterrupted(self, case: str, moons: Dataset) -> None:
        whole, half = finish(begin(moons, case)), until_half(begin(moons, case))
        resumed = begin(moons, case)
        resumed.restore(half.state())
        finish(resumed)
        assert resumed.history == whole.history
        assert (resumed.epoch, resumed.stopped_early) == (whole.epoch, whole.stopped_early)
        assert resumed.best_epoch == whole.best_epoch
        assert_same_weights(resumed.net, whole.net, 0)

    def test_so_does_a_state_that_went_through_a_file_of_plain_values(self, case: str, moons: Dataset) -> None:
        whole, half = finish(begin(moons, case)), until_half(begin(moons, case))
        file = io.BytesIO()
        torch.save(half.state(), file)
        file.seek(0)
        resumed = begin(moons, case)
        resumed.restore(torch.load(file, weights_only=True))
        assert finish(resumed).history == whole.history
        assert_same_weights(resumed.net, whole.net, 0)

    def test_a_state_is_a_copy_that_training_on_does_not_change(self, case: str, moons: Dataset) -> None:
        whole, half = finish(begin(moons, case)), until_half(begin(moons, case))
        state = half.state()
        finish(half)
        for _time in range(2):  # nor does training on from it
            resumed = begin(moons, case)
            resumed.restore(state)
            assert finish(resumed).history == whole.history
            assert_same_weights(resumed.net, whole.net, 0)

    def test_a_fit_can_be_set_back(self, case: str, moons: Dataset) -> None:
        fit = until_half(begin(moons, case))
        state = fit.state()
        once = finish(fit).history
        fit.restore(state)
        assert fit.epoch == HALF
        assert finish(fit).history == once

    def test_random_numbers_of_the_program_between_do_not_matter(self, case: str, moons: Dataset) -> None:
        whole, half = finish(begin(moons, case)), until_half(begin(moons, case))
        torch.manual_seed(12345)
        resumed = begin(moons, case)
        torch.rand(10)
        resumed.restore(half.state())
        assert finish(resumed).history == whole.history


def test_the_cases_show_what_they_are_named_after(moons: Dataset) -> None:
    assert finish(begin(moons, "patience")).stopped_early
    rates = [row["lr"] for row in train(dense(moons), moons, epochs=EPOCHS, **CASES["plateau"][1]).history]
    assert rates[-1] < rates[0]


class TestFiles:
    def test_a_state_comes_back_from_its_file(self, tmp_path: Path, moons: Dataset) -> None:
        half = until_half(begin(moons, "dropout"))
        save_state(tmp_path / "checkpoint.pt", half.state())
        resumed = begin(moons, "dropout")
        resumed.restore(load_state(tmp_path / "checkpoint.pt"))
        assert finish(resumed).history == finish(begin(moons, "dropout")).history
        assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]

    def test_a_full_disk_leaves_the_state_before_and_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "checkpoint.pt"
        save_state(path, {"players": [], "epoch": 1})
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))  # a disk with 64 KiB left
        try:
            with pytest.raises(OSError, match="File too large"):
                save_state(path, {"players": [], "epoch": 2, "w": torch.zeros(100_000)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert load_state(path)["epoch"] == 1
        assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]

    @given(share=st.floats(0, 0.999))
    @settings(max_examples=20, deadline=None)
    def test_a_truncated_checkpoint_is_named_and_not_read(self, share: float, tmp_path_factory: Any) -> None:
        path = tmp_path_factory.mktemp("cut") / "checkpoint.pt"
        save_state(path, {"players": [], "net": {"w": torch.arange(1000.0)}})
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match=r"checkpoint\.pt cannot be read: it is (damaged|not a checkpoint)"):
            load_state(path)

    def test_a_checkpoint_with_code_in_it_runs_nothing(self, tmp_path: Path) -> None:
        class Evil:
            def __reduce__(self) -> tuple[Any, tuple[str]]:
                return (eval, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

        torch.save({"players": Evil()}, tmp_path / "checkpoint.pt")
        with pytest.raises(InputError, match="cannot be read"):
            load_state(tmp_path / "checkpoint.pt")
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("content", [{"something": 1}, [1, 2]])
    def test_another_file_of_pytorch_is_no_checkpoint(self, tmp_path: Path, content: object) -> None:
        torch.save(content, tmp_path / "checkpoint.pt")
        with pytest.raises(InputError, match="not a checkpoint of neurona"):
            load_state(tmp_path / "checkpoint.pt")

    def test_a_missing_checkpoint_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"nowhere\.pt cannot be read"):
            load_state(tmp_path / "nowhere.pt")

    def test_weights_come_back_to_the_last_bit(self, tmp_path: Path) -> None:
        weights: dict[str, Tensor] = {"a": torch.randn(3, 4).t(), "b": torch.tensor([1e-40, float("inf")])}
        save_weights(tmp_path / "w.safetensors", weights)
        back = load_weights(tmp_path / "w.safetensors")
        assert all(torch.equal(back[name], value) for name, value in weights.items())

    @pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"not safetensors at all"])
    def test_weights_that_are_none_are_named(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "w.safetensors").write_bytes(content)
        with pytest.raises(InputError, match=r"w\.safetensors cannot be read"):
            load_weights(tmp_path / "w.safetensors")

    def test_a_file_is_whole_or_the_old_one(self, tmp_path: Path) -> None:
        path = tmp_path / "history.csv"
        write_text(path, "old")

        def fail(aside: Path) -> None:
            aside.write_text("half of the n")
            raise OSError("no space left on device")

        with pytest.raises(OSError, match=r"^no space"):
            write_whole(path, fail)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_what_cannot_be_written_is_named_as_it_was_asked_for(self, tmp_path: Path) -> None:
        def fail(aside: Path) -> None:
            raise OSError(errno.ENOSPC, "no space", str(aside))

        with pytest.raises(OSError) as caught:
            write_whole(tmp_path / "history.csv", fail)
        assert str(caught.value) == f"[Errno {errno.ENOSPC}] no space: '{tmp_path / 'history.csv'}'"
