"""A column of texts, to be classified word by word, compared with what scikit-learn counts in the same texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer

from neurona.data import load
from neurona.data.inputs import Tokens
from neurona.data.splits import split_rows
from neurona.data.tables import load_table, read_for
from neurona.data.tokens import UNKNOWN
from neurona.errors import InputError

WORDS = np.array(["The soup", "the waiter", "OUR room,", "was", "never", "cold!", "lovely", "a", "b", "c", "d"])


@pytest.fixture
def reviews() -> pd.DataFrame:
    """Make 200 reviews of different lengths, three of them without a word, with two columns of no use beside them."""
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(WORDS, generator.integers(4, 12))) for _row in range(200)]
    texts[3], texts[50], texts[120] = "", "NA", "?!..."
    texts[7] += " antediluvian"
    stars = generator.integers(1, 6, 200)
    kind = np.where(stars > 3, "good", "bad")
    return pd.DataFrame({"id": range(200), "review": texts, "stars": stars, "kind": kind})


def save(table: pd.DataFrame, tmp_path: Path, name: str = "reviews.csv") -> Path:
    path = tmp_path / name
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    return path


def refused(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load_table(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.parquet"])
def test_texts_become_the_words_that_stand_twice_in_train(tmp_path, reviews, name) -> None:
    data = load_table(save(reviews, tmp_path, name), target="kind", text="review")
    train, _valid, test = split_rows(200, np.unique(reviews["kind"], return_inverse=True)[1], 0.15, 0.15, 0)
    counter = CountVectorizer(token_pattern=r"[^\W_]+").fit(reviews["review"].iloc[train])
    total = counter.transform(reviews["review"].iloc[train]).sum(0).A1
    known = {word for word, place in counter.vocabulary_.items() if total[place] >= 2}
    assert isinstance(data.inputs, Tokens)
    assert set(data.classes) == {"bad", "good"}
    assert data.task == "binary"
    # What the table reads as missing has no word for us, and "na" for scikit-learn.
    assert set(data.inputs.vocabulary[2:]) == known - {"na"}
    assert data.inputs.vocabulary[2] in ("the", "a", "b", "c", "d")
    for row, text in zip(data.test.x.tolist(), reviews["review"].iloc[test], strict=True):
        words = [] if text == "NA" else counter.build_analyzer()(text)
        expected = " ".join(word if word in known else "\ufffd" for word in words[: data.inputs.length]) or "\ufffd"
        assert data.inputs.text(row) == expected


def test_the_length_takes_in_nineteen_of_twenty_texts_and_four_hundred_words_at_most(tmp_path, reviews) -> None:
    path = save(reviews, tmp_path)
    data = load_table(path, target="kind", text="review")
    texts = reviews["review"].iloc[
        split_rows(200, np.unique(reviews["kind"], return_inverse=True)[1], 0.15, 0.15, 0)[0]
    ]
    lengths = texts.replace("NA", "").str.findall(r"[^\W_]+").str.len()
    assert (lengths <= data.shape[0]).mean() >= 0.95 > (lengths < data.shape[0]).mean()
    reviews["review"] += " word" * 700
    assert load_table(save(reviews, tmp_path), target="kind", text="review").shape == (400,)


def test_a_text_without_a_word_is_one_unknown_word_and_never_empty(tmp_path, reviews) -> None:
    data = load_table(save(reviews, tmp_path), target="kind", text="review")
    rows = torch.cat([data.train.x, data.valid.x, data.test.x])
    lengths = (rows != 0).sum(1)
    assert int(lengths.min()) == 1
    assert int(((lengths == 1) & (rows[:, 0] == UNKNOWN)).sum()) == 3
    assert any("3 without a word count as one unknown word" in note for note in data.notes)


def test_texts_can_tell_a_value_or_one_of_many_classes(tmp_path, reviews) -> None:
    path = save(reviews, tmp_path)
    assert load_table(path, target="stars", text="review").task == "multiclass"
    value = load_table(path, target="stars", text="review", task="regression")
    assert (value.task, value.outputs) == ("regression", 1)
    assert float(value.train.y.mean()) == pytest.approx(0, abs=1e-6)


def test_the_vocabulary_can_be_made_smaller(tmp_path, reviews) -> None:
    assert load_table(save(reviews, tmp_path), target="kind", text="review", vocabulary=5).tokens == 7


def test_a_trained_net_reads_a_table_of_texts_as_it_was_trained(tmp_path, reviews) -> None:
    path = save(reviews, tmp_path)
    data = load_table(path, target="kind", text="review", valid=0.0, test=0.0)
    again = torch.cat([data.inputs.encode(frame) for frame in read_for(path, data.inputs)])
    assert sorted(again.tolist()) == sorted(data.train.x.tolist())


def test_the_origin_rebuilds_the_same_dataset(tmp_path, reviews) -> None:
    data = load(save(reviews, tmp_path), target="kind", text="review", seed=4)
    origin = dict(data.origin)
    assert load(origin.pop("path"), **origin).fingerprint() == data.fingerprint()


def test_a_column_of_texts_that_is_left_out_is_pointed_at(tmp_path, reviews) -> None:
    data = load_table(save(reviews, tmp_path), target="kind")
    assert any("--set data.text=review" in note for note in data.notes)
    read = load_table(tmp_path / "reviews.csv", target="kind", text="review")
    assert not any("--set data.text" in note for note in read.notes)
    assert any("1 text: review; 2 ignored: id (only the text is read), stars" in note for note in read.notes)


def test_where_texts_are_all_there_is_the_error_says_how_to_learn_from_them(tmp_path, reviews) -> None:
    named = reviews[["review", "kind"]].rename(columns={"review": "what they say"})
    said = refused(save(named, tmp_path), target="kind")
    assert "no column to learn from" in said
    assert "--set 'data.text=what they say'" in said
    assert load_table(tmp_path / "reviews.csv", target="kind", text="what they say").shape[0] > 5


def test_names_are_not_taken_for_texts(tmp_path) -> None:
    table = pd.DataFrame({"who": [f"Ada Lusk{i}" for i in range(60)], "x": np.arange(60) % 7, "y": [0, 1] * 30})
    assert not any("data.text" in note for note in load_table(save(table, tmp_path), target="y").notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"text": "reviews"}, "Did you mean 'review'?"),
        ({"text": "kind"}, "is the target itself"),
        ({"text": "review", "vocabulary": 0}, "data.vocabulary = 0 is not valid"),
    ],
)
def test_a_wrong_column_or_option_is_refused(tmp_path, reviews, options, words) -> None:
    assert words in refused(save(reviews, tmp_path), target="kind", **options)


def test_texts_that_share_no_word_are_refused(tmp_path) -> None:
    table = pd.DataFrame({"text": [f"w{i}" for i in range(40)], "y": ["a", "b"] * 20})
    assert "no word that stands there more than once" in refused(save(table, tmp_path), target="y", text="text")


def test_cells_that_are_no_text_are_refused(tmp_path) -> None:
    table = pd.DataFrame({"text": [["a", "b"]] * 40, "y": ["a", "b"] * 20})
    assert "holds no text" in refused(save(table, tmp_path, "table.parquet"), target="y", text="text")
