"""Comparisons are drawn with their error bars over seeds."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from neurona.errors import NeuronaWarning
from neurona.look.looks import Looks
from neurona.look.sections import page
from neurona.look.trend import numeric_key
from neurona.look.variants import over_seeds, scores_and_times, values


def test_curves_are_mean_and_standard_deviation_over_seeds(result):
    runs = result("by-activation").runs["tanh"]
    epochs, mean, std = over_seeds([run.rows for run in runs], "valid_loss")
    table = np.stack([run.history["valid_loss"] for run in runs])
    assert epochs.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(mean, table.mean(0))
    np.testing.assert_allclose(std, table.std(0, ddof=1))


def test_curves_end_where_the_first_seed_stopped():
    histories = [[{"epoch": i, "valid_loss": 1.0} for i in range(1, n)] for n in (5, 3)]
    assert over_seeds(histories, "valid_loss")[0].tolist() == [1, 2]


def test_whiskers_are_the_student_interval_over_seeds(result):
    comparison = result("by-boxes")
    axes = Looks(comparison)["variants-scores"].axes[0]
    numbers = values(comparison, "test.rmse")["2, sigmoid"]
    low, high = stats.t.interval(0.95, len(numbers) - 1, np.mean(numbers), stats.sem(numbers))
    (whisker,) = axes.containers[0][2][0].get_segments()
    assert whisker[:, 0] == pytest.approx([low, high])


def test_whiskers_end_where_shares_do(result):
    comparison = result("sixteen")
    found = values(comparison, "valid.accuracy")
    intervals = [stats.t.interval(0.95, 1, np.mean(n), stats.sem(n)) for n in found.values() if len(set(n)) > 1]
    assert max(high for _low, high in intervals) > 1 or min(low for low, _high in intervals) < 0
    for name, direction in (("variants-scores", 0), ("variants-trend", 1)):
        axes = Looks(comparison)[name].axes[0]
        whiskers = [segment for container in axes.containers for segment in container[2][0].get_segments()]
        ends = np.concatenate([whisker[:, direction] for whisker in whiskers])
        assert ends.min() >= 0 and ends.max() <= 1
    for band in Looks(comparison)["variants-curves"].axes[1].collections:
        assert np.nanmin(band.get_paths()[0].vertices[:, 1]) >= 0 and np.nanmax(band.get_paths()[0].vertices[:, 1]) <= 1


def test_more_curves_than_stand_below_each_other_have_their_names_in_columns(result):
    legend = Looks(result("sixteen"))["variants-curves"].axes[-1].get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == 16 and names[:2] == ["lr 0.01", "lr 0.013"]
    assert legend._ncols == 2


def test_long_names_are_told_apart(train_recipe, tmp_path):
    names = [f"steepest descent without any momentum and with steps that are {size}" for size in ("small", "large")]
    choices = {name: {"fit.lr": lr} for name, lr in zip(names, (0.01, 0.1), strict=True)}
    raw = {"data": {"name": "wine"}, "net": {"kind": "linear"}, "fit": {"epochs": 1}, "vary": {"steps": choices}}
    looks = Looks(train_recipe(raw, tmp_path / "c"))
    ticks = [label.get_text() for label in looks["variants-scores"].axes[0].get_yticklabels()]
    legend = [text.get_text() for text in looks["variants-curves"].axes[-1].get_legend().get_texts()]
    assert [name.replace("\n", " ") for name in ticks] == names == [name.replace("\n", " ") for name in legend]


def test_a_variant_that_diverged_is_named_so(train_recipe, tmp_path):
    fit = {"epochs": 2, "optimizer": "sgd"}
    raw = {"data": {"name": "houses"}, "net": {"kind": "linear"}, "fit": fit, "vary": {"fit.lr": [0.1, 1e30]}}
    looks = Looks(train_recipe(raw, tmp_path / "c"))
    names = [label.get_text() for label in looks["variants-scores"].axes[0].get_yticklabels()]
    assert names == ["lr 0.1", "lr 1e+30 (diverged)"]
    assert [text.get_text() for text in looks["variants-curves"].axes[-1].get_legend().get_texts()] == names


def test_values_with_which_all_runs_diverged_are_seen_and_the_best_is_named(train_recipe, tmp_path):
    vary = {"fit.lr": [0.001, 0.002, 8], "fit.nesterov": ["none", True]}
    fit = {"epochs": 40, "batch": "full", "optimizer": "sgd", "momentum": 0.1}
    raw = {"data": {"name": "houses"}, "net": {"kind": "linear"}, "fit": fit, "vary": vary}
    comparison = train_recipe(raw, tmp_path / "c")
    looks = Looks(comparison)
    axes = looks["variants-trend"].axes[0]
    (crosses,) = [drawn for drawn in axes.collections if drawn.get_label() == "diverged"]
    assert crosses.get_offsets()[:, 0].tolist() == [8, 8]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["diverged", "nesterov none", "nesterov true"]
    assert [axes.get_yscale() for axes in looks["variants-curves"].axes] == ["log", "log"]
    assert "best: lr" in page(comparison, looks).headlines[0].more


def test_variants_on_different_data_are_told_apart_and_none_is_the_best(train_recipe, tmp_path):
    fit = {"epochs": 1, "optimizer": "sgd", "momentum": 0.1}
    vary = {"data.name": ["moons", "blobs"], "fit.optimizer": ["sgd", "adam"]}
    raw = {"data": {"name": "moons"}, "net": {"kind": "mlp", "hidden": [4]}, "fit": fit, "vary": vary}
    with pytest.warns(NeuronaWarning, match="momentum"):
        comparison = train_recipe(raw, tmp_path / "c")
    looks = Looks(comparison)
    assert not looks["variants-regions"].legends
    report = page(comparison, looks)
    assert report.headlines[0].name == "variants"
    sections = {section.heading: section for section in report.sections}
    assert [head for head in sections if "The data" in head] == ["The data: moons, sgd", "The data: blobs, sgd"]
    remarks = sections["What happened"].remarks
    assert "do not say which one is better" in remarks[0]
    assert remarks[1] == "moons, adam leaves out what does not apply to it: fit.momentum."


def test_numbers_below_an_axis_do_not_run_into_each_other(result):
    figure = Looks(result("sixteen"))["variants-trend"]
    figure.draw_without_rendering()
    labels = figure.axes[0].get_xticklabels()
    assert all(label.get_text() for label in labels), "a line for each of very many would hide the curve"
    boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) > 2 and all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_the_slowest_variant_is_not_cut_off_at_the_edge(result):
    result = result("by-boxes")
    slowest = max(second for seconds in values(result, "seconds").values() for second in seconds)
    assert scores_and_times(result).axes[1].get_xlim()[1] >= 1.05 * slowest


def test_a_numeric_value_is_drawn_on_an_axis_of_its_own(result):
    comparison = result("by-boxes")
    assert numeric_key(comparison) == "net.boxes"
    axes = Looks(comparison)["variants-trend"].axes[0]
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "net.boxes"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["sigmoid", "step"]


def test_whiskers_of_two_lines_stand_beside_each_other(result):
    axes = Looks(result("by-boxes"))["variants-trend"].axes[0]
    sigmoid, step = (container[2][0].get_segments() for container in axes.containers)
    for boxes, left, right in zip((2, 5, 40), sigmoid, step, strict=True):
        assert left[0, 0] < boxes < right[0, 0] < 1.05 * boxes


def test_names_are_not_put_on_a_numeric_axis(result):
    assert numeric_key(result("by-activation")) == ""
    assert "variants-trend" not in Looks(result("by-activation"))


def test_each_variant_shows_its_regions_and_its_activation(result):
    looks = Looks(result("by-activation"))
    for name in ("variants-regions", "activations"):
        titles = [axes.get_title(loc="left") for axes in looks[name].axes]
        assert titles[:2] == ["relu", "tanh"]
    (legend,) = looks["variants-regions"].legends
    assert [text.get_text() for text in legend.get_texts()] == ["upper", "lower"]
    first, second = looks["variants-regions"].axes
    assert (first.get_xlabel(), first.get_ylabel(), second.get_ylabel()) == ("x1", "x2", "")


def test_each_variant_shows_its_curve_and_one_of_them_its_boxes(result):
    looks = Looks(result("by-boxes"))
    assert {"variants-fits", "boxes"} <= set(looks)
    assert [axes.get_title(loc="left") for axes in looks["variants-fits"].axes][:2] == [
        "boxes 2, sigmoid",
        "boxes 2, step",
    ]


def test_one_epoch_is_seen(result):
    lines = Looks(result("one-epoch-each"))["variants-curves"].axes[0].lines
    assert [(len(line.get_xdata()), line.get_marker()) for line in lines] == [(1, "o"), (1, "o")]


def test_the_deviation_of_one_epoch_is_seen_too(train_recipe, tmp_path):
    data, net = {"name": "wine"}, {"kind": "mlp", "hidden": [4]}
    seeds = train_recipe({"data": data, "net": net, "fit": {"epochs": 1}, "seeds": 3}, tmp_path / "c")
    losses = [run.rows[0]["valid_loss"] for (runs,) in [seeds.runs.values()] for run in runs]
    ((_x, low), (_same, high)) = Looks(seeds)["variants-curves"].axes[0].collections[0].get_segments()[0]
    assert (high - low) / 2 == pytest.approx(np.std(losses, ddof=1))


def test_seeds_alone_are_called_no_variants(result):
    looks = Looks(result("by-seed"))
    words = " ".join(look.title + look.caption for look in looks.suitable)
    assert "variant" not in words.lower()
    shown = page(result("by-seed"), looks)
    names = [headline.name for headline in shown.headlines]
    assert "seeds" in names and not {"variants", "seeds of each"} & set(names)
    (table,) = next(section for section in shown.sections if section.heading == "The seeds in numbers").tables
    assert table.header[0] == "seeds"
    assert [row[0] for row in table.rows] == ["2"]


def test_seeds_alone_also_show_the_first_run(result):
    assert set(Looks(result("by-seed"))) == {"variants-curves", "variants-scores", "confusion"}
