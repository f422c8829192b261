"""Learning curves show the numbers of the history."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from neurona import language
from neurona.look import Looks, learning_curves
from neurona.look.style import png
from neurona.run import Run
from neurona.tasks import Binary


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_lines_are_the_columns_of_the_history(result):
    run = result("moons")
    loss = lines_of(learning_curves(run).axes[0])
    history = run.history
    np.testing.assert_allclose(loss["train"].get_ydata(), history["train_loss"])
    np.testing.assert_allclose(loss["validation"].get_ydata(), history["valid_loss"])
    np.testing.assert_allclose(loss["train"].get_xdata(), history.index)


def test_band_is_mean_plus_and_minus_the_std_over_batches(result):
    run = result("moons")
    axes = learning_curves(run).axes[0]
    (band,) = [c for c in axes.collections if isinstance(c, PolyCollection)]
    heights = band.get_paths()[0].vertices[:, 1]
    history = run.history
    assert heights.max() == pytest.approx((history["train_loss"] + history["train_loss_std"]).max())
    low = (history["train_loss"] - history["train_loss_std"]).clip(lower=0)
    assert heights.min() == pytest.approx(low.min())


def test_learning_rate_has_a_panel_only_when_it_changes(result):
    titles = [axes.get_title(loc="left") for axes in learning_curves(result("moons")).axes]
    assert titles == ["Loss", "Accuracy", "Learning rate"]
    titles = [axes.get_title(loc="left") for axes in learning_curves(result("spiral")).axes]
    assert titles == ["Loss", "Accuracy"]


@pytest.mark.parametrize(
    ("schedule", "scale"),
    [({"schedule": "one-cycle"}, "linear"), ({"schedule": "step", "step_size": 1, "gamma": 0.1}, "log")],
)
def test_a_learning_rate_that_goes_to_zero_is_drawn_on_a_linear_axis(tmp_path, train_recipe, schedule, scale):
    fit = {"epochs": 6, "batch": "full", **schedule}
    recipe = {"data": {"name": "moons", "samples": 60}, "net": {"kind": "linear"}, "fit": fit}
    run = train_recipe(recipe, tmp_path / "run")
    rates = [row["lr"] for row in run.rows]
    assert 0 < min(rates) < max(rates) / 1000
    assert learning_curves(run).axes[-1].get_yscale() == scale


def test_a_single_epoch_has_its_spread_and_stands_beside_the_legend(tmp_path, train_recipe, monkeypatch):
    monkeypatch.setattr(language, "_chosen", ["es"])  # whose words are longer
    recipe = {"data": {"name": "wine"}, "net": {"kind": "mlp", "hidden": [4]}, "fit": {"epochs": 1, "batch": 16}}
    run = train_recipe(recipe, tmp_path / "run")
    figure = learning_curves(run)
    figure.draw_without_rendering()
    (row,) = run.rows
    for axes, name in zip(figure.axes, ("loss", "accuracy"), strict=True):
        (bar,) = axes.collections[0].get_segments()
        mean, std = row[f"train_{name}"], row[f"train_{name}_std"]
        assert bar[:, 1] == pytest.approx([mean - std, min(mean + std, 1) if name == "accuracy" else mean + std])
        box = axes.get_legend().get_window_extent()
        assert not any(box.contains(*axes.transData.transform(line.get_xydata()[0])) for line in axes.get_lines())


def test_one_epoch_without_validation_is_drawn_as_points(result):
    figure = learning_curves(result("one-epoch"))
    lines = lines_of(figure.axes[0])
    assert "validation" not in lines
    assert lines["train"].get_marker() == "o"
    assert png(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("net", "frozen", "words"),
    [
        ({"hidden": [4]}, [], ""),
        ({"hidden": [4], "dropout": 0.0}, [], ""),
        ({"hidden": [4], "batch_norm": True}, [], "has batch normalisation:"),
        ({"hidden": [4], "dropout": 0.5}, [], "has dropout:"),
        ({"hidden": [4], "dropout": 0.5, "batch_norm": True}, [], "has batch normalisation and dropout:"),
        ({"hidden": [4], "batch_norm": True}, ["hidden*", "norm*"], ""),
    ],
)
def test_why_the_curves_and_the_table_of_metrics_differ_is_said_where_they_do(
    net, frozen, words, train_recipe, tmp_path
):
    fit = {"epochs": 1, "frozen": frozen}
    run = train_recipe({"data": {"name": "wine"}, "net": {"kind": "mlp", **net}, "fit": fit}, tmp_path / "r")
    caption = next(look.caption for look in Looks(run).suitable if look.name == "curves")
    assert (words in caption) if words else ("in use" not in caption)


class History(Run):
    """A run of which only the history is known."""

    finished, task, rows = False, Binary(), ()


def history(values):
    run = History("nowhere")
    rows = [{"epoch": i + 1, "lr": 0.1, "train_loss": v, "train_loss_std": 0.0} for i, v in enumerate(values)]
    run.__dict__["rows"] = rows
    return run


def test_loss_is_logarithmic_when_it_spans_more_than_two_decades():
    assert learning_curves(history([1.0, 0.1, 0.009])).axes[0].get_yscale() == "log"
    assert learning_curves(history([1.0, 0.1, 0.02])).axes[0].get_yscale() == "linear"


def test_long_histories_nan_and_no_history_at_all_are_drawn():
    assert png(learning_curves(history(np.geomspace(1, 1e-6, 20_000))))
    assert png(learning_curves(history([1.0, float("nan"), 0.5])))
    assert png(learning_curves(history([float("nan")] * 3)))
    assert png(learning_curves(history([])))
