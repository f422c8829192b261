"""A running text as samples: split by position, vocabulary of train alone, windows whose tokens foretell the next."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field, ValidationError

from neurona.data.dataset import PADDING, Dataset, Split, Target
from neurona.data.sources import Passage
from neurona.data.splits import SplitOptions
from neurona.data.tokens import PADDING as NO_TOKEN
from neurona.data.tokens import SPECIAL, UNKNOWN, Tokens, fit_vocabulary, symbols
from neurona.errors import InputError, reason_of
from neurona.language import _, one_or_many
from neurona.validation import explain

SHOWN = 20
# A window as small as anyone would have it.
SMALLEST = 10

Window = Annotated[int, Field(ge=1, le=100_000)]
Stride = Annotated[int, Field(ge=1, le=100_000)] | None
Minimum = Annotated[int, Field(ge=1)]
Vocabulary = Annotated[int, Field(ge=2)]


class TextOptions(SplitOptions):
    """The options of a text; `seed` and `standardise` change nothing in it.

    Attributes:
        unit: what is predicted: the next character, or the next word.
        window: how many tokens a sample has.
        stride: how many tokens a window of train begins after the one before it; those of less than a window overlap.
        minimum: how often a symbol must stand in train; rarer ones become unknown.
        vocabulary: at most so many different symbols, the most frequent ones.
        encoding: of the file.
    """

    unit: Literal["character", "word"] = "character"
    window: Window = 100
    stride: Stride = None
    minimum: Minimum = 2
    vocabulary: Vocabulary = 20_000
    encoding: str = "utf-8"


def load_text(path: Path, *, task: str | None = None, **options: Any) -> Dataset:
    """Load a person's text to learn what comes next in it.

    Args:
        path: of a text file.
        task: "next-token", which is all that a text can pose; None means the same.
        options: those of `TextOptions`: `unit`, `window`, `stride`, `minimum`, `vocabulary`, `encoding`, and the shares
            `valid` and `test`.

    Returns:
        The dataset; see `cut`.

    Raises:
        InputError: the file or an option is wrong, or the text is too short.
    """
    try:
        chosen = TextOptions(**options)
    except ValidationError as error:
        raise explain(error, "data", list(TextOptions.model_fields)) from None
    if task not in (None, "next-token"):
        problem = _("{path} is a running text, and {task} is no task for it.").format(path=path, task=repr(task))
        raise InputError(problem, _("Leave data.task out; a table with a column of texts can be classified."))
    text, notes = _read(path, chosen.encoding)
    passage = Passage(text, chosen.unit, chosen.window, chosen.stride, chosen.minimum, chosen.vocabulary, notes)
    given = {"task": task, **options} if task else options
    return cut(passage, path.stem, {"path": str(path.absolute()), **given, "seed": chosen.seed}, chosen)


def cut(passage: Passage, name: str, origin: Mapping[str, Any], options: SplitOptions) -> Dataset:
    """Return a text as a dataset of windows that follow each other, each token to be told from those before it.

    Train is the beginning of the text, valid what follows, and test its end, so that nothing that is measured on was
    seen in training. A window of x holds the tokens from its place on, y those that come one later; the last window
    of a part is padded.

    Args:
        passage: the text, and how to cut it.
        name: of the dataset.
        origin: what rebuilds it.
        options: the shares of valid and test.

    Raises:
        InputError: the text is too short for its parts or says the same thing all along, or the stride is too long.
    """
    if passage.stride and passage.stride > passage.window:
        problem = _("data.stride = {stride} is longer than a window, {window}, and leaves out what lies between.")
        said = problem.format(stride=passage.stride, window=passage.window)
        raise InputError(said, _("Write {window} at most, or a longer window.").format(window=passage.window))
    known: dict[str, int] = {}
    found = passage.text if passage.unit == "character" else symbols(passage.text, passage.unit)
    places = np.fromiter((known.setdefault(symbol, len(known)) for symbol in found), np.int64)
    parts = _parts(places, passage, name, options)
    names = list(known)
    counts = dict(zip(names, np.bincount(parts[0], minlength=len(names)).tolist(), strict=True))
    vocabulary = fit_vocabulary(counts, passage.minimum, passage.vocabulary)
    if len(vocabulary) < len(SPECIAL) + 2:
        problem = _("The beginning of {name}, which is to be learned, holds fewer than two different {units}.")
        said = problem.format(name=name, units=_unit_name(passage.unit))
        raise InputError(said, _("Give a text with more to tell, or a smaller data.minimum."))
    numbers = np.full(len(names), UNKNOWN)
    numbers[[known[symbol] for symbol in vocabulary[len(SPECIAL) :]]] = range(len(SPECIAL), len(vocabulary))
    strides = (passage.stride or passage.window, passage.window, passage.window)
    train, valid, test = (
        _windows(numbers[part], passage.window, stride) for part, stride in zip(parts, strides, strict=True)
    )
    inputs = Tokens(vocabulary, passage.window, passage.unit)
    notes = (*passage.notes, *_notes(passage, counts, vocabulary, [len(part) for part in parts]))
    return Dataset(
        name, "next-token", train, valid, test, inputs, Target(("next",), vocabulary), dict(origin), tuple(notes)
    )


def _parts(places: np.ndarray, passage: Passage, name: str, options: SplitOptions) -> list[np.ndarray]:
    """Return the tokens of train, valid and test, one after the other; each that is wanted fills a window at least."""
    n, shares = len(places), (1 - options.valid - options.test, options.valid, options.test)
    if shares[0] <= 0:
        problem = _("data.valid = {valid} and data.test = {test} leave nothing to train on.")
        said = problem.format(valid=options.valid, test=options.test)
        raise InputError(said, _("Their sum must be below 1, such as 0.15 + 0.15."))
    n_test, n_valid = round(n * options.test), round(n * options.valid)
    parts = np.split(places, [n - n_test - n_valid, n - n_test])
    if all(len(part) > passage.window or not share for part, share in zip(parts, shares, strict=True)):
        return parts
    share = min(share for share in shares if share > 0)
    least, window = _least(passage.window, share), int(n * share - 1.5)
    problem = _("{name} has {count} {units}, too few for windows of {window} in each of train, valid and test.")
    hint = _("It needs about {least}.").format(least=least)
    if window >= 1:
        hint += " " + _("Or write a smaller window: --set data.window={window}").format(window=window)
    elif passage.window > SMALLEST:
        smaller = _("With a smaller window, --set data.window={window}, it still needs about {least}.")
        hint += " " + smaller.format(window=SMALLEST, least=_least(SMALLEST, share))
    raise InputError(
        problem.format(name=name, count=n, units=_unit_name(passage.unit), window=passage.window),
        hint,
    )


def _least(window: int, share: float) -> int:
    """Return about how many tokens a text needs, for a part with this share of it to fill a window."""
    return int((window + 1.5) / share) + 1


def _windows(numbers: np.ndarray, window: int, stride: int) -> Split:
    """Return tokens `(n,)` as windows, `(rows, window)` each: those there, int32, and those that come next, int64."""
    n = max(0, len(numbers) - 1)
    rows = 1 + max(0, -(-(n - window) // stride)) if n else 0
    padded = stride * max(0, rows - 1) + window
    x, y = np.full(padded, NO_TOKEN, np.int32), np.full(padded, PADDING, np.int64)
    x[:n], y[:n] = numbers[:-1], numbers[1:]
    return Split(*(torch.from_numpy(sliding_window_view(z, window)[::stride][:rows].copy()) for z in (x, y)))


def _notes(passage: Passage, counts: Mapping[str, int], vocabulary: tuple[str, ...], sizes: list[int]) -> list[str]:
    units = _unit_name(passage.unit)
    note = _("{total} {units}, {known} of them different, in windows of {window}; the first {train} are train.")
    sentences = [
        note.format(
            total=sum(sizes), units=units, known=len(vocabulary) - len(SPECIAL), window=passage.window, train=sizes[0]
        )
    ]
    if passage.unit == "word":
        sentences.append(_("Words are letters and digits in lower case; blanks and punctuation are left out."))
    rare = sorted(set(counts).difference(vocabulary))
    if rare:
        note = one_or_many(
            len(rare),
            _("One of the {units} is rare in train or not there, and counts as unknown: {names}."),
            _("{count} different {units} are rare in train or not there, and count as unknown: {names}."),
        )
        shown = ", ".join([*map(repr, rare[:SHOWN]), *(["…"] if len(rare) > SHOWN else [])])
        sentences.append(note.format(count=len(rare), units=units, names=shown))
    return sentences


def _unit_name(unit: str) -> str:
    return _("words") if unit == "word" else _("characters")


def _read(path: Path, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file without the mark of its encoding, its lines ended by a line feed, and what was done."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        problem = _("data.encoding = {encoding!r} is not an encoding.").format(encoding=encoding)
        raise InputError(problem, _("Common ones are utf-8, latin-1, cp1252 and utf-16.")) from None
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = _("{path} cannot be read: {reason}").format(path=path, reason=reason_of(error))
        raise InputError(problem, _("Look at its name and its permissions.")) from None
    text = _decoded(path, raw, codec)
    if not text.strip():
        problem = _("{path} is empty.") if not text else _("{path} holds nothing but blanks.")
        raise InputError(problem.format(path=path), _("Give a plain text, such as a .txt file."))
    if "\r\n" not in text:
        return text, ()
    return text.replace("\r\n", "\n"), (_("Line ends of Windows (two characters) are read as one character."),)


def _decoded(path: Path, raw: bytes, codec: str) -> str:
    wide = codec.startswith(("utf-16", "utf-32"))
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and codec == "utf-8":
        raise InputError(_("{path} is in UTF-16.").format(path=path), _("Write --set data.encoding=utf-16."))
    if b"\0" in raw and not wide:
        raise InputError(_("{path} is no text file.").format(path=path), _("Give a plain text, such as a .txt file."))
    try:
        return raw.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeDecodeError as error:
        other = "latin-1" if codec == "utf-8" else "utf-8"
        hint = _("Say how the file is encoded, such as --set data.encoding={encoding}.").format(encoding=other)
        place = {"path": path, "line": raw.count(b"\n", 0, error.start) + 1, "encoding": codec}
        problem = _("{path}, line {line}: the byte 0x{byte:02x} is not {encoding}.")
        raise InputError(problem.format(byte=raw[error.start], **place), hint) from None
