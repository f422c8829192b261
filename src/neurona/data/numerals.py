"""Numbers in words, in English and in Spanish, and the translation of one into the other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neurona.data.dataset import PADDING
from neurona.data.sequences import END, padded
from neurona.data.sources import DATASETS, Samples
from neurona.data.tokens import PADDING as NO_TOKEN
from neurona.data.tokens import SPECIAL, Tokens


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ENGLISH_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")

SPANISH = _words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
SPANISH_TENS = _words("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
SPANISH_HUNDREDS = _words(
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)


@DATASETS.register(
    "translate",
    "Numbers in English words into Spanish words: another sequence.",
    task="translation",
    samples=1000,
    shape=(5,),
)
def translate(*, largest: Annotated[int, Field(ge=9, le=9999)] = 999) -> Samples:
    """Return each number from 0 on in English and in Spanish words.

    Args:
        largest: the last number.

    Returns:
        `x` `(largest + 1, words)` tokens of English words, `y` `(largest + 1, words + 1)` Spanish words, then `END`.
    """
    pairs = [(english(number), spanish(number)) for number in range(largest + 1)]
    source, target = (
        list(dict.fromkeys(word for words in side for word in words)) for side in zip(*pairs, strict=True)
    )
    classes = (*target, END)
    number = {word: place for place, word in enumerate(source, len(SPECIAL))}
    answer = {word: place for place, word in enumerate(classes)}
    length = max(len(words) for words, _translation in pairs)
    x = padded([[number[word] for word in words] for words, _translation in pairs], length, NO_TOKEN)
    y = [[answer[word] for word in (*words, END)] for _source, words in pairs]
    inputs = Tokens((*SPECIAL, *source), length, "word", "english")
    return Samples(
        x, padded(y, max(map(len, y)), PADDING), "translation", targets=("spanish",), classes=classes, inputs=inputs
    )


def english(number: int) -> list[str]:
    """Return a number from 0 to 9999 in British English words: 121 is "one hundred and twenty one"."""
    if number < 20:
        return [ENGLISH[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [ENGLISH_TENS[tens - 2], *(english(ones) if ones else [])]
    unit, word = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, unit)
    joint = ["and"] if rest and rest < 100 else []
    return [*english(many), word, *joint, *(english(rest) if rest else [])]


def spanish(number: int) -> list[str]:
    """Return a number from 0 to 9999 in Spanish words: 121 is "ciento veintiuno"."""
    if number < 30:
        return [SPANISH[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [SPANISH_TENS[tens - 3], *(["y", SPANISH[ones]] if ones else [])]
    if number == 100:
        return ["cien"]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return [SPANISH_HUNDREDS[hundreds - 1], *(spanish(rest) if rest else [])]
    thousands, rest = divmod(number, 1000)
    return [*(spanish(thousands) if thousands > 1 else []), "mil", *(spanish(rest) if rest else [])]
