"""The history as text and table: each number comes back exactly."""

from __future__ import annotations

import csv
import io
import math

from hypothesis import given, settings
from hypothesis import strategies as st
from training import dense, train

from neurona.data import load
from neurona.fit.history import Epoch, to_csv, to_frame

NUMBERS = st.floats() | st.sampled_from([5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e22, -0.0])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=10))
@settings(deadline=None)
def test_every_float_comes_back_from_csv_to_the_last_bit(values: list[tuple[float, float]]) -> None:
    rows = [{"epoch": i, "lr": lr, "train_loss": loss} for i, (lr, loss) in enumerate(values, start=1)]
    back = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(io.StringIO(to_csv(rows)))]
    for row, other in zip(rows, back, strict=True):
        for name, value in row.items():
            assert (math.isnan(value) and math.isnan(other[name])) or value == other[name]
            assert math.isnan(value) or math.copysign(1, value) == math.copysign(1, other[name])


def test_the_history_of_a_fit_comes_back_from_csv() -> None:
    data = load("houses")
    fit = train(dense(data), data, epochs=4, schedule="one-cycle", batch=16)
    back = list(csv.DictReader(io.StringIO(to_csv(fit.history))))
    assert [{key: float(value) for key, value in row.items()} for row in back] == fit.history
    assert list(back[0]) == [
        *("epoch", "lr", "train_loss", "train_loss_std", "train_rmse", "train_rmse_std"),
        *("train_mae", "train_mae_std", "train_r2", "train_r2_std"),
        *("valid_loss", "valid_rmse", "valid_mae", "valid_r2"),
    ]


def test_an_empty_history_is_a_header() -> None:
    assert to_csv([]) == "epoch\n"
    assert to_frame([]).empty


def test_the_table_has_the_epoch_as_its_index() -> None:
    epoch = Epoch(5, 0.1, 0.01, {"loss": 1.5}, {"loss": 0.5}, {"loss": 2.0})
    frame = to_frame([epoch.row()])
    assert frame.index.tolist() == [5]
    assert frame.to_dict("records") == [{"lr": 0.01, "train_loss": 1.5, "train_loss_std": 0.5, "valid_loss": 2.0}]


def test_the_time_is_no_part_of_the_history() -> None:
    assert Epoch(1, 0.1, 0.01, {"loss": 1.0}).row() == Epoch(1, 9.9, 0.01, {"loss": 1.0}).row()
