"""Which figures suit a run about sequences, or a comparison of such."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neurona.compare import Comparison
from neurona.data.inputs import Tokens
from neurona.data.tokens import UNKNOWN
from neurona.language import _
from neurona.look import answers, attention, counting, gates, gradients, next_tokens
from neurona.look.evidence import Evidence
from neurona.look.looks import Look


def recurrent_looks(seen: Evidence) -> Iterator[Look]:
    """Yield the figures of a run about sequences, whose data and net are there; none for another run."""
    yield from _of_answers(seen)
    if counting.suits(seen):
        yield Look(
            "counting",
            _("The two weights over training"),
            _(
                "Left: U weighs the input and W the state; with both 1 the unit counts. Middle: the loss. Right: the "
                "way of the weights over the loss surface, which is flat at the bottom of a narrow valley and a cliff "
                "beside it: beyond W = 1 the gradient grows with each step of the sequence."
            ),
            partial(counting.counting_weights, seen),
        )
    if attention.suits(seen):
        yield Look(
            "attention",
            _("Where the decoder looks"),
            _("A row for each step that is written, a column for each that was read: the darker, the more it counts."),
            partial(attention.attention_weights, seen),
        )
    if gates.suits(seen):
        yield _gates(seen)
        yield Look(
            "gradient-in-time",
            _("The gradient through time"),
            _(
                "How strongly the loss of a sample depends on what each layer holds at each step. Where the line falls "
                "to the left the gradient vanishes on its way back, and the net can hardly learn from what came early; "
                "gates keep it level. Where each step has an answer, the loss is that of the last one."
            ),
            partial(gradients.gradients_through, seen),
        )


def _of_answers(seen: Evidence) -> Iterator[Look]:
    if answers.suits(seen):
        yield Look(
            "answers",
            _("Sequences and their answers"),
            _("What was read, the truth, and the net's answer; wrong symbols are bold and vermilion.") + _unseen(seen),
            partial(answers.answered_samples, seen),
        )
    if next_tokens.suits(seen):
        yield Look(
            "next-tokens",
            _("What comes next"),
            _(
                "Above: a text that the net wrote by itself, each symbol drawn from what it finds likely. Below: its "
                "six likeliest next symbols at places of a text that it did not learn; orange is the one that came."
            )
            + _unseen(seen),
            partial(next_tokens.likely_tokens, seen),
        )


def _unseen(seen: Evidence) -> str:
    """Return what a caption says of symbols that were not in train; nothing where every symbol is known."""
    split = seen.split(seen.judged)
    if not isinstance(seen.run.inputs, Tokens) or not bool((split.x == UNKNOWN).any()):
        return ""
    return " " + _("{sign} is a symbol that was rare in train or not there: to the net all of them are one.").format(
        sign=gates.UNSEEN
    )


def _gates(seen: Evidence) -> Look:
    return Look(
        "gates",
        _("What the net remembers, step by step"),
        _(
            "One sample, read from left to right; a row for each unit of the last recurrent layer. A unit whose state "
            "keeps its colour over many steps remembers; gates say when it is kept, written and shown."
        )
        + _unseen(seen),
        partial(gates.gates_over_time, seen),
    )


def recurrent_comparison_looks(result: Comparison) -> Iterator[Look]:
    """Yield the figures of a comparison of nets that read sequences; none for another comparison."""
    if gradients.suits_comparison(result):
        yield Look(
            "gradients-in-time",
            _("The gradient through time, variant by variant"),
            _(
                "How strongly the loss depends on what the net holds at each step, before and after training, for the "
                "first seed of each variant. A line that falls to the left vanishes on its way back through time."
            ),
            partial(gradients.gradients_of_each, result),
        )
