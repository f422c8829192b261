"""Whatever is trained, the same seed gives the same numbers, and an interrupted fit goes on as if it never was."""

from __future__ import annotations

import io

import pytest
import torch
from kinds import EPOCHS, RECIPES, begin
from training import assert_same_weights

from neurona.fit import Fit

HALF = EPOCHS // 2


def finish(fit: Fit) -> Fit:
    for _epoch in fit:
        pass
    return fit


@pytest.mark.parametrize("kind", RECIPES)
def test_the_same_seed_gives_the_same_numbers_also_after_an_interruption(kind: str) -> None:
    recipe = RECIPES[kind]
    whole, again, half = (begin(recipe) for _time in range(3))
    finish(whole)
    assert finish(again).history == whole.history
    for epoch in half:
        if epoch.index >= whole.epoch * HALF // EPOCHS:
            break
    file = io.BytesIO()
    torch.save(half.state(), file)
    file.seek(0)
    resumed = begin(recipe)
    resumed.restore(torch.load(file, weights_only=True))
    assert finish(resumed).history == whole.history
    assert_same_weights(resumed.net, whole.net, 0)


@pytest.mark.parametrize("kind", RECIPES)
def test_another_seed_gives_other_numbers(kind: str) -> None:
    recipe = RECIPES[kind]
    assert finish(begin(recipe, epochs=1)).history != finish(begin(recipe, epochs=1, seed=4)).history
