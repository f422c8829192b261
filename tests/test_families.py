"""Families of nets: what each kind is listed under."""

from __future__ import annotations

import pytest

from neurona.families import FAMILIES, family_of
from neurona.nets import NETS


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("mlp", "dense"),
        ("perceptron", "dense"),
        ("conv", "convolutional"),
        ("resnet18", "convolutional"),
        ("transfer", "transfer"),
        ("vae", "generative"),
        ("gan", "generative"),
        ("linear-recurrent", "recurrent"),
    ],
)
def test_a_kind_of_net_belongs_to_a_family(kind: str, family: str) -> None:
    assert family_of(kind) == family


def test_every_kind_has_a_family_that_is_listed() -> None:
    assert {family_of(entry.name) for entry in NETS} == set(FAMILIES)
