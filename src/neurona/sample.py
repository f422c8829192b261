"""Sampling: a net that was trained on what comes next writes a text, token by token."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from neurona.data.inputs import Tokens
from neurona.data.tokens import SPECIAL, UNKNOWN
from neurona.errors import InputError
from neurona.fit.device import threads_for
from neurona.language import _

if TYPE_CHECKING:
    from neurona.run import Run

SHOWN = 40
LINE = "\n"


def sample(run: Run, *, length: int = 500, prompt: str = "", temperature: float = 1.0, seed: int = 0) -> str:
    """Let the net of a run go on with a text.

    Each token is drawn from `softmax(logits / temperature)`, and read before the next one is. Padding and unknown
    tokens are never drawn.

    Args:
        run: of a next-token task.
        length: how many tokens to write.
        prompt: what the text begins with; without one it begins like a line.
        temperature: below 1 the likely tokens become likelier; at 0 the likeliest one is always taken.
        seed: of the draws.

    Returns:
        The prompt and what follows it; words in lower case, with blanks between them.

    Raises:
        InputError: the run cannot say what comes next, the prompt holds an unknown symbol, or a number is out of range.
    """
    _check_range(length, temperature)
    inputs, net = _inputs(run), run.net()
    given = _read(inputs, prompt)
    reader, generator = _Reader(net, inputs.length), torch.Generator().manual_seed(seed)
    written: list[int] = []
    with torch.inference_mode(), threads_for(0):
        following = given or [_beginning(inputs)]
        for _token in range(length):
            following = [_drawn(reader.read(following), temperature, generator)]
            written += following
    return inputs.text([*given, *written])


class _Reader:
    """Reads tokens one after the other: with the state that the net carries on, or all of the last window anew."""

    def __init__(self, net: nn.Module, window: int) -> None:
        self.net, self.window = net, window
        self.step: Any = getattr(net, "step", None)
        self.state: Any = None
        self.seen: list[int] = []

    def read(self, numbers: list[int]) -> Tensor:
        """Return the logits of the token after these, `(k,)`."""
        if self.step is None:
            self.seen = [*self.seen, *numbers][-self.window :]
            return self._last(self.net(torch.tensor([self.seen])))
        try:
            logits, self.state = self.step(torch.tensor([numbers]), self.state)
        except ValueError:
            problem = _("This net reads a text in both directions, so that in training it saw what was to come.")
            raise InputError(problem, _("Train one with net.bidirectional = false.")) from None
        return self._last(logits)

    @staticmethod
    def _last(logits: Tensor) -> Tensor:
        return logits[0, -1]


def _inputs(run: Run) -> Tokens:
    if run.task.name == "next-token" and isinstance(run.inputs, Tokens):
        return run.inputs
    problem = _("{path} was trained as a {task} task; only a net for the next token writes texts.")
    hint = _("Train one on a text: neurona train book.txt")
    raise InputError(problem.format(path=run.path, task=run.task.name), hint)


def _check_range(length: int, temperature: float) -> None:
    if length < 1:
        raise InputError(_("A length of {length} is no text.").format(length=length), _("It must be at least 1."))
    if not (0 <= temperature < math.inf):
        problem = _("The temperature {temperature} is out of range.").format(temperature=temperature)
        raise InputError(problem, _("It must be 0 (always the likeliest) or more; 1 is as the net was trained."))


def _read(inputs: Tokens, prompt: str) -> list[int]:
    """Return the tokens of a prompt, all of which must be known."""
    symbols = inputs.split(prompt)
    if prompt and not symbols:
        raise InputError(_("The prompt holds no word."), _("Give it a word, or leave it out."))
    numbers = inputs.numbers(symbols)
    if UNKNOWN not in numbers:
        return numbers
    known = inputs.vocabulary[len(SPECIAL) :]
    shown = ", ".join([*map(repr, known[:SHOWN]), *(["…"] if len(known) > SHOWN else [])])
    problem = _("{symbol!r} in the prompt is unknown: it was not, or too rarely, in the training text.")
    raise InputError(
        problem.format(symbol=symbols[numbers.index(UNKNOWN)]), _("Known are: {names}.").format(names=shown)
    )


def _beginning(inputs: Tokens) -> int:
    """Return the token that a text without a prompt goes on from: the end of a line, else the most frequent one."""
    return inputs.vocabulary.index(LINE) if LINE in inputs.vocabulary else len(SPECIAL)


def _drawn(logits: Tensor, temperature: float, generator: torch.Generator) -> int:
    allowed = logits[len(SPECIAL) :].double()
    if temperature == 0:
        return int(allowed.argmax()) + len(SPECIAL)
    # Taken from the largest first, no temperature is too small for the division.
    likelihoods = ((allowed - allowed.max()) / temperature).softmax(0)
    return int(likelihoods.multinomial(1, generator=generator)) + len(SPECIAL)
