"""Nets that answer once for a sequence or at each step, and the same nets written out as code."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.nets import (
    NETS,
    EncoderDecoder,
    Fitting,
    LinearRecurrent,
    SequenceClassifier,
    SequenceLabeller,
    build,
    summary,
)

LENGTHS = torch.tensor([6, 2, 1, 4])


def tokens() -> Tensor:
    x = torch.randint(1, 12, (4, 6), generator=torch.Generator().manual_seed(0))
    return x * (torch.arange(6) < LENGTHS[:, None])


def pictures() -> Tensor:
    return torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("readout", ["last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_classifier_answers_as_for_each_sequence_alone(bidirectional: bool, readout: str) -> None:
    torch.manual_seed(0)
    net = SequenceClassifier(12, 3, "gru", 5, 2, bidirectional, embedding=4, readout=readout)
    x = tokens()
    alone = [net(x[row : row + 1, :length]) for row, length in enumerate(LENGTHS)]
    torch.testing.assert_close(net(x), torch.cat(alone), rtol=1e-6, atol=1e-6)


def test_a_classifier_reads_the_state_at_the_last_step_or_the_mean_of_all() -> None:
    torch.manual_seed(0)
    for readout in ("last", "mean"):
        net, x = SequenceClassifier(2, 3, "rnn", 5, readout=readout), torch.randn(4, 6, 2)
        states, _last = net.recurrent.forwards[0](x)
        wanted = states[:, -1] if readout == "last" else states.mean(1)
        torch.testing.assert_close(net(x), net.output(wanted))


def test_a_labeller_does_not_look_ahead_unless_it_reads_both_ways() -> None:
    torch.manual_seed(0)
    x = torch.randint(1, 12, (1, 6))
    changed = x.clone()
    changed[0, 4] = x[0, 4] % 11 + 1
    for bidirectional in (False, True):
        net = SequenceLabeller(12, 3, hidden=5, bidirectional=bidirectional, embedding=4)
        assert torch.equal(net(x)[:, :4], net(changed)[:, :4]) != bidirectional


def test_a_labeller_sampled_step_by_step_gives_the_same_logits() -> None:
    torch.manual_seed(0)
    net, x = SequenceLabeller(12, 12, hidden=5, layers=2, embedding=4), torch.randint(1, 12, (3, 6))
    first, state = net.step(x[:, :2])
    rest, _state = net.step(x[:, 2:], state)
    torch.testing.assert_close(torch.cat([first, rest], 1), net(x))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_kind_is_built_for_the_data(cell: str) -> None:
    once = build("sequence-classifier", {"cell": cell, "hidden": 7}, Fitting(6, (6,), 3, tokens=12))
    assert once(tokens()).shape == (4, 3)
    each = build("sequence-labeller", {"cell": cell, "layers": 2}, Fitting(12, (6, 2), 3, steps=6))
    assert each(torch.randn(4, 6, 2)).shape == (4, 6, 3)


def test_data_of_another_form_name_the_kind_that_fits() -> None:
    with pytest.raises(InputError, match=r"reads sequences(.|\n)*mlp"):
        build("sequence-classifier", {}, Fitting(13, (13,), 3))
    with pytest.raises(InputError, match="sequence-labeller"):
        build("sequence-classifier", {}, Fitting(6, (6,), 3, tokens=12, steps=6))
    with pytest.raises(InputError, match="sequence-classifier"):
        build("sequence-labeller", {}, Fitting(6, (6,), 3, tokens=12))
    with pytest.raises(InputError, match="encoder-decoder"):
        build("sequence-labeller", {}, Fitting(6, (6,), 3, tokens=12, steps=7))


def test_an_unknown_cell_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="'rnn', 'lstm', 'gru'"):
        NETS["sequence-classifier"].check({"cell": "lsmt"}, "net")


def test_the_summary_counts_the_parameters_of_an_lstm() -> None:
    rows = summary(SequenceClassifier(12, 3, "lstm", 5, embedding=4), (6,), torch.int64)
    assert {row.name: row.parameters for row in rows if row.parameters} == {
        "recurrent.embed": 12 * 4,
        "recurrent.forwards.0": 4 * 5 * (4 + 5 + 2),
        "output": 5 * 3 + 3,
    }


NETS_AND_SAMPLES: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "classifier": (
        lambda: SequenceClassifier(12, 3, "gru", 5, 1, True, 0.1, embedding=4, memory=9, readout="mean"),
        tokens(),
    ),
    "labeller": (lambda: SequenceLabeller(2, 3, "lstm", 5), torch.randn(4, 6, 2)),
    "attention": (lambda: EncoderDecoder((6,), 12, 3, 5, "lstm", 7, 1, True, True, embedding=4), tokens()),
    "picture": (lambda: EncoderDecoder((1, 8, 8), 0, 3, 5, "gru", 7), pictures()),
    "linear": (lambda: LinearRecurrent(-2.0, 0.5), torch.randn(4, 6, 1)),
}


@pytest.mark.parametrize("name", NETS_AND_SAMPLES)
def test_sources_and_arguments_build_the_net_again_with_torch_alone(name: str) -> None:
    """What is written out when a net is exported: the sources of its classes, and its arguments."""
    make, x = NETS_AND_SAMPLES[name]
    net = make().eval()
    kinds = {type(module) for module in net.modules() if not type(module).__module__.startswith("torch.")}
    code = "import torch\nfrom torch import Tensor, nn\n\n" + "\n\n".join(map(inspect.getsource, kinds))
    namespace: dict[str, object] = {}
    exec(f"{code}\n\nnet = {type(net).__name__}({net.extra_repr()})\n", namespace)
    again = namespace["net"]
    assert isinstance(again, nn.Module)
    assert type(again) is not type(net)
    again.load_state_dict(net.state_dict())
    assert torch.equal(again.eval()(x), net(x))


@pytest.mark.filterwarnings("ignore:The tensor attributes")
@pytest.mark.parametrize("name", NETS_AND_SAMPLES)
def test_nets_can_be_captured_as_a_graph_for_any_number_of_samples(name: str) -> None:
    make, x = NETS_AND_SAMPLES[name]
    net = make().eval()
    program = torch.export.export(net, (x,), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    torch.testing.assert_close(program(x[:3]), net(x[:3]))
