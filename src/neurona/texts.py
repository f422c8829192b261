"""Texts into a trained run, and sequences of labels out of it as texts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurona.data.inputs import Tokens
from neurona.data.sequences import END
from neurona.data.tokens import PADDING, UNKNOWN
from neurona.errors import InputError, NeuronaWarning
from neurona.language import _

if TYPE_CHECKING:
    import pandas as pd

    from neurona.run import Run


def predict_text(run: Run, text: str) -> pd.DataFrame:
    """Return what a run that was trained on texts says of another text, as one row of a table of predictions.

    A warning says when the net knows none of its symbols.

    Raises:
        InputError: the run was trained on something else, or to go on with a text; or the text holds nothing.
    """
    import pandas as pd

    if not isinstance(run.inputs, Tokens):
        problem = _("{path} was not trained on texts.").format(path=run.path)
        raise InputError(problem, _("Give it a table with the columns of the training table."))
    require_judge(run)
    numbers = run.inputs.numbers(run.inputs.split(text))
    if not numbers:
        problem = _("The text {text!r} holds nothing to judge.").format(text=text)
        raise InputError(problem, _("Write some words, such as --text 'Good and cheap'."))
    if set(numbers) == {UNKNOWN}:
        message = _(
            "The net knows nothing of the text {text!r}, for none of it was in its training data: the answer would be "
            "the same for any such text of this length."
        )
        warnings.warn(message.format(text=text), NeuronaWarning, stacklevel=2)
    return run.predict(pd.DataFrame({run.inputs.column: [text]}))


def require_judge(run: Run) -> None:
    """Check that a run judges what it is given, and does not go on with it.

    Raises:
        InputError: it was trained to say what comes next in a text.
    """
    if run.task.name == "next-token":
        problem = _("{path} was trained to go on with a text, not to judge one.").format(path=run.path)
        hint = _("Let it write, after a beginning of yours: neurona sample {path} --prompt '…'")
        raise InputError(problem, hint.format(path=run.path))


def answers_as_text(run: Run, probabilities: Tensor, x: Tensor | None = None) -> list[str]:
    """Return the likeliest class of each step as a text for each sequence, with blanks between the steps.

    Args:
        run: of a task with an answer for each step.
        probabilities: `(n, steps, k)`, what `Run.answer` returns.
        x: the encoded samples, `(n, steps, ...)`: an answer ends where its sample does. A translation does not need
            them, for it says itself where it ends.
    """
    classes = run.target.classes
    lengths = [probabilities.shape[1]] * len(probabilities) if x is None else _lengths(x)
    answers = []
    for numbers, length in zip(probabilities.argmax(-1).tolist(), lengths, strict=True):
        names = [classes[number] for number in numbers]
        if run.task.name == "translation":
            length = names.index(END) if END in names else len(names)
        answers.append(" ".join(names[:length]))
    return answers


def _lengths(x: Tensor) -> list[int]:
    there = ~x.isnan().any(-1) if torch.is_floating_point(x) else x != PADDING
    lengths: list[int] = there.sum(1).tolist()
    return lengths
