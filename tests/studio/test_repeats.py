"""Several seeds, and a weight set by hand, without a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import scipy.stats
import torch
from recipes import compare

from neurona.recipe import Recipe
from neurona.training import train

SMALL = {
    "name": "small",
    "data": {"name": "moons"},
    "net": {"kind": "mlp", "hidden": [6], "dropout": 0.2},
    "fit": {"lr": 0.05, "epochs": 4, "batch": 64},
}
TEXT = """name = "small"
[data]
name = "moons"
[net]
kind = "mlp"
hidden = [6]
dropout = 0.2
[fit]
lr = 0.05
epochs = 4
batch = 64
"""


def worked(page: Any) -> dict[str, Any]:
    """Let the seeds train to their end, and return what the page has heard of them."""
    while page.workshop.repeats.busy:
        assert page.workshop.wait() == 0
        page.workshop.turn()
    bands = [message for message in page.messages if message["kind"] == "band"]
    rows: list[Any] = []
    for message in bands:
        rows = rows[: message["first"]] + message["rows"]
    return {**bands[-1], "rows": rows}


def test_the_band_is_what_compare_finds(page: Any, tmp_path: Path) -> None:
    page.tell("toml", text=TEXT)
    page.tell("seeds", count=3)
    found = worked(page)
    comparison = compare(SMALL | {"seeds": 3}, tmp_path / "three")
    (runs,) = comparison.runs.values()
    for index, row in enumerate(found["rows"]):
        for name in ("train_loss", "valid_accuracy"):
            values = [run.rows[index][name] for run in runs]
            low, high = scipy.stats.t.interval(0.95, 2, sum(values) / 3, scipy.stats.sem(values))
            assert row[name][0] - row[name][1] == pytest.approx(low)
            assert row[name][0] + row[name][1] == pytest.approx(high)
    assert [row["epoch"] for row in found["rows"]] == [1, 2, 3, 4]
    table = comparison.table().iloc[0]
    assert found["test"]["accuracy"] == [table["test.accuracy"], table["test.accuracy 95%"]]


def test_the_run_in_view_trains_as_if_it_were_alone(page: Any, tmp_path: Path) -> None:
    page.tell("change", key="net.dropout", value=0.3)
    page.tell("seeds", count=3)
    page.train()
    worked(page)
    theirs = train("spiral", epochs=5, net={"dropout": 0.3}, out=tmp_path / "theirs", report=False)
    assert page.workshop.fit.history == theirs.rows


def test_another_recipe_begins_the_band_anew_and_one_seed_ends_it(page: Any) -> None:
    page.tell("toml", text=TEXT)
    page.tell("seeds", count=3)
    before = worked(page)
    page.tell("change", key="net.hidden", value=[3])
    after = worked(page)
    assert after["seeds"] == 3 and after["rows"] != before["rows"]
    page.tell("language", language="en")
    assert not page.workshop.repeats.busy
    page.tell("seeds", count=1)
    assert page.last("band")["rows"] == [] and not page.workshop.repeats.busy
    page.tell("seeds", count="many")
    assert page.workshop.repeats.count == 1


def test_seeds_that_diverge_leave_a_gap(page: Any) -> None:
    page.tell("toml", text='[data]\nname = "houses"\n[net]\nkind = "linear"\n[fit]\noptimizer = "sgd"\nlr = 1e6\n')
    page.tell("seeds", count=3)
    found = worked(page)
    assert found["share"] == 1 and found["test"]["rmse"] == [None, None]


def test_training_goes_on_from_a_weight_set_by_hand(page: Any) -> None:
    page.tell("step")
    fit = page.workshop.fit
    twin = Recipe.read("spiral").with_changes({"fit.epochs": 5}).start()
    next(iter(twin))
    page.tell("weight", layer="hidden1", to=2, value=-3.5, **{"from": 1})
    page.tell("weight", layer="output", to=0, value=0.25)
    assert fit.net.hidden1.weight[2, 1].item() == -3.5 and fit.net.output.bias[0].item() == 0.25
    remarks = [message["text"] for message in page.messages if message["kind"] == "remark"]
    assert len(remarks) == 1 and "by hand" in remarks[0]
    with torch.no_grad():
        twin.net.hidden1.weight[2, 1], twin.net.output.bias[0] = -3.5, 0.25
    page.train()
    for _epoch in twin:
        pass
    assert twin.history == fit.history
    assert all(torch.equal(a, b) for a, b in zip(twin.net.parameters(), fit.net.parameters(), strict=True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"layer": "hidden9", "to": 0, "value": 1.0},
        {"layer": "hidden1", "to": 100, "value": 1.0},
        {"layer": "hidden1", "to": -1, "value": 1.0},
        {"layer": "hidden1", "to": 0, "from": 7, "value": 1.0},
        {"layer": "hidden1", "to": 0, "from": 1, "value": None},
        {"layer": "hidden1", "to": 0, "from": 1, "value": "3"},
        {"layer": "hidden1", "to": 0, "from": 1, "value": float("nan")},
    ],
)
def test_no_other_weight_can_be_set(page: Any, wrong: dict[str, Any]) -> None:
    before = [value.clone() for value in page.workshop.fit.net.parameters()]
    (problem,) = page.tell("weight", **wrong)
    assert problem["kind"] == "problem" and problem["hint"]
    assert all(torch.equal(a, b) for a, b in zip(before, page.workshop.fit.net.parameters(), strict=True))
