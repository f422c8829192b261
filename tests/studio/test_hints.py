"""No hint on the page speaks of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from babel.messages.pofile import read_po

import neurona
from neurona.data.schema import set_option
from neurona.errors import InputError
from neurona.pretrained import AbsentError
from neurona.studio.hints import hint_of, on_the_page

CATALOGUE = Path(neurona.__file__).parent / "locale" / "es" / "LC_MESSAGES" / "neurona.po"
# Where sentences come from that the page may tell: of data, nets and their training.
ROOMS = ("data/", "nets/", "tasks/", "fit/optim")


def sentences() -> list[str]:
    """Return what is said of options, in both languages."""
    with CATALOGUE.open("rb") as file:
        found = [one for one in read_po(file) if any(room in place for place in one.auto_comments for room in ROOMS)]
    return [text for one in found for text in (str(one.id), str(one.string)) if "--" in text]


def test_no_option_of_the_command_line_is_left_in_what_the_page_says() -> None:
    assert len(sentences()) > 20
    for sentence in sentences():
        assert "--" not in on_the_page(sentence), on_the_page(sentence)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("data.decimal=,", 'data.decimal = ","'),
        ('data.missing=["n/a"]', 'data.missing = ["n/a"]'),
        ("data.text=what it's about", 'data.text = "what it\'s about"'),
        ("data.window=7", "data.window = 7"),
        ('data.types."zip.code of it"=category', 'data.types."zip.code of it" = "category"'),
    ],
)
def test_a_change_is_the_line_of_a_recipe(change: str, line: str) -> None:
    assert on_the_page(f"Write {set_option(change)}.").startswith(f"Write {line}. ")


def test_several_changes_are_listed_and_other_sentences_stay() -> None:
    said = on_the_page("Train on all with --set data.valid=0 --set data.test=0, without a measure.")
    assert said.startswith("Train on all with data.valid = 0, data.test = 0, without a measure. ")
    assert on_the_page("Leave it out; --set fit.momentum=none takes it out of a recipe.").startswith("Leave it out. ")
    assert on_the_page("Take fewer samples.") == "Take fewer samples."


def test_weights_that_cannot_be_fetched_are_done_without() -> None:
    assert '"none"' in hint_of(AbsentError("They are not here.", "Give others with --weights FILE."))
    assert hint_of(InputError("It is wrong.", "Write it right.")) == "Write it right."


def test_a_table_that_is_not_taken_in_has_no_recipe_yet_whose_lines_could_be_changed(page: Any) -> None:
    pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]}).to_csv("mine.csv", index=False)
    page.tell("table", file="mine.csv", target="y")
    assert page.last("problem")["hint"] == "Change the file, and bring it anew."
