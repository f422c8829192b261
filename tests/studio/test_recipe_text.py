"""The text of a recipe on the page, and in an address."""

from __future__ import annotations

import base64
import tomllib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurona.errors import InputError
from neurona.recipe import Recipe
from neurona.studio import recipe_text
from neurona.written import names


@pytest.mark.parametrize("name", names())
def test_what_is_written_says_what_the_recipe_says(name: str) -> None:
    raw = Recipe.read(name).to_dict()
    assert tomllib.loads(recipe_text.written(raw)) == raw


def test_short_lists_stand_on_one_line() -> None:
    text = recipe_text.written({"net": {"hidden": [10, 20], "layers": ["a, b", "c] d"]}})
    assert "hidden = [10, 20]" in text
    assert tomllib.loads(text) == {"net": {"hidden": [10, 20], "layers": ["a, b", "c] d"]}}


@given(st.text(max_size=300))
def test_a_link_gives_its_text_back(text: str) -> None:
    assert recipe_text.from_link("#" + recipe_text.link(text)) == text


@pytest.mark.parametrize("broken", ["r=", "r=ä", "r=abc", "x", "r=" + base64.urlsafe_b64encode(b"no zlib").decode()])
def test_a_broken_link_is_explained(broken: str) -> None:
    with pytest.raises(InputError, match="not whole"):
        recipe_text.from_link(broken)


def test_a_link_does_not_blow_up() -> None:
    bomb = "r=" + base64.urlsafe_b64encode(zlib.compress(b"#" * 50_000_000)).decode().rstrip("=")
    with pytest.raises(InputError, match="not whole"):
        recipe_text.from_link(bomb)


def test_a_recipe_is_not_endless() -> None:
    with pytest.raises(InputError, match="longer than 64 kB"):
        recipe_text.read("#" * 70_000)


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ('[net]\nlayers = ["conv 8 3", "pool 20"]\nkind = 7', ["conv 8 3", "pool 20"]),
        ('[net]\nlayers = ["relu", 3]', ["relu", "3"]),
        ('[net]\nlayers = "relu"', []),
        ("net = 3", []),
        ("[net]\nlayers = = 3", []),
        ("", []),
    ],
)
def test_layers_are_read_from_a_recipe_that_is_wrong(text: str, layers: list[str]) -> None:
    assert recipe_text.layers_of(text) == layers
