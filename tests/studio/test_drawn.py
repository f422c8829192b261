"""Rows that a VAE or a GAN draws for a table: their units, their distribution, and the real rows beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from recipes import flats
from sklearn.datasets import load_wine

from neurona.studio import recipe_text
from neurona.studio.views.drawn import DRAWN, REAL, SHOWN
from neurona.studio.views.measured import BINS

GAN = {
    "data": {"name": "wine", "task": "adversarial"},
    "net": {"kind": "gan", "noise": 4},
    "fit": {"lr": 0.001, "epochs": 3},
}
VAE = {
    "data": {"path": "flats.csv", "target": "dear", "task": "variational"},
    "net": {"kind": "vae", "hidden": [16], "latent": 2},
    "fit": {"loss": "mse", "lr": 0.01, "epochs": 60},
}


def shown(page: Any, recipe: dict[str, Any], steps: int = 3) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the view says of a recipe once and for all, and after some epochs."""
    page.tell("toml", text=recipe_text.written(recipe))
    assert page.last("state")["scene"]["net"] and page.workshop.fit.task.name == recipe["data"]["task"]
    for _epoch in range(steps):
        page.tell("step")
    page.tell("look", view="drawn")
    said = page.messages[-1]
    assert said["kind"] == "looked", said
    return page.last("state")["scene"]["about"]["drawn"], said["shown"]


def noise(numbers: int) -> torch.Tensor:
    return torch.randn(DRAWN, numbers, generator=torch.Generator().manual_seed(0))


def unstandardised(data: Any, rows: torch.Tensor) -> np.ndarray:
    """Return numbers in units, by mean and deviation that scikit-learn's table has on the rows of train."""
    raw = load_wine()
    train = data.train.x.double().numpy()
    measured = train * [one.scale for one in data.inputs.columns] + [one.mean for one in data.inputs.columns]
    places = [int(np.abs(raw.data - row).sum(1).argmin()) for row in measured]
    part = raw.data[places]
    numbers: np.ndarray = rows.double().numpy() * part.std(0) + part.mean(0)
    return numbers


def test_rows_of_a_gan_are_what_its_generator_makes_in_units(page: Any) -> None:
    about, frame = shown(page, GAN)
    fit = page.workshop.fit
    with torch.no_grad():
        made = fit.net.eval().generator(noise(4))
        taken = fit.net.discriminator(made[:SHOWN]).sigmoid()[:, 0]
    rows = unstandardised(fit.data, made)
    texts = np.array(frame["rows"]).T
    assert [one["name"] for one in about["columns"]] == load_wine().feature_names
    assert texts.shape == (SHOWN, 13) and np.allclose(texts.astype(float), rows[:SHOWN], rtol=0.02, atol=0.02)
    assert frame["real"] == pytest.approx(taken.tolist(), abs=1e-6)
    for column, known, values in zip(frame["columns"], about["columns"], rows.T, strict=True):
        low, high = (float(end) for end in known["ends"])
        bars = np.histogram(values.clip(low, high), BINS, (low, high))[0] / DRAWN
        assert sum(column["bars"]) == pytest.approx(1) and np.abs(np.array(column["bars"]) - bars).sum() < 0.15
        assert (column["mean"], column["std"]) == pytest.approx((values.mean(), values.std()), rel=1e-4)


def test_real_rows_are_those_of_the_table(page: Any) -> None:
    about, _frame = shown(page, GAN, steps=1)
    raw, train = load_wine(as_frame=True).data, page.workshop.fit.data.train
    assert about["real"] == len(train) < REAL and not about["means"]
    for row in np.array(about["rows"]).T.astype(float):
        halves = [0.501 * 0.1 ** column["decimals"] for column in about["columns"]]
        assert (np.abs(raw.to_numpy() - row) <= halves).all(1).any()
    for column in about["columns"]:
        values = raw[column["name"]]
        assert column["mean"] == pytest.approx(values.mean(), rel=0.1) and sum(column["bars"]) == pytest.approx(1)
        assert float(column["ends"][0]) <= values.quantile(0.05) and float(column["ends"][1]) >= values.quantile(0.95)


def test_names_and_dates_of_a_vae_are_those_of_the_table(page: Any) -> None:
    table = flats()
    table.to_csv("flats.csv", index=False)
    about, frame = shown(page, VAE, steps=60)
    fit, names = page.workshop.fit, [one["name"] for one in about["columns"]]
    assert names == ["area", "town", "sold", "lift", "price"] and about["means"] and frame["real"] is None
    town, sold = names.index("town"), names.index("sold")
    with torch.no_grad():
        made = fit.net.eval().decode(noise(2)).numpy()
    block = fit.data.feature_names.index("town=Lugo") - 1  # A Coruña, Lugo, Vigo
    likeliest = np.array(["A Coruña", "Lugo", "Vigo"])[made[:, block : block + 3].argmax(1)]
    missing = made[:, block : block + 3].sum(1) < 0.5
    assert frame["rows"][town] == np.where(missing, "-", likeliest)[:SHOWN].tolist()
    assert about["columns"][town]["values"] == ["A Coruña", "Lugo", "Vigo"]
    shares = [float(((likeliest == name) & ~missing).mean()) for name in ("A Coruña", "Lugo", "Vigo")]
    assert frame["columns"][town]["bars"] == pytest.approx(shares)
    real = table["town"].value_counts(normalize=True, dropna=False)
    for name, share in zip(about["columns"][town]["values"], about["columns"][town]["bars"], strict=True):
        assert share == pytest.approx(real[name], abs=0.12)
    dates = pd.to_datetime(pd.Series(frame["rows"][sold]))
    assert dates.between("2019-06-01", "2024-06-01").all()
    assert set(about["rows"][sold]) - {"-"} <= set(table["sold"].fillna(about["rows"][sold][0]))
    area = fit.data.inputs.columns[0]
    values = made[:, 0].astype(np.float64) * area.scale + area.mean
    assert frame["columns"][0]["mean"] == pytest.approx(values.mean(), rel=1e-5)


def test_the_same_noise_is_drawn_all_along_and_training_stays_as_it_was(page: Any) -> None:
    _about, before = shown(page, GAN)
    page.tell("look", view="drawn")
    assert page.messages[-1]["shown"] == before
    rows = page.workshop.fit.history
    page.tell("reset")
    for _epoch in range(3):
        page.workshop.advance()  # nobody looks
    assert page.workshop.fit.history == rows


def test_features_are_drawn_as_columns_of_their_own(page: Any) -> None:
    recipe = GAN | {"data": {**GAN["data"], "features": ["log(proline)", "hue"]}}  # type: ignore[dict-item]
    about, frame = shown(page, recipe, steps=1)
    assert [one["name"] for one in about["columns"]] == ["log(proline)", "hue"]
    assert about["columns"][0]["mean"] == pytest.approx(
        np.log(load_wine(as_frame=True).data["proline"]).mean(), rel=0.02
    )
    assert len(frame["rows"]) == 2


def test_points_of_a_plane_and_classes_have_no_such_view(page: Any) -> None:
    assert "drawn" not in page.last("state")["scene"]["views"]
    page.tell("toml", text=recipe_text.written(GAN | {"data": {"name": "moons", "task": "adversarial"}}))
    assert "drawn" not in page.last("state")["scene"]["views"]
    assert "samples" in page.last("state")["scene"]["views"]


def test_a_point_of_the_latent_plane_is_decoded_to_a_row_in_units(page: Any) -> None:
    recipe = VAE | {"data": {"name": "wine", "task": "variational"}}
    shown(page, recipe)
    page.tell("look", view="latent", at=[0.5, -1.0])
    about, held = page.last("state")["scene"]["about"]["latent"], page.messages[-1]["shown"]
    assert about["columns"][0] == "alcohol" and len(about["columns"]) == 13
    fit = page.workshop.fit
    with torch.no_grad():
        row = fit.net.eval().decode(torch.tensor([[0.5, -1.0]]))
    (wanted,) = unstandardised(fit.data, row)
    decoded, nearest = ([float(text) for text in texts] for texts in held["row"])
    assert decoded == pytest.approx(wanted, rel=0.02)
    raw, test = load_wine().data, fit.data.test
    assert np.abs(raw - nearest).sum(1).min() == pytest.approx(0, abs=0.6)  # it is one of the wines, as they are told
    with torch.no_grad():
        codes = fit.net.encode(fit.data.inputs.prepare(test.x))[0]
    closest = int((codes - torch.tensor([0.5, -1.0])).square().sum(1).argmin())
    assert nearest == pytest.approx(unstandardised(fit.data, test.x[closest : closest + 1])[0], rel=0.02)
