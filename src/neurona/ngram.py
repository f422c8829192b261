"""An n-gram model: the baseline that a net for the next token must beat, in bits for each token.

It is interpolated Kneser-Ney smoothing in its modified form (Chen and Goodman, An Empirical Study of Smoothing
Techniques for Language Modeling, 1999, section 4.1.6): the likelihood of a token after the m tokens before it is

    p(token | m tokens) = (count - D(count)) / total + mass * p(token | m - 1 tokens)

where the discount D takes three values, for counts of 1, 2 and more, and `mass` is what was taken off. At the longest
context counts are those of the text; below it, of a gram, the number of different tokens that stand before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from neurona.data.dataset import PADDING, Dataset, Split
from neurona.errors import InputError
from neurona.language import _

if TYPE_CHECKING:
    from neurona.run import Run

LONGEST = 8
"""The longest n-gram that is tried."""
USUAL = 5
"""The length of the n-grams where there is no valid part to choose it on."""
ABSENT = -1
PART = 1000
"""So many tokens of a running text are read at once."""


@dataclass(frozen=True)
class Baseline:
    """How well n-grams of train say what comes next.

    Attributes:
        order: n, chosen on valid.
        bits: for each token of test.
    """

    order: int
    bits: float


@dataclass(frozen=True)
class Smoothed:
    """Discounted likelihoods of the tokens after each context of one length.

    Attributes:
        seen: `(grams + 1,)` what is left of a gram's count, over that of its context; 0 at the end, for one unseen.
        mass: `(contexts + 1,)` what a context leaves to shorter ones; 1 at the end, for one unseen.
    """

    seen: np.ndarray
    mass: np.ndarray

    @staticmethod
    def of(counts: np.ndarray, contexts: np.ndarray, n_contexts: int) -> Smoothed:
        """Smooth the counts of grams, `(grams,)` each, given the number of its context for each."""
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        total = np.bincount(contexts, counts, n_contexts)
        taken = np.bincount(contexts, discounts, n_contexts)
        mass = np.divide(taken, total, out=np.ones(n_contexts), where=total > 0)
        seen = (counts - discounts) / np.maximum(total[contexts], 1)
        return Smoothed(np.append(seen, 0.0), np.append(mass, 1.0))


@dataclass(frozen=True)
class Level:
    """The grams of one length: a context of m tokens and the one after it.

    Attributes:
        grams: `(grams,)` in order: the number of the context, times the number of different tokens, plus the token.
        plain, continued: likelihoods by how often a gram stands in the text, and by how many tokens stand before it.
    """

    grams: np.ndarray
    plain: Smoothed
    continued: Smoothed


class NGram:
    """The n-grams of sequences of tokens, of every order up to `longest`.

    Args:
        sequences: `(n, steps)` token numbers from 1 (0 is no token), -1 where a sequence has ended.
        tokens: how many different tokens there may be, number 0 among them.
        longest: the largest n.
    """

    def __init__(self, sequences: np.ndarray, tokens: int, longest: int = LONGEST) -> None:
        self.tokens = tokens
        self.levels: list[Level] = []
        contexts, n_contexts = np.zeros_like(sequences), 1
        for length in range(longest):
            keys = _keys(contexts, sequences, tokens)
            grams, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
            ids = inverse.reshape(keys.shape)
            real = grams != ABSENT
            grams, counts, ids = grams[real], counts[real], ids - (not real.all())
            before = _moved(sequences, length + 1)[ids >= 0] + 1
            pairs = np.unique(ids[ids >= 0] * (tokens + 1) + before)
            continuations = np.bincount(pairs // (tokens + 1), minlength=len(grams))
            of_gram = grams // tokens
            plain, continued = (Smoothed.of(c, of_gram, n_contexts) for c in (counts, continuations))
            self.levels.append(Level(grams, plain, continued))
            contexts, n_contexts = _moved(ids, 1), len(grams)

    def bits(self, sequences: np.ndarray) -> np.ndarray:
        """Return the mean of `-log2 p` over all tokens but the first of each sequence, for the orders 1, 2, ..."""
        there = sequences >= 0
        there[:, 0] = False
        return np.array([-np.log2(likelihood[there]).mean() for likelihood in self.likelihoods(sequences)])

    def likelihoods(self, sequences: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the likelihood of each token given those before it, `(n, steps)`, for the orders 1, 2, ..."""
        contexts = np.zeros_like(sequences)
        shorter = np.full(sequences.shape, 1 / (self.tokens - 1))
        for level in self.levels:
            ids = _find(level.grams, _keys(contexts, sequences, self.tokens))
            yield level.plain.seen[ids] + level.plain.mass[contexts] * shorter
            shorter = level.continued.seen[ids] + level.continued.mass[contexts] * shorter
            contexts = _moved(ids, 1)


def baseline(data: Dataset) -> Baseline:
    """Return the n-gram model of `data.train` whose order does best on valid, with its bits for each token of test.

    The windows of a text go on where the last one ended, so that the n-gram may look back over the edge of a window.

    Raises:
        InputError: the data are not about the next token.
    """
    if data.task != "next-token":
        problem = _("{name} is for data.task = {have}, and n-grams say the next token.")
        raise InputError(problem.format(name=data.name, have=data.task), _("Use a text, such as characters."))
    model = NGram(sequences(data.train, data.origin.get("stride")), len(data.classes))
    order = int(model.bits(sequences(data.valid)).argmin()) if len(data.valid) else USUAL - 1
    return Baseline(order + 1, float(model.bits(sequences(data.test))[order]))


def sequences(split: Split, stride: int | None = None) -> np.ndarray:
    """Return the tokens of each sample and the one after it, `(n, steps + 1)`, -1 where it has ended.

    The windows of a running text, which go on where the one before them ended (or begin `stride` tokens after it), are
    put together again, `(1, n)`.
    """
    x, y = split.x.numpy(), split.y.numpy().astype(np.int64)
    y = np.where(y == PADDING, ABSENT, y)
    if len(x) > 1 and (stride or (y[:-1, -1] == x[1:, 0]).all()):
        new = np.concatenate((x[0, :1], y[0], y[1:, -(stride or y.shape[1]) :].ravel()))
        kept: np.ndarray = new[new != ABSENT].astype(np.int64)
        return kept[None]
    return np.concatenate((x[:, :1], y), axis=1)


def bits_below_ngram(run: Run) -> float:
    """Return by how many bits for each token of test a run's net does better than the n-grams of its train part.

    Raises:
        InputError: the run is not about the next token, or has no test part.
    """
    data = run.data()
    return baseline(data).bits - bits_of_net(run, sequences(data.test))


def bits_of_net(run: Run, text: np.ndarray) -> float:
    """Return the mean of `-log2 p` by the net of a run over all tokens of a running text but the first.

    As the n-grams do, it reads on from the beginning to the end, with the state that it carries from step to step. A
    net that carries none, one that reads backwards too, and sequences that are no running text are read as they are
    when the run is measured.

    Args:
        run: of a next-token task.
        text: the tokens of test as `sequences` returns them.
    """
    net = run.net()
    backwards = any(getattr(layer, "bidirectional", False) for layer in net.modules())
    step = getattr(net, "step", None)
    if len(text) > 1 or step is None or backwards:
        return float(run.metrics["test"]["bits"])
    tokens, state, nats = torch.from_numpy(text[0]), None, 0.0
    with torch.inference_mode():
        for x, y in zip(tokens[:-1].split(PART), tokens[1:].split(PART), strict=True):
            logits, state = step(x[None], state)
            nats += float(cross_entropy(logits[0], y, reduction="sum"))
    return nats / math.log(2) / (len(tokens) - 1)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Return what is taken off counts of 0, 1, 2 and more (Chen and Goodman 1999, equation 17).

    Where there are too few counts to tell, the same is taken off all of them.
    """
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    if min(n1, n2) == 0:
        return np.array([0.0, 0.5, 0.5, 0.5])
    same = n1 / (n1 + 2 * n2)
    taken = np.array([1 - 2 * same * n2 / n1, 2 - 3 * same * n3 / n2, 3 - 4 * same * n4 / n3 if n3 else 0.0])
    return np.append(0.0, taken if taken.min() > 0 else [same] * 3)


def _keys(contexts: np.ndarray, sequences: np.ndarray, tokens: int) -> np.ndarray:
    """Return a number for each context and the token after it, -1 where there is none."""
    return np.where((contexts >= 0) & (sequences >= 0), contexts * tokens + sequences, ABSENT)


def _find(grams: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the place of each key in the ordered `grams`, -1 where it is not there."""
    places = np.searchsorted(grams, keys).clip(max=len(grams) - 1)
    return np.where(grams[places] == keys, places, ABSENT)


def _moved(values: np.ndarray, steps: int) -> np.ndarray:
    """Return what stood so many steps earlier in each sequence, -1 before its beginning."""
    moved = np.full_like(values, ABSENT)
    moved[:, steps:] = values[:, :-steps]
    return moved
