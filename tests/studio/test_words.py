"""The words of the page."""

from __future__ import annotations

import inspect

from neurona.studio import words


def test_no_two_words_of_the_page_go_by_one_name() -> None:
    parts = [
        part
        for name, part in vars(words).items()
        if inspect.isfunction(part) and (name.startswith("of_") or (name.startswith("_") and name != "_"))
    ]
    names = [name for part in parts for name in part()]
    assert len(names) == len(set(names)) == len(words.words()) > 100
