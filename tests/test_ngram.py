"""N-grams: held against the published formula, written out with dictionaries and sets."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from recipes import train
from torch.nn.functional import cross_entropy

from neurona.data import load
from neurona.data.characters import FOLDER
from neurona.data.dataset import PADDING, Dataset, Split, Target
from neurona.data.inputs import Tokens
from neurona.errors import InputError
from neurona.measure import measure
from neurona.ngram import LONGEST, NGram, baseline, sequences

TOKENS = 5


class Formula:
    """Interpolated Kneser-Ney with three discounts, word for word as Chen and Goodman (1999) define it."""

    def __init__(self, texts: list[list[int]], order: int) -> None:
        self.order = order
        self.counts: dict[int, Counter[tuple[int, ...]]] = {}
        for length in range(1, order + 1):
            places = [(text, i) for text in texts for i in range(len(text) - length + 1)]
            if length == order:
                self.counts[length] = Counter(tuple(text[i : i + length]) for text, i in places)
            else:
                before = {((text[i - 1] if i else None), *text[i : i + length]) for text, i in places}
                self.counts[length] = Counter(pair[1:] for pair in before)

    def discount(self, length: int, count: int) -> float:
        n1, n2, n3, n4 = (sum(c == k for c in self.counts[length].values()) for k in (1, 2, 3, 4))
        if not (n1 and n2):
            return 0.5
        y = n1 / (n1 + 2 * n2)
        three = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3 if n3 else 0.0)
        return three[min(count, 3) - 1] if min(three) > 0 else y

    def likelihood(self, before: tuple[int, ...], token: int) -> float:
        if len(before) == self.order:
            before = before[1:]
        length = len(before) + 1
        shorter = self.likelihood(before[1:], token) if before else 1 / (TOKENS - 1)
        following = {gram: c for gram, c in self.counts[length].items() if gram[:-1] == before}
        total = sum(following.values())
        if not total:
            return shorter
        count = self.counts[length][(*before, token)]
        mass = sum(self.discount(length, c) for c in following.values())
        left = count - self.discount(length, count) if count else 0.0
        return (left + mass * shorter) / total


def drawn(n: int, seed: int) -> list[int]:
    """Return tokens from 1 to 4 of which each is likely to be one more than the last."""
    generator = np.random.default_rng(seed)
    text = [1]
    while len(text) < n:
        text.append(text[-1] % 4 + 1 if generator.random() < 0.7 else int(generator.integers(1, TOKENS)))
    return text


def windows(text: list[int], window: int) -> Split:
    """Return a text in windows that follow each other, the last one padded."""
    pairs = [(text[i : i + window], text[i + 1 : i + window + 1]) for i in range(0, len(text) - 1, window)]
    x = [[*row[: len(y)], *[0] * (window - len(y))] for row, y in pairs]
    y = [[*row, *[PADDING] * (window - len(row))] for _row, row in pairs]
    return Split(torch.tensor(x), torch.tensor(y))


def dataset(*texts: list[int], window: int = 7, task: str = "next-token") -> Dataset:
    vocabulary = ("", "\ufffd", "a", "b", "c")
    train, valid, test = (windows(text, window) for text in texts)
    return Dataset("text", task, train, valid, test, Tokens(vocabulary, window), Target(("next",), vocabulary))


@pytest.mark.parametrize("texts", [[drawn(60, 0)], [drawn(25, 1), drawn(25, 2)], [drawn(300, 3)]])
def test_likelihoods_are_those_of_the_formula(texts) -> None:
    tested = drawn(40, 9)
    given = list(NGram(np.array(texts), TOKENS, 5).likelihoods(np.array([tested])))
    for order in range(1, 6):
        formula = Formula(texts, order)
        # A model of this order knows fewer tokens before the first ones of the text.
        wanted = [formula.likelihood(tuple(tested[i - order + 1 : i]), tested[i]) for i in range(order - 1, 40)]
        np.testing.assert_allclose(given[order - 1][0, order - 1 :], wanted, rtol=1e-12)


def test_likelihoods_of_all_tokens_add_up_to_one_after_whatever_was_read() -> None:
    model = NGram(np.array([drawn(200, 0)]), TOKENS)
    before = [drawn(10, 5), [4, 4, 4, 4, 4, 4, 4, 4, 4, 4], [1]]
    for text in before:
        each = [list(model.likelihoods(np.array([[*text, token]]))) for token in range(1, TOKENS)]
        np.testing.assert_allclose([sum(one[order][0, -1] for one in each) for order in range(LONGEST)], 1, rtol=1e-12)


def test_more_context_helps_until_there_is_too_little_text_for_it() -> None:
    bits = NGram(np.array([drawn(3000, 0)]), TOKENS).bits(np.array([drawn(3000, 1)]))
    # A token is told by the one before it alone: of 4 equally likely ones, and of the law that they were drawn by.
    law = -(0.775 * math.log2(0.775) + 3 * 0.075 * math.log2(0.075))
    assert bits[0] == pytest.approx(2, abs=0.02)
    assert bits[1] == pytest.approx(law, abs=0.05)
    assert (np.diff(bits[1:]) > 0).all()


def test_a_text_in_windows_is_read_as_one_and_other_sequences_each_on_its_own() -> None:
    text = drawn(50, 0)
    assert sequences(windows(text, 7)).tolist() == [text]
    apart = Split(torch.tensor([[1, 2], [1, 0]]), torch.tensor([[2, 3], [4, PADDING]]))
    assert sequences(apart).tolist() == [[1, 2, 3], [1, 4, -1]]


def test_the_order_is_chosen_on_valid_and_bits_are_those_of_test() -> None:
    texts = drawn(3000, 0), drawn(500, 1), drawn(500, 2)
    found = baseline(dataset(*texts))
    assert found.order == 2
    formula = Formula([texts[0]], 2)
    wanted = [-math.log2(formula.likelihood((before,), token)) for before, token in pairwise(texts[2])]
    assert found.bits == pytest.approx(np.mean(wanted))


def test_data_about_something_else_are_refused() -> None:
    with pytest.raises(InputError, match="n-grams say the next token"):
        baseline(load("parity", samples=20))


def test_a_net_is_held_against_n_grams_at_the_same_places_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text((FOLDER / "english.txt").read_text(encoding="utf-8")[:9000], encoding="utf-8")
    recipe = {
        "data": {"path": str(tmp_path / "story.txt"), "window": 50},
        "net": {"kind": "sequence-labeller", "cell": "gru", "hidden": 16, "embedding": 8},
        "fit": {"epochs": 1, "lr": 0.02, "batch": 16},
    }
    run = train(recipe, tmp_path / "r")
    data = run.data()
    # The net answers at every place but that of the first token, and so do the n-grams.
    there = sequences(data.test)
    assert there.shape[1] - 1 == int((data.test.y != PADDING).sum())
    # It reads the text as one, from its beginning to its end.
    text = torch.from_numpy(sequences(data.test))
    with torch.no_grad():
        bits = cross_entropy(run.net()(text[:, :-1]).squeeze(0), text[0, 1:]).item() / math.log(2)
    assert measure(run, "bits_below_ngram") == pytest.approx(baseline(data).bits - bits, abs=1e-5)
    assert measure(run, "bits_below_ngram") < 0
