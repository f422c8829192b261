"""Pictures: the surest mistakes and the weights of the first layer."""

import numpy as np
import pytest

from neurona.look import first_layer, surest_mistakes, weight_bars
from neurona.look.samples import surest
from neurona.look.weights import mosaic


@pytest.mark.parametrize(("count", "title"), [(1, "1 mistake on test"), (2, "2 mistakes on test; the surest first")])
def test_one_mistake_is_not_many(result, monkeypatch, count, title):
    monkeypatch.setattr("neurona.look.samples.surest", lambda *_given: (np.arange(count), count))
    assert surest_mistakes(result("digits")).get_suptitle() == title


def test_the_surest_mistake_comes_first():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]])
    rows, mistakes = surest(np.array([1, 1, 0, 0]), probabilities)
    assert (rows.tolist(), mistakes) == ([0, 3, 2], 3)


def test_without_mistakes_the_least_sure_answers_come_first():
    rows, mistakes = surest(np.array([0, 1]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    assert (rows.tolist(), mistakes) == ([1, 0], 0)


def test_each_picture_says_what_the_net_took_it_for(result):
    run = result("digits")
    titles = [axes.get_title() for axes in surest_mistakes(run).axes if axes.get_title()]
    wrong = round((1 - run.metrics["test"]["accuracy"]) * run.samples["test"])
    assert len(titles) == min(24, wrong)
    assert all(title.startswith("says ") and "%" in title and "is " in title for title in titles)


def test_a_mosaic_has_every_picture_scaled_and_gaps_between_them():
    sheet = mosaic(np.stack([np.full((2, 2), 4.0), np.full((2, 2), -3.0), np.zeros((2, 2))]), columns=2)
    assert sheet.shape == (5, 5)
    assert (sheet[0, 0], sheet[0, 4], sheet[4, 0]) == (1, -1, 0)
    assert np.isnan(sheet[2]).all() and np.isnan(sheet[:, 2]).all()


def test_first_layer_shows_the_weights_of_each_unit(result):
    run = result("digits")
    sheet = first_layer(run).axes[0].images[0].get_array()
    weights = run.net().hidden1.weight.detach().numpy()[0].reshape(8, 8)
    np.testing.assert_allclose(np.ma.getdata(sheet)[:8, :8], weights / np.abs(weights).max(), rtol=1e-5)


def test_bars_are_the_weights_and_the_bias(result):
    run = result("houses")
    axes = weight_bars(run).axes[0]
    layer = run.net().output
    wanted = [*layer.weight[0].tolist(), layer.bias.item()]
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], wanted, rtol=1e-6)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["area_m2", "distance_km", "bias"]
