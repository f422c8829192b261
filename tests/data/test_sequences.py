"""Simulated sequences: each answer compared with what Python itself says of the same sequence."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from neurona.data import DATASETS, Dataset, load
from neurona.data.dataset import PADDING
from neurona.data.inputs import Pixels, Steps, Tokens
from neurona.data.numerals import english, spanish
from neurona.data.sentences import LEXICON
from neurona.data.sequences import DIGIT_TAGS, END
from neurona.errors import InputError
from neurona.tasks import task_for

SIMULATED = ("count-ones", "adding-problem", "add", "parity", "remember", "reverse", "tag", "sentences")
FIXED = ("digit-tags", "translate", "characters")


def numbers(data: Dataset) -> list[list[list[float]]]:
    """Return the steps of each training sample of numbers, without the padding."""
    return [[step for step in row if not math.isnan(step[0])] for row in data.train.x.tolist()]


def words(data: Dataset) -> list[list[str]]:
    """Return the symbols of each training sample."""
    assert isinstance(data.inputs, Tokens)
    return [data.inputs.text(row).split() for row in data.train.x.tolist()]


def labels(data: Dataset) -> list[list[str]]:
    """Return the names of the classes of each training target, without the padding."""
    return [[data.classes[number] for number in row if number != PADDING] for row in data.train.y.tolist()]


# What holds for all of them


@pytest.mark.parametrize("name", SIMULATED + FIXED)
def test_the_list_tells_what_loading_gives(name) -> None:
    data, facts = load(name), DATASETS[name].facts
    assert (facts["task"], facts["shape"]) == (data.task, data.shape)
    assert facts["samples"] == sum(map(len, (data.train, data.valid, data.test)))
    assert data.inputs.prepare(data.train.x[:2]).shape == (2, *data.shape)
    assert data.steps == (data.train.y.shape[1] if data.task in ("labelling", "translation", "next-token") else 0)
    task_for(data)


@pytest.mark.parametrize("name", SIMULATED)
def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(name) -> None:
    first = load(name, samples=50, seed=3)
    assert load(name, samples=50, seed=3).fingerprint() == first.fingerprint()
    assert load(name, samples=50, seed=4).fingerprint() != first.fingerprint()


@pytest.mark.parametrize("name", ["add", "parity", "reverse", "tag", "sentences"])
def test_nothing_that_is_measured_on_was_seen_in_training(name) -> None:
    data = load(name, samples=300)
    rows = torch.cat([data.train.x, data.valid.x, data.test.x]).nan_to_num(-1).flatten(1)
    assert len(rows.unique(dim=0)) == 300


@pytest.mark.parametrize("name", ["add", "parity", "reverse"])
def test_padding_of_samples_and_targets_stands_on_the_right_alone(name) -> None:
    data = load(name, samples=200)
    missing = data.train.x.isnan().any(2) if isinstance(data.inputs, Steps) else data.train.x == 0
    for gaps in (missing, data.train.y == PADDING):
        assert gaps.any()
        assert not gaps[:, 0].any()
        assert (gaps.int().diff(dim=1) >= 0).all()


@pytest.mark.parametrize("name", ["count-ones", "adding-problem", "add", "parity", "remember", "reverse"])
def test_a_sequence_of_no_steps_is_refused(name) -> None:
    with pytest.raises(InputError, match=r"data\.length = 0 is not valid"):
        load(name, length=0)


def test_more_different_sequences_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match="only 6 different"):
        load("parity", samples=7, length=2)
    assert len(load("parity", samples=6, length=2, valid=0.0, test=0.0).train) == 6


# Values


def test_ones_are_counted_and_nothing_is_scaled() -> None:
    data = load("count-ones", samples=60, length=7)
    assert set(data.train.x.unique().tolist()) == {0.0, 1.0}
    assert data.train.y.flatten().tolist() == [sum(step[0] for step in row) for row in numbers(data)]
    assert (data.target.mean, data.target.scale) == ((0.0,), (1.0,))


def test_the_adding_problem_marks_a_number_in_each_half() -> None:
    data = load("adding-problem", samples=400, length=20)
    for row, (total,) in zip(numbers(data), data.train.y.tolist(), strict=True):
        marked = [step for step, (_value, mark) in enumerate(row) if mark == 1]
        assert len(marked) == 2
        assert marked[0] < 10 <= marked[1]
        assert total == pytest.approx(sum(row[step][0] for step in marked), abs=1e-6)
    assert float((data.train.y - 1).square().mean()) == pytest.approx(1 / 6, rel=0.2)


# Labels


def test_bits_are_added_as_python_adds_them() -> None:
    data = load("add", samples=200, length=10)
    for row, bits in zip(numbers(data), labels(data), strict=True):
        first, second = (int("".join(str(int(step[i])) for step in reversed(row)), 2) for i in (0, 1))
        assert int("".join(reversed(bits)), 2) == first + second
        assert len(bits) == len(row)
    assert {len(row) for row in numbers(data)} == set(range(2, 12))


def test_parity_is_that_of_the_ones_so_far() -> None:
    data = load("parity", samples=200)
    for row, parities in zip(words(data), labels(data), strict=True):
        assert parities == [("even", "odd")[row[: step + 1].count("1") % 2] for step in range(len(row))]


def test_the_first_symbol_is_to_be_remembered_and_the_noise_says_nothing_of_it() -> None:
    data = load("remember", samples=3000, length=30)
    rows = words(data)
    assert [row[0] for row in rows] == [data.classes[number] for number in data.train.y.tolist()]
    assert {len(row) for row in rows} == {31}
    assert all(not set(row[1:]) & set(data.classes) for row in rows)
    counts = np.array([[row.count(digit) for digit in "01234567"] for row in rows])
    fitted = LogisticRegression(max_iter=300).fit(counts[:1000], data.train.y[:1000])
    assert fitted.score(counts[1000:], data.train.y[1000:]) < 0.33


def test_words_are_tagged_with_a_part_of_speech_that_the_lexicon_knows() -> None:
    data = load("tag", samples=500)
    known = [(word, line.partition("-")[0]) for line, listed in LEXICON.items() for word in listed.split()]
    found = [pair for row, tags in zip(words(data), labels(data), strict=True) for pair in zip(row, tags, strict=True)]
    assert set(found) <= set(known)
    assert len({word for word, _tag in found}) == len({word for word, _tag in known})


def test_the_tag_of_a_word_depends_on_its_neighbours() -> None:
    data = load("tag", samples=500)
    tags = [dict(zip(row, tags, strict=True)) for row, tags in zip(words(data), labels(data), strict=True)]
    for word, readings in (
        ("saw", {"noun", "verb"}),
        ("her", {"determiner", "pronoun"}),
        ("light", {"noun", "adjective"}),
    ):
        assert {sentence[word] for sentence in tags if word in sentence} == readings


# Other sequences


def test_letters_come_back_from_the_end_and_then_the_end_itself() -> None:
    data = load("reverse", samples=200, symbols=3)
    assert data.classes == ("a", "b", "c", END)
    for row, answer in zip(words(data), labels(data), strict=True):
        assert answer == [*reversed(row), END]


def test_numbers_are_translated() -> None:
    data = load("translate", largest=99)
    assert len(data.train) + len(data.valid) + len(data.test) == 100
    pairs = {" ".join(row): answer for row, answer in zip(words(data), labels(data), strict=True)}
    expected = {" ".join(english(number)): [*spanish(number), END] for number in range(100)}
    assert pairs.items() <= expected.items()


# As the Ortografía of the Real Academia (2010) and the Oxford English Dictionary write them.
@pytest.mark.parametrize(
    ("number", "in_english", "in_spanish"),
    [
        (0, "zero", "cero"),
        (16, "sixteen", "dieciséis"),
        (21, "twenty one", "veintiuno"),
        (22, "twenty two", "veintidós"),
        (31, "thirty one", "treinta y uno"),
        (100, "one hundred", "cien"),
        (101, "one hundred and one", "ciento uno"),
        (555, "five hundred and fifty five", "quinientos cincuenta y cinco"),
        (999, "nine hundred and ninety nine", "novecientos noventa y nueve"),
        (1000, "one thousand", "mil"),
        (1100, "one thousand one hundred", "mil cien"),
        (2007, "two thousand and seven", "dos mil siete"),
        (7716, "seven thousand seven hundred and sixteen", "siete mil setecientos dieciséis"),
    ],
)
def test_numbers_are_written_as_in_both_languages(number, in_english, in_spanish) -> None:
    assert " ".join(english(number)) == in_english
    assert " ".join(spanish(number)) == in_spanish


def test_the_tags_of_a_digit_are_true_of_it() -> None:
    true = {
        "even": {0, 2, 4, 6, 8},
        "odd": {1, 3, 5, 7, 9},
        "prime": {2, 3, 5, 7},
        "square": {0, 1, 4, 9},
        "triple": {0, 3, 6, 9},
        "large": {5, 6, 7, 8, 9},
        "straight": {1, 4, 7},
    }
    assert len(set(DIGIT_TAGS)) == 10
    for digit, tags in enumerate(DIGIT_TAGS):
        assert set(tags.split()) == {tag for tag, digits in true.items() if digit in digits}


def test_pictures_of_digits_get_the_tags_of_their_digit() -> None:
    tagged, plain = load("digit-tags", seed=1), load("digits", seed=1, valid=0.0, test=0.0)
    assert isinstance(tagged.inputs, Pixels)
    digits = {row.numpy().tobytes(): int(y) for row, y in zip(plain.train.x, plain.train.y, strict=True)}
    for picture, tags in zip(tagged.test.x, tagged.test.y.tolist(), strict=True):
        names = [tagged.classes[number] for number in tags if number != PADDING]
        assert names == [*DIGIT_TAGS[digits[picture.numpy().tobytes()]].split(), END]


# A class from a text


CLAUSE = r"the \w+ was (?:not |very |far from |anything but )?\w+|we found the \w+ \w+|nobody could call the \w+ \w+"


def praises(sentence: str) -> bool:
    """Judge a sentence of the guest book by rules."""
    clauses = re.findall(CLAUSE, sentence)
    joined_by = re.sub(CLAUSE, "", sentence).split()
    main = (
        clauses[-1]
        if joined_by in (["although"], ["but"]) and not sentence.startswith(clauses[0] + " al")
        else clauses[0]
    )
    good = bool(re.search(r"good|kind|warm|clean|fresh|quiet|lovely|cheerful", main))
    return good != bool(re.search(r"\b(not|far|nobody|anything)\b", main))


def test_a_guest_praises_where_the_main_clause_does() -> None:
    data = load("sentences", samples=400)
    for row, (praise,) in zip(words(data), data.train.y.tolist(), strict=True):
        assert praises(" ".join(row)) == bool(praise), " ".join(row)


def test_words_alone_do_not_tell_praise_from_complaint() -> None:
    data = load("sentences")
    texts = [" ".join(row) for row in words(data)]
    counts = CountVectorizer().fit_transform(texts)
    y = data.train.y.flatten().int().numpy()
    half = len(texts) // 2
    assert LogisticRegression(max_iter=500).fit(counts[:half], y[:half]).score(counts[half:], y[half:]) < 0.65
