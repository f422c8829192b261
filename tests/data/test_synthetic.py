"""Simulated samples: each compared with its formula, a solver, or scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from sklearn.datasets import make_circles, make_moons
from sklearn.linear_model import Perceptron
from sklearn.preprocessing import StandardScaler

from neurona.data import DATASETS, load
from neurona.data.sources import Samples
from neurona.errors import InputError

SIMULATED = ("spiral", "moons", "circles", "xor", "blobs", "loans", "curve", "houses", "multilabel")


def samples(name: str, **options: object) -> Samples:
    entry = DATASETS[name]
    return entry.make(**entry.check(options, "data"))


def separable(x: np.ndarray, y: np.ndarray) -> bool:
    """Say whether a plane separates the classes 0 and 1: is `sign (w x + b) >= 1` feasible?"""
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    rows = -sign * np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(len(x))])
    free = [(None, None)] * rows.shape[1]
    return linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(x)), bounds=free).status == 0


# What holds for all of them


@pytest.mark.parametrize("name", SIMULATED)
def test_the_list_tells_what_loading_gives(name):
    data, facts = load(name), DATASETS[name].facts
    assert facts["task"] == data.task
    assert facts["shape"] == data.shape
    assert facts["samples"] == sum(map(len, (data.train, data.valid, data.test)))
    assert data.train.x.dtype == torch.float32
    assert len(data.feature_names) == data.features
    assert torch.isfinite(data.train.x).all()


@pytest.mark.parametrize("name", SIMULATED)
def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(name):
    first = load(name, seed=3)
    assert load(name, seed=3).fingerprint() == first.fingerprint()
    assert load(name, seed=4).fingerprint() != first.fingerprint()


@pytest.mark.parametrize("name", SIMULATED)
def test_the_noise_or_the_draw_depends_on_the_seed_and_not_only_the_split(name):
    noise = {} if name == "multilabel" else {"noise": 0.2}
    assert not np.array_equal(samples(name, seed=0, **noise).x, samples(name, seed=1, **noise).x)


@pytest.mark.parametrize("name", SIMULATED)
def test_as_many_samples_as_asked_for(name):
    drawn = samples(name, samples=101)
    assert len(drawn.x) == len(drawn.y) == 101


@pytest.mark.parametrize("name", ["spiral", "moons", "circles", "xor", "blobs", "loans"])
def test_each_part_keeps_the_share_of_each_class(name):
    data = load(name, valid=0.2, test=0.3)
    whole = torch.cat([data.train.y, data.valid.y, data.test.y]).flatten().long()
    for split, share in ((data.train, 0.5), (data.valid, 0.2), (data.test, 0.3)):
        counts = torch.bincount(split.y.flatten().long(), minlength=len(data.classes))
        assert (counts - share * torch.bincount(whole)).abs().max() <= 1


def test_what_a_dataset_came_from_rebuilds_it():
    data = load("spiral", noise=0.1, classes=4, seed=7, valid=0.1)
    assert load(**data.origin).fingerprint() == data.fingerprint()


# Wrong input


def test_negative_noise_is_refused_by_name():
    with pytest.raises(InputError, match=r"data\.noise = -1 is not valid") as caught:
        load("spiral", noise=-1)
    assert caught.value.hint == "It must be at least 0.0."


def test_one_class_is_refused_by_name():
    with pytest.raises(InputError, match=r"data\.classes = 1 is not valid") as caught:
        load("spiral", classes=1)
    assert caught.value.hint == "It must be at least 2."


@pytest.mark.parametrize("wrong", ["lots", float("nan"), float("inf"), None, [0.1]])
def test_noise_that_is_no_number_is_refused(wrong):
    with pytest.raises(InputError, match=r"data\.noise"):
        load("moons", noise=wrong)


def test_an_unknown_option_is_refused_and_the_nearest_named():
    with pytest.raises(InputError, match=r"data\.nois is not a known key") as caught:
        load("spiral", nois=0.1)
    assert caught.value.hint == "Did you mean 'noise'?"


def test_an_unknown_dataset_is_refused_and_the_nearest_named():
    with pytest.raises(InputError, match="no dataset called 'spirall'") as caught:
        load("spirall")
    assert caught.value.hint == "Did you mean 'spiral'?"


def test_an_unknown_curve_is_refused_and_the_known_ones_listed():
    with pytest.raises(InputError, match=r"data\.function = 'sinus'") as caught:
        load("curve", function="sinus")
    assert "'sine', 'step', 'bumps', 'cubic'" in caught.value.hint


@pytest.mark.parametrize("name", ["spiral", "blobs"])
def test_more_classes_than_samples_are_refused(name):
    with pytest.raises(InputError, match=r"data\.samples = 4 is fewer than one for each of the 9 classes"):
        load(name, samples=4, classes=9)


def test_a_seed_beyond_what_scikit_learn_takes_is_refused():
    with pytest.raises(InputError, match=r"data\.seed"):
        load("moons", seed=2**32)


# Spiral


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_clean_spiral_is_the_formula(classes):
    drawn = samples("spiral", samples=5 * classes, classes=classes)
    for k in range(1, classes + 1):
        for i, t in enumerate((0.0, 0.25, 0.5, 0.75, 1.0)):
            angle = 2 * math.pi / classes * (2 * t + k - 1)
            expected = [t * math.sin(angle), t * math.cos(angle)]
            np.testing.assert_allclose(drawn.x[drawn.y == k - 1][i], expected, atol=1e-12)


def test_the_first_arm_of_three_at_half_way_worked_by_hand():
    # t = 1/2, k = 1: the angle is 2 pi / 3, so the point is (sqrt(3)/4, -1/4).
    drawn = samples("spiral", samples=9)
    np.testing.assert_allclose(drawn.x[1], [math.sqrt(3) / 4, -0.25])


def test_noise_turns_a_point_of_the_spiral_and_keeps_its_radius():
    noisy = samples("spiral", samples=30_000, noise=0.2)
    t = np.tile(np.linspace(0, 1, 10_000), 3)
    np.testing.assert_allclose(np.hypot(*noisy.x.T), t, atol=1e-12)
    clean = samples("spiral", samples=30_000).x @ [1j, 1]
    far = t > 0.1
    turned = np.angle((noisy.x @ [1j, 1])[far] / clean[far]) / (2 * np.pi / 3)
    assert turned.std() == pytest.approx(0.2, rel=0.03)
    assert turned.mean() == pytest.approx(0, abs=0.01)


def test_an_uneven_number_of_samples_is_shared_out_among_the_arms():
    assert np.bincount(samples("spiral", samples=11, classes=3).y).tolist() == [4, 4, 3]


# Moons, circles, exclusive or, blobs


def test_moons_and_circles_are_scikit_learns():
    x, y = make_moons(60, noise=0.3, random_state=5)
    drawn = samples("moons", samples=60, noise=0.3, seed=5)
    np.testing.assert_array_equal(drawn.x, x)
    np.testing.assert_array_equal(drawn.y, y)
    x, y = make_circles(60, noise=0.05, factor=0.5, random_state=5)
    drawn = samples("circles", samples=60, noise=0.05, seed=5)
    np.testing.assert_array_equal(drawn.x, x)
    np.testing.assert_array_equal(drawn.y, y)


def test_the_classes_of_moons_and_circles_lie_where_their_names_say():
    moons = samples("moons", noise=0)
    assert [moons.x[moons.y == moons.classes.index(name), 1].mean() > 0.25 for name in ("upper", "lower")] == [1, 0]
    circles = samples("circles", noise=0)
    radius = np.hypot(*circles.x.T)
    np.testing.assert_allclose(radius[circles.y == circles.classes.index("outer")], 1)
    np.testing.assert_allclose(radius[circles.y == circles.classes.index("inner")], 0.5)


def test_exclusive_or_without_noise_repeats_four_points():
    drawn = samples("xor", samples=40, noise=0)
    table = {(-1, -1): 0, (-1, 1): 1, (1, -1): 1, (1, 1): 0}
    points, counts = np.unique(drawn.x, axis=0, return_counts=True)
    assert {tuple(point) for point in points.astype(int).tolist()} == set(table)
    assert counts.tolist() == [10] * 4
    assert all(table[tuple(point)] == label for point, label in zip(drawn.x.astype(int).tolist(), drawn.y, strict=True))


def test_no_line_separates_exclusive_or_moons_or_circles():
    for name in ("xor", "moons", "circles"):
        drawn = samples(name, noise=0.1)
        assert not separable(drawn.x, drawn.y), name


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_a_line_separates_each_blob_from_the_others(classes):
    drawn = samples("blobs", classes=classes)
    assert all(separable(drawn.x, drawn.y == k) for k in range(classes))


@pytest.mark.parametrize("classes", [2, 3, 8, 20])
def test_one_linear_layer_tells_any_number_of_blobs_apart(classes):
    angle = 2 * np.pi / classes * np.arange(classes)
    drawn = samples("blobs", classes=classes)
    logits = drawn.x @ np.stack([np.sin(angle), np.cos(angle)])
    np.testing.assert_array_equal(logits.argmax(1), drawn.y)


def test_neighbouring_blobs_lie_two_apart():
    for classes in (2, 3, 7):
        drawn = samples("blobs", samples=classes * 2, classes=classes, noise=0)
        centres = drawn.x[::2]
        np.testing.assert_allclose(np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1), 2)


# Loans


def test_loans_without_noise_follow_the_documented_rule():
    drawn = samples("loans")
    income, debt_share, years, savings = drawn.x.T
    score = income / 1000 - 6 * debt_share + years / 10 + savings / 10_000 - 2
    assert np.abs(score).min() >= 0.3
    np.testing.assert_array_equal(drawn.y == drawn.classes.index("granted"), score > 0)
    assert drawn.features == ("income_eur", "debt_share", "years_employed", "savings_eur")


@pytest.mark.parametrize("seed", range(5))
def test_a_plane_separates_granted_from_refused_loans(seed):
    drawn = samples("loans", seed=seed)
    assert separable(drawn.x, drawn.y)


@pytest.mark.parametrize("seed", range(5))
def test_the_perceptron_rule_ends_with_no_error_on_loans(seed):
    train = load("loans", seed=seed).train
    x, y = train.x.numpy(), train.y.numpy().ravel()
    assert Perceptron(max_iter=1000, tol=None, random_state=0).fit(x, y).score(x, y) == 1


def test_noise_makes_loans_inseparable():
    drawn = samples("loans", noise=1.0)
    assert not separable(drawn.x, drawn.y)


def test_both_decisions_on_loans_are_common_and_the_figures_are_plausible():
    drawn = samples("loans", samples=5000)
    assert 0.4 < drawn.y.mean() < 0.6
    assert (drawn.x >= 0).all()
    assert np.median(drawn.x[:, 0]) == pytest.approx(2000, rel=0.1)
    assert drawn.x[:, 1].max() <= 0.6
    assert drawn.x[:, 2].max() <= 20


# Regression

BY_HAND = {
    "sine": lambda x: math.sin(2 * x),
    "step": lambda x: -1 if x < -1.5 else 1,
    "bumps": lambda x: math.exp(-8 * (x + 2) ** 2) - math.exp(-2 * x * x) + math.exp(-8 * (x - 2) ** 2),
    "cubic": lambda x: x**3 / 9 - x / 3,
}


@pytest.mark.parametrize("function", BY_HAND)
def test_a_curve_without_noise_is_its_function(function):
    drawn = samples("curve", function=function, noise=0)
    expected = [BY_HAND[function](x) for x in drawn.x.ravel()]
    np.testing.assert_allclose(drawn.y.ravel(), expected, atol=1e-12)


def test_curve_measures_the_whole_interval_but_the_gap():
    x = samples("curve", samples=20_000).x.ravel()
    assert -3 <= x.min() < -2.99
    assert 2.99 < x.max() <= 3
    assert not ((x > -0.5) & (x < 1)).any()
    # 2.5 of the 4.5 that are measured lie left of the gap.
    assert (x < 0).mean() == pytest.approx(2.5 / 4.5, abs=0.02)


def test_curve_without_a_gap_measures_evenly():
    x = samples("curve", samples=20_000, gap=False).x.ravel()
    assert np.histogram(x, bins=6, range=(-3, 3))[0] == pytest.approx([20_000 / 6] * 6, rel=0.1)


def test_the_noise_of_a_curve_has_the_deviation_asked_for():
    drawn = samples("curve", samples=20_000, noise=0.3)
    assert (drawn.y - np.sin(2 * drawn.x)).std() == pytest.approx(0.3, rel=0.03)


def test_the_test_points_of_a_curve_lie_where_it_was_measured_too():
    data = load("curve")
    x = torch.cat([data.valid.x, data.test.x])
    assert x.abs().max() <= 3
    assert not ((x > -0.5) & (x < 1)).any()


def test_houses_without_noise_are_the_documented_plane():
    drawn = samples("houses", noise=0)
    design = np.column_stack([np.ones(len(drawn.x)), drawn.x])
    weights = np.linalg.lstsq(design, drawn.y.ravel(), rcond=None)[0]
    np.testing.assert_allclose(weights, [50, 2.5, -6], rtol=1e-9)


def test_houses_are_plausible_and_noisy_by_so_many_thousand_euros():
    drawn = samples("houses", samples=20_000, noise=15)
    area, distance = drawn.x.T
    assert 40 <= area.min() < area.max() <= 200
    assert 0 <= distance.min() < distance.max() <= 20
    residual = drawn.y.ravel() - (50 + 2.5 * area - 6 * distance)
    assert residual.std() == pytest.approx(15, rel=0.03)


def test_houses_are_standardised_on_train_alone_and_so_is_the_price():
    data, raw = load("houses"), load("houses", standardise=False)
    scaler = StandardScaler().fit(raw.train.x.double().numpy())
    for name in ("train", "valid", "test"):
        expected = scaler.transform(getattr(raw, name).x.double().numpy())
        np.testing.assert_allclose(getattr(data, name).x.numpy(), expected, atol=1e-5)
    assert data.train.y.mean().item() == pytest.approx(0, abs=1e-5)
    assert data.train.y.std(correction=0).item() == pytest.approx(1, abs=1e-5)
    price = data.test.y * data.target.scale[0] + data.target.mean[0]
    area, distance = raw.test.x.T
    assert (price.ravel() - (50 + 2.5 * area - 6 * distance)).std().item() == pytest.approx(15, rel=0.5)


# Several labels


def test_each_text_has_a_topic_and_some_have_several():
    drawn = samples("multilabel")
    assert set(np.unique(drawn.y)) == {0, 1}
    per_text = drawn.y.sum(1)
    assert per_text.min() == 1
    assert per_text.max() > 2
    assert drawn.y.mean(0).min() > 0.1


def test_the_number_of_labels_and_words_can_be_chosen():
    data = load("multilabel", labels=3, words=8)
    assert data.outputs == 3
    assert data.classes == data.target.names == ("topic 1", "topic 2", "topic 3")
    assert data.shape == (8,)
    assert data.train.y.shape == (len(data.train), 3)
    assert data.train.y.dtype == torch.float32


# Two classes either way


def test_two_classes_can_be_one_sigmoid_or_a_softmax_over_two():
    binary, softmax = load("moons"), load("moons", task="multiclass")
    assert (binary.outputs, binary.train.y.dtype, binary.train.y.shape[1:]) == (1, torch.float32, (1,))
    assert (softmax.outputs, softmax.train.y.dtype, softmax.train.y.shape[1:]) == (2, torch.int64, ())
    assert torch.equal(binary.train.y.long().squeeze(1), softmax.train.y)
    assert torch.equal(softmax.as_task("binary").train.y, binary.train.y)


def test_two_arms_can_be_a_binary_task_and_three_cannot():
    assert load("spiral", classes=2, task="binary").outputs == 1
    with pytest.raises(InputError, match=r"spiral is for data\.task = multiclass"):
        load("spiral", task="binary")


def test_a_task_that_does_not_exist_is_refused_and_the_nearest_named():
    with pytest.raises(InputError, match="no task called 'multi-class'") as caught:
        load("spiral", task="multi-class")
    assert caught.value.hint == "Did you mean 'multiclass'?"
