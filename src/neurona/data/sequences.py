"""Simulated sequences for each way of reading and writing them: a rule stands in the docstring of each source."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Annotated, TypeVar

import numpy as np
from pydantic import Field

from neurona.data.dataset import PADDING
from neurona.data.embedded import digits
from neurona.data.sources import DATASETS, Samples
from neurona.data.tokens import PADDING as NO_TOKEN
from neurona.data.tokens import SPECIAL, Steps, Tokens
from neurona.errors import InputError
from neurona.language import _

END = "∎"
"""The class that ends a written sequence; it is the last one."""
PATIENCE = 20
"""Samples that repeat another are drawn again, so many for each that is wanted."""

Count = Annotated[int, Field(ge=4, le=1_000_000)]
Length = Annotated[int, Field(ge=1, le=10_000)]
Letters = Annotated[int, Field(ge=2, le=26)]
Seed = Annotated[int, Field(ge=0)]

T = TypeVar("T", bound=Hashable)

# What each digit is called, one after the other; no two of them are called the same.
DIGIT_TAGS = (
    "even square triple", "odd square straight", "even prime", "odd prime triple", "even square straight",
    "odd prime large", "even triple large", "odd prime large straight", "even large", "odd square triple large",
)  # fmt: skip
TAGS = ("even", "odd", "prime", "square", "triple", "large", "straight")


@DATASETS.register(
    "count-ones",
    "How many ones a sequence of zeros and ones holds: a value at the end of a sequence.",
    task="regression",
    samples=200,
    shape=(10, 1),
)
def count_ones(*, samples: Count = 200, length: Length = 10, seed: Seed = 0) -> Samples:
    """Simulate sequences of fair zeros and ones, and count the ones.

    A linear recurrent unit `s_t = s_(t-1) W + x_t U` solves it with U = W = 1, and neither inputs nor target are
    scaled, so that these are the numbers to find.

    Args:
        samples: the number of sequences.
        length: how many steps each one has.
        seed: of the ones.

    Returns:
        `x` `(samples, length, 1)`, `y` `(samples, 1)`.
    """
    x = stream(seed).integers(0, 2, (samples, length, 1)).astype(np.float32)
    return Samples(x, x.sum(1), "regression", targets=("ones",), inputs=Steps(("bit",), length))


@DATASETS.register(
    "adding-problem",
    "The sum of two marked numbers, far apart in a long sequence: a value at the end of a sequence.",
    task="regression",
    samples=3000,
    shape=(50, 2),
)
def adding_problem(
    *, samples: Count = 3000, length: Annotated[int, Field(ge=2, le=10_000)] = 50, seed: Seed = 0
) -> Samples:
    """Simulate the adding problem (Hochreiter and Schmidhuber, Long Short-Term Memory, 1997, experiment 4).

    Each step has a number, uniform from 0 to 1, and a mark that is 1 at two steps, one in each half of the sequence,
    and 0 elsewhere. The target is the sum of the two marked numbers. To answer 1 always has a squared error of 1/6.

    Args:
        samples: the number of sequences.
        length: how many steps each one has.
        seed: of numbers and marks.

    Returns:
        `x` `(samples, length, 2)`, `y` `(samples, 1)`.
    """
    generator = stream(seed)
    x = np.zeros((samples, length, 2), np.float32)
    x[..., 0] = generator.uniform(0, 1, (samples, length))
    rows, half = np.arange(samples), length // 2
    for first, last in ((0, half), (half, length)):
        x[rows, generator.integers(first, last, samples), 1] = 1
    total = (x[..., 0] * x[..., 1]).sum(1, keepdims=True)
    return Samples(x, total, "regression", targets=("sum",), inputs=Steps(("number", "mark"), length))


@DATASETS.register(
    "add",
    "Adding two binary numbers from the lowest bit on: a label at each step.",
    task="labelling",
    samples=2000,
    shape=(9, 2),
)
def add(*, samples: Count = 2000, length: Annotated[int, Field(ge=1, le=1000)] = 8, seed: Seed = 0) -> Samples:
    """Simulate pairs of binary numbers and their sums, the lowest bit first, with a last step for the carry.

    Numbers have 1 to `length` bits, as many in both of a pair, and no pair of as many bits comes twice.

    Args:
        samples: the number of pairs.
        length: the most bits that a number has.
        seed: of the numbers.

    Returns:
        `x` `(samples, length + 1, 2)`, NaN beyond the last step; `y` `(samples, length + 1)` the bits of the sum, -100
        there.

    Raises:
        InputError: there are not so many different pairs.
    """
    generator = stream(seed)

    def pair() -> tuple[tuple[int, ...], ...]:
        bits = int(generator.integers(1, length + 1))
        return tuple(tuple(generator.integers(0, 2, bits).tolist()) for _number in range(2))

    pairs = different(pair, samples)
    x = np.full((samples, length + 1, 2), np.nan, np.float32)
    y = np.full((samples, length + 1), PADDING)
    for row, (first, second) in enumerate(pairs):
        carry, steps = 0, len(first) + 1
        x[row, :steps] = np.transpose(((*first, 0), (*second, 0)))
        for step, bits in enumerate(zip((*first, 0), (*second, 0), strict=True)):
            carry, y[row, step] = divmod(sum(bits) + carry, 2)
    return Samples(
        x, y, "labelling", targets=("sum",), classes=("0", "1"), inputs=Steps(("first", "second"), length + 1)
    )


@DATASETS.register(
    "parity",
    "Whether there were an even or an odd number of ones so far: a label at each step.",
    task="labelling",
    samples=2000,
    shape=(20,),
)
def parity(*, samples: Count = 2000, length: Length = 20, seed: Seed = 0) -> Samples:
    """Simulate sequences of 1 to `length` zeros and ones, and at each step the parity of the ones so far.

    No sequence comes twice.

    Args:
        samples: the number of sequences.
        length: the most steps that a sequence has.
        seed: of the sequences.

    Returns:
        `x` `(samples, length)` tokens, `y` `(samples, length)`: 0 for even, 1 for odd.

    Raises:
        InputError: there are not so many different sequences.
    """
    generator = stream(seed)
    rows = different(lambda: tuple(generator.integers(0, 2, generator.integers(1, length + 1)).tolist()), samples)
    x = padded([[len(SPECIAL) + bit for bit in row] for row in rows], length, NO_TOKEN)
    y = padded([(np.cumsum(row) % 2).tolist() for row in rows], length, PADDING)
    inputs = Tokens((*SPECIAL, "0", "1"), length, "symbol", "bits")
    return Samples(x, y, "labelling", targets=("parity",), classes=("even", "odd"), inputs=inputs)


@DATASETS.register(
    "remember",
    "The first symbol of a long sequence, all others being noise: a class at the end of a sequence.",
    task="multiclass",
    samples=2000,
    shape=(101,),
)
def remember(
    *, samples: Count = 2000, length: Length = 100, symbols: Letters = 4, distractors: Letters = 8, seed: Seed = 0
) -> Samples:
    """Simulate sequences that begin with a letter and go on with `length` numbers that say nothing of it.

    Args:
        samples: the number of sequences.
        length: over how many steps the letter must be remembered.
        symbols: how many letters there are.
        distractors: how many different numbers there are.
        seed: of the sequences.

    Returns:
        `x` `(samples, length + 1)` tokens, `y` `(samples,)` which letter it was.
    """
    generator = stream(seed)
    letters, numbers = _letters(symbols), tuple(map(str, range(distractors)))
    y = generator.integers(0, symbols, samples)
    noise = generator.integers(0, distractors, (samples, length))
    x = np.column_stack((y, symbols + noise)) + len(SPECIAL)
    inputs = Tokens((*SPECIAL, *letters, *numbers), length + 1, "symbol", "symbols")
    return Samples(x, y, "multiclass", targets=("first",), classes=letters, inputs=inputs)


@DATASETS.register(
    "reverse",
    "The letters of a sequence from its end to its beginning: another sequence.",
    task="translation",
    samples=4000,
    shape=(8,),
)
def reverse(*, samples: Count = 4000, length: Length = 8, symbols: Letters = 8, seed: Seed = 0) -> Samples:
    """Simulate sequences of 1 to `length` letters, to be written backwards. No sequence comes twice.

    Args:
        samples: the number of sequences.
        length: the most letters that a sequence has.
        symbols: how many different letters there are.
        seed: of the sequences.

    Returns:
        `x` `(samples, length)` tokens, `y` `(samples, length + 1)`: the letters backwards, then `END`.

    Raises:
        InputError: there are not so many different sequences.
    """
    generator = stream(seed)
    rows = different(lambda: tuple(generator.integers(0, symbols, generator.integers(1, length + 1)).tolist()), samples)
    letters = _letters(symbols)
    x = padded([[len(SPECIAL) + letter for letter in row] for row in rows], length, NO_TOKEN)
    y = padded([[*reversed(row), symbols] for row in rows], length + 1, PADDING)
    inputs = Tokens((*SPECIAL, *letters), length, "symbol", "letters")
    return Samples(x, y, "translation", targets=("reversed",), classes=(*letters, END), inputs=inputs)


@DATASETS.register(
    "digit-tags",
    "What can be said of a handwritten digit, word for word: a sequence from a picture.",
    task="translation",
    samples=1797,
    shape=(1, 8, 8),
)
def digit_tags() -> Samples:
    """Return the pictures of `digits`, each with two to four words that are true of it, in a fixed order.

    They are: even or odd; prime; square (0, 1, 4, 9); triple, a multiple of three; large, from five on; straight, drawn
    with straight strokes alone.

    Returns:
        `x` `(1797, 1, 8, 8)` uint8, `y` `(1797, 5)`: the words, then `END`.
    """
    pictures = digits()
    assert isinstance(pictures, Samples)
    classes = (*TAGS, END)
    words = [[classes.index(word) for word in (*tags.split(), END)] for tags in DIGIT_TAGS]
    y = padded(words, max(map(len, words)), PADDING)[pictures.y]
    return Samples(pictures.x, y, "translation", targets=("tags",), classes=classes)


def different(draw: Callable[[], T], samples: int) -> list[T]:
    """Return so many different things that `draw` gives, so that none of test was seen in training.

    Raises:
        InputError: after many draws there are not so many.
    """
    found: dict[T, None] = {}
    for _draw in range(PATIENCE * samples):
        found[draw()] = None
        if len(found) == samples:
            return list(found)
    problem = _("data.samples = {samples} is too many: only {count} different ones were found.")
    raise InputError(
        problem.format(samples=samples, count=len(found)), _("Ask for fewer samples, or for longer sequences.")
    )


def padded(rows: list[list[int]], length: int, padding: int) -> np.ndarray:
    """Return lists of numbers as `(n, length)` int64, filled up on the right with `padding`."""
    filled = np.full((len(rows), length), padding)
    for place, row in zip(filled, rows, strict=True):
        place[: len(row)] = row
    return filled


def stream(seed: int) -> np.random.Generator:
    """Return the random numbers of a simulation."""
    # The split draws from the plain seed: the same numbers must not say what a sample is and which part it goes to.
    return np.random.default_rng([seed, 2])


def _letters(count: int) -> tuple[str, ...]:
    return tuple("abcdefghijklmnopqrstuvwxyz"[:count])
