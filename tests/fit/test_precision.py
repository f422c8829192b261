"""Mixed precision and memory formats: nearly the same numbers, and a clear word where a device cannot."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from neurona.data import Dataset, load
from neurona.errors import InputError
from neurona.fit import Fit
from neurona.fit.convolving import memory_format
from neurona.fit.precision import Precision
from neurona.making import fitting
from neurona.nets import build

CPU = torch.device("cpu")
LAYERS = ["conv 8 3 pad 1", "bn", "relu", "pool 2", "conv 16 3 pad 1", "relu", "pool 2"]
with_bfloat16 = pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this processor does not compute in bfloat16"
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load("digits", seed=1)


def trained(data: Dataset, **options: Any) -> Fit:
    torch.manual_seed(5)
    net = build("conv", {"layers": LAYERS}, fitting(data))
    fit = Fit(net, data, **{"epochs": 3, "batch": 64, "lr": 0.01, "device": "cpu", **options})
    for _epoch in fit:
        pass
    return fit


class TestPrecision:
    @with_bfloat16
    def test_bfloat16_learns_digits_nearly_as_float32_does(self, digits: Dataset) -> None:
        whole, half = trained(digits), trained(digits, precision="bfloat16")
        assert half.history != whole.history
        assert half.history[0]["train_loss"] == pytest.approx(whole.history[0]["train_loss"], rel=0.02)
        accuracy = [fit.evaluate(digits.test)["accuracy"] for fit in (whole, half)]
        assert accuracy[0] > 0.9
        assert accuracy[1] == pytest.approx(accuracy[0], abs=0.02)

    @with_bfloat16
    def test_weights_stay_float32(self, digits: Dataset) -> None:
        assert {p.dtype for p in trained(digits, precision="bfloat16", epochs=1).net.parameters()} == {torch.float32}

    @with_bfloat16
    def test_only_the_block_computes_in_sixteen_bits(self) -> None:
        layer, x = nn.Linear(4, 4), torch.randn(2, 4)
        with Precision("bfloat16", CPU)():
            assert layer(x).dtype == torch.bfloat16
        assert layer(x).dtype == torch.float32

    def test_float16_on_a_processor_is_refused(self, digits: Dataset) -> None:
        with pytest.raises(InputError, match=r"This cpu does not compute in float16\.\nLeave fit\.precision out"):
            trained(digits, precision="float16")

    def test_an_unknown_precision_is_refused_with_those_there_are(self, digits: Dataset) -> None:
        with pytest.raises(InputError, match=r"fit\.precision = 'float8'(.|\n)*'float32', 'bfloat16', 'float16'"):
            trained(digits, precision="float8")


class TestMemoryFormat:
    def test_channels_last_and_contiguous_give_the_same_losses(self, digits: Dataset) -> None:
        # Adam would blow the rounding of the bias before batch normalisation, whose gradient is 0, up to full steps.
        plain = {"optimizer": "sgd", "lr": 0.1, "epochs": 1}
        last, first = (trained(digits, memory_format=name, **plain) for name in ("channels-last", "contiguous"))
        for ours, theirs in zip(last.history, first.history, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5)

    def test_the_net_and_its_batches_lie_as_asked(self, digits: Dataset) -> None:
        for name in ("channels-last", "contiguous"):
            fit = trained(digits, memory_format=name, epochs=1)
            x, _y = next(iter(fit.batches))
            weight = fit.net.get_submodule("conv2").weight
            assert isinstance(weight, torch.Tensor)
            assert weight.is_contiguous(memory_format=memory_format(name, fit.net))
            assert x.is_contiguous(memory_format=memory_format(name, fit.net))

    def test_gradients_come_back_as_the_pictures_lie(self, digits: Dataset) -> None:
        torch.manual_seed(5)
        net = build("conv", {"layers": LAYERS}, fitting(digits))
        came: list[bool] = []

        def look(_module: nn.Module, _inward: Any, outward: tuple[torch.Tensor, ...]) -> None:
            came.append(outward[0].is_contiguous(memory_format=torch.channels_last))

        with net.get_submodule("pool2").register_full_backward_hook(look):
            next(iter(Fit(net, digits, batch=64, device="cpu")))
        assert came and all(came)
        assert not net.get_submodule("flatten")._forward_pre_hooks  # nothing of ours stays in the net

    def test_convolutions_are_channels_last_unless_asked_otherwise(self) -> None:
        assert memory_format("auto", nn.Conv2d(1, 1, 1)) is torch.channels_last
        assert memory_format("auto", nn.Linear(1, 1)) is torch.contiguous_format
        assert memory_format("contiguous", nn.Conv2d(1, 1, 1)) is torch.contiguous_format
