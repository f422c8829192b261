"""The text that a net writes at each moment of its training, always with the same luck."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from neurona.data.inputs import Tokens
from neurona.errors import InputError
from neurona.language import _
from neurona.look.gates import shown
from neurona.sample import check_range, read_prompt, written
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

TEMPERATURE, HOTTEST, LIKELY = 0.7, 2.0, 10
# Tokens of a text, and the seconds of the processor that it may take while the net trains.
LENGTH, FEWEST, QUICK = 240, 60, 0.08
LONGEST_PROMPT = 200


class Text(View):
    """A text that goes on from a beginning: each token is drawn from what the net finds likely, as `neurona sample`."""

    name = "text"

    def __init__(self, seen: Watched) -> None:
        super().__init__(seen)
        self._each = 0.0

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net says which token comes next."""
        return seen.fit.task.name == "next-token" and isinstance(seen.data.inputs, Tokens)

    def described(self) -> dict[str, Any]:
        """Return what a symbol is, and how high the temperature may be."""
        return {"unit": self._inputs.unit, "hottest": HOTTEST, "longest": LONGEST_PROMPT}

    def frame(self) -> dict[str, Any]:
        """Return the text, and the likeliest tokens that could follow its beginning, with their probabilities.

        While a large net trains the text is as long as can be written in a moment: it begins as the longer one would.
        """
        prompt, length = self.chosen.get("prompt", ""), LENGTH
        if self.seen.hurried and self._each:
            length = max(FEWEST, min(LENGTH, int(QUICK / self._each)))
        spent, temperature = time.process_time(), self._temperature
        firsts: list[Tensor] = []
        options = {"prompt": prompt, "temperature": temperature, "seed": self.chosen.get("luck", 0)}
        text = written(self.seen.net, self._inputs, length=length, likely=firsts, **options)
        self._each = (time.process_time() - spent) / length
        likely = firsts[0].topk(min(LIKELY, len(firsts[0])))
        names = [shown(self._inputs.vocabulary[number]) for number in likely.indices.tolist()]
        return {
            "prompt": prompt,
            "temperature": temperature,
            "luck": self.chosen.get("luck", 0),
            "text": text,
            "begun": len(self._inputs.text(read_prompt(self._inputs, prompt))),
            "likely": [[name, round(share, 4)] for name, share in zip(names, likely.values.tolist(), strict=True)],
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Let the text begin with `prompt`, be drawn with another `temperature`, or with other `luck` (a seed).

        Raises:
            InputError: the prompt is too long or holds an unknown symbol, or a number is out of range.
        """
        if "prompt" in wish:
            self.chosen["prompt"] = self._require_prompt(wish["prompt"])
        if "temperature" in wish:
            number = wish["temperature"]
            value = float(number) if isinstance(number, int | float) else -1.0
            check_range(1, value)
            self.chosen["temperature"] = min(HOTTEST, value)
        if type(wish.get("luck")) is int:
            self.chosen["luck"] = wish["luck"] % 2**31

    def _require_prompt(self, prompt: Any) -> str:
        text = str(prompt)
        if len(text) > LONGEST_PROMPT:
            problem = _("The beginning has {count} characters.").format(count=len(text))
            raise InputError(problem, _("Write at most {most}.").format(most=LONGEST_PROMPT))
        read_prompt(self._inputs, text)
        return text

    @property
    def _temperature(self) -> float:
        return float(self.chosen.get("temperature", TEMPERATURE))

    @property
    def _inputs(self) -> Tokens:
        assert isinstance(self.seen.data.inputs, Tokens)
        return self.seen.data.inputs
