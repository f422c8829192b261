"""The registry: names to functions, and the options that a recipe may give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from neurona.errors import InputError, nearest
from neurona.registry import Registry


@pytest.fixture
def plants() -> Registry[Callable[..., Any]]:
    """Two plants that a recipe could ask for."""
    registry: Registry[Callable[..., Any]] = Registry("plant", given=("garden",))

    @registry.register("oak", "A tree", family="Fagaceae")
    def oak(
        garden: str,
        *,
        height: Annotated[float, Field(gt=0)] = 20.0,
        rings: list[int] = [1],  # noqa: B006 (read, never changed)
        season: Literal["summer", "winter"] = "summer",
        size: int | Literal["any"] = "any",
    ) -> dict[str, Any]:
        return {"garden": garden, "height": height, "rings": rings, "season": season, "size": size}

    @registry.register("moss", "No tree")
    def moss(garden: str, depth: int) -> tuple[str, int]:
        return garden, depth

    return registry


def test_an_entry_holds_its_name_function_sentence_and_facts(plants: Registry[Callable[..., Any]]) -> None:
    entry = plants["oak"]
    assert (entry.name, entry.summary, entry.facts) == ("oak", "A tree", {"family": "Fagaceae"})
    assert entry.make("mine")["garden"] == "mine"


def test_entries_come_in_the_order_of_registration(plants: Registry[Callable[..., Any]]) -> None:
    assert [entry.name for entry in plants] == ["oak", "moss"]
    assert "oak" in plants
    assert "pine" not in plants


def test_options_are_the_parameters_less_those_that_are_given(plants: Registry[Callable[..., Any]]) -> None:
    assert set(plants["oak"].options.model_fields) == {"height", "rings", "season", "size"}
    assert plants["moss"].check({"depth": 3}, "data") == {"depth": 3}


def test_checked_options_have_their_defaults_and_types(plants: Registry[Callable[..., Any]]) -> None:
    wanted = {"height": 3.0, "rings": [1], "season": "summer", "size": "any"}
    assert plants["oak"].check({"height": 3}, "data") == wanted


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"height": 0}, r"data\.height = 0 is not valid\.\nIt must be greater than 0"),
        ({"height": float("nan")}, r"data\.height = nan is not valid\.\nIt must be a finite number"),
        ({"height": "tall"}, r"data\.height = 'tall' is not valid\.\nIt must be a number, such as"),
        ({"rings": 3}, r"data\.rings = 3 is not valid\.\nIt must be a list"),
        ({"rings": [1, "x"]}, r"data\.rings\.1 = 'x' is not valid\.\nIt must be a whole number"),
        ({"season": "spring"}, r"data\.season = 'spring' is not valid\.\nIt must be one of: 'summer', 'winter'"),
        ({"size": "some"}, r"data\.size = 'some' is not valid\.\nIt must be one of: 'any'"),
        ({"size": 1.5}, r"data\.size = 1\.5 is not valid\.\nIt must be a whole number"),
        ({"hight": 3}, r"data\.hight is not a known key\.\nDid you mean 'height'\?"),
        ({"vallid": 3}, r"data\.vallid is not a known key\.\nDid you mean 'valid'\?"),
        ({"garden": "mine"}, r"data\.garden is not a known key"),
    ],
)
def test_a_wrong_option_is_named_with_what_to_write_instead(
    plants: Registry[Callable[..., Any]], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        plants["oak"].check(options, "data", common=("valid", "test"))


def test_a_missing_option_is_named(plants: Registry[Callable[..., Any]]) -> None:
    with pytest.raises(InputError, match=r"data\.depth is missing"):
        plants["moss"].check({}, "data")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oka", r"There is no plant called 'oka'\.\nDid you mean 'oak'\?"),
        ("OAK", r"Did you mean 'oak'\?"),
        ("rhododendron", r"Known are: moss, oak\."),
    ],
)
def test_an_unknown_name_names_the_nearest_or_all(plants: Registry[Callable[..., Any]], name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        plants[name]


def test_a_long_list_of_names_is_cut() -> None:
    hint = nearest("zzz", [f"name{i:03}" for i in range(100)])
    assert hint.startswith("Known are: name000, name001")
    assert hint.endswith("name039, ….")
    assert nearest("zzz", []) == ""
