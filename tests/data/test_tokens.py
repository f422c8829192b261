"""Texts as token numbers and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neurona.data.inputs import Steps, Tokens, inputs_from_dict
from neurona.data.tokens import SPECIAL, UNKNOWN, fit_vocabulary, symbols
from neurona.errors import InputError

CHARACTERS = Tokens((*SPECIAL, "a", "b", " ", "ñ"), 6)
WORDS = Tokens((*SPECIAL, "the", "soup", "was"), 4, "word", "review")


def test_a_vocabulary_begins_with_padding_and_unknown_and_goes_on_from_the_most_frequent() -> None:
    counts = {"b": 3, "a": 3, "rare": 1, "c": 9}
    assert fit_vocabulary(counts) == ("", "\ufffd", "c", "a", "b", "rare")
    assert fit_vocabulary(counts, minimum=2) == ("", "\ufffd", "c", "a", "b")
    assert fit_vocabulary(counts, most=2) == ("", "\ufffd", "c", "a")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("character", list("It's Ñu-2!")),
        ("word", ["it", "s", "ñu", "2"]),
        ("symbol", ["It's", "Ñu-2!"]),
    ],
)
def test_a_symbol_is_a_character_a_word_or_what_blanks_separate(unit, expected) -> None:
    assert symbols("It's Ñu-2!", unit) == expected


@given(st.text("ab ñ", min_size=1, max_size=6))
def test_known_characters_come_back(text: str) -> None:
    assert CHARACTERS.text(CHARACTERS.encode_texts([text])[0].tolist()) == text


def test_texts_are_padded_on_the_right_and_cut_to_the_length() -> None:
    encoded = WORDS.encode_texts(["The soup!", "the soup was the soup", "a soup"])
    assert encoded.dtype == torch.int64
    assert encoded.tolist() == [[2, 3, 0, 0], [2, 3, 4, 2], [1, 3, 0, 0]]


@pytest.mark.parametrize("text", ["", "...", None, np.nan, pd.NA])
def test_a_text_without_a_word_is_one_unknown_word(text) -> None:
    frame = pd.DataFrame({"review": pd.Series([text, "soup"], dtype=object)})
    assert WORDS.encode(frame).tolist() == [[UNKNOWN, 0, 0, 0], [3, 0, 0, 0]]


def test_padding_is_never_read_from_a_text() -> None:
    odd = Tokens((*SPECIAL, "a"), 3)
    assert odd.numbers(["", "a", "\ufffd"]) == [UNKNOWN, 2, UNKNOWN]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match=r"'review'(?s:.)*Did you mean 'reviews'"):
        WORDS.encode(pd.DataFrame({"reviews": ["soup"]}))


@pytest.mark.parametrize("inputs", [CHARACTERS, WORDS, Steps(("a", "b"), 3)])
def test_the_preprocessing_comes_back_from_json(inputs) -> None:
    assert inputs_from_dict(inputs.to_dict()) == inputs


def test_steps_of_numbers_are_read_from_a_row_and_empty_cells_are_padding() -> None:
    frame = pd.DataFrame([[1.0, 2.0, 3.0, 4.0, np.nan, np.nan]], columns=["a0", "b0", "a1", "b1", "a2", "b2"])
    encoded = Steps(("a", "b"), 3).encode(frame)
    np.testing.assert_array_equal(encoded, [[[1, 2], [3, 4], [np.nan, np.nan]]])
