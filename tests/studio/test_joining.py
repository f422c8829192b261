"""Points that are drawn while a net learns join its training."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from neurona.data import load
from neurona.studio import recipe_text
from neurona.studio.points import of_splits

# Two rings; each has 12 points.
RINGS = [
    [round(float(np.cos(t)) * r, 3), round(float(np.sin(t)) * r, 3), k]
    for k, r in ((0, 0.3), (1, 0.8))
    for t in range(12)
]
# Later points, one after the other.
LATER = [[round(-0.95 + 0.05 * i, 3), 0.9, i % 2] for i in range(30)]
PLAIN = {"optimizer": "momentum", "lr": 0.05, "schedule": "constant", "batch": 5, "epochs": 12}
MOMENTUM = 0.9


def begun(page: Any, epochs: int, **data: Any) -> Any:
    """Return the fit of drawn points after some epochs."""
    page.tell("points", points=RINGS)
    if data:
        page.tell("change", changes={f"data.{key}": value for key, value in data.items()})
    page.tell("change", changes={"net.hidden": [6], **{f"fit.{key}": value for key, value in PLAIN.items()}})
    for _epoch in range(epochs):
        page.tell("step")
    return page.workshop.fit


def remarks(said: list[dict[str, Any]]) -> str:
    return " ".join(message["text"] for message in said if message["kind"] == "remark")


def by_hand(net: torch.nn.Module, parts: list[tuple[Any, int]], seed: int) -> list[float]:
    """Train a net with a plain loop of PyTorch on one dataset after the other; return the loss of each epoch.

    Args:
        net: with the weights that it starts from.
        parts: datasets, each with the epochs that are made on it.
        seed: of the order of the samples.
    """
    order, losses = torch.Generator().manual_seed(seed), []
    sgd = torch.optim.SGD(net.parameters(), lr=PLAIN["lr"], momentum=MOMENTUM)  # type: ignore[arg-type]
    net.train()
    for data, epochs in parts:
        x, y = data.train.x, data.train.y
        for _epoch in range(epochs):
            total = 0.0
            for rows in torch.randperm(len(x), generator=order).split(5):
                sgd.zero_grad()
                loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x[rows]), y[rows])
                loss.backward()
                sgd.step()
                total += loss.item() * len(rows)
            losses.append(total / len(x))
    return losses


@pytest.mark.parametrize("engine", ["torch", "compiled", "glass"])
def test_points_join_as_they_do_in_a_plain_loop_of_pytorch(page: Any, engine: str) -> None:
    page.tell("points", points=RINGS)
    page.tell("change", changes={"net.hidden": [6], **{f"fit.{key}": value for key, value in PLAIN.items()}})
    page.tell("change", key="fit.engine", value=engine)
    shop = page.workshop
    net, first = shop.recipe.build(shop.fit.data), shop.fit.data
    for _epoch in range(4):
        page.tell("step")
    said = page.tell("points", points=[*RINGS, *LATER[:9]])
    assert "Points join from epoch 5 on" in remarks(said)
    assert shop.fit.epoch == 4 and len(shop.fit.history) == 4
    for _epoch in range(3):
        page.tell("step")
    losses = by_hand(net, [(first, 4), (shop.fit.data, 3)], shop.fit.options.seed)
    assert [row["train_loss"] for row in shop.fit.history] == pytest.approx(losses, rel=1e-4)
    for ours, theirs in zip(shop.fit.net.parameters(), net.parameters(), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def test_an_epoch_that_has_begun_batch_by_batch_ends_on_the_points_that_it_began_with(page: Any) -> None:
    begun(page, 3)
    shop = page.workshop
    net, first = shop.recipe.build(shop.fit.data), shop.fit.data
    page.tell("batch")
    page.tell("batch")
    said = page.tell("points", points=[*RINGS, *LATER[:9]])
    assert "Points join from epoch 5 on" in remarks(said)
    assert (shop.fit.epoch, shop.fit.steps[0], len(shop.fit.history)) == (4, 0, 4)
    page.tell("batch")
    page.tell("step")
    losses = by_hand(net, [(first, 4), (shop.fit.data, 1)], shop.fit.options.seed)
    assert [row["train_loss"] for row in shop.fit.history] == pytest.approx(losses, rel=1e-4)


def test_a_run_that_would_judge_by_a_point_that_was_trained_on_says_so(page: Any) -> None:
    begun(page, 1)
    points = list(RINGS)
    assert "have been" not in remarks(page.tell("take", what="run"))
    for point in LATER:
        points.append(point)
        page.tell("points", points=points)
        behind = len(page.workshop.fit.data.train) - len(load("points.csv", target="class", standardise=False).train)
        if behind:
            break
    assert f"{behind} point that has been trained on" in remarks(page.tell("take", what="run"))


def test_each_point_stays_in_its_part_and_all_of_them_are_there(page: Any) -> None:
    begun(page, 1)
    page.tell("change", key="fit.epochs", value=100)
    points = list(RINGS)
    for point in LATER:
        before = {name: Counter(there) for name, there in of_splits(page.workshop.fit.data).items()}
        points.append(point)
        said = page.tell("points", points=points)
        assert "anew" not in remarks(said)
        after = {name: Counter(there) for name, there in of_splits(page.workshop.fit.data).items()}
        assert not before["train"] - after["train"]  # what was learned from is never what is judged by
        table = pd.read_csv("points.csv")
        assert sum(after.values(), Counter()) == Counter(table.itertuples(index=False, name=None))
        assert len(table) == len(points)
        page.tell("step")
    assert page.workshop.fit.epoch == 1 + len(LATER)
    shares = [len(part) / len(points) for part in (page.workshop.fit.data.valid, page.workshop.fit.data.test)]
    assert shares == pytest.approx([0.15, 0.15], abs=0.03)


def test_a_stroke_that_joined_is_the_split_that_the_recipe_gives(page: Any, tmp_path: Path) -> None:
    begun(page, 2)
    page.tell("points", points=[*RINGS, *LATER])
    now = page.workshop.fit.data
    loaded = load("points.csv", target="class", standardise=False)
    assert loaded.fingerprint() == now.fingerprint()
    page.tell("take", what="run")
    with zipfile.ZipFile(page.last("file")["file"]) as packed:
        packed.extractall(tmp_path / "taken")
    from neurona.run import Run

    assert len(Run.open(tmp_path / "taken" / "points").data().train) == len(now.train)


def test_points_that_are_erased_leave_the_training(page: Any) -> None:
    begun(page, 3)
    said = page.tell("points", points=RINGS[3:])
    assert page.workshop.fit.epoch == 3 and "anew" not in remarks(said)
    assert sum(page.last("state")["scene"]["samples"].values()) == 21
    page.tell("step")
    assert page.workshop.fit.epoch == 4


def test_the_numbers_are_those_of_the_data_as_they_are(page: Any) -> None:
    begun(page, 3)
    page.tell("points", points=[*RINGS, *LATER])
    frame, fit = page.last("frame"), page.workshop.fit
    for name in ("train", "valid"):
        split = getattr(fit.data, name)
        with torch.no_grad():
            logits = fit.net.eval()(split.x)
        assert frame["now"][f"{name}_loss"] == pytest.approx(
            float(torch.nn.functional.binary_cross_entropy_with_logits(logits, split.y)), rel=1e-5
        )
        assert frame["now"][f"{name}_accuracy"] == pytest.approx(
            float(((logits > 0) == (split.y > 0.5)).float().mean())
        )
    assert len(frame["rows"]) == 3
    page.tell("step")
    assert page.last("frame")["now"] is None


def test_another_class_starts_anew_and_says_so(page: Any) -> None:
    begun(page, 3)
    said = page.tell("points", points=[*RINGS, *([-0.9, round(0.1 * i, 1), 2] for i in range(4))])
    assert "there are other classes" in remarks(said) and page.workshop.fit.epoch == 0


def test_another_standardisation_starts_anew_and_says_so(page: Any) -> None:
    begun(page, 3, standardise=True)
    said = page.tell("points", points=[*RINGS, *LATER])
    assert "standardised anew" in remarks(said) and page.workshop.fit.epoch == 0


def test_another_split_starts_anew_and_says_so(page: Any) -> None:
    begun(page, 3)
    said = page.tell("change", key="data.test", value=0.3)
    assert "starts anew" in remarks(said) and page.workshop.fit.epoch == 0


def test_points_that_come_after_the_end_are_shown_and_train_starts_anew(page: Any) -> None:
    begun(page, 12)
    said = page.tell("points", points=[*RINGS, *LATER])
    assert "Train starts anew" in remarks(said)
    assert page.last("frame")["ended"] and page.last("frame")["test"] is not None
    page.tell("change", key="fit.epochs", value=14)
    page.tell("step")
    assert page.workshop.fit.epoch == 13
    page.train()
    page.tell("play")
    assert page.workshop.fit.epoch == 0


def test_early_stopping_looks_at_the_new_points_alone(page: Any) -> None:
    begun(page, 0)
    page.tell("change", changes={"fit.patience": 5, "fit.epochs": 30})
    for _epoch in range(3):
        page.tell("step")
    page.tell("points", points=[*RINGS, *LATER])
    assert page.workshop.fit.state()["best"]["epoch"] == 0
    page.tell("step")
    assert page.workshop.fit.state()["best"]["epoch"] == 4


def test_the_seeds_begin_anew_on_the_points_as_they_are(page: Any) -> None:
    begun(page, 2)
    page.tell("seeds", count=3)
    page.workshop.repeats.work()
    page.tell("points", points=[*RINGS, *LATER])
    while page.workshop.repeats.busy:
        page.workshop.repeats.work()
    assert len(page.workshop.repeats._fits[0].data.train) > 24


def test_points_that_do_not_suit_leave_the_training_as_it_was(page: Any) -> None:
    begun(page, 3)
    page.tell("points", points=RINGS[:5])
    assert "not enough" in page.last("problem")["problem"] and page.workshop.fit.epoch == 3
    assert len(pd.read_csv("points.csv")) == len(RINGS)


def test_a_recipe_with_features_goes_on_too(page: Any) -> None:
    begun(page, 2, features=["x1^2", "x2^2"])
    page.tell("points", points=[*RINGS, *LATER])
    assert page.workshop.fit.epoch == 2 and page.workshop.fit.data.feature_names == ("x1^2", "x2^2")
    assert "features" in recipe_text.read(page.workshop.text)["data"]
