"""A running text as a dataset: held against the text itself."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurona.data import Dataset, load
from neurona.data.characters import FOLDER
from neurona.data.dataset import PADDING, Split
from neurona.data.sources import Passage
from neurona.data.splits import SplitOptions
from neurona.data.text import cut, load_text
from neurona.data.tokens import UNKNOWN, Tokens
from neurona.errors import InputError
from neurona.ngram import sequences

STORY = (FOLDER / "english.txt").read_text(encoding="utf-8")


def write(tmp_path: Path, text: str | bytes, name: str = "book.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load_text(path, **options)
    return str(caught.value)


def tokens(split: Split) -> list[int]:
    """Return the tokens of windows that follow each other, put together again."""
    return [int(split.x[0, 0]), *(number for number in split.y.flatten().tolist() if number != PADDING)]


def told(data: Dataset, split: Split) -> str:
    assert isinstance(data.inputs, Tokens)
    return data.inputs.text(tokens(split))


# What is learned


def test_each_token_is_to_be_told_from_those_before_it() -> None:
    data = load("characters")
    assert data.task == "next-token"
    assert (data.shape, data.steps) == ((100,), 100)
    assert data.outputs == data.tokens == len(data.classes)
    for split in (data.train, data.valid, data.test):
        assert split.x.shape == split.y.shape
        assert (split.x.flatten()[1:] == split.y.flatten()[:-1])[: (split.y != PADDING).sum() - 1].all()


def test_the_parts_are_the_beginning_the_middle_and_the_end_of_the_text(tmp_path) -> None:
    data = load_text(write(tmp_path, STORY), minimum=1, valid=0.2, test=0.1)
    joined = "".join(told(data, split) for split in (data.train, data.valid, data.test))
    known = set(data.classes)
    assert joined == "".join(character if character in known else "\ufffd" for character in STORY)
    assert len(told(data, data.valid)) == round(0.2 * len(STORY))
    assert len(told(data, data.test)) == round(0.1 * len(STORY))


@given(st.integers(1, 40), st.integers(200, 300))
@settings(max_examples=30)
def test_every_token_of_a_part_but_its_first_is_told_once(window: int, length: int) -> None:
    text = STORY[:length]
    data = cut(Passage(text, window=window, minimum=1), "story", {}, SplitOptions(valid=0.25, test=0.25))
    parts = [told(data, split) for split in (data.train, data.valid, data.test)]
    assert [len(part) for part in parts] == [
        length - 2 * round(length / 4),
        round(length / 4),
        round(length / 4),
    ]
    assert parts[0] == text[: len(parts[0])]
    last = data.test.y[-1]
    assert ((data.test.x[-1] == 0) == (last == PADDING)).all()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(200, 300))
@settings(max_examples=30)
def test_windows_of_train_that_overlap_begin_a_stride_after_each_other(window: int, stride: int, length: int) -> None:
    stride = min(stride, window)
    options = SplitOptions(valid=0.25, test=0.25)
    data = cut(Passage(STORY[:length], window=window, stride=stride, minimum=1), "story", {"stride": stride}, options)
    apart = cut(Passage(STORY[:length], window=window, minimum=1), "story", {}, options)
    tokens = sequences(apart.train)[0]
    assert (sequences(data.train, stride)[0] == tokens).all()
    assert (data.test.x == apart.test.x).all()
    for row, (x, y) in enumerate(zip(data.train.x, data.train.y, strict=True)):
        told = tokens[row * stride + 1 : row * stride + 1 + window]
        assert y[: len(told)].tolist() == told.tolist()
        assert x[: len(told)].tolist() == tokens[row * stride : row * stride + len(told)].tolist()
    assert row * stride + window >= len(tokens) - 1


def test_the_vocabulary_is_that_of_train_alone_and_what_is_rare_there_is_unknown(tmp_path) -> None:
    text = "abab" * 50 + "c" + "abab" * 20 + "ddd" + "abab" * 20
    data = load_text(write(tmp_path, text), window=10)
    assert data.classes == ("", "\ufffd", "a", "b")
    assert (data.train.x == UNKNOWN).sum() == 1
    unknown = sum(int((split.y == UNKNOWN).sum()) for split in (data.train, data.valid, data.test))
    assert unknown == 4
    assert any("'c', 'd'" in note for note in data.notes)
    assert "c" in load_text(tmp_path / "book.txt", window=10, minimum=1).classes


def test_words_are_tokens_where_they_are_asked_for(tmp_path) -> None:
    data = load_text(write(tmp_path, STORY), unit="word", window=20, vocabulary=50)
    words = re.findall(r"[^\W_]+", STORY.lower())
    counts = Counter(words[: len(tokens(data.train))])
    assert data.classes[2:] == tuple(sorted(counts, key=lambda word: (-counts[word], word))[:50])
    assert told(data, data.test).split()[-50:] == [word if word in data.classes else "\ufffd" for word in words[-50:]]
    assert any("lower case" in note for note in data.notes)


@pytest.mark.parametrize("name", ["book.txt", "notes.md"])
def test_a_text_is_loaded_by_its_path(tmp_path, name) -> None:
    path = write(tmp_path, STORY[:3000], name)
    data = load(path, window=50)
    assert data.name == path.stem
    assert dict(data.origin) == {"path": str(path.absolute()), "window": 50, "seed": 0}
    again = dict(data.origin)
    assert load(again.pop("path"), **again).fingerprint() == data.fingerprint()


def test_an_empty_valid_or_test_part_is_empty(tmp_path) -> None:
    data = load_text(write(tmp_path, STORY[:2000]), valid=0.0, test=0.0)
    assert (data.valid.x.shape, data.test.y.shape) == ((0, 100), (0, 100))
    assert len(tokens(data.train)) == 2000


def test_numbers_take_little_memory_and_come_to_the_net_as_it_needs_them() -> None:
    data = load("characters")
    assert (data.train.x.dtype, data.train.y.dtype) == (torch.int32, torch.int64)
    assert data.inputs.prepare(data.train.x).dtype == torch.int64


# How files are written


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("latin-1", b""), ("utf-16", b""), ("cp1252", b"")],
)
def test_a_text_is_read_in_its_encoding_without_a_mark(tmp_path, encoding, mark) -> None:
    text = "El año pasado, mañana y pasado mañana. " * 30
    data = load_text(write(tmp_path, mark + text.encode(encoding)), encoding=encoding, minimum=1, valid=0.0, test=0.0)
    assert told(data, data.train) == text


def test_line_ends_of_windows_become_one_character_and_that_is_said(tmp_path) -> None:
    unix = load_text(write(tmp_path, STORY[:4000]))
    windows = load_text(write(tmp_path, STORY[:4000].replace("\n", "\r\n"), "windows.txt"))
    assert windows.fingerprint() == unix.fingerprint()
    assert any("Windows" in note for note in windows.notes)
    assert not any("Windows" in note for note in unix.notes)


def test_bytes_in_another_encoding_are_refused_with_their_line(tmp_path) -> None:
    path = write(tmp_path, b"one\ntwo\nma\xf1ana\n" * 100)
    said = refused(path)
    assert f"{path}, line 3: the byte 0xf1 is not utf-8" in said
    assert "data.encoding=latin-1" in said


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (STORY.encode("utf-16"), {}, "data.encoding=utf-16"),
        (b"PK\x03\x04\0\0" * 500, {}, "no text file"),
        (b"", {}, "is empty."),
        (b"\n \r\n", {}, "nothing but blanks"),
        (b"abc " * 30, {}, "has 120 characters, too few"),
        (b"Hello, you there", {}, "With a smaller window, --set data.window=10, it still needs about 77."),
        (b"a" * 5000, {}, "fewer than two different characters"),
        (STORY.encode(), {"encoding": "utf-9"}, "'utf-9' is not an encoding"),
        (STORY.encode(), {"window": 0}, "data.window = 0 is not valid"),
        (STORY.encode(), {"window": 50, "stride": 51}, "data.stride = 51 is longer than a window, 50"),
        (STORY.encode(), {"windows": 5}, "Did you mean 'window'?"),
        (STORY.encode(), {"unit": "syllable"}, "character"),
        (STORY.encode(), {"valid": 0.6, "test": 0.6}, "leave nothing to train on"),
        (STORY.encode(), {"task": "multiclass"}, "'multiclass' is no task for it"),
    ],
)
def test_what_cannot_be_read_or_learned_is_refused(tmp_path, content, options, words) -> None:
    assert words in refused(write(tmp_path, content), **options)


def test_a_text_that_is_not_there_is_refused(tmp_path) -> None:
    assert "absent.txt cannot be read: No such file" in refused(tmp_path / "absent.txt")


def test_a_text_as_long_as_the_error_asks_for_is_long_enough(tmp_path) -> None:
    for window, shares in ((100, {}), (7, {"valid": 0.05, "test": 0.3}), (30, {"valid": 0.0, "test": 0.9})):
        said = refused(write(tmp_path, STORY[: window // 2]), window=window, **shares)
        least = int(said.partition("It needs about ")[2].partition(".")[0])
        assert load_text(write(tmp_path, STORY[:least]), window=window, **shares).shape == (window,)
        said = refused(write(tmp_path, STORY[: least // 2]), window=window, **shares)
        smaller = int(said.partition("data.window=")[2])
        assert load_text(tmp_path / "book.txt", window=smaller, **shares).shape == (smaller,)


# The texts of the package


@pytest.mark.parametrize("language", ["english", "spanish"])
def test_a_story_of_the_package_is_long_and_varied(language) -> None:
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    data = load("characters", language=language)
    assert data.name == "characters"
    assert sum(len(tokens(split)) for split in (data.train, data.valid, data.test)) == len(text)
    lines = [line for line in text.splitlines() if line]
    assert len(set(lines)) > 0.98 * len(lines)
    assert sum(int((split.y == UNKNOWN).sum()) for split in (data.train, data.valid, data.test)) < 0.001 * len(text)
