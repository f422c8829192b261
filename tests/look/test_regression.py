"""Figures of regressions are in the target's own units."""

import numpy as np
import torch

from neurona.look import boxes_and_sum, ensemble_bands, fitted_curve, predicted_against_true
from neurona.look.boxes import parts
from neurona.look.ensemble import spread
from neurona.look.evidence import Evidence
from neurona.look.regression import interval, line_of_x, residuals


def by_label(axes, label):
    return next(line for line in axes.get_lines() if line.get_label() == label)


def test_points_and_residuals_are_in_the_units_of_the_target(result):
    seen = Evidence.of(result("houses"))
    axes = predicted_against_true(seen).axes
    truth = next(c for c in axes[0].collections if c.get_label() == "test").get_offsets()[:, 0]
    assert truth.min() > 20 and 300 < truth.max() < 700, "prices are in thousands of euros"
    rmse = np.sqrt((residuals(seen, "test") ** 2).mean())
    np.testing.assert_allclose(rmse, seen.run.metrics["test"]["rmse"], rtol=1e-5)


def test_fitted_curve_goes_on_beyond_the_training_interval_on_both_sides(result):
    run = result("curve")
    low, high = interval(Evidence.of(run))
    x = by_label(fitted_curve(run).axes[0], "net").get_xdata()
    assert x.min() < low - 1 and x.max() > high + 1


def test_fitted_curve_is_what_the_net_answers(result):
    run = result("curve")
    line = by_label(fitted_curve(run).axes[0], "net")
    z = torch.tensor((line.get_xdata() - run.inputs.columns[0].mean) / run.inputs.columns[0].scale).float()[:, None]
    with torch.inference_mode():
        wanted = run.net()(z)[:, 0].numpy() * run.target.scale[0] + run.target.mean[0]
    np.testing.assert_allclose(line.get_ydata(), wanted, atol=1e-5)


def test_bands_are_mean_and_standard_deviation_over_the_members(result):
    seen = Evidence.of(result("ensemble"))
    x = line_of_x(seen)
    members = seen.members(seen.encoded(x[:, None]))[..., 0]
    assert members.shape == (4, len(x))
    axes = ensemble_bands(seen).axes
    np.testing.assert_allclose(by_label(axes[0], "mean").get_ydata(), members.mean(0))
    deviation = np.sqrt(((members - members.mean(0)) ** 2).sum(0) / 3)
    np.testing.assert_allclose(by_label(axes[1], "standard deviation").get_ydata(), deviation)
    np.testing.assert_allclose(by_label(axes[1], "variance").get_ydata(), deviation**2)


def test_each_activation_of_an_ensemble_has_its_panels(result):
    titles = [axes.get_title(loc="left") for axes in ensemble_bands(result("ensemble")).axes]
    assert [title for title in titles if title] == ["all 4 nets", "2 nets with relu", "2 nets with tanh"]


def test_a_single_member_has_no_spread():
    mean, deviation = spread(np.array([[1.0, 2.0]]))
    assert mean.tolist() == [1.0, 2.0] and deviation.tolist() == [0.0, 0.0]


def test_boxes_times_heights_sum_to_the_answer_of_the_net(result):
    seen = Evidence.of(result("boxcar"))
    found = parts(seen)
    np.testing.assert_allclose(found.sum, seen.run.answer(seen.encoded(found.x[:, None]))[:, 0], atol=1e-4)
    assert found.boxes.shape[1] == 6
    assert [axes.get_title(loc="left") for axes in boxes_and_sum(seen).axes] == ["One box from two units", "6 boxes"]


def test_each_box_is_the_difference_of_two_units(result):
    found = parts(Evidence.of(result("boxcar")))
    np.testing.assert_allclose(found.boxes, found.units[:, :-1] - found.units[:, 1:], atol=1e-5)
