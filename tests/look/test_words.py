"""Numbers and metrics as people write them."""

import math

import pytest

from neurona import language
from neurona.look.words import counts_text, interval_text, metric_name, metric_value, number, percent, seconds


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.9934, "99.3 %"), (1.0, "100 %"), (0.0, "0 %"), (0.99997, "99.997 %"), (0.5, "50.0 %"), (0.0004, "0.04 %")],
)
def test_a_share_is_written_as_per_cent_and_only_all_is_a_hundred(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.034217, "0.03422"), (12.5, "12.50"), (603, "603"), (70_000, "70\u202f000"), (1.5e-7, "1.5e-07"), (0, "0")],
)
def test_numbers_have_four_significant_digits(value, text):
    assert number(value) == text


def test_what_is_missing_is_a_dash():
    assert metric_value("loss", None) == metric_value("accuracy", math.nan) == number(math.nan) == "–"


def test_a_duration_has_the_unit_that_suits_it():
    assert [seconds(value) for value in (1.23, 42.4, 90, 7200)] == ["1.2 s", "42 s", "1.5 min", "2.0 h"]


@pytest.mark.parametrize(
    ("metric", "mean", "half", "text"),
    [
        ("test.accuracy", 0.982, 0.0041, "98.20 ± 0.41 %"),
        ("test.accuracy", 0.88, 0.123, "88 ± 12 %"),
        ("test.accuracy", 1.0, 0.0, "100 %"),
        ("seconds", 0.0013333, 0.00085686, "0.00133 ± 0.00086 s"),
        ("seconds", 90.0, 3.0, "1.500 ± 0.050 min"),
        ("test.loss", 0.0342, 0.0996, "0.034 ± 0.100"),
        ("test.rmse", 123456.0, 2345.0, "123500 ± 2300"),
        ("test.loss", -0.0001, 0.5, "0.00 ± 0.50"),
        ("test.loss", 1.5e-9, 2e-10, "1.5e-09 ± 2e-10"),
        ("test.loss", 1.0, 1e-12, "1 ± 1e-12"),
        ("test.rmse", 2.1e30, 2.6e30, "2.1e+30 ± 2.6e+30"),
        ("test.loss", 0.5, math.nan, "0.5000"),
        ("test.loss", math.nan, math.nan, "–"),
    ],
)
def test_a_mean_and_its_interval_end_at_the_same_place(metric, mean, half, text):
    assert interval_text(metric, mean, half) == text


def test_metrics_have_names_for_people():
    assert metric_name("rmse") == "root mean squared error"
    assert metric_name("test.accuracy") == "test accuracy"
    assert metric_name("history.train_loss@1000") == "train loss at epoch 1000"
    assert metric_name("precision_at_3") == "precision at 3"


def test_how_many_trials_ended_how_is_said():
    assert counts_text(["complete"] * 5 + ["pruned"]) == "6 trials: 5 complete, 1 pruned"
    assert counts_text(["diverged"]) == "1 trial: 1 diverged"


def test_names_follow_the_language_in_use(monkeypatch):
    monkeypatch.setattr(language, "_chosen", ["es"])
    monkeypatch.setattr(language, "_catalogue", lambda _code: Shouting())
    assert metric_name("rmse") == "ROOT MEAN SQUARED ERROR"


class Shouting:
    def gettext(self, message):
        return message.upper()
