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
    inputs, net = _inputs(run), run.net()
    return written(net, inputs, length=length, prompt=prompt, temperature=temperature, seed=seed)


def written(
    net: nn.Module,
    inputs: Tokens,
    *,
    length: int = 500,
    prompt: str = "",
    temperature: float = 1.0,
    seed: int = 0,
    likely: list[Tensor] | None = None,
) -> str:
    """Let a net that foretells the next token go on with a text; see `sample`.

    Args:
        net: in evaluation mode; its logits are those of the next token, `(n, steps, k)`.
        inputs: how texts become tokens.
        length: how many tokens to write.
        prompt: what the text begins with; without one it begins like a line.
        temperature: see `sample`.
        seed: of the draws.
        likely: takes the probabilities that the first token is drawn from, `(k,)`, if it is given.

    Raises:
        InputError: the prompt holds an unknown symbol, a number is out of range, or the net reads backwards too.
    """
    check_range(length, temperature)
    given = read_prompt(inputs, prompt)
    device = next((parameter.device for parameter in net.parameters()), torch.device("cpu"))
    reader, generator = _Reader(net, inputs.length, device), torch.Generator().manual_seed(seed)
    found: list[int] = []
    with torch.inference_mode(), threads_for(0):
        following = given or [_beginning(inputs)]
        for token in range(length):
            logits = reader.read(following).cpu()
            if likely is not None and not token:
                likely.append(_likelihoods(logits, temperature))
            following = [_drawn(logits, temperature, generator)]
            found += following
    return inputs.text([*given, *found])


class _Reader:
    """Reads tokens one after the other: with the state that the net carries on, or all of the last window anew."""

    def __init__(self, net: nn.Module, window: int, device: torch.device) -> None:
        self.net, self.window, self.device = net, window, device
        self.step: Any = getattr(net, "step", None)
        self.state: Any = None
        self.seen: list[int] = []

    def read(self, numbers: list[int]) -> Tensor:
        """Return the logits of the token after these, `(k,)`."""
        if self.step is None:
            self.seen = [*self.seen, *numbers][-self.window :]
            return self._last(self.net(torch.tensor([self.seen], device=self.device)))
        try:
            logits, self.state = self.step(torch.tensor([numbers], device=self.device), self.state)
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
    problem = _("{path} was trained with data.task = {task}; only a net for the next token writes texts.")
    hint = _("Train one on a text: neurona train book.txt")
    raise InputError(problem.format(path=run.path, task=run.task.name), hint)


def check_range(length: int, temperature: float) -> None:
    """Raise an `InputError` for a length or a temperature that no text can be written with."""
    if length < 1:
        raise InputError(_("A length of {length} is no text.").format(length=length), _("It must be at least 1."))
    if not (0 <= temperature < math.inf):
        problem = _("The temperature {temperature} is out of range.").format(temperature=temperature)
        raise InputError(problem, _("It must be 0 (always the likeliest) or more; 1 is as the net was trained."))


def read_prompt(inputs: Tokens, prompt: str) -> list[int]:
    """Return the tokens of a prompt; raise an `InputError` unless all of them are known."""
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
    likelihoods = _likelihoods(logits, temperature)
    if temperature == 0:
        return int(likelihoods.argmax())
    return int(likelihoods[len(SPECIAL) :].multinomial(1, generator=generator)) + len(SPECIAL)


def _likelihoods(logits: Tensor, temperature: float) -> Tensor:
    """Return the probability of each token, `(k,)`: 0 of padding and unknown ones, at temperature 0 one is certain."""
    allowed = logits[len(SPECIAL) :].double()
    if temperature == 0:
        shares = torch.nn.functional.one_hot(allowed.argmax(), len(allowed)).double()
    else:  # taken from the largest first, no temperature is too small for the division
        shares = ((allowed - allowed.max()) / temperature).softmax(0)
    return torch.cat([shares.new_zeros(len(SPECIAL)), shares])
