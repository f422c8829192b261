"""Preprocessing of sequences: symbols become token numbers, and steps of numbers keep their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from neurona.data.columns import Columns, Number

if TYPE_CHECKING:
    import pandas as pd

PADDING, UNKNOWN = 0, 1
SPECIAL = ("", "\ufffd")

_WORDS = re.compile(r"[^\W_]+")
Unit = Literal["character", "word", "symbol"]


@dataclass(frozen=True)
class Tokens:
    """The preprocessing of sequences of symbols, such as text: `(n, length)` token numbers, padded on the right with 0.

    Attributes:
        vocabulary: the symbols by number; number 0 is padding and number 1 stands for any symbol unseen in train.
        length: of the longest sequence; longer ones are cut.
        unit: what a symbol is: a character, a word (letters and digits, in lower case), or one of a sequence's own
            symbols, which are separated by blanks when they are written.
        column: the name of the table's column that holds the text.
    """

    vocabulary: tuple[str, ...]
    length: int
    unit: Unit = "character"
    column: str = "text"

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(length,)`."""
        return (self.length,)

    @property
    def names(self) -> tuple[str, ...]:
        """The column of the text."""
        return (self.column,)

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch as the net sees it, `(n, length)` int64."""
        return x.long()

    def split(self, text: str) -> list[str]:
        """Return the symbols of a text."""
        return symbols(text, self.unit)

    def numbers(self, symbols_of_text: Iterable[str]) -> list[int]:
        """Return the number of each symbol; that of an unknown one is 1."""
        known = {symbol: number for number, symbol in enumerate(self.vocabulary) if number != PADDING}
        return [known.get(symbol, UNKNOWN) for symbol in symbols_of_text]

    def text(self, numbers: Iterable[int]) -> str:
        """Return token numbers as text, padding left out: the way back from `numbers`."""
        between = "" if self.unit == "character" else " "
        return between.join(self.vocabulary[number] for number in numbers if number > PADDING)

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Return texts as `(n, length)` int64 token numbers, padded with 0 and cut to `length`.

        A text without a symbol becomes one unknown token, for no sequence is empty.
        """
        encoded = torch.full((len(texts), self.length), PADDING)
        for row, text in zip(encoded, texts, strict=True):
            numbers = self.numbers(self.split(text))[: self.length] or [UNKNOWN]
            row[: len(numbers)] = torch.tensor(numbers, dtype=torch.long)
        return encoded

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Encode a table whose `column` holds the texts; see `encode_texts`.

        Raises:
            InputError: the column is missing.
        """
        Columns((Number(self.column),)).require(list(frame.columns))
        texts = frame[self.column]
        return self.encode_texts(["" if gap else str(text) for text, gap in zip(texts, texts.isna(), strict=True)])

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        return {"kind": "tokens", **asdict(self), "vocabulary": list(self.vocabulary)}

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Tokens:
        """Rebuild the preprocessing from what `to_dict` returned."""
        return Tokens(tuple(saved["vocabulary"]), saved["length"], saved["unit"], saved["column"])


@dataclass(frozen=True)
class Steps:
    """The preprocessing of sequences of numbers: `(n, length, d)` float32; NaN in all values pads the right.

    Attributes:
        names: of the `d` values of a step.
        length: of the longest sequence.
    """

    names: tuple[str, ...]
    length: int

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of one sample as the net sees it: `(length, d)`."""
        return (self.length, len(self.names))

    @property
    def columns(self) -> list[str]:
        """The columns of a table with a sequence in each row, step by step."""
        return [f"{name}{step}" for step in range(self.length) for name in self.names]

    def prepare(self, x: Tensor) -> Tensor:
        """Return a batch as the net sees it: numbers pass through."""
        return x

    def encode(self, frame: pd.DataFrame) -> Tensor:
        """Encode a table with a sequence in each row, as columns `NAME0`, `NAME1`, ...; empty cells are padding.

        Returns:
            `(n, length, d)` float32.

        Raises:
            InputError: a column is missing.
        """
        Columns(tuple(Number(column) for column in self.columns)).require(list(frame.columns))
        values = frame[self.columns].to_numpy(dtype="float32")
        return torch.from_numpy(values.copy()).reshape(-1, self.length, len(self.names))

    def to_dict(self) -> dict[str, Any]:
        """Return a form that JSON can hold."""
        return {"kind": "steps", "names": list(self.names), "length": self.length}

    @staticmethod
    def from_dict(saved: Mapping[str, Any]) -> Steps:
        """Rebuild the preprocessing from what `to_dict` returned."""
        return Steps(tuple(saved["names"]), saved["length"])


def fit_vocabulary(counts: Mapping[str, int], minimum: int = 1, most: int | None = None) -> tuple[str, ...]:
    """Return the symbols of the training texts by number: padding, unknown, and the others, the most frequent first.

    Args:
        counts: how often each symbol stands in the training texts.
        minimum: how often a symbol must stand there; rarer ones are unknown.
        most: at most so many symbols; None for all.
    """
    common = sorted(
        (s for s, count in counts.items() if count >= minimum), key=lambda symbol: (-counts[symbol], symbol)
    )
    return (*SPECIAL, *common[:most])


def symbols(text: str, unit: Unit) -> list[str]:
    """Return the symbols of a text: its characters, its words in lower case, or what blanks separate."""
    if unit == "character":
        return list(text)
    return text.split() if unit == "symbol" else _WORDS.findall(text.lower())
