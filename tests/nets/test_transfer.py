"""A trunk with what it has learned and a new head: shapes, weights that fit, and weights that do not."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from neurona.errors import InputError
from neurona.nets import Fitting, build
from neurona.nets.transfer import fill, last_layer

PICTURES = Fitting(3 * 32 * 32, (3, 32, 32), 5)
DIGITS = Fitting(64, (1, 8, 8), 5)
SMALL = {"kind": "resnet18", "stem": "small"}
LAYERS = ["conv 4 3 pad 1", "bn", "relu", "pool 2", "flatten", "linear 6", "relu"]


def transfer(trunk: Any = "resnet18", fitting: Fitting = PICTURES, **options: Any) -> nn.Module:
    torch.manual_seed(1)
    return build("transfer", {"trunk": trunk, **options}, fitting)


def conv(**options: Any) -> nn.Module:
    return transfer({"kind": "conv", "layers": LAYERS}, DIGITS, **options)


def resnet(outputs: int = 1000) -> nn.Module:
    torch.manual_seed(2)
    return models.resnet18(weights=None, num_classes=outputs)


class TestTheNet:
    def test_it_is_a_plain_sequence_of_trunk_and_head(self) -> None:
        net = transfer(head=[200])
        assert type(net) is nn.Sequential
        assert [name for name, _part in net.named_children()] == ["trunk", "head"]
        widths = [layer.weight.shape for layer in net.get_submodule("head").modules() if isinstance(layer, nn.Linear)]
        assert widths == [(200, 512), (5, 200)]
        assert net(torch.randn(2, 3, 32, 32)).shape == (2, 5)

    def test_features_come_to_the_head_standardised_where_asked(self) -> None:
        net, x = conv(standardise=True), torch.randn(50, 1, 8, 8)
        seen: list[Tensor] = []
        net.get_submodule("head.output").register_forward_pre_hook(lambda _layer, given: seen.append(given[0]))
        net(x)
        features = net.get_submodule("trunk")(x)
        wanted = (features - features.mean(0)) / (features.var(0, correction=0) + 1e-5).sqrt()
        torch.testing.assert_close(seen[0], wanted, atol=1e-5, rtol=1e-4)
        assert sum(p.numel() for p in net.parameters()) == sum(p.numel() for p in conv().parameters())

    def test_the_trunk_makes_the_features_that_torchvisions_net_has_before_its_last_layer(self) -> None:
        theirs = resnet()
        net = transfer()
        fill(net, theirs.state_dict(), "theirs")
        theirs.fc = nn.Identity()
        x = torch.randn(3, 3, 32, 32)
        ours = net.get_submodule("trunk").eval()
        with torch.no_grad():
            assert torch.equal(ours(x), theirs.eval()(x))

    @pytest.mark.parametrize(
        ("trunk", "width"),
        [
            ("resnet34", 512),
            ("resnet50", 2048),
            ("googlenet", 1024),
            ({"kind": "vgg16", "head": "small"}, 512),
            ({"kind": "vgg16"}, 4096),
            (SMALL, 512),
            ({"kind": "conv", "layers": ["conv 4 3", "relu", "pool 2"]}, 900),
            ({"kind": "graph", "nodes": ["a: conv 4 3 pad 1 <- input", "b: conv 4 1 <- input", "add <- a, b"]}, 4096),
            ({"kind": "mlp", "hidden": [30, 20]}, 20),
        ],
    )
    def test_any_classifier_is_a_trunk(self, trunk: Any, width: int) -> None:
        with torch.device("meta"):
            net = transfer(trunk)
            assert net.eval().get_submodule("trunk")(torch.empty(2, 3, 32, 32)).shape == (2, width)
            assert net(torch.empty(2, 3, 32, 32)).shape == (2, 5)

    def test_the_last_layer_is_the_last_linear_one(self) -> None:
        assert last_layer(resnet())[0] == "fc"
        with torch.device("meta"):
            assert last_layer(models.vgg19(weights=None))[0] == "classifier.6"
        assert last_layer(nn.Conv2d(1, 1, 1)) == ("", None)

    def test_without_a_linear_layer_at_its_end_it_is_refused(self) -> None:
        with pytest.raises(InputError, match=r"net\.trunk = 'ensemble'.*does not end in a linear layer"):
            transfer({"kind": "ensemble", "hidden": [8]})

    def test_a_wrong_option_of_the_trunk_is_named_there(self) -> None:
        with pytest.raises(InputError, match=r"net\.trunk\.stm is not a known key\.\nDid you mean 'stem'\?"):
            transfer({"kind": "resnet18", "stm": "small"})
        with pytest.raises(InputError, match=r"net\.trunk\.stem = 'tiny' is not valid"):
            transfer({"kind": "resnet18", "stem": "tiny"})
        with pytest.raises(InputError, match=r"no net called 'resnet19'"):
            transfer("resnet19")


class TestFilling:
    def test_the_last_layer_is_left_out_whatever_its_size(self) -> None:
        for outputs in (1000, 5):
            assert fill(transfer(), resnet(outputs).state_dict(), "there") == ["fc.weight", "fc.bias"]

    def test_the_weights_of_a_net_of_this_kind_lose_their_head(self) -> None:
        other = conv(head=[9])
        for parameter in other.parameters():
            nn.init.normal_(parameter)
        net = conv()
        left = fill(net, other.state_dict(), "there")
        assert {name.split(".")[0] for name in left} == {"head"}
        theirs = other.get_submodule("trunk").state_dict()
        assert all(torch.equal(v, theirs[k]) for k, v in net.get_submodule("trunk").state_dict().items())

    def test_what_googlenet_has_beside_its_way_is_left_out(self) -> None:
        theirs = models.googlenet(weights=None, init_weights=False)
        left = fill(transfer("googlenet"), theirs.state_dict(), "there")
        assert {name.split(".")[0] for name in left} == {"aux1", "aux2", "fc"}

    def test_old_files_that_do_not_count_batches_will_do(self) -> None:
        state = {name: value for name, value in resnet().state_dict().items() if "num_batches" not in name}
        fill(transfer(), state, "there")

    @pytest.mark.parametrize(
        ("trunk", "weights", "words"),
        [
            ("resnet34", models.resnet18, ["80 of 180 are missing: layer1.2.conv1.weight"]),
            ("resnet18", models.resnet34, ["96 have no place: layer1.2.conv1.weight"]),
            (SMALL, models.resnet18, ["1 differ in shape: conv1.weight (64 × 3 × 7 × 7 there, 64 × 3 × 3 × 3 here)"]),
            ("resnet18", models.googlenet, ["are missing: conv1.weight", "have no place: conv1.conv.weight"]),
            ("resnet50", models.resnet18, ["are missing", "differ in shape"]),
        ],
    )  # fmt: skip
    def test_weights_for_another_architecture_are_refused_with_what_differs(
        self, trunk: Any, weights: Any, words: list[str]
    ) -> None:
        net = transfer(trunk)
        before = copy.deepcopy(net.state_dict())
        options = {"init_weights": False} if weights is models.googlenet else {}
        with pytest.raises(InputError, match="FILE are for another net") as error:
            fill(net, weights(weights=None, **options).state_dict(), "FILE")
        for part in words:
            assert part in error.value.problem
        assert "net.trunk" in error.value.hint
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())

    def test_of_many_names_the_first_are_told(self) -> None:
        state: dict[str, Tensor] = {"fc.weight": torch.zeros(5, 512)}
        with pytest.raises(InputError, match=r"100 of 100 are missing: conv1\.weight, bn1\.weight, bn1\.bias, …"):
            fill(transfer(), state, "FILE")
