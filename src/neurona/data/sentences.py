"""Sentences from small grammars of our own: a tag for each word of one, or a class for the whole of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurona.data.dataset import PADDING
from neurona.data.sequences import Count, Seed, different, padded, stream
from neurona.data.sources import DATASETS, Samples
from neurona.data.tokens import PADDING as NO_TOKEN
from neurona.data.tokens import SPECIAL, Tokens

LONGEST = 16
"""Words in a sentence to be tagged; longer ones are drawn again."""

GRAMMAR: Mapping[str, tuple[str, ...]] = {
    "sentence": ("clause", "clause", "clause conjunction clause"),
    "clause": ("subject action",),
    "subject": ("pronoun-he", "thing"),
    "object": ("pronoun-him", "thing", "thing"),
    "thing": ("determiner noun", "determiner adjective noun", "determiner adverb-degree adjective noun"),
    "action": (
        "verb-intransitive", "verb-intransitive adverb", "verb-intransitive place", "verb-intransitive adverb place",
        "verb-transitive object", "verb-transitive object adverb", "verb-transitive object place",
    ),
    "place": ("preposition object",),
}  # fmt: skip
# Words of a part of speech; what stands after a dash says how it is used. Many words stand in more than one line.
LEXICON: Mapping[str, str] = {
    "adjective": "old small cold tall light fast hard early late left round past near bent",
    "adverb": "slowly gladly again fast hard early late back inside below",
    "adverb-degree": "very rather quite",
    "conjunction": "and but while",
    "determiner": "the this every no her his our",
    "noun": "dog child teacher river door light saw rose ground bit spoke shot cut bore back past round",
    "preposition": "round past near inside below under behind with",
    "pronoun-he": "he she we they",
    "pronoun-him": "him her us them",
    "verb-intransitive": "rose fell spoke slept left lay",
    "verb-transitive": "saw cut bit left found ground bore felt shot bent watched",
}

THINGS = ("soup", "room", "waiter", "bread", "view", "music", "bed", "coffee", "garden", "bath")
GOOD = ("good", "kind", "warm", "clean", "fresh", "quiet", "lovely", "cheerful")
BAD = ("bad", "rude", "cold", "dirty", "stale", "noisy", "dreadful", "gloomy")
# Each says of a thing that it is so, or that it is not.
SO = ("the {thing} was {word}", "the {thing} was very {word}", "we found the {thing} {word}")
NOT_SO = ("the {thing} was not {word}", "the {thing} was far from {word}", "nobody could call the {thing} {word}",
          "the {thing} was anything but {word}")  # fmt: skip
# What gives way to what: the verdict is that of the main clause.
FRAMES = (
    "{main}",
    "{other} but {main}",
    "although {other} {main}",
    "{main} although {other}",
    "{main} even if {other}",
)


@DATASETS.register(
    "tag",
    "The part of speech of each word of a sentence: a label at each step.",
    task="labelling",
    samples=2000,
    shape=(LONGEST,),
)
def tag(*, samples: Count = 2000, seed: Seed = 0) -> Samples:
    """Draw English sentences from `GRAMMAR` and `LEXICON`, each word with its part of speech.

    A third of the words are more than one part of speech, such as "saw", "light", "round" and "her", so that a word
    alone does not tell; and often it is what follows that tells ("the light fell", "the light door fell"). A few
    sentences can be read in two ways. No sentence comes twice with the same reading.

    Args:
        samples: the number of sentences.
        seed: of the sentences.

    Returns:
        `x` `(samples, 16)` tokens, `y` `(samples, 16)` parts of speech.
    """
    generator = stream(seed)

    def short() -> tuple[tuple[str, str], ...]:
        while True:
            words = tuple(_expanded("sentence", generator))
            if len(words) <= LONGEST:
                return words

    sentences = different(short, samples)
    words = sorted({word for line in LEXICON.values() for word in line.split()})
    tags = sorted({_part_of_speech(line) for line in LEXICON})
    number = {word: place for place, word in enumerate(words, len(SPECIAL))}
    x = padded([[number[word] for word, _tag in sentence] for sentence in sentences], LONGEST, NO_TOKEN)
    y = padded([[tags.index(tag) for _word, tag in sentence] for sentence in sentences], LONGEST, PADDING)
    inputs = Tokens((*SPECIAL, *words), LONGEST, "word", "sentence")
    return Samples(x, y, "labelling", targets=("tag",), classes=tuple(tags), inputs=inputs)


@DATASETS.register(
    "sentences",
    "Whether a guest praises or complains, where no single word tells: a class at the end of a sentence.",
    task="binary",
    samples=3000,
    shape=(14,),
)
def sentences(*, samples: Count = 3000, seed: Seed = 0) -> Samples:
    """Draw sentences from a guest book, of one clause or two.

    A clause says that a thing was good or bad, or that it was not; each word and each way to put it is as frequent in
    praise as in complaints. Where there are two clauses they contradict each other, and the main one decides. No
    sentence comes twice.

    Args:
        samples: the number of sentences.
        seed: of the sentences.

    Returns:
        `x` `(samples, 14)` tokens, `y` `(samples,)`: 0 for a complaint, 1 for praise.
    """
    generator = stream(seed)

    def opinion() -> tuple[str, int]:
        praise = int(generator.integers(2))
        main, other = _clause(bool(praise), generator), _clause(not praise, generator)
        return _chosen(FRAMES, generator).format(main=main, other=other), praise

    texts, y = zip(*different(opinion, samples), strict=True)
    lines = (*SO, *NOT_SO, *FRAMES, " ".join((*THINGS, *GOOD, *BAD)))
    words = sorted({word for line in lines for word in line.split() if "{" not in word})
    longest = 2 * max(len(line.split()) for line in (*SO, *NOT_SO)) + max(len(line.split()) - 2 for line in FRAMES)
    inputs = Tokens((*SPECIAL, *words), longest, "word", "sentence")
    x = inputs.encode_texts(texts).numpy()
    return Samples(x, np.array(y), "binary", targets=("verdict",), classes=("complaint", "praise"), inputs=inputs)


def _expanded(symbol: str, generator: np.random.Generator) -> list[tuple[str, str]]:
    """Return words, each with its part of speech, that a symbol of `GRAMMAR` stands for."""
    if symbol in LEXICON:
        return [(_chosen(LEXICON[symbol].split(), generator), _part_of_speech(symbol))]
    parts = _chosen(GRAMMAR[symbol], generator).split()
    return [word for part in parts for word in _expanded(part, generator)]


def _part_of_speech(line: str) -> str:
    return line.partition("-")[0]


def _clause(praise: bool, generator: np.random.Generator) -> str:
    so = bool(generator.integers(2))
    word = _chosen(GOOD if praise == so else BAD, generator)
    return _chosen(SO if so else NOT_SO, generator).format(thing=_chosen(THINGS, generator), word=word)


def _chosen(choices: tuple[str, ...] | list[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]
