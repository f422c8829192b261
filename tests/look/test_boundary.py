"""Decision regions and their animation show what the net answers."""

import io

import numpy as np
import pytest
import torch
from matplotlib.collections import PathCollection
from PIL import Image, ImageSequence

from neurona.errors import InputError
from neurona.look import boundary_animation, decision_regions
from neurona.look.animation import Film
from neurona.look.boundary import Regions, log_odds, regions
from neurona.look.evidence import Evidence


def test_regions_are_the_probabilities_of_the_net(result):
    run = result("spiral")
    found = regions(Evidence.of(run), side=7)
    point = torch.tensor([[found.x[4], found.y[2]]], dtype=torch.float32)
    with torch.inference_mode():
        wanted = torch.softmax(run.net()(point), -1)[0].numpy()
    np.testing.assert_allclose(found.probabilities[2, 4], wanted, rtol=1e-4, atol=1e-6)


def test_axes_are_in_the_units_of_the_features(tmp_path, train_recipe):
    generator = np.random.default_rng(0)
    path = tmp_path / "units.csv"
    rows = [
        f"{x:.2f},{y:.4f},{'ab'[int(x > 500)]}"
        for x, y in zip(generator.uniform(0, 1000, 120), generator.uniform(0, 1, 120), strict=True)
    ]
    path.write_text("width,height,kind\n" + "\n".join(rows) + "\n")
    raw = {
        "data": {"path": str(path), "target": "kind"},
        "net": {"kind": "mlp", "hidden": [4]},
        "fit": {"epochs": 2},
    }
    axes = decision_regions(train_recipe(raw, tmp_path / "run")).axes[0]
    assert axes.get_xlabel() == "width"
    assert 900 < axes.get_xlim()[1] < 1200
    assert 0.9 < axes.get_ylim()[1] < 1.2


def test_shade_is_the_colour_of_the_likeliest_class_and_stronger_where_the_net_is_surer():
    sure = np.array([[[0.98, 0.01, 0.01], [0.4, 0.3, 0.3]]])
    found = Regions(np.arange(2.0), np.arange(1.0), sure, np.zeros((3, 1, 2)))
    strong, weak = found.shades()[0]
    assert strong[2] > strong[0], "class 0 is blue"
    assert (1 - strong).sum() > 2 * (1 - weak).sum()


def test_margin_is_the_log_odds_against_the_best_other_class():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    wanted = np.log([[0.5 / 0.3, 0.3 / 0.5, 0.2 / 0.5], [0.1 / 0.8, 0.1 / 0.8, 0.8 / 0.1]])
    np.testing.assert_allclose(log_odds(probabilities), wanted)


def test_wrong_points_are_ringed_and_right_ones_are_not(result):
    run = result("perceptron")
    axes = decision_regions(run).axes[0]
    points = [c for c in axes.collections if isinstance(c, PathCollection)]
    rings = sum(len(c.get_offsets()) for c in points if len(c.get_facecolor()) == 0)
    wrong = sum(round((1 - run.metrics[split]["accuracy"]) * run.samples[split]) for split in ("train", "test"))
    assert rings == wrong > 0


def test_animation_has_a_frame_for_the_untrained_net_and_each_snapshot(result):
    run = result("moons")
    movie = Image.open(io.BytesIO(boundary_animation(run)))
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(movie)]
    assert len(durations) == 1 + len(run.snapshots()) == 21
    assert durations[-1] > 5 * durations[0]


def test_a_frame_shows_shades_points_boundary_and_title(result):
    seen = Evidence.of(result("spiral"))
    found = regions(seen, side=110)
    film = Film(seen, found)
    frame = np.asarray(film.picture(found, "epoch 7")).astype(int)
    (left, bottom), (right, top) = film.axes.bbox.get_points().round().astype(int)
    inside = frame[len(frame) - top : len(frame) - bottom, left:right][::-1]
    rows, columns = (((np.arange(110) + 0.5) * side / 110).astype(int) for side in inside.shape[:2])
    near = (abs(inside[rows][:, columns] - 255 * found.shades()) < 12).all(-1)
    assert 0.85 < near.mean() < 1  # points and lines hide the rest
    assert (inside.max(-1) < 80).any()
    above = frame[: len(frame) - top, left:right]
    assert (above.max(-1) < 120).sum() > 50
    np.testing.assert_array_equal(film.picture(found, "epoch 7"), frame)


def test_a_title_longer_than_the_axes_are_wide_stays_inside_the_frame(result):
    seen = Evidence.of(result("spiral"))
    found = regions(seen, side=20)
    film = Film(seen, found)
    title = "epoch 7 · " + "a" * 8
    while film.font.getlength(title + "a") < film.background.width - 8:
        title += "a"
    frame = np.asarray(film.picture(found, title))
    assert (frame[:40, -4:] > 200).all()
    np.testing.assert_array_equal(frame[:40, 0], 255)


def test_animation_stays_small(result):
    assert len(boundary_animation(result("spiral"))) < 1_500_000


def test_animation_without_snapshots_is_refused(result):
    with pytest.raises(InputError, match="no snapshots"):
        boundary_animation(result("wine"))


def test_an_animation_leaves_the_net_of_a_run_that_stopped_early_as_it_is(tmp_path, train_recipe):
    raw = {
        "data": {"name": "spiral", "samples": 150, "noise": 0.4},
        "net": {"kind": "mlp", "hidden": [16]},
        "fit": {"lr": 0.05, "epochs": 60, "patience": 3, "snapshots": 1},
    }
    run = train_recipe(raw, tmp_path / "run")
    assert run.metrics["stopped_early"]
    before = {name: weight.clone() for name, weight in run.net().state_dict().items()}
    assert not torch.equal(run.snapshots()[-1][1]["output.weight"], before["output.weight"])
    boundary_animation(run)
    assert all(torch.equal(weight, before[name]) for name, weight in run.net().state_dict().items())
