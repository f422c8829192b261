"""The words of the page."""

from __future__ import annotations

from neurona.recipe import Recipe
from neurona.studio import words
from neurona.studio.data_words import of_data
from neurona.studio.family_words import of_families
from neurona.studio.open_words import of_opening
from neurona.studio.view_words import of_views
from neurona.written import names


def test_no_name_stands_for_two_words() -> None:
    parts = [words._driving, words._building, words._watching, words._taking, words._saying]
    found: dict[str, set[str]] = {}
    for part in (*parts, of_data, of_opening, of_views, of_families):
        for name, word in part().items():
            found.setdefault(name, set()).add(word)
    assert [name for name, meanings in found.items() if len(meanings) > 1] == []
    assert found.keys() == words.words().keys()


def test_each_option_that_a_recipe_says_has_a_label() -> None:
    symbols = {"betas", "u", "w"}
    for name in names():
        raw = Recipe.read(name).to_dict()
        said = {key for section in ("data", "net", "fit") for key in raw.get(section, {})}
        assert said <= words.labels().keys() | symbols, name
