"""Texts of our own writing that come with the package, to learn the next character of."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from neurona.data.sources import DATASETS, Passage
from neurona.data.text import Minimum, Stride, Window

FOLDER = Path(__file__).parent / "texts"


@DATASETS.register(
    "characters",
    "The next character of a story, written for this dataset.",
    task="next-token",
    samples=650,
    shape=(100,),
)
def characters(
    *,
    language: Literal["english", "spanish"] = "english",
    window: Window = 100,
    stride: Stride = None,
    minimum: Minimum = 2,
) -> Passage:
    """Return a story: of the last keeper of a ferry (English), or of the guard of a dam (Spanish).

    Args:
        language: "english", 64,797 characters, or "spanish", 18,485 characters.
        window: how many characters a sample has.
        stride: how many characters a sample of train begins after the one before it; those of less than a window
            overlap, so that the net does not begin at the same places in each epoch. None for a window.
        minimum: how often a character must stand in train; rarer ones become unknown.

    Returns:
        The text, which is split by position.
    """
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    return Passage(text, "character", window, stride, minimum)
