"""A net of one unit, held against its formula in the units of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from neurona.studio.views.formula import Formula


def changed(page: Any, recipe: str, **changes: Any) -> dict[str, Any]:
    """Open a recipe, change it, train it for an epoch, and return what stands on the page."""
    page.tell("open", name=recipe)
    if changes:
        page.tell("change", changes={key.replace("__", "."): value for key, value in changes.items()}, key="net.kind")
    page.tell("step")
    scene: dict[str, Any] = page.last("frame")["scene"]
    return scene


def raw(page: Any) -> np.ndarray:
    """Return the columns of test in the units in which they were measured, `(n, d)`."""
    data = page.workshop.fit.data
    columns = data.inputs.columns
    scale, mean = np.array([c.scale for c in columns]), np.array([c.mean for c in columns])
    measured: np.ndarray = data.test.x.double().numpy() * scale + mean
    return measured


def test_the_formula_of_values_is_in_the_units_of_the_data(page: Any) -> None:
    formula = changed(page, "linear-regression")["formula"]
    about = page.last("state")["scene"]["about"]["formula"]
    assert (about["kind"], about["terms"], about["of"]) == ("value", ["area_m2", "distance_km"], "price_thousand_eur")
    seen = page.workshop.scene.seen
    with torch.no_grad():
        answers = seen.answers(seen.data.inputs.prepare(seen.data.test.x))
    assert np.allclose(raw(page) @ formula["slopes"] + formula["intercept"], answers[:, 0], rtol=1e-4)


@pytest.mark.parametrize(("recipe", "kind"), [("logistic-regression", "logit"), ("perceptron-moons", "step")])
def test_the_formula_of_two_classes_is_that_of_the_second_one(page: Any, recipe: str, kind: str) -> None:
    formula = changed(page, recipe)["formula"]
    about, data = page.last("state")["scene"]["about"]["formula"], page.workshop.fit.data
    assert about["kind"] == kind and about["of"] == page.workshop.scene.seen.names[1]
    with torch.no_grad():
        logits = page.workshop.fit.net(data.test.x)[:, 0].numpy()
    assert np.allclose(raw(page) @ formula["slopes"] + formula["intercept"], logits, atol=1e-4)


def test_features_that_are_computed_are_terms_too(page: Any) -> None:
    formula = changed(page, "linear-regression", data__features=["area_m2^2"])["formula"]
    seen = page.workshop.scene.seen
    with torch.no_grad():
        answers = seen.answers(seen.data.inputs.prepare(seen.data.test.x))
    assert np.allclose(formula["slopes"][0] * raw(page)[:, 0] ** 2 + formula["intercept"], answers[:, 0], rtol=1e-3)


def test_what_is_no_number_is_null(page: Any) -> None:
    changed(page, "linear-regression")
    with torch.no_grad():
        page.workshop.fit.net.output.weight[0, 1] = torch.nan
    formula = page.workshop.scene.frame()["formula"]
    assert formula["slopes"][0] is not None and formula["slopes"][1] is None and formula["intercept"] is None


@pytest.mark.parametrize("recipe", ["moons", "softmax-linear", "perceptron", "wine"])
def test_more_than_a_unit_or_two_terms_have_no_formula(page: Any, recipe: str) -> None:
    page.tell("open", name=recipe)
    assert not Formula.suits(page.workshop.scene.seen)
