"""Figures of runs about sequences show what PyTorch's layers compute, and what net and data say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from torch import nn

from neurona.compare import Comparison
from neurona.data.tokens import SPECIAL, UNKNOWN
from neurona.look import answers, attention, counting, gates, gradients, next_tokens
from neurona.look.evidence import Evidence
from neurona.look.looks import Looks
from neurona.look.recurrent import recurrent_comparison_looks, recurrent_looks
from neurona.look.style import png
from neurona.nets import LinearRecurrent
from neurona.recurrence import powers
from neurona.run import Run

FIT = {"epochs": 1, "lr": 0.01, "batch": 64}
RECIPES: dict[str, dict[str, Any]] = {
    "sentences": {
        "data": {"name": "sentences", "samples": 300},
        "net": {"kind": "sequence-classifier", "cell": "lstm", "hidden": 6, "layers": 2, "embedding": 4},
    },
    "parity": {
        "data": {"name": "parity", "samples": 300},
        "net": {"kind": "sequence-labeller", "cell": "gru", "hidden": 6, "bidirectional": True, "embedding": 4},
    },
    "add": {
        "data": {"name": "add", "samples": 300},
        "net": {"kind": "sequence-labeller", "cell": "rnn", "hidden": 40},
    },
    "reverse": {
        "data": {"name": "reverse", "samples": 300},
        "net": {"kind": "encoder-decoder", "hidden": 6, "embedding": 4, "attention": True},
    },
    "digit-tags": {"data": {"name": "digit-tags"}, "net": {"kind": "encoder-decoder", "hidden": 6, "embedding": 4}},
    "characters": {
        "data": {"name": "characters", "window": 40},
        "net": {"kind": "sequence-labeller", "hidden": 6, "embedding": 4},
    },
    "count-ones": {
        "data": {"name": "count-ones", "samples": 40},
        "net": {"kind": "linear-recurrent", "u": -2.0, "w": 0.5},
        "fit": {"epochs": 4, "optimizer": "sgd", "lr": 1e-4, "batch": "full", "snapshots": 1},
    },
    "explosion": {
        "data": {"name": "count-ones", "samples": 20, "length": 40, "valid": 0.0, "test": 0.0},
        "net": {"kind": "linear-recurrent", "u": -2.0, "w": 1.5},
        "fit": {"epochs": 9, "optimizer": "sgd", "lr": 1e-4, "batch": "full", "snapshots": 1, "divergence": "end"},
    },
    "cells": {
        "data": {"name": "remember", "samples": 100, "length": 12},
        "net": {"kind": "sequence-classifier", "hidden": 6, "embedding": 4},
        "vary": {"net.cell": ["rnn", "lstm"]},
    },
    "table": {"data": {"name": "iris"}, "net": {"kind": "mlp", "hidden": [4]}},
}


@pytest.fixture(scope="session")
def kept() -> dict[str, Any]:
    """Hold what was trained, once for all tests."""
    return {}


@pytest.fixture
def trained(kept, train_recipe, tmp_path_factory) -> Callable[[str], Any]:
    """Return a finished run, with its data and net, or a comparison, by the name of its recipe above."""

    def result(name: str) -> Evidence | Comparison:
        if name not in kept:
            path = tmp_path_factory.mktemp("sequences") / name
            made = train_recipe({"name": name, "fit": FIT, **RECIPES[name]}, path)
            kept[name] = Evidence.of(made) if isinstance(made, Run) else made
        return kept[name]

    return result


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


NAMES = {
    "sentences": ["answers", "gates", "gradient-in-time"],
    "parity": ["answers", "gates", "gradient-in-time"],
    "add": ["answers", "gates", "gradient-in-time"],
    "reverse": ["answers", "attention", "gates", "gradient-in-time"],
    "digit-tags": ["answers"],
    "characters": ["next-tokens", "gates", "gradient-in-time"],
    "count-ones": ["counting"],
    "explosion": ["counting"],
    "table": [],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_run_has_the_figures_that_suit_it_and_each_can_be_drawn(name, trained):
    looks = list(recurrent_looks(trained(name)))
    assert [look.name for look in looks] == NAMES[name]
    for look in looks:
        assert png(look.draw(), 40).startswith(b"\x89PNG")


class TestGates:
    def test_maps_are_what_pytorchs_lstm_cell_computes(self, trained):
        seen = trained("sentences")
        sample, labels = gates.chosen(seen)
        figure = gates.gates_over_time(seen)
        assert [text.get_text() for text in figure.axes[4].get_xticklabels()] == labels
        maps = {axes.get_title(loc="left").split(":")[0]: axes.images[0].get_array() for axes in figure.axes[:5]}
        first, last = seen.net.recurrent.forwards
        x = first(seen.net.recurrent.embed(sample))[0]
        cell = nn.LSTMCell(6, 6)
        cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in last.state_dict().items()})
        hidden, state = torch.zeros(1, 6), torch.zeros(1, 6)
        states = []
        for step in x.unbind(1):
            hidden, state = cell(step, (hidden, state))
            states.append((hidden[0], state[0]))
        by_hand = [torch.stack(parts).detach().numpy().T for parts in zip(*states, strict=True)]
        for drawn, wanted in zip((maps["Hidden state"], maps["Cell"]), by_hand, strict=True):
            np.testing.assert_allclose(sorted(drawn.tolist()), sorted(wanted.tolist()), rtol=1e-4, atol=1e-6)
        assert np.all(np.diff(maps["Forget gate"].mean(1)) <= 1e-6)

    def test_the_longest_sample_is_shown_without_its_padding(self, trained):
        seen = trained("parity")
        sample, labels = gates.chosen(seen)
        assert (sample != 0).all()
        assert len(labels) == sample.shape[1] == int((seen.split("test").x != 0).sum(1).max())
        assert set(labels) == {"0", "1"}

    def test_what_cannot_be_seen_on_paper_has_a_sign(self):
        assert [gates.shown(symbol) for symbol in (" ", "\n", "a", "$")] == ["␣", "↵", "a", r"\$"]


class TestGradients:
    def test_each_layer_has_a_line_that_ends_at_one(self, trained):
        before, after = gradients.gradients_through(trained("sentences")).axes
        assert (before.get_title(loc="left"), after.get_title(loc="left")) == ("before training", "after training")
        for axes in (before, after):
            lines = lines_of(axes)
            assert list(lines) == [f"{what} of layer {n}" for n in (1, 2) for what in ("hidden state", "cell")]
            assert all(line.get_ydata()[-1] == pytest.approx(1) for line in lines.values())

    def test_variants_stand_side_by_side(self, trained):
        (look,) = recurrent_comparison_looks(trained("cells"))
        assert titles(look.draw()) == ["rnn", "lstm"]

    def test_theory_shows_the_powers_of_a_matrix_and_what_clipping_leaves(self):
        whole, clipped = gradients.gradients_in_time((0.9, 1.2), steps=30, clip=2.0).axes
        np.testing.assert_allclose(lines_of(whole)["radius 1.2"].get_ydata(), powers(1.2, 30))
        np.testing.assert_allclose(clipped.get_lines()[1].get_ydata(), np.minimum(powers(1.2, 30), 2.0))


class TestCounting:
    def test_the_way_goes_from_the_start_to_the_trained_weights(self, trained):
        seen = trained("count-ones")
        epochs, weights = counting.path_of(seen)
        assert epochs.tolist() == [0, 1, 2, 3, 4]
        assert weights[0].tolist() == [-2.0, 0.5]
        assert weights[-1].tolist() == [p.item() for p in (seen.net.u, seen.net.w)]
        lines = lines_of(counting.counting_weights(seen).axes[0])
        np.testing.assert_allclose(lines["U"].get_ydata(), weights[:, 0])

    def test_the_surface_is_the_loss_of_the_net(self, trained):
        split = trained("count-ones").split("train")
        surface = counting.losses(split.x, split.y, np.array([-2.0, 0.3]), np.array([0.5, 0.9, -1.1]))
        for row, w in enumerate((0.5, 0.9, -1.1)):
            for column, u in enumerate((-2.0, 0.3)):
                loss = nn.functional.mse_loss(LinearRecurrent(u, w)(split.x), split.y).item()
                assert surface[row, column] == pytest.approx(loss, rel=1e-4)

    def test_an_explosion_is_marked_and_does_not_squeeze_the_rest(self, trained):
        weights, loss, _surface = counting.counting_weights(trained("explosion")).axes
        assert any(label.startswith("explosion, epoch") for label in lines_of(weights))
        assert "infinite from here on" in lines_of(loss)
        assert weights.get_ylim()[1] < 10

    @pytest.mark.parametrize("name", ["count-ones", "explosion"])
    def test_legends_lie_outside_and_the_losses_have_few_plain_numbers(self, trained, name):
        figure = counting.counting_weights(trained(name))
        figure.draw_without_rendering()
        for axes in figure.axes:
            drawn = axes.get_legend()
            assert drawn is None or drawn.get_window_extent().y1 < axes.bbox.y0
        numbers = [tick.label1.get_text() for tick in figure.axes[1].yaxis.get_major_ticks()]
        minor = [tick.label1.get_text() for tick in figure.axes[1].yaxis.get_minor_ticks()]
        assert 2 <= len(numbers) <= 16
        assert not any("." in text for text in numbers + minor if "10^" in text)


class TestAnswers:
    def test_mistakes_come_first_and_are_counted(self, trained):
        seen = trained("parity")
        found, mistakes, total = answers.answered(seen)
        split = seen.split("test")
        wrong = ((seen.answers("test").argmax(-1) != split.y.numpy()) & (split.y.numpy() != -100)).any(1)
        assert (mistakes, total) == (wrong.sum(), len(split))
        flags = [any(one.wrong) for one in found]
        assert flags == sorted(flags, reverse=True)
        for one in found:
            (_, read), (_, truth), (_, says) = one.lines
            assert len(read) == len(truth) == len(says) == len(one.wrong)
            bits = np.cumsum([int(bit) for bit in read]) % 2
            assert truth == [("even", "odd")[bit] for bit in bits]
            assert [a != b for a, b in zip(truth, says, strict=True)] == one.wrong

    def test_one_answer_comes_with_its_probability(self, trained):
        for one in answers.answered(trained("sentences"))[0]:
            assert one.lines[2][1][0].endswith(" %)")

    def test_what_is_unknown_is_drawn_as_a_sign_that_the_caption_explains(self, trained):
        seen = trained("sentences")
        assert all("(?)" not in look.caption for look in recurrent_looks(seen))
        split = seen.split("test")
        strange = torch.where(split.x > UNKNOWN, UNKNOWN, split.x)
        data = replace(seen.data, test=replace(split, x=strange))
        other = Evidence(seen.run)
        other.__dict__.update(data=data, net=seen.net)
        looks = {look.name: look for look in recurrent_looks(other)}
        for name in ("answers", "gates"):
            words = {text.get_text() for text in looks[name].draw().findobj(Text)}
            assert "(?)" in words
            assert not any(SPECIAL[UNKNOWN] in word for word in words)
            assert "(?) is a symbol that was rare in train or not there" in looks[name].caption

    def test_pictures_are_shown_as_pictures(self, trained):
        (first, *_rest), _mistakes, _total = answers.answered(trained("digit-tags"))
        assert first.picture is not None
        assert first.picture.shape == (8, 8)
        assert [name for name, _symbols in first.lines] == ["truth", "answer"]

    def test_numbers_are_written_down(self, trained):
        for one in answers.answered(trained("add"))[0]:
            read = one.lines[0][1]
            assert all(step in ("0 0", "0 1", "1 0", "1 1") for step in read)


def test_attention_drawn_adds_up_to_one_over_what_was_read(trained):
    for axes in attention.attention_weights(trained("reverse")).axes:
        np.testing.assert_allclose(axes.images[0].get_array().sum(1), 1, atol=1e-5)


def test_bars_are_the_likeliest_next_tokens(trained):
    seen = trained("characters")
    window = seen.split("test").x[:1]
    probabilities = seen.run.answer(window, seen.net)[0].numpy()
    panel = next_tokens.likely_tokens(seen).axes[-1]
    widths = [bar.get_width() for bar in panel.patches]
    np.testing.assert_allclose(widths, np.sort(probabilities[-1])[::-1][:6])


def test_a_run_that_diverged_says_so_in_curves_and_findings(trained):
    from neurona.look.curves import learning_curves
    from neurona.look.findings import findings

    run: Run = trained("explosion").run
    assert run.metrics["diverged"]
    assert "infinite from here on" in lines_of(learning_curves(run).axes[0])
    assert "predictions" not in Looks(run), "there is none to be drawn"
    (sentence,) = findings(run)
    assert f"infinite in epoch {run.metrics['epochs']}" in sentence
    assert Path(run.path / "history.csv").read_text().count("\n") == run.metrics["epochs"] + 1
