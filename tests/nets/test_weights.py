"""Weights are read from what people have: safetensors, files of PyTorch, runs; and nothing in them is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from recipes import MOONS, train
from safetensors.torch import save_file
from torch import Tensor
from torchvision import models

from neurona.errors import InputError
from neurona.nets.weights import published, read_weights


@pytest.fixture
def weights() -> dict[str, Tensor]:
    return {"fc.weight": torch.randn(3, 4), "fc.bias": torch.randn(3), "bn.count": torch.tensor(7)}


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())


class TestReading:
    @pytest.mark.parametrize("name", ["w.safetensors", "weights.bin"])
    def test_safetensors_are_known_by_what_is_in_the_file(self, tmp_path: Path, weights: Any, name: str) -> None:
        save_file(weights, tmp_path / name)
        assert_same(read_weights(tmp_path / name), weights)

    @pytest.mark.parametrize("key", [None, "state_dict", "model", "net"])
    def test_a_state_dict_of_pytorch_alone_or_in_a_checkpoint(self, tmp_path: Path, weights: Any, key: Any) -> None:
        torch.save(weights if key is None else {"epoch": 3, key: weights}, tmp_path / "w.pt")
        assert_same(read_weights(tmp_path / "w.pt"), weights)

    def test_what_many_processes_put_before_each_name_is_taken_off(self, tmp_path: Path, weights: Any) -> None:
        torch.save({f"module.{name}": value for name, value in weights.items()}, tmp_path / "w.pt")
        assert_same(read_weights(tmp_path / "w.pt"), weights)

    def test_a_run_is_read_by_its_directory(self, tmp_path: Path) -> None:
        run = train(MOONS, tmp_path / "r")
        assert_same(read_weights(tmp_path / "r"), dict(run.net().state_dict()))
        assert_same(read_weights(tmp_path / "r" / "checkpoint.pt"), dict(run.net().state_dict()))


class TestRefusing:
    def test_a_file_that_would_run_code_runs_none(self, tmp_path: Path) -> None:
        class Evil:
            def __reduce__(self) -> tuple[Any, tuple[str]]:
                return (eval, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

        torch.save({"w": Evil()}, tmp_path / "w.pt")
        with pytest.raises(InputError, match=r"w\.pt cannot be read as weights: it holds more than weights"):
            read_weights(tmp_path / "w.pt")
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("content", [b"", b"weights", b"\x00" * 64, b"12345678{}", b"PK\x03\x04 and no more"])
    def test_another_file_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "w.bin").write_bytes(content)
        with pytest.raises(InputError, match=r"w\.bin cannot be read as weights"):
            read_weights(tmp_path / "w.bin")

    @pytest.mark.parametrize("kind", ["safetensors", "pt"])
    def test_a_truncated_file_is_refused(self, tmp_path: Path, weights: Any, kind: str) -> None:
        path = tmp_path / f"w.{kind}"
        save_file(weights, path) if kind == "safetensors" else torch.save(weights, path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(InputError, match="cannot be read as weights"):
            read_weights(path)

    @pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}, {}, {"a": {"b": torch.zeros(2)}}])
    def test_something_else_than_named_tensors_is_refused(self, tmp_path: Path, content: Any) -> None:
        torch.save(content, tmp_path / "w.pt")
        with pytest.raises(InputError, match="something else than weights by their names"):
            read_weights(tmp_path / "w.pt")

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no file of weights at .*nowhere\.pt"):
            read_weights(tmp_path / "nowhere.pt")

    def test_a_folder_that_is_no_finished_run_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"lacks model\.safetensors"):
            read_weights(tmp_path)


class TestPublished:
    def test_known_nets_have_torchvisions_first_weights_of_imagenet(self) -> None:
        for kind, theirs in (
            ("resnet18", models.ResNet18_Weights),
            ("resnet34", models.ResNet34_Weights),
            ("resnet50", models.ResNet50_Weights),
            ("vgg16", models.VGG16_Weights),
            ("vgg19", models.VGG19_Weights),
            ("googlenet", models.GoogLeNet_Weights),
        ):
            found = published(kind, {})
            assert found is not None
            assert found.url == theirs.IMAGENET1K_V1.url

    def test_with_batch_normalisation_they_are_others(self) -> None:
        found = published("vgg16", {"batch_norm": True})
        assert found is not None
        assert (found.file, found.digest) == ("vgg16_bn-6c64b313.pth", "6c64b313")

    def test_other_kinds_have_none(self) -> None:
        assert published("conv", {}) is None
