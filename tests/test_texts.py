"""Texts into trained runs and out of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch
from recipes import MOONS, train

from neurona.data import load
from neurona.data.sequences import END
from neurona.errors import InputError, NeuronaWarning
from neurona.predict import predict_file
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.texts import answers_as_text, predict_text


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run that was trained on a table with texts, in which one word tells the class."""
    folder = tmp_path_factory.mktemp("reviews")
    path = folder / "reviews.csv"
    texts = [f"we found the {thing} {word}" for thing in ("soup", "bath", "bed") for word in ("good", "bad")] * 20
    kinds = ["praise" if text.endswith("good") else "complaint" for text in texts]
    pd.DataFrame({"review": texts, "kind": kinds}).to_csv(path, index=False)
    recipe = Recipe.read(path, ["data.text=review", "fit.epochs=15", "fit.lr=0.02", "net.hidden=8"], "kind")
    assert recipe.net["kind"] == "sequence-classifier"
    return train(recipe.to_dict(), folder / "run")


def test_a_text_is_judged_by_a_net_that_learned_from_a_column_of_texts(reviews) -> None:
    assert reviews.metrics["test"]["accuracy"] == 1
    told = predict_text(reviews, "We found the bath GOOD!")
    assert told["prediction"].tolist() == ["praise"]
    assert told["probability_praise"][0] > 0.5
    assert predict_text(reviews, "bad, bad, bad")["prediction"].tolist() == ["complaint"]


@pytest.mark.parametrize("text", ["", " \n", "...!"])
def test_a_text_without_a_word_is_refused(reviews, text) -> None:
    with pytest.raises(InputError, match=r"holds nothing to judge\.\nWrite some words"):
        predict_text(reviews, text)


def test_a_text_of_unknown_words_alone_is_judged_with_a_warning(reviews) -> None:
    with pytest.warns(NeuronaWarning, match="knows nothing of the text 'sehr schlecht'"):
        told = predict_text(reviews, "sehr schlecht")
    pd.testing.assert_frame_equal(told, reviews.predict(pd.DataFrame({"review": ["zwei andere"]})))


@pytest.mark.filterwarnings("error")
def test_one_known_word_is_enough(reviews) -> None:
    assert len(predict_text(reviews, "sehr good")) == 1


def test_a_table_of_texts_is_judged_row_by_row(reviews, tmp_path) -> None:
    table = pd.DataFrame({"stars": [1, 2, 3], "review": ["the bed was good", None, "the soup was bad"]})
    table.to_csv(tmp_path / "new.csv", index=False)
    (told,) = predict_file(reviews, tmp_path / "new.csv")
    pd.testing.assert_frame_equal(told, reviews.predict(table))
    assert told["prediction"].tolist()[::2] == ["praise", "complaint"]


def test_a_table_without_the_column_of_texts_is_refused(reviews, tmp_path) -> None:
    (tmp_path / "new.csv").write_text("reviews\nthe bed was good\n", encoding="utf-8")
    with pytest.raises(InputError, match="Did you mean 'reviews'"):
        list(predict_file(reviews, tmp_path / "new.csv"))


def test_a_running_text_is_no_table_of_texts(reviews, tmp_path) -> None:
    (tmp_path / "book.txt").write_text("the bed was good\nthe soup was bad\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"one by one\.\nGive one with --text .* the column 'review'"):
        list(predict_file(reviews, tmp_path / "book.txt"))


def test_a_run_that_was_trained_on_no_text_judges_none(tmp_path: Path) -> None:
    run = train(MOONS, tmp_path / "r")
    with pytest.raises(InputError, match="was not trained on texts"):
        predict_text(run, "the soup was bad")


def test_a_run_for_the_next_token_judges_no_text(tmp_path: Path) -> None:
    recipe = {
        "data": {"name": "characters"},
        "net": {"kind": "sequence-labeller", "hidden": 4, "embedding": 4},
        "fit": {"epochs": 1},
    }
    run = train(recipe, tmp_path / "r")
    with pytest.raises(InputError, match=f"Let it write.*: neurona sample {run.path} --prompt"):
        predict_text(run, "The river")
    with pytest.raises(InputError, match=f"Let it write.*: neurona sample {run.path} --prompt"):
        list(predict_file(run, tmp_path / "book.txt"))


@pytest.mark.parametrize("name", ["reverse", "parity"])
def test_answers_of_each_step_become_a_text_that_ends_with_the_sequence(name, tmp_path) -> None:
    net = {"reverse": "encoder-decoder", "parity": "sequence-labeller"}[name]
    run = train({"data": {"name": name, "samples": 60}, "net": {"kind": net}, "fit": {"epochs": 1}}, tmp_path / "r")
    data = load(name, samples=60)
    sure = torch.nn.functional.one_hot(data.test.y.clamp(min=0), len(data.classes)).float()
    written = answers_as_text(run, sure, data.test.x)
    for text, row in zip(written, data.test.y.tolist(), strict=True):
        names = [data.classes[number] for number in row if number >= 0]
        assert text == " ".join(name for name in names if name != END)
    answers = answers_as_text(run, run.answer(data.test.x), data.test.x)
    assert len(answers) == len(data.test)


def test_steps_of_numbers_end_where_they_are_missing(tmp_path) -> None:
    recipe = {"data": {"name": "add", "samples": 60}, "net": {"kind": "sequence-labeller"}, "fit": {"epochs": 1}}
    run = train(recipe, tmp_path / "r")
    x = load("add", samples=60).test.x
    lengths = [len(answer.split()) for answer in answers_as_text(run, run.answer(x), x)]
    assert lengths == (~x.isnan().any(-1)).sum(1).tolist()
    assert {len(answer.split()) for answer in answers_as_text(run, run.answer(x))} == {x.shape[1]}
